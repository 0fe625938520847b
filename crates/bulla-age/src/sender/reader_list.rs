//! The list of readers in a statement.

use crate::key_error::KeyError;
use crate::recipient::recipient_id;

use crate::file_key::{FileKey, Nonce};
use crate::recipient::{Provable, Recipient, Wrapped};
use crate::sender::statement::{ListEntry, Listing};
use crate::stanza_type;

/// What a list says of a recipient. A plugin's session for several is named one by one where that
/// is what it gave.
pub(crate) fn listed(
    (file_key, nonce): (&FileKey, &Nonce),
    recipient: &dyn Recipient,
    wrapped: &Wrapped,
) -> Vec<ListEntry> {
    let names = recipient.names();
    let one = |listing| vec![ListEntry { listing, count: 1 }];
    match (
        recipient.provable(),
        names.as_slice(),
        wrapped.stanzas.as_slice(),
    ) {
        (Provable::Yes, [name], [stanza]) if stanza_type::is_provable(&stanza.tag) => {
            one(Listing::Provable(recipient_id(file_key, nonce, name)))
        }
        (Provable::NamedOnly, names, stanzas)
            if names.len() == stanzas.len()
                && !stanzas
                    .iter()
                    .any(|stanza| stanza_type::is_provable(&stanza.tag)) =>
        {
            names
                .iter()
                .map(|name| ListEntry {
                    listing: Listing::Named(recipient_id(file_key, nonce, name)),
                    count: 1,
                })
                .collect()
        }
        (_, _, stanzas) => hidden(stanzas.len()),
    }
}

/// Returns entries for this number of stanzas without a name.
fn hidden(mut stanzas: usize) -> Vec<ListEntry> {
    let mut entries = Vec::new();
    while stanzas > 0 {
        let count = u8::try_from(stanzas).unwrap_or(u8::MAX);
        entries.push(ListEntry {
            listing: Listing::Hidden,
            count,
        });
        stanzas -= usize::from(count);
    }
    entries
}

/// A recipient that stays hidden from the other readers: its stanza cannot be proved, and the list
/// does not name it.
pub struct HiddenRecipient<'a>(pub &'a dyn Recipient);

impl Recipient for HiddenRecipient<'_> {
    /// Wraps with a secret random nonce, so that the randomness derived from it looks random even
    /// to those who have the file key.
    fn wrap(&self, file_key: &FileKey, _: &Nonce) -> Result<Wrapped, KeyError> {
        let mut nonce = [0; 16];
        getrandom::fill(&mut nonce)?;
        self.0.wrap(file_key, &nonce)
    }

    fn wrap_many(&self, keys: &[(FileKey, Nonce)]) -> Result<Vec<Wrapped>, KeyError> {
        let fresh = keys.iter().map(|(file_key, _)| {
            let mut nonce = [0; 16];
            getrandom::fill(&mut nonce).map(|()| (file_key.clone(), nonce))
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
