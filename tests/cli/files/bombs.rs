//! Files made to use up memory or time: refused at once, in little memory.

use std::io::Write;
use std::process::Stdio;

use base64::Engine;
use base64::prelude::BASE64_STANDARD_NO_PAD;

use crate::env::{Outcome, TestEnv};
use crate::someone::RECIPIENT;
use crate::tools::need;

/// Commands that read a header from standard input.
const READERS: [&[&str]; 4] = [
    &["decrypt", "-i", "key"],
    &["decrypt", "-i", "key", "-o", "out"],
    &["inspect", "-"],
    &["verify", "-i", "key", "-"],
];

/// The limit of the address space: 64 MiB, including the program itself.
const SPACE: &str = "--as=67108864";

/// Runs the command on an endless standard input: a beginning, then one piece again and again, up
/// to a GiB or until it stops reading. Also returns the number of bytes it read.
fn fed(env: &TestEnv, args: &[&str], start: &[u8], piece: &[u8]) -> Option<(Outcome, usize)> {
    let Some(prlimit) = crate::tools::tool("prlimit") else {
        crate::tools::skip("prlimit not installed");
        return None;
    };
    let line = [SPACE, env!("CARGO_BIN_EXE_bulla")].iter().chain(args);
    let run = env.program(prlimit, line);
    let mut command = run.command();
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut stdin, mut taken) = (child.stdin.take().unwrap(), 0);
    let block = piece.repeat((1 << 16) / piece.len() + 1);
    let mut next = stdin.write_all(start);
    while next.is_ok() && taken < 1 << 30 {
        next = stdin.write_all(&block);
        taken += block.len();
    }
    drop(stdin);
    Some((run.outcome(child.wait_with_output().unwrap()), taken))
}

/// The most unread bytes in the pipe, which the program enlarges.
const PIPE: usize = 1 << 20;

fn refused_soon(start: &[u8], piece: &[u8], most: usize, why: &str) {
    let env = TestEnv::new().with_key();
    for args in READERS {
        let Some((said, taken)) = fed(&env, args, start, piece) else {
            return;
        };
        let text = format!("bulla: error: {why}\n");
        said.assert(4, "", &text);
        assert!(taken < most + PIPE, "{args:?} read {taken} bytes");
    }
    assert_eq!(env.list(), ["key"]);
}

#[test]
fn a_million_empty_stanzas() {
    let why = "Standard input has more than 4096 recipients\n\
               bulla: hint: If you trust the source: --max-recipients 65536";
    refused_soon(b"age-encryption.org/v1\n", b"-> a\n\n", 1 << 20, why);
}

#[test]
fn a_line_of_a_gibibyte() {
    let why = "The header of standard input was rejected: it has a line of more than 128 KiB";
    refused_soon(b"age-encryption.org/v1\n-> ", b"a", 1 << 20, why);
    refused_soon(b"", b"a", 1 << 20, "Standard input is not an age file");
    refused_soon(
        b"-----BEGIN AGE ENCRYPTED FILE-----\n",
        b"A",
        1 << 20,
        "Standard input: armor line 2: longer than 64 columns",
    );
}

#[test]
fn a_header_of_large_stanzas() {
    let stanza = format!(
        "-> a\n{}AAAA\n",
        format!("{}\n", "A".repeat(64)).repeat(20_000)
    );
    let why = "The header of standard input was rejected: it is larger than 16 MiB";
    refused_soon(b"age-encryption.org/v1\n", stanza.as_bytes(), 20 << 20, why);
}

/// A file with this work factor.
fn scrypt(work_factor: u32) -> String {
    let text = |len: usize| BASE64_STANDARD_NO_PAD.encode(vec![7; len]);
    format!(
        "age-encryption.org/v1\n-> scrypt {} {work_factor}\n{}\n--- {}\n{}",
        text(16),
        text(32),
        text(32),
        "x".repeat(40)
    )
}

