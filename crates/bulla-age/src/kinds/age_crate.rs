//! The age crate's recipients and identities behind the traits of this crate.

use age_core::format as age_format;
use secrecy::ExposeSecret;

use crate::file_key::FileKey;
use crate::format::Stanza;
use crate::key_error::KeyError;
use crate::recipient::Wrapped;

/// Wraps a file key for a recipient of the age crate.
pub(crate) fn wrap(
    recipient: &impl age::Recipient,
    file_key: &FileKey,
) -> Result<Wrapped, KeyError> {
    let file_key = age_format::FileKey::init_with_mut(|key| *key = *file_key.as_bytes());
    match recipient.wrap_file_key(&file_key) {
        Ok((stanzas, labels)) => Ok(Wrapped {
            stanzas: stanzas.into_iter().map(from_age).collect(),
            labels: labels.into_iter().collect(),
        }),
        Err(error) => Err(KeyError::Wrap(error.to_string())),
    }
}

/// Unwraps a stanza with an identity of the age crate; `None` if it does not match.
pub(crate) fn unwrap(identity: &impl age::Identity, stanza: &Stanza) -> Option<FileKey> {
    let stanza = age_format::Stanza {
        tag: stanza.tag.clone(),
        args: stanza.args.iter().map(str::to_owned).collect(),
        body: stanza.body.clone(),
    };
    let file_key = identity.unwrap_stanza(&stanza)?.ok()?;
    Some(FileKey::new(file_key.expose_secret()))
}

fn from_age(stanza: age_format::Stanza) -> Stanza {
    Stanza {
        tag: stanza.tag,
        args: stanza.args.iter().collect(),
        body: stanza.body,
    }
}
