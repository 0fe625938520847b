//! Threads that open and read short files before it is their turn.
//!
//! Opening a file takes longer than reading most of them, so one thread would keep all others
//! waiting. The threads take turns in the walk, each a batch of names at a time, and work on their
//! batches at once. The batches are used in the order of the walk.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use rustix::io::Errno;

use crate::files::source_folder::opened::{OpenedFile, Stored};
use crate::files::source_folder::problem::Problem;
use crate::files::source_folder::walk::{Step, Walk};

/// The most steps in a batch.
const STEPS: usize = 32;

/// The most folders with files in a batch: each is an open descriptor.
const FOLDERS: usize = 16;

/// The most files of a batch that are open when it is used.
const OPEN: usize = 16;

/// The most bytes read for a batch.
const BUFFER: usize = 1 << 20;

/// What the next entry is made from.
pub(super) enum Next {
    Step(Step),
    File(Box<OpenedFile>),
}

/// Steps one after the other, and the contents of short files among them.
#[derive(Default)]
pub(super) struct Batch {
    /// The last one comes first.
    pub(super) left: Vec<Next>,
    pub(super) buffer: Vec<u8>,
}

/// The steps of a walk, in order.
pub(super) struct Ahead {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

struct Shared {
    walk: Mutex<Turn>,
    ready: Mutex<Ready>,
    changed: Condvar,
    attributes: bool,
    /// How many batches there are at once, besides the one that is used.
    most: u64,
}

/// The walk, and whose turn it is.
struct Turn {
    walk: Walk,
    next: u64,
    is_over: bool,
}

#[derive(Default)]
struct Ready {
    batches: BTreeMap<u64, Batch>,
    /// The number of the batch that is used next.
    next: u64,
    /// The number of batches, once it is known.
    count: Option<u64>,
    /// Buffers of batches that were used.
    buffers: Vec<Vec<u8>>,
    has_failed: bool,
    is_abandoned: bool,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Ahead {
    /// Starts this many threads. Without any, each file is opened at its turn.
    pub(super) fn start(walk: Walk, attributes: bool, threads: usize) -> Self {
        let shared = Arc::new(Shared {
            walk: Mutex::new(Turn {
                walk,
                next: 0,
                is_over: false,
            }),
            ready: Mutex::default(),
            changed: Condvar::new(),
            attributes,
            most: threads as u64 + 1,
        });
        let start = |_| {
            let shared = Arc::clone(&shared);
            thread::Builder::new().spawn(move || shared.work()).ok()
        };
        let threads = (0..threads).map_while(start).collect();
        Self { shared, threads }
    }

    /// Takes the next batch, for the one before it. Returns false at the end.
    pub(super) fn next(&self, batch: &mut Batch) -> io::Result<bool> {
        if self.threads.is_empty() {
            let mut steps = Vec::new();
            locked(&self.shared.walk).walk.advance(&mut steps);
            batch.left = steps.into_iter().rev().map(Next::Step).collect();
            return Ok(!batch.left.is_empty());
        }
        let mut ready = locked(&self.shared.ready);
        ready.buffers.push(std::mem::take(&mut batch.buffer));
        loop {
            let next = ready.next;
            if let Some(found) = ready.batches.remove(&next) {
                ready.next += 1;
                drop(ready);
                self.shared.changed.notify_all();
                *batch = found;
                return Ok(true);
            }
            if ready.count == Some(next) {
                return Ok(false);
            }
            if ready.has_failed {
                return Err(io::Error::other("a thread failed"));
            }
            ready = self
                .shared
                .changed
                .wait(ready)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        locked(&self.shared.ready).is_abandoned = true;
        self.shared.changed.notify_all();
        for thread in self.threads.drain(..) {
            // A panic was reported where it happened, and as a failure of the batch.
            let _ = thread.join();
        }
    }
}

impl Shared {
    /// Works on batches until there are no more.
    fn work(&self) {
        let _guard = Failed(self);
        while let Some((number, steps, mut buffer)) = self.take() {
            buffer.resize(BUFFER, 0);
            let left = self.read(steps, &mut buffer);
            locked(&self.ready)
                .batches
                .insert(number, Batch { left, buffer });
            self.changed.notify_all();
        }
    }

    /// Takes the next steps of the walk when there is room for another batch.
    fn take(&self) -> Option<(u64, Vec<Step>, Vec<u8>)> {
        let mut turn = locked(&self.walk);
        if turn.is_over {
            return None;
        }
        let number = turn.next;
        let mut ready = self
            .changed
            .wait_while(locked(&self.ready), |ready| {
                !ready.is_abandoned && !ready.has_failed && number >= ready.next + self.most
            })
            .unwrap_or_else(PoisonError::into_inner);
        let buffer = ready.buffers.pop().unwrap_or_default();
        let is_abandoned = ready.is_abandoned || ready.has_failed;
        drop(ready);
        let mut steps = Vec::new();
        if !is_abandoned {
            let mut folders = 0;
            while steps.len() < STEPS && folders < FOLDERS {
                let before = steps.len();
                turn.walk.advance(&mut steps);
                if steps.len() == before {
                    break;
                }
                folders += usize::from(is_in_new_folder(&steps, before));
            }
        }
        if steps.is_empty() {
            turn.is_over = true;
            locked(&self.ready).count = Some(number);
            self.changed.notify_all();
            return None;
        }
        turn.next += 1;
        Some((number, steps, buffer))
    }

    /// Opens the files, and reads the short ones into the buffer. Returns the steps in reverse order.
    fn read(&self, steps: Vec<Step>, buffer: &mut [u8]) -> Vec<Next> {
        let (mut used, mut open) = (0, 0);
        let read = steps.into_iter().map(|step| {
            let Step::File(file) = step else {
                return Next::Step(step);
            };
            if open == OPEN {
                return Next::Step(Step::File(file));
            }
            match file.open() {
                Ok(mut opened) => {
                    // Of a file with several names, only the first one needs more.
                    if opened.stat.st_nlink <= 1 {
                        if self.attributes {
                            opened.read_attributes();
                        }
                        opened.read_into(buffer, &mut used);
                    }
                    open += usize::from(matches!(opened.stored, Stored::InFile(_)));
                    Next::File(Box::new(opened))
                }
                // Others are closed by then.
                Err(Errno::MFILE | Errno::NFILE) => Next::Step(Step::File(file)),
                Err(errno) => Next::Step(Step::Problem(file.path, Problem::of(errno))),
            }
        });
        let mut left: Vec<Next> = read.collect();
        left.reverse();
        left
    }
}

/// Returns whether the file that was added last is in another folder than those before it.
fn is_in_new_folder(steps: &[Step], before: usize) -> bool {
    let folder = |step: &Step| match step {
        Step::File(file) => Some(Arc::clone(&file.folder)),
        _ => None,
    };
    let Some(last) = steps[before..].iter().rev().find_map(folder) else {
        return false;
    };
    let known = steps[..before].iter().rev().find_map(folder);
    known.is_none_or(|known| !Arc::ptr_eq(&known, &last))
}

/// Ends the work of all if a thread panics: its batch would be waited for for ever.
struct Failed<'a>(&'a Shared);

impl Drop for Failed<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            locked(&self.0.ready).has_failed = true;
            self.0.changed.notify_all();
        }
    }
}
