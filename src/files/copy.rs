//! Bytes from one file to another inside the kernel, where it can do that.
//!
//! Owns the calls that file systems know in different ways: what one of them refuses is done by reading and writing.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::io::Errno;

use super::{Error, Input, Output};

/// At most so much at once: a signal, and the progress, are looked after in between.
const AT_ONCE: usize = 64 << 20;
/// What is read and written at once, where the kernel does not copy.
const BUFFER: usize = 1 << 20;

/// How bytes are moved, so that tests can take each way on any file system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Kernel,
    Buffer,
}

/// Copies what an input holds from one offset to its end to another offset of an output, and counts it.
///
/// # Errors
/// [`Error::ChangedWhileRead`] where the input ends early.
pub(crate) fn copy_rest(
    (input, from): (&Input, u64),
    (output, to): (&Output, u64),
    progress: &AtomicU64,
) -> Result<u64, Error> {
    let end = input.metadata().len();
    let mut copying = Copying { input, output, from, to, left: end.saturating_sub(from) };
    let all = copying.left;
    copying.run(Way::Kernel, progress).map(|()| all)
}

pub(super) struct Copying<'a> {
    pub(super) input: &'a Input,
    pub(super) output: &'a Output,
    pub(super) from: u64,
    pub(super) to: u64,
    pub(super) left: u64,
}

impl Copying<'_> {
    pub(super) fn run(&mut self, mut way: Way, progress: &AtomicU64) -> Result<(), Error> {
        let mut buffer = Vec::new();
        while self.left > 0 {
            let copied = match way {
                Way::Kernel => match self.in_the_kernel()? {
                    0 => {
                        way = Way::Buffer;
                        continue;
                    }
                    copied => copied,
                },
                Way::Buffer => self.through(&mut buffer)?,
            };
            self.from += copied as u64;
            self.to += copied as u64;
            self.left -= copied as u64;
            progress.fetch_add(copied as u64, Ordering::Relaxed);
        }
        Ok(())
    }

    /// None at all where these two files cannot be copied between in this way.
    fn in_the_kernel(&self) -> Result<usize, Error> {
        let (mut from, mut to) = (self.from, self.to);
        let len = usize::try_from(self.left).unwrap_or(usize::MAX).min(AT_ONCE);
        let (input, output) = (self.input.file(), self.output.file());
        match rustix::fs::copy_file_range(input, Some(&mut from), output, Some(&mut to), len) {
            Ok(copied) => Ok(copied),
            Err(Errno::INTR) => self.in_the_kernel(),
            Err(
                Errno::XDEV
                | Errno::INVAL
                | Errno::OPNOTSUPP
                | Errno::NOSYS
                | Errno::PERM
                | Errno::BADF
                | Errno::TXTBSY,
            ) => Ok(0),
            Err(errno) => Err(Error::io("write", self.output.name(), errno)),
        }
    }

    fn through(&self, buffer: &mut Vec<u8>) -> Result<usize, Error> {
        buffer.resize(BUFFER, 0);
        let len = usize::try_from(self.left).unwrap_or(usize::MAX).min(BUFFER);
        let read = loop {
            match self.input.file().read_at(&mut buffer[..len], self.from) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read.map_err(|error| Error::io("read", self.input.name(), error))?,
            }
        };
        if read == 0 {
            return Err(Error::ChangedWhileRead { name: self.input.name().clone() });
        }
        let file: &File = self.output.file();
        let written = file.write_all_at(&buffer[..read], self.to);
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
    fn both_ways_give_the_same_from_any_offset_to_any() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        let bytes: Vec<u8> = (0..3_000_001_u32).map(|i| ((i * 7) >> 3) as u8).collect();
        std::fs::write(at("in"), &bytes).unwrap();
        let input = Input::open(&at("in")).unwrap();
        let options = Options { replace: Replace::Always, mode: Mode::Ciphertext, not: &[] };
        for way in [Way::Kernel, Way::Buffer] {
            for (from, to) in [(0, 0), (5, 9), (9, 5), (3_000_000, 1), (3_000_001, 2)] {
                let mut output = Output::create(&at("out"), &options).unwrap();
                output.write_all(&vec![1; to as usize]).unwrap();
                let left = bytes.len() as u64 - from;
                let counted = AtomicU64::new(0);
                Copying { input: &input, output: &output, from, to, left }.run(way, &counted).unwrap();
                output.commit().unwrap();
                let written = std::fs::read(at("out")).unwrap();
                assert!(written[to as usize..] == bytes[from as usize..], "{way:?} {from} {to}");
                assert!(written[..to as usize].iter().all(|byte| *byte == 1));
                assert_eq!(counted.into_inner(), left);
            }
        }
    }

    #[test]
    fn an_input_that_ends_early_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        std::fs::write(at("in"), [7; 100]).unwrap();
        let input = Input::open(&at("in")).unwrap();
        let options = Options { replace: Replace::Always, mode: Mode::Ciphertext, not: &[] };
        for way in [Way::Kernel, Way::Buffer] {
            let output = Output::create(&at("out"), &options).unwrap();
            let copied = Copying { input: &input, output: &output, from: 0, to: 0, left: 101 }
                .run(way, &AtomicU64::new(0));
            assert!(matches!(copied, Err(Error::ChangedWhileRead { .. })), "{way:?}");
        }
    }
}
