//! Work that is kept for the end, on disk: a million links or folders would not fit in memory.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::FileExt;

use rustix::fs::{AtFlags, Mode, OFlags};

use bulla_archive::entry::{Entry, EntryKind, Timestamp};

use crate::files::temporary::{Refusal, TEMPORARIES};

/// The length of a length, before a text and at the end of a record.
const LENGTH: usize = 4;

/// What has to be known about a folder or symlink at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) path: Vec<u8>,
    /// The text of a symlink.
    pub(super) target: Vec<u8>,
    pub(super) mode: u32,
    /// `None` for a folder that is only named in longer paths.
    pub(super) modified: Option<Timestamp>,
    pub(super) uid: u64,
    pub(super) gid: u64,
    /// The extended attributes of a folder.
    pub(super) attributes: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Record {
    pub(super) fn of(entry: &Entry) -> Self {
        Self {
            path: entry.path.clone(),
            target: match &entry.kind {
                EntryKind::Symlink { target } => target.clone(),
                _ => Vec::new(),
            },
            mode: entry.mode,
            modified: Some(entry.modified),
            uid: entry.uid,
            gid: entry.gid,
            attributes: match &entry.kind {
                EntryKind::Folder => entry.attributes.clone(),
                _ => Vec::new(),
            },
        }
    }

    /// A folder that has no entry of its own.
    pub(super) fn implied(path: &[u8]) -> Self {
        Self {
            path: path.to_vec(),
            target: Vec::new(),
            mode: 0o777,
            modified: None,
            uid: 0,
            gid: 0,
            attributes: Vec::new(),
        }
    }

    /// The numbers, then each text with its length in front, the attributes last.
    fn to_bytes(&self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let time = self.modified.unwrap_or(Timestamp {
            seconds: 0,
            nanoseconds: u32::MAX,
        });
        bytes.extend_from_slice(&self.mode.to_le_bytes());
        bytes.extend_from_slice(&time.seconds.to_le_bytes());
        bytes.extend_from_slice(&time.nanoseconds.to_le_bytes());
        bytes.extend_from_slice(&self.uid.to_le_bytes());
        bytes.extend_from_slice(&self.gid.to_le_bytes());
        let attributes = self.attributes.iter();
        let attributes = attributes.flat_map(|(name, value)| [name, value]);
        for text in [&self.path, &self.target].into_iter().chain(attributes) {
            bytes.extend_from_slice(&length(text.len())?);
            bytes.extend_from_slice(text);
        }
        Ok(bytes)
    }

    fn from_bytes(mut bytes: &[u8]) -> Option<Self> {
        let mode = u32::from_le_bytes(*take(&mut bytes)?);
        let seconds = i64::from_le_bytes(*take(&mut bytes)?);
        let nanoseconds = u32::from_le_bytes(*take(&mut bytes)?);
        let modified = Timestamp {
            seconds,
            nanoseconds,
        };
        let uid = u64::from_le_bytes(*take(&mut bytes)?);
        let gid = u64::from_le_bytes(*take(&mut bytes)?);
        let (path, target) = (text(&mut bytes)?, text(&mut bytes)?);
        let mut attributes = Vec::new();
        while !bytes.is_empty() {
            attributes.push((text(&mut bytes)?, text(&mut bytes)?));
        }
        Some(Self {
            path,
            target,
            mode,
            modified: (nanoseconds != u32::MAX).then_some(modified),
            uid,
            gid,
            attributes,
        })
    }
}

fn text(bytes: &mut &[u8]) -> Option<Vec<u8>> {
    let len = u32::from_le_bytes(*take(bytes)?);
    let (text, rest) = bytes.split_at_checked(usize::try_from(len).ok()?)?;
    *bytes = rest;
    Some(text.to_vec())
}

fn take<'a, const N: usize>(bytes: &mut &'a [u8]) -> Option<&'a [u8; N]> {
    let (taken, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(taken)
}

fn length(len: usize) -> io::Result<[u8; LENGTH]> {
    u32::try_from(len)
        .map(u32::to_le_bytes)
        .map_err(|_| io::ErrorKind::InvalidInput.into())
}

/// Records in a file without a name, read from the last to the first.
#[derive(Debug)]
pub(super) struct Spool {
    file: BufWriter<File>,
    end: u64,
}

impl Spool {
    /// Creates the file in a folder in which nothing else is yet.
    pub(super) fn create(folder: &OwnedFd) -> Result<Self, Refusal> {
        let name = "spool";
        let flags =
            OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = TEMPORARIES.take(|| {
            let file = rustix::fs::openat(folder, name, flags, Mode::from_raw_mode(0o600))?;
            rustix::fs::unlinkat(folder, name, AtFlags::empty())?;
            Ok(File::from(file))
        })?;
        Ok(Self {
            file: BufWriter::new(file),
            end: 0,
        })
    }

    pub(super) fn push(&mut self, record: &Record) -> io::Result<()> {
        let bytes = record.to_bytes()?;
        self.file.write_all(&bytes)?;
        self.file.write_all(&length(bytes.len())?)?;
        self.end += (bytes.len() + LENGTH) as u64;
        Ok(())
    }

    /// Takes the last record.
    pub(super) fn pop(&mut self) -> io::Result<Option<Record>> {
        self.file.flush()?;
        let file = self.file.get_ref();
        let Some(end) = self.end.checked_sub(LENGTH as u64) else {
            return Ok(None);
        };
        let mut len = [0; LENGTH];
        file.read_exact_at(&mut len, end)?;
        let len = u32::from_le_bytes(len);
        let start = end.checked_sub(u64::from(len));
        let start = start.ok_or(io::ErrorKind::InvalidData)?;
        let len = usize::try_from(len).map_err(|_| io::ErrorKind::InvalidData)?;
        let mut bytes = vec![0; len];
        file.read_exact_at(&mut bytes, start)?;
        self.end = start;
        let record = Record::from_bytes(&bytes).ok_or(io::ErrorKind::InvalidData)?;
        Ok(Some(record))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_come_back_in_reverse_order_and_the_file_has_no_name() {
        let dir = tempfile::tempdir().unwrap();
        let folder = OwnedFd::from(File::open(dir.path()).unwrap());
        let mut spool = Spool::create(&folder).unwrap();
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
        let record = |path: &str, target: &str| Record {
            path: path.into(),
            target: target.into(),
            mode: 0o7531,
            modified: Some(Timestamp {
                seconds: -5,
                nanoseconds: 7,
            }),
            uid: 1 << 40,
            gid: 3,
            attributes: vec![
                (b"user.a".to_vec(), b"1".to_vec()),
                (b"user.b".to_vec(), vec![]),
            ],
        };
        let all = [record("a/b", "../x"), record("", ""), Record::implied(b"c")];
        for record in &all {
            spool.push(record).unwrap();
        }
        for record in all.iter().rev() {
            assert_eq!(spool.pop().unwrap().as_ref(), Some(record));
        }
        assert_eq!(spool.pop().unwrap(), None);
    }
}
