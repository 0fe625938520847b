//! The command line: global flags, and the chosen command.

mod age_line;
mod bash;
pub(crate) mod called_as;
pub(crate) mod completing;
mod global_options;
pub(crate) mod help;
mod one_command;
pub(crate) mod usage_error;

use std::ffi::{OsStr, OsString};

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::cli::global_options::GlobalOptions;
use crate::cli::one_command::with_negative_numbers;
use crate::command;
use crate::commands::{
    age, bench, card, cat, check, completions, config, contact, decrypt, doctor, drill, edit,
    encrypt, extract, group, identity, inspect, list, lock, read, rescue, reseal, share, unlock,
    unshare, verify, who, write,
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
  12  the command after -- failed, or an input is incomplete (--min-size, --at-least, --expect-end)
  129, 130, 131, 141, 143  ended by a signal (141: the output lost its reader)";

/// Encrypt files so that only the people you name can open them
///
/// Bulla encrypts files and messages for people by name, in the age format. It works offline: it
/// opens no network connection. It cannot hide that a file is encrypted, its size, or the number of
/// readers; it cannot undo sending; it cannot recover a lost key.
#[derive(Debug, Parser)]
#[command(name = "bulla", version, disable_help_subcommand = true, max_term_width = 100, after_long_help = EXIT_CODES)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: GlobalOptions,
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
    List(list::ListArgs),
    Extract(extract::ExtractArgs),
    Cat(cat::CatArgs),
    Rescue(rescue::RescueArgs),
    Who(who::WhoArgs),
    Check(check::CheckArgs),
    Drill(drill::DrillArgs),
    Share(share::ShareArgs),
    Unshare(unshare::UnshareArgs),
    Reseal(reseal::ResealArgs),
    Edit(edit::EditArgs),
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
    Age(age::AgeArgs),
    AgeKeygen(age::AgeKeygenArgs),
    AgeInspect(age::AgeInspectArgs),
    Completions(completions::CompletionsArgs),
}

impl Cli {
    /// Parses a command line. Returns also the command as it is typed after `bulla`.
    pub(crate) fn parse_with_path(args: &[OsString]) -> Result<(Self, String), clap::Error> {
        let mut matches = match one_command::parse(args) {
            Some(parsed) => parsed?,
            None => with_negative_numbers(Self::command()).try_get_matches_from(args)?,
        };
        let mut path: Vec<String> = Vec::new();
        let mut at = &matches;
        while let Some((name, below)) = at.subcommand() {
            path.push(name.to_owned());
            at = below;
        }
        if names_no_command(args, at) {
            return Err(missing("COMMAND after --"));
        }
        let cli = Self::from_arg_matches_mut(&mut matches)
            .map_err(|error| error.format(&mut Self::command()))?;
        Ok((cli, path.join(" ")))
    }

    /// Returns how many messages to show.
    pub(crate) fn verbosity(&self) -> Verbosity {
        match (self.global.quiet, self.global.verbose) {
            (true, _) => Verbosity::Quiet,
            (false, true) => Verbosity::Verbose,
            (false, false) => Verbosity::Normal,
        }
    }
}

/// Returns whether nothing follows `--` where a command can: a script whose variable is empty must
/// not do something else.
fn names_no_command(args: &[OsString], matches: &ArgMatches) -> bool {
    match matches.try_get_raw("program") {
        Ok(Some(mut program)) => program.next().is_some_and(OsStr::is_empty),
        Ok(None) => args.last().is_some_and(|arg| arg == "--"),
        Err(_) => false,
    }
}

/// The error of clap for an argument that is missing.
fn missing(what: &str) -> clap::Error {
    let mut error = clap::Error::new(ErrorKind::MissingRequiredArgument);
    let what = ContextValue::Strings(vec![what.to_owned()]);
    error.insert(ContextKind::InvalidArg, what);
    error
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
            Self::List(args) => args,
            Self::Extract(args) => args,
            Self::Cat(args) => args,
            Self::Rescue(args) => args,
            Self::Who(args) => args,
            Self::Check(args) => args,
            Self::Drill(args) => args,
            Self::Share(args) => args,
            Self::Unshare(args) => args,
            Self::Reseal(args) => args,
            Self::Edit(args) => args,
            Self::Identity(command) => command.command(),
            Self::Contact(command) => command.command(),
            Self::Group(command) => command.command(),
            Self::Card(args) => args,
            Self::Unlock(args) => args,
            Self::Lock(args) => args,
            Self::Config(args) => args,
            Self::Doctor(args) => args,
            Self::Bench(args) => args,
            Self::Age(args) => args,
            Self::AgeKeygen(args) => args,
            Self::AgeInspect(args) => args,
            Self::Completions(args) => args,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Command;

    use crate::cli::one_command::{COMMANDS, named, parse};

    fn words(line: &str) -> Vec<OsString> {
        line.split(' ').map(OsString::from).collect()
    }

    /// The options of a command and of those below it.
    fn shape(command: &Command) -> String {
        let options = command.get_arguments().map(|arg| format!("{arg:?}"));
        let below = command.get_subcommands().map(shape);
        options.chain(below).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn every_command_alone_has_the_options_that_it_has_among_all() {
        let mut all = Cli::command();
        all.build();
        let known = COMMANDS.map(|(name, _)| name);
        let names: Vec<&str> = all.get_subcommands().map(Command::get_name).collect();
        assert_eq!(names, known);
        for name in known {
            let mut alone = named(&words(&format!("bulla -q {name}")));
            alone.build();
            assert_eq!(alone.get_subcommands().count(), 1);
            let below = |command: &Command| command.find_subcommand(name).map(shape);
            assert_eq!(below(&alone), below(&all), "{name}");
        }
    }

    #[test]
    fn only_a_correct_line_is_parsed_by_one_command() {
        for line in [
            "bulla encrypt x",
            "bulla -q --json encrypt --to bob x",
            "bulla identity new",
            "bulla verify -- -y",
            "bulla group create team bob",
        ] {
            let whole = with_negative_numbers(Cli::command()).try_get_matches_from(words(line));
            let alone = parse(&words(line)).and_then(Result::ok);
            let meaning = |matches: Option<ArgMatches>| {
                format!("{:?}", Cli::from_arg_matches(&matches.expect(line)))
            };
            assert_eq!(meaning(alone), meaning(whole.ok()), "{line}");
        }
        for line in [
            "bulla",
            "bulla -q",
            "bulla encryp x",
            "bulla encrypt --too bob x",
            "bulla identity",
            "bulla help encrypt",
            "bulla encrypt --help",
            "bulla --help",
        ] {
            assert!(parse(&words(line)).is_none(), "{line}");
        }
        let version = parse(&words("bulla --version")).and_then(Result::err);
        assert_eq!(
            version.map(|version| version.to_string()),
            Cli::command()
                .try_get_matches_from(["bulla", "--version"])
                .err()
                .map(|version| version.to_string())
        );
    }
}
