//! Messages: errors, hints, warnings, status, results.
//!
//! Holds [`Ui`], the handle for everything the user sees, which decides who may write to the screen
//! when. It chooses no exit codes and knows no error types.

use std::borrow::Cow;
use std::fmt::Display;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use indicatif::MultiProgress;

use crate::ui::json;
use crate::ui::json::{Status, Warning, WarningKind, WarningLine};
use crate::ui::stream::{StdoutError, Stream};
use crate::ui::terminal;
use crate::ui::terminal::OpenQuestion;
use crate::ui::text::{Layout, folded, printable, wrapped_result, wrapped_row};
use bulla_age::untrusted::without_secrets;

/// How many messages are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verbosity {
    /// Errors and warnings.
    Quiet,
    /// Also hints and, on a terminal, what was done.
    Normal,
    /// Also details, and what was done without a terminal too.
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
    /// `ACCESSIBLE`: whether to write for screen readers. If it is not set, the caller may decide
    /// later ([`Ui::prefer_accessible`]).
    pub(crate) accessible: Option<bool>,
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
    /// The name in front of errors, hints and warnings.
    program: &'static str,
    /// Locked while asking, so that threads ask one after another.
    pub(super) turn: Mutex<()>,
    screen: Mutex<Screen>,
    stdout_is_terminal: bool,
    stderr_is_terminal: bool,
    /// Whether a text without a line end went to standard output, and may be on the screen.
    line_is_open: AtomicBool,
    json: Option<JsonOutput>,
    accessible: AtomicBool,
}

