//! Whose a key is, for those who found it somewhere.

use super::entry::{Contact, Identity};
use super::resolve::Who;
use super::store::Keyring;
use crate::keys::{Recipient, signing};
use crate::untrusted::Untrusted;

/// How a key of somebody stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Current,
    Former { replaced: Untrusted },
    Changed,
    Conflict,
    Revoked,
}

/// A recipient, and whose it is.
pub(crate) struct Known {
    pub(crate) who: Who,
    pub(crate) recipient: Recipient,
    pub(crate) standing: Standing,
}

/// Somebody who signs.
pub(crate) struct Signer {
    pub(crate) who: Who,
    pub(crate) calls_themselves: Option<Untrusted>,
    pub(crate) verified: Option<Untrusted>,
    pub(crate) standing: Standing,
}

impl Keyring {
    /// All keys of one's own and of contacts; one's own first.
    pub(crate) fn known(&self) -> Vec<Known> {
        let mut known = Vec::new();
        for (name, identity) in self.all::<Identity>().unwrap_or_default() {
            let recipients = identity.and_then(|identity| identity.parsed(&name)).unwrap_or_default();
            let who = Who::Identity(name);
            known.extend(recipients.into_iter().map(|recipient| Known {
                who: who.clone(),
                recipient,
                standing: Standing::Current,
            }));
        }
        for (name, contact) in self.all::<Contact>().unwrap_or_default() {
            let Ok(contact) = contact else { continue };
            let recipients = contact.pinned(&name).unwrap_or_default();
            let who = Who::Contact { name, verified: contact.verified.is_some() };
            known.extend(recipients.into_iter().map(|recipient| Known {
                who: who.clone(),
                recipient,
                standing: Standing::Current,
            }));
        }
        known
    }

    /// Whose signing key this is.
    pub(crate) fn signer(&self, key: &[u8; 32]) -> Option<Signer> {
        let text = signing::text(key);
        let (name, _) = self.all::<Identity>().ok()?.into_iter().find(|(_, identity)| {
            identity.as_ref().is_ok_and(|identity| identity.signing_key.as_deref() == Some(&text))
        })?;
        let who = Who::Identity(name);
        Some(Signer { who, calls_themselves: None, verified: None, standing: Standing::Current })
    }
}
