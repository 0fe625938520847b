//! The command line: global flags, and which command they are for.

mod bash;
pub(crate) mod completing;
mod deferred;

use clap::{Parser, Subcommand};

use crate::cli::deferred::Deferred;
use crate::commands::{
    bench, card, completions, config, contact, decrypt, doctor, encrypt, group, identity, inspect,
    lock, read, reseal, share, unlock, unshare, verify, who, write,
};
use crate::context::Context;
use crate::errors::Result;
use crate::select::options::PassphraseSource;
use crate::ui::Verbosity;

/// What [`Code`](crate::errors::Code) promises, for people.
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
    Identity(Deferred<identity::IdentityCommand>),
    /// Other people's keys
    #[command(subcommand)]
    Contact(Deferred<contact::ContactCommand>),
    /// Names for sets of contacts
    #[command(subcommand)]
    Group(Deferred<group::GroupCommand>),
    Card(card::CardArgs),
    Unlock(unlock::UnlockArgs),
    Lock(lock::LockArgs),
    Config(config::ConfigArgs),
    Doctor(doctor::DoctorArgs),
    Bench(bench::BenchArgs),
    Completions(completions::CompletionsArgs),
}

impl Cli {
    /// How much is said.
    pub(crate) fn verbosity(&self) -> Verbosity {
        match (self.quiet, self.verbose) {
            (true, _) => Verbosity::Quiet,
            (false, true) => Verbosity::Verbose,
            (false, false) => Verbosity::Normal,
        }
    }
}

impl Command {
    /// Where the first passphrase that is asked for comes from.
    pub(crate) fn source(&self) -> Option<&PassphraseSource> {
        match self {
            Self::Encrypt(args) => Some(&args.source),
            Self::Decrypt(args) => Some(&args.source),
            Self::Write(args) => Some(&args.source),
            Self::Read(args) => Some(&args.source),
            Self::Verify(args) => Some(&args.source),
            Self::Who(args) => Some(&args.source),
            Self::Share(args) => Some(&args.source),
            Self::Unshare(args) => Some(&args.source),
            Self::Reseal(args) => Some(&args.source),
            Self::Identity(command) => command.0.source(),
            Self::Card(args) => Some(&args.source),
            Self::Unlock(args) => Some(&args.source),
            Self::Inspect(_)
            | Self::Contact(_)
            | Self::Group(_)
            | Self::Lock(_)
            | Self::Config(_)
            | Self::Doctor(_)
            | Self::Bench(_)
            | Self::Completions(_) => None,
        }
    }

    /// Whether it has something to say on standard output beside the data.
    pub(crate) fn prints(&self) -> bool {
        match self {
            Self::Encrypt(args) => args.json,
            Self::Decrypt(args) => args.json,
            Self::Share(args) => args.prints(),
            Self::Unshare(args) => args.json,
            Self::Reseal(args) => args.json,
            Self::Contact(command) => command.0.prints(),
            Self::Group(command) => command.0.prints(),
            Self::Unlock(_) | Self::Lock(_) => false,
            Self::Write(_)
            | Self::Read(_)
            | Self::Inspect(_)
            | Self::Verify(_)
            | Self::Who(_)
            | Self::Identity(_)
            | Self::Card(_)
            | Self::Config(_)
            | Self::Doctor(_)
            | Self::Bench(_)
            | Self::Completions(_) => true,
        }
    }

    pub(crate) fn run(&self, context: &Context) -> Result<()> {
        match self {
            Self::Encrypt(args) => encrypt::run(args, context),
            Self::Decrypt(args) => decrypt::run(args, context),
            Self::Write(args) => write::run(args, context),
            Self::Read(args) => read::run(args, context),
            Self::Inspect(args) => inspect::run(args, context),
            Self::Verify(args) => verify::run(args, context),
            Self::Who(args) => who::run(args, context),
            Self::Share(args) => share::run(args, context),
            Self::Unshare(args) => unshare::run(args, context),
            Self::Reseal(args) => reseal::run(args, context),
            Self::Identity(command) => command.0.run(context),
            Self::Contact(command) => command.0.run(context),
            Self::Group(command) => command.0.run(context),
            Self::Card(args) => card::run(args, context),
            Self::Unlock(args) => unlock::run(args, context),
            Self::Lock(args) => lock::run(args, context),
            Self::Config(args) => config::run(args, context),
            Self::Doctor(args) => doctor::run(args, context),
            Self::Bench(args) => bench::run(args, context),
            Self::Completions(args) => completions::run(args, context),
        }
    }
}
