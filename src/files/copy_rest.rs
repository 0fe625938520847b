//! Copies bytes from one file to another.
//!
//! Uses read and write: the kernel's copy is faster only if both offsets are at the beginning of a
//! block, and a rewritten header never has its old length.

use std::sync::atomic::{AtomicU64, Ordering};

use bulla_age::stream::{ReadAt, WriteAt};

use crate::files::page_cache::{Reads, Writes};
use crate::files::{Error, Input, Output};

/// The most bytes copied at once. Writes end at multiples of this, so that no block of a disk is
/// written twice.
const BUFFER: usize = 1 << 20;

/// Copies an input from an offset to its end to an offset of an output. Adds to `progress` while it
/// runs, and returns the number of bytes.
///
/// # Errors
/// [`Error::ChangedWhileRead`] if the input ends early.
pub(crate) fn copy_rest(
    (input, from): (&Input, u64),
    (output, to): (&Output, u64),
    progress: &AtomicU64,
) -> Result<u64, Error> {
    let end = input.metadata().len();
    let mut copying = Copying {
        input,
        output,
        reads: input.reads(end),
        writes: output.writes(end),
        from,
        to,
        left: end.saturating_sub(from),
    };
    let all = copying.left;
    copying.run(progress).map(|()| all)
}

struct Copying<'a> {
    input: &'a Input,
    output: &'a Output,
    reads: Reads<'a>,
    writes: Writes<'a>,
    from: u64,
    to: u64,
    left: u64,
}

impl Copying<'_> {
    fn run(&mut self, progress: &AtomicU64) -> Result<(), Error> {
        let mut buffer = vec![0; BUFFER];
        while self.left > 0 {
            let copied = self.some(&mut buffer)?;
            self.from += copied as u64;
            self.to += copied as u64;
            self.left -= copied as u64;
            progress.fetch_add(copied as u64, Ordering::Relaxed);
        }
        Ok(())
    }

    fn some(&self, buffer: &mut [u8]) -> Result<usize, Error> {
        let to_next = BUFFER as u64 - self.to % BUFFER as u64;
        let len = usize::try_from(self.left.min(to_next)).expect("copy: at most BUFFER");
        let read = self.reads.read_at(&mut buffer[..len], self.from);
        let read = read.map_err(|error| Error::io("read", self.input.name(), error))?;
        if read == 0 {
            return Err(Error::ChangedWhileRead {
                name: self.input.name().clone(),
            });
        }
        let written = self.writes.write_all_at(&buffer[..read], self.to);
        written.map_err(|error| Error::io("write", self.output.name(), error))?;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::{Mode, Options, Replace};
    use std::io::Write;

    #[test]
    fn the_rest_comes_from_any_offset_to_any() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        let bytes: Vec<u8> = (0..3_000_001_u32).map(|i| ((i * 7) >> 3) as u8).collect();
        std::fs::write(at("in"), &bytes).unwrap();
        let input = Input::open(&at("in")).unwrap();
        let options = Options {
            replace: Replace::Always,
            mode: Mode::Ciphertext,
            not: &[],
        };
        for (from, to) in [
            (0, 0),
            (5, 9),
            (9, 5),
            (4096, 8192),
            (3_000_000, 1),
            (3_000_001, 2),
        ] {
            let mut output = Output::create(&at("out"), &options).unwrap();
            output.write_all(&vec![1; to as usize]).unwrap();
            let counted = AtomicU64::new(0);
            copy_rest((&input, from), (&output, to), &counted).unwrap();
            output.commit().unwrap();
            let written = std::fs::read(at("out")).unwrap();
            assert!(
                written[to as usize..] == bytes[from as usize..],
                "{from} {to}"
            );
            assert!(written[..to as usize].iter().all(|byte| *byte == 1));
            assert_eq!(counted.into_inner(), bytes.len() as u64 - from);
        }
    }

    #[test]
    fn an_input_that_ends_early_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        std::fs::write(at("in"), [7; 100]).unwrap();
        let input = Input::open(&at("in")).unwrap();
        let options = Options {
            replace: Replace::Always,
            mode: Mode::Ciphertext,
            not: &[],
        };
        let output = Output::create(&at("out"), &options).unwrap();
        let mut copying = Copying {
            input: &input,
            output: &output,
            reads: input.reads(100),
            writes: output.writes(100),
            from: 0,
            to: 0,
            left: 101,
        };
        assert!(matches!(
            copying.run(&AtomicU64::new(0)),
            Err(Error::ChangedWhileRead { .. })
        ));
    }
}
