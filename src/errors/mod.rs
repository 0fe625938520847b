//! The only table from errors to text, hint and exit code.
//!
//! Owns the exit codes, which are stable. Knows every typed error of the floors below, and prints
//! nothing itself.

mod code;
mod command_error;
mod engine;
mod failure;
mod keyring;
mod message;
mod program;
mod refusal;

use std::process::ExitCode;

use crate::errors::code::{Verdict, some, system};
use crate::message::{PaddingError, PasteError};
use crate::process::{editor, kernel_keys, signals};
use crate::ui::qr::QrError;
use crate::ui::{PromptError, StdoutError, Ui};
use crate::{card, config, files};
use bulla_age::format::HeaderError;
use bulla_age::sender::{RewriteError, SenderError};
use bulla_age::stream::PayloadError;
use bulla_age::words::WordsError;
use bulla_age::{AnswerError, DecryptError, EncryptError, KeyError};

pub(crate) use crate::errors::code::Code;
pub(crate) use crate::errors::command_error::{CommandError, ErrorContext, Result};
pub(crate) use crate::errors::engine::shortened;
pub(crate) use crate::errors::failure::Failure;
pub(crate) use crate::errors::refusal::Refusal;

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
                "The message was damaged on the way, or is incomplete: {}",
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
    Failure => failure::failure,
    Refusal => refusal::refusal,
    DecryptError => engine::decrypt,
    EncryptError => engine::encrypt,
    SenderError => engine::sender,
    RewriteError => engine::rewrite_header,
    HeaderError => engine::header,
    PayloadError => engine::payload,
    files::Error => program::file,
    KeyError => engine::key,
    bulla_age::key_document::DocumentError => |_| some(Code::Usage),
    bulla_age::ParseError => |_| some(Code::Usage),
    card::CardError => program::card,
    PasteError => message::paste,
    PaddingError => message::padding,
    editor::Error => message::editor,
    WordsError => engine::words,
    crate::keyring::InvalidName => |_| some(Code::Usage),
    crate::keyring::KeyringError => keyring::keyring,
    config::Error => keyring::config,
    kernel_keys::Error => keyring::kernel_keys,
    AnswerError => engine::ask,
    PromptError => program::prompt,
    StdoutError => |error| (system(error.source_error()), Vec::new()),
    QrError => program::qr,
    getrandom::Error => |_| some(Code::Other),
    std::str::Utf8Error => |_| some(Code::Other),
}

/// Returns the error of a command line that cannot be carried out.
pub(crate) fn usage(text: &str, hint: Option<&str>) -> CommandError {
    Failure::Usage(text.to_owned(), hint.map(str::to_owned)).into()
}
