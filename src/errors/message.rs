//! Messages for errors with messages that are pasted, written and shown.

use crate::errors::{Code, Verdict, hinted, some};
use crate::message::{PaddingError, PasteError};
use crate::process::editor;

pub(super) const COPY_AGAIN: &str =
    "copy it once more, from where it was sent; or ask for the message as a file";

pub(super) fn paste(error: &PasteError) -> Verdict {
    hinted(
        Code::Header,
        match error {
            PasteError::Nothing(_) | PasteError::NoBegin { .. } | PasteError::Empty { .. } => {
                "copy the message once more, from its line -----BEGIN to its line -----END"
            }
            PasteError::NoEnd { .. } | PasteError::Mixed { .. } => {
                "copy it once more, to its line -----END; a chat program may have cut it in two messages, or for good"
            }
            PasteError::Dashes { .. } => {
                "put five hyphens before those words and five after them, in both lines"
            }
            PasteError::Character { .. }
            | PasteError::Ambiguous { .. }
            | PasteError::Padding { .. } => {
                "take out of these lines what is not part of the block, or ask for the message as a file"
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
        "it was not made by bulla write; ask whoever sent it what they used",
    )
}

pub(super) fn editor(error: &editor::Error) -> Verdict {
    match error {
        editor::Error::Nothing => hinted(
            Code::Usage,
            "say which: EDITOR=vim bulla write --edit --to NAME",
        ),
        editor::Error::Shell => hinted(
            Code::Usage,
            "put the command into a script, and name that in EDITOR",
        ),
        editor::Error::Relative | editor::Error::Nowhere(_) => hinted(
            Code::Usage,
            "name one that is there: EDITOR=/usr/bin/vi bulla write --edit --to NAME",
        ),
        editor::Error::NoTerminal => hinted(
            Code::Usage,
            "hand the text over from a file: bulla write --to NAME < FILE",
        ),
        editor::Error::Start(_) => some(Code::Other),
        editor::Error::Ended(_) => {
            hinted(Code::Other, "what was typed is gone: nothing was written")
        }
    }
}
