//! Names that are hidden, and their index.

use std::fs;
use std::path::Path;

use super::{EACH, inodes, tree, written};
use crate::env::TestEnv;
use crate::someone::RECIPIENT;

#[track_caller]
fn hides(env: &TestEnv, more: &[&str]) {
    env.mirrors(&[&["--names", "--if-changed"], more].concat());
}

#[test]
fn no_name_and_no_path_is_seen_and_a_restore_gives_both_back() {
    let env = tree();
    env.write("src/secret folder/secret name", "x\n");
    hides(&env, &[]);
    for (name, bytes) in env.files("out") {
        assert!(!name.contains("secret"));
        let hidden = name.len() == 2 + 1 + 30 + 4 && name.ends_with(".age");
        assert!(
            hidden || [".bulla-mirror", "index.age"].contains(&&*name),
            "{name}"
        );
        assert!(!bytes.windows(6).any(|part| part == b"secret"), "{name}");
    }
    assert_eq!(env.put_back(), env.files("src"));
}

#[test]
fn the_index_lists_every_name_and_without_it_nothing_is_lost() {
    let env = tree();
    hides(&env, &[]);
    let index = ["decrypt", "-q", "-i", "key", "out/index.age", "-o", "-"];
    let text = env.bulla(index).run().assert_quiet().stdout.clone();
    let text = String::from_utf8(text).unwrap();
    let mut listed = Vec::new();
    for line in text.lines() {
        let (name, path) = line.split_once(' ').unwrap();
        let file = format!("out/{name}");
        let one = ["decrypt", "-q", "-i", "key", &file, "-o", "-"];
        let said = env.bulla(one).run();
        assert_eq!(said.stdout, env.read(&format!("src/{path}")));
        listed.push(path.to_owned());
    }
    assert_eq!(listed, env.files("src").into_keys().collect::<Vec<_>>());
    fs::remove_file(env.path("out/index.age")).unwrap();
    assert_eq!(env.put_back(), env.files("src"));
    // It is written again, although nothing changed.
    hides(&env, &[]);
    assert!(env.path("out/index.age").is_file());
}

#[test]
fn a_file_keeps_its_hidden_name() {
    let env = tree();
    hides(&env, &[]);
    let first = inodes(&env);
    env.write("src/a", "changed\n");
    hides(&env, &[]);
    let second = inodes(&env);
    assert!(first.keys().eq(second.keys()));
    assert_eq!(written(&first, &second).len(), 2, "the file and the index");
    fs::remove_file(env.path("src/a")).unwrap();
    hides(&env, &["--delete"]);
    assert_eq!(env.files("out").len(), second.len() - 1);
    assert_eq!(env.put_back(), env.files("src"));
    // Another mirror of the same tree has other names.
    let mut line = EACH;
    line[6] = "other";
    let said = env.bulla([&line[..], &["--names"]].concat()).run();
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    let same = env.files("other").into_keys();
    assert_eq!(same.filter(|name| first.contains_key(name)).count(), 2);
}

#[test]
fn without_the_notes_a_mirror_with_hidden_names_is_not_doubled() {
    let env = tree();
    hides(&env, &[]);
    let before = env.files("out");
    fs::remove_dir_all(env.path("../home/.local/state/bulla/mirrors")).unwrap();
    let said = env.bulla([&EACH[..], &["--names"]].concat()).run();
    said.assert(
        7,
        "",
        "bulla: error: The notes about out are not on this machine, and without them every file \
         would get another name\n\
         bulla: hint: Choose a new folder with -o PATH\n",
    );
    assert_eq!(env.files("out"), before);
    assert_eq!(env.put_back(), env.files("src"));
}

#[test]
fn a_mirror_does_not_begin_or_cease_to_hide_names() {
    let env = tree();
    hides(&env, &[]);
    let said = env.bulla(EACH).run();
    assert_eq!(said.code, Some(7), "{}", said.stderr);
    fs::remove_dir_all(env.path("out")).unwrap();
    env.mirrors(&[]);
    let said = env.bulla([&EACH[..], &["--names"]].concat()).run();
    assert_eq!(said.code, Some(7), "{}", said.stderr);
}

#[test]
fn a_file_that_is_shared_resealed_or_edited_keeps_its_hidden_name_inside() {
    let env = tree();
    hides(&env, &[]);
    let mut names = env
        .files("out")
        .into_keys()
        .filter(|name| name.contains('/'));
    let one = crate::people::ONE;
    for command in [
        &["share", "-q", "-i", "key", "-r", one][..],
        &["reseal", "-q", "-i", "key", "-r", RECIPIENT],
    ] {
        let file = Path::new("out").join(names.next().unwrap());
        let line = [command, &[file.to_str().unwrap()]].concat();
        env.bulla(line).run().assert(0, "", "");
    }
    assert_eq!(env.put_back(), env.files("src"));
    let file = Path::new("out").join(names.next().unwrap());
    let edit = ["-i", "key", "-r", RECIPIENT, file.to_str().unwrap()];
    let Some(edited) = env.edits(&edit, "echo edited >>\"$1\"") else {
        return;
    };
    assert_eq!(edited.code, Some(0), "{edited:?}");
    let (restored, before) = (env.put_back(), env.files("src"));
    assert!(restored.keys().eq(before.keys()), "{:?}", restored.keys());
    let mut changed = before
        .iter()
        .filter(|(name, bytes)| restored[*name] != **bytes);
    let (name, bytes) = changed.next().unwrap();
    assert_eq!(restored[name], [&bytes[..], b"edited\n"].concat());
    assert!(changed.next().is_none());
}
