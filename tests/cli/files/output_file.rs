//! Output files: nothing is lost, nothing is left behind, and inputs do not change.

use std::fs;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, symlink};

use crate::env::{Outcome, TestEnv};
use crate::someone::RECIPIENT;
use crate::tools::need;

fn encrypt(env: &TestEnv, args: &[&str]) -> Outcome {
    env.bulla(["encrypt", "-q", "-r", RECIPIENT].iter().chain(args))
        .run()
}

fn decrypt(env: &TestEnv, args: &[&str]) -> Outcome {
    env.bulla(["decrypt", "-q", "-i", "key"].iter().chain(args))
        .run()
}

#[test]
fn an_output_that_is_the_input_by_another_name_is_refused() {
    let env = TestEnv::new().with_key();
    let closed = env.closed("secret");
    env.write("plain", "plain");
    env.write("closed.age", &closed);
    env.write("folder/other", "");
    for (name, file) in [("hard", "plain"), ("hard.age", "closed.age")] {
        fs::hard_link(env.path(file), env.path(name)).unwrap();
    }
    for (name, file) in [("soft", "plain"), ("soft.age", "closed.age")] {
        symlink(file, env.path(name)).unwrap();
    }
    symlink(".", env.path("here")).unwrap();
    let before = env.list();
    for force in ["--no-progress", "--force"] {
        for out in [
            "plain",
            "hard",
            "soft",
            "./plain",
            "folder/../plain",
            "here/plain",
        ] {
            let said = encrypt(&env, &["plain", "-o", out, force]);
            let text = format!("bulla: error: Input and output are the same file: {out}\n");
            said.assert(7, "", &text);
        }
        for out in ["closed.age", "hard.age", "soft.age", "here/closed.age"] {
            let said = decrypt(&env, &["closed.age", "-o", out, force]);
            assert_eq!(said.code, Some(7), "{out}: {}", said.stderr);
            assert!(
                said.stderr
                    .contains(&format!("Input and output are the same file: {out}\n")),
                "{out}: {}",
                said.stderr
            );
        }
    }
    assert_eq!(
        (env.read("plain"), env.read("closed.age")),
        (b"plain".to_vec(), closed)
    );
    assert_eq!(env.list(), before);
}

#[test]
fn standard_output_onto_the_input_and_outputs_onto_keys_are_refused() {
    let env = TestEnv::new().with_key();
    let (key, closed) = (env.read("key"), env.closed("secret"));
    env.write("plain", "plain");
    env.write("closed.age", &closed);
    env.write("people", RECIPIENT);
    let appended = env
        .bulla(["encrypt", "-q", "-r", RECIPIENT, "plain", "-o", "-"])
        .redirect(">>plain")
        .run();
    assert_eq!(appended.code, Some(7), "{}", appended.stderr);
    let both = env
        .bulla(["encrypt", "-q", "-r", RECIPIENT])
        .redirect("<plain >>plain")
        .run();
    assert_eq!(both.code, Some(7), "{}", both.stderr);
    assert_eq!(
        decrypt(&env, &["closed.age", "--force", "-o", "key"]).code,
        Some(7)
    );
    let people = env
        .bulla(["encrypt", "-q", "-R", "people", "plain", "-fo", "people"])
        .run();
    assert_eq!(people.code, Some(7), "{}", people.stderr);
    let own = env
        .bulla(["encrypt", "-q", "-i", "key", "plain", "-fo", "key"])
        .run();
    assert_eq!(own.code, Some(7), "{}", own.stderr);
    assert_eq!(
        (env.read("key"), env.read("people")),
        (key, RECIPIENT.as_bytes().to_vec())
    );
    assert_eq!(
        (env.read("plain"), env.read("closed.age")),
        (b"plain".to_vec(), closed)
    );
}

#[test]
fn two_inputs_for_one_output_open_nothing() {
    let env = TestEnv::new().with_key();
    env.write("a/x", "1");
    env.write("b/x", "2");
    fs::create_dir(env.path("out")).unwrap();
    for (one, two) in [("a/x", "b/x"), ("a/x", "a/x"), ("missing/x", "other/x")] {
        let said = encrypt(&env, &[one, two, "-o", "out", "--force"]);
        said.assert(
            2,
            "",
            "bulla: error: Two inputs would be written to out/x.age\n",
        );
    }
    // The error comes before a passphrase is asked for or a key is read.
    let unread = env.bulla(["encrypt", "-R", "none", "a/x", "a/x"]).run();
    assert_eq!(unread.code, Some(2), "{}", unread.stderr);
    let crossed = encrypt(&env, &["a/x", "a/x.age", "--force", "--again"]);
    crossed.assert(
        7,
        "",
        "bulla: error: a/x.age is both an input and an output\n",
    );
    assert_eq!(env.list(), ["a", "a/x", "b", "b/x", "key", "out"]);
    let several = encrypt(&env, &["a/x", "b/x", "-o", "nowhere"]);
    several.assert(
        6,
        "",
        "bulla: error: Several inputs need a folder (-o): nowhere does not exist\n",
    );
}

