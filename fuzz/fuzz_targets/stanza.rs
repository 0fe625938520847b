//! Stanzas: one that is written is read again the same, and one that was read is written the same.
#![no_main]

use bulla_age::format::{Header, is_arbitrary_string, write_stanza, Stanza};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|parts: (Vec<String>, Vec<u8>)| {
    let (words, body) = parts;
    let Some((tag, args)) = words.split_first() else { return };
    let good = words.iter().all(|word| is_arbitrary_string(word));
    let stanza = Stanza { tag: tag.clone(), args: args.to_vec(), body };
    let mut bytes = Vec::new();
    write_stanza(&stanza, &mut bytes);
    let header = Header::finish(Header::bytes_to_cover([&stanza]), &[0; 32]);
    match Header::read(&mut header.as_slice()) {
        Ok(read) if good => assert_eq!(read.stanzas(), [stanza]),
        // A word with a blank or a line end in it may read as something else, never as itself.
        Ok(read) => assert_ne!(read.stanzas(), [stanza]),
        Err(error) => assert!(!good || header.len() > 100_000, "{error}"),
    }
});
