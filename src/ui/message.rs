//! Messages: errors, hints, warnings, status, results.
//!
//! Holds [`Ui`], the handle for everything the user sees, which decides who may write to the screen
//! when. It chooses no exit codes and knows no error types.

use std::fmt::Display;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use indicatif::MultiProgress;

use crate::ui::json;
use crate::ui::stream::{StdoutError, Stream};
use crate::ui::terminal;
use crate::ui::terminal::OpenQuestion;
use crate::ui::text::{Layout, folded, printable};

/// How many messages are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verbosity {
    /// Errors and warnings.
    Quiet,
    /// Also hints and status messages.
    Normal,
    /// Also details.
    Verbose,
}

/// Whether questions are allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Prompting {
    /// Asked on the terminal, if there is one.
    Allowed,
    /// `--no-prompt`.
    Never,
}

/// Whether progress bars are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Drawing {
    /// On a capable terminal, if the work takes long, unless quiet.
    Auto,
    /// `--no-progress`.
    Off,
}

/// The settings from flags and environment.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// `--quiet`, `--verbose`.
    pub(crate) verbosity: Verbosity,
    /// `--no-prompt`.
    pub(crate) prompt: Prompting,
    /// `--no-progress`.
    pub(crate) progress: Drawing,
    /// Whether colour is wanted (no `NO_COLOR`). It is used only on a terminal.
    pub(crate) colour: bool,
    /// Whether the terminal lacks escape sequences (`TERM=dumb`). Then there is no colour and no
    /// bar, and nothing is erased.
    pub(crate) dumb: bool,
    /// `COLUMNS`, which takes precedence over the terminal's width.
    pub(crate) width: Option<usize>,
}

/// The handle for everything the user sees. Cheap to clone, shared by all threads.
#[derive(Clone)]
pub(crate) struct Ui {
    pub(super) shared: Arc<Shared>,
}

pub(super) struct Shared {
    pub(super) settings: Settings,
    /// Locked while asking, so that threads ask one after another.
    pub(super) turn: Mutex<()>,
    screen: Mutex<Screen>,
    stdout_is_terminal: bool,
    stderr_is_terminal: bool,
}

/// What is shown below the last message. Its lock is the right to write.
#[derive(Default)]
pub(super) struct Screen {
    pub(super) bars: Option<MultiProgress>,
    pub(super) question: Option<OpenQuestion>,
    /// Whether other code is writing to the terminal directly.
    pub(super) given_away: bool,
}

impl Screen {
    /// Erases the bars; the next tick draws them again.
    pub(super) fn clear_bars(&self) {
        if let Some(bars) = &self.bars {
            let mut lines = terminal::bars();
            if *lines > 0 {
                // If the terminal is gone, there is nothing to erase.
                let _ = bars.clear();
                *lines = 0;
            }
        }
    }
}

impl Ui {
    /// Creates the user interface of this run.
    pub(crate) fn new(settings: Settings) -> Self {
        Self {
            shared: Arc::new(Shared {
                settings,
                turn: Mutex::default(),
                screen: Mutex::default(),
                stdout_is_terminal: Stream::Stdout.is_terminal(),
                stderr_is_terminal: Stream::Stderr.is_terminal(),
            }),
        }
    }

    /// Prints why the run failed.
    pub(crate) fn error(&self, text: &dyn Display) {
        self.say(&self.labelled("error", "\x1b[1;31m", text));
    }

    /// Prints what to type next.
    pub(crate) fn hint(&self, text: &dyn Display) {
        if self.shared.settings.verbosity >= Verbosity::Normal {
            self.say(&self.labelled("hint", "\x1b[1;36m", text));
        }
    }

    /// Prints a warning.
    pub(crate) fn warning(&self, text: &dyn Display) {
        self.say(&self.labelled("warning", "\x1b[1;33m", text));
    }

    /// Prints what was done.
    pub(crate) fn status(&self, text: &dyn Display) {
        if self.shared.settings.verbosity >= Verbosity::Normal {
            self.say(&format!("{}\n", self.folded(&text.to_string())));
        }
    }

    /// Starts a new line on the terminal after input without a line end.
    pub(crate) fn fresh_line(&self) {
        let (stdout, stderr) = (
            self.shared.stdout_is_terminal,
            self.shared.stderr_is_terminal,
        );
        let to = if stderr {
            Stream::Stderr
        } else {
            Stream::Stdout
        };
        if stdout || stderr {
            // If this fails, the next message fails too.
            let _ = self.write(to, b"\n");
        }
    }

