//! Headers: anything that parses is written back to the same bytes, and is also found inside armor.
#![no_main]

use std::io::Read;

use bulla_age::format::{Header, Source};
use bulla_age::LockedFile;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut rest = bytes;
    if let Ok(header) = Header::read(&mut rest) {
        let covered = Header::bytes_to_cover(header.stanzas());
        assert_eq!(covered, header.covered());
        let again = Header::finish(covered, header.mac());
        assert_eq!(again, bytes[..header.len()]);
        assert_eq!(rest.len(), bytes.len() - header.len());
    }
    if let Ok(mut source) = Source::new(bytes) {
        let _ = LockedFile::read(&mut source);
        let _ = source.read_to_end(&mut Vec::new());
    }
});
