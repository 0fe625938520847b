//! `bulla inspect`: what can be seen in a file without a key.

use std::path::PathBuf;

use clap::Args;

use crate::command::Command;
use crate::context::Context;
use crate::errors::{ErrorContext as _, Result};
use crate::files::Input;
use crate::jobs::decrypt_header::{count, read_header};
use crate::jobs::look_first::{Outputs, look_first};
use crate::jobs::paths::Job;
use crate::jobs::{batch, paths, typed};
use crate::select::options::HeaderOptions;
use crate::ui::{Align, aligned, human_bytes};
use bulla_age::Inspection;
use bulla_age::format::{HeaderLimits, VERSION};
use bulla_age::stream::PayloadError;

/// Show what can be seen without a key
///
/// Safe for any file: it uses no key and does not read the contents of a seekable file. Nothing it
/// shows is authenticated.
#[derive(Args, Clone, Debug)]
pub(crate) struct InspectArgs {
    /// Files to inspect ("-": standard input)
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    limits: HeaderOptions,
}

#[derive(serde::Serialize)]
struct Seen {
    file: String,
    format: &'static str,
    armored: bool,
    recipient_count: usize,
    post_quantum: Option<bool>,
    stanzas: Vec<Stanza>,
    header_bytes: u64,
    overhead_bytes: Option<u64>,
    bytes: Option<u64>,
}

#[derive(serde::Serialize)]
struct Stanza {
    r#type: String,
    arguments: usize,
    body_bytes: usize,
    post_quantum: Option<bool>,
}

impl Command for InspectArgs {
    fn reads_stdin(&self) -> bool {
        paths::name_stdin(&self.paths)
    }

    fn run(&self, context: &Context) -> Result<()> {
        run(self, context)
    }
}

fn run(args: &InspectArgs, context: &Context) -> Result<()> {
    let mut inputs = paths::read_only_jobs(&args.paths)?;
    let limits = args.limits.limits();
    let look = |input: &Input| read_header(input, &limits).map(drop);
    look_first(&mut inputs, Outputs::Nothing, look, &context.ui)?;
    typed::armored(&mut inputs, &context.ui)?;
    batch::run(
        &inputs,
        1,
        &context.ui,
        |job| match job.earlier_failure() {
            Some(error) => Err(error),
            None => inspect(job, &limits).about(|| job.name()),
        },
        |job, (armored, seen)| {
            if context.ui.is_json() {
                return Ok(context.ui.json(&as_json(job, armored, &seen))?);
            }
            let lines = as_text(job, armored, &seen);
            Ok(lines.iter().try_for_each(|line| context.ui.result(line))?)
        },
    )
}

fn inspect(job: &Job, limits: &HeaderLimits) -> Result<(bool, Inspection)> {
    let input = job.open()?;
    let mut begun = read_header(&input, limits)?;
    let payload = match begun.payload {
        Some((_, len)) => len,
        None => count(&mut begun.source).map_err(PayloadError::Read)?,
    };
    Ok((
        begun.source.is_armored(),
        Inspection::new(&begun.closed, Some(payload)),
    ))
}

fn as_json(job: &Job, armored: bool, seen: &Inspection) -> Seen {
    let stanza = |stanza: &bulla_age::StanzaSummary| Stanza {
        r#type: stanza.kind.as_raw().to_owned(),
        arguments: stanza.arguments,
        body_bytes: stanza.body,
        post_quantum: stanza.post_quantum,
    };
    Seen {
        file: job.name().as_raw().to_owned(),
        format: VERSION,
        armored,
        recipient_count: seen.recipients().count(),
        post_quantum: seen.post_quantum(),
        stanzas: seen.stanzas.iter().map(stanza).collect(),
        header_bytes: seen.header,
        overhead_bytes: seen.overhead,
        bytes: seen.plaintext,
    }
}

fn as_text(job: &Job, armored: bool, seen: &Inspection) -> Vec<String> {
    let answer = |known: Option<bool>| match known {
        Some(true) => "yes",
        Some(false) => "no",
        None => "unknown",
    };
    let mut lines = vec![format!(
        "{}: {VERSION}, {}",
        job.name(),
        if armored { "armored" } else { "binary" }
    )];
    let mut stanzas = Vec::new();
    let mut at = 0;
    while let Some(stanza) = seen.stanzas.get(at) {
        let same = seen.stanzas[at..]
            .iter()
            .take_while(|other| other.kind == stanza.kind)
            .count();
        let post_quantum = if stanza.is_about_author {
            "sender and readers (encrypted; see bulla who)".to_owned()
        } else {
            format!("post-quantum: {}", answer(stanza.post_quantum))
        };
        stanzas.push([format!("  {same} ×"), stanza.kind.to_string(), post_quantum]);
        at += same;
    }
    lines.extend(aligned([Align::Right, Align::Left, Align::Left], &stanzas));
    let cut = || "not possible with this length: the file is damaged or incomplete".to_owned();
    let rows = [
        ("recipients", seen.recipients().count().to_string()),
        ("post-quantum", answer(seen.post_quantum()).to_owned()),
        ("header", human_bytes(seen.header)),
        (
            "overhead",
            seen.overhead.map_or("unknown".to_owned(), human_bytes),
        ),
        ("plaintext", seen.plaintext.map_or_else(cut, human_bytes)),
    ];
    let rows = rows.map(|(name, value)| [format!("  {name}"), value]);
    lines.extend(aligned([Align::Left, Align::Left], &rows));
    lines
}
