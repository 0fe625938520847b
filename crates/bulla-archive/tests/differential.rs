//! What the strict reader accepts, GNU tar, bsdtar and Python's tarfile understand as it does.
//!
//! Archives of these programs are changed at random. Whatever the reader accepts is given to the
//! three, and all of them must find the same names, contents and links. `BULLA_TAR_SECONDS` says how
//! long to go on (docs/testing.md), and `BULLA_TAR_SEED` begins where a failure was found.
//!
//! Only on Unix, because archives hold names, links and permissions that other systems cannot unpack.

#![cfg(test)]
#![cfg(unix)]

#[path = "../../bulla-age/tests/tools/mod.rs"]
mod tools;

#[path = "differential/again.rs"]
mod again;
#[path = "differential/mutate.rs"]
mod mutate;

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use bulla_archive::entry::EntryKind;
use bulla_archive::read::{ReadError, Reader};
use mutate::{Random, mutant};
use sha2::{Digest, Sha256};
use tools::need;

/// What an archive holds: for each path, what it is, and the digest of its contents or its target.
type Tree = BTreeMap<Vec<u8>, (&'static str, String)>;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The longest file that is compared. A hole can be of any length.
const LONGEST: u64 = 4 << 20;

/// Reads an archive with the strict reader. Returns `None` if it cannot be compared: a file in it is
/// too long, or a folder has a mode with which programs of a user cannot unpack what is in it.
fn ours(archive: &[u8]) -> Result<Option<Tree>, ReadError> {
    let mut reader = Reader::new(archive);
    let mut tree = Tree::new();
    while let Some(entry) = reader.next_entry()? {
        let what = match &entry.kind {
            EntryKind::Folder if entry.mode & 0o700 != 0o700 => return Ok(None),
            EntryKind::Folder => ("folder", String::new()),
            EntryKind::Symlink { target } => ("link", hex(target)),
            EntryKind::HardLink { target } => tree[target].clone(),
            EntryKind::File { len, .. } if *len > LONGEST => return Ok(None),
            EntryKind::File { len, parts } => {
                let mut contents = vec![0; usize::try_from(*len).unwrap()];
                for part in parts {
                    let start = usize::try_from(part.offset).unwrap();
                    let end = start + usize::try_from(part.len).unwrap();
                    let mut rest = &mut contents[start..end];
                    while !rest.is_empty() {
                        let read = reader.read_contents(rest)?;
                        rest = &mut rest[read..];
                    }
                }
                ("file", hex(&Sha256::digest(&contents)))
            }
            other => panic!("{other:?}"),
        };
        tree.insert(entry.path.clone(), what);
    }
    tree.remove(&b""[..]);
    Ok(Some(tree))
}

/// Adds the folders that are only named in longer paths, as programs create them.
fn with_folders(tree: &Tree) -> Tree {
    let mut all = tree.clone();
    for path in tree.keys() {
        for (at, _) in path.iter().enumerate().filter(|(_, byte)| **byte == b'/') {
            all.entry(path[..at].to_vec())
                .or_insert(("folder", String::new()));
        }
    }
    all
}

/// What a program made of an archive in a folder.
fn on_disk(folder: &Path) -> Tree {
    let mut tree = Tree::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(below) = folders.pop() {
        for entry in fs::read_dir(folder.join(&below)).unwrap() {
            let path = below.join(entry.unwrap().file_name());
            let full = folder.join(&path);
            let data = full.symlink_metadata().unwrap();
            let what = if data.is_dir() {
                fs::set_permissions(&full, fs::Permissions::from_mode(0o700)).unwrap();
                folders.push(path.clone());
                ("folder", String::new())
            } else if data.is_symlink() {
                (
                    "link",
                    hex(fs::read_link(&full).unwrap().as_os_str().as_bytes()),
                )
            } else if data.is_file() {
                fs::set_permissions(&full, fs::Permissions::from_mode(0o600)).unwrap();
                ("file", hex(&Sha256::digest(fs::read(&full).unwrap())))
            } else {
                ("other", String::new())
            };
            tree.insert(path.as_os_str().as_bytes().to_vec(), what);
        }
    }
    tree
}

/// Unpacks an archive with a program, as a user who cannot do any harm if there is one.
fn unpacked(program: &Path, archive: &[u8]) -> Tree {
    let folder = tempfile::tempdir().unwrap();
    let inside = folder.path().join("x");
    fs::create_dir(&inside).unwrap();
    for path in [folder.path(), &inside] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o777)).unwrap();
    }
    let mut command = match tools::tool("setpriv") {
        Some(setpriv) if is_root() => {
            let mut command = Command::new(setpriv);
            command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]);
            command.arg(program);
            command
        }
        _ => Command::new(program),
    };
    let mut child = command
        .args(["-x", "-f", "-", "-C"])
        .arg(&inside)
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // It may stop reading early.
    let _ = child.stdin.take().unwrap().write_all(archive);
    child.wait().unwrap();
    on_disk(&inside)
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

/// Python, which reads one archive after the other.
struct Python {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Python {
    fn start(program: &Path) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/differential/tree.py");
        let mut child = Command::new(program)
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Self {
            input: child.stdin.take().unwrap(),
            output: BufReader::new(child.stdout.take().unwrap()),
            child,
        }
    }

