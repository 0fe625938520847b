//! Threads that create short files.
//!
//! Creating a file takes longer than writing most of them. One thread reads the archive, and hands
//! over batches of files with the folders that they belong to; the others create them. All names of
//! an archive are different, so the order does not matter, except for failures: the first one in the
//! order of the archive counts.

use std::collections::VecDeque;
use std::fs::File;
use std::mem;
use std::os::fd::OwnedFd;
use std::os::unix::fs::FileExt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use rustix::io::Errno;

use bulla_archive::entry::{Entry, EntryKind};

use crate::files::Error;
use crate::files::new_folder::maker::Maker;

/// The longest file that is handed over.
const SHORT: u64 = 128 << 10;

/// The most bytes of files in a batch.
const BUFFER: usize = 512 << 10;

/// The most files in a batch. Each may need an open folder.
const FILES: usize = 32;

/// A file to create, with its contents.
struct ShortFile {
    /// Its number among those that were handed over.
    number: u64,
    folder: Arc<OwnedFd>,
    entry: Entry,
    /// The number of bytes in the buffer, after those of the files before it.
    len: usize,
}

#[derive(Default)]
struct Batch {
    files: Vec<ShortFile>,
    buffer: Vec<u8>,
    used: usize,
}

pub(super) struct Writers {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
    /// What is not handed over yet.
    batch: Batch,
    number: u64,
}

struct Shared {
    maker: Arc<Maker>,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Batch>,
    /// How many batches are being worked on.
    working: usize,
    /// Batches without files, for their buffers.
    empty: Vec<Batch>,
    failure: Option<(u64, Error)>,
    is_over: bool,
}

impl Shared {
    fn locked(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&'a self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        self.changed
            .wait(state)
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Works on batches until there are no more.
    fn work(&self) {
        let mut state = self.locked();
        loop {
            if state.is_over {
                return;
            }
            let Some(mut batch) = state.waiting.pop_front() else {
                state = self.wait(state);
                continue;
            };
            state.working += 1;
            drop(state);
            self.changed.notify_all();
            let guard = Working(self);
            let failure = self.create(&batch);
            batch.files.clear();
            batch.used = 0;
            mem::forget(guard);
            state = self.locked();
            state.end(failure, batch);
            self.changed.notify_all();
        }
    }

    /// Creates the files of a batch, up to the first failure.
    fn create(&self, batch: &Batch) -> Option<(u64, Error)> {
        let mut begin = 0;
        for file in &batch.files {
            let contents = &batch.buffer[begin..begin + file.len];
            begin += file.len;
            if let Err(error) = self.file(file, contents) {
                return Some((file.number, error));
            }
        }
        None
    }

    fn file(&self, file: &ShortFile, contents: &[u8]) -> Result<(), Error> {
        let entry = &file.entry;
        let created = self.maker.create(&file.folder, entry)?;
        write(&created, entry, contents)
            .map_err(|source| Error::io("write", &self.maker.name(&entry.path), source))?;
        self.maker.finish(created, entry)
    }
}

/// Writes the stored contents of a file to their places.
fn write(file: &File, entry: &Entry, mut contents: &[u8]) -> std::io::Result<()> {
    let EntryKind::File { len, parts } = &entry.kind else {
        return Ok(());
    };
    let mut end = 0;
    for part in parts {
        let size = usize::try_from(part.len).unwrap_or(usize::MAX);
        let split = contents.split_at_checked(size);
        let (stored, rest) = split.ok_or(std::io::ErrorKind::UnexpectedEof)?;
        file.write_all_at(stored, part.offset)?;
        contents = rest;
        end = part.offset + part.len;
    }
    if end < *len {
        file.set_len(*len)?;
    }
    Ok(())
}

impl State {
    fn end(&mut self, failure: Option<(u64, Error)>, batch: Batch) {
        self.working -= 1;
        self.empty.push(batch);
        if let Some((number, error)) = failure
            && self
                .failure
                .as_ref()
                .is_none_or(|(first, _)| number < *first)
        {
            self.failure = Some((number, error));
        }
    }
}

/// Ends the work if a thread panics: it would be waited for for ever.
struct Working<'a>(&'a Shared);

impl Drop for Working<'_> {
    fn drop(&mut self) {
        let error = Error::io("write", &self.0.maker.name(b""), Errno::IO);
        self.0.locked().end(Some((0, error)), Batch::default());
        self.0.changed.notify_all();
    }
}

impl Writers {
    /// Starts this many threads; `None` if there are none.
    pub(super) fn start(maker: &Arc<Maker>, threads: usize) -> Option<Self> {
        let shared = Arc::new(Shared {
            maker: Arc::clone(maker),
            state: Mutex::default(),
            changed: Condvar::new(),
        });
        let start = |_| {
            let shared = Arc::clone(&shared);
            thread::Builder::new().spawn(move || shared.work()).ok()
        };
        let threads: Vec<_> = (0..threads).map_while(start).collect();
        (!threads.is_empty()).then(|| Self {
            shared,
            threads,
            batch: Batch::default(),
            number: 0,
        })
    }

    /// Returns room for the contents of a short file; `None` if it is too long.
    ///
    /// # Errors
    /// That of a file that was added before.
    pub(super) fn room(&mut self, len: u64) -> Result<Option<&mut [u8]>, Error> {
        if len > SHORT {
            return Ok(None);
        }
        let len = usize::try_from(len).unwrap_or(usize::MAX);
        if self.batch.used + len > BUFFER || self.batch.files.len() == FILES {
            self.hand_over()?;
        }
        let Batch { buffer, used, .. } = &mut self.batch;
        buffer.resize(BUFFER, 0);
        Ok(Some(&mut buffer[*used..*used + len]))
    }

    /// Adds the file whose contents are in that room now.
    pub(super) fn add(&mut self, folder: Arc<OwnedFd>, entry: &Entry, len: usize) {
        self.number += 1;
        self.batch.used += len;
        self.batch.files.push(ShortFile {
            number: self.number,
            folder,
            entry: entry.clone(),
            len,
        });
    }

    /// Hands over a batch as soon as there is room for it.
    fn hand_over(&mut self) -> Result<(), Error> {
        let mut state = self.shared.locked();
        while state.failure.is_none() && state.waiting.len() >= self.threads.len() {
            state = self.shared.wait(state);
        }
        if state.failure.is_some() {
            drop(state);
            return self.finish();
        }
        let empty = state.empty.pop().unwrap_or_default();
        state
            .waiting
            .push_back(mem::replace(&mut self.batch, empty));
        drop(state);
        self.shared.changed.notify_all();
        Ok(())
    }

    /// Waits until every file that was added is there.
    ///
    /// # Errors
    /// That of the first file that could not be created.
    pub(super) fn finish(&mut self) -> Result<(), Error> {
        let mut state = self.shared.locked();
        if !self.batch.files.is_empty() {
            let empty = state.empty.pop().unwrap_or_default();
            state
                .waiting
                .push_back(mem::replace(&mut self.batch, empty));
            self.shared.changed.notify_all();
        }
        while state.working > 0 || !state.waiting.is_empty() {
            state = self.shared.wait(state);
        }
        match state.failure.take() {
            Some((_, error)) => Err(error),
            None => Ok(()),
        }
    }
}

impl Drop for Writers {
    fn drop(&mut self) {
        {
            let mut state = self.shared.locked();
            state.waiting.clear();
            state.is_over = true;
        }
        self.shared.changed.notify_all();
        for thread in self.threads.drain(..) {
            // A panic was reported where it happened, and as a failure of its batch.
            let _ = thread.join();
        }
    }
}
