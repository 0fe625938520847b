//! What one thread writes and another one reads, a few pieces at a time.

use std::io::{self, BufRead, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use zeroize::Zeroizing;

/// How many pieces may wait.
const WAITING: usize = 2;

/// A piece is overwritten with zeros when it is dropped. That takes longer than decrypting it did, so
/// pieces are used again.
type Piece = Zeroizing<Vec<u8>>;

/// Returns the two ends of a channel for plaintext.
pub(crate) fn channel() -> (ChannelWriter, ChannelReader) {
    let (sender, receiver) = sync_channel(WAITING);
    let (used, unused) = sync_channel(WAITING + 1);
    let stopped = Arc::new(AtomicBool::new(false));
    let writer = ChannelWriter {
        sender,
        unused,
        stopped: Arc::clone(&stopped),
    };
    let reader = ChannelReader {
        receiver,
        used,
        piece: Piece::default(),
        read: 0,
        stopped,
    };
    (writer, reader)
}

/// The end that is written. Dropping it is the end of what is read.
pub(crate) struct ChannelWriter {
    sender: SyncSender<Piece>,
    /// Pieces that were read.
    unused: Receiver<Piece>,
    stopped: Arc<AtomicBool>,
}

impl Write for ChannelWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.is_empty() {
            return Ok(0);
        }
        let unused = self.unused.try_recv().ok();
        // One that would grow would leave plaintext where it was.
        let mut piece = unused
            .filter(|piece| piece.capacity() >= bytes.len())
            .unwrap_or_else(|| Zeroizing::new(Vec::with_capacity(bytes.len())));
        piece.clear();
        piece.extend_from_slice(bytes);
        if self.sender.send(piece).is_err() {
            self.stopped.store(true, Ordering::Relaxed);
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The end that is read. When it is dropped, writing fails.
pub(crate) struct ChannelReader {
    receiver: Receiver<Piece>,
    used: SyncSender<Piece>,
    piece: Piece,
    read: usize,
    stopped: Arc<AtomicBool>,
}

impl ChannelReader {
    /// Returns a flag that is set when writing failed because nobody reads any more.
    pub(crate) fn stopped(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.stopped)
    }
}

impl BufRead for ChannelReader {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.read == self.piece.len()
            && let Ok(piece) = self.receiver.recv()
        {
            let used = std::mem::replace(&mut self.piece, piece);
            self.read = 0;
            // What has no room, or no other end any more, is dropped.
            let _ = self.used.try_send(used);
        }
        Ok(&self.piece[self.read..])
    }

    fn consume(&mut self, amount: usize) {
        self.read = self.piece.len().min(self.read + amount);
    }
}

impl Read for ChannelReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let piece = self.fill_buf()?;
        let len = piece.len().min(buffer.len());
        buffer[..len].copy_from_slice(&piece[..len]);
        self.consume(len);
        Ok(len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_in_order_to_its_end() {
        let (mut writer, mut reader) = channel();
        let bytes: Vec<u8> = (0..=255).cycle().take(100_000).collect();
        let expected = bytes.clone();
        let writing = std::thread::spawn(move || {
            bytes
                .chunks(777)
                .for_each(|piece| writer.write_all(piece).unwrap());
        });
        let mut read = Vec::new();
        reader.read_to_end(&mut read).unwrap();
        writing.join().unwrap();
        assert_eq!(read, expected);
        assert!(!reader.stopped().load(Ordering::Relaxed));
    }

    #[test]
    fn pieces_are_used_again() {
        let (mut writer, mut reader) = channel();
        let mut places = std::collections::HashSet::new();
        for _ in 0..100 {
            writer.write_all(&[7; 4096]).unwrap();
            places.insert(reader.fill_buf().unwrap().as_ptr());
            reader.consume(4096);
        }
        assert!(places.len() <= WAITING + 2, "{}", places.len());
    }

    #[test]
    fn writing_fails_when_nobody_reads_any_more() {
        let (mut writer, reader) = channel();
        let stopped = reader.stopped();
        drop(reader);
        assert!(writer.write_all(b"x").is_err() && stopped.load(Ordering::Relaxed));
    }
}
