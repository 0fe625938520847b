//! The recipients of an identity that others are given.

use crate::errors::{Result, usage};
use crate::keyring::{IdentityKind, Name, StoredIdentity};
use bulla_age::key_document::KeyKind;
use bulla_age::{AnyRecipient, ParseError};

/// Returns the recipients that are exported by default.
pub(crate) fn usual(public: &StoredIdentity, name: &Name) -> Result<Vec<String>> {
    let kind = match public.kind {
        IdentityKind::Hybrid => Some(KeyKind::Hybrid),
        IdentityKind::Classic => Some(KeyKind::Classic),
        IdentityKind::Imported | IdentityKind::Signing => None,
    };
    recipients(public, kind, name)
}

/// Returns the newest recipient of a kind, or all imported ones.
pub(crate) fn recipients(
    public: &StoredIdentity,
    kind: Option<KeyKind>,
    name: &Name,
) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for recipient in &public.recipients {
        let parsed = recipient
            .parse()
            .map_err(|error: ParseError| usage(&format!("invalid recipient: {error}"), None))?;
        match (kind, parsed) {
            (None, _) => found.push(recipient.clone()),
            (Some(KeyKind::Hybrid), AnyRecipient::Hybrid(_))
            | (Some(KeyKind::Classic), AnyRecipient::X25519(_)) => {
                return Ok(vec![recipient.clone()]);
            }
            _ => {}
        }
    }
    if found.is_empty() {
        Err(usage(&format!("{name} has no public key to export"), None))
    } else {
        Ok(found)
    }
}
