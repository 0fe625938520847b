//! What the statement of a file in a mirror says besides (formats.md, section 9): a keyed digest of
//! the plaintext, and where the file belongs if its name is hidden.

use std::fmt;
use std::io::{self, Read};

use zeroize::Zeroizing;

/// The contexts in which keys are derived from that of a mirror.
const OF_DIGESTS: &str = "bulla/mirror/v1/digest";
const OF_NAMES: &str = "bulla/mirror/v1/name";

/// The bytes of a hidden name; it has two hexadecimal digits for each.
const NAME: usize = 16;

/// The secret key of a mirror. Without it, nobody can test a guess at the plaintext behind a digest,
/// or at the path behind a hidden name.
#[derive(Clone)]
pub struct MirrorKey(Zeroizing<[u8; 32]>);

impl fmt::Debug for MirrorKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MirrorKey(…)")
    }
}

/// A keyed digest of the plaintext, and its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlaintextDigest {
    /// The key, which is the same in all files of a mirror.
    pub key: [u8; 32],
    /// BLAKE3 of the plaintext under this key.
    pub digest: [u8; 32],
}

impl MirrorKey {
    /// Draws a key; `None` if the system's random number generator failed.
    pub fn generate() -> Option<Self> {
        let mut key = Zeroizing::new([0; 32]);
        getrandom::fill(&mut *key).ok()?;
        Some(Self(key))
    }

    /// The key of these bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The bytes to keep.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Reads a plaintext to its end and returns its digest.
    ///
    /// # Errors
    /// That of the reader.
    pub fn digest(&self, mut plaintext: impl Read) -> io::Result<PlaintextDigest> {
        let key = blake3::derive_key(OF_DIGESTS, &*self.0);
        let mut hasher = blake3::Hasher::new_keyed(&key);
        let mut piece = Zeroizing::new(vec![0; 64 << 10]);
        loop {
            match plaintext.read(&mut piece) {
                Ok(0) => break,
                Ok(read) => {
                    hasher.update(&piece[..read]);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(PlaintextDigest {
            key,
            digest: *hasher.finalize().as_bytes(),
        })
    }

    /// Returns the hidden name of a path: 32 hexadecimal digits. The same path has the same name as
    /// long as the key is the same.
    pub fn hidden_name(&self, path: &[u8]) -> String {
        let key = blake3::derive_key(OF_NAMES, &*self.0);
        let name = blake3::keyed_hash(&key, path);
        let digits = name.as_bytes()[..NAME].iter();
        digits.map(|byte| format!("{byte:02x}")).collect()
    }
}
