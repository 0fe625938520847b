//! The user interface: the only code that prints or prompts. Its rules:
//!
//! - An error is one line, `bulla: error: …`, followed by hints, `bulla: hint: …`, each naming the
//!   next thing to type. A warning is `bulla: warning: …`. Other messages about the run have no
//!   label.
//! - Messages about the run go to stderr. Only results go to stdout.
//! - `--quiet` leaves errors and warnings; `--verbose` adds details.
//! - Messages are lower case, without a full stop.
//! - Text from other people is shown only by the `Display` of
//!   [`Untrusted`](bulla_age::untrusted::Untrusted). As a last defence, every character in any text
//!   that could control a terminal is escaped before it is written, also in JSON.
//! - Each row of a text that someone else wrote begins with a bar, `│ `; no line of ours does.
//! - What another program writes to its standard error is shown as it comes, each line with the name
//!   of the program in front.
//! - Each message is one write(2), so lines of several threads never mix. `println!` is never used,
//!   because it panics on a broken pipe: failures of stdout are returned to the caller, who chooses
//!   the exit code. Failures of stderr are ignored, because there is nowhere left to report them.
//! - Questions go to the terminal, never to standard input. They are erased when answered, and
//!   never block a script.
//! - Work that takes longer than 250 ms shows a progress bar, on a terminal only.
//!
//! This module knows nothing about files, keys or recipients. The caller reads the environment.

mod json;
mod message;
mod paste;
mod progress;
mod prompt;
pub(crate) mod qr;
mod quoted_text;
mod relay;
mod size;
mod stream;
mod table;
mod terminal;
#[cfg(test)]
#[path = "../../tests/unit/ui/mod.rs"]
mod tests;
mod text;

pub(crate) use json::{Warning, WarningKind, escaped as escaped_json, kinds};
pub(crate) use message::{Drawing, Prompting, Settings, Ui, Verbosity};
pub(crate) use progress::{Progress, Total};
pub(crate) use prompt::{NewPassphrase, PromptError, TRIES};
pub(crate) use relay::Relay;
pub(crate) use size::human_bytes;
pub(crate) use stream::{StdoutError, Stream};
pub(crate) use table::{Align, aligned};
pub(crate) use terminal::{hold_stops_with, restore_terminal};
pub(crate) use text::capitalized;
