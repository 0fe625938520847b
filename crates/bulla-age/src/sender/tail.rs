//! The stanzas of this engine: after the recipients' stanzas at most one sender stanza and at most
//! one pad, and those of newer versions anywhere.

use crate::stanza_type::{PAD, SENDER};
use sha2::{Digest, Sha256};

use crate::format::{Stanza, write_stanza};
use crate::sender::error::SenderError;
use crate::stanza_type;

/// SHA-256 of the bytes of the recipients' stanzas, in order.
pub(crate) fn digest<'a>(recipients: impl IntoIterator<Item = &'a Stanza>) -> [u8; 32] {
    let (mut hash, mut bytes) = (Sha256::new(), Vec::new());
    for stanza in recipients {
        bytes.clear();
        write_stanza(stanza, &mut bytes);
        hash.update(&bytes);
    }
    hash.finalize().into()
}

/// The stanzas of a header, apart.
pub(crate) struct Parts<'a> {
    /// The recipients' stanzas, in order.
    pub(crate) recipients: Vec<&'a Stanza>,
    /// The sender stanza.
    pub(crate) sender: Option<&'a Stanza>,
    /// True if there is a reserved stanza that only a newer version knows.
    pub(crate) newer: bool,
}

/// Takes the stanzas of a header apart.
///
/// # Errors
/// [`SenderError::Malformed`] if the sender stanza or the pad is out of place, or a pad has room
/// for a key.
pub(crate) fn part(stanzas: &[Stanza]) -> Result<Parts<'_>, SenderError> {
    let mut parts = Parts {
        recipients: Vec::with_capacity(stanzas.len()),
        sender: None,
        newer: false,
    };
    let mut padded = false;
    for stanza in stanzas {
        match stanza.tag.as_str() {
            SENDER if parts.sender.is_none() && !padded => parts.sender = Some(stanza),
            PAD if !padded && !is_empty(stanza) => {
                return Err(SenderError::Malformed("bulla/pad stanza: it is not empty"));
            }
            PAD if !padded => padded = true,
            // What a newer version does with its stanza, and where, is up to that version.
            tag if stanza_type::is_newer(tag) => parts.newer = true,
            tag if stanza_type::is_recipient(tag) && parts.sender.is_none() && !padded => {
                parts.recipients.push(stanza);
            }
            _ => {
                return Err(SenderError::Malformed(
                    "header: a bulla stanza is out of place",
                ));
            }
        }
    }
    Ok(parts)
}

fn is_empty(pad: &Stanza) -> bool {
    let argument = match pad.args.exactly() {
        Some([zeros]) => {
            let zeros: &str = zeros;
            (1..=3).contains(&zeros.len()) && zeros.bytes().all(|byte| byte == b'0')
        }
        None => pad.args.is_empty(),
    };
    argument && pad.body.iter().all(|byte| *byte == 0)
}
