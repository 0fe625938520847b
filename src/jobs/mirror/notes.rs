//! The notes about all files of a mirror: in a folder of this machine, never beside the outputs.
//!
//! `notes` is in the order of the paths and is replaced as a whole when a run ends. Until then the
//! run adds to `journal`, which it removes when everything else is done. A run that was killed
//! leaves a journal, which the next one takes over before it begins. Both are read as streams, so their length does not matter. A line that cannot
//! be read ends the reading: files without a note are only encrypted again.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use bulla_age::sender::MirrorKey;
use bulla_age::untrusted::Untrusted;
use zeroize::Zeroizing;

use crate::errors::{CommandError, Result};
use crate::files;
use crate::files::{AtomicFile, Lock, PrivateFolder, Replace};
use crate::jobs::mirror::note::{Note, escaped, hex, unescaped, unhex};
use crate::ui::Ui;

const NOTES: &str = "notes";
const JOURNAL: &str = "journal";
const KEY: &str = "key";
const LOCK: &str = ".lock";

/// The notes of a mirror, locked for this run.
pub(crate) struct Notes {
    folder: PrivateFolder,
    pub(crate) key: MirrorKey,
    /// Whether the last run did not come to its end.
    pub(crate) were_cut_off: bool,
    _lock: Lock,
}

/// Returns whether this machine has notes of a mirror.
pub(crate) fn exist(mirrors: &Path, id: &str) -> Result<bool> {
    Ok(match PrivateFolder::open(&mirrors.join(id))? {
        Some(folder) => folder.has(KEY)?,
        None => false,
    })
}

impl Notes {
    /// Opens the notes of a mirror, or begins new ones, and takes over what a killed run left.
    pub(crate) fn open(mirrors: &Path, id: &str, ui: &Ui) -> Result<Self> {
        let folder = PrivateFolder::create(&mirrors.join(id))?;
        let lock = folder.lock(LOCK, |_| {
            ui.notice(&"Waiting for another run of bulla that works on this mirror");
        })?;
        let key = match folder.read(KEY)? {
            Some(text) => std::str::from_utf8(&text)
                .ok()
                .and_then(|text| unhex(text.trim_end()))
                .map(MirrorKey::from_bytes)
                .ok_or_else(|| {
                    let path = folder.path().join(KEY);
                    CommandError::other(format!("{} is damaged", Untrusted::from(path.as_path())))
                })?,
            None => {
                let key = MirrorKey::generate().ok_or(bulla_age::EncryptError::Random)?;
                let text = Zeroizing::new(hex(key.as_bytes()) + "\n");
                folder.write(KEY, text.as_bytes(), Replace::Never)?;
                key
            }
        };
        let notes = Self {
            were_cut_off: folder.has(JOURNAL)?,
            folder,
            key,
            _lock: lock,
        };
        notes.settle(|_| Ok(true), |_| Ok(()))?;
        Ok(notes)
    }

    /// Removes the notes of a mirror that was not made.
    pub(crate) fn discard(self, mirrors: &Path) -> Result<()> {
        for name in [KEY, LOCK] {
            self.folder.remove(name)?;
        }
        let name = self.folder.path().file_name().and_then(OsStr::to_str);
        if let (Some(mirrors), Some(name)) = (PrivateFolder::open(mirrors)?, name) {
            mirrors.remove_folder(name)?;
        }
        Ok(())
    }

    /// Returns the notes of the last run, in the order of the paths.
    pub(crate) fn known(&self) -> Result<Known> {
        Ok(Known(Lines::open(&self.folder, NOTES)?))
    }

    /// Begins to note what this run does. What an earlier run noted has been taken over.
    pub(crate) fn journal(&self) -> Result<Journal> {
        let file = self.folder.append(JOURNAL)?;
        let name = Untrusted::from(self.folder.path().join(JOURNAL).as_path());
        file.set_len(0)
            .map_err(|error| files::Error::io("write", &name, error))?;
        Ok(Journal { file, name })
    }

    /// Ends the run: everything that the notes say has been done.
    pub(crate) fn end(&self) -> Result<()> {
        Ok(self.folder.remove(JOURNAL)?)
    }

