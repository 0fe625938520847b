//! File keys that plugins wrap in advance, so that each plugin is started once for all files of a
//! run.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use crate::keyring::ChosenKey;
use bulla_age::plugin::PluginHost;
use bulla_age::sender::RewriteError;
use bulla_age::{
    AnyRecipient, FileKey, KeyError, Nonce, Provable, Recipient, RecipientSet, Target,
    UnlockedFile, Wrapped, wrap_for_files,
};

/// The MAC of a header, and the recipients of its file key. (A plugin sees only the file key.)
type HeaderAndRecipients = ([u8; 32], Vec<String>);

/// The wrapped file keys, one for each file.
#[derive(Default)]
pub(crate) struct WrappedAhead(Mutex<HashMap<HeaderAndRecipients, Vec<Wrapped>>>);

impl WrappedAhead {
    /// Wraps the file keys for the recipients that need a plugin.
    pub(crate) fn new(
        files: &[(UnlockedFile, Vec<ChosenKey>)],
        host: &PluginHost,
    ) -> Result<Self, RewriteError> {
        // Files with the same new readers are one operation.
        let mut groups: BTreeMap<Vec<String>, (Vec<Target>, Vec<&UnlockedFile>)> = BTreeMap::new();
        for (opened, add) in files {
            let of_plugins = add
                .iter()
                .filter(|one| matches!(one.recipient, AnyRecipient::Plugin(_)));
            let targets: Vec<Target> = of_plugins
                .map(|one| Target::Recipient(one.recipient.clone()))
                .collect();
            let names = add.iter().map(|one| one.recipient.to_string()).collect();
            groups
                .entry(names)
                .or_insert_with(|| (targets, Vec::new()))
                .1
                .push(opened);
        }
        let mut wrapped: HashMap<HeaderAndRecipients, Vec<Wrapped>> = HashMap::new();
        for (targets, files) in groups.into_values() {
            for recipient in RecipientSet::new(targets, host).as_recipients() {
                for (file, stanzas) in files.iter().zip(wrap_for_files(&files, recipient)?) {
                    wrapped
                        .entry(place(file, recipient))
                        .or_default()
                        .push(stanzas);
                }
            }
        }
        Ok(Self(Mutex::new(wrapped)))
    }

    /// Returns this recipient, with the file key that was wrapped in advance, if any.
    pub(crate) fn recipient<'a>(
        &self,
        file: &UnlockedFile,
        recipient: &'a dyn Recipient,
    ) -> MaybeWrapped<'a> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let wrapped = if recipient.starts_program() {
            all.get_mut(&place(file, recipient)).and_then(Vec::pop)
        } else {
            None
        };
        MaybeWrapped {
            recipient,
            wrapped: Mutex::new(wrapped),
        }
    }
}

fn place(file: &UnlockedFile, recipient: &dyn Recipient) -> HeaderAndRecipients {
    (*file.header().mac(), recipient.names())
}

/// A recipient that may have wrapped the file key in advance.
pub(crate) struct MaybeWrapped<'a> {
    recipient: &'a dyn Recipient,
    wrapped: Mutex<Option<Wrapped>>,
}

impl Recipient for MaybeWrapped<'_> {
    fn wrap(&self, file_key: &FileKey, nonce: &Nonce) -> Result<Wrapped, KeyError> {
        let wrapped = self
            .wrapped
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        wrapped.map_or_else(|| self.recipient.wrap(file_key, nonce), Ok)
    }

    fn names(&self) -> Vec<String> {
        self.recipient.names()
    }

    fn provable(&self) -> Provable {
        self.recipient.provable()
    }

    fn starts_program(&self) -> bool {
        self.recipient.starts_program()
    }
}
