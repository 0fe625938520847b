//! Armor: anything that decodes encodes again to the same bytes.
#![no_main]

use std::io::{Read, Write};

use bulla_age::format::{ArmorReader, ArmorWriter, looks_encrypted};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = looks_encrypted(bytes);
    let mut inside = Vec::new();
    if ArmorReader::new(bytes).read_to_end(&mut inside).is_err() {
        return;
    }
    let mut writer = ArmorWriter::new(Vec::new()).expect("a vector takes everything");
    writer.write_all(&inside).expect("a vector takes everything");
    let again = writer.finish().expect("a vector takes everything");
    let kept = |bytes: &[u8]| -> Vec<u8> { bytes.iter().copied().filter(|byte| *byte != b'\r').collect() };
    assert_eq!(kept(bytes.trim_ascii()), again.trim_ascii());
});
