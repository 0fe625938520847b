//! What becomes of somebody else's keys: pinned when they first come, checked, changed, removed.
//!
//! Owns the rules by which a contact's file changes (formats.md, section 5). It knows neither how keys came in nor who
//! is asked. What a contact card says is kept as it came, and not interpreted here.

use std::collections::BTreeSet;

use super::change::Change;
use super::entry::{Changed, Contact, Identity, Kind};
use super::error::{Against, Error};
use super::name::Name;
use super::store::{Keyring, parse_recipients};
use crate::keys::Recipient;
use crate::keys::fingerprint::check_value;
use crate::untrusted::Untrusted;

/// Keys as they came: which, when, and from where.
pub(crate) struct Arrival {
    pub(crate) recipients: Vec<Recipient>,
    pub(crate) on: String,
    pub(crate) source: String,
}

/// What adding keys came to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Added {
    /// The name is new.
    Pinned,
    /// The name was removed once.
    PinnedAnew(Former),
    /// Nothing changes: these are the pinned keys.
    Same,
    /// Other keys than the pinned ones, which stay in force. Where others had come before, those are forgotten.
    Changed { instead_of_those_of: Option<Untrusted> },
}

/// What a tombstone says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Former {
    pub(crate) removed: Untrusted,
    /// Not told where it is what a check would ask for: the same keys, never checked.
    pub(crate) check: Option<String>,
    pub(crate) same: bool,
}

/// What is known of a contact's keys.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum State {
    Unverified,
    Verified { on: Untrusted },
    Changed { on: Untrusted },
}

/// How other keys are taken for the right ones.
#[derive(Clone, Copy)]
pub(crate) enum Acceptance<'a> {
    /// By this check value, which somebody read out and somebody typed.
    Checked(&'a str),
    Unchecked,
}

impl Contact {
    /// What is known of its keys.
    pub(crate) fn state(&self) -> State {
        match (&self.changed, &self.verified) {
            (Some(changed), _) => State::Changed { on: Untrusted::new(changed.on.as_str()) },
            (None, Some(on)) => State::Verified { on: Untrusted::new(on.as_str()) },
            (None, None) => State::Unverified,
        }
    }

    /// Refuses one whose keys must not be used now.
    ///
    /// # Errors
    /// [`Error::Removed`], [`Error::Changed`].
    pub(crate) fn usable(&self, name: &Name) -> Result<(), Error> {
        self.living(name)?;
        match &self.changed {
            None => Ok(()),
            Some(changed) => {
                let (added, on) = (Untrusted::new(self.added.as_str()), Untrusted::new(changed.on.as_str()));
                let against = Box::new(Against { check: self.check(name)?, added, on });
                Err(Error::Changed { name: name.clone(), against })
            }
        }
    }

    /// Refuses a tombstone.
    pub(crate) fn living(&self, name: &Name) -> Result<(), Error> {
        match &self.removed {
            None => Ok(()),
            Some(on) => Err(Error::Removed { name: name.clone(), on: Untrusted::new(on.as_str()) }),
        }
    }

    /// The check value of the pinned keys.
    pub(crate) fn check(&self, name: &Name) -> Result<String, Error> {
        Ok(check_value(&texts(&self.pinned(name)?)))
    }

    /// The pinned keys.
    pub(crate) fn pinned(&self, name: &Name) -> Result<Vec<Recipient>, Error> {
        parse_recipients(&self.recipients, Kind::Contact, name)
    }

    /// Whether one of these is pinned, or came later.
    fn has_one_of(&self, texts: &[String]) -> bool {
        let changed = self.changed.iter().flat_map(|changed| &changed.recipients);
        self.recipients.iter().chain(changed).any(|known| texts.contains(known))
    }

    fn pin(&mut self, recipients: Vec<String>, on: String, source: String) {
        (self.recipients, self.added, self.source) = (recipients, on, source);
        (self.verified, self.removed, self.changed) = (None, None, None);
    }
}

