//! From names to recipients: whose keys they are, whether they may be used, and which of them are.

use std::collections::HashSet;

use crate::keyring::contact::Contact;
use crate::keyring::entry::EntryKind;
use crate::keyring::error::KeyringError;
use crate::keyring::group::{DEEPEST, Group};
use crate::keyring::identity::{IdentityKind, StoredIdentity};
use crate::keyring::name::{Name, PersonName};
use crate::keyring::store::Keyring;
use bulla_age::AnyRecipient;
use bulla_age::untrusted::Untrusted;

/// A person, with all of their keys.
#[derive(Clone)]
pub(crate) struct PersonKeys {
    pub(crate) who: PersonName,
    pub(crate) recipients: Vec<AnyRecipient>,
}

/// A key to encrypt to, and its owner.
pub(crate) struct ChosenKey {
    pub(crate) who: PersonName,
    pub(crate) recipient: AnyRecipient,
}

/// The keys to encrypt to.
pub(crate) struct KeyChoice {
    pub(crate) chosen: Vec<ChosenKey>,
    /// The people without a post-quantum key, because of whom the post-quantum keys of others are
    /// not used.
    pub(crate) classic_because_of: Vec<PersonName>,
    /// Everybody without a post-quantum key.
    pub(crate) classic: Vec<PersonName>,
}

impl Keyring {
    /// The people behind these names of contacts, groups and identities, and plain recipients. Each
    /// person once.
    ///
    /// # Errors
    /// [`KeyringError::Unknown`], [`KeyringError::Changed`], [`KeyringError::Revoked`],
    /// [`KeyringError::Empty`], [`KeyringError::Circle`], [`KeyringError::Damaged`],
    /// [`KeyringError::Ambiguous`].
    pub(crate) fn resolve(&self, names: &[String]) -> Result<Vec<PersonKeys>, KeyringError> {
        let mut resolving = Resolving::new(self);
        for text in names {
            match text.parse::<AnyRecipient>() {
                Ok(recipient) => {
                    self.refuse_in_doubt(std::slice::from_ref(&recipient))?;
                    let who = PersonName::Recipient(recipient.to_string());
                    resolving.add(PersonKeys {
                        who,
                        recipients: vec![recipient],
                    });
                }
                Err(error)
                    if text.contains(' ') || text.to_ascii_lowercase().starts_with("age1") =>
                {
                    return Err(KeyringError::Recipient {
                        text: Untrusted::new(text.as_str()),
                        error,
                    });
                }
                Err(_) => resolving.name(text)?,
            }
        }
        self.refuse_under_revoked(&resolving.bare)?;
        Ok(resolving.addressed)
    }

    /// The people behind these names, with every key that is known of them, usable or not. For
    /// removing readers.
    ///
    /// # Errors
    /// [`KeyringError::Unknown`], [`KeyringError::Damaged`], [`KeyringError::Ambiguous`].
    pub(crate) fn every_key_of(&self, names: &[String]) -> Result<Vec<PersonKeys>, KeyringError> {
        let mut found: Vec<PersonKeys> = Vec::new();
        let mut groups: HashSet<Name> = HashSet::new();
        let mut left: Vec<String> = names.iter().rev().cloned().collect();
        while let Some(text) = left.pop() {
            let addressed = match text.parse::<AnyRecipient>() {
                Ok(recipient) => PersonKeys {
                    who: PersonName::Recipient(recipient.to_string()),
                    recipients: vec![recipient],
                },
                Err(error)
                    if text.contains(' ') || text.to_ascii_lowercase().starts_with("age1") =>
                {
                    return Err(KeyringError::Recipient {
                        text: Untrusted::new(text),
                        error,
                    });
                }
                Err(_) => {
                    let name: Name = text.parse()?;
                    self.refuse_ambiguous(&name)?;
                    if let Some(contact) = self.find::<Contact>(&name)? {
                        let who = contact.person_name(&name);
                        let mut recipients = contact.pinned(&name)?;
                        let waiting = contact.changed.iter();
                        let waiting = waiting.flat_map(|waiting| &waiting.recipients);
                        let former = contact.former.iter().flat_map(|former| &former.recipients);
                        let texts = contact.recipients.iter().chain(waiting).chain(former);
                        recipients.extend(texts.filter_map(|text| text.parse().ok()));
                        PersonKeys { who, recipients }
                    } else if let Some(group) = self.find::<Group>(&name)? {
                        if groups.insert(name) {
                            left.extend(group.members.iter().rev().cloned());
                        }
                        continue;
                    } else if let Some(identity) = self.find::<StoredIdentity>(&name)? {
                        let recipients = identity.parsed(&name)?;
                        PersonKeys {
                            who: PersonName::Identity(name),
                            recipients,
                        }
                    } else {
                        return Err(self.unknown(name.as_str(), &EntryKind::ALL)?);
                    }
                }
            };
            if !found.iter().any(|known| known.who == addressed.who) {
                found.push(addressed);
            }
        }
        Ok(found)
    }

