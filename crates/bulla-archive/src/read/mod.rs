//! Reading tar files strictly: what two programs could understand differently is refused.
//!
//! The reader takes the ustar, GNU and pax formats as GNU tar, bsdtar and Python write them. It
//! needs no seeking, and its memory is bounded: some 20 bytes for each path and at most some
//! megabytes for one entry. docs/formats.md lists what is accepted.

mod end;
mod error;
mod extended;
mod header;
mod holes;
mod number;
mod path;
mod seen;
#[cfg(test)]
mod tests;

use std::io::{self, Read};

use crate::entry::{Entry, EntryKind, Part};
use crate::read::end::AfterEnd;
use crate::read::extended::{Extended, check_global};
use crate::read::header::{BLOCK, Block, Header, follows};
use crate::read::holes::{Lines, Parts};
use crate::read::seen::{Seen, What};

pub use error::{Fault, Field, ReadError, Refusal, Refused};
pub use path::LONGEST_PATH;
pub use seen::MOST_PATHS;

/// The largest size that fits in the field of a POSIX header.
const LARGEST_OCTAL: u64 = (1 << 33) - 1;

/// Reads the entries of an archive, and the contents of each, in order.
///
/// ```
/// use bulla_archive::read::Reader;
///
/// let archive = [0; 1024]; // without entries
/// let mut reader = Reader::new(&archive[..]);
/// while let Some(entry) = reader.next_entry()? {
///     let mut buffer = [0; 4096];
///     while reader.read_contents(&mut buffer)? > 0 {}
/// }
/// # Ok::<(), bulla_archive::read::ReadError>(())
/// ```
#[derive(Debug)]
pub struct Reader<R> {
    input: Counted<R>,
    /// The paths so far; `None` if only one entry is read.
    seen: Option<Seen>,
    /// The number of the entry that is read, from 1.
    number: u64,
    /// Its path, for errors.
    path: Vec<u8>,
    /// How many bytes of its contents are still to be read.
    left: u64,
    /// How many bytes follow them to fill the block.
    fill: u64,
    is_over: bool,
}

/// An input of which the bytes are counted.
#[derive(Debug)]
struct Counted<R> {
    input: R,
    len: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        self.len += read as u64;
        Ok(read)
    }
}

/// What the headers before an entry say about it.
#[derive(Default)]
struct Before {
    extended: Option<Extended>,
    gnu_path: Option<Vec<u8>>,
    gnu_target: Option<Vec<u8>>,
    /// Whether there is a global header. Python does not read an archive that ends with one.
    is_global: bool,
}

impl Before {
    fn is_empty(&self) -> bool {
        self.extended.is_none()
            && self.gnu_path.is_none()
            && self.gnu_target.is_none()
            && !self.is_global
    }
}

type Result<T, E = ReadError> = std::result::Result<T, E>;

impl<R: Read> Reader<R> {
    /// Reads an archive from its beginning.
    pub fn new(input: R) -> Self {
        Self {
            input: Counted { input, len: 0 },
            seen: Some(Seen::new()),
            number: 0,
            path: Vec::new(),
            left: 0,
            fill: 0,
            is_over: false,
        }
    }

    /// Reads single entries of an archive, from the beginning of one. How they go together with
    /// the others is not checked.
    pub fn at_entry(input: R) -> Self {
        Self {
            seen: None,
            ..Self::new(input)
        }
    }

    /// Returns the next entry, or `None` at the end of the archive. What was not read of the
    /// contents of the last one is skipped. The end is accepted only if nothing follows it.
    ///
    /// # Errors
    /// [`ReadError`]; nothing more is read after one.
    pub fn next_entry(&mut self) -> Result<Option<Entry>> {
        if self.is_over {
            return Ok(None);
        }
        let entry = self.read_entry();
        self.is_over = !matches!(entry, Ok(Some(_)));
        entry
    }

