//! The walk through a tree: names in the order of the archive, and everything that is not a file.

use std::ffi::OsStr;
use std::mem;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Arc;

use rustix::fs::{AtFlags, FileType, Mode, OFlags, Stat, fstat, readlinkat, statat};
use rustix::io::Errno;

use crate::files::FileId;
use crate::files::beneath::open_folder;
use crate::files::source_folder::attributes::attributes;
use crate::files::source_folder::ignored::{IGNORE_FILE, Patterns};
use crate::files::source_folder::names::Names;
use crate::files::source_folder::opened::{FILE, NamedFile, entry, open};
use crate::files::source_folder::problem::Problem;
use crate::files::system::device;
use crate::files::temporary_name::is_temporary_name;
use bulla_archive::catalogue::MOST_PATH;
use bulla_archive::entry::{Entry, EntryKind};

/// The most folders that are open at a time. The others on the way down are opened again.
const MOST_OPEN: usize = 64;

/// What a walk takes and leaves out.
#[derive(Default)]
pub(super) struct Limits {
    /// Patterns of what to leave out.
    pub(super) exclude: Option<Patterns>,
    /// Whether to stay on the file system of the folder.
    pub(super) one_file_system: bool,
    /// Whether to read extended attributes.
    pub(super) attributes: bool,
}

/// What a walk comes to.
pub(super) enum Step {
    /// A folder or a link.
    Entry(Entry),
    /// A file, which is still to be opened.
    File(NamedFile),
    /// Something that is wrong with a path.
    Problem(Vec<u8>, Problem),
    /// A path that patterns leave out.
    LeftOut,
    /// The root cannot be read. Nothing follows.
    Failed(Errno),
}

/// The names in a tree, one after the other.
pub(super) struct Walk {
    root: OwnedFd,
    /// The length of the name of the root at the beginning of all paths.
    name_len: usize,
    device: u64,
    limits: Limits,
    folders: Vec<Folder>,
    /// The path of the current entry in the archive.
    path: Vec<u8>,
    /// What was found, and not taken yet.
    steps: Vec<Step>,
    has_begun: bool,
}

/// A folder on the way down.
struct Folder {
    /// `None` if it was closed, because too many others are open.
    descriptor: Option<Arc<OwnedFd>>,
    id: FileId,
    names: Names,
    /// The length of its path.
    path_len: usize,
    patterns: Option<Patterns>,
}

/// Where a name is looked at.
struct Place<'a> {
    folder: &'a Arc<OwnedFd>,
    name: &'a OsStr,
}

impl Walk {
    /// Begins at an open folder, which has this name in the archive, or none.
    pub(super) fn new(root: OwnedFd, name: &OsStr, limits: Limits) -> rustix::io::Result<Self> {
        let stat = fstat(&root)?;
        Ok(Self {
            root,
            name_len: name.len(),
            device: device(&stat),
            limits,
            folders: Vec::new(),
            path: name.as_bytes().to_vec(),
            steps: Vec::new(),
            has_begun: false,
        })
    }

    /// Goes on until something is found, and adds it to `steps`. Nothing is added at the end.
    pub(super) fn advance(&mut self, steps: &mut Vec<Step>) {
        if !mem::replace(&mut self.has_begun, true)
            && let Err(errno) = self.begin()
        {
            self.folders.clear();
            self.steps.push(Step::Failed(errno));
        }
        while self.steps.is_empty() && self.next_name() {}
        steps.append(&mut self.steps);
    }

    /// Notes a problem with the current path.
    fn tell(&mut self, problem: Problem) {
        self.steps.push(Step::Problem(self.path.clone(), problem));
    }

    /// Begins to read the root.
    fn begin(&mut self) -> rustix::io::Result<()> {
        let stat = fstat(&self.root)?;
        let descriptor = rustix::fs::openat(&self.root, ".", FOLDER, Mode::empty())?;
        let entry = self.entry(&stat, EntryKind::Folder, Some(&descriptor));
        self.enter(descriptor, &stat)?;
        if self.name_len > 0 {
            self.steps.push(Step::Entry(entry));
        }
        Ok(())
    }

