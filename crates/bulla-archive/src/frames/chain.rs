//! Frames that follow each other, found without decompressing them.

use std::io::{self, BufReader, Read, Seek, SeekFrom};

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

/// Returns the frames from an offset on; `None` if something else is among them, or not even one is
/// whole. Frames can contain files with frames, which something else follows sooner or later.
pub(super) fn chain(
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
    while at < gaps.len {
        let end = gaps.next(at).start;
        if end == at {
            break;
        }
        match mark_at(input, gaps, at)? {
            Some(Mark::Skippable { mark, end }) if end <= gaps.len => {
                if mark == CATALOGUE {
                    chain.catalogue = Some(at);
                }
                at = end;
            }
            // Only the last one is shorter.
            Some(Mark::Frame { len: Some(len) })
                if !is_short && chain.catalogue.is_none() && len <= FRAME as u64 =>
            {
                input.seek(SeekFrom::Start(at))?;
                let mut rest = BufReader::new((&mut *input).take(end - at));
                match read_frame(&mut rest)? {
                    Found::Short { bytes, .. } => at += bytes.len() as u64,
                    // It goes on in the gap.
                    _ if rest.buffer().is_empty() && rest.get_ref().limit() == 0 => break,
                    _ => return Ok(None),
                }
                is_short = len < FRAME as u64;
                chain.frames += 1;
                chain.len += len;
            }
            // Too little is there to tell.
            _ if end - at < HEADER as u64 => break,
            _ => return Ok(None),
        }
    }
    if at < gaps.len {
        chain.catalogue = None;
    }
    Ok(Some(chain).filter(|chain| chain.frames > 0 || at == gaps.len && at > offset))
}

/// Returns the first frames from an offset on, after a gap if one is there.
pub(super) fn next_chain(
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
        let is_mark =
            |mark: &[u8]| mark == MAGIC || [CATALOGUE, PADDING, SEEK_TABLE].contains(&number(mark));
        for begin in 0..searched.len().saturating_sub(3) {
            if is_mark(&searched[begin..begin + 4]) {
                let found = chain(input, gaps, at + begin as u64)?;
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
