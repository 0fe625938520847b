//! Standard output that cannot be written, readers that leave, full disks, and output that is held
//! back.

use std::io::Read;
use std::process::Stdio;

use crate::env::{Outcome, TestEnv};
use crate::someone::RECIPIENT;
use crate::tools::need;

/// The exit code and the signal of a process that SIGPIPE ended.
const SIGPIPE: (Option<i32>, Option<i32>) = (None, Some(13));

/// Every command that writes to standard output, with existing files.
/// [`write`](write_prints_a_whole_message_or_nothing) takes its text from standard input.
const COMMANDS: [&[&str]; 29] = [
    &["encrypt", "-r", RECIPIENT, "plain", "-o", "-"],
    &["encrypt", "-ar", RECIPIENT, "plain", "-o", "-"],
    &["encrypt", "-r", RECIPIENT, "plain", "--json", "-fo", "out"],
    &["decrypt", "-i", "key", "plain.age", "-o", "-"],
    &["decrypt", "-i", "key", "plain.age", "--stream", "-o", "-"],
    &["decrypt", "-i", "key", "plain.age", "--json", "-fo", "out"],
    &["inspect", "plain.age"],
    &["inspect", "--json", "plain.age"],
    &["verify", "-i", "key", "plain.age"],
    &["verify", "--json", "-i", "key", "plain.age"],
    &["who", "-i", "key", "plain.age"],
    &["who", "--json", "-i", "key", "plain.age"],
    &["share", "-i", "key", "plain.age", "-r", RECIPIENT, "--json"],
    &[
        "share",
        "-i",
        "key",
        "plain.age",
        "-r",
        RECIPIENT,
        "--header-out",
        "-",
    ],
    &[
        "unshare",
        "-i",
        "key",
        "plain.age",
        "--drop",
        "me",
        "--json",
    ],
    &[
        "reseal",
        "-i",
        "key",
        "plain.age",
        "-r",
        RECIPIENT,
        "-o",
        "-",
    ],
    &[
        "reseal",
        "-i",
        "key",
        "plain.age",
        "-r",
        RECIPIENT,
        "--json",
        "-fo",
        "out",
    ],
    &["read", "-i", "key", "message"],
    &["read", "--json", "-i", "key", "message"],
    &["identity", "show", "-i", "key"],
    &["identity", "new", "--no-passphrase", "-fo", "new"],
    &["identity", "revoke", "--reason", "lost", "--yes"],
    &["card"],
    &["card", "--armor"],
    &["card", "--json"],
    &["card", "--qr"],
    &["bench", "--threads", "1"],
    &["completions", "bash"],
    &["--help"],
];

fn surroundings() -> TestEnv {
    let env = TestEnv::new().with_key();
    env.write("plain", "plain");
    env.write("plain.age", env.closed("plain"));
    let message = env
        .bulla(["encrypt", "-q", "-a", "-r", RECIPIENT])
        .stdin("plain")
        .run();
    env.write("message", &message.assert_quiet().stdout);
    let new = [
        "identity",
        "new",
        "me",
        "--classic",
        "--no-passphrase",
        "-q",
    ];
    assert_eq!(env.bulla(new).run().code, Some(0));
    env
}

fn on_every_command(redirect: &str, check: impl Fn(&[&str], Outcome)) {
    let env = surroundings();
    for args in COMMANDS {
        check(args, env.bulla(args).redirect(redirect).run());
    }
}

#[test]
fn a_standard_output_for_reading_only_is_an_error() {
    let env = surroundings();
    let before = env.list();
    for args in COMMANDS {
        env.bulla(args).redirect("1</dev/null").run();
        assert_eq!(env.list(), before, "{args:?}: nothing is written first");
    }
    on_every_command("1</dev/null", |args, said| {
        assert_eq!(said.code, Some(6), "{args:?}: {}", said.stderr);
        let help = args == ["--help"]; // shown before anything is asked for
        assert!(
            help || said
                .stderr
                .contains("standard output is not open for writing"),
            "{args:?}: {}",
            said.stderr
        );
    });
}

#[test]
fn a_full_standard_output_is_an_error() {
    on_every_command(">/dev/full", |args, said| {
        assert_eq!(said.code, Some(6), "{args:?}: {}", said.stderr);
        assert!(
            said.stderr.contains("No space left on device"),
            "{args:?}: {}",
            said.stderr
        );
    });
}

#[test]
fn long_a_closed_standard_output_crashes_nothing() {
    // The standard library opens /dev/null in its place before main: success cannot be told from
    // failure.
    for redirect in [">&-", ">&- 2>&-", "<&- >&-"] {
        on_every_command(redirect, |args, said| {
            assert!(
                matches!(said.code, Some(0 | 6)),
                "{redirect} {args:?}: {said:?}"
            );
            assert!(
                !said.stderr.contains("panicked"),
                "{redirect} {args:?}: {}",
                said.stderr
            );
        });
    }
    // A file opened later must not become standard output.
    let env = surroundings();
    env.bulla(["decrypt", "-q", "-i", "key", "plain.age", "-fo", "plain"])
        .redirect("<&- >&- 2>&-")
        .run();
    assert_eq!(env.read("plain"), b"plain");
}

/// Like age, `cat` and most programs: a script with `pipefail` notices that not all was handed on.
#[test]
fn a_reader_that_goes_away_ends_it_quietly_and_by_sigpipe() {
    let env = surroundings();
    for args in COMMANDS {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let run = env.bulla(args.iter().copied().chain(if args[0] == "--help" {
            None
        } else {
            Some("-q")
        }));
        let output = run
            .command()
            .stdin(Stdio::null())
            .stdout(writer)
            .stderr(Stdio::piped())
            .output()
            .unwrap();
        let said = run.outcome(output);
        assert_eq!(
            (said.code, said.signal),
            SIGPIPE,
            "{args:?}: {}",
            said.stderr
        );
        let warned = if args.contains(&"new") {
            said.stderr.lines().count() <= 1
        } else {
            said.stderr.is_empty()
        };
        assert!(warned, "{args:?}: {}", said.stderr);
    }
}

