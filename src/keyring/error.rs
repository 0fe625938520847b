//! Errors of the keyring.

use crate::card::Reason;
use crate::files;
use crate::keyring::entry_kind::EntryKind;
use crate::keyring::name::{InvalidName, Name, PersonName};
use crate::keyring::verification::VerificationCode;
use bulla_age::ParseError;
use bulla_age::untrusted::Untrusted;

/// An error of the keyring.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyringError {
    /// A text that is not a valid name.
    #[error(transparent)]
    Name(#[from] InvalidName),
    /// Nothing has this name.
    #[error("There is no {} {} in {keyring}", kinds(.wanted), .name.quoted())]
    Unknown {
        /// The name that was given.
        name: Untrusted,
        /// The kinds that were looked for.
        wanted: Vec<EntryKind>,
        /// Similar names.
        near: Vec<String>,
        /// What else has this name, if it is none of these kinds.
        other: Option<EntryKind>,
        /// The keyring that was searched.
        keyring: Box<Untrusted>,
    },
    /// Something has this name already, perhaps in other case.
    #[error("There is already a{} {} called {name}", if matches!(.kind, EntryKind::Identity) { "n" } else { "" }, .kind.noun())]
    Taken {
        /// The existing name.
        name: Name,
        /// The kind of the existing entry.
        kind: EntryKind,
    },
    /// A new name that people could take for one in use.
    #[error("The name {name} can be mistaken for {other}, which is a{} {}", if matches!(.kind, EntryKind::Identity) { "n" } else { "" }, .kind.noun())]
    LooksLike {
        /// The new name.
        name: Name,
        /// The existing name.
        other: Name,
        /// The kind of the existing entry.
        kind: EntryKind,
    },
    /// A name that stands for more than one thing, so that nobody can say which is meant.
    #[error("{} and {} share a name, which must stand for one thing only", files[0], files[1])]
    Ambiguous {
        /// The files.
        files: [Untrusted; 2],
        /// What can be renamed to end it.
        kind: EntryKind,
        /// Its name.
        name: Name,
    },
    /// A contact or group with the name that stands for the user.
    #[error("{file} has a name that stands for yourself")]
    Oneself {
        /// The file.
        file: Untrusted,
        /// What can be renamed.
        kind: EntryKind,
        /// Its name.
        name: Name,
    },
    /// Such a name for a new contact or group.
    #[error("{name} stands for yourself, so nobody else can have this name")]
    ForOneself {
        /// The name.
        name: Name,
    },
    /// A secret without its public half.
    #[error("{file} exists, but its public file is missing")]
    Orphan {
        /// The file of the secret.
        file: Untrusted,
    },
    /// A file that cannot be read, after manual editing or a disk error.
    #[error("{}", said_of(&match line {
        Some(line) => format!("{file}, line {line}"),
        None => file.to_string(),
    }, why))]
    Damaged {
        /// The file.
        file: Untrusted,
        /// The line in the file.
        line: Option<usize>,
        /// The problem, safe to print.
        why: String,
    },
    /// The memory of opened messages cannot be read.
    #[error("{file}, line {line}: not an opened message")]
    Memory {
        /// The file.
        file: Untrusted,
        /// The line in the file.
        line: usize,
    },
    /// Keys that arrived later differ from the pinned ones.
    #[error("{}", change.in_words(name))]
    Changed {
        /// The contact.
        name: Name,
        change: Box<KeyChange>,
    },
    /// A signing key that must not be trusted any more.
    #[error("{}", revoked.in_words(name.as_ref()))]
    Revoked {
        /// Its owner, if known.
        name: Option<Name>,
        /// The reason, and the day on which the revocation arrived.
        revoked: RevokedKey,
        /// Whether other keys arrived and were set aside.
        waiting: bool,
    },
    /// A card that was superseded by another of the same signing key.
    #[error("This card is older than {}, made on {on}, so it was not added", name.as_ref().map_or_else(|| "the card that is waiting for your decision".to_owned(), |name| format!("{name}'s \
        card")))]
    Older {
        /// The owner of the newer card, if it is the current one.
        name: Option<Name>,
        /// The day on which the newer card was made.
        on: Untrusted,
    },
    /// A card that differs from the known one of the same signing key, but has the same serial.
    #[error(
        "This card has the same serial number as {name}'s card, but it is a different one, so it \
         was not added"
    )]
    SameSerial {
        /// The contact that has the known card.
        name: Name,
    },
    /// Other keys than those of the successor that the pinned key named first.
    #[error(
        "{name}'s key already named a successor, which arrived on {on}; these are other keys, so \
         they were not added"
    )]
    OtherSuccessor {
        /// The contact.
        name: Name,
        /// The day on which the successor arrived.
        on: Untrusted,
    },
    /// A card by a signing key that was replaced.
    #[error(
        "This card was made with {name}'s former key, replaced on {on}; anyone who has that key \
         could have made it"
    )]
    Replaced {
        /// The contact.
        name: Name,
        /// The day.
        on: Untrusted,
    },
    /// One encryption key under two signing keys.
    #[error(
        "This card contains an encryption key of {name} with a different signing key, so it was \
         not added"
    )]
    Shared {
        /// The contact that has it already.
        name: Name,
    },
    /// Only a tombstone is left.
    #[error("{name} was removed on {on}")]
    Removed {
        /// The contact.
        name: Name,
        /// The day.
        on: Untrusted,
    },
    /// A name that a tombstone keeps.
    #[error("The name {name} is taken by a contact that was removed on {on}")]
    Kept {
        /// The name.
        name: Name,
        /// The day.
        on: Untrusted,
    },
    /// Somebody who only signs, named as a recipient.
    #[error("{who} only signs, so nothing can be encrypted to {who}")]
    SignsOnly {
        /// The contact, the identity or the card.
        who: Untrusted,
    },
    /// The user's own key, given as someone else's.
    #[error("One of these keys belongs to your own identity {identity}")]
    Own {
        /// The identity.
        identity: Name,
    },
    /// What was typed is not the check value, or not the safety number.
    #[error("The {} does not match {}; nothing changed", if *.safety_number { "safety number" } else { "check value" }, if *.pinned { "the \
        new keys".to_owned() } else { format!("{name}'s keys") })]
    WrongCode {
        /// The contact.
        name: Name,
        /// Whether the user was asked for a safety number.
        safety_number: bool,
        /// Whether the user typed the code of the pinned keys instead of that of the waiting ones.
        pinned: bool,
        /// The number of digits typed.
        typed: usize,
    },
    /// A revocation of the user's own key.
    #[error("This revokes your own identity {identity}; nothing changed here")]
    OwnRevocation {
        /// The identity.
        identity: Name,
    },
    /// There is nothing to decide.
    #[error("{name}'s keys have not changed, so there is nothing to decide")]
    NotChanged {
        /// The contact.
        name: Name,
    },
    /// A member that would make a group contain itself.
    #[error("Cannot add {member} to {group}: {}", if group == member { "a group cannot \
        contain itself" } else { "it \
        already contains that group" })]
    Inside {
        /// The group.
        group: Name,
        /// The member to add.
        member: Name,
    },
    /// The group has no member of this name.
    #[error("{} is not in the group {group}", member.quoted())]
    NotIn {
        /// The group.
        group: Name,
        /// The member to remove.
        member: Untrusted,
    },
    /// There are several identities, and none is the default.
    #[error("There are several identities and no default")]
    NoDefault {
        /// Their names.
        names: Vec<Name>,
    },
    /// A group without members.
    #[error("The group {name} is empty")]
    Empty {
        /// The name.
        name: Name,
    },
    /// A group that contains itself, directly or indirectly.
    #[error("The group {name} contains itself")]
    Circle {
        /// The name.
        name: Name,
    },
    /// A recipient that does not parse.
    #[error("{}: {error}", bulla_age::untrusted::Untrusted::new(text.as_raw().get(..24).unwrap_or(text.as_raw())))]
    Recipient {
        /// The text that was given.
        text: Untrusted,
        /// What is wrong with it.
        error: ParseError,
    },
    /// Post-quantum and classic keys would have to be mixed.
    #[error("Post-quantum and classic keys cannot be combined in one file")]
    Mixed {
        /// The people with post-quantum keys only.
        post_quantum: Vec<PersonName>,
        /// The people without a post-quantum key.
        classic: Vec<PersonName>,
    },
    /// A file that cannot be opened or written.
    #[error(transparent)]
    Files(files::Error),
    /// There was no room for a change, and nothing was changed.
    #[error(transparent)]
    NoRoom(files::Error),
    /// The public half of an identity is not the one that this machine knows.
    #[error("{file} does not have the keys that this machine knows for your identity {name}")]
    Foreign {
        /// The file.
        file: Untrusted,
        /// The identity.
        name: Name,
    },
    /// Groups that are nested too deep.
    #[error("The group {name} cannot be used, because it is inside more than {limit} groups")]
    TooDeep {
        /// The innermost group.
        name: Name,
        /// How deep groups may be.
        limit: usize,
    },
    /// The secret of an identity has other keys than its public half.
    #[error("{file} does not match the secret keys of identity {name}")]
    Differs {
        /// The file.
        file: Untrusted,
        /// The identity.
        name: Name,
    },
    /// An identity that this machine does not know.
    #[error("This machine does not know your identity {name} yet")]
    Unconfirmed {
        /// The identity.
        name: Name,
    },
    /// There is no place for the note about a change.
    #[error("Cannot record the change, because there is no folder for state")]
    NoState,
    /// A change failed halfway, and what it had done could not be undone.
    #[error("{}. The change could not be undone yet: {}", .error.with_causes(), .why.with_causes())]
    HalfDone {
        /// Why the change failed.
        error: Box<KeyringError>,
        /// Why it was not undone.
        why: Box<KeyringError>,
    },
    /// The secret file of an identity that was not created.
    #[error("{because}. The new secret key could not be removed: {file}")]
    SecretLeft {
        /// The file.
        file: Untrusted,
        /// Why the identity was not created.
        because: String,
    },
    /// No random number for the mark of a change.
    #[error("The system's random number generator failed")]
    NoRandomness,
}

