//! A tree as the entries of an archive.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use crate::files::beneath::open_folder;
use crate::files::resolve::resolve_folder;
use crate::files::source_folder::ahead::{Ahead, Batch, Next};
use crate::files::source_folder::ignored::Patterns;
use crate::files::source_folder::opened::{OpenedFile, Stored, entry};
use crate::files::source_folder::problem::Problem;
use crate::files::source_folder::walk::{Limits, Step, Walk};
use crate::files::system::names;
use crate::files::{Error, FileId};
use bulla_age::untrusted::Untrusted;
use bulla_archive::entry::{Entry, EntryKind};
use bulla_archive::write::Source;

/// What to read of a tree.
#[derive(Default)]
pub(crate) struct TreeOptions {
    /// Patterns of what to leave out.
    pub(crate) exclude: Option<Patterns>,
    /// Whether to stay on the file system of the folder.
    pub(crate) one_file_system: bool,
    /// Whether to read extended attributes.
    pub(crate) attributes: bool,
    /// Files to leave out, wherever they are: the output.
    pub(crate) except: Vec<FileId>,
    /// How many threads open and read files before their turn. Without any, nothing is opened
    /// before it is asked for.
    pub(crate) ahead: usize,
}

/// What a walk found.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Found {
    /// The number of entries.
    pub(crate) entries: u64,
    /// The number of files, folders and links that patterns left out. What is in such a folder is
    /// not counted.
    pub(crate) left_out: u64,
    /// The number of problems because of which something is missing.
    pub(crate) losses: u64,
    /// The number of problems because of which something may not have been left out.
    pub(crate) surpluses: u64,
}

/// Something in a tree, and what is wrong with it.
type Report<'a> = &'a (dyn Fn(&Untrusted, &Problem) + Sync);

/// The entries of a tree, one after the other.
pub(crate) struct Tree<'a> {
    /// The path of the root, for messages.
    root_path: PathBuf,
    /// The length of its name at the beginning of all paths.
    name_len: usize,
    attributes: bool,
    except: Vec<FileId>,
    report: Report<'a>,
    steps: Steps,
    batch: Batch,
    /// The first paths of files with several names, and how many of their names are still to come.
    names: HashMap<FileId, (Vec<u8>, u64)>,
    /// The path and contents of the last entry.
    current: Option<(Vec<u8>, Stored)>,
    found: Found,
}

/// The walk, before and after the first entry was asked for.
enum Steps {
    NotBegun(Option<Box<Walk>>, usize),
    Begun(Ahead),
}

impl<'a> Tree<'a> {
    /// Opens a folder. `name` is what it is called in the archive; without one, its contents have no
    /// folder around them.
    ///
    /// # Errors
    /// If the folder cannot be opened.
    pub(crate) fn open(
        folder: &Path,
        name: &OsStr,
        options: TreeOptions,
        report: Report<'a>,
    ) -> Result<Self, Error> {
        let unreadable = |errno| Error::io("read", &Untrusted::from(folder), errno);
        let found = resolve_folder(folder)?;
        let root = open_folder(&found, Path::new(""), OFlags::RDONLY).map_err(unreadable)?;
        let limits = Limits {
            exclude: options.exclude,
            one_file_system: options.one_file_system,
            attributes: options.attributes,
        };
        let walk = Walk::new(root, name, limits).map_err(unreadable)?;
        Ok(Self {
            root_path: folder.to_owned(),
            name_len: name.len(),
            attributes: options.attributes,
            except: options.except,
            report,
            steps: Steps::NotBegun(Some(Box::new(walk)), options.ahead),
            batch: Batch::default(),
            names: HashMap::new(),
            current: None,
            found: Found::default(),
        })
    }

    /// Returns what was found so far.
    pub(crate) fn found(&self) -> Found {
        self.found
    }

    /// Ends the work on the file that was read last.
    fn finish_contents(&mut self) {
        let Some((path, stored)) = self.current.take() else {
            return;
        };
        let problem = match stored {
            Stored::InFile(contents) => contents.finish(),
            Stored::InBuffer(_, problem) => problem,
        };
        if let Some(problem) = problem {
            self.tell(&path, &problem);
        }
    }