    /// Reads contents of the last entry: the parts that are stored, one after the other. Returns 0
    /// at their end.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn read_contents(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let most = usize::try_from(self.left).map_or(buffer.len(), |left| left.min(buffer.len()));
        if most == 0 {
            return Ok(0);
        }
        let read = read_some(&mut self.input, &mut buffer[..most])?;
        if read == 0 {
            self.is_over = true;
            return Err(self.refused(Refusal::Truncated));
        }
        self.left -= read as u64;
        Ok(read)
    }

    fn read_entry(&mut self) -> Result<Option<Entry>> {
        self.skip_contents()?;
        self.number += 1;
        self.path.clear();
        let mut before = Before::default();
        loop {
            let mut block = [0; BLOCK];
            if !self.fill_or_end(&mut block)? {
                let refusal = if before.is_empty() {
                    Refusal::NoEnd
                } else {
                    Refusal::Missing
                };
                return Err(self.refused(refusal));
            }
            if is_zeros(&block) {
                if !before.is_empty() {
                    return Err(self.refused(Refusal::Missing));
                }
                self.read_end()?;
                return Ok(None);
            }
            let header = Header::parse(&block).map_err(|refusal| self.refused(refusal))?;
            match header.kind {
                b'x' | b'g' | b'L' | b'K' => self.read_before(&header, &mut before)?,
                _ => return self.read_described(&header, before).map(Some),
            }
        }
    }

    /// Reads a header that describes the next entry, or all that follow.
    fn read_before(&mut self, header: &Header<'_>, before: &mut Before) -> Result<()> {
        let (most, field) = match header.kind {
            b'x' | b'g' => (extended::LARGEST, Field::Extended),
            b'L' => (LONGEST_PATH as u64 + 1, Field::Path),
            _ => (LONGEST_PATH as u64 + 1, Field::Link),
        };
        let size = header.own_size().map_err(|refusal| self.refused(refusal))?;
        if size > most {
            return Err(self.refused(Refusal::Limit(field, most)));
        }
        let is_posix = matches!(header.kind, b'x' | b'g');
        if is_posix == header.is_gnu {
            return Err(self.refused(Refusal::MixedFormats));
        }
        let mut bytes = Vec::new();
        (&mut self.input).take(size).read_to_end(&mut bytes)?;
        if bytes.len() as u64 != size {
            return Err(self.refused(Refusal::Truncated));
        }
        self.fill = padding(size);
        self.skip_contents()?;
        before.is_global |= header.kind == b'g';
        let stored = match header.kind {
            b'g' => check_global(&bytes),
            b'x' => Extended::parse(&bytes)
                .and_then(|extended| once(&mut before.extended, extended, Field::Extended)),
            b'L' => gnu_text(bytes, Field::Path)
                .and_then(|path| once(&mut before.gnu_path, path, Field::Path)),
            _ => gnu_text(bytes, Field::Link)
                .and_then(|target| once(&mut before.gnu_target, target, Field::Link)),
        };
        stored.map_err(|refusal| self.refused(refusal))
    }

    /// Reads the entry that this header and those before it describe.
    fn read_described(&mut self, header: &Header<'_>, before: Before) -> Result<Entry> {
        let described =
            describe(header, before, &mut self.path).map_err(|refusal| self.refused(refusal))?;
        let (mut entry, size) = (described.entry, described.size);
        self.left = size;
        self.fill = padding(size);
        if let EntryKind::File { len, parts } = &mut entry.kind {
            match described.holes {
                Holes::No => {
                    if *len > 0 {
                        parts.push(Part {
                            offset: 0,
                            len: *len,
                        });
                    }
                }
                Holes::Gnu => *parts = self.gnu_parts(header)?,
                Holes::Lines => *parts = self.lines(*len)?,
            }
        }
        if let Some(seen) = &mut self.seen {
            let what = match &entry.kind {
                EntryKind::File { .. } => What::File,
                EntryKind::Folder => What::Folder,
                EntryKind::Symlink { .. } => What::Symlink,
                EntryKind::HardLink { target } => What::HardLink(target),
            };
            seen.add(&entry.path, what)
                .map_err(|refusal| refused(self.number, &self.path, refusal))?;
        }
        Ok(entry)
    }

    /// Reads the parts of a file in the old GNU format, in the header and in blocks after it.
    fn gnu_parts(&mut self, header: &Header<'_>) -> Result<Vec<Part>> {
        let refuse = |refusal| refused(self.number, &self.path, refusal);
        let (list, mut more, len) = header.gnu_parts().map_err(refuse)?;
        let mut parts = Parts::new(len);
        let mut ended = parts.add_gnu(list).map_err(refuse)?;
        while more {
            if ended {
                return Err(self.refused(Refusal::Holes));
            }
            let mut block = [0; BLOCK];
            if !self.fill_or_end(&mut block)? {
                return Err(self.refused(Refusal::Truncated));
            }
            let refuse = |refusal| refused(self.number, &self.path, refusal);
            ended = parts.add_gnu(&block[..504]).map_err(refuse)?;
            more = follows(block[504]).map_err(refuse)?;
            if !is_zeros(&block[505..]) {
                return Err(self.refused(Refusal::Unused));
            }
        }
        parts
            .finish(self.left)
            .map_err(|refusal| self.refused(refusal))
    }

    /// Reads the list of parts at the beginning of the contents.
    fn lines(&mut self, len: u64) -> Result<Vec<Part>> {
        let mut lines = Lines::new(len);
        loop {
            let mut block = [0; BLOCK];
            if self.left < BLOCK as u64 {
                return Err(self.refused(Refusal::Holes));
            }
            if !self.fill_or_end(&mut block)? {
                return Err(self.refused(Refusal::Truncated));
            }
            self.left -= BLOCK as u64;
            if lines
                .take(&block)
                .map_err(|refusal| self.refused(refusal))?
            {
                break;
            }
        }
        lines
            .finish(self.left)
            .map_err(|refusal| self.refused(refusal))
    }

    /// Reads what follows the first block of zeros.
    fn read_end(&mut self) -> Result<()> {
        let mut after = AfterEnd::new(self.input.len - BLOCK as u64);
        let mut block = [0; BLOCK];
        if !self.fill_or_end(&mut block)? || !is_zeros(&block) {
            return Err(self.refused(Refusal::LoneZeroBlock));
        }
        let mut buffer = [0; 16 * BLOCK];
        loop {
            let read = read_some(&mut self.input, &mut buffer)?;
            after.take(&buffer[..read]);
            if read == 0 && after.is_accepted() {
                return Ok(());
            }
            if read == 0 {
                return Err(self.refused(Refusal::AfterEnd));
            }
        }
    }

    fn skip_contents(&mut self) -> Result<()> {
        let left = self.left + self.fill;
        (self.left, self.fill) = (0, 0);
        let skipped = io::copy(&mut (&mut self.input).take(left), &mut io::sink())?;
        if skipped == left {
            Ok(())
        } else {
            Err(self.refused(Refusal::Truncated))
        }
    }

    /// Reads a block. Returns false if the input ends before it.
    fn fill_or_end(&mut self, block: &mut Block) -> Result<bool> {
        let mut filled = 0;
        while filled < BLOCK {
            match read_some(&mut self.input, &mut block[filled..])? {
                0 if filled == 0 => return Ok(false),
                0 => return Err(self.refused(Refusal::Truncated)),
                read => filled += read,
            }
        }
        Ok(true)
    }

    fn refused(&self, reason: Refusal) -> ReadError {
        refused(self.number, &self.path, reason)
    }
}

