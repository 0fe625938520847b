//! Stanzas: one that is written parses back unchanged, and one that parses is written back
//! unchanged. One that breaks a limit is refused for that limit.
#![no_main]

use bulla_age::format::{
    Header, HeaderError, HeaderLimits, MAX_HEADER, MAX_LINE, Stanza, is_arbitrary_string, write_stanza,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|parts: (Vec<String>, Vec<u8>)| {
    let (words, body) = parts;
    let Some((tag, args)) = words.split_first() else { return };
    let good = words.iter().all(|word| is_arbitrary_string(word));
    let stanza = Stanza { tag: tag.clone(), args: args.iter().collect(), body };
    let mut bytes = Vec::new();
    write_stanza(&stanza, &mut bytes);
    let header = Header::finish(Header::bytes_to_cover([&stanza]), &[0; 32]);
    let first_line = bytes.iter().position(|byte| *byte == b'\n').expect("a stanza ends its lines");
    let too_large = first_line > MAX_LINE || header.len() >= MAX_HEADER;
    let many = args.len() > HeaderLimits::default().arguments;
    match Header::read(&mut header.as_slice()) {
        Ok(_) if good && many => panic!("more arguments than the limit were accepted"),
        Ok(read) if good => assert_eq!(read.stanzas(), [stanza]),
        // An argument with a space or line end may parse as something else, but never as itself.
        Ok(read) => assert_ne!(read.stanzas(), [stanza]),
        Err(HeaderError::TooManyArguments(_)) if many => {}
        Err(error) => assert!(!good || too_large, "{error}"),
    }
});
