//! Opening the headers of many files that are alike, with less work for each.
//!
//! [`LockedFile::open`] tries keys on stanzas, and then tries all of them on all stanzas, to see
//! that no stanza holds another file key; [`UnlockedFile::prove_readers`] wraps the file key again
//! for the people that the list names. In a series of files the stanza is usually where it was in
//! the file before, and a stanza that was made again needs no more trying: it holds this file key.
//! The stanza that opened the file is not even made again, because the identity that opened it can
//! prove it with less ([`Identity::unwrap_and_prove`]).

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::decrypt::{DecryptError, LockedFile, MOST_WORK, UnlockedFile};
use crate::file_key::FileKey;
use crate::identity::{Effort, Identity, Unwrapped};
use crate::mac;
use crate::recipient::{Recipient, RecipientDigest};
use crate::sender::{Recomputed, Sender, StatementChain, VerifySignature, recompute};

/// Which identity opened the last file of a series, and at which stanza. It decides only what is
/// tried first.
#[derive(Debug)]
pub struct LastOpened {
    identity: AtomicUsize,
    place: AtomicUsize,
}

/// The identity of [`LastOpened`] if the last file was not opened.
const NOBODY: usize = usize::MAX;

impl Default for LastOpened {
    fn default() -> Self {
        Self {
            identity: AtomicUsize::new(NOBODY),
            place: AtomicUsize::new(0),
        }
    }
}

impl LastOpened {
    fn note(&self, identity: usize, place: usize) {
        self.place.store(place, Ordering::Relaxed);
        self.identity.store(identity, Ordering::Relaxed);
    }
}

/// What was found with less work.
struct Found {
    file_key: FileKey,
    chain: Option<StatementChain>,
    sender: Option<Sender>,
    recomputed: Recomputed,
    identity: usize,
    work_left: usize,
}

impl LockedFile {
    /// Does the same as [`open`](Self::open) and [`UnlockedFile::sender`], with less work if this
    /// file is like the one before. `known` are the recipients that will be given to
    /// [`UnlockedFile::prove_readers`], which then makes no stanza a second time.
    ///
    /// If several identities open the file, [`UnlockedFile::identity`] may be another one of them.
    ///
    /// # Errors
    /// Those of [`open`](Self::open) and [`UnlockedFile::sender`].
    pub fn open_in_series(
        self,
        identities: &[&dyn Identity],
        known: &[&dyn Recipient],
        verify: VerifySignature,
        last: &LastOpened,
    ) -> Result<(UnlockedFile, Option<Sender>), DecryptError> {
        if let Some(found) = self.find(identities, known, verify, last) {
            let opened = UnlockedFile {
                closed: self,
                file_key: found.file_key,
                chain: found.chain,
                recomputed: found.recomputed,
                identity: found.identity,
                work_left: found.work_left,
            };
            return Ok((opened, found.sender));
        }
        last.note(NOBODY, 0);
        let opened = self.open(identities)?;
        let sender = opened.sender(verify)?;
        if identities[opened.identity].effort() == Effort::None {
            last.note(opened.identity, 0);
        }
        Ok((opened, sender))
    }

    /// Opens the file with the identity that opened the last one. Returns `None` if anything is not
    /// as it usually is: then it has to be looked at in full.
    fn find(
        &self,
        identities: &[&dyn Identity],
        known: &[&dyn Recipient],
        verify: VerifySignature,
        last: &LastOpened,
    ) -> Option<Found> {
        let index = last.identity.load(Ordering::Relaxed);
        let identity = identities
            .get(index)
            .filter(|identity| identity.effort() == Effort::None)?;
        let stanzas = self.header.stanzas();
        if self.has_passphrase_beside_others() {
            return None;
        }
        let cheap = || {
            let all = identities.iter();
            all.filter(|identity| identity.effort() == Effort::None)
        };
        // What it costs at most. A header for which that is too much may only be tried in order.
        let works = cheap().map(|identity| identity.work(stanzas));
        let most = works.fold(identity.work(stanzas), usize::saturating_add);
        let work_left = (MOST_WORK * self.limits.stanzas).checked_sub(most)?;

        let place = last.place.load(Ordering::Relaxed).min(stanzas.len());
        let order = (place..stanzas.len()).chain(0..place);
        let mut tried_in_vain = vec![false; stanzas.len()];
        let (place, file_key, own) = first_match(order, self, *identity, &mut tried_in_vain)?;
        if !mac::verify(&file_key, self.header.covered(), self.header.mac()) {
            return None;
        }
        let keys = (&file_key, &self.nonce);
        let chain = StatementChain::open(&file_key, &self.nonce, stanzas).ok()?;
        let sender = chain.as_ref().map(|chain| chain.verify(keys, verify));
        let sender = sender.transpose().ok()?;
        let own = own.map(|digest| (digest, &stanzas[place]));
        let recomputed = recompute(keys, sender.as_ref(), known, own);
        for (other, stanza) in stanzas.iter().enumerate() {
            if recomputed.has(stanza) {
                continue;
            }
            for one in cheap() {
                let is_same = std::ptr::addr_eq(*one, *identity);
                if is_same && (other == place || tried_in_vain[other]) {
                    continue;
                }
                match one.unwrap(std::slice::from_ref(stanza)) {
                    Unwrapped::NoMatch(_) => {}
                    Unwrapped::FileKey(key) if key.as_bytes() == file_key.as_bytes() => {}
                    Unwrapped::FileKey(_) | Unwrapped::Failed(_) => return None,
                }
            }
        }
        last.note(index, place);
        Some(Found {
            file_key,
            chain,
            sender,
            recomputed,
            identity: index,
            work_left,
        })
    }
}

/// Returns the first stanza in this order that the identity unwraps, and the digest of its own
/// recipient if it proved that stanza; `None` if there is no such stanza, or one is malformed.
fn first_match(
    order: impl Iterator<Item = usize>,
    file: &LockedFile,
    identity: &dyn Identity,
    tried_in_vain: &mut [bool],
) -> Option<(usize, FileKey, Option<RecipientDigest>)> {
    let stanzas = file.header.stanzas();
    for place in order {
        match identity.unwrap_and_prove(&stanzas[place], &file.nonce) {
            (Unwrapped::FileKey(key), proved) => return Some((place, key, proved)),
            (Unwrapped::NoMatch(_), _) => tried_in_vain[place] = true,
            (Unwrapped::Failed(_), _) => return None,
        }
    }
    None
}
