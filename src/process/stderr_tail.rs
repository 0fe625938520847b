//! What a program writes to its standard error: its end is kept for a message.

use std::io::{self, PipeWriter};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::process::stderr_relay::StderrRelay;
use bulla_age::untrusted::Untrusted;

/// The most bytes that are kept.
const MOST: usize = 400;

/// Collects the end of what a program writes to its standard error.
pub(super) struct StderrTail {
    relay: StderrRelay,
    tail: Arc<Mutex<Tail>>,
}

#[derive(Default)]
struct Tail {
    bytes: Vec<u8>,
    is_cut: bool,
}

impl StderrTail {
    /// Begins to collect what is written to the pipe that is returned with it. Each piece is also
    /// given to `pass_on`, as soon as it comes.
    pub(super) fn begin(
        pass_on: impl Fn(&[u8]) + Send + 'static,
    ) -> io::Result<(Self, PipeWriter)> {
        let tail = Arc::new(Mutex::new(Tail::default()));
        let collecting = Arc::clone(&tail);
        let show = move |piece: &[u8]| {
            if !piece.is_empty() {
                pass_on(piece);
                lock(&collecting).add(piece);
            }
        };
        let (relay, writer) = StderrRelay::begin(Box::new(show))?;
        Ok((Self { relay, tail }, writer))
    }

    /// Returns what was written, if anything was. Waits so long for its end.
    pub(super) fn text(&self, patience: Duration) -> Option<Untrusted> {
        self.relay.wait(patience);
        let tail = lock(&self.tail);
        let text = String::from_utf8_lossy(&tail.bytes);
        let text = text.trim();
        let cut = if tail.is_cut { "… " } else { "" };
        (!text.is_empty()).then(|| Untrusted::new(format!("{cut}{text}")))
    }
}

fn lock(tail: &Mutex<Tail>) -> MutexGuard<'_, Tail> {
    tail.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Tail {
    fn add(&mut self, piece: &[u8]) {
        self.bytes.extend_from_slice(piece);
        let over = self.bytes.len().saturating_sub(MOST);
        self.bytes.drain(..over);
        self.is_cut |= over > 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::sync::mpsc::channel;

    fn collected(text: &[u8]) -> Option<String> {
        let (tail, mut writer) = StderrTail::begin(|_| ()).unwrap();
        writer.write_all(text).unwrap();
        drop(writer);
        let text = tail.text(Duration::from_secs(60));
        text.map(|text| text.as_raw().to_owned())
    }

    #[test]
    fn the_end_of_what_was_written_is_kept() {
        assert_eq!(collected(b""), None);
        assert_eq!(collected(b" \n"), None);
        assert_eq!(collected(b"no card\n").unwrap(), "no card");
        let long = collected(&[&[b'x'; 100_000][..], b"end"].concat()).unwrap();
        assert!(
            long.starts_with("… xxx") && long.ends_with("xend"),
            "{long}"
        );
        assert_eq!(long.chars().count(), 402);
    }

    #[test]
    fn all_of_it_is_passed_on_as_it_comes() {
        let (to, from) = channel();
        let pass_on = move |piece: &[u8]| to.send(piece.to_vec()).unwrap();
        let (_tail, mut writer) = StderrTail::begin(pass_on).unwrap();
        writer.write_all(b"one").unwrap();
        assert_eq!(from.recv().unwrap(), b"one");
        writer.write_all(&[b'x'; 10_000]).unwrap();
        drop(writer);
        let rest: Vec<u8> = from.iter().flatten().collect();
        assert_eq!(rest, [b'x'; 10_000]);
    }
}
