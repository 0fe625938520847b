//! What can be wrong with the text of a key. Never says what the text was: it may be a secret.

/// Why a text is not a recipient or an identity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// Not Bech32: a character is wrong or missing.
    #[error("it is damaged or cut: the checksum is wrong")]
    Encoding,
    /// Not an X25519 recipient (`age1…`).
    #[error("not an X25519 recipient")]
    X25519Recipient,
    /// Not an X25519 identity (`AGE-SECRET-KEY-1…`).
    #[error("not an X25519 identity")]
    X25519Identity,
    /// Not a hybrid recipient (`age1pq1…`).
    #[error("not a post-quantum recipient")]
    HybridRecipient,
    /// Not a hybrid identity (`AGE-SECRET-KEY-PQ-1…`).
    #[error("not a post-quantum identity")]
    HybridIdentity,
    /// A key that would give everybody the same shared secret.
    #[error("a low-order key, which would keep nothing secret")]
    LowOrder,
}
