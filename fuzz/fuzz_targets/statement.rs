//! Statements: any bytes in a sender stanza whose salt and key are right.
#![no_main]

use bulla_age::{signing, LockedFile};
use bulla_age::sender::{Author, ReaderChange};
use libfuzzer_sys::fuzz_target;

#[path = "../../crates/bulla-age/tests/made/mod.rs"]
mod made;

fuzz_target!(|padded: &[u8]| {
    // Eight 0xff bytes in the input are replaced by the digest of the actual stanzas, so that lists
    // are compared with stanzas.
    let mut padded = padded.to_vec();
    if let Some(at) = padded.windows(8).position(|window| window == [0xff; 8])
        && let Some(room) = padded.get_mut(at..at + 32)
    {
        room.copy_from_slice(&made::digest());
    }
    let header = made::header(&made::recipients(), &[made::sender(&padded)], &[]);
    let Ok(opened) = LockedFile::read(&mut header.as_slice()).expect("well-formed").open(&[&made::Knows]) else {
        return;
    };
    let Ok(sender) = opened.sender(signing::verify) else { return };
    let sender = sender.expect("there is one");
    let classes = opened.prove_readers(Some(&sender), &[], &[]);
    assert_eq!(classes.len(), made::recipients().len());
    let _ = (
        sender.origin(),
        sender.check_content(&[0; 32]),
        sender.addresses(&[0; 16]),
        sender.addresses_at(1, &[0; 16]),
    );
    // Appends a statement. All earlier ones must be kept.
    let labels = std::collections::BTreeSet::new();
    let change = ReaderChange { add: &[], drop: &[0], proved: &[], labels: &labels };
    let Ok(shorter) = opened.rewrite_header(Some(&sender), &change, &Author::unsigned(1)) else { return };
    let again =
        LockedFile::read(&mut shorter.as_slice()).expect("well-formed").open(&[&made::Knows]).expect("ours");
    let again = again.sender(signing::verify).expect("ours").expect("there is one");
    let before = sender.statements();
    assert_eq!(&again.statements()[..before.len()], before);
    assert!(again.is_recorded());
});
