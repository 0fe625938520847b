//! What help pages and man pages show beyond the options: examples, groups of options, `bulla
//! help`.
//!
//! Parsing does not need any of it, so it is added only when a page is shown.

use std::ffi::OsString;

use clap::{Arg, Command, CommandFactory};

use crate::cli::Cli;

/// What bare `bulla` prints. It fits a terminal of 80x24.
pub(crate) const OVERVIEW: &str = "\
Encrypt files so that only the people you name can open them.

Usage: bulla COMMAND [OPTIONS]

  encrypt   encrypt a file:    bulla encrypt --to bob contract.pdf
  decrypt   decrypt a file:    bulla decrypt contract.pdf.age
  who       see who encrypted a file and who can open it
  write     encrypt a short message, to paste into a chat or mail
  read      decrypt a pasted message

Change access:   share, unshare, reseal
Look and check:  inspect, verify
People and keys: card, contact, group, identity, unlock, lock
Setup:           config, doctor, bench, completions

First steps:
  bulla identity new             create your keys
  bulla card                     print your card, to send to others
  bulla contact add bob bob.txt  add someone, from their card or keys

Help on a command: bulla help COMMAND      All commands: bulla help
";

/// The heading of each group of options, in the order in which a page shows them.
const GROUPS: [(&str, &[&str]); 7] = [
    (
        "Recipients",
        &[
            "to",
            "recipient",
            "recipients-file",
            "passphrase",
            "drop",
            "self",
            "no-self",
            "hide-recipients",
            "expect-recipients",
        ],
    ),
    (
        "Output",
        &[
            "output",
            "force",
            "header-out",
            "armor",
            "no-armor",
            "qr",
            "json",
            "stream",
        ],
    ),
    ("Signature", &["sign", "no-sign", "from"]),
    ("Your keys", &["identity", "plugin", "as", "header"]),
    (
        "Passphrases",
        &[
            "passphrase-fd",
            "passphrase-file",
            "work-factor",
            "max-work-factor",
        ],
    ),
    ("Speed", &["jobs", "threads"]),
    (
        "Every command",
        &[
            "quiet",
            "verbose",
            "no-prompt",
            "no-progress",
            "help",
            "version",
        ],
    ),
];

