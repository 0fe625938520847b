//! `--files-from`: files whose paths are in a list.

use std::fs;

use super::{EACH, tree};
use crate::someone::RECIPIENT;

#[test]
fn listed_files_are_encrypted_beside_themselves() {
    let env = tree();
    env.write("src/-", "a file called like standard input\n");
    env.write("list", "src/a\nsrc/b/e f\n");
    let line = ["encrypt", "-q", "-r", RECIPIENT, "--files-from", "list"];
    env.bulla(line).run().assert(0, "", "");
    assert!(env.path("src/a.age").is_file() && env.path("src/b/e f.age").is_file());
    assert_eq!(env.files("src").len(), 8);
    let line = [
        "encrypt",
        "-q",
        "-r",
        RECIPIENT,
        "--files-from",
        "-",
        "--null",
    ];
    let said = env.bulla(line).stdin("src/b/c/d\0src/z.age\0").run();
    said.assert(0, "", "");
    assert!(env.path("src/b/c/d.age").is_file() && env.path("src/z.age.age").is_file());
    // Named files and listed files are one batch, and one that is missing stops no other.
    env.write("list", "none\nsrc/b/empty\n");
    let line = ["encrypt", "-r", RECIPIENT, "src/-", "--files-from", "list"];
    let said = env.bulla(line).run();
    assert_eq!(said.code, Some(10), "{}", said.stderr);
    assert!(
        said.stderr.contains("none does not exist"),
        "{}",
        said.stderr
    );
    assert!(env.path("src/-.age").is_file() && env.path("src/b/empty.age").is_file());
}

#[test]
fn an_empty_list_is_not_standard_input() {
    let env = tree();
    let line = ["encrypt", "-r", RECIPIENT, "--files-from", "-"];
    let said = env.bulla(line).stdin("").run();
    said.assert(0, "", "The list names no files\n");
    let line = ["encrypt", "-r", RECIPIENT, "--files-from", "none"];
    let said = env.bulla(line).stdin("secret").run();
    assert_eq!(
        (said.code, said.stdout),
        (Some(6), Vec::new()),
        "{}",
        said.stderr
    );
}

#[test]
fn a_mirror_of_listed_files_leaves_the_others_as_they_are() {
    let env = tree();
    env.mirrors(&["--if-changed"]);
    let before = super::inodes(&env);
    env.write("src/a", "changed\n");
    env.write("src/b/e f", "changed\n");
    env.write("list", "./b/e f\nb/c/d\nb/c/d\n");
    env.mirrors(&["--if-changed", "--files-from", "list"]);
    assert_eq!(super::written(&before, &super::inodes(&env)), ["b/e f.age"]);
    // The notes about the others are kept.
    let before = super::inodes(&env);
    env.mirrors(&["--if-changed"]);
    assert_eq!(super::written(&before, &super::inodes(&env)), ["a.age"]);
    for path in ["../key", "/etc/passwd", "b/../a", "none"] {
        env.write("list", format!("{path}\nb/c/d\n"));
        let said = env
            .bulla([&EACH[..], &["--files-from", "list"]].concat())
            .run();
        assert_eq!(said.code, Some(10), "{path}: {}", said.stderr);
        let leads_out = format!("bulla: error: {path} is not the path of a file below the folder");
        assert_eq!(
            said.stderr.contains(&leads_out),
            path != "none",
            "{path}: {}",
            said.stderr
        );
    }
    let line = [&EACH[..], &["--files-from", "list", "--delete"]].concat();
    assert_eq!(env.bulla(line).run().code, Some(2));
    assert_eq!(env.put_back(), env.files("src"));
}

/// The path decides the name of the output, so it must not matter how it is written.
#[test]
fn a_path_in_a_list_is_the_same_file_however_it_is_written() {
    for hides in [&[][..], &["--names"]] {
        let env = tree();
        env.mirrors(&[hides, &["--if-changed"]].concat());
        let before = env.files("out");
        for path in ["b//c/d", "./b/./c/d", "b/c//d/"] {
            env.write("list", format!("{path}\n"));
            env.write("src/b/c/d", format!("changed for {path}\n"));
            env.mirrors(&[hides, &["--if-changed", "--files-from", "list"]].concat());
            let names = env.files("out").into_keys();
            assert!(names.eq(before.keys().cloned()), "{path}");
            assert_eq!(env.put_back(), env.files("src"), "{path}");
        }
    }
}

#[test]
fn a_symlink_in_a_list_is_left_out_of_a_mirror() {
    let env = tree();
    std::os::unix::fs::symlink("../key", env.path("src/link")).unwrap();
    env.write("list", "link\na\n");
    let said = env.mirrors(&["--files-from", "list"]);
    assert!(
        said.stderr
            .ends_with("Skipped 1 symlink or special file: src/link\n")
    );
    fs::remove_file(env.path("src/link")).unwrap();
    assert_eq!(env.put_back().len(), 1);
}
