//! `bulla identity rotate`: new encryption keys under the same signing key.

use clap::Args;

use crate::command::{Command, Sandbox};
use crate::context::Context;
use crate::errors::{Refusal, Result, shortened, usage};
use crate::identities::edit;
use crate::identities::own_card::NextCard;
use crate::report::own_identities::print_json;
use crate::select::options::{CostLimit, PassphraseSource};
use bulla_age::key_document::{KeyDocument, KeyKind, MOST_EPOCHS};

/// Create new encryption keys from the same seed
///
/// Use this only if you lost an exported key (identity export --secret). The lost key cannot open
/// files encrypted to the new keys. It does not help if the identity file, its backup words or this
/// device may have been stolen, because all keys come from one seed: in that case create a new
/// identity (identity new) and revoke the old one (identity revoke). The old keys are kept, so old
/// files still open. Safety number and backup words stay the same. A new card is made; send it to
/// your contacts.
#[derive(Args, Clone, Debug)]
pub(crate) struct RotateArgs {
    /// Name of the identity (default: your default identity)
    name: Option<String>,
    #[command(flatten)]
    limit: CostLimit,
    #[command(flatten)]
    pub(super) source: PassphraseSource,
}

impl Command for RotateArgs {
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

fn run(args: &RotateArgs, context: &Context) -> Result<()> {
    let name = edit::chosen(args.name.as_deref(), context)?;
    edit::check_own(&name, context)?;
    let opened = edit::open(&name, context, args.limit.max_work_factor)?;
    let own = opened.own(&name)?;
    if own.kind == KeyKind::Signing {
        let hint = format!("For a new signing key: bulla identity succeed {name}");
        let text = format!("{name} only signs, so it has no encryption keys to rotate");
        return Err(usage(&text, Some(&hint)));
    }
    let epochs = own.epochs + 1;
    if epochs > MOST_EPOCHS {
        return Err(Refusal::RotatedTooOften(name).into());
    }
    context.start_no_more_programs();
    let document =
        KeyDocument::with_others(own.with_epochs(epochs), opened.document.from_elsewhere());
    let card = edit::replace(&name, &opened, &document, &NextCard::default(), context)?;
    context.ui.status(&format_args!(
        "Identity {name} has new keys: {}. The old keys still open old files",
        card.recipient()
            .map_or_else(String::new, |new| shortened(&new.to_string()))
    ));
    context.ui.status(
        &"This only helps if an exported key was lost. If the identity file, its \
        backup words or this device may have been stolen, create a new identity and revoke this \
        one",
    );
    context.ui.tip(&format_args!(
        "Send your contacts your new card: bulla card --as {name}"
    ));
    context.ui.tip(&format_args!(
        "Write this command down next to your backup words: bulla identity restore {name} \
            --epochs {epochs}"
    ));
    print_json(&name, context)
}
