//! The nonce of a chunk: an 11-byte big-endian counter and a byte that marks the last chunk.

/// Whether a chunk is the payload's last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    /// More chunks follow.
    Inner,
    /// No chunk follows.
    Last,
}

/// The 12-byte nonce of one chunk under its payload key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChunkNonce([u8; 12]);

impl ChunkNonce {
    /// The nonce of the chunk counted from 0. A u64 counts more bytes than there can be, so the
    /// 88-bit counter of the format never wraps.
    pub fn new(index: u64, position: Position) -> Self {
        let mut bytes = [0; 12];
        bytes[3..11].copy_from_slice(&index.to_be_bytes());
        bytes[11] = u8::from(position == Position::Last);
        Self(bytes)
    }

    /// As the AEAD takes it.
    pub fn as_bytes(&self) -> &[u8; 12] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counter_is_big_endian_and_carries_at_every_byte() {
        for (index, want) in [
            (0, "000000000000000000000000"),
            (0xff, "00000000000000000000ff00"),
            (1 << 8, "000000000000000000010000"),
            (1 << 16, "000000000000000001000000"),
            (1 << 24, "000000000000000100000000"),
            ((1 << 32) - 1, "00000000000000ffffffff00"),
            (1 << 32, "000000000000010000000000"),
            (u64::MAX, "000000ffffffffffffffff00"),
        ] {
            let hex = |n: ChunkNonce| {
                n.as_bytes()
                    .iter()
                    .map(|b| format!("{b:02x}"))
                    .collect::<String>()
            };
            assert_eq!(hex(ChunkNonce::new(index, Position::Inner)), want);
            assert_eq!(
                hex(ChunkNonce::new(index, Position::Last)),
                format!("{}01", &want[..22])
            );
        }
    }
}
