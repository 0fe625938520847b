//! Exit codes and hints for the errors of files, cards and the terminal.

use crate::card::CardError;
use crate::errors::code::{Code, HINT_PASSPHRASE, Verdict, hinted, some};
use crate::files;
use crate::ui::PromptError;
use crate::ui::qr::QrError;

const NO_ROOM: &str = "No partial output was left. Free some disk space, or write somewhere else";

pub(super) fn prompt(error: &PromptError) -> Verdict {
    match error {
        PromptError::NoTerminal => (Some(Code::Usage), vec![HINT_PASSPHRASE.to_owned()]),
        PromptError::NoPaste => hinted(Code::Usage, "Read it from a file: bulla read FILE"),
        PromptError::TooLarge => hinted(
            Code::Refused,
            "That is too long for a message. Decrypt a file with: bulla decrypt FILE",
        ),
        _ => some(Code::Other),
    }
}

pub(super) fn qr(error: &QrError) -> Verdict {
    match error {
        QrError::TooWide { hint, .. } => hinted(Code::Refused, hint),
        QrError::Encoding(_) => some(Code::Other),
    }
}

pub(super) fn file(error: &files::Error) -> Verdict {
    match error {
        _ if error.is_broken_pipe() => (None, Vec::new()),
        files::Error::Exists { .. } => hinted(
            Code::Refused,
            "Overwrite it with --force, or choose another name with -o PATH",
        ),
        files::Error::TooLarge { .. } => some(Code::Refused),
        files::Error::NotPrivate { .. } => hinted(
            Code::Refused,
            "Find out who else uses it, then take it over with chown, or run chmod go-w on it",
        ),
        files::Error::Busy { .. } => hinted(
            Code::Keyring,
            "Check whether another bulla process is stuck or suspended",
        ),
        files::Error::SameFile { .. } => {
            hinted(Code::Refused, "Choose another output with -o PATH")
        }
        files::Error::IsDirectory { .. } => hinted(
            Code::Usage,
            "Name the files in it; whole folders are not supported yet",
        ),
        _ if error.is_out_of_space() => hinted(Code::Io, NO_ROOM),
        _ => some(Code::Io),
    }
}

pub(super) fn card(error: &CardError) -> Verdict {
    match error {
        CardError::Signature => hinted(Code::Refused, "Ask for it again, in another way"),
        CardError::TwoCards => hinted(Code::Refused, "Keep the right one, and remove the other"),
        CardError::Surrounded => hinted(
            Code::Usage,
            "Use the original file. To send a card in a chat: bulla card --armor",
        ),
        CardError::RevocationSurrounded => hinted(
            Code::Usage,
            "Save only its lines in a file: from \"# bulla revocation v1\" to the end of \"# sig: \
             …\"",
        ),
        CardError::Armored => hinted(
            Code::Usage,
            "Add it as a contact first: bulla contact add NAME FILE",
        ),
        _ => some(Code::Usage),
    }
}
