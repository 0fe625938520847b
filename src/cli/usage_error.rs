//! What is wrong with a command line, in the program's own words, and what to type instead.

use std::ffi::OsString;
use std::path::Path;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, CommandFactory};

use crate::cli::age_line;
use crate::keyring::nearest;
use bulla_age::untrusted::Untrusted;

/// Returns whether a command line that cannot be parsed asks for JSON.
pub(crate) fn asks_for_json(args: &[OsString]) -> bool {
    let mut options = args.iter().skip(1).take_while(|arg| *arg != "--");
    options.any(|arg| arg == "--json")
}

/// Returns the command in a command line that cannot be parsed, as far as it is one.
pub(crate) fn command_in(args: &[OsString]) -> Option<String> {
    let path = path(&crate::cli::Cli::command(), args);
    (!path.is_empty()).then_some(path)
}

/// What people type who know another tool, after which command, and what to type here.
const ELSEWHERE: [(&str, &[&str], &str); 22] = [
    (
        "",
        &["-e", "--encrypt", "enc", "seal", "close"],
        "bulla encrypt --to NAME FILE",
    ),
    (
        "",
        &["-r", "-R", "--recipient", "--recipients-file", "-t", "--to"],
        "bulla encrypt --to NAME FILE",
    ),
    (
        "",
        &["-p", "-c", "--passphrase", "--symmetric"],
        "bulla encrypt -p FILE",
    ),
    (
        "",
        &[
            "-d",
            "--decrypt",
            "dec",
            "-i",
            "--identity",
            "-o",
            "--output",
            "open",
            "unseal",
            "extract",
        ],
        "bulla decrypt FILE.age",
    ),
    (
        "",
        &[
            "keygen",
            "gen-key",
            "genkey",
            "--gen-key",
            "--generate-key",
            "--full-gen-key",
            "--keygen",
            "generate",
            "init",
            "new",
            "create",
            "-g",
        ],
        "bulla identity new",
    ),
    (
        "",
        &["list", "ls", "--list-keys", "-k", "contacts", "people"],
        "bulla contact list",
    ),
    (
        "",
        &["keys", "identities", "--list-secret-keys", "-K", "whoami"],
        "bulla identity list",
    ),
    (
        "",
        &["import", "add", "--import", "recv", "--recv-keys"],
        "bulla contact add NAME FILE",
    ),
    (
        "",
        &["export", "--export", "pubkey", "-y", "--export-public-key"],
        "bulla card",
    ),
    (
        "",
        &[
            "remove",
            "rm",
            "delete",
            "del",
            "--delete-key",
            "--delete-keys",
        ],
        "bulla contact remove NAME",
    ),
    (
        "",
        &[
            "sign",
            "-s",
            "--sign",
            "clearsign",
            "--clearsign",
            "--clear-sign",
        ],
        "bulla encrypt --sign --to NAME FILE",
    ),
    ("", &["--verify", "check", "test"], "bulla verify FILE.age"),
    (
        "",
        &["recipients", "readers", "info", "--list-packets"],
        "bulla who FILE.age",
    ),
    ("", &["decode", "message", "paste"], "bulla read"),
    ("", &["encode", "send", "msg"], "bulla write --to NAME"),
    ("", &["version"], "bulla --version"),
    (
        "",
        &["rekey", "reencrypt", "re-encrypt", "rewrap"],
        "bulla reseal FILE.age --to NAME",
    ),
    (
        "",
        &["passwd", "--edit-key", "--change-passphrase"],
        "bulla identity passphrase",
    ),
    (
        "",
        &["backup", "restore", "rotate", "revoke", "rename"],
        "bulla help identity",
    ),
    (
        "contact",
        &["import", "new", "create"],
        "bulla contact add NAME FILE",
    ),
    (
        "identity",
        &["create", "generate", "add", "init"],
        "bulla identity new",
    ),
    ("group", &["new", "make"], "bulla group create NAME MEMBER"),
];

