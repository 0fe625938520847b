//! Holds back decrypted output that cannot be undone: standard output, a pipe, a device. The first
//! 16 MiB are written only when all of them are authenticated, so an ordinary message is all or
//! nothing.

use std::io::{self, Write};

use zeroize::Zeroize;

/// The most bytes held back. Shorter output is written when it is complete.
const HELD: usize = 16 << 20;

/// A writer that holds back the beginning of its output.
pub(crate) struct HeldBack<W: Write> {
    output: W,
    held: Vec<u8>,
    passing: bool,
    refuse_binary: bool,
}

/// The output is not text, or would control the terminal.
#[derive(Debug, thiserror::Error)]
#[error("decrypted bytes that are not plain text are not written to a terminal")]
pub(crate) struct BinaryOutput;

impl<W: Write> HeldBack<W> {
    /// If `holding` is false (`--stream`), every authenticated chunk is written at once.
    pub(crate) fn new(output: W, holding: bool, refuse_binary: bool) -> Self {
        Self {
            output,
            held: Vec::new(),
            passing: !holding && !refuse_binary,
            refuse_binary,
        }
    }

    /// Writes the held bytes, all of which are authenticated.
    pub(crate) fn release(&mut self) -> io::Result<()> {
        if self.refuse_binary && !self.passing && is_binary(&self.held) {
            return Err(io::Error::other(BinaryOutput));
        }
        self.passing = true;
        let result = self.output.write_all(&self.held);
        self.held.zeroize();
        result
    }
}

impl<W: Write> Write for HeldBack<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.passing {
            return self.output.write(bytes);
        }
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
        self.held.zeroize();
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
