//! Errors of the program itself, rather than of a module below.

use std::borrow::Cow;
use std::io;

use crate::card::CardError;
use crate::errors::code::{Code, MORE_MEMORY, Verdict, hinted, some};
use crate::errors::phrase::Phrase;
use crate::errors::{engine, message, phrase, program};
use crate::files;
use crate::process::resources;
use bulla_age::KeyError;
use bulla_age::untrusted::Untrusted;

/// Why a drill does not call a copy proved, although it is a readable age file or the beginning of
/// one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotProved {
    /// Its header is damaged, by what an earlier drill knew.
    DamagedHeader,
    /// Its contents are not those they were compared with.
    Different,
    /// The key opens other copies, but not this one.
    MissingReader,
    /// It is encrypted with a passphrase, so no key can open it.
    OnlyPassphrase,
    /// It is older than it may be.
    Stale,
    /// It has the place of another copy.
    Swapped,
    /// Its end is missing.
    Truncated,
    /// The key opens none of the copies.
    WrongKey,
}

/// An error of the program itself rather than of a floor below.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The command line cannot be carried out.
    #[error("{0}")]
    Usage(String, Option<String>),
    /// Nobody is named to encrypt to. The hints are the choices.
    #[error("No recipients given")]
    Nobody(Vec<String>),
    /// The file opens, but its sender or its readers are not the expected ones.
    #[error("{0}")]
    Sender(String, Option<String>),
    /// Signals cannot be handled.
    #[error("Cannot handle signals")]
    Signals(#[source] io::Error),
    /// A thread that cannot be done without was refused.
    #[error("Cannot start a thread to {doing}")]
    Thread {
        /// The work of the thread.
        doing: &'static str,
        /// The error of the system.
        source: io::Error,
    },
    /// Nothing can be done in the memory that is left.
    #[error(transparent)]
    Memory(resources::TooLittleMemory),
    /// Only advice was found, which was to count as a problem.
    #[error("{0}")]
    OnlyAdvice(String),
    /// The input is not as complete as it has to be.
    #[error("{text}")]
    Incomplete {
        /// What is missing.
        text: String,
        /// What to do.
        hint: Option<&'static str>,
    },
    /// An archive was written, but something of its folder is missing. What it is was printed.
    #[error(
        "{archive} lacks {}",
        if *losses == 1 { "something (see the warning above)".to_owned() } else { format!("{losses} things (see the warnings above)") }
    )]
    PartOfFolder {
        /// The archive.
        archive: Untrusted,
        /// The number of warnings.
        losses: u64,
    },
    /// An archive was written, but patterns could not be used. What is wrong with them was printed.
    #[error(
        "{archive} may contain files that should have been left out (see the {} above)",
        if *warnings == 1 { "warning" } else { "warnings" }
    )]
    PatternsUnused {
        /// The archive.
        archive: Untrusted,
        /// The number of warnings.
        warnings: u64,
    },
    /// Some of several inputs failed. Their errors were already printed.
    #[error("{failed} of {all} inputs failed")]
    Some {
        /// The number of failed inputs.
        failed: usize,
        /// The number of all inputs.
        all: usize,
    },
    /// A drill does not call a copy proved.
    #[error("{text}")]
    NotProved {
        /// Why, for programs.
        why: NotProved,
        /// Why, for people.
        text: String,
        /// What to do.
        hint: Option<String>,
    },
    /// Keys of people were removed from a file, but one that is left may be theirs too.
    #[error(
        "{who} may still be able to open {file}, which has {}",
        if *unknown == 1 { "a key with an unknown owner".to_owned() } else { format!("{unknown} keys with unknown owners") }
    )]
    PerhapsStillReader {
        /// Their names.
        who: String,
        /// The file.
        file: Untrusted,
        /// The number of keys about which nothing is known.
        unknown: usize,
    },
    /// Contents that are not an archive.
    #[error("it is not an archive")]
    NotAnArchive,
    /// A path that is not in an archive.
    #[error("it has no entry {0}")]
    NotInArchive(Untrusted),
    /// One entry has exactly this path, and another one is shown so.
    #[error("it has two entries that are called {0}")]
    TwoInArchive(Untrusted),
    /// A hard link of which the file itself was not to be extracted.
    #[error("{path} is another name of {target}, which was not named")]
    LinkedElsewhere {
        /// The link.
        path: Untrusted,
        /// The file.
        target: Untrusted,
    },
    /// What is left of a damaged file was written.
    #[error("{file} is damaged, so {output} is not what was encrypted")]
    Rescued {
        /// The damaged file.
        file: Untrusted,
        /// What was written.
        output: Untrusted,
    },
    /// A pasted message that was changed in transit.
    #[error("{0}")]
    DamagedMessage(String, Code),
    /// The pasted text is not a message, with advice on what to do with it.
    #[error("{0}")]
    NotAMessage(Cow<'static, str>, String),
    /// A file that can have neither a card nor recipients in it.
    #[error("{what} is {kind}, not a card or a list of recipients")]
    NoKeys { what: Untrusted, kind: &'static str },
    /// An invalid recipient or identity.
    #[error("{}", phrase::key(error).about(&what.into()))]
    Key {
        /// What was given; never its text if that may be secret.
        what: Untrusted,
        /// What is wrong with it.
        error: KeyError,
    },
    /// An invalid card or revocation.
    #[error("{}", phrase::card(error).about(&what.into()))]
    Card {
        /// Where it was found.
        what: Untrusted,
        /// Why it was refused.
        error: CardError,
    },
}

pub(super) fn failure(error: &Failure) -> Verdict {
    match error {
        Failure::Usage(_, hint) => (Some(Code::Usage), hint.iter().cloned().collect()),
        Failure::Nobody(hints) => (Some(Code::Usage), hints.clone()),
        Failure::Sender(_, hint) => (Some(Code::Sender), hint.iter().cloned().collect()),
        Failure::OnlyAdvice(_) => some(Code::Other),
        Failure::Incomplete { hint, .. } => {
            let hints = hint.map(str::to_owned).into_iter().collect();
            (Some(Code::Command), hints)
        }
        Failure::NotAnArchive => hinted(Code::Usage, "Decrypt it: bulla decrypt {file}"),
        Failure::NotInArchive(_) => hinted(Code::Io, "List what it has: bulla list {file}"),
        Failure::TwoInArchive(_) => hinted(Code::Usage, "Decrypt it: bulla decrypt {file}"),
        Failure::LinkedElsewhere { .. } => hinted(Code::Usage, "Name both"),
        Failure::Rescued { .. } => some(Code::Payload),
        Failure::Some { .. } | Failure::PartOfFolder { .. } | Failure::PatternsUnused { .. } => {
            some(Code::Some)
        }
        Failure::Signals(error) if files::is_out_of_descriptors(error) => {
            hinted(Code::Io, program::MORE_DESCRIPTORS)
        }
        Failure::Signals(_) => some(Code::Io),
        Failure::Thread { .. } => hinted(
            Code::Io,
            "Raise the limit on processes (ulimit -u), or end other programs",
        ),
        Failure::NotProved { why, hint, .. } => {
            let code = match why {
                NotProved::Different | NotProved::Stale | NotProved::Swapped => Code::Other,
                NotProved::DamagedHeader => Code::Header,
                NotProved::MissingReader | NotProved::OnlyPassphrase | NotProved::WrongKey => {
                    Code::NoMatch
                }
                NotProved::Truncated => Code::Payload,
            };
            (Some(code), hint.iter().cloned().collect())
        }
        Failure::PerhapsStillReader { file, .. } => (
            Some(Code::Other),
            vec![format!(
                "To remove all old keys: bulla reseal {} --to NAME",
                file.as_argument()
            )],
        ),
        Failure::Memory(_) => hinted(Code::Io, MORE_MEMORY),
        Failure::DamagedMessage(_, code) => hinted(*code, message::COPY_AGAIN),
        Failure::NotAMessage(_, hint) => hinted(Code::Header, hint),
        Failure::NoKeys { .. } => hinted(
            Code::Usage,
            "A card is what they make with: bulla card -o FILE",
        ),
        Failure::Key { error, .. } => engine::key(error),
        Failure::Card { error, .. } => program::card(error),
    }
}

pub(super) fn sentence(error: &Failure) -> Phrase {
    match error {
        Failure::Incomplete { .. }
        | Failure::PartOfFolder { .. }
        | Failure::PatternsUnused { .. } => Phrase::Named(error.to_string()),
        error => Phrase::sentence(error.to_string()),
    }
}
