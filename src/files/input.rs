//! Inputs: a file, a FIFO, a device or standard input.
//!
//! Length, time and file ID are read once, when the input is opened; later states are compared with
//! them.

use std::ffi::{OsStr, OsString};
use std::fs::{File, Metadata, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustix::fs::{AtFlags, OFlags};
use rustix::io::{Errno, retry_on_intr};
use zeroize::Zeroizing;

use bulla_age::stream::Arrival;
use bulla_age::untrusted::Untrusted;

use crate::files::file_id::{Stamp, kind};
use crate::files::file_system::Volume;
use crate::files::page_cache::Reads;
use crate::files::resolve::{Entry, LastLink, Place, resolve, resolve_folder};
use crate::files::streams::{descriptor, patience, pipe_size};
use crate::files::system;
use crate::files::{Error, FileId, FoundFile};

/// How long to wait for another process that has locked a file. Anyone who can read a file can lock
/// it, so this must end.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long to wait before saying so.
const SILENCE: Duration = Duration::from_secs(1);
const PAUSE: Duration = Duration::from_millis(20);

/// Shorter files are read at once, so giving the kernel advice would not pay.
const WORTH_ADVICE: u64 = 1 << 20;

/// The streams and descriptors from which passphrases were read, the old one and the new one.
static OF_PASSPHRASES: Mutex<Vec<FileId>> = Mutex::new(Vec::new());

/// Returns whether a passphrase was read from this stream or descriptor.
fn gave_a_passphrase(id: &FileId) -> bool {
    let known = OF_PASSPHRASES
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    known.contains(id)
}

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
    volume: Volume,
    start_offset: u64,
    /// The path by which it was opened, unless it was inherited or found in a folder.
    path: Option<PathBuf>,
    /// Where it was found, if it is to be replaced, or its output is to be beside it.
    origin: Option<Origin>,
    /// Whether a terminal said that its input ends. It would wait for more if it were read again.
    ended: AtomicBool,
}

/// The folder of an input, and its name there.
#[derive(Debug)]
struct Origin {
    folder: OwnedFd,
    name: OsString,
}

impl Origin {
    fn place(&self, name: &OsStr) -> io::Result<Place> {
        Ok(Place {
            folder: self.folder.try_clone()?,
            folder_path: PathBuf::new(),
            name: name.to_owned(),
            found: Entry::look(&self.folder, name)?,
        })
    }
}

