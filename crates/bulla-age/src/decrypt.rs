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
    /// A stanza breaks the rules of its type, or a key ran into an error.
    #[error(transparent)]
    Unwrap(#[from] UnwrapError),
    /// A passphrase stanza is not alone in the header.
    #[error("the header mixes a passphrase with other recipients, which only a forged file does")]
    PassphraseNotAlone,
    /// No identity fits.
    #[error("no key matched")]
    NoMatch {
        /// What the header asks for: the types of its stanzas, in order.
        wanted: Vec<String>,
        /// What was tried, and why it does not fit.
        tried: Vec<(String, Mismatch)>,
    },
    /// An identity fits, but the header was changed.
    #[error("the header was modified (its MAC is wrong)")]
    Mac,
    /// A header that was sent apart has something behind it.
    #[error("there is extra data after the header")]
    MoreThanHeader,
    /// A header that was sent apart is another file's.
    #[error("this header belongs to another file")]
    OtherFile,
    /// The sender stanza is malformed.
    #[error(transparent)]
    Sender(#[from] SenderError),
    /// The payload could not be opened.
    #[error(transparent)]
    Payload(#[from] PayloadError),
}

/// The header of a file and the nonce after it, as they were read. Nothing is authenticated yet.
#[derive(Debug)]
pub struct LockedFile {
    pub(crate) header: Header,
    pub(crate) nonce: Nonce,
}

/// A header that an identity unlocked and whose MAC is right. Its sender stanza, if any, is
/// well-formed.
pub struct UnlockedFile {
    pub(crate) closed: LockedFile,
    pub(crate) file_key: FileKey,
    pub(crate) chain: Option<StatementChain>,
    identity: usize,
}

impl LockedFile {
    /// Reads header and nonce. The next byte of the input is then the first of the payload.
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

    /// The header as it was read.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Where the first chunk begins, in bytes from the beginning of the (binary) file.
    pub fn payload_offset(&self) -> u64 {
        (self.header.len() + self.nonce.len()) as u64
    }

    /// A header that was sent apart, for the payload behind this one. Whether it is one for it
    /// shows when it is opened: [`UnlockedFile::opens_payload_of`].
    pub fn with_header(&self, header: Header) -> Self {
        Self {
            header,
            nonce: self.nonce,
        }
    }

    /// Tries the identities, the cheap ones first: what only computes, then what may ask a person,
    /// then what starts a program.
    ///
    /// # Errors
    /// [`DecryptError`], but for its payload variant.
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
    /// The key that the payload is opened under.
    pub fn payload_key(&self) -> PayloadKey {
        PayloadKey::new(&self.file_key, &self.closed.nonce)
    }

    /// Where the first chunk begins, in bytes from the beginning of the (binary) file.
    pub fn payload_offset(&self) -> u64 {
        self.closed.payload_offset()
    }

    /// Which of the identities it was, by its place in the list.
    pub fn identity(&self) -> usize {
        self.identity
    }

    /// Who says to have closed it and changed its recipients; none where nothing is said. Every
    /// signature is checked. What the contents are is to be compared by [`Sender::check_content`],
    /// once they are read.
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

    /// Whether another header opens the same payload: its MAC is right under this file key, and the
    /// nonce behind it is the same.
    pub fn opens_payload_of(&self, other: &LockedFile) -> bool {
        other.nonce == self.closed.nonce
            && mac::verify(&self.file_key, other.header.covered(), other.header.mac())
    }

    /// The header, now authenticated.
    pub fn header(&self) -> &Header {
        &self.closed.header
    }
}

impl UnlockedFile {
    /// The stanzas that can hold somebody's key, in order: all but the sender stanza and the pad.
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
