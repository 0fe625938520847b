//! Progress on a terminal, from counters that the work adds to: bars, or lines for screen readers.
//!
//! Knows bytes, files and time, not what the work is. If nothing is shown, there is no thread.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::ui::message::Ui;
use crate::ui::size::human_bytes;
use crate::ui::stream::Stream;
use crate::ui::terminal;
use crate::ui::text::{Layout, capitalized, cut, printable, width as text_width};
use bulla_age::untrusted::Untrusted;

/// The time before the bars appear: short work does not show them.
const QUIET_FOR: Duration = Duration::from_millis(250);
const TICK: Duration = Duration::from_millis(100);
/// The bytes after which work on one file shows progress. Until then a person may be typing its
/// input, perhaps into another program, or the time goes into a passphrase.
const FIRST: u64 = 64 << 10;
/// The bytes of unknown length after which a first line is told; then after twice as many.
const FIRST_LINE: u64 = 64 << 20;

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
        let drawing = ui.shows_progress().then(|| {
            let (ui, counts) = (ui.clone(), Arc::clone(&counts));
            // If no thread can be started, the work goes on without bars.
            std::thread::Builder::new()
                .name("progress".into())
                .spawn(move || {
                    if ui.is_accessible() {
                        tell(&ui, &counts, &total);
                    } else {
                        draw(&ui, &counts, &total);
                    }
                })
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
    /// Returns whether there is something to show.
    fn have_begun(&self, total: &Total) -> bool {
        let done = self.bytes.load(Ordering::Relaxed);
        match total {
            Total { bytes: None, .. } | Total { files: ..=1, .. } => done >= FIRST,
            _ => done > 0 || self.files.load(Ordering::Relaxed) > 0,
        }
    }

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
        if !counts.have_begun(total) {
            continue;
        }
        let mut screen = ui.screen();
        if screen.question.is_none() && !screen.given_away {
            if screen.bars.is_none() {
                bars.all
                    .set_draw_target(ProgressDrawTarget::stderr_with_hz(20));
                screen.bars = Some(bars.all.clone());
            }
            // Asked each time, because windows change.
            let window = Stream::Stderr.columns().unwrap_or(usize::MAX);
            let width = ui.width().min(window);
            if width < NARROWEST {
                screen.clear_bars();
            } else {
                bars.tick(counts, total, width);
            }
        }
    }
    let mut screen = ui.screen();
    screen.clear_bars();
    screen.bars = None;
}

/// Tells how far the work is, in lines, until it is over. Runs in a thread of its own.
fn tell(ui: &Ui, counts: &Counts, total: &Total) {
    let mut told = 0;
    let mut wait = QUIET_FOR;
    while counts.goes_on_after(wait) {
        wait = TICK;
        let done = counts.bytes.load(Ordering::Relaxed);
        let Some((step, far)) = step(done, total.bytes).filter(|(step, _)| *step > told) else {
            continue;
        };
        told = step;
        let what = if total.files > 1 {
            format!("{} {} files", total.label, total.files)
        } else {
            let file = counts.file.lock().unwrap_or_else(PoisonError::into_inner);
            format!("{} {file}", total.label)
        };
        if !ui.screen().given_away {
            ui.status(&format_args!("{}: {far}", capitalized(what.trim_end())));
        }
    }
}

/// Returns the last step that was reached, counted from 1, and what is told at it: a quarter of the
/// whole, or a size if the whole is not known.
fn step(done: u64, whole: Option<u64>) -> Option<(u64, String)> {
    match whole {
        Some(whole) => {
            let quarters = done.saturating_mul(4).checked_div(whole)?;
            (1..4)
                .contains(&quarters)
                .then(|| (quarters, format!("{} %", 25 * quarters)))
        }
        None => {
            let doubled = done.checked_div(FIRST_LINE)?.checked_ilog2()?;
            let size = human_bytes(FIRST_LINE << doubled);
            Some((u64::from(doubled) + 1, size))
        }
    }
}

