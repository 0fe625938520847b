//! What may follow the end of an archive: zeros, and the catalogue of an archive of ours.

use crate::catalogue::{TRAILER, lengths_in_trailer};

/// Looks at the bytes behind the end while they are read.
#[derive(Debug)]
pub(super) struct AfterEnd {
    /// The length of all entries.
    entries: u64,
    len: u64,
    /// The offset of the first byte that is not zero.
    first: Option<u64>,
    /// The last bytes, at most as many as a trailer has.
    last: Vec<u8>,
}

impl AfterEnd {
    pub(super) fn new(entries: u64) -> Self {
        Self {
            entries,
            len: 0,
            first: None,
            last: Vec::new(),
        }
    }

    pub(super) fn take(&mut self, bytes: &[u8]) {
        if self.first.is_none() {
            let first = bytes.iter().position(|byte| *byte != 0);
            self.first = first.map(|first| self.len + first as u64);
        }
        self.len += bytes.len() as u64;
        let kept = bytes.len().min(TRAILER);
        self.last.extend_from_slice(&bytes[bytes.len() - kept..]);
        let more = self.last.len().saturating_sub(TRAILER);
        self.last.drain(..more);
    }

    /// Returns whether everything was zeros, but for a catalogue of these entries at the end.
    pub(super) fn is_accepted(&self) -> bool {
        let Some(first) = self.first else {
            return true;
        };
        let trailer = self.last.first_chunk::<TRAILER>();
        let Some((entries, catalogue)) = trailer.and_then(lengths_in_trailer) else {
            return false;
        };
        let start = self.len.checked_sub(catalogue);
        entries == self.entries && start.is_some_and(|start| start <= first)
    }
}
