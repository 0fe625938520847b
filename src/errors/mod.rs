//! The only table from errors to text, hint and exit code.
//!
//! Owns the exit codes, which are stable. It knows every typed error of the floors below and prints nothing itself.

mod kept;
mod message;
mod shared;

use std::io;
use std::process::ExitCode;

use crate::message::{PaddingError, PasteError};
use crate::process::{editor, kernel_keys, signals};
use crate::ui::{PromptError, Ui};
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

/// How a run ends. The numbers are promised to scripts.
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
    /// The command line asks for something that cannot be.
    #[error("{0}")]
    Usage(String, Option<String>),
    /// It could be done, and is not, for safety.
    #[error("{0}")]
    Refused(String, Option<String>),
    /// It opens, and is not by whom, or for whom, it should be.
    #[error("{0}")]
    Sender(String, Option<String>),
    /// Several inputs, of which some failed; each has said why.
    #[error("{failed} of {all} inputs failed")]
    Some {
        /// How many failed.
        failed: usize,
        /// How many there were.
        all: usize,
    },
    /// What was pasted is no message, or none that can be read.
    #[error("{0}")]
    Message(String, Code, &'static str),
    /// A recipient or identity that was given.
    #[error("{what}: {error}")]
    Key {
        /// What it was, never its text where that may be secret.
        what: Untrusted,
        /// What is wrong with it.
        error: KeyError,
    },
    /// A card or a revocation that was given.
    #[error("{what}: {error}")]
    Card {
        /// Where it stood.
        what: Untrusted,
        /// Why it is not taken.
        error: card::CardError,
    },
}

/// What a person is told.
struct Report {
    code: Code,
    message: String,
    hints: Vec<String>,
}

/// Turns an error into what is said, and how the process ends. `None`: nothing is said, the reader went away.
fn report(error: &anyhow::Error) -> Option<Report> {
    let mut texts: Vec<String> = Vec::new();
    for cause in error.chain() {
        let text = cause.to_string();
        // These name their file themselves.
        if cause.is::<files::Error>() {
            texts.clear();
        }
        if texts.last().is_none_or(|last| !last.ends_with(&text)) {
            texts.push(text);
        }
    }
    let (code, hints) = error
        .chain()
        .find_map(known)
        .unwrap_or((Some(Code::Other), Vec::new()));
    Some(Report {
        code: code?,
        message: texts.join(": "),
        hints,
    })
}

/// Says why something failed, with its hints; gives the exit code, none where the reader went away. Where a signal is
/// ending the run, that is why, and it has the last word.
pub(crate) fn complain(ui: &Ui, error: &anyhow::Error) -> Option<Code> {
    signals::give_way();
    let report = report(error)?;
    ui.error(&report.message);
    for hint in &report.hints {
        ui.hint(hint);
    }
    Some(report.code)
}

/// Says what went wrong and is not the end of the run, as a warning with its hints.
pub(crate) fn complain_softly(ui: &Ui, error: &anyhow::Error) {
    if let Some(report) = report(error) {
        ui.warning(&report.message);
        report.hints.iter().for_each(|hint| ui.hint(hint));
    }
}

/// What would be said of an error, and its hints, for those that collect them.
pub(crate) fn told(error: &anyhow::Error) -> (String, Vec<String>) {
    report(error).map_or_else(Default::default, |report| (report.message, report.hints))
}

/// An error about a message that was pasted: one that is damaged was changed on its way, and can be copied once more.
pub(crate) fn of_a_message(error: anyhow::Error) -> anyhow::Error {
    match report(&error) {
        Some(Report {
            code: code @ (Code::Header | Code::Payload),
            message,
            hints,
        }) if hints.is_empty() => {
            let text = format!("the message was changed on its way, or is not whole: {message}");
            Failure::Message(text, code, message::COPY_AGAIN).into()
        }
        _ => error,
    }
}

/// How the process ends.
pub(crate) fn exit_code(ui: &Ui, result: anyhow::Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(ui, &error).map_or(ExitCode::SUCCESS, |code| ExitCode::from(code as u8))
        }
    }
}

type Known = (Option<Code>, Vec<String>);

