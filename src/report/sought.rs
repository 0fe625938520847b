//! People whom a file is searched for: may they open it?

use clap::Args;

use crate::context::Context;
use crate::errors::{Refusal, Result, usage};
use crate::identities::confirmed;
use crate::keyring::{KeyStatus, Name, PersonKeys, PersonName};
use crate::report::file_report::FileReport;
use crate::report::people::Person;
use crate::report::readers::ReaderStatus;
use bulla_age::untrusted::Untrusted;

/// A contact, an identity, or the members of a group.
#[derive(Clone, Debug)]
pub(crate) struct Sought {
    members: Vec<Member>,
}

/// One person.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    name: Name,
    /// Whether it is one of the user's own identities.
    is_own: bool,
}

impl Sought {
    /// Finds somebody whose keys may be used now, because files must be readable for them.
    pub(crate) fn usable(name: &str, context: &Context) -> Result<Self> {
        Self::of(name, &confirmed::resolve(&[name.to_owned()], context)?)
    }

    /// Finds somebody of whom the keyring has keys, even if they were removed or revoked.
    pub(crate) fn known(name: &str, context: &Context) -> Result<Self> {
        let names = confirmed::with_oneself(&[name.to_owned()], context)?;
        Self::of(name, &context.keyring()?.every_key_of(&names)?)
    }

    fn of(name: &str, people: &[PersonKeys]) -> Result<Self> {
        let member = |somebody: &PersonKeys| match &somebody.who {
            PersonName::Contact { name, .. } => Ok(Member {
                name: name.clone(),
                is_own: false,
            }),
            PersonName::Identity(name) => Ok(Member {
                name: name.clone(),
                is_own: true,
            }),
            PersonName::Recipient(_) => Err(usage(
                &format!("{} is a key, not a name", Untrusted::new(name)),
                Some("Add it as a contact first: bulla contact add NAME KEY"),
            )),
        };
        let members = people.iter().map(member).collect::<Result<_>>()?;
        Ok(Self { members })
    }

    /// Returns the people.
    pub(crate) fn members(&self) -> &[Member] {
        &self.members
    }
}

impl Member {
    pub(crate) fn name(&self) -> &Name {
        &self.name
    }

    /// Returns whether it is one of the user's own identities.
    pub(super) fn is_own(&self) -> bool {
        self.is_own
    }

    /// Returns whether this is them.
    pub(crate) fn is(&self, somebody: &Person) -> bool {
        somebody.is_own() == self.is_own && somebody.is_called(&self.name)
    }
}

impl FileReport {
    /// Returns whether somebody may be able to open the file: one of their keys is proved to be in
    /// it, or the list says so. Keys that are former, waiting or revoked count.
    pub(crate) fn may_be_open_to(&self, member: &Member) -> bool {
        self.persons().any(|somebody| member.is(somebody))
    }

    /// Returns whether somebody can open the file with a key that they still use: it is proved, or
    /// listed if keys of its type cannot be proved. Earlier keys of the user's own identities are
    /// still the user's.
    pub(crate) fn is_open_to(&self, member: &Member) -> bool {
        let in_use = |somebody: &Person| match somebody.standing {
            KeyStatus::Current => true,
            KeyStatus::Former { .. } => somebody.is_own(),
            KeyStatus::Changed | KeyStatus::Revoked => false,
        };
        self.persons()
            .any(|somebody| member.is(somebody) && in_use(somebody))
    }

    /// Returns the known readers, by whatever evidence.
    pub(super) fn persons(&self) -> impl Iterator<Item = &Person> {
        let readers = self.readers.all.iter();
        readers.filter_map(|reader| reader.status.whose())
    }

    /// Returns the number of keys whose owner is unknown.
    pub(crate) fn unknown_keys(&self) -> usize {
        self.count(|seen| seen.whose().is_none())
    }

    /// Returns whether every reader is proved, and nothing in the header is strange.
    pub(crate) fn is_proved(&self) -> bool {
        self.count(|seen| !matches!(seen, ReaderStatus::Proved(_))) == 0
            && self.warnings().is_empty()
    }
}

/// The option that demands readers.
#[derive(Args, Clone, Debug)]
pub(crate) struct RequireOption {
    /// Fail with exit code 7 unless this contact, group or identity can open the file (repeatable)
    #[arg(long, value_name = "NAME")]
    require: Vec<String>,
}

impl RequireOption {
    /// Returns the people who must be readers, whose keys must be usable.
    pub(crate) fn required(&self, context: &Context) -> Result<Vec<Sought>> {
        let names = self.require.iter();
        names.map(|name| Sought::usable(name, context)).collect()
    }
}

/// Refuses a file that one of these people cannot be shown to be able to open. A file with a
/// passphrase has no readers.
pub(crate) fn require_readers(account: Option<&FileReport>, required: &[Sought]) -> Result<()> {
    let can_open = |member: &&Member| account.is_some_and(|account| account.is_open_to(member));
    let missing: Vec<String> = required
        .iter()
        .flat_map(Sought::members)
        .filter(|member| !can_open(member))
        .map(|member| member.name().to_string())
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(Refusal::NotReaders {
        names: missing,
        unknown: account.map_or(0, FileReport::unknown_keys),
    }
    .into())
}
