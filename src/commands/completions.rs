//! `bulla completions`: prints the committed completion file of a shell.

use clap::{Args, ValueEnum};

use crate::command::Command;
use crate::context::Context;
use crate::errors::Result;
use crate::report::json::Text;

/// Print shell completions
///
/// These complete commands and options. To complete your contacts, groups and identities too, let
/// the shell ask bulla: "source <(COMPLETE=bash bulla)" in .bashrc, the same with zsh in .zshrc
/// (after compinit), or "COMPLETE=fish bulla | source" in config.fish.
#[derive(Args, Clone, Debug)]
pub(crate) struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Shell {
    Bash,
    Zsh,
    Fish,
    Elvish,
    Powershell,
}

impl Command for CompletionsArgs {
    fn owes_data(&self) -> bool {
        true
    }

    fn run(&self, context: &Context) -> Result<()> {
        run(self, context)
    }
}

fn run(args: &CompletionsArgs, context: &Context) -> Result<()> {
    let text = match args.shell {
        Shell::Bash => include_str!("../../completions/bulla.bash"),
        Shell::Zsh => include_str!("../../completions/_bulla"),
        Shell::Fish => include_str!("../../completions/bulla.fish"),
        Shell::Elvish => include_str!("../../completions/bulla.elv"),
        Shell::Powershell => include_str!("../../completions/_bulla.ps1"),
    };
    if context.ui.is_json() {
        let text = text.to_owned();
        return Ok(context.ui.json(&Text { text })?);
    }
    Ok(context.ui.results_raw(text.as_bytes())?)
}
