//! Decrypting files.

use crate::format::Stanza;
use crate::identity::{Mismatch, UnwrapError};
use crate::recipient::{Recipient, Wrapped};
use crate::sender;
use crate::sender::{Author, ReaderChange, ReaderEvidence, RewriteError, Rewriting};
use crate::stream::PayloadError;
use std::io::{BufRead, Read, Write};

use zeroize::Zeroizing;

use crate::file_key::{FileKey, Nonce};
use crate::format::{Header, HeaderError, Source};
use crate::identity::{Identity, Unwrapped};
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
        /// The types of the stanzas in the header, in order.
        wanted: Vec<String>,
        /// The identities that were tried, and why each does not match.
        tried: Vec<(String, Mismatch)>,
    },
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

/// The header of a file and the nonce after it, as read. Nothing is authenticated yet.
#[derive(Debug)]
pub struct LockedFile {
    pub(crate) header: Header,
    pub(crate) nonce: Nonce,
}

/// A header that an identity unlocked. Its MAC is valid, and its sender stanza, if any, is
/// well-formed.
pub struct UnlockedFile {
    pub(crate) closed: LockedFile,
    pub(crate) file_key: FileKey,
    pub(crate) chain: Option<StatementChain>,
    identity: usize,
}

impl LockedFile {
    /// Reads header and nonce. The next byte of the input is then the first byte of the payload.
    ///
    /// # Errors
    /// [`HeaderError`].
    pub fn read(input: &mut impl BufRead) -> Result<Self, HeaderError> {
        let header = Header::read(input)?;
        let mut nonce = [0; 16];
        match input.read_exact(&mut nonce) {
            Ok(()) => Ok(Self { header, nonce }),
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

    /// Combines a detached header with the payload after this header. After unlocking, check that
    /// they belong together with [`UnlockedFile::opens_payload_of`].
    pub fn with_header(&self, header: Header) -> Self {
        Self {
            header,
            nonce: self.nonce,
        }
    }

    /// Tries the identities, the cheapest first: arithmetic only, then those that may ask the user,
    /// then those that start a program.
    ///
    /// # Errors
    /// [`DecryptError`], except its payload variant.
    pub fn open(self, identities: &[&dyn Identity]) -> Result<UnlockedFile, DecryptError> {
        let stanzas = self.header.stanzas();
        if stanzas.len() > 1
            && stanzas
                .iter()
                .any(|stanza| stanza_type::is_passphrase(&stanza.tag))
        {
            return Err(DecryptError::PassphraseNotAlone);
        }
        let mut order: Vec<usize> = (0..identities.len()).collect();
        order.sort_by_key(|&index| identities[index].effort());
        let mut tried = Vec::new();
        for identity in order {
            match identities[identity].unwrap(stanzas) {
                Unwrapped::FileKey(file_key)
                    if mac::verify(&file_key, self.header.covered(), self.header.mac()) =>
                {
                    let chain =
                        StatementChain::open(&file_key, &self.nonce, self.header.stanzas())?;
                    return Ok(UnlockedFile {
                        closed: self,
                        file_key,
                        chain,
                        identity,
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
                .map(|stanza| stanza.tag.clone())
                .collect(),
            tried,
        })
    }
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

    /// Returns what is known about the reader behind each recipient's stanza, in order.
    ///
    /// `known` are the recipients of people the user knows, never one learnt from the file; those
    /// that the list names are tried first. `own` are identities that are cheap to try.
    pub fn prove_readers(
        &self,
        sender: Option<&Sender>,
        known: &[&dyn Recipient],
        own: &[&dyn Identity],
    ) -> Vec<ReaderEvidence> {
        let stanzas: Vec<&Stanza> = self.recipients().collect();
        let keys = (&self.file_key, &self.closed.nonce);
        sender::prove(keys, &stanzas, sender, known, own)
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
