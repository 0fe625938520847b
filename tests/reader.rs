//! Compares the second reader, `docs/read_sender.py`, which was written from the description of the
//! format alone, with this program.

#![cfg(test)]

#[path = "../crates/bulla-age/tests/forge/mod.rs"]
#[expect(dead_code, reason = "the attacks of tests/cli need more of it")]
mod forge;
#[path = "../crates/bulla-age/tests/tools/mod.rs"]
mod tools;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use bulla_age::kinds::{X25519Identity, X25519Recipient};
use bulla_age::seed::Seed;
use bulla_age::sender::{
    Author, Coverage, HiddenRecipient, ReaderChange, ReaderEvidence, SenderError,
};
use bulla_age::signing::SigningKey;
use bulla_age::stream::{Digests, Engine};
use bulla_age::{
    DecryptError, ExposeSecret, Identity, LockedFile, NewFile, Provable, Recipient, signing,
};
use forge::{Forged, Said, root};
use sha2::{Digest, Sha256};

/// Python, if it has the packages that the reader needs.
fn python() -> Option<PathBuf> {
    let python = std::env::var_os("BULLA_PYTHON")
        .map(PathBuf::from)
        .or_else(|| tools::tool("python3"));
    let has_all = |python: &PathBuf| {
        let import = Command::new(python)
            .args(["-c", "import blake3, cryptography, dilithium_py, kyber_py"])
            .output();
        import.is_ok_and(|output| output.status.success())
    };
    let python = python.filter(has_all);
    if python.is_none() {
        tools::skip(
            "python3 with the packages blake3, cryptography, dilithium-py and kyber-py not installed \
             (BULLA_PYTHON)",
        );
    }
    python
}

fn me() -> X25519Identity {
    Seed::from_bytes(&[1; 32]).classic(0)
}

fn bob() -> X25519Recipient {
    Seed::from_bytes(&[2; 32]).classic(0).to_recipient()
}

/// A file of `len` bytes for these recipients, by this author.
fn file(len: usize, to: &[&dyn Recipient], author: &Author<'_>, covers: bool) -> Vec<u8> {
    let new = NewFile::new(to).unwrap();
    let (mut payload, digests) = (Vec::new(), Arc::new(Digests::new()));
    let engine = Engine::new(1).with_digests(digests.clone());
    engine
        .seal(&new.payload_key(), &vec![7; len][..], &mut payload)
        .unwrap();
    let root = digests.root().unwrap();
    let covering = if covers {
        Coverage::Contents(&root)
    } else {
        Coverage::Header
    };
    let mut bytes = new.header_by(author, covering).unwrap();
    bytes.extend_from_slice(&payload);
    bytes
}

/// The verdict of the library: the exit code, and whether each of two keys is proved.
fn verdict(bytes: &[u8]) -> (i64, Vec<Option<usize>>, bool) {
    let bad = |code| (code, Vec::new(), false);
    let Ok(closed) = LockedFile::read(&mut &*bytes) else {
        return bad(4);
    };
    let offset = usize::try_from(closed.payload_offset()).unwrap();
    let opened = match closed.open(&[&me() as &dyn Identity]) {
        Ok(opened) => opened,
        Err(DecryptError::NoMatch { .. }) => return bad(3),
        Err(_) => return bad(4),
    };
    let sender = match opened.sender(signing::verify) {
        Ok(sender) => sender,
        Err(SenderError::Malformed(_)) => return bad(4),
        Err(_) => return bad(9),
    };
    let digests = Arc::new(Digests::new());
    Engine::new(1)
        .with_digests(digests.clone())
        .authenticate(&opened.payload_key(), &bytes[offset..])
        .unwrap();
    if sender
        .as_ref()
        .is_some_and(|sender| sender.check_content(&digests.root().unwrap()).is_err())
    {
        return bad(9);
    }
    let (mine, bobs) = (me().to_recipient(), bob());
    let proved = |class| {
        if let ReaderEvidence::Proved { known } = class {
            Some(known)
        } else {
            None
        }
    };
    let classes = opened.prove_readers(sender.as_ref(), &[&mine, &bobs], &[]);
    let signed = sender
        .as_ref()
        .and_then(|sender| sender.origin()?.signer)
        .is_some();
    (0, classes.into_iter().map(proved).collect(), signed)
}

