//! Inputs: a file, a FIFO, a device or standard input.
//!
//! Length, time and file ID are read once, when the input is opened; later states are compared with
//! them.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::{Advice, OFlags};

use bulla_age::untrusted::Untrusted;

use crate::files::{Error, FileId, pipe_size};

/// Shorter files are read at once, so giving the kernel advice would not pay.
const WORTH_ADVICE: u64 = 1 << 20;

/// Returns the total size of these files; `None` if one of them is not a regular file.
pub(crate) fn total_len<'a>(paths: impl Iterator<Item = Option<&'a Path>>) -> Option<u64> {
    paths
        .map(|path| {
            path?
                .metadata()
                .ok()
                .filter(Metadata::is_file)
                .map(|metadata| metadata.len())
        })
        .sum()
}

/// An open input.
#[derive(Debug)]
pub(crate) struct Input {
    file: File,
    name: Untrusted,
    opened: Metadata,
    start_offset: u64,
}

impl Input {
    /// Opens a path. For a FIFO, this waits for a writer.
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        let name = Untrusted::from(path);
        let flags = OFlags::NOCTTY.bits().cast_signed();
        let file = OpenOptions::new().read(true).custom_flags(flags).open(path);
        let file = file.map_err(|source| Error::io("open", &name, source))?;
        Self::new(file, name)
    }

    /// Opens standard input through our own descriptor, which reports every failure, unlike that of
    /// the standard library.
    pub(crate) fn stdin() -> Result<Self, Error> {
        let name = Untrusted::new("standard input");
        let file = io::stdin().as_fd().try_clone_to_owned();
        let file = file.map_err(|source| Error::io("open", &name, source))?;
        let mut input = Self::new(file.into(), name)?;
        if input.is_regular() {
            let offset = rustix::fs::tell(&input.file);
            input.start_offset = offset.map_err(|source| Error::io("read", &input.name, source))?;
        }
        Ok(input)
    }

    /// Opens a descriptor that this process inherited.
    ///
    /// Must be called before anything else is opened: otherwise the number may belong to a file of
    /// our own.
    pub(crate) fn descriptor(number: u32) -> Result<Self, Error> {
        if number == 0 {
            return Self::stdin();
        }
        let mut input = Self::open(Path::new(&format!("/dev/fd/{number}")))?;
        input.name = Untrusted::new(format!("file descriptor {number}"));
        Ok(input)
    }

    fn new(file: File, name: Untrusted) -> Result<Self, Error> {
        let opened = file
            .metadata()
            .map_err(|source| Error::io("read", &name, source))?;
        if opened.is_dir() {
            return Err(Error::IsDirectory { name });
        }
        if opened.file_type().is_fifo() {
            pipe_size::enlarge(&file);
        }
        if opened.is_file() && opened.len() >= WORTH_ADVICE {
            // This affects only the speed, so failures are ignored.
            let _ = rustix::fs::fadvise(&file, 0, None, Advice::Sequential);
        }
        Ok(Self {
            file,
            name,
            opened,
            start_offset: 0,
        })
    }

    /// The name for messages.
    pub(crate) fn name(&self) -> &Untrusted {
        &self.name
    }

    /// The file's ID.
    pub(crate) fn id(&self) -> FileId {
        FileId::of(&self.opened)
    }

    /// The metadata at the time of opening.
    pub(super) fn metadata(&self) -> &Metadata {
        &self.opened
    }

    /// Returns whether it is a regular file. The default output of a regular file is beside it.
    pub(crate) fn is_regular(&self) -> bool {
        self.opened.is_file()
    }

    /// The number of hard links.
    pub(crate) fn names(&self) -> u64 {
        self.opened.nlink()
    }

    /// Locks the file: waits until no other process is replacing it, and keeps others waiting as
    /// long as it is open. Does nothing on file systems without locks.
    pub(crate) fn hold(&self) {
        // Without a lock, the last process to finish wins, as with any editor.
        let _ = self.file.lock();
    }

    /// Returns whether it is a terminal.
    pub(crate) fn is_terminal(&self) -> bool {
        std::io::IsTerminal::is_terminal(&self.file)
    }

    /// Returns the number of bytes for positioned reads after [`start_offset`](Self::start_offset).
    ///
    /// `None` means that it must be read as a stream. This includes regular files of size 0,
    /// because files in /proc have that size without being empty.
    pub(crate) fn regular_len(&self) -> Option<u64> {
        let len = self.opened.len().saturating_sub(self.start_offset);
        (self.is_regular() && len > 0).then_some(len)
    }

    /// The offset at which positioned reads begin. It is not 0 if another program has read a part
    /// of our standard input.
    pub(crate) fn start_offset(&self) -> u64 {
        self.start_offset
    }

    /// The open file, for positioned reads.
    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    /// Returns an error if the length or modification time of a regular file has changed since it
    /// was opened.
    pub(crate) fn check_unchanged(&self) -> Result<(), Error> {
        if !self.is_regular() {
            return Ok(());
        }
        let now = self
            .file
            .metadata()
            .map_err(|source| Error::io("read", &self.name, source))?;
        let stamp = |of: &Metadata| (of.len(), of.mtime(), of.mtime_nsec());
        if stamp(&now) == stamp(&self.opened) {
            Ok(())
        } else {
            Err(Error::ChangedWhileRead {
                name: self.name.clone(),
            })
        }
    }
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.file.read(buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::io::Write;

    #[test]
    fn what_was_opened_is_known_once() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        fs::write(&path, b"hello").unwrap();
        fs::hard_link(&path, dir.path().join("y")).unwrap();
        let mut input = Input::open(&path).unwrap();
        assert_eq!((input.regular_len(), input.start_offset()), (Some(5), 0));
        assert_eq!(input.id(), Input::open(&dir.path().join("y")).unwrap().id());
        let mut text = String::new();
        input.read_to_string(&mut text).unwrap();
        assert_eq!(text, "hello");
        input.check_unchanged().unwrap();
    }

    #[test]
    fn folders_and_what_is_missing_are_told_apart() {
        let dir = tempfile::tempdir().unwrap();
        assert!(matches!(
            Input::open(dir.path()),
            Err(Error::IsDirectory { .. })
        ));
        assert!(matches!(
            Input::open(&dir.path().join("x")),
            Err(Error::NotFound { .. })
        ));
    }

    #[test]
    fn what_claims_to_be_empty_is_read_as_a_stream() {
        let mut input = Input::open(Path::new("/proc/self/status")).unwrap();
        assert!(input.is_regular());
        assert_eq!(input.regular_len(), None);
        let mut bytes = Vec::new();
        assert!(input.read_to_end(&mut bytes).unwrap() > 0);
        assert_eq!(
            Input::open(Path::new("/dev/null")).unwrap().regular_len(),
            None
        );
    }

    #[test]
    fn a_file_that_grew_shrank_or_was_written_again_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        type Change = fn(&File);
        let changes: [(&str, Change); 3] = [
            ("grew", |mut file| file.write_all(b"more").unwrap()),
            ("shrank", |file| file.set_len(2).unwrap()),
            ("written", |file| {
                file.set_modified(std::time::UNIX_EPOCH).unwrap()
            }),
        ];
        for (what, change) in changes {
            fs::write(&path, b"hello").unwrap();
            let input = Input::open(&path).unwrap();
            change(&OpenOptions::new().append(true).open(&path).unwrap());
            assert!(
                matches!(input.check_unchanged(), Err(Error::ChangedWhileRead { .. })),
                "{what}"
            );
        }
    }

    #[test]
    fn a_fifo_is_a_stream_that_never_changes() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("fifo");
        let mode = rustix::fs::Mode::from_raw_mode(0o600);
        rustix::fs::mkfifoat(rustix::fs::CWD, &path, mode).unwrap();
        let writer = std::thread::spawn({
            let path = path.clone();
            move || fs::write(path, b"through").unwrap()
        });
        let mut input = Input::open(&path).unwrap();
        let mut text = String::new();
        input.read_to_string(&mut text).unwrap();
        writer.join().unwrap();
        assert_eq!(
            (text.as_str(), input.regular_len(), input.is_regular()),
            ("through", None, false)
        );
        input.check_unchanged().unwrap();
    }
}