    /// Prints a detail, with `--verbose` only.
    pub(crate) fn detail(&self, text: &dyn Display) {
        if self.shared.settings.verbosity >= Verbosity::Verbose {
            self.say(&format!("{}\n", self.folded(&text.to_string())));
        }
    }

    /// Prints help on a wrong command line to stderr. It is escaped line by line, because it
    /// repeats what was typed.
    pub(crate) fn usage(&self, text: &str) {
        let lines: Vec<_> = text
            .lines()
            .map(|line| printable(line, Layout::Tabs))
            .collect();
        self.say(&format!("{}\n", lines.join("\n")));
    }

    /// Returns whether results go to a terminal.
    pub(crate) fn stdout_is_terminal(&self) -> bool {
        self.shared.stdout_is_terminal
    }

    pub(super) fn stderr_is_terminal(&self) -> bool {
        self.shared.stderr_is_terminal
    }

    /// Announces that other code writes the result to stdout from now on. On a terminal, no bars
    /// are drawn any more.
    pub(crate) fn results_follow(&self) {
        if self.shared.stdout_is_terminal {
            let mut screen = self.screen();
            screen.clear_bars();
            screen.given_away = true;
        }
    }

    /// Prints one line of the result to stdout. It may contain tabs.
    ///
    /// # Errors
    /// Any failure of stdout, including a broken pipe.
    pub(crate) fn result(&self, line: &str) -> Result<(), StdoutError> {
        self.write_results(
            Stream::Stdout,
            format!("{}\n", printable(line, Layout::Tabs)).as_bytes(),
        )
    }

    /// Writes bytes of the result to stdout without escaping. The caller makes sure that they are
    /// safe.
    ///
    /// # Errors
    /// Any failure of stdout, including a broken pipe.
    pub(crate) fn results_raw(&self, bytes: &[u8]) -> Result<(), StdoutError> {
        self.write_results(Stream::Stdout, bytes)
    }

    /// Prints an object as one line of JSON.
    ///
    /// # Errors
    /// Any failure of the stream, including a broken pipe.
    pub(crate) fn json(
        &self,
        value: &impl serde::Serialize,
        to: Stream,
    ) -> Result<(), StdoutError> {
        self.write_results(to, &json::line(value)?)
    }

    /// Returns the width of lines: `COLUMNS`, or the terminal's width, or 80.
    pub(crate) fn width(&self) -> usize {
        let said = self.shared.settings.width.filter(|&width| width > 0);
        said.or_else(|| Stream::Stderr.columns()).unwrap_or(80)
    }

    /// Returns whether bars may be drawn at all.
    pub(super) fn draws(&self) -> bool {
        let settings = &self.shared.settings;
        self.shared.stderr_is_terminal
            && !settings.dumb
            && settings.progress == Drawing::Auto
            && settings.verbosity != Verbosity::Quiet
    }

    pub(super) fn screen(&self) -> MutexGuard<'_, Screen> {
        self.shared
            .screen
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn labelled(&self, label: &str, colour: &str, text: &dyn Display) -> String {
        let label = format!("bulla: {label}:");
        let text = self.folded(&format!("{label} {text}"));
        let settings = &self.shared.settings;
        match text.strip_prefix(&label) {
            Some(text) if settings.colour && !settings.dumb && self.shared.stderr_is_terminal => {
                format!("{colour}{label}\x1b[0m{text}\n")
            }
            _ => format!("{text}\n"),
        }
    }

    /// Escapes a message, and on a terminal wraps it between words.
    fn folded(&self, text: &str) -> String {
        let text = printable(text, Layout::Lines);
        if self.shared.stderr_is_terminal {
            folded(&text, self.width()).into_owned()
        } else {
            text.into_owned()
        }
    }

    fn say(&self, lines: &str) {
        // There is nowhere left to report a stderr failure.
        let _ = self.write(Stream::Stderr, lines.as_bytes());
    }

    /// Writes above the bars and the question at the bottom of the terminal, if it is a terminal.
    fn write_results(&self, to: Stream, bytes: &[u8]) -> Result<(), StdoutError> {
        Ok(self.write(to, bytes)?)
    }

    pub(super) fn write(&self, to: Stream, bytes: &[u8]) -> io::Result<()> {
        let screen = self.screen();
        let is_terminal = match to {
            Stream::Stdout => self.shared.stdout_is_terminal,
            Stream::Stderr => self.shared.stderr_is_terminal,
        };
        if !is_terminal {
            return to.write(bytes);
        }
        screen.clear_bars();
        let Some(question) = &screen.question else {
            return to.write(bytes);
        };
        let mut above = question.erasure(0).into_bytes();
        above.extend_from_slice(bytes);
        to.write(&above)?;
        question.show()
    }
}
