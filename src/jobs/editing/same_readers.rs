//! The readers of a file, as recipients to encrypt it again for the same people.
//!
//! A stanza does not contain the key that it was made for. The key is known if wrapping the file key
//! for a key of the keyring gives the stanza, if a key of the user opens it, or if the reader list
//! names a key of the keyring that cannot be proved. Nobody is left out: if the key behind a stanza
//! is not known, the user has to name the readers.

use crate::context::Context;
use crate::errors::{Refusal, Result};
use crate::identities::confirmed;
use crate::jobs::decrypt_header::{CheckedHeader, DecryptionKeys};
use crate::keyring::{ChosenKey, KeyStatus, KnownKey, PersonName};
use crate::select::recipients::Recipients;
use crate::ui::WarningKind;
use bulla_age::format::Stanza;
use bulla_age::key_file::KeyFileIdentity;
use bulla_age::sender::{Listing, ReaderEvidence, UnaccountedReason};
use bulla_age::untrusted::Untrusted;
use bulla_age::{AnyRecipient, Identity, Recipient, Target};

/// Returns the readers of an open file.
///
/// # Errors
/// [`Refusal::UnknownReaders`]; why a key may not be used.
pub(crate) fn same_recipients(
    name: &Untrusted,
    checked: &CheckedHeader,
    keys: &DecryptionKeys,
    context: &Context,
) -> Result<Recipients> {
    if keys.opener(&checked.opened).is_none()
        && let Some(passphrase) = keys.same_passphrase()
    {
        return Recipients::same_passphrase(passphrase, context);
    }
    let found = Found::new(name, checked, keys, context)?;
    Recipients::same(found.keys, found.of_plugins, context)
}

/// The keys behind the stanzas.
#[derive(Default)]
struct Found {
    keys: Vec<ChosenKey>,
    of_plugins: Vec<Target>,
}

impl Found {
    fn new(
        name: &Untrusted,
        checked: &CheckedHeader,
        keys: &DecryptionKeys,
        context: &Context,
    ) -> Result<Self> {
        let known = match context.keyring() {
            Ok(keyring) => keyring.noting(keyring.known_keys()).unwrap_or_default(),
            Err(_) => Vec::new(),
        };
        let search = Search {
            checked,
            known,
            settled: keys.settled(),
            context,
        };
        let mut found = Self::default();
        let (mut unknown, mut filler) = (0, 0);
        let classes = search.classes();
        for (class, stanza) in classes.iter().zip(checked.opened.recipients()) {
            match search.key(class, stanza)? {
                Some(key) => found.keys.push(key),
                None if is_filler(class, stanza) => filler += 1,
                None => unknown += 1,
            }
        }
        if unknown == 1
            && let Some(opener) = keys.opener(&checked.opened).filter(|one| !one.is_settled())
        {
            // A plugin does not say which stanza it opened. If one is left, it is that one.
            found.of_plugins = opener.targets().unwrap_or_default();
            unknown -= usize::from(!found.of_plugins.is_empty());
        }
        if unknown > 0 {
            return Err(Refusal::UnknownReaders { unknown }.into());
        }
        if filler > 0 {
            context.ui.warn(
                WarningKind::UnlistedKeys,
                &format_args!(
                    "{name} has filler in its header, which some programs add; it will not be \
                     kept. If it is somebody's key, name all readers with --to"
                ),
            );
        }
        Ok(found)
    }
}

/// Returns whether a stanza looks like the random ones that some programs add.
fn is_filler(class: &ReaderEvidence, stanza: &Stanza) -> bool {
    match class {
        ReaderEvidence::Unaccounted(reason) => *reason == UnaccountedReason::Grease,
        ReaderEvidence::Unlisted => bulla_age::stanza_type::is_grease(&stanza.tag),
        _ => false,
    }
}

