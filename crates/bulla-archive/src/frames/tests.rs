//! Frames compressed by any number of threads, read whole, in part and damaged.

use std::io::{self, Cursor, Read, Seek, SeekFrom};

use super::*;
use crate::catalogue::{CatalogueEntry, CatalogueKind, CatalogueWriter};
use crate::entry::Timestamp;
use crate::padding::padme;

struct Stream(Cursor<Vec<u8>>);

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // Short reads, as from a pipe.
        let most = buffer.len().min(100_000);
        self.0.read(&mut buffer[..most])
    }
}

impl TarStream for Stream {
    fn take_catalogue(&mut self) -> io::Result<Vec<u8>> {
        let mut writer = CatalogueWriter::default();
        writer.push(&entry())?;
        writer.finish(self.0.get_ref().len() as u64)
    }
}

fn entry() -> CatalogueEntry {
    CatalogueEntry {
        path: b"x".to_vec(),
        kind: CatalogueKind::Folder,
        mode: 0o755,
        modified: Timestamp::default(),
        uid: 0,
        gid: 0,
        offset: 0,
    }
}

/// Bytes that can be compressed a little.
fn bytes(len: usize) -> Vec<u8> {
    let mut state = 1u32;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8 & 0x3f
    };
    std::iter::repeat_with(next).take(len).collect()
}