/// Returns whether an archive may begin with these bytes. Fewer than 512 are not enough to tell.
pub fn looks_like_tar(begin: &[u8]) -> bool {
    let Some(block) = begin.first_chunk::<BLOCK>() else {
        return false;
    };
    is_zeros(block) || header::is_header(block)
}

fn refused(number: u64, path: &[u8], reason: Refusal) -> ReadError {
    ReadError::Refused(Box::new(Refused {
        number,
        path: path.to_vec(),
        reason,
    }))
}

/// An entry before its list of parts was read, and how many bytes are stored for it.
struct Described {
    entry: Entry,
    size: u64,
    holes: Holes,
}

/// Where the list of the parts of a file is.
enum Holes {
    /// There is none: the file has no holes.
    No,
    /// In the header.
    Gnu,
    /// Before the contents.
    Lines,
}

/// Puts together what the headers say about an entry. `known` gets its path as soon as possible.
fn describe(
    header: &Header<'_>,
    before: Before,
    known: &mut Vec<u8>,
) -> Result<Described, Refusal> {
    let gnu = before.gnu_path.is_some() || before.gnu_target.is_some();
    if gnu && !header.is_gnu || before.extended.is_some() && header.is_gnu {
        return Err(Refusal::MixedFormats);
    }
    let extended = before.extended.unwrap_or_default();
    let written = extended.path.or(before.gnu_path);
    // Some readers look at the path of the header, others at the one that counts.
    let has_slash =
        header.path.ends_with(b"/") || written.as_ref().is_some_and(|path| path.ends_with(b"/"));
    let written = written.as_deref().unwrap_or(&header.path);
    known.extend_from_slice(&written[..written.len().min(LONGEST_PATH)]);
    let path = path::relative(written, Field::Path)?.to_vec();
    let target = extended.target.as_deref().or(before.gnu_target.as_deref());
    let target = target.unwrap_or(header.target);
    let size = size(header, extended.size)?;
    let mut holes = Holes::No;
    let kind = match header.kind {
        b'0' | 0 => {
            if extended.holes.is_some() {
                holes = Holes::Lines;
            }
            EntryKind::File {
                len: extended.holes.unwrap_or(size),
                parts: Vec::new(),
            }
        }
        b'S' if header.is_gnu => {
            holes = Holes::Gnu;
            EntryKind::File {
                len: header.gnu_parts()?.2,
                parts: Vec::new(),
            }
        }
        b'1' => EntryKind::HardLink {
            target: path::relative(target, Field::Link)?.to_vec(),
        },
        b'2' => EntryKind::Symlink {
            target: path::target(target)?.to_vec(),
        },
        b'5' => EntryKind::Folder,
        b'3' | b'4' | b'6' => return Err(Refusal::Device),
        other => return Err(Refusal::Type(other)),
    };
    let is_file = matches!(kind, EntryKind::File { .. });
    if !is_file && size > 0 {
        return Err(Refusal::Contents);
    }
    if !is_file && extended.holes.is_some() {
        return Err(Refusal::Holes);
    }
    if kind != EntryKind::Folder && has_slash {
        return Err(Refusal::TrailingSlash);
    }
    if matches!(kind, EntryKind::HardLink { .. }) && target.ends_with(b"/") {
        return Err(Refusal::TrailingSlash);
    }
    if kind != EntryKind::Folder && path.is_empty() {
        return Err(Refusal::Field(Field::Path, Fault::Empty));
    }
    if matches!(kind, EntryKind::File { .. } | EntryKind::Folder) && !target.is_empty() {
        return Err(Refusal::Target);
    }
    Ok(Described {
        entry: Entry {
            path,
            kind,
            mode: header.mode,
            modified: extended.modified.unwrap_or(header.modified),
            uid: extended.uid.unwrap_or(header.uid),
            gid: extended.gid.unwrap_or(header.gid),
            attributes: extended.attributes,
        },
        size,
        holes,
    })
}

/// Returns the size of what is stored. Two that differ are accepted only where the field of the
/// header is too small.
fn size(header: &Header<'_>, extended: Option<u64>) -> Result<u64, Refusal> {
    match (extended, header.size) {
        (None, _) => header.own_size(),
        (Some(size), Some(same)) if size == same => Ok(size),
        (Some(size), None | Some(0)) if size > LARGEST_OCTAL => Ok(size),
        _ => Err(Refusal::TwoSizes),
    }
}

fn once<T>(place: &mut Option<T>, value: T, field: Field) -> Result<(), Refusal> {
    if place.replace(value).is_some() {
        return Err(Refusal::Twice(field));
    }
    Ok(())
}

/// Returns a long path or target of the GNU format, which ends with one NUL.
fn gnu_text(mut bytes: Vec<u8>, field: Field) -> Result<Vec<u8>, Refusal> {
    match bytes.pop() {
        Some(0) if !bytes.contains(&0) => Ok(bytes),
        _ => Err(Refusal::Field(field, Fault::Nul)),
    }
}

fn padding(size: u64) -> u64 {
    size.next_multiple_of(BLOCK as u64) - size
}

fn is_zeros(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == 0)
}

fn read_some(input: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match input.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            read => return read,
        }
    }
}
