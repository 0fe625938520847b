//! `bulla list`: shows what is in an archive.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::{Duration, UNIX_EPOCH};

use clap::Args;

use crate::command::{Command, Sandbox};
use crate::context::Context;
use crate::errors::{ErrorContext as _, Result};
use crate::jobs::listing::{by_catalogue, by_headers};
use crate::jobs::look_first::Outputs;
use crate::jobs::one_file::OneFile;
use crate::jobs::unpack::while_decrypting;
use crate::jobs::{batch, paths};
use crate::select::concurrency::ThreadOptions;
use crate::select::options::{OpeningOptions, PassphraseSource};
use crate::ui::Ui;
use bulla_age::stream::{Engine, Plaintext};
use bulla_age::untrusted::Untrusted;
use bulla_archive::catalogue::{CatalogueEntry, CatalogueKind};

/// Show what is in an archive
///
/// Prints the path of each file, folder and link. If bulla made the archive, only its catalogue is
/// read. Other archives, and standard input, are read from beginning to end.
#[derive(Args, Clone, Debug)]
pub(crate) struct ListArgs {
    /// Encrypted archive ("-": standard input)
    #[arg(value_name = "ARCHIVE")]
    archive: PathBuf,
    /// Also show modes, owners, sizes and times (UTC)
    #[arg(short, long)]
    long: bool,
    #[command(flatten)]
    opening: OpeningOptions,
    #[command(flatten)]
    threads: ThreadOptions,
}

#[derive(serde::Serialize)]
struct Line<'a> {
    path: &'a str,
    /// As people see it, and as `extract` takes it; null if it is UTF-8.
    path_escaped: Option<String>,
    kind: &'static str,
    bytes: Option<u64>,
    target: Option<&'a str>,
    target_escaped: Option<String>,
    mode: String,
    uid: u64,
    gid: u64,
    modified: i64,
    nanoseconds: u32,
}

impl Command for ListArgs {
    fn passphrase_source(&self) -> Option<&PassphraseSource> {
        Some(&self.opening.source)
    }

    fn sandbox(&self) -> Sandbox {
        Sandbox::with_programs()
    }

    fn reads_stdin(&self) -> bool {
        self.archive.as_os_str() == "-"
    }

    fn run(&self, context: &Context) -> Result<()> {
        run(self, context)
    }
}

fn run(args: &ListArgs, context: &Context) -> Result<()> {
    let jobs = paths::read_only_jobs(std::slice::from_ref(&args.archive))?;
    let total = paths::total_bytes(&jobs);
    let file = OneFile::look(jobs, Outputs::Nothing, &args.opening, context)?;
    let file = file.keys(None, context)?;
    let (_, threads) = args.threads.share(1, context.preferences()?);
    let progress = batch::progress("reading", 1, total, &context.ui);
    let engine = Engine::new(threads).with_progress(progress.counter());
    let mut printer = Printer {
        ui: &context.ui,
        is_long: args.long,
        lines: String::new(),
    };
    let work = || -> Result<()> {
        let input = file.job.open()?;
        let open = file.open(&input, file.keys.read_header(&input)?, context)?;
        let key = open.checked.opened.payload_key();
        let mut each = |entry: CatalogueEntry| printer.print(&entry);
        if let Some((from, sealed)) = open.payload() {
            let mut plain = Plaintext::open(&key, from, sealed)?;
            let has_catalogue = by_catalogue(&mut plain, &mut each)?;
            let read = plain.bytes_read();
            let name = file.job.name();
            context
                .ui
                .detail(&format_args!("Read {read} of {sealed} bytes of {name}"));
            if has_catalogue {
                input.check_length()?;
                return Ok(());
            }
        }
        let engine = open.checked.engine(engine);
        while_decrypting(
            |writer| Ok(engine.open(&key, open.source, writer)?),
            |reader| by_headers(reader, &mut each),
        )?;
        open.checked.check_content()?;
        Ok(input.check_length()?)
    };
    let listed = work().about(|| file.job.name());
    progress.finish();
    // What was read before a failure is authentic.
    printer.flush()?;
    listed
}

/// Prints entries, many at a time.
struct Printer<'a> {
    ui: &'a Ui,
    is_long: bool,
    lines: String,
}

/// The bytes that are printed at once.
const PIECE: usize = 64 << 10;

