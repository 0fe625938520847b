//! The recipients that the keys of an identity give.

use zeroize::Zeroizing;

use crate::context::Context;
use crate::errors::{Failure, Result};
use crate::identities::secret;
use crate::keyring::Name;
use bulla_age::key_document::KeyDocument;
use bulla_age::untrusted::Untrusted;
use bulla_age::{KeyError, key_file};

/// Returns the recipients that the keys of a document give.
pub(crate) fn derived_recipients(
    document: &KeyDocument,
    name: &Name,
    context: &Context,
) -> Result<Vec<String>> {
    let mut recipients: Vec<String> = document.own().map_or_else(Vec::new, |own| {
        own.recipients().iter().map(ToString::to_string).collect()
    });
    let text = document.from_elsewhere();
    if text.trim_ascii().is_empty() {
        return Ok(recipients);
    }
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
            Err(KeyError::NoRecipient(_)) => {}
            Err(error) => return Err(failed(error).into()),
        }
    }
    Ok(recipients)
}
