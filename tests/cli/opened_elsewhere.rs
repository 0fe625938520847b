//! Files for keys that other programs know, opened with age, rage and the TypeScript
//! implementation: every reader can open them, and no other key can.

use std::path::PathBuf;

use crate::env::TestEnv;
use crate::interop::{age_1_3, node, recipient_of, script, secret_line};
use crate::tools::need;

/// Too long for memory, so the signature of a stream does not cover its contents.
const LONG: usize = (16 << 20) + 1;

/// A file, the keys that open it, and its plaintext.
struct Written {
    name: &'static str,
    keys: &'static [&'static str],
    plain: &'static str,
}

const MINE: &str = "../bulla/identities/me.age";
const FIRST: &[&str] = &[MINE, "bob.key"];
const ALL: &[&str] = &[MINE, "bob.key", "carol.key"];
const OTHERS: &[&str] = &[MINE, "carol.key"];
const ALONE: &[&str] = &[MINE];

/// Every kind of file: encrypted, shared, unshared, resealed.
fn everything(env: &TestEnv, kind: &[&str]) -> Vec<Written> {
    env.does(&[&["identity", "new", "--no-passphrase", "-q"], kind].concat());
    for name in ["bob", "carol"] {
        let key = format!("{name}.key");
        env.does(
            &[
                &["identity", "new", "--no-passphrase", "-q", "-o", &key],
                kind,
            ]
            .concat(),
        );
        env.does(&["contact", "add", name, &recipient_of(env, &key)]);
    }
    env.write("plain", vec![7; 70_000]);
    env.write("long", vec![9; LONG]);
    let mut written = Vec::new();
    let mut is = |name, keys, plain| written.push(Written { name, keys, plain });
    let close = |name: &str, more: &[&str]| {
        env.does(&[&["encrypt", "-q", "--to", "bob", "-o", name, "plain"], more].concat());
    };
    let copy = |from: &str, to: &str| _ = std::fs::copy(env.path(from), env.path(to)).unwrap();
    for (name, more) in [
        ("unsigned", &[][..]),
        ("content", &["--sign"]),
        ("armored", &["--sign", "-a"]),
        ("hidden", &["--sign", "--hide-recipients"]),
        ("plainly", &["--plain"]),
    ] {
        close(name, more);
        is(name, FIRST, "plain");
    }
    let piped = env
        .bulla(["encrypt", "-q", "--sign", "--to", "bob"])
        .stdin(env.read("long"))
        .run();
    env.write("origin", &piped.stdout);
    is("origin", FIRST, "long");
    for (from, shared, unshared, resealed) in [
        (
            "unsigned",
            "unsigned-shared",
            "unsigned-unshared",
            "unsigned-resealed",
        ),
        (
            "content",
            "content-shared",
            "content-unshared",
            "content-resealed",
        ),
        (
            "armored",
            "armored-shared",
            "armored-unshared",
            "armored-resealed",
        ),
    ] {
        copy(from, shared);
        env.does(&["share", "-q", "--sign", shared, "--to", "carol"]);
        is(shared, ALL, "plain");
        copy(shared, unshared);
        env.does(&["unshare", "-q", "--sign", unshared, "--drop", "bob"]);
        is(unshared, OTHERS, "plain");
        copy(shared, resealed);
        env.does(&["reseal", "-q", "--sign", resealed, "--to", "carol"]);
        is(resealed, OTHERS, "plain");
    }
    copy("origin", "origin-unshared");
    env.does(&["unshare", "-q", "origin-unshared", "--drop", "bob"]);
    is("origin-unshared", ALONE, "long");
    // (cat carol.hdr; tail -c +FROM content)
    let said = env.does(&[
        "share",
        "content",
        "--to",
        "carol",
        "--header-out",
        "carol.hdr",
    ]);
    let from = said
        .split("tail -c +")
        .nth(1)
        .unwrap()
        .split(' ')
        .next()
        .unwrap()
        .parse::<usize>()
        .unwrap();
    env.write(
        "detached",
        [&env.read("carol.hdr")[..], &env.read("content")[from - 1..]].concat(),
    );
    is("detached", ALL, "plain");
    written
}

/// Decrypts every file with every key, with a program that has the command line of `age`.
fn opened_by(program: &PathBuf, kind: &[&str]) {
    let env = TestEnv::new();
    let mut opened = 0;
    for file in everything(&env, kind) {
        for key in ALL {
            let said = env.program(program, ["-d", "-i", key, file.name]).run();
            let is_for = file.keys.contains(key);
            assert_eq!(
                said.code == Some(0),
                is_for,
                "{program:?} {} {key}: {}",
                file.name,
                said.stderr
            );
            assert!(
                !is_for || said.stdout == env.read(file.plain),
                "{program:?} {} {key}",
                file.name
            );
            opened += usize::from(is_for);
        }
    }
    println!("opened by {}: {opened}", program.display());
    assert_eq!(opened, 37);
}

#[test]
fn long_age_opens_everything() {
    opened_by(&need!("age"), &["--classic"]);
}

#[test]
fn long_rage_opens_everything() {
    opened_by(&need!("rage"), &["--classic"]);
}

#[test]
fn long_age_1_3_opens_everything_that_is_post_quantum() {
    let Some(age) = age_1_3() else { return };
    opened_by(&age, &[]);
}

fn opened_by_typescript(kind: &[&str], begins: &str) {
    let Some(node) = node() else { return };
    let env = TestEnv::new();
    let written = everything(&env, kind);
    assert!(recipient_of(&env, "bob.key").starts_with(begins));
    let mut opened = 0;
    for key in ALL {
        for form in ["binary", "armor"] {
            let is_armored =
                |file: &&Written| file.name.starts_with("armored") == (form == "armor");
            let theirs = || {
                written
                    .iter()
                    .filter(|file| file.keys.contains(key))
                    .filter(is_armored)
            };
            let mut args: Vec<String> = ["decrypt", "identity", &secret_line(&env, key), form]
                .map(str::to_owned)
                .into();
            theirs()
                .for_each(|file| args.extend([file.name.to_owned(), format!("{}.out", file.name)]));
            script(&env, &node, &args);
            for file in theirs() {
                assert!(
                    env.read(&format!("{}.out", file.name)) == env.read(file.plain),
                    "{} {key}",
                    file.name
                );
                opened += 1;
            }
        }
    }
    println!("opened by age-encryption, {begins}: {opened}");
    assert_eq!(opened, 37);
}

#[test]
fn long_typescript_opens_everything() {
    opened_by_typescript(&["--classic"], "age1");
}

#[test]
fn long_typescript_opens_everything_that_is_post_quantum() {
    opened_by_typescript(&[], "age1pq1");
}
