//! Holds back decrypted output that cannot be undone: standard output, a pipe, a device. The first
//! 16 MiB are written only when all of them are authenticated, so an ordinary message is all or
//! nothing.

use std::io::{self, Write};

use zeroize::Zeroize;

/// The most bytes held back. Shorter output is written when it is complete.
const HELD: usize = 16 << 20;

/// The most bytes that the engine writes at once.
const PIECE: usize = 1 << 20;

/// A writer that holds back the beginning of its output.
pub(crate) struct HeldBack<W: Write> {
    output: W,
    held: Vec<u8>,
    passing: bool,
    refuse_binary: bool,
    refused: bool,
    /// Whether the last byte that was written ends a line.
    ends_line: bool,
}

/// The output is not text, or would control the terminal.
#[derive(Debug, thiserror::Error)]
#[error("not writing decrypted binary data to the terminal")]
pub(crate) struct BinaryOutput;

impl<W: Write> HeldBack<W> {
    /// If `holding` is false (`--stream`), every authenticated chunk is written at once.
    pub(crate) fn new(output: W, holding: bool, refuse_binary: bool) -> Self {
        Self {
            output,
            held: Vec::new(),
            passing: !holding && !refuse_binary,
            refuse_binary,
            refused: false,
            ends_line: true,
        }
    }

    /// Returns whether nothing was written because a terminal must not show it.
    pub(crate) fn is_refused(&self) -> bool {
        self.refused
    }

    /// Returns whether everything is still held back, and will be written.
    pub(crate) fn is_about_to_begin(&self) -> bool {
        let is_refused = self.refuse_binary && is_binary(&self.held);
        !self.passing && !is_refused
    }

    /// Returns whether nothing was written after the last line end.
    pub(crate) fn ends_line(&self) -> bool {
        self.ends_line
    }

    /// Writes the held bytes, all of which are authenticated.
    pub(crate) fn release(&mut self) -> io::Result<()> {
        if self.refuse_binary && !self.passing && is_binary(&self.held) {
            self.refused = true;
            return Err(io::Error::other(BinaryOutput));
        }
        self.passing = true;
        self.note_end_of(self.held.last().copied());
        let result = self.output.write_all(&self.held);
        self.wipe();
        result
    }

    /// Makes room for this many bytes more. What was outgrown is wiped.
    fn make_room(&mut self, more: usize) -> io::Result<()> {
        let needed = self.held.len() + more;
        if needed <= self.held.capacity() {
            return Ok(());
        }
        // For all of it at once, because then nothing is copied; or for as much as there is memory.
        let mut larger = Vec::new();
        [needed.max(HELD + PIECE), 2 * needed, needed]
            .into_iter()
            .find(|size| larger.try_reserve_exact(*size).is_ok())
            .ok_or(io::ErrorKind::OutOfMemory)?;
        larger.extend_from_slice(&self.held);
        self.wipe();
        self.held = larger;
        Ok(())
    }

    fn note_end_of(&mut self, last: Option<u8>) {
        self.ends_line = last.map_or(self.ends_line, |last| last == b'\n');
    }

    /// Wipes only what was held: the rest of the memory was never touched, and costs nothing so.
    fn wipe(&mut self) {
        self.held.as_mut_slice().zeroize();
        self.held = Vec::new();
    }
}

impl<W: Write> Write for HeldBack<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.passing {
            let written = self.output.write(bytes)?;
            self.note_end_of(bytes[..written].last().copied());
            return Ok(written);
        }
        self.make_room(bytes.len())?;
        self.held.extend_from_slice(bytes);
        if self.held.len() > HELD {
            self.release()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.output.flush()
    }
}

impl<W: Write> Drop for HeldBack<W> {
    fn drop(&mut self) {
        self.wipe();
    }
}

fn is_binary(bytes: &[u8]) -> bool {
    match std::str::from_utf8(bytes) {
        Ok(text) => text
            .chars()
            .any(|c| c.is_control() && !matches!(c, '\n' | '\t' | '\r')),
        // If more follows, the last character may be cut.
        Err(error) => error.error_len().is_some() || bytes.len() <= HELD,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    /// The child process of the next test.
    #[test]
    fn child_with_little_memory() {
        if std::env::var_os("BULLA_TEST_HELD").is_none() {
            return;
        }
        // The limit on data: a heap of this thread has its address space already.
        let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
        let pages: u64 = statm.split(' ').nth(5).unwrap().parse().unwrap();
        let before = getrlimit(Resource::Data);
        let used = pages * rustix::param::page_size() as u64;
        let limit = Rlimit {
            current: Some(used + (HELD + PIECE + (12 << 20)) as u64),
            ..before
        };
        let piece = vec![7; PIECE];
        let mut output: Vec<u8> = Vec::with_capacity(HELD);
        let write = |output: &mut Vec<u8>, pieces| {
            let mut held = HeldBack::new(output, true, false);
            let written = (0..pieces).try_for_each(|_| held.write_all(&piece));
            written.and_then(|()| held.release())
        };
        setrlimit(Resource::Data, limit).unwrap();
        let few = write(&mut output, 3);
        let more = write(&mut output, 15);
        // A test that fails needs memory.
        setrlimit(Resource::Data, before).unwrap();
        few.unwrap();
        assert_eq!(more.unwrap_err().kind(), io::ErrorKind::OutOfMemory);
        // Of what does not fit, nothing is written.
        assert_eq!(output.len(), 3 * PIECE);
    }

    #[test]
    fn with_little_memory_as_much_is_held_back_as_fits() {
        let test = "jobs::hold_back::tests::child_with_little_memory";
        crate::process::in_child(test, "BULLA_TEST_HELD", "1");
    }
}