    /// `None` if it found an error.
    fn read(&mut self, archive: &[u8]) -> Option<Tree> {
        let len = u32::try_from(archive.len()).unwrap();
        self.input.write_all(&len.to_le_bytes()).unwrap();
        self.input.write_all(archive).unwrap();
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        if line.trim() == "null" {
            return None;
        }
        // Three texts without anything to escape for each entry.
        let texts: Vec<&str> = line.split('"').skip(1).step_by(2).collect();
        let bytes = |hex: &str| -> Vec<u8> {
            let digits = (0..hex.len()).step_by(2);
            digits
                .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
                .collect()
        };
        let kind = |kind: &str| match kind {
            "folder" => "folder",
            "link" => "link",
            "file" => "file",
            _ => "other",
        };
        let entries = texts.chunks_exact(3);
        let mut tree: Tree = entries
            .map(|entry| (bytes(entry[0]), (kind(entry[1]), entry[2].to_owned())))
            .collect();
        tree.remove(&b"."[..]);
        Some(tree)
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Archives of the three programs in all formats that the reader accepts.
fn seeds(tar: &Path, bsdtar: &Path, python: &Path) -> Vec<Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir_all(at("dir/sub")).unwrap();
    fs::write(at("dir/file"), "hello").unwrap();
    fs::write(at("dir").join("n".repeat(120)), "long").unwrap();
    fs::hard_link(at("dir/file"), at("dir/sub/hard")).unwrap();
    std::os::unix::fs::symlink("file", at("dir/link")).unwrap();
    std::os::unix::fs::symlink("x".repeat(120), at("dir/sub/long")).unwrap();
    let holes = fs::File::create(at("dir/holes")).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&holes, b"data", 100_000).unwrap();
    holes.set_len(300_000).unwrap();
    let script = "import tarfile, sys\n\
        with tarfile.open(fileobj=sys.stdout.buffer, mode='w|', format=int(sys.argv[1])) as tar: tar.add('dir')";
    let runs: [(&Path, &[&str]); 9] = [
        (tar, &["--format=gnu", "-S", "-c", "dir"]),
        (tar, &["--format=gnu", "-c", "dir"]),
        (tar, &["--format=pax", "-S", "-c", "dir"]),
        (tar, &["--format=pax", "-c", "dir"]),
        (
            tar,
            &[
                "--format=ustar",
                "--exclude=long",
                "-c",
                "dir/sub",
                "dir/file",
            ],
        ),
        (bsdtar, &["-c", "dir"]),
        (bsdtar, &["--format=gnutar", "-c", "-C", "dir", "."]),
        (python, &["-c", script, "2"]),
        (python, &["-c", script, "1"]),
    ];
    let mut seeds: Vec<Vec<u8>> = Vec::new();
    for (program, args) in runs {
        let output = Command::new(program)
            .args(args)
            .current_dir(folder.path())
            .env("LC_ALL", "C.UTF-8")
            .output()
            .unwrap();
        assert!(output.status.success(), "{program:?} {args:?}: {output:?}");
        let tree = ours(&output.stdout);
        assert!(
            matches!(tree, Ok(Some(_))),
            "{program:?} {args:?}: {tree:?}"
        );
        let mut archive = output.stdout;
        // Without the blocks that fill a record.
        let end = archive.iter().rposition(|byte| *byte != 0).unwrap();
        archive.truncate((end + 1).next_multiple_of(mutate::BLOCK) + 2 * mutate::BLOCK);
        seeds.push(archive);
    }
    seeds
}

/// Returns whether a file system can hold a tree: some names are too long for all of them.
fn fits(tree: &Tree) -> bool {
    tree.keys().all(|path| {
        path.split(|byte| *byte == b'/')
            .all(|name| name.len() <= 255)
    })
}

#[test]
fn what_the_reader_accepts_three_programs_understand_the_same() {
    let (tar, bsdtar, python) = need!("tar", "bsdtar", "python3");
    if is_root() {
        // What root unpacks can change devices.
        let _ = need!("setpriv");
    }
    let number = |name: &str, default: u64| {
        let given = std::env::var(name).ok();
        given.map_or(default, |text| text.parse().unwrap())
    };
    let seconds = number("BULLA_TAR_SECONDS", 3);
    let first = number("BULLA_TAR_SEED", 1);
    let seeds = seeds(&tar, &bsdtar, &python);
    let mut reader = Python::start(&python);
    let began = Instant::now();
    let (mut seed, mut accepted) = (first, 0_u64);
    while began.elapsed() < Duration::from_secs(seconds) {
        let archive = mutant(&seeds, &mut Random::new(seed));
        let this = seed;
        seed += 1;
        let Ok(Some(tree)) = ours(&archive) else {
            continue;
        };
        if !fits(&tree) {
            continue;
        }
        accepted += 1;
        let expected = with_folders(&tree);
        let theirs = [
            ("GNU tar", Some(unpacked(&tar, &archive))),
            ("bsdtar", Some(unpacked(&bsdtar, &archive))),
            (
                "Python",
                reader.read(&archive).map(|tree| with_folders(&tree)),
            ),
        ];
        for (program, found) in theirs {
            if found.as_ref() != Some(&expected) {
                let kept = std::env::temp_dir().join(format!("differs-{this}.tar"));
                fs::write(&kept, &archive).unwrap();
                panic!(
                    "{program} differs for BULLA_TAR_SEED={this} ({kept:?}):\n{found:?}\n{expected:?}"
                );
            }
        }
    }
    println!("{} mutants, {accepted} accepted and compared", seed - first);
    assert!(accepted > 0);
}

#[test]
fn what_the_reader_accepts_comes_back_the_same_when_it_is_written_again() {
    let (tar, bsdtar, python) = need!("tar", "bsdtar", "python3");
    let seeds = seeds(&tar, &bsdtar, &python);
    let compared =
        (0..1500).filter(|seed| again::comes_back(&mutant(&seeds, &mut Random::new(*seed))));
    assert!(compared.count() > 50);
}
