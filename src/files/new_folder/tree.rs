//! Files, folders and links below an open folder.
//!
//! Nothing that exists is opened, replaced or followed: every name is new, and every step goes from
//! the descriptor of the folder downwards. Other threads create short files, in folders that are
//! there already. Symlinks are created when all files are there, so none can be on the way to a file. The modes and times of folders are set last.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use rustix::fs::{AtFlags, Mode, OFlags};
use rustix::io::Errno;

use bulla_archive::entry::{Entry, EntryKind, Part};

use crate::files::Error;
use crate::files::beneath::open_folder;
use crate::files::mode::umask;
use crate::files::new_folder::maker::{Maker, Preserve, as_path, last, owner, times};
use crate::files::new_folder::spool::{Record, Spool};
use crate::files::new_folder::writers::Writers;
use crate::files::sync::sync;
use crate::files::system::PLACE;
use crate::files::temporary::{Refusal, TEMPORARIES};

/// How much of a file is read at a time.
const BUFFER: usize = 128 << 10;

const FOLDER: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);

/// What could not be kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct NotKept {
    /// Entries with extended attributes that the file system refused.
    pub(crate) attributes: u64,
    /// Entries with a setuid or setgid bit that was dropped.
    pub(crate) special_modes: u64,
}

/// What there is directly in the folder.
#[derive(Debug, Default)]
struct Top {
    /// The name and whether it is a folder, if there is one.
    only: Option<(Vec<u8>, bool)>,
    has_more: bool,
    /// Whether the archive describes the folder itself.
    is_described: bool,
}

pub(super) struct Tree {
    root: OwnedFd,
    maker: Arc<Maker>,
    /// Threads that create short files; `None` if there are no other threads.
    writers: Option<Writers>,
    /// The folders that exist, by a keyed hash of their path.
    folders: HashSet<u64>,
    key: RandomState,
    /// The folder of the last entry.
    parent: Option<(Vec<u8>, Arc<OwnedFd>)>,
    links: Spool,
    settings: Spool,
    top: Top,
    /// The number of entries with a setuid or setgid bit that was dropped.
    special_modes: u64,
    buffer: Vec<u8>,
}

impl Tree {
    pub(super) fn new(
        root: OwnedFd,
        shown: PathBuf,
        preserve: Preserve,
        syncs_files: bool,
    ) -> Result<Self, Refusal> {
        Ok(Self {
            links: Spool::create(&root)?,
            settings: Spool::create(&root)?,
            root,
            maker: Arc::new(Maker {
                shown,
                takes_only_folder: AtomicBool::new(false),
                preserve,
                syncs_files,
                without_attributes: AtomicU64::new(0),
            }),
            writers: None,
            folders: HashSet::new(),
            key: RandomState::new(),
            parent: None,
            top: Top::default(),
            special_modes: 0,
            buffer: Vec::new(),
        })
    }

    pub(super) fn root(&self) -> &OwnedFd {
        &self.root
    }

    /// Returns the name of the only folder at the top, if there is nothing else.
    pub(super) fn only_folder(&self) -> Option<&OsStr> {
        match &self.top {
            Top {
                only: Some((name, true)),
                has_more: false,
                is_described: false,
            } => Some(OsStr::from_bytes(name)),
            _ => None,
        }
    }

    pub(super) fn not_kept(&self) -> NotKept {
        NotKept {
            attributes: self.maker.without_attributes.load(Ordering::Relaxed),
            special_modes: self.special_modes,
        }
    }

    /// Lets this many other threads create short files. Without any, each file is there when it was
    /// added.
    pub(super) fn share(&mut self, threads: usize) {
        self.writers = Writers::start(&self.maker, threads);
    }

    /// Creates an entry. `read` returns the stored contents of a file.
    pub(super) fn add<E: From<Error>>(
        &mut self,
        entry: &Entry,
        read: impl FnMut(&mut [u8]) -> Result<usize, E>,
    ) -> Result<(), E> {
        self.note_top(entry);
        if !self.maker.preserve.owners && entry.mode & 0o6000 != 0 {
            self.special_modes += 1;
        }
        match &entry.kind {
            EntryKind::File { len, parts } => self.file(entry, *len, parts, read),
            _ => Ok(self.without_contents(entry)?),
        }
    }

    fn note_top(&mut self, entry: &Entry) {
        let top = entry.path.split(|byte| *byte == b'/').next();
        match (top, &self.top.only) {
            (None | Some(b""), _) => self.top.is_described = true,
            (Some(name), None) => {
                let is_folder = name != entry.path || entry.kind == EntryKind::Folder;
                self.top.only = Some((name.to_vec(), is_folder));
            }
            (Some(name), Some((first, _))) => self.top.has_more |= name != first,
        }
        let takes = self.only_folder().is_some();
        self.maker.takes_only_folder.store(takes, Ordering::Relaxed);
    }

