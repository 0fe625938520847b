//! The contact card: an age recipients file that its owner signed (formats.md, section 5).

use super::error::Error;
use crate::keys::Recipient;
use crate::protocol::Sign;
use crate::untrusted::Untrusted;

/// A card whose grammar and signature are right. Whether it is believed is for others to say.
#[derive(Clone)]
pub(crate) struct Card {
    text: String,
    name: Untrusted,
    signing_key: [u8; 32],
    serial: u64,
    created: String,
    expires: String,
    recipient: Recipient,
    also: Option<Recipient>,
    successions: Vec<Succession>,
}

/// "The new key is mine too", said by the old key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Succession {
    pub(crate) old: [u8; 32],
    pub(crate) new: [u8; 32],
    pub(crate) signature: [u8; 64],
}

/// What is to stand in a card of one's own.
pub(crate) struct Draft {
    pub(crate) name: String,
    pub(crate) serial: u64,
    pub(crate) created: String,
    pub(crate) expires: String,
    pub(crate) recipient: Recipient,
    pub(crate) also: Option<Recipient>,
    pub(crate) successions: Vec<Succession>,
}

impl Card {
    /// Parses the bytes of a card, and checks its signature. CR LF is read as LF, and kept as LF.
    pub(crate) fn parse(_bytes: &[u8]) -> Result<Self, Error> {
        Err(Error::NoCard)
    }

    /// Finds the one card in what somebody pasted: a card as it is, or an armored one, which may be quoted, wrapped or
    /// surrounded by other text.
    pub(crate) fn find(_bytes: &[u8]) -> Result<Self, Error> {
        Err(Error::NoCard)
    }

    /// The whole text, LF at the end, verbatim (CR LF as LF).
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The text between lines that survive a chat.
    pub(crate) fn armored(&self) -> String {
        String::new()
    }

    /// What its owner is called, by the owner.
    pub(crate) fn name(&self) -> &Untrusted {
        &self.name
    }

    pub(crate) fn signing_key(&self) -> &[u8; 32] {
        &self.signing_key
    }

    pub(crate) fn serial(&self) -> u64 {
        self.serial
    }

    /// Dates as they stand there: `2026-11-23`.
    pub(crate) fn created(&self) -> &str {
        &self.created
    }

    pub(crate) fn expires(&self) -> &str {
        &self.expires
    }

    /// The one recipient that every age tool reads; post-quantum or classic.
    pub(crate) fn recipient(&self) -> &Recipient {
        &self.recipient
    }

    /// The classic twin of a post-quantum recipient.
    pub(crate) fn also(&self) -> Option<&Recipient> {
        self.also.as_ref()
    }

    /// Recipient and twin.
    pub(crate) fn recipients(&self) -> Vec<Recipient> {
        std::iter::once(&self.recipient).chain(&self.also).cloned().collect()
    }

    /// The keys this one succeeded, oldest first; their signatures are right and each begins where the one before ended,
    /// the last with [`signing_key`](Self::signing_key).
    pub(crate) fn successions(&self) -> &[Succession] {
        &self.successions
    }
}

impl Draft {
    /// The card, signed; parsed again before it is given.
    pub(crate) fn sign(&self, _by: &dyn Sign) -> Result<Card, Error> {
        Err(Error::NoCard)
    }
}

impl Succession {
    /// The old key's word for the new one.
    pub(crate) fn new(old: &dyn Sign, new: [u8; 32]) -> Self {
        Self { old: old.key(), new, signature: [0; 64] }
    }
}