    /// Puts the journal into the notes. Asks whether to keep the note of each file that was noted as
    /// gone, and calls `each` for every note that is kept.
    pub(crate) fn settle(
        &self,
        mut keep_gone: impl FnMut(&Note) -> Result<bool>,
        mut each: impl FnMut(&Note) -> Result<()>,
    ) -> Result<()> {
        let mut known = self.known()?.peekable();
        let mut entries = Entries(Lines::open(&self.folder, JOURNAL)?).peekable();
        let is_changed = entries.peek().is_some();
        let mut new = is_changed
            .then(|| NewNotes::begin(&self.folder))
            .transpose()?;
        loop {
            let order = match (known.peek(), entries.peek()) {
                (None, None) => break,
                (Some(_), None) => std::cmp::Ordering::Less,
                (None, Some(_)) => std::cmp::Ordering::Greater,
                (Some(note), Some(entry)) => note.path.as_path().cmp(entry.path()),
            };
            let note = if order.is_gt() { None } else { known.next() };
            let entry = if order.is_lt() { None } else { entries.next() };
            let kept = match (note, entry) {
                (_, Some(Entry::Written(note))) => Some(note),
                (Some(note), Some(Entry::Gone(_))) => keep_gone(&note)?.then_some(note),
                (note, _) => note,
            };
            if let Some(note) = kept {
                each(&note)?;
                if let Some(new) = &mut new {
                    new.add(&note)?;
                }
            }
        }
        if let Some(new) = new {
            new.commit()?;
        }
        Ok(())
    }
}

/// The notes as a stream.
pub(crate) struct Known(Lines);

impl Iterator for Known {
    type Item = Note;

    fn next(&mut self) -> Option<Note> {
        self.0.next(|line| {
            let note = Note::parse(line)?;
            Some((note.path.clone(), note))
        })
    }
}

/// What a run notes.
enum Entry {
    Written(Note),
    Gone(PathBuf),
}

impl Entry {
    fn path(&self) -> &Path {
        match self {
            Self::Written(note) => &note.path,
            Self::Gone(path) => path,
        }
    }
}

struct Entries(Lines);

impl Iterator for Entries {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        self.0.next(|line| {
            let (kind, rest) = line.split_at_checked(2)?;
            let entry = match kind {
                b"+ " => Entry::Written(Note::parse(rest)?),
                b"- " => Entry::Gone(unescaped(rest)?),
                _ => return None,
            };
            Some((entry.path().to_owned(), entry))
        })
    }
}

/// Lines in the order of their paths.
struct Lines {
    reader: Option<BufReader<File>>,
    line: Vec<u8>,
    last: Option<PathBuf>,
}

impl Lines {
    fn open(folder: &PrivateFolder, name: &str) -> Result<Self> {
        Ok(Self {
            reader: folder.stream(name)?.map(BufReader::new),
            line: Vec::new(),
            last: None,
        })
    }

    /// Returns the next item; `None` at the end, or where it cannot be read on: the last line of a
    /// killed run may be cut.
    fn next<T>(&mut self, parse: impl FnOnce(&[u8]) -> Option<(PathBuf, T)>) -> Option<T> {
        let reader = self.reader.as_mut()?;
        self.line.clear();
        let read = reader.read_until(b'\n', &mut self.line);
        let parsed = read
            .ok()
            .and_then(|_| self.line.strip_suffix(b"\n"))
            .and_then(parse);
        match parsed {
            Some((path, item)) if self.last.as_ref().is_none_or(|last| *last < path) => {
                self.last = Some(path);
                Some(item)
            }
            _ => {
                self.reader = None;
                None
            }
        }
    }
}

/// What this run does, noted as soon as it is done.
pub(crate) struct Journal {
    file: File,
    name: Untrusted,
}

impl Journal {
    /// Notes a file that was encrypted. Called in the order of the paths.
    pub(crate) fn written(&mut self, note: &Note) -> Result<()> {
        self.add(b"+ ", &note.line())
    }

    /// Notes a file that has no source any more.
    pub(crate) fn gone(&mut self, path: &Path) -> Result<()> {
        self.add(b"- ", &escaped(path))
    }

    fn add(&mut self, kind: &[u8], text: &[u8]) -> Result<()> {
        // In one piece: what a killed run leaves ends within the last line at most.
        let line = [kind, text, b"\n"].concat();
        let written = (&self.file).write_all(&line);
        written.map_err(|error| files::Error::io("write", &self.name, error).into())
    }
}

struct NewNotes {
    writer: BufWriter<Shared>,
}

/// The new file, which a buffered writer can own.
struct Shared(AtomicFile);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.file().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl NewNotes {
    fn begin(folder: &PrivateFolder) -> Result<Self> {
        let file = Shared(folder.replace(NOTES)?);
        Ok(Self {
            writer: BufWriter::with_capacity(64 << 10, file),
        })
    }

    fn failed(&self, error: io::Error) -> CommandError {
        files::Error::io("write", self.writer.get_ref().0.name(), error).into()
    }

    fn add(&mut self, note: &Note) -> Result<()> {
        let mut line = note.line();
        line.push(b'\n');
        let written = self.writer.write_all(&line);
        written.map_err(|error| self.failed(error))
    }

    fn commit(mut self) -> Result<()> {
        let flushed = self.writer.flush();
        flushed.map_err(|error| self.failed(error))?;
        let (file, _) = self.writer.into_parts();
        Ok(file.0.commit()?)
    }
}
