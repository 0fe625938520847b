//! The fields of a statement and their encoding.

use crate::recipient::RecipientId;
use crate::sender::error::SenderError;
use crate::sender::mirrored::PlaintextDigest;
use crate::signing::{Algorithm, SigningKey};

/// The signature algorithm of a statement.
const UNSIGNED: u8 = 0;
const ED25519: u8 = 1;
const ED25519_MLDSA65: u8 = 2;

const HAS_CONTENT: u8 = 0x01;
const HAS_PREVIOUS: u8 = 0x02;

const TRUE_LENGTH: u8 = 0x83;
const ADDRESSEES: u8 = 0x85;
const PLAINTEXT: u8 = 0x86;
const PATH: u8 = 0x87;
/// A newer version can add types from this one on without changing what the others mean.
const OPTIONAL: u8 = 0x80;

/// The id of a signing key in the addressees of one file. It is different in every file.
pub type AddresseeId = [u8; 16];

/// How a reader is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listing {
    /// Without a name.
    Hidden,
    /// By the id of a recipient whose stanza can be recomputed.
    Provable(RecipientId),
    /// By the id of a recipient whose stanza cannot be recomputed.
    Named(RecipientId),
}

/// A listed reader, and the number of their stanzas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListEntry {
    /// How the reader is listed.
    pub listing: Listing,
    /// The number of stanzas: at least one, and exactly one for a provable recipient.
    pub count: u8,
}

/// A statement about a file: who encrypted it or changed its readers, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// True for the author's statement. Other statements record a change of recipients.
    pub is_origin: bool,
    /// The public key of the signer; `None` if it is not signed.
    pub signer: Option<SigningKey>,
    /// The algorithm of its signature, if it is signed.
    pub algorithm: Option<Algorithm>,
    /// The time by the signer's clock, in Unix seconds.
    pub time: u64,
    /// SHA-256 of the recipients' stanzas.
    pub header: [u8; 32],
    /// SHA-256 of the previous statement.
    pub previous: Option<[u8; 32]>,
    /// BLAKE3 over the payload's chunks, if it covers the contents.
    pub content: Option<[u8; 32]>,
    /// The recipients, in the order of their stanzas.
    pub entries: Vec<ListEntry>,
    /// The length of the text before padding.
    pub true_length: Option<u64>,
    /// The id of the signing key behind each entry; zeros if there is none.
    pub addressees: Option<Vec<AddresseeId>>,
    /// The digest of the plaintext, in mirrors.
    pub plaintext: Option<PlaintextDigest>,
    /// Where the file belongs in its tree, in mirrors that hide names. Empty for the index. Not
    /// checked.
    pub path: Option<Vec<u8>>,
}

/// The result of parsing a statement's body.
pub(crate) enum Parsed {
    Statement(Box<Statement>),
    /// Something in it is unknown, so only a newer version can tell what it says.
    Newer,
}

/// Why a body, or a part of it, cannot be read.
enum Unread {
    Malformed(SenderError),
    /// It contains something unknown.
    Newer,
}

impl From<SenderError> for Unread {
    fn from(error: SenderError) -> Self {
        Self::Malformed(error)
    }
}

impl Statement {
    /// Encodes the body.
    ///
    /// # Errors
    /// [`SenderError::TooLong`].
    pub(crate) fn body(&self) -> Result<Vec<u8>, SenderError> {
        let mut body = vec![
            if self.is_origin { 1 } else { 2 },
            match self.algorithm {
                None => UNSIGNED,
                Some(Algorithm::Ed25519) => ED25519,
                Some(Algorithm::Ed25519MlDsa65) => ED25519_MLDSA65,
            },
            self.content.map_or(0, |_| HAS_CONTENT) | self.previous.map_or(0, |_| HAS_PREVIOUS),
        ];
        let signer = self.signer.as_ref().map(SigningKey::as_bytes);
        body.extend_from_slice(signer.unwrap_or(&[0; SigningKey::LEN]));
        body.extend_from_slice(&self.time.to_be_bytes());
        body.extend_from_slice(&self.header);
        body.extend(self.previous.iter().chain(&self.content).flatten());
        body.extend_from_slice(&length(self.entries.len())?);
        for entry in &self.entries {
            let (kind, rid) = match entry.listing {
                Listing::Hidden => (0, [0; 16]),
                Listing::Provable(rid) => (1, rid),
                Listing::Named(rid) => (2, rid),
            };
            body.extend_from_slice(&[kind, entry.count]);
            body.extend_from_slice(&rid);
        }
        let mut more = Vec::new();
        let mut field = |kind: u8, value: &[u8]| -> Result<(), SenderError> {
            more.push(kind);
            more.extend_from_slice(&length(value.len())?);
            more.extend_from_slice(value);
            Ok(())
        };
        if let Some(true_length) = self.true_length {
            field(TRUE_LENGTH, &true_length.to_be_bytes())?;
        }
        if let Some(addressees) = &self.addressees {
            field(ADDRESSEES, addressees.as_flattened())?;
        }
        if let Some(PlaintextDigest { key, digest }) = &self.plaintext {
            field(PLAINTEXT, [*key, *digest].as_flattened())?;
        }
        if let Some(path) = &self.path {
            field(PATH, path)?;
        }
        body.extend_from_slice(&length(more.len())?);
        body.extend_from_slice(&more);
        length(body.len()).map(|_| body)
    }

    /// Returns the length of its signature.
    pub(crate) fn signature_len(&self) -> usize {
        self.algorithm.map_or(0, Algorithm::signature_len)
    }

