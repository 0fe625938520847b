//! Damaged files: none is accepted, and every released byte is one that the author wrote at that
//! position.

#![cfg(test)]

use bulla_age::decrypt;
use std::sync::atomic::{AtomicUsize, Ordering};

use bulla_age::format::Source;
use bulla_age::kinds::X25519Identity;
use bulla_age::stream::{CHUNK, Engine, PayloadError, PayloadKey, SEALED_CHUNK, TAG};
use bulla_age::{DecryptError, Identity, LockedFile, NewFile, Recipient};

/// A file, its plaintext, and its identity.
struct Original {
    identity: X25519Identity,
    plain: Vec<u8>,
    file: Vec<u8>,
    key: PayloadKey,
    /// The offset of the payload.
    payload: usize,
    /// The number of mutants tried.
    tried: AtomicUsize,
}

impl Original {
    fn new(len: usize) -> Self {
        let identity = X25519Identity::from_bytes(&[42; 32]);
        let recipient = identity.to_recipient();
        let new = NewFile::new(&[&recipient as &dyn Recipient]).unwrap();
        let plain: Vec<u8> = (0..len).map(|i| (i >> 8) as u8 ^ i as u8).collect();
        let (mut file, key) = (new.header(), new.payload_key());
        let payload = file.len();
        Engine::new(1)
            .seal(&key, plain.as_slice(), &mut file)
            .unwrap();
        Self {
            identity,
            plain,
            file,
            key,
            payload,
            tried: AtomicUsize::new(0),
        }
    }

    /// Tries a mutant of the whole file.
    fn whole(&self, what: &str, mutant: &[u8]) {
        if mutant == self.file {
            return;
        }
        self.tried.fetch_add(1, Ordering::Relaxed);
        let identities: [&dyn Identity; 1] = [&self.identity];
        let mut released = Vec::new();
        let opened = decrypt(&identities, mutant, &mut released, &Engine::new(1));
        let opened = opened.expect_err(what).to_string();
        assert_eq!(
            opened,
            authenticate(&identities, mutant)
                .expect_err(what)
                .to_string(),
            "{what}"
        );
        self.prefix(what, &released);
    }

    /// Tries a mutant of the payload alone.
    fn payload(&self, what: &str, mutant: &[u8]) {
        if mutant == &self.file[self.payload..] {
            return;
        }
        self.tried.fetch_add(1, Ordering::Relaxed);
        let engine = Engine::new(2);
        let mut released = Vec::new();
        let name = |error: PayloadError| error.to_string();
        let opened = engine
            .open(&self.key, mutant, &mut released)
            .map_err(name)
            .expect_err(what);
        let authenticated = engine
            .authenticate(&self.key, mutant)
            .map_err(name)
            .expect_err(what);
        assert_eq!(opened, authenticated, "{what}");
        self.prefix(what, &released);
    }

    /// Checks that the released bytes are a prefix of the plaintext, in whole chunks.
    fn prefix(&self, what: &str, released: &[u8]) {
        let chunks = released.len() == self.plain.len() || released.len().is_multiple_of(CHUNK);
        assert!(
            chunks && self.plain.starts_with(released),
            "{what}: {} bytes released",
            released.len()
        );
    }
}

/// The checks of `decrypt`, without its output.
fn authenticate(identities: &[&dyn Identity], file: &[u8]) -> Result<u64, DecryptError> {
    let mut source = Source::new(file)?;
    let opened = LockedFile::read(&mut source)?.open(identities)?;
    Ok(Engine::new(1).authenticate(&opened.payload_key(), source)?)
}

/// Tries mutants on all cores.
fn each(count: usize, mutant: impl Fn(usize) + Sync) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    match next.fetch_add(1, Ordering::Relaxed) {
                        i if i < count => mutant(i),
                        _ => return,
                    }
                }
            });
        }
    });
}

