//! `bulla identity succeed`: a new seed, announced and signed by the old one.

use clap::Args;
use zeroize::Zeroizing;

use crate::card::Succession;
use crate::command::{Command, Sandbox};
use crate::context::Context;
use crate::errors::{ErrorContext as _, Refusal, Result};
use crate::identities::edit;
use crate::identities::own_card::NextCard;
use crate::report::own_identities::print_json;
use crate::select::confirmation::{YesOption, confirm};
use crate::select::options::{CostLimit, PassphraseSource};
use bulla_age::fingerprint::safety_number;
use bulla_age::key_document::{KeyDocument, KeyKind, SeedKeys};
use bulla_age::seed::Seed;

/// Switch to new keys, announced and signed by the old ones
///
/// Everything changes: the seed, the signing key, the safety number and the backup words. The old
/// keys are kept, so old files still open; write down the new backup words, because the old ones do
/// not restore the new keys. The new card names the old key and is signed by it. Contacts who
/// verified your old safety number will be asked to verify the new one. If the old key may have
/// been stolen, its signature proves nothing: create a new identity instead, and revoke this one.
#[derive(Args, Clone, Debug)]
pub(crate) struct SucceedArgs {
    /// Name of the identity (default: your default identity)
    name: Option<String>,
    #[command(flatten)]
    consent: YesOption,
    #[command(flatten)]
    limit: CostLimit,
    #[command(flatten)]
    pub(super) source: PassphraseSource,
}

impl Command for SucceedArgs {
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

fn run(args: &SucceedArgs, context: &Context) -> Result<()> {
    let name = edit::chosen(args.name.as_deref(), context)?;
    edit::check_own(&name, context)?;
    let opened = edit::open(&name, context, args.limit.max_work_factor)?;
    let old = opened.own(&name)?;
    let question = format!(
        "Switch identity {name} to new keys? Its safety number and backup words will change."
    );
    if !args.consent.yes && !confirm(&question, &format!("switching {name} to new keys"), context)?
    {
        return Err(Refusal::NotConfirmed {
            name,
            done: "changed",
        }
        .into());
    }
    context.start_no_more_programs();
    let is_for_signing = old.kind == KeyKind::Signing;
    let seed = Seed::generate().context("The system's random number generator failed")?;
    let own = SeedKeys {
        seed,
        kind: old.kind,
        epochs: 1,
    };
    let succession = Succession::new(&old.seed.signing(), own.seed.signing_key());
    let number = safety_number(&succession.new);
    let document = KeyDocument::with_others(own, &former(&opened.document, context));
    let next = NextCard {
        succession: Some(&succession),
        ..NextCard::default()
    };
    edit::replace(&name, &opened, &document, &next, context)?;
    let changed = if is_for_signing {
        "a new signing key. What the old one signed stays signed"
    } else {
        "new keys. The old keys still open old files"
    };
    context
        .ui
        .status(&format_args!("Identity {name} has {changed}"));
    context.ui.status(&format_args!(
        "The new safety number is {number}. Read it to your contacts"
    ));
    context.ui.tip(&format_args!(
        "Send your contacts your new card: bulla card --as {name}"
    ));
    context.ui.tip(&format_args!(
        "The old words restore only the old keys. Write down the new ones: bulla identity backup \
         {name}"
    ));
    print_json(&name, context)
}

/// Returns everything in the old document, as keys that the new seed does not derive. Comments
/// about their origin are kept.
fn former(before: &KeyDocument, context: &Context) -> Zeroizing<String> {
    let text = before.render();
    let mut former = Zeroizing::new(String::with_capacity(text.len() + 64));
    former.push_str("# succeeded on ");
    former.push_str(&context.today());
    former.push('\n');
    for line in text.lines().skip(1).filter(|line| *line != "# imported") {
        former.push_str(line);
        former.push('\n');
    }
    former
}
