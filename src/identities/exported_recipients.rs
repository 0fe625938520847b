//! The recipients of an identity that others are given.

use anyhow::Result;

use crate::errors::usage;
use crate::keyring::{IdentityKind, Name, StoredIdentity};
use bulla_age::keys::own::Kind;
use bulla_age::keys::{ParseError, Recipient};

/// What is exported where nothing else is said.
pub(crate) fn usual(public: &StoredIdentity, name: &Name) -> Result<Vec<String>> {
    let kind = match public.kind {
        IdentityKind::Hybrid => Some(Kind::Hybrid),
        IdentityKind::Classic => Some(Kind::Classic),
        IdentityKind::Imported => None,
    };
    recipients(public, kind, name)
}

/// The newest recipient of a kind, or all that were imported.
pub(crate) fn recipients(
    public: &StoredIdentity,
    kind: Option<Kind>,
    name: &Name,
) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for recipient in &public.recipients {
        let parsed = recipient.parse().map_err(|error: ParseError| {
            usage(
                &format!("one of the recipients of identity {name} is none: {error}"),
                None,
            )
        })?;
        match (kind, parsed) {
            (None, _) => found.push(recipient.clone()),
            (Some(Kind::Hybrid), Recipient::Hybrid(_))
            | (Some(Kind::Classic), Recipient::X25519(_)) => {
                return Ok(vec![recipient.clone()]);
            }
            _ => {}
        }
    }
    match found.is_empty() {
        true => Err(usage(&format!("identity {name} tells no recipient"), None)),
        false => Ok(found),
    }
}
