//! Encrypting: a fresh file key, wrapped for everybody, and the header around it.

use std::io::{Read, Write};

use age_core::secrecy::ExposeSecret;

use super::error::{EncryptError, Labelled};
use super::mac;
use super::wrap::{FileKey, Nonce, Stanza, Wrap, Wrapped};
use crate::format::{Header, is_arbitrary_string};
use crate::payload::{Engine, PayloadError, PayloadKey};

/// The type of a passphrase's stanza.
pub(super) const SCRYPT: &str = "scrypt";

/// A file about to be written: its file key, payload nonce and stanzas.
pub struct NewFile {
    file_key: FileKey,
    nonce: Nonce,
    stanzas: Vec<Stanza>,
}

impl NewFile {
    /// Draws a file key and a nonce, and wraps the file key for all recipients.
    ///
    /// # Errors
    /// [`EncryptError`], but for its payload variant.
    pub fn new(recipients: &[&dyn Wrap]) -> Result<Self, EncryptError> {
        let (file_key, nonce) = draw()?;
        let wrapped = recipients
            .iter()
            .map(|r| r.wrap(&file_key, &nonce))
            .collect::<Result<_, _>>()
            .map_err(EncryptError::Wrap)?;
        Self::assemble(recipients, file_key, nonce, wrapped)
    }

    /// Does the same for several files at once, so that a plugin is started once for all of them.
    ///
    /// # Errors
    /// As [`new`](Self::new); one failure fails all.
    pub fn batch(recipients: &[&dyn Wrap], count: usize) -> Result<Vec<Self>, EncryptError> {
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
        recipients: &[&dyn Wrap],
        file_key: FileKey,
        nonce: Nonce,
        wrapped: Vec<Wrapped>,
    ) -> Result<Self, EncryptError> {
        check_labels(recipients, &wrapped)?;
        let stanzas: Vec<Stanza> = wrapped.into_iter().flat_map(|wrapped| wrapped.stanzas).collect();
        if stanzas.len() > 1 && stanzas.iter().any(|stanza| stanza.tag == SCRYPT) {
            return Err(EncryptError::PassphraseNotAlone);
        }
        let mut words = stanzas.iter().flat_map(|stanza| std::iter::once(&stanza.tag).chain(&stanza.args));
        match words.all(|word| is_arbitrary_string(word)) {
            true => Ok(Self { file_key, nonce, stanzas }),
            false => Err(EncryptError::MalformedStanza),
        }
    }

    /// What stands before the payload: header, MAC and the 16-byte nonce.
    pub fn header(&self) -> Vec<u8> {
        let covered = Header::bytes_to_cover(&self.stanzas);
        let mac = mac::compute(&self.file_key, &covered);
        let mut bytes = Header::finish(covered, &mac);
        bytes.extend_from_slice(&self.nonce);
        bytes
    }

    /// The key that the payload is sealed under.
    pub fn payload_key(&self) -> PayloadKey {
        PayloadKey::new(&self.file_key, &self.nonce)
    }

    /// The stanzas, in the order of the recipients.
    pub fn stanzas(&self) -> &[Stanza] {
        &self.stanzas
    }
}

/// Encrypts a stream for these recipients. Gives the number of bytes written.
///
/// # Errors
/// [`EncryptError`].
pub fn encrypt(
    recipients: &[&dyn Wrap],
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
    let file_key =
        FileKey::try_init_with_mut(|key| getrandom::fill(key)).map_err(|_| EncryptError::Random)?;
    let mut nonce = [0; 16];
    getrandom::fill(&mut nonce).map_err(|_| EncryptError::Random)?;
    debug_assert!(file_key.expose_secret().iter().any(|&byte| byte != 0) || nonce != [0; 16]);
    Ok((file_key, nonce))
}

/// All recipients of a file must agree on their labels.
fn check_labels(recipients: &[&dyn Wrap], wrapped: &[Wrapped]) -> Result<(), EncryptError> {
    let Some(first) = wrapped.first() else { return Err(EncryptError::NoRecipients) };
    if wrapped.iter().all(|other| other.labels == first.labels) {
        return Ok(());
    }
    if wrapped.iter().any(|one| one.stanzas.iter().any(|stanza| stanza.tag == SCRYPT)) {
        return Err(EncryptError::PassphraseNotAlone);
    }
    let labelled = |(recipient, wrapped): (&&dyn Wrap, &Wrapped)| Labelled {
        names: recipient.names(),
        labels: wrapped.labels.clone(),
    };
    Err(EncryptError::Mixed(recipients.iter().zip(wrapped).map(labelled).collect()))
}
