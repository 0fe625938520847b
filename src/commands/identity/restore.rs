//! `bulla identity restore`: restores an identity from its words.

use std::path::PathBuf;

use clap::Args;

use crate::command::{Command, Sandbox};
use crate::context::Context;
use crate::errors::Result;
use crate::identities::new_identity;
use crate::identities::new_identity::NewIdentity;
use crate::identities::protection::{NoPassphraseOption, SecretLock, WorkFactor};
use crate::report::own_identities::print_json;
use crate::select::backup_words;
use crate::select::options::PassphraseSource;
use bulla_age::key_document::{KeyKind, MOST_EPOCHS};

/// Restore an identity from its 24 backup words
///
/// The words are asked for on the terminal, or read from a file or standard input: the words alone,
/// or the whole sheet that "identity backup -o" wrote, which can also be pasted. The restored keys
/// are identical to the old ones.
#[derive(Args, Clone, Debug)]
#[command(mut_arg("no_passphrase", |none| none.conflicts_with_all(["passphrase_fd", "passphrase_file"])))]
pub(crate) struct RestoreArgs {
    /// Name for the identity
    name: String,
    /// File with the words, or with the sheet of "identity backup -o" ("-": standard input)
    sheet: Option<PathBuf>,
    /// Restore an identity that was created with --classic (the backup sheet says so)
    #[arg(long)]
    classic: bool,
    /// Restore an identity that only signs
    #[arg(long, conflicts_with_all = ["classic", "epochs"])]
    signing_only: bool,
    /// Number of key epochs (1 if the keys were never rotated; the backup sheet says how many)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=i64::from(MOST_EPOCHS)))]
    epochs: Option<u32>,
    #[command(flatten)]
    protection: NoPassphraseOption,
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
        Sandbox::with_programs().keyring()
    }

    fn run(&self, context: &Context) -> Result<()> {
        run(self, context)
    }
}

fn run(args: &RestoreArgs, context: &Context) -> Result<()> {
    let name = new_identity::free_name(&args.name, context)?;
    let kind = if args.signing_only {
        Some(KeyKind::Signing)
    } else {
        args.classic.then_some(KeyKind::Classic)
    };
    let own = backup_words::read(args.sheet.as_deref(), context)?.keys(kind, args.epochs)?;
    let asked = format!("passphrase for identity {name}");
    let lock = SecretLock::choose(args.protection.choice(), args.work, &asked, context)?;
    let mut draft = NewIdentity::from_seed(name, own);
    draft.backed_up = Some(context.today());
    new_identity::keep(&draft, &lock, context)?;
    print_json(&draft.name, context)
}
