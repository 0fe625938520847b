//! The programs `age`, `age-keygen`, `age-inspect`, `rage` and `rage-keygen`, as this one is when
//! it is called by their names: their command lines, their questions and their texts, over our own
//! files and engine.
//!
//! Nothing here reads the keyring or the settings, so that a script does the same for everybody.
//! Exit codes are those of the other programs: 1 for every failure, 2 for a wrong flag.

mod age_line;
mod go_flags;
mod inspect;
mod keygen;
mod keys;
mod problem;
mod program;
mod prompts;
mod rage_line;
mod request;
mod trouble;
mod usage;
mod work;

use crate::command::Command;
use crate::context::Context;
use crate::errors::{CommandError, Result};
use crate::ui::Ui;

use age_line::AgeLine;
use inspect::InspectLine;
use keygen::KeygenLine;
pub(crate) use program::{Call, Program};
use rage_line::RageLine;
pub(crate) use trouble::Trouble;
use work::Work;

impl Call {
    /// Reads the command line, and returns what it asks for.
    pub(crate) fn command(&self, ui: &Ui) -> std::result::Result<Box<dyn Command>, Trouble> {
        let program = self.program;
        let version = || Box::new(Page(usage::version().to_owned()));
        Ok(match program {
            Program::Age => match age_line::parse(&self.typed, &self.args)? {
                AgeLine::Version => version(),
                AgeLine::Work(request) => Box::new(Work { program, request }),
            },
            Program::AgeKeygen => match keygen::parse(&self.args)? {
                KeygenLine::Version => version(),
                KeygenLine::Work(work) => Box::new(work),
            },
            Program::AgeInspect => match inspect::parse(&self.args)? {
                InspectLine::Version => version(),
                InspectLine::Work(work) => Box::new(work),
            },
            Program::Rage => {
                // Nobody encrypts to nobody on a terminal by intention.
                let help = ["--help".into()];
                let is_bare = self.args.is_empty() && ui.stdout_is_terminal();
                match rage_line::parse(if is_bare { &help } else { &self.args })? {
                    RageLine::Print(text) => Box::new(Page(text)),
                    RageLine::Work(request) => Box::new(Work { program, request }),
                }
            }
            Program::RageKeygen => match rage_line::parse_keygen(&self.args)? {
                RageLine::Print(text) => Box::new(Page(text)),
                RageLine::Work(work) => Box::new(work),
            },
        })
    }

    /// Prints an error that ends the run and was not told yet.
    pub(crate) fn tell(&self, error: &CommandError, ui: &Ui) {
        trouble::tell_error(self.program, error, ui);
    }
}

/// A text that was asked for.
struct Page(String);

impl Command for Page {
    fn uses_keyring(&self) -> bool {
        false
    }

    fn run(&self, context: &Context) -> Result<()> {
        Ok(context.ui.help(&self.0)?)
    }
}
