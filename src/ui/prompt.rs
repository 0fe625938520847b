//! Questions, always asked on the terminal of the process and never on standard input.
//!
//! Decides how questions look and how often an answer is tried. Knows nothing about what the
//! answers are for.

use std::fmt;
use std::fs::File;
use std::io;
use std::sync::{MutexGuard, PoisonError};

use rustix::process::Signal;
use zeroize::Zeroizing;

use crate::ui::json::WarningKind;
use crate::ui::message::{Prompting, Ui};
use crate::ui::paste;
use crate::ui::paste::{PasteReadError, Pasted};
use crate::ui::terminal::{Echo, OpenQuestion, OwnScreen, StopRefused, Terminal, Typed};
use crate::ui::text::{Layout, capitalized, cut_at_hyphens, folded, printable};

/// How many times a question is asked.
pub(crate) const TRIES: usize = 3;

/// What to do about a secret that stays on the screen.
const CLEAR: &str = "When you are done, clear the window with its scrollback, or close it";

const WEAK: &str = "This passphrase is easy to guess for anyone who has the file. Use it anyway?";

/// The reason why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PromptError {
    /// There is no terminal, or questions are not allowed.
    #[error("there is no terminal to ask on")]
    NoTerminal,
    /// The input ended, the answer was empty where one is needed, or no answer fitted.
    #[error("no answer was given")]
    Declined,
    /// Each time a new passphrase was typed, the two versions differed.
    #[error("the passphrases do not match")]
    Differ,
    /// There is no terminal to paste into, or questions are not allowed.
    #[error("there is no terminal to paste into")]
    NoPaste,
    /// More was pasted than is accepted.
    #[error("more than {} MiB were pasted", paste::LARGEST >> 20)]
    TooLarge,
    /// A secret does not fit in the window, and what is scrolled away could not be erased.
    #[error("the window has {rows} lines, and {needed} are needed to show all at once")]
    SmallWindow {
        /// The lines of the window.
        rows: usize,
        /// The lines of the text.
        needed: usize,
    },
    /// A key that ends the run was pressed, but the signal is ignored.
    #[error("it was interrupted")]
    Signal(Signal),
    /// A program that asks in place of the terminal failed.
    #[error("{0}")]
    Askpass(String),
    /// The terminal failed.
    #[error("could not ask on the terminal: {0}")]
    Io(#[from] io::Error),
}

impl From<PasteReadError> for PromptError {
    fn from(error: PasteReadError) -> Self {
        match error {
            PasteReadError::HungUp => Self::Declined,
            PasteReadError::TooLarge => Self::TooLarge,
            PasteReadError::Signal(signal) => Self::Signal(signal),
            PasteReadError::Io(error) => Self::Io(error),
        }
    }
}

/// A passphrase to protect something new with.
pub(crate) enum NewPassphrase {
    /// Chosen by the user, who typed it twice.
    Typed(Zeroizing<String>),
    /// Generated and shown to the user, who confirmed having written it down.
    Generated(Zeroizing<String>),
}

impl fmt::Debug for NewPassphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Typed(_) => "Typed(…)",
            Self::Generated(_) => "Generated(…)",
        })
    }
}

impl Ui {
    /// Returns whether questions are allowed, with or without a terminal.
    pub(crate) fn may_ask(&self) -> bool {
        self.shared.settings.prompt != Prompting::Never
    }

    /// Returns whether questions can be asked.
    pub(crate) fn can_ask(&self) -> bool {
        self.in_turn().is_ok()
    }

    /// Asks for an existing passphrase or PIN, without echo.
    ///
    /// # Errors
    /// [`PromptError`] if there is no answer or an empty one.
    pub(crate) fn passphrase(&self, prompt: &str) -> Result<Zeroizing<String>, PromptError> {
        self.existing_passphrase("", prompt)
    }

    /// Asks for the same after a wrong answer.
    ///
    /// # Errors
    /// [`PromptError`] if there is no answer or an empty one.
    pub(crate) fn passphrase_again(&self, prompt: &str) -> Result<Zeroizing<String>, PromptError> {
        self.existing_passphrase("Wrong passphrase, try again\n", prompt)
    }

    /// Asks this question, word for word, without echo. The answer may be empty.
    ///
    /// # Errors
    /// [`PromptError`] if there is no answer.
    pub(crate) fn secret(&self, question: &str) -> Result<Zeroizing<String>, PromptError> {
        self.in_turn()?
            .ask(&format!("{question} "), Echo::Hidden, Ok)
    }