#[test]
fn a_passphrase_that_costs_too_much_is_refused_with_the_way_to_allow_it() {
    let prlimit = need!("prlimit");
    let env = TestEnv::new();
    env.write("phrase", "a phrase\n");
    for (cost, said) in [
        (21, "2048 MiB of memory and about 8 s"),
        (22, "4096 MiB of memory and about 16 s"),
    ] {
        env.write("locked.age", scrypt(cost));
        let text = format!(
            "bulla: error: Checking the passphrase of locked.age needs {said} (work factor \
             {cost}), which is over the limit\n\
             bulla: hint: If you trust the source: --max-work-factor {cost}\n"
        );
        for args in [&["decrypt"][..], &["verify"]] {
            let line = [SPACE, env!("CARGO_BIN_EXE_bulla")].iter().chain(args);
            let line = line.chain(&["--passphrase-file", "phrase", "locked.age"]);
            env.program(&prlimit, line).run().assert(7, "", &text);
        }
        // The same in an identity file, without a question first.
        let key = env
            .bulla(["identity", "show", "-i", "locked.age", "--no-prompt"])
            .run();
        assert_eq!(key.code, Some(7), "{}", key.stderr);
        assert!(
            key.stderr.ends_with(&format!("--max-work-factor {cost}\n")),
            "{}",
            key.stderr
        );
    }
    // More than any machine can do, or not a number: not a header at all.
    for cost in [64, 255, 4_000_000_000] {
        env.write("locked.age", scrypt(cost));
        let said = env
            .bulla(["decrypt", "--passphrase-file", "phrase", "locked.age"])
            .run();
        assert!(matches!(said.code, Some(4 | 7)), "{cost}: {}", said.stderr);
    }
    assert_eq!(env.list(), ["locked.age", "phrase"]);
}

#[test]
fn long_a_file_of_keys_has_a_limit() {
    let env = TestEnv::new().with_key();
    env.write("plain", "plain");
    let text =
        "bulla: error: standard input is larger than 16777216 bytes, the limit for such files\n";
    for args in [
        &["encrypt", "-R", "-", "plain"][..],
        &["encrypt", "-i", "-", "plain"],
        &["identity", "show", "-i", "-"],
    ] {
        for piece in [&b"\n"[..], b"# nothing\n", b"a"] {
            let Some((said, taken)) = fed(&env, args, b"", piece) else {
                return;
            };
            assert_ne!(said.code, Some(0));
            assert_eq!((&*said.stdout, &*said.stderr), (&b""[..], text));
            assert!(taken < 20 << 20, "{args:?} read {taken} bytes");
        }
    }
    assert_eq!(env.list(), ["key", "plain"]);
}

#[test]
fn input_just_within_the_limits_needs_little_memory() {
    let prlimit = need!("prlimit");
    let env = TestEnv::new().with_key();
    let mac = BASE64_STANDARD_NO_PAD.encode([7; 32]);
    let header = format!(
        "age-encryption.org/v1\n{}--- {mac}\n{}",
        "-> a\n\n".repeat(65_536),
        "x".repeat(40)
    );
    env.write("many.age", header);
    env.write(
        "people",
        format!("{}{RECIPIENT}\n", "# nobody\n".repeat(1_000_000)),
    );
    env.write("plain", "plain");
    for (args, code) in [
        (
            &[
                "decrypt",
                "-i",
                "key",
                "--max-recipients",
                "65536",
                "many.age",
            ][..],
            3,
        ),
        (&["inspect", "--max-recipients", "65536", "many.age"], 0),
        (&["encrypt", "-R", "people", "plain"], 0),
    ] {
        let line = [SPACE, env!("CARGO_BIN_EXE_bulla")].iter().chain(args);
        let said = env.program(&prlimit, line).run();
        assert_eq!(said.code, Some(code), "{args:?}: {}", said.stderr);
    }
}
