//! A folder that gets its name when everything in it is complete and on disk, or not at all.
//!
//! It is filled under a temporary name in the folder where it will be, and nobody else can enter it
//! until then. An existing file or folder is never replaced, and nothing is ever added to one.

mod maker;
mod spool;
mod tree;
mod writers;

use std::ffi::{OsStr, OsString};
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{AtFlags, Mode, OFlags};
use rustix::io::Errno;

use bulla_age::untrusted::Untrusted;
use bulla_archive::entry::Entry;

use crate::files::atomic_file::{Directory, refused};
use crate::files::beneath::remove_tree;
use crate::files::file_system::Volume;
use crate::files::new_folder::tree::Tree;
use crate::files::resolve::Place;
use crate::files::system::{self, Rename};
use crate::files::temporary::{Refusal, TEMPORARIES, Temporary};
use crate::files::{Destination, Error, Input};

pub(crate) use maker::Preserve;
pub(crate) use tree::NotKept;

/// A folder being filled. Dropped without [`commit`](Self::commit), it leaves nothing behind.
pub(crate) struct NewFolder {
    shown: Untrusted,
    directory: Directory,
    name: OsString,
    tree: Tree,
    temporary: Temporary,
}

impl NewFolder {
    /// Creates the folder for a path that the user named.
    pub(crate) fn create(path: &Path, preserve: Preserve) -> Result<Self, Error> {
        // What is there decides, not where a link leads.
        let place = Destination::of_default_name(path).map_err(|error| match error {
            Error::IsDirectory { name } => Error::FolderExists { name },
            error => error,
        })?;
        Self::at(place.into_place(), path, preserve)
    }

    /// Creates it beside an input, in the folder in which that was found. The input must have been
    /// opened with its folder; the last part of `path` is the name.
    pub(crate) fn create_beside(
        input: &Input,
        path: &Path,
        preserve: Preserve,
    ) -> Result<Self, Error> {
        let name = || Untrusted::from(path);
        let last = path.file_name().unwrap_or(path.as_os_str());
        let place = input
            .place_beside(last)
            .map_err(|source| Error::io("create", &name(), source))?;
        let place = place.ok_or_else(|| Error::ChangedWhileRead { name: name() })?;
        Self::at(place, path, preserve)
    }

    fn at(place: Place, path: &Path, preserve: Preserve) -> Result<Self, Error> {
        let shown = Untrusted::from(path);
        if place.found.is_some() {
            return Err(Error::FolderExists { name: shown });
        }
        let directory =
            Directory::open(place.folder).map_err(|errno| Error::io("create", &shown, errno))?;
        let created = TEMPORARIES.create_folder(&directory.descriptor);
        let (root, temporary) = created.map_err(|refusal| refused(refusal, &shown))?;
        let syncs_files = !Volume::of(&root).is_of_this_kernel();
        let tree = Tree::new(root, path.to_owned(), preserve, syncs_files)
            .map_err(|refusal| refused(refusal, &shown))?;
        Ok(Self {
            shown,
            directory,
            name: place.name,
            tree,
            temporary,
        })
    }

    /// Lets this many other threads create short files.
    pub(crate) fn share(&mut self, threads: usize) {
        self.tree.share(threads);
    }

    /// Waits until every file that was added is there.
    ///
    /// # Errors
    /// That of the first file that could not be created.
    pub(crate) fn finish_files(&mut self) -> Result<(), Error> {
        self.tree.finish_files()
    }

    /// The name that the user gave.
    pub(crate) fn name(&self) -> &Untrusted {
        &self.shown
    }

    /// Creates an entry in it. `read` returns the stored contents of a file.
    pub(crate) fn add<E: From<Error>>(
        &mut self,
        entry: &Entry,
        read: impl FnMut(&mut [u8]) -> Result<usize, E>,
    ) -> Result<(), E> {
        self.tree.add(entry, read)
    }

    /// Syncs everything and gives the folder its name. If an archive has one folder at the top and
    /// nothing else, that is the one. A failure leaves nothing behind.
    pub(crate) fn commit(self) -> Result<NotKept, Error> {
        let Self {
            shown,
            directory,
            name,
            mut tree,
            temporary,
        } = self;
        tree.finish()?;
        match system::sync_file_system(tree.root()) {
            // Then each file was synced.
            Ok(()) | Err(Errno::NOSYS | Errno::OPNOTSUPP | Errno::INVAL) => {}
            Err(errno) => return Err(Error::io("sync", &shown, errno)),
        }
        let taken = match tree.only_folder() {
            Some(only) => {
                let taken = take_out(tree.root(), only, &directory.descriptor, &name);
                // It is empty now.
                drop(temporary);
                taken
            }
            None => temporary.rename_folder(&name),
        };
        taken.map_err(|refusal| match refusal {
            Refusal::System(Errno::EXIST | Errno::NOTEMPTY | Errno::NOTDIR) => {
                Error::FolderExists {
                    name: shown.clone(),
                }
            }
            refusal => refused(refusal, &shown),
        })?;
        directory.sync().map_err(|errno| {
            // The error that led here is the one to report.
            let _ = remove_tree(&*directory.descriptor, &name);
            Error::io("sync the folder of", &shown, errno)
        })?;
        Ok(tree.not_kept())
    }
}

/// Moves a folder out of the temporary one to its final name, which must be free.
fn take_out(
    root: &OwnedFd,
    only: &OsStr,
    directory: &OwnedFd,
    name: &OsStr,
) -> Result<(), Refusal> {
    // Only the owner of a folder who may write to it can move it to another one.
    let found = rustix::fs::statat(root, only, AtFlags::SYMLINK_NOFOLLOW)?;
    let mode = system::mode_bits(&found) & 0o7777;
    let movable = mode | 0o700;
    if movable != mode {
        rustix::fs::chmodat(root, only, system::mode(movable), AtFlags::empty())?;
    }
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let folder = rustix::fs::openat(root, only, flags, Mode::empty())?;
    let renamed =
        TEMPORARIES.take(|| system::rename((root, only), (directory, name), Rename::NoReplace));
    match renamed {
        Err(refusal) if !refusal.is_final() => TEMPORARIES.take(|| {
            rustix::fs::mkdirat(directory, name, Mode::from_raw_mode(0o700))?;
            rustix::fs::renameat(root, only, directory, name).inspect_err(|_| {
                // Only if it is still empty. The error that led here is the one to report.
                let _ = rustix::fs::unlinkat(directory, name, AtFlags::REMOVEDIR);
            })
        })?,
        renamed => renamed?,
    }
    if movable != mode {
        rustix::fs::fchmod(&folder, system::mode(mode))?;
    }
    Ok(())
}
