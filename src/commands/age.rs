//! `bulla age`, `bulla age-keygen` and `bulla age-inspect` in help, man pages and completions.
//!
//! What follows these words is the command line of another program. It is read before that of
//! bulla, in `age_mode`, and gets here only behind options of bulla, which mean nothing there.

use std::ffi::OsString;

use clap::Args;

use crate::command::Command;
use crate::context::Context;
use crate::errors::{Result, usage};

/// What follows the name of the other program.
#[derive(Args, Clone, Debug)]
struct Words {
    /// Options and input of that program
    #[arg(
        value_name = "ARGUMENT",
        trailing_var_arg = true,
        allow_hyphen_values = true
    )]
    words: Vec<OsString>,
}

/// Encrypt or decrypt with the command line of age
///
/// Takes the options of age and nothing else, and does what age would do, also when bulla is called
/// "age" or "rage" (by a symlink). It reads neither the keyring nor the settings.
#[derive(Args, Clone, Debug)]
pub(crate) struct AgeArgs {
    #[command(flatten)]
    words: Words,
}

/// Create a key with the command line of age-keygen
///
/// Also when bulla is called "age-keygen" or "rage-keygen" (by a symlink). The key goes to a file of
/// its own and not into the keyring.
#[derive(Args, Clone, Debug)]
pub(crate) struct AgeKeygenArgs {
    #[command(flatten)]
    words: Words,
}

/// Show what can be seen without a key, with the command line of age-inspect
///
/// Also when bulla is called "age-inspect" (by a symlink).
#[derive(Args, Clone, Debug)]
pub(crate) struct AgeInspectArgs {
    #[command(flatten)]
    words: Words,
}

impl Command for AgeArgs {
    fn run(&self, _: &Context) -> Result<()> {
        refuse("age")
    }
}

impl Command for AgeKeygenArgs {
    fn run(&self, _: &Context) -> Result<()> {
        refuse("age-keygen")
    }
}

impl Command for AgeInspectArgs {
    fn run(&self, _: &Context) -> Result<()> {
        refuse("age-inspect")
    }
}

fn refuse(program: &str) -> Result<()> {
    let text = format!("bulla {program} takes only the options of {program}, none of bulla");
    let hint = format!("Leave them out: bulla {program} …");
    Err(usage(&text, Some(&hint)))
}
