//! Keys that are refused or pointed out wherever they come from: one's own, those in question, those of somebody else.

use std::collections::BTreeSet;

use crate::card::Card;
use crate::keyring::decide::SigningKeyRole;
use crate::keyring::entry::{Contact, EntryKind, FormerKeys, StoredIdentity};
use crate::keyring::error::KeyringError;
use crate::keyring::facts::{as_text, key_in};
use crate::keyring::known::who;
use crate::keyring::name::Name;
use crate::keyring::resolve::PersonName;
use crate::keyring::store::Keyring;
use crate::keyring::trust::{ReceivedKeys, key_of, texts};
use bulla_age::AnyRecipient;
use bulla_age::untrusted::Untrusted;

impl Contact {
    /// Whether one of these is pinned, or came later.
    fn has_one_of(&self, texts: &[String]) -> bool {
        let others = self.changed.iter().chain(&self.conflict);
        let others = others.flat_map(|other| &other.recipients);
        self.recipients
            .iter()
            .chain(others)
            .any(|known| texts.contains(known))
    }

    /// Whether one of these belongs to this signing key: in force, waiting or former.
    fn has_of(&self, key: &[u8; 32], texts: &[String]) -> bool {
        let has = |recipients: &[String]| recipients.iter().any(|known| texts.contains(known));
        let mut former = self
            .former
            .iter()
            .filter(|former| self.key_of_former(former).as_ref() == Some(key));
        let waiting = self.changed.iter().chain(&self.conflict);
        let mut waiting = waiting.filter(|other| key_of(other).as_ref() == Some(key));
        self.signing_key() == Some(key) && has(&self.recipients)
            || waiting.any(|other| has(&other.recipients))
            || former.any(|former| has(&former.recipients))
    }

    /// The signing key of former keys: the pinned one where none is said, as earlier versions left it.
    pub(super) fn key_of_former(&self, former: &FormerKeys) -> Option<[u8; 32]> {
        former
            .signing_key()
            .ok()
            .flatten()
            .or_else(|| self.signing_key().copied())
    }

    /// Under which signing keys one of these is in force, or was.
    fn signing_keys_over(&self, texts: &[String]) -> Vec<[u8; 32]> {
        let has = |recipients: &[String]| recipients.iter().any(|known| texts.contains(known));
        let former = self.former.iter().filter(|former| has(&former.recipients));
        let former = former.filter_map(|former| self.key_of_former(former));
        let pinned = self
            .signing_key()
            .filter(|_| has(&self.recipients))
            .copied();
        pinned.into_iter().chain(former).collect()
    }
}

impl Keyring {
    /// A contact that was not removed.
    ///
    /// # Errors
    /// [`KeyringError::Unknown`], [`KeyringError::Removed`].
    pub(crate) fn contact(&self, name: &Name) -> Result<Contact, KeyringError> {
        let contact: Contact = self.get(name)?;
        contact.living(name)?;
        Ok(contact)
    }

    /// Refuses keys, however they were given, that are in question: those of a contact for whom others came, and those;
    /// those of signing keys that were revoked. What else is wrong with the keyring does not matter to whom it is not asked
    /// about.
    ///
    /// # Errors
    /// [`KeyringError::Changed`], [`KeyringError::Revoked`].
    pub(crate) fn refuse_changed(&self, recipients: &[AnyRecipient]) -> Result<(), KeyringError> {
        if recipients.is_empty() {
            return Ok(());
        }
        let texts = texts(recipients);
        let revoked: Vec<String> = self.revoked_keys()?.iter().map(as_text).collect();
        let mut wanted = vec!["[changed", "[conflict"];
        wanted.extend(revoked.iter().map(String::as_str));
        for (name, contact) in self.all_with::<Contact>(&wanted)? {
            let Ok(contact) = contact else { continue };
            if contact.removed.is_none() && contact.has_one_of(&texts) {
                self.usable(&name, &contact)?;
            }
        }
        self.refuse_of_revoked(recipients)
    }

