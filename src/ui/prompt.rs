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

use crate::ui::message::{Prompting, Ui};
use crate::ui::paste;
use crate::ui::paste::{PasteError, Pasted};
use crate::ui::terminal::{Echo, OpenQuestion, Terminal, Typed};
use crate::ui::text::{Layout, capitalized, printable};

const TRIES: usize = 3;

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
    /// A key that ends the run was pressed, but the signal is ignored.
    #[error("it was interrupted")]
    Signal(Signal),
    /// The terminal failed.
    #[error("could not ask on the terminal: {0}")]
    Io(#[from] io::Error),
}

impl From<PasteError> for PromptError {
    fn from(error: PasteError) -> Self {
        match error {
            PasteError::HungUp => Self::Declined,
            PasteError::TooLarge => Self::TooLarge,
            PasteError::Signal(signal) => Self::Signal(signal),
            PasteError::Io(error) => Self::Io(error),
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
    /// Returns whether questions can be asked.
    pub(crate) fn can_ask(&self) -> bool {
        self.in_turn().is_ok()
    }

    /// Asks for an existing passphrase or PIN, without echo.
    ///
    /// # Errors
    /// [`PromptError`] if there is no answer or an empty one.
    pub(crate) fn passphrase(&self, prompt: &str) -> Result<Zeroizing<String>, PromptError> {
        let answer =
            self.in_turn()?
                .ask(&format!("{}: ", capitalized(prompt)), Echo::Hidden, Ok)?;
        if answer.is_empty() {
            Err(PromptError::Declined)
        } else {
            Ok(answer)
        }
    }

    /// Asks for a new passphrase twice, without echo. After an empty answer, shows one made by
    /// `generate`.
    ///
    /// # Errors
    /// [`PromptError`] if there is no answer.
    pub(crate) fn new_passphrase(
        &self,
        prompt: &str,
        generate: impl FnOnce() -> Zeroizing<String>,
    ) -> Result<NewPassphrase, PromptError> {
        let turn = self.in_turn()?;
        let mut note = "";
        for _ in 0..TRIES {
            let first = format!("{note}Choose a {prompt} (press Enter to generate one): ");
            let first = turn.ask(&first, Echo::Hidden, Ok)?;
            if first.is_empty() {
                return turn.show_generated(generate());
            }
            if turn.ask(
                &format!("{}, again: ", capitalized(prompt)),
                Echo::Hidden,
                Ok,
            )? == first
            {
                return Ok(NewPassphrase::Typed(first));
            }
            note = "The passphrases do not match, try again\n";
        }
        Err(PromptError::Differ)
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
        let plain = yes == "yes" && no == Some("no");
        let enter_is_no = plain || no.is_none();
        let choices = match no {
            Some(_) if plain => "y/N".to_owned(),
            Some(no) => format!("y: {yes}, n: {no}"),
            None => format!("y: {yes}"),
        };
        self.in_turn()?
            .ask(&format!("{question} [{choices}] "), Echo::Seen, |answer| {
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

    /// Shows a secret on the terminal, and nowhere else, until the user presses Enter.
    ///
    /// # Errors
    /// [`PromptError`] if it could not be shown or Enter was not pressed.
    pub(crate) fn show_until_enter(&self, text: &str) -> Result<(), PromptError> {
        self.in_turn()?.show_until_enter(text)
    }

    /// Asks the user to paste a text, and reads it.
    ///
    /// # Errors
    /// [`PromptError`] if there is none. Ctrl-C ends the run.
    pub(crate) fn paste(&self, prompt: &str) -> Result<Pasted, PromptError> {
        let turn = self.in_turn().map_err(|_| PromptError::NoPaste)?;
        turn.paste(&format!("{prompt}, then press Ctrl-D if nothing happens: "))
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
        let terminal =
            Terminal::open(self.shared.settings.dumb).map_err(|_| PromptError::NoTerminal)?;
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

    /// Shows the question, reads a line, and erases the question.
    fn ask_once(&self, question: Zeroizing<String>, echo: Echo) -> io::Result<Typed> {
        let question = self.terminal.question(question);
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
    fn paste(&self, question: &str) -> Result<Pasted, PromptError> {
        let question = self.terminal.question(Zeroizing::new(
            printable(question, Layout::Lines).into_owned(),
        ));
        let (prepared, keys) = self.terminal.prepare_for_paste()?;
        self.open(question)?;
        let pasted = paste::read(&self.terminal, keys);
        drop(prepared);
        self.close(None)?;
        if let Err(PasteError::Signal(signal)) = &pasted {
            paste::raise(*signal);
        }
        Ok(pasted?)
    }

    fn show_until_enter(&self, text: &str) -> Result<(), PromptError> {
        self.ask(text, Echo::HiddenAfterSecret, |answer| {
            if answer.is_empty() {
                Ok(())
            } else {
                Err("Just press Enter")
            }
        })
    }

    /// Shows a generated passphrase on the terminal only, until the user has written it down.
    fn show_generated(&self, passphrase: Zeroizing<String>) -> Result<NewPassphrase, PromptError> {
        let question = Zeroizing::new(
            [
                "Generated passphrase:\n\n    ",
                passphrase.as_str(),
                "\n\nIt will not be shown again. Write it down, then press Enter ",
            ]
            .concat(),
        );
        self.show_until_enter(&question)?;
        Ok(NewPassphrase::Generated(passphrase))
    }
}
