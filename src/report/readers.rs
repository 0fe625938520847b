//! For whom each stanza of a header is, and how sure that is.

use crate::keyring::KeyStatus;
use crate::report::people::{Key, Somebody, Whose};
use bulla_age::keys::Identity;
use bulla_age::protocol::{Class, Doubt, Effort, Listing, Opened, Sender, Unwrap, Wrap};
use bulla_age::untrusted::Untrusted;

/// A stanza that may be somebody's key.
pub(crate) struct Place {
    pub(crate) kind: Untrusted,
    pub(crate) seen: Seen,
}

/// The class of a stanza, with the people in it.
#[derive(Clone)]
pub(crate) enum Seen {
    Proved(Somebody),
    Opened(Somebody),
    /// By a key that is known but cannot be made again, or by one that is not.
    Listed(Option<Somebody>),
    Hidden,
    Unaccounted(Doubt),
    Unlisted,
}

/// All stanzas of a header.
pub(crate) struct Places {
    pub(crate) all: Vec<Place>,
    /// Keys of one's own that the header has, for those that can be told.
    pub(crate) own: Vec<Key>,
    /// What opened the file where it could not be told by which stanza.
    pub(crate) opened_by: Option<String>,
}

impl Places {
    /// The class of each. `identities` are those that were tried, of which the one of `opened` opened the file.
    pub(crate) fn of(
        (opened, sender): (&Opened, Option<&Sender>),
        keys: &[Key],
        identities: &[&dyn Identity],
    ) -> Self {
        let known: Vec<(&Key, &dyn Wrap)> = keys
            .iter()
            .filter_map(|key| Some((key, key.recipient.as_wrap()?)))
            .collect();
        let wraps: Vec<&dyn Wrap> = known.iter().map(|(_, wrap)| *wrap).collect();
        let own: Vec<&dyn Identity> = identities
            .iter()
            .copied()
            .filter(|one| one.is_settled())
            .collect();
        let unwraps: Vec<&dyn Unwrap> = own
            .iter()
            .copied()
            .map(|identity| -> &dyn Unwrap { identity })
            .collect();
        let classes = opened.classify(sender, &wraps, &unwraps);
        let mut mine: Vec<Key> = Vec::new();
        let seen = |class: &Class| match *class {
            Class::Proved { known: at } => {
                let key = known[at].0;
                if key.whose.is_own() {
                    mine.push(key.clone());
                }
                Seen::Proved(key.whose.clone())
            }
            Class::Opened { identity } => {
                let of = own[identity].recipients().unwrap_or_default();
                let texts: Vec<String> = of.iter().map(ToString::to_string).collect();
                let is_its =
                    |key: &&Key| key.whose.is_own() && texts.contains(&key.recipient.to_string());
                let its: Vec<&Key> = keys.iter().filter(is_its).collect();
                mine.extend(its.iter().map(|key| (*key).clone()));
                Seen::Opened(its.first().map_or_else(oneself, |key| key.whose.clone()))
            }
            Class::Listed(Listing::Named(rid)) => {
                let named = keys.iter().find(|key| key.rid() == rid);
                Seen::Listed(named.map(|key| key.whose.clone()))
            }
            Class::Listed(_) => Seen::Listed(None),
            Class::Hidden => Seen::Hidden,
            Class::Unaccounted(doubt) => Seen::Unaccounted(doubt),
            Class::Unlisted => Seen::Unlisted,
        };
        let seen: Vec<Seen> = classes.iter().map(seen).collect();
        let kinds = opened
            .recipients()
            .map(|stanza| Untrusted::new(stanza.tag.clone()));
        let all = kinds
            .zip(seen)
            .map(|(kind, seen)| Place { kind, seen })
            .collect();
        let mut places = Self {
            all,
            own: mine,
            opened_by: None,
        };
        places.by_program(identities.get(opened.identity()).copied());
        places
    }

    /// A program does not say which stanza it opened: where one alone is left, it is that.
    fn by_program(&mut self, opener: Option<&dyn Identity>) {
        let Some(opener) = opener.filter(|opener| !opener.is_settled()) else {
            return;
        };
        let is_mine = |place: &Place| match &place.seen {
            Seen::Proved(somebody) => somebody.is_own(),
            Seen::Opened(_) => true,
            _ => false,
        };
        if self.all.iter().any(is_mine) {
            return;
        }
        let mut left = self
            .all
            .iter_mut()
            .filter(|place| !matches!(place.seen, Seen::Proved(_)));
        match (left.next(), left.next()) {
            (Some(only), None) => only.seen = Seen::Opened(oneself()),
            _ => self.opened_by = Some(opener.describe()),
        }
    }
}

fn oneself() -> Somebody {
    Somebody::new(Whose::Own {
        name: None,
        only: true,
    })
}

/// Whether an identity costs nothing to be asked for its recipients.
pub(crate) fn is_open(identity: &dyn Identity) -> bool {
    identity.effort() == Effort::None || identity.is_settled()
}

impl Seen {
    /// One word for it.
    pub(crate) fn class(&self) -> &'static str {
        match self {
            Self::Proved(_) => "proved",
            Self::Opened(_) => "opened",
            Self::Listed(_) => "listed",
            Self::Hidden => "hidden",
            Self::Unaccounted(_) => "unaccounted",
            Self::Unlisted => "unlisted",
        }
    }

    /// Whose it is, as far as that is known.
    pub(crate) fn whose(&self) -> Option<&Somebody> {
        match self {
            Self::Proved(somebody) | Self::Opened(somebody) => Some(somebody),
            Self::Listed(somebody) => somebody.as_ref(),
            _ => None,
        }
    }

    /// What that means, for whoever looks at each.
    pub(crate) fn explained(&self) -> &'static str {
        match self {
            Self::Proved(somebody) if somebody.is_own() => "proved",
            Self::Proved(somebody) if somebody.is_checked => "proved, and checked with them",
            Self::Proved(somebody) if somebody.standing == KeyStatus::Current => {
                "proved; never checked with them"
            }
            // Its name says that it is not their key now; what was checked were others, or nobody knows any more.
            Self::Proved(_) => "proved",
            Self::Opened(_) => "opens it; no proof that it opens for you alone",
            Self::Listed(Some(_)) => "listed; a key of this kind cannot be proved",
            Self::Listed(None) => "listed by a key that is not in your keyring; not proved",
            Self::Hidden => "not named by whoever closed it",
            Self::Unaccounted(Doubt::Grease) => {
                "some programs add such as filler; anyone can imitate one, and it could be a key"
            }
            Self::Unaccounted(Doubt::OtherKey) => {
                "listed as somebody you know, and it is not that person's key"
            }
            Self::Unaccounted(Doubt::Unrecorded) => "nobody says whose this is",
            Self::Unlisted => "this file carries no list",
        }
    }
}
