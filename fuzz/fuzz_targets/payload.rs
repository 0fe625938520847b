//! Payloads: several workers give the same bytes and error as one.
#![no_main]

use bulla_age::stream::{CHUNK, Engine, PayloadKey};
use bulla_age::FileKey;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|parts: (u16, u8, Vec<(u32, u8)>, Vec<u8>)| {
    let (len, threads, flips, tail) = parts;
    // Lengths near the edges of up to four chunks.
    let len = (usize::from(len % 5) * CHUNK + usize::from(len / 5 % 64)).saturating_sub(32);
    let key = PayloadKey::new(&FileKey::new(&[7; 16]), &[9; 16]);
    let plain = vec![1; len];
    let (one, many) = (Engine::new(1), Engine::new(2 + usize::from(threads % 3)));
    let (mut sealed, mut other) = (Vec::new(), Vec::new());
    one.seal(&key, plain.as_slice(), &mut sealed).expect("memory takes everything");
    many.seal(&key, plain.as_slice(), &mut other).expect("memory takes everything");
    assert_eq!(sealed, other);
    for (at, mask) in flips {
        let at = at as usize % sealed.len();
        sealed[at] ^= mask;
    }
    sealed.extend_from_slice(&tail);
    let open = |engine: &Engine| {
        let mut out = Vec::new();
        let opened = engine.open(&key, sealed.as_slice(), &mut out).map_err(|error| error.to_string());
        (opened, out)
    };
    let (first, second) = (open(&one), open(&many));
    assert_eq!(first, second);
    assert!(plain.starts_with(&first.1));
    if first.0.is_ok() {
        assert_eq!(first.1, plain);
    }
});
