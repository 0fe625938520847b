//! The only table from errors to text, hint and exit code.
//!
//! Owns the exit codes, which are stable. Knows every typed error of the floors below, and prints
//! nothing itself.

mod command_error;
mod kept;
mod message;
mod shared;

use std::io;
use std::process::ExitCode;

use crate::message::{PaddingError, PasteError};
use crate::process::{editor, kernel_keys, signals};
use crate::ui::qr::QrError;
use crate::ui::{PromptError, StdoutError, Ui};
use crate::{card, config, files, keyring};
use bulla_age::format::HeaderError;
use bulla_age::plugin::PluginError;
use bulla_age::sender::{RewriteError, SenderError};
use bulla_age::stream::PayloadError;
use bulla_age::untrusted::Untrusted;
use bulla_age::words::WordsError;
use bulla_age::{
    AnswerError, BoxedError, DecryptError, EncryptError, KeyError, Mismatch, UnwrapError,
};

pub(crate) use command_error::{CommandError, ErrorContext, Result};

/// The exit codes of a run. Scripts rely on the numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Code {
    Other = 1,
    Usage = 2,
    NoMatch = 3,
    Header = 4,
    Payload = 5,
    Io = 6,
    Refused = 7,
    Keyring = 8,
    Sender = 9,
    Some = 10,
}

/// An error of the program itself rather than of a floor below.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The command line cannot be carried out.
    #[error("{0}")]
    Usage(String, Option<String>),
    /// Refused for safety, although it would be possible.
    #[error("{0}")]
    Refused(String, Option<String>),
    /// The file opens, but its sender or its readers are not the expected ones.
    #[error("{0}")]
    Sender(String, Option<String>),
    /// Signals cannot be handled.
    #[error("signals cannot be handled")]
    Signals(#[source] io::Error),
    /// Some of several inputs failed. Their errors were already printed.
    #[error("{failed} of {all} inputs failed")]
    Some {
        /// The number of failed inputs.
        failed: usize,
        /// The number of all inputs.
        all: usize,
    },
    /// A pasted message that was changed in transit.
    #[error("{0}")]
    DamagedMessage(String, Code),
    /// The pasted text is not a message, with advice on what to do with it.
    #[error("{0}")]
    NotAMessage(&'static str, &'static str),
    /// An invalid recipient or identity.
    #[error("{what}: {error}")]
    Key {
        /// What was given; never its text if that may be secret.
        what: Untrusted,
        /// What is wrong with it.
        error: KeyError,
    },
    /// An invalid card or revocation.
    #[error("{what}: {error}")]
    Card {
        /// Where it was found.
        what: Untrusted,
        /// Why it was refused.
        error: card::CardError,
    },
}

/// Prints an error and its hints, and returns the exit code: `None` if the reader of our output
/// went away. If a signal is ending the run, that is the reason, and this does not return.
pub(crate) fn report_error(ui: &Ui, error: &CommandError) -> Option<Code> {
    signals::give_way();
    let code = error.code()?;
    ui.error(&error.message());
    for hint in error.hints() {
        ui.hint(hint);
    }
    Some(code)
}

/// Prints a non-fatal error and its hints as a warning.
pub(crate) fn warn_error(ui: &Ui, error: &CommandError) {
    if error.code().is_some() {
        ui.warning(&error.message());
        error.hints().iter().for_each(|hint| ui.hint(hint));
    }
}

/// Returns the error to show for a pasted message. A damaged message was changed in transit, so the
/// hint is to copy it again.
pub(crate) fn damaged_message(error: CommandError) -> CommandError {
    match error.code() {
        Some(code @ (Code::Header | Code::Payload)) if error.hints().is_empty() => {
            let text = format!(
                "the message was changed on its way, or is not whole: {}",
                error.message()
            );
            Failure::DamagedMessage(text, code).into()
        }
        _ => error,
    }
}

/// Reports the result of a run and returns the exit code of the process.
pub(crate) fn exit_code(ui: &Ui, result: Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report_error(ui, &error).map_or(ExitCode::SUCCESS, |code| ExitCode::from(code as u8))
        }
    }
}

/// The exit code (`None` ends the run silently) and the hints of an error.
type Verdict = (Option<Code>, Vec<String>);

