//! The kinds of things in the keyring.

/// The kinds of things that a name can refer to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum EntryKind {
    Identity,
    Contact,
    Group,
    /// The revocation of a contact's signing key. Its name is that key.
    Revocation,
}

impl EntryKind {
    /// The kinds that people give names to.
    pub(crate) const ALL: [Self; 3] = [Self::Contact, Self::Group, Self::Identity];
    /// The kinds that have a folder.
    pub(crate) const FOLDERS: [Self; 4] =
        [Self::Contact, Self::Group, Self::Identity, Self::Revocation];

    /// The folder in the keyring.
    pub(crate) fn folder(self) -> &'static str {
        match self {
            Self::Identity => "identities",
            Self::Contact => "contacts",
            Self::Group => "groups",
            Self::Revocation => "revocations",
        }
    }

    /// The word for it in messages.
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Contact => "contact",
            Self::Group => "group",
            Self::Revocation => "revocation",
        }
    }
}
