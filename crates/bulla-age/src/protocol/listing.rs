//! How recipients stand in the list of a statement.

use age_core::secrecy::ExposeSecret;
use sha2::{Digest, Sha256};

use super::sender::{Entry, Listing};
use super::wrap::{FileKey, KeyError, Nonce, Provable, Rid, Stanza, Wrap, Wrapped};

/// The id of a recipient in a list of readers: the first 16 bytes of SHA-256("bulla/rid/v1" || 0 || r), where r
/// is the canonical recipient string.
pub fn rid(recipient: &str) -> Rid {
    let digest = Sha256::new()
        .chain_update(b"bulla/rid/v1\0")
        .chain_update(recipient)
        .finalize();
    *digest.first_chunk().expect("rid: SHA-256 has 32 bytes")
}

/// Whether a stanza is of a type that can be made again.
pub(super) fn is_provable(stanza: &Stanza) -> bool {
    matches!(stanza.tag.as_str(), "X25519" | "mlkem768x25519")
}

/// What a list says of a recipient. A plugin's session for several is named one by one where that is what it gave.
pub(super) fn listed(recipient: &dyn Wrap, wrapped: &Wrapped) -> Vec<Entry> {
    let names = recipient.names();
    let one = |listing| vec![Entry { listing, count: 1 }];
    match (
        recipient.provable(),
        names.as_slice(),
        wrapped.stanzas.as_slice(),
    ) {
        (Provable::Yes, [name], [stanza]) if is_provable(stanza) => {
            one(Listing::Provable(rid(name)))
        }
        (Provable::NamedOnly, names, stanzas)
            if names.len() == stanzas.len() && !stanzas.iter().any(is_provable) =>
        {
            names
                .iter()
                .map(|name| Entry {
                    listing: Listing::Named(rid(name)),
                    count: 1,
                })
                .collect()
        }
        (_, _, stanzas) => hidden(stanzas.len()),
    }
}

/// So many stanzas without a name.
fn hidden(mut stanzas: usize) -> Vec<Entry> {
    let mut entries = Vec::new();
    while stanzas > 0 {
        let count = u8::try_from(stanzas).unwrap_or(u8::MAX);
        entries.push(Entry {
            listing: Listing::Hidden,
            count,
        });
        stanzas -= usize::from(count);
    }
    entries
}

/// A recipient that is not told of to the others: its stanza cannot be made again, and the list does not name it.
pub struct Hidden<'a>(pub &'a dyn Wrap);

impl Wrap for Hidden<'_> {
    /// With a nonce that nobody is told, so that what is derived from it is as good as random to whoever has the file key.
    fn wrap(&self, file_key: &FileKey, _: &Nonce) -> Result<Wrapped, KeyError> {
        let mut nonce = [0; 16];
        getrandom::fill(&mut nonce)?;
        self.0.wrap(file_key, &nonce)
    }

    fn wrap_many(&self, keys: &[(FileKey, Nonce)]) -> Result<Vec<Wrapped>, KeyError> {
        let fresh = keys.iter().map(|(file_key, _)| {
            let (same, mut nonce) = (
                |key: &mut [u8; 16]| *key = *file_key.expose_secret(),
                [0; 16],
            );
            getrandom::fill(&mut nonce).map(|()| (FileKey::init_with_mut(same), nonce))
        });
        self.0.wrap_many(&fresh.collect::<Result<Vec<_>, _>>()?)
    }

    fn names(&self) -> Vec<String> {
        self.0.names()
    }

    fn provable(&self) -> Provable {
        Provable::Unnamed
    }

    fn starts_program(&self) -> bool {
        self.0.starts_program()
    }
}