    /// One of the user's identities.
    ///
    /// # Errors
    /// [`KeyringError::Unknown`], [`KeyringError::Damaged`], [`KeyringError::Ambiguous`].
    pub(crate) fn oneself(&self, name: &Name) -> Result<PersonKeys, KeyringError> {
        self.refuse_ambiguous(name)?;
        let identity = self.confirmed_identity(name)?;
        if identity.kind == IdentityKind::Signing {
            return Err(signs_only(name));
        }
        let recipients = identity.in_use(name)?;
        Ok(PersonKeys {
            who: PersonName::Identity(name.clone()),
            recipients,
        })
    }
}

fn signs_only(name: &Name) -> KeyringError {
    KeyringError::SignsOnly {
        who: Untrusted::new(name.as_str()),
    }
}

struct Resolving<'a> {
    keyring: &'a Keyring,
    addressed: Vec<PersonKeys>,
    /// The groups that lead to the present name.
    path: Vec<Name>,
    /// The groups that are resolved already.
    done: HashSet<Name>,
    /// Keys of contacts without a card. They may also be in someone's revoked card.
    bare: Vec<AnyRecipient>,
}

impl<'a> Resolving<'a> {
    fn new(keyring: &'a Keyring) -> Self {
        Self {
            keyring,
            addressed: Vec::new(),
            path: Vec::new(),
            done: HashSet::new(),
            bare: Vec::new(),
        }
    }

    fn add(&mut self, addressed: PersonKeys) {
        if !self
            .addressed
            .iter()
            .any(|known| known.who == addressed.who)
        {
            self.addressed.push(addressed);
        }
    }

    fn name(&mut self, text: &str) -> Result<(), KeyringError> {
        let name: Name = text.parse()?;
        self.keyring.refuse_ambiguous(&name)?;
        if let Some(contact) = self.keyring.find::<Contact>(&name)? {
            return self.contact(name, &contact);
        }
        if let Some(group) = self.keyring.find::<Group>(&name)? {
            return self.group(name, &group);
        }
        if self.keyring.find::<StoredIdentity>(&name)?.is_some() {
            self.add(self.keyring.oneself(&name)?);
            return Ok(());
        }
        Err(self.keyring.unknown(text, &EntryKind::ALL)?)
    }

    fn contact(&mut self, name: Name, contact: &Contact) -> Result<(), KeyringError> {
        self.keyring.refuse_unusable(&name, contact)?;
        let recipients = contact.pinned(&name)?;
        if recipients.is_empty() {
            return Err(signs_only(&name));
        }
        if contact.card().is_none() {
            self.bare.extend(recipients.iter().cloned());
        }
        self.add(PersonKeys {
            who: contact.person_name(&name),
            recipients,
        });
        Ok(())
    }

    fn group(&mut self, name: Name, group: &Group) -> Result<(), KeyringError> {
        if self.path.contains(&name) {
            return Err(KeyringError::Circle { name });
        }
        if self.path.len() >= DEEPEST {
            return Err(KeyringError::TooDeep {
                name,
                limit: DEEPEST,
            });
        }
        if self.done.contains(&name) {
            return Ok(());
        }
        if group.members.is_empty() {
            return Err(KeyringError::Empty { name });
        }
        self.path.push(name);
        for member in &group.members {
            self.name(member)?;
        }
        self.done.extend(self.path.pop());
        Ok(())
    }
}

/// Chooses the keys to encrypt to: the post-quantum ones if everyone has one, otherwise the classic
/// ones. They are never mixed.
///
/// # Errors
/// [`KeyringError::Mixed`] if there is no kind that everyone has.
pub(crate) fn choose(addressed: &[PersonKeys]) -> Result<KeyChoice, KeyringError> {
    choose_of(addressed, false)
}

/// Chooses the classic keys, because the user wants no post-quantum ones.
///
/// # Errors
/// [`KeyringError::Mixed`] if somebody has only a post-quantum key.
pub(crate) fn choose_classic(addressed: &[PersonKeys]) -> Result<KeyChoice, KeyringError> {
    choose_of(addressed, true)
}

