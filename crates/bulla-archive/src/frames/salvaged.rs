//! What can still be decompressed of a tar file in frames, parts of which are missing.

use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::ops::Range;

use zstd::stream::raw::{DParameter, Decoder, InBuffer, Operation, OutBuffer};

use crate::catalogue::{Catalogue, CatalogueError};
use crate::frames::chain::{Chains, FrameEnd, Mark, frame_end, mark_at};
use crate::frames::decoder::MOST_WINDOW;
use crate::frames::error::FramesError;
use crate::frames::gaps::Gaps;
use crate::frames::seek_table::{self, Sizes};
use crate::frames::seekable::Region;
use crate::frames::{CATALOGUE, FRAME, MOST_FRAME, MOST_RATIO, SKIPPABLE};

/// The two blocks of zeros after the entries.
const END: u64 = 1024;

/// How much is decompressed at once.
const BUFFER: usize = 128 << 10;

/// The tar file in damaged frames.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SalvagedTar {
    /// Its length: that of the author, if [`has_end`](Self::has_end); otherwise as far as it is known.
    pub len: u64,
    /// How many of its bytes were found.
    pub written: u64,
    /// What is missing, in order. No two of them touch.
    pub holes: Vec<Range<u64>>,
    /// What was found, but may belong further to the end: it is not known how much was between it
    /// and what is before it.
    pub unplaced: Vec<Range<u64>>,
    /// Whether the end was found, so that the length is the author's.
    pub has_end: bool,
    /// Where the catalogue is in the input, if it is whole.
    catalogue: Option<Range<u64>>,
}

/// Why nothing more was found.
#[derive(Debug, thiserror::Error)]
pub enum SalvageError {
    /// The frames could not be read.
    #[error(transparent)]
    Read(io::Error),
    /// The tar file could not be written.
    #[error(transparent)]
    Write(io::Error),
}

impl SalvagedTar {
    /// Returns the catalogue, which is read from the frames; `None` if it is not whole.
    ///
    /// # Errors
    /// [`CatalogueError`].
    pub fn catalogue<'a, R: Read + Seek>(
        &self,
        input: &'a mut R,
    ) -> Result<Option<Catalogue<Region<'a, R>>>, CatalogueError> {
        match &self.catalogue {
            Some(range) => Catalogue::open(Region::new(input, range.clone())),
            None => Ok(None),
        }
    }

    /// Returns everything that is missing or may be elsewhere, in order.
    pub fn uncertain(&self) -> Vec<Range<u64>> {
        let mut parts = [&self.holes[..], &self.unplaced].concat();
        parts.sort_by_key(|part| part.start);
        let mut all = Vec::new();
        for part in parts {
            add(&mut all, part);
        }
        all
    }

    fn miss(&mut self, hole: Range<u64>) {
        add(&mut self.holes, hole);
    }
}

/// Adds a part to those before it.
fn add(parts: &mut Vec<Range<u64>>, part: Range<u64>) {
    match parts.last_mut() {
        _ if part.is_empty() => {}
        Some(last) if last.end == part.start => last.end = part.end,
        _ => parts.push(part),
    }
}

/// Returns whether frames of one length can have contents of the other, which files can have too.
/// Everything else is a lie of the author.
fn can_hold(frames: u64, contents: u64) -> bool {
    contents <= frames.saturating_mul(MOST_RATIO).min(i64::MAX as u64)
}

/// Decompresses every frame, or its beginning, of which nothing is missing, and gives it to `write`
/// with its place in the tar file. `holes` says what is missing in the input, in order, and
/// `has_end` whether the input ends where the author ended it.
///
/// The table of the frames says where each belongs. If it is missing too, frames are looked for
/// after each hole. Those before the first one have a certain place, and those after the last one
/// if there is a catalogue, because it says how long the tar file is.
///
/// # Errors
/// [`SalvageError`].
pub fn salvage<R: Read + Seek>(
    mut input: R,
    holes: &[Range<u64>],
    has_end: bool,
    write: impl FnMut(&[u8], u64) -> io::Result<()>,
) -> Result<SalvagedTar, SalvageError> {
    let len = input.seek(SeekFrom::End(0)).map_err(SalvageError::Read)?;
    let mut salvage = Salvage {
        input,
        gaps: Gaps { holes, len },
        has_end,
        write,
        decoder: decoder().map_err(SalvageError::Read)?,
        chains: Chains::default(),
        buffer: vec![0; BUFFER],
        found: SalvagedTar::default(),
    };
    match salvage.table().map_err(SalvageError::Read)? {
        Some((frames, offset)) => salvage.by_table(&frames, offset)?,
        None => salvage.by_marks()?,
    }
    Ok(salvage.found)
}

