//! The names by which programs know errors (docs/json.md).

use std::io;

use crate::errors::code::Code;
use crate::errors::engine;
use crate::errors::{CommandError, Failure, NotProved, Refusal};
use crate::files;
use crate::keyring::KeyringError;
use crate::ui::{PromptError, kinds};
use bulla_age::format::HeaderError;
use bulla_age::plugin::PluginError;
use bulla_age::{AnswerError, DecryptError, KeyError};

kinds! {
    /// What an error is about. The names are stable, and finer than the exit codes.
    ErrorKind {
        Advice = "advice",
        AlreadyEncrypted = "already-encrypted",
        BadHeader = "bad-header",
        Busy = "busy",
        Changed = "changed",
        CommandFailed = "command-failed",
        Damaged = "damaged",
        Different = "different",
        Exists = "exists",
        IncompleteInput = "incomplete-input",
        IsFolder = "is-folder",
        Io = "io",
        KeyringDamaged = "keyring-damaged",
        KeysChanged = "keys-changed",
        MissingReader = "missing-reader",
        NameTaken = "name-taken",
        NoAnswer = "no-answer",
        NoKey = "no-key",
        NoSpace = "no-space",
        NotAge = "not-age",
        NotConfirmed = "not-confirmed",
        NotFound = "not-found",
        NotPostQuantum = "not-post-quantum",
        OnlyPassphrase = "only-passphrase",
        Other = "other",
        PartOfFolder = "part-of-folder",
        PermissionDenied = "permission-denied",
        Plugin = "plugin",
        PolicyBreached = "policy-breached",
        Refused = "refused",
        RequiredReader = "required-reader",
        Revoked = "revoked",
        Sender = "sender",
        SomeFailed = "some-failed",
        Stale = "stale",
        Swapped = "swapped",
        Truncated = "truncated",
        Unconfirmed = "unconfirmed",
        UnknownName = "unknown-name",
        Usage = "usage",
        WrongKey = "wrong-key",
        WrongNumber = "wrong-number",
        WrongPassphrase = "wrong-passphrase",
    }
}

/// The fields of a line about a failure.
#[derive(serde::Serialize)]
pub(super) struct FailureLine<'a> {
    /// The input that failed; null if the command failed as a whole.
    file: Option<&'a str>,
    error: ErrorFields,
}

#[derive(serde::Serialize)]
struct ErrorFields {
    kind: ErrorKind,
    message: String,
    exit_code: u8,
    hints: Vec<String>,
}

impl<'a> FailureLine<'a> {
    pub(super) fn new(error: &'a CommandError, code: Code) -> Self {
        Self {
            file: error.file(),
            error: ErrorFields {
                kind: ErrorKind::of(error, code),
                message: error.message(),
                exit_code: code as u8,
                hints: error.hints(),
            },
        }
    }
}

impl ErrorKind {
    /// Returns the kind of an error: what its type says, or else what its exit code says.
    fn of(error: &CommandError, code: Code) -> Self {
        let cause = error.cause();
        let finer = None
            .or_else(|| cause.downcast_ref().and_then(of_file))
            .or_else(|| cause.downcast_ref().and_then(of_keyring))
            .or_else(|| cause.downcast_ref().and_then(of_decryption))
            .or_else(|| cause.downcast_ref().and_then(of_header))
            .or_else(|| cause.downcast_ref().and_then(of_key))
            .or_else(|| cause.downcast_ref().and_then(of_answer))
            .or_else(|| cause.downcast_ref().and_then(of_prompt))
            .or_else(|| cause.downcast_ref().and_then(of_refusal))
            .or_else(|| cause.downcast_ref().and_then(of_failure));
        finer.unwrap_or(match code {
            Code::Other => Self::Other,
            Code::Usage => Self::Usage,
            Code::NoMatch => Self::NoKey,
            Code::Header => Self::BadHeader,
            Code::Payload => Self::Damaged,
            Code::Io => Self::Io,
            Code::Refused => Self::Refused,
            Code::Keyring => Self::KeyringDamaged,
            Code::Sender => Self::Sender,
            Code::Some => Self::SomeFailed,
            Code::Command => Self::CommandFailed,
        })
    }
}

/// Returns the name of the kind of an error: `damaged`. `None` if the reader of our output went away.
pub(crate) fn name_of(error: &CommandError) -> Option<String> {
    let kind = ErrorKind::of(error, error.code()?);
    let value = serde_json::to_value(kind).ok()?;
    value.as_str().map(str::to_owned)
}

fn of_file(error: &files::Error) -> Option<ErrorKind> {
    match error {
        files::Error::NotFound { .. } | files::Error::NoFolder { .. } => Some(ErrorKind::NotFound),
        files::Error::Exists { .. } | files::Error::FolderExists { .. } => Some(ErrorKind::Exists),
        files::Error::IsDirectory { .. } => Some(ErrorKind::IsFolder),
        files::Error::Held { .. } | files::Error::Busy { .. } => Some(ErrorKind::Busy),
        files::Error::ChangedWhileRead { .. } => Some(ErrorKind::Changed),
        _ if error.is_out_of_space() => Some(ErrorKind::NoSpace),
        files::Error::Io { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
            Some(ErrorKind::PermissionDenied)
        }
        _ => None,
    }
}