#[test]
fn a_damaged_input_never_touches_the_existing_output() {
    let env = TestEnv::new().with_key();
    let whole = env.closed(vec![7; 200_000]);
    let chunk = whole.len() - 200_000;
    env.write("good", "the good one");
    let inode = env.path("good").metadata().unwrap().ino();
    let mut flipped = whole.clone();
    *flipped.last_mut().unwrap() ^= 1;
    let cuts =
        [1, 65_552, whole.len() - 1, chunk].map(|left| whole[..left.min(whole.len() - 1)].to_vec());
    for bad in cuts.into_iter().chain([flipped]) {
        env.write("bad.age", &bad);
        for args in [
            &["bad.age", "-o", "good"][..],
            &["bad.age", "-fo", "good"],
            &["bad.age", "-o", "new"],
        ] {
            let said = decrypt(&env, args);
            assert!(
                matches!(said.code, Some(4 | 5 | 7)),
                "{}: {:?} {}",
                bad.len(),
                said.code,
                said.stderr
            );
            assert_eq!(said.stdout, b"");
            let piped = env
                .bulla(["decrypt", "-q", "-i", "key"].iter().chain(&args[1..]))
                .stdin(bad.clone())
                .run();
            assert!(
                matches!(piped.code, Some(4 | 5 | 7)),
                "{}: {:?} {}",
                bad.len(),
                piped.code,
                piped.stderr
            );
            assert_eq!(env.read("good"), b"the good one");
            assert_eq!(env.path("good").metadata().unwrap().ino(), inode);
            assert_eq!(env.list(), ["bad.age", "good", "key"]);
        }
    }
}

#[test]
fn existing_files_are_overwritten_only_with_force() {
    let env = TestEnv::new().with_key();
    env.write("plain", "plain");
    env.write("plain.age", "old");
    for args in [
        &["plain"][..],
        &["plain", "-o", "plain.age"],
        &["plain", "-o", "."],
    ] {
        assert_eq!(encrypt(&env, args).code, Some(7), "{args:?}");
        assert_eq!(env.read("plain.age"), b"old");
    }
    env.write("two", "old");
    symlink("two", env.path("link")).unwrap();
    encrypt(&env, &["plain", "-f"]).assert(0, "", "");
    encrypt(&env, &["plain", "-fo", "link"]).assert(0, "", "");
    assert!(env.path("link").is_symlink());
    for name in ["plain.age", "two"] {
        assert_eq!(
            env.bulla(["decrypt", "-q", "-i", "key", name, "-o", "-"])
                .run()
                .assert_quiet()
                .stdout,
            b"plain"
        );
    }
    assert_eq!(decrypt(&env, &["plain.age"]).code, Some(7));
    assert_eq!(decrypt(&env, &["two"]).code, Some(2), "no .age, and no -o");
    assert_eq!(
        env.bulla(["identity", "new", "--no-passphrase", "-o", "plain"])
            .run()
            .code,
        Some(7)
    );
    assert_eq!(env.read("plain"), b"plain");
    assert_eq!(env.list(), ["key", "link", "plain", "plain.age", "two"]);
}

#[test]
fn devices_and_pipes_are_written_to_and_stay() {
    let mkfifo = need!("mkfifo");
    let env = TestEnv::new().with_key();
    env.write("plain.age", env.closed("plain"));
    env.program(mkfifo, ["pipe"]).run().assert_quiet();
    for force in [&["--no-progress"][..], &["-f"]] {
        decrypt(&env, &[&["plain.age", "-o", "/dev/null"], force].concat()).assert(0, "", "");
        let pipe = env.path("pipe");
        let reader = std::thread::spawn(move || fs::read(pipe).unwrap());
        decrypt(&env, &[&["plain.age", "-o", "pipe"], force].concat()).assert(0, "", "");
        assert_eq!(reader.join().unwrap(), b"plain");
        assert!(
            env.path("pipe")
                .symlink_metadata()
                .unwrap()
                .file_type()
                .is_fifo()
        );
        assert!(
            fs::symlink_metadata("/dev/null")
                .unwrap()
                .file_type()
                .is_char_device()
        );
    }
    assert_eq!(env.list(), ["key", "pipe", "plain.age"]);
}

