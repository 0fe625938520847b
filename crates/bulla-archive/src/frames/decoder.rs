//! Decompresses zstd frames as one stream.

use std::io::{self, BufRead, BufReader, Read};

/// The largest window in bytes, as a power of two: 8 MiB, what every zstd program must be able to
/// read (RFC 8878, section 3.1.1.1.2), and as much memory as decompression takes.
pub const MOST_WINDOW: u32 = 23;

/// Reads what is in zstd frames, of this or any other program, from the first to the last. Skippable
/// frames are skipped.
pub struct Decoder<R: BufRead>(zstd::stream::read::Decoder<'static, R>);

impl<R: Read> Decoder<BufReader<R>> {
    /// Reads the frames of an input. Frames with a larger window than `1 << most_window` are
    /// refused.
    ///
    /// # Errors
    /// If there is not enough memory.
    pub fn new(input: R, most_window: u32) -> io::Result<Self> {
        let mut decoder = zstd::stream::read::Decoder::new(input)?;
        decoder.window_log_max(most_window)?;
        Ok(Self(decoder))
    }
}

impl<R: BufRead> Read for Decoder<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}
