//! The strict reader of tar files: it ends without a panic and in bounded memory on any input. What
//! it accepts comes back the same when it is written and read again.

#![no_main]

#[path = "../../crates/bulla-archive/tests/differential/again.rs"]
mod again;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|archive: &[u8]| {
    again::comes_back(archive);
});
