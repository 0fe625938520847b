//! `bulla bench`: how fast this machine encrypts, from memory to memory.

mod memory;
#[cfg(test)]
#[path = "../../tests/unit/bench_memory.rs"]
mod memory_tests;

use std::iter;
use std::time::{Duration, Instant};

use clap::Args;

use crate::command::Command;
use crate::commands::bench::memory::Memory;
use crate::context::Context;
use crate::errors::Result;
use crate::select::concurrency::cores;
use crate::ui::{Align, Progress, Total, aligned};
use bulla_age::FileKey;
use bulla_age::stream::{At, Engine, PayloadError, PayloadKey, sealed_len};

/// The time for all rows together.
const TIME: Duration = Duration::from_secs(3);
const MIB: usize = 1 << 20;
/// The most threads. The memory used grows with their number.
const MOST: u16 = 256;
const MEASURED: &str = "in memory, without files";

/// Measure how fast this machine encrypts
///
/// Encrypts, decrypts and verifies data in memory for about three seconds, with 1, 2, 4, … threads.
/// No file is read or written, so real files and pipes are slower.
#[derive(Args, Clone, Debug)]
pub(crate) struct BenchArgs {
    /// Largest number of threads to try (default: all cores)
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true, value_parser = clap::value_parser!(u16).range(0..=i64::from(MOST)))]
    threads: u16,
}

#[derive(serde::Serialize)]
struct Measured {
    measured: &'static str,
    cores: usize,
    rows: Vec<Row>,
}

/// The speed with this number of threads.
#[derive(serde::Serialize)]
struct Row {
    threads: usize,
    payload_bytes: u64,
    encrypt_bytes_per_second: u64,
    decrypt_bytes_per_second: u64,
    verify_bytes_per_second: u64,
}

impl Command for BenchArgs {
    fn run(&self, context: &Context) -> Result<()> {
        run(self, context)
    }
}

fn run(args: &BenchArgs, context: &Context) -> Result<()> {
    let most = match usize::from(args.threads) {
        0 => cores().min(usize::from(MOST)),
        threads => threads,
    };
    let label = "measuring".to_owned();
    let progress = Progress::start(
        &context.ui,
        Total {
            bytes: None,
            files: 1,
            label,
        },
    );
    let thread_counts = thread_counts(most);
    let bench = Bench::new(&thread_counts);
    let row = |&threads: &usize| {
        bench.row(
            threads,
            &Engine::new(threads).with_progress(progress.counter()),
        )
    };
    let rows = thread_counts
        .iter()
        .map(row)
        .collect::<Result<Vec<_>, _>>()?;
    progress.finish();
    if context.ui.is_json() {
        let measured = Measured {
            measured: MEASURED,
            cores: cores(),
            rows,
        };
        return Ok(context.ui.json(&measured)?);
    }
    let lines = as_text(&rows);
    Ok(lines.iter().try_for_each(|line| context.ui.result(line))?)
}

/// Returns 1, 2, 4, … and `most`.
fn thread_counts(most: usize) -> Vec<usize> {
    let doubled = iter::successors(Some(1), |threads| Some(threads * 2));
    doubled
        .take_while(|&threads| threads < most)
        .chain([most])
        .collect()
}

/// Returns a payload length for this number of threads: each gets the same number of segments of 1
/// MiB, at least three.
fn payload_len(threads: usize) -> u64 {
    (threads * (3 + 24 / threads) * MIB) as u64
}

/// The buffers, and the time for each figure.
struct Bench {
    key: PayloadKey,
    plaintext: Memory,
    sealed: Memory,
    time: Duration,
}

