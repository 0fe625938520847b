//! Every kind of file of the program, opened by the other implementations: every reader can open
//! them, and no other key can.

use std::collections::BTreeMap;

use crate::env::TestEnv;
use crate::kinds::{Kind, Means, for_plugin, new_identity, reads};
use crate::matrix::in_parallel;
use crate::page;
use crate::peers::{Lab, Peer, Peers, Told, Work};

/// Too long for memory, so the signature of a stream does not cover its contents.
const LONG: usize = (16 << 20) + 1;

/// A file, the keys that open it, and its plaintext. Its name is a row of the page.
struct Written {
    name: String,
    keys: &'static [&'static str],
    plain: &'static str,
}

impl Written {
    fn is_armored(&self) -> bool {
        self.name.contains("armored") || self.name.starts_with("a message")
    }
}

const MINE: &str = "me.key";
const FIRST: &[&str] = &[MINE, "bob.key"];
const ALL: &[&str] = &[MINE, "bob.key", "carol.key"];
const OTHERS: &[&str] = &[MINE, "carol.key"];
const ALONE: &[&str] = &[MINE];
const BOB: &[&str] = &["bob.key"];

/// Every kind of file: encrypted, shared, unshared, resealed, with a detached header, each signed
/// with both algorithms; and messages, signed with one and with both.
fn everything(env: &TestEnv, kind: &[&str]) -> Vec<Written> {
    does(
        env,
        &[&["identity", "new", "--no-passphrase", "-q"], kind].concat(),
    );
    // A post-quantum identity has an X25519 key besides, which opens no file written here.
    let secret = String::from_utf8(env.read("../bulla/identities/me.age")).unwrap();
    let is_post_quantum = |line: &&str| line.starts_with("AGE-SECRET-KEY-PQ-1");
    let line = secret.lines().find(is_post_quantum);
    env.write(MINE, line.unwrap_or(&secret));
    for name in ["bob", "carol"] {
        let recipient = new_identity(env, &format!("{name}.key"), kind);
        does(env, &["contact", "add", name, &recipient]);
    }
    env.write("plain", vec![7; 70_000]);
    env.write("long", vec![9; LONG]);
    env.write("message", format!("hello\n{}\n", " ".repeat(249)));
    let mut written = Vec::new();
    let mut is = |name: &str, keys, plain| {
        let name = name.to_owned();
        written.push(Written { name, keys, plain });
    };
    let copy = |from: &str, to: &str| _ = std::fs::copy(env.path(from), env.path(to)).unwrap();
    for (name, more) in [
        ("encrypted", &[][..]),
        ("without a statement", &["--plain"]),
        ("signed", &["--sign"]),
        ("signed and armored", &["--sign", "-a"]),
        ("signed, hidden readers", &["--sign", "--hide-recipients"]),
    ] {
        let args = ["encrypt", "-q", "--to", "bob", "-o", name, "plain"];
        does(env, &[&args[..], more].concat());
        is(name, FIRST, "plain");
        let (shared, unshared, resealed) = (
            format!("{name}, shared"),
            format!("{name}, shared and unshared"),
            format!("{name}, shared and resealed"),
        );
        copy(name, &shared);
        does(env, &["share", "-q", "--sign", &shared, "--to", "carol"]);
        is(&shared, ALL, "plain");
        copy(&shared, &resealed);
        does(env, &["reseal", "-q", "--sign", &resealed, "--to", "carol"]);
        is(&resealed, OTHERS, "plain");
        // Nobody can be taken out of a file that does not name its readers.
        if name != "signed, hidden readers" {
            copy(&shared, &unshared);
            does(
                env,
                &["unshare", "-q", "--sign", &unshared, "--drop", "bob"],
            );
            is(&unshared, OTHERS, "plain");
        }
    }
    let (name, unshared) = ("signed as a stream", "signed as a stream, unshared");
    let piped = env
        .bulla(["encrypt", "-q", "--sign", "--to", "bob"])
        .stdin(env.read("long"))
        .run();
    env.write(name, &piped.stdout);
    is(name, FIRST, "long");
    copy(name, unshared);
    does(env, &["unshare", "-q", unshared, "--drop", "bob"]);
    is(unshared, ALONE, "long");
    // (cat carol.hdr; tail -c +FROM signed)
    let detached = "a detached header for a third reader";
    let args = [
        "share",
        "signed",
        "--to",
        "carol",
        "--header-out",
        "carol.hdr",
    ];
    let said = does(env, &args);
    let after = said.split("tail -c +").nth(1).unwrap();
    let from: usize = after.split(' ').next().unwrap().parse().unwrap();
    let (header, signed) = (env.read("carol.hdr"), env.read("signed"));
    env.write(detached, [&header[..], &signed[from - 1..]].concat());
    is(detached, ALL, "plain");
    for (name, more) in [
        ("a message", &[][..]),
        ("a message signed twice", &["--post-quantum-signature"]),
    ] {
        let args = [&["write", "-q", "--to", "bob"], more].concat();
        let block = env.bulla(args).stdin("hello").run();
        assert_eq!(block.code, Some(0), "{}", block.stderr);
        env.write(name, &block.stdout);
        is(name, BOB, "message");
    }
    written
}

