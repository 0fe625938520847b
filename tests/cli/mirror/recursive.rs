//! Files that are encrypted and decrypted where they are, in whole folders.

use std::fs;

use super::tree;
use crate::someone::RECIPIENT;

#[test]
fn every_file_of_a_tree_is_encrypted_beside_itself_and_back() {
    let env = tree();
    fs::remove_file(env.path("src/z.age")).unwrap();
    let before = env.files("src");
    let encrypt = ["encrypt", "-r", RECIPIENT, "--recursive", "src"];
    let said = env.bulla(encrypt).run();
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    assert_eq!(env.files("src").len(), 2 * before.len());
    for name in before.keys() {
        fs::remove_file(env.path("src").join(name)).unwrap();
    }
    // What is encrypted already is left alone, and so is what is not.
    let said = env.bulla(encrypt).run();
    said.assert(0, "", "Skipped 4 files, encrypted already\n");
    env.write("src/readme", "plain\n");
    let decrypt = ["decrypt", "-i", "key", "--recursive", "src"];
    let said = env.bulla(decrypt).run();
    said.assert(
        0,
        "",
        "Wrote 4 files, not signed\nSkipped 1 file, which is not encrypted\n",
    );
    for (name, bytes) in before {
        assert_eq!(env.read(&format!("src/{name}")), bytes);
    }
    // Existing files are kept.
    let said = env.bulla(decrypt).run();
    assert_eq!(said.code, Some(10), "{}", said.stderr);
    assert!(said.stderr.contains("already exists"), "{}", said.stderr);
}

/// Outputs of the last run are replaced while they are come across as inputs.
#[test]
fn a_tree_is_encrypted_and_decrypted_again_with_force() {
    let env = tree();
    fs::remove_file(env.path("src/z.age")).unwrap();
    for number in 0..100 {
        env.write(&format!("src/many/{number}"), format!("{number}\n"));
    }
    let before = env.files("src");
    let encrypt = ["encrypt", "-r", RECIPIENT, "--recursive", "src", "--force"];
    let decrypt = ["decrypt", "-i", "key", "--recursive", "src", "--force"];
    env.bulla(encrypt).run();
    for round in 0..5 {
        for line in [&encrypt[..], &decrypt] {
            let said = env.bulla(line).run();
            assert_eq!(said.code, Some(0), "{round} {line:?}: {}", said.stderr);
        }
    }
    for (name, bytes) in before {
        assert_eq!(env.read(&format!("src/{name}")), bytes);
    }
}

#[test]
fn a_folder_without_the_option_is_no_input_of_decrypt() {
    let env = tree();
    let said = env.bulla(["decrypt", "-i", "key", "src"]).run();
    assert_eq!(said.code, Some(2), "{}", said.stderr);
}

#[test]
fn a_folder_without_anything_to_do_is_not_passed_over_in_silence() {
    let env = tree();
    fs::create_dir(env.path("empty")).unwrap();
    for args in [
        &["encrypt", "-r", RECIPIENT, "--recursive", "empty"][..],
        &["encrypt", "-r", RECIPIENT, "--each", "empty", "-o", "m"],
    ] {
        let said = env.bulla(args).in_a_script().run();
        said.assert(0, "", "There was nothing to encrypt\n");
    }
    for args in [
        &["decrypt", "-i", "key", "--recursive", "empty"][..],
        &["decrypt", "-i", "key", "--recursive", "src/b"],
        &["decrypt", "-i", "key", "--each", "m", "-o", "n"],
    ] {
        let said = env.bulla(args).in_a_script().run();
        said.assert(0, "", "There was nothing to decrypt\n");
    }
}

#[test]
fn a_folder_without_age_files_is_not_restored_unless_it_is_a_mirror() {
    let env = tree();
    fs::create_dir_all(env.path("nomount/sub")).unwrap();
    env.write("plain/sub/readme", "no age file\n");
    for folder in ["nomount", "plain"] {
        let said = env
            .bulla(["decrypt", "-i", "key", "--each", folder, "-o", "back"])
            .run();
        let error = format!("bulla: error: There are no age files in {folder}\n");
        assert_eq!(said.code, Some(2), "{}", said.stderr);
        assert!(said.stderr.starts_with(&error), "{}", said.stderr);
        assert!(!env.path("back").exists());
    }
    // One file is enough, also if it is damaged.
    env.write("nomount/sub/x.age", "");
    let said = env
        .bulla(["decrypt", "-i", "key", "--each", "nomount", "-o", "back"])
        .run();
    assert_eq!(said.code, Some(10), "{}", said.stderr);
}

#[test]
fn a_file_in_the_place_of_a_folder_is_called_that() {
    let env = tree();
    for args in [
        &["encrypt", "-r", RECIPIENT, "--recursive", "src/a"][..],
        &["encrypt", "-r", RECIPIENT, "--each", "src/a", "-o", "m"],
        &["decrypt", "-i", "key", "--recursive", "src/a"],
        &["decrypt", "-i", "key", "--each", "src/a", "-o", "m"],
    ] {
        let said = env.bulla(args).in_a_script().run();
        said.assert(2, "", "bulla: error: src/a is not a folder\n");
    }
    assert!(!env.path("m").exists());
}
