//! What we say about an identity of the keyring.

use serde::Serialize;

use crate::keyring::{IdentityKind, Name, StoredIdentity};
use bulla_age::untrusted::Untrusted;

/// The public part of an identity as JSON.
#[derive(Serialize)]
pub(crate) struct IdentityJson<'a> {
    name: &'a str,
    default: bool,
    kind: IdentityKind,
    recipients: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    signing_key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) safety_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) check_value: Option<String>,
    created: &'a str,
    encrypted: bool,
    backed_up: Option<&'a str>,
}

impl<'a> IdentityJson<'a> {
    pub(crate) fn new(name: &'a Name, of: &'a StoredIdentity, default: Option<&Name>) -> Self {
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

/// Names the kind of an identity.
pub(crate) fn describe_kind(kind: IdentityKind) -> &'static str {
    match kind {
        IdentityKind::Hybrid => "post-quantum",
        IdentityKind::Classic => "classic",
        IdentityKind::Imported => "imported",
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