#[test]
fn a_pipe_among_several_inputs_is_read_once() {
    let mkfifo = need!("mkfifo");
    let env = TestEnv::new();
    env.write("phrase", "correct horse\n");
    env.does(&[
        "identity",
        "new",
        "--classic",
        "--work-factor",
        "10",
        "--passphrase-file",
        "phrase",
    ]);
    env.write("plain", "hello\n");
    env.does(&["encrypt", "-q", "--to", "me", "plain"]);
    env.program(mkfifo, ["pipe.age"]).run().assert_quiet();
    fs::create_dir(env.path("out")).unwrap();
    let (pipe, bytes) = (env.path("pipe.age"), env.read("plain.age"));
    let writer = std::thread::spawn(move || fs::write(pipe, bytes));
    env.does(&[
        "decrypt",
        "-q",
        "--no-prompt",
        "--passphrase-file",
        "phrase",
        "-o",
        "out",
        "pipe.age",
        "plain.age",
    ]);
    writer.join().unwrap().unwrap();
    assert_eq!(
        (env.read("out/pipe"), env.read("out/plain")),
        (b"hello\n".to_vec(), b"hello\n".to_vec())
    );
}

#[test]
fn one_failure_of_several_does_not_stop_the_others() {
    let env = TestEnv::new().with_key();
    for name in ["a", "b", "d"] {
        env.write(name, name);
    }
    env.write("d.age", "old");
    let said = encrypt(&env, &["a", "missing", "b", "none", "d"]);
    let text = "bulla: error: missing does not exist\n\
                bulla: error: none does not exist\n\
                bulla: error: d.age already exists\n\
                bulla: error: 3 of 5 inputs failed\n";
    said.assert(10, "", text);
    assert_eq!(
        env.list(),
        ["a", "a.age", "b", "b.age", "d", "d.age", "key"]
    );
    env.write("b.age", "no age file");
    for name in ["a", "b", "d"] {
        assert_eq!(env.read(name), name.as_bytes());
        fs::remove_file(env.path(name)).unwrap();
    }
    assert_eq!(decrypt(&env, &["b.age", "a.age", "d.age"]).code, Some(10));
    assert_eq!(env.read("a"), b"a");
    let verified = env.bulla(["verify", "-i", "key", "b.age", "a.age"]).run();
    assert_eq!(
        (verified.code, &*verified.stdout),
        (Some(10), &b"1 file is intact (1 B of contents)\n"[..])
    );
    assert_eq!(
        env.bulla(["inspect", "b.age", "a.age"]).run().code,
        Some(10)
    );
    assert_eq!(env.bulla(["inspect", "a.age", "a.age"]).run().code, Some(0));
    assert_eq!(env.list(), ["a", "a.age", "b.age", "d.age", "key"]);
}

#[test]
fn a_folder_and_missing_recipients_are_clear_errors() {
    let env = TestEnv::new().with_key();
    env.write("folder/file", "");
    let folder = "bulla: error: folder is a folder\n\
                  bulla: hint: Name a file instead\n";
    env.bulla(["inspect", "folder"]).run().assert(2, "", folder);
    env.bulla(["verify", "-i", "key", "folder"])
        .run()
        .assert(2, "", folder);
    env.bulla(["decrypt", "-i", "key", "folder", "-o", "x"])
        .run()
        .assert(
            2,
            "",
            "bulla: error: folder is a folder\n\
             bulla: hint: Decrypt the files in it: bulla decrypt --recursive folder\n",
        );
    let nobody = "bulla: error: No recipients given\n\
                  bulla: hint: For someone: bulla encrypt --to NAME folder/file\n\
                  bulla: hint: With a passphrase: bulla encrypt -p folder/file\n\
                  bulla: hint: For yourself, create an identity first: bulla identity new\n";
    env.bulla(["encrypt", "folder/file"])
        .run()
        .assert(2, "", nobody);
    env.write("nobody", "# nobody\n");
    let empty = "bulla: error: nobody contains no keys\n";
    env.bulla(["encrypt", "-R", "nobody", "folder/file"])
        .run()
        .assert(2, "", empty);
    assert_eq!(env.list(), ["folder", "folder/file", "key", "nobody"]);
}

#[test]
fn an_age_file_is_encrypted_again_only_with_the_flag() {
    let env = TestEnv::new().with_key();
    encrypt(&env, &["key"]).assert(0, "", "");
    encrypt(&env, &["key", "-ao", "text.age"]).assert(0, "", "");
    for name in ["key.age", "text.age"] {
        let text = format!("bulla: error: {name} is already encrypted\n");
        encrypt(&env, &[name]).assert(7, "", &text);
        encrypt(&env, &[name, "--again", "-fo", "twice"]).assert(0, "", "");
        decrypt(&env, &["twice", "-fo", "once"]).assert(0, "", "");
        assert_eq!(env.read("once"), env.read(name));
    }
}

