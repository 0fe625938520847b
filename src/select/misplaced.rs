//! Words in the wrong place: a name where a file is expected, a file where a name is expected.

use std::path::{Path, PathBuf};

use crate::context::Context;
use crate::errors::{CommandError, Result, shortened, usage};
use crate::keyring::{EntryKind, Name};
use bulla_age::AnyRecipient;
use bulla_age::untrusted::Untrusted;

/// Refuses names of people among the files of a command, before anything is done with the others.
/// A file of that name wins. `option` is how the command names people, as in `encrypt --to`.
pub(crate) fn refuse_people(paths: &[PathBuf], option: &str, context: &Context) -> Result<()> {
    let people: Vec<(&Path, EntryKind)> = paths
        .iter()
        .filter_map(|path| Some((path.as_path(), kind_of(path, context)?)))
        .collect();
    let Some((first, kind)) = people.first() else {
        return Ok(());
    };
    let is_person = |path: &&PathBuf| people.iter().any(|(person, _)| *person == path.as_path());
    let argument = |path: &Path| Untrusted::from(path).as_argument();
    let names = people.iter().map(|(path, _)| argument(path));
    let (command, flag) = option.split_once(' ').unwrap_or((option, ""));
    let named: Vec<String> = names.map(|name| format!("{flag} {name}")).collect();
    let mut files: Vec<String> = paths
        .iter()
        .filter(|path| !is_person(path))
        .map(|path| argument(path))
        .collect();
    if files.is_empty() {
        files.push("FILE".to_owned());
    }
    Err(usage(
        &format!("{}, not a file", is_a(&Untrusted::from(*first), *kind)),
        Some(&format!(
            "Use: bulla {command} {} {}",
            named.join(" "),
            files.join(" ")
        )),
    ))
}

/// Returns what has this name in the keyring, unless there is a file of that name. A keyring that
/// cannot be read is an error for those who need it.
fn kind_of(path: &Path, context: &Context) -> Option<EntryKind> {
    let free = path
        .symlink_metadata()
        .is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound);
    if free {
        kind(path.to_str()?, context)
    } else {
        None
    }
}

fn kind(text: &str, context: &Context) -> Option<EntryKind> {
    let name: Name = text.parse().ok()?;
    let (kind, _) = context.keyring().ok()?.taken(&name).ok()??;
    Some(kind)
}

fn is_a(name: &Untrusted, kind: EntryKind) -> String {
    match kind {
        EntryKind::Identity => format!("{name} is one of your identities"),
        EntryKind::Contact => format!("{name} is a contact"),
        EntryKind::Group | EntryKind::Revocation => format!("{name} is a group"),
    }
}

/// Returns the error for a `-r` that is no recipient, with the option that takes it.
pub(crate) fn instead_of_recipient(
    text: &str,
    error: CommandError,
    context: &Context,
) -> CommandError {
    let name = Untrusted::new(text);
    if let Some(unquoted) = unquoted(text) {
        return unquoted;
    }
    if name.hides_a_secret() {
        return error.hinting(SECRET_TYPED);
    }
    if let Some(kind) = kind(text, context) {
        let hint = format!("Use: --to {}", name.as_argument());
        return usage(
            &format!("{}, not a recipient", is_a(&name, kind)),
            Some(&hint),
        );
    }
    if Path::new(text).exists() {
        let hint = format!("Use: -R {}", name.as_argument());
        return usage(&format!("{name} is a file, not a recipient"), Some(&hint));
    }
    if text.parse::<Name>().is_ok() {
        return usage(
            &format!("{name} is not a recipient, and nobody has that name"),
            Some("Recipients begin with age1 or ssh-. The people you know: bulla contact list"),
        );
    }
    error
}

/// What to do about a secret key in the place of a recipient.
const SECRET_TYPED: &str = "It was typed as an argument, and now it is in your shell's history. Put it in a file; for its \
     public key: bulla identity show -i FILE";

/// Refuses a `-r` that is only the first word of an SSH key, before the other words are taken for
/// files.
pub(crate) fn refuse_unquoted(recipients: &[String]) -> Result<()> {
    let mut errors = recipients.iter().filter_map(|text| unquoted(text));
    errors.next().map_or(Ok(()), Err)
}

fn unquoted(text: &str) -> Option<CommandError> {
    let is_type = ["ssh-ed25519", "ssh-rsa", "ssh-dss"].contains(&text)
        || text.starts_with("ecdsa-sha2-")
        || text.starts_with("sk-ssh-") && text.ends_with(".com");
    is_type.then(|| {
        usage(
            &format!(
                "{} is only the first word of an SSH key",
                Untrusted::new(text)
            ),
            Some("Put the key in quotes, or name its file: -R FILE.pub"),
        )
    })
}

/// Refuses a first input that does not exist beside `-p`, where people put the passphrase. What may be one
/// is not repeated, because messages end up in logs.
pub(crate) fn refuse_typed_passphrase(paths: &[PathBuf]) -> Result<()> {
    let is_missing = |path: &PathBuf| {
        let found = path.symlink_metadata();
        !crate::files::is_descriptor(path)
            && found.is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound)
    };
    // Only the first word can have been meant as the value of the option.
    let Some(first) = paths.first().filter(|path| is_missing(path)) else {
        return Ok(());
    };
    let what = if first.extension().is_some() || first.components().count() > 1 {
        Untrusted::from(first.as_path()).to_string()
    } else if paths.len() == 1 {
        "The input".to_owned()
    } else {
        "Input 1".to_owned()
    };
    Err(CommandError::from(crate::files::Error::NotFound {
        name: Untrusted::new(what),
    })
    .hinting("If it is a passphrase: -p takes none, because your shell's history would keep it; bulla asks for it"))
}

/// Returns the error for a `-R` that does not exist, with the option that takes it.
pub(crate) fn instead_of_recipients_file(
    path: &Path,
    error: CommandError,
    context: &Context,
) -> CommandError {
    let Some(text) = path.to_str() else {
        return error;
    };
    if text.parse::<AnyRecipient>().is_ok() {
        let short = shortened(text);
        let typed = if text.len() < 100 { text } else { "RECIPIENT" };
        return usage(
            &format!("{short} is a recipient, not a file"),
            Some(&format!("Use: -r {typed}")),
        );
    }
    if Untrusted::new(text).hides_a_secret() {
        return error.hinting(SECRET_TYPED);
    }
    match kind_of(path, context) {
        Some(kind) => {
            let name = Untrusted::new(text);
            let hint = format!("Use: --to {}", name.as_argument());
            usage(&format!("{}, not a file", is_a(&name, kind)), Some(&hint))
        }
        None => error,
    }
}

/// Returns the error for a name that nobody has, if it is a file.
pub(crate) fn instead_of_name(text: &str, error: CommandError) -> CommandError {
    if Path::new(text).is_file() {
        let name = Untrusted::new(text);
        let file = name.as_argument();
        let add = format!("To add them as a contact: bulla contact add NAME {file}");
        return usage(
            &format!("{name} is a file, not a name"),
            Some(&format!("For the recipients in it: -R {file}")),
        )
        .also_hinting(add);
    }
    error
}
