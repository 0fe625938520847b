//! Inputs that have to be waited for.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use bulla_age::NewFile;
use bulla_age::kinds::X25519Identity;
use bulla_age::stream::{Arrival, CHUNK, Engine, PayloadKey, SEALED_CHUNK};

/// Pieces that come one after the other, each only when it is waited for.
struct Trickle<F> {
    pieces: VecDeque<Vec<u8>>,
    now: io::Cursor<Vec<u8>>,
    is_empty: Arc<AtomicBool>,
    given: usize,
    /// Called before each wait with the number of bytes that were read.
    before_wait: F,
}

impl<F: FnMut(usize)> Trickle<F> {
    fn new(bytes: &[u8], lens: &[usize], before_wait: F) -> Self {
        let mut rest = bytes;
        let mut pieces = VecDeque::new();
        let mut lens = lens.iter().cycle();
        while !rest.is_empty() {
            let (piece, after) = rest.split_at(rest.len().min(*lens.next().unwrap()));
            pieces.push_back(piece.to_vec());
            rest = after;
        }
        Self {
            is_empty: Arc::new(AtomicBool::new(!pieces.is_empty())),
            now: io::Cursor::default(),
            pieces,
            given: 0,
            before_wait,
        }
    }

    fn arrival(&self) -> Arrival {
        let is_empty = Arc::clone(&self.is_empty);
        Arrival::new(move || is_empty.load(Ordering::SeqCst))
    }
}

impl<F: FnMut(usize)> Read for Trickle<F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.is_empty.load(Ordering::SeqCst) {
            (self.before_wait)(self.given);
            self.now = io::Cursor::new(self.pieces.pop_front().unwrap());
        }
        let read = self.now.read(buffer)?;
        self.given += read;
        let is_empty = self.now.position() == self.now.get_ref().len() as u64;
        self.is_empty
            .store(is_empty && !self.pieces.is_empty(), Ordering::SeqCst);
        Ok(read)
    }
}

/// An output that can be looked at while it is written.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<u8>>>);

impl Write for Seen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn key() -> PayloadKey {
    let recipient = X25519Identity::generate().unwrap().to_recipient();
    NewFile::new(&[&recipient]).unwrap().payload_key()
}

/// Lengths of pieces, used in turn: around a chunk, a sealed chunk and a segment.
const LENS: [&[usize]; 8] = [
    &[1, CHUNK - 1, 1, 100_000],
    &[CHUNK],
    &[CHUNK + 1, 3, SEALED_CHUNK],
    &[SEALED_CHUNK],
    &[2 * CHUNK, 16 * CHUNK, 5],
    &[16 * SEALED_CHUNK + 1, 16 * SEALED_CHUNK - 1],
    &[40 * CHUNK],
    &[4097],
];

fn plain() -> Vec<u8> {
    (0..50 * CHUNK + 77).map(|at| (at / 3) as u8).collect()
}

/// One worker reads again only after it has written, so its output is complete at each wait.
#[test]
fn whole_chunks_are_out_before_more_is_waited_for() {
    let (key, engine, plain) = (key(), Engine::new(1), plain());
    let mut sealed = Vec::new();
    engine.seal(&key, &plain[..], &mut sealed).unwrap();
    // Only a byte after a chunk shows that it is not the last.
    let whole = |given: usize, chunk: usize| given.saturating_sub(1) / chunk;
    for lens in LENS {
        let seen = Seen::default();
        let so_far = |given| {
            let len = seen.0.lock().unwrap().len();
            assert_eq!(len, whole(given, CHUNK) * SEALED_CHUNK, "{lens:?} {given}");
        };
        let input = Trickle::new(&plain, lens, so_far);
        let arriving = engine.clone().with_arrival(input.arrival());
        arriving.seal(&key, input, seen.clone()).unwrap();
        assert!(*seen.0.lock().unwrap() == sealed, "{lens:?}");

        let seen = Seen::default();
        let so_far = |given| {
            let len = seen.0.lock().unwrap().len();
            assert_eq!(len, whole(given, SEALED_CHUNK) * CHUNK, "{lens:?} {given}");
        };
        let input = Trickle::new(&sealed, lens, so_far);
        let arriving = engine.clone().with_arrival(input.arrival());
        arriving.open(&key, input, seen.clone()).unwrap();
        assert!(*seen.0.lock().unwrap() == plain, "{lens:?}");
    }
}

#[test]
fn waits_change_no_byte_with_any_number_of_workers() {
    let (key, plain) = (key(), plain());
    for threads in [1, 2, 4] {
        let engine = Engine::new(threads);
        for len in [0, 1, CHUNK, CHUNK + 1, 16 * CHUNK, 17 * CHUNK, plain.len()] {
            let mut sealed = Vec::new();
            engine.seal(&key, &plain[..len], &mut sealed).unwrap();
            for lens in LENS {
                let mut out = Vec::new();
                let input = Trickle::new(&plain[..len], lens, |_| ());
                let arriving = engine.clone().with_arrival(input.arrival());
                arriving.seal(&key, input, &mut out).unwrap();
                assert!(out == sealed, "{threads} {len} {lens:?}");

                let mut out = Vec::new();
                let input = Trickle::new(&sealed, lens, |_| ());
                let arriving = engine.clone().with_arrival(input.arrival());
                arriving.open(&key, input, &mut out).unwrap();
                assert!(out == plain[..len], "{threads} {len} {lens:?}");
            }
        }
    }
}

/// A cut payload is still found, and nothing after the cut is written.
#[test]
fn a_cut_is_found_in_a_stream_that_is_waited_for() {
    let (key, engine, plain) = (key(), Engine::new(2), plain());
    let mut sealed = Vec::new();
    engine.seal(&key, &plain[..], &mut sealed).unwrap();
    for cut in [3 * SEALED_CHUNK, 20 * SEALED_CHUNK, 20 * SEALED_CHUNK + 5] {
        let mut out = Vec::new();
        let input = Trickle::new(&sealed[..cut], &[4097], |_| ());
        let arriving = engine.clone().with_arrival(input.arrival());
        assert!(arriving.open(&key, input, &mut out).is_err(), "{cut}");
        assert!(out == plain[..cut / SEALED_CHUNK * CHUNK], "{cut}");
    }
}