    /// Prints a line on the terminal, whatever the standard streams are.
    ///
    /// # Errors
    /// [`PromptError`] if there is no terminal.
    pub(crate) fn show_on_terminal(&self, line: &str) -> Result<(), PromptError> {
        let turn = self.in_turn()?;
        self.screen().clear_bars();
        let shown = Zeroizing::new(format!("{}\n", printable(line, Layout::Lines)));
        Ok(turn.terminal.show(&shown)?)
    }

    fn existing_passphrase(
        &self,
        note: &str,
        prompt: &str,
    ) -> Result<Zeroizing<String>, PromptError> {
        let question = format!("{note}{}: ", capitalized(prompt));
        let answer = self.in_turn()?.ask(&question, Echo::Hidden, Ok)?;
        if answer.is_empty() {
            Err(PromptError::Declined)
        } else {
            Ok(answer)
        }
    }

    /// Asks for a new passphrase twice, without echo, and whether one that `is_weak` is meant. After
    /// an empty answer, shows one made by `generate`.
    ///
    /// # Errors
    /// [`PromptError`] if there is no answer.
    pub(crate) fn new_passphrase(
        &self,
        prompt: &str,
        is_weak: fn(&str) -> bool,
        generate: impl FnOnce() -> Zeroizing<String>,
    ) -> Result<NewPassphrase, PromptError> {
        let turn = self.in_turn()?;
        let (mut note, mut error) = ("", PromptError::Differ);
        for _ in 0..TRIES {
            let first = format!("{note}Choose a {prompt} (press Enter to generate one): ");
            let first = turn.ask(&first, Echo::Hidden, Ok)?;
            if first.is_empty() {
                return turn.show_generated(generate());
            }
            if is_weak(&first) && !turn.confirm(WEAK, "yes", Some("no"))? {
                (note, error) = ("", PromptError::Declined);
                continue;
            }
            if turn.ask(
                &format!("{}, again: ", capitalized(prompt)),
                Echo::Hidden,
                Ok,
            )? == first
            {
                return Ok(NewPassphrase::Typed(first));
            }
            (note, error) = (
                "The passphrases do not match, try again\n",
                PromptError::Differ,
            );
        }
        Err(error)
    }

    /// Asks for a text, with echo. It may be empty.
    ///
    /// # Errors
    /// [`PromptError`] if there is no answer.
    pub(crate) fn line(&self, prompt: &str) -> Result<String, PromptError> {
        self.in_turn()?.ask(
            &format!("{}: ", capitalized(prompt)),
            Echo::Seen,
            |answer| Ok(answer.to_string()),
        )
    }

    /// Asks for a text, with echo, until it fits. `fits` says what is wrong with an answer.
    ///
    /// # Errors
    /// [`PromptError`] if there is no answer that fits.
    pub(crate) fn fitting_line(
        &self,
        prompt: &str,
        mut fits: impl FnMut(&str) -> Result<(), &'static str>,
    ) -> Result<String, PromptError> {
        self.in_turn()?.ask(
            &format!("{}: ", capitalized(prompt)),
            Echo::Seen,
            |answer| fits(&answer).map(|()| answer.to_string()),
        )
    }

    /// Asks a yes/no question, and returns true for `yes`. If `no` is `None`, an empty answer means
    /// no.
    ///
    /// # Errors
    /// [`PromptError`] if there is no answer.
    pub(crate) fn confirm(
        &self,
        question: &str,
        yes: &str,
        no: Option<&str>,
    ) -> Result<bool, PromptError> {
        self.in_turn()?.confirm(question, yes, no)
    }

    /// Checks whether a secret of this form fits in the window, before it is known.
    ///
    /// # Errors
    /// [`PromptError`] if it could not be shown at once.
    pub(crate) fn check_room(
        &self,
        lay_out: impl FnOnce(usize) -> Zeroizing<String>,
    ) -> Result<(), PromptError> {
        self.in_turn()?.laid_out(lay_out).map(drop)
    }

    /// Shows a secret on the terminal, and nowhere else, until the user presses Enter. `lay_out`
    /// makes the text for this number of columns. Nothing of it is left in the scrollback.
    ///
    /// # Errors
    /// [`PromptError`] if it could not be shown at once or Enter was not pressed.
    pub(crate) fn show_until_enter(
        &self,
        lay_out: impl FnOnce(usize) -> Zeroizing<String>,
    ) -> Result<(), PromptError> {
        self.in_turn()?.show_until_enter(lay_out)
    }

