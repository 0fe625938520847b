//! What is written, and what is left alone.

use std::os::unix::fs::{PermissionsExt, symlink};

use crate::env::TestEnv;
use crate::someone::RECIPIENT;

fn mode(env: &TestEnv, name: &str) -> u32 {
    env.path(name).metadata().unwrap().permissions().mode() & 0o777
}

#[test]
fn an_existing_output_is_replaced_when_the_new_one_is_complete() {
    let env = TestEnv::new().like_others().with_key();
    let damaged = |mut bytes: Vec<u8>| {
        *bytes.last_mut().unwrap() ^= 1;
        bytes
    };
    env.write("x.age", env.closed_plainly("new"));
    env.write("bad.age", damaged(env.closed_plainly(vec![b'x'; 200_000])));
    env.write("out", "old");
    let failed = "age: error: failed to decrypt and authenticate payload chunk, file may be \
                  corrupted or tampered with (chunk 3)\n";
    env.line("age -d -i key -o out bad.age")
        .run()
        .assert(1, "", failed);
    assert_eq!(
        env.read("out"),
        b"old",
        "age leaves the beginning of the contents"
    );
    let missing = "age: error: reading \"none\": failed to open file: open none: no such file or \
                   directory\n";
    env.line("age -d -i none -o out x.age")
        .run()
        .assert(1, "", missing);
    env.line("age -r BAD -o out x.age").run().assert(
        1,
        "",
        "age: error: unknown recipient type: \"BAD\"\n",
    );
    assert_eq!(env.read("out"), b"old");
    env.line("age -d -i key -o out x.age")
        .run()
        .assert(0, "", "");
    assert_eq!(env.read("out"), b"new");
    env.line("age -d -i key -o none/out x.age").run().assert(
        1,
        "",
        "age: error: open none/out: no such file or directory\n",
    );
    assert_eq!(env.list(), ["bad.age", "key", "out", "x.age"]);
}

#[test]
fn standard_output_gets_nothing_of_a_short_file_that_is_damaged_at_its_end() {
    let env = TestEnv::new().like_others().with_key();
    let mut bad = env.closed_plainly(vec![b'x'; 1 << 20]);
    bad.truncate(bad.len() - 1);
    let said = env.line("age -d -i key").stdin(bad).run();
    assert_eq!((said.code, said.stdout.len()), (Some(1), 0));
}

#[test]
fn plaintext_is_for_its_owner_and_ciphertext_for_whom_the_umask_says() {
    let env = TestEnv::new().like_others().with_key();
    env.write("x.age", env.closed_plainly("new"));
    env.line("age -d -i key -o out x.age")
        .run()
        .assert(0, "", "");
    env.line(&format!("age -r {RECIPIENT} -o y.age out"))
        .run()
        .assert(0, "", "");
    env.line("age-keygen -o new.txt").run();
    let modes = ["out", "y.age", "new.txt"].map(|name| mode(&env, name));
    assert_eq!(
        (modes[0], modes[1] & 0o700, modes[2]),
        (0o600, 0o600, 0o600)
    );
    assert_eq!(modes[1], mode(&env, "x.age"));
}

#[test]
fn an_output_that_is_an_input_or_a_key_is_refused_under_any_name() {
    let env = TestEnv::new().like_others().with_key();
    env.write("x.age", env.closed_plainly("new"));
    env.write("friends", format!("{RECIPIENT}\n"));
    std::fs::create_dir(env.path("dir")).unwrap();
    symlink("x.age", env.path("link")).unwrap();
    std::fs::hard_link(env.path("key"), env.path("hard")).unwrap();
    for (line, output) in [
        ("age -d -i key -o x.age x.age", "x.age"),
        ("age -d -i key -o link x.age", "link"),
        ("age -d -i key -o dir/../x.age x.age", "dir/../x.age"),
        ("age -d -i key -o hard x.age", "hard"),
        ("age -e -i key -o key x.age", "key"),
        ("age -R friends -o ./friends x.age", "./friends"),
        ("age -p -o x.age link", "x.age"),
    ] {
        let error = format!("age: error: input and output file are the same: \"{output}\"\n");
        env.line(line).run().assert(1, "", &error);
    }
    assert_eq!(env.read("friends"), format!("{RECIPIENT}\n").as_bytes());
}

