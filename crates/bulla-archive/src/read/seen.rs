//! The paths that were seen, to find two entries for one path.

use std::collections::HashSet;
use std::hash::{BuildHasher, BuildHasherDefault, Hasher, RandomState};

use crate::read::error::Refusal;

/// The most paths that are remembered, folders that are only named in longer paths included.
pub const MOST_PATHS: usize = 8_000_000;

/// Remembers paths by a keyed hash of 64 bits, in some 20 bytes each. Two paths with one hash
/// cannot be made on purpose, and would be refused.
#[derive(Debug)]
pub(super) struct Seen {
    key: RandomState,
    folders: Hashes,
    files: Hashes,
    links: Hashes,
}

type Hashes = HashSet<u64, BuildHasherDefault<Unchanged>>;

/// What a path is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What<'a> {
    Folder,
    File,
    Symlink,
    HardLink(&'a [u8]),
}

impl Seen {
    pub(super) fn new() -> Self {
        Self {
            key: RandomState::new(),
            folders: Hashes::default(),
            files: Hashes::default(),
            links: Hashes::default(),
        }
    }

    /// Adds a path, unless it does not go together with those before it.
    pub(super) fn add(&mut self, path: &[u8], what: What<'_>) -> Result<(), Refusal> {
        let hash = self.hash(path);
        if self.is_other(hash) {
            return Err(Refusal::Duplicate);
        }
        if self.folders.contains(&hash) {
            return Err(match what {
                What::Folder => Refusal::LateFolder,
                _ => Refusal::Duplicate,
            });
        }
        if let What::HardLink(target) = what
            && !self.files.contains(&self.hash(target))
        {
            return Err(Refusal::LinkTarget);
        }
        self.add_folders_of(path)?;
        match what {
            What::Folder => &mut self.folders,
            What::File | What::HardLink(_) => &mut self.files,
            What::Symlink => &mut self.links,
        }
        .insert(hash);
        let paths = self.folders.len() + self.files.len() + self.links.len();
        if paths > MOST_PATHS {
            return Err(Refusal::Entries(MOST_PATHS));
        }
        Ok(())
    }

    /// Adds the folders that a path leads through.
    fn add_folders_of(&mut self, path: &[u8]) -> Result<(), Refusal> {
        let mut rest = path;
        while !rest.is_empty() {
            rest = parent(rest);
            let hash = self.hash(rest);
            if self.is_other(hash) {
                return Err(Refusal::BelowFile);
            }
            // Those above it were added with it.
            if !self.folders.insert(hash) {
                break;
            }
        }
        Ok(())
    }

    fn is_other(&self, hash: u64) -> bool {
        self.files.contains(&hash) || self.links.contains(&hash)
    }

    fn hash(&self, path: &[u8]) -> u64 {
        self.key.hash_one(path)
    }
}

/// Returns the folder of a path; that of a name alone is empty, the root.
fn parent(path: &[u8]) -> &[u8] {
    let slash = path.iter().rposition(|byte| *byte == b'/');
    slash.map_or(b"", |slash| &path[..slash])
}

/// Takes a hash as it is.
#[derive(Debug, Default)]
struct Unchanged(u64);

impl Hasher for Unchanged {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_has_one_entry_for_each_path_and_only_folders_have_something_below_them() {
        let mut seen = Seen::new();
        let mut add = |path: &str, what| seen.add(path.as_bytes(), what);
        assert_eq!(add("", What::Folder), Ok(()));
        assert_eq!(add("a/b/file", What::File), Ok(()));
        assert_eq!(add("a/link", What::Symlink), Ok(()));
        assert_eq!(add("a/c", What::Folder), Ok(()));
        assert_eq!(add("hard", What::HardLink(b"a/b/file")), Ok(()));
        assert_eq!(add("harder", What::HardLink(b"hard")), Ok(()));
        for (path, what, refusal) in [
            ("a/b/file", What::File, Refusal::Duplicate),
            ("a/b/file", What::Folder, Refusal::Duplicate),
            ("a/link", What::File, Refusal::Duplicate),
            ("a/b", What::File, Refusal::Duplicate),
            ("a/c", What::Folder, Refusal::LateFolder),
            ("a", What::Folder, Refusal::LateFolder),
            ("", What::Folder, Refusal::LateFolder),
            ("a/link/x", What::File, Refusal::BelowFile),
            ("a/b/file/x/y", What::Folder, Refusal::BelowFile),
            ("x", What::HardLink(b"missing"), Refusal::LinkTarget),
            ("x", What::HardLink(b"x"), Refusal::LinkTarget),
            ("x", What::HardLink(b"a/link"), Refusal::LinkTarget),
            ("x", What::HardLink(b"a/c"), Refusal::LinkTarget),
        ] {
            assert_eq!(add(path, what), Err(refusal), "{path} {what:?}");
        }
    }
}
