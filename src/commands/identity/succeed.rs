//! `bulla identity succeed`: a new seed, announced and signed by the old one.

use clap::Args;
use zeroize::Zeroizing;

use crate::card::Succession;
use crate::command::{Command, Sandbox};
use crate::context::Context;
use crate::errors::{ErrorContext as _, Failure, Result};
use crate::identities::own_card::NextCard;
use crate::identities::{confinement, edit};
use crate::select::confirmation::confirm;
use crate::select::options::PassphraseSource;
use bulla_age::fingerprint::safety_number;
use bulla_age::key_document::{KeyDocument, SeedKeys};
use bulla_age::seed::Seed;

/// Begin a new seed, and tell your contacts so in the word of the old one
///
/// All keys become new, the signing key, the safety number and the words too. The old keys stay beside them, to open what was
/// encrypted to them; the old words do not give the new keys, so the new ones have to be written down. The new card says,
/// signed by the old key, which key it succeeds; contacts who had checked the old number are asked to check the new one. If
/// the old key may be in other hands its word is worth nothing: then make a new identity, and revoke this one.
#[derive(Args, Clone, Debug)]
pub(crate) struct SucceedArgs {
    /// Which one; the default one otherwise
    name: Option<String>,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
    /// Accept a passphrase up to this cost (2^N KiB of memory)
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u8).range(1..=30))]
    max_work_factor: u8,
    #[command(flatten)]
    pub(super) source: PassphraseSource,
}

impl Command for SucceedArgs {
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

fn run(args: &SucceedArgs, context: &Context) -> Result<()> {
    let name = edit::chosen(args.name.as_deref(), context)?;
    let opened = edit::open(&name, context, args.max_work_factor)?;
    let old = opened.own(&name)?;
    let question = format!(
        "begin a new seed for identity {name}? its safety number and its words will be others"
    );
    if !args.yes && !confirm(&question, &format!("a new seed for {name}"), context)? {
        return Err(Failure::Refused(format!("identity {name} is as it was"), None).into());
    }
    confinement::confine(None, context)?;
    let seed = Seed::generate().context("the system gives no random bytes")?;
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
    context.ui.status(&format_args!(
        "identity {name} has a new seed; the old keys still open what was encrypted to them"
    ));
    context.ui.status(&format_args!(
        "its safety number is {number} now: read it to your contacts"
    ));
    context.ui.hint(&format_args!(
        "they need your new card: bulla card --as {name}"
    ));
    context.ui.hint(&format_args!(
        "the old words give the old keys alone; write the new ones down: bulla identity backup {name}"
    ));
    Ok(())
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
