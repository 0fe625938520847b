//! Whose name stands under a statement.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::keys::signing::SigningKey;
use crate::protocol::Author;

/// Who signs, if anybody does.
#[derive(Default)]
pub(super) struct Signer {
    key: Option<SigningKey>,
}

impl Signer {
    /// The author of a statement that is made now.
    pub(super) fn author(&self) -> Author<'_> {
        let time = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        match &self.key {
            Some(key) => Author::signing(key, time),
            None => Author::unsigned(time),
        }
    }
}
