//! What help pages and man pages show beyond the options: examples, groups of options, `bulla
//! help`.
//!
//! Parsing does not need any of it, so it is added only when a page is shown.

use std::ffi::OsString;

use clap::{Arg, ArgAction, Command, CommandFactory};

use crate::cli::Cli;

/// What bare `bulla` prints. It fits a terminal of 80x24.
const OVERVIEW: &str = "\
Encrypt files so that only the people you name can open them.

Usage: bulla COMMAND [OPTIONS]

  encrypt   encrypt a file:    bulla encrypt --to bob contract.pdf
  decrypt   decrypt a file:    bulla decrypt contract.pdf.age
  who       see who encrypted a file and who can open it
  write     encrypt a short message, to paste into a chat or mail
  read      decrypt a pasted message

Change files:    share, unshare, reseal, edit
Look and check:  inspect, verify, list, check, drill
Parts of files:  cat, extract, rescue
People and keys: card, contact, group, identity, unlock, lock
Setup:           config, doctor, bench, completions
As age itself:   age, age-keygen, age-inspect

First steps:
  bulla identity new             create your keys
  bulla card                     print your card, to send to others
  bulla contact add bob.card     add someone, from their card

Help on a command: bulla help COMMAND      All commands: bulla help
";

/// What bare `bulla identity`, `bulla contact` and `bulla group` print.
const OVERVIEWS: [(&str, &str); 3] = [
    (
        "identity",
        "\
Manage your own keys.

Usage: bulla identity COMMAND [OPTIONS]

  new       create your keys:    bulla identity new
  list      list your identities
  show      show your public keys, safety number and check value
  backup    write down the 24 backup words
  restore   get your keys back:  bulla identity restore me

Change:          passphrase, default, rename, remove, confirm
Other programs:  import, export
Replace keys:    rotate, succeed, revoke

Help on a command: bulla help identity COMMAND   All: bulla help identity
",
    ),
    (
        "contact",
        "\
Manage other people's keys.

Usage: bulla contact COMMAND [OPTIONS]

  add       add someone, from their card:          bulla contact add bob.card
  verify    verify someone's keys with them:       bulla contact verify bob
  list      list all contacts
  show      show everything about a contact
  remove    remove a contact

Change:         rename, export
Changed keys:   resolve, revoke

Help on a command: bulla help contact COMMAND   All: bulla help contact
",
    ),
    (
        "group",
        "\
Manage groups of contacts.

Usage: bulla group COMMAND [OPTIONS]

  create    create a group:        bulla group create team bob carol
  add       add members
  drop      remove members
  list      list all groups
  show      show the members of a group

Change: rename, remove

Encrypt to a group: bulla encrypt --to team report.odt
Help on a command: bulla help group COMMAND   All: bulla help group
",
    ),
];

/// Returns what to print for a command line that names no subcommand.
pub(crate) fn overview(args: &[OsString]) -> Option<&'static str> {
    match args {
        [] | [_] => Some(OVERVIEW),
        [_, only] => OVERVIEWS
            .iter()
            .find(|(name, _)| only == name)
            .map(|(_, text)| *text),
        _ => None,
    }
}

/// The heading of each group of options, in the order in which a page shows them. An option that
/// means something else in one command has its heading there (`help_heading`).
const GROUPS: [(&str, &[&str]); 13] = [
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
            "require-post-quantum",
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
            "csv",
            "stream",
            "plain",
            "again",
            "status-file",
        ],
    ),
    ("Signature", &["sign", "no-sign", "post-quantum-signature"]),
    (
        "Requirements",
        &[
            "from",
            "from-origin",
            "signed-by",
            "require",
            "strict",
            "not-older",
            "against",
        ],
    ),
    (
        "Files",
        &[
            "recursive",
            "files-from",
            "null",
            "sample",
            "can-open",
            "not-for",
            "unproved",
            "dry-run",
        ],
    ),
    (
        "Folders",
        &[
            "zstd",
            "exclude",
            "one-file-system",
            "xattrs",
            "no-pad",
            "no-unpack",
            "preserve",
        ],
    ),
    (
        "Mirrors",
        &["each", "if-changed", "names", "delete", "delete-most"],
    ),
    (
        "Input",
        &["min-size", "at-least", "allow-empty", "expect-end"],
    ),
    (
        "Your keys",
        &["identity", "words", "daily", "plugin", "as", "header"],
    ),
    (
        "Passphrases",
        &[
            "passphrase-fd",
            "passphrase-file",
            "askpass",
            "new-passphrase-fd",
            "new-passphrase-file",
            "work-factor",
            "max-work-factor",
        ],
    ),
    ("Limits", &["max-recipients", "max-arguments"]),
    ("Speed", &["jobs", "threads"]),
    (
        "Every command",
        &[
            "quiet",
            "verbose",
            "json",
            "no-prompt",
            "no-progress",
            "keep-cached",
            "help",
            "version",
        ],
    ),
];