    /// Asks the questions of `ask` on a screen of their own, of which nothing is left in the
    /// scrollback: the answers are secrets, although they are seen while they are typed. Warns where
    /// nothing can be erased.
    ///
    /// # Errors
    /// Those of `ask`.
    pub(crate) fn on_own_screen<T, E>(&self, ask: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        let terminal = match self.in_turn() {
            Ok(turn) if turn.terminal.keeps_all() => {
                drop(turn);
                let answered = ask();
                let stays = format_args!("The words stay on the screen. {CLEAR}");
                self.warn(WarningKind::WordsOnScreen, &stays);
                return answered;
            }
            Ok(turn) => turn.terminal,
            // The questions fail for the same reason, and say so.
            Err(_) => return ask(),
        };
        let _refused = StopRefused::begin();
        // Without it the words would be seen, and erased like any other answer.
        let _screen = OwnScreen::open(&terminal);
        ask()
    }

    /// Asks the user to paste a text, and reads it.
    ///
    /// # Errors
    /// [`PromptError`] if there is none. Ctrl-C ends the run.
    pub(crate) fn paste(&self, prompt: &str) -> Result<Pasted, PromptError> {
        self.paste_until(prompt, |_| false)
    }

    /// Asks the user to paste a text of which `is_whole` can tell that it has come to its end.
    ///
    /// # Errors
    /// [`PromptError`] if there is none. Ctrl-C ends the run.
    pub(crate) fn paste_until(
        &self,
        prompt: &str,
        is_whole: fn(&[u8]) -> bool,
    ) -> Result<Pasted, PromptError> {
        let turn = self.in_turn().map_err(|_| PromptError::NoPaste)?;
        let question = format!("{prompt}, then press Ctrl-D if nothing happens: ");
        turn.paste(&question, is_whole)
    }

    /// Discards what was typed or pasted ahead for a run that failed, and what still comes: it was
    /// meant for standard input, and must not reach the program that reads the terminal next.
    pub(crate) fn discard_typed(&self) {
        if !rustix::termios::isatty(rustix::stdio::stdin()) {
            return;
        }
        let turn = &self.shared.turn;
        let _turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
        // If the terminal fails, there is nothing to discard.
        let Ok(terminal) = Terminal::open(true) else {
            return;
        };
        if let Ok(Some(_prepared)) = terminal.prepare_to_discard() {
            let _ = paste::discard(&terminal);
        }
    }

    /// Lends the terminal to another program, for example an editor. Nothing is asked or drawn
    /// meanwhile, and the terminal's modes are restored afterwards.
    ///
    /// # Errors
    /// [`PromptError::NoTerminal`].
    pub(crate) fn lend_terminal<T>(&self, to: impl FnOnce(&File) -> T) -> Result<T, PromptError> {
        let turn = self.in_turn()?;
        let lent = turn.terminal.prepare_to_lend()?;
        let was_given = {
            let mut screen = self.screen();
            screen.clear_bars();
            std::mem::replace(&mut screen.given_away, true)
        };
        let result = to(turn.terminal.file());
        self.screen().given_away = was_given;
        drop(lent);
        Ok(result)
    }

    fn in_turn(&self) -> Result<Turn<'_>, PromptError> {
        if self.shared.settings.prompt == Prompting::Never {
            return Err(PromptError::NoTerminal);
        }
        let turn = self
            .shared
            .turn
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let terminal = Terminal::open(self.keeps_lines()).map_err(|_| PromptError::NoTerminal)?;
        Ok(Turn {
            ui: self,
            terminal,
            _turn: turn,
        })
    }
}

/// The right to ask; held by one thread at a time.
struct Turn<'a> {
    ui: &'a Ui,
    terminal: Terminal,
    _turn: MutexGuard<'a, ()>,
}

