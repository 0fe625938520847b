//! Messages for errors in the statements of headers and in rewritten headers.

use crate::errors::{Code, Verdict, hinted, some};
use bulla_age::sender::{RewriteError, SenderError};

pub(super) fn sender(error: &SenderError) -> Verdict {
    match error {
        SenderError::Malformed(_) => some(Code::Header),
        SenderError::Signature(_) | SenderError::Content => hinted(
            Code::Sender,
            "do not believe what it says; ask whoever sent it to send it again",
        ),
        SenderError::TooLong => hinted(Code::Refused, "leave the list out with --plain"),
        SenderError::ChainTooLong => hinted(
            Code::Refused,
            "begin a new record, under a new key: bulla reseal FILE --to NAME",
        ),
        _ => some(Code::Other),
    }
}

pub(super) fn rewrite_header(error: &RewriteError) -> Verdict {
    let reseal = |what| hinted(Code::Refused, what);
    match error {
        RewriteError::Passphrase => {
            reseal("close it for people instead: bulla reseal FILE --to NAME")
        }
        RewriteError::NobodyLeft => reseal("say who is to open it: bulla reseal FILE --to NAME"),
        RewriteError::Mixed(_) => {
            reseal("close it anew for all of them: bulla reseal FILE --to NAME")
        }
        RewriteError::Newer => {
            reseal("close it anew, without that signature: bulla reseal FILE --to NAME")
        }
        RewriteError::Wrap(error) => super::key_kind(error),
        RewriteError::Sender(error) => sender(error),
        _ => some(Code::Other),
    }
}
