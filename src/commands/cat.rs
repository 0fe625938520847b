//! `bulla cat`: writes a part of the contents of a file.

use std::io::{self, Read, Write};
use std::path::PathBuf;

use clap::Args;

use crate::command::{Command, Sandbox};
use crate::context::Context;
use crate::errors::{CommandError, ErrorContext as _, Refusal, Result, of_payload, usage};
use crate::files;
use crate::files::Output;
use crate::jobs::decrypt_header::CheckedHeader;
use crate::jobs::hold_back::{BinaryOutput, HeldBack};
use crate::jobs::look_first::Outputs;
use crate::jobs::one_file::OneFile;
use crate::jobs::{batch, paths};
use crate::select::concurrency::ThreadOptions;
use crate::select::demands::size;
use crate::select::options::{OpeningOptions, PassphraseSource};
use bulla_age::stream::{At, Engine, PayloadError, ReadAt, open_range, plaintext_len};
use bulla_age::untrusted::Untrusted;

/// Write part of the contents of a file to standard output
///
/// From a file on disk, bulla decrypts and checks only this part, and the end, which tells how long
/// the contents are. Standard input is read and checked to its end.
#[derive(Args, Clone, Debug)]
pub(crate) struct CatArgs {
    /// Encrypted file ("-": standard input)
    #[arg(value_name = "FILE")]
    path: PathBuf,
    /// Begin after this many bytes of the contents: 4096, 64K, 10M (K is 1024)
    #[arg(long, value_name = "N", default_value = "0", value_parser = size)]
    offset: u64,
    /// Write this many bytes [default: all that follow]
    #[arg(long, value_name = "M", value_parser = size)]
    length: Option<u64>,
    #[command(flatten)]
    opening: OpeningOptions,
    #[command(flatten)]
    threads: ThreadOptions,
}

impl Command for CatArgs {
    fn passphrase_source(&self) -> Option<&PassphraseSource> {
        Some(&self.opening.source)
    }

    fn prints(&self) -> bool {
        false
    }

    fn sandbox(&self) -> Sandbox {
        Sandbox::with_programs()
    }

    fn reads_stdin(&self) -> bool {
        self.path.as_os_str() == "-"
    }

    fn run(&self, context: &Context) -> Result<()> {
        run(self, context)
    }
}

fn run(args: &CatArgs, context: &Context) -> Result<()> {
    if context.ui.is_json() {
        return Err(usage(
            "The output of cat is data, so it takes no --json",
            None,
        ));
    }
    let jobs = paths::read_only_jobs(std::slice::from_ref(&args.path))?;
    let file = OneFile::look(jobs, Outputs::Nothing, &args.opening, context)?;
    let file = file.keys(None, context)?;
    let (_, threads) = args.threads.share(1, context.preferences()?);
    let progress = batch::progress("reading", 1, None, &context.ui);
    let engine = Engine::new(threads).with_progress(progress.counter());
    let work = || -> Result<Output> {
        let input = file.job.open()?;
        let open = file.open(&input, file.keys.read_header(&input)?, context)?;
        let mut output = Output::stdout(&[(input.id(), input.name().clone())])?;
        context.ui.results_follow();
        let refuses_binary = context.ui.stdout_is_terminal();
        let mut held = HeldBack::new(&mut output, true, refuses_binary);
        let written = match open.payload() {
            Some((from, sealed)) => args.write_range(&open.checked, from, sealed, &mut held),
            None => args.write_part(&open.checked, &engine, open.source, &mut held),
        };
        if held.is_refused() {
            return Err(Refusal::BinaryToTerminal(BinaryOutput.to_string()).into());
        }
        written?;
        drop(held);
        Ok(output)
    };
    let output = work().about(|| file.job.name());
    progress.finish();
    Ok(output?.commit()?)
}

/// Names the output, which is always standard output.
fn not_written(error: PayloadError) -> CommandError {
    let name = Untrusted::new("standard output");
    of_payload(error, |source| files::Error::not_passed_on(&name, source))
}

impl CatArgs {
    /// Writes a part of a payload of `sealed` bytes.
    fn write_range(
        &self,
        checked: &CheckedHeader,
        from: At<'_, impl ReadAt>,
        sealed: u64,
        held: &mut HeldBack<impl Write>,
    ) -> Result<()> {
        let end = match self.length {
            Some(length) => self.offset.saturating_add(length),
            None => plaintext_len(sealed).unwrap_or(0).max(self.offset),
        };
        let key = checked.opened.payload_key();
        let written = open_range(&key, from, sealed, self.offset..end, &mut *held);
        match written {
            Err(PayloadError::OutOfRange { len, .. }) => return Err(too_short(len)),
            written => written.map_err(not_written)?,
        }
        held.release()
            .map_err(PayloadError::Write)
            .map_err(not_written)
    }

    /// Writes a part of a stream, which is read to its end.
    fn write_part(
        &self,
        checked: &CheckedHeader,
        engine: &Engine,
        source: impl Read + Send,
        held: &mut HeldBack<impl Write + Send>,
    ) -> Result<()> {
        let part = Part {
            skip: self.offset,
            left: self.length.unwrap_or(u64::MAX),
            output: &mut *held,
        };
        let engine = checked.engine(engine.clone());
        let len = engine
            .open(&checked.opened.payload_key(), source, part)
            .map_err(not_written)?;
        checked.check_content()?;
        if len < self.offset.saturating_add(self.length.unwrap_or(0)) {
            return Err(too_short(len));
        }
        held.release()
            .map_err(PayloadError::Write)
            .map_err(not_written)
    }
}

fn too_short(len: u64) -> CommandError {
    let bytes = if len == 1 { "byte" } else { "bytes" };
    usage(&format!("the contents have only {len} {bytes}"), None)
}

/// Writes a part of what is written to it.
struct Part<W> {
    skip: u64,
    left: u64,
    output: W,
}

impl<W: Write> Write for Part<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let size =
            |most: u64| usize::try_from(most).map_or(bytes.len(), |most| most.min(bytes.len()));
        let skipped = size(self.skip);
        let wanted = &bytes[skipped..];
        let wanted = &wanted[..size(self.left).min(wanted.len())];
        self.output.write_all(wanted)?;
        self.skip -= skipped as u64;
        self.left -= wanted.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.output.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_stream_is_the_same_however_it_is_cut() {
        let whole: Vec<u8> = (0..100).collect();
        for (skip, left) in [(0, 100), (0, 0), (30, 40), (99, u64::MAX), (200, 5)] {
            for piece in [1, 7, 100] {
                let mut output = Vec::new();
                let mut part = Part {
                    skip,
                    left,
                    output: &mut output,
                };
                for piece in whole.chunks(piece) {
                    part.write_all(piece).unwrap();
                }
                let expected = whole.iter().skip(skip as usize).take(left as usize);
                assert!(output.iter().eq(expected), "{skip} {left} {piece}");
            }
        }
    }
}
