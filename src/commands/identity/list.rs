//! `bulla identity list`: the identities of the keyring.

use clap::Args;

use crate::command::Command;
use crate::context::Context;
use crate::errors::Result;
use crate::keyring::{EntryKind, Name, StoredIdentity};
use crate::report::contacts::report_damaged;
use crate::report::own_identities::{IdentityJson, describe_backup, describe_kind};
use crate::ui::{Align, aligned};
use bulla_age::untrusted::Untrusted;

/// List your identities
///
/// The default identity is marked with a star.
#[derive(Args, Clone, Debug)]
pub(crate) struct ListArgs {}

impl Command for ListArgs {
    fn run(&self, context: &Context) -> Result<()> {
        run(context)
    }
}

fn run(context: &Context) -> Result<()> {
    let keyring = context.keyring()?;
    let names = keyring.names(EntryKind::Identity)?;
    if names.is_empty() {
        context.ui.status(&"You have no identity yet");
        context.ui.tip(&"Create one: bulla identity new");
    }
    let default = context.default_if_any()?;
    let mut rows = Vec::new();
    let mut damaged = Vec::new();
    for name in &names {
        let identity = match keyring.get::<StoredIdentity>(name) {
            Ok(identity) => identity,
            Err(error) => {
                damaged.push(error);
                continue;
            }
        };
        if context.ui.is_json() {
            let shown = IdentityJson::new(name, &identity, default.as_ref());
            context.ui.json(&shown)?;
        } else {
            rows.push(row(name, &identity, default.as_ref()));
        }
    }
    for line in aligned([Align::Left; 5], &rows) {
        context.ui.result(&line)?;
    }
    report_damaged(damaged, context)
}

fn row(name: &Name, identity: &StoredIdentity, default: Option<&Name>) -> [String; 5] {
    let star = if default == Some(name) { "* " } else { "  " };
    [
        format!("{star}{name}"),
        describe_kind(identity.kind).to_owned(),
        format!("since {}", Untrusted::new(identity.created.as_str())),
        if identity.encrypted {
            "encrypted"
        } else {
            "not encrypted"
        }
        .to_owned(),
        describe_backup(identity),
    ]
}