impl From<files::Error> for KeyringError {
    /// A file that is too large to be one of ours is damaged, like one that does not parse.
    fn from(error: files::Error) -> Self {
        match error {
            files::Error::TooLarge { name, limit } => Self::Damaged {
                file: name,
                line: None,
                why: format!("it is larger than {limit} bytes, the limit for such files"),
            },
            error => Self::Files(error),
        }
    }
}

impl KeyringError {
    /// Returns whether a change is complete in spite of this error: only a power cut could undo it.
    pub(crate) fn is_complete(&self) -> bool {
        matches!(self, Self::Files(error) if error.is_complete())
    }

    /// The error and its causes as one sentence.
    pub(crate) fn with_causes(&self) -> String {
        let mut text = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            let more = error.to_string();
            if !text.ends_with(&more) {
                text = format!("{text}: {more}");
            }
            cause = error.source();
        }
        text
    }

    /// The error of a step that does not complete the change.
    pub(super) fn incomplete(self) -> Self {
        match self {
            Self::Files(error) => Self::Files(error.incomplete()),
            error => error,
        }
    }

    /// The same error for a change of which nothing is left.
    pub(super) fn unchanged(self) -> Self {
        match self {
            Self::Files(error) if error.is_out_of_space() && !error.is_complete() => {
                Self::NoRoom(error)
            }
            error => error,
        }
    }
}