/// Implements the conversion from an error type, given the function that judges it.
macro_rules! command_errors {
    ($($error:ty => $judge:expr,)*) => {
        $(impl From<$error> for CommandError {
            fn from(error: $error) -> Self {
                let judge: fn(&$error) -> Verdict = $judge;
                let verdict = judge(&error);
                Self::new(error, verdict)
            }
        })*
    };
}

command_errors! {
    Failure => failure,
    DecryptError => decrypt,
    EncryptError => encrypt,
    SenderError => shared::sender,
    RewriteError => shared::rewrite_header,
    HeaderError => header,
    PayloadError => payload,
    files::Error => file,
    KeyError => key,
    bulla_age::key_document::DocumentError => |_| some(Code::Usage),
    bulla_age::ParseError => |_| some(Code::Usage),
    card::CardError => card,
    PasteError => message::paste,
    PaddingError => message::padding,
    editor::Error => message::editor,
    WordsError => words,
    keyring::InvalidName => |_| some(Code::Usage),
    keyring::KeyringError => kept::keyring,
    config::Error => kept::config,
    kernel_keys::Error => kept::kernel_keys,
    AnswerError => ask,
    PromptError => prompt,
    StdoutError => |error| (system(error.source_error()), Vec::new()),
    QrError => qr,
    getrandom::Error => |_| some(Code::Other),
    std::str::Utf8Error => |_| some(Code::Other),
}

fn prompt(error: &PromptError) -> Verdict {
    match error {
        PromptError::NoTerminal => (Some(Code::Usage), vec![HINT_PASSPHRASE.to_owned()]),
        PromptError::NoPaste => hinted(Code::Usage, "Read it from a file: bulla read FILE"),
        PromptError::TooLarge => hinted(
            Code::Refused,
            "That is too long for a message. Decrypt a file with: bulla decrypt FILE",
        ),
        _ => some(Code::Other),
    }
}

fn qr(error: &QrError) -> Verdict {
    match error {
        QrError::TooWide { hint, .. } => hinted(Code::Refused, hint),
        QrError::Encoding(_) => some(Code::Other),
    }
}

const NO_ROOM: &str = "Nothing was left behind. Free some space, or write somewhere else";
const HINT_PASSPHRASE: &str = "Pass it with --passphrase-fd N or --passphrase-file PATH";

fn some(code: Code) -> Verdict {
    (Some(code), Vec::new())
}

fn hinted(code: Code, hint: &str) -> Verdict {
    (Some(code), vec![hint.to_owned()])
}

fn failure(error: &Failure) -> Verdict {
    match error {
        Failure::Usage(_, hint) => (Some(Code::Usage), hint.iter().cloned().collect()),
        Failure::Refused(_, hint) => (Some(Code::Refused), hint.iter().cloned().collect()),
        Failure::Sender(_, hint) => (Some(Code::Sender), hint.iter().cloned().collect()),
        Failure::Some { .. } => some(Code::Some),
        Failure::Signals(_) => some(Code::Io),
        Failure::DamagedMessage(_, code) => hinted(*code, message::COPY_AGAIN),
        Failure::NotAMessage(_, hint) => hinted(Code::Header, hint),
        Failure::Key { error, .. } => key(error),
        Failure::Card { error, .. } => card(error),
    }
}

/// An error of one kind of key, behind a pointer because the engine does not know all kinds.
fn key_kind(error: &BoxedError) -> Verdict {
    if let Some(error) = error.downcast_ref::<KeyError>() {
        key(error)
    } else if let Some(error) = error.downcast_ref::<PluginError>() {
        key(&KeyError::Plugin(error.clone()))
    } else {
        some(Code::Other)
    }
}

fn decrypt(error: &DecryptError) -> Verdict {
    match error {
        DecryptError::Header(error) => header(error),
        DecryptError::Unwrap(UnwrapError::Key(error)) => key_kind(error),
        DecryptError::Unwrap(UnwrapError::Stanza { .. })
        | DecryptError::PassphraseNotAlone
        | DecryptError::Mac
        | DecryptError::MoreThanHeader
        | DecryptError::OtherFile => some(Code::Header),
        DecryptError::Sender(error) => shared::sender(error),
        DecryptError::NoMatch { wanted, tried } => (Some(Code::NoMatch), no_match(wanted, tried)),
        DecryptError::Payload(error) => payload(error),
        _ => some(Code::Other),
    }
}

