//! Messages for errors with messages that are pasted, written and shown.

use crate::errors::code::{Code, Verdict, hinted, some};
use crate::message::{PaddingError, PasteError};
use crate::process::editor;

pub(super) const COPY_AGAIN: &str =
    "Copy it again from where it was sent, or ask for the message as a file";

pub(super) fn paste(error: &PasteError) -> Verdict {
    hinted(
        Code::Header,
        match error {
            PasteError::Nothing(_) | PasteError::NoBegin { .. } | PasteError::Empty { .. } => {
                "Copy the whole message, from -----BEGIN to -----END"
            }
            PasteError::NoEnd { .. } | PasteError::Mixed { .. } => {
                "Copy it again up to the line -----END. The chat program may have split or cut it"
            }
            PasteError::Dashes { .. } => {
                "Put five hyphens before and after the words in the BEGIN and END lines"
            }
            PasteError::Character { .. }
            | PasteError::Ambiguous { .. }
            | PasteError::Padding { .. } => {
                "Remove everything in these lines that is not part of the message, or ask for the \
                 message as a file"
            }
            PasteError::Spaces { .. } | PasteError::Length { .. } | PasteError::Last { .. } => {
                COPY_AGAIN
            }
        },
    )
}

pub(super) fn padding(_: &PaddingError) -> Verdict {
    hinted(
        Code::Refused,
        "It was not made with bulla write. Ask the sender which program they used",
    )
}

pub(super) fn editor(error: &editor::Error) -> Verdict {
    match error {
        editor::Error::Nothing => hinted(
            Code::Usage,
            "Choose one: EDITOR=vim bulla write --edit --to NAME",
        ),
        editor::Error::Shell => hinted(
            Code::Usage,
            "Put the command into a script, and set EDITOR to the path of the script",
        ),
        editor::Error::Relative | editor::Error::Nowhere(_) => hinted(
            Code::Usage,
            "Set an editor that is installed: EDITOR=/usr/bin/vi bulla write --edit --to NAME",
        ),
        editor::Error::NoTerminal => hinted(
            Code::Usage,
            "Read the text from a file: bulla write --to NAME < FILE",
        ),
        editor::Error::Start(_) => some(Code::Other),
        editor::Error::Ended(_) => hinted(
            Code::Other,
            "Your text was discarded; no message was written",
        ),
    }
}
