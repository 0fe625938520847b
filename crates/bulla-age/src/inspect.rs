//! What can be seen of a file without a key.

use crate::decrypt::LockedFile;
use crate::format::Stanza;
use crate::stanza_type;
use crate::stanza_type::SENDER;
use crate::stream::{SEALED_CHUNK, TAG, plaintext_len};
use crate::untrusted::Untrusted;

/// What can be seen of a stanza without a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StanzaSummary {
    /// Its type: untrusted text, cut after 64 characters.
    pub kind: Untrusted,
    /// The number of its arguments.
    pub arguments: usize,
    /// The length of its body.
    pub body: usize,
    /// True if it resists quantum computers; `None` if that is not known.
    pub post_quantum: Option<bool>,
    /// True for the sender stanza, which names the author and the readers to people who can decrypt
    /// the file.
    pub is_about_author: bool,
}

/// What can be seen of a file without a key. Nothing is authenticated.
#[derive(Clone, Debug)]
pub struct Inspection {
    /// Every stanza, in order.
    pub stanzas: Vec<StanzaSummary>,
    /// The length of the header, including the MAC line.
    pub header: u64,
    /// The length of nonce and tags, if the payload's length is known.
    pub overhead: Option<u64>,
    /// The length of the plaintext, if the payload's length is known and valid.
    pub plaintext: Option<u64>,
}

impl Inspection {
    /// Inspects a header. `payload` is the number of bytes from
    /// [`payload_offset`](LockedFile::payload_offset) to the end of the file, if known.
    pub fn new(locked: &LockedFile, payload: Option<u64>) -> Self {
        let header = locked.header().len() as u64;
        let tags = |sealed: u64| sealed.div_ceil(SEALED_CHUNK as u64).max(1) * TAG as u64;
        Self {
            stanzas: locked.header().stanzas().iter().map(stanza_kind).collect(),
            header,
            overhead: payload.map(|sealed| locked.payload_offset() - header + tags(sealed)),
            plaintext: payload.and_then(plaintext_len),
        }
    }

    /// Returns true if every stanza resists quantum computers, false if one does not, and `None` if
    /// it cannot be known.
    pub fn post_quantum(&self) -> Option<bool> {
        let mut answer = Some(true);
        for stanza in self.recipients() {
            match stanza.post_quantum {
                Some(false) => return Some(false),
                None => answer = None,
                Some(true) => {}
            }
        }
        answer.filter(|_| self.recipients().next().is_some())
    }

    /// Returns the stanzas that look like recipients: all except grease and the sender stanza.
    pub fn recipients(&self) -> impl Iterator<Item = &StanzaSummary> {
        self.stanzas.iter().filter(|stanza| {
            let name = stanza.kind.as_raw();
            stanza_type::is_recipient(name) && !stanza_type::is_grease(name)
        })
    }
}

fn stanza_kind(stanza: &Stanza) -> StanzaSummary {
    StanzaSummary {
        kind: stanza.shown_type(),
        arguments: stanza.args.len(),
        body: stanza.body.len(),
        is_about_author: stanza.tag == SENDER,
        post_quantum: stanza_type::is_post_quantum(&stanza.tag),
    }
}