/// Runs the program, requires success, and returns what it wrote.
fn does(env: &TestEnv, args: &[&str]) -> String {
    let said = env.bulla(args).run();
    assert_eq!(said.code, Some(0), "{args:?}: {}", said.stderr);
    String::from_utf8(said.stdout).unwrap() + &said.stderr
}

/// Decrypts every file with every key, and returns the number of keys that open each. Fails if a
/// key opens a file that is not for it, or does not open one that is.
fn opened_by(
    lab: &Lab,
    peers: &Peers,
    reader: Peer,
    kind: Kind,
    written: &[Written],
) -> Vec<usize> {
    let mut opened = vec![0; written.len()];
    let means = reads(reader, kind);
    for key in ALL {
        let identity = if means == Means::Plugin {
            format!("{key}.plugin")
        } else {
            (*key).to_owned()
        };
        let work = |file: &Written| Work {
            armored: file.is_armored(),
            from: file.name.clone(),
            to: format!("{}-{reader:?}-{key}", file.name),
        };
        let work: Vec<_> = written.iter().map(work).collect();
        let told = peers.decrypt(reader, lab, Some(&identity), &work);
        for (at, (file, told)) in written.iter().zip(told).enumerate() {
            let what = format!("{reader:?} {kind:?} {} {key}: {told:?}", file.name);
            let plain = std::fs::read(lab.env.path(&work[at].to));
            if file.keys.contains(key) {
                assert_eq!(told, Told::Done, "{what}");
                assert!(plain.unwrap() == lab.env.read(file.plain), "{what}");
                std::fs::remove_file(lab.env.path(&work[at].to)).unwrap();
                opened[at] += 1;
            } else {
                assert!(matches!(told, Told::Refused(_)), "{what}");
                assert!(plain.unwrap_or_default().is_empty(), "{what}");
            }
        }
    }
    opened
}

type Table = BTreeMap<(String, Kind, Peer), usize>;

/// Opens every file of a kind with every program. Returns the rows, and the number of keys in each
/// cell.
fn opened_by_all(peers: &Peers, kind: Kind, options: &[&str]) -> (Vec<String>, Table) {
    let env = TestEnv::new();
    let written = everything(&env, options);
    let (with, without) = (
        Lab::with_plugins(&env, peers.age_1_3()),
        Lab::without_plugins(&env),
    );
    if kind == Kind::Hybrid {
        for key in ALL {
            for_plugin(&env, peers.age_1_3(), key);
        }
    }
    let can = |reader: &Peer| reads(*reader, kind) == Means::Alone || peers.age_1_3().is_some();
    let readers: Vec<_> = peers.present().into_iter().filter(can).collect();
    let opened = in_parallel(&readers, |&reader| {
        let lab = Lab::choose(reads(reader, kind), &without, &with);
        opened_by(lab, peers, reader, kind, &written)
    });
    let mut table = Table::new();
    for (reader, opened) in readers.into_iter().zip(opened) {
        for (file, count) in written.iter().zip(opened) {
            table.insert((file.name.clone(), kind, reader), count);
        }
    }
    println!("opened by others: {}", table.values().sum::<usize>());
    (written.into_iter().map(|file| file.name).collect(), table)
}

#[test]
fn long_every_other_opens_every_kind_of_file() {
    let (rows, table) = opened_by_all(&Peers::find(), Kind::X25519, &["--classic"]);
    assert_eq!(table.len() % rows.len(), 0);
}

/// Every cell of the page.
#[test]
fn slow_every_other_opens_every_kind_of_file_with_both_kinds_of_keys() {
    if std::env::var_os("BULLA_TEST_SLOW").is_none() {
        return eprintln!("skipped: BULLA_TEST_SLOW is not set");
    }
    let peers = Peers::find();
    let (rows, mut table) = opened_by_all(&peers, Kind::X25519, &["--classic"]);
    table.extend(opened_by_all(&peers, Kind::Hybrid, &[]).1);
    if page::is_whole(&peers, Kind::ALL.len()) {
        let versions = page::versions(&TestEnv::new(), &peers);
        page::holds("files", &page::files(&rows, &table), &versions);
    }
}
