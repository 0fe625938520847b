//! `bulla identity rotate`: new encryption keys under the same signing key.

use clap::Args;

use crate::command::{Command, Sandbox};
use crate::context::Context;
use crate::errors::{Failure, Result, shortened};
use crate::identities::own_card::NextCard;
use crate::identities::{confinement, edit};
use crate::select::options::PassphraseSource;
use bulla_age::key_document::{KeyDocument, MOST_EPOCHS};

/// Make new encryption keys of the same seed
///
/// This helps when an exported key was lost (identity export --secret), and only then: what will be encrypted to the new keys
/// does not open to the exported one. It does not help when the identity's file, its words or this device may be in other
/// hands, for all keys come from one seed: then it takes a new one (identity new) and the revocation of the old (identity
/// revoke). The old keys stay, to open what was encrypted to them; safety number and words stay the same. A new card is
/// made, which your contacts need.
#[derive(Args, Clone, Debug)]
pub(crate) struct RotateArgs {
    /// Which one; the default one otherwise
    name: Option<String>,
    /// Accept a passphrase up to this cost (2^N KiB of memory)
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u8).range(1..=30))]
    max_work_factor: u8,
    #[command(flatten)]
    pub(super) source: PassphraseSource,
}

impl Command for RotateArgs {
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

fn run(args: &RotateArgs, context: &Context) -> Result<()> {
    let name = edit::chosen(args.name.as_deref(), context)?;
    let opened = edit::open(&name, context, args.max_work_factor)?;
    let own = opened.own(&name)?;
    let epochs = own.epochs + 1;
    if epochs > MOST_EPOCHS {
        let hint = "make a new seed: bulla identity succeed".to_owned();
        return Err(
            Failure::Refused(format!("identity {name} was rotated too often"), Some(hint)).into(),
        );
    }
    confinement::confine(None, context)?;
    let document =
        KeyDocument::with_others(own.with_epochs(epochs), opened.document.from_elsewhere());
    let card = edit::replace(&name, &opened, &document, &NextCard::default(), context)?;
    context.ui.status(&format_args!(
        "identity {name} has new keys: {}; the old ones still open what was encrypted to them",
        shortened(&card.recipient().to_string())
    ));
    context.ui.status(&"this helps after the loss of an exported key alone; where the identity's file, its words or this device may be in other hands, make a new identity and revoke this one");
    context.ui.hint(&format_args!(
        "your contacts need your new card: bulla card --as {name}"
    ));
    context.ui.hint(&format_args!(
        "beside its words, write down how often its keys were made: bulla identity restore {name} --epochs {epochs}"
    ));
    Ok(())
}