fn decoder() -> io::Result<Decoder<'static>> {
    let mut decoder = Decoder::new()?;
    decoder.set_parameter(DParameter::WindowLogMax(MOST_WINDOW))?;
    Ok(decoder)
}

/// How much of a frame was found.
struct Decompressed {
    /// How long its contents are as far as they were found.
    len: u64,
    /// Its own length, if it is whole.
    end: Option<u64>,
}

struct Salvage<'a, R, W> {
    input: R,
    gaps: Gaps<'a>,
    has_end: bool,
    write: W,
    decoder: Decoder<'static>,
    chains: Chains,
    buffer: Vec<u8>,
    found: SalvagedTar,
}

impl<R: Read + Seek, W: FnMut(&[u8], u64) -> io::Result<()>> Salvage<'_, R, W> {
    /// Returns the table of frames, and where it begins; `None` if it is not whole, or if its lengths
    /// are impossible.
    fn table(&mut self) -> io::Result<Option<(Vec<Sizes>, u64)>> {
        let table = match seek_table::read(&mut self.input) {
            Ok(table) => table,
            Err(FramesError::Read(error)) => return Err(error),
            Err(FramesError::Malformed(_)) => None,
        };
        let is_whole = |offset| self.has_end && self.gaps.is_whole(offset..self.gaps.len);
        let is_possible =
            |sizes: &Sizes| can_hold(sizes.compressed.into(), sizes.decompressed.into());
        Ok(table.filter(|(frames, offset)| is_whole(*offset) && frames.iter().all(is_possible)))
    }

    /// Decompresses the frame at an offset, as far as it is there, and writes it to its place. Of a
    /// frame with more than `most` bytes nothing else is written.
    fn frame(&mut self, offset: u64, place: u64, most: u64) -> Result<Decompressed, SalvageError> {
        let end = self.gaps.next(offset).start;
        let start = SeekFrom::Start(offset);
        self.input.seek(start).map_err(SalvageError::Read)?;
        self.decoder.reinit().map_err(SalvageError::Read)?;
        let mut input = BufReader::with_capacity(BUFFER, (&mut self.input).take(end - offset));
        let mut done = Decompressed { len: 0, end: None };
        let mut taken = 0;
        loop {
            let bytes = io::BufRead::fill_buf(&mut input).map_err(SalvageError::Read)?;
            let (mut from, mut to) = (
                InBuffer::around(bytes),
                OutBuffer::around(&mut self.buffer[..]),
            );
            let ended = self.decoder.run(&mut from, &mut to);
            let (read, written) = (from.pos(), to.pos());
            io::BufRead::consume(&mut input, read);
            taken += read as u64;
            // What an error leaves there was not decompressed completely.
            let Ok(left) = ended else { break };
            if written as u64 > most - done.len {
                break;
            }
            (self.write)(&self.buffer[..written], place + done.len).map_err(SalvageError::Write)?;
            done.len += written as u64;
            if left == 0 {
                done.end = Some(taken);
                break;
            }
            if read == 0 && written == 0 {
                break;
            }
        }
        self.found.written += done.len;
        Ok(done)
    }

    /// Goes through the frames that the table lists.
    fn by_table(&mut self, frames: &[Sizes], table: u64) -> Result<(), SalvageError> {
        let (mut offset, mut place) = (0, 0);
        for sizes in frames {
            let end = place + u64::from(sizes.decompressed);
            if sizes.decompressed > 0 {
                let found = self.frame(offset, place, end - place)?.len;
                self.found.miss(place + found..end);
            }
            (offset, place) = (offset + u64::from(sizes.compressed), end);
        }
        self.found.len = place;
        self.found.has_end = true;
        let last = frames.last().map_or(0, |sizes| u64::from(sizes.compressed));
        self.note_catalogue(table - last)
            .map_err(SalvageError::Read)?;
        Ok(())
    }

    /// Notes the catalogue if it is at this offset, and whole.
    fn note_catalogue(&mut self, offset: u64) -> io::Result<bool> {
        let mark = mark_at(&mut self.input, self.gaps, offset)?;
        let Some(Mark::Skippable {
            mark: CATALOGUE,
            end,
        }) = mark
        else {
            return Ok(false);
        };
        if self.gaps.is_whole(offset..end) {
            self.found.catalogue = Some(offset + SKIPPABLE as u64..end);
        }
        Ok(true)
    }

    /// Returns how long the tar file is, as its catalogue at this offset says. No catalogue is better
    /// than one with an impossible length.
    fn len_in_catalogue(&mut self, catalogue: Option<u64>) -> io::Result<Option<u64>> {
        let Some(offset) = catalogue.filter(|_| self.has_end) else {
            return Ok(None);
        };
        self.note_catalogue(offset)?;
        let catalogue = self.found.catalogue(&mut self.input);
        let len = match catalogue {
            Ok(catalogue) => catalogue.and_then(|found| found.tar_len().checked_add(END)),
            Err(CatalogueError::Read(error)) => return Err(error),
            Err(CatalogueError::Malformed(_)) => None,
        };
        Ok(len.filter(|len| can_hold(self.gaps.len, *len)))
    }

    /// Goes from frame to frame, and looks for the next one after each hole.
    fn by_marks(&mut self) -> Result<(), SalvageError> {
        let (mut offset, mut place) = (0, 0);
        let mut is_certain = true;
        while offset < self.gaps.len {
            let mark = mark_at(&mut self.input, self.gaps, offset).map_err(SalvageError::Read)?;
            match mark {
                Some(Mark::Skippable { mark, end }) => {
                    if mark == CATALOGUE {
                        self.note_catalogue(offset).map_err(SalvageError::Read)?;
                        self.found.has_end |= is_certain;
                    }
                    offset = end;
                    continue;
                }
                Some(Mark::Frame { len }) => {
                    let begun = place;
                    let frame = self.frame(offset, place, u64::MAX - place)?;
                    place += frame.len;
                    if !is_certain {
                        add(&mut self.found.unplaced, begun..place);
                    }
                    if let Some(taken) = frame.end {
                        offset += taken;
                        continue;
                    }
                    // The rest of it is missing.
                    let rest = len.filter(|len| *len <= u64::from(MOST_FRAME));
                    let end = rest.map_or(place, |len| place.max(begun + len));
                    self.found.miss(place..end);
                    place = end;
                    let end = frame_end(&mut self.input, self.gaps, offset);
                    if let FrameEnd::At(end) = end.map_err(SalvageError::Read)? {
                        // It was never right. What follows is where it was before.
                        offset = end;
                        continue;
                    }
                    offset += 4;
                }
                None => {}
            }
            let next = self.chains.next(&mut self.input, self.gaps, offset);
            let Some(next) = next.map_err(SalvageError::Read)? else {
                break;
            };
            offset = next.offset;
            if mark.is_none() && next.frames > 0 {
                // At least one frame was there.
                self.found.miss(place..place + FRAME as u64);
                place += FRAME as u64;
            }
            let total = self
                .len_in_catalogue(next.catalogue)
                .map_err(SalvageError::Read)?;
            let from_end = total.and_then(|total| total.checked_sub(next.len));
            is_certain = from_end.is_some_and(|from_end| from_end >= place);
            if let Some(from_end) = from_end.filter(|_| is_certain) {
                self.found.miss(place..from_end);
                place = from_end;
            }
        }
        self.found.len = place;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::{CatalogueEntry, CatalogueKind, CatalogueWriter};
    use crate::entry::Timestamp;
    use crate::frames::{Compression, Compressor, PADDING, SEEK_TABLE, TarStream, skippable};
    use std::io::Cursor;

    struct Stream(Cursor<Vec<u8>>);

    impl Read for Stream {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0.read(buffer)
        }
    }

    impl TarStream for Stream {
        fn take_catalogue(&mut self) -> io::Result<Vec<u8>> {
            let mut writer = CatalogueWriter::default();
            writer.push(&CatalogueEntry {
                path: b"x".to_vec(),
                kind: CatalogueKind::Folder,
                mode: 0o755,
                modified: Timestamp::default(),
                uid: 0,
                gid: 0,
                offset: 0,
            })?;
            writer.finish(self.0.get_ref().len() as u64 - END)
        }
    }

    fn compressed(plain: &[u8]) -> Vec<u8> {
        compressed_by(plain, true)
    }

    fn compressed_by(plain: &[u8], pads: bool) -> Vec<u8> {
        let compression = Compression {
            level: 1,
            threads: 2,
            pads,
        };
        let mut written = Vec::new();
        std::thread::scope(|scope| {
            let stream = Stream(Cursor::new(plain.to_vec()));
            let mut compressor = Compressor::start(scope, stream, compression).unwrap();
            compressor.read_to_end(&mut written).unwrap();
        });
        written
    }

    fn random(state: &mut u64) -> u64 {
        *state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        *state >> 33
    }

    /// Four frames and a part of one: some that can be compressed, and some with frames of other
    /// files in them, which cannot be.
    fn tar() -> Vec<u8> {
        let mut state = 1;
        let mut bytes: Vec<u8> = (0..4 * FRAME + 5 * 512)
            .map(|at| (random(&mut state) as u8) & if at % 3000 < 1000 { 7 } else { 0xff })
            .collect();
        let noise: Vec<u8> = (0..FRAME).map(|_| random(&mut state) as u8).collect();
        bytes[FRAME..2 * FRAME].copy_from_slice(&noise);
        for inner in [vec![1; 10 << 20], noise[..100_000].to_vec()] {
            let inner = compressed(&[&inner[..], &[0; 1024]].concat());
            for place in [FRAME + 200_000, 3 * FRAME + 70_000, 3 * FRAME + 400_000] {
                let end = inner.len().min(FRAME / 4);
                bytes[place..place + end].copy_from_slice(&inner[..end]);
            }
        }
        bytes
    }

    fn salvaged(bytes: &[u8], holes: &[Range<usize>], has_end: bool) -> (SalvagedTar, Vec<u8>) {
        let mut damaged = bytes.to_vec();
        let mut merged: Vec<Range<u64>> = Vec::new();
        for hole in holes {
            damaged[hole.clone()].fill(0);
            merged.push(hole.start as u64..hole.end as u64);
        }
        let mut output = Vec::new();
        let write = |bytes: &[u8], offset: u64| {
            let start = usize::try_from(offset).unwrap();
            let end = start + bytes.len();
            output.resize(output.len().max(end), 0);
            output[start..end].copy_from_slice(bytes);
            Ok(())
        };
        let found = salvage(Cursor::new(&damaged), &merged, has_end, write).unwrap();
        output.resize(usize::try_from(found.len).unwrap(), 0);
        (found, output)
    }

    fn table(bytes: &[u8]) -> (Vec<Sizes>, usize) {
        let (frames, offset) = seek_table::read(&mut Cursor::new(bytes)).unwrap().unwrap();
        (frames, usize::try_from(offset).unwrap())
    }

    /// Checks that everything is at its place, but for what is said to be elsewhere.
    fn check(tar: &[u8], found: &SalvagedTar, output: &[u8]) {
        let missing = found.uncertain();
        let mut at = 0;
        for hole in missing.iter().chain([&(found.len..found.len)]) {
            let start = usize::try_from(hole.start).unwrap();
            assert!(at <= start, "{found:?}");
            let is_same = at == start || output[at..start] == tar[at..start];
            assert!(is_same, "{found:?}");
            at = usize::try_from(hole.end).unwrap();
        }
        let lost: u64 = found.holes.iter().map(|hole| hole.end - hole.start).sum();
        assert_eq!(found.written + lost, found.len, "{found:?}");
    }

    #[test]
    fn with_the_table_everything_but_the_rest_of_a_damaged_frame_is_found() {
        let tar = tar();
        let bytes = compressed(&tar);
        let (frames, _) = table(&bytes);
        let mut begin = 0;
        for (index, sizes) in frames.iter().enumerate().take(5) {
            let len = sizes.compressed as usize;
            for hole in [
                begin..begin + 1,
                begin + len / 2..begin + len,
                begin + len - 1..begin + len,
            ] {
                let (found, output) = salvaged(&bytes, std::slice::from_ref(&hole), true);
                check(&tar, &found, &output);
                assert!(found.has_end && found.unplaced.is_empty());
                assert_eq!(found.len, tar.len() as u64);
                let frame = index * FRAME..((index + 1) * FRAME).min(tar.len());
                let [missing] = &found.holes[..] else {
                    panic!("{found:?}")
                };
                assert!(missing.start >= frame.start as u64);
                assert_eq!(missing.end, frame.end as u64, "{index} {hole:?}");
                // What is before the hole in its frame is found, up to the last whole block.
                if hole.start == begin + len - 1 && frame.len() == FRAME {
                    assert!(
                        missing.start >= (frame.end - (128 << 10)) as u64,
                        "{found:?}"
                    );
                }
            }
            begin += len;
        }
        // The table of this file lists other lengths than its frames have: nothing is at a wrong place.
        let (_, at) = table(&bytes);
        let mut lies = bytes.clone();
        lies[at + SKIPPABLE + 4..at + SKIPPABLE + 8].copy_from_slice(&100_u32.to_le_bytes());
        let (found, _) = salvaged(&lies, &[], true);
        assert_eq!(found.holes, vec![0..100; 1]);
    }

    #[test]
    fn without_the_table_what_is_after_one_hole_gets_its_place_from_the_catalogue() {
        let tar = tar();
        let bytes = compressed(&tar);
        let (frames, at) = table(&bytes);
        for end in [bytes.len(), bytes.len() - 9] {
            // The whole table is missing, or all but its mark.
            let lost = at + 8..end;
            let (found, output) = salvaged(&bytes, std::slice::from_ref(&lost), true);
            assert!(
                found.has_end && found.holes.is_empty() && output == tar,
                "{found:?}"
            );
            let mut begin = 0;
            for (index, sizes) in frames.iter().enumerate().take(5) {
                let len = sizes.compressed as usize;
                for hole in [
                    begin..begin + 1,
                    begin + 7000..begin + 9000,
                    begin..begin + len,
                ] {
                    if hole.end > begin + len {
                        continue;
                    }
                    let (found, output) = salvaged(&bytes, &[hole.clone(), lost.clone()], true);
                    check(&tar, &found, &output);
                    assert!(found.unplaced.is_empty(), "{index} {hole:?} {found:?}");
                    assert_eq!(found.len, tar.len() as u64, "{index} {hole:?} {found:?}");
                    let missing: u64 = found.holes.iter().map(|hole| hole.end - hole.start).sum();
                    assert!(missing <= FRAME as u64, "{index} {hole:?} {found:?}");
                }
                begin += len;
            }
            // What is between two holes may belong elsewhere, but it is found.
            let two = frames[0].compressed as usize;
            let four = frames[..3]
                .iter()
                .map(|sizes| sizes.compressed as usize)
                .sum::<usize>();
            let holes = [two - 1000..two + 1000, four + 5..four + 50, lost];
            let (found, output) = salvaged(&bytes, &holes, true);
            check(&tar, &found, &output);
            let third = &tar[2 * FRAME..3 * FRAME];
            let [unplaced] = &found.unplaced[..] else {
                panic!("{found:?}")
            };
            let start = usize::try_from(unplaced.start).unwrap();
            assert!(output[start..start + FRAME] == *third);
        }
    }

    /// Puts another length of the tar file into a catalogue.
    fn with_tar_len(mut catalogue: Vec<u8>, tar_len: u64) -> Vec<u8> {
        use sha2::{Digest, Sha256};
        let trailer = catalogue.len() - 64;
        let len = catalogue[trailer + 40..trailer + 48].try_into().unwrap();
        let index = trailer - usize::try_from(u64::from_be_bytes(len)).unwrap();
        catalogue[trailer + 24..trailer + 32].copy_from_slice(&tar_len.to_be_bytes());
        let checksum = Sha256::digest(&catalogue[index..trailer + 56]);
        catalogue[trailer + 56..].copy_from_slice(&checksum[..8]);
        catalogue
    }

    #[test]
    fn lengths_that_no_frames_can_have_are_not_believed() {
        let tar = tar();
        let bytes = compressed(&tar);
        let (frames, at) = table(&bytes);
        let hole = 7000..9000;
        // In the table.
        let mut lies = bytes.clone();
        let last = at + SKIPPABLE + 4 * 8 + 4;
        lies[last..last + 4].copy_from_slice(&u32::MAX.to_le_bytes());
        let (found, output) = salvaged(&lies, std::slice::from_ref(&hole), true);
        check(&tar, &found, &output);
        assert_eq!(found.len, tar.len() as u64);
        // In the catalogue, if it is the end.
        let contents: usize = frames[..5]
            .iter()
            .map(|sizes| sizes.compressed as usize)
            .sum();
        let catalogue = bytes[..at]
            .windows(24)
            .rposition(|part| part.starts_with(b"bulla/catalogue/v1"));
        let end = catalogue.unwrap() + 64;
        for (tar_len, is_believed) in [
            (tar.len() as u64 - END, true),
            (end as u64 * MOST_RATIO, false),
            (1 << 62, false),
            (i64::MAX as u64, false),
            (u64::MAX, false),
        ] {
            let lies = with_tar_len(bytes[contents..end].to_vec(), tar_len);
            let lies = [&bytes[..contents], &lies].concat();
            let (found, output) = salvaged(&lies, std::slice::from_ref(&hole), true);
            assert_eq!(
                found.unplaced.is_empty(),
                is_believed,
                "{tar_len} {found:?}"
            );
            check(&tar, &found, &output);
            assert_eq!(found.len, tar.len() as u64, "{tar_len} {found:?}");
        }
    }

    /// What is between two holes may be the end of an archive in the archive, with its catalogue.
    #[test]
    fn the_catalogue_of_an_archive_in_the_archive_gives_nothing_a_place() {
        let mut state = 9;
        let mut noise = |len: usize| (0..len).map(|_| random(&mut state) as u8).collect();
        let mut contents: Vec<u8> = Vec::new();
        for _ in 0..3 {
            let short: Vec<u8> = noise(20_000);
            contents.extend(short);
            contents.resize(contents.len().next_multiple_of(FRAME), 0);
        }
        contents.extend([0; END as usize]);
        let inner = compressed_by(&contents, false);
        let (frames, _) = table(&inner);
        let mut tar: Vec<u8> = noise(2 * FRAME + 1024);
        tar[150_000..150_000 + inner.len()].copy_from_slice(&inner);
        let bytes = compressed(&tar);
        let (_, at) = table(&bytes);
        let begin = bytes.windows(inner.len()).position(|part| part == inner);
        let begin = begin.expect("it is stored as it is");
        let two: usize = frames[..2]
            .iter()
            .map(|sizes| sizes.compressed as usize)
            .sum();
        let end = begin + inner.len();
        let holes = [
            begin - 3000..begin + two,
            end - 9..end + 1000,
            at..bytes.len(),
        ];
        let (found, output) = salvaged(&bytes, &holes, true);
        check(&tar, &found, &output);
    }

    #[test]
    fn of_a_file_that_was_cut_everything_before_the_cut_is_found() {
        let tar = tar();
        let bytes = compressed(&tar);
        let (frames, at) = table(&bytes);
        let first = frames[0].compressed as usize;
        for len in [
            0,
            3,
            20,
            first - 1,
            first,
            first + 3,
            first + 100_000,
            at / 2,
            at - 5,
        ] {
            let (found, output) = salvaged(&bytes[..len], &[], false);
            check(&tar, &found, &output);
            // The contents are whole where only the catalogue is cut.
            assert_eq!(found.has_end, len == at - 5, "{len}");
            assert_eq!(found.written >= FRAME as u64, len >= first, "{len}");
        }
    }

    #[test]
    fn holes_at_random_never_move_anything() {
        let tar = tar();
        let bytes = compressed(&tar);
        let (_, at) = table(&bytes);
        let mut state = 5;
        for round in 0..20 {
            let mut holes: Vec<Range<usize>> = Vec::new();
            let mut begin = 0;
            for _ in 0..=random(&mut state) % 3 {
                begin += random(&mut state) as usize % (bytes.len() / 3);
                let end = (begin + 1 + random(&mut state) as usize % 65_536).min(bytes.len());
                if begin < end {
                    holes.push(begin..end);
                }
                begin = end + 1;
            }
            if round % 2 == 0 && holes.last().is_none_or(|hole| hole.end < at) {
                holes.push(at..bytes.len());
            }
            let (found, output) = salvaged(&bytes, &holes, true);
            check(&tar, &found, &output);
        }
    }

    #[test]
    fn what_has_no_frames_gives_nothing() {
        for bytes in [
            vec![],
            vec![7; 5],
            vec![7; 100_000],
            skippable(PADDING, 9).to_vec(),
        ] {
            let (found, output) = salvaged(&bytes, &[], true);
            assert_eq!((found.written, output.len()), (0, 0));
        }
        let (found, _) = salvaged(
            &[&skippable(SEEK_TABLE, 9)[..], &[0; 9]].concat(),
            &[],
            true,
        );
        assert_eq!(found.written, 0);
    }
}
