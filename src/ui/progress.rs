//! Progress bars on a terminal, drawn from counters that the work adds to.
//!
//! Knows bytes, files and time, not what the work is. If nothing is drawn, there is no thread.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use crate::ui::message::Ui;
use crate::ui::size::human_bytes;
use crate::ui::stream::Stream;
use crate::ui::terminal;
use crate::ui::text::{Layout, cut, printable};
use bulla_age::untrusted::Untrusted;

/// The time before the bars appear: short work does not show them.
const QUIET_FOR: Duration = Duration::from_millis(250);
const TICK: Duration = Duration::from_millis(100);

/// The work to do.
#[derive(Clone, Debug)]
pub(crate) struct Total {
    /// The bytes of all inputs, if they are known.
    pub(crate) bytes: Option<u64>,
    /// The number of files. If there are several, a second bar counts them.
    pub(crate) files: usize,
    /// The name of the work, for example `encrypting`.
    pub(crate) label: String,
}

/// The progress of one run. There is one at a time, and dropping it erases the bars.
pub(crate) struct Progress {
    counts: Arc<Counts>,
    drawing: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Counts {
    bytes: Arc<AtomicU64>,
    files: AtomicU64,
    /// The current file, escaped for display.
    file: Mutex<String>,
    over: Mutex<bool>,
    wake: Condvar,
}

impl Progress {
    /// Begins to count, and after a while to draw.
    pub(crate) fn start(ui: &Ui, total: Total) -> Self {
        let counts = Arc::new(Counts::default());
        let drawing = ui.draws().then(|| {
            let (ui, counts) = (ui.clone(), Arc::clone(&counts));
            // If no thread can be started, the work goes on without bars.
            std::thread::Builder::new()
                .name("progress".into())
                .spawn(move || draw(&ui, &counts, &total))
                .ok()
        });
        Self {
            counts,
            drawing: drawing.flatten(),
        }
    }

    /// The counter to which the work adds its bytes, with relaxed ordering.
    pub(crate) fn counter(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.counts.bytes)
    }

    /// Sets the current file.
    pub(crate) fn file(&self, name: &Untrusted) {
        *self
            .counts
            .file
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = name.to_string();
    }

    /// Counts a finished file.
    pub(crate) fn file_done(&self) {
        self.counts.files.fetch_add(1, Ordering::Relaxed);
    }

    /// Returns whether there is a drawing thread.
    #[cfg(test)]
    pub(super) fn draws(&self) -> bool {
        self.drawing.is_some()
    }

    /// Erases the bars.
    pub(crate) fn finish(self) {}
}

impl Drop for Progress {
    fn drop(&mut self) {
        *self
            .counts
            .over
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = true;
        self.counts.wake.notify_all();
        if let Some(drawing) = self.drawing.take() {
            // A panic of that thread printed its own message, and harms no file.
            let _ = drawing.join();
        }
    }
}

