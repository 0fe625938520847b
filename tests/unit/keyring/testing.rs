//! Cards for tests, from numbered keys.

use crate::card::{Card, Draft, Reason, Revocation, Succession};
use bulla_age::AnyRecipient;
use bulla_age::kinds::X25519Identity;
use bulla_age::signing::{SecretSigningKey, SigningKey};

/// The signing key with this number.
pub(super) fn signing(number: u8) -> SecretSigningKey {
    SecretSigningKey::new(&[number; 32], &[number; 32])
}

/// The public key with this number.
pub(super) fn key(number: u8) -> SigningKey {
    bulla_age::signing::Signer::key(&signing(number))
}

/// The recipient with this number.
pub(super) fn recipient(number: u8) -> AnyRecipient {
    AnyRecipient::X25519(X25519Identity::from_bytes(&[number; 32]).to_recipient())
}

/// A card signed by one key, for one recipient, after a chain of other keys.
pub(super) fn made(by: u8, serial: u64, to: u8, chain: &[u8]) -> Card {
    let keys: Vec<u8> = chain.iter().chain([&by]).copied().collect();
    let successions = keys
        .windows(2)
        .map(|pair| Succession::new(&signing(pair[0]), key(pair[1])));
    let draft = Draft {
        name: "Alice Example".to_owned(),
        serial,
        created: "2026-11-23".to_owned(),
        expires: "2999-01-01".to_owned(),
        recipient: Some(recipient(to)),
        also: None,
        successions: successions.collect(),
    };
    draft.sign(&signing(by)).unwrap()
}

/// The text of a card, and its recipient.
pub(super) fn card() -> (String, String) {
    let card = made(1, 10, 1, &[]);
    (
        card.text().to_owned(),
        card.recipient().unwrap().to_string(),
    )
}

pub(super) fn revocation(of: u8, reason: Reason) -> Revocation {
    Revocation::new(&signing(of), reason)
}