impl Identity {
    /// Its recipients.
    pub(crate) fn parsed(&self, name: &Name) -> Result<Vec<Recipient>, Error> {
        parse_recipients(&self.recipients, Kind::Identity, name)
    }
}

impl Keyring {
    /// A contact that was not removed.
    ///
    /// # Errors
    /// [`Error::Unknown`], [`Error::Removed`].
    pub(crate) fn contact(&self, name: &Name) -> Result<Contact, Error> {
        let contact: Contact = self.get(name)?;
        contact.living(name)?;
        Ok(contact)
    }

    /// Refuses keys, however they were given, that are in question: those of a contact for whom others came, and those.
    /// What else is wrong with the keyring does not matter to whom it is not asked about.
    ///
    /// # Errors
    /// [`Error::Changed`].
    pub(crate) fn refuse_changed(&self, recipients: &[Recipient]) -> Result<(), Error> {
        if recipients.is_empty() {
            return Ok(());
        }
        let texts = texts(recipients);
        for (name, contact) in self.all_with::<Contact>("changed")? {
            let Ok(contact) = contact else { continue };
            if contact.removed.is_none() && contact.changed.is_some() && contact.has_one_of(&texts) {
                contact.usable(&name)?;
            }
        }
        Ok(())
    }

    /// The other contacts that one of these keys came for. Files that cannot be read are passed over.
    pub(crate) fn also_known_as(&self, recipients: &[Recipient], name: &Name) -> Result<Vec<Name>, Error> {
        let texts = texts(recipients);
        let has = |contact: &Contact| contact.removed.is_none() && contact.has_one_of(&texts);
        let mut others = BTreeSet::new();
        for text in &texts {
            for (other, contact) in self.all_with::<Contact>(text)? {
                if other != *name && contact.is_ok_and(|contact| has(&contact)) {
                    others.insert(other);
                }
            }
        }
        Ok(others.into_iter().collect())
    }
}

