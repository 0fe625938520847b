//! Tar files made by hand, block by block, right or wrong.

/// The size of a block.
pub(crate) const BLOCK: usize = 512;

/// A header in the making.
#[derive(Clone)]
pub(crate) struct Header([u8; BLOCK]);

impl Header {
    /// A POSIX header.
    pub(crate) fn new(path: &str, kind: u8, size: u64) -> Self {
        let mut block = [0; BLOCK];
        block[156] = kind;
        Self(block)
            .with(0, path.as_bytes())
            .with(100, b"0000644\0")
            .with(108, b"0001750\0")
            .with(116, b"0001750\0")
            .with(124, format!("{size:011o}\0").as_bytes())
            .with(136, b"14371573677\0")
            .with(257, b"ustar\x0000")
    }

    /// A header of the GNU format.
    pub(crate) fn gnu(path: &str, kind: u8, size: u64) -> Self {
        Self::new(path, kind, size).with(257, b"ustar  \0")
    }

    pub(crate) fn with(mut self, at: usize, bytes: &[u8]) -> Self {
        self.0[at..at + bytes.len()].copy_from_slice(bytes);
        self
    }

    pub(crate) fn link(self, target: &str) -> Self {
        self.with(157, target.as_bytes())
    }

    /// The block with its checksum.
    pub(crate) fn done(self) -> Vec<u8> {
        let blank = self.with(148, b"        ");
        let sum: u32 = blank.0.iter().map(|byte| u32::from(*byte)).sum();
        blank
            .with(148, format!("{sum:06o}\0 ").as_bytes())
            .0
            .to_vec()
    }
}

/// Bytes with zeros up to the end of their block.
pub(crate) fn filled(bytes: &[u8]) -> Vec<u8> {
    let mut filled = bytes.to_vec();
    filled.resize(bytes.len().next_multiple_of(BLOCK), 0);
    filled
}

pub(crate) fn file(path: &str, contents: &[u8]) -> Vec<u8> {
    let header = Header::new(path, b'0', contents.len() as u64).done();
    [header, filled(contents)].concat()
}

pub(crate) fn folder(path: &str) -> Vec<u8> {
    Header::new(path, b'5', 0).with(100, b"0000755\0").done()
}

pub(crate) fn symlink(path: &str, target: &str) -> Vec<u8> {
    Header::new(path, b'2', 0).link(target).done()
}

pub(crate) fn hard_link(path: &str, target: &str) -> Vec<u8> {
    Header::new(path, b'1', 0).link(target).done()
}

/// The text of pax records.
pub(crate) fn records(records: &[&str]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for text in records {
        let len = (1..8)
            .map(|digits| text.len() + 2 + digits)
            .find(|len| len.to_string().len() + text.len() + 2 == *len)
            .unwrap();
        bytes.extend_from_slice(format!("{len} {text}\n").as_bytes());
    }
    bytes
}

/// An extended header of this kind (`x` or `g`) with these bytes.
pub(crate) fn extended_by(kind: u8, bytes: &[u8]) -> Vec<u8> {
    let header = Header::new("pax", kind, bytes.len() as u64).done();
    [header, filled(bytes)].concat()
}

pub(crate) fn extended(texts: &[&str]) -> Vec<u8> {
    extended_by(b'x', &records(texts))
}

/// A long path (`L`) or target (`K`) of the GNU format.
pub(crate) fn long(kind: u8, text: &str) -> Vec<u8> {
    let bytes = [text.as_bytes(), b"\0"].concat();
    let header = Header::gnu("././@LongLink", kind, bytes.len() as u64).done();
    [header, filled(&bytes)].concat()
}

/// The entries and the end of an archive.
pub(crate) fn archive(entries: &[Vec<u8>]) -> Vec<u8> {
    [entries.concat(), vec![0; 2 * BLOCK]].concat()
}