/// The same words after `identity`, `contact` and `group`.
const AFTER_ANY: [(&[&str], &str); 3] = [
    (&["ls", "all"], "list"),
    (&["rm", "delete", "del", "drop"], "remove"),
    (&["info", "view", "members"], "show"),
];

/// An error of the command line: one line, and what to type next.
#[derive(Debug)]
pub(crate) struct UsageError {
    pub(crate) error: String,
    pub(crate) hints: Vec<String>,
}

impl UsageError {
    /// Explains clap's error, for the command line it came from.
    pub(crate) fn new(error: &clap::Error, args: &[OsString]) -> Self {
        let command = crate::cli::help::command();
        let path = path(&command, args);
        let text = |kind| match error.get(kind) {
            Some(ContextValue::String(text)) => Some(text.clone()),
            Some(ContextValue::Strings(texts)) => Some(texts.join(", ")),
            Some(ContextValue::StyledStr(text)) => Some(text.to_string()),
            _ => None,
        };
        let quoted = |text: Option<String>| {
            Untrusted::new(text.unwrap_or_default())
                .quoted()
                .to_string()
        };
        let option = text(ContextKind::InvalidArg);
        let name = Untrusted::new(option.clone().unwrap_or_default()).to_string();
        let mut hints = Vec::new();
        let message = match error.kind() {
            ErrorKind::InvalidSubcommand => {
                let typed = text(ContextKind::InvalidSubcommand).unwrap_or_default();
                let file = path.is_empty().then(|| for_file(&typed)).flatten();
                let file = file.map(|hint| translated(args).unwrap_or(hint));
                hints.extend(file.or_else(|| instead(&command, &path, &typed, args)));
                format!("There is no command {}", quoted(Some(typed)))
            }
            ErrorKind::UnknownArgument => {
                let typed = option.unwrap_or_default();
                hints.extend(after_the_command(&command, &typed, args));
                let line = path.is_empty().then(|| translated(args)).flatten();
                match line.or_else(|| instead(&command, &path, &typed, args)) {
                    _ if !hints.is_empty() => {}
                    Some(hint) if path.is_empty() => hints.push(hint),
                    _ if !typed.starts_with('-') => hints.extend(surplus(&path, &typed, args)),
                    _ => hints.extend(other_option(&command, &path, &typed)),
                }
                let noun = if typed.starts_with('-') {
                    "There is no option"
                } else {
                    "Unexpected argument"
                };
                format!("{noun} {}", quoted(Some(typed)))
            }
            ErrorKind::InvalidValue => {
                let typed = text(ContextKind::InvalidValue).unwrap_or_default();
                let allowed = text(ContextKind::ValidValue);
                hints.extend(
                    allowed
                        .filter(|all| !all.is_empty())
                        .map(|all| format!("Use one of: {all}")),
                );
                if typed.is_empty() && !name.starts_with('-') {
                    "An argument is empty".to_owned()
                } else if typed.is_empty() {
                    format!("{name} needs a value")
                } else {
                    format!("{name} cannot be {}", quoted(Some(typed)))
                }
            }
            ErrorKind::ValueValidation => {
                let why = std::error::Error::source(error)
                    .map_or_else(String::new, |why| format!(": {why}"));
                let typed = text(ContextKind::InvalidValue);
                let is_negative = typed
                    .as_ref()
                    .is_some_and(|typed| typed.parse::<i64>().is_ok_and(|number| number < 0));
                let not_a_number = if is_negative {
                    "the number is too small"
                } else {
                    "not a number"
                };
                let why = match why.split_once(" is not in ") {
                    Some((_, range)) => {
                        format!(": it must be from {}", range.replace("..=", " to "))
                    }
                    None => why,
                };
                // The words of the standard library.
                let why = why
                    .replace("invalid digit found in string", not_a_number)
                    .replace(
                        "number too large to fit in target type",
                        "the number is too large",
                    )
                    .replace(
                        "number too small to fit in target type",
                        "the number is too small",
                    );
                format!("{name} cannot be {}{}", quoted(typed), Untrusted::new(why))
            }
            ErrorKind::ArgumentConflict => {
                let other = text(ContextKind::PriorArg).unwrap_or_default();
                if other == name {
                    format!("{name} can be given only once")
                } else {
                    format!("{name} cannot be used with {}", Untrusted::new(other))
                }
            }
            ErrorKind::MissingRequiredArgument => {
                hints.extend(who_is_missing(&path, args));
                format!("An argument is missing: {}", name.replace("...", ""))
            }
            ErrorKind::MissingSubcommand => {
                let all = format!("See all commands: bulla help {path}");
                hints.push(all.trim_end().to_owned());
                "A command is missing".to_owned()
            }
            ErrorKind::TooManyValues => format!("{name} takes no value"),
            ErrorKind::InvalidUtf8 => "An argument is not valid UTF-8".to_owned(),
            _ => {
                let rendered = error.render().to_string();
                let first = rendered.lines().next().unwrap_or_default();
                Untrusted::new(first.trim_start_matches("error: ")).to_string()
            }
        };
        if args
            .iter()
            .any(|arg| Untrusted::from(arg.as_os_str()).hides_a_secret())
        {
            hints = vec![SECRET_TYPED.to_owned()];
        }
        if hints.is_empty() {
            hints.push(format!("For help: bulla help {path}").trim_end().to_owned());
        }
        Self {
            error: message,
            hints,
        }
    }
}

