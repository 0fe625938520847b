//! The options of a drill.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::context::Context;
use crate::errors::Result;
use crate::jobs::checking::sample::Sample;
use crate::jobs::drill::receipts;
use crate::process::clock::parse_span;
use crate::select::concurrency::ThreadOptions;
use crate::select::drill_key::DrillKeyOptions;
use crate::select::options::{HeaderOptions, PassphraseSource};

/// Prove that backups can be restored, with a key that is kept somewhere else
///
/// Reads copies as they are, and writes nothing beside them. A copy is proved if the key opens it,
/// and it is authentic from its first byte to its last. Every other result is reported: a wrong
/// key, a missing reader, damage, a missing end, another signer, a copy that is too old or in the
/// place of another. Each result is kept as a signed receipt.
#[derive(Args, Clone, Debug)]
pub(crate) struct DrillArgs {
    /// Copies to prove: encrypted files, or folders to search for them ("-": standard input)
    #[arg(required_unless_present = "history")]
    pub(super) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) key: DrillKeyOptions,
    /// Try only some copies: a number (3) or a percentage (5%) at random, or the oldest one
    #[arg(long, value_name = "N|N%|oldest")]
    pub(super) sample: Option<Sample>,
    /// Fail with exit code 9 unless this contact (or your identity of this name) signed the copy
    #[arg(long, value_name = "NAME")]
    pub(super) signed_by: Option<String>,
    /// Fail if the newest copy was made longer ago than this (36h, 2d)
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    pub(super) not_older: Option<Duration>,
    /// Fail if the contents differ from this folder, or the modes or symlinks of an archive
    #[arg(long, value_name = "DIR")]
    pub(super) against: Option<PathBuf>,
    /// Keep the receipts in this file (default: receipts.jsonl in the state folder)
    #[arg(long, value_name = "PATH")]
    pub(super) receipts: Option<PathBuf>,
    /// Write to this file, for monitoring, when the last drill was (NAME.prom or NAME.json)
    #[arg(long, value_name = "PATH")]
    pub(super) status_file: Option<PathBuf>,
    /// List the receipts of earlier drills, and verify them
    #[arg(long, conflicts_with_all = ["paths", "identity", "words", "daily", "sample", "signed_by", "not_older", "against", "status_file", "program"])]
    pub(super) history: bool,
    #[command(flatten)]
    pub(super) limits: HeaderOptions,
    #[command(flatten)]
    pub(crate) source: PassphraseSource,
    #[command(flatten)]
    pub(super) threads: ThreadOptions,
    /// Pass the contents of the only copy to this command, and fail if it fails
    #[arg(last = true, value_name = "COMMAND", id = "program")]
    pub(super) program: Vec<OsString>,
}

fn parse_time(text: &str) -> Result<Duration, &'static str> {
    parse_span(text).ok_or("Not a time (36h, 2d, 4weeks)")
}

impl DrillArgs {
    /// Returns where the receipts are.
    pub(super) fn receipts_path(&self, context: &Context) -> Result<PathBuf> {
        match &self.receipts {
            Some(path) => Ok(path.clone()),
            None => receipts::default_path(context).map_err(|error| {
                error.also_hinting("Choose a file for the receipts with --receipts PATH")
            }),
        }
    }
}
