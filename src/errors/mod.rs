//! The only table from errors to text, hint and exit code.
//!
//! Owns the exit codes, which are stable. Knows every typed error of the floors below, and prints
//! nothing itself.

mod code;
mod command_error;
mod engine;
mod failure;
mod keyring;
mod kind;
mod message;
mod phrase;
mod program;
mod refusal;
mod unpack;

use std::process::ExitCode;

use crate::errors::code::{Verdict, some};
use crate::errors::phrase::Phrase;
use crate::message::{PaddingError, PasteError};
use crate::process::{editor, kernel_keys, piped_command, signals};
use crate::ui::qr::QrError;
use crate::ui::{PromptError, StdoutError, Ui, WarningKind};
use crate::{card, config, files};
use bulla_age::format::HeaderError;
use bulla_age::sender::{RewriteError, SenderError};
use bulla_age::stream::PayloadError;
use bulla_age::words::WordsError;
use bulla_age::{AnswerError, DecryptError, EncryptError, KeyError};

pub(crate) use crate::errors::code::Code;
pub(crate) use crate::errors::command_error::{CommandError, ErrorContext, Result};
pub(crate) use crate::errors::engine::{ALL_WORDS, kinds_of_keys, shortened};
pub(crate) use crate::errors::failure::{Failure, NotProved};
pub(crate) use crate::errors::kind::name_of;
pub(crate) use crate::errors::phrase::Subject;
pub(crate) use crate::errors::program::ELSEWHERE;
pub(crate) use crate::errors::refusal::Refusal;

/// Prints an error and its hints, unless that was done before, and returns the exit code: `None` if the reader of our output
/// went away. If a signal is ending the run, that is the reason, and this does not return.
pub(crate) fn report_error(ui: &Ui, error: &CommandError) -> Option<Code> {
    signals::give_way();
    let code = error.code()?;
    if error.is_reported() {
        return Some(code);
    }
    ui.error(&error.message());
    for hint in error.hints() {
        ui.hint(&hint);
    }
    ui.json_failure(&kind::FailureLine::new(error, code));
    Some(code)
}

/// Prints a non-fatal error and its hints as a warning.
pub(crate) fn warn_error(ui: &Ui, error: &CommandError) {
    if error.code().is_some() {
        ui.warn(WarningKind::UnreadableEntry, &error.message());
        error.hints().iter().for_each(|hint| ui.hint(hint));
    }
}

/// Returns the error to show for a pasted message. A damaged message was changed in transit, so the
/// hint is to copy it again.
pub(crate) fn damaged_message(error: CommandError) -> CommandError {
    match error.code() {
        Some(code @ (Code::Header | Code::Payload)) if error.hints().is_empty() => {
            let text = format!(
                "it was damaged on the way, or is incomplete: {}",
                error.with_causes(vec![error.detail()])
            );
            Failure::DamagedMessage(text, code).into()
        }
        _ => error,
    }
}

/// Reports the result of a run and returns the exit code of the process. If the reader of our
/// output went away, the process ends here, by SIGPIPE: what was read may be a part of something
/// damaged, so it must not look like success.
pub(crate) fn exit_code(ui: &Ui, result: Result<()>) -> ExitCode {
    let Err(error) = result else {
        return ExitCode::SUCCESS;
    };
    match report_error(ui, &error) {
        Some(code) => ExitCode::from(code as u8),
        None => {
            signals::end_by_broken_pipe();
            ExitCode::from(BROKEN_PIPE)
        }
    }
}

/// The same for a run under the name of another program, whose failures all have one code, and
/// which tells errors in its own words.
pub(crate) fn only_exit_code(result: Result<()>, tell: impl FnOnce(&CommandError)) -> ExitCode {
    let Err(error) = result else {
        return ExitCode::SUCCESS;
    };
    signals::give_way();
    if error.code().is_none() {
        signals::end_by_broken_pipe();
        return ExitCode::from(BROKEN_PIPE);
    }
    if !error.is_reported() {
        tell(&error);
    }
    ExitCode::from(Code::Other as u8)
}

