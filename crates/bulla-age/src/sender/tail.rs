//! The stanzas after the recipients' stanzas: at most one sender stanza and at most one pad.

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

/// The stanzas of the recipients, and that of the sender behind them.
///
/// # Errors
/// [`SenderError::Malformed`] where ours are not in their places, or a pad has room for a key.
pub(crate) fn part(stanzas: &[Stanza]) -> Result<(&[Stanza], Option<&Stanza>), SenderError> {
    let count = stanzas
        .iter()
        .position(|stanza| !stanza_type::is_recipient(&stanza.tag))
        .unwrap_or(stanzas.len());
    let (recipients, mut tail) = stanzas.split_at(count);
    let mut sender = None;
    if let [first, rest @ ..] = tail
        && first.tag == SENDER
    {
        (sender, tail) = (Some(first), rest);
    }
    match tail {
        [] => Ok((recipients, sender)),
        [pad] if pad.tag == PAD => {
            if is_empty(pad) {
                Ok((recipients, sender))
            } else {
                Err(SenderError::Malformed("bulla/pad stanza: it is not empty"))
            }
        }
        _ => Err(SenderError::Malformed(
            "header: a bulla stanza is out of place",
        )),
    }
}

fn is_empty(pad: &Stanza) -> bool {
    let argument = match pad.args.as_slice() {
        [] => true,
        [zeros] => (1..=3).contains(&zeros.len()) && zeros.bytes().all(|byte| byte == b'0'),
        _ => false,
    };
    argument && pad.body.iter().all(|byte| *byte == 0)
}
