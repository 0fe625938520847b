//! The exit codes, and what is decided about an error: its code and its hints.

use std::io;

use crate::files;

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
    Command = 12,
}

/// The exit code and the hints of an error. `None` means that the reader of our output went away,
/// which ends the run silently by SIGPIPE.
pub(super) type Verdict = (Option<Code>, Vec<String>);

pub(super) const HINT_PASSPHRASE: &str = "Pass it with --passphrase-fd N or --passphrase-file PATH";

pub(super) const MORE_MEMORY: &str =
    "Raise the limit on memory (ulimit -v, or that of the container), or end other programs";

pub(super) fn some(code: Code) -> Verdict {
    (Some(code), Vec::new())
}

pub(super) fn hinted(code: Code, hint: &str) -> Verdict {
    (Some(code), vec![hint.to_owned()])
}

/// Returns the exit code of a system error. If the reader of our standard output went away, the run
/// ends silently. Any other broken pipe is a failure: that of a plugin, of a named pipe, or of a
/// file system.
pub(super) fn system(error: &io::Error) -> Option<Code> {
    (!files::is_reader_gone(error)).then_some(Code::Io)
}
