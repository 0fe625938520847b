//! The law of the user interface, and the only place that prints or prompts.
//!
//! - An error is one line, `bulla: error: …`, and hints, `bulla: hint: …`, which always name the next thing to
//!   type. A warning is `bulla: warning: …`. What else there is to say about the run has no such label.
//! - Everything about the run goes to stderr. Only results go to stdout.
//! - `--quiet` leaves errors and warnings; `--verbose` adds details.
//! - Lower case, no full stop.
//! - Text from strangers is shown by [`Untrusted`](bulla_age::untrusted::Untrusted)'s `Display` and in no other
//!   way. Behind that stands a last wall: whatever reaches [`Ui`] with a character in it that could drive
//!   a terminal has that character escaped, also inside JSON.
//! - What somebody else wrote is shown with a bar, `│ `, before each of its rows; no line of ours begins with one.
//! - Each message is one write(2), so that lines of several threads never mix. Never `println!`, which panics
//!   on a broken pipe: what goes wrong on stdout is returned to the caller, who chooses the exit code; what goes
//!   wrong on stderr has nobody left to be told.
//! - Questions go to the terminal, never to standard input, are erased when answered, and never hang a script.
//! - Work longer than 250 ms shows a bar, on a terminal only.
//!
//! It knows none of the program's nouns: not files, keys or recipients. The environment is read by the caller.

mod json;
mod letter;
mod message;
mod paste;
mod progress;
mod prompt;
pub(crate) mod qr;
mod size;
mod stream;
mod table;
mod terminal;
#[cfg(test)]
mod tests;
mod text;

pub(crate) use message::{Drawing, Prompting, Settings, Ui, Verbosity};
pub(crate) use progress::{Progress, Total};
pub(crate) use prompt::{NewPassphrase, PromptError};
pub(crate) use size::human_bytes;
pub(crate) use stream::Stream;
pub(crate) use table::{Align, aligned};
pub(crate) use terminal::restore_terminal;