    /// Parses a body, to its last byte or to the first thing in it that is unknown.
    ///
    /// # Errors
    /// [`SenderError::Malformed`].
    pub(crate) fn parse(body: &[u8]) -> Result<Parsed, SenderError> {
        match Self::read(Reader(body)) {
            Ok(statement) => Ok(Parsed::Statement(Box::new(statement))),
            Err(Unread::Newer) => Ok(Parsed::Newer),
            Err(Unread::Malformed(error)) => Err(error),
        }
    }

    fn read(mut rest: Reader<'_>) -> Result<Self, Unread> {
        let is_origin = match rest.array()? {
            [1] => true,
            [2] => false,
            _ => return Err(Unread::Newer),
        };
        let [alg] = rest.array()?;
        let algorithm = match alg {
            UNSIGNED => None,
            ED25519 => Some(Algorithm::Ed25519),
            ED25519_MLDSA65 => Some(Algorithm::Ed25519MlDsa65),
            _ => return Err(Unread::Newer),
        };
        let [flags] = rest.array()?;
        if flags & !(HAS_CONTENT | HAS_PREVIOUS) != 0 {
            return Err(Unread::Newer);
        }
        let signer: [u8; SigningKey::LEN] = rest.array()?;
        if algorithm.is_none() && signer != [0; SigningKey::LEN] {
            return Err(wrong("statement: it names a key but is not signed").into());
        }
        let time = u64::from_be_bytes(rest.array()?);
        let header = rest.array()?;
        let previous = if flags & HAS_PREVIOUS != 0 {
            Some(rest.array()?)
        } else {
            None
        };
        let content = if flags & HAS_CONTENT != 0 {
            Some(rest.array()?)
        } else {
            None
        };
        let count = rest.length()?;
        let entries = (0..count)
            .map(|_| entry(rest.array()?))
            .collect::<Result<Vec<_>, _>>()?;
        let len = rest.length()?;
        let mut statement = Self {
            is_origin,
            signer: algorithm.map(|_| SigningKey::from_bytes(signer)),
            algorithm,
            time,
            header,
            previous,
            content,
            entries,
            true_length: None,
            addressees: None,
            plaintext: None,
            path: None,
        };
        statement.fields(Reader(rest.take(len)?))?;
        rest.end()?;
        Ok(statement)
    }

    fn fields(&mut self, mut fields: Reader<'_>) -> Result<(), Unread> {
        let mut last = None;
        while !fields.0.is_empty() {
            let [kind] = fields.array()?;
            if last.is_some_and(|last| kind <= last) {
                return Err(wrong("statement: its fields are out of order").into());
            }
            last = Some(kind);
            let len = fields.length()?;
            let value = fields.take(len)?;
            match kind {
                0..OPTIONAL => return Err(Unread::Newer),
                TRUE_LENGTH => {
                    let bytes = value
                        .try_into()
                        .map_err(|_| wrong("statement: its length is invalid"))?;
                    self.true_length = Some(u64::from_be_bytes(bytes));
                }
                ADDRESSEES => {
                    let (each, []) = value.as_chunks::<16>() else {
                        return Err(wrong("statement: its addressees are cut off").into());
                    };
                    if each.len() != self.entries.len() {
                        return Err(wrong(
                            "statement: the numbers of addressees and entries differ",
                        )
                        .into());
                    }
                    self.addressees = Some(each.to_vec());
                }
                PLAINTEXT => {
                    let ([key, digest], []) = value.as_chunks::<32>() else {
                        return Err(wrong("statement: its digest is invalid").into());
                    };
                    self.plaintext = Some(PlaintextDigest {
                        key: *key,
                        digest: *digest,
                    });
                }
                PATH => self.path = Some(value.to_vec()),
                _ => {}
            }
        }
        Ok(())
    }
}

fn entry(bytes: [u8; 18]) -> Result<ListEntry, Unread> {
    let [kind, count, rid @ ..] = bytes;
    let listing = match kind {
        0 if rid == [0; 16] => Listing::Hidden,
        1 if count == 1 => Listing::Provable(rid),
        2 => Listing::Named(rid),
        0 | 1 => return Err(wrong("statement: an entry of its list is invalid").into()),
        _ => return Err(Unread::Newer),
    };
    match count {
        0 => Err(wrong("statement: an entry of its list has no stanza").into()),
        _ => Ok(ListEntry { listing, count }),
    }
}

fn wrong(why: &'static str) -> SenderError {
    SenderError::Malformed(why)
}

pub(crate) fn length(len: usize) -> Result<[u8; 2], SenderError> {
    u16::try_from(len)
        .map(u16::to_be_bytes)
        .map_err(|_| SenderError::TooLong)
}

/// The unparsed rest of the body.
pub(crate) struct Reader<'a>(pub(crate) &'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn take(&mut self, len: usize) -> Result<&'a [u8], SenderError> {
        let (taken, rest) = self
            .0
            .split_at_checked(len)
            .ok_or(wrong("statement: it is cut off"))?;
        self.0 = rest;
        Ok(taken)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], SenderError> {
        Ok(self
            .take(N)?
            .try_into()
            .expect("reader: so many were taken"))
    }

    pub(crate) fn length(&mut self) -> Result<usize, SenderError> {
        Ok(u16::from_be_bytes(self.array()?).into())
    }

    fn end(&self) -> Result<(), SenderError> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(wrong("statement: extra data after its end"))
        }
    }
}
