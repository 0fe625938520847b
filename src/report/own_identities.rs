//! What we say about an identity of the keyring.

use serde::Serialize;

use crate::context::Context;
use crate::errors::Result;
use crate::identities::exported_recipients;
use crate::keyring::{IdentityKind, Name, StoredIdentity};
use bulla_age::fingerprint::{check_value, safety_number};
use bulla_age::untrusted::Untrusted;

/// The public part of an identity as JSON.
#[derive(Serialize)]
pub(crate) struct IdentityJson<'a> {
    identity: &'a str,
    default: bool,
    kind: IdentityKind,
    recipients: &'a [String],
    signing_key: Option<&'a str>,
    safety_number: Option<String>,
    check_value: Option<String>,
    created: &'a str,
    encrypted: bool,
    backed_up: Option<&'a str>,
}

impl<'a> IdentityJson<'a> {
    pub(crate) fn new(name: &'a Name, of: &'a StoredIdentity, default: Option<&Name>) -> Self {
        Self {
            identity: name.as_str(),
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

    /// Adds what others compare.
    pub(crate) fn with_numbers(mut self, of: &StoredIdentity, name: &Name) -> Self {
        self.safety_number = of.signing_key().map(|key| safety_number(&key));
        // An identity without exportable recipients has no check value.
        let recipients = exported_recipients::usual(of, name).ok();
        self.check_value = recipients.map(|recipients| check_value(&recipients));
        self
    }
}

/// Prints an identity as it is now in the keyring, with what others compare, if results are JSON.
/// Only for an identity that was just made or unlocked, so that it is known to be the user's.
pub(crate) fn print_json(name: &Name, context: &Context) -> Result<()> {
    if !context.ui.is_json() {
        return Ok(());
    }
    let identity = context.keyring()?.get::<StoredIdentity>(name)?;
    let default = context.default_if_any()?;
    let shown = IdentityJson::new(name, &identity, default.as_ref()).with_numbers(&identity, name);
    Ok(context.ui.json(&shown)?)
}

/// Prints the identity that a command was about, if results are JSON and nothing else is known of it.
pub(crate) fn print_name(name: &Name, context: &Context) -> Result<()> {
    #[derive(Serialize)]
    struct Only<'a> {
        identity: &'a str,
    }
    let identity = name.as_str();
    if context.ui.is_json() {
        context.ui.json(&Only { identity })?;
    }
    Ok(())
}

/// Names the kind of an identity.
pub(crate) fn describe_kind(kind: IdentityKind) -> &'static str {
    match kind {
        IdentityKind::Hybrid => "post-quantum",
        IdentityKind::Classic => "classic",
        IdentityKind::Imported => "imported",
        IdentityKind::Signing => "signs only",
    }
}

/// Describes whether its words were backed up.
pub(crate) fn describe_backup(identity: &StoredIdentity) -> String {
    match (identity.backed_up(), identity.kind) {
        (Some(day), _) => format!("backed up on {}", Untrusted::new(day)),
        (None, IdentityKind::Imported) => "no backup words".to_owned(),
        (None, _) => "not backed up".to_owned(),
    }
}