fn known(cause: &(dyn std::error::Error + 'static)) -> Option<Known> {
    if let Some(error) = cause.downcast_ref::<Failure>() {
        return Some(failure(error));
    }
    if let Some(error) = cause.downcast_ref::<DecryptError>() {
        return Some(decrypt(error));
    }
    if let Some(error) = cause.downcast_ref::<EncryptError>() {
        return Some(encrypt(error));
    }
    if let Some(error) = cause.downcast_ref::<SenderError>() {
        return Some(shared::sender(error));
    }
    if let Some(error) = cause.downcast_ref::<RewriteError>() {
        return Some(shared::rewrite_header(error));
    }
    if let Some(error) = cause.downcast_ref::<HeaderError>() {
        return Some(header(error));
    }
    if let Some(error) = cause.downcast_ref::<PayloadError>() {
        return Some(payload(error));
    }
    if let Some(error) = cause.downcast_ref::<files::Error>() {
        return Some(file(error));
    }
    if let Some(error) = cause.downcast_ref::<KeyError>() {
        return Some(key(error));
    }
    if let Some(error) = cause.downcast_ref::<card::CardError>() {
        return Some(card(error));
    }
    if let Some(error) = cause.downcast_ref::<PasteError>() {
        return Some(message::paste(error));
    }
    if let Some(error) = cause.downcast_ref::<PaddingError>() {
        return Some(message::padding(error));
    }
    if let Some(error) = cause.downcast_ref::<editor::Error>() {
        return Some(message::editor(error));
    }
    if let Some(error) = cause.downcast_ref::<WordsError>() {
        return Some(words(error));
    }
    if cause.is::<keyring::InvalidName>() {
        return Some(some(Code::Usage));
    }
    if let Some(error) = cause.downcast_ref::<keyring::KeyringError>() {
        return Some(kept::keyring(error));
    }
    if let Some(error) = cause.downcast_ref::<config::Error>() {
        return Some(kept::config(error));
    }
    if let Some(error) = cause.downcast_ref::<kernel_keys::Error>() {
        return Some(kept::kernel_keys(error));
    }
    if let Some(error) = cause.downcast_ref::<AnswerError>() {
        return Some(ask(error));
    }
    if let Some(error) = cause.downcast_ref::<PromptError>() {
        return Some(match error {
            PromptError::NoTerminal => (Some(Code::Usage), vec![HINT_PASSPHRASE.to_owned()]),
            PromptError::NoPaste => {
                hinted(Code::Usage, "hand it over from a file: bulla read FILE")
            }
            PromptError::TooLarge => hinted(
                Code::Refused,
                "a message is short; open a file with: bulla decrypt FILE",
            ),
            _ => (Some(Code::Other), Vec::new()),
        });
    }
    cause
        .downcast_ref::<io::Error>()
        .map(|error| (system(error), Vec::new()))
}

const NO_ROOM: &str = "nothing was left behind: make room there, or write elsewhere";
const HINT_PASSPHRASE: &str = "give it with --passphrase-fd N or --passphrase-file PATH";

fn some(code: Code) -> Known {
    (Some(code), Vec::new())
}

fn hinted(code: Code, hint: &str) -> Known {
    (Some(code), vec![hint.to_owned()])
}

fn failure(error: &Failure) -> Known {
    match error {
        Failure::Usage(_, hint) => (Some(Code::Usage), hint.iter().cloned().collect()),
        Failure::Refused(_, hint) => (Some(Code::Refused), hint.iter().cloned().collect()),
        Failure::Sender(_, hint) => (Some(Code::Sender), hint.iter().cloned().collect()),
        Failure::Some { .. } => some(Code::Some),
        Failure::Message(_, code, hint) => hinted(*code, hint),
        Failure::Key { error, .. } => key(error),
        Failure::Card { error, .. } => card(error),
    }
}

/// An error of one kind of key, behind a pointer because the engine does not know all kinds.
fn key_kind(error: &BoxedError) -> Known {
    if let Some(error) = error.downcast_ref::<KeyError>() {
        key(error)
    } else if let Some(error) = error.downcast_ref::<PluginError>() {
        key(&KeyError::Plugin(error.clone()))
    } else {
        some(Code::Other)
    }
}

fn decrypt(error: &DecryptError) -> Known {
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
    }
}

/// What the file asks for, what was tried and why it does not fit, and what to type next.
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
    let mut hints = vec![format!("the file can be opened by: {}", shown.join(", "))];
    for (name, reason) in tried {
        hints.push(format!("tried {name}: {}", why(reason)));
    }
    let mistyped = tried
        .iter()
        .any(|(_, reason)| matches!(reason, Mismatch::WrongPassphrase));
    let unanswered = tried
        .iter()
        .any(|(_, reason)| matches!(reason, Mismatch::Unusable(_)));
    hints.push(match wanted {
        _ if unanswered => HINT_PASSPHRASE.to_owned(),
        [only] if only == "scrypt" => {
            "type the passphrase that the file was closed with".to_owned()
        }
        _ if mistyped => {
            "try the passphrase again, or name another identity with -i PATH".to_owned()
        }
        _ => "name the identity that opens it with -i PATH".to_owned(),
    });
    hints
}

fn why(reason: &Mismatch) -> &str {
    match reason {
        Mismatch::OtherType => "the file has nothing for keys of this type",
        Mismatch::OtherKey => "the file was made for other keys of this type",
        Mismatch::WrongPassphrase => "wrong passphrase",
        Mismatch::Unusable(why) => why,
    }
}

