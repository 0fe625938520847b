//! The recipients that the keys of an identity give.

use zeroize::Zeroizing;

use crate::context::Context;
use crate::errors::{Failure, Result};
use crate::identities::secret;
use crate::keyring::Name;
use bulla_age::key_document::KeyDocument;
use bulla_age::untrusted::Untrusted;
use bulla_age::{KeyError, key_file};

/// The recipients that the keys of a document give.
pub(crate) struct Derived {
    pub(crate) recipients: Vec<String>,
    /// Whether every key gave one.
    pub(crate) is_complete: bool,
}

/// Returns the recipients that the keys of a document give.
pub(crate) fn derived_recipients(
    document: &KeyDocument,
    name: &Name,
    context: &Context,
) -> Result<Vec<String>> {
    Ok(derived(document, name, context)?.recipients)
}

/// Returns the recipients that the keys of a document give, and whether every key gave one.
pub(crate) fn derived(document: &KeyDocument, name: &Name, context: &Context) -> Result<Derived> {
    let mut recipients: Vec<String> = document.own().map_or_else(Vec::new, |own| {
        own.recipients().iter().map(ToString::to_string).collect()
    });
    let text = document.from_elsewhere();
    let is_key = |line: &str| !line.is_empty() && !line.starts_with('#');
    if !text.lines().map(str::trim_ascii).any(is_key) {
        return Ok(Derived {
            recipients,
            is_complete: true,
        });
    }
    let mut is_complete = true;
    let what = || Untrusted::new(name.as_str());
    let failed = |error| Failure::Key {
        what: what(),
        error,
    };
    // No passphrase is needed for a recipient, so the work factor does not matter.
    let origin = secret::origin(name, context, 1);
    let bytes = Zeroizing::new(text.as_bytes().to_vec());
    for identity in key_file::parse(bytes, &origin).map_err(failed)? {
        match identity.recipients() {
            Ok(found) => recipients.extend(found.iter().map(ToString::to_string)),
            Err(KeyError::NoRecipient(_)) => is_complete = false,
            Err(error) => return Err(failed(error).into()),
        }
    }
    Ok(Derived {
        recipients,
        is_complete,
    })
}
