//! `bulla inspect`: what can be seen in a file without a key.

use std::path::PathBuf;

use clap::Args;

use crate::command::Command;
use crate::context::Context;
use crate::errors::{ErrorContext as _, Result};
use crate::jobs::decrypt_header::{count, read_header};
use crate::jobs::paths::Job;
use crate::jobs::{batch, paths};
use crate::ui::{Align, Stream, aligned, human_bytes};
use bulla_age::Inspection;
use bulla_age::format::VERSION;
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
    /// Print a JSON object per file
    #[arg(long)]
    json: bool,
}

#[derive(serde::Serialize)]
struct Seen {
    path: String,
    version: &'static str,
    armored: bool,
    recipients: usize,
    post_quantum: Option<bool>,
    stanzas: Vec<Stanza>,
    header_bytes: u64,
    overhead_bytes: Option<u64>,
    plaintext_bytes: Option<u64>,
}

#[derive(serde::Serialize)]
struct Stanza {
    r#type: String,
    arguments: usize,
    body_bytes: usize,
    post_quantum: Option<bool>,
}

impl Command for InspectArgs {
    fn run(&self, context: &Context) -> Result<()> {
        run(self, context)
    }
}

fn run(args: &InspectArgs, context: &Context) -> Result<()> {
    let inputs = paths::read_only_jobs(&args.paths)?;
    batch::run(
        &inputs,
        1,
        &context.ui,
        |job| inspect(job).with_context(|| job.name()),
        |job, (armored, seen)| {
            let written = match args.json {
                true => context
                    .ui
                    .json(&as_json(job, armored, &seen), Stream::Stdout),
                false => as_text(job, armored, &seen)
                    .iter()
                    .try_for_each(|line| context.ui.result(line)),
            };
            Ok(written?)
        },
    )
}

fn inspect(job: &Job) -> Result<(bool, Inspection)> {
    let input = job.open()?;
    let mut begun = read_header(&input)?;
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
        path: job.name().as_raw().to_owned(),
        version: VERSION,
        armored,
        recipients: seen.recipients().count(),
        post_quantum: seen.post_quantum(),
        stanzas: seen.stanzas.iter().map(stanza).collect(),
        header_bytes: seen.header,
        overhead_bytes: seen.overhead,
        plaintext_bytes: seen.plaintext,
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
        let post_quantum = match stanza.is_about_author {
            true => "sender and readers (encrypted; see bulla who)".to_owned(),
            false => format!("post-quantum: {}", answer(stanza.post_quantum)),
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
