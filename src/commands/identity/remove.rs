//! `bulla identity remove`.

use clap::Args;

use crate::command::{Command, Sandbox};
use crate::config;
use crate::context::Context;
use crate::errors::{CommandError, Refusal, Result};
use crate::identities::edit;
use crate::keyring::{EntryKind, IdentityKind, Name, StoredIdentity};
use crate::report::contacts::print_removed_from;
use crate::report::json::print_removed;
use crate::select::confirmation::{YesOption, confirm};

/// Delete an identity, also from groups and the config
///
/// Files encrypted only to this identity can never be opened again, unless you have its backup
/// words.
#[derive(Args, Clone, Debug)]
pub(crate) struct RemoveArgs {
    /// Name of the identity
    name: String,
    #[command(flatten)]
    consent: YesOption,
    /// Delete it even if it is your only identity
    #[arg(short, long)]
    force: bool,
}

impl Command for RemoveArgs {
    fn prints(&self) -> bool {
        false
    }

    fn sandbox(&self) -> Sandbox {
        Sandbox::read_only().keyring().settings()
    }

    fn run(&self, context: &Context) -> Result<()> {
        run(self, context)
    }
}

fn run(args: &RemoveArgs, context: &Context) -> Result<()> {
    let name: Name = args.name.parse()?;
    let keyring = context.keyring()?;
    let identity = keyring.get::<StoredIdentity>(&name)?;
    refuse_the_last(args, keyring.names(EntryKind::Identity)?.len(), &name)?;
    edit::check_writable(context)?;
    if !args.consent.yes && !confirmed(&name, &identity, context)? {
        return Err(Refusal::NotConfirmed {
            name,
            done: "deleted",
        }
        .into());
    }
    let path = keyring.path().join(config::FILE);
    let at = (path.as_path(), config::Place::Keyring);
    let groups = keyring.change(|change| {
        change.keyring().get::<StoredIdentity>(&name)?;
        refuse_the_last(
            args,
            change.keyring().names(EntryKind::Identity)?.len(),
            &name,
        )?;
        let groups = change.drop_from_groups(&name)?;
        if let Some(text) = config::with_name_replaced(&change.config()?, at, &name, None)? {
            change.put_config(text);
        }
        change.remove(EntryKind::Identity, &name);
        Ok::<_, CommandError>(groups)
    })?;
    context.replace_name_in_settings(&name, None)?;
    edit::close(&name, context);
    context.ui.status(&format_args!("Deleted identity {name}"));
    print_removed_from(&groups, context)?;
    print_removed(EntryKind::Identity, &name, &groups, context)
}

fn refuse_the_last(args: &RemoveArgs, count: usize, name: &Name) -> Result<()> {
    if count > 1 || args.force {
        return Ok(());
    }
    Err(Refusal::OnlyIdentity(name.clone()).into())
}

fn confirmed(name: &Name, identity: &StoredIdentity, context: &Context) -> Result<bool> {
    let words = match (identity.backed_up(), identity.kind) {
        (Some(_), _) => "Only its backup words can recover it.",
        (None, IdentityKind::Imported) => "Only the file you imported can recover it.",
        (None, IdentityKind::Signing) => "What it signed stays signed.",
        (None, _) => "There is no backup, so it cannot be recovered.",
    };
    confirm(
        &format!("Delete identity {name} for good? {words}"),
        &format!("deleting {name}"),
        context,
    )
}
