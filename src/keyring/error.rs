//! What can be wrong with a keyring.

use super::entry::Kind;
use super::name::Name;
use super::resolve::Who;
use crate::files;
use crate::keys::ParseError;
use crate::untrusted::Untrusted;

/// A failure of the keyring.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// No name.
    #[error("{} is no name: {why}", text.quoted())]
    Name {
        /// What was given.
        text: Untrusted,
        /// Which rule it breaks.
        why: &'static str,
    },
    /// Nothing is called that.
    #[error("there is no {} {}", kinds(.wanted), .name.quoted())]
    Unknown {
        /// What was asked for.
        name: Untrusted,
        /// What it could have been.
        wanted: Vec<Kind>,
        /// Names that look like it.
        near: Vec<String>,
    },
    /// Something is called that already, or the same but for case.
    #[error("there is a{} {} called {name} already", if matches!(.kind, Kind::Identity) { "n" } else { "" }, .kind.noun())]
    Taken {
        /// Its name.
        name: Name,
        /// What it is.
        kind: Kind,
    },
    /// A secret without what is public of it.
    #[error("{file} stands there without a file that says what is public of it")]
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
    /// Recipients that came later differ from the pinned ones.
    #[error("{name}'s keys changed: nothing is sent until you decide which are right")]
    Changed {
        /// Whose.
        name: Name,
        /// What stands against what.
        against: Box<Against>,
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
    #[error("the name {name} is kept: a contact that was called so was removed on {on}")]
    Kept {
        /// Which.
        name: Name,
        /// When.
        on: Untrusted,
    },
    /// A key of one's own, as somebody else's.
    #[error("one of these keys is your own: it belongs to your identity {identity}")]
    Own {
        /// Whose.
        identity: Name,
    },
    /// What was typed is not the check value.
    #[error("that is not the check value of {}: nothing was changed", if *.pinned { "the other keys".to_owned() } else { format!("{name}'s keys") })]
    WrongCheck {
        /// Whose.
        name: Name,
        /// It is that of the pinned keys, where those that came later were asked about.
        pinned: bool,
    },
    /// Nothing is to be decided.
    #[error("{name}'s keys have not changed: there is nothing to decide")]
    NotChanged {
        /// Whose.
        name: Name,
    },
    /// A member through which a group would come into itself.
    #[error("{member} cannot be put into {group}: {}", if group == member { "a group is not in itself" } else { "it has that group in it" })]
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
    #[error("there are several identities, and none is the default one")]
    NoDefault {
        /// Their names.
        names: Vec<Name>,
    },
    /// A group of nobody.
    #[error("the group {name} is empty")]
    Empty {
        /// Which.
        name: Name,
    },
    /// A group that is in itself, directly or not.
    #[error("the group {name} is in itself")]
    Circle {
        /// Which.
        name: Name,
    },
    /// A recipient that does not parse.
    #[error("{}: {error}", crate::untrusted::Untrusted::new(text.as_raw().get(..24).unwrap_or(text.as_raw())))]
    Recipient {
        /// What was given.
        text: Untrusted,
        /// What is wrong with it.
        error: ParseError,
    },
    /// Post-quantum and classic keys would have to be mixed.
    #[error("post-quantum and classic keys cannot be mixed in one file")]
    Mixed {
        /// Those who have nothing else.
        post_quantum: Vec<Who>,
        /// Those who have none.
        classic: Vec<Who>,
    },
    /// A file that cannot be opened or written.
    #[error(transparent)]
    Files(#[from] files::Error),
}

/// Pinned keys, and that others came.
#[derive(Debug)]
pub(crate) struct Against {
    /// The check value of the pinned ones.
    pub(crate) check: String,
    /// When those were pinned.
    pub(crate) added: Untrusted,
    /// When the others came.
    pub(crate) on: Untrusted,
}

fn kinds(wanted: &[Kind]) -> String {
    let nouns: Vec<_> = wanted.iter().map(|kind| kind.noun()).collect();
    match nouns.as_slice() {
        [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        nouns => nouns.concat(),
    }
}
