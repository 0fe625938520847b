//! What it costs to look for frames where an author has hidden marks that lead nowhere.

use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::ops::Range;

use crate::frames::{CATALOGUE, FRAME, PADDING, SalvagedTar, salvage, skippable};

/// Bytes that are not the mark of a frame.
const JUNK: &[u8] = b"NOT A FRAME, AND LONGER THAN ANY HEADER OF ONE";

/// Counts what is read of an input.
struct Counting<'a> {
    input: Cursor<Vec<u8>>,
    reads: &'a mut usize,
    bytes: &'a mut usize,
}

impl Read for Counting<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        *self.reads += 1;
        *self.bytes += read;
        Ok(read)
    }
}

impl Seek for Counting<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.input.seek(to)
    }
}

/// What was found, how often was read, and how many bytes.
fn cost(parts: &[&[u8]], holes: &[Range<u64>]) -> (SalvagedTar, usize, usize) {
    let (mut reads, mut bytes) = (0, 0);
    let input = Counting {
        input: Cursor::new(parts.concat()),
        reads: &mut reads,
        bytes: &mut bytes,
    };
    let found = salvage(input, holes, true, |_, _| Ok(())).unwrap();
    (found, reads, bytes)
}

/// A frame that says it has this many bytes, with one block of this type.
fn frame(len: u32, block_type: u8, block: &[u8]) -> Vec<u8> {
    let size = u32::try_from(block.len()).unwrap() << 3 | u32::from(block_type) << 1 | 1;
    [
        &[0x28, 0xb5, 0x2f, 0xfd, 0xa0][..],
        &len.to_le_bytes(),
        &size.to_le_bytes()[..3],
        block,
    ]
    .concat()
}

#[track_caller]
fn is_linear(what: &str, cost: impl Fn(usize) -> usize) {
    let (one, four) = (cost(1000), cost(4000));
    println!("{what}: {one} reads for 1000, {four} for 4000");
    assert!(four < 5 * one, "{what}: {one} and then {four}");
}

#[test]
fn marks_that_lead_to_something_else_are_followed_once() {
    is_linear("skippable frames and junk", |count| {
        let empty = skippable(PADDING, 0).repeat(count);
        let (found, reads, _) = cost(&[JUNK, &empty, JUNK], &[]);
        assert_eq!(found, SalvagedTar::default());
        reads
    });
}

#[test]
fn marks_that_lead_to_a_gap_without_contents_are_followed_once() {
    is_linear("skippable frames and a gap", |count| {
        let empty = skippable(PADDING, 0).repeat(count);
        let gap = (JUNK.len() + empty.len()) as u64;
        let gap = gap..gap + 20;
        let (found, reads, _) = cost(&[JUNK, &empty, &[0; 20], JUNK], std::slice::from_ref(&gap));
        assert_eq!(found.written, 0);
        reads
    });
}

#[test]
fn catalogues_that_frames_follow_are_followed_once() {
    is_linear("catalogues that lead to the same frames", |count| {
        let lens = (0..count).rev().map(|after| 8 * after);
        let catalogues: Vec<u8> = lens
            .flat_map(|len| skippable(CATALOGUE, u32::try_from(len).unwrap()))
            .collect();
        let empty = skippable(PADDING, 0).repeat(count);
        let last = frame(5, 0, b"hello");
        let (found, reads, _) = cost(&[JUNK, &catalogues, &empty, &last, JUNK], &[]);
        assert_eq!(found.written, 0);
        reads
    });
}

#[test]
fn frames_that_cannot_be_decompressed_are_not_looked_for_again() {
    is_linear("frames that cannot be decompressed", |count| {
        let frames = frame(FRAME as u32, 2, &[0xff]).repeat(count);
        let last = frame(5, 0, b"hello");
        let (found, reads, _) = cost(&[&frames, &last], &[]);
        let holes = 0..(count * FRAME) as u64;
        assert_eq!((found.written, &found.holes[..]), (5, &[holes][..]));
        reads
    });
}

/// Marks of frames that share one long row of empty blocks.
#[test]
fn empty_blocks_are_not_counted_without_end() {
    let count = 64;
    let heads: Vec<u8> = (0..count)
        .flat_map(|index| {
            let mut head = frame(FRAME as u32, 0, &[0; 12].repeat(count - 1 - index));
            head.truncate(12);
            // It is not the last block.
            head[9] &= !1;
            head
        })
        .collect();
    let zeros = vec![0; 4 << 20];
    let (found, _, bytes) = cost(&[JUNK, &heads, &zeros], &[]);
    assert_eq!(found.written, 0);
    println!("{count} marks: {bytes} bytes");
    assert!(bytes < 2 * zeros.len() + count * (64 << 10), "{bytes}");
}
