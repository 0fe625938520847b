//! What the age crate's recipients look like through the seam.

use crate::protocol::{FileKey, KeyError, Wrapped};

use super::error::Error;

/// Wraps with one of the age crate's recipients.
pub(super) fn wrap(
    recipient: &impl age::Recipient,
    file_key: &FileKey,
) -> Result<Wrapped, KeyError> {
    match recipient.wrap_file_key(file_key) {
        Ok((stanzas, labels)) => Ok(Wrapped {
            stanzas,
            labels: labels.into_iter().collect(),
        }),
        Err(error) => Err(Box::new(Error::Wrap(error.to_string()))),
    }
}
