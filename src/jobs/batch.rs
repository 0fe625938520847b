//! Several files in one run: some at a time, reported in order; one failure does not stop the
//! others.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};

use crate::errors;
use crate::errors::{CommandError, ErrorContext as _, Failure, Result};
use crate::files::Output;
use crate::jobs::paths::Job;
use crate::select::concurrency::Concurrency;
use crate::ui::{Progress, Total, Ui};

/// Starts the progress of a run over files, counted in bytes if all sizes are known.
pub(crate) fn progress(label: &str, files: usize, bytes: Option<u64>, ui: &Ui) -> Progress {
    Progress::start(
        ui,
        Total {
            bytes,
            files,
            label: label.to_owned(),
        },
    )
}

/// The result of the work on a file, and its output, which is not committed yet.
pub(crate) struct Written<R> {
    pub(crate) output: Option<Output>,
    pub(crate) done: R,
}

/// Calls [`run`] for files, shows progress and adds the file's name to errors.
///
/// Works on `concurrency.working` files at a time. More may wait for the disk: waiting together
/// costs hardly more than waiting for one.
pub(crate) fn files<R: Send>(
    jobs: &[Job],
    concurrency: Concurrency,
    ui: &Ui,
    progress: Progress,
    work: impl Fn(&Job) -> Result<Written<R>> + Sync,
    report: impl Fn(&Job, R) -> Result<()> + Sync,
) -> Result<()> {
    let slots = Slots::new(concurrency.working);
    let one = |job: &Job| {
        if let Some(error) = job.earlier_failure() {
            return Err(error);
        }
        let slot = slots.take();
        progress.file(&job.name());
        let Written { output, done } = work(job).about(|| job.name())?;
        drop(slot);
        output.map_or(Ok(()), Output::commit).about(|| job.name())?;
        progress.file_done();
        Ok(done)
    };
    let result = run(jobs, concurrency.begun, ui, one, report);
    progress.finish();
    result
}

/// A limited number of slots; a thread that finds none free waits.
pub(crate) struct Slots {
    free: Mutex<usize>,
    freed: Condvar,
}

/// A slot that is taken, until it is dropped.
pub(crate) struct Slot<'a>(&'a Slots);

impl Slots {
    pub(crate) fn new(free: usize) -> Self {
        Self {
            free: Mutex::new(free),
            freed: Condvar::new(),
        }
    }

    pub(crate) fn take(&self) -> Slot<'_> {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let mut free = self
            .freed
            .wait_while(free, |free| *free == 0)
            .unwrap_or_else(PoisonError::into_inner);
        *free -= 1;
        Slot(self)
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        *self.0.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.0.freed.notify_one();
    }
}

/// Does `work` for each item, `jobs` at a time, and calls `report` for each success in order. The
/// error of a single item is returned; errors of several items are printed in order.
pub(crate) fn run<T: Sync, R: Send>(
    items: &[T],
    jobs: usize,
    ui: &Ui,
    work: impl Fn(&T) -> Result<R> + Sync,
    report: impl Fn(&T, R) -> Result<()> + Sync,
) -> Result<()> {
    if let [only] = items {
        return report(only, work(only)?);
    }
    let next = AtomicUsize::new(0);
    let done: Vec<Mutex<Option<Result<R>>>> = items.iter().map(|_| Mutex::new(None)).collect();
    let reported = Mutex::new(Reported {
        next: 0,
        failed: 0,
        reader_left: None,
    });
    let worker = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(index) else { return };
            *done[index].lock().unwrap_or_else(PoisonError::into_inner) = Some(work(item));
            let mut reported = reported.lock().unwrap_or_else(PoisonError::into_inner);
            while let Some(slot) = done.get(reported.next) {
                let Some(result) = slot.lock().unwrap_or_else(PoisonError::into_inner).take()
                else {
                    break;
                };
                if let Err(error) = result.and_then(|result| report(&items[reported.next], result))
                {
                    reported.failed += 1;
                    if errors::report_error(ui, &error).is_none() {
                        // Nothing more can be reported, so nothing more is started.
                        next.fetch_max(items.len(), Ordering::Relaxed);
                        reported.reader_left.get_or_insert(error);
                    }
                }
                reported.next += 1;
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..jobs {
            let started = std::thread::Builder::new().spawn_scoped(scope, worker);
            // If no more threads can be started, the others do its work.
            if started.is_err() {
                break;
            }
        }
        worker();
    });
    let reported = reported
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    match reported.failed {
        _ if reported.reader_left.is_some() => reported.reader_left.map_or(Ok(()), Err),
        0 => Ok(()),
        failed => Err(Failure::Some {
            failed,
            all: items.len(),
        }
        .into()),
    }
}

struct Reported {
    next: usize,
    failed: usize,
    /// The error of a standard output whose reader is gone.
    reader_left: Option<CommandError>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_work_at_a_time_than_there_are_places() {
        let (slots, taken, most) = (Slots::new(3), AtomicUsize::new(0), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for _ in 0..12 {
                scope.spawn(|| {
                    for _ in 0..50 {
                        let slot = slots.take();
                        most.fetch_max(taken.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                        std::thread::yield_now();
                        taken.fetch_sub(1, Ordering::SeqCst);
                        drop(slot);
                    }
                });
            }
        });
        assert_eq!((taken.into_inner(), *slots.free.lock().unwrap()), (0, 3));
        assert!((1..=3).contains(&most.into_inner()));
    }
}
