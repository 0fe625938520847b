//! A header written again for other people: payload, nonce and file key stay (formats.md, section 3).

use std::collections::BTreeSet;

use age_core::secrecy::ExposeSecret;

use super::decrypt::Opened;
use super::encrypt::{SCRYPT, before_payload};
use super::error::Labelled;
use super::listing::{is_provable, listed, rid};
use super::sender::{Author, Drafted, Entry, Listing, SENDER, Sender, SenderError, is_recipient};
use super::wrap::{FileKey, KeyError, Nonce, Stanza, Wrap, Wrapped};
use crate::format::Header;

/// What becomes of a header's recipients.
pub struct Change<'a> {
    /// Who is let in, behind those that stay.
    pub add: &'a [&'a dyn Wrap],
    /// The labels of those that stay (C2SP age-plugin, "labels"): whoever is let in must have the same.
    pub labels: &'a BTreeSet<String>,
    /// The recipients' stanzas that are taken out, by their place among the recipients' stanzas.
    pub drop: &'a [usize],
    /// The recipient strings of stanzas that were proved, by place: for the list of a file that had none.
    pub proved: &'a [(usize, String)],
}

/// Why a header is not written again.
#[derive(Debug, thiserror::Error)]
pub enum ReaddressError {
    /// A passphrase stands alone in a header.
    #[error("it opens with a passphrase, and nobody can be let in beside one")]
    Passphrase,
    /// Nobody would be left.
    #[error("nobody could open it any more")]
    NobodyLeft,
    /// Somebody who is let in must not stand beside those that stay.
    #[error("these recipients cannot be mixed with those of the file")]
    Mixed(Vec<Labelled>),
    /// A newer version signed it; what would be said here would not follow from that.
    #[error("it was signed by a newer version of this program")]
    Newer,
    /// A recipient could not wrap the file key.
    #[error(transparent)]
    Wrap(KeyError),
    /// The statement of the change cannot be made.
    #[error(transparent)]
    Sender(#[from] SenderError),
}

/// Wraps the file keys of files for somebody as one operation, so that a plugin is started once for all of them.
///
/// # Errors
/// [`ReaddressError::Wrap`]; one failure fails all.
pub fn wrap_for_all(
    files: &[&Opened],
    recipient: &dyn Wrap,
) -> Result<Vec<Wrapped>, ReaddressError> {
    let key = |file: &&Opened| {
        let key = FileKey::init_with_mut(|key| *key = *file.file_key.expose_secret());
        (key, file.closed.nonce)
    };
    let keys: Vec<(FileKey, Nonce)> = files.iter().map(key).collect();
    recipient.wrap_many(&keys).map_err(ReaddressError::Wrap)
}

impl Opened {
    /// The header for other people, and the nonce behind it: the stanzas that stay, to the byte; those that are new; and a
    /// statement that says so, behind the ones that were there.
    ///
    /// # Errors
    /// [`ReaddressError`].
    pub fn readdress(
        &self,
        sender: Option<&Sender>,
        change: &Change<'_>,
        author: &Author<'_>,
    ) -> Result<Vec<u8>, ReaddressError> {
        if self
            .header()
            .stanzas()
            .iter()
            .any(|stanza| stanza.tag == SCRYPT)
        {
            return Err(ReaddressError::Passphrase);
        }
        if sender.is_some_and(Sender::is_newer) {
            return Err(ReaddressError::Newer);
        }
        let listings = self.listings(sender, change.proved);
        let stays = |place: &usize| !change.drop.contains(place);
        let mut entries: Vec<Entry> = Vec::new();
        let mut stanzas: Vec<&Stanza> = Vec::new();
        for (place, stanza) in self
            .recipients()
            .enumerate()
            .filter(|(place, _)| stays(place))
        {
            stanzas.push(stanza);
            entries.push(Entry {
                listing: listings[place],
                count: 1,
            });
        }
        let wrap = |recipient: &&dyn Wrap| recipient.wrap(&self.file_key, &self.closed.nonce);
        let added = change
            .add
            .iter()
            .map(wrap)
            .collect::<Result<Vec<_>, _>>()
            .map_err(ReaddressError::Wrap)?;
        let differs = change
            .add
            .iter()
            .zip(&added)
            .filter(|(_, wrapped)| wrapped.labels != *change.labels);
        let differ: Vec<Labelled> = differs
            .map(|(recipient, wrapped)| Labelled {
                names: recipient.names(),
                labels: wrapped.labels.clone(),
            })
            .collect();
        if !differ.is_empty() {
            return Err(ReaddressError::Mixed(differ));
        }
        for (recipient, wrapped) in change.add.iter().zip(&added) {
            entries.extend(listed(*recipient, wrapped));
            stanzas.extend(&wrapped.stanzas);
        }
        if stanzas.is_empty() {
            return Err(ReaddressError::NobodyLeft);
        }
        let drafted = Drafted::change(author, stanzas.iter().copied(), &entries);
        let keys = (&self.file_key, &self.closed.nonce);
        let stanza = drafted.stanza(keys, self.chain.as_ref())?;
        let behind = self
            .header()
            .stanzas()
            .iter()
            .filter(|stanza| !is_recipient(stanza) && stanza.tag != SENDER);
        stanzas.push(&stanza);
        stanzas.extend(behind);
        Ok(before_payload(&self.file_key, &self.closed.nonce, stanzas))
    }

    /// Header and nonce as they are.
    pub fn as_it_stands(&self) -> Vec<u8> {
        let mut bytes = Header::finish(self.header().covered().to_vec(), self.header().mac());
        bytes.extend_from_slice(&self.closed.nonce);
        bytes
    }

    /// What the list says of each stanza; of what it does not say anything of, only what was proved.
    fn listings(&self, sender: Option<&Sender>, proved: &[(usize, String)]) -> Vec<Listing> {
        let nobody = || vec![Listing::Hidden; self.recipients().count()];
        let mut listings = sender.and_then(Sender::listings).unwrap_or_else(nobody);
        for ((place, name), stanza) in proved
            .iter()
            .filter_map(|one| Some((one, self.recipients().nth(one.0)?)))
        {
            if is_provable(stanza) {
                listings[*place] = Listing::Provable(rid(name));
            }
        }
        listings
    }
}
