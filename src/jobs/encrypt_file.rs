//! Encrypts a file: header and payload, in the order in which they can be written.
//!
//! A signature covers the contents if they are known before the header is written: if the output is
//! a file that can be patched, or the input is short enough to be sealed in memory. The header of a
//! longer stream is signed before its contents are known.

use std::io::{Cursor, IsTerminal, Read, Write};
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::errors::{Result, of_payload};
use crate::files::{Input, Output};
use crate::ui::Ui;
use bulla_age::NewFile;
use bulla_age::format::{ArmorWriter, armored_beginning, armored_len};
use bulla_age::sender::{Author, Coverage};
use bulla_age::stream::{At, Digests, Engine, PayloadError, WriteAt, plaintext_len};

/// The most bytes sealed in memory.
const IN_MEMORY: u64 = 16 << 20;

/// A file to be encrypted.
pub(crate) struct FileEncryption<'a> {
    pub(crate) file: &'a NewFile,
    /// The author of the reader list; `None` for a bare age file.
    pub(crate) author: Option<Author<'a>>,
    pub(crate) armor: bool,
    pub(crate) engine: Engine,
}

/// The result of an encryption.
#[derive(Clone, Copy)]
pub(crate) struct EncryptedFile {
    /// The length of the contents.
    pub(crate) bytes: u64,
    /// The length of the encrypted file.
    pub(crate) size: u64,
    pub(crate) signed: SignatureCoverage,
}

/// What the signature covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum SignatureCoverage {
    No,
    /// Keys, readers and time.
    Origin,
    /// Also the contents.
    Content,
}

impl SignatureCoverage {
    /// Returns the words that say it is signed, to follow the readers.
    pub(crate) fn told(self) -> &'static str {
        if self == Self::No { "" } else { ", signed" }
    }

    /// Returns whether there is a signature that does not cover the contents.
    pub(crate) fn leaves_contents_out(self) -> bool {
        self == Self::Origin
    }

    /// Explains what such a signature does not cover.
    pub(crate) fn tell_what_is_left(ui: &Ui) {
        ui.tip(
            &"The signature covers the recipients and the time, but not the contents, because they are not known when streaming starts. To sign the contents too, write to a file on a local disk with -o FILE",
        );
    }
}

impl FileEncryption<'_> {
    /// Writes header and payload of an input whose first bytes, `start`, have been read.
    pub(crate) fn write(
        mut self,
        input: &Input,
        start: Vec<u8>,
        output: &mut Output,
    ) -> Result<EncryptedFile> {
        if let Some(arrival) = input.arrival() {
            self.engine = self.engine.with_arrival(arrival);
        }
        let sealed = self.write_from(Contents::Of(input, start), output)?;
        input.check_read_whole()?;
        Ok(sealed)
    }

    /// Writes header and payload of any contents.
    pub(crate) fn write_from(
        self,
        contents: Contents<'_>,
        output: &mut Output,
    ) -> Result<EncryptedFile> {
        let signing = self.author.as_ref().filter(|author| author.sign.is_some());
        match signing {
            None if self.armor && output.file().is_terminal() => {
                self.in_one_piece(contents, output)
            }
            None => self.at_once(SignatureCoverage::No, contents, output),
            Some(author) if output.can_be_patched()? => self.patched(author, contents, output),
            Some(_) => self.in_memory(contents, output),
        }
    }

    /// Writes the header first, then the payload.
    fn at_once(
        &self,
        signed: SignatureCoverage,
        contents: Contents<'_>,
        output: &mut Output,
    ) -> Result<EncryptedFile> {
        let header = self.header(Coverage::Header)?;
        let payload = self.payload(&self.engine, &header, contents, output)?;
        Ok(self.encrypted(&header, payload, signed))
    }

    /// Reads the contents into memory first, if they are short enough: on a terminal their armor is
    /// not broken up by what is typed meanwhile.
    fn in_one_piece(&self, contents: Contents<'_>, output: &mut Output) -> Result<EncryptedFile> {
        let contents = Contents::once_begun(contents.stream())?;
        self.at_once(SignatureCoverage::No, contents, output)
    }

    /// Leaves room for the header, writes the payload, then the header that signs it.
    fn patched(
        &self,
        author: &Author<'_>,
        contents: Contents<'_>,
        output: &mut Output,
    ) -> Result<EncryptedFile> {
        // The nonce follows the header and is the final one.
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
            .map_err(|source| output.not_written(source))?;
        Ok(self.encrypted(&header, payload, SignatureCoverage::Content))
    }

    /// Seals the contents in memory if they are short enough.
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
        let mut sealed = Vec::new();
        sealed
            .try_reserve_exact(plaintext.len() + (64 << 10))
            .map_err(|_| PayloadError::Memory)?;
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
        Ok(self.encrypted(&header, sealed.len() as u64, SignatureCoverage::Content))
    }

    /// Writes contents that turned out to be too long for memory.
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
        Ok(self.encrypted(&header, payload, SignatureCoverage::Origin))
    }

    /// Returns the result of an encryption with this header and as much payload.
    fn encrypted(&self, header: &[u8], payload: u64, signed: SignatureCoverage) -> EncryptedFile {
        let binary = header.len() as u64 + payload;
        EncryptedFile {
            bytes: plaintext_len(payload).expect("seal: whole chunks were written"),
            size: if self.armor {
                armored_len(binary)
            } else {
                binary
            },
            signed,
        }
    }

    fn header(&self, covering: Coverage<'_>) -> Result<Vec<u8>> {
        Ok(match &self.author {
            Some(author) => self.file.header_by(author, covering)?,
            None => self.file.header(),
        })
    }

    /// Writes these bytes and the payload. Returns the length of the payload.
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
            output.put(before)?;
            let from = At {
                place: &input.reads(len),
                offset: input.start_offset(),
            };
            let to = At {
                place: &output.writes(len),
                offset: before.len() as u64,
            };
            let written = engine.seal_at(&key, from, len, to);
            return written.map_err(|error| of_payload(error, |source| output.not_written(source)));
        }
        self.put(output, |mut output| {
            output.write_all(before).map_err(PayloadError::Write)?;
            engine.seal(&key, contents.stream(), &mut output)
        })
    }

    /// Calls `write` with the output, armored if wanted.
    fn put<T>(
        &self,
        output: &mut Output,
        write: impl FnOnce(&mut (dyn Write + Send)) -> Result<T, PayloadError>,
    ) -> Result<T> {
        let written = if self.armor {
            armored(output, write)
        } else {
            write(output)
        };
        written.map_err(|error| of_payload(error, |source| output.not_written(source)))
    }
}