    fn without_contents(&mut self, entry: &Entry) -> Result<(), Error> {
        let path = entry.path.as_slice();
        match &entry.kind {
            EntryKind::Folder => {
                if !path.is_empty() {
                    self.folder(path)?;
                }
                self.settings
                    .push(&Record::of(entry))
                    .map_err(|source| Error::io("write", &self.maker.name(path), source))
            }
            EntryKind::Symlink { .. } => {
                self.enter(parent(path))?;
                self.links
                    .push(&Record::of(entry))
                    .map_err(|source| Error::io("write", &self.maker.name(path), source))
            }
            EntryKind::HardLink { target } => {
                self.finish_files()?;
                // The two may be in different folders.
                let from = open_folder(&self.root, as_path(parent(target)), PLACE)
                    .map_err(|errno| self.maker.failed(path, errno.into()))?;
                self.enter(parent(path))?;
                let to = self.parent(path)?;
                let link = || {
                    let (from_name, name) = (last(target), last(path));
                    rustix::fs::linkat(&from, from_name, to, name, AtFlags::empty())
                };
                TEMPORARIES
                    .take(link)
                    .map_err(|refusal| self.maker.failed(path, refusal))
            }
            // A file is created with its contents; there are no other kinds.
            _ => Ok(()),
        }
    }

    fn file<E: From<Error>>(
        &mut self,
        entry: &Entry,
        len: u64,
        parts: &[Part],
        mut read: impl FnMut(&mut [u8]) -> Result<usize, E>,
    ) -> Result<(), E> {
        let path = entry.path.as_slice();
        self.enter(parent(path))?;
        let folder = Arc::clone(self.parent(path)?);
        let unfinished = || {
            E::from(Error::io(
                "write",
                &self.maker.name(path),
                io::ErrorKind::UnexpectedEof,
            ))
        };
        let stored: u64 = parts.iter().map(|part| part.len).sum();
        if let Some(writers) = &mut self.writers
            && let Some(room) = writers.room(stored)?
        {
            let mut filled = 0;
            while filled < room.len() {
                match read(&mut room[filled..])? {
                    0 => return Err(unfinished()),
                    count => filled += count,
                }
            }
            writers.add(folder, entry, filled);
            return Ok(());
        }
        let file = self.maker.create(&folder, entry)?;
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.resize(BUFFER, 0);
        let written = |source| E::from(Error::io("write", &self.maker.name(path), source));
        let mut end = 0;
        for part in parts {
            let mut done = 0;
            while done < part.len {
                let most = usize::try_from(part.len - done).unwrap_or(BUFFER);
                let count = read(&mut buffer[..most.min(BUFFER)])?;
                if count == 0 {
                    return Err(unfinished());
                }
                file.write_all_at(&buffer[..count], part.offset + done)
                    .map_err(written)?;
                done += count as u64;
            }
            end = part.offset + part.len;
        }
        if end < len {
            file.set_len(len).map_err(written)?;
        }
        self.buffer = buffer;
        Ok(self.maker.finish(file, entry)?)
    }

    /// Waits until every file that was added is there.
    ///
    /// # Errors
    /// That of the first file that could not be created.
    pub(super) fn finish_files(&mut self) -> Result<(), Error> {
        match &mut self.writers {
            Some(writers) => writers.finish(),
            None => Ok(()),
        }
    }

    /// Creates the symlinks, and sets the attributes, modes and times of folders, those inside
    /// before those around them. What is created in a folder inherits its access control list, so
    /// that comes last too.
    pub(super) fn finish(&mut self) -> Result<(), Error> {
        self.finish_files()?;
        let failed = |tree: &Self, source| Error::io("read", &tree.maker.name(b""), source);
        while let Some(record) = self.links.pop().map_err(|source| failed(self, source))? {
            self.symlink(&record)?;
        }
        // A folder from which only one is taken out stays closed.
        if !self.top.is_described && self.only_folder().is_none() {
            self.settle(&Record::implied(b""))?;
        }
        while let Some(record) = self.settings.pop().map_err(|source| failed(self, source))? {
            self.settle(&record)?;
        }
        self.parent = None;
        Ok(())
    }