impl Change<'_> {
    /// Takes in what came for a name.
    ///
    /// # Errors
    /// [`Error::Own`], [`Error::Taken`], [`Error::Damaged`].
    pub(crate) fn add_contact(&mut self, name: &Name, came: Arrival) -> Result<Added, Error> {
        self.refuse_own(&came.recipients)?;
        let Arrival { recipients, on, source } = came;
        let recipients = texts(&recipients);
        let Some((known, mut contact)) = self.contact_like(name)? else {
            self.put(name, &Contact::new(recipients, on, source));
            return Ok(Added::Pinned);
        };
        let same = is_same(&texts(&contact.pinned(&known)?), &recipients);
        if let Some(removed) = &contact.removed {
            let removed = Untrusted::new(removed.as_str());
            let tells = !same || contact.verified.is_some();
            let check = if tells { Some(contact.check(&known)?) } else { None };
            if known != *name {
                self.remove(Kind::Contact, &known);
            }
            contact.pin(recipients, on, source);
            self.put(name, &contact);
            return Ok(Added::PinnedAnew(Former { removed, check, same }));
        }
        if same {
            return Ok(Added::Same);
        }
        let before = contact.changed.take();
        if before.as_ref().is_some_and(|before| is_same(&before.recipients, &recipients)) {
            return Ok(Added::Changed { instead_of_those_of: None });
        }
        contact.changed = Some(Changed::new(recipients, on, source));
        self.put(name, &contact);
        let instead_of_those_of = before.map(|before| Untrusted::new(before.on));
        Ok(Added::Changed { instead_of_those_of })
    }

    /// Notes that the check value was read out and typed, if it is the right one.
    ///
    /// # Errors
    /// [`Error::WrongCheck`]; [`Error::Changed`] before it is decided which keys are meant.
    pub(crate) fn verify_contact(&mut self, name: &Name, typed: &str, on: String) -> Result<(), Error> {
        let mut contact = self.keyring().contact(name)?;
        contact.usable(name)?;
        if !agrees(typed, &contact.check(name)?) {
            return Err(Error::WrongCheck { name: name.clone(), pinned: false });
        }
        contact.verified = Some(on);
        self.put(name, &contact);
        Ok(())
    }

    /// Keeps the pinned keys, and forgets those that came later.
    ///
    /// # Errors
    /// [`Error::NotChanged`].
    pub(crate) fn keep_pinned(&mut self, name: &Name) -> Result<(), Error> {
        let mut contact = self.keyring().contact(name)?;
        match contact.changed.take() {
            None => Err(Error::NotChanged { name: name.clone() }),
            Some(_) => {
                self.put(name, &contact);
                Ok(())
            }
        }
    }

    /// Pins the keys that came later instead of the pinned ones.
    ///
    /// # Errors
    /// [`Error::NotChanged`], [`Error::WrongCheck`], [`Error::Own`].
    pub(crate) fn take_changed(
        &mut self,
        name: &Name,
        acceptance: Acceptance<'_>,
        on: String,
    ) -> Result<(), Error> {
        let mut contact = self.keyring().contact(name)?;
        let check = contact.check(name)?;
        let Some(changed) = contact.changed.take() else {
            return Err(Error::NotChanged { name: name.clone() });
        };
        let recipients = parse_recipients(&changed.recipients, Kind::Contact, name)?;
        self.refuse_own(&recipients)?;
        let recipients = texts(&recipients);
        if let Acceptance::Checked(typed) = acceptance
            && !agrees(typed, &check_value(&recipients))
        {
            return Err(Error::WrongCheck { name: name.clone(), pinned: agrees(typed, &check) });
        }
        contact.pin(recipients, on.clone(), changed.source);
        contact.verified = matches!(acceptance, Acceptance::Checked(_)).then_some(on);
        self.put(name, &contact);
        Ok(())
    }

    /// Leaves a tombstone, and takes the name out of the groups that have it; gives these.
    pub(crate) fn remove_contact(&mut self, name: &Name, on: String) -> Result<Vec<Name>, Error> {
        let mut contact = self.keyring().contact(name)?;
        let groups = self.drop_from_groups(name)?;
        contact.removed = Some(on);
        self.put(name, &contact);
        Ok(groups)
    }

    /// The contact of this name, or a tombstone that differs from it in case only.
    fn contact_like(&self, name: &Name) -> Result<Option<(Name, Contact)>, Error> {
        if let Some(contact) = self.keyring().find::<Contact>(name)? {
            return Ok(Some((name.clone(), contact)));
        }
        match self.keyring().taken(name)? {
            None => Ok(None),
            Some((kind, found)) => {
                let contact = match kind {
                    Kind::Contact => self.keyring().find::<Contact>(&found)?,
                    Kind::Group | Kind::Identity => None,
                };
                match contact.filter(|contact| contact.removed.is_some()) {
                    Some(tombstone) => Ok(Some((found, tombstone))),
                    None => Err(Error::Taken { name: found, kind }),
                }
            }
        }
    }

    fn refuse_own(&self, recipients: &[Recipient]) -> Result<(), Error> {
        let given = texts(recipients);
        for (identity, own) in self.keyring().all::<Identity>()? {
            let own = texts(&own?.parsed(&identity)?);
            if own.iter().any(|own| given.contains(own)) {
                return Err(Error::Own { identity });
            }
        }
        Ok(())
    }
}

/// As they are kept, each once.
fn texts(recipients: &[Recipient]) -> Vec<String> {
    let mut texts: Vec<String> = Vec::new();
    for text in recipients.iter().map(ToString::to_string) {
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    texts
}

fn is_same(one: &[String], other: &[String]) -> bool {
    one.len() == other.len() && one.iter().all(|recipient| other.contains(recipient))
}

/// Spaces and case are a matter of how it was read out.
fn agrees(typed: &str, check: &str) -> bool {
    let typed: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
    typed.eq_ignore_ascii_case(check)
}

#[cfg(test)]
mod tests;
