//! Keys as text: a recipient or an identity that is read is written again the same.
#![no_main]

use bulla_age::keys::{ExposeSecret, Recipient, Seed, hybrid, x25519};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(recipient) = text.parse::<Recipient>() {
        let written = recipient.to_string();
        assert_eq!(written.parse::<Recipient>().ok().map(|again| again.to_string()), Some(written));
    }
    let same = |written: &str| assert!(written.eq_ignore_ascii_case(text), "another text for one key");
    if let Ok(recipient) = text.parse::<x25519::Recipient>() {
        same(&recipient.to_string());
    }
    if let Ok(identity) = text.parse::<x25519::Identity>() {
        same(identity.to_text().expose_secret());
    }
    if let Ok(identity) = text.parse::<hybrid::Identity>() {
        same(identity.to_text().expose_secret());
    }
    if let Ok(seed) = text.parse::<Seed>() {
        same(seed.to_text().expose_secret());
    }
});