/// What to do about a secret key on the command line.
const SECRET_TYPED: &str = "A secret key was typed as an argument, and now it is in your shell's history. Put it in a file";

/// What to type if the whole line is one of age.
fn translated(args: &[OsString]) -> Option<String> {
    Some(format!("Use: {}", age_line::translated(args)?))
}

/// What to type if an option of a command stands before the command.
fn after_the_command(command: &Command, typed: &str, args: &[OsString]) -> Option<String> {
    let args: Vec<&str> = args
        .iter()
        .skip(1)
        .map(|arg| arg.to_str())
        .collect::<Option<_>>()?;
    let names_it = |arg: &&str| command.find_subcommand(arg).is_some();
    let place = args.iter().position(names_it)?;
    let name = args[place];
    let is_typed = |arg: &&str| arg.split('=').next() == Some(typed);
    let stands_before = args[..place].iter().any(is_typed);
    let is_known = command
        .find_subcommand(name)?
        .get_arguments()
        .any(|option| {
            let long = option
                .get_long()
                .is_some_and(|long| typed == format!("--{long}"));
            long || option
                .get_short()
                .is_some_and(|short| typed == format!("-{short}"))
        });
    let others = args.iter().enumerate().filter(|(at, _)| *at != place);
    let others: Vec<String> = others.map(|(_, arg)| option_or_argument(arg)).collect();
    (stands_before && is_known).then(|| format!("Use: bulla {name} {}", others.join(" ")))
}

/// What other tools call a passphrase.
const PASSPHRASE: [&str; 6] = ["password", "passwd", "pass", "pw", "pwd", "symmetric"];

/// The option that was meant by one that does not exist: what other tools call it, or one that
/// differs in a letter or two. Anything else would only mislead.
fn other_option(command: &Command, path: &str, typed: &str) -> Option<String> {
    let at = at(command, path)?;
    let options = at.get_arguments().chain(command.get_arguments());
    let longs: Vec<&str> = options.filter_map(|option| option.get_long()).collect();
    let word = typed.split('=').next()?.trim_start_matches('-');
    if PASSPHRASE.contains(&word) && longs.contains(&"passphrase") {
        return Some("Did you mean --passphrase? It takes no value: bulla asks for it".to_owned());
    }
    let near = nearest(word, longs.into_iter());
    Some(format!("Did you mean --{}?", near.first()?))
}