/// Returns the error for a file that no key opens: what the file needs, what was tried, and what to
/// type next.
fn no_match(wanted: &[String], tried: &[(String, Mismatch)]) -> Vec<String> {
    let mut kinds: Vec<(String, usize)> = Vec::new();
    for kind in wanted {
        let kind = Untrusted::new(kind.clone()).to_string();
        match kinds.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, count)) => *count += 1,
            None => kinds.push((kind, 1)),
        }
    }
    let shown: Vec<String> = kinds
        .iter()
        .take(8)
        .map(|(kind, count)| format!("{count} × {kind}"))
        .collect();
    let mut hints = vec![format!("It was encrypted to: {}", shown.join(", "))];
    for (name, reason) in tried {
        hints.push(format!("{name}: {}", why(reason)));
    }
    let mistyped = tried
        .iter()
        .any(|(_, reason)| matches!(reason, Mismatch::WrongPassphrase));
    let unanswered = tried
        .iter()
        .any(|(_, reason)| matches!(reason, Mismatch::Unusable(_)));
    hints.push(match wanted {
        _ if unanswered => HINT_PASSPHRASE.to_owned(),
        [only] if bulla_age::stanza_type::is_passphrase(only) => {
            "Check the passphrase and try again".to_owned()
        }
        _ if mistyped => "Try the passphrase again, or choose a key with -i PATH".to_owned(),
        _ => "Choose a key with -i PATH".to_owned(),
    });
    hints
}

fn why(reason: &Mismatch) -> &str {
    match reason {
        Mismatch::OtherType => "no key of this type in the file",
        Mismatch::OtherKey => "no match",
        Mismatch::WrongPassphrase => "wrong passphrase",
        Mismatch::Unusable(why) => why,
        _ => "it does not open the file",
    }
}

fn encrypt(error: &EncryptError) -> Verdict {
    match error {
        EncryptError::NoRecipients => hinted(
            Code::Usage,
            "Say who it is for: --to NAME, -r RECIPIENT, or -p for a passphrase",
        ),
        EncryptError::Mixed(sides) => {
            let line = |side: &bulla_age::LabelledRecipients| {
                let labels: Vec<String> = side
                    .labels
                    .iter()
                    .map(|label| Untrusted::new(label.clone()).to_string())
                    .collect();
                let kind = if labels.is_empty() {
                    "classic".to_owned()
                } else {
                    labels.join(", ")
                };
                let names: Vec<String> = side.names.iter().map(|name| shortened(name)).collect();
                format!("{}: {kind}", names.join(", "))
            };
            let mut hints: Vec<String> = sides.iter().map(line).collect();
            hints.push(
                "Encrypt once for each kind, or ask everyone for a key of the same kind".to_owned(),
            );
            (Some(Code::Usage), hints)
        }
        EncryptError::PassphraseNotAlone => some(Code::Usage),
        EncryptError::Sender(error) => shared::sender(error),
        EncryptError::Wrap(error) => key_kind(error),
        EncryptError::Payload(error) => payload(error),
        _ => some(Code::Other),
    }
}

fn header(error: &HeaderError) -> Verdict {
    match error {
        HeaderError::Io(error) => (system(error), Vec::new()),
        HeaderError::ArmorInText => hinted(
            Code::Header,
            "Save only the lines from -----BEGIN to -----END, and decrypt that",
        ),
        _ => some(Code::Header),
    }
}

fn payload(error: &PayloadError) -> Verdict {
    match error {
        PayloadError::Damaged { .. }
        | PayloadError::Truncated { .. }
        | PayloadError::OutOfRange { .. } => some(Code::Payload),
        PayloadError::Read(error) if bulla_age::format::ArmorError::of(error).is_some() => {
            some(Code::Payload)
        }
        PayloadError::Read(error) => (system(error).or(Some(Code::Io)), Vec::new()),
        PayloadError::Write(error) => (system(error), Vec::new()),
        PayloadError::Shrunk => some(Code::Io),
        _ => some(Code::Other),
    }
}

