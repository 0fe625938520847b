//! What can be wrong with a keyring.

use crate::card::Reason;
use crate::files;
use crate::keyring::entry::EntryKind;
use crate::keyring::name::{InvalidName, Name, PersonName};
use crate::keyring::verification::VerificationCode;
use bulla_age::ParseError;
use bulla_age::untrusted::Untrusted;

/// A failure of the keyring.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyringError {
    /// A text that is not a valid name.
    #[error(transparent)]
    Name(#[from] InvalidName),
    /// Nothing is called that.
    #[error("There is no {} {}", kinds(.wanted), .name.quoted())]
    Unknown {
        /// What was asked for.
        name: Untrusted,
        /// What it could have been.
        wanted: Vec<EntryKind>,
        /// Names that look like it.
        near: Vec<String>,
    },
    /// Something is called that already, or the same but for case.
    #[error("There is already a{} {} called {name}", if matches!(.kind, EntryKind::Identity) { "n" } else { "" }, .kind.noun())]
    Taken {
        /// Its name.
        name: Name,
        /// What it is.
        kind: EntryKind,
    },
    /// A secret without what is public of it.
    #[error("{file} exists, but its public file is missing")]
    Orphan {
        /// The secret's file.
        file: Untrusted,
    },
    /// A file that cannot be read, by hand or by a bad disk.
    #[error("{file}{}: {why}", .line.map_or_else(String::new, |line| format!(", line {line}")))]
    Damaged {
        /// Which.
        file: Untrusted,
        /// Where in it.
        line: Option<usize>,
        /// What is wrong, safe to show.
        why: String,
    },
    /// What is remembered of messages cannot be read.
    #[error("{file}, line {line}: not an opened message")]
    Memory {
        /// Which file.
        file: Untrusted,
        /// Where in it.
        line: usize,
    },
    /// What came later differs from what is pinned.
    #[error("{}", change.in_words(name))]
    Changed {
        /// The contact.
        name: Name,
        change: Box<KeyChange>,
    },
    /// A signing key that is not to be believed any more.
    #[error("{}", revoked.in_words(name.as_ref()))]
    Revoked {
        /// Whose; none where it is nobody's who is known.
        name: Option<Name>,
        /// Why, and since when it is known.
        revoked: RevokedKey,
        /// Whether other keys came, and wait.
        waiting: bool,
    },
    /// A card that another of the same signing key took the place of.
    #[error("This card is older than {}, made on {on}, so it was not added", name.as_ref().map_or_else(|| "the \
        card you have not decided on".to_owned(), |name| format!("{name}'s \
        card")))]
    Older {
        /// Whose; none where that one is not in force.
        name: Option<Name>,
        /// When the newer one was made.
        on: Untrusted,
    },
    /// A card that differs from the known one of the same signing key, but has the same serial.
    #[error(
        "this card has the same serial number as the one of {name}, but it is another: it was not taken"
    )]
    SameSerial {
        /// The contact that has the known card.
        name: Name,
    },
    /// A card by a signing key that another took the place of.
    #[error(
        "This card was made with {name}'s former key, replaced on {on}; anyone who has that key \
         could have made it"
    )]
    Replaced {
        /// Whose.
        name: Name,
        /// When.
        on: Untrusted,
    },
    /// One encryption key under two signing keys.
    #[error(
        "This card contains an encryption key of {name} with a different signing key, so it was \
         not added"
    )]
    Shared {
        /// Who has it already.
        name: Name,
    },
    /// Only a tombstone is left.
    #[error("{name} was removed on {on}")]
    Removed {
        /// Who.
        name: Name,
        /// When.
        on: Untrusted,
    },
    /// A name that a tombstone keeps.
    #[error("The name {name} is taken by a contact that was removed on {on}")]
    Kept {
        /// Which.
        name: Name,
        /// When.
        on: Untrusted,
    },
    /// A key of one's own, as somebody else's.
    #[error("One of these keys belongs to your own identity {identity}")]
    Own {
        /// Whose.
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
    /// It is one's own key that is revoked.
    #[error("This revokes your own identity {identity}; nothing changed here")]
    OwnRevocation {
        /// Which.
        identity: Name,
    },
    /// Nothing is to be decided.
    #[error("{name}'s keys have not changed, so there is nothing to decide")]
    NotChanged {
        /// Whose.
        name: Name,
    },
    /// A member through which a group would come into itself.
    #[error("Cannot add {member} to {group}: {}", if group == member { "a group cannot \
        contain itself" } else { "it \
        already contains that group" })]
    Inside {
        /// Which group.
        group: Name,
        /// What should have been put in.
        member: Name,
    },
    /// Nobody of this name is in the group.
    #[error("{} is not in the group {group}", member.quoted())]
    NotIn {
        /// Which group.
        group: Name,
        /// Who should have been taken out.
        member: Untrusted,
    },
    /// Several identities, and none of them said to be the one.
    #[error("There are several identities and no default")]
    NoDefault {
        /// Their names.
        names: Vec<Name>,
    },
    /// A group of nobody.
    #[error("The group {name} is empty")]
    Empty {
        /// Which.
        name: Name,
    },
    /// A group that is in itself, directly or not.
    #[error("The group {name} contains itself")]
    Circle {
        /// Which.
        name: Name,
    },
    /// A recipient that does not parse.
    #[error("{}: {error}", bulla_age::untrusted::Untrusted::new(text.as_raw().get(..24).unwrap_or(text.as_raw())))]
    Recipient {
        /// What was given.
        text: Untrusted,
        /// What is wrong with it.
        error: ParseError,
    },
    /// Post-quantum and classic keys would have to be mixed.
    #[error("Post-quantum and classic keys cannot be combined in one file")]
    Mixed {
        /// Those who have nothing else.
        post_quantum: Vec<PersonName>,
        /// Those who have none.
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
    /// When the pinned keys were added.
    pub(crate) added: Untrusted,
    /// When the others arrived.
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
        format!("{what}: nothing is sent until you decide which are right")
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