#[test]
fn modes_names_and_inputs() {
    let env = TestEnv::new().with_key();
    env.write("in/plain", "plain");
    fs::set_permissions(env.path("in/plain"), fs::Permissions::from_mode(0o640)).unwrap();
    let mode = |name: &str| env.path(name).metadata().unwrap().mode() & 0o7777;
    for (umask, expected) in [("022", 0o644), ("077", 0o600), ("002", 0o664)] {
        let line = format!("umask {umask}; exec \"$@\"");
        let shell = |args: &[&str]| {
            let bulla = env!("CARGO_BIN_EXE_bulla");
            env.program("/bin/sh", ["-c", &line, "sh", bulla].iter().chain(args))
                .run()
                .assert(0, "", "");
        };
        _ = fs::remove_dir_all(env.path("out"));
        fs::create_dir(env.path("out")).unwrap();
        shell(&["encrypt", "-q", "-r", RECIPIENT, "in/plain", "-o", "out"]);
        shell(&["decrypt", "-q", "-i", "key", "out/plain.age", "-o", "out"]);
        assert_eq!(
            (mode("out/plain.age"), mode("out/plain")),
            (expected, 0o600),
            "{umask}"
        );
        let made = env
            .bulla(["identity", "new", "--no-passphrase", "-fo", "out/key"])
            .run();
        assert_eq!((made.code, mode("out/key")), (Some(0), 0o600), "{umask}");
    }
    // A new file keeps the mode of the one it replaces.
    fs::set_permissions(env.path("out/plain.age"), fs::Permissions::from_mode(0o604)).unwrap();
    encrypt(&env, &["in/plain", "-fo", "out"]).assert(0, "", "");
    assert_eq!(mode("out/plain.age"), 0o604);
    assert_eq!(
        (env.read("in/plain"), mode("in/plain")),
        (b"plain".to_vec(), 0o640)
    );
    assert_eq!(
        env.list(),
        [
            "in",
            "in/plain",
            "key",
            "out",
            "out/key",
            "out/plain",
            "out/plain.age"
        ]
    );
}

#[test]
fn a_default_output_in_a_folder_that_takes_none_says_where_else_to_put_it() {
    if !std::path::Path::new("/proc/version").exists() {
        eprintln!("skipped: no /proc");
        return;
    }
    let env = TestEnv::new();
    let said = env
        .bulla(["encrypt", "-r", RECIPIENT, "/proc/version"])
        .run();
    assert_eq!(said.code, Some(6), "{said:?}");
    let mut lines = said.stderr.lines();
    let error = lines.next().unwrap_or_default();
    assert!(
        error.starts_with("bulla: error: Cannot create /proc/version.age"),
        "{said:?}"
    );
    assert_eq!(
        lines.next(),
        Some("bulla: hint: Choose another place with -o PATH")
    );
    env.bulla(["encrypt", "-q", "-r", RECIPIENT, "/proc/version", "-o", "x"])
        .run()
        .assert_quiet();
}

#[test]
fn a_file_with_a_slash_behind_it_is_no_folder_that_could_be_created() {
    let env = TestEnv::new().with_key();
    env.write("plain", "plain");
    env.write("there", "x");
    let closed = env.closed("secret");
    env.write("closed.age", closed);
    let encrypt = |out| {
        let args = ["encrypt", "-r", RECIPIENT, "plain", "-o", out];
        env.bulla(args).run()
    };
    let error = "bulla: error: there is not a folder\n\
                 bulla: hint: Remove the / at the end, or choose a folder with -o PATH\n";
    encrypt("there/").assert(2, "", error);
    let said = env.bulla(["decrypt", "-i", "key", "closed.age", "-o", "there/"]);
    let said = said.run();
    assert_eq!(said.code, Some(2), "{}", said.stderr);
    assert!(said.stderr.ends_with(error), "{}", said.stderr);
    let said = encrypt("there/below/");
    let error = "bulla: error: there is not a folder\n\
                 bulla: hint: Choose a folder with -o PATH\n";
    said.assert(2, "", error);
    let said = encrypt("none/");
    let error = "bulla: error: none does not exist\n\
                 bulla: hint: Create it first: mkdir -p none\n";
    said.assert(6, "", error);
    assert_eq!(env.read("there"), b"x");
}