    /// Refuses keys of signing keys that were revoked, also of those whose contact was removed.
    ///
    /// # Errors
    /// [`KeyringError::Revoked`].
    pub(super) fn refuse_of_revoked(
        &self,
        recipients: &[AnyRecipient],
    ) -> Result<(), KeyringError> {
        let revoked = self.revoked_keys()?;
        if revoked.is_empty() || recipients.is_empty() {
            return Ok(());
        }
        let (texts, keys) = (
            texts(recipients),
            revoked.iter().map(as_text).collect::<Vec<_>>(),
        );
        let wanted: Vec<&str> = keys.iter().map(String::as_str).collect();
        for (name, contact) in self.all_with::<Contact>(&wanted)? {
            let Ok(contact) = contact else { continue };
            if let Some(key) = revoked.iter().find(|key| contact.has_of(key, &texts)) {
                self.refuse_revoked(key, Some(&name))?;
            }
        }
        Ok(())
    }

    /// Refuses what comes without the card that would tell that it is revoked.
    pub(super) fn refuse_without_card(&self, came: &ReceivedKeys) -> Result<(), KeyringError> {
        match came.card {
            None => self.refuse_of_revoked(&came.recipients),
            Some(_) => Ok(()),
        }
    }

    /// The signing keys that were revoked, by the names of their files: one that cannot be read counts too.
    fn revoked_keys(&self) -> Result<Vec<[u8; 32]>, KeyringError> {
        Ok(self
            .names(EntryKind::Revocation)?
            .iter()
            .filter_map(key_in)
            .collect())
    }

    /// The other contacts that one of these keys came for. Files that cannot be read are passed over.
    pub(crate) fn also_known_as(
        &self,
        recipients: &[AnyRecipient],
        name: &Name,
    ) -> Result<Vec<Name>, KeyringError> {
        let texts = texts(recipients);
        let has = |contact: &Contact| contact.removed.is_none() && contact.has_one_of(&texts);
        let wanted: Vec<&str> = texts.iter().map(String::as_str).collect();
        let mut others = BTreeSet::new();
        for (other, contact) in self.all_with::<Contact>(&wanted)? {
            if other != *name && contact.is_ok_and(|contact| has(&contact)) {
                others.insert(other);
            }
        }
        Ok(others.into_iter().collect())
    }

    /// Refuses one's own keys as somebody else's.
    ///
    /// # Errors
    /// [`KeyringError::Own`].
    pub(super) fn refuse_own(
        &self,
        recipients: &[AnyRecipient],
        card: Option<&Card>,
    ) -> Result<(), KeyringError> {
        let given = texts(recipients);
        let key = card.map(|card| as_text(card.signing_key()));
        for (identity, own) in self.all::<StoredIdentity>()? {
            let own = own?;
            let signs = key.is_some() && own.signing_key == key;
            if signs
                || texts(&own.parsed(&identity)?)
                    .iter()
                    .any(|own| given.contains(own))
            {
                return Err(KeyringError::Own { identity });
            }
        }
        Ok(())
    }

    /// Refuses a card with an encryption key that another contact has under another signing key. Files that cannot be
    /// read are passed over.
    ///
    /// # Errors
    /// [`KeyringError::Shared`].
    pub(super) fn refuse_shared(
        &self,
        card: &Card,
        name: Option<&Name>,
    ) -> Result<(), KeyringError> {
        let texts = texts(&card.recipients());
        let wanted: Vec<&str> = texts.iter().map(String::as_str).collect();
        for (other, contact) in self.all_with::<Contact>(&wanted)? {
            let Ok(contact) = contact else { continue };
            if Some(&other) == name || contact.removed.is_some() {
                continue;
            }
            if contact
                .signing_keys_over(&texts)
                .iter()
                .any(|key| key != card.signing_key())
            {
                return Err(KeyringError::Shared { name: other });
            }
        }
        Ok(())
    }

