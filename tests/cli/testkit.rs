//! The age testkit through the command: every vector, by every route, with several numbers of
//! threads.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use sha2::{Digest, Sha256};

use crate::env::{Outcome, TestEnv};
use crate::vectors::{self, Expect, Vector};

/// Above the work factor that is accepted without asking: refused, but not called damaged.
const TOO_COSTLY: [&str; 1] = ["scrypt_work_factor_23"];

/// Broken armor whose flaw lies after the header: damage in the payload, unless the reader met it
/// while it read ahead for the header.
const AFTER_THE_HEADER: [&str; 11] = [
    "armor_empty_last_line",
    "armor_empty_line_end",
    "armor_eol_between_padding",
    "armor_garbage_trailing",
    "armor_invalid_character_payload",
    "armor_no_end_line",
    "armor_no_padding",
    "armor_not_canonical",
    "armor_pgp_checksum",
    "armor_whitespace_end",
    "armor_whitespace_last_line",
];

const THREADS: [&str; 4] = ["1", "2", "4", "16"];

/// How a vector goes in, and its plaintext comes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Route {
    /// From a file to standard output, all or nothing.
    File,
    /// From a file to standard output, as it comes.
    FileStream,
    /// From standard input to standard output, all or nothing.
    Stdin,
    /// From standard input to standard output, as it comes.
    StdinStream,
    /// From a file to a file.
    Output,
}

const ROUTES: [Route; 5] = [
    Route::File,
    Route::FileStream,
    Route::Stdin,
    Route::StdinStream,
    Route::Output,
];

/// A vector in a new folder, with its keys in files.
struct Laid<'a> {
    vector: &'a Vector,
    env: TestEnv,
    keys: Vec<String>,
}

impl<'a> Laid<'a> {
    fn out(vector: &'a Vector) -> Self {
        let env = TestEnv::new();
        env.write("vector.age", &vector.file);
        let mut keys = Vec::new();
        for (number, identity) in vector.identities.iter().enumerate() {
            let name = format!("identity-{number}");
            env.write(&name, format!("{identity}\n"));
            keys.extend(["-i".to_owned(), name]);
        }
        if let Some(passphrase) = vector.passphrases.first() {
            env.write("passphrase", format!("{passphrase}\n"));
            keys.extend(["--passphrase-file", "passphrase"].map(str::to_owned));
        }
        Self { vector, env, keys }
    }

    fn run(&self, route: Route, threads: &str) -> Outcome {
        let mut args = vec!["decrypt", "--threads", threads];
        args.extend(self.keys.iter().map(String::as_str));
        let run = match route {
            Route::File => self
                .env
                .bulla([&args[..], &["-o", "-", "vector.age"]].concat()),
            Route::FileStream => self
                .env
                .bulla([&args[..], &["--stream", "-o", "-", "vector.age"]].concat()),
            Route::Stdin => self.env.bulla(args),
            Route::StdinStream => self.env.bulla([&args[..], &["--stream"]].concat()),
            Route::Output => self
                .env
                .bulla([&args[..], &["-o", "out", "vector.age"]].concat()),
        };
        match route {
            Route::Stdin | Route::StdinStream => run.stdin(self.vector.file.clone()).run(),
            _ => run.run(),
        }
    }

    /// The errors in how one run ended.
    fn check(&self, route: Route, threads: &str) -> Vec<String> {
        let before = self.env.list();
        let outcome = self.run(route, threads);
        let mut wrong = self.misspoken(&outcome);
        let failed = expected_codes(self.vector)[0] != 0;
        let to_file = self.env.path("out").is_file();
        let written = if to_file {
            self.env.read("out")
        } else {
            outcome.stdout.clone()
        };
        if to_file {
            std::fs::remove_file(self.env.path("out")).unwrap();
        }
        if to_file && (failed || !outcome.stdout.is_empty()) {
            wrong.push("an output is there that must not be".to_owned());
        }
        if !to_file && route == Route::Output && !failed {
            wrong.push("no output".to_owned());
        }
        if self.env.list() != before {
            wrong.push(format!("left behind: {:?}", self.env.list()));
        }
        if sha256(&written) != self.payload(route) {
            wrong.push(format!("wrote {} bytes, not those expected", written.len()));
        }
        let (name, stderr) = (&self.vector.name, outcome.stderr.trim_end());
        wrong
            .iter()
            .map(|why| format!("{name}, {route:?}, {threads} threads: {why}; it said: {stderr}"))
            .collect()
    }