/// Calls `write` with the output, armored.
fn armored<T>(
    output: &mut Output,
    write: impl FnOnce(&mut (dyn Write + Send)) -> Result<T, PayloadError>,
) -> Result<T, PayloadError> {
    let mut armor = ArmorWriter::new(output).map_err(PayloadError::Write)?;
    let written = write(&mut armor)?;
    armor.finish().map_err(PayloadError::Write)?;
    Ok(written)
}

/// Room for an ordinary message.
const FEW: usize = 256 << 10;

/// Reads a stream to its end, or to one byte more than fits in memory.
fn beginning(stream: &mut impl Read) -> Result<Zeroizing<Vec<u8>>> {
    let mut begun = Zeroizing::new(Vec::new());
    let mut stream = stream.take(IN_MEMORY + 1);
    // Grown by hand, so that every outgrown buffer is wiped.
    let mut piece = Zeroizing::new(vec![0; 64 << 10]);
    loop {
        let read = match stream.read(&mut piece) {
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            read => read.map_err(PayloadError::Read)?,
        };
        if begun.len() + read > begun.capacity() {
            let most = usize::try_from(IN_MEMORY).unwrap_or(usize::MAX) + piece.len();
            // Few steps: memory that was outgrown is not always given back.
            let wanted = if begun.len() + read <= FEW { FEW } else { most };
            let mut larger = Zeroizing::new(Vec::new());
            larger
                .try_reserve_exact(wanted)
                .map_err(|_| PayloadError::Memory)?;
            larger.extend_from_slice(&begun);
            begun = larger;
        }
        begun.extend_from_slice(&piece[..read]);
        if read == 0 {
            return Ok(begun);
        }
    }
}

/// The contents to encrypt.
pub(crate) enum Contents<'a> {
    /// An input, and the bytes already read from it.
    Of(&'a Input, Vec<u8>),
    /// A stream of unknown length.
    Stream(Box<dyn Read + Send + 'a>),
}

impl<'a> Contents<'a> {
    /// Reads the beginning of a stream into memory, so that an early failure writes nothing.
    pub(crate) fn once_begun(mut stream: impl Read + Send + 'a) -> Result<Self> {
        let begun = beginning(&mut stream)?;
        Ok(Self::Stream(Box::new(Cursor::new(begun).chain(stream))))
    }

    /// Returns the number of bytes, if they can be read at any offset.
    fn len(&self) -> Option<u64> {
        match self {
            Self::Of(input, _) => input.regular_len(),
            Self::Stream(_) => None,
        }
    }

    /// Returns all contents as a stream.
    pub(super) fn stream(self) -> Box<dyn Read + Send + 'a> {
        match self {
            Self::Of(input, start) => {
                let again = if input.regular_len().is_some() {
                    Vec::new()
                } else {
                    start
                };
                Box::new(Cursor::new(again).chain(input))
            }
            Self::Stream(stream) => stream,
        }
    }
}
