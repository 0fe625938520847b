//! The headers of an entry: ustar, after a pax header for what does not fit into it.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io;

use tar::{EntryType, Header};

use crate::entry::{Entry, EntryKind, Part, Timestamp};

/// The length of a block. Headers and contents fill whole blocks.
pub(super) const BLOCK: u64 = 512;

/// The longest file whose length fits into a ustar header.
const MOST_SIZE: u64 = 0o777_7777_7777;

/// The largest user or group ID that fits.
const MOST_ID: u64 = 0o777_7777;

/// What precedes the contents of an entry, and the parts of the contents that follow.
pub(super) struct Headers {
    pub(super) bytes: Vec<u8>,
    pub(super) parts: Vec<Part>,
}

/// Returns the headers of an entry.
///
/// # Errors
/// If the entry has what no tar file can hold.
pub(super) fn headers(entry: &Entry) -> io::Result<Headers> {
    let mut records = Records::default();
    let mut header = Header::new_ustar();
    let mut path = Cow::Borrowed(entry.path.as_slice());
    let (mut parts, mut map, mut size) = (Vec::new(), Vec::new(), 0);
    let kind = match &entry.kind {
        EntryKind::File { len, parts: stored } => {
            parts.clone_from(stored);
            size = stored.iter().map(|part| part.len).sum();
            if size != *len {
                map = sparse_map(*len, stored);
                size += map.len() as u64;
                records.add("GNU.sparse.major", b"1");
                records.add("GNU.sparse.minor", b"0");
                records.add("GNU.sparse.name", &entry.path);
                records.add("GNU.sparse.realsize", len.to_string().as_bytes());
                path = Cow::Owned(sparse_name(&entry.path));
            }
            EntryType::Regular
        }
        EntryKind::Folder => {
            path.to_mut().push(b'/');
            EntryType::Directory
        }
        EntryKind::Symlink { target } => {
            set_link(&mut header, target, &mut records)?;
            EntryType::Symlink
        }
        EntryKind::HardLink { target } => {
            set_link(&mut header, target, &mut records)?;
            EntryType::Link
        }
    };
    header.set_entry_type(kind);
    set_path(&mut header, &path, &mut records)?;
    if size > MOST_SIZE {
        records.add("size", size.to_string().as_bytes());
    }
    for (key, id) in [("uid", entry.uid), ("gid", entry.gid)] {
        if id > MOST_ID {
            records.add(key, id.to_string().as_bytes());
        }
    }
    let seconds = u64::try_from(entry.modified.seconds).ok();
    let fits = seconds.filter(|seconds| *seconds <= MOST_SIZE);
    if fits.is_none() || entry.modified.nanoseconds > 0 {
        records.add("mtime", decimal(entry.modified).as_bytes());
    }
    for (name, value) in &entry.attributes {
        let name = str::from_utf8(name).ok().filter(|name| !name.contains('='));
        let name = name.ok_or(io::ErrorKind::InvalidData)?;
        records.add(&format!("SCHILY.xattr.{name}"), value);
    }
    header.set_mode(entry.mode);
    header.set_uid(entry.uid);
    header.set_gid(entry.gid);
    // Where it does not fit, the pax header counts.
    header.set_mtime(fits.unwrap_or(0));
    header.set_size(size);
    header.set_cksum();
    let mut bytes = records.into_blocks();
    bytes.extend_from_slice(header.as_bytes());
    bytes.extend_from_slice(&map);
    Ok(Headers { bytes, parts })
}

/// Sets the path in the header, or in the pax header if it is too long.
fn set_path(header: &mut Header, path: &[u8], records: &mut Records) -> io::Result<()> {
    let fields = header.as_ustar_mut().ok_or(io::ErrorKind::InvalidData)?;
    if path.len() <= fields.name.len() {
        fields.name[..path.len()].copy_from_slice(path);
        return Ok(());
    }
    // At a slash, which is in neither field.
    let split = path
        .iter()
        .enumerate()
        .skip(path.len() - fields.name.len() - 1)
        .find(|(at, byte)| **byte == b'/' && *at + 1 < path.len())
        .map(|(at, _)| at)
        .filter(|at| (1..=fields.prefix.len()).contains(at));
    if let Some(at) = split {
        let (prefix, name) = (&path[..at], &path[at + 1..]);
        fields.prefix[..prefix.len()].copy_from_slice(prefix);
        fields.name[..name.len()].copy_from_slice(name);
        return Ok(());
    }
    // What is here is read only by programs that do not know pax. A slash at its end would make a
    // folder of it for some that do.
    let begin = &path[..fields.name.len()];
    let begin = begin.strip_suffix(b"/").unwrap_or(begin);
    fields.name[..begin.len()].copy_from_slice(begin);
    if records.has("GNU.sparse.name") {
        return Ok(());
    }
    records.add("path", path);
    Ok(())
}

