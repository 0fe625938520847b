//! What bulla refuses for safety, although it could be done.

use crate::errors::code::{Code, Verdict};
use crate::keyring::Name;
use bulla_age::untrusted::Untrusted;

/// A refusal (exit code 7). [`hint`](Self::hint) says how to go on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    /// The input of `encrypt` is an age file.
    #[error("Already encrypted")]
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
    #[error("A detached header needs a binary file, and this one is armored")]
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
        "the author's signature does not cover the contents, so a new reader could change them in \
         the author's name"
    )]
    UncoveredContents {
        /// The file, as an argument of a shell command.
        file: String,
    },
    /// There is nobody to reply to.
    #[error("Cannot reply: {0}")]
    CannotReply(String),
    /// A message is too long for a QR code.
    #[error("A message of {0} characters is too long for a QR code")]
    MessageTooLongForQr(usize),
    /// A typed line has the length at which a terminal cuts it.
    #[error("A line is as long as a terminal allows, so it may have been cut")]
    LineMayBeCut,
    /// The keyring has the public half of an identity, but not its secret file.
    #[error("The secret file of identity {0} is missing")]
    SecretMissing(Name),
    /// The identity changed while a command worked on it.
    #[error("Another program changed identity {0} at the same time")]
    ChangedMeanwhile(Name),
    /// The identity has no seed.
    #[error("{0} was imported from age, so it cannot sign and has no card")]
    NoSeed(Name),
    /// Backup words were requested of an identity without a seed.
    #[error("{0} was imported, so it has no backup words")]
    NoBackupWords(Name),
    /// The user could not repeat the backup words.
    #[error("Word {number} was wrong, so this does not count as a backup")]
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
    /// The last identity would be deleted.
    #[error("{0} is your only identity")]
    OnlyIdentity(Name),
    /// The identity has as many epochs as there can be.
    #[error("Identity {0} was rotated too often")]
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
}

impl Refusal {
    /// What to do instead.
    fn hint(&self) -> Option<String> {
        let text = match self {
            Self::AlreadyEncrypted => {
                "To give others access: bulla share FILE --to NAME. To encrypt it twice: --again"
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
            Self::CannotReply(_) => "Write to a contact by name: bulla write --to NAME",
            Self::MessageTooLongForQr(_) => "Send it as text, without --qr",
            Self::LineMayBeCut => "Read it from a file: bulla write --to NAME < FILE",
            Self::SecretMissing(_) => "Find the problem: bulla doctor",
            Self::ChangedMeanwhile(_) => "Try again",
            Self::NoSeed(_) => "Create one that can: bulla identity new NAME",
            Self::NoBackupWords(_) => "Keep the file you imported, or a copy of the keyring",
            Self::WrongWord { name, .. } => {
                return Some(format!(
                    "Compare your notes with the words: bulla identity backup {name}"
                ));
            }
            Self::OnlyIdentity(_) => "To delete it anyway: --force",
            Self::RotatedTooOften(_) => "Create a new seed: bulla identity succeed",
            Self::CardTooLargeForTerminal => "Write a picture instead: bulla card --qr -o card.png",
            Self::StaleCard { renewal, .. } => return Some(format!("Make a new one: {renewal}")),
            Self::InputIsOutput(_)
            | Self::RecipientCount { .. }
            | Self::PassphraseExpectedKeys
            | Self::BadWrite(_)
            | Self::NotConfirmed { .. }
            | Self::CardTooLongForQr => return None,
        };
        Some(text.to_owned())
    }
}

/// Returns the exit code and the hint of a refusal.
pub(super) fn refusal(error: &Refusal) -> Verdict {
    (Some(Code::Refused), error.hint().into_iter().collect())
}
