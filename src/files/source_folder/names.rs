//! The names in one folder, sorted by their bytes, in little memory.

use std::ffi::OsStr;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;

use rustix::fs::{Dir, FileType};

/// The names of a folder that are still to be read.
#[derive(Default)]
pub(super) struct Names {
    bytes: Vec<u8>,
    /// Where each name ends, and what the folder says it is; the first name is the last one here.
    left: Vec<(u32, u16, FileType)>,
}

impl Names {
    /// Reads the names of a folder.
    pub(super) fn read(folder: &OwnedFd) -> rustix::io::Result<Self> {
        let mut names = Self::default();
        // The standard library's reader panics if closing the folder fails.
        for entry in Dir::read_from(folder)? {
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            if name == b"." || name == b".." {
                continue;
            }
            let lengths = (
                u32::try_from(names.bytes.len() + name.len()),
                u16::try_from(name.len()),
            );
            let (Ok(end), Ok(len)) = lengths else {
                return Err(rustix::io::Errno::OVERFLOW);
            };
            names.bytes.extend_from_slice(name);
            names.left.push((end, len, entry.file_type()));
        }
        let Self { bytes, left } = &mut names;
        left.sort_unstable_by(|one, other| name(bytes, *other).cmp(name(bytes, *one)));
        Ok(names)
    }

    /// Takes the next name.
    pub(super) fn next(&mut self) -> Option<(&OsStr, FileType)> {
        let (end, len, kind) = self.left.pop()?;
        let name = name(&self.bytes, (end, len, kind));
        Some((OsStr::from_bytes(name), kind))
    }

    /// Forgets one name.
    pub(super) fn skip(&mut self, skipped: &OsStr) {
        let Self { bytes, left } = self;
        left.retain(|entry| name(bytes, *entry) != skipped.as_bytes());
    }

    /// Forgets the names that are left.
    pub(super) fn forget(&mut self) {
        self.left.clear();
    }
}

fn name(bytes: &[u8], (end, len, _): (u32, u16, FileType)) -> &[u8] {
    let end = end as usize;
    &bytes[end - usize::from(len)..end]
}