#[test]
fn write_prints_a_whole_message_or_nothing() {
    let env = surroundings();
    for (redirect, why) in [
        ("1</dev/null", "standard output is not open for writing"),
        (">/dev/full", "No space left on device"),
    ] {
        let said = env
            .bulla(["write", "-q", "--to", "me"])
            .stdin("text")
            .redirect(redirect)
            .run();
        assert_eq!(said.code, Some(6), "{}", said.stderr);
        assert!(said.stderr.contains(why), "{}", said.stderr);
    }
}

#[test]
fn a_reader_that_goes_away_in_the_middle_ends_it_quietly_and_by_sigpipe() {
    let env = TestEnv::new().with_key();
    env.write("zeros", vec![0; 40 << 20]);
    env.bulla(["encrypt", "-q", "-r", RECIPIENT, "zeros"])
        .run()
        .assert_quiet();
    let whole = env.read("zeros.age");
    // The reader leaves before the damage is reached.
    env.write("cut.age", &whole[..30 << 20]);
    for args in [
        &["encrypt", "-r", RECIPIENT, "zeros", "-o", "-"][..],
        &["decrypt", "-i", "key", "zeros.age", "-o", "-"],
        &["decrypt", "-i", "key", "cut.age", "-o", "-"],
        &["decrypt", "-i", "key", "cut.age", "--stream", "-o", "-"],
    ] {
        let run = env.bulla(args);
        let mut command = run.command();
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = child.stdout.take().unwrap();
        stdout.read_exact(&mut [0; 100_000]).unwrap();
        drop(stdout);
        let said = run.outcome(child.wait_with_output().unwrap());
        assert_eq!((said.code, said.signal), SIGPIPE, "{args:?}");
        assert_eq!(said.stderr, "", "{args:?}");
    }
}

#[test]
fn a_script_with_pipefail_sees_that_a_file_was_not_read_to_its_end() {
    let bash = need!("bash");
    let env = TestEnv::new().with_key();
    env.write("zeros", vec![0; 20 << 20]);
    env.bulla(["encrypt", "-q", "-r", RECIPIENT, "zeros"])
        .run()
        .assert_quiet();
    let piped = |reader: &str| {
        let bulla = env!("CARGO_BIN_EXE_bulla");
        let line = format!(
            "set -o pipefail; {bulla} decrypt -qi key zeros.age -o - | {reader} >/dev/null"
        );
        let said = env
            .program(&bash, ["-c", &line])
            .env("PATH", "/usr/bin:/bin");
        said.run().code
    };
    assert_eq!(piped("head -c 4"), Some(141));
    assert_eq!(piped("cat"), Some(0));
}

#[test]
fn no_further_file_is_started_after_the_reader_closes() {
    let env = TestEnv::new().with_key();
    for name in ["a.age", "b.age", "c.age"] {
        env.write(name, env.closed("plain"));
    }
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let run = env.bulla(["verify", "-i", "key", "a.age", "b.age", "c.age"]);
    let mut command = run.command();
    let output = command.stdin(Stdio::null()).stdout(writer).output();
    let said = run.outcome(output.unwrap());
    assert_eq!((said.code, said.signal), SIGPIPE);
    assert_eq!(said.stderr, "");
}

#[test]
fn a_short_file_is_shown_whole_or_not_at_all() {
    let env = TestEnv::new().with_key();
    let len = 200_000;
    let whole = env.closed(vec![b'x'; len]);
    let mut flipped = whole.clone();
    flipped[whole.len() - 5] ^= 1;
    for bad in [
        &whole[..whole.len() - 1],
        &whole[..whole.len() - 65_552],
        &flipped[..],
    ] {
        let said = env.bulla(["decrypt", "-i", "key"]).stdin(bad).run();
        assert_eq!(
            (said.code, said.stdout.len()),
            (Some(5), 0),
            "{}",
            said.stderr
        );
        env.write("bad.age", bad);
        let file = env
            .bulla(["decrypt", "-i", "key", "bad.age", "-o", "-"])
            .run();
        assert_eq!(
            (file.code, file.stdout.len()),
            (Some(5), 0),
            "{}",
            file.stderr
        );
        let stream = env
            .bulla(["decrypt", "--stream", "-i", "key"])
            .stdin(bad)
            .run();
        assert_eq!(stream.code, Some(5), "{}", stream.stderr);
        assert_eq!(stream.stdout.len() % 65_536, 0);
        assert!(!stream.stdout.is_empty() && stream.stdout.len() < len);
    }
}

#[test]
fn a_long_file_is_shown_up_to_the_first_bad_chunk() {
    let env = TestEnv::new().with_key();
    let whole = env.closed(vec![b'x'; 20 << 20]);
    let cut = |chunks: usize| whole[..whole.len() - (320 - chunks) * 65_552].to_vec();
    let shown = |bytes| env.bulla(["decrypt", "-i", "key"]).stdin(bytes).run();
    for (chunks, most) in [(250, 0), (300, 300 << 16)] {
        let said = shown(cut(chunks));
        assert_eq!(said.code, Some(5), "{}", said.stderr);
        assert!(said.stdout.len() <= most && said.stdout.iter().all(|&byte| byte == b'x'));
        assert_eq!(
            said.stdout.len() >= 16 << 20,
            most > 0,
            "{chunks}: {}",
            said.stdout.len()
        );
    }
    assert_eq!(shown(whole.clone()).stdout.len(), 20 << 20);
}
