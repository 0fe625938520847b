//! Bytes in memory that behave like a file.

use std::io;

use crate::commands::bench::memory::{Memory, PIECE};
use bulla_age::stream::{ReadAt, WriteAt};

#[test]
fn reads_and_writes_cross_piece_boundaries() {
    let len = 2 * PIECE + 100;
    for (offset, size) in [
        (0, 1),
        (0, len),
        (PIECE - 1, 2),
        (PIECE, PIECE),
        (1, 2 * PIECE),
        (len - 1, 1),
        (len, 0),
    ] {
        let memory = Memory::filled(9, len);
        let bytes: Vec<u8> = (0..size).map(|i| (i % 251) as u8).collect();
        memory.write_all_at(&bytes, offset as u64).unwrap();
        let mut expected = vec![9; len];
        expected[offset..offset + size].copy_from_slice(&bytes);
        let mut seen = vec![0; len];
        assert_eq!(memory.read_at(&mut seen, 0).unwrap(), len);
        assert!(seen == expected, "{size} bytes at {offset}");
        assert_eq!(
            memory.read_at(&mut seen[..size], offset as u64).unwrap(),
            size
        );
        assert!(seen[..size] == bytes, "{size} bytes at {offset}");
    }
}

#[test]
fn past_its_end_there_is_nothing() {
    for len in [0, 1, PIECE, PIECE + 1] {
        let memory = Memory::filled(9, len);
        let mut seen = vec![0; len + 1];
        assert_eq!(memory.read_at(&mut seen, 0).unwrap(), len);
        assert_eq!(memory.read_at(&mut seen, len as u64).unwrap(), 0);
        assert_eq!(memory.read_at(&mut seen, u64::MAX).unwrap(), 0);
        let error = memory.write_all_at(&seen, 0).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::WriteZero);
        assert!(memory.write_all_at(&[], 0).is_ok());
    }
}
