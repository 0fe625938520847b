//! Decrypting files.

mod series;

pub use series::LastOpened;

use crate::format::Stanza;
use crate::identity::{Mismatch, UnwrapError};
use crate::recipient::{Recipient, RecipientDigest, RecipientId, Wrapped, recipient_id};
use crate::sender;
use crate::sender::{
    AddresseeId, Author, ReaderChange, ReaderEvidence, Recomputed, RewriteError, Rewriting,
};
use crate::signing::SigningKey;
use crate::stream::PayloadError;
use std::io::{BufRead, Read, Write};

use zeroize::Zeroizing;

use crate::file_key::{FileKey, Nonce};
use crate::format::{Header, HeaderError, HeaderLimits, Source};
use crate::identity::{Effort, Identity, Unwrapped};
use crate::sender::{Sender, SenderError, StatementChain, VerifySignature};
use crate::stream::{Engine, PayloadKey};
use crate::{mac, stanza_type};

/// Why a file could not be decrypted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecryptError {
    /// The header is broken.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// A stanza is malformed, or a key failed.
    #[error(transparent)]
    Unwrap(#[from] UnwrapError),
    /// A passphrase stanza is not alone in the header.
    #[error("the header mixes a passphrase with other recipients, which only a forged file does")]
    PassphraseNotAlone,
    /// No identity matches.
    #[error("no key matched")]
    NoMatch {
        /// The types of the stanzas in the header, in order, each cut after 64 characters.
        wanted: Vec<String>,
        /// The identities that were tried, and why each does not match.
        tried: Vec<(String, Mismatch)>,
    },
    /// Trying all identities on all stanzas would take too long. See [`HeaderLimits::stanzas`].
    #[error("it has too many recipients to try all your keys")]
    TooMuchWork,
    /// The identities open two stanzas, with different file keys.
    #[error("it holds two different file keys for your keys, which only a forged file does")]
    TwoFileKeys,
    /// An identity matches, but the header was changed.
    #[error("the header was modified (its MAC is wrong)")]
    Mac,
    /// A detached header is followed by more data.
    #[error("there is extra data after the header")]
    MoreThanHeader,
    /// A detached header belongs to another file.
    #[error("this header belongs to another file")]
    OtherFile,
    /// The sender stanza is malformed.
    #[error(transparent)]
    Sender(#[from] SenderError),
    /// The payload could not be opened.
    #[error(transparent)]
    Payload(#[from] PayloadError),
}

/// The most work that all identities may take together for each stanza that a header may have, in
/// the units of [`Identity::work`]: one hybrid identity on the largest header, or three X25519
/// identities. With the default limits it takes less than a second.
pub(crate) const MOST_WORK: usize = 3;

/// The header of a file and the nonce after it, as read. Nothing is authenticated yet.
#[derive(Debug)]
pub struct LockedFile {
    pub(crate) header: Header,
    pub(crate) nonce: Nonce,
    pub(crate) limits: HeaderLimits,
}

/// A header that an identity unlocked. Its MAC is valid, and its sender stanza, if any, is
/// well-formed.
pub struct UnlockedFile {
    pub(crate) closed: LockedFile,
    pub(crate) file_key: FileKey,
    pub(crate) chain: Option<StatementChain>,
    /// The stanzas that were already made again, to open the file.
    pub(crate) recomputed: Recomputed,
    pub(crate) identity: usize,
    /// The work that may still be spent on this header.
    pub(crate) work_left: usize,
}

impl LockedFile {
    /// Reads header and nonce, from the input's current position, which must be the start of a
    /// binary age file (for armor, put a [`Source`] in between). The next byte of the input is then
    /// the first byte of the payload.
    ///
    /// # Errors
    /// [`HeaderError`].
    pub fn read(input: &mut impl BufRead) -> Result<Self, HeaderError> {
        Self::read_within(&HeaderLimits::default(), input)
    }

    /// Does the same as [`read`](Self::read), with other limits.
    ///
    /// # Errors
    /// [`HeaderError`].
    pub fn read_within(
        limits: &HeaderLimits,
        input: &mut impl BufRead,
    ) -> Result<Self, HeaderError> {
        let header = Header::read_within(limits, input)?;
        let mut nonce = [0; 16];
        match input.read_exact(&mut nonce) {
            Ok(()) => Ok(Self {
                header,
                nonce,
                limits: *limits,
            }),
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
                Err(HeaderError::Truncated)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Returns the header, as read.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Returns the offset of the first chunk in the (binary) file.
    pub fn payload_offset(&self) -> u64 {
        (self.header.len() + self.nonce.len()) as u64
    }

    /// Returns whether a passphrase stanza is not the only stanza, which the format forbids.
    fn has_passphrase_beside_others(&self) -> bool {
        let mut stanzas = self.header.stanzas().iter();
        stanzas.len() > 1 && stanzas.any(|stanza| stanza_type::is_passphrase(&stanza.tag))
    }

    /// Combines a detached header with the payload after this header. After unlocking, check that
    /// they belong together with [`UnlockedFile::opens_payload_of`].
    pub fn with_header(&self, header: Header) -> Self {
        Self {
            header,
            nonce: self.nonce,
            limits: self.limits,
        }
    }

    /// Tries the identities: those that are arithmetic only first, then those that ask the user or
    /// start a program, in the order in which they are given.
    ///
    /// # Errors
    /// [`DecryptError`], except its payload variant.
    pub fn open(self, identities: &[&dyn Identity]) -> Result<UnlockedFile, DecryptError> {
        let stanzas = self.header.stanzas();
        if self.has_passphrase_beside_others() {
            return Err(DecryptError::PassphraseNotAlone);
        }
        let mut order: Vec<usize> = (0..identities.len()).collect();
        order.sort_by_key(|&index| identities[index].effort() != Effort::None);
        let mut work_left = MOST_WORK * self.limits.stanzas;
        let mut tried = Vec::new();
        for identity in order {
            work_left = work_left
                .checked_sub(identities[identity].work(stanzas))
                .ok_or(DecryptError::TooMuchWork)?;
            match identities[identity].unwrap(stanzas) {
                Unwrapped::FileKey(file_key)
                    if mac::verify(&file_key, self.header.covered(), self.header.mac()) =>
                {
                    let one = |index: usize| {
                        let effort = identities[index].effort();
                        effort == Effort::None
                            || (index == identity && effort != Effort::StartsProgram)
                    };
                    let cheap = (0..identities.len()).filter(|index| one(*index));
                    let cheap: Vec<_> = cheap.map(|index| identities[index]).collect();
                    check_all_agree(&file_key, stanzas, &cheap, &mut work_left)?;
                    let chain =
                        StatementChain::open(&file_key, &self.nonce, self.header.stanzas())?;
                    return Ok(UnlockedFile {
                        closed: self,
                        file_key,
                        chain,
                        recomputed: Recomputed::default(),
                        identity,
                        work_left,
                    });
                }
                Unwrapped::FileKey(_) => return Err(DecryptError::Mac),
                Unwrapped::NoMatch(reason) => tried.push((identities[identity].describe(), reason)),
                Unwrapped::Failed(error) => return Err(error.into()),
            }
        }
        Err(DecryptError::NoMatch {
            wanted: stanzas
                .iter()
                .filter(|stanza| stanza_type::is_recipient(&stanza.tag))
                .map(|stanza| stanza.shown_type().as_raw().to_owned())
                .collect(),
            tried,
        })
    }
}

/// Checks that these identities find no other file key in any stanza, as long as there is work
/// left. With two of them, it would depend on the order of keys and stanzas what a file is.
fn check_all_agree(
    file_key: &FileKey,
    stanzas: &[Stanza],
    identities: &[&dyn Identity],
    work_left: &mut usize,
) -> Result<(), DecryptError> {
    if stanzas.len() == 1 {
        return Ok(());
    }
    for identity in identities {
        let Some(less) = work_left.checked_sub(identity.work(stanzas)) else {
            return Ok(());
        };
        *work_left = less;
        for stanza in stanzas.chunks(1) {
            if let Unwrapped::FileKey(other) = identity.unwrap(stanza)
                && other.as_bytes() != file_key.as_bytes()
            {
                return Err(DecryptError::TwoFileKeys);
            }
        }
    }
    Ok(())
}

impl UnlockedFile {
    /// Returns the key to open the payload with.
    pub fn payload_key(&self) -> PayloadKey {
        PayloadKey::new(&self.file_key, &self.closed.nonce)
    }

    /// Returns the offset of the first chunk in the (binary) file.
    pub fn payload_offset(&self) -> u64 {
        self.closed.payload_offset()
    }

    /// Returns the index of the identity that matched.
    pub fn identity(&self) -> usize {
        self.identity
    }

    /// Returns the statements about who encrypted the file and who changed its recipients; `None`
    /// if there are none. Checks every signature. Compare the contents with
    /// [`Sender::check_content`] after reading them.
    ///
    /// # Errors
    /// [`SenderError::Signature`].
    pub fn sender(&self, verify: VerifySignature) -> Result<Option<Sender>, SenderError> {
        let keys = (&self.file_key, &self.closed.nonce);
        self.chain
            .as_ref()
            .map(|chain| chain.verify(keys, verify))
            .transpose()
    }

    /// Returns true if another header belongs to the same payload: its MAC is valid under this file
    /// key, and its nonce is the same.
    pub fn opens_payload_of(&self, other: &LockedFile) -> bool {
        other.nonce == self.closed.nonce
            && mac::verify(&self.file_key, other.header.covered(), other.header.mac())
    }

    /// Returns the id of a recipient in the reader list of this file.
    pub fn recipient_id(&self, recipient: &str) -> RecipientId {
        recipient_id(&self.file_key, &self.closed.nonce, recipient)
    }

    /// Returns the id of a recipient whose digest is known.
    pub fn recipient_id_of(&self, digest: &RecipientDigest) -> RecipientId {
        let keys = (&self.file_key, &self.closed.nonce);
        self.recomputed.id_of(digest, keys)
    }

    /// Returns the id of a signing key in the addressees of this file.
    pub fn addressee_id(&self, key: &SigningKey) -> AddresseeId {
        sender::addressee(&self.file_key, &self.closed.nonce, key)
    }

    /// Returns the header, which is authenticated.
    pub fn header(&self) -> &Header {
        &self.closed.header
    }
}

impl UnlockedFile {
    /// Returns the stanzas of recipients, in order: all except the sender stanza and the pad.
    pub fn recipients(&self) -> impl Iterator<Item = &Stanza> {
        let stanzas = self.header().stanzas().iter();
        stanzas.filter(|stanza| stanza_type::is_recipient(&stanza.tag))
    }

    /// Returns what is known about the reader behind each recipient's stanza, in order of the
    /// stanzas: to see whether a recipient is proved, look for its index in
    /// [`ReaderEvidence::Proved`].
    ///
    /// A recipient that is not proved may still be able to open the file: its kind may not be
    /// provable ([`Recipient::provable`]), it may be hidden, or another program may have written
    /// the file. `sender` adds what the list says ([`ReaderEvidence::Listed`] and the variants
    /// after it).
    ///
    /// `known` are the recipients of people the user knows, never one learnt from the file; those
    /// that the list names are tried first. `own` are identities that are cheap to try; they are no
    /// longer tried when [`open`](LockedFile::open) and they have cost too much together.
    pub fn prove_readers(
        &self,
        sender: Option<&Sender>,
        known: &[&dyn Recipient],
        own: &[&dyn Identity],
    ) -> Vec<ReaderEvidence> {
        let stanzas: Vec<&Stanza> = self.recipients().collect();
        let keys = (&self.file_key, &self.closed.nonce);
        let before = &self.recomputed;
        sender::prove(
            (keys, before),
            &stanzas,
            sender,
            known,
            (own, self.work_left),
        )
    }

    /// Returns the header for other readers, with the nonce after it: the stanzas that stay, byte
    /// for byte; new stanzas for the added readers; and a statement about the change after the
    /// earlier ones.
    ///
    /// # Errors
    /// [`RewriteError`].
    pub fn rewrite_header(
        &self,
        sender: Option<&Sender>,
        change: &ReaderChange<'_>,
        author: &Author<'_>,
    ) -> Result<Vec<u8>, RewriteError> {
        let rewriting = Rewriting {
            file_key: &self.file_key,
            nonce: &self.closed.nonce,
            header: self.header(),
            chain: self.chain.as_ref(),
        };
        rewriting.rewrite(sender, change, author)
    }

    /// Returns the header and the nonce as they were read.
    pub fn header_bytes(&self) -> Vec<u8> {
        let mut bytes = Header::finish(self.header().covered().to_vec(), self.header().mac());
        bytes.extend_from_slice(&self.closed.nonce);
        bytes
    }
}

/// Wraps the file keys of several files for one recipient in one operation, so that a plugin starts
/// only once.
///
/// # Errors
/// [`RewriteError::Wrap`]. One failure fails all.
pub fn wrap_for_files(
    files: &[&UnlockedFile],
    recipient: &dyn Recipient,
) -> Result<Vec<Wrapped>, RewriteError> {
    let key = |file: &&UnlockedFile| (file.file_key.clone(), file.closed.nonce);
    let keys: Vec<(FileKey, Nonce)> = files.iter().map(key).collect();
    recipient.wrap_many(&keys).map_err(RewriteError::Wrap)
}

/// Decrypts a stream, armored or not. Writes only what is authenticated, in order. Returns the
/// number of bytes written.
///
/// # Errors
/// [`DecryptError`]; for a payload that fails later on, after the chunks before it were written.
pub fn decrypt(
    identities: &[&dyn Identity],
    input: impl Read + Send,
    output: impl Write + Send,
    engine: &Engine,
) -> Result<u64, DecryptError> {
    let mut source = Source::new(input)?;
    let opened = LockedFile::read(&mut source)?.open(identities)?;
    Ok(engine.open(&opened.payload_key(), source, output)?)
}

/// Decrypts a file that is in memory; all or nothing.
///
/// # Errors
/// [`DecryptError`].
pub fn decrypt_all(
    bytes: &[u8],
    identities: &[&dyn Identity],
) -> Result<Zeroizing<Vec<u8>>, DecryptError> {
    let mut plaintext = Zeroizing::new(Vec::with_capacity(bytes.len()));
    decrypt(identities, bytes, &mut *plaintext, &Engine::new(1))?;
    Ok(plaintext)
}
