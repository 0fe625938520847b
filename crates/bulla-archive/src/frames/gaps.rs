//! What is missing in an input.

use std::ops::Range;

/// The parts that are missing in an input of this length, in order.
#[derive(Clone, Copy)]
pub(super) struct Gaps<'a> {
    pub(super) holes: &'a [Range<u64>],
    pub(super) len: u64,
}

impl Gaps<'_> {
    /// Returns the first gap that ends behind an offset; after the last one, the end of the input.
    pub(super) fn next(&self, offset: u64) -> Range<u64> {
        let next = self.holes.partition_point(|hole| hole.end <= offset);
        match self.holes.get(next) {
            Some(hole) if hole.start < self.len => hole.start.max(offset)..hole.end.min(self.len),
            _ => self.len..self.len,
        }
    }

    /// Returns whether nothing of a part is missing.
    pub(super) fn is_whole(&self, part: Range<u64>) -> bool {
        part.end <= self.len && self.next(part.start).start >= part.end
    }
}
