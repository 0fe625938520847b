//! `bulla rescue`: writes what is still authentic in a damaged file.

use std::ffi::{OsStr, OsString};
use std::ops::Range;
use std::path::PathBuf;

use clap::Args;

use crate::command::{Command, Sandbox};
use crate::context::Context;
use crate::errors::{CommandError, ErrorContext as _, Failure, Result, usage};
use crate::files::{Mode, Output};
use crate::jobs::checking::salvaged::{self, Decompressed, Rest};
use crate::jobs::checking::whole_entries::{Entries, Named};
use crate::jobs::look_first::Outputs;
use crate::jobs::one_file::OneFile;
use crate::jobs::paths::{OutputKind, without_age_extension};
use crate::jobs::{batch, paths};
use crate::select::options::{
    DetachedHeaderOption, OpeningOptions, OutputOptions, PassphraseSource,
};
use crate::ui::{WarningKind, human_bytes};
use bulla_age::stream::{At, salvage};
use bulla_age::untrusted::Untrusted;
use bulla_archive::frames::SalvageError;

/// The most holes that are listed for people.
const MOST_LISTED: usize = 20;

/// Write what is still intact in a damaged file
///
/// Writes everything that is still authentic to FILE.incomplete, each part in its place, with zeros
/// for what is missing, and lists what is missing. A compressed archive is decompressed as far as
/// possible. Names the damaged and lost entries of an archive, and with -v the whole ones too. Fails
/// with exit code 5, because the output is not what was encrypted. The header must be intact.
#[derive(Args, Clone, Debug)]
#[command(mut_arg("output", |output| output.help("Output file, or an existing folder")))]
pub(crate) struct RescueArgs {
    /// Damaged file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    opening: OpeningOptions,
    #[command(flatten)]
    header: DetachedHeaderOption,
    #[command(flatten)]
    output: OutputOptions,
}

#[derive(serde::Serialize)]
struct Rescued {
    file: String,
    /// Null if nothing had to be rescued.
    output: Option<String>,
    /// The bytes that are authentic.
    bytes: u64,
    /// The length of the output, with what is missing.
    length: u64,
    complete: bool,
    end_missing: bool,
    bytes_behind: u64,
    holes: Vec<Hole>,
    /// What may belong further to the end of the output.
    unplaced: Vec<Hole>,
    /// How many entries of an archive are whole; null if that is not known.
    entries_whole: Option<u64>,
    entries_damaged: Vec<String>,
    entries_lost: Vec<String>,
    /// Whether these are all entries; null if it is no archive.
    entries_complete: Option<bool>,
}

#[derive(serde::Serialize)]
struct Hole {
    offset: u64,
    length: u64,
}

impl From<&Range<u64>> for Hole {
    fn from(range: &Range<u64>) -> Self {
        Self {
            offset: range.start,
            length: range.end - range.start,
        }
    }
}

impl Command for RescueArgs {
    fn passphrase_source(&self) -> Option<&PassphraseSource> {
        Some(&self.opening.source)
    }

    fn sandbox(&self) -> Sandbox {
        let inputs = std::slice::from_ref(&self.file);
        Sandbox::with_programs().output_or_beside(self.output.output.as_ref(), inputs)
    }

    fn run(&self, context: &Context) -> Result<()> {
        run(self, context)
    }
}

