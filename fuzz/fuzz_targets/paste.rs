//! Pasted text.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| bulla::fuzzing::paste(text));
