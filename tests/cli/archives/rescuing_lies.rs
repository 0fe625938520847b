//! What is left of damaged archives whose author lies about their length, and of those that are too
//! long.

use sha2::{Digest, Sha256};

use crate::env::TestEnv;
use crate::someone::RECIPIENT;
use crate::tools::need;

const CHUNK: usize = 64 << 10;
const SEALED: usize = CHUNK + 16;
const FRAME: usize = 1 << 20;

/// Bytes that cannot be compressed.
fn noise(len: usize) -> Vec<u8> {
    let mut state = 1_u64;
    let next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    std::iter::repeat_with(next).take(len).collect()
}

/// The tar file of folder t, and the same in frames.
fn packed(env: &TestEnv) -> (Vec<u8>, Vec<u8>) {
    let [tar, frames] = [(None, "t.tar"), (Some("--zstd"), "t.tar.zst")].map(|(zstd, name)| {
        let pack = ["encrypt", "-q", "-r", RECIPIENT, "--no-pad", "t"];
        env.bulla(pack.into_iter().chain(zstd))
            .run()
            .assert(0, "", "");
        let closed = format!("{name}.age");
        env.bulla(["decrypt", "-q", "-i", "key", "--no-unpack", &closed])
            .run()
            .assert(0, "", "");
        let bytes = env.read(name);
        std::fs::remove_file(env.path(name)).unwrap();
        bytes
    });
    (tar, frames)
}

/// Encrypts contents, and damages a chunk of them.
fn damaged(env: &TestEnv, contents: &[u8], chunk: usize) -> Vec<u8> {
    let mut closed = env.closed(contents);
    let payload = closed.len() - contents.len() - 16 * contents.len().div_ceil(CHUNK);
    closed[payload + chunk * SEALED + 9] ^= 1;
    closed
}

#[test]
fn a_catalogue_with_an_impossible_length_costs_nothing_but_itself() {
    let env = TestEnv::new().with_key();
    env.write("t/noise", noise(2 * FRAME + 300_000));
    let (tar, frames) = packed(&env);
    // The table of the frames is left out, so that the catalogue is the end.
    let number = |bytes: &[u8]| u32::from_le_bytes(bytes[..4].try_into().unwrap()) as usize;
    let table = 8 + 9 + 8 * number(&frames[frames.len() - 9..]);
    let frames = &frames[..frames.len() - table];
    let trailer = frames.len() - 64;
    let index_len = u64::from_be_bytes(frames[trailer + 40..trailer + 48].try_into().unwrap());
    let index = trailer - usize::try_from(index_len).unwrap();
    let chunk = (FRAME + FRAME / 2) / CHUNK;
    for tar_len in [
        1 << 60,
        1 << 62,
        i64::MAX as u64 - 1024,
        i64::MAX as u64,
        u64::MAX - 2048,
    ] {
        let mut lies = frames.to_vec();
        lies[trailer + 24..trailer + 32].copy_from_slice(&u64::to_be_bytes(tar_len));
        let checksum = Sha256::digest(&lies[index..trailer + 56]);
        lies[trailer + 56..].copy_from_slice(&checksum[..8]);
        env.write("t.tar.zst.age", damaged(&env, &lies, chunk));
        let run = env
            .bulla(["rescue", "-f", "-i", "key", "t.tar.zst.age"])
            .run();
        assert_eq!(run.code, Some(5), "{tar_len}: {}", run.stderr);
        let left = env.read("t.tar.incomplete");
        assert!(left[..FRAME] == tar[..FRAME], "{tar_len}");
        // The last frame is there too, but nothing says where it belongs.
        let end = &tar[2 * FRAME..2 * FRAME + 300_000];
        assert!(left.windows(end.len()).any(|part| part == end), "{tar_len}");
        let said = String::from_utf8(run.stdout.clone()).unwrap();
        assert!(said.contains("Perhaps further back: bytes"), "{said}");
        assert!(!env.path("t.tar.zst.incomplete").exists());
    }
}

/// The tar file is longer than the limit; what it is made of is not.
#[test]
fn a_tar_file_that_cannot_be_written_stays_compressed() {
    let prlimit = need!("prlimit");
    let env = TestEnv::new().with_key();
    env.write("t/noise", noise(200_000));
    env.write("t/text", "the same\n".repeat(400_000));
    let (tar, frames) = packed(&env);
    assert!(tar.len() > 3 << 20 && frames.len() < 1 << 19);
    env.write("t.tar.zst.age", damaged(&env, &frames, 1));
    let mut expected = frames.clone();
    expected[CHUNK..2 * CHUNK].fill(0);
    for json in [None, Some("--json")] {
        let bulla = env!("CARGO_BIN_EXE_bulla");
        let line = ["--fsize=1048576", bulla, "rescue", "-f", "-i", "key"];
        let line = line.into_iter().chain(json).chain(["t.tar.zst.age"]);
        let run = env.program(&prlimit, line).run();
        assert_eq!(run.code, Some(5), "{}", run.stderr);
        assert!(env.read("t.tar.zst.incomplete") == expected);
        assert!(!env.path("t.tar.incomplete").exists());
        let warning = "Cannot write t.tar.incomplete: File too large";
        assert!(run.stderr.contains(warning), "{}", run.stderr);
        let stays = "The archive stays compressed: t.tar.zst.incomplete";
        let folded = run.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(folded.contains(stays), "{}", run.stderr);
        if json.is_some() {
            let lines = run.json();
            assert_eq!(lines[0]["warning"]["kind"], "not-decompressed");
            assert_eq!(lines[1]["output"], "t.tar.zst.incomplete");
            assert_eq!(lines[1]["length"], frames.len());
        }
    }
}