impl Bench {
    fn new(thread_counts: &[usize]) -> Self {
        let longest = thread_counts
            .iter()
            .map(|&threads| payload_len(threads))
            .max()
            .unwrap_or_default();
        let memory = |len| {
            Memory::filled(
                1,
                usize::try_from(len).expect("bench: it is less than 1 GiB"),
            )
        };
        let figures = 3 * u32::try_from(thread_counts.len()).expect("bench: there are at most ten");
        Self {
            // Nothing sealed under this key leaves the process.
            key: PayloadKey::new(&FileKey::new(&[1; 16]), &[2; 16]),
            plaintext: memory(longest),
            sealed: memory(sealed_len(longest)),
            time: TIME / figures,
        }
    }

    fn row(&self, threads: usize, engine: &Engine) -> Result<Row, PayloadError> {
        let (key, len) = (&self.key, payload_len(threads));
        let sealed_len = sealed_len(len);
        let plaintext = || At {
            place: &self.plaintext,
            offset: 0,
        };
        let sealed = || At {
            place: &self.sealed,
            offset: 0,
        };
        let (seal, open, authenticate) = (
            || engine.seal_at(key, plaintext(), len, sealed()),
            || engine.open_at(key, sealed(), sealed_len, plaintext()),
            || engine.authenticate_at(key, sealed(), sealed_len),
        );
        Ok(Row {
            threads,
            payload_bytes: len,
            encrypt_bytes_per_second: self.rate(len, seal)?,
            decrypt_bytes_per_second: self.rate(len, open)?,
            verify_bytes_per_second: self.rate(len, authenticate)?,
        })
    }

    /// Returns the bytes per second over as many passes as the time allows. The first pass does not
    /// count, because it wakes the processor up.
    fn rate(
        &self,
        len: u64,
        pass: impl Fn() -> Result<u64, PayloadError>,
    ) -> Result<u64, PayloadError> {
        let begun = Instant::now();
        pass()?;
        let (counted, mut bytes) = (Instant::now(), 0);
        loop {
            pass()?;
            bytes += len;
            if begun.elapsed() >= self.time {
                return Ok((bytes as f64 / counted.elapsed().as_secs_f64()) as u64);
            }
        }
    }
}

fn as_text(rows: &[Row]) -> Vec<String> {
    let gigabytes = |rate: u64| format!("{:.2}", rate as f64 / 1e9);
    let mut cells = vec![["  threads", "encrypt", "decrypt", "verify"].map(str::to_owned)];
    cells.extend(rows.iter().map(|row| {
        [
            row.threads.to_string(),
            gigabytes(row.encrypt_bytes_per_second),
            gigabytes(row.decrypt_bytes_per_second),
            gigabytes(row.verify_bytes_per_second),
        ]
    }));
    let mut lines = vec![format!("{MEASURED}; GB of plaintext per second")];
    lines.extend(aligned([Align::Right; 4], &cells));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_are_doubled_up_to_the_most() {
        assert_eq!(thread_counts(1), [1]);
        assert_eq!(thread_counts(2), [1, 2]);
        assert_eq!(thread_counts(6), [1, 2, 4, 6]);
        assert_eq!(thread_counts(8), [1, 2, 4, 8]);
    }

    #[test]
    fn threads_share_a_payload_evenly_and_in_modest_memory() {
        for threads in 1..=usize::from(MOST) {
            let segments = payload_len(threads) / MIB as u64;
            assert_eq!(segments % threads as u64, 0);
            assert!(
                (3 * threads as u64..=24 + 3 * threads as u64).contains(&segments),
                "{threads}"
            );
        }
    }

    #[test]
    fn speeds_are_shown_in_gigabytes() {
        let row = Row {
            threads: 16,
            payload_bytes: 1,
            encrypt_bytes_per_second: 12_345_678_901,
            decrypt_bytes_per_second: 999_999,
            verify_bytes_per_second: 2_000_000_000,
        };
        assert_eq!(
            as_text(&[row]),
            [
                "in memory, without files; GB of plaintext per second",
                "  threads  encrypt  decrypt  verify",
                "       16    12.35     0.00    2.00",
            ]
        );
    }
}
