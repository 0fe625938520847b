//! A key of an identity of the keyring, described by the identity's name.

use crate::keyring::Name;
use bulla_age::format::Stanza;
use bulla_age::key_file::KeyFileIdentity;
use bulla_age::{
    AnyRecipient, Effort, Identity, KeyError, Nonce, RecipientDigest, Target, Unwrapped,
};

/// A key, and the name of its identity.
pub(crate) struct NamedIdentity {
    name: Name,
    key: Box<dyn KeyFileIdentity>,
}

impl NamedIdentity {
    /// Names a key that is unlocked; other keys describe themselves.
    pub(crate) fn wrap(name: &Name, key: Box<dyn KeyFileIdentity>) -> Box<dyn KeyFileIdentity> {
        match key.effort() {
            Effort::None => Box::new(Self {
                name: name.clone(),
                key,
            }),
            _ => key,
        }
    }
}

impl Identity for NamedIdentity {
    fn unwrap(&self, stanzas: &[Stanza]) -> Unwrapped {
        self.key.unwrap(stanzas)
    }

    fn unwrap_and_prove(
        &self,
        stanza: &Stanza,
        nonce: &Nonce,
    ) -> (Unwrapped, Option<RecipientDigest>) {
        self.key.unwrap_and_prove(stanza, nonce)
    }

    fn work(&self, stanzas: &[Stanza]) -> usize {
        self.key.work(stanzas)
    }

    fn effort(&self) -> Effort {
        self.key.effort()
    }

    fn describe(&self) -> String {
        let recipients = self.key.recipients().unwrap_or_default();
        match recipients.first() {
            Some(AnyRecipient::Hybrid(_)) => format!("identity {} (post-quantum)", self.name),
            Some(AnyRecipient::X25519(_)) => format!("identity {} (classic)", self.name),
            _ => self.key.describe(),
        }
    }

    fn prepare(&self, headers: &[&[Stanza]]) {
        self.key.prepare(headers);
    }
}

impl KeyFileIdentity for NamedIdentity {
    fn recipients(&self) -> Result<Vec<AnyRecipient>, KeyError> {
        self.key.recipients()
    }

    fn targets(&self) -> Result<Vec<Target>, KeyError> {
        self.key.targets()
    }

    fn is_settled(&self) -> bool {
        self.key.is_settled()
    }
}
