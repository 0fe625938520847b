//! The recipients of a file: all kinds in one list, without duplicates, grouped by plugin.

use std::collections::{HashMap, HashSet};

use crate::any_recipient::AnyRecipient;
use crate::plugin::{PluginHost, PluginIdentity, PluginRecipient, PluginRecipients};
use crate::recipient::Recipient;

/// One thing to encrypt to.
#[derive(Clone)]
pub enum Target {
    /// A recipient with a recipient string.
    Recipient(AnyRecipient),
    /// An identity of a plugin, which only the plugin knows how to encrypt to.
    PluginIdentity(PluginIdentity),
}

/// All recipients of a file.
pub struct RecipientSet {
    wraps: Vec<Box<dyn Recipient>>,
    duplicates: Vec<String>,
}

impl RecipientSet {
    /// Collects the targets in order of first appearance, without duplicates. The targets of one
    /// plugin become one recipient.
    pub fn new(targets: impl IntoIterator<Item = Target>, host: &PluginHost) -> Self {
        let mut sorting = Sorting::default();
        targets.into_iter().for_each(|target| sorting.add(target));
        let wraps = sorting.slots.into_iter().map(|slot| -> Box<dyn Recipient> {
            match slot {
                Slot::Direct(wrap) => wrap,
                Slot::Plugin {
                    name,
                    recipients,
                    identities,
                } => Box::new(PluginRecipients::new(
                    &name,
                    recipients,
                    identities,
                    host.clone(),
                )),
            }
        });
        Self {
            wraps: wraps.collect(),
            duplicates: sorting.duplicates,
        }
    }

    /// Returns the recipients, in order.
    pub fn as_recipients(&self) -> Vec<&dyn Recipient> {
        self.wraps.iter().map(|wrap| &**wrap).collect()
    }

    /// Returns the display names of the targets that were named more than once.
    pub fn duplicates(&self) -> &[String] {
        &self.duplicates
    }
}

enum Slot {
    Direct(Box<dyn Recipient>),
    Plugin {
        name: String,
        recipients: Vec<PluginRecipient>,
        identities: Vec<PluginIdentity>,
    },
}

#[derive(Default)]
struct Sorting {
    slots: Vec<Slot>,
    seen: HashSet<String>,
    duplicates: Vec<String>,
    seen_twice: HashSet<String>,
    /// The places of the plugins among the slots, by name.
    plugins: HashMap<String, usize>,
}

impl Sorting {
    fn add(&mut self, target: Target) {
        match target {
            Target::Recipient(recipient) => {
                let text = recipient.to_string();
                if !self.seen.insert(text.clone()) {
                    return self.duplicate(text);
                }
                match recipient {
                    AnyRecipient::X25519(key) => self.slots.push(Slot::Direct(Box::new(key))),
                    AnyRecipient::Hybrid(key) => self.slots.push(Slot::Direct(Box::new(key))),
                    AnyRecipient::Tag(key) => self.slots.push(Slot::Direct(Box::new(key))),
                    AnyRecipient::Ssh(key) => self.slots.push(Slot::Direct(Box::new(key))),
                    AnyRecipient::Plugin(key) => self.plugin(key.plugin()).0.push(key.clone()),
                }
            }
            Target::PluginIdentity(identity) => {
                let (_, identities) = self.plugin(identity.plugin());
                if identities.iter().any(|known| known.is_same(&identity)) {
                    self.duplicate(format!("an identity of age-plugin-{}", identity.plugin()))
                } else {
                    identities.push(identity)
                }
            }
        }
    }

    fn duplicate(&mut self, text: String) {
        if self.seen_twice.insert(text.clone()) {
            self.duplicates.push(text);
        }
    }

    /// Returns the recipients and identities of a plugin.
    fn plugin(&mut self, name: &str) -> (&mut Vec<PluginRecipient>, &mut Vec<PluginIdentity>) {
        let next = self.slots.len();
        let at = *self.plugins.entry(name.to_owned()).or_insert(next);
        if at == next {
            let (name, recipients, identities) = (name.to_owned(), Vec::new(), Vec::new());
            self.slots.push(Slot::Plugin {
                name,
                recipients,
                identities,
            });
        }
        match &mut self.slots[at] {
            Slot::Plugin {
                recipients,
                identities,
                ..
            } => (recipients, identities),
            Slot::Direct(_) => {
                unreachable!("readers: the slot is the plugin's, because it was looked for")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::bech32;
    use std::sync::Arc;

    use super::*;
    use crate::plugin::NoPlugins;
    use crate::testing::{ED25519_PUB, Person};

    #[test]
    fn everybody_stands_once_and_a_plugin_wraps_for_all_of_its_own() {
        let host = PluginHost {
            plugins: Arc::new(NoPlugins),
            ask: Person::who_says(None),
        };
        let key = |text: &str| Target::Recipient(text.parse().unwrap());
        let of_plugin =
            |name: &str, data: &[u8]| key(&bech32::encode(&format!("age1{name}"), data));
        let without_data = || Target::PluginIdentity(PluginIdentity::without_data("one").unwrap());
        let ssh = ED25519_PUB.rsplit_once(' ').unwrap().0;
        let targets = vec![
            of_plugin("one", b"a"),
            key(ED25519_PUB),
            of_plugin("two", b"a"),
            without_data(),
            of_plugin("one", b"b"),
            key(ssh),
            of_plugin("one", b"b"),
            without_data(),
            key(ssh),
        ];
        let readers = RecipientSet::new(targets, &host);
        let one = |data| bech32::encode("age1one", data).to_string();
        let names: Vec<_> = readers
            .as_recipients()
            .iter()
            .map(|wrap| wrap.names())
            .collect();
        let of_one = vec![
            one(b"a"),
            one(b"b"),
            "an identity of age-plugin-one".to_owned(),
        ];
        let of_two = vec![bech32::encode("age1two", b"a").to_string()];
        assert_eq!(names, [of_one, vec![ssh.to_owned()], of_two]);
        let twice = [
            ssh.to_owned(),
            one(b"b"),
            "an identity of age-plugin-one".to_owned(),
        ];
        assert_eq!(readers.duplicates(), twice);
    }
}
