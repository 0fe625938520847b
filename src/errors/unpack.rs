//! Exit codes, hints and sentences for archives that are not unpacked.

use std::path::Path;

use crate::errors::code::{Code, Verdict, hinted, some};
use crate::errors::phrase::Phrase;
use bulla_age::untrusted::Untrusted;
use bulla_archive::read::{ReadError, Refusal, Refused};

const AS_IT_IS: &str = "To get the archive as it is: bulla decrypt {file} --no-unpack";

pub(super) fn read(error: &ReadError) -> Verdict {
    match error {
        ReadError::Refused(refused) if !is_cut(refused.reason) => hinted(Code::Refused, AS_IT_IS),
        // The file is what was encrypted, but that was not a whole archive.
        ReadError::Refused(_) => hinted(Code::Payload, AS_IT_IS),
        _ => some(Code::Payload),
    }
}

pub(super) fn phrase(error: &ReadError) -> Phrase {
    match error {
        ReadError::Refused(refused) if is_cut(refused.reason) => Phrase::Around(
            "The archive in ".to_owned(),
            " is incomplete: its end is missing, although the encrypted file is whole".to_owned(),
        ),
        ReadError::Refused(refused) => {
            Phrase::Around("Not unpacking ".to_owned(), format!(": {}", about(refused)))
        }
        error => Phrase::detail(error.to_string()),
    }
}

/// Returns whether the archive was cut off before it was encrypted.
fn is_cut(reason: Refusal) -> bool {
    matches!(reason, Refusal::Truncated | Refusal::NoEnd)
}

fn about(refused: &Refused) -> String {
    use std::os::unix::ffi::OsStrExt;
    let path = Path::new(std::ffi::OsStr::from_bytes(&refused.path));
    let (number, reason) = (refused.number, refused.reason);
    if refused.path.is_empty() {
        format!("entry {number}: {reason}")
    } else {
        format!("entry {number} ({}): {reason}", Untrusted::from(path))
    }
}
