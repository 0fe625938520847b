//! What is wrong, in the words of the program that was called, and how it is told.

use std::ffi::OsStr;

use crate::age_mode::program::{Program, Style};
use crate::age_mode::usage;
use crate::errors::{Code, CommandError};
use crate::ui::Ui;

/// Why a run ends without having done its work.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// Nothing was asked for.
    UsageShown,
    /// The help was asked for.
    HelpAsked,
    /// The command line breaks its grammar.
    WrongFlags(String),
    /// In the words of the program.
    Said { text: String, hints: Vec<String> },
}

impl Trouble {
    pub(super) fn said(text: impl Into<String>) -> Self {
        Self::hinted(text, Vec::new())
    }

    pub(super) fn hinted(text: impl Into<String>, hints: Vec<String>) -> Self {
        let text = text.into();
        Self::Said { text, hints }
    }

    /// Returns the exit code; `None` if this is no failure.
    pub(crate) fn code(&self) -> Option<Code> {
        match self {
            Self::HelpAsked => None,
            Self::WrongFlags(_) => Some(Code::Usage),
            Self::UsageShown | Self::Said { .. } => Some(Code::Other),
        }
    }

    /// Prints it to standard error.
    pub(crate) fn tell(&self, program: Program, ui: &Ui) {
        match self {
            Self::UsageShown | Self::HelpAsked => ui.usage(usage::of(program)),
            Self::WrongFlags(why) if program.style() == Style::Rage => ui.usage(why.trim_end()),
            Self::WrongFlags(why) => ui.usage(&format!("{why}\n{}", usage::of(program))),
            Self::Said { text, hints } => ui.usage(&told(program, text, hints)),
        }
    }
}

/// Prints an error of a floor below that has no words of its own in this program.
pub(crate) fn tell_error(program: Program, error: &CommandError, ui: &Ui) {
    ui.usage(&told(program, &error.message(), &[]));
}

/// Prints a warning.
pub(super) fn warn(program: Program, text: &str, ui: &Ui) {
    match program.style() {
        Style::Age => ui.usage(&format!("{}: warning: {text}", program.name())),
        Style::Rage => ui.usage(&format!("Warning: {text}")),
    }
}

fn told(program: Program, text: &str, hints: &[String]) -> String {
    match program.style() {
        Style::Age => {
            let name = program.name();
            let hints = hints.iter().map(|hint| format!("\n{name}: hint: {hint}"));
            format!("{name}: error: {text}{}", hints.collect::<String>())
        }
        Style::Rage => {
            let hints = hints.iter().map(|hint| format!("\n{hint}"));
            format!(
                "Error: {text}{}\n\n{}",
                hints.collect::<String>(),
                usage::AFTER_RAGE_ERRORS
            )
        }
    }
}

/// A name as age quotes it.
pub(super) fn quoted(name: impl AsRef<OsStr>) -> String {
    format!("{:?}", name.as_ref().to_string_lossy())
}