fn choose_of(addressed: &[PersonKeys], only_classic: bool) -> Result<KeyChoice, KeyringError> {
    let resists = |recipient: &AnyRecipient| recipient.is_post_quantum() == Some(true);
    let has = |somebody: &PersonKeys, post_quantum: bool| {
        somebody
            .recipients
            .iter()
            .any(|recipient| resists(recipient) == post_quantum)
    };
    let without: Vec<PersonName> = addressed
        .iter()
        .filter(|somebody| !has(somebody, true))
        .map(|somebody| somebody.who.clone())
        .collect();
    let post_quantum = without.is_empty() && !only_classic;
    let only: Vec<PersonName> = addressed
        .iter()
        .filter(|somebody| !has(somebody, false))
        .map(|somebody| somebody.who.clone())
        .collect();
    if !post_quantum && !only.is_empty() {
        return Err(KeyringError::Mixed {
            post_quantum: only,
            classic: without,
        });
    }
    let chosen = addressed.iter().flat_map(|somebody| {
        let keys = somebody
            .recipients
            .iter()
            .filter(move |recipient| resists(recipient) == post_quantum);
        keys.map(|recipient| ChosenKey {
            who: somebody.who.clone(),
            recipient: recipient.clone(),
        })
    });
    let chosen = chosen.collect();
    let some_could = addressed.iter().any(|somebody| has(somebody, true));
    Ok(KeyChoice {
        chosen,
        classic_because_of: if some_could {
            without.clone()
        } else {
            Vec::new()
        },
        classic: without,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use bulla_age::kinds::{HybridIdentity, X25519Identity};

    fn classic() -> String {
        X25519Identity::generate()
            .unwrap()
            .to_recipient()
            .to_string()
    }

    fn hybrid() -> String {
        HybridIdentity::generate()
            .unwrap()
            .to_recipient()
            .to_string()
    }

    fn name(text: &str) -> Name {
        text.parse().unwrap()
    }

    struct Ring {
        _dir: tempfile::TempDir,
        keyring: Keyring,
    }

    impl Ring {
        fn new() -> Self {
            let dir = tempfile::tempdir().unwrap();
            let keyring = Keyring::at(dir.path().join("bulla"));
            Self { _dir: dir, keyring }
        }

        fn contact(&self, of: &str, recipients: &[String], with: impl FnOnce(&mut Contact)) {
            let mut contact =
                Contact::new(recipients.to_vec(), "2026-01-02".into(), "a test".into());
            with(&mut contact);
            let put = |change: &mut super::super::Transaction<'_>| {
                change.put(&name(of), &contact);
                Ok::<_, KeyringError>(())
            };
            self.keyring.change(put).unwrap();
        }

        fn group(&self, of: &str, members: &[&str]) {
            let members = members.iter().map(|member| (*member).to_owned()).collect();
            let put = |change: &mut super::super::Transaction<'_>| {
                change.put(&name(of), &Group::new(members));
                Ok::<_, KeyringError>(())
            };
            self.keyring.change(put).unwrap();
        }

        fn who(&self, names: &[&str]) -> Result<Vec<String>, KeyringError> {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            Ok(self
                .keyring
                .resolve(&names)?
                .into_iter()
                .map(|addressed| addressed.who.to_string())
                .collect())
        }
    }

    #[test]
    fn groups_are_their_members_and_each_person_counts_once() {
        let ring = Ring::new();
        for contact in ["alice", "bob", "carol"] {
            ring.contact(contact, &[classic()], |_| {});
        }
        ring.group("inner", &["alice", "bob"]);
        ring.group("outer", &["inner", "bob", "carol"]);
        let raw = classic();
        assert_eq!(
            ring.who(&["bob", "outer", &raw]).unwrap(),
            ["bob", "alice", "carol", &raw]
        );
    }

    #[test]
    fn a_person_who_cannot_be_a_recipient_is_refused_by_name() {
        let ring = Ring::new();
        ring.contact("gone", &[classic()], |contact| {
            contact.removed = Some("2026-02-03".into())
        });
        ring.contact("other", &[classic()], |contact| {
            let changed = super::super::contact::WaitingKeys::new;
            contact.changed = Some(changed(
                vec![classic()],
                None,
                "2026-02-03".into(),
                "a file".into(),
            ));
        });
        ring.group("empty", &[]);
        ring.group("a", &["b"]);
        ring.group("b", &["a"]);
        ring.group("with", &["other"]);
        assert!(matches!(
            ring.who(&["gone"]),
            Err(KeyringError::Removed { .. })
        ));
        assert!(matches!(
            ring.who(&["with"]),
            Err(KeyringError::Changed { .. })
        ));
        assert!(matches!(
            ring.who(&["empty"]),
            Err(KeyringError::Empty { .. })
        ));
        assert!(matches!(ring.who(&["a"]), Err(KeyringError::Circle { .. })));
        assert!(matches!(
            ring.who(&["nobody"]),
            Err(KeyringError::Unknown { .. })
        ));
        assert!(matches!(
            ring.who(&["age1qq"]),
            Err(KeyringError::Recipient { .. })
        ));
    }

    #[test]
    fn an_identity_resolves_to_its_newest_keys() {
        let ring = Ring::new();
        let keys = [hybrid(), classic(), hybrid(), classic()];
        for (of, kinds) in [
            ("me", IdentityKind::Hybrid),
            ("other", IdentityKind::Imported),
        ] {
            let public = StoredIdentity::new(kinds, keys.to_vec(), None, "2026-11-23".into());
            let put = |change: &mut super::super::Transaction<'_>| {
                change.put_identity(&name(of), &public);
                Ok::<_, KeyringError>(())
            };
            ring.keyring.change(put).unwrap();
        }
        let recipients = |of: &str| -> Vec<String> {
            let addressed = ring.keyring.resolve(&[of.to_owned()]).unwrap();
            addressed[0]
                .recipients
                .iter()
                .map(ToString::to_string)
                .collect()
        };
        assert_eq!(recipients("me"), keys[..2]);
        assert_eq!(recipients("other"), keys);
    }

    #[test]
    fn groups_that_share_members_are_walked_once() {
        let ring = Ring::new();
        ring.contact("alice", &[classic()], |_| {});
        let level = |number: usize| [format!("a{number}"), format!("b{number}")];
        for number in 0..40 {
            let below = if number == 0 {
                ["alice".to_owned(), "alice".to_owned()]
            } else {
                level(number - 1)
            };
            for of in level(number) {
                ring.group(&of, &[&below[0], &below[1]]);
            }
        }
        assert_eq!(ring.who(&["a39", "b39"]).unwrap(), ["alice"]);
    }

    #[test]
    fn post_quantum_keys_are_used_where_everybody_has_one() {
        let ring = Ring::new();
        ring.contact("both", &[hybrid(), classic()], |_| {});
        ring.contact("new", &[hybrid()], |_| {});
        ring.contact("old", &[classic()], |_| {});
        let choose = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            choose(&ring.keyring.resolve(&names).unwrap())
        };
        let kinds = |choice: &KeyChoice| -> Vec<_> {
            choice
                .chosen
                .iter()
                .map(|one| one.recipient.kind())
                .collect()
        };
        let quantum = choose(&["both", "new"]).unwrap();
        assert_eq!(kinds(&quantum), ["post-quantum"; 2]);
        assert!(quantum.classic_because_of.is_empty());
        let classic = choose(&["both", "old"]).unwrap();
        assert_eq!(kinds(&classic), ["X25519"; 2]);
        assert_eq!(classic.classic_because_of[0].to_string(), "old");
        assert!(choose(&["old"]).unwrap().classic_because_of.is_empty());
        let Err(KeyringError::Mixed {
            post_quantum,
            classic,
        }) = choose(&["new", "both", "old"])
        else {
            panic!()
        };
        assert_eq!(
            (post_quantum[0].to_string(), classic[0].to_string()),
            ("new".into(), "old".into())
        );
    }

    #[test]
    fn an_ambiguous_name_resolves_to_nobody() {
        let ring = Ring::new();
        ring.contact("alice", &[classic()], |_| {});
        ring.contact("team", &[classic()], |_| {});
        ring.group("team", &["alice"]);
        ring.group("all", &["alice", "team"]);
        let refused = |error: KeyringError| match error {
            KeyringError::Ambiguous { kind, name, .. } => {
                assert_eq!((kind, name.as_str()), (EntryKind::Contact, "team"));
            }
            other => panic!("{other}"),
        };
        for names in [["team".to_owned()], ["all".to_owned()]] {
            refused(ring.keyring.resolve(&names).map(drop).unwrap_err());
            refused(ring.keyring.every_key_of(&names).map(drop).unwrap_err());
        }
        refused(ring.keyring.contact(&name("team")).map(drop).unwrap_err());
        let known = ring.keyring.known_keys().unwrap();
        let whose: Vec<String> = known.iter().map(|key| key.who.to_string()).collect();
        assert_eq!(whose, ["alice"]);
        assert_eq!(ring.keyring.unreadable().unwrap().len(), 1);
        // Renamed, both can be used, and the group still contains the group.
        let rename = |change: &mut super::super::Transaction<'_>| {
            change.rename_everywhere(EntryKind::Contact, &name("team"), &name("eve"))
        };
        assert_eq!(ring.keyring.change(rename).unwrap(), []);
        let all = ring.keyring.resolve(&["all".to_owned()]).unwrap();
        let whose: Vec<String> = all.iter().map(|one| one.who.to_string()).collect();
        assert_eq!(whose, ["alice"]);
    }
}
