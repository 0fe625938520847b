//! Encrypts a file for a new key, shows what can be seen without the key, and decrypts it again.
//!
//! `cargo run --example roundtrip -- FILE`

use std::error::Error;
use std::fs::File;
use std::io::{self, BufReader, Write};

use bulla_age::kinds::HybridIdentity;
use bulla_age::stream::{At, Engine};
use bulla_age::{Inspection, LockedFile, NewFile};

fn main() -> Result<(), Box<dyn Error>> {
    let name = std::env::args().nth(1).ok_or("usage: roundtrip FILE")?;
    let input = File::open(&name)?;
    let len = input.metadata()?.len();
    let encrypted_name = format!("{name}.age");
    let mut encrypted = File::create_new(&encrypted_name)?;

    let identity = HybridIdentity::generate()?;
    let engine = Engine::new(0);
    let file = NewFile::new(&[&identity.to_recipient()])?;
    let header = file.header();
    encrypted.write_all(&header)?;
    let to = At {
        place: &encrypted,
        offset: header.len() as u64,
    };
    let from = At {
        place: &input,
        offset: 0,
    };
    engine.seal_at(&file.payload_key(), from, len, to)?;

    let mut reader = BufReader::new(File::open(&encrypted_name)?);
    let locked = LockedFile::read(&mut reader)?;
    let mut out = io::stdout().lock();
    for stanza in Inspection::new(&locked, None).stanzas {
        writeln!(out, "{encrypted_name}: {}", stanza.kind)?;
    }
    let unlocked = locked.open(&[&identity])?;
    let written = engine.open(&unlocked.payload_key(), reader, io::sink())?;
    writeln!(out, "{encrypted_name}: {written} bytes decrypted")?;
    Ok(())
}