    /// Begins to read a folder.
    fn enter(&mut self, descriptor: OwnedFd, stat: &Stat) -> rustix::io::Result<()> {
        let mut names = Names::read(&descriptor)?;
        let patterns = self.patterns_in(&descriptor, &mut names);
        self.folders.push(Folder {
            descriptor: Some(Arc::new(descriptor)),
            id: FileId::of_stat(stat),
            names,
            path_len: self.path.len(),
            patterns,
        });
        if let Some(far) = self.folders.len().checked_sub(MOST_OPEN + 1) {
            self.folders[far].descriptor = None;
        }
        Ok(())
    }

    /// Reads the patterns in a folder. If their file cannot be opened, it is not tried again.
    fn patterns_in(&mut self, folder: &OwnedFd, names: &mut Names) -> Option<Patterns> {
        let name = OsStr::new(IGNORE_FILE);
        let opened = open(folder, name, FILE).and_then(|file| Ok((fstat(&file)?.st_mode, file)));
        let file = match opened {
            Ok((mode, file)) if FileType::from_raw_mode(mode) == FileType::RegularFile => file,
            // A folder has no patterns, and neither has a pipe or a socket.
            Ok(_) | Err(Errno::NOENT | Errno::NXIO) => return None,
            Err(Errno::LOOP) => {
                self.tell_about(IGNORE_FILE, Problem::Patterns("it is a symlink".to_owned()));
                return None;
            }
            Err(errno) => {
                self.tell_about(IGNORE_FILE, Problem::UnreadablePatterns(errno));
                names.skip(name);
                return None;
            }
        };
        match Patterns::read(file.into()) {
            Ok((patterns, wrong)) => {
                if let Some(wrong) = wrong {
                    self.tell_about(IGNORE_FILE, Problem::Pattern(wrong.to_string()));
                }
                Some(patterns)
            }
            Err(error) => {
                self.tell_about(IGNORE_FILE, Problem::Patterns(error.to_string()));
                None
            }
        }
    }

    /// Notes a problem with a file in the current folder.
    fn tell_about(&mut self, name: &str, problem: Problem) {
        let len = self.path.len();
        self.path.push(b'/');
        self.path.extend_from_slice(name.as_bytes());
        self.tell(problem);
        self.path.truncate(len);
    }

    /// Goes to the next name. Returns false at the end.
    fn next_name(&mut self) -> bool {
        let Some(folder) = self.folders.last_mut() else {
            return false;
        };
        self.path.truncate(folder.path_len);
        let Some((name, kind)) = folder.names.next() else {
            self.folders.pop();
            return true;
        };
        if !self.path.is_empty() {
            self.path.push(b'/');
        }
        self.path.extend_from_slice(name.as_bytes());
        let name = name.to_owned();
        match self.look(&name, kind) {
            Ok(Some(step)) => self.steps.push(step),
            Ok(None) => {}
            Err(errno) => self.tell(Problem::of(errno)),
        }
        true
    }

    /// Opens the folder that is being read again, if it was closed.
    fn reopen(&mut self) -> rustix::io::Result<Arc<OwnedFd>> {
        let Some(folder) = self.folders.last_mut() else {
            return Err(Errno::NOENT);
        };
        if let Some(descriptor) = folder.descriptor.take() {
            return Ok(descriptor);
        }
        let below = self.path.get(..folder.path_len).unwrap_or_default();
        let below = below.get(self.name_len..).unwrap_or_default();
        let below = below.strip_prefix(b"/").unwrap_or(below);
        let path = Path::new(OsStr::from_bytes(below));
        let opened = open_folder(&self.root, path, OFlags::RDONLY)
            .and_then(|opened| Ok((FileId::of_stat(&fstat(&opened)?), opened)));
        match opened {
            Ok((id, opened)) if id == folder.id => Ok(Arc::new(opened)),
            // Everything else in it is gone from here too.
            Ok(_) => {
                folder.names.forget();
                Err(Errno::NOENT)
            }
            Err(errno) => {
                folder.names.forget();
                Err(errno)
            }
        }
    }

    /// Looks at a name in the current folder. Returns nothing if it is left out.
    fn look(&mut self, name: &OsStr, kind: FileType) -> rustix::io::Result<Option<Step>> {
        if self.path.len() > MOST_PATH {
            self.tell(Problem::LongPath);
            return Ok(None);
        }
        let (depth, folder) = (self.folders.len(), self.reopen()?);
        let found = self.look_in(
            &Place {
                folder: &folder,
                name,
            },
            kind,
        );
        if let Some(before) = self.folders.get_mut(depth - 1) {
            before.descriptor = Some(folder);
        }
        found
    }