/// The examples of each command, by what is typed after `bulla`.
const EXAMPLES: [(&str, &[&str]); 52] = [
    (
        "",
        &[
            "bulla identity new",
            "bulla encrypt --to bob contract.pdf",
            "bulla decrypt contract.pdf.age",
            "bulla who contract.pdf.age",
        ],
    ),
    (
        "encrypt",
        &[
            "bulla encrypt --to bob contract.pdf",
            "bulla encrypt --to bob --to team --sign report.odt",
            "bulla encrypt -p notes.txt",
            "tar -c photos | bulla encrypt --to me > photos.tar.age",
        ],
    ),
    (
        "decrypt",
        &[
            "bulla decrypt contract.pdf.age",
            "bulla decrypt -o copy.pdf contract.pdf.age",
            "bulla decrypt --from bob contract.pdf.age",
            "bulla decrypt < photos.tar.age | tar -x",
        ],
    ),
    (
        "write",
        &[
            "bulla write --to bob",
            "bulla write --to bob --edit",
            "bulla write --to bob < note.txt",
        ],
    ),
    (
        "read",
        &["bulla read", "bulla read message.txt", "bulla read --reply"],
    ),
    (
        "inspect",
        &[
            "bulla inspect contract.pdf.age",
            "bulla inspect --json contract.pdf.age",
        ],
    ),
    (
        "verify",
        &[
            "bulla verify contract.pdf.age",
            "bulla verify --from bob contract.pdf.age",
        ],
    ),
    (
        "who",
        &[
            "bulla who contract.pdf.age",
            "bulla who --strict --from bob contract.pdf.age",
        ],
    ),
    (
        "share",
        &[
            "bulla share --to carol contract.pdf.age",
            "bulla share --to carol --recursive --dry-run project",
        ],
    ),
    (
        "unshare",
        &[
            "bulla unshare --drop bob contract.pdf.age",
            "bulla unshare --drop bob --recursive --dry-run project",
        ],
    ),
    (
        "reseal",
        &[
            "bulla reseal --to carol contract.pdf.age",
            "bulla reseal -p contract.pdf.age",
        ],
    ),
    (
        "identity",
        &[
            "bulla identity new",
            "bulla identity backup",
            "bulla identity list",
        ],
    ),
    (
        "identity new",
        &[
            "bulla identity new",
            "bulla identity new work",
            "bulla identity new --no-passphrase -o server.key",
        ],
    ),
    (
        "identity list",
        &["bulla identity list", "bulla identity list --json"],
    ),
    (
        "identity show",
        &[
            "bulla identity show",
            "bulla identity show --number",
            "bulla identity show -i server.key",
        ],
    ),
    (
        "identity default",
        &["bulla identity default", "bulla identity default work"],
    ),
    ("identity rename", &["bulla identity rename me home"]),
    (
        "identity export",
        &[
            "bulla identity export",
            "bulla identity export --secret -o key.txt me",
        ],
    ),
    (
        "identity import",
        &["bulla identity import ssh ~/.ssh/id_ed25519"],
    ),
    (
        "identity passphrase",
        &[
            "bulla identity passphrase",
            "bulla identity passphrase work",
        ],
    ),
    ("identity remove", &["bulla identity remove work"]),
    (
        "identity backup",
        &[
            "bulla identity backup",
            "bulla identity backup -o sheet.txt me",
        ],
    ),
    ("identity restore", &["bulla identity restore me"]),
    (
        "identity rotate",
        &["bulla identity rotate", "bulla identity rotate work"],
    ),
    (
        "identity succeed",
        &["bulla identity succeed", "bulla identity succeed work"],
    ),
    (
        "identity revoke",
        &["bulla identity revoke --reason compromised -o revocation.txt me"],
    ),
    (
        "contact",
        &[
            "bulla contact add bob bob.txt",
            "bulla contact verify bob",
            "bulla contact list",
        ],
    ),
    (
        "contact add",
        &["bulla contact add bob bob.txt", "bulla contact add bob -"],
    ),
    (
        "contact list",
        &["bulla contact list", "bulla contact list --json"],
    ),
    ("contact show", &["bulla contact show bob"]),
    ("contact verify", &["bulla contact verify bob"]),
    (
        "contact resolve",
        &[
            "bulla contact resolve bob",
            "bulla contact resolve bob --keep",
        ],
    ),
    ("contact revoke", &["bulla contact revoke revocation.txt"]),
    ("contact rename", &["bulla contact rename bob robert"]),
    ("contact remove", &["bulla contact remove bob"]),
    (
        "contact export",
        &[
            "bulla contact export bob",
            "bulla contact export bob -o bob.txt",
        ],
    ),
    (
        "group",
        &[
            "bulla group create team bob carol",
            "bulla encrypt --to team report.odt",
        ],
    ),
    ("group create", &["bulla group create team bob carol"]),
    ("group add", &["bulla group add team dave"]),
    ("group drop", &["bulla group drop team bob"]),
    (
        "group list",
        &["bulla group list", "bulla group list --json"],
    ),
    ("group show", &["bulla group show team"]),
    ("group rename", &["bulla group rename team friends"]),
    ("group remove", &["bulla group remove team"]),
    (
        "card",
        &[
            "bulla card",
            "bulla card --armor",
            "bulla card --qr -o card.png",
        ],
    ),
    ("unlock", &["bulla unlock", "bulla unlock work --for 8h"]),
    ("lock", &["bulla lock", "bulla lock work"]),
    ("config", &["bulla config", "bulla config --json"]),
    ("doctor", &["bulla doctor"]),
    ("bench", &["bulla bench", "bulla bench --threads 4"]),
    (
        "completions",
        &["bulla completions fish > ~/.config/fish/completions/bulla.fish"],
    ),
    ("help", &["bulla help encrypt", "bulla help identity new"]),
];

/// Returns the examples of a command, by what is typed after `bulla`.
pub(crate) fn examples(path: &str) -> &'static [&'static str] {
    EXAMPLES
        .iter()
        .find(|(command, _)| *command == path)
        .map_or(&[], |(_, examples)| examples)
}

/// Returns the command line with everything that help pages show.
pub(crate) fn command() -> Command {
    let help = Command::new("help")
        .about("Show help for a command")
        .disable_help_flag(true)
        .arg(
            Arg::new("command")
                .value_name("COMMAND")
                .num_args(0..)
                .help("The command, for example: identity new"),
        );
    with_pages(Cli::command().subcommand(help), "")
}

fn with_pages(command: Command, path: &str) -> Command {
    let command = grouped(command);
    let mut text = String::from("Examples:");
    for example in examples(path) {
        text.push_str("\n  ");
        text.push_str(example);
    }
    if let Some(more) = command.get_after_long_help() {
        text.push_str("\n\n");
        text.push_str(&more.to_string());
    }
    command.after_long_help(text).mut_subcommands(|sub| {
        let path = format!("{path} {}", sub.get_name());
        with_pages(sub, path.trim_start())
    })
}

/// The command with its options under headings, common ones first.
fn grouped(mut command: Command) -> Command {
    for (heading, options) in GROUPS {
        for option in options {
            let known = command.get_arguments().find(|arg| {
                arg.get_long() == Some(option)
                    && !matches!(arg.get_id().as_str(), "help" | "version")
            });
            if let Some(id) = known.map(|arg| arg.get_id().clone()) {
                // `mut_arg` puts the option behind all others, which gives the order of the groups.
                command = command.mut_arg(id, |arg| arg.help_heading(heading));
            }
        }
    }
    command
}

/// Turns `bulla help COMMAND…` into `bulla COMMAND… --help`.
pub(crate) fn as_option(mut args: Vec<OsString>) -> Vec<OsString> {
    let command = (1..args.len()).find(|&at| !args[at].as_encoded_bytes().starts_with(b"-"));
    if let Some(at) = command
        && args[at] == "help"
    {
        args.remove(at);
        args.push("--help".into());
    }
    args
}