    /// Refuses a card where another contact has a newer one of the same signing key. Files that cannot be read are passed
    /// over.
    ///
    /// # Errors
    /// [`KeyringError::Older`].
    pub(super) fn refuse_older(&self, card: &Card, name: &Name) -> Result<(), KeyringError> {
        let key = card.signing_key();
        for (other, found) in self.all_with::<Contact>(&[&as_text(key)])? {
            let Ok(found) = found else { continue };
            let is_other = other != *name && found.removed.is_none();
            let theirs = found
                .says()
                .filter(|theirs| is_other && theirs.signing_key() == key);
            if let Some(theirs) = theirs.filter(|theirs| theirs.serial() > card.serial()) {
                let on = Untrusted::new(theirs.created());
                return Err(KeyringError::Older {
                    name: Some(other),
                    on,
                });
            }
        }
        Ok(())
    }

    /// Refuses a contact whose number cannot be asked for now: before it is decided which keys are meant, and of a key
    /// that was revoked. One whose key stands on the word of a revoked one can be checked: that is the way out.
    ///
    /// # Errors
    /// [`KeyringError::Changed`], [`KeyringError::Revoked`].
    pub(crate) fn verifiable(&self, name: &Name, contact: &Contact) -> Result<(), KeyringError> {
        match self.usable(name, contact) {
            Err(KeyringError::Revoked {
                revoked,
                waiting: false,
                ..
            }) if revoked.former => Ok(()),
            other => other,
        }
    }

    /// Judges a card that is used without being kept, by what is known of its signing key; gives who has it.
    ///
    /// # Errors
    /// [`KeyringError::Revoked`], [`KeyringError::Changed`], [`KeyringError::Older`], [`KeyringError::Rival`], [`KeyringError::Replaced`],
    /// [`KeyringError::Shared`], [`KeyringError::Own`].
    pub(crate) fn judge(&self, card: &Card) -> Result<Option<PersonName>, KeyringError> {
        let key = card.signing_key();
        let text = as_text(key);
        let contacts = self.all_with::<Contact>(&[&text])?;
        let living = contacts
            .into_iter()
            .filter_map(|(name, found)| Some((name, found.ok()?)));
        let living = living.filter(|(_, contact)| contact.removed.is_none());
        let known: Vec<(Name, Contact)> = living
            .filter(|(_, contact)| contact.role(key).is_some())
            .collect();
        self.refuse_revoked(key, known.first().map(|(name, _)| name))?;
        let own = self.all::<StoredIdentity>()?.into_iter();
        let mut own = own.filter(|(_, own)| {
            own.as_ref()
                .is_ok_and(|own| own.signing_key.as_ref() == Some(&text))
        });
        if let Some((name, _)) = own.next() {
            return Ok(Some(PersonName::Identity(name)));
        }
        self.refuse_own(&card.recipients(), None)?;
        self.refuse_shared(card, None)?;
        for (name, contact) in &known {
            match contact.role(key) {
                Some(SigningKeyRole::Former | SigningKeyRole::Vouching) => {
                    let on = contact.replaced(key).unwrap_or_else(|| Untrusted::new(""));
                    return Err(KeyringError::Replaced {
                        name: name.clone(),
                        on,
                    });
                }
                _ => self.usable(name, contact)?,
            }
            if let Some(pinned) = contact.says() {
                let (name, on) = (name.clone(), Untrusted::new(pinned.created()));
                if card.serial() < pinned.serial() {
                    return Err(KeyringError::Older {
                        name: Some(name),
                        on,
                    });
                }
                if card.serial() == pinned.serial() && card.text() != pinned.text() {
                    return Err(KeyringError::Rival { name });
                }
            }
        }
        Ok(known.first().map(|(name, contact)| who(name, contact)))
    }
}