fn run(args: &RescueArgs, context: &Context) -> Result<()> {
    let paths = std::slice::from_ref(&args.file);
    let explicit = args.output.output.as_ref();
    let rename: paths::OutputName = if explicit.is_some_and(|path| !path.is_dir()) {
        |name| Ok(PathBuf::from(name))
    } else {
        |name| Ok(incomplete(name))
    };
    let jobs = paths::jobs(paths, &args.output, rename)?;
    let total = paths::total_bytes(&jobs);
    let new = Outputs::New(args.output.existing.replace(), &[]);
    let file = OneFile::look(jobs, new, &args.opening, context)?;
    let file = file.keys(args.header.path.as_deref(), context)?;
    let name = file.job.name();
    let progress = batch::progress("rescuing", 1, total, &context.ui);
    let counter = progress.counter();
    let work = || -> Result<(Output, Rest)> {
        let input = file.job.open()?;
        let read = file.keys.read_header(&input)?;
        if read.payload.is_none() {
            return Err(not_seekable());
        }
        let open = file.open(&input, read, context)?;
        let kind = OutputKind {
            mode: Mode::Secret,
            replace: args.output.existing.replace(),
        };
        let output = file.job.create(&input, kind, &file.key_files)?;
        if !output.is_file() {
            let text = "rescue writes to a file only, because parts of it may be missing";
            return Err(usage(text, Some("Choose one with -o PATH")));
        }
        let (from, sealed) = open.payload().ok_or_else(not_seekable)?;
        let to = At {
            place: output.file(),
            offset: 0,
        };
        let found = salvage(
            &open.checked.opened.payload_key(),
            from,
            sealed,
            to,
            &counter,
        )?;
        // The end may be a hole.
        let resized = output.file().set_len(found.len);
        resized.map_err(|source| output.not_written(source))?;
        input.check_length()?;
        if found.is_whole() {
            return Ok((output, Rest::from(&found)));
        }
        let whole = |path: &Untrusted| context.ui.detail(&format_args!("Whole: {path}"));
        let mut nothing = None;
        let tar_name = args.file.file_name().and_then(tar_name);
        if salvaged::may_be_compressed(output.file(), &found, tar_name.is_some()) {
            let job = match &tar_name {
                Some(name) => file.job.with_name(&incomplete(name.as_os_str())),
                None => file.job.clone(),
            };
            let tar = job.create(&input, kind, &file.key_files)?;
            let (frames, to) = (output.file(), tar.file());
            let rest = salvaged::decompressed(frames, to, &found, tar_name.is_some(), whole);
            match rest {
                Ok(Decompressed::Tar(rest)) => return Ok((tar, rest)),
                Ok(Decompressed::Nothing(entries)) => nothing = Some(entries),
                Ok(Decompressed::NoArchive) => {}
                Err(SalvageError::Read(source)) => return Err(output.not_read(source).into()),
                Err(SalvageError::Write(source)) => {
                    let error = CommandError::from(tar.not_written(source)).message();
                    let to = output.name();
                    let text = format!("{error}. The archive stays compressed: {to}");
                    context.ui.warn(WarningKind::NotDecompressed, &text);
                }
            }
        }
        let rest = salvaged::plain(output.file(), &found, whole);
        let mut rest = rest.map_err(|source| output.not_read(source))?;
        // Its name may be wrong, and it a tar file.
        if let Some(entries) = nothing
            && rest.entries.is_none()
        {
            let text = format!(
                "Nothing of the archive in {name} can be decompressed. It stays compressed: {}",
                output.name()
            );
            context.ui.warn(WarningKind::NotDecompressed, &text);
            rest.entries = entries;
        }
        Ok((output, rest))
    };
    let done = work().about(|| name.clone());
    progress.finish();
    let (output, rest) = done?;
    if rest.is_whole {
        // Then decrypting does the same and checks the signature too.
        return tell_whole(&name, &rest, context);
    }
    let to = output.name().clone();
    output.commit()?;
    tell(&name, &to, &rest, context)?;
    Err(Failure::Rescued {
        file: name,
        output: to,
    }
    .into())
}

/// Returns the error of a file that is only a stream.
fn not_seekable() -> CommandError {
    usage(
        "it is not a binary file that can be read at any place",
        Some("Save it as a file first, without armor: age files are binary by default"),
    )
}

/// Returns the name of what is left of a file.
fn incomplete(name: &OsStr) -> PathBuf {
    let plain = without_age_extension(name);
    let mut name: OsString = plain.map_or_else(|| name.to_owned(), PathBuf::into_os_string);
    name.push(".incomplete");
    PathBuf::from(name)
}

/// Returns the name of the tar file in a compressed archive, encrypted or not.
fn tar_name(name: &OsStr) -> Option<PathBuf> {
    let plain = without_age_extension(name);
    salvaged::tar_name(plain.as_ref().map_or(name, |plain| plain.as_os_str()))
}

