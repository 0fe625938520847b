//! Cards, bare and pasted.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| bulla::fuzzing::card(bytes));