/// Other keys that arrived for a contact, beside the pinned ones.
#[derive(Debug)]
pub(crate) struct KeyChange {
    /// Whether the pinned signing key vouches for them.
    pub(crate) vouched: bool,
    /// The code of the pinned keys, unless the user must type it.
    pub(crate) code: Option<VerificationCode>,
    /// The day on which the pinned keys were added.
    pub(crate) added: Untrusted,
    /// The day on which the others arrived.
    pub(crate) on: Untrusted,
}

/// A revoked signing key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RevokedKey {
    pub(crate) reason: Reason,
    pub(crate) on: Untrusted,
    /// Whether it is not the pinned key, but a former one that vouched for it.
    pub(crate) former: bool,
}

impl KeyChange {
    fn in_words(&self, name: &Name) -> String {
        let what = if self.vouched {
            format!("{name} has a new signing key, announced by the one you verified")
        } else {
            format!("{name} has two different sets of keys")
        };
        format!("{what}. Decide which are right before encrypting")
    }
}

impl RevokedKey {
    fn in_words(&self, name: Option<&Name>) -> String {
        let whose = match (name, self.former) {
            (None, _) => "The signing key of this card".to_owned(),
            (Some(name), false) => format!("{name}'s key"),
            (Some(name), true) => format!("{name}'s former key"),
        };
        let reason = match self.reason {
            Reason::Lost => "lost",
            Reason::Compromised => "stolen",
            Reason::Retired => "no longer used",
            Reason::Unspecified => "no reason given, possibly stolen",
        };
        let stands = if self.former {
            "; the current key was confirmed only by that one"
        } else {
            ""
        };
        let so = name.map_or_else(
            || "The card was not added".to_owned(),
            |name| format!("bulla will not encrypt to {name}"),
        );
        format!(
            "{whose} was revoked on {} ({reason}){stands}. {so}",
            self.on
        )
    }
}

/// Returns what is wrong with a thing. If the text begins with "it", that is the thing.
pub(super) fn said_of(thing: &str, why: &str) -> String {
    match why.strip_prefix("it ") {
        Some(rest) => format!("{thing} {rest}"),
        None => format!("{thing}: {why}"),
    }
}

fn kinds(wanted: &[EntryKind]) -> String {
    let nouns: Vec<_> = wanted.iter().map(|kind| kind.noun()).collect();
    match nouns.as_slice() {
        [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        nouns => nouns.concat(),
    }
}