    fn symlink(&mut self, record: &Record) -> Result<(), Error> {
        let path = record.path.as_slice();
        self.enter(parent(path))?;
        let (folder, name) = (self.parent(path)?, last(path));
        let failed = |errno: Errno| self.maker.failed(path, errno.into());
        TEMPORARIES
            .take(|| rustix::fs::symlinkat(OsStr::from_bytes(&record.target), folder, name))
            .map_err(|refusal| self.maker.failed(path, refusal))?;
        if self.maker.preserve.owners {
            let (uid, gid) = owner(record.uid, record.gid);
            rustix::fs::chownat(folder, name, uid, gid, AtFlags::SYMLINK_NOFOLLOW)
                .map_err(failed)?;
        }
        if let Some(modified) = record.modified {
            let set =
                rustix::fs::utimensat(folder, name, &times(modified), AtFlags::SYMLINK_NOFOLLOW);
            match set {
                // Some file systems keep no time of a link.
                Ok(()) | Err(Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL | Errno::PERM) => {}
                Err(errno) => return Err(failed(errno)),
            }
        }
        Ok(())
    }

    fn settle(&mut self, record: &Record) -> Result<(), Error> {
        let path = record.path.as_slice();
        let folder = if path.is_empty() {
            rustix::fs::openat(&self.root, ".", FOLDER, Mode::empty())
        } else {
            self.enter(parent(path))?;
            rustix::fs::openat(self.parent(path)?, last(path), FOLDER, Mode::empty())
        };
        let folder = folder.map_err(|errno| Error::io("open", &self.maker.name(path), errno))?;
        if self.maker.preserve.owners && record.modified.is_some() {
            let (uid, gid) = owner(record.uid, record.gid);
            rustix::fs::fchown(&folder, uid, gid)
                .map_err(|errno| Error::io("set the owner of", &self.maker.name(path), errno))?;
        }
        self.maker.keep_attributes(&folder, &record.attributes);
        let failed = |doing, errno: Errno| Error::io(doing, &self.maker.name(path), errno);
        if let Some(modified) = record.modified {
            rustix::fs::futimens(&folder, &times(modified))
                .map_err(|errno| failed("set the time of", errno))?;
        }
        let mode = match record.modified {
            Some(_) => self.maker.preserve.mode(record.mode),
            None => record.mode & !umask(),
        };
        rustix::fs::fchmod(&folder, crate::files::system::mode(mode))
            .map_err(|errno| failed("set the mode of", errno))?;
        if self.maker.syncs_files {
            sync(&folder).map_err(|errno| failed("sync", errno))?;
        }
        Ok(())
    }

    /// Creates a folder, and those around it that are only named in its path.
    fn folder(&mut self, path: &[u8]) -> Result<(), Error> {
        self.enter(parent(path))?;
        let folder = self.parent(path)?;
        TEMPORARIES
            .take(|| rustix::fs::mkdirat(folder, last(path), Mode::from_raw_mode(0o700)))
            .map_err(|refusal| self.maker.failed(path, refusal))?;
        self.folders.insert(self.key.hash_one(path));
        Ok(())
    }

    /// Opens a folder as that of the next entry, and creates it if no entry did.
    fn enter(&mut self, folder: &[u8]) -> Result<(), Error> {
        if self.parent.as_ref().is_some_and(|(path, _)| path == folder) {
            return Ok(());
        }
        let mut missing = Vec::new();
        let mut rest = folder;
        while !rest.is_empty() && !self.folders.contains(&self.key.hash_one(rest)) {
            missing.push(rest);
            rest = parent(rest);
        }
        for path in missing.into_iter().rev() {
            let (folder, name) = (self.open(parent(path))?, last(path));
            TEMPORARIES
                .take(|| rustix::fs::mkdirat(&folder, name, Mode::from_raw_mode(0o700)))
                .map_err(|refusal| self.maker.failed(path, refusal))?;
            self.folders.insert(self.key.hash_one(path));
            self.settings
                .push(&Record::implied(path))
                .map_err(|source| Error::io("write", &self.maker.name(path), source))?;
        }
        let opened = self.open(folder)?;
        self.parent = Some((folder.to_vec(), Arc::new(opened)));
        Ok(())
    }

    fn open(&self, folder: &[u8]) -> Result<OwnedFd, Error> {
        open_folder(&self.root, as_path(folder), PLACE)
            .map_err(|errno| Error::io("open", &self.maker.name(folder), errno))
    }

    /// Returns the folder that was entered.
    fn parent(&self, path: &[u8]) -> Result<&Arc<OwnedFd>, Error> {
        match &self.parent {
            Some((_, folder)) => Ok(folder),
            None => Err(Error::io("open", &self.maker.name(path), Errno::BADF)),
        }
    }
}

fn parent(path: &[u8]) -> &[u8] {
    let slash = path.iter().rposition(|byte| *byte == b'/');
    slash.map_or(b"", |slash| &path[..slash])
}
