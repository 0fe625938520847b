//! A pipe in memory between two threads, so that re-encrypted contents never touch a disk.

use std::io::{self, Read, Write};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use zeroize::Zeroizing;

/// The most pieces in the pipe; each is wiped after reading.
const PIECES: usize = 2;

enum Piece {
    Bytes(Zeroizing<Vec<u8>>),
    /// The end: everything was written and is authentic.
    End,
}

/// The writing end. If it is dropped before `finish`, the reader fails with an unexpected end.
pub(crate) struct PipeWriter(SyncSender<Piece>);

/// The reading end.
pub(crate) struct PipeReader {
    from: Receiver<Piece>,
    bytes: Zeroizing<Vec<u8>>,
    read: usize,
    ended: bool,
}

pub(crate) fn pipe() -> (PipeWriter, PipeReader) {
    let (to, from) = sync_channel(PIECES);
    (
        PipeWriter(to),
        PipeReader {
            from,
            bytes: Zeroizing::default(),
            read: 0,
            ended: false,
        },
    )
}

impl PipeWriter {
    /// Marks the end of the data.
    pub(crate) fn finish(self) {
        // A reader that stopped has already reported why.
        let _ = self.0.send(Piece::End);
    }
}

impl Write for PipeWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let piece = Piece::Bytes(Zeroizing::new(bytes.to_vec()));
        self.0.send(piece).map_err(|_| io::ErrorKind::BrokenPipe)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for PipeReader {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.read == self.bytes.len() && !self.ended {
            match self.from.recv() {
                Ok(Piece::Bytes(bytes)) => (self.bytes, self.read) = (bytes, 0),
                Ok(Piece::End) => self.ended = true,
                Err(_) => return Err(io::ErrorKind::UnexpectedEof.into()),
            }
        }
        let len = out.len().min(self.bytes.len() - self.read);
        out[..len].copy_from_slice(&self.bytes[self.read..][..len]);
        self.read += len;
        Ok(len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pipe_ends_only_at_an_explicit_end() {
        for finished in [true, false] {
            let (mut sink, mut outlet) = pipe();
            let writer = std::thread::spawn(move || {
                for piece in [&b"one "[..], b"", b"two ", b"three"] {
                    sink.write_all(piece).unwrap();
                }
                if finished {
                    sink.finish();
                }
            });
            let mut text = String::new();
            let read = outlet.read_to_string(&mut text);
            writer.join().unwrap();
            assert_eq!((text.as_str(), read.is_ok()), ("one two three", finished));
        }
        let (mut sink, outlet) = pipe();
        drop(outlet);
        assert_eq!(
            sink.write(b"x").unwrap_err().kind(),
            io::ErrorKind::BrokenPipe
        );
    }
}
