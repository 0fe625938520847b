//! The command line: global flags, and the chosen command.

mod bash;
pub(crate) mod completing;
pub(crate) mod help;
pub(crate) mod usage_error;

use clap::{Parser, Subcommand};

use crate::command;
use crate::commands::{
    bench, card, completions, config, contact, decrypt, doctor, encrypt, group, identity, inspect,
    lock, read, reseal, share, unlock, unshare, verify, who, write,
};
use crate::ui::Verbosity;

/// The exit codes of [`Code`](crate::errors::Code), in words.
const EXIT_CODES: &str = "\
Exit codes:
  0   success
  1   any other error
  2   bad command line, or a question could not be asked
  3   none of your keys opens it, or wrong passphrase
  4   not an age file, or bad header
  5   contents damaged or incomplete
  6   cannot read or write: no such file, permissions, disk full
  7   refused for safety (would overwrite, lock you out, or trust an unconfirmed key)
  8   keyring busy or damaged
  9   sender missing, unknown or wrong, or not everything proved (who --strict)
  10  some inputs failed (see the messages above)
  129, 130, 131, 143  ended by a signal";

/// Encrypt files so that only the people you name can open them
///
/// Bulla encrypts files and messages for people by name, in the age format. It works offline: it
/// opens no network connection. It cannot hide that a file is encrypted, its size, or the number of
/// readers; it cannot undo sending; it cannot recover a lost key.
#[derive(Debug, Parser)]
#[command(name = "bulla", version, disable_help_subcommand = true, after_long_help = EXIT_CODES)]
pub(crate) struct Cli {
    /// Print only errors and warnings
    #[arg(short, long, global = true, display_order = 900)]
    pub(crate) quiet: bool,
    /// Print more details
    #[arg(
        short,
        long,
        global = true,
        display_order = 901,
        conflicts_with = "quiet"
    )]
    pub(crate) verbose: bool,
    /// Never ask questions; fail and say which option to use instead
    #[arg(long, global = true, display_order = 902)]
    pub(crate) no_prompt: bool,
    /// Hide the progress bar
    #[arg(long, global = true, display_order = 903)]
    pub(crate) no_progress: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Encrypt(encrypt::EncryptArgs),
    Decrypt(decrypt::DecryptArgs),
    Write(write::WriteArgs),
    Read(read::ReadArgs),
    Inspect(inspect::InspectArgs),
    Verify(verify::VerifyArgs),
    Who(who::WhoArgs),
    Share(share::ShareArgs),
    Unshare(unshare::UnshareArgs),
    Reseal(reseal::ResealArgs),
    /// Manage your own keys
    #[command(subcommand)]
    Identity(identity::IdentityCommand),
    /// Manage other people's keys
    #[command(subcommand)]
    Contact(contact::ContactCommand),
    /// Manage groups of contacts
    #[command(subcommand)]
    Group(group::GroupCommand),
    Card(card::CardArgs),
    Unlock(unlock::UnlockArgs),
    Lock(lock::LockArgs),
    Config(config::ConfigArgs),
    Doctor(doctor::DoctorArgs),
    Bench(bench::BenchArgs),
    Completions(completions::CompletionsArgs),
}

impl Cli {
    /// Returns how many messages to show.
    pub(crate) fn verbosity(&self) -> Verbosity {
        match (self.quiet, self.verbose) {
            (true, _) => Verbosity::Quiet,
            (false, true) => Verbosity::Verbose,
            (false, false) => Verbosity::Normal,
        }
    }
}

impl Command {
    /// Returns the chosen command.
    pub(crate) fn command(&self) -> &dyn command::Command {
        match self {
            Self::Encrypt(args) => args,
            Self::Decrypt(args) => args,
            Self::Write(args) => args,
            Self::Read(args) => args,
            Self::Inspect(args) => args,
            Self::Verify(args) => args,
            Self::Who(args) => args,
            Self::Share(args) => args,
            Self::Unshare(args) => args,
            Self::Reseal(args) => args,
            Self::Identity(command) => command.command(),
            Self::Contact(command) => command.command(),
            Self::Group(command) => command.command(),
            Self::Card(args) => args,
            Self::Unlock(args) => args,
            Self::Lock(args) => args,
            Self::Config(args) => args,
            Self::Doctor(args) => args,
            Self::Bench(args) => args,
            Self::Completions(args) => args,
        }
    }
}