/// The examples of each command, by what is typed after `bulla`.
const EXAMPLES: &[(&str, &[&str])] = &[
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
            "bulla encrypt --to me --zstd --exclude '*.o' project",
            "bulla encrypt --to me --each photos -o mirror --if-changed",
            "bulla encrypt --to me -o db.age -- pg_dump -Fc db",
        ],
    ),
    (
        "decrypt",
        &[
            "bulla decrypt contract.pdf.age",
            "bulla decrypt -o copy.pdf contract.pdf.age",
            "bulla decrypt --from bob contract.pdf.age",
            "bulla decrypt db.age -- pg_restore -d db",
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
            "bulla verify --recursive --sample 5% backups",
        ],
    ),
    (
        "list",
        &["bulla list photos.tar.age", "bulla list -l photos.tar.age"],
    ),
    ("cat", &["bulla cat --offset 1M --length 4096 disk.img.age"]),
    (
        "extract",
        &[
            "bulla extract photos.tar.age photos/2024/cat.jpg",
            "bulla extract photos.tar.age photos/2024 -o restored",
        ],
    ),
    (
        "rescue",
        &[
            "bulla rescue photos.tar.age",
            "bulla rescue photos.tar.age -o /mnt/photos.tar",
        ],
    ),
    (
        "who",
        &[
            "bulla who contract.pdf.age",
            "bulla who --strict --from bob contract.pdf.age",
            "bulla who --recursive --can-open bob project",
        ],
    ),
    (
        "check",
        &["bulla check backups", "bulla check --json backups"],
    ),
    (
        "drill",
        &[
            "bulla drill --identity recovery backups",
            "bulla drill --identity recovery --sample 5% --not-older 2d backups",
            "bulla drill --words backups/db.age",
            "bulla drill --history",
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
        "edit",
        &[
            "bulla edit passwords.txt.age",
            "bulla edit notes.txt.age --to bob",
            "EDITOR=nano bulla edit notes.txt.age",
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
            "bulla identity new work --card-name Alice",
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
    (
        "identity confirm",
        &["bulla identity confirm", "bulla identity confirm work"],
    ),
    ("identity rename", &["bulla identity rename me home"]),
    (
        "identity export",
        &[
            "bulla identity export",
            "bulla identity export --secret -o key.txt me",
            "bulla identity export --plugin -o bulla.txt",
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
    (
        "identity restore",
        &[
            "bulla identity restore me",
            "bulla identity restore me sheet.txt",
        ],
    ),
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
        &[
            "bulla contact add bob.card",
            "bulla contact add bob",
            "bulla contact add bob bob.txt",
        ],
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
    (
        "unlock",
        &[
            "bulla unlock",
            "bulla unlock work --for 8h",
            "bulla unlock ~/.age/key.age",
            "bulla unlock --list",
        ],
    ),
    (
        "lock",
        &["bulla lock", "bulla lock work", "bulla lock ~/.age/key.age"],
    ),
    ("config", &["bulla config", "bulla config sign true"]),
    ("doctor", &["bulla doctor"]),
    ("bench", &["bulla bench", "bulla bench --threads 4"]),
    (
        "age",
        &[
            "bulla age -r age1… -o plan.pdf.age plan.pdf",
            "bulla age -d -i key.txt plan.pdf.age",
            "ln -s \"$(command -v bulla)\" ~/bin/age",
        ],
    ),
    (
        "age-keygen",
        &[
            "bulla age-keygen -o key.txt",
            "bulla age-keygen -pq -o key.txt",
            "bulla age-keygen -y key.txt",
        ],
    ),
    (
        "age-inspect",
        &[
            "bulla age-inspect plan.pdf.age",
            "bulla age-inspect --json plan.pdf.age",
        ],
    ),
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
    with_own_globals(with_pages(Cli::command().subcommand(help), ""))
}

/// The commands that have the command line of another program, and nothing of ours.
const OTHER_PROGRAMS: [&str; 3] = ["age", "age-keygen", "age-inspect"];

/// Gives the options of every command to each one, except to those of other programs.
fn with_own_globals(command: Command) -> Command {
    let is_global = |arg: &&Arg| arg.is_global_set();
    let globals: Vec<Arg> = command.get_arguments().filter(is_global).cloned().collect();
    let globals: Vec<Arg> = globals.into_iter().map(|arg| arg.global(false)).collect();
    let command = command.mut_args(|arg| arg.global(false));
    command.mut_subcommands(|sub| {
        if OTHER_PROGRAMS.contains(&sub.get_name()) {
            of_another_program(sub)
        } else {
            with_globals(sub, &globals)
        }
    })
}

fn with_globals(command: Command, globals: &[Arg]) -> Command {
    command
        .args(globals)
        .mut_subcommands(|sub| with_globals(sub, globals))
}

/// The command with the only option that is read before those of the other program.
fn of_another_program(command: Command) -> Command {
    let help = Arg::new("help")
        .short('h')
        .long("help")
        .action(ArgAction::Help)
        .help(format!("Print the options of {}", command.get_name()));
    command.disable_help_flag(true).arg(help)
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
    let mut order = 0;
    for (heading, options) in GROUPS {
        let place = |arg: &Arg| match arg.get_help_heading() {
            Some(own) => (own == heading).then_some(options.len()),
            None => options.iter().position(|&it| arg.get_long() == Some(it)),
        };
        let mut group: Vec<_> = command
            .get_arguments()
            .filter(|arg| !matches!(arg.get_id().as_str(), "help" | "version"))
            .filter_map(|arg| Some((place(arg)?, arg.get_id().clone())))
            .collect();
        group.sort_by_key(|(place, _)| *place);
        for (_, id) in group {
            // `mut_arg` puts the option behind all others, which gives the order of the groups.
            order += 1;
            command = command.mut_arg(id, |arg| arg.help_heading(heading).display_order(order));
        }
    }
    command
}

/// Returns the name of the manual page of the command that a help page is about.
pub(crate) fn manual_page(page: &str) -> String {
    let usage = page
        .lines()
        .find_map(|line| line.strip_prefix("Usage: "))
        .unwrap_or("bulla");
    let is_name = |word: &&str| word.chars().all(|c| c.is_ascii_lowercase() || c == '-');
    let names: Vec<&str> = usage.split(' ').take_while(is_name).collect();
    names.join("-")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manual_page_is_that_of_the_command() {
        for (usage, page) in [
            ("Usage: bulla [OPTIONS] <COMMAND>", "bulla"),
            (
                "\nUsage: bulla identity new [OPTIONS] [NAME]\n",
                "bulla-identity-new",
            ),
            ("Usage: bulla verify [OPTIONS] <PATHS>...", "bulla-verify"),
            ("Usage: bulla age-keygen [ARGUMENT]...", "bulla-age-keygen"),
            ("", "bulla"),
        ] {
            assert_eq!(manual_page(usage), page);
        }
    }

    #[test]
    fn overviews_name_every_command_and_fit_a_terminal() {
        let all = Cli::command();
        for (path, text) in std::iter::once(("", OVERVIEW)).chain(OVERVIEWS) {
            let command = match path {
                "" => &all,
                path => all.find_subcommand(path).unwrap(),
            };
            for sub in command.get_subcommands().map(Command::get_name) {
                let named = |word: &str| word.trim_matches(',') == sub;
                assert!(text.split_whitespace().any(named), "{path}: {sub}");
            }
            assert!(text.lines().count() <= 24 && text.lines().all(|line| line.len() <= 80));
        }
    }
}
