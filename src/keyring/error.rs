//! Errors of the keyring.

use crate::card::Reason;
use crate::files;
use crate::keyring::entry::EntryKind;
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
    #[error("There is no {} {}", kinds(.wanted), .name.quoted())]
    Unknown {
        /// The name that was given.
        name: Untrusted,
        /// The kinds that were looked for.
        wanted: Vec<EntryKind>,
        /// Similar names.
        near: Vec<String>,
    },
    /// Something has this name already, perhaps in other case.
    #[error("There is already a{} {} called {name}", if matches!(.kind, EntryKind::Identity) { "n" } else { "" }, .kind.noun())]
    Taken {
        /// The existing name.
        name: Name,
        /// The kind of the existing entry.
        kind: EntryKind,
    },
    /// A secret without its public half.
    #[error("{file} exists, but its public file is missing")]
    Orphan {
        /// The file of the secret.
        file: Untrusted,
    },
    /// A file that cannot be read, after manual editing or a disk error.
    #[error("{file}{}: {why}", .line.map_or_else(String::new, |line| format!(", line {line}")))]
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
    /// The user's own key, given as someone else's.
    #[error("One of these keys belongs to your own identity {identity}")]
    Own {
        /// The identity.
        identity: Name,
    },
    /// What was typed is not the check value, or not the safety number.
    #[error("That is not the {} of {}; nothing changed", if *.safety_number { "safety number" } else { "check value" }, if *.pinned { "the \
        new keys".to_owned() } else { format!("{name}'s keys") })]
    WrongCode {
        /// The contact.
        name: Name,
        /// Whether the user was asked for a safety number.
        safety_number: bool,
        /// Whether the user typed the code of the pinned keys instead of that of the waiting ones.
        pinned: bool,
        /// The number of characters typed, without spaces.
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
    Files(#[from] files::Error),
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
            ", and only that key confirmed the current one"
        } else {
            ""
        };
        let so = if name.is_some() {
            "bulla will not encrypt to it"
        } else {
            "The card was not added"
        };
        format!(
            "{whose} was revoked on {} ({reason}){stands}. {so}",
            self.on
        )
    }
}

fn kinds(wanted: &[EntryKind]) -> String {
    let nouns: Vec<_> = wanted.iter().map(|kind| kind.noun()).collect();
    match nouns.as_slice() {
        [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        nouns => nouns.concat(),
    }
}
