//! Frames that follow each other, found without decompressing them.

use std::io::{self, BufReader, Read, Seek, SeekFrom};

use crate::frames::dead_ends::{DeadEnds, Step};
use crate::frames::frame_bytes::{Found, read_frame};
use crate::frames::gaps::Gaps;
use crate::frames::seek_table::number;
use crate::frames::{CATALOGUE, FRAME, PADDING, SEEK_TABLE, SKIPPABLE};

/// The mark of a frame that has contents.
const MAGIC: [u8; 4] = 0xFD2F_B528_u32.to_le_bytes();

/// The longest header of a frame.
const HEADER: usize = 18;

/// How much is searched at once.
const SEARCHED: usize = 64 << 10;

/// What begins at an offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// A frame that says how long its contents are, or does not.
    Frame { len: Option<u64> },
    /// A skippable frame, and where it ends.
    Skippable { mark: u32, end: u64 },
}

/// Returns what begins at an offset; `None` if that is no frame, or its beginning is missing.
pub(super) fn mark_at(
    input: &mut (impl Read + Seek),
    gaps: Gaps<'_>,
    offset: u64,
) -> io::Result<Option<Mark>> {
    let there = gaps.next(offset).start - offset.min(gaps.len);
    let most = usize::try_from(there).map_or(HEADER, |there| there.min(HEADER));
    let mut begin = [0; HEADER];
    input.seek(SeekFrom::Start(offset))?;
    input.read_exact(&mut begin[..most])?;
    let begin = &begin[..most];
    if begin.starts_with(&MAGIC) {
        let len = zstd::zstd_safe::get_frame_content_size(begin);
        return Ok(Some(Mark::Frame {
            len: len.unwrap_or(None),
        }));
    }
    if begin.len() < SKIPPABLE || number(begin) & !0xf != 0x184D_2A50 {
        return Ok(None);
    }
    let end = offset + SKIPPABLE as u64 + u64::from(number(&begin[4..]));
    Ok(Some(Mark::Skippable {
        mark: number(begin),
        end,
    }))
}

/// Frames as this program writes them, up to the end of the input or the next gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Chain {
    /// Where the first one begins.
    pub(super) offset: u64,
    /// How many have contents.
    pub(super) frames: u64,
    /// How long these are together.
    pub(super) len: u64,
    /// Where the catalogue begins, if it was reached, and after it the end of the input. Files in
    /// the contents can have a catalogue too.
    pub(super) catalogue: Option<u64>,
}

/// Where a frame with contents ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FrameEnd {
    At(u64),
    /// It goes on in a gap.
    InGap,
    /// Its blocks are not those of a frame.
    Nowhere,
}

/// Returns where the frame at an offset ends.
pub(super) fn frame_end(
    input: &mut (impl Read + Seek),
    gaps: Gaps<'_>,
    offset: u64,
) -> io::Result<FrameEnd> {
    let gap = gaps.next(offset).start;
    input.seek(SeekFrom::Start(offset))?;
    let mut rest = BufReader::new(input.take(gap - offset));
    Ok(match read_frame(&mut rest)? {
        Found::Short { bytes, .. } => FrameEnd::At(offset + bytes.len() as u64),
        _ if rest.buffer().is_empty() && rest.get_ref().limit() == 0 => FrameEnd::InGap,
        _ => FrameEnd::Nowhere,
    })
}

/// Looks for chains in one input, from its beginning to its end.
#[derive(Default)]
pub(super) struct Chains {
    dead_ends: DeadEnds,
}

impl Chains {
    /// Returns the frames from an offset on; `None` if something else is among them, or not even one
    /// is whole. Frames can contain files with frames, which something else follows sooner or later.
    fn chain(
        &mut self,
        input: &mut (impl Read + Seek),
        gaps: Gaps<'_>,
        offset: u64,
    ) -> io::Result<Option<Chain>> {
        let mut chain = Chain {
            offset,
            frames: 0,
            len: 0,
            catalogue: None,
        };
        let mut at = offset;
        let mut is_short = false;
        self.dead_ends.begin(offset);
        while at < gaps.len {
            let end = gaps.next(at).start;
            if end == at {
                break;
            }
            // Only the last one is shorter, and the catalogue follows it.
            let is_after_last = is_short || chain.catalogue.is_some();
            let step = Step {
                offset: at,
                is_after_last,
                has_frames: chain.frames > 0,
            };
            if !self.dead_ends.step(step) {
                return Ok(None);
            }
            let next = match mark_at(input, gaps, at)? {
                Some(Mark::Skippable { mark, end }) if end <= gaps.len => {
                    if mark == CATALOGUE {
                        chain.catalogue = Some(at);
                    }
                    FrameEnd::At(end)
                }
                Some(Mark::Frame { .. }) if is_after_last => FrameEnd::Nowhere,
                Some(Mark::Frame { len: Some(len) }) if len <= FRAME as u64 => {
                    let found = frame_end(input, gaps, at)?;
                    if let FrameEnd::At(_) = found {
                        is_short = len < FRAME as u64;
                        chain.frames += 1;
                        chain.len += len;
                    }
                    found
                }
                // Too little is there to tell.
                _ if end - at < HEADER as u64 => FrameEnd::InGap,
                _ => FrameEnd::Nowhere,
            };
            match next {
                FrameEnd::At(end) => at = end,
                FrameEnd::InGap => break,
                FrameEnd::Nowhere => {
                    self.dead_ends.something_else();
                    return Ok(None);
                }
            }
        }
        if chain.frames == 0 && (at < gaps.len || at == offset) {
            self.dead_ends.no_frames();
            return Ok(None);
        }
        if at < gaps.len {
            chain.catalogue = None;
        }
        Ok(Some(chain))
    }

