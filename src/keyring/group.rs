//! Groups: who is in which, what may be added, and what follows when a member is renamed or
//! removed.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::keyring::contact::Contact;
use crate::keyring::entry::{Entry, EntryKind};
use crate::keyring::error::KeyringError;
use crate::keyring::identity::StoredIdentity;
use crate::keyring::name::Name;
use crate::keyring::store::Keyring;
use crate::keyring::transaction::Transaction;

/// How deep groups may be inside each other. A keyring may come from somebody else, and who its
/// members are has to be understood by people.
pub(crate) const DEEPEST: usize = 100;

/// A name for several people.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Group {
    /// The names of contacts, identities and other groups.
    pub(crate) members: Vec<String>,
    #[serde(flatten)]
    rest: toml::Table,
}

impl Entry for Group {
    const KIND: EntryKind = EntryKind::Group;
}

impl Group {
    pub(crate) fn new(members: Vec<String>) -> Self {
        Self {
            members,
            rest: toml::Table::new(),
        }
    }
}

impl Keyring {
    /// The kind of a member, by its name. Removed contacts have none.
    pub(crate) fn kind_of(&self, name: &Name) -> Result<Option<EntryKind>, KeyringError> {
        if let Some(contact) = self.find::<Contact>(name)? {
            return Ok(contact.removed.is_none().then_some(EntryKind::Contact));
        }
        if self.find::<Group>(name)?.is_some() {
            return Ok(Some(EntryKind::Group));
        }
        Ok(self
            .find::<StoredIdentity>(name)?
            .map(|_| EntryKind::Identity))
    }

    /// Returns whether one group is another or contains it, at any depth.
    fn leads_to(&self, from: &Name, to: &Name) -> Result<bool, KeyringError> {
        let mut seen: HashSet<Name> = HashSet::new();
        let mut left = vec![from.clone()];
        while let Some(name) = left.pop() {
            if name == *to {
                return Ok(true);
            }
            if !seen.insert(name.clone()) {
                continue;
            }
            let members = self.find::<Group>(&name)?.map(|group| group.members);
            let members = members.into_iter().flatten();
            left.extend(members.filter_map(|member| member.parse().ok()));
        }
        Ok(false)
    }
}

