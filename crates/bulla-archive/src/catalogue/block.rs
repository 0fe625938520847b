//! Entries as bytes. Numbers are LEB128; paths repeat only what differs from the path before.

use crate::catalogue::entry::{CatalogueEntry, CatalogueKind};
use crate::catalogue::error::CatalogueError;
use crate::catalogue::order::{is_path, tree_order};
use crate::catalogue::{BLOCK, MOST_PATH};
use crate::entry::Timestamp;

const FILE: u64 = 0;
const FOLDER: u64 = 1;
const SYMLINK: u64 = 2;
const HARD_LINK: u64 = 3;

/// Writes the entries of one block.
#[derive(Default)]
pub(super) struct BlockWriter {
    pub(super) bytes: Vec<u8>,
    pub(super) entries: u64,
    /// The path of its first entry.
    pub(super) first: Vec<u8>,
    before: Before,
}

/// What the next entry of a block is compared with.
#[derive(Default)]
struct Before {
    path: Vec<u8>,
    offset: u64,
    seconds: i64,
}

impl BlockWriter {
    pub(super) fn is_full(&self) -> bool {
        self.bytes.len() >= BLOCK
    }

    pub(super) fn push(&mut self, entry: &CatalogueEntry) {
        if self.entries == 0 {
            self.first.clone_from(&entry.path);
        }
        let before = &mut self.before;
        let shared = before
            .path
            .iter()
            .zip(&entry.path)
            .take_while(|(a, b)| a == b)
            .count();
        let (kind, len, target) = match &entry.kind {
            CatalogueKind::File { len } => (FILE, Some(*len), None),
            CatalogueKind::Folder => (FOLDER, None, None),
            CatalogueKind::Symlink { target } => (SYMLINK, None, Some(target)),
            CatalogueKind::HardLink { target } => (HARD_LINK, None, Some(target)),
        };
        let bytes = &mut self.bytes;
        put(bytes, shared as u64);
        put_text(bytes, &entry.path[shared..]);
        put(bytes, kind | u64::from(entry.mode) << 2);
        put(bytes, entry.offset.wrapping_sub(before.offset));
        put(
            bytes,
            zigzag(entry.modified.seconds.wrapping_sub(before.seconds)),
        );
        put(bytes, u64::from(entry.modified.nanoseconds));
        put(bytes, entry.uid);
        put(bytes, entry.gid);
        if let Some(len) = len {
            put(bytes, len);
        }
        if let Some(target) = target {
            put_text(bytes, target);
        }
        before.path.clone_from(&entry.path);
        before.offset = entry.offset;
        before.seconds = entry.modified.seconds;
        self.entries += 1;
    }
}

/// Reads the entries of one block.
pub(super) struct BlockReader {
    bytes: Vec<u8>,
    at: usize,
    left: u64,
    before: Before,
}

impl BlockReader {
    pub(super) fn new(bytes: Vec<u8>, entries: u64) -> Self {
        Self {
            bytes,
            at: 0,
            left: entries,
            before: Before::default(),
        }
    }

    /// Returns the next entry; `None` after the last one, which ends the block.
    pub(super) fn next(&mut self) -> Result<Option<CatalogueEntry>, CatalogueError> {
        if self.left == 0 {
            return if self.at == self.bytes.len() {
                Ok(None)
            } else {
                Err(CatalogueError::Malformed(
                    "more follows the last entry of a block",
                ))
            };
        }
        let is_first = self.before.path.is_empty();
        self.left -= 1;
        let mut rest = &self.bytes[self.at..];
        let begun = rest.len();
        let entry = entry(&mut rest, &self.before)?;
        self.at += begun - rest.len();
        if !is_path(&entry.path) {
            return Err(CatalogueError::Malformed("a path is not valid"));
        }
        let rises = tree_order(&self.before.path, &entry.path).is_lt()
            && (is_first || self.before.offset < entry.offset);
        if !rises {
            return Err(CatalogueError::Malformed("entries are not in order"));
        }
        self.before.path.clone_from(&entry.path);
        self.before.offset = entry.offset;
        self.before.seconds = entry.modified.seconds;
        Ok(Some(entry))
    }
}

fn entry(rest: &mut &[u8], before: &Before) -> Result<CatalogueEntry, CatalogueError> {
    let shared = usize::try_from(take(rest)?)
        .ok()
        .and_then(|shared| before.path.get(..shared))
        .ok_or(CatalogueError::Malformed(
            "a path shares more than there is",
        ))?;
    let path = [shared, take_text(rest)?].concat();
    let kind_and_mode = take(rest)?;
    let mode = u32::try_from(kind_and_mode >> 2)
        .ok()
        .filter(|mode| *mode <= 0o7777)
        .ok_or(CatalogueError::Malformed("a mode has more than 12 bits"))?;
    let offset = before.offset.wrapping_add(take(rest)?);
    let seconds = before.seconds.wrapping_add(unzigzag(take(rest)?));
    let nanoseconds = u32::try_from(take(rest)?)
        .ok()
        .filter(|nanoseconds| *nanoseconds < 1_000_000_000)
        .ok_or(CatalogueError::Malformed("a time has too many nanoseconds"))?;
    let (uid, gid) = (take(rest)?, take(rest)?);
    let kind = match kind_and_mode & 3 {
        FILE => CatalogueKind::File { len: take(rest)? },
        FOLDER => CatalogueKind::Folder,
        SYMLINK => CatalogueKind::Symlink {
            target: take_text(rest)?.to_vec(),
        },
        _ => CatalogueKind::HardLink {
            target: take_text(rest)?.to_vec(),
        },
    };
    Ok(CatalogueEntry {
        path,
        kind,
        mode,
        modified: Timestamp {
            seconds,
            nanoseconds,
        },
        uid,
        gid,
        offset,
    })
}

/// Appends a number: seven bits in each byte, the lowest first, and a bit that says more follow.
pub(super) fn put(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// Reads a number. Only its shortest form is accepted.
pub(super) fn take(rest: &mut &[u8]) -> Result<u64, CatalogueError> {
    let mut number = 0u64;
    for shift in (0..64).step_by(7) {
        let Some((&byte, after)) = rest.split_first() else {
            return Err(CatalogueError::Malformed(
                "it ends in the middle of an entry",
            ));
        };
        *rest = after;
        let bits = u64::from(byte & 0x7f);
        if bits << shift >> shift != bits || byte == 0 && shift > 0 {
            break;
        }
        number |= bits << shift;
        if byte < 0x80 {
            return Ok(number);
        }
    }
    Err(CatalogueError::Malformed(
        "a number is not in its shortest form",
    ))
}

pub(super) fn put_text(bytes: &mut Vec<u8>, text: &[u8]) {
    put(bytes, text.len() as u64);
    bytes.extend_from_slice(text);
}

pub(super) fn take_text<'a>(rest: &mut &'a [u8]) -> Result<&'a [u8], CatalogueError> {
    let len = take(rest)?;
    let split = usize::try_from(len)
        .ok()
        .filter(|len| *len <= MOST_PATH)
        .and_then(|len| rest.split_at_checked(len));
    let Some((text, after)) = split else {
        return Err(CatalogueError::Malformed("a path is longer than it can be"));
    };
    *rest = after;
    Ok(text)
}

/// Small numbers for small differences of either sign.
fn zigzag(number: i64) -> u64 {
    (number << 1 ^ number >> 63).cast_unsigned()
}

fn unzigzag(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ -(number & 1).cast_signed()
}
