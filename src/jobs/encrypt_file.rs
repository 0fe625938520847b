//! Header and payload of a file that is closed, in the order in which they can be written.
//!
//! A signature covers the contents where they can be known before the header: what is written to a file that can be
//! patched, and whatever is short enough to be sealed in memory. A longer stream is signed before its contents are known.

use std::io::{Cursor, Read, Write};
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::errors::Result;
use crate::files::{Input, Output};
use crate::ui::Ui;
use bulla_age::NewFile;
use bulla_age::format::{ArmorWriter, armored_beginning};
use bulla_age::sender::{Author, Coverage};
use bulla_age::stream::{At, Digests, Engine, PayloadError, WriteAt};

/// The most bytes that are sealed in memory.
const IN_MEMORY: u64 = 16 << 20;

/// A file to be written.
pub(crate) struct FileEncryption<'a> {
    pub(crate) file: &'a NewFile,
    /// Who says for whom it is; nobody where nothing of ours is to stand in the header.
    pub(crate) author: Option<Author<'a>>,
    pub(crate) armor: bool,
    pub(crate) engine: Engine,
}

/// What was written.
#[derive(Clone, Copy)]
pub(crate) struct EncryptedFile {
    pub(crate) bytes: u64,
    pub(crate) signed: SignatureCoverage,
}

/// What a signature covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum SignatureCoverage {
    No,
    /// Keys, recipients and time.
    Origin,
    /// The contents too.
    Content,
}

impl SignatureCoverage {
    /// That it is signed, behind for whom it is.
    pub(crate) fn told(self) -> &'static str {
        if self == Self::No {
            ""
        } else {
            ", and is signed"
        }
    }

    /// Says what a signature does not cover.
    pub(crate) fn tell_what_is_left(self, ui: &Ui) {
        if self == Self::Origin {
            ui.hint(
                &"the signature covers for whom and when, not the contents, which are not known yet when a stream begins; -o FILE covers the contents",
            );
        }
    }
}

impl FileEncryption<'_> {
    /// Writes header and payload: what was read of the input already, then the rest of it.
    pub(crate) fn write(
        self,
        input: &Input,
        start: Vec<u8>,
        output: &mut Output,
    ) -> Result<EncryptedFile> {
        let sealed = self.write_from(Contents::Of(input, start), output)?;
        input.check_unchanged()?;
        Ok(sealed)
    }

    /// The same of contents that come from elsewhere.
    pub(crate) fn write_from(
        self,
        contents: Contents<'_>,
        output: &mut Output,
    ) -> Result<EncryptedFile> {
        let signing = self.author.as_ref().filter(|author| author.sign.is_some());
        match signing {
            None => self.at_once(SignatureCoverage::No, contents, output),
            Some(author) if output.is_seekable() => self.patched(author, contents, output),
            Some(_) => self.in_memory(contents, output),
        }
    }

    /// The header first, then the payload.
    fn at_once(
        &self,
        signed: SignatureCoverage,
        contents: Contents<'_>,
        output: &mut Output,
    ) -> Result<EncryptedFile> {
        let header = self.header(Coverage::Header)?;
        let payload = self.payload(&self.engine, &header, contents, output)?;
        Ok(EncryptedFile {
            bytes: header.len() as u64 + payload,
            signed,
        })
    }

    /// The payload behind room for the header, and then the header, which says what the payload is.
    fn patched(
        &self,
        author: &Author<'_>,
        contents: Contents<'_>,
        output: &mut Output,
    ) -> Result<EncryptedFile> {
        // The nonce stands behind the header, and is what it will be.
        let unsaid = self.file.header();
        let (_, nonce) = unsaid
            .split_last_chunk::<16>()
            .expect("seal: a header ends with the nonce");
        let mut room = vec![0; self.file.header_len_by(author)? - nonce.len()];
        room.extend_from_slice(nonce);
        let digests = Arc::new(Digests::new());
        let engine = self.engine.clone().with_digests(digests.clone());
        let payload = self.payload(&engine, &room, contents, output)?;
        let root = digests
            .root()
            .expect("seal: the root is there because sealing succeeded");
        let header = self.header(Coverage::Contents(&root))?;
        let text = if self.armor {
            armored_beginning(&header)
        } else {
            header.clone()
        };
        output
            .file()
            .write_all_at(&text, 0)
            .map_err(PayloadError::Write)?;
        Ok(EncryptedFile {
            bytes: header.len() as u64 + payload,
            signed: SignatureCoverage::Content,
        })
    }

    /// All of it in memory, where it is short enough.
    fn in_memory(&self, contents: Contents<'_>, output: &mut Output) -> Result<EncryptedFile> {
        if contents.len().is_some_and(|len| len > IN_MEMORY) {
            return self.at_once(SignatureCoverage::Origin, contents, output);
        }
        let mut rest = contents.stream();
        let plaintext = beginning(&mut rest)?;
        if plaintext.len() as u64 > IN_MEMORY {
            return self.onward(plaintext, rest, output);
        }
        let digests = Arc::new(Digests::new());
        let mut sealed = Vec::with_capacity(plaintext.len() + (64 << 10));
        let engine = self.engine.clone().with_digests(digests.clone());
        engine.seal(&self.file.payload_key(), plaintext.as_slice(), &mut sealed)?;
        let root = digests
            .root()
            .expect("seal: the root is there because sealing succeeded");
        let header = self.header(Coverage::Contents(&root))?;
        self.put(output, |output| {
            output
                .write_all(&header)
                .and_then(|()| output.write_all(&sealed))
                .map_err(PayloadError::Write)
        })?;
        Ok(EncryptedFile {
            bytes: (header.len() + sealed.len()) as u64,
            signed: SignatureCoverage::Content,
        })
    }

    /// What turned out to be too long for that.
    fn onward(
        &self,
        begun: Zeroizing<Vec<u8>>,
        rest: impl Read + Send,
        output: &mut Output,
    ) -> Result<EncryptedFile> {
        let header = self.header(Coverage::Header)?;
        let whole = Cursor::new(begun).chain(rest);
        let payload = self.put(output, |mut output| {
            output.write_all(&header).map_err(PayloadError::Write)?;
            self.engine
                .seal(&self.file.payload_key(), whole, &mut output)
        })?;
        Ok(EncryptedFile {
            bytes: header.len() as u64 + payload,
            signed: SignatureCoverage::Origin,
        })
    }

    fn header(&self, covering: Coverage<'_>) -> Result<Vec<u8>> {
        Ok(match &self.author {
            Some(author) => self.file.header_by(author, covering)?,
            None => self.file.header(),
        })
    }

    /// Writes these bytes and the payload; gives the length of the payload.
    fn payload(
        &self,
        engine: &Engine,
        before: &[u8],
        contents: Contents<'_>,
        output: &mut Output,
    ) -> Result<u64> {
        let key = self.file.payload_key();
        if let Contents::Of(input, _) = contents
            && let Some(len) = input
                .regular_len()
                .filter(|_| output.is_seekable() && !self.armor)
        {
            output.write_all(before).map_err(PayloadError::Write)?;
            let from = At {
                place: input.file(),
                offset: input.start_offset(),
            };
            let to = At {
                place: output.file(),
                offset: before.len() as u64,
            };
            return Ok(engine.seal_at(&key, from, len, to)?);
        }
        self.put(output, |mut output| {
            output.write_all(before).map_err(PayloadError::Write)?;
            engine.seal(&key, contents.stream(), &mut output)
        })
    }

    /// Lets something be written, as text where that is wanted.
    fn put<T>(
        &self,
        output: &mut Output,
        write: impl FnOnce(&mut (dyn Write + Send)) -> Result<T, PayloadError>,
    ) -> Result<T> {
        if !self.armor {
            return Ok(write(output)?);
        }
        let mut armor = ArmorWriter::new(output).map_err(PayloadError::Write)?;
        let written = write(&mut armor)?;
        armor.finish().map_err(PayloadError::Write)?;
        Ok(written)
    }
}