fn file(error: &files::Error) -> Verdict {
    match error {
        _ if error.is_broken_pipe() => (None, Vec::new()),
        files::Error::Exists { .. } => hinted(
            Code::Refused,
            "Overwrite it with --force, or choose another name with -o PATH",
        ),
        files::Error::TooLarge { .. } => some(Code::Refused),
        files::Error::NotPrivate { .. } => hinted(
            Code::Refused,
            "See who else uses it, then: chown it to yourself, or chmod go-w it",
        ),
        files::Error::Busy { .. } => hinted(
            Code::Keyring,
            "Check whether another bulla hangs or is suspended",
        ),
        files::Error::SameFile { .. } => {
            hinted(Code::Refused, "Choose another output with -o PATH")
        }
        files::Error::IsDirectory { .. } => hinted(
            Code::Usage,
            "Name the files in it; whole folders are not supported yet",
        ),
        _ if error.is_out_of_space() => hinted(Code::Io, NO_ROOM),
        _ => some(Code::Io),
    }
}

fn key(error: &KeyError) -> Verdict {
    match error {
        KeyError::ExcessiveWork { required } => (
            Some(Code::Refused),
            vec![format!(
                "If you trust the source: --max-work-factor {required}"
            )],
        ),
        KeyError::Ask(error) => ask(error),
        KeyError::Plugin(PluginError::NotFound { plugin }) => (
            Some(Code::Other),
            vec![format!(
                "Install age-plugin-{plugin} in a folder of your PATH"
            )],
        ),
        KeyError::Plugin(PluginError::Unanswered { error, .. }) => ask(error),
        KeyError::Plugin(_) => some(Code::Other),
        KeyError::WrongPassphrase => hinted(Code::NoMatch, "Try again; nothing was changed"),
        KeyError::Locked(_) => some(Code::NoMatch),
        KeyError::Wrap(_) => some(Code::Other),
        _ => some(Code::Usage),
    }
}

fn card(error: &card::CardError) -> Verdict {
    match error {
        card::CardError::Signature => hinted(Code::Refused, "Ask for it again, in another way"),
        card::CardError::TwoCards => {
            hinted(Code::Refused, "Keep the right one, and remove the other")
        }
        card::CardError::Surrounded => hinted(
            Code::Usage,
            "Use the original file. To send a card in a chat: bulla card --armor",
        ),
        card::CardError::RevocationSurrounded => hinted(
            Code::Usage,
            "Save only its lines in a file: from \"# bulla revocation v1\" to the end of \"# sig: \
             …\"",
        ),
        card::CardError::Armored => hinted(
            Code::Usage,
            "Add it as a contact first: bulla contact add NAME FILE",
        ),
        _ => some(Code::Usage),
    }
}

fn words(error: &WordsError) -> Verdict {
    let WordsError::Unknown(unknown) = error else {
        return some(Code::Usage);
    };
    let near = unknown.iter().filter(|word| !word.near.is_empty());
    let meant = near.map(|word| {
        format!(
            "Word {}: did you mean {}?",
            word.position,
            word.near.join(", ")
        )
    });
    (Some(Code::Usage), meant.take(8).collect())
}

fn ask(error: &AnswerError) -> Verdict {
    match error {
        AnswerError::NoTerminal(_) => hinted(Code::Usage, HINT_PASSPHRASE),
        AnswerError::NoPerson(_) => some(Code::Usage),
        _ => some(Code::Other),
    }
}

/// Returns the exit code of a system error. If the reader of our output went away, the run ends
/// silently.
fn system(error: &io::Error) -> Option<Code> {
    (error.kind() != io::ErrorKind::BrokenPipe).then_some(Code::Io)
}

/// Returns the error of a command line that cannot be carried out.
pub(crate) fn usage(text: &str, hint: Option<&str>) -> CommandError {
    Failure::Usage(text.to_owned(), hint.map(str::to_owned)).into()
}

/// Shortens a recipient for display: post-quantum ones have 2,000 characters.
pub(crate) fn shortened(recipient: &str) -> String {
    let safe = Untrusted::new(recipient).to_string();
    match (safe.get(..24), safe.get(safe.len().saturating_sub(8)..)) {
        (Some(start), Some(end)) if safe.len() > 100 => format!("{start}…{end}"),
        _ => safe,
    }
}
