//! What can be said about a file without a key: whether it could be a whole age file. Nothing of it is
//! authenticated.

use crate::errors::Result;
use crate::files::Input;
use crate::jobs::decrypt_header::{count, read_header};
use bulla_age::format::HeaderLimits;
use bulla_age::stream::{PayloadError, SEALED_CHUNK, plaintext_len};

/// Checks the grammar of the header, the framing of the armor to its end, and whether the payload has
/// a possible length. Returns the length of the contents.
///
/// # Errors
/// Those of a header; [`PayloadError::Truncated`] if no payload has this length.
pub(crate) fn check(input: &Input, limits: &HeaderLimits) -> Result<u64> {
    let mut begun = read_header(input, limits)?;
    let len = match begun.payload {
        Some((_, len)) => len,
        None => count(&mut begun.source).map_err(PayloadError::Read)?,
    };
    input.check_length()?;
    let chunk = len.saturating_sub(1) / SEALED_CHUNK as u64;
    Ok(plaintext_len(len).ok_or(PayloadError::Truncated { chunk })?)
}
