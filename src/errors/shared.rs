//! Messages for errors in the statements of headers and in rewritten headers.

use crate::errors::{Code, Verdict, hinted, some};
use bulla_age::sender::{RewriteError, SenderError};

pub(super) fn sender(error: &SenderError) -> Verdict {
    match error {
        SenderError::Malformed(_) => some(Code::Header),
        SenderError::Signature(_) | SenderError::Content => hinted(
            Code::Sender,
            "Do not trust it. Ask the sender to send it again",
        ),
        SenderError::TooLong => hinted(Code::Refused, "Leave out the reader list with --plain"),
        SenderError::ChainTooLong => hinted(
            Code::Refused,
            "Start again with a new key: bulla reseal FILE --to NAME",
        ),
        _ => some(Code::Other),
    }
}

pub(super) fn rewrite_header(error: &RewriteError) -> Verdict {
    let reseal = |what| hinted(Code::Refused, what);
    match error {
        RewriteError::Passphrase => {
            reseal("Encrypt it for people instead: bulla reseal FILE --to NAME")
        }
        RewriteError::NobodyLeft => reseal(
            "Say who should be able to open it: bulla reseal FILE \
            --to NAME",
        ),
        RewriteError::Mixed(_) => {
            reseal("Encrypt it again for everyone: bulla reseal FILE --to NAME")
        }
        RewriteError::Newer => {
            reseal("Encrypt it again, without that signature: bulla reseal FILE --to NAME")
        }
        RewriteError::Wrap(error) => super::key_kind(error),
        RewriteError::Sender(error) => sender(error),
        _ => some(Code::Other),
    }
}
