//! A text that is encrypted in memory, in the form of the file that it comes from.

use std::sync::Arc;

use zeroize::Zeroizing;

use crate::errors::Result;
use crate::jobs::encrypt_file::SignatureCoverage;
use crate::message::{pad, unpad};
use crate::select::recipients::Recipients;
use crate::select::signer::Signer;
use bulla_age::NewFile;
use bulla_age::format::armored;
use bulla_age::sender::{Author, Coverage, Listing, Sender};
use bulla_age::signing::Algorithm;
use bulla_age::stream::{Digests, Engine};

/// How a file looks, apart from its readers and its contents.
#[derive(Clone, Debug)]
pub(crate) struct FileForm {
    armor: bool,
    /// Whether to leave out the reader list, unless it is signed.
    plain: bool,
    /// Whether no reader is told who the others are.
    hides_readers: bool,
    /// Whether it is a message, padded with spaces.
    is_padded: bool,
    /// Whether a signature covers the contents. That of a message to one person does not.
    covers_contents: bool,
    has_short_signature: bool,
    /// Where the file belongs, in a mirror that hides names.
    path: Option<Vec<u8>>,
}

impl FileForm {
    /// The form of a file that `encrypt` makes.
    pub(crate) fn new(armor: bool) -> Self {
        Self {
            armor,
            plain: false,
            hides_readers: false,
            is_padded: false,
            covers_contents: true,
            has_short_signature: false,
            path: None,
        }
    }

    /// The form of a file that exists.
    pub(crate) fn of(sender: Option<&Sender>, armor: bool) -> Self {
        let listings = sender.and_then(Sender::listings).unwrap_or_default();
        let origin = sender.and_then(Sender::origin);
        let is_padded = origin.is_some_and(|origin| origin.true_length.is_some());
        Self {
            armor,
            plain: sender.is_none(),
            hides_readers: listings.contains(&Listing::Hidden),
            is_padded,
            covers_contents: !is_padded || origin.is_some_and(|origin| origin.content.is_some()),
            has_short_signature: origin
                .is_some_and(|origin| origin.algorithm == Some(Algorithm::Ed25519)),
            path: origin.and_then(|origin| origin.path.clone()),
        }
    }

    /// Returns the text of a file without its padding.
    pub(crate) fn text(
        &self,
        contents: Zeroizing<Vec<u8>>,
        sender: Option<&Sender>,
    ) -> Result<Zeroizing<Vec<u8>>> {
        if !self.is_padded {
            return Ok(contents);
        }
        let origin = sender.and_then(Sender::origin);
        Ok(unpad(
            contents,
            origin.and_then(|origin| origin.true_length),
        )?)
    }
}

/// A file whose readers are chosen and whose text is not known yet. It has a new file key.
pub(crate) struct TextToSeal<'a> {
    pub(crate) recipients: &'a Recipients,
    file: NewFile,
    signer: Signer,
    form: FileForm,
}

/// An encrypted text.
pub(crate) struct SealedText {
    pub(crate) bytes: Vec<u8>,
    pub(crate) signed: SignatureCoverage,
}

impl<'a> TextToSeal<'a> {
    /// Draws a file key and wraps it for the recipients.
    pub(crate) fn new(recipients: &'a Recipients, signer: Signer, form: FileForm) -> Result<Self> {
        let hidden = recipients.hidden();
        let wraps = recipients.wraps(&hidden, form.hides_readers);
        let signer = if form.has_short_signature {
            signer.with_short_signatures()
        } else {
            signer
        };
        Ok(Self {
            recipients,
            file: NewFile::new(&wraps)?,
            signer,
            form,
        })
    }

    /// Encrypts a text.
    pub(crate) fn seal(&self, text: &[u8]) -> Result<SealedText> {
        let contents = if self.form.is_padded {
            pad(text)
        } else {
            Zeroizing::new(text.to_vec())
        };
        let digests = Arc::new(Digests::new());
        let engine = Engine::new(1).with_digests(digests.clone());
        let mut sealed = Vec::new();
        engine.seal(&self.file.payload_key(), contents.as_slice(), &mut sealed)?;
        let root = digests
            .root()
            .expect("edit: the root is there because sealing succeeded");
        let (header, signed) = self.header(text.len() as u64, &root)?;
        let bytes = [header, sealed].concat();
        let bytes = if self.form.armor {
            armored(&bytes).into_bytes()
        } else {
            bytes
        };
        Ok(SealedText { bytes, signed })
    }

    fn header(&self, len: u64, root: &[u8; 32]) -> Result<(Vec<u8>, SignatureCoverage)> {
        let is_bare = self.form.plain && self.signer.name().is_none();
        if is_bare || self.file.is_for_passphrase() {
            return Ok((self.file.header(), SignatureCoverage::No));
        }
        let author = Author {
            true_length: self.form.is_padded.then_some(len),
            path: self.form.path.as_deref(),
            ..self.signer.author()
        };
        let (covering, signed) = if self.form.covers_contents {
            (Coverage::Contents(root), SignatureCoverage::Content)
        } else {
            (Coverage::Header, SignatureCoverage::Origin)
        };
        let signed = if self.signer.name().is_some() {
            signed
        } else {
            SignatureCoverage::No
        };
        Ok((self.file.header_by(&author, covering)?, signed))
    }
}