fn compressed(plain: &[u8], threads: usize, pads: bool) -> Vec<u8> {
    let compression = Compression {
        level: 1,
        threads,
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

#[test]
fn any_number_of_threads_gives_the_same_bytes_and_any_decoder_reads_them() {
    for len in [1, 1024, FRAME - 1, FRAME, FRAME + 1, 5 * FRAME + 77] {
        let plain = bytes(len);
        let one = compressed(&plain, 1, true);
        assert_eq!(one.len() as u64, padme(one.len() as u64), "{len}");
        for threads in [0, 2, 7] {
            assert!(compressed(&plain, threads, true) == one, "{len} {threads}");
        }
        let mut read = Vec::new();
        let mut decoder = Decoder::new(one.as_slice(), MOST_WINDOW).unwrap();
        decoder.read_to_end(&mut read).unwrap();
        assert!(read == plain, "{len}");
        assert!(compressed(&plain, 2, false).len() <= one.len());
    }
}

#[test]
fn any_part_is_read_from_its_frames_alone() {
    let plain = bytes(3 * FRAME + 500);
    let mut file = compressed(&plain, 2, true);
    // Nothing is left of the first frame, and the others do not need it.
    file[..FRAME / 2].fill(0);
    let mut frames = SeekableFrames::open(Cursor::new(&file)).unwrap().unwrap();
    assert_eq!(frames.len(), plain.len() as u64);
    for (offset, len) in [(2 * FRAME - 10, 20), (3 * FRAME, 500), (FRAME, 1)] {
        let mut part = vec![0; len];
        frames.seek(SeekFrom::Start(offset as u64)).unwrap();
        frames.read_exact(&mut part).unwrap();
        assert!(part == plain[offset..offset + len], "{offset}");
    }
    frames.seek(SeekFrom::End(0)).unwrap();
    assert_eq!(frames.read(&mut [0; 10]).unwrap(), 0);
}

#[test]
fn the_catalogue_is_found_through_the_table() {
    let file = compressed(&bytes(2 * FRAME), 2, true);
    let mut frames = SeekableFrames::open(Cursor::new(&file)).unwrap().unwrap();
    let mut catalogue = frames.catalogue().unwrap().unwrap();
    let entries: Vec<_> = catalogue.entries().collect::<Result<_, _>>().unwrap();
    assert_eq!(entries, [entry()]);
    // A file of another program has none.
    let plain = zstd::bulk::compress(&bytes(1000), 1).unwrap();
    assert!(SeekableFrames::open(Cursor::new(&plain)).unwrap().is_none());
}

#[test]
fn a_table_that_does_not_fit_the_file_is_refused() {
    let file = compressed(&bytes(2 * FRAME), 2, true);
    let end = file.len();
    for (place, value) in [
        (end - 9, 0xff),
        (end - 5, 0x04),
        (end - 17, 0x55),
        (end - 6, 1),
    ] {
        let mut changed = file.clone();
        assert_ne!(changed[place], value);
        changed[place] = value;
        assert!(
            SeekableFrames::open(Cursor::new(&changed)).is_err(),
            "{place}"
        );
    }
    assert!(SeekableFrames::open(Cursor::new(&file[1..])).is_err());
}

#[test]
fn a_window_above_the_limit_is_refused() {
    let plain = bytes(100_000);
    let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
    encoder.window_log(MOST_WINDOW + 1).unwrap();
    io::copy(&mut plain.as_slice(), &mut encoder).unwrap();
    let file = encoder.finish().unwrap();
    for (most, reads) in [(MOST_WINDOW, false), (MOST_WINDOW + 1, true)] {
        let mut decoder = Decoder::new(file.as_slice(), most).unwrap();
        assert_eq!(decoder.read_to_end(&mut Vec::new()).is_ok(), reads);
    }
}

#[test]
fn a_failure_of_the_stream_is_returned_and_an_abandoned_compressor_ends() {
    struct Failing(u32);
    impl Read for Failing {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0 += 1;
            if self.0 > 300 {
                return Err(io::Error::other("gone"));
            }
            Ok(buffer.len().min(10_000))
        }
    }
    impl TarStream for Failing {
        fn take_catalogue(&mut self) -> io::Result<Vec<u8>> {
            Ok(Vec::new())
        }
    }
    let compression = Compression {
        level: 1,
        threads: 3,
        pads: true,
    };
    std::thread::scope(|scope| {
        let mut compressor = Compressor::start(scope, Failing(0), compression).unwrap();
        let error = compressor.read_to_end(&mut Vec::new()).unwrap_err();
        assert_eq!(error.to_string(), "gone");
    });
    std::thread::scope(|scope| {
        let endless = Stream(Cursor::new(bytes(20 * FRAME)));
        let mut compressor = Compressor::start(scope, endless, compression).unwrap();
        compressor.read_exact(&mut [0; 100]).unwrap();
    });
}

/// Both decoders give the same bytes, or fail after the same ones.
#[track_caller]
fn assert_same(file: &[u8], about: &str) {
    let mut expected = Vec::new();
    let mut decoder = Decoder::new(file, MOST_WINDOW).unwrap();
    let is_whole = decoder.read_to_end(&mut expected).is_ok();
    for threads in [0, 1, 3] {
        let mut read = Vec::new();
        let mut decoder = ParallelDecoder::new(file, MOST_WINDOW, threads);
        let ended = decoder.read_to_end(&mut read);
        assert_eq!(ended.is_ok(), is_whole, "{about}, {threads} threads");
        if is_whole {
            assert!(read == expected, "{about}, {threads} threads");
        } else {
            // A frame that is damaged is not returned in part.
            assert!(expected.starts_with(&read), "{about}, {threads} threads");
            assert!(decoder.read(&mut [0]).is_err(), "{about}: an error stays");
        }
    }
}

#[test]
fn several_threads_decompress_what_one_does() {
    let plain = bytes(3 * FRAME + 77);
    let ours = compressed(&plain, 2, true);
    assert_same(&ours, "our frames");
    let long = zstd::bulk::compress(&bytes(5 << 20), 1).unwrap();
    let empty = zstd::bulk::compress(&[], 1).unwrap();
    let streamed = {
        let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
        encoder.include_checksum(true).unwrap();
        io::copy(&mut &plain[..200_000], &mut encoder).unwrap();
        encoder.finish().unwrap()
    };
    let same_bytes = zstd::bulk::compress(&[9; 1 << 20], 1).unwrap();
    for (frames, about) in [
        (vec![&long], "a long frame"),
        (vec![&streamed], "a frame that does not say its length"),
        (vec![&empty, &ours, &empty], "empty frames around ours"),
        (vec![&same_bytes, &long, &ours], "a long frame before ours"),
        (vec![&ours, &streamed, &ours], "another one between ours"),
    ] {
        assert_same(
            &frames.into_iter().flatten().copied().collect::<Vec<_>>(),
            about,
        );
    }
    // Empty blocks without end, in a frame that says that it has no contents.
    let endless = [&[0x28, 0xb5, 0x2f, 0xfd, 0x20, 0][..], &vec![0; 4 << 20]].concat();
    assert_same(&endless, "endless blocks");
}

#[test]
fn several_threads_fail_where_one_does() {
    let ours = compressed(&bytes(FRAME + 9000), 2, true);
    let small = zstd::bulk::compress(&bytes(3000), 1).unwrap();
    for cut in (0..small.len()).step_by(61).chain(0..30) {
        assert_same(
            &[&small[..], &small[..cut]].concat(),
            &format!("cut at {cut}"),
        );
    }
    for cut in [ours.len() - 1, ours.len() / 2, ours.len() / 3] {
        assert_same(&ours[..cut], &format!("cut at {cut}"));
    }
    for at in (0..small.len()).step_by(53).chain(0..20) {
        for value in [1, 8, 0xff] {
            let mut changed = small.clone();
            changed[at] ^= value;
            let file = [&small[..], &changed, &small].concat();
            assert_same(&file, &format!("byte {at} changed by {value}"));
        }
    }
    assert_same(&[&ours[..], &b"rubbish"[..]].concat(), "rubbish behind");
    // A thread that waits is not waited for when the decoder is dropped.
    let mut decoder = ParallelDecoder::new(ours.as_slice(), MOST_WINDOW, 3);
    decoder.read_exact(&mut [0; 10]).unwrap();
}
