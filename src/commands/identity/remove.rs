//! `bulla identity remove`.

use clap::Args;

use crate::command::{Command, Sandbox};
use crate::config;
use crate::context::Context;
use crate::errors::{CommandError, Failure, Result};
use crate::identities::edit;
use crate::keyring::{EntryKind, IdentityKind, Name, StoredIdentity};
use crate::report::contacts::print_removed_from;
use crate::select::confirmation::confirm;

/// Remove an identity, from groups and from the config too
///
/// What was encrypted for it alone can be opened by nobody any more, unless its words were written down.
#[derive(Args, Clone, Debug)]
pub(crate) struct RemoveArgs {
    /// Which one
    name: String,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
    /// Also the only one
    #[arg(short, long)]
    force: bool,
}

impl Command for RemoveArgs {
    fn sandbox(&self) -> Sandbox {
        Sandbox::Keyring
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
    if !args.yes && !confirmed(&name, &identity, context)? {
        return Err(Failure::Refused(format!("identity {name} was not removed"), None).into());
    }
    let path = keyring.path().join(config::FILE);
    let groups = keyring.change(|change| {
        change.keyring().get::<StoredIdentity>(&name)?;
        refuse_the_last(
            args,
            change.keyring().names(EntryKind::Identity)?.len(),
            &name,
        )?;
        let groups = change.drop_from_groups(&name)?;
        if let Some(text) = config::with_name_replaced(&change.config()?, &path, &name, None)? {
            change.put_config(text);
        }
        change.remove(EntryKind::Identity, &name);
        Ok::<_, CommandError>(groups)
    })?;
    edit::close(&name, context);
    context
        .ui
        .status(&format_args!("identity {name} is removed"));
    print_removed_from(&groups, context)
}

fn refuse_the_last(args: &RemoveArgs, count: usize, name: &Name) -> Result<()> {
    if count > 1 || args.force {
        return Ok(());
    }
    let hint = "if that is what you want: --force";
    Err(Failure::Refused(
        format!("{name} is your only identity"),
        Some(hint.to_owned()),
    )
    .into())
}

fn confirmed(name: &Name, identity: &StoredIdentity, context: &Context) -> Result<bool> {
    let words = match (identity.backed_up(), identity.kind) {
        (Some(_), _) => "only its words give it back",
        (None, IdentityKind::Imported) => "nothing gives it back but the file that it came from",
        (None, _) => "its words were never written down, so nothing gives it back",
    };
    confirm(
        &format!("remove identity {name}? {words}"),
        &format!("removing {name}"),
        context,
    )
}