    /// Returns the first frames from an offset on, after a gap if one is there.
    pub(super) fn next(
        &mut self,
        input: &mut (impl Read + Seek),
        gaps: Gaps<'_>,
        offset: u64,
    ) -> io::Result<Option<Chain>> {
        let mut at = offset;
        let mut buffer = vec![0; SEARCHED];
        while at < gaps.len {
            let gap = gaps.next(at);
            if gap.start == at {
                at = gap.end;
                continue;
            }
            let there = usize::try_from(gap.start - at).unwrap_or(usize::MAX);
            let searched = &mut buffer[..there.min(SEARCHED)];
            input.seek(SeekFrom::Start(at))?;
            input.read_exact(searched)?;
            let is_mark = |mark: &[u8]| {
                mark == MAGIC || [CATALOGUE, PADDING, SEEK_TABLE].contains(&number(mark))
            };
            for begin in 0..searched.len().saturating_sub(3) {
                if is_mark(&searched[begin..begin + 4]) {
                    let found = self.chain(input, gaps, at + begin as u64)?;
                    if found.is_some() {
                        return Ok(found);
                    }
                }
            }
            // A mark may lie across the end of what was searched.
            at = if searched.len() == there {
                gap.start.max(at + 1)
            } else {
                at + (searched.len() - 3) as u64
            };
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frames::skippable;
    use std::io::Cursor;
    use std::ops::Range;

    /// Marks, frames and other bytes at random, and holes in them.
    fn hostile(random: &mut impl FnMut(u64) -> u64) -> (Vec<u8>, Vec<Range<u64>>) {
        let mut bytes = Vec::new();
        for _ in 0..200 {
            let frame = |len: u32| {
                let begin = [&MAGIC[..], &[0xa0], &len.to_le_bytes()];
                [begin.concat(), vec![1, 0, 0]].concat()
            };
            let mark = [PADDING, CATALOGUE, SEEK_TABLE][random(3) as usize];
            bytes.extend(match random(40) {
                0..20 => skippable(mark, 4 * random(20) as u32).to_vec(),
                20..28 => frame(FRAME as u32),
                28..30 => frame(5),
                30 => vec![7; 24],
                _ => skippable(PADDING, 0).to_vec(),
            });
        }
        let mut holes = Vec::new();
        let mut at = 0;
        for _ in 0..random(5) {
            let start = at + 1 + random(bytes.len() as u64 / 2);
            at = start + 1 + random(30);
            if at < bytes.len() as u64 {
                holes.push(start..at);
            }
        }
        (bytes, holes)
    }

    /// All chains, as a search finds them that remembers at most this many offsets.
    fn all_chains(bytes: &[u8], holes: &[Range<u64>], most: usize) -> Vec<Chain> {
        let len = bytes.len() as u64;
        let gaps = Gaps { holes, len };
        let mut chains = Chains {
            dead_ends: DeadEnds::with_most(most),
        };
        let mut found = Vec::new();
        let mut input = Cursor::new(bytes);
        let mut at = 0;
        while let Some(chain) = chains.next(&mut input, gaps, at).unwrap() {
            at = chain.offset + 4;
            found.push(chain);
        }
        found
    }

    #[test]
    fn what_is_remembered_changes_nothing_that_is_found() {
        let mut state = 3_u64;
        let mut random = |most: u64| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % most
        };
        let mut count = 0;
        for _ in 0..300 {
            let (bytes, holes) = hostile(&mut random);
            let expected = all_chains(&bytes, &holes, 0);
            for most in [1 << 19, 40, 3] {
                assert_eq!(all_chains(&bytes, &holes, most), expected, "{most}");
            }
            count += expected.len();
        }
        assert!(count > 1000, "{count}");
    }

    /// With little memory a chain is walked further, but not to its end.
    #[test]
    fn marks_by_the_thousand_take_little_memory() {
        let count = 20_000;
        let bytes = [&skippable(PADDING, 0).repeat(count)[..], &[7; 24]].concat();
        let gaps = Gaps {
            holes: &[],
            len: bytes.len() as u64,
        };
        let mut input = Cursor::new(&bytes);
        let mut chains = Chains {
            dead_ends: DeadEnds::with_most(1000),
        };
        assert_eq!(chains.next(&mut input, gaps, 8).unwrap(), None);
        let (remembered, steps) = chains.dead_ends.counts();
        println!("{count} marks: {remembered} remembered, {steps} steps");
        assert!(remembered <= 1000 && steps < 200 * count, "{steps}");
    }
}
