//! A tar file as a stream: headers, contents, and what is behind its end.

use std::io::{self, Read};
use std::mem;

use crate::catalogue::{CatalogueEntry, CatalogueWriter};
use crate::entry::{Entry, Part};
use crate::frames::TarStream;
use crate::padding::padme;
use crate::write::header::{BLOCK, headers};

/// The two blocks of zeros that end the entries.
const END: u64 = 2 * BLOCK;

/// Where entries and their contents come from.
pub trait Source {
    /// Returns the next entry, in the order of the tree.
    ///
    /// # Errors
    /// What makes it impossible to go on.
    fn next_entry(&mut self) -> io::Result<Option<Entry>>;

    /// Fills a buffer from the contents of the file that was returned last, from this offset on. A
    /// file that has become shorter, or that cannot be read any more, is filled up with zeros: its
    /// length is already written.
    ///
    /// # Errors
    /// What makes it impossible to go on.
    fn fill(&mut self, buffer: &mut [u8], offset: u64) -> io::Result<()>;
}

/// What follows the entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Padding and catalogue.
    Catalogue {
        /// Whether to round up the length with [`padme`].
        pads: bool,
    },
    /// Nothing. The catalogue is put elsewhere.
    Bare,
}

/// A tar file, made while it is read.
pub struct TarWriter<S> {
    source: S,
    ending: Ending,
    /// Bytes that come next, and how many of them were read.
    pending: Vec<u8>,
    taken: usize,
    /// The parts of the current file that follow them, the last one first.
    parts: Vec<Part>,
    /// The length of the zeros that follow those.
    zeros: u64,
    /// The number of bytes of all entries so far.
    written: u64,
    /// `None` once the entries have ended.
    catalogue: Option<CatalogueWriter>,
    /// The catalogue, when it is complete.
    finished: Option<Vec<u8>>,
}

impl<S: Source> TarWriter<S> {
    /// Begins a tar file with all entries of a source.
    pub fn new(source: S, ending: Ending) -> Self {
        Self {
            source,
            ending,
            pending: Vec::new(),
            taken: 0,
            parts: Vec::new(),
            zeros: 0,
            written: 0,
            catalogue: Some(CatalogueWriter::default()),
            finished: None,
        }
    }

    /// Returns the source.
    pub fn into_source(self) -> S {
        self.source
    }

    /// Prepares the next entry, or the end. Returns false if nothing follows.
    fn advance(&mut self) -> io::Result<bool> {
        self.taken = 0;
        let Some(catalogue) = &mut self.catalogue else {
            let is_bare = self.ending == Ending::Bare;
            self.pending = match &mut self.finished {
                Some(catalogue) if !is_bare => mem::take(catalogue),
                _ => Vec::new(),
            };
            return Ok(!self.pending.is_empty());
        };
        let Some(entry) = self.source.next_entry()? else {
            return self.end().map(|()| true);
        };
        let headers = headers(&entry)?;
        catalogue.push(&CatalogueEntry::new(&entry, self.written))?;
        let contents: u64 = headers.parts.iter().map(|part| part.len).sum();
        self.zeros = contents.next_multiple_of(BLOCK) - contents;
        self.written += headers.bytes.len() as u64 + contents + self.zeros;
        self.pending = headers.bytes;
        self.parts = headers.parts;
        self.parts.reverse();
        Ok(true)
    }

    fn end(&mut self) -> io::Result<()> {
        let catalogue = self.catalogue.take().unwrap_or_default();
        let catalogue = catalogue.finish(self.written)?;
        self.pending.clear();
        self.zeros = END;
        if let Ending::Catalogue { pads } = self.ending {
            let len = self.written + END + catalogue.len() as u64;
            let padded = if pads { padme(len) } else { len };
            self.zeros += padded.next_multiple_of(BLOCK) - len;
        }
        self.finished = Some(catalogue);
        Ok(())
    }

    /// Reads a part of what is prepared. Returns 0 if nothing is left of it.
    fn read_prepared(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let rest = &self.pending[self.taken..];
        if !rest.is_empty() {
            let len = rest.len().min(buffer.len());
            buffer[..len].copy_from_slice(&rest[..len]);
            self.taken += len;
            return Ok(len);
        }
        let most = |len: u64| buffer.len().min(usize::try_from(len).unwrap_or(usize::MAX));
        while let Some(part) = self.parts.last_mut() {
            let len = most(part.len);
            if len == 0 {
                self.parts.pop();
                continue;
            }
            self.source.fill(&mut buffer[..len], part.offset)?;
            part.offset += len as u64;
            part.len -= len as u64;
            return Ok(len);
        }
        let len = most(self.zeros);
        buffer[..len].fill(0);
        self.zeros -= len as u64;
        Ok(len)
    }
}

impl<S: Source> Read for TarWriter<S> {
    /// Fills the whole buffer, unless the tar file ends.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while filled < buffer.len() {
            let read = self.read_prepared(&mut buffer[filled..])?;
            filled += read;
            if read == 0 && !self.advance()? {
                break;
            }
        }
        Ok(filled)
    }
}

impl<S: Source> TarStream for TarWriter<S> {
    fn take_catalogue(&mut self) -> io::Result<Vec<u8>> {
        Ok(self.finished.take().unwrap_or_default())
    }
}