/// Puts the file that was typed into a line.
fn with_file(line: &str, typed: &str, args: &[OsString]) -> String {
    let typed_words = words(args).filter(|word| *word != typed);
    // A word after an option may be its value.
    let takes_value = args
        .iter()
        .any(|arg| arg.to_str().is_some_and(age_line::takes_value));
    let mut files = typed_words.filter(|word| !takes_value || Path::new(word).is_file());
    let place = if line.contains("FILE.age") {
        "FILE.age"
    } else {
        "FILE"
    };
    match files.next() {
        Some(file) if !line.contains("contact") => line.replace(place, &argument(file)),
        _ => line.to_owned(),
    }
}

/// The names of the commands that were typed, as far as they exist.
fn path(command: &Command, args: &[OsString]) -> String {
    let mut path = Vec::new();
    let mut at = command;
    for word in words(args) {
        let Some(sub) = at.find_subcommand(word) else {
            break;
        };
        path.push(sub.get_name());
        at = sub;
    }
    path.join(" ")
}

/// Returns the command at a path, which has a blank between its names.
fn at<'a>(command: &'a Command, path: &str) -> Option<&'a Command> {
    path.split_whitespace()
        .try_fold(command, |at, name| at.find_subcommand(name))
}

/// Returns a word of the command line as an argument for a shell.
fn argument(word: &str) -> String {
    Untrusted::new(word).as_argument()
}

/// Returns an argument that may be an option, as typed.
fn option_or_argument(arg: &str) -> String {
    let name = arg.trim_start_matches('-');
    let dashes = &arg[..arg.len() - name.len()];
    if name.is_empty() {
        dashes.to_owned()
    } else {
        format!("{dashes}{}", argument(name))
    }
}

/// Returns the words of the command line that are not options.
fn words(args: &[OsString]) -> impl Iterator<Item = &str> {
    let words = args.iter().skip(1).filter_map(|arg| arg.to_str());
    words.filter(|word| !word.starts_with('-'))
}

/// What to type if a file is in the place of a command.
fn for_file(typed: &str) -> Option<String> {
    let file = argument(typed);
    if !Path::new(typed).is_file() {
        None
    } else if typed.ends_with(".age") {
        Some(format!("Use: bulla decrypt {file}"))
    } else {
        Some(format!("Use: bulla encrypt --to NAME {file}"))
    }
}

/// What to type if a command has one argument too many.
fn surplus(path: &str, typed: &str, args: &[OsString]) -> Option<String> {
    let word = argument(typed);
    let line = match path {
        "group remove" => {
            let group = words(args).nth(2)?;
            let all: Vec<String> = words(args).skip(3).map(argument).collect();
            format!("bulla group drop {} {}", argument(group), all.join(" "))
        }
        "write" if Path::new(typed).is_file() => format!("bulla write --to NAME < {word}"),
        "write" => format!("bulla write --to {word}"),
        _ => return None,
    };
    Some(format!("Use: {line}"))
}

/// What to type if `unshare` names nobody.
fn who_is_missing(path: &str, args: &[OsString]) -> Option<String> {
    if path != "unshare" {
        return None;
    }
    let mut files: Vec<String> = words(args).skip(1).map(argument).collect();
    if files.is_empty() {
        files.push("FILE".to_owned());
    }
    let files = files.join(" ");
    Some(format!("Use: bulla unshare {files} --drop NAME"))
}

/// What to type instead of a word that is no command after `path`.
fn instead(command: &Command, path: &str, typed: &str, args: &[OsString]) -> Option<String> {
    let known = ELSEWHERE
        .iter()
        .find(|(after, words, _)| *after == path && words.contains(&typed));
    if let Some((_, _, line)) = known {
        return Some(format!("Use: {}", with_file(line, typed, args)));
    }
    let at = at(command, path)?;
    let after_any = AFTER_ANY.iter().find(|(words, _)| words.contains(&typed));
    if let Some((_, name)) = after_any
        && !path.is_empty()
        && at.find_subcommand(name).is_some()
    {
        return Some(format!("Use: bulla {path} {name}"));
    }
    let near = nearest(typed, at.get_subcommands().map(Command::get_name));
    let near = near.first()?;
    Some(format!(
        "Did you mean: {}?",
        ["bulla", path, near].join(" ").replace("  ", " ")
    ))
}
