//! What is wrong with a command line, in the program's own words, and what to type instead.

use std::ffi::OsString;

use clap::Command;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::keyring::nearest;
use bulla_age::untrusted::Untrusted;

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
                hints.extend(instead(&command, &path, &typed));
                format!("There is no command {}", quoted(Some(typed)))
            }
            ErrorKind::UnknownArgument => {
                let typed = option.unwrap_or_default();
                match instead(&command, &path, &typed) {
                    Some(hint) if path.is_empty() => hints.push(hint),
                    _ => hints.extend(
                        text(ContextKind::SuggestedArg).map(|near| format!("Did you mean {near}?")),
                    ),
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
                if typed.is_empty() {
                    format!("{name} needs a value")
                } else {
                    format!("{name} cannot be {}", quoted(Some(typed)))
                }
            }
            ErrorKind::ValueValidation => {
                let why = std::error::Error::source(error)
                    .map_or_else(String::new, |why| format!(": {why}"));
                let typed = quoted(text(ContextKind::InvalidValue));
                format!("{name} cannot be {typed}{}", Untrusted::new(why))
            }
            ErrorKind::ArgumentConflict => {
                let other = text(ContextKind::PriorArg).unwrap_or_default();
                if other == name {
                    format!("{name} can be given only once")
                } else {
                    format!("{name} cannot be used with {}", Untrusted::new(other))
                }
            }
            ErrorKind::MissingRequiredArgument => format!("Missing: {}", name.replace("...", "")),
            ErrorKind::InvalidUtf8 => "An argument is not valid UTF-8".to_owned(),
            _ => {
                let rendered = error.render().to_string();
                let first = rendered.lines().next().unwrap_or_default();
                Untrusted::new(first.trim_start_matches("error: ")).to_string()
            }
        };
        if hints.is_empty() {
            hints.push(format!("For help: bulla help {path}").trim_end().to_owned());
        }
        Self {
            error: message,
            hints,
        }
    }
}

/// The names of the commands that were typed, as far as they exist.
fn path(command: &Command, args: &[OsString]) -> String {
    let mut path = Vec::new();
    let mut at = command;
    let words = args.iter().skip(1).filter_map(|arg| arg.to_str());
    for word in words.filter(|word| !word.starts_with('-')) {
        let Some(sub) = at.find_subcommand(word) else {
            break;
        };
        path.push(sub.get_name());
        at = sub;
    }
    path.join(" ")
}

/// What to type instead of a word that is no command after `path`.
fn instead(command: &Command, path: &str, typed: &str) -> Option<String> {
    let known = ELSEWHERE
        .iter()
        .find(|(after, words, _)| *after == path && words.contains(&typed));
    if let Some((_, _, line)) = known {
        return Some(format!("Use: {line}"));
    }
    let parent = path.split(' ').filter(|name| !name.is_empty());
    let mut at = command;
    for name in parent {
        at = at.find_subcommand(name)?;
    }
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
