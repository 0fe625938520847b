//! Any number of files in one run, as a walk finds them: some at a time, reported in order.
//!
//! Unlike [`batch`](crate::jobs::batch), which knows all files beforehand, this holds no more of
//! them than those that are worked on and those that wait for an earlier one to be reported.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::errors;
use crate::errors::{CommandError, Failure, Result};
use crate::jobs::batch::{Slot, Slots};
use crate::select::concurrency::Concurrency;
use crate::ui::Ui;

/// How far the work may be ahead of the reports.
const AHEAD: usize = 256;

/// How many items there were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) all: usize,
    pub(crate) failed: usize,
}

impl Tally {
    /// Returns the error of a run in which some items failed.
    ///
    /// # Errors
    /// [`Failure::Some`].
    pub(crate) fn result(self) -> Result<()> {
        match self {
            Self { failed: 0, .. } => Ok(()),
            Self { all, failed } => Err(Failure::Some { failed, all }.into()),
        }
    }
}

/// Does `work` for each item, `concurrency.begun` at a time, and calls `report` for each success in
/// order. Errors are printed in order. `work` gives its slot back when it only waits for the disk.
///
/// # Errors
/// That of a standard output whose reader is gone.
pub(crate) fn run<T: Send, R: Send>(
    items: impl Iterator<Item = T> + Send,
    concurrency: Concurrency,
    ui: &Ui,
    work: impl Fn(&mut T, Slot<'_>) -> Result<R> + Sync,
    report: impl FnMut(T, R) -> Result<()> + Send,
) -> Result<Tally> {
    let slots = Slots::new(concurrency.working);
    let queue = Mutex::new(items.enumerate());
    let reports = Reports {
        inner: Mutex::new(Waiting {
            next: 0,
            done: BTreeMap::new(),
            report,
            failed: 0,
            waiters: 0,
            reader_left: None,
        }),
        moved: Condvar::new(),
        is_over: AtomicBool::new(false),
    };
    let worker = || {
        loop {
            let Some((index, mut item)) = reports.take_next(&queue) else {
                return;
            };
            let result = work(&mut item, slots.take());
            reports.add(index, item, result, ui);
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..concurrency.begun {
            let started = std::thread::Builder::new().spawn_scoped(scope, worker);
            // If no more threads can be started, the others do its work.
            if started.is_err() {
                break;
            }
        }
        worker();
    });
    let waiting = reports
        .inner
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    match waiting.reader_left {
        Some(error) => Err(error),
        None => Ok(Tally {
            all: waiting.next,
            failed: waiting.failed,
        }),
    }
}

struct Reports<T, R, F> {
    inner: Mutex<Waiting<T, R, F>>,
    /// Something was reported.
    moved: Condvar,
    is_over: AtomicBool,
}

struct Waiting<T, R, F> {
    /// The index of the item that is reported next.
    next: usize,
    done: BTreeMap<usize, (T, Result<R>)>,
    report: F,
    failed: usize,
    /// How many threads wait for the reports.
    waiters: usize,
    /// The error of a standard output whose reader is gone.
    reader_left: Option<CommandError>,
}

impl<T, R, F: FnMut(T, R) -> Result<()>> Reports<T, R, F> {
    fn lock(&self) -> MutexGuard<'_, Waiting<T, R, F>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the next item, as soon as the reports are near enough.
    fn take_next(&self, queue: &Mutex<impl Iterator<Item = (usize, T)>>) -> Option<(usize, T)> {
        let mut queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
        if self.is_over.load(Ordering::Relaxed) {
            return None;
        }
        let (index, item) = queue.next()?;
        // The thread whose item is reported next is not among those that wait.
        let mut waiting = self.lock();
        if index >= waiting.next + AHEAD {
            waiting.waiters += 1;
            let waited = self
                .moved
                .wait_while(waiting, |waiting| index >= waiting.next + AHEAD);
            waited.unwrap_or_else(PoisonError::into_inner).waiters -= 1;
        }
        Some((index, item))
    }

    fn add(&self, index: usize, item: T, result: Result<R>, ui: &Ui) {
        let mut waiting = self.lock();
        waiting.done.insert(index, (item, result));
        loop {
            let next = waiting.next;
            let Some((item, result)) = waiting.done.remove(&next) else {
                break;
            };
            if let Err(error) = result.and_then(|result| (waiting.report)(item, result)) {
                waiting.failed += 1;
                if errors::report_error(ui, &error).is_none() {
                    // Nothing more can be reported, so nothing more is started.
                    self.is_over.store(true, Ordering::Relaxed);
                    waiting.reader_left.get_or_insert(error);
                }
            }
            waiting.next += 1;
        }
        let is_awaited = waiting.waiters > 0;
        drop(waiting);
        // Waking costs a system call, even if nobody sleeps.
        if is_awaited {
            self.moved.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicUsize;

    #[test]
    fn reports_come_in_order_and_few_items_are_held() {
        let (taken, held) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let items = (0..5000_usize).inspect(|_| {
            taken.fetch_add(1, Ordering::SeqCst);
        });
        let concurrency = Concurrency {
            working: 3,
            begun: 8,
        };
        let mut seen = Vec::new();
        let tally = run(
            items,
            concurrency,
            &Ui::silent(),
            |item, slot| {
                // The first one is slow, so that the others wait for it.
                if *item == 0 {
                    std::thread::sleep(std::time::Duration::from_millis(100));
                }
                drop(slot);
                Ok(*item * 2)
            },
            |item, double| {
                assert_eq!(item * 2, double);
                held.fetch_max(taken.load(Ordering::SeqCst) - item, Ordering::SeqCst);
                seen.push(item);
                Ok(())
            },
        );
        let all = 5000;
        assert_eq!(tally.unwrap(), Tally { all, failed: 0 });
        assert!(seen.into_iter().eq(0..all));
        assert!(held.into_inner() <= AHEAD + 8);
    }

    #[test]
    fn what_fails_is_counted_and_stops_nothing() {
        let concurrency = Concurrency {
            working: 2,
            begun: 4,
        };
        let reported = AtomicUsize::new(0);
        let tally = run(
            0..100_usize,
            concurrency,
            &Ui::silent(),
            |item, _slot| match *item % 10 {
                0 => Err(errors::usage("no", None).reported()),
                _ => Ok(()),
            },
            |_, ()| {
                reported.fetch_add(1, Ordering::SeqCst);
                Ok(())
            },
        );
        let tally = tally.unwrap();
        assert_eq!((tally.all, tally.failed), (100, 10));
        assert_eq!(reported.into_inner(), 90);
        assert!(tally.result().is_err());
    }
}
