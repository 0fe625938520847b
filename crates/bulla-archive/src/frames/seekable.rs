//! Reads any part of a tar file in frames.

use std::io::{self, Read, Seek, SeekFrom};

use crate::catalogue::{Catalogue, CatalogueError};
use crate::frames::error::FramesError;
use crate::frames::seek_table::{self, Sizes};
use crate::frames::{CATALOGUE, MOST_FRAME, SKIPPABLE, skippable};

/// A tar file in frames, of which only the frames that are needed are read and decompressed. One
/// frame is in memory at a time.
pub struct SeekableFrames<R> {
    input: R,
    /// Where each frame ends, in the file and in the tar file.
    ends: Vec<(u64, u64)>,
    position: u64,
    frame: Vec<u8>,
    /// The offset of that frame in the tar file; `None` if nothing was decompressed yet.
    frame_offset: Option<u64>,
}

impl<R: Read + Seek> SeekableFrames<R> {
    /// Reads the table of frames at the end of an input. Returns `None` if there is none, or if its
    /// frames are too long to be decompressed in memory: such a file is only a stream.
    ///
    /// # Errors
    /// [`FramesError`].
    pub fn open(mut input: R) -> Result<Option<Self>, FramesError> {
        let Some((frames, _)) = seek_table::read(&mut input)? else {
            return Ok(None);
        };
        let is_long =
            |sizes: &Sizes| sizes.compressed > MOST_FRAME || sizes.decompressed > MOST_FRAME;
        if frames
            .iter()
            .any(|sizes| sizes.decompressed > 0 && is_long(sizes))
        {
            return Ok(None);
        }
        let mut end = (0, 0);
        let ends = frames.iter().map(|sizes| {
            end.0 += u64::from(sizes.compressed);
            end.1 += u64::from(sizes.decompressed);
            end
        });
        Ok(Some(Self {
            ends: ends.collect(),
            input,
            position: 0,
            frame: Vec::new(),
            frame_offset: None,
        }))
    }

    /// Returns the length of the tar file.
    pub fn len(&self) -> u64 {
        self.ends.last().map_or(0, |end| end.1)
    }

    /// Returns true if nothing is in the frames.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the catalogue in the last frame before the table; `None` if there is none.
    ///
    /// # Errors
    /// [`CatalogueError`].
    pub fn catalogue(&mut self) -> Result<Option<Catalogue<Region<'_, R>>>, CatalogueError> {
        let Some(&(end, _)) = self.ends.last() else {
            return Ok(None);
        };
        let begin = self.frame_begin(self.ends.len() - 1).0;
        let mut start = [0; SKIPPABLE];
        if end - begin < SKIPPABLE as u64 {
            return Ok(None);
        }
        self.input.seek(SeekFrom::Start(begin))?;
        self.input.read_exact(&mut start)?;
        let len = end - begin - SKIPPABLE as u64;
        if u32::try_from(len).map(|len| skippable(CATALOGUE, len)) != Ok(start) {
            return Ok(None);
        }
        let contents = begin + SKIPPABLE as u64..end;
        Catalogue::open(Region::new(&mut self.input, contents))
    }

    /// Returns the input.
    pub fn into_inner(self) -> R {
        self.input
    }

    /// Returns where a frame begins, in the file and in the tar file.
    fn frame_begin(&self, index: usize) -> (u64, u64) {
        index
            .checked_sub(1)
            .map_or((0, 0), |before| self.ends[before])
    }

    /// Decompresses the frame with the current position, which is before the end.
    fn decompress(&mut self) -> io::Result<()> {
        let index = self.ends.partition_point(|end| end.1 <= self.position);
        let (begin, end) = (self.frame_begin(index), self.ends[index]);
        if self.frame_offset == Some(begin.1) {
            return Ok(());
        }
        self.frame_offset = None;
        let size = |len: u64| usize::try_from(len).unwrap_or(usize::MAX);
        let mut compressed = vec![0; size(end.0 - begin.0)];
        self.input.seek(SeekFrom::Start(begin.0))?;
        self.input.read_exact(&mut compressed)?;
        let len = size(end.1 - begin.1);
        self.frame.clear();
        self.frame.reserve_exact(len);
        zstd::bulk::Decompressor::new()?.decompress_to_buffer(&compressed, &mut self.frame)?;
        if self.frame.len() != len {
            let text = "a zstd frame has another length than the table of frames says";
            return Err(io::Error::new(io::ErrorKind::InvalidData, text));
        }
        self.frame_offset = Some(begin.1);
        Ok(())
    }
}

impl<R: Read + Seek> Read for SeekableFrames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() || self.position >= self.len() {
            return Ok(0);
        }
        self.decompress()?;
        let begun = self.position - self.frame_offset.unwrap_or(self.position);
        let rest = usize::try_from(begun)
            .ok()
            .and_then(|begun| self.frame.get(begun..));
        let mut rest = rest.unwrap_or_default();
        let read = rest.read(buffer)?;
        self.position += read as u64;
        Ok(read)
    }
}

impl<R: Read + Seek> Seek for SeekableFrames<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.position = moved(self.position, self.len(), to)?;
        Ok(self.position)
    }
}

/// A part of an input.
pub struct Region<'a, R> {
    input: &'a mut R,
    offset: u64,
    len: u64,
    position: u64,
}

impl<'a, R> Region<'a, R> {
    pub(super) fn new(input: &'a mut R, part: std::ops::Range<u64>) -> Self {
        Self {
            input,
            offset: part.start,
            len: part.end.saturating_sub(part.start),
            position: 0,
        }
    }
}

impl<R: Read + Seek> Read for Region<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.len.saturating_sub(self.position);
        let most = buffer
            .len()
            .min(usize::try_from(left).unwrap_or(usize::MAX));
        self.input
            .seek(SeekFrom::Start(self.offset + self.position))?;
        let read = self.input.read(&mut buffer[..most])?;
        self.position += read as u64;
        Ok(read)
    }
}

impl<R: Read + Seek> Seek for Region<'_, R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.position = moved(self.position, self.len, to)?;
        Ok(self.position)
    }
}

/// Returns the position after a move in an input of this length.
fn moved(position: u64, len: u64, to: SeekFrom) -> io::Result<u64> {
    let moved = match to {
        SeekFrom::Start(offset) => Some(offset),
        SeekFrom::End(offset) => len.checked_add_signed(offset),
        SeekFrom::Current(offset) => position.checked_add_signed(offset),
    };
    moved.ok_or_else(|| io::ErrorKind::InvalidInput.into())
}
