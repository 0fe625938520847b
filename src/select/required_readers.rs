//! The readers without whom nothing is encrypted on this machine: the setting `require`.
//!
//! Every command that writes an encrypted file or a header asks here. No option skips it: whoever
//! wants an exception changes the setting.

use crate::context::Context;
use crate::errors::{ErrorContext as _, Refusal, Result, shortened};
use crate::identities::confirmed;
use crate::keyring::{PersonKeys, PersonName};
use bulla_age::AnyRecipient;
use bulla_age::untrusted::Untrusted;

/// The people who must be able to open everything, by all keys that may be used for them.
pub(crate) struct RequiredReaders {
    people: Vec<PersonKeys>,
}

impl RequiredReaders {
    /// Returns whether the settings of this machine require anybody.
    pub(crate) fn exist(context: &Context) -> Result<bool> {
        Ok(!context.required_readers()?.is_empty())
    }

    /// Loads the required readers. A name that is unknown or whose keys may not be used is an
    /// error: a missing reader must not go unnoticed.
    pub(crate) fn load(context: &Context) -> Result<Self> {
        let names = context.required_readers()?;
        if names.is_empty() {
            return Ok(Self { people: Vec::new() });
        }
        let people = confirmed::resolve(&names, context).context("The setting require")?;
        Ok(Self { people })
    }

    /// Returns the required readers and their keys.
    pub(crate) fn people(&self) -> &[PersonKeys] {
        &self.people
    }

    /// Refuses a passphrase as the only way to open a file.
    pub(crate) fn refuse_passphrase(context: &Context) -> Result<()> {
        let names = context.required_readers()?;
        if names.is_empty() {
            return Ok(());
        }
        let names = names.iter().map(|name| match name.parse::<AnyRecipient>() {
            Ok(_) => shortened(name),
            Err(_) => Untrusted::new(name.as_str()).to_string(),
        });
        Err(Refusal::RequiredReaderWithPassphrase(names.collect()).into())
    }

    /// Refuses readers without a required one. `is_reader` says whether somebody can open the file
    /// with this key; one key of each person is enough.
    pub(crate) fn refuse_without(&self, is_reader: impl Fn(&AnyRecipient) -> bool) -> Result<()> {
        let missing = self
            .people
            .iter()
            .filter(|somebody| !somebody.recipients.iter().any(&is_reader));
        let (names, options): (Vec<String>, Vec<String>) = missing
            .map(|somebody| (name_of(&somebody.who), option_for(&somebody.who)))
            .unzip();
        if names.is_empty() {
            Ok(())
        } else {
            Err(Refusal::RequiredReaderMissing {
                names,
                options: options.join(" "),
            }
            .into())
        }
    }
}

fn name_of(who: &PersonName) -> String {
    match who {
        PersonName::Recipient(text) => shortened(text),
        other => other.to_string(),
    }
}

/// Returns how a command line names this reader. A post-quantum recipient is too long for a hint.
fn option_for(who: &PersonName) -> String {
    match who {
        PersonName::Recipient(text) if text.len() >= 100 => "-r RECIPIENT".to_owned(),
        PersonName::Recipient(text) => {
            format!("-r {}", Untrusted::new(text.as_str()).as_argument())
        }
        other => format!("--to {other}"),
    }
}