/// The narrowest window in which bars are drawn.
const NARROWEST: usize = 24;

/// The columns of a line that belong to neither its name nor its numbers.
const SPACES: usize = 4;

struct Bars {
    all: MultiProgress,
    bytes: ProgressBar,
    files: Option<ProgressBar>,
}

impl Bars {
    fn new(total: &Total) -> Self {
        let all = MultiProgress::with_draw_target(ProgressDrawTarget::hidden());
        let bytes = match total.bytes {
            Some(bytes) => ProgressBar::new(bytes).with_style(style("{prefix} {wide_bar} {msg}")),
            None => ProgressBar::no_length().with_style(style("{spinner} {prefix} {msg}")),
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
        let prefix = prefix(&total.label, &file, width);
        let room = width.saturating_sub(text_width(&prefix) + SPACES);
        let done = counts.bytes.load(Ordering::Relaxed);
        let per_second = self.bytes.per_sec();
        let left = self.bytes.eta().as_secs();
        self.bytes.set_prefix(prefix);
        self.bytes
            .set_message(numbers((done, total.bytes), (per_second, left), room));
        self.bytes.set_position(done);
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

/// Returns how far the work is, as much of it as fits in `room` columns: a line that is too long
/// would continue in the next row, and could not be erased.
fn numbers(
    (done, whole): (u64, Option<u64>),
    (per_second, left): (f64, u64),
    room: usize,
) -> String {
    let bytes = human_bytes(done);
    let of_whole = match whole {
        Some(whole) => format!("{bytes} of {}", human_bytes(whole)),
        None => bytes.clone(),
    };
    let with_rate = format!("{of_whole}, {}", rate(per_second));
    let with_time = match whole {
        Some(_) if per_second >= 1.0 => format!("{with_rate}, {} left", duration(left)),
        _ => with_rate.clone(),
    };
    let fits = |text: &String| text_width(text) <= room;
    let texts = [with_time, with_rate, of_whole, bytes];
    texts.into_iter().find(fits).unwrap_or_default()
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template)
        .expect("progress: the templates are ours and well formed")
        .progress_chars("=> ")
        .tick_chars("-\\|/ ")
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
    fn the_numbers_fit_at_every_width() {
        let far = (900 << 30, Some(999 << 30));
        let told = |room| numbers(far, (312.5e6, 360_000), room);
        assert_eq!(
            told(80),
            "900.0 GiB of 999.0 GiB, 298.0 MiB/s, 100:00:00 left"
        );
        assert_eq!(told(40), "900.0 GiB of 999.0 GiB, 298.0 MiB/s");
        assert_eq!(told(25), "900.0 GiB of 999.0 GiB");
        assert_eq!(told(12), "900.0 GiB");
        for room in 0..100 {
            assert!(text_width(&told(room)) <= room);
        }
        assert_eq!(numbers((1 << 20, None), (0.0, 0), 40), "1.0 MiB, 0 B/s");
    }

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
    fn progress_in_lines_is_told_at_each_quarter_or_doubling() {
        let told = |done, whole| step(done, whole).map(|(_, far)| far);
        for (done, want) in [
            (0, None),
            (24, None),
            (25, Some("25 %")),
            (49, Some("25 %")),
            (50, Some("50 %")),
            (75, Some("75 %")),
            (99, Some("75 %")),
            (100, None),
        ] {
            assert_eq!(told(done, Some(100)).as_deref(), want, "{done}");
        }
        assert_eq!(told(0, Some(0)), None);
        for (mib, want) in [
            (63, None),
            (64, Some(1)),
            (127, Some(1)),
            (128, Some(2)),
            (512, Some(4)),
        ] {
            let found = step(mib << 20, None);
            assert_eq!(found.map(|(step, _)| step), want, "{mib}");
        }
        assert_eq!(told(200 << 20, None).as_deref(), Some("128.0 MiB"));
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
