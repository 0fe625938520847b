//! What bulla refuses for safety, although it could be done.

use crate::errors::code::{Code, Verdict};
use crate::keyring::Name;
use bulla_age::untrusted::Untrusted;

/// A refusal (exit code 7). [`hint`](Self::hint) says how to go on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    /// A tree cannot be mirrored or restored like this.
    #[error("{text}")]
    Mirror {
        /// Why.
        text: String,
        /// What to do instead.
        hint: String,
    },
    /// The input of `encrypt` is an age file.
    #[error("it is already encrypted")]
    AlreadyEncrypted,
    /// Encrypted data would go to a terminal.
    #[error("Not writing encrypted data to the terminal")]
    CiphertextToTerminal,
    /// The decrypted data is not text and would go to a terminal.
    #[error("{0}")]
    BinaryToTerminal(String),
    /// A path is an input of the run and also an output.
    #[error("{0} is both an input and an output")]
    InputIsOutput(Untrusted),
    /// The file for a detached header exists.
    #[error("{0}")]
    HeaderFileExists(String),
    /// A detached header was requested of an armored file.
    #[error("A detached header works only with a binary file, but this file is armored")]
    DetachedArmor,
    /// More or fewer keys could open the file than `--expect-recipients` allows.
    #[error("{count} keys would be able to open the file, but you expected {expected}")]
    RecipientCount {
        /// How many keys there are.
        count: usize,
        /// How many were expected.
        expected: usize,
    },
    /// `--expect-recipients` was used with a passphrase.
    #[error("A passphrase would open the file, so --expect-recipients does not apply")]
    PassphraseExpectedKeys,
    /// The change would lock the user out of a file in place.
    #[error("You would no longer be able to open it")]
    LocksYouOut(&'static str),
    /// The new readers cannot be added to this file.
    #[error("{text}")]
    CannotShare {
        /// Why.
        text: String,
        /// The file, as an argument of a shell command.
        file: String,
    },
    /// A new reader could change contents that the author signed without covering them.
    #[error(
        "the author's signature does not cover the contents, so a new reader could change the \
            contents in the author's name"
    )]
    UncoveredContents {
        /// The file, as an argument of a shell command.
        file: String,
    },
    /// Some recipients have no post-quantum key, which is required.
    #[error("No post-quantum key for {}", .0.join(", "))]
    NotPostQuantum(Vec<String>),
    /// Somebody whom the settings of this machine require could not open the file.
    #[error(
        "{} would not be able to open it, but must (setting require)",
        joined(names)
    )]
    RequiredReaderMissing {
        /// Their names.
        names: Vec<String>,
        /// The options that add them.
        options: String,
    },
    /// Somebody who must be able to open a file cannot be shown to be.
    #[error(
        "it is not shown to be open to {}{}",
        joined(names),
        match unknown { 0 => String::new(), 1 => " (it has a key whose owner is unknown)".to_owned(), more => format!(" (it has {more} keys whose owners are unknown)") }
    )]
    NotReaders {
        /// Their names.
        names: Vec<String>,
        /// The number of keys whose owner is unknown.
        unknown: usize,
    },
    /// Files of a tree break their policies.
    #[error("{breaches} of {all} files break their policies")]
    PolicyBreached {
        /// The files.
        breaches: usize,
        /// All age files.
        all: usize,
    },
    /// A passphrase would open the file, and not the readers whom this machine requires.
    #[error(
        "With a passphrase, {} would not be able to open it, but must (setting require)",
        joined(.0)
    )]
    RequiredReaderWithPassphrase(Vec<String>),
    /// There is nobody to reply to.
    #[error("Cannot reply: {0}")]
    CannotReply(String),
    /// A message is too long for a QR code.
    #[error("A message of {0} characters is too long for a QR code")]
    MessageTooLongForQr(usize),
    /// A typed line has the length at which a terminal cuts it.
    #[error("A line is as long as a terminal allows, so it may have been cut")]
    LineMayBeCut(&'static str),
    /// The keyring has the public half of an identity, but not its secret file.
    #[error("The secret file of identity {0} is missing")]
    SecretMissing(Name),
    /// A key of the keyring would start a program that was not named on this machine.
    #[error("{what} needs age-plugin-{plugin}, a program that was not named on this machine")]
    PluginNotNamed {
        /// Whose key it is.
        what: String,
        /// The plugin, whose name is safe.
        plugin: String,
        /// The plugins that were named, whose names are safe too. A setting is replaced as a whole.
        named: Vec<String>,
    },
    /// A drill with the key of every day would prove nothing about the one that is kept for bad days.
    #[error("This is the key of {0}, the identity that you use every day, and not a recovery key")]
    DailyKey(Name),
    /// A status file would replace a file that is none.
    #[error("{0} exists, and bulla did not write it")]
    NotAStatusFile(Untrusted),
    /// The identity changed while a command worked on it.
    #[error("Another program changed identity {0} at the same time")]
    ChangedMeanwhile(Name),
    /// The identity has no seed.
    #[error("{0} was imported from age, so it cannot sign and has no card")]
    NoSeed(Name),
    /// An identity that only signs was to open a file.
    #[error("{0} only signs, so it opens no file")]
    OpensNothing(Name),
    /// Backup words were requested of an identity without a seed.
    #[error("{0} was imported, so it has no backup words")]
    NoBackupWords(Name),
    /// The user could not repeat the backup words.
    #[error("Word {number} was wrong, so the identity is not marked as backed up")]
    WrongWord {
        /// Which word, counted from 1.
        number: usize,
        /// The identity.
        name: Name,
    },
    /// What was just written differs from what was meant.
    #[error("{0}")]
    BadWrite(String),
    /// The user did not confirm.
    #[error("Identity {name} was not {done}")]
    NotConfirmed {
        /// The identity.
        name: Name,
        /// What would have been done, such as "deleted".
        done: &'static str,
    },
    /// Keys without a passphrase under the name of an identity that this machine knows.
    #[error(
        "Identity {name} has other keys ({code}) than this machine knows ({}), and nothing proves \
         that they are yours",
        known.as_ref().map_or_else(|| "without a safety number".to_owned(), |number| format!("safety number {number}"))
    )]
    KnownOtherwise {
        /// The identity.
        name: Name,
        /// The known safety number, if there is one.
        known: Option<String>,
        /// The number of the keys in the keyring.
        code: String,
    },
    /// The number that was given for an identity is that of other keys.
    #[error("Identity {name} does not have that {noun}")]
    OtherNumber {
        /// The identity.
        name: Name,
        /// What the number is called.
        noun: &'static str,
    },
    /// The user did not want to add a contact.
    #[error("Nothing was added")]
    NotAdded,
    /// Some keys of a file are not known, so it cannot be encrypted for the same readers.
    #[error(
        "it can be opened by {}, so it cannot be encrypted again for the same readers",
        match *.unknown {
            1 => "a key that bulla does not know".to_owned(),
            count => format!("{count} keys that bulla does not know"),
        }
    )]
    UnknownReaders {
        /// The number of keys that are not known.
        unknown: usize,
    },
    /// A reader that has no key to encrypt to any more.
    #[error(
        "it can be opened by {0} with a key that is out of use, and {0} has no new one like it"
    )]
    NoKeyOfReader(String),
    /// A file is too large for an editor.
    #[error("it is too large for an editor ({0} bytes; {1} are the most)")]
    TooLargeToEdit(u64, u64),
    /// There is no folder in memory for the editor.
    #[error(
        "There is no in-memory folder here, so the decrypted text would be on a disk while you \
         edit it"
    )]
    NotInMemory,
    /// Somebody else changed the file while it was in the editor.
    #[error("it was changed by another program while you edited it, so it was not replaced")]
    EditedMeanwhile,
    /// The last identity would be deleted.
    #[error("{0} is your only identity")]
    OnlyIdentity(Name),
    /// The identity has as many epochs as there can be.
    #[error("Identity {0} has reached the maximum number of rotations")]
    RotatedTooOften(Name),
    /// A post-quantum card would be drawn on a terminal.
    #[error("A post-quantum card does not fit in a QR code on a terminal")]
    CardTooLargeForTerminal,
    /// The card is too long for any QR code.
    #[error("This card is too long for a QR code. Send it as a file, or with --armor")]
    CardTooLongForQr,
    /// The card in the keyring is not one of the identity's current keys.
    #[error("The saved card does not belong to the current keys of identity {name}")]
    StaleCard {
        /// The identity.
        name: Name,
        /// The command that makes a new card.
        renewal: String,
    },
    /// The card in the keyring has a serial number that nobody accepts.
    #[error(
        "The saved card of identity {name} has a serial number more than a day ahead of this \
         computer's clock, so nobody accepts it"
    )]
    CardAhead {
        /// The identity.
        name: Name,
        /// The command that makes a new card.
        renewal: String,
    },
}

