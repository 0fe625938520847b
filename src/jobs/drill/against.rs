//! The contents of copies, compared with the files that they are copies of.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ffi::OsStr;
use std::io::{self, BufReader, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use bulla_archive::entry::{Entry, EntryKind, Part};
use bulla_archive::read::{ReadError, Reader};
use sha2::{Digest, Sha256};

use crate::errors::{CommandError, Result, usage};
use crate::files::{FoundFile, Input, Step, TreeWalk};
use crate::jobs::channel::{ChannelReader, channel};
use crate::jobs::drill::check::{Checked, Checker};
use crate::jobs::drill::differences::{Differences, Names};
use crate::jobs::paths::Job;
use crate::jobs::tar_reader::tar_reader;
use crate::jobs::unpack::folder_name;
use bulla_age::untrusted::Untrusted;

/// A folder whose files should be the same.
pub(crate) struct LiveTree {
    root: PathBuf,
    /// The way to everything below the folder.
    tree: TreeWalk,
    /// The files, by their path below the folder.
    files: BTreeMap<PathBuf, FoundFile>,
    /// The symlinks.
    links: BTreeSet<PathBuf>,
    /// Those of which a copy was seen.
    copied: Mutex<BTreeSet<PathBuf>>,
}

impl LiveTree {
    /// Finds the files of a folder.
    pub(crate) fn walk(root: &Path) -> Result<Self> {
        if !root.is_dir() {
            let text = format!("{} is not a folder", Untrusted::from(root));
            let hint = "Name the folder whose files were copied: --against DIR";
            return Err(usage(&text, Some(hint)));
        }
        let mut live = Self {
            root: root.to_owned(),
            tree: TreeWalk::begin(root)?,
            files: BTreeMap::new(),
            links: BTreeSet::new(),
            copied: Mutex::default(),
        };
        while let Some(step) = live.tree.next() {
            match step {
                Step::File(file) => {
                    live.files.insert(file.below().to_owned(), file);
                }
                // Opening it later reports the reason.
                Step::Unreadable { below, .. } => {
                    let folder = live.tree.place(&below);
                    live.files.insert(below, folder);
                }
                Step::Other { below, is_link, .. } if is_link => {
                    live.links.insert(below);
                }
                Step::Other { .. } => {}
            }
        }
        Ok(live)
    }

    /// The folder, for messages.
    pub(crate) fn name(&self) -> Untrusted {
        Untrusted::from(self.root.as_path())
    }

    /// Reads a copy to its end, and compares what it holds: the files of an archive, or one file.
    /// `below` is where a single file would be in the folder.
    pub(crate) fn compare(
        &self,
        checker: &Checker<'_>,
        (job, below): (&Job, &Path),
    ) -> Result<Checked> {
        let name = below.file_name().unwrap_or_default();
        match folder_name(name) {
            Some(_) => self.compare_archive(checker, job),
            None => self.compare_file(checker, (job, below)),
        }
    }

    fn compare_file(&self, checker: &Checker<'_>, (job, below): (&Job, &Path)) -> Result<Checked> {
        let mut differences = Differences::default();
        let below = match below.extension() {
            Some(end) if end == "age" => below.with_extension(""),
            _ => below.to_owned(),
        };
        let Some(found) = self.files.get(&below) else {
            differences.extra.add(&below);
            return Ok(checker.check(job, None::<io::Sink>).compared(differences));
        };
        self.note(&below);
        let input = Input::open_found(found)?;
        let mut live = Comparing::new(BufReader::new(&input));
        let checked = checker.check(job, Some(&mut live));
        if !live.ends_the_same()? {
            differences.different.add(&below);
        }
        Ok(checked.compared(differences))
    }

    fn compare_archive(&self, checker: &Checker<'_>, job: &Job) -> Result<Checked> {
        let (writer, mut reader) = channel();
        std::thread::scope(|scope| {
            let checking = std::thread::Builder::new()
                .spawn_scoped(scope, move || checker.check(job, Some(writer)))
                .map_err(|source| crate::errors::Failure::Thread {
                    doing: "decrypt",
                    source,
                })?;
            let compared = self.compare_entries(&mut reader);
            // Whatever was found, the copy is read to its end.
            let _ = io::copy(&mut reader, &mut io::sink());
            let checked = checking
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            match compared {
                // A damaged copy is called that, and not an archive that cannot be read.
                Err(_) if checked.result.is_err() => Ok(checked),
                compared => Ok(checked.compared(compared?)),
            }
        })
    }

    fn compare_entries(&self, reader: &mut ChannelReader) -> Result<Differences> {
        let mut reader = tar_reader(reader, 0)?;
        let mut differences = Differences::default();
        let (mut seen, mut seen_links) = (BTreeSet::new(), BTreeSet::new());
        // For the other names of files, which come later.
        let mut digests: HashMap<Vec<u8>, [u8; 32]> = HashMap::new();
        while let Some(entry) = reader.next_entry()? {
            let Some(below) = below_root(&entry.path) else {
                continue;
            };
            match &entry.kind {
                EntryKind::File { len, parts } => {
                    let found = self.files.get(&below);
                    let input = found.map(Input::open_found).transpose()?;
                    let live: Box<dyn Read> = match &input {
                        Some(input) => Box::new(BufReader::new(input)),
                        None => Box::new(io::empty()),
                    };
                    let mut comparing = Hashing {
                        comparing: Comparing::new(live),
                        hash: Sha256::new(),
                    };
                    with_holes(&mut reader, (*len, parts), &mut comparing)?;
                    digests.insert(entry.path.clone(), comparing.hash.finalize().into());
                    let is_same = comparing.comparing.ends_the_same()?;
                    differences.note(&below, found.is_some(), is_same);
                    if found.is_some() {
                        self.compare_mode(&entry, &below, &mut differences)?;
                    }
                    seen.insert(below);
                }
                EntryKind::HardLink { target } => {
                    let found = self.files.get(&below);
                    let digest = found.map(digest_of).transpose()?;
                    let is_same = digest.is_some() && digest.as_ref() == digests.get(target);
                    differences.note(&below, found.is_some(), is_same);
                    seen.insert(below);
                }
                EntryKind::Folder => self.compare_mode(&entry, &below, &mut differences)?,
                EntryKind::Symlink { target } => {
                    let live = self.tree.place(&below).entry()?;
                    if live.and_then(|live| live.target).as_ref() != Some(target) {
                        differences.links.add(&below);
                    }
                    seen_links.insert(below);
                }
                _ => {}
            }
        }
        for path in self.links.iter().filter(|path| !seen_links.contains(*path)) {
            differences.links.add(path);
        }
        for path in self.files.keys().filter(|path| !seen.contains(*path)) {
            differences.missing.add(path);
        }
        Ok(differences)
    }

    /// Compares the permissions of a file or folder that is in both.
    fn compare_mode(
        &self,
        entry: &Entry,
        below: &Path,
        differences: &mut Differences,
    ) -> Result<()> {
        let live = self.tree.place(below).entry()?;
        let is_folder = entry.kind == EntryKind::Folder;
        let live = live.filter(|live| live.is_folder == is_folder && live.target.is_none());
        if live.is_some_and(|live| live.mode != entry.mode) {
            differences.modes.add(below);
        }
        Ok(())
    }

    fn note(&self, below: &Path) {
        let mut copied = self.copied.lock().unwrap_or_else(PoisonError::into_inner);
        copied.insert(below.to_owned());
    }

    /// Returns the files of which no copy was compared.
    pub(crate) fn without_copy(&self) -> Names {
        let copied = self.copied.lock().unwrap_or_else(PoisonError::into_inner);
        let mut names = Names::default();
        for path in self.files.keys().filter(|path| !copied.contains(*path)) {
            names.add(path);
        }
        names
    }
}

fn archive_not_read(error: io::Error) -> CommandError {
    CommandError::from(ReadError::Input(error))
}

/// Returns the path of an entry below the folder that the archive is of; `None` for that folder.
fn below_root(path: &[u8]) -> Option<PathBuf> {
    let path = Path::new(OsStr::from_bytes(path));
    let mut parts = path.components();
    parts.next()?;
    let rest = parts.as_path();
    let is_plain = rest
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    (is_plain && rest != Path::new("")).then(|| rest.to_owned())
}

/// Writes the contents of an entry, with zeros where nothing is stored.
fn with_holes(
    reader: &mut Reader<impl Read>,
    (len, parts): (u64, &[Part]),
    out: &mut impl Write,
) -> Result<()> {
    let mut at = 0;
    let mut buffer = vec![0; 64 << 10];
    for part in parts {
        zeros(part.offset.saturating_sub(at), out)?;
        let mut left = part.len;
        while left > 0 {
            let most = usize::try_from(left).map_or(buffer.len(), |left| left.min(buffer.len()));
            let read = reader.read_contents(&mut buffer[..most])?;
            if read == 0 {
                return Ok(());
            }
            out.write_all(&buffer[..read]).map_err(archive_not_read)?;
            left -= read as u64;
        }
        at = part.offset + part.len;
    }
    zeros(len.saturating_sub(at), out)
}

fn zeros(len: u64, out: &mut impl Write) -> Result<()> {
    io::copy(&mut io::repeat(0).take(len), out)
        .map(drop)
        .map_err(archive_not_read)
}

/// Returns SHA-256 of a file.
fn digest_of(file: &FoundFile) -> Result<[u8; 32]> {
    let input = Input::open_found(file)?;
    let mut hash = Sha256::new();
    io::copy(&mut BufReader::new(&input), &mut hash).map_err(archive_not_read)?;
    Ok(hash.finalize().into())
}

/// A writer that compares, and computes a digest of what is written.
struct Hashing<R> {
    comparing: Comparing<R>,
    hash: Sha256,
}

impl<R: Read> Write for Hashing<R> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.hash.update(bytes);
        self.comparing.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A writer that compares what is written with what it reads. It takes everything, so that the
/// whole copy is authenticated even if it differs.
struct Comparing<R> {
    live: R,
    buffer: Vec<u8>,
    is_same: bool,
    failure: Option<io::Error>,
}

impl<R: Read> Comparing<R> {
    fn new(live: R) -> Self {
        Self {
            live,
            buffer: Vec::new(),
            is_same: true,
            failure: None,
        }
    }

    /// Returns whether all was the same, and the live file ends here too.
    fn ends_the_same(mut self) -> Result<bool> {
        if let Some(error) = self.failure.take() {
            return Err(archive_not_read(error));
        }
        let more = self.live.read(&mut [0]).map_err(archive_not_read)?;
        Ok(self.is_same && more == 0)
    }
}

impl<R: Read> Write for Comparing<R> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.is_same {
            self.buffer.resize(bytes.len(), 0);
            match self.live.read_exact(&mut self.buffer) {
                Ok(()) => self.is_same = self.buffer == bytes,
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => self.is_same = false,
                Err(error) => {
                    self.is_same = false;
                    self.failure = Some(error);
                }
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contents_are_the_same_only_to_the_last_byte() {
        for (live, copy, same) in [
            ("abc", "abc", true),
            ("abc", "abd", false),
            ("abc", "ab", false),
            ("ab", "abc", false),
            ("", "", true),
        ] {
            let mut comparing = Comparing::new(live.as_bytes());
            for byte in copy.as_bytes().chunks(2) {
                comparing.write_all(byte).unwrap();
            }
            let is_same = comparing.ends_the_same().unwrap();
            assert_eq!(is_same, same, "{live} {copy}");
        }
    }

    #[test]
    fn entries_belong_below_the_folder_of_the_archive() {
        let below = |path: &str| below_root(path.as_bytes());
        assert_eq!(below("photos"), None);
        assert_eq!(below("photos/a/b"), Some(PathBuf::from("a/b")));
        assert_eq!(below("photos/../x"), None);
    }
}
