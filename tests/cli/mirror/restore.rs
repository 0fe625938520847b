//! A mirror put back into a tree, and what hostile files in it can do: nothing.

use std::fs;
use std::io::Write;

use bulla_age::kinds::X25519Recipient;
use bulla_age::sender::{Author, Coverage};
use bulla_age::stream::Engine;
use bulla_age::{NewFile, Recipient};

use super::tree;
use crate::env::TestEnv;
use crate::someone::RECIPIENT;

/// A file that says it had this path.
fn saying(path: &[u8], plain: &[u8]) -> Vec<u8> {
    let recipient: X25519Recipient = RECIPIENT.parse().unwrap();
    let file = NewFile::new(&[&recipient as &dyn Recipient]).unwrap();
    let author = Author {
        path: Some(path),
        ..Author::unsigned(1)
    };
    let mut bytes = file.header_by(&author, Coverage::Header).unwrap();
    let engine = Engine::new(1);
    engine.seal(&file.payload_key(), plain, &mut bytes).unwrap();
    bytes
}

fn restore(env: &TestEnv, more: &[&str]) -> crate::env::Outcome {
    let line = ["decrypt", "-i", "key", "--each", "out", "-o", "back/tree"];
    env.bulla([&line[..], more].concat()).run()
}

#[test]
fn a_path_that_leads_elsewhere_is_refused() {
    let env = TestEnv::new().with_key();
    env.write("back/sentinel", "kept\n");
    let bad: [&[u8]; 9] = [
        b"../sentinel",
        b"/etc/bulla-test",
        b"a/../../sentinel",
        b"..",
        b".",
        b"a//b",
        b"a/",
        b"a\0b",
        b"./sentinel",
    ];
    for (index, path) in bad.into_iter().enumerate() {
        env.write(&format!("out/{index}.age"), saying(path, b"evil\n"));
    }
    env.write("out/good.age", saying(b"sub/good", b"good\n"));
    for more in [&[][..], &["--force"]] {
        let said = restore(&env, more);
        assert_eq!(said.code, Some(10), "{}", said.stderr);
        assert_eq!(
            said.stderr
                .matches("the name it had is not a path inside a folder")
                .count(),
            bad.len(),
            "{}",
            said.stderr
        );
        let back: Vec<String> = env.files("back").into_keys().collect();
        assert_eq!(back, ["sentinel", "tree/sub/good"]);
        assert_eq!(env.read("back/sentinel"), b"kept\n");
        fs::remove_dir_all(env.path("back/tree")).unwrap();
    }
}

#[test]
fn a_link_in_the_new_tree_is_not_followed() {
    let env = TestEnv::new().with_key();
    env.write("back/outside/x", "kept\n");
    fs::create_dir_all(env.path("back/tree")).unwrap();
    std::os::unix::fs::symlink("../outside", env.path("back/tree/sub")).unwrap();
    std::os::unix::fs::symlink("../outside/x", env.path("back/tree/y")).unwrap();
    env.write("out/1.age", saying(b"sub/x", b"evil\n"));
    env.write("out/2.age", saying(b"y", b"evil\n"));
    let said = restore(&env, &["--force"]);
    assert_eq!(said.code, Some(10), "{}", said.stderr);
    assert_eq!(env.read("back/outside/x"), b"kept\n");
}

#[test]
fn two_files_that_say_one_path_do_not_replace_each_other() {
    let env = TestEnv::new().with_key();
    fs::create_dir(env.path("back")).unwrap();
    env.write("out/1.age", saying(b"x", b"first\n"));
    env.write("out/2.age", saying(b"x", b"second\n"));
    // Nor does one whose name was never hidden.
    env.write("third", "third\n");
    env.does(&["encrypt", "-q", "-r", RECIPIENT, "third", "-o", "out/x.age"]);
    let said = restore(&env, &["--force"]);
    assert_eq!(said.code, Some(10), "{}", said.stderr);
    let refused = said.stderr.matches("another file of this run was x too");
    assert_eq!(refused.count(), 2, "{}", said.stderr);
    let restored = env.read("back/tree/x");
    assert!([&b"first\n"[..], b"second\n", b"third\n"].contains(&&restored[..]));
}

#[test]
fn existing_files_are_kept_and_damaged_ones_leave_nothing() {
    let env = tree();
    env.mirrors(&[]);
    fs::create_dir(env.path("back")).unwrap();
    env.write("back/tree/a", "mine\n");
    let mut cut = env.read("out/b/c/d.age");
    cut.truncate(cut.len() - 1);
    env.write("out/b/c/d.age", cut);
    fs::File::options()
        .append(true)
        .open(env.path("out/b/e f.age"))
        .unwrap()
        .write_all(b"more")
        .unwrap();
    // One of which nothing is left is not taken for somebody else's file.
    env.write("out/z.age.age", "");
    env.write("out/readme.txt", "plain\n");
    let said = restore(&env, &[]);
    assert_eq!(said.code, Some(10), "{}", said.stderr);
    assert!(
        said.stderr
            .ends_with("bulla: error: 4 of 5 inputs failed\n"),
        "{}",
        said.stderr
    );
    let back: Vec<String> = env.files("back/tree").into_keys().collect();
    assert_eq!(back, ["a", "b/empty"]);
    assert_eq!(env.read("back/tree/a"), b"mine\n");
    assert_eq!(restore(&env, &["--force"]).code, Some(10));
    assert_eq!(env.read("back/tree/a"), b"one\n");
}

#[test]
fn a_mirror_is_not_restored_into_itself() {
    let env = tree();
    env.mirrors(&[]);
    let line = ["decrypt", "-i", "key", "--each", "out", "-o", "out/back"];
    let said = env.bulla(line).run();
    assert_eq!(said.code, Some(7), "{}", said.stderr);
    assert!(!env.path("out/back").exists());
}

#[test]
fn an_identity_with_a_passphrase_is_asked_for_once() {
    let env = tree().with_identity("me", Some("open"));
    env.mirrors(&[]);
    let line = [
        "decrypt",
        "-q",
        "--each",
        "out",
        "-o",
        "back",
        "--passphrase-fd",
        "3",
    ];
    let said = env.bulla(line).descriptor(3, "open").run();
    said.assert(0, "", "");
    assert_eq!(env.files("back"), env.files("src"));
}