/// What the lines of `--json` say of themselves.
struct JsonOutput {
    /// The command as it is typed after `bulla`, if that is known.
    command: Option<String>,
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
        Self::with(settings, None, "bulla")
    }

    /// One that says and asks nothing, for tests.
    #[cfg(test)]
    pub(crate) fn silent() -> Self {
        Self::new(Settings {
            verbosity: Verbosity::Quiet,
            prompt: Prompting::Never,
            progress: Drawing::Off,
            colour: false,
            dumb: true,
            accessible: None,
            width: None,
        })
    }

    /// Creates the user interface of a run under the name of another program.
    pub(crate) fn called(program: &'static str, settings: Settings) -> Self {
        Self::with(settings, None, program)
    }

    /// Creates the user interface of a run with `--json`, whose standard output has nothing but
    /// JSON.
    pub(crate) fn for_json(settings: Settings, command: Option<String>) -> Self {
        Self::with(settings, Some(JsonOutput { command }), "bulla")
    }

    fn with(settings: Settings, json: Option<JsonOutput>, program: &'static str) -> Self {
        let accessible = AtomicBool::new(settings.accessible == Some(true));
        Self {
            shared: Arc::new(Shared {
                settings,
                program,
                accessible,
                turn: Mutex::default(),
                screen: Mutex::default(),
                stdout_is_terminal: Stream::Stdout.is_terminal(),
                stderr_is_terminal: Stream::Stderr.is_terminal(),
                line_is_open: AtomicBool::new(false),
                json,
            }),
        }
    }

    /// Prints why the run failed.
    pub(crate) fn error(&self, text: &dyn Display) {
        self.say(&self.labelled("error", "\x1b[1;31m", text));
    }

    /// Prints what to type next, after an error or a warning.
    pub(crate) fn hint(&self, text: &dyn Display) {
        if self.shared.settings.verbosity >= Verbosity::Normal {
            self.say(&self.labelled("hint", "\x1b[1;36m", text));
        }
    }

    /// Prints a warning, for people and for programs.
    pub(crate) fn warn(&self, kind: WarningKind, text: &dyn Display) {
        self.warning_for_people(text);
        if self.is_json() {
            let warning = Warning {
                kind,
                message: text.to_string(),
            };
            // If standard output fails, so does the result that follows.
            let _ = self.json_line(Status::Warning, &WarningLine { warning });
        }
    }

    /// Prints a warning of no special kind.
    pub(crate) fn warning(&self, text: &dyn Display) {
        self.warn(WarningKind::Other, text);
    }

    /// Prints a warning for people only. Programs find it in the JSON of the file that it is about.
    pub(crate) fn warning_for_people(&self, text: &dyn Display) {
        self.say(&self.labelled("warning", "\x1b[1;33m", text));
    }

    /// Prints what was done, for a person: see [`accompanies`](Self::accompanies).
    pub(crate) fn status(&self, text: &dyn Display) {
        if self.accompanies() {
            self.notice(text);
        }
    }

    /// Prints what could be typed next after work that succeeded, for a person.
    pub(crate) fn tip(&self, text: &dyn Display) {
        if self.accompanies() {
            self.hint(text);
        }
    }

    /// Prints what has to be known in a script too although nothing is wrong: what was asked for,
    /// what the run waits for, what somebody has to do now.
    pub(crate) fn notice(&self, text: &dyn Display) {
        if self.shared.settings.verbosity >= Verbosity::Normal {
            self.say(&format!("{}\n", self.folded(&text.to_string())));
        }
    }

    /// Returns whether success is worth a line: a person is looking, or it was asked for. A script
    /// that succeeds is quiet.
    pub(crate) fn accompanies(&self) -> bool {
        match self.shared.settings.verbosity {
            Verbosity::Quiet => false,
            Verbosity::Normal => self.shared.stderr_is_terminal,
            Verbosity::Verbose => true,
        }
    }

    /// Returns whether only warnings and errors are shown.
    pub(crate) fn is_quiet(&self) -> bool {
        self.shared.settings.verbosity < Verbosity::Normal
    }

    /// Returns whether details are shown.
    pub(crate) fn is_verbose(&self) -> bool {
        self.shared.settings.verbosity >= Verbosity::Verbose
    }

    /// Notes that a text without a line end went to a program that may show it on our terminal. The
    /// next message begins a new line.
    pub(crate) fn text_has_no_line_end(&self) {
        self.shared
            .line_is_open
            .store(self.shared.stderr_is_terminal, Ordering::Relaxed);
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

    /// Prints help on a wrong command line to stderr. It is escaped line by line, and without secret
    /// keys, because it repeats what was typed.
    pub(crate) fn usage(&self, text: &str) {
        let width = self.width();
        let text = without_secrets(text);
        let shown = |line| {
            let line = printable(line, Layout::Tabs);
            if self.shared.stderr_is_terminal {
                Cow::Owned(wrapped_row(&line, width))
            } else {
                line
            }
        };
        let lines: Vec<_> = text.lines().map(shown).collect();
        self.say(&format!("{}\n", lines.join("\n")));
    }

    /// Returns whether results go to a terminal.
    pub(crate) fn stdout_is_terminal(&self) -> bool {
        self.shared.stdout_is_terminal
    }

    pub(super) fn stderr_is_terminal(&self) -> bool {
        self.shared.stderr_is_terminal
    }

    /// Returns whether to write for screen readers: nothing is redrawn or erased, there are no box
    /// characters, and progress is told in lines.
    pub(crate) fn is_accessible(&self) -> bool {
        self.shared.accessible.load(Ordering::Relaxed)
    }

    /// Writes for screen readers from now on if a setting says so, unless the environment has
    /// decided. The setting is asked for only if somebody may read at a terminal.
    pub(crate) fn prefer_accessible(&self, setting: impl FnOnce() -> bool) {
        let is_read = self.shared.stdout_is_terminal || self.shared.stderr_is_terminal;
        if is_read && self.shared.settings.accessible.is_none() && setting() {
            self.shared.accessible.store(true, Ordering::Relaxed);
        }
    }

    /// Returns whether nothing that was written can be erased or redrawn.
    pub(super) fn keeps_lines(&self) -> bool {
        self.shared.settings.dumb || self.is_accessible()
    }

    /// Shows what a command that the user named writes to its standard error, as it is. If it ends
    /// within a line, no bars are drawn any more.
    pub(crate) fn pass_on(&self, written: &[u8]) {
        let mut screen = self.screen();
        screen.clear_bars();
        if !written.ends_with(b"\n") && self.shared.stderr_is_terminal {
            screen.given_away = true;
            self.text_has_no_line_end();
        }
        // There is nowhere left to report a failure.
        let _ = Stream::Stderr.write(written);
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

    /// Prints one line of the result to stdout. It may contain tabs. On a terminal, it is wrapped
    /// between words, below its last column; a command that ends a sentence is kept whole. With
    /// `--json`, the result is an object, and the line is left out.
    ///
    /// # Errors
    /// Any failure of stdout, including a broken pipe.
    pub(crate) fn result(&self, line: &str) -> Result<(), StdoutError> {
        if self.is_json() {
            return Ok(());
        }
        let mut line = printable(line, Layout::Tabs);
        if self.shared.stdout_is_terminal {
            let said = self.shared.settings.width.filter(|&width| width > 0);
            let width = said.or_else(|| Stream::Stdout.columns()).unwrap_or(80);
            line = Cow::Owned(wrapped_result(&line, width));
        }
        self.write_results(Stream::Stdout, format!("{line}\n").as_bytes())
    }

    /// Writes bytes of the result to stdout without escaping. The caller makes sure that they are
    /// safe.
    ///
    /// # Errors
    /// Any failure of stdout, including a broken pipe.
    pub(crate) fn results_raw(&self, bytes: &[u8]) -> Result<(), StdoutError> {
        if self.is_json() {
            return Err(io::Error::other("with --json, it is for JSON alone").into());
        }
        self.write_results(Stream::Stdout, bytes)
    }

    /// Prints a help page to stdout. On a terminal, lines that are wider than the window are wrapped
    /// between words.
    ///
    /// # Errors
    /// Any failure of stdout, including a broken pipe.
    pub(crate) fn help(&self, page: &str) -> Result<(), StdoutError> {
        if !self.shared.stdout_is_terminal {
            return self.write_results(Stream::Stdout, page.as_bytes());
        }
        let width = Stream::Stdout.columns().unwrap_or(80);
        let lines: Vec<String> = page.lines().map(|line| wrapped_row(line, width)).collect();
        self.write_results(Stream::Stdout, format!("{}\n", lines.join("\n")).as_bytes())
    }

    /// Returns whether results are JSON.
    pub(crate) fn is_json(&self) -> bool {
        self.shared.json.is_some()
    }

    /// Prints a result as one line of JSON. Its fields follow those of every line.
    ///
    /// # Errors
    /// Any failure of stdout, including a broken pipe.
    pub(crate) fn json(&self, fields: &impl serde::Serialize) -> Result<(), StdoutError> {
        self.json_line(Status::Ok, fields)
    }

    /// Prints a failure as one line of JSON, if results are JSON.
    pub(crate) fn json_failure(&self, fields: &impl serde::Serialize) {
        if self.is_json() {
            // The run fails anyway, and standard error says why.
            let _ = self.json_line(Status::Failed, fields);
        }
    }

    fn json_line(&self, status: Status, fields: &impl serde::Serialize) -> Result<(), StdoutError> {
        let json = self.shared.json.as_ref();
        let command = json.and_then(|json| json.command.as_deref());
        self.write_results(Stream::Stdout, &json::line(command, status, fields)?)
    }

    /// Returns the number of rows of the terminal to which results go, if it is one.
    pub(crate) fn rows_of_stdout(&self) -> Option<usize> {
        Stream::Stdout.rows()
    }

    /// Returns the width of lines: `COLUMNS`, or the terminal's width, or 80.
    pub(crate) fn width(&self) -> usize {
        let said = self.shared.settings.width.filter(|&width| width > 0);
        said.or_else(|| Stream::Stderr.columns()).unwrap_or(80)
    }

    /// Returns whether progress may be shown at all.
    pub(super) fn shows_progress(&self) -> bool {
        let settings = &self.shared.settings;
        self.shared.stderr_is_terminal
            && (!settings.dumb || self.is_accessible())
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
        let label = format!("{}: {label}:", self.shared.program);
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
        if to == Stream::Stderr && self.shared.line_is_open.swap(false, Ordering::Relaxed) {
            to.write(b"\n")?;
        }
        let Some(question) = &screen.question else {
            return to.write(bytes);
        };
        let mut above = question.erasure(0).into_bytes();
        above.extend_from_slice(bytes);
        to.write(&above)?;
        question.show()
    }
}
