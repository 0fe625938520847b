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
  0   done: complete, correct and durable
  1   anything that is none of these
  2   a wrong command line, or a question and nobody to ask
  3   no matching identity, or a wrong passphrase
  4   not an age file, or a bad header
  5   contents damaged or cut
  6   input or output: no such file, permissions, disk full
  7   refused for safety: it would replace, lock out, or trust what is in question
  8   the keyring is busy or damaged
  9   the sender is missing, unknown or wrong, or not all is proved (who --strict)
  10  some of several inputs failed; each has said why
  129, 130, 131, 143  ended by a signal";

/// Encrypt files for people, offline, in the age format
///
/// Bulla closes files so that they open for the people named and for nobody else. It opens no network connection.
/// What it does not do: hide that a file is encrypted, its length, or how many can open it; take back what was sent;
/// recover a lost key.
#[derive(Debug, Parser)]
#[command(name = "bulla", version, disable_help_subcommand = true, after_long_help = EXIT_CODES)]
pub(crate) struct Cli {
    /// Say only what went wrong
    #[arg(short, long, global = true, display_order = 900)]
    pub(crate) quiet: bool,
    /// Say more about what is done
    #[arg(
        short,
        long,
        global = true,
        display_order = 901,
        conflicts_with = "quiet"
    )]
    pub(crate) verbose: bool,
    /// Never ask: fail, naming the flag that would have answered
    #[arg(long, global = true, display_order = 902)]
    pub(crate) no_prompt: bool,
    /// Draw no progress
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
    /// Your own keys
    #[command(subcommand)]
    Identity(identity::IdentityCommand),
    /// Other people's keys
    #[command(subcommand)]
    Contact(contact::ContactCommand),
    /// Names for sets of contacts
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
