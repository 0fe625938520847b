//! Inputs that have to be complete: `--min-size`, `--at-least`, `--allow-empty`, `--expect-end`.

use crate::env::{Outcome, TestEnv};
use crate::someone::RECIPIENT;

fn encrypt(env: &TestEnv, options: &[&str], stdin: impl Into<Vec<u8>>) -> Outcome {
    let encrypt = ["encrypt", "-f", "-r", RECIPIENT, "-o", "backup.age"];
    env.bulla([&encrypt[..], options].concat())
        .stdin(stdin)
        .run()
}

#[track_caller]
fn refused(said: &Outcome, why: &str) {
    assert_eq!(said.code, Some(12), "{said:?}");
    assert!(
        said.stderr.starts_with(&format!("bulla: error: {why}\n")),
        "{said:?}"
    );
    assert!(
        said.stderr
            .ends_with("bulla: hint: Nothing was written, and no existing file was changed\n"),
        "{said:?}"
    );
}

#[test]
fn a_command_that_writes_nothing_is_a_failure_unless_that_is_allowed() {
    let env = TestEnv::new().with_key();
    refused(&env.backup(&[], "true").run(), "The output of sh is empty");
    assert_eq!(env.list(), ["key"]);
    env.backup(&["--allow-empty", "-q"], "true")
        .run()
        .assert(0, "", "");
    assert_eq!(env.contents(), b"");
    // A pipe may be empty: nobody said that it should not.
    assert_eq!(encrypt(&env, &[], "").code, Some(0));
    refused(
        &encrypt(&env, &["--min-size", "1"], ""),
        "Standard input has 0 B, less than the 1 B of --min-size",
    );
    let said = encrypt(&env, &["--allow-empty"], "");
    assert_eq!(said.code, Some(2), "{said:?}");
}

#[test]
fn the_least_size_is_that_of_the_contents_of_a_command_a_pipe_and_a_file() {
    let env = TestEnv::new().with_key();
    env.write("file", vec![7; 1023]);
    let small = |what: &str| format!("{what} has 1023 B, less than the 1.0 KiB of --min-size");
    let least = ["--min-size", "1K"];
    refused(
        &env.backup(&least, "head -c 1023 /dev/zero").run(),
        &small("The output of sh"),
    );
    refused(
        &encrypt(&env, &least, vec![7; 1023]),
        &small("Standard input"),
    );
    refused(
        &encrypt(&env, &["--min-size", "1K", "file"], ""),
        &small("file"),
    );
    assert_eq!(env.list(), ["file", "key"]);
    env.write("file", vec![7; 1024]);
    assert_eq!(
        env.backup(&least, "head -c 1024 /dev/zero").run().code,
        Some(0)
    );
    assert_eq!(encrypt(&env, &least, vec![7; 1024]).code, Some(0));
    assert_eq!(
        encrypt(&env, &["--min-size", "1K", "file"], "").code,
        Some(0)
    );
}

#[test]
fn a_part_is_measured_by_what_the_replaced_file_contains() {
    let env = TestEnv::new().with_key();
    let half = ["--at-least", "50%"];
    // Nothing is replaced by the first backup.
    assert_eq!(encrypt(&env, &half, vec![7; 200_000]).code, Some(0));
    let why = "Standard input has 97.6 KiB, less than 50% of what backup.age contains (195.3 KiB)";
    for armor in [&[][..], &["--armor"]] {
        assert_eq!(encrypt(&env, armor, vec![7; 200_000]).code, Some(0));
        refused(&encrypt(&env, &half, vec![7; 99_999]), why);
        assert_eq!(env.contents(), vec![7; 200_000]);
        assert_eq!(encrypt(&env, &half, vec![7; 100_000]).code, Some(0));
    }
    let script = "head -c 49999 /dev/zero";
    let said = env.backup(&half, script).run();
    assert_eq!(said.code, Some(12), "{said:?}");
    // Any other file counts as it is.
    env.write("backup.age", vec![7; 1000]);
    assert_eq!(
        encrypt(&env, &["--at-least", "100%"], vec![7; 999]).code,
        Some(12)
    );
    assert_eq!(env.read("backup.age"), vec![7; 1000]);
    assert_eq!(
        encrypt(&env, &["--at-least", "100%"], vec![7; 1000]).code,
        Some(0)
    );
}

#[test]
fn a_pipe_without_its_end_is_incomplete_and_the_end_is_left_out() {
    let env = TestEnv::new().with_key();
    let end = ["--expect-end", "== all of it =="];
    let long = vec![b'x'; 1_000_000];
    for plain in [&b"dump\n"[..], b"", b"\n", &long] {
        for token in ["== all of it ==\n", "== all of it =="] {
            let said = encrypt(&env, &end, [plain, token.as_bytes()].concat());
            assert_eq!(said.code, Some(0), "{said:?}");
            assert_eq!(env.contents(), plain);
        }
        for cut in [
            "",
            "== all of it =",
            "== all of it ==\n\n",
            "== all of it == ",
        ] {
            let said = encrypt(&env, &end, [plain, cut.as_bytes()].concat());
            refused(
                &said,
                "Standard input does not end as --expect-end says, so it may be incomplete",
            );
            assert_eq!(env.contents(), plain);
        }
    }
    // A file is read to its end too, and the size is what is left.
    env.write("file", "dump\n== all of it ==\n");
    let file = [&end[..], &["file", "--min-size"]].concat();
    assert_eq!(
        encrypt(&env, &[&file[..], &["6"]].concat(), "").code,
        Some(12)
    );
    assert_eq!(
        encrypt(&env, &[&file[..], &["5"]].concat(), "").code,
        Some(0)
    );
    assert_eq!(env.contents(), b"dump\n");
}

#[test]
fn a_shell_without_pipefail_cannot_hide_a_failure() {
    let env = TestEnv::new().with_key();
    let bulla = env!("CARGO_BIN_EXE_bulla");
    for (dump, code) in [("echo data", 0), ("echo data; false", 12)] {
        let script = format!(
            "({{ {dump}; }} && echo END) | {bulla} encrypt -f -r {RECIPIENT} --expect-end END -o backup.age"
        );
        let run = env
            .program("/bin/sh", ["-c", &script])
            .env("PATH", "/usr/bin:/bin");
        assert_eq!(run.run().code, Some(code), "{dump}");
    }
    assert_eq!(env.contents(), b"data\n");
}

#[test]
fn demands_hold_for_every_input_of_several() {
    let env = TestEnv::new().with_key();
    env.write("small", "x");
    env.write("large", vec![7; 5000]);
    let said = env
        .bulla([
            "encrypt",
            "-r",
            RECIPIENT,
            "--min-size",
            "4096",
            "small",
            "large",
        ])
        .run();
    assert_eq!(said.code, Some(10), "{said:?}");
    assert_eq!(env.list(), ["key", "large", "large.age", "small"]);
}

#[test]
fn sizes_parts_and_tokens_that_cannot_be_meant_are_refused() {
    let env = TestEnv::new().with_key();
    for options in [
        ["--min-size", "1.5G"],
        ["--min-size", "ten"],
        ["--at-least", "50"],
        ["--at-least", "150%"],
        ["--expect-end", ""],
        ["--expect-end", "a\nb"],
    ] {
        let said = encrypt(&env, &options, "data");
        assert_eq!(said.code, Some(2), "{said:?}");
    }
    assert_eq!(env.list(), ["key"]);
}
