//! What is said of statements in headers, and of headers written again.

use crate::errors::{Code, Verdict, hinted, key, some};
use bulla_age::keys;
use bulla_age::protocol::{ReaddressError, SenderError};

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
    }
}

pub(super) fn readdress(error: &ReaddressError) -> Verdict {
    let reseal = |what| hinted(Code::Refused, what);
    match error {
        ReaddressError::Passphrase => {
            reseal("close it for people instead: bulla reseal FILE --to NAME")
        }
        ReaddressError::NobodyLeft => reseal("say who is to open it: bulla reseal FILE --to NAME"),
        ReaddressError::Mixed(_) => {
            reseal("close it anew for all of them: bulla reseal FILE --to NAME")
        }
        ReaddressError::Newer => {
            reseal("close it anew, without that signature: bulla reseal FILE --to NAME")
        }
        ReaddressError::Wrap(error) => match error.downcast_ref::<keys::Error>() {
            Some(error) => key(error),
            None => some(Code::Other),
        },
        ReaddressError::Sender(error) => sender(error),
    }
}
