//! The command line as far as one run needs it: the global options and the command that was named.
//!
//! Building the options of all commands would take longer than a short run. Whatever is not a
//! correct line is left to the whole command line, so that help, errors and suggestions know every
//! command.

use std::ffi::OsString;

use clap::error::ErrorKind;
use clap::{Arg, ArgMatches, Args, Command, Subcommand, crate_version};

use crate::cli::global_options::GlobalOptions;
use crate::commands::{
    age, bench, card, cat, check, completions, config, contact, decrypt, doctor, drill, edit,
    encrypt, extract, group, identity, inspect, list, lock, read, rescue, reseal, share, unlock,
    unshare, verify, who, write,
};

type Build = fn(Command) -> Command;

/// Every command, and what adds its options.
pub(super) const COMMANDS: [(&str, Build); 30] = [
    ("encrypt", encrypt::EncryptArgs::augment_args),
    ("decrypt", decrypt::DecryptArgs::augment_args),
    ("write", write::WriteArgs::augment_args),
    ("read", read::ReadArgs::augment_args),
    ("inspect", inspect::InspectArgs::augment_args),
    ("verify", verify::VerifyArgs::augment_args),
    ("list", list::ListArgs::augment_args),
    ("extract", extract::ExtractArgs::augment_args),
    ("cat", cat::CatArgs::augment_args),
    ("rescue", rescue::RescueArgs::augment_args),
    ("who", who::WhoArgs::augment_args),
    ("check", check::CheckArgs::augment_args),
    ("drill", drill::DrillArgs::augment_args),
    ("share", share::ShareArgs::augment_args),
    ("unshare", unshare::UnshareArgs::augment_args),
    ("reseal", reseal::ResealArgs::augment_args),
    ("edit", edit::EditArgs::augment_args),
    ("identity", nested::<identity::IdentityCommand>),
    ("contact", nested::<contact::ContactCommand>),
    ("group", nested::<group::GroupCommand>),
    ("card", card::CardArgs::augment_args),
    ("unlock", unlock::UnlockArgs::augment_args),
    ("lock", lock::LockArgs::augment_args),
    ("config", config::ConfigArgs::augment_args),
    ("doctor", doctor::DoctorArgs::augment_args),
    ("bench", bench::BenchArgs::augment_args),
    ("age", age::AgeArgs::augment_args),
    ("age-keygen", age::AgeKeygenArgs::augment_args),
    ("age-inspect", age::AgeInspectArgs::augment_args),
    ("completions", completions::CompletionsArgs::augment_args),
];

fn nested<S: Subcommand>(command: Command) -> Command {
    S::augment_subcommands(command)
        .subcommand_required(true)
        .arg_required_else_help(true)
}

/// Parses a command line by its own command alone. Returns `None` if that fails, because the whole
/// command line may find another reason, and knows more to suggest.
pub(super) fn parse(args: &[OsString]) -> Option<Result<ArgMatches, clap::Error>> {
    let line = with_negative_numbers(named(args));
    match line.try_get_matches_from(args) {
        Err(error) if error.kind() != ErrorKind::DisplayVersion => None,
        parsed => Some(parsed),
    }
}

/// Returns the command line with no other command than the one that these arguments name.
pub(super) fn named(args: &[OsString]) -> Command {
    // The options before a command take no values.
    let is_name = |arg: &&OsString| !arg.as_encoded_bytes().starts_with(b"-");
    let name = args.iter().skip(1).find(is_name);
    let line = Command::new("bulla")
        .version(crate_version!())
        .disable_help_subcommand(true)
        .subcommand_required(true)
        .arg_required_else_help(true);
    let line = GlobalOptions::augment_args(line);
    let found = COMMANDS
        .iter()
        .find(|(known, _)| name.is_some_and(|name| name == known));
    match found {
        Some(&(name, build)) => line.subcommand(build(Command::new(name))),
        None => line,
    }
}

/// Lets every option that takes a number take a negative one too, so that the message is about the
/// number and not about an option that does not exist.
pub(super) fn with_negative_numbers(command: Command) -> Command {
    let is_number = |arg: &Arg| {
        let names = arg.get_value_names().unwrap_or_default();
        names.iter().any(|name| name == "N" || name == "SIZE")
    };
    command
        .mut_args(|arg| {
            let is_number = is_number(&arg);
            arg.allow_negative_numbers(is_number)
        })
        .mut_subcommands(with_negative_numbers)
}
