//! Encrypting: a fresh file key, wrapped for everybody, and the header around it.

use std::io::{Read, Write};

use age_core::secrecy::ExposeSecret;

use super::error::{EncryptError, Labelled};
use super::listing::listed;
use super::mac;
use super::sender::{Author, Drafted, Entry};
use super::wrap::{FileKey, Nonce, Sign, Stanza, Wrap, Wrapped};
use crate::format::{Header, is_arbitrary_string};
use crate::payload::{Engine, PayloadError, PayloadKey};

/// The type of a passphrase's stanza.
pub(super) const SCRYPT: &str = "scrypt";

/// A file about to be written: its file key, payload nonce and stanzas.
pub struct NewFile {
    file_key: FileKey,
    nonce: Nonce,
    stanzas: Vec<Stanza>,
    entries: Vec<Entry>,
}

/// What of a file its author's statement covers.
#[derive(Clone, Copy, Debug)]
pub enum Covering<'a> {
    /// Its keys, its recipients and its time.
    Origin,
    /// The contents too, by the root of the payload's digests.
    Content(&'a [u8; 32]),
}

impl NewFile {
    /// Draws a file key and a nonce, and wraps the file key for all recipients.
    ///
    /// # Errors
    /// [`EncryptError`], but for its payload variant.
    pub fn new(recipients: &[&dyn Wrap]) -> Result<Self, EncryptError> {
        let (file_key, nonce) = draw()?;
        Self::of(file_key, nonce, recipients)
    }

    /// The same for a file key and a nonce that are given: they must be used for one payload only, ever. For those who
    /// hold written files to fixed values.
    ///
    /// # Errors
    /// [`EncryptError`], but for its payload variant.
    pub fn of(
        file_key: FileKey,
        nonce: Nonce,
        recipients: &[&dyn Wrap],
    ) -> Result<Self, EncryptError> {
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
        let entries = recipients
            .iter()
            .zip(&wrapped)
            .flat_map(|(recipient, wrapped)| listed(*recipient, wrapped));
        let entries = entries.collect();
        let stanzas: Vec<Stanza> = wrapped
            .into_iter()
            .flat_map(|wrapped| wrapped.stanzas)
            .collect();
        if stanzas.len() > 1 && stanzas.iter().any(|stanza| stanza.tag == SCRYPT) {
            return Err(EncryptError::PassphraseNotAlone);
        }
        let mut words = stanzas
            .iter()
            .flat_map(|stanza| std::iter::once(&stanza.tag).chain(&stanza.args));
        match words.all(|word| is_arbitrary_string(word)) {
            true => Ok(Self {
                file_key,
                nonce,
                stanzas,
                entries,
            }),
            false => Err(EncryptError::MalformedStanza),
        }
    }

    /// What stands before the payload: header, MAC and the 16-byte nonce. Nothing in it says who made it, or for whom.
    pub fn header(&self) -> Vec<u8> {
        before_payload(&self.file_key, &self.nonce, &self.stanzas)
    }

    /// The same with a statement of its author in it, that lists the recipients. Its length does not depend on what the
    /// root of the contents is, so that the payload can be written before it.
    ///
    /// # Errors
    /// [`EncryptError::Sender`] where there are more recipients than a list can hold.
    pub fn header_by(
        &self,
        author: &Author<'_>,
        covering: Covering<'_>,
    ) -> Result<Vec<u8>, EncryptError> {
        let content = match covering {
            Covering::Origin => None,
            Covering::Content(root) => Some(*root),
        };
        let drafted = Drafted::origin(author, &self.stanzas, &self.entries).covering(content);
        let statement = drafted.stanza((&self.file_key, &self.nonce), None)?;
        Ok(before_payload(
            &self.file_key,
            &self.nonce,
            self.stanzas.iter().chain([&statement]),
        ))
    }

    /// How long that is, where it covers the contents; nothing is signed for it.
    ///
    /// # Errors
    /// As [`header_by`](Self::header_by).
    pub fn header_len_by(&self, author: &Author<'_>) -> Result<usize, EncryptError> {
        let blank = author.sign.map(|sign| Blank(sign.key()));
        let sign = blank.as_ref().map(|blank| -> &dyn Sign { blank });
        let author = Author {
            sign,
            addressees: author.addressees.clone(),
            ..*author
        };
        Ok(self.header_by(&author, Covering::Content(&[0; 32]))?.len())
    }

    /// Whether a passphrase opens it: then nothing can stand beside its stanza.
    pub fn is_for_passphrase(&self) -> bool {
        self.stanzas.iter().any(|stanza| stanza.tag == SCRYPT)
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

/// Room for a signature.
struct Blank([u8; 32]);

impl Sign for Blank {
    fn key(&self) -> [u8; 32] {
        self.0
    }

    fn sign(&self, _: &[u8]) -> [u8; 64] {
        [0; 64]
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

/// Header, MAC and nonce.
pub(super) fn before_payload<'a>(
    file_key: &FileKey,
    nonce: &Nonce,
    stanzas: impl IntoIterator<Item = &'a Stanza>,
) -> Vec<u8> {
    let covered = Header::bytes_to_cover(stanzas);
    let mac = mac::compute(file_key, &covered);
    let mut bytes = Header::finish(covered, &mac);
    bytes.extend_from_slice(nonce);
    bytes
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
    let Some(first) = wrapped.first() else {
        return Err(EncryptError::NoRecipients);
    };
    if wrapped.iter().all(|other| other.labels == first.labels) {
        return Ok(());
    }
    if wrapped
        .iter()
        .any(|one| one.stanzas.iter().any(|stanza| stanza.tag == SCRYPT))
    {
        return Err(EncryptError::PassphraseNotAlone);
    }
    let labelled = |(recipient, wrapped): (&&dyn Wrap, &Wrapped)| Labelled {
        names: recipient.names(),
        labels: wrapped.labels.clone(),
    };
    Err(EncryptError::Mixed(
        recipients.iter().zip(wrapped).map(labelled).collect(),
    ))
}
