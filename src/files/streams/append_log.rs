//! A log that only grows. Each line is written whole, and is on the disk before anything else
//! happens.

use std::fs::File;
use std::io::{self, BufReader, Write};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, Mode, OFlags};
use rustix::io::{Errno, retry_on_intr};

use bulla_age::untrusted::Untrusted;

use crate::files::sync::sync;
use crate::files::{Error, Lock, PrivateFolder};

/// Opens the file itself, never what a link leads to, and does not wait for the other end of a pipe.
const FILE: OFlags = OFlags::NOFOLLOW
    .union(OFlags::NONBLOCK)
    .union(OFlags::NOCTTY)
    .union(OFlags::CLOEXEC);

/// A log, at a path that the user named or in a folder of our own.
#[derive(Clone, Debug)]
pub(crate) struct AppendLog {
    path: PathBuf,
}

impl AppendLog {
    /// Opens a log to append to it, and creates it, with mode 0600, if it does not exist. Its folder
    /// is created too if it is missing.
    ///
    /// # Errors
    /// [`Error::NotPrivate`] if others own it; [`Error::OpenToOthers`] if they can write to it;
    /// [`Error::NotPlain`] if it is no regular file.
    pub(crate) fn create(path: &Path) -> Result<Self, Error> {
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        if !folder.exists() {
            PrivateFolder::create(folder)?;
        }
        let log = Self {
            path: path.to_owned(),
        };
        let file = log.open(OFlags::RDWR | OFlags::APPEND | OFlags::CREATE)?;
        // A new name has to survive a power cut before a line in it can.
        let len = file.metadata().map_err(|error| log.failed("open", error))?;
        if len.len() == 0 {
            let flags = OFlags::DIRECTORY | OFlags::RDONLY | OFlags::CLOEXEC;
            rustix::fs::openat(CWD, folder, flags, Mode::empty())
                .and_then(sync)
                .map_err(|errno| log.failed("sync the folder of", errno))?;
        }
        Ok(log)
    }

    /// Opens a log to read it from its beginning; `None` if it does not exist.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    pub(crate) fn read(path: &Path) -> Result<Option<BufReader<File>>, Error> {
        let log = Self {
            path: path.to_owned(),
        };
        match log.open(OFlags::RDONLY) {
            Ok(file) => Ok(Some(BufReader::new(file))),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Appends a line, which has no line end yet, and syncs it. A failure leaves nothing of it.
    pub(crate) fn append(&self, line: &str) -> Result<(), Error> {
        let name = self.name();
        let file = self.open(OFlags::RDWR | OFlags::APPEND)?;
        // Held for moments, until the end of this function.
        let lock = Lock::on(file, &name, |_| ())?;
        let file = lock.file();
        let before = file
            .metadata()
            .map_err(|error| self.failed("read", error))?
            .len();
        let mut bytes = Vec::with_capacity(line.len() + 2);
        if before > 0 {
            let mut last = [0];
            file.read_exact_at(&mut last, before - 1)
                .map_err(|error| self.failed("read", error))?;
            // A run that was killed, or a full disk, left a part of a line.
            if last != *b"\n" {
                bytes.push(b'\n');
            }
        }
        bytes.extend_from_slice(line.as_bytes());
        bytes.push(b'\n');
        let mut writer = file;
        let written = writer
            .write_all(&bytes)
            .and_then(|()| sync(file).map_err(io::Error::from));
        written.map_err(|error| {
            // The error that led here is the one to report.
            let _ = file.set_len(before);
            Error::not_appended(&name, error)
        })
    }

    /// The path, for messages.
    pub(crate) fn name(&self) -> Untrusted {
        Untrusted::from(self.path.as_path())
    }

    fn open(&self, access: OFlags) -> Result<File, Error> {
        let mode = Mode::from_raw_mode(0o600);
        let opened = retry_on_intr(|| rustix::fs::openat(CWD, &self.path, FILE | access, mode));
        let file = match opened {
            Ok(file) => File::from(file),
            Err(Errno::LOOP | Errno::MLINK) => return Err(self.not_plain("a symlink")),
            Err(Errno::NXIO) => return Err(self.not_plain("a FIFO or a socket")),
            Err(errno) => return Err(self.failed("open", errno)),
        };
        let found = file
            .metadata()
            .map_err(|error| self.failed("open", error))?;
        if !found.is_file() {
            return Err(self.not_plain("something else"));
        }
        if found.uid() != rustix::process::geteuid().as_raw() {
            return Err(Error::of_another_user(self.name()));
        }
        if found.mode() & 0o022 != 0 {
            let (name, top) = (self.name(), self.name());
            return Err(Error::OpenToOthers { name, top });
        }
        Ok(file)
    }

    fn not_plain(&self, what: &'static str) -> Error {
        Error::NotPlain {
            name: self.name(),
            what,
            wanted: "a file",
        }
    }

    fn failed(&self, doing: &'static str, error: impl Into<io::Error>) -> Error {
        Error::io(doing, &self.name(), error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::io::Read;
    use std::os::unix::fs::{PermissionsExt, symlink};

    fn text(path: &Path) -> String {
        let mut text = String::new();
        let log = AppendLog::read(path).unwrap();
        log.unwrap().read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn lines_are_appended_whole_and_a_torn_one_stays_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a/b/log");
        assert!(AppendLog::read(&path).unwrap().is_none());
        let log = AppendLog::create(&path).unwrap();
        log.append("one").unwrap();
        AppendLog::create(&path).unwrap().append("two").unwrap();
        assert_eq!(text(&path), "one\ntwo\n");
        let mode = path.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        fs::write(&path, "one\ntw").unwrap();
        log.append("three").unwrap();
        assert_eq!(text(&path), "one\ntw\nthree\n");
    }

    #[test]
    fn many_writers_do_not_mix_their_lines() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        std::thread::scope(|scope| {
            for writer in 0..8 {
                let log = AppendLog::create(&path).unwrap();
                scope.spawn(move || {
                    for n in 0..20 {
                        log.append(&format!("{writer}-{n}")).unwrap();
                    }
                });
            }
        });
        let text = text(&path);
        let mut lines: Vec<&str> = text.lines().collect();
        lines.sort_unstable();
        lines.dedup();
        assert_eq!(lines.len(), 160);
    }

    #[test]
    fn what_others_can_write_and_what_is_no_file_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::write(at("open"), "").unwrap();
        fs::set_permissions(at("open"), fs::Permissions::from_mode(0o606)).unwrap();
        let refused = AppendLog::create(&at("open"));
        assert!(matches!(refused, Err(Error::OpenToOthers { .. })));
        fs::write(at("real"), "").unwrap();
        symlink(at("real"), at("link")).unwrap();
        rustix::fs::mkfifoat(CWD, at("fifo"), Mode::from_raw_mode(0o600)).unwrap();
        for name in ["link", "fifo"] {
            let refused = AppendLog::create(&at(name));
            assert!(matches!(refused, Err(Error::NotPlain { .. })), "{name}");
        }
        assert!(AppendLog::create(dir.path()).is_err());
    }
}