    /// Reports a problem with a path.
    fn tell(&mut self, path: &[u8], problem: &Problem) {
        self.found.losses += u64::from(problem.is_loss());
        self.found.surpluses += u64::from(problem.is_surplus());
        let below = path.get(self.name_len..).unwrap_or_default();
        let below = below.strip_prefix(b"/").unwrap_or(below);
        let path = if below.is_empty() {
            self.root_path.clone()
        } else {
            self.root_path.join(OsStr::from_bytes(below))
        };
        (self.report)(&Untrusted::from(path.as_path()), problem);
    }

    /// Returns the next step; `None` at the end.
    fn next_step(&mut self) -> io::Result<Option<Next>> {
        if let Steps::NotBegun(walk, threads) = &mut self.steps
            && let Some(walk) = walk.take()
        {
            self.steps = Steps::Begun(Ahead::start(*walk, self.attributes, *threads));
        }
        loop {
            if let Some(next) = self.batch.left.pop() {
                return Ok(Some(next));
            }
            match &self.steps {
                Steps::Begun(ahead) if ahead.next(&mut self.batch)? => {}
                _ => return Ok(None),
            }
        }
    }

    /// Returns the entry of a file, unless it is left out.
    fn file(&mut self, mut opened: OpenedFile) -> Option<Entry> {
        let id = FileId::of_stat(&opened.stat);
        if self.except.contains(&id) {
            return None;
        }
        self.found.entries += 1;
        let names = names(&opened.stat);
        if names > 1
            && let Some(target) = self.first_name(id, &opened.path, names)
        {
            let kind = EntryKind::HardLink { target };
            return Some(entry(opened.path, &opened.stat, kind, Vec::new()));
        }
        if self.attributes {
            opened.read_attributes();
        }
        let found = opened.attributes.take().unwrap_or_default();
        for lost in found.lost {
            self.tell(&opened.path, &Problem::Attribute(lost));
        }
        let kind = opened.kind();
        let entry = entry(opened.path, &opened.stat, kind, found.read);
        self.current = Some((entry.path.clone(), opened.stored));
        Some(entry)
    }

    /// Returns the first path of a file with several names, unless it is this one.
    fn first_name(&mut self, id: FileId, path: &[u8], names: u64) -> Option<Vec<u8>> {
        let Some((first, left)) = self.names.get_mut(&id) else {
            self.names.insert(id, (path.to_vec(), names - 1));
            return None;
        };
        *left = left.saturating_sub(1);
        if *left == 0 {
            return self.names.remove(&id).map(|(first, _)| first);
        }
        Some(first.clone())
    }
}

impl Source for Tree<'_> {
    fn next_entry(&mut self) -> io::Result<Option<Entry>> {
        self.finish_contents();
        while let Some(next) = self.next_step()? {
            let opened = match next {
                Next::Step(Step::Entry(entry)) => {
                    self.found.entries += 1;
                    return Ok(Some(entry));
                }
                Next::Step(Step::Problem(path, problem)) => {
                    self.tell(&path, &problem);
                    continue;
                }
                Next::Step(Step::LeftOut) => {
                    self.found.left_out += 1;
                    continue;
                }
                Next::Step(Step::Failed(errno)) => return Err(errno.into()),
                Next::Step(Step::File(file)) => match file.open() {
                    Ok(opened) => opened,
                    Err(errno) => {
                        self.tell(&file.path, &Problem::of(errno));
                        continue;
                    }
                },
                Next::File(opened) => *opened,
            };
            if let Some(entry) = self.file(opened) {
                return Ok(Some(entry));
            }
        }
        Ok(None)
    }

    fn fill(&mut self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        match &mut self.current {
            Some((_, Stored::InFile(contents))) => contents.fill(buffer, offset),
            Some((_, Stored::InBuffer(range, _))) => {
                let read = &self.batch.buffer[range.clone()];
                let begin = usize::try_from(offset)
                    .unwrap_or(read.len())
                    .min(read.len());
                let len = buffer.len().min(read.len() - begin);
                buffer[..len].copy_from_slice(&read[begin..begin + len]);
                buffer[len..].fill(0);
            }
            None => buffer.fill(0),
        }
        Ok(())
    }
}

/// Returns the real name of a folder and the folder that it is in, for a path such as `.` that does
/// not end in a name. The root of the file system has neither.
pub(crate) fn real_name(folder: &Path) -> Option<PathBuf> {
    let real = folder.canonicalize().ok()?;
    real.file_name().map(PathBuf::from)
}
