//! Several files in one call: some at a time, told in their order, one failing does not stop the others.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, Result};

use super::plan::{self, Job};
use crate::failure::{self, Failure};
use crate::ui::{Progress, Total, Ui};

/// The progress of a run over files, counted in bytes where their sizes are known.
pub(crate) fn progress(jobs: &[Job], label: &str, ui: &Ui) -> Progress {
    Progress::start(ui, Total { bytes: plan::total(jobs), files: jobs.len(), label: label.to_owned() })
}

/// Does [`run`] over files: their progress is shown, and an error says whose it is.
pub(crate) fn files<R: Send>(
    jobs: &[Job],
    at_a_time: usize,
    ui: &Ui,
    progress: Progress,
    work: impl Fn(&Job) -> Result<R> + Sync,
    tell: impl Fn(&Job, R) -> Result<()> + Sync,
) -> Result<()> {
    let one = |job: &Job| {
        progress.file(&job.name());
        let done = work(job).with_context(|| job.name())?;
        progress.file_done();
        Ok(done)
    };
    let result = run(jobs, at_a_time, ui, one, tell);
    progress.finish();
    result
}

/// Does `work` for each item, `jobs` at a time, and `tell`s each success in the order of the items. A single item's
/// error is the error of the run; those of several are told where they stand.
pub(crate) fn run<T: Sync, R: Send>(
    items: &[T],
    jobs: usize,
    ui: &Ui,
    work: impl Fn(&T) -> Result<R> + Sync,
    tell: impl Fn(&T, R) -> Result<()> + Sync,
) -> Result<()> {
    if let [only] = items {
        return tell(only, work(only)?);
    }
    let next = AtomicUsize::new(0);
    let done: Vec<Mutex<Option<Result<R>>>> = items.iter().map(|_| Mutex::new(None)).collect();
    let told = Mutex::new(Told { next: 0, failed: 0 });
    let worker = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(index) else { return };
            *done[index].lock().unwrap_or_else(PoisonError::into_inner) = Some(work(item));
            let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
            while let Some(slot) = done.get(told.next) {
                let Some(result) = slot.lock().unwrap_or_else(PoisonError::into_inner).take() else { break };
                if let Err(error) = result.and_then(|result| tell(&items[told.next], result)) {
                    told.failed += 1;
                    failure::complain(ui, &error);
                }
                told.next += 1;
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..jobs {
            scope.spawn(worker);
        }
        worker();
    });
    match told.into_inner().unwrap_or_else(PoisonError::into_inner).failed {
        0 => Ok(()),
        failed => Err(Failure::Some { failed, all: items.len() }.into()),
    }
}

struct Told {
    next: usize,
    failed: usize,
}
