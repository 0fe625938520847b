//! The file key, and the nonce of a payload.

use std::fmt;

use zeroize::Zeroizing;

/// The 16 random bytes between the header and the payload of a file. With the file key they give
/// the payload key (C2SP age.md, "Payload") and the randomness of provable stanzas.
pub type Nonce = [u8; 16];

/// The secret of one file: 16 bytes, from which the keys of its header and of its payload are
/// derived. Wiped when dropped.
#[derive(Clone)]
pub struct FileKey(Box<Zeroizing<[u8; 16]>>);

impl FileKey {
    /// Copies 16 secret bytes. The caller wipes its own copy.
    pub fn new(bytes: &[u8; 16]) -> Self {
        let mut key = Self::zero();
        key.0.copy_from_slice(bytes);
        key
    }

    /// Copies secret bytes; `None` if there are not 16.
    pub(crate) fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self::new)
    }

    /// Generates a random file key.
    ///
    /// # Errors
    /// Those of the system's random number generator.
    pub fn generate() -> Result<Self, getrandom::Error> {
        let mut key = Self::zero();
        getrandom::fill(key.0.as_mut_slice())?;
        Ok(key)
    }

    /// Returns the secret bytes.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    fn zero() -> Self {
        Self(Box::new(Zeroizing::new([0; 16])))
    }
}

impl fmt::Debug for FileKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FileKey(…)")
    }
}