/// Runs both readers on all of these.
#[track_caller]
fn both_agree(python: &Path, files: &[(String, Vec<u8>)]) -> Vec<i64> {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    std::fs::write(at("id"), me().to_text().expose_secret()).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/read_sender.py");
    let mut command = Command::new(python);
    command.arg(script).arg(at("id"));
    for (index, (_, bytes)) in files.iter().enumerate() {
        std::fs::write(at(&index.to_string()), bytes).unwrap();
        command.arg(at(&index.to_string()));
    }
    let keys = [me().to_recipient().to_string(), bob().to_string()];
    let output = command.arg("--").args(&keys).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(
        said.lines().count(),
        files.len(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let compare = |((what, bytes), line): (&(String, Vec<u8>), &str)| {
        let told: serde_json::Value = serde_json::from_str(line).unwrap();
        let (code, proved, signed) = verdict(bytes);
        assert_eq!(told["exit"], code, "{what}: {line}");
        if code == 0 {
            let proved: Vec<_> = proved
                .into_iter()
                .map(|known| known.map(|known| &*keys[known]))
                .collect();
            assert_eq!(told["proved"], serde_json::json!(proved), "{what}");
            assert_eq!(told["signed"], signed, "{what}");
        }
        code
    };
    files.iter().zip(said.lines()).map(compare).collect()
}

#[test]
fn the_second_reader_reads_what_is_written() {
    let Some(python) = python() else { return };
    let (mine, bob, sign) = (
        me().to_recipient(),
        bob(),
        Seed::from_bytes(&[1; 32]).signing(),
    );
    let (unsigned, signed) = (
        Author::unsigned(1_795_000_000),
        Author::signing(&sign, 1_795_000_000),
    );
    let mut files = Vec::new();
    let mut add = |what: &str, bytes: Vec<u8>| files.push((what.to_owned(), bytes));
    for len in [0, 1, 65_536, 65_537, 400_000] {
        add("unsigned", file(len, &[&mine, &bob], &unsigned, false));
        add("origin", file(len, &[&mine], &signed, false));
        add("content", file(len, &[&bob, &mine], &signed, true));
    }
    add(
        "hidden",
        file(9, &[&mine, &HiddenRecipient(&bob)], &signed, true),
    );
    let message = Author {
        true_length: Some(3),
        ..Author::signing(&sign, 1)
    };
    add("a message", file(9, &[&mine], &message, false));
    let addressees = [(mine.to_string(), SigningKey::from_bytes([3; 64]))].into();
    add(
        "addressed",
        file(
            9,
            &[&bob, &mine],
            &Author {
                addressees,
                ..Author::signing(&sign, 1)
            },
            true,
        ),
    );
    add("for somebody else", file(9, &[&bob], &signed, true));
    // Shared, and unshared again.
    let mut shared = file(200_000, &[&mine], &signed, true);
    for (add_it, drop) in [(Some(&bob), &[][..]), (None, &[1])] {
        let closed = LockedFile::read(&mut &*shared).unwrap();
        let offset = usize::try_from(closed.payload_offset()).unwrap();
        let opened = closed
            .open(&[&me()])
            .unwrap_or_else(|error| panic!("{error}"));
        let sender = opened.sender(signing::verify).unwrap();
        let people: Vec<&dyn Recipient> = add_it
            .into_iter()
            .map(|bob| -> &dyn Recipient { bob })
            .collect();
        let change = ReaderChange {
            add: &people,
            drop,
            proved: &[],
            labels: &Default::default(),
        };
        let mut bytes = opened
            .rewrite_header(sender.as_ref(), &change, &signed)
            .unwrap();
        bytes.extend_from_slice(&shared[offset..]);
        add("shared", bytes.clone());
        shared = bytes;
    }
    let codes = both_agree(&python, &files);
    let expected = files
        .iter()
        .map(|(what, _)| if what == "for somebody else" { 3 } else { 0 });
    assert_eq!(codes, expected.collect::<Vec<i64>>());
    assert!(mine.provable() == Provable::Yes);
}

/// Files written by the command, also armored.
#[test]
fn the_second_reader_reads_what_the_command_writes() {
    let Some(python) = python() else { return };
    let dir = tempfile::tempdir().unwrap();
    let bulla = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bulla"));
        command
            .env_clear()
            .env("BULLA_HOME", dir.path().join("bulla"))
            .current_dir(dir.path())
            .args(args);
        assert!(command.output().unwrap().status.success(), "{args:?}");
    };
    std::fs::write(dir.path().join("plain"), vec![1; 200_000]).unwrap();
    let (mine, bob) = (me().to_recipient().to_string(), bob().to_string());
    bulla(&["identity", "new", "--no-passphrase"]);
    let to = ["encrypt", "-r", &mine, "-r", &bob];
    let mut files = Vec::new();
    for more in [
        &["-o", "1"][..],
        &["--sign", "-o", "2"],
        &["--sign", "-a", "-o", "3"],
        &["--plain", "-o", "4"],
    ] {
        bulla(&[&to[..], more, &["plain"]].concat());
        let name = more[more.len() - 1];
        let bytes = std::fs::read(dir.path().join(name)).unwrap();
        // The library reads the binary form.
        let mut binary = Vec::new();
        let mut source = bulla_age::format::Source::new(&*bytes).unwrap();
        std::io::Read::read_to_end(&mut source, &mut binary).unwrap();
        files.push((name.to_owned(), binary));
        if more.contains(&"-a") {
            std::fs::write(dir.path().join("id"), me().to_text().expose_secret()).unwrap();
            let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/read_sender.py");
            let read = Command::new(&python)
                .arg(script)
                .args(["id", name])
                .current_dir(dir.path())
                .output();
            let said = String::from_utf8(read.unwrap().stdout).unwrap();
            assert!(said.contains("\"signed\": true"), "{said}");
        }
    }
    assert_eq!(both_agree(&python, &files), [0; 4]);
}

/// Statements with every byte changed, cut short or extended, sealed and authenticated with the
/// file key.
#[test]
fn long_both_readers_refuse_the_same() {
    let Some(python) = python() else { return };
    let (mine, bob, sign) = (
        me().to_recipient(),
        bob(),
        Seed::from_bytes(&[1; 32]).signing(),
    );
    let mut files = Vec::new();
    for author in [
        Author::unsigned(1),
        Author {
            true_length: Some(3),
            // ML-DSA in Python is slow, and other tests compare it.
            algorithm: bulla_age::signing::Algorithm::Ed25519,
            ..Author::signing(&sign, 1)
        },
    ] {
        let forged = Forged::open(&file(9, &[&mine, &bob], &author, true), &me());
        let statement = forged.statements().remove(0);
        let mut add = |what: String, statements: &[Vec<u8>], more: &[u8]| {
            let mut stanzas = forged.recipients();
            stanzas.push(forged.sender_with(statements, more, None));
            files.push((
                what,
                Forged {
                    stanzas,
                    ..forged.clone()
                }
                .file(),
            ));
        };
        for at in 0..statement.len() {
            for change in [1, 2, 0x80] {
                let mut changed = statement.clone();
                changed[at] ^= change;
                add(format!("byte {at} ^ {change}"), &[changed], &[]);
            }
            add(
                format!("without byte {at}"),
                &[[&statement[..at], &statement[at + 1..]].concat()],
                &[],
            );
        }
        add("nothing".to_owned(), &[], &[]);
        add(
            "twice".to_owned(),
            &[statement.clone(), statement.clone()],
            &[],
        );
        for more in [&[1][..], &[0; 512], &[0; 1024]] {
            add(
                format!("{} bytes more", more.len()),
                std::slice::from_ref(&statement),
                more,
            );
        }
        // Followed by another person's statement.
        let roots = [None, Some(root(&forged.payload)), Some([8; 32])];
        for (kind, content) in (0..4).flat_map(|kind| roots.map(|root| (kind, root))) {
            for previous in [None, Some([9; 32]), Some(Sha256::digest(&statement).into())] {
                let by = Some(ed25519_dalek::SigningKey::from_bytes(&[3; 32]));
                let entries = vec![(1, 1, [1; 16]), (1, 1, [2; 16])];
                let said = Said {
                    kind,
                    by: by.as_ref(),
                    previous,
                    content,
                    entries,
                };
                let says = forged.says(&said);
                let mut flipped = says.clone();
                *flipped.last_mut().unwrap() ^= 1;
                add(
                    format!("kind {kind} behind it"),
                    &[statement.clone(), says.clone()],
                    &[],
                );
                add(
                    format!("kind {kind} behind it, flipped"),
                    &[statement.clone(), flipped],
                    &[],
                );
                add(format!("kind {kind} first"), &[says], &[]);
            }
        }
    }
    let codes = both_agree(&python, &files);
    let count = |code| codes.iter().filter(|found| **found == code).count();
    println!(
        "second reader: {} files: {} read, {} bad headers, {} not believed",
        codes.len(),
        count(0),
        count(4),
        count(9)
    );
    assert!(codes.len() > 1000 && count(0) > 10 && count(4) > 100 && count(9) > 100);
}

/// The program that was written from the description of the formats prints the vectors that the
/// tests of the engine compare with.
#[test]
fn the_vectors_are_what_the_second_program_makes() {
    let Some(python) = python() else { return };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/make_vectors.py");
    let printed = Command::new(python).arg("-B").arg(script).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&printed.stderr), "");
    let kept = include_str!("../docs/vectors.json");
    assert!(
        printed.stdout == kept.as_bytes(),
        "docs/vectors.json is not what it prints"
    );
}

