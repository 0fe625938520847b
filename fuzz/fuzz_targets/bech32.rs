//! Keys as text: a recipient or identity that parses is written back unchanged.
#![no_main]

use bulla_age::{AnyRecipient, ExposeSecret};
use bulla_age::seed::Seed;
use bulla_age::kinds::{HybridIdentity, X25519Identity, X25519Recipient};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(recipient) = text.parse::<AnyRecipient>() {
        let written = recipient.to_string();
        assert_eq!(written.parse::<AnyRecipient>().ok().map(|again| again.to_string()), Some(written));
    }
    let same = |written: &str| assert!(written.eq_ignore_ascii_case(text), "another text for one key");
    if let Ok(recipient) = text.parse::<X25519Recipient>() {
        same(&recipient.to_string());
    }
    if let Ok(identity) = text.parse::<X25519Identity>() {
        same(identity.to_text().expose_secret());
    }
    if let Ok(identity) = text.parse::<HybridIdentity>() {
        same(identity.to_text().expose_secret());
    }
    if let Ok(seed) = text.parse::<Seed>() {
        same(seed.to_text().expose_secret());
    }
});
