//! A regular file of a tree, opened and looked at.

use std::ffi::OsStr;
use std::fs::File;
use std::ops::Range;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::sync::Arc;

use rustix::fs::{FileType, Mode, OFlags, Stat, fstat};
use rustix::io::Errno;

use crate::files::source_folder::attributes::{Attributes, attributes};
use crate::files::source_folder::contents::Contents;
use crate::files::source_folder::problem::Problem;
use crate::files::system::mode_bits;
use bulla_archive::entry::{Entry, EntryKind, Part, Timestamp};

/// The longest file that is read before its turn.
const SMALL: u64 = 64 << 10;

/// A file by its name in an open folder.
pub(super) struct NamedFile {
    pub(super) folder: Arc<OwnedFd>,
    /// Its path in the archive, which ends with that name.
    pub(super) path: Vec<u8>,
}

/// An open file, or what was read of it.
pub(super) struct OpenedFile {
    pub(super) path: Vec<u8>,
    pub(super) stat: Stat,
    pub(super) parts: Vec<Part>,
    /// `None` if they are not read yet, or not wanted.
    pub(super) attributes: Option<Attributes>,
    pub(super) stored: Stored,
}

/// Where the contents of a file are.
pub(super) enum Stored {
    InFile(Contents),
    /// In the buffer of the batch, with what went wrong while they were read.
    InBuffer(Range<usize>, Option<Problem>),
}

impl NamedFile {
    /// Opens the file.
    ///
    /// # Errors
    /// [`Errno::LOOP`] also if it is something else than a regular file now.
    pub(super) fn open(&self) -> rustix::io::Result<OpenedFile> {
        let slash = self.path.iter().rposition(|byte| *byte == b'/');
        let name = &self.path[slash.map_or(0, |slash| slash + 1)..];
        let descriptor = open(&self.folder, OsStr::from_bytes(name), FILE)?;
        let stat = fstat(&descriptor)?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Err(Errno::LOOP);
        }
        let contents = Contents::new(File::from(descriptor), stat);
        Ok(OpenedFile {
            path: self.path.clone(),
            stat,
            parts: contents.parts(),
            attributes: None,
            stored: Stored::InFile(contents),
        })
    }
}

impl OpenedFile {
    fn len(&self) -> u64 {
        u64::try_from(self.stat.st_size).unwrap_or(0)
    }

    /// Reads and closes it, if it is short and fits into the buffer after `used` bytes.
    pub(super) fn read_into(&mut self, buffer: &mut [u8], used: &mut usize) {
        let len = self.len();
        let is_whole = len == 0 || self.parts == [Part { offset: 0, len }];
        let fits = usize::try_from(len).ok().map(|len| *used..*used + len);
        let Some(room) = fits.filter(|room| len <= SMALL && is_whole && room.end <= buffer.len())
        else {
            return;
        };
        let nothing = Stored::InBuffer(0..0, None);
        match std::mem::replace(&mut self.stored, nothing) {
            Stored::InFile(mut contents) => {
                contents.fill(&mut buffer[room.clone()], 0);
                *used = room.end;
                self.stored = Stored::InBuffer(room, contents.finish());
            }
            stored => self.stored = stored,
        }
    }

    /// Reads its extended attributes, unless that is done.
    pub(super) fn read_attributes(&mut self) {
        if let Stored::InFile(contents) = &self.stored {
            self.attributes
                .get_or_insert_with(|| attributes(contents.file()));
        }
    }

    /// Returns the kind of its entry.
    pub(super) fn kind(&mut self) -> EntryKind {
        EntryKind::File {
            len: self.len(),
            parts: std::mem::take(&mut self.parts),
        }
    }
}

/// Returns the entry of a path.
pub(super) fn entry(
    path: Vec<u8>,
    stat: &Stat,
    kind: EntryKind,
    attributes: Vec<(Vec<u8>, Vec<u8>)>,
) -> Entry {
    Entry {
        path,
        kind,
        mode: mode_bits(stat) & 0o7777,
        modified: Timestamp {
            // A later one would make the whole archive unreadable.
            seconds: stat
                .st_mtime
                .clamp(-Timestamp::MOST_SECONDS, Timestamp::MOST_SECONDS),
            nanoseconds: u32::try_from(stat.st_mtime_nsec).unwrap_or(0),
        },
        uid: stat.st_uid.into(),
        gid: stat.st_gid.into(),
        attributes,
    }
}

pub(super) const FILE: OFlags = OFlags::NOFOLLOW
    .union(OFlags::CLOEXEC)
    // A named pipe that took the place of a file must not make us wait.
    .union(OFlags::NONBLOCK)
    .union(OFlags::NOCTTY);

/// Leaves the time of the last access as it is. Only the owner may do that.
#[cfg(target_os = "linux")]
const UNSEEN: OFlags = OFlags::NOATIME;
#[cfg(not(target_os = "linux"))]
const UNSEEN: OFlags = OFlags::empty();

/// Opens what has a name in a folder.
pub(super) fn open(folder: &OwnedFd, name: &OsStr, flags: OFlags) -> rustix::io::Result<OwnedFd> {
    match rustix::fs::openat(folder, name, flags | UNSEEN, Mode::empty()) {
        Err(Errno::PERM) => rustix::fs::openat(folder, name, flags, Mode::empty()),
        opened => opened,
    }
}
