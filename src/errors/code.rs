//! The exit codes, and what is decided about an error: its code and its hints.

use std::io;

/// The exit codes of a run. Scripts rely on the numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Code {
    Other = 1,
    Usage = 2,
    NoMatch = 3,
    Header = 4,
    Payload = 5,
    Io = 6,
    Refused = 7,
    Keyring = 8,
    Sender = 9,
    Some = 10,
}

/// The exit code (`None` ends the run silently) and the hints of an error.
pub(super) type Verdict = (Option<Code>, Vec<String>);

pub(super) const HINT_PASSPHRASE: &str = "Pass it with --passphrase-fd N or --passphrase-file PATH";

pub(super) fn some(code: Code) -> Verdict {
    (Some(code), Vec::new())
}

pub(super) fn hinted(code: Code, hint: &str) -> Verdict {
    (Some(code), vec![hint.to_owned()])
}

/// Returns the exit code of a system error. If the reader of our output went away, the run ends
/// silently.
pub(super) fn system(error: &io::Error) -> Option<Code> {
    (error.kind() != io::ErrorKind::BrokenPipe).then_some(Code::Io)
}
