//! `bulla identity list`: the identities of the keyring.

use anyhow::Result;
use clap::Args;
use serde::Serialize;

use crate::context::Context;
use crate::keyring::{EntryKind, IdentityKind, Name, StoredIdentity};
use crate::report::contacts::after;
use crate::ui::{Align, Stream, aligned};
use bulla_age::stream::PayloadError;
use bulla_age::untrusted::Untrusted;

/// List your identities
///
/// The default one has a star.
#[derive(Args, Clone, Debug)]
pub(crate) struct ListArgs {
    /// One JSON object a line
    #[arg(long)]
    json: bool,
}

/// What is public of an identity, for scripts.
#[derive(Serialize)]
pub(super) struct Shown<'a> {
    name: &'a str,
    default: bool,
    kind: IdentityKind,
    recipients: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    signing_key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) safety_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) check_value: Option<String>,
    created: &'a str,
    encrypted: bool,
    backed_up: Option<&'a str>,
}

impl<'a> Shown<'a> {
    pub(super) fn new(name: &'a Name, of: &'a StoredIdentity, default: Option<&Name>) -> Self {
        Self {
            name: name.as_str(),
            default: default == Some(name),
            kind: of.kind,
            recipients: &of.recipients,
            signing_key: of.signing_key.as_deref(),
            safety_number: None,
            check_value: None,
            created: &of.created,
            encrypted: of.encrypted,
            backed_up: of.backed_up(),
        }
    }
}

pub(super) fn run(args: &ListArgs, context: &Context) -> Result<()> {
    let keyring = context.keyring()?;
    let names = keyring.names(EntryKind::Identity)?;
    if names.is_empty() {
        context.ui.status(&"there is no identity yet");
        context.ui.hint(&"make one with: bulla identity new");
    }
    // That several are there and none is the default one is no reason not to show them.
    let default = context.default_identity().ok().flatten();
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
        if args.json {
            let shown = Shown::new(name, &identity, default.as_ref());
            context
                .ui
                .json(&shown, Stream::Stdout)
                .map_err(PayloadError::Write)?;
        } else {
            rows.push(row(name, &identity, default.as_ref()));
        }
    }
    for line in aligned([Align::Left; 5], &rows) {
        context.ui.result(&line).map_err(PayloadError::Write)?;
    }
    after(damaged, context)
}

fn row(name: &Name, identity: &StoredIdentity, default: Option<&Name>) -> [String; 5] {
    let star = if default == Some(name) { "* " } else { "  " };
    [
        format!("{star}{name}"),
        kind(identity.kind).to_owned(),
        format!("since {}", Untrusted::new(identity.created.as_str())),
        if identity.encrypted {
            "encrypted"
        } else {
            "not encrypted"
        }
        .to_owned(),
        backed_up(identity),
    ]
}

/// What a person is told of an identity's kind.
pub(super) fn kind(kind: IdentityKind) -> &'static str {
    match kind {
        IdentityKind::Hybrid => "post-quantum",
        IdentityKind::Classic => "classic",
        IdentityKind::Imported => "imported",
    }
}

/// Whether its words were written down.
pub(super) fn backed_up(identity: &StoredIdentity) -> String {
    match (identity.backed_up(), identity.kind) {
        (Some(day), _) => format!("backed up on {}", Untrusted::new(day)),
        (None, IdentityKind::Imported) => "no words".to_owned(),
        (None, _) => "not backed up".to_owned(),
    }
}
