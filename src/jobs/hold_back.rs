//! Output of a decryption that cannot be taken back: standard output, a pipe, a device. The first 16 MiB are held back until
//! they are all authenticated, so that an ordinary message is all or nothing.

use std::io::{self, Write};

use zeroize::Zeroize;

/// How much is held back: what is no longer waits for its end.
const HELD: usize = 16 << 20;

/// Holds back the beginning of what is written through it.
pub(crate) struct HeldBack<W: Write> {
    output: W,
    held: Vec<u8>,
    passing: bool,
    refuse_binary: bool,
}

/// Text that would drive a terminal, or no text at all.
#[derive(Debug, thiserror::Error)]
#[error("decrypted bytes that are not plain text are not written to a terminal")]
pub(crate) struct BinaryOutput;

impl<W: Write> HeldBack<W> {
    /// Without holding (`--stream`), every authenticated chunk goes on at once.
    pub(crate) fn new(output: W, holding: bool, refuse_binary: bool) -> Self {
        Self {
            output,
            held: Vec::new(),
            passing: !holding && !refuse_binary,
            refuse_binary,
        }
    }

    /// Hands on what is held: all of it is authenticated.
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
        // A character may be cut where more than is held follows.
        Err(error) => error.error_len().is_some() || bytes.len() <= HELD,
    }
}
