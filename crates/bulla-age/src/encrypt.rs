//! Encrypting files: a new file key, wrapped for every recipient, and the header around it.

use crate::key_error::KeyError;
use crate::mac::before_payload;
use crate::sender::{Coverage, SenderError};
use std::io::{Read, Write};

use crate::file_key::{FileKey, Nonce};
use crate::format::{Stanza, is_arbitrary_string};
use crate::recipient::{LabelledRecipients, Recipient, Wrapped};
use crate::sender::{Author, Drafted, ListEntry, listed};
use crate::signing::{Algorithm, Signer, SigningKey};
use crate::stanza_type;
use crate::stream::{Engine, PayloadError, PayloadKey};

/// Why a file could not be encrypted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EncryptError {
    /// There are no recipients.
    #[error("no recipients given")]
    NoRecipients,
    /// Hybrid recipients cannot share a file with classic ones, or the labels of plugins'
    /// recipients differ (C2SP age-plugin.md, "labels").
    #[error("these recipients cannot be combined in one file")]
    Mixed(Vec<LabelledRecipients>),
    /// A passphrase must be alone in its header (C2SP age.md, "The scrypt recipient type").
    #[error("a passphrase cannot be combined with other recipients")]
    PassphraseNotAlone,
    /// The words of a stanza are not valid.
    #[error("a recipient produced a malformed stanza")]
    MalformedStanza,
    /// A recipient could not wrap the file key.
    #[error(transparent)]
    Wrap(KeyError),
    /// The statement of the author cannot be made.
    #[error(transparent)]
    Sender(#[from] SenderError),
    /// The random number generator failed.
    #[error("the system's random number generator failed")]
    Random,
    /// The payload could not be sealed.
    #[error(transparent)]
    Payload(#[from] PayloadError),
}

/// A file about to be written: its file key, payload nonce and stanzas.
pub struct NewFile {
    file_key: FileKey,
    nonce: Nonce,
    stanzas: Vec<Stanza>,
    entries: Vec<ListEntry>,
}

impl NewFile {
    /// Generates a file key and a nonce, and wraps the file key for all recipients. A recipient
    /// that is given twice gets two stanzas; [`RecipientSet`](crate::RecipientSet) drops
    /// duplicates.
    ///
    /// # Errors
    /// [`EncryptError`], except its payload variant.
    pub fn new(recipients: &[&dyn Recipient]) -> Result<Self, EncryptError> {
        let (file_key, nonce) = draw()?;
        Self::of(file_key, nonce, recipients)
    }

    /// Does the same with a given file key and nonce, for tests against fixed values. Never use a
    /// file key and nonce for more than one payload.
    ///
    /// # Errors
    /// [`EncryptError`], except its payload variant.
    pub fn of(
        file_key: FileKey,
        nonce: Nonce,
        recipients: &[&dyn Recipient],
    ) -> Result<Self, EncryptError> {
        let wrapped = recipients
            .iter()
            .map(|r| r.wrap(&file_key, &nonce))
            .collect::<Result<_, _>>()
            .map_err(EncryptError::Wrap)?;
        Self::assemble(recipients, file_key, nonce, wrapped)
    }

    /// Does the same for several files in one operation, so that a plugin starts only once.
    ///
    /// # Errors
    /// As [`new`](Self::new); one failure fails all.
    pub fn batch(recipients: &[&dyn Recipient], count: usize) -> Result<Vec<Self>, EncryptError> {
        let keys = (0..count).map(|_| draw()).collect::<Result<Vec<_>, _>>()?;
        let mut by_recipient = recipients
            .iter()
            .map(|recipient| Ok(recipient.wrap_many(&keys)?.into_iter()))
            .collect::<Result<Vec<_>, _>>()
            .map_err(EncryptError::Wrap)?;
        keys.into_iter()
            .map(|(file_key, nonce)| {
                let wrapped = by_recipient
                    .iter_mut()
                    .map(|of| of.next().expect("batch: wrap_many gives one a key"))
                    .collect();
                Self::assemble(recipients, file_key, nonce, wrapped)
            })
            .collect()
    }

    fn assemble(
        recipients: &[&dyn Recipient],
        file_key: FileKey,
        nonce: Nonce,
        wrapped: Vec<Wrapped>,
    ) -> Result<Self, EncryptError> {
        check_labels(recipients, &wrapped)?;
        let entries = recipients
            .iter()
            .zip(&wrapped)
            .flat_map(|(recipient, wrapped)| listed((&file_key, &nonce), *recipient, wrapped));
        let entries = entries.collect();
        let stanzas: Vec<Stanza> = wrapped
            .into_iter()
            .flat_map(|wrapped| wrapped.stanzas)
            .collect();
        if stanzas.len() > 1
            && stanzas
                .iter()
                .any(|stanza| stanza_type::is_passphrase(&stanza.tag))
        {
            return Err(EncryptError::PassphraseNotAlone);
        }
        let are_words = stanzas
            .iter()
            .flat_map(|stanza| std::iter::once(&*stanza.tag).chain(stanza.args.iter()))
            .all(is_arbitrary_string);
        if are_words {
            Ok(Self {
                file_key,
                nonce,
                stanzas,
                entries,
            })
        } else {
            Err(EncryptError::MalformedStanza)
        }
    }

    /// Returns everything before the payload: header, MAC and the 16-byte nonce. It has no list of
    /// readers.
    pub fn header(&self) -> Vec<u8> {
        before_payload(&self.file_key, &self.nonce, &self.stanzas)
    }

    /// Returns the same with a statement of the author, which lists the recipients. Its length does
    /// not depend on the root of the contents, so the payload can be written first.
    ///
    /// # Errors
    /// [`EncryptError::Sender`] if there are more recipients than a list can hold.
    pub fn header_by(
        &self,
        author: &Author<'_>,
        covering: Coverage<'_>,
    ) -> Result<Vec<u8>, EncryptError> {
        let content = match covering {
            Coverage::Header => None,
            Coverage::Contents(root) => Some(*root),
        };
        let keys = (&self.file_key, &self.nonce);
        let drafted = Drafted::origin(keys, author, &self.stanzas, &self.entries).covering(content);
        let statement = drafted.stanza(keys, None)?;
        Ok(before_payload(
            &self.file_key,
            &self.nonce,
            self.stanzas.iter().chain([&statement]),
        ))
    }

    /// Returns the length of that header if it covers the contents, without signing.
    ///
    /// # Errors
    /// As [`header_by`](Self::header_by).
    pub fn header_len_by(&self, author: &Author<'_>) -> Result<usize, EncryptError> {
        let blank = author.sign.map(|sign| Blank(sign.key()));
        let sign = blank.as_ref().map(|blank| -> &dyn Signer { blank });
        let author = Author {
            sign,
            addressees: author.addressees.clone(),
            ..*author
        };
        Ok(self.header_by(&author, Coverage::Contents(&[0; 32]))?.len())
    }

    /// Returns true if the file is encrypted with a passphrase, whose stanza must be alone.
    pub fn is_for_passphrase(&self) -> bool {
        self.stanzas
            .iter()
            .any(|stanza| stanza_type::is_passphrase(&stanza.tag))
    }

    /// Returns the key to seal the payload with.
    pub fn payload_key(&self) -> PayloadKey {
        PayloadKey::new(&self.file_key, &self.nonce)
    }

    /// Returns the stanzas, in the order of the recipients.
    pub fn stanzas(&self) -> &[Stanza] {
        &self.stanzas
    }
}

/// Room for a signature.
struct Blank(SigningKey);

impl Signer for Blank {
    fn key(&self) -> SigningKey {
        self.0
    }

    fn sign(&self, algorithm: Algorithm, _: &str, _: &[u8]) -> Vec<u8> {
        vec![0; algorithm.signature_len()]
    }
}

/// Encrypts a stream for these recipients. Returns the number of bytes written.
///
/// # Errors
/// [`EncryptError`].
pub fn encrypt(
    recipients: &[&dyn Recipient],
    input: impl Read + Send,
    mut output: impl Write + Send,
    engine: &Engine,
) -> Result<u64, EncryptError> {
    let file = NewFile::new(recipients)?;
    let header = file.header();
    output.write_all(&header).map_err(PayloadError::Write)?;
    Ok(header.len() as u64 + engine.seal(&file.payload_key(), input, output)?)
}

fn draw() -> Result<(FileKey, Nonce), EncryptError> {
    let file_key = FileKey::generate().map_err(|_| EncryptError::Random)?;
    let mut nonce = [0; 16];
    getrandom::fill(&mut nonce).map_err(|_| EncryptError::Random)?;
    debug_assert!(file_key.as_bytes().iter().any(|&byte| byte != 0) || nonce != [0; 16]);
    Ok((file_key, nonce))
}

/// Checks that all recipients agree on their labels.
fn check_labels(recipients: &[&dyn Recipient], wrapped: &[Wrapped]) -> Result<(), EncryptError> {
    let Some(first) = wrapped.first() else {
        return Err(EncryptError::NoRecipients);
    };
    if wrapped.iter().all(|other| other.labels == first.labels) {
        return Ok(());
    }
    if wrapped.iter().any(|one| {
        one.stanzas
            .iter()
            .any(|stanza| stanza_type::is_passphrase(&stanza.tag))
    }) {
        return Err(EncryptError::PassphraseNotAlone);
    }
    let labelled = |(recipient, wrapped): (&&dyn Recipient, &Wrapped)| LabelledRecipients {
        names: recipient.names(),
        labels: wrapped.labels.clone(),
    };
    Err(EncryptError::Mixed(
        recipients.iter().zip(wrapped).map(labelled).collect(),
    ))
}
