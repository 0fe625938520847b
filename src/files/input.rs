//! What is read: a file, a FIFO, a device or standard input.
//!
//! Owns the moment of opening, at which length, time and identity are taken once; everything later is compared
//! with that.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::{Advice, OFlags};

use bulla_age::untrusted::Untrusted;

use crate::files::{Error, FileId, pipe_size};

/// Files shorter than this are read in one go, so that advice about them would only cost.
const WORTH_ADVICE: u64 = 1 << 20;

/// How many bytes these paths hold together; none where one of them is no regular file.
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

/// Something open for reading.
#[derive(Debug)]
pub(crate) struct Input {
    file: File,
    name: Untrusted,
    opened: Metadata,
    start_offset: u64,
}

impl Input {
    /// Opens a path. A FIFO waits for its writer.
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        let name = Untrusted::from(path);
        let flags = OFlags::NOCTTY.bits().cast_signed();
        let file = OpenOptions::new().read(true).custom_flags(flags).open(path);
        let file = file.map_err(|source| Error::io("open", &name, source))?;
        Self::new(file, name)
    }

    /// Standard input, through a descriptor of our own: unlike std's it reports every failure.
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

    /// The descriptor of this number that the caller was started with.
    ///
    /// To be called before anything else is opened: a number that was not handed to us may later be one of our own.
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
            // Only a hint: what becomes of it changes nothing but the speed.
            let _ = rustix::fs::fadvise(&file, 0, None, Advice::Sequential);
        }
        Ok(Self {
            file,
            name,
            opened,
            start_offset: 0,
        })
    }

    /// What messages call it.
    pub(crate) fn name(&self) -> &Untrusted {
        &self.name
    }

    /// Which file it is.
    pub(crate) fn id(&self) -> FileId {
        FileId::of(&self.opened)
    }

    /// What was known of it when it was opened.
    pub(super) fn metadata(&self) -> &Metadata {
        &self.opened
    }

    /// Whether it is a regular file: the outputs of such go beside it.
    pub(crate) fn is_regular(&self) -> bool {
        self.opened.is_file()
    }

    /// How many names it has: hard links.
    pub(crate) fn names(&self) -> u64 {
        self.opened.nlink()
    }

    /// Waits until no other process is putting another file in its place, and keeps others waiting as long as it is
    /// open. Where the file system knows no locks there is no waiting.
    pub(crate) fn hold(&self) {
        // Without a lock, the last one to finish wins, as with any editor.
        let _ = self.file.lock();
    }

    /// Whether somebody types it.
    pub(crate) fn is_terminal(&self) -> bool {
        std::io::IsTerminal::is_terminal(&self.file)
    }

    /// How many bytes positioned reads will find from [`start_offset`](Self::start_offset) on.
    ///
    /// None means: read it as a stream. That is also so for regular files that claim to be empty, because those
    /// of /proc do and are not.
    pub(crate) fn regular_len(&self) -> Option<u64> {
        let len = self.opened.len().saturating_sub(self.start_offset);
        (self.is_regular() && len > 0).then_some(len)
    }

    /// Where positioned reads begin: not at 0 when another program has read a part of our standard input.
    pub(crate) fn start_offset(&self) -> u64 {
        self.start_offset
    }

    /// The open file, for positioned reads.
    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    /// Refuses what was read of a regular file that is not as long or as old as it was when it was opened.
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
