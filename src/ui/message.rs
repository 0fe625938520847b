//! What is said: errors, hints, warnings, the run's state, results.
//!
//! Owns [`Ui`], the one handle on all that a person sees, and who may write to the screen when. It chooses
//! no exit code and knows no error type.

use std::fmt::Display;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use indicatif::MultiProgress;

use crate::ui::json;
use crate::ui::stream::{StdoutError, Stream};
use crate::ui::terminal;
use crate::ui::terminal::OpenQuestion;
use crate::ui::text::{Layout, folded, printable};

/// How much is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verbosity {
    /// Errors and warnings.
    Quiet,
    /// Also hints, and what was done.
    Normal,
    /// Also details.
    Verbose,
}

/// Whether a person may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Prompting {
    /// On the terminal, if there is one.
    Allowed,
    /// `--no-prompt`.
    Never,
}

/// Whether progress is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Drawing {
    /// On a terminal that can, when it takes long, unless quiet.
    Auto,
    /// `--no-progress`.
    Off,
}

/// What the caller learned from flags and environment.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// `--quiet`, `--verbose`.
    pub(crate) verbosity: Verbosity,
    /// `--no-prompt`.
    pub(crate) prompt: Prompting,
    /// `--no-progress`.
    pub(crate) progress: Drawing,
    /// Colour is wanted (no `NO_COLOR`); it is used on a terminal only.
    pub(crate) colour: bool,
    /// The terminal understands no escape sequences (`TERM=dumb`): no colour, no bars, nothing is erased.
    pub(crate) dumb: bool,
    /// `COLUMNS`, which wins over what the terminal says.
    pub(crate) width: Option<usize>,
}

/// All that a person sees. Cheap to clone, shared by all threads.
#[derive(Clone)]
pub(crate) struct Ui {
    pub(super) shared: Arc<Shared>,
}

pub(super) struct Shared {
    pub(super) settings: Settings,
    /// Held by whoever asks, so that questions of several threads come in turn.
    pub(super) turn: Mutex<()>,
    screen: Mutex<Screen>,
    stdout_is_terminal: bool,
    stderr_is_terminal: bool,
}

/// What stands on the terminal below the last message. Whoever holds it may write.
#[derive(Default)]
pub(super) struct Screen {
    pub(super) bars: Option<MultiProgress>,
    pub(super) question: Option<OpenQuestion>,
    /// The terminal is being written to past us.
    pub(super) given_away: bool,
}

impl Screen {
    /// Takes the bars away; the next tick draws them again.
    pub(super) fn clear_bars(&self) {
        if let Some(bars) = &self.bars {
            let mut lines = terminal::bars();
            if *lines > 0 {
                // A terminal that is gone has no bars to clear.
                let _ = bars.clear();
                *lines = 0;
            }
        }
    }
}

impl Ui {
    /// The user interface of this run.
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

    /// Why the run failed.
    pub(crate) fn error(&self, text: &dyn Display) {
        self.say(&self.labelled("error", "\x1b[1;31m", text));
    }

    /// What to type next.
    pub(crate) fn hint(&self, text: &dyn Display) {
        if self.shared.settings.verbosity >= Verbosity::Normal {
            self.say(&self.labelled("hint", "\x1b[1;36m", text));
        }
    }

    /// What could go wrong.
    pub(crate) fn warning(&self, text: &dyn Display) {
        self.say(&self.labelled("warning", "\x1b[1;33m", text));
    }

    /// What was done.
    pub(crate) fn status(&self, text: &dyn Display) {
        if self.shared.settings.verbosity >= Verbosity::Normal {
            self.say(&format!("{}\n", self.folded(&text.to_string())));
        }
    }

    /// Ends the row of the terminal that somebody typed in and did not end.
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
            // What follows tells of a terminal that fails.
            let _ = self.write(to, b"\n");
        }
    }

    /// What only those want to know who ask for it.
    pub(crate) fn detail(&self, text: &dyn Display) {
        if self.shared.settings.verbosity >= Verbosity::Verbose {
            self.say(&format!("{}\n", self.folded(&text.to_string())));
        }
    }

    /// Help on a wrong command line, to stderr; line by line, because it repeats what was typed.
    pub(crate) fn usage(&self, text: &str) {
        let lines: Vec<_> = text
            .lines()
            .map(|line| printable(line, Layout::Tabs))
            .collect();
        self.say(&format!("{}\n", lines.join("\n")));
    }

    /// Whether results go to a terminal.
    pub(crate) fn stdout_is_terminal(&self) -> bool {
        self.shared.stdout_is_terminal
    }

    pub(super) fn stderr_is_terminal(&self) -> bool {
        self.shared.stderr_is_terminal
    }

    /// The result is written to stdout past us from here on: on a terminal, no bar stands in its way.
    pub(crate) fn results_follow(&self) {
        if self.shared.stdout_is_terminal {
            let mut screen = self.screen();
            screen.clear_bars();
            screen.given_away = true;
        }
    }

    /// One line of the result, to stdout. Tabs may stand in it.
    ///
    /// # Errors
    /// What stdout says; a broken pipe too.
    pub(crate) fn result(&self, line: &str) -> Result<(), StdoutError> {
        self.write_results(
            Stream::Stdout,
            format!("{}\n", printable(line, Layout::Tabs)).as_bytes(),
        )
    }

    /// Bytes that are the result as they are, to stdout. The caller answers for them.
    ///
    /// # Errors
    /// What stdout says; a broken pipe too.
    pub(crate) fn results_raw(&self, bytes: &[u8]) -> Result<(), StdoutError> {
        self.write_results(Stream::Stdout, bytes)
    }

    /// One object as one line of JSON.
    ///
    /// # Errors
    /// What the stream says; a broken pipe too.
    pub(crate) fn json(
        &self,
        value: &impl serde::Serialize,
        to: Stream,
    ) -> Result<(), StdoutError> {
        self.write_results(to, &json::line(value)?)
    }

    /// How wide lines may be: `COLUMNS`, else what the terminal says, else 80.
    pub(crate) fn width(&self) -> usize {
        let said = self.shared.settings.width.filter(|&width| width > 0);
        said.or_else(|| Stream::Stderr.columns()).unwrap_or(80)
    }

    /// Whether bars may be drawn at all.
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

    /// A message made harmless, and on a terminal broken between words.
    fn folded(&self, text: &str) -> String {
        let text = printable(text, Layout::Lines);
        match self.shared.stderr_is_terminal {
            true => folded(&text, self.width()).into_owned(),
            false => text.into_owned(),
        }
    }

    fn say(&self, lines: &str) {
        // Nobody is left to be told that stderr fails.
        let _ = self.write(Stream::Stderr, lines.as_bytes());
    }

    /// Writes above what stands at the bottom of the terminal, if it is one.
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