impl Turn<'_> {
    /// Asks until an answer fits, at most three times.
    fn ask<T>(
        &self,
        question: &str,
        echo: Echo,
        mut fits: impl FnMut(Zeroizing<String>) -> Result<T, &'static str>,
    ) -> Result<T, PromptError> {
        let mut note = "";
        for _ in 0..TRIES {
            let again = if note.is_empty() { "" } else { ", try again\n" };
            let shown = Zeroizing::new([note, again, question].concat());
            let shown = Zeroizing::new(printable(&shown, Layout::Lines).into_owned());
            let (columns, _) = self.terminal.size();
            let shown = Zeroizing::new(folded(&shown, columns).into_owned());
            let tried = match self.ask_once(shown, echo)? {
                Typed::Text(text) => fits(text),
                Typed::Unfit(why) => Err(why),
                Typed::End => return Err(PromptError::Declined),
            };
            match tried {
                Ok(answer) => return Ok(answer),
                Err(why) => note = why,
            }
        }
        Err(PromptError::Declined)
    }

    /// Asks a yes/no question, as [`Ui::confirm`] does.
    fn confirm(&self, question: &str, yes: &str, no: Option<&str>) -> Result<bool, PromptError> {
        let plain = yes == "yes" && no == Some("no");
        let enter_is_no = plain || no.is_none();
        let choices = match no {
            Some(_) if plain => "y/N".to_owned(),
            Some(no) => format!("y: {yes}, n: {no}"),
            None => format!("y: {yes}"),
        };
        self.ask(&format!("{question} [{choices}] "), Echo::Seen, |answer| {
            let answer = answer.trim();
            let is = |word: &str| answer.eq_ignore_ascii_case(word);
            if is("y") || is("yes") || is(yes) {
                Ok(true)
            } else if is("n")
                || is("no")
                || (answer.is_empty() && enter_is_no)
                || no.is_some_and(is)
            {
                Ok(false)
            } else {
                Err("Answer y or n")
            }
        })
    }

    /// Shows the question, reads a line, and erases the question.
    fn ask_once(&self, question: Zeroizing<String>, echo: Echo) -> io::Result<Typed> {
        let question = self.terminal.question(question, echo);
        let prepared = self.terminal.prepare(echo, &question)?;
        self.open(question)?;
        let typed = self.terminal.read_line();
        drop(prepared);
        let seen = match (&typed, echo) {
            (Ok(Typed::Text(text)), Echo::Seen) => Some(text.as_str()),
            (Ok(Typed::Unfit(_)), Echo::Seen) => Some(""),
            _ => None,
        };
        self.close(seen)?;
        typed
    }

    fn open(&self, question: OpenQuestion) -> io::Result<()> {
        let mut screen = self.ui.screen();
        screen.clear_bars();
        question.show()?;
        screen.question = Some(question);
        Ok(())
    }

    /// Erases the question, and the answer if it was echoed.
    fn close(&self, seen: Option<&str>) -> io::Result<()> {
        let mut screen = self.ui.screen();
        screen
            .question
            .take()
            .map_or(Ok(()), |question| question.erase(seen))
    }

    /// Shows the question, reads a paste, and erases the question.
    fn paste(&self, question: &str, is_whole: fn(&[u8]) -> bool) -> Result<Pasted, PromptError> {
        let question = printable(question, Layout::Lines);
        let (columns, _) = self.terminal.size();
        let question = Zeroizing::new(folded(&question, columns).into_owned());
        let question = self.terminal.question(question, Echo::Hidden);
        let (prepared, keys) = self.terminal.prepare_for_paste()?;
        self.open(question)?;
        let pasted = paste::read(&self.terminal, keys, is_whole);
        drop(prepared);
        self.close(None)?;
        if let Err(PasteReadError::Signal(signal)) = &pasted {
            paste::raise(*signal);
        }
        Ok(pasted?)
    }

    /// Returns a secret as it is shown in this window.
    fn laid_out(
        &self,
        lay_out: impl FnOnce(usize) -> Zeroizing<String>,
    ) -> Result<Zeroizing<String>, PromptError> {
        let (columns, rows) = self.terminal.size();
        let text = Zeroizing::new(folded(&lay_out(columns), columns).into_owned());
        if !self.terminal.keeps_all() {
            let question = self.terminal.question(text.clone(), Echo::Seen);
            // One more for the note above it when something else than Enter was pressed.
            let needed = question.height() + 1;
            if needed > rows {
                return Err(PromptError::SmallWindow { rows, needed });
            }
        }
        Ok(text)
    }

    fn show_until_enter(
        &self,
        lay_out: impl FnOnce(usize) -> Zeroizing<String>,
    ) -> Result<(), PromptError> {
        let text = self.laid_out(lay_out)?;
        if self.terminal.keeps_all() {
            self.ui
                .warning(&format_args!("Nothing can be erased here. {CLEAR}"));
        }
        let _refused = StopRefused::begin();
        self.ask(&text, Echo::HiddenAfterSecret, |answer| {
            if answer.is_empty() {
                Ok(())
            } else {
                Err("Just press Enter")
            }
        })
    }

    /// Shows a generated passphrase on the terminal only, until the user has written it down.
    fn show_generated(&self, passphrase: Zeroizing<String>) -> Result<NewPassphrase, PromptError> {
        self.show_until_enter(|columns| {
            let shown = cut_at_hyphens(&passphrase, columns);
            let heading = if shown.contains('\n') {
                "Generated passphrase\n(one line, with its hyphens):\n"
            } else {
                "Generated passphrase:\n"
            };
            let lines = [
                heading,
                shown.as_str(),
                "\nIt will not be shown again. Write it down, then press Enter ",
            ];
            Zeroizing::new(lines.concat())
        })?;
        Ok(NewPassphrase::Generated(passphrase))
    }
}