struct Search<'a> {
    checked: &'a CheckedHeader,
    known: Vec<KnownKey>,
    settled: Vec<&'a dyn KeyFileIdentity>,
    context: &'a Context,
}

impl Search<'_> {
    /// The keys that can prove a stanza, with their places among the known ones.
    fn provable(&self) -> Vec<(usize, &dyn Recipient)> {
        let keys = self.known.iter().enumerate();
        keys.filter_map(|(place, key)| Some((place, key.recipient.as_recipient()?)))
            .collect()
    }

    /// The evidence for each stanza. Its index is one among all known keys.
    fn classes(&self) -> Vec<ReaderEvidence> {
        let CheckedHeader { opened, sender, .. } = self.checked;
        let provable = self.provable();
        let wraps: Vec<&dyn Recipient> = provable.iter().map(|(_, wrap)| *wrap).collect();
        let own = self.settled.iter().copied();
        let own: Vec<&dyn Identity> = own.map(|identity| -> &dyn Identity { identity }).collect();
        let classes = opened.prove_readers(sender.as_ref(), &wraps, &own);
        let placed = classes.into_iter().map(|class| match class {
            ReaderEvidence::Proved { known } => ReaderEvidence::Proved {
                known: provable[known].0,
            },
            other => other,
        });
        placed.collect()
    }

    /// Returns the key to encrypt to in the place of a stanza, if it is known.
    fn key(&self, class: &ReaderEvidence, stanza: &Stanza) -> Result<Option<ChosenKey>> {
        let known = match *class {
            ReaderEvidence::Proved { known } => Some(&self.known[known]),
            ReaderEvidence::Opened { identity } => return self.own(identity, stanza),
            ReaderEvidence::Listed(Listing::Named(rid)) => self.known.iter().find(|key| {
                let text = key.recipient.to_string();
                self.checked.opened.recipient_id(&text) == rid && key.recipient.fits(stanza)
            }),
            _ => None,
        };
        known.map(|key| self.in_use(key)).transpose()
    }

    /// Returns the key of an identity that opened a stanza which cannot be proved.
    fn own(&self, identity: usize, stanza: &Stanza) -> Result<Option<ChosenKey>> {
        let recipients = self.settled[identity].recipients().unwrap_or_default();
        let mut fitting = recipients.into_iter().filter(|one| one.fits(stanza));
        let Some(first) = fitting.next() else {
            return Ok(None);
        };
        // Several are those of several epochs. Which of them it was makes no difference, because
        // the newest is used.
        let all: Vec<String> = std::iter::once(first.to_string())
            .chain(fitting.map(|one| one.to_string()))
            .collect();
        let is_one = |key: &&KnownKey| {
            matches!(key.who, PersonName::Identity(_)) && all.contains(&key.recipient.to_string())
        };
        if let Some(known) = self.known.iter().find(is_one) {
            return self.in_use(known).map(Some);
        }
        let is_only = all.len() == 1;
        Ok(is_only.then(|| ChosenKey {
            who: PersonName::Recipient(all[0].clone()),
            recipient: first,
        }))
    }

    /// Returns this key, or the one of the same person that took its place.
    fn in_use(&self, key: &KnownKey) -> Result<ChosenKey> {
        if key.status == KeyStatus::Current {
            return Ok(ChosenKey {
                who: key.who.clone(),
                recipient: key.recipient.clone(),
            });
        }
        let people = match &key.who {
            PersonName::Identity(name) => vec![confirmed::oneself(name, self.context)?],
            who => self.context.keyring()?.resolve(&[who.to_string()])?,
        };
        let alike = |one: &AnyRecipient| one.is_post_quantum() == key.recipient.is_post_quantum();
        let newer = people.into_iter().find_map(|person| {
            let recipient = person.recipients.into_iter().find(alike)?;
            let who = person.who;
            Some(ChosenKey { who, recipient })
        });
        newer.ok_or_else(|| Refusal::NoKeyOfReader(key.who.to_string()).into())
    }
}
