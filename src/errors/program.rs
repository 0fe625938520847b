//! Exit codes and hints for the errors of files, cards and the terminal.

use crate::card::CardError;
use crate::errors::code::{Code, HINT_PASSPHRASE, Verdict, hinted, some};
use crate::files;
use crate::process::piped_command;
use crate::ui::PromptError;
use crate::ui::qr::QrError;

/// What to do about an input that cannot be read at any offset.
pub(super) const AS_A_STREAM: &str = "If it changes all the time, or its size is wrong, pass what it holds as a stream: cat FILE | \
     bulla …";
const INPUT_CLOSED: &str = "It was closed by the caller, or is /dev/null open for reading and \
    writing. Name a file, or pass the data to it: … | bulla …";
const OUTPUT_CLOSED: &str = "It was closed by the caller, or is /dev/null open for reading and \
    writing. To discard the output: bulla … > /dev/null";
/// What to do if the default name of an output cannot be used.
pub(crate) const ELSEWHERE: &str = "Choose another place with -o PATH";
const LARGER_FILES: &str = "Raise the limit on the size of files: ulimit -f unlimited";
pub(super) const MORE_DESCRIPTORS: &str = "Raise the limit on open files: ulimit -n 256";
const NO_ROOM: &str = "Free some disk space, or write somewhere else";
/// What comes before these two if the output was a new file.
const NOTHING_LEFT: &str = "No partial output was left";

pub(super) fn prompt(error: &PromptError) -> Verdict {
    match error {
        PromptError::NoTerminal => (Some(Code::Usage), vec![HINT_PASSPHRASE.to_owned()]),
        PromptError::SmallWindow { .. } => hinted(
            Code::Usage,
            "Make the window larger, and run the command again",
        ),
        PromptError::Declined => some(Code::Usage),
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
        _ if error.is_reader_gone() => (None, Vec::new()),
        files::Error::InputClosed { .. } => hinted(Code::Io, INPUT_CLOSED),
        files::Error::OutputClosed { .. } => hinted(Code::Io, OUTPUT_CLOSED),
        files::Error::EmptyPassphrase { .. } => some(Code::Usage),
        files::Error::ReadTwice { .. } => hinted(
            Code::Usage,
            "The passphrase is read from it too. Pass that in another way: --passphrase-file PATH, \
             or --passphrase-fd 3 3< PATH",
        ),
        files::Error::Exists { .. } => hinted(
            Code::Refused,
            "Overwrite it with --force, or choose another name with -o PATH",
        ),
        files::Error::FolderExists { .. } => hinted(
            Code::Refused,
            "bulla never unpacks over an existing folder or file. Choose another name with -o PATH",
        ),
        files::Error::SameName { .. } => hinted(
            Code::Refused,
            "Unpack it on a file system that tells these names apart, with -o PATH",
        ),
        files::Error::NotRegular { .. } | files::Error::NotBelow { .. } => some(Code::Usage),
        files::Error::NameTaken { .. } => hinted(Code::Refused, "Choose another name with -o PATH"),
        files::Error::ForeignLink { .. } => hinted(
            Code::Refused,
            "Name the file that the symlink leads to, if you trust it",
        ),
        files::Error::Foreign { .. } => hinted(
            Code::Refused,
            "Choose another name with -o PATH. If that user may have the data, use -o - and let \
             the shell write it there",
        ),
        files::Error::Unsteady { .. } => hinted(Code::Io, AS_A_STREAM),
        files::Error::ChangedWhileRead { .. } => hinted(Code::Io, "Run the command again"),
        files::Error::Held { name } => (
            Some(Code::Io),
            vec![format!(
                "Try again later, or find that process: fuser -v {}",
                name.as_argument()
            )],
        ),
        files::Error::NotFound { name } if name.hides_a_secret() => hinted(
            Code::Io,
            "A secret key is not a file name, and now it is in your shell's history. Put it in a \
             file, or pass it on standard input: -i -",
        ),
        files::Error::TooLarge { .. } => some(Code::Refused),
        files::Error::NotPrivate { .. } => hinted(
            Code::Refused,
            "Find out who else uses it, then take it over with chown",
        ),
        files::Error::OpenToOthers { top, .. } => (
            Some(Code::Refused),
            vec![format!(
                "If nobody else should change it: chmod go-rwx {}",
                top.as_argument()
            )],
        ),
        files::Error::ForeignHome { .. } | files::Error::NotOfRoot { .. } => hinted(
            Code::Refused,
            "Run bulla without sudo, or with the home of root: sudo -H bulla",
        ),
        files::Error::NotPlain { .. } => hinted(
            Code::Keyring,
            "Nothing was read or changed through it. Remove it, and ask who put it there: git \
             also brings what others pushed",
        ),
        files::Error::Busy { .. } => hinted(
            Code::Keyring,
            "Check whether another bulla process is stuck or suspended",
        ),
        files::Error::SameFile { .. } => {
            hinted(Code::Refused, "Choose another output with -o PATH")
        }
        files::Error::IsDirectory { .. } => hinted(Code::Usage, "Name a file instead"),
        files::Error::NoFolder { name } => (
            Some(Code::Io),
            vec![format!("Create it first: mkdir -p {}", name.as_argument())],
        ),
        files::Error::NoNewFiles { .. } => hinted(Code::Io, ELSEWHERE),
        files::Error::NotDurable { .. } => some(Code::Io),
        _ if error.is_out_of_space() => (Some(Code::Io), vec![room(error)]),
        _ if error.is_out_of_descriptors() => hinted(Code::Io, MORE_DESCRIPTORS),
        _ => some(Code::Io),
    }
}

/// Returns what to do about an output that does not fit.
fn room(error: &files::Error) -> String {
    let hint = if error.is_file_too_large() {
        LARGER_FILES
    } else {
        NO_ROOM
    };
    if error.leaves_output() {
        hint.to_owned()
    } else {
        format!("{NOTHING_LEFT}. {hint}")
    }
}

pub(super) fn command(error: &piped_command::Error) -> Verdict {
    use piped_command::Error as Command;
    match error {
        Command::NotFound(_) | Command::NotExecutable(_) => hinted(
            Code::Command,
            "A command follows --. For a file whose name begins with a hyphen: ./-NAME",
        ),
        Command::OnlyRelative(_) => hinted(Code::Command, "Name the program by its path"),
        Command::Start { .. } | Command::Ended { .. } | Command::Unkept(_) => some(Code::Command),
    }
}

pub(super) fn card(error: &CardError) -> Verdict {
    match error {
        CardError::Signature => hinted(
            Code::Refused,
            "Ask the sender to send it again through \
            another channel",
        ),
        CardError::Ahead => (
            Some(Code::Refused),
            vec![
                "Check the date of this computer: date".to_owned(),
                "If it is right, ask for a new card, which they make with: bulla card --renew"
                    .to_owned(),
            ],
        ),
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