/// What a shell reports for a process that SIGPIPE ended.
const BROKEN_PIPE: u8 = 128 + 13;

/// Implements the conversion from an error type, given the function that judges it and the one that
/// makes its sentence.
macro_rules! command_errors {
    ($($error:ty => $judge:expr, $phrase:expr;)*) => {
        $(impl From<$error> for CommandError {
            fn from(error: $error) -> Self {
                let judge: fn(&$error) -> Verdict = $judge;
                let phrase: fn(&$error) -> Phrase = $phrase;
                let (verdict, phrase) = (judge(&error), phrase(&error));
                Self::new(error, phrase, verdict)
            }
        })*
    };
}

/// The sentence of an error whose text is that of a library, in lower case.
fn detail(error: &impl std::fmt::Display) -> Phrase {
    Phrase::detail(error.to_string())
}

/// The sentence of an error whose text is one already.
fn sentence(error: &impl std::fmt::Display) -> Phrase {
    Phrase::sentence(error.to_string())
}

/// The sentence of an error that names what it is about.
fn named(error: &impl std::fmt::Display) -> Phrase {
    Phrase::Named(error.to_string())
}

command_errors! {
    Failure => failure::failure, failure::sentence;
    Refusal => refusal::refusal, phrase::refusal;
    DecryptError => engine::decrypt, phrase::decrypt;
    EncryptError => engine::encrypt, phrase::encrypt;
    SenderError => engine::sender, phrase::sender;
    RewriteError => engine::rewrite_header, phrase::rewrite_header;
    HeaderError => engine::header, phrase::header;
    PayloadError => engine::payload, phrase::payload;
    files::Error => program::file, named;
    bulla_archive::read::ReadError => unpack::read, unpack::phrase;
    bulla_archive::catalogue::CatalogueError => |_| some(Code::Payload), detail;
    bulla_archive::frames::FramesError => |_| some(Code::Payload), detail;
    KeyError => engine::key, phrase::key;
    bulla_age::key_document::DocumentError => |_| some(Code::Usage), detail;
    bulla_age::ParseError => |_| some(Code::Usage), phrase::parse;
    card::CardError => program::card, phrase::card;
    PasteError => message::paste, detail;
    PaddingError => message::padding, detail;
    editor::Error => message::editor, phrase::editor;
    piped_command::Error => program::command, named;
    WordsError => engine::words, detail;
    crate::keyring::InvalidName => |_| some(Code::Usage), sentence;
    crate::keyring::KeyringError => keyring::keyring, phrase::keyring;
    config::Error => keyring::config, named;
    kernel_keys::Error => keyring::kernel_keys, detail;
    AnswerError => engine::ask, detail;
    bulla_age::plugin::CallerError => |_| some(Code::Other), detail;
    PromptError => program::prompt, detail;
    StdoutError => |error| (results(error), Vec::new()), detail;
    QrError => program::qr, detail;
    getrandom::Error => |_| some(Code::Other), detail;
    std::str::Utf8Error => |_| some(Code::Other), detail;
}

/// Returns the exit code if results could not be written. They go to a standard stream of our own.
fn results(error: &StdoutError) -> Option<Code> {
    (error.source_error().kind() != std::io::ErrorKind::BrokenPipe).then_some(Code::Io)
}

/// Returns the error of a payload. `not_written` names the output if that is what failed.
pub(crate) fn of_payload(
    error: PayloadError,
    not_written: impl FnOnce(std::io::Error) -> files::Error,
) -> CommandError {
    match error {
        PayloadError::Write(source) => not_written(source).into(),
        error => error.into(),
    }
}

/// Returns the error of a command line that cannot be carried out.
pub(crate) fn usage(text: &str, hint: Option<&str>) -> CommandError {
    Failure::Usage(text.to_owned(), hint.map(str::to_owned)).into()
}

/// Returns the same error with all hints.
pub(crate) fn usage_with(text: &str, hints: Vec<String>) -> CommandError {
    usage(text, None).with_hints(hints)
}