impl Transaction<'_> {
    /// Adds members to a group. Each must exist. Returns those that are new in it.
    ///
    /// # Errors
    /// [`KeyringError::Unknown`], [`KeyringError::Removed`]; [`KeyringError::Inside`] if the group
    /// would contain itself.
    pub(crate) fn put_members(
        &mut self,
        name: &Name,
        mut group: Group,
        members: &[Name],
    ) -> Result<Vec<Name>, KeyringError> {
        let mut new = Vec::new();
        for member in members {
            self.keyring().refuse_ambiguous(member)?;
            if let Some(contact) = self.keyring().find::<Contact>(member)? {
                contact.refuse_removed(member)?;
            }
            if member != name && self.keyring().kind_of(member)?.is_none() {
                return Err(self.keyring().unknown(member.as_str(), &EntryKind::ALL)?);
            }
            if self.keyring().leads_to(member, name)? {
                return Err(KeyringError::Inside {
                    group: name.clone(),
                    member: member.clone(),
                });
            }
            if !group.members.iter().any(|known| known == member.as_str()) {
                group.members.push(member.as_str().to_owned());
                new.push(member.clone());
            }
        }
        self.put(name, &group);
        Ok(new)
    }

    /// Removes a name from all groups; returns those that had it. A member whose name stands for
    /// something else too stays: it may be that which is meant.
    pub(crate) fn drop_from_groups(&mut self, name: &Name) -> Result<Vec<Name>, KeyringError> {
        if self.keyring().is_ambiguous(name)? {
            return Ok(Vec::new());
        }
        self.edit_groups(name, |members| {
            members.retain(|member| member != name.as_str())
        })
    }

    /// Renames a member in all groups; returns those that have it.
    pub(crate) fn rename_in_groups(
        &mut self,
        from: &Name,
        to: &Name,
    ) -> Result<Vec<Name>, KeyringError> {
        self.edit_groups(from, |members| {
            for member in members.iter_mut().filter(|member| *member == from.as_str()) {
                to.as_str().clone_into(member);
            }
        })
    }

    /// Renames an entry, also in groups; returns those that have it. A name may change only its
    /// case. If a contact or a group shares its name with something else, groups keep that name:
    /// otherwise a contact that somebody put beside an identity would take its place in them.
    ///
    /// # Errors
    /// [`KeyringError::Unknown`], [`KeyringError::Taken`]; [`KeyringError::Orphan`] if a secret
    /// file has the new name already.
    pub(crate) fn rename_everywhere(
        &mut self,
        kind: EntryKind,
        from: &Name,
        to: &Name,
    ) -> Result<Vec<Name>, KeyringError> {
        if !self.keyring().names(kind)?.contains(from) {
            return Err(self.keyring().unknown(from.as_str(), &[kind])?);
        }
        self.free_for(kind, to, Some((kind, from)))?;
        if kind == EntryKind::Identity && from != to {
            self.refuse_orphan(to)?;
        }
        // Groups first: the renamed one may contain itself, after manual editing or a merge.
        let is_meant = kind == EntryKind::Identity || !self.keyring().is_ambiguous(from)?;
        let groups = if is_meant {
            self.rename_in_groups(from, to)?
        } else {
            Vec::new()
        };
        self.rename(kind, from, to);
        Ok(groups)
    }

    fn edit_groups(
        &mut self,
        member: &Name,
        edit: impl Fn(&mut Vec<String>),
    ) -> Result<Vec<Name>, KeyringError> {
        let mut edited = Vec::new();
        for (name, group) in self.keyring().all::<Group>()? {
            let mut group = group?;
            if group.members.iter().any(|known| known == member.as_str()) {
                edit(&mut group.members);
                self.put(&name, &group);
                edited.push(name);
            }
        }
        Ok(edited)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keyring::identity::IdentityKind;

    fn name(text: &str) -> Name {
        text.parse().unwrap()
    }

    fn group(keyring: &Keyring, of: &str, members: &[&str]) -> Result<Vec<Name>, KeyringError> {
        let members: Vec<Name> = members.iter().map(|member| name(member)).collect();
        let group = keyring
            .find::<Group>(&name(of))
            .unwrap()
            .unwrap_or_else(|| Group::new(Vec::new()));
        keyring.change(|change| change.put_members(&name(of), group, &members))
    }

    fn members(keyring: &Keyring, of: &str) -> Vec<String> {
        keyring.get::<Group>(&name(of)).unwrap().members
    }

    fn keyring() -> (tempfile::TempDir, Keyring) {
        let dir = tempfile::tempdir().unwrap();
        let keyring = Keyring::at(dir.path().join("bulla"));
        for person in ["alice", "bob"] {
            let contact = Contact::new(
                vec!["x".to_owned()],
                "2026-11-23".to_owned(),
                "a test".to_owned(),
            );
            keyring
                .change(|change| {
                    change.put(&name(person), &contact);
                    Ok::<_, KeyringError>(())
                })
                .unwrap();
        }
        (dir, keyring)
    }

    #[test]
    fn a_group_has_known_unique_members_and_no_cycle() {
        let (_dir, keyring) = keyring();
        assert_eq!(
            group(&keyring, "a", &["alice", "alice"]).unwrap(),
            [name("alice")]
        );
        assert_eq!(
            group(&keyring, "b", &["a", "bob"]).unwrap(),
            [name("a"), name("bob")]
        );
        assert_eq!(group(&keyring, "c", &["b"]).unwrap(), [name("b")]);
        assert_eq!(
            group(&keyring, "a", &["bob", "alice"]).unwrap(),
            [name("bob")]
        );
        for (into, member) in [("a", "a"), ("a", "b"), ("a", "c"), ("new", "new")] {
            let error = group(&keyring, into, &[member]).unwrap_err();
            assert!(
                matches!(error, KeyringError::Inside { .. }),
                "{into} {member}: {error}"
            );
        }
        assert!(matches!(
            group(&keyring, "a", &["nobody"]),
            Err(KeyringError::Unknown { .. })
        ));
        assert!(matches!(
            group(&keyring, "a", &["Alice"]),
            Err(KeyringError::Unknown { .. })
        ));
        assert_eq!(members(&keyring, "a"), ["alice", "bob"]);
    }

    #[test]
    fn renaming_and_removing_reach_into_groups_in_one_change() {
        let (_dir, keyring) = keyring();
        group(&keyring, "a", &["alice", "bob"]).unwrap();
        group(&keyring, "b", &["a", "bob"]).unwrap();
        let rename = |kind, from: &str, to: &str| {
            keyring.change(|change| change.rename_everywhere(kind, &name(from), &name(to)))
        };
        assert_eq!(
            rename(EntryKind::Contact, "alice", "Alice").unwrap(),
            [name("a")]
        );
        assert_eq!(
            rename(EntryKind::Group, "a", "friends").unwrap(),
            [name("b")]
        );
        assert_eq!(members(&keyring, "friends"), ["Alice", "bob"]);
        assert_eq!(members(&keyring, "b"), ["friends", "bob"]);
        assert!(matches!(
            rename(EntryKind::Contact, "Alice", "BOB"),
            Err(KeyringError::Taken { .. })
        ));
        assert!(matches!(
            rename(EntryKind::Contact, "b", "c"),
            Err(KeyringError::Unknown { .. })
        ));
        let removed =
            keyring.change(|change| change.remove_contact(&name("bob"), "2026-12-01".to_owned()));
        assert_eq!(removed.unwrap(), [name("b"), name("friends")]);
        assert_eq!(members(&keyring, "b"), ["friends"]);
        assert!(matches!(
            group(&keyring, "b", &["bob"]),
            Err(KeyringError::Removed { .. })
        ));
        let free = keyring.change(|change| change.free(EntryKind::Group, &name("Bob")));
        assert!(matches!(free, Err(KeyringError::Kept { .. })));
    }

    #[test]
    fn no_identity_is_renamed_over_a_secret() {
        let (_dir, keyring) = keyring();
        let make = |of: &str| {
            let public = StoredIdentity::new(
                IdentityKind::Hybrid,
                Vec::new(),
                None,
                "2026-11-23".to_owned(),
            );
            let made = keyring.change(|change| {
                change.write_secret(&name(of), of.as_bytes())?;
                change.put_identity(&name(of), &public);
                Ok::<_, KeyringError>(())
            });
            made.unwrap();
        };
        make("me");
        make("lost");
        std::fs::remove_file(keyring.path().join("identities/lost.toml")).unwrap();
        let rename = |from: &str, to: &str| {
            keyring.change(|change| {
                change.rename_everywhere(EntryKind::Identity, &name(from), &name(to))
            })
        };
        assert!(matches!(
            rename("me", "lost"),
            Err(KeyringError::Orphan { .. })
        ));
        for of in ["me", "lost"] {
            assert_eq!(
                keyring.secret(&name(of)).unwrap().unwrap().1.as_slice(),
                of.as_bytes()
            );
        }
        rename("me", "ME").unwrap();
        rename("ME", "ME").unwrap();
        assert_eq!(
            keyring.secret(&name("ME")).unwrap().unwrap().1.as_slice(),
            b"me"
        );
    }

    #[test]
    fn group_cycles_from_a_merge_are_walked_once() {
        let (_dir, keyring) = keyring();
        for (of, member) in [("a", "b"), ("b", "a")] {
            let group = Group::new(vec![member.to_owned(), "\u{1b}[2J".to_owned()]);
            keyring
                .change(|change| {
                    change.put(&name(of), &group);
                    Ok::<_, KeyringError>(())
                })
                .unwrap();
        }
        group(&keyring, "c", &["a"]).unwrap();
        assert!(matches!(
            group(&keyring, "b", &["c"]),
            Err(KeyringError::Inside { .. })
        ));
    }
}