fn tell_whole(name: &Untrusted, rest: &Rest, context: &Context) -> Result<()> {
    if context.ui.is_json() {
        return Ok(context.ui.json(&line(name, None, rest))?);
    }
    context.ui.result(&format!(
        "{name} is intact, so nothing was written. Decrypt it: bulla decrypt {}",
        name.as_argument()
    ))?;
    Ok(())
}

fn tell(name: &Untrusted, to: &Untrusted, rest: &Rest, context: &Context) -> Result<()> {
    if context.ui.is_json() {
        return Ok(context.ui.json(&line(name, Some(to), rest))?);
    }
    context.ui.result(&format!(
        "Wrote {} of {} to {to}",
        human_bytes(rest.written),
        human_bytes(rest.len)
    ))?;
    tell_parts("Missing", &rest.holes, context)?;
    if !rest.has_end {
        context.ui.result("Missing: the end, of unknown length")?;
    }
    tell_parts("Perhaps further back", &rest.unplaced, context)?;
    if rest.behind > 0 {
        context.ui.result(&format!(
            "Left out: {} after the end",
            human_bytes(rest.behind)
        ))?;
    }
    rest.entries
        .as_ref()
        .map_or(Ok(()), |entries| tell_entries(entries, context))
}

fn tell_parts(what: &str, parts: &[Range<u64>], context: &Context) -> Result<()> {
    for Range { start, end } in parts.iter().take(MOST_LISTED) {
        context.ui.result(&format!(
            "{what}: bytes {start} to {} ({})",
            end - 1,
            human_bytes(end - start)
        ))?;
    }
    let more = parts.len().saturating_sub(MOST_LISTED);
    if more > 0 {
        context
            .ui
            .result(&format!("{what}: {more} more parts, which --json lists"))?;
    }
    Ok(())
}

/// Says which entries of an archive are damaged or lost; the others are whole.
fn tell_entries(entries: &Entries, context: &Context) -> Result<()> {
    let known = entries.whole + entries.damaged.count + entries.lost.count;
    context.ui.result(&format!(
        "Whole: {} of {known} entries of the archive",
        entries.whole
    ))?;
    tell_named("Damaged", &entries.damaged, context)?;
    tell_named("Lost", &entries.lost, context)?;
    if !entries.are_all {
        let text = "Unknown: the other entries, because the catalogue of the archive is missing";
        context.ui.result(text)?;
    }
    Ok(())
}

fn tell_named(what: &str, named: &Named, context: &Context) -> Result<()> {
    for path in named.first.iter().take(MOST_LISTED) {
        context.ui.result(&format!("{what}: {path}"))?;
    }
    if named.count > MOST_LISTED as u64 {
        let more = named.count - MOST_LISTED as u64;
        context
            .ui
            .result(&format!("{what}: {more} more, which --json lists"))?;
    }
    Ok(())
}

fn line(name: &Untrusted, to: Option<&Untrusted>, rest: &Rest) -> Rescued {
    let entries = rest.entries.as_ref();
    let paths = |named: Option<&Named>| -> Vec<String> {
        let named = named.map_or(&[][..], |named| &named.first);
        named.iter().map(|path| path.as_raw().to_owned()).collect()
    };
    Rescued {
        file: name.as_raw().to_owned(),
        output: to.map(|to| to.as_raw().to_owned()),
        bytes: rest.written,
        length: rest.len,
        complete: rest.is_whole,
        end_missing: !rest.has_end,
        bytes_behind: rest.behind,
        holes: rest.holes.iter().map(Hole::from).collect(),
        unplaced: rest.unplaced.iter().map(Hole::from).collect(),
        entries_whole: entries.map(|entries| entries.whole),
        entries_damaged: paths(entries.map(|entries| &entries.damaged)),
        entries_lost: paths(entries.map(|entries| &entries.lost)),
        entries_complete: entries.map(|entries| entries.are_all),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn what_is_left_of_a_file_never_has_its_name() {
        for (name, left) in [
            ("a.tar.age", "a.tar.incomplete"),
            ("a", "a.incomplete"),
            (".age", ".age.incomplete"),
        ] {
            assert_eq!(incomplete(OsStr::new(name)), Path::new(left));
        }
    }
}
