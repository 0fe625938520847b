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
    /// Its type: untrusted text.
    pub kind: Untrusted,
    /// How many arguments it has.
    pub arguments: usize,
    /// Bytes of its body.
    pub body: usize,
    /// Whether it resists quantum computers; `None` if that is not known.
    pub post_quantum: Option<bool>,
    /// Whether it is the sender stanza, which names the author and the readers to those who can
    /// open the file.
    pub is_about_author: bool,
}

/// What a file says without any key. Nothing of it is authenticated.
#[derive(Clone, Debug)]
pub struct Inspection {
    /// Every stanza, in order.
    pub stanzas: Vec<StanzaSummary>,
    /// Bytes of the header, MAC line included.
    pub header: u64,
    /// The size of nonce and tags in bytes, if the payload's length is known.
    pub overhead: Option<u64>,
    /// The length of the plaintext in bytes, if the payload's length is known and valid.
    pub plaintext: Option<u64>,
}

impl Inspection {
    /// Looks at a header, and at the length of the payload behind it (without the nonce) where that
    /// is known.
    pub fn new(closed: &LockedFile, payload: Option<u64>) -> Self {
        let header = closed.header().len() as u64;
        let tags = |sealed: u64| sealed.div_ceil(SEALED_CHUNK as u64).max(1) * TAG as u64;
        Self {
            stanzas: closed.header().stanzas().iter().map(stanza_kind).collect(),
            header,
            overhead: payload.map(|sealed| closed.payload_offset() - header + tags(sealed)),
            plaintext: payload.and_then(plaintext_len),
        }
    }

    /// Returns whether the whole file resists quantum computers, which every stanza must. `None` if
    /// this is unknown for one stanza and false for none.
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

    /// The stanzas that look like recipients: all but those that are there to keep readers
    /// tolerant, and what stands there of the author.
    pub fn recipients(&self) -> impl Iterator<Item = &StanzaSummary> {
        self.stanzas.iter().filter(|stanza| {
            let name = stanza.kind.as_raw();
            stanza_type::is_recipient(name) && !stanza_type::is_grease(name)
        })
    }
}

fn stanza_kind(stanza: &Stanza) -> StanzaSummary {
    StanzaSummary {
        kind: Untrusted::new(stanza.tag.clone()),
        arguments: stanza.args.len(),
        body: stanza.body.len(),
        is_about_author: stanza.tag == SENDER,
        post_quantum: stanza_type::is_post_quantum(&stanza.tag),
    }
}
