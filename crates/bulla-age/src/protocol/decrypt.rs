//! Decrypting: which identity opens a header, and what it then says.

use std::io::{BufRead, Read, Write};

use zeroize::Zeroizing;

use super::encrypt::SCRYPT;
use super::error::DecryptError;
use super::mac;
use super::sender::{Chain, Sender, SenderError, Verify, is_recipient};
use super::wrap::{FileKey, Nonce, Unwrap, Unwrapped};
use crate::format::{Header, HeaderError, Source};
use crate::payload::{Engine, PayloadKey};

/// A header and the nonce behind it, as they were read; nothing is authenticated yet.
#[derive(Debug)]
pub struct Closed {
    pub(super) header: Header,
    pub(super) nonce: Nonce,
}

/// A header that an identity opened and whose MAC is right; what it says of its author is well-formed.
pub struct Opened {
    pub(super) closed: Closed,
    pub(super) file_key: FileKey,
    pub(super) chain: Option<Chain>,
    identity: usize,
}

impl Closed {
    /// Reads header and nonce; the input then stands at the first chunk.
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

    /// A header that was sent apart, for the payload behind this one. Whether it is one for it shows when it is opened:
    /// [`Opened::opens_payload_of`].
    pub fn with_header(&self, header: Header) -> Self {
        Self {
            header,
            nonce: self.nonce,
        }
    }

    /// Tries the identities, the cheap ones first: what only computes, then what may ask a person, then what starts
    /// a program.
    ///
    /// # Errors
    /// [`DecryptError`], but for its payload variant.
    pub fn open(self, identities: &[&dyn Unwrap]) -> Result<Opened, DecryptError> {
        let stanzas = self.header.stanzas();
        if stanzas.len() > 1 && stanzas.iter().any(|stanza| stanza.tag == SCRYPT) {
            return Err(DecryptError::PassphraseNotAlone);
        }
        let mut order: Vec<usize> = (0..identities.len()).collect();
        order.sort_by_key(|&index| identities[index].effort());
        let mut tried = Vec::new();
        for identity in order {
            match identities[identity].unwrap(stanzas) {
                Unwrapped::Opened(file_key)
                    if mac::verify(&file_key, self.header.covered(), self.header.mac()) =>
                {
                    let chain = Chain::open(&file_key, &self.nonce, self.header.stanzas())?;
                    return Ok(Opened {
                        closed: self,
                        file_key,
                        chain,
                        identity,
                    });
                }
                Unwrapped::Opened(_) => return Err(DecryptError::Mac),
                Unwrapped::NotMine(reason) => tried.push((identities[identity].describe(), reason)),
                Unwrapped::Bad(error) => return Err(error.into()),
            }
        }
        Err(DecryptError::NoMatch {
            wanted: stanzas
                .iter()
                .filter(|stanza| is_recipient(stanza))
                .map(|stanza| stanza.tag.clone())
                .collect(),
            tried,
        })
    }
}

impl Opened {
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

    /// Who says to have closed it and changed its recipients; none where nothing is said. Every signature is checked. What
    /// the contents are is to be compared by [`Sender::check_content`], once they are read.
    ///
    /// # Errors
    /// [`SenderError::Signature`].
    pub fn sender(&self, verify: Verify) -> Result<Option<Sender>, SenderError> {
        let keys = (&self.file_key, &self.closed.nonce);
        self.chain
            .as_ref()
            .map(|chain| chain.verify(keys, verify))
            .transpose()
    }

    /// Whether another header opens the same payload: its MAC is right under this file key, and the nonce behind it is the same.
    pub fn opens_payload_of(&self, other: &Closed) -> bool {
        other.nonce == self.closed.nonce
            && mac::verify(&self.file_key, other.header.covered(), other.header.mac())
    }

    /// The header, now authenticated.
    pub fn header(&self) -> &Header {
        &self.closed.header
    }
}

/// Decrypts a stream, armored or not. Writes only what is authenticated, in order. Gives the number of bytes
/// written.
///
/// # Errors
/// [`DecryptError`]; for a payload that fails later on, after the chunks before it were written.
pub fn decrypt(
    identities: &[&dyn Unwrap],
    input: impl Read + Send,
    output: impl Write + Send,
    engine: &Engine,
) -> Result<u64, DecryptError> {
    let mut source = Source::new(input)?;
    let opened = Closed::read(&mut source)?.open(identities)?;
    Ok(engine.open(&opened.payload_key(), source, output)?)
}

/// Decrypts a file that is in memory; all or nothing.
///
/// # Errors
/// [`DecryptError`].
pub fn decrypt_all(
    bytes: &[u8],
    identities: &[&dyn Unwrap],
) -> Result<Zeroizing<Vec<u8>>, DecryptError> {
    let mut plaintext = Zeroizing::new(Vec::with_capacity(bytes.len()));
    decrypt(identities, bytes, &mut *plaintext, &Engine::new(1))?;
    Ok(plaintext)
}
