//! Errors of the sender stanza.

/// Why a file's statements are not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SenderError {
    /// The stanza, or a statement in it, breaks its grammar: the header is a bad one.
    #[error("malformed {0}")]
    Malformed(&'static str),
    /// A signature is not that of the key it names.
    #[error(
        "the signature of statement {0} is invalid: the file was modified, or was not signed by \
         the author it names"
    )]
    Signature(usize),
    /// The contents are not those that were signed.
    #[error("the contents are not the signed contents")]
    Content,
    /// There are more recipients than a list can hold.
    #[error("the list of readers is too long for a header")]
    TooLong,
    /// Changed so often that the statements do not fit any more.
    #[error("the record of added and removed readers is too long for a header")]
    ChainTooLong,
}
