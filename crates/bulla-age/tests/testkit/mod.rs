//! The vectors of the age testkit, parsed.
//!
//! Included by test binaries with `#[path]`. It only reads the vectors; the test binaries decide
//! how to check an implementation against them.

use std::io::Read;
use std::path::{Path, PathBuf};

/// The result that an implementation must report for a vector's file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Expect {
    /// The file opens.
    Success,
    /// No identity matches.
    NoMatch,
    /// An identity matches, but the header's MAC is wrong.
    HmacFailure,
    /// The header, or a stanza of a known type, breaks the rules.
    HeaderFailure,
    /// The armor breaks the rules.
    ArmorFailure,
    /// The payload is damaged. The part before the damage may have been released.
    PayloadFailure,
}

/// One vector.
#[derive(Clone, Debug)]
pub(crate) struct Vector {
    /// The name of its file.
    pub(crate) name: String,
    /// The expected result.
    pub(crate) expect: Expect,
    /// SHA-256, in hex, of everything that may be released, for successes and payload failures.
    pub(crate) payload: Option<String>,
    /// The file key. It has 16 bytes, unless its length is what the vector tests.
    pub(crate) file_key: Option<Vec<u8>>,
    /// Identities to try, in order.
    pub(crate) identities: Vec<String>,
    /// Passphrases to try, in order.
    pub(crate) passphrases: Vec<String>,
    /// True if the file is armored.
    pub(crate) armored: bool,
    /// The age file.
    pub(crate) file: Vec<u8>,
}

/// The folder of the testkit: `BULLA_TESTKIT`, or else the copy beside this file.
fn directory() -> PathBuf {
    let of_package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let of_repository = || {
        // Test binaries of two packages include this file.
        ["", "crates/bulla-age"]
            .map(|engine| of_package.join(engine).join("tests/testkit/vectors"))
            .into_iter()
            .find(|folder| folder.is_dir())
            .expect("the testkit is a part of the repository")
    };
    std::env::var_os("BULLA_TESTKIT").map_or_else(of_repository, PathBuf::from)
}

/// All vectors, sorted by name.
pub(crate) fn vectors() -> Vec<Vector> {
    let folder = directory();
    let entries = std::fs::read_dir(&folder)
        .unwrap_or_else(|why| panic!("the testkit in {}: {why}", folder.display()));
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| read(path)).collect()
}

fn read(path: &Path) -> Vector {
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    parse(&name, &std::fs::read(path).unwrap()).unwrap_or_else(|why| panic!("vector {name}: {why}"))
}

/// Parses a vector: `key: value` lines, an empty line, the age file.
pub(crate) fn parse(name: &str, bytes: &[u8]) -> Result<Vector, String> {
    let end = bytes
        .windows(2)
        .position(|two| two == b"\n\n")
        .ok_or("no empty line")?;
    let lines = std::str::from_utf8(&bytes[..end]).map_err(|why| why.to_string())?;
    let mut vector = Vector {
        name: name.to_owned(),
        expect: Expect::Success,
        payload: None,
        file_key: None,
        identities: Vec::new(),
        passphrases: Vec::new(),
        armored: false,
        file: bytes[end + 2..].to_vec(),
    };
    let mut expect = None;
    for line in lines.lines() {
        let (key, value) = line
            .split_once(": ")
            .ok_or_else(|| format!("not a `key: value` line: {line}"))?;
        match key {
            "expect" => expect = Some(parse_expect(value)?),
            "payload" => vector.payload = Some(value.to_owned()),
            "file key" => vector.file_key = Some(parse_file_key(value)?),
            "identity" => vector.identities.push(value.to_owned()),
            "passphrase" => vector.passphrases.push(value.to_owned()),
            "armored" => vector.armored = value == "yes",
            "compressed" if value == "zlib" => vector.file = inflate(&vector.file)?,
            "comment" => {}
            _ => return Err(format!("unknown line: {line}")),
        }
    }
    vector.expect = expect.ok_or("no expect line")?;
    Ok(vector)
}

fn parse_expect(value: &str) -> Result<Expect, String> {
    Ok(match value {
        "success" => Expect::Success,
        "no match" => Expect::NoMatch,
        "HMAC failure" => Expect::HmacFailure,
        "header failure" => Expect::HeaderFailure,
        "armor failure" => Expect::ArmorFailure,
        "payload failure" => Expect::PayloadFailure,
        _ => return Err(format!("unknown expectation: {value}")),
    })
}

fn parse_file_key(hex: &str) -> Result<Vec<u8>, String> {
    let pair = |at: usize| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok();
    let bytes: Option<_> = (0..hex.len()).step_by(2).map(pair).collect();
    bytes.ok_or_else(|| format!("not a file key in hex: {hex}"))
}

fn inflate(compressed: &[u8]) -> Result<Vec<u8>, String> {
    let mut plain = Vec::new();
    flate2::read::ZlibDecoder::new(compressed)
        .read_to_end(&mut plain)
        .map_err(|why| why.to_string())?;
    Ok(plain)
}