impl Counts {
    /// Waits for this time at most. Returns false if the work is over.
    fn goes_on_after(&self, wait: Duration) -> bool {
        let over = self.over.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.wake.wait_timeout_while(over, wait, |over| !*over);
        !*waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

/// Draws the bars until the work is over. Runs in a thread of its own.
fn draw(ui: &Ui, counts: &Counts, total: &Total) {
    // Created before the wait, so that the rate covers the whole time.
    let bars = Bars::new(total);
    let mut wait = QUIET_FOR;
    while counts.goes_on_after(wait) {
        wait = TICK;
        let mut screen = ui.screen();
        if screen.question.is_none() && !screen.given_away {
            if screen.bars.is_none() {
                bars.all
                    .set_draw_target(ProgressDrawTarget::stderr_with_hz(20));
                screen.bars = Some(bars.all.clone());
            }
            bars.tick(counts, total, ui.width());
        }
    }
    let mut screen = ui.screen();
    screen.clear_bars();
    screen.bars = None;
}

struct Bars {
    all: MultiProgress,
    bytes: ProgressBar,
    files: Option<ProgressBar>,
}

impl Bars {
    fn new(total: &Total) -> Self {
        let all = MultiProgress::with_draw_target(ProgressDrawTarget::hidden());
        let bytes = match total.bytes {
            Some(bytes) => ProgressBar::new(bytes)
                .with_style(style("{prefix} {wide_bar} {done} of {whole}, {rate}{left}")),
            None => ProgressBar::no_length().with_style(style("{spinner} {prefix} {done}, {rate}")),
        };
        let files = (total.files > 1).then(|| {
            ProgressBar::new(u64::try_from(total.files).unwrap_or(u64::MAX))
                .with_style(style("{wide_bar} {pos} of {len} files"))
        });
        let bytes = all.add(bytes);
        Self {
            bytes,
            files: files.map(|files| all.add(files)),
            all,
        }
    }

    fn tick(&self, counts: &Counts, total: &Total, width: usize) {
        let file = counts
            .file
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let mut lines = terminal::bars();
        if terminal::is_ending() {
            // They are erased already. Erasing again would remove lines of other programs.
            self.all.set_draw_target(ProgressDrawTarget::hidden());
            return;
        }
        self.bytes.set_prefix(prefix(&total.label, &file, width));
        self.bytes
            .set_position(counts.bytes.load(Ordering::Relaxed));
        if let Some(files) = &self.files {
            files.set_position(counts.files.load(Ordering::Relaxed));
            files.tick();
        }
        self.bytes.tick();
        // Moves away from the right edge, where typed characters would begin a new line.
        let _ = Stream::Stderr.write(b"\r");
        *lines = 1 + usize::from(self.files.is_some());
    }
}

/// Returns the work and the current file, in at most a third of the line.
fn prefix(label: &str, file: &str, width: usize) -> String {
    let whole = if file.is_empty() {
        label.to_owned()
    } else {
        format!("{label} {file}")
    };
    cut(&printable(&whole, Layout::OneLine), width / 3).into_owned()
}

fn style(template: &str) -> ProgressStyle {
    type Out<'a> = &'a mut dyn fmt::Write;
    // A progress bar that cannot be drawn is not an error.
    ProgressStyle::with_template(template)
        .expect("progress: the templates are ours and well formed")
        .progress_chars("=> ")
        .tick_chars("-\\|/ ")
        .with_key("done", |state: &ProgressState, out: Out<'_>| {
            let _ = out.write_str(&human_bytes(state.pos()));
        })
        .with_key("whole", |state: &ProgressState, out: Out<'_>| {
            let _ = out.write_str(&human_bytes(state.len().unwrap_or_default()));
        })
        .with_key("rate", |state: &ProgressState, out: Out<'_>| {
            let _ = out.write_str(&rate(state.per_sec()));
        })
        .with_key("left", |state: &ProgressState, out: Out<'_>| {
            if state.per_sec() >= 1.0 {
                let _ = write!(out, ", {} left", duration(state.eta().as_secs()));
            }
        })
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast saturates"
)]
fn rate(per_second: f64) -> String {
    format!("{}/s", human_bytes(per_second as u64))
}

/// Formats a duration: `5 s`, `1:05`, `2:00:09`.
fn duration(seconds: u64) -> String {
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes) {
        (0, 0) => format!("{rest} s"),
        (0, _) => format!("{minutes}:{rest:02}"),
        _ => format!("{hours}:{minutes:02}:{rest:02}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_short() {
        for (seconds, want) in [
            (0, "0 s"),
            (59, "59 s"),
            (65, "1:05"),
            (7209, "2:00:09"),
            (360_000, "100:00:00"),
        ] {
            assert_eq!(duration(seconds), want);
        }
    }

    #[test]
    fn the_name_leaves_room_for_the_bar() {
        assert_eq!(prefix("encrypting", "", 80), "encrypting");
        assert_eq!(prefix("encrypting", "a.txt", 80), "encrypting a.txt");
        assert_eq!(
            prefix("encrypting", "a very long name.txt", 60),
            "encrypting a very l…"
        );
    }
}