fn encrypt(error: &EncryptError) -> Known {
    match error {
        EncryptError::NoRecipients => hinted(
            Code::Usage,
            "say for whom with -r RECIPIENT, -R PATH, -i PATH or -p",
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
                "encrypt once for each kind, or ask everybody for a recipient of the same kind"
                    .to_owned(),
            );
            (Some(Code::Usage), hints)
        }
        EncryptError::PassphraseNotAlone => some(Code::Usage),
        EncryptError::Sender(error) => shared::sender(error),
        EncryptError::Wrap(error) => key_kind(error),
        EncryptError::MalformedStanza | EncryptError::Random => some(Code::Other),
        EncryptError::Payload(error) => payload(error),
    }
}

fn header(error: &HeaderError) -> Known {
    match error {
        HeaderError::Io(error) => (system(error), Vec::new()),
        HeaderError::ArmorInText => hinted(
            Code::Header,
            "save the lines from -----BEGIN to -----END alone, and decrypt those",
        ),
        _ => some(Code::Header),
    }
}

fn payload(error: &PayloadError) -> Known {
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
    }
}

fn file(error: &files::Error) -> Known {
    match error {
        _ if error.is_broken_pipe() => (None, Vec::new()),
        files::Error::Exists { .. } => hinted(
            Code::Refused,
            "replace it with --force, or choose another name with -o PATH",
        ),
        files::Error::TooLarge { .. } => some(Code::Refused),
        files::Error::NotPrivate { .. } => hinted(
            Code::Refused,
            "see who else uses it; then chown it to yourself, or chmod go-w it",
        ),
        files::Error::Busy { .. } => hinted(
            Code::Keyring,
            "see whether another bulla hangs or was stopped",
        ),
        files::Error::SameFile { .. } => {
            hinted(Code::Refused, "choose another output with -o PATH")
        }
        files::Error::IsDirectory { .. } => hinted(
            Code::Usage,
            "name the files in it; folders come with a later version",
        ),
        _ if error.is_out_of_space() => hinted(Code::Io, NO_ROOM),
        _ => some(Code::Io),
    }
}

fn key(error: &KeyError) -> Known {
    match error {
        KeyError::ExcessiveWork { required } => (
            Some(Code::Refused),
            vec![format!(
                "if you trust where it comes from: --max-work-factor {required}"
            )],
        ),
        KeyError::Ask(error) => ask(error),
        KeyError::Plugin(PluginError::NotFound { plugin }) => (
            Some(Code::Other),
            vec![format!(
                "install age-plugin-{plugin}, so that it is on the PATH"
            )],
        ),
        KeyError::Plugin(PluginError::Unanswered { error, .. }) => ask(error),
        KeyError::Plugin(_) => some(Code::Other),
        KeyError::WrongPassphrase => hinted(Code::NoMatch, "try again: nothing was changed"),
        KeyError::Locked(_) => some(Code::NoMatch),
        KeyError::Wrap(_) => some(Code::Other),
        _ => some(Code::Usage),
    }
}

fn card(error: &card::CardError) -> Known {
    match error {
        card::CardError::Signature => hinted(Code::Refused, "ask for it once more, by another way"),
        card::CardError::TwoCards => hinted(
            Code::Refused,
            "keep the one that is meant, and take the other out",
        ),
        card::CardError::Surrounded => hinted(
            Code::Usage,
            "take the file as it was written; a card that is to survive a chat is made with: bulla card --armor",
        ),
        card::CardError::RevocationSurrounded => hinted(
            Code::Usage,
            "give its lines alone, as a file: from \"# bulla revocation v1\" to the end of \"# sig: …\"",
        ),
        card::CardError::Armored => hinted(
            Code::Usage,
            "take it in under a name, then close files for that: bulla contact add NAME FILE",
        ),
        _ => some(Code::Usage),
    }
}

fn words(error: &WordsError) -> Known {
    let WordsError::Unknown(unknown) = error else {
        return some(Code::Usage);
    };
    let near = unknown.iter().filter(|word| !word.near.is_empty());
    let meant = near.map(|word| {
        format!(
            "word {}: did you mean {}?",
            word.position,
            word.near.join(", ")
        )
    });
    (Some(Code::Usage), meant.take(8).collect())
}

fn ask(error: &AnswerError) -> Known {
    match error {
        AnswerError::NoTerminal(_) => hinted(Code::Usage, HINT_PASSPHRASE),
        AnswerError::NoPerson(_) => some(Code::Usage),
        _ => some(Code::Other),
    }
}

/// A reader that went away ends the run without a word.
fn system(error: &io::Error) -> Option<Code> {
    (error.kind() != io::ErrorKind::BrokenPipe).then_some(Code::Io)
}

/// Returns the error of a command line that cannot be carried out.
pub(crate) fn usage(text: &str, hint: Option<&str>) -> anyhow::Error {
    Failure::Usage(text.to_owned(), hint.map(str::to_owned)).into()
}

/// A recipient as it is shown: post-quantum ones have 2,000 characters.
pub(crate) fn shortened(recipient: &str) -> String {
    let safe = Untrusted::new(recipient).to_string();
    match (safe.get(..24), safe.get(safe.len().saturating_sub(8)..)) {
        (Some(start), Some(end)) if safe.len() > 100 => format!("{start}…{end}"),
        _ => safe,
    }
}