/// Joins names with commas and "and".
fn joined(names: &[String]) -> String {
    match names {
        [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        names => names.concat(),
    }
}

impl Refusal {
    /// What to do instead.
    fn hint(&self) -> Option<String> {
        let text = match self {
            Self::AlreadyEncrypted => {
                "To give others access: bulla share {file} --to NAME. To encrypt it twice: --again"
            }
            Self::CiphertextToTerminal => {
                "Write to a file with -o PATH, write text with --armor, or use -o - to do it anyway"
            }
            Self::BinaryToTerminal(_) => {
                "Write to a file with -o PATH, or use -o - to do it anyway"
            }
            Self::HeaderFileExists(_) => {
                "Overwrite it with --force, or choose another name with --header-out PATH"
            }
            Self::Mirror { hint, .. } => return Some(hint.clone()),
            Self::DetachedArmor => "Share the file itself, without --header-out",
            Self::LocksYouOut(hint) => hint,
            Self::CannotShare { file, .. } => {
                return Some(format!(
                    "Encrypt it again for everyone: bulla reseal {file} --to NAME"
                ));
            }
            Self::UncoveredContents { file } => {
                return Some(format!(
                    "Encrypt it again, without that signature: bulla reseal {file} --to NAME"
                ));
            }
            Self::NotPostQuantum(_) => {
                "Ask for a card with one. It is required by --require-post-quantum or by the \
                setting require_post_quantum"
            }
            Self::RequiredReaderMissing { options, .. } => {
                return Some(format!(
                    "Add them with {options}. To change whom this machine requires: bulla config \
                     require"
                ));
            }
            Self::NotReaders { names, .. } => {
                return Some(format!(
                    "Give them access: bulla share {{file}} --to {}",
                    names.join(" --to ")
                ));
            }
            Self::PolicyBreached { .. } => {
                "To see a file's readers: bulla who FILE. To change them: bulla share, or bulla \
                 reseal"
            }
            Self::RequiredReaderWithPassphrase(_) => {
                "Name the readers with --to NAME. To change whom this machine requires: bulla \
                 config require"
            }
            Self::CannotReply(_) => "Write to a contact by name: bulla write --to NAME",
            Self::MessageTooLongForQr(_) => "Send it as text, without --qr",
            Self::LineMayBeCut(hint) => hint,
            Self::SecretMissing(_) => "Find the problem: bulla doctor",
            Self::PluginNotNamed { plugin, named, .. } => {
                let all: Vec<&str> = named.iter().chain([plugin]).map(String::as_str).collect();
                return Some(format!(
                    "If you use that plugin: bulla config plugins {}",
                    all.join(" ")
                ));
            }
            Self::DailyKey(_) => {
                "Name the key that is kept somewhere else with --identity, or accept this one with \
                 --daily"
            }
            Self::NotAStatusFile(_) => "Choose another name with --status-file PATH",
            Self::ChangedMeanwhile(_) => "Try again",
            Self::NoSeed(_) => "Create one that can: bulla identity new NAME",
            Self::OpensNothing(_) => "Use another identity: --as NAME, or -i PATH",
            Self::NoBackupWords(_) => "Keep the file you imported, or a copy of the keyring",
            Self::WrongWord { name, .. } => {
                return Some(format!(
                    "Compare your notes with the words: bulla identity backup {name}"
                ));
            }
            Self::KnownOtherwise { name, .. } => {
                return Some(format!(
                    "Restore the files. If you changed your keys on another machine, read the \
                     number there (bulla identity show {name}), and give it here: bulla identity \
                     confirm {name} --check VALUE"
                ));
            }
            Self::OtherNumber { .. } => {
                "Somebody may have changed the keyring. Read the number where the keys were made: \
                 bulla identity show"
            }
            Self::UnknownReaders { .. } => {
                "See who can open it: bulla who {file}. Then name all readers: bulla edit {file} \
                 --to NAME"
            }
            Self::NoKeyOfReader(_) => "Name all readers: bulla edit {file} --to NAME",
            Self::TooLargeToEdit(..) => {
                "Decrypt it, edit the copy, and encrypt that: bulla decrypt {file}"
            }
            Self::NotInMemory => {
                "Set XDG_RUNTIME_DIR to a folder in memory, or allow it with --on-disk"
            }
            Self::OnlyIdentity(_) => "To delete it anyway: --force",
            Self::RotatedTooOften(_) => "Create a new seed: bulla identity succeed",
            Self::CardTooLargeForTerminal => "Write a picture instead: bulla card --qr -o card.png",
            Self::StaleCard { renewal, .. } | Self::CardAhead { renewal, .. } => {
                return Some(format!("Make a new one: {renewal}"));
            }
            Self::InputIsOutput(_)
            | Self::RecipientCount { .. }
            | Self::PassphraseExpectedKeys
            | Self::BadWrite(_)
            | Self::NotConfirmed { .. }
            | Self::NotAdded
            | Self::EditedMeanwhile
            | Self::CardTooLongForQr => return None,
        };
        Some(text.to_owned())
    }
}

/// Returns the exit code and the hint of a refusal.
pub(super) fn refusal(error: &Refusal) -> Verdict {
    (Some(Code::Refused), error.hint().into_iter().collect())
}