    fn look_in(&mut self, place: &Place<'_>, kind: FileType) -> rustix::io::Result<Option<Step>> {
        let kind = match kind {
            FileType::Unknown => FileType::from_raw_mode(place.stat()?.st_mode),
            kind => kind,
        };
        if self.leave_out(kind == FileType::Directory) {
            return Ok(Some(Step::LeftOut));
        }
        match kind {
            FileType::Directory => self.folder(place).map(|entry| Some(Step::Entry(entry))),
            FileType::RegularFile if is_temporary_name(place.name) => Ok(None),
            FileType::RegularFile => Ok(Some(Step::File(NamedFile {
                folder: Arc::clone(place.folder),
                path: self.path.clone(),
            }))),
            FileType::Symlink => self.symlink(place).map(|entry| Some(Step::Entry(entry))),
            other => {
                self.tell(Problem::Special(match other {
                    FileType::Fifo => "a named pipe",
                    FileType::Socket => "a socket",
                    _ => "a device",
                }));
                Ok(None)
            }
        }
    }

    /// Returns whether patterns leave out the current path. Those that the user gave come first,
    /// then those nearest to the file.
    fn leave_out(&self, is_folder: bool) -> bool {
        let below = |len: usize| {
            let below = self.path.get(len..).unwrap_or_default();
            Path::new(OsStr::from_bytes(below.strip_prefix(b"/").unwrap_or(below)))
        };
        let exclude = self.limits.exclude.as_ref();
        let given =
            exclude.and_then(|patterns| patterns.leave_out(below(self.name_len), is_folder));
        given.unwrap_or_else(|| {
            let nearest = self.folders.iter().rev().find_map(|folder| {
                let patterns = folder.patterns.as_ref()?;
                patterns.leave_out(below(folder.path_len), is_folder)
            });
            nearest.unwrap_or(false)
        })
    }

    /// Returns the entry of a folder, which is read next if it can be.
    fn folder(&mut self, place: &Place<'_>) -> rustix::io::Result<Entry> {
        let descriptor = match open(place.folder, place.name, FOLDER) {
            Ok(descriptor) => descriptor,
            Err(errno @ (Errno::ACCESS | Errno::PERM)) => {
                self.tell(Problem::Unreadable(errno));
                let stat = place.stat()?;
                return Ok(self.entry(&stat, EntryKind::Folder, NOT_OPEN));
            }
            Err(errno) => return Err(errno),
        };
        let stat = fstat(&descriptor)?;
        let entry = self.entry(&stat, EntryKind::Folder, Some(&descriptor));
        let is_entered = !self.limits.one_file_system || device(&stat) == self.device;
        if is_entered && let Err(errno) = self.enter(descriptor, &stat) {
            self.tell(Problem::Unreadable(errno));
        }
        Ok(entry)
    }

    fn symlink(&mut self, place: &Place<'_>) -> rustix::io::Result<Entry> {
        let stat = place.stat()?;
        let target = match readlinkat(place.folder, place.name, Vec::new()) {
            Ok(target) => target.into_bytes(),
            // It is something else now.
            Err(Errno::INVAL) => return Err(Errno::LOOP),
            Err(errno) => return Err(errno),
        };
        Ok(self.entry(&stat, EntryKind::Symlink { target }, NOT_OPEN))
    }

    /// Returns the current path as an entry. `open` is what its extended attributes are read from.
    fn entry(&mut self, stat: &Stat, kind: EntryKind, open: Option<impl AsFd>) -> Entry {
        let mut read = Vec::new();
        if let Some(open) = open.filter(|_| self.limits.attributes) {
            let found = attributes(open);
            read = found.read;
            for lost in found.lost {
                self.tell(Problem::Attribute(lost));
            }
        }
        entry(self.path.clone(), stat, kind, read)
    }
}

/// For an entry without extended attributes of its own.
const NOT_OPEN: Option<&OwnedFd> = None;

impl Place<'_> {
    fn stat(&self) -> rustix::io::Result<Stat> {
        statat(self.folder, self.name, AtFlags::SYMLINK_NOFOLLOW)
    }
}

const FOLDER: OFlags = OFlags::NOFOLLOW
    .union(OFlags::CLOEXEC)
    .union(OFlags::DIRECTORY);