    /// The errors in the exit code and the messages.
    fn misspoken(&self, outcome: &Outcome) -> Vec<String> {
        let (codes, mut wrong) = (expected_codes(self.vector), Vec::new());
        if !outcome.code.is_some_and(|code| codes.contains(&code)) {
            wrong.push(format!(
                "ended with {:?}, not one of {codes:?}",
                outcome.code
            ));
        }
        let key = self
            .vector
            .file_key
            .as_ref()
            .map(|key| String::from_utf8_lossy(key).into_owned());
        if key.is_some_and(|key| outcome.stderr.contains(&key)) {
            wrong.push("the file key was said".to_owned());
        }
        // Text that went through a pipe may end without a line end, on the same terminal.
        let stderr = outcome.stderr.strip_prefix('\n').unwrap_or(&outcome.stderr);
        if codes[0] != 0 && !stderr.starts_with("bulla: error: ") {
            wrong.push("a failure without a word".to_owned());
        }
        wrong
    }

    /// SHA-256 of what must be written.
    fn payload(&self, route: Route) -> String {
        let at_once = matches!(route, Route::FileStream | Route::StdinStream);
        match (self.vector.expect, &self.vector.payload) {
            (Expect::Success, Some(payload)) => payload.clone(),
            (Expect::PayloadFailure, Some(payload)) if at_once => payload.clone(),
            _ => sha256(b""),
        }
    }
}

/// The exit codes a vector may end with.
fn expected_codes(vector: &Vector) -> &'static [i32] {
    let name = vector.name.as_str();
    match vector.expect {
        Expect::Success => &[0],
        Expect::NoMatch => &[3],
        Expect::HeaderFailure if TOO_COSTLY.contains(&name) => &[7],
        Expect::HmacFailure | Expect::HeaderFailure => &[4],
        Expect::ArmorFailure if AFTER_THE_HEADER.contains(&name) => &[4, 5],
        Expect::ArmorFailure => &[4],
        Expect::PayloadFailure => &[5],
    }
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .fold(String::new(), |mut hex, byte| {
            write!(hex, "{byte:02x}").unwrap();
            hex
        })
}

#[test]
fn long_every_vector_gives_the_expected_result_by_every_route() {
    let vectors = vectors::vectors();
    for name in TOO_COSTLY.iter().chain(&AFTER_THE_HEADER) {
        let vector = vectors.iter().find(|vector| vector.name == *name);
        let vector = vector.unwrap_or_else(|| panic!("no vector is called {name}"));
        assert!(vector.armored == name.starts_with("armor_"), "{name}");
    }
    let (next, runs) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let work = || {
        let mut wrong = Vec::new();
        while let Some(vector) = vectors.get(next.fetch_add(1, Ordering::Relaxed)) {
            let laid = Laid::out(vector);
            for route in ROUTES {
                for threads in THREADS {
                    wrong.extend(laid.check(route, threads));
                    runs.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
        wrong
    };
    let wrong: Vec<String> = thread::scope(|scope| {
        let workers = [(); 2].map(|()| scope.spawn(work));
        workers
            .into_iter()
            .flat_map(|worker| worker.join().unwrap())
            .collect()
    });
    let runs = runs.into_inner();
    println!(
        "testkit: {} vectors, {runs} runs of the command, {} wrong",
        vectors.len(),
        wrong.len()
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(runs, 143 * ROUTES.len() * THREADS.len());
}

#[test]
fn armor_that_breaks_far_behind_the_header_is_damage() {
    let env = TestEnv::new();
    env.bulla([
        "identity",
        "new",
        "--classic",
        "--no-passphrase",
        "-o",
        "key",
        "--quiet",
    ])
    .run();
    env.write("plain", vec![7; 3 << 20]);
    env.bulla([
        "encrypt", "--quiet", "--armor", "-i", "key", "-o", "whole", "plain",
    ])
    .run()
    .assert_quiet();
    let mut armored = env.read("whole");
    let end = armored.len() - "-----END AGE ENCRYPTED FILE-----\n".len();
    armored[end..][..8].copy_from_slice(b"-----AND");
    env.write("broken", &armored);
    for threads in THREADS {
        let outcome = env
            .bulla([
                "decrypt",
                "--threads",
                threads,
                "-i",
                "key",
                "-o",
                "-",
                "broken",
            ])
            .run();
        let why = "the last line of the armor is not -----END AGE ENCRYPTED FILE-----";
        let said = format!("bulla: error: Could not read broken: {why}\n");
        outcome.assert(5, "", &said);
    }
}