impl Input {
    /// Opens a path. For a FIFO, this waits for a writer.
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        let name = Untrusted::from(path);
        if let Some(number) = descriptor::number(path)
            && let Some(copy) = descriptor::copy(number)
        {
            return Self::inherited(copy, name);
        }
        let flags = OFlags::NOCTTY.bits().cast_signed();
        let file = OpenOptions::new().read(true).custom_flags(flags).open(path);
        let file = file.map_err(|source| Error::io("open", &name, source))?;
        let input = Self::new(file, name)?;
        Ok(Self {
            path: Some(path.to_owned()),
            ..input
        })
    }

    /// Opens a path if it leads to a regular file. Opening anything else could wait or take data.
    pub(crate) fn open_if_regular(path: &Path) -> Result<Option<Self>, Error> {
        if descriptor::number(path).is_some() {
            return Ok(None);
        }
        let name = Untrusted::from(path);
        let metadata =
            std::fs::metadata(path).map_err(|source| Error::io("open", &name, source))?;
        if metadata.is_dir() {
            return Err(Error::IsDirectory { name });
        }
        if metadata.is_file() {
            Self::open(path).map(Some)
        } else {
            Ok(None)
        }
    }

    /// Opens a path whose output, if it is a regular file, is created beside it. Its folder is
    /// found by the rule for outputs, and once: somebody may exchange it later.
    pub(crate) fn open_with_folder(path: &Path) -> Result<Self, Error> {
        let bytes = path.as_os_str().as_bytes();
        let start = bytes.iter().rposition(|byte| *byte == b'/');
        let (parent, last) = bytes.split_at(start.map_or(0, |slash| slash + 1));
        if let b"" | b"." | b".." = last {
            // A folder, which is refused.
            return Self::open(path);
        }
        let last = OsStr::from_bytes(last);
        let parent: &[u8] = if parent.is_empty() { b"." } else { parent };
        let folder = match resolve_folder(Path::new(OsStr::from_bytes(parent))) {
            Ok(folder) => folder,
            Err(error) => {
                // An error of the file itself says more, and a stream needs no folder.
                let input = Self::open(path)?;
                return if input.is_regular() {
                    Err(error)
                } else {
                    Ok(input)
                };
            }
        };
        let name = Untrusted::from(path);
        let flags = OFlags::RDONLY | OFlags::NOCTTY | OFlags::CLOEXEC;
        // For a FIFO, this waits for a writer, so a signal may interrupt it.
        let file =
            retry_on_intr(|| rustix::fs::openat(&folder, last, flags, rustix::fs::Mode::empty()));
        let file = file.map_err(|errno| Error::io("open", &name, errno))?;
        let mut input = Self::new(file.into(), name)?;
        input.origin = Some(Origin {
            folder,
            name: last.to_owned(),
        });
        Ok(input)
    }

    /// Opens a regular file that is to be replaced. Symlinks are followed by the rule for outputs.
    pub(crate) fn open_to_replace(path: &Path) -> Result<Self, Error> {
        let name = Untrusted::from(path);
        let Place {
            folder,
            name: last,
            found,
            ..
        } = resolve(path, LastLink::Follow, "open")?;
        let found = found.ok_or_else(|| Error::NotFound { name: name.clone() })?;
        if !found.metadata.is_file() {
            return Err(Error::NotRegular {
                name,
                what: kind(found.metadata.file_type()),
            });
        }
        Self::open_in(folder, &last, name, Some(FileId::of(&found.metadata)))
    }

    /// Opens a file that a walk found, to replace it.
    ///
    /// # Errors
    /// [`Error::ChangedWhileRead`] if something else is there by now.
    pub(crate) fn open_found(file: &FoundFile) -> Result<Self, Error> {
        let name = Untrusted::from(file.path().as_path());
        match file.folder() {
            Ok((folder, last)) => Self::open_in(folder, last, name, file.id()),
            Err(errno) => Err(exchanged(errno, name)),
        }
    }

    /// Opens a file that a walk found, or the regular file that has its name by now: a run that
    /// writes in the tree that it walks may replace a file before it comes to it.
    pub(crate) fn open_found_or_newer(file: &FoundFile) -> Result<Self, Error> {
        match Self::open_found(file) {
            Err(Error::ChangedWhileRead { .. }) => Self::open_found(&file.whatever_it_is_now()),
            opened => opened,
        }
    }

    /// Opens a name in a folder. It must be the regular file that was seen there, if one was.
    fn open_in(
        folder: OwnedFd,
        last: &OsStr,
        name: Untrusted,
        seen: Option<FileId>,
    ) -> Result<Self, Error> {
        // Non-blocking, because the name may be that of a pipe by now.
        let flags =
            OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let file = rustix::fs::openat(&folder, last, flags, rustix::fs::Mode::empty());
        let file = match file {
            Ok(file) => File::from(file),
            Err(errno) => return Err(exchanged(errno, name)),
        };
        let input = Self::new(file, name)?;
        if !input.is_regular() || seen.is_some_and(|seen| seen != input.id()) {
            return Err(Error::ChangedWhileRead { name: input.name });
        }
        Ok(Self {
            origin: Some(Origin {
                folder,
                name: last.to_owned(),
            }),
            ..input
        })
    }

    /// Returns the folder and the name of an input that was opened to be replaced, and what has
    /// that name now.
    pub(super) fn place(&self) -> io::Result<Option<Place>> {
        let origin = self.origin.as_ref();
        origin.map(|origin| origin.place(&origin.name)).transpose()
    }

    /// Returns the place of another name in the folder of an input that was opened with it.
    pub(super) fn place_beside(&self, name: &OsStr) -> io::Result<Option<Place>> {
        let origin = self.origin.as_ref();
        origin.map(|origin| origin.place(name)).transpose()
    }

    /// Returns the folder and the name of an input that was opened to be replaced. Two paths with
    /// the same are one file to replace; two hard links are not.
    pub(crate) fn folder_and_name(&self) -> Option<(FileId, OsString)> {
        let origin = self.origin.as_ref()?;
        let folder = FileId::of_descriptor(&origin.folder).ok()?;
        Some((folder, origin.name.clone()))
    }

    /// Opens standard input through our own descriptor, which reports every failure, unlike that of
    /// the standard library.
    pub(crate) fn stdin() -> Result<Self, Error> {
        let name = Untrusted::new("standard input");
        if descriptor::is_stand_in(io::stdin().as_fd()) {
            return Err(Error::InputClosed { name });
        }
        Self::inherited(io::stdin().as_fd().try_clone_to_owned(), name)
    }

    /// Takes a pipe from a program that this process starts.
    pub(crate) fn of_program(pipe: io::Result<File>, name: Untrusted) -> Result<Self, Error> {
        match pipe {
            Ok(pipe) => Self::new(pipe, name),
            Err(source) => Err(Error::io("read", &name, source)),
        }
    }

    /// Notes that this stream or descriptor gives the passphrase, so that nothing else is read from
    /// it: the first line of the data would be missing, and nobody would notice.
    pub(crate) fn is_for_passphrase(&self) {
        if self.path.is_none() || !self.is_regular() {
            let mut known = OF_PASSPHRASES
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            known.push(self.id());
        }
    }

    /// Takes a descriptor that the caller opened. It is read from where it stands.
    fn inherited(copy: io::Result<OwnedFd>, name: Untrusted) -> Result<Self, Error> {
        let file = copy.map_err(|source| Error::io("open", &name, source))?;
        let mut input = Self::new(file.into(), name)?;
        if gave_a_passphrase(&input.id()) {
            return Err(Error::ReadTwice { name: input.name });
        }
        if input.is_regular() {
            let offset = rustix::fs::tell(&input.file);
            input.start_offset = offset.map_err(|source| Error::io("read", &input.name, source))?;
        }
        Ok(input)
    }

    /// Puts these bytes in the place of what would be read from a terminal. It stays an input that
    /// is no regular file.
    pub(crate) fn replaced_by(self, bytes: Arc<Zeroizing<Vec<u8>>>) -> Result<Self, Error> {
        let failed = |source| Error::io("read", &self.name, source);
        let (reader, mut writer) = io::pipe().map_err(failed)?;
        let write = move || {
            // If nobody reads on, the run has failed already.
            let _ = writer.write_all(&bytes);
        };
        let started = std::thread::Builder::new()
            .name("typed".into())
            .spawn(write);
        started.map_err(failed)?;
        Ok(Self {
            file: OwnedFd::from(reader).into(),
            ended: AtomicBool::new(false),
            ..self
        })
    }

    /// Opens a descriptor that this process inherited.
    ///
    /// Must be called before anything else is opened: otherwise the number may belong to a file of
    /// our own.
    pub(crate) fn descriptor(number: u32) -> Result<Self, Error> {
        if number == 0 {
            return Self::stdin();
        }
        let name = Untrusted::new(format!("file descriptor {number}"));
        let copy = RawFd::try_from(number).ok().and_then(descriptor::copy);
        if let Some(copy) = copy {
            return Self::inherited(copy, name);
        }
        let input = Self::open(Path::new(&format!("/dev/fd/{number}")))?;
        Ok(Self { name, ..input })
    }

    pub(super) fn new(file: File, name: Untrusted) -> Result<Self, Error> {
        let volume = Volume::of(&file);
        let opened = volume
            .metadata_to_read(&file)
            .map_err(|source| Error::io("read", &name, source))?;
        if opened.is_dir() {
            return Err(Error::IsDirectory { name });
        }
        if !opened.is_file() && gave_a_passphrase(&FileId::of(&opened)) {
            return Err(Error::ReadTwice { name });
        }
        if opened.file_type().is_fifo() {
            pipe_size::enlarge(&file);
        }
        if opened.is_file() && opened.len() >= WORTH_ADVICE {
            system::will_be_read_in_order(&file);
        }
        Ok(Self {
            file,
            name,
            opened,
            volume,
            start_offset: 0,
            path: None,
            origin: None,
            ended: AtomicBool::new(false),
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

    /// What shows whether it is written or replaced after it was opened.
    pub(super) fn stamp(&self) -> Stamp {
        Stamp::of(&self.opened)
    }

    /// The metadata at the time of opening.
    pub(super) fn metadata(&self) -> &Metadata {
        &self.opened
    }

    /// Returns whether it is a regular file. The default output of a regular file is beside it.
    pub(crate) fn is_regular(&self) -> bool {
        self.opened.is_file()
    }

    /// The file, which no output may replace; `None` if it is not a regular file.
    pub(crate) fn as_kept(&self) -> Option<(FileId, Untrusted)> {
        self.is_regular().then(|| (self.id(), self.name().clone()))
    }

    /// The time at which a regular file was last modified, in Unix seconds, when it was opened.
    pub(crate) fn modified(&self) -> Option<u64> {
        let time = u64::try_from(self.opened.mtime()).ok();
        time.filter(|_| self.is_regular())
    }

    /// The number of hard links.
    pub(crate) fn names(&self) -> u64 {
        self.opened.nlink()
    }

    /// Locks the file: waits until no other process is replacing it, and keeps others waiting as
    /// long as it is open. Does nothing on file systems without locks. Calls `tell` if it has to
    /// wait longer than a moment.
    ///
    /// # Errors
    /// [`Error::Held`] if another process does not release it in time.
    pub(crate) fn hold(&mut self, tell: impl FnOnce(&Untrusted)) -> Result<(), Error> {
        self.hold_within(PATIENCE, tell)
    }

    fn hold_within(
        &mut self,
        patience: Duration,
        tell: impl FnOnce(&Untrusted),
    ) -> Result<(), Error> {
        let (begun, mut tell) = (Instant::now(), Some(tell));
        loop {
            match self.file.try_lock() {
                Ok(()) => break,
                // Without a lock, the last process to finish wins, as with any editor.
                Err(TryLockError::Error(_)) => return Ok(()),
                Err(TryLockError::WouldBlock) => {}
            }
            if begun.elapsed() >= patience {
                let name = self.name.clone();
                return Err(Error::Held { name });
            }
            if begun.elapsed() >= SILENCE
                && let Some(tell) = tell.take()
            {
                tell(&self.name);
            }
            std::thread::sleep(PAUSE);
        }
        // Nothing has been read yet, so a change during the wait does no harm.
        self.opened = self
            .volume
            .metadata_to_read(&self.file)
            .map_err(|source| Error::io("read", &self.name, source))?;
        Ok(())
    }

    /// Returns whether it is a terminal.
    pub(crate) fn is_terminal(&self) -> bool {
        std::io::IsTerminal::is_terminal(&self.file)
    }

    /// Returns the number of bytes for positioned reads after [`start_offset`](Self::start_offset).
    ///
    /// `None` means that it must be read as a stream. This includes files in /proc and /sys, whose
    /// size means nothing, and all files of size 0, because others say that of files that are not
    /// empty.
    pub(crate) fn regular_len(&self) -> Option<u64> {
        let len = self.opened.len().saturating_sub(self.start_offset);
        (self.is_regular() && self.volume.has_sizes() && len > 0).then_some(len)
    }

    /// The offset at which positioned reads begin. It is not 0 if another program has read a part
    /// of our standard input.
    pub(crate) fn start_offset(&self) -> u64 {
        self.start_offset
    }

    /// Returns whether this input has to be waited for, as the engine asks; `None` for a file, which
    /// never has to be, or if there is no room for another descriptor.
    pub(crate) fn arrival(&self) -> Option<Arrival> {
        if self.is_regular() {
            return None;
        }
        let file = self.file.try_clone().ok()?;
        Some(Arrival::new(move || patience::has_to_wait(&file)))
    }

    /// The open file, for positioned reads.
    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    /// The open file, of which so much is read at any offset, each part once.
    pub(crate) fn reads(&self, len: u64) -> Reads<'_> {
        Reads::new(&self.file, self.volume, len)
    }

    /// Returns an error if the contents of a regular file may have changed since it was opened: its
    /// length has, or the time of its last modification, which a program can set back, or that of
    /// its last change of any kind, which it cannot.
    ///
    /// The last one also moves when a file gains or loses a name, as it does when another program
    /// replaces it. What was read is then whole, so that is no change.
    ///
    /// # Errors
    /// [`Error::ChangedWhileRead`].
    pub(crate) fn check_unchanged(&self) -> Result<(), Error> {
        let Some(now) = self.now()? else {
            return Ok(());
        };
        let written = |of: &Metadata| (of.len(), of.mtime(), of.mtime_nsec());
        let touched = |of: &Metadata| (of.ctime(), of.ctime_nsec());
        let attributes = |of: &Metadata| (of.nlink(), of.mode(), of.uid(), of.gid());
        let then = &self.opened;
        let explained = || attributes(&now) != attributes(then) || self.lost_its_name();
        if written(&now) == written(then) && (touched(&now) == touched(then) || explained()) {
            Ok(())
        } else {
            Err(Error::ChangedWhileRead {
                name: self.name.clone(),
            })
        }
    }

    /// Returns an error if the length of a regular file has changed since it was opened. That is
    /// enough where everything that was read is authentic: the times of a file also change when
    /// nobody writes to it, for example while a cache sends it to a server.
    ///
    /// # Errors
    /// [`Error::ChangedWhileRead`].
    pub(crate) fn check_length(&self) -> Result<(), Error> {
        match self.now()? {
            Some(now) if now.len() != self.opened.len() => Err(Error::ChangedWhileRead {
                name: self.name.clone(),
            }),
            _ => Ok(()),
        }
    }

    /// Returns an error if there is more to read than the size of a regular file said, or if
    /// [`check_unchanged`](Self::check_unchanged) does.
    ///
    /// # Errors
    /// [`Error::Unsteady`].
    pub(crate) fn check_read_whole(&self) -> Result<(), Error> {
        let unsteady = || Error::Unsteady {
            name: self.name.clone(),
        };
        if let Some(len) = self.regular_len() {
            let end = self.start_offset + len;
            match std::os::unix::fs::FileExt::read_at(&self.file, &mut [0], end) {
                Ok(0) => {}
                Ok(_) => return Err(unsteady()),
                Err(error) => return Err(Error::io("read", &self.name, error)),
            }
        }
        self.check_unchanged().map_err(|error| match error {
            Error::ChangedWhileRead { .. } => unsteady(),
            error => error,
        })
    }

    /// Returns the present metadata of a regular file whose size and times mean something.
    fn now(&self) -> Result<Option<Metadata>, Error> {
        if !self.is_regular() || !self.volume.has_sizes() {
            return Ok(None);
        }
        let now = self.volume.metadata(&self.file);
        now.map(Some)
            .map_err(|source| Error::io("read", &self.name, source))
    }

    /// Returns whether another file, or none, has the name by which this one was opened.
    fn lost_its_name(&self) -> bool {
        let found = match (&self.origin, &self.path) {
            (Some(Origin { folder, name }), _) => {
                rustix::fs::statat(folder, name, AtFlags::empty())
            }
            (None, Some(path)) => rustix::fs::stat(path),
            (None, None) => return false,
        };
        match found {
            Ok(found) => FileId::of_stat(&found) != self.id(),
            Err(errno) => errno == Errno::NOENT,
        }
    }
}

/// Returns the error of opening a file where another was seen: a link or a folder may be there now.
fn exchanged(errno: Errno, name: Untrusted) -> Error {
    match errno {
        Errno::LOOP | Errno::NOTDIR | Errno::XDEV | Errno::NXIO => Error::ChangedWhileRead { name },
        _ => Error::io("open", &name, errno),
    }
}

impl Read for &Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.ended.load(Ordering::Relaxed) {
            return Ok(0);
        }
        let read = patience::read(&self.file, buffer)?;
        if read == 0 && !buffer.is_empty() && self.is_terminal() {
            self.ended.store(true, Ordering::Relaxed);
        }
        Ok(read)
    }
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        (&*self).read(buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn an_input_opened_twice_is_recognized() {
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
    fn folders_and_missing_files_are_different_errors() {
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
    fn a_file_of_size_zero_is_read_as_a_stream() {
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
        let changes: [(&str, Change); 4] = [
            ("grew", |mut file| file.write_all(b"longer").unwrap()),
            ("shrank", |file| file.set_len(2).unwrap()),
            ("written", |file| {
                file.set_modified(std::time::UNIX_EPOCH).unwrap()
            }),
            ("written, and its time set back", |file| {
                let before = file.metadata().unwrap().modified().unwrap();
                std::os::unix::fs::FileExt::write_all_at(file, b"HELLO", 0).unwrap();
                file.set_modified(before).unwrap();
            }),
        ];
        for (what, change) in changes {
            fs::write(&path, b"hello").unwrap();
            let input = Input::open(&path).unwrap();
            // The kernel's clock for files has steps of some milliseconds.
            std::thread::sleep(Duration::from_millis(20));
            change(&OpenOptions::new().write(true).open(&path).unwrap());
            assert!(
                matches!(input.check_unchanged(), Err(Error::ChangedWhileRead { .. })),
                "{what}"
            );
        }
    }

    #[test]
    fn a_file_that_only_gains_or_loses_a_name_has_not_changed() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        let path = at("x");
        type Change<'a> = &'a dyn Fn();
        let changes: [(&str, Change<'_>); 5] = [
            ("linked", &|| fs::hard_link(&path, at("y")).unwrap()),
            ("removed", &|| fs::remove_file(&path).unwrap()),
            ("renamed", &|| fs::rename(&path, at("z")).unwrap()),
            ("replaced", &|| {
                fs::write(at("new"), b"HELLO").unwrap();
                fs::rename(at("new"), &path).unwrap();
            }),
            ("given another mode", &|| {
                fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o640))
                    .unwrap();
            }),
        ];
        for (what, change) in changes {
            for open in [Input::open, Input::open_with_folder, Input::open_to_replace] {
                for left in ["x", "y", "z"] {
                    let _ = fs::remove_file(at(left));
                }
                fs::write(&path, b"hello").unwrap();
                let input = open(&path).unwrap();
                // The kernel's clock for files has steps of some milliseconds.
                std::thread::sleep(Duration::from_millis(20));
                change();
                let now = input.file.metadata().unwrap();
                assert_ne!(
                    (now.ctime(), now.ctime_nsec()),
                    (input.opened.ctime(), input.opened.ctime_nsec()),
                    "{what}"
                );
                assert!(input.check_unchanged().is_ok(), "{what}");
            }
        }
    }

    #[test]
    fn a_file_that_another_process_holds_is_not_waited_for_for_ever() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        fs::write(&path, b"hello").unwrap();
        let other = File::open(&path).unwrap();
        other.lock().unwrap();
        let mut input = Input::open_to_replace(&path).unwrap();
        let mut told = Vec::new();
        let patience = SILENCE + PAUSE;
        let held = input.hold_within(patience, |name| told.push(name.to_string()));
        assert!(matches!(held, Err(Error::Held { .. })));
        assert_eq!(told, [path.display().to_string()]);
        // Changes that the other process made before it released the lock are expected.
        fs::write(&path, b"changed").unwrap();
        drop(other);
        input.hold(|_| panic!("nobody holds it")).unwrap();
        input.check_unchanged().unwrap();
    }

    #[test]
    fn only_a_regular_file_is_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let fifo = dir.path().join("fifo");
        let mode = rustix::fs::Mode::from_raw_mode(0o600);
        rustix::fs::mkfifoat(rustix::fs::CWD, &fifo, mode).unwrap();
        for path in [&fifo, Path::new("/dev/null")] {
            assert!(matches!(
                Input::open_to_replace(path),
                Err(Error::NotRegular { .. })
            ));
        }
        let missing = Input::open_to_replace(&dir.path().join("x"));
        assert!(matches!(missing, Err(Error::NotFound { .. })));
        let folder = Input::open_to_replace(dir.path());
        assert!(matches!(folder, Err(Error::IsDirectory { .. })));
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
