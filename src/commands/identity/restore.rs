//! `bulla identity restore`: restores an identity from its words.

use std::io::IsTerminal;

use clap::Args;
use zeroize::Zeroizing;

use crate::command::{Command, Sandbox};
use crate::context::Context;
use crate::errors::{Result, usage};
use crate::files::Input;
use crate::identities::new_identity;
use crate::identities::new_identity::NewIdentity;
use crate::identities::protection::{PassphraseUse, SecretLock, WorkFactor};
use crate::select::confirmation::not_asked;
use crate::select::options::PassphraseSource;
use bulla_age::key_document::{KeyKind, MOST_EPOCHS, SeedKeys};
use bulla_age::seed::Seed;
use bulla_age::words;
use bulla_age::words::COUNT;

/// Restore an identity from its 24 backup words
///
/// The words are asked for on the terminal, or read from standard input. The restored keys are
/// identical to the old ones.
#[derive(Args, Clone, Debug)]
pub(crate) struct RestoreArgs {
    /// Name for the identity
    name: String,
    /// Restore an identity that was created with --classic
    #[arg(long)]
    classic: bool,
    /// Number of key epochs (1 if the keys were never rotated)
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=i64::from(MOST_EPOCHS)))]
    epochs: u32,
    /// Do not encrypt the identity file; anyone who can read it can open all your files (for
    /// servers)
    #[arg(long, conflicts_with_all = ["passphrase_fd", "passphrase_file"])]
    no_passphrase: bool,
    #[command(flatten)]
    work: WorkFactor,
    #[command(flatten)]
    pub(super) source: PassphraseSource,
}

impl Command for RestoreArgs {
    fn passphrase_source(&self) -> Option<&PassphraseSource> {
        Some(&self.source)
    }

    fn sandbox(&self) -> Sandbox {
        Sandbox::ConfinesItself
    }

    fn run(&self, context: &Context) -> Result<()> {
        run(self, context)
    }
}

fn run(args: &RestoreArgs, context: &Context) -> Result<()> {
    let name = new_identity::free_name(&args.name, context)?;
    let seed = seed(context)?;
    let asked = format!("passphrase for identity {name}");
    let lock = SecretLock::choose(
        PassphraseUse::unless(args.no_passphrase),
        args.work,
        &asked,
        context,
    )?;
    let kind = if args.classic {
        KeyKind::Classic
    } else {
        KeyKind::Hybrid
    };
    let mut draft = NewIdentity::from_seed(
        name,
        SeedKeys {
            seed,
            kind,
            epochs: args.epochs,
        },
    );
    draft.backed_up = Some(context.today());
    new_identity::keep(&draft, &lock, context)
}

fn seed(context: &Context) -> Result<Seed> {
    let input = Input::stdin()?;
    if input.file().is_terminal() {
        return Ok(words::parse(&ask(context)?)?);
    }
    let bytes = input.read_bounded(1 << 16)?;
    let text =
        std::str::from_utf8(&bytes).map_err(|_| usage("Standard input contains no words", None))?;
    Ok(words::parse(text)?)
}

/// Asks for the words, one or several at a time. A wrong one is asked for again immediately.
fn ask(context: &Context) -> Result<Zeroizing<String>> {
    let mut given: Vec<&'static str> = Vec::new();
    while given.len() < COUNT {
        let question = format!("Word {} of {}", given.len() + 1, COUNT);
        let answer = context
            .ui
            .line(&question)
            .map_err(|error| not_asked(error, "The backup words are needed"))?;
        let mut answer = Zeroizing::new(answer);
        // In place, because a copy of the words would also have to be wiped.
        answer.make_ascii_lowercase();
        for word in answer.split_whitespace() {
            match words::find(word) {
                Ok(word) => given.push(word),
                Err(near) => {
                    let number = given.len() + 1;
                    context.ui.warning(&format_args!(
                        "Word {number} is not in the list{}",
                        or(&near)
                    ));
                    break;
                }
            }
        }
    }
    Ok(Zeroizing::new(given.join(" ")))
}

fn or(near: &[&str]) -> String {
    match near.is_empty() {
        true => String::new(),
        false => format!(". Did you mean {}?", near.join(", ")),
    }
}
