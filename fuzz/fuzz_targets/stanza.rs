//! Stanzas: one that is written parses back unchanged, and one that parses is written back
//! unchanged.
#![no_main]

use bulla_age::format::{Header, is_arbitrary_string, write_stanza, Stanza};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|parts: (Vec<String>, Vec<u8>)| {
    let (words, body) = parts;
    let Some((tag, args)) = words.split_first() else { return };
    let good = words.iter().all(|word| is_arbitrary_string(word));
    let stanza = Stanza { tag: tag.clone(), args: args.iter().collect(), body };
    let mut bytes = Vec::new();
    write_stanza(&stanza, &mut bytes);
    let header = Header::finish(Header::bytes_to_cover([&stanza]), &[0; 32]);
    match Header::read(&mut header.as_slice()) {
        Ok(read) if good => assert_eq!(read.stanzas(), [stanza]),
        // An argument with a space or line end may parse as something else, but never as itself.
        Ok(read) => assert_ne!(read.stanzas(), [stanza]),
        Err(error) => assert!(!good || header.len() > 100_000, "{error}"),
    }
});