fn set_link(header: &mut Header, target: &[u8], records: &mut Records) -> io::Result<()> {
    let fields = header.as_ustar_mut().ok_or(io::ErrorKind::InvalidData)?;
    let fits = target.len().min(fields.linkname.len());
    fields.linkname[..fits].copy_from_slice(&target[..fits]);
    if fits < target.len() {
        records.add("linkpath", target);
    }
    Ok(())
}

/// Returns the name that a sparse file has for programs that do not know its format.
fn sparse_name(path: &[u8]) -> Vec<u8> {
    let name = path
        .iter()
        .rposition(|&byte| byte == b'/')
        .map_or(0, |at| at + 1);
    [&path[..name], b"GNUSparseFile.0/", &path[name..]].concat()
}

/// Returns the map of a sparse file, in whole blocks: the number of parts, and of each its offset and
/// length. A part of no length says where the file ends.
fn sparse_map(len: u64, parts: &[Part]) -> Vec<u8> {
    let end = parts.last().map_or(0, |part| part.offset + part.len);
    let last = (end < len).then_some(Part {
        offset: len,
        len: 0,
    });
    let mut map = format!("{}\n", parts.len() + usize::from(last.is_some()));
    for part in parts.iter().chain(&last) {
        let _ = write!(map, "{}\n{}\n", part.offset, part.len);
    }
    let mut map = map.into_bytes();
    map.resize(map.len().next_multiple_of(BLOCK as usize), 0);
    map
}

/// Returns a time as a decimal number, with as many digits as it needs.
fn decimal(time: Timestamp) -> String {
    let nanoseconds = i128::from(time.seconds) * 1_000_000_000 + i128::from(time.nanoseconds);
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let digits = nanoseconds.unsigned_abs();
    let (seconds, fraction) = (digits / 1_000_000_000, digits % 1_000_000_000);
    if fraction == 0 {
        return format!("{sign}{seconds}");
    }
    let text = format!("{sign}{seconds}.{fraction:09}");
    text.trim_end_matches('0').to_owned()
}

/// The records of a pax header.
#[derive(Default)]
struct Records {
    bytes: Vec<u8>,
    keys: Vec<String>,
}

impl Records {
    fn has(&self, key: &str) -> bool {
        self.keys.iter().any(|known| known == key)
    }

    /// Adds a record: its length in digits, a space, the key, an equals sign, the value, a line end.
    /// The length includes its own digits.
    fn add(&mut self, key: &str, value: &[u8]) {
        let rest = key.len() + value.len() + 3;
        let mut len = rest + 1;
        while rest + len.to_string().len() != len {
            len = rest + len.to_string().len();
        }
        self.bytes
            .extend_from_slice(format!("{len} {key}=").as_bytes());
        self.bytes.extend_from_slice(value);
        self.bytes.push(b'\n');
        self.keys.push(key.to_owned());
    }

    /// Returns the pax header and its records in whole blocks; nothing if there are no records.
    fn into_blocks(self) -> Vec<u8> {
        if self.bytes.is_empty() {
            return Vec::new();
        }
        let mut header = Header::new_ustar();
        let name = b"././@PaxHeader";
        if let Some(fields) = header.as_ustar_mut() {
            fields.name[..name.len()].copy_from_slice(name);
        }
        header.set_entry_type(EntryType::XHeader);
        header.set_mode(0o644);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(0);
        header.set_size(self.bytes.len() as u64);
        header.set_cksum();
        let mut blocks = header.as_bytes().to_vec();
        blocks.extend_from_slice(&self.bytes);
        blocks.resize(blocks.len().next_multiple_of(BLOCK as usize), 0);
        blocks
    }
}
