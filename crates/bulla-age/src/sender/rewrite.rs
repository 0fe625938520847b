//! Rewriting a header for other readers. Payload, nonce and file key stay (formats.md, section 3).

use std::collections::BTreeSet;

use crate::file_key::{FileKey, Nonce};
use crate::format::{Header, Stanza};
use crate::key_error::KeyError;
use crate::mac::before_payload;
use crate::recipient::{LabelledRecipients, Recipient, recipient_id};
use crate::sender::Author;
use crate::sender::chain::{Drafted, Sender, StatementChain};
use crate::sender::error::SenderError;
use crate::sender::reader_list::listed;
use crate::sender::statement::{ListEntry, Listing};
use crate::stanza_type;
use crate::stanza_type::SENDER;

/// A change to the readers of a file.
pub struct ReaderChange<'a> {
    /// The recipients to add, after the remaining ones.
    pub add: &'a [&'a dyn Recipient],
    /// The labels of the remaining recipients (C2SP age-plugin, "labels"). Added recipients must
    /// have the same.
    pub labels: &'a BTreeSet<String>,
    /// The stanzas to remove, by their index among the recipients' stanzas.
    pub drop: &'a [usize],
    /// The recipient strings of proved stanzas, by index. Used if the file has no list yet.
    pub proved: &'a [(usize, String)],
}

/// Why a header cannot be rewritten.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RewriteError {
    /// The file is encrypted with a passphrase, which must stay alone in its header.
    #[error("it is encrypted with a passphrase, so no reader can be added")]
    Passphrase,
    /// No reader would be left.
    #[error("that would leave nobody able to open it")]
    NobodyLeft,
    /// An added recipient cannot share a header with the remaining ones.
    #[error("these recipients cannot be combined with those of the file")]
    Mixed(Vec<LabelledRecipients>),
    /// A newer version made its record, so no statement can be added to it.
    #[error("it was made by a newer version of bulla")]
    Newer,
    /// A recipient could not wrap the file key.
    #[error(transparent)]
    Wrap(KeyError),
    /// The statement of the change cannot be made.
    #[error(transparent)]
    Sender(#[from] SenderError),
}

/// The header to rewrite, and the keys it was unlocked with.
pub(crate) struct Rewriting<'a> {
    pub(crate) file_key: &'a FileKey,
    pub(crate) nonce: &'a Nonce,
    pub(crate) header: &'a Header,
    pub(crate) chain: Option<&'a StatementChain>,
}

impl Rewriting<'_> {
    /// Returns the header for other readers, with the nonce after it; see
    /// [`UnlockedFile::rewrite_header`](crate::UnlockedFile::rewrite_header).
    pub(crate) fn rewrite(
        &self,
        sender: Option<&Sender>,
        change: &ReaderChange<'_>,
        author: &Author<'_>,
    ) -> Result<Vec<u8>, RewriteError> {
        if self
            .header
            .stanzas()
            .iter()
            .any(|stanza| stanza_type::is_passphrase(&stanza.tag))
        {
            return Err(RewriteError::Passphrase);
        }
        if sender.is_some_and(Sender::is_newer) {
            return Err(RewriteError::Newer);
        }
        let listings = self.listings(sender, change.proved);
        let stays = |place: &usize| !change.drop.contains(place);
        let mut entries: Vec<ListEntry> = Vec::new();
        let mut stanzas: Vec<&Stanza> = Vec::new();
        for (place, stanza) in self
            .recipients()
            .enumerate()
            .filter(|(place, _)| stays(place))
        {
            stanzas.push(stanza);
            entries.push(ListEntry {
                listing: listings[place],
                count: 1,
            });
        }
        let wrap = |recipient: &&dyn Recipient| recipient.wrap(self.file_key, self.nonce);
        let added = change
            .add
            .iter()
            .map(wrap)
            .collect::<Result<Vec<_>, _>>()
            .map_err(RewriteError::Wrap)?;
        let differs = change
            .add
            .iter()
            .zip(&added)
            .filter(|(_, wrapped)| wrapped.labels != *change.labels);
        let differ: Vec<LabelledRecipients> = differs
            .map(|(recipient, wrapped)| LabelledRecipients {
                names: recipient.names(),
                labels: wrapped.labels.clone(),
            })
            .collect();
        if !differ.is_empty() {
            return Err(RewriteError::Mixed(differ));
        }
        for (recipient, wrapped) in change.add.iter().zip(&added) {
            entries.extend(listed((self.file_key, self.nonce), *recipient, wrapped));
            stanzas.extend(&wrapped.stanzas);
        }
        if stanzas.is_empty() {
            return Err(RewriteError::NobodyLeft);
        }
        let drafted = Drafted::change(author, stanzas.iter().copied(), &entries);
        let keys = (self.file_key, self.nonce);
        let stanza = drafted.stanza(keys, self.chain)?;
        let behind = self
            .header
            .stanzas()
            .iter()
            .filter(|stanza| !stanza_type::is_recipient(&stanza.tag) && stanza.tag != SENDER);
        stanzas.push(&stanza);
        stanzas.extend(behind);
        Ok(before_payload(self.file_key, self.nonce, stanzas))
    }

    fn recipients(&self) -> impl Iterator<Item = &Stanza> {
        let stanzas = self.header.stanzas().iter();
        stanzas.filter(|stanza| stanza_type::is_recipient(&stanza.tag))
    }

    /// Returns the list entry of each stanza. A stanza without one gets an entry only if it was
    /// proved.
    fn listings(&self, sender: Option<&Sender>, proved: &[(usize, String)]) -> Vec<Listing> {
        let nobody = || vec![Listing::Hidden; self.recipients().count()];
        let mut listings = sender.and_then(Sender::listings).unwrap_or_else(nobody);
        for ((place, name), stanza) in proved
            .iter()
            .filter_map(|one| Some((one, self.recipients().nth(one.0)?)))
        {
            if stanza_type::is_provable(&stanza.tag) {
                let id = recipient_id(self.file_key, self.nonce, name);
                listings[*place] = Listing::Provable(id);
            }
        }
        listings
    }
}
