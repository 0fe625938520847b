//! `bulla identity passphrase`: changes or removes the passphrase of an identity.

use clap::Args;

use bulla_age::key_document::KeyKind;

use crate::command::{Command, Sandbox};
use crate::context::Context;
use crate::errors::{CommandError, Refusal, Result};
use crate::identities::edit;
use crate::identities::edit::UnlockedIdentity;
use crate::identities::protection::{NoPassphraseOption, PassphraseUse, SecretLock, WorkFactor};
use crate::keyring::Name;
use crate::report::own_identities::print_json;
use crate::select::options::{CostLimit, NewPassphraseSource, PassphraseSource};
use bulla_age::untrusted::Untrusted;

/// Change the passphrase of an identity
///
/// The old file is replaced in one step, and no copy with the old passphrase is kept in the
/// keyring. Copies elsewhere, such as in backups or a git history, still open with the old
/// passphrase.
#[derive(Args, Clone, Debug)]
#[command(mut_arg("no_passphrase", |none| none.help("Remove the passphrase; anyone who can read the identity file can open all your files (for servers)")))]
#[command(mut_arg("new_passphrase_fd", |new| new.conflicts_with("no_passphrase")))]
#[command(mut_arg("new_passphrase_file", |new| new.conflicts_with("no_passphrase")))]
pub(crate) struct PassphraseArgs {
    /// Name of the identity (default: your default identity)
    name: Option<String>,
    #[command(flatten)]
    protection: NoPassphraseOption,
    #[command(flatten)]
    work: WorkFactor,
    #[command(flatten)]
    limit: CostLimit,
    #[command(flatten)]
    pub(super) source: PassphraseSource,
    #[command(flatten)]
    new: NewPassphraseSource,
}

impl Command for PassphraseArgs {
    fn passphrase_source(&self) -> Option<&PassphraseSource> {
        Some(&self.source)
    }

    fn new_passphrase_source(&self) -> Option<&NewPassphraseSource> {
        Some(&self.new)
    }

    fn prints(&self) -> bool {
        false
    }

    fn sandbox(&self) -> Sandbox {
        Sandbox::with_programs().keyring()
    }

    fn run(&self, context: &Context) -> Result<()> {
        run(self, context)
    }
}

fn run(args: &PassphraseArgs, context: &Context) -> Result<()> {
    let name = edit::chosen(args.name.as_deref(), context)?;
    edit::check_writable(context)?;
    let opened = edit::open(&name, context, args.limit.max_work_factor)?;
    let closed = match args.protection.choice() {
        PassphraseUse::Required => PassphraseUse::Replaced,
        other => other,
    };
    let lock = SecretLock::choose(
        closed,
        args.work,
        &format!("new passphrase for identity {name}"),
        context,
    )?;
    context.start_no_more_programs();
    replace(&name, &opened, &lock, context)?;
    edit::close(&name, context);
    let done = if lock.is_encrypted() {
        "Changed"
    } else {
        "Removed"
    };
    context
        .ui
        .status(&format_args!("{done} the passphrase of identity {name}"));
    let own = opened.document.own();
    lock.warn(own.is_some_and(|own| own.kind == KeyKind::Signing), context);
    print_json(&name, context)
}

/// Replaces the file. The new contents are decrypted as a check first.
fn replace(
    name: &Name,
    opened: &UnlockedIdentity,
    lock: &SecretLock,
    context: &Context,
) -> Result<()> {
    let bytes = lock.encrypt(&opened.text)?;
    if lock.decrypt(bytes.clone())? != opened.text {
        let text = "The new file could not be decrypted again".to_owned();
        return Err(Refusal::BadWrite(text).into());
    }
    edit::edit(name, opened, context, |change, public| {
        change.write_secret(name, &bytes)?;
        let (path, written) = change
            .keyring()
            .secret(name)?
            .ok_or_else(|| CommandError::other("The identity file is missing"))?;
        let path = Untrusted::from(path.as_path());
        if written != bytes {
            let text = format!("{path} does not contain what was just written");
            return Err(Refusal::BadWrite(text).into());
        }
        public.encrypted = lock.is_encrypted();
        Ok(())
    })
}