impl Printer<'_> {
    fn print(&mut self, entry: &CatalogueEntry) -> Result<()> {
        let path = Untrusted::from_bytes(&entry.path);
        let target = match &entry.kind {
            CatalogueKind::Symlink { target } | CatalogueKind::HardLink { target } => {
                Some(Untrusted::from_bytes(target))
            }
            CatalogueKind::File { .. } | CatalogueKind::Folder => None,
        };
        let (kind, letter, len) = match &entry.kind {
            CatalogueKind::File { len } => ("file", '-', Some(*len)),
            CatalogueKind::Folder => ("folder", 'd', None),
            CatalogueKind::Symlink { .. } => ("symlink", 'l', None),
            CatalogueKind::HardLink { .. } => ("hard-link", 'h', None),
        };
        if self.ui.is_json() {
            let line = Line {
                path: path.as_raw(),
                path_escaped: escaped(&path),
                kind,
                bytes: len,
                target: target.as_ref().map(Untrusted::as_raw),
                target_escaped: target.as_ref().and_then(escaped),
                mode: format!("{:04o}", entry.mode),
                uid: entry.uid,
                gid: entry.gid,
                modified: entry.modified.seconds,
                nanoseconds: entry.modified.nanoseconds,
            };
            return Ok(self.ui.json(&line)?);
        }
        let begun = self.lines.len();
        if self.is_long {
            let _ = write!(
                self.lines,
                "{letter}{} {:>5}/{:<5} {:>12} {}  ",
                permissions(entry.mode),
                entry.uid,
                entry.gid,
                len.unwrap_or(0),
                date(entry.modified.seconds),
            );
        }
        let slash = if letter == 'd' { "/" } else { "" };
        let _ = write!(self.lines, "{path}{slash}");
        if let Some(target) = target.filter(|_| self.is_long) {
            let arrow = if letter == 'l' { "->" } else { "is" };
            let _ = write!(self.lines, " {arrow} {target}");
        }
        if self.ui.stdout_is_terminal() {
            let line = self.lines.split_off(begun);
            return Ok(self.ui.result(&line)?);
        }
        self.lines.push('\n');
        if self.lines.len() >= PIECE {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        if self.lines.is_empty() {
            return Ok(());
        }
        let printed = self.ui.results_raw(self.lines.as_bytes());
        self.lines.clear();
        Ok(printed?)
    }
}

/// Returns the form that tells names apart that are not UTF-8.
fn escaped(name: &Untrusted) -> Option<String> {
    (!name.is_utf8()).then(|| name.to_string())
}

/// Returns the permissions as `ls` shows them.
fn permissions(mode: u32) -> String {
    let mut text = String::with_capacity(9);
    for (shift, special, letters) in [(6, 0o4000, "sS"), (3, 0o2000, "sS"), (0, 0o1000, "tT")] {
        let bits = mode >> shift;
        text.push(if bits & 4 != 0 { 'r' } else { '-' });
        text.push(if bits & 2 != 0 { 'w' } else { '-' });
        let (runs, is_special) = (bits & 1 != 0, mode & special != 0);
        text.push_str(match (is_special, runs) {
            (true, true) => &letters[..1],
            (true, false) => &letters[1..],
            (false, true) => "x",
            (false, false) => "-",
        });
    }
    text
}

/// Returns a time in UTC; as seconds since 1970 if it is before that or after the year 9999.
fn date(seconds: i64) -> String {
    let shown = u64::try_from(seconds)
        .ok()
        .filter(|seconds| *seconds < 253_402_300_800);
    let Some(shown) = shown else {
        return format!("{:>19}", format!("@{seconds}"));
    };
    let time = UNIX_EPOCH + Duration::from_secs(shown);
    let mut text = humantime::format_rfc3339_seconds(time).to_string();
    text.truncate("2026-11-23T12:34:56".len());
    text.replace('T', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permissions_are_shown_as_ls_shows_them() {
        for (mode, text) in [
            (0o755, "rwxr-xr-x"),
            (0o4755, "rwsr-xr-x"),
            (0o2640, "rw-r-S---"),
            (0o1777, "rwxrwxrwt"),
            (0o1776, "rwxrwxrwT"),
            (0, "---------"),
        ] {
            assert_eq!(permissions(mode), text);
        }
    }

    #[test]
    fn times_that_have_no_date_are_shown_in_seconds() {
        assert_eq!(date(1_795_000_000), "2026-11-18 11:06:40");
        assert_eq!(date(-5), "                @-5");
        assert_eq!(date(i64::MAX), "@9223372036854775807");
    }
}