/// The beginning of a stream: all of it where it is short enough for memory, and more than that otherwise.
fn beginning(stream: &mut impl Read) -> Result<Zeroizing<Vec<u8>>> {
    let mut begun = Zeroizing::new(Vec::new());
    let mut stream = stream.take(IN_MEMORY + 1);
    // Grown by hand, so that no outgrown piece is left behind.
    let mut piece = Zeroizing::new(vec![0; 64 << 10]);
    loop {
        let read = match stream.read(&mut piece) {
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            read => read.map_err(PayloadError::Read)?,
        };
        if begun.len() + read > begun.capacity() {
            let mut larger = Zeroizing::new(Vec::with_capacity(2 * (begun.len() + read)));
            larger.extend_from_slice(&begun);
            begun = larger;
        }
        begun.extend_from_slice(&piece[..read]);
        if read == 0 {
            return Ok(begun);
        }
    }
}

/// What is closed.
pub(crate) enum Contents<'a> {
    /// An input, and what was read of it already.
    Of(&'a Input, Vec<u8>),
    /// Bytes that come as they come.
    Stream(Box<dyn Read + Send + 'a>),
}

impl<'a> Contents<'a> {
    /// A stream, as soon as all of it is there or more than is held in memory: what fails before that writes nothing.
    pub(crate) fn once_begun(mut stream: impl Read + Send + 'a) -> Result<Self> {
        let begun = beginning(&mut stream)?;
        Ok(Self::Stream(Box::new(Cursor::new(begun).chain(stream))))
    }

    /// How many bytes, where they can be read at any offset.
    fn len(&self) -> Option<u64> {
        match self {
            Self::Of(input, _) => input.regular_len(),
            Self::Stream(_) => None,
        }
    }

    /// All of it as a stream: what was read already, then the rest.
    fn stream(self) -> Box<dyn Read + Send + 'a> {
        match self {
            Self::Of(input, start) => {
                let again = if input.regular_len().is_some() {
                    Vec::new()
                } else {
                    start
                };
                Box::new(Cursor::new(again).chain(input.file()))
            }
            Self::Stream(stream) => stream,
        }
    }
}