/// Every file among the vectors, read by the second reader, with its hybrid and classic identity.
#[test]
fn the_second_reader_reads_both_algorithms_and_hybrid_stanzas() {
    let Some(python) = python() else { return };
    let vectors: serde_json::Value =
        serde_json::from_str(include_str!("../docs/vectors.json")).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let of = |key: &str, what: &str| vectors[key][what].as_str().unwrap().to_owned();
    let (classic, hybrid) = ("x25519/0", "mlkem768x25519/0");
    let secrets = [of(classic, "secret"), of(hybrid, "secret")].join("\n");
    std::fs::write(dir.path().join("id"), secrets).unwrap();
    let mut command = Command::new(python);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/read_sender.py");
    command
        .args(["-B".as_ref(), script.as_os_str()])
        .arg(dir.path().join("id"));
    let files = vectors["files"].as_object().unwrap();
    for (name, file) in files {
        use base64::Engine;
        let file = base64::prelude::BASE64_STANDARD.decode(file["file"].as_str().unwrap());
        std::fs::write(dir.path().join(name), file.unwrap()).unwrap();
        command.arg(dir.path().join(name));
    }
    let known = [
        of(classic, "recipient"),
        of("x25519/1", "recipient"),
        of(hybrid, "recipient"),
    ];
    let output = command.arg("--").args(&known).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(
        said.lines().count(),
        files.len(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    for ((name, _), line) in files.iter().zip(said.lines()) {
        let said: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(
            (&said["exit"], &said["recorded"]),
            (&0.into(), &true.into()),
            "{name}: {said}"
        );
        let alg = if name == "unsigned" {
            0
        } else if name.contains("Ed25519") || name == "message" {
            1
        } else {
            2
        };
        assert_eq!(
            (&said["statements"][0]["alg"], &said["signed"]),
            (&alg.into(), &(alg > 0).into())
        );
        let proved = said["proved"].as_array().unwrap();
        assert!(
            proved
                .iter()
                .all(|key| known.iter().any(|known| key == known)),
            "{name}"
        );
    }
}