#[test]
fn a_stream_that_is_the_input_is_not_an_output_either() {
    let env = TestEnv::new().like_others().with_key();
    let closed = env.closed_plainly("new");
    env.write("x.age", &closed);
    let key = env.read("key");
    let same = "age: error: input and output file are the same: ";
    let to_somebody = format!("age -r {RECIPIENT}");
    let to_descriptor = format!("{to_somebody} -o /dev/fd/6");
    for (line, redirect, name) in [
        (&*to_somebody, "<x.age 1<>x.age", "/dev/stdout"),
        (&*format!("{to_somebody} x.age"), ">>x.age", "/dev/stdout"),
        ("age -d -i key", "<x.age >>x.age", "/dev/stdout"),
        ("age -d -i key -o x.age", "<x.age", "x.age"),
        ("age -e -i key", "<x.age >>key", "/dev/stdout"),
        (&*to_descriptor, "<x.age 6<>x.age", "/dev/fd/6"),
    ] {
        let said = env.line(line).redirect(redirect).run();
        said.assert(1, "", &format!("{same}\"{name}\"\n"));
    }
    for (line, redirect) in [
        ("age-keygen -y", "<key 1<>key"),
        ("age-keygen -y key", ">>key"),
        ("age-keygen -y key -o /dev/fd/6", "6<>key"),
    ] {
        let said = env.line(line).redirect(redirect).run();
        assert_eq!(said.code, Some(1), "{line} {said:?}");
    }
    assert_eq!((env.read("x.age"), env.read("key")), (closed, key));
}

#[test]
fn a_folder_is_neither_an_input_nor_an_output() {
    let env = TestEnv::new().like_others().with_key();
    env.write("x.age", env.closed_plainly("new"));
    std::fs::create_dir(env.path("dir")).unwrap();
    for (line, error) in [
        ("age -d -i key -o dir x.age", "open dir: is a directory"),
        ("age -e -i key -o dir x.age", "open dir: is a directory"),
        (
            "age -e -i key -o y.age dir",
            "failed to open input file \"dir\": open dir: is a directory",
        ),
        (
            "age -e -i key -o y.age none",
            "failed to open input file \"none\": open none: no such file or directory",
        ),
    ] {
        env.line(line)
            .run()
            .assert(1, "", &format!("age: error: {error}\n"));
    }
    assert_eq!(env.list(), ["dir", "key", "x.age"]);
}

/// Go ends by SIGPIPE too.
#[test]
fn a_reader_that_goes_away_ends_the_run_silently() {
    let env = TestEnv::new().like_others().with_key();
    env.write("x.age", env.closed_plainly(vec![b'x'; 20 << 20]));
    let script = "age -d -i key x.age | head -c 1; echo ${PIPESTATUS[0]}";
    let path = format!("{}:/usr/bin:/bin", env.path("../bin").display());
    let run = env.program("/bin/bash", ["-c", script]).env("PATH", path);
    run.run().assert(0, "x141\n", "");
}

#[test]
fn programs_in_relative_folders_of_the_path_and_agedebug_are_refused() {
    let env = TestEnv::new().like_others().with_key();
    env.write("age-plugin-evil", "#!/bin/sh\necho x >started\n");
    let program = env.path("age-plugin-evil");
    std::fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).unwrap();
    env.write("x.age", env.closed_plainly("new"));
    let bin = env.path("../bin").display().to_string();
    for (path, debug) in [
        (format!(".:{bin}"), None),
        (format!("{bin}:{}", env.path("").display()), Some("plugin")),
    ] {
        let mut run = env.line("age -d -j evil x.age").env("PATH", path);
        if let Some(debug) = debug {
            run = run.env("AGEDEBUG", debug);
        }
        let said = run.run();
        assert_eq!(said.code, Some(1), "{said:?}");
        assert!(said.stderr.contains("age-plugin-evil"), "{said:?}");
        assert!(!env.path("started").exists());
    }
}