#[test]
fn long_a_small_file_is_itself_or_nothing() {
    let original = Original::new(3);
    let (file, len) = (&original.file, original.file.len());
    assert_eq!(len, 203);
    each(8 * len, |i| {
        let mut mutant = file.clone();
        mutant[i / 8] ^= 1 << (i % 8);
        original.whole(&format!("bit {i}"), &mutant);
    });
    each(len, |left| {
        original.whole(&format!("cut to {left}"), &file[..left]);
    });
    each(255 * len, |i| {
        let mut mutant = file.clone();
        mutant[i / 255] ^= u8::try_from(i % 255 + 1).unwrap();
        original.whole(
            &format!("byte {} changed by {}", i / 255, i % 255 + 1),
            &mutant,
        );
    });
    each(256 * (len + 1), |i| {
        let (at, byte) = (i / 256, u8::try_from(i % 256).unwrap());
        let mutant = [&file[..at], &[byte], &file[at..]].concat();
        original.whole(&format!("byte {byte} added at {at}"), &mutant);
    });
    each(len * len, |i| {
        let (start, end) = (i / len, i % len + 1);
        if start < end {
            let mutant = [&file[..start], &file[end..]].concat();
            original.whole(&format!("{start}..{end} left out"), &mutant);
        }
    });
    let count = original.tried.into_inner();
    println!("mutants of a file of {len} bytes: {count}, none accepted");
    assert!(count >= 100_000);
}

/// Two files of 5 chunks: the last chunk of one is partial, that of the other is full.
#[test]
fn long_a_file_of_five_chunks_keeps_its_order() {
    for len in [4 * CHUNK + 1000, 5 * CHUNK] {
        let original = Original::new(len);
        let payload = &original.file[original.payload..];
        let chunks: Vec<&[u8]> = payload.chunks(SEALED_CHUNK).collect();
        assert_eq!(chunks.len(), 5);
        each(8 * original.payload, |i| {
            let mut mutant = original.file.clone();
            mutant[i / 8] ^= 1 << (i % 8);
            original.whole(&format!("bit {i} of the file"), &mutant);
        });
        let places = near_edges(payload.len());
        each(8 * places.len(), |i| {
            let mut mutant = payload.to_vec();
            let at = places[i / 8].min(payload.len() - 1);
            mutant[at] ^= 1 << (i % 8);
            original.payload(
                &format!("bit {} of byte {at} of the payload", i % 8),
                &mutant,
            );
        });
        each(places.len(), |i| {
            original.payload(
                &format!("payload cut to {}", places[i]),
                &payload[..places[i]],
            );
        });
        each(places.len(), |i| {
            let mutant = [payload, &payload[..places[i]]].concat();
            original.payload(&format!("{} bytes added", places[i]), &mutant);
        });
        reordered(&original, &chunks);
        let count = original.tried.into_inner();
        println!("mutants of a file of 5 chunks and {len} bytes: {count}, none accepted");
    }
}

/// Every sequence of up to 6 chunks of the file except the original: reordered, dropped, repeated
/// and added chunks.
fn reordered(original: &Original, chunks: &[&[u8]]) {
    for length in 0..=6_u32 {
        each(5_usize.pow(length), |mut number| {
            let mut order = Vec::new();
            for _ in 0..length {
                order.push(number % 5);
                number /= 5;
            }
            let mutant: Vec<u8> = order
                .iter()
                .map(|&i: &usize| chunks[i])
                .collect::<Vec<_>>()
                .concat();
            original.payload(&format!("chunks {order:?}"), &mutant);
        });
    }
}

/// Lengths around every edge of a chunk and its tag.
fn near_edges(len: usize) -> Vec<usize> {
    let edges = (0..=5).flat_map(|chunk| {
        [
            chunk * SEALED_CHUNK,
            (chunk * SEALED_CHUNK).saturating_sub(TAG),
        ]
    });
    let mut places: Vec<usize> = edges
        .chain([len, len - TAG])
        .flat_map(|edge| edge.saturating_sub(9)..edge + 10)
        .filter(|&place| place <= len)
        .collect();
    places.sort_unstable();
    places.dedup();
    places
}