fn of_keyring(error: &KeyringError) -> Option<ErrorKind> {
    match error {
        KeyringError::Files(error) | KeyringError::NoRoom(error) => of_file(error),
        KeyringError::Unknown { .. }
        | KeyringError::Removed { .. }
        | KeyringError::NotIn { .. } => Some(ErrorKind::UnknownName),
        KeyringError::Taken { .. } => Some(ErrorKind::NameTaken),
        KeyringError::Changed { .. } => Some(ErrorKind::KeysChanged),
        KeyringError::Revoked { .. } => Some(ErrorKind::Revoked),
        KeyringError::Unconfirmed { .. } => Some(ErrorKind::Unconfirmed),
        KeyringError::WrongCode { .. } => Some(ErrorKind::WrongNumber),
        _ => None,
    }
}

fn of_decryption(error: &DecryptError) -> Option<ErrorKind> {
    match error {
        DecryptError::Header(error) => of_header(error),
        DecryptError::NoMatch { tried, .. } => {
            if engine::mistyped(tried).is_some() {
                Some(ErrorKind::WrongPassphrase)
            } else {
                engine::unanswered(tried).and_then(of_answer)
            }
        }
        _ => None,
    }
}

fn of_header(error: &HeaderError) -> Option<ErrorKind> {
    match error {
        HeaderError::Empty | HeaderError::NotAge | HeaderError::ArmorInText => {
            Some(ErrorKind::NotAge)
        }
        _ => None,
    }
}

fn of_key(error: &KeyError) -> Option<ErrorKind> {
    match error {
        KeyError::WrongPassphrase => Some(ErrorKind::WrongPassphrase),
        KeyError::Ask(error) => of_answer(error),
        KeyError::Plugin(PluginError::Unanswered { error, .. }) => of_answer(error),
        KeyError::Plugin(_) => Some(ErrorKind::Plugin),
        _ => None,
    }
}

fn of_answer(error: &AnswerError) -> Option<ErrorKind> {
    match error {
        AnswerError::NoTerminal(_) | AnswerError::NoPerson(_) | AnswerError::Declined(_) => {
            Some(ErrorKind::NoAnswer)
        }
        AnswerError::Source(error) => error.get_ref().downcast_ref().and_then(of_file),
        _ => None,
    }
}

fn of_prompt(error: &PromptError) -> Option<ErrorKind> {
    matches!(error, PromptError::NoTerminal | PromptError::Declined).then_some(ErrorKind::NoAnswer)
}

fn of_refusal(error: &Refusal) -> Option<ErrorKind> {
    match error {
        Refusal::AlreadyEncrypted => Some(ErrorKind::AlreadyEncrypted),
        Refusal::NotPostQuantum(_) => Some(ErrorKind::NotPostQuantum),
        Refusal::RequiredReaderMissing { .. }
        | Refusal::RequiredReaderWithPassphrase(_)
        | Refusal::NotReaders { .. } => Some(ErrorKind::RequiredReader),
        Refusal::PolicyBreached { .. } => Some(ErrorKind::PolicyBreached),
        Refusal::NotConfirmed { .. } => Some(ErrorKind::NotConfirmed),
        Refusal::OtherNumber { .. } => Some(ErrorKind::WrongNumber),
        Refusal::HeaderFileExists(_) => Some(ErrorKind::Exists),
        Refusal::EditedMeanwhile => Some(ErrorKind::Changed),
        _ => None,
    }
}

fn of_failure(error: &Failure) -> Option<ErrorKind> {
    match error {
        Failure::OnlyAdvice(_) => Some(ErrorKind::Advice),
        Failure::Incomplete { .. } => Some(ErrorKind::IncompleteInput),
        Failure::NotInArchive(_) => Some(ErrorKind::NotFound),
        Failure::PartOfFolder { .. } | Failure::PatternsUnused { .. } => {
            Some(ErrorKind::PartOfFolder)
        }
        Failure::Key { error, .. } => of_key(error),
        Failure::NotProved { why, .. } => Some(match why {
            NotProved::DamagedHeader => ErrorKind::BadHeader,
            NotProved::Different => ErrorKind::Different,
            NotProved::MissingReader => ErrorKind::MissingReader,
            NotProved::OnlyPassphrase => ErrorKind::OnlyPassphrase,
            NotProved::Stale => ErrorKind::Stale,
            NotProved::Swapped => ErrorKind::Swapped,
            NotProved::Truncated => ErrorKind::Truncated,
            NotProved::WrongKey => ErrorKind::WrongKey,
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::errors::kind::ErrorKind;
    use crate::ui::WarningKind;

    /// A kind that is missing from the page, or on the page only, is a broken promise.
    #[test]
    fn the_documentation_lists_every_kind_of_error_and_warning() {
        let page = include_str!("../../docs/json.md");
        for (heading, kinds) in [
            ("## Kinds of errors", ErrorKind::NAMES),
            ("## Kinds of warnings", WarningKind::NAMES),
        ] {
            let section = page
                .split(heading)
                .nth(1)
                .unwrap_or_else(|| panic!("{heading}"));
            let section = section.split("\n## ").next().unwrap_or_default();
            let rows = section.lines().filter_map(|line| line.strip_prefix("| `"));
            let mut listed: Vec<&str> = rows.filter_map(|row| row.split('`').next()).collect();
            let mut kinds = kinds.to_vec();
            listed.sort_unstable();
            kinds.sort_unstable();
            assert_eq!(listed, kinds, "{heading}");
        }
    }
}
