//! `bulla drill`: proves that copies can be restored, with a key that is kept somewhere else.

mod history;
mod options;
mod run;

use crate::command::{Command, Piped, Sandbox};
pub(crate) use crate::commands::drill::options::DrillArgs;
use crate::context::Context;
use crate::errors::{Result, usage};
use crate::jobs::paths;
use crate::process::piped_command::Direction;
use crate::select::options::PassphraseSource;

impl Command for DrillArgs {
    fn passphrase_source(&self) -> Option<&PassphraseSource> {
        Some(&self.source)
    }

    fn sandbox(&self) -> Sandbox {
        if self.history {
            return Sandbox::read_only();
        }
        let sandbox = match &self.receipts {
            Some(path) => Sandbox::with_programs().output(Some(path)),
            None => Sandbox::with_programs().state(),
        };
        sandbox.output(self.status_file.as_ref())
    }

    fn piped(&self) -> Option<Piped<'_>> {
        (!self.program.is_empty()).then_some(Piped {
            words: &self.program,
            direction: Direction::ToCommand,
        })
    }

    fn reads_stdin(&self) -> bool {
        self.key.reads_stdin() || !self.history && paths::name_stdin(&self.paths)
    }

    fn run(&self, context: &Context) -> Result<()> {
        if self.history {
            return history::list(&self.receipts_path(context)?, context);
        }
        if self.key.reads_stdin() && paths::name_stdin(&self.paths) {
            let text = "Standard input cannot be both a copy and the backup words";
            let hint = "Read the words from a file: --words=PATH";
            return Err(usage(text, Some(hint)));
        }
        run::run(self, context)
    }
}
