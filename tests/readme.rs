//! Runs every example of the README and of the user's pages in `docs/`.
//!
//! A `console` block shows commands after `$ ` and compares their output. An `sh` block only runs:
//! each of its commands must succeed. Both start from what [`Reader`] prepares: the keys and files
//! that the pages talk about.

#![cfg(test)]

use std::fs;
use std::path::Path;
use std::process::Command;

const README: &str = include_str!("../README.md");

/// Commands that a page shows and this test cannot run: they build, test or install the program.
const NOT_RUN: [&str; 2] = ["cargo test", "cargo install --path ."];

/// The passphrase that answers each question for one.
const PASSPHRASE: &str = "a passphrase of my own";

/// A fenced block: its kind, and its lines.
struct Block {
    kind: &'static str,
    lines: Vec<&'static str>,
}

fn blocks(page: &'static str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for line in page.lines() {
        match (line.strip_prefix("```"), open.as_mut()) {
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(kind), None) => {
                open = Some(Block {
                    kind,
                    lines: Vec::new(),
                });
            }
            (None, Some(block)) => block.lines.push(line),
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a block without an end");
    blocks
}

/// The person who tries the examples: a folder, which is also the home, with a keyring and some
/// files.
struct Reader {
    folder: tempfile::TempDir,
}

impl Reader {
    fn new() -> Self {
        let reader = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        let friends = [
            "BULLA_HOME=bob bulla identity new --no-passphrase -q",
            "BULLA_HOME=bob bulla card --name 'Bob Example' -q -o bob.card",
            "BULLA_HOME=dora bulla identity new --no-passphrase -q",
            "BULLA_HOME=dora bulla card --name 'Dora Example' -q -o dora.card",
            "BULLA_HOME=carol bulla identity new --classic --no-passphrase -q",
            "BULLA_HOME=carol bulla identity export -q -o carol.txt",
            "bulla identity new --no-passphrase -q",
            "echo 'meet me at noon' > plan.txt",
            "cp plan.txt letter.txt && cp plan.txt contract.pdf && cp plan.txt dump.sql",
            "mkdir photos && echo picture > photos/1.jpg",
        ];
        for command in friends {
            reader.succeed(command);
        }
        reader
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Runs a command, and returns whether it succeeded and all that it wrote.
    fn run(&self, command: &str) -> (bool, String) {
        let program = Path::new(env!("CARGO_BIN_EXE_bulla")).parent().unwrap();
        let path = std::env::var("PATH").unwrap_or_default();
        let output = Command::new("sh")
            .args(["-c", &format!("({command}) 2>&1")])
            .current_dir(self.path())
            .env("PATH", format!("{}:{path}", program.display()))
            .env("HOME", self.path())
            .env("BULLA_HOME", self.path().join("keyring"))
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        (output.status.success(), text)
    }

    fn succeed(&self, command: &str) -> String {
        let (success, output) = self.run(command);
        assert!(success, "{command}: {output}");
        output
    }

    /// Runs a command of an `sh` block. If it would ask on a terminal, the answer is supplied in
    /// another way.
    fn try_example(&self, command: &str) {
        match command {
            "bulla identity new" => {
                self.succeed(&format!(
                    "echo '{PASSPHRASE}' | BULLA_HOME=new {command} --passphrase-fd 0"
                ));
            }
            // The words are shown, and asked for again, only on a terminal.
            "bulla identity backup" => {
                let (success, output) = self.run(command);
                assert!(!success && output.contains("terminal"), "{output}");
            }
            "bulla contact verify bob" | "bulla contact verify dora" => {
                let name = command.rsplit(' ').next().unwrap();
                let number =
                    self.succeed(&format!("BULLA_HOME={name} bulla identity show --number"));
                self.succeed(&format!("{command} --check '{}'", number.trim()));
            }
            // Bob reads a message that was written to him.
            "bulla read message.txt" => {
                self.succeed(&format!("BULLA_HOME=bob {command}"));
            }
            _ if command.contains("encrypt --passphrase ") => {
                self.succeed(&format!(
                    "echo '{PASSPHRASE}' | {command} --passphrase-fd 0"
                ));
            }
            _ => {
                self.succeed(command);
            }
        }
    }
}

/// Somebody who opens backups, and their card.
const RECOVERY: [&str; 2] = [
    "BULLA_HOME=recovery bulla identity new recovery --no-passphrase -q",
    "BULLA_HOME=recovery bulla card -q -o recovery.card",
];

/// The same, and the key file that is kept with the paper.
const BACKUPS: [&str; 3] = [
    RECOVERY[0],
    RECOVERY[1],
    "BULLA_HOME=recovery bulla identity export --secret -q -o recovery.key",
];

/// A second key, a place for backups, and the files that they are of.
const DRILLS: [&str; 2] = [
    "bulla identity new recovery --no-passphrase -q",
    "mkdir backups live && cp dump.sql live",
];

/// Compares the lines of a page with those of a program. `…` at the end of a word matches the rest
/// of the line, and a line `…` matches any lines.
fn fits(shown: &[&str], seen: &[&str]) -> bool {
    match (shown.split_first(), seen.split_first()) {
        (None, None) => true,
        (Some((&"…", rest)), None) => fits(rest, seen),
        (Some((&"…", rest)), Some((_, later))) => fits(rest, seen) || fits(shown, later),
        (Some((line, rest)), Some((first, later))) => line_fits(line, first) && fits(rest, later),
        _ => false,
    }
}

fn line_fits(shown: &str, seen: &str) -> bool {
    match shown.split_once('…') {
        Some((start, "")) => seen.starts_with(start),
        _ => shown == seen,
    }
}

/// Runs a page from top to bottom, after the commands `before`, and returns how many of its
/// commands were run.
fn run_page(page: &'static str, before: &[&str]) -> usize {
    let reader = Reader::new();
    for command in before {
        reader.succeed(command);
    }
    let mut run = 0;
    for block in blocks(page) {
        match block.kind {
            "console" => run += run_console(&reader, &block.lines),
            "sh" => {
                for line in block.lines {
                    if NOT_RUN.contains(&line) || line.contains("cargo run") {
                        continue;
                    }
                    reader.try_example(line);
                    run += 1;
                }
            }
            "toml" | "text" => {}
            "json" => {
                for line in block.lines {
                    let parsed: Result<serde_json::Value, _> = serde_json::from_str(line);
                    assert!(parsed.is_ok(), "{line}");
                }
            }
            kind => panic!("a block of the kind {kind:?} is never run"),
        }
    }
    run
}

fn run_console(reader: &Reader, lines: &[&str]) -> usize {
    let mut run = 0;
    for (index, line) in lines.iter().enumerate() {
        let Some(command) = line.strip_prefix("$ ") else {
            continue;
        };
        let shown: Vec<_> = lines[index + 1..]
            .iter()
            .take_while(|line| !line.starts_with("$ "))
            .copied()
            .collect();
        let output = reader.succeed(command);
        let seen: Vec<_> = output.lines().collect();
        assert!(
            fits(&shown, &seen),
            "{command}: shown {shown:#?}, seen {seen:#?}"
        );
        run += 1;
    }
    run
}

#[test]
fn every_example_of_the_readme_works() {
    assert_eq!(run_page(README, &[]), 25, "examples in the README");
}

#[test]
fn every_example_of_the_pages_for_users_works() {
    let contacts = [
        "bulla contact add bob bob.card -q",
        "bulla contact add dora dora.card -q",
    ];
    let backups = [
        "bulla contact add bob bob.card -q && bulla contact add dora dora.card -q",
        "mkdir backups && bulla encrypt -q --sign --to bob -o backups/mon.age plan.txt",
        "printf 'require = [\"bob\"]\\nallow = [\"me\"]\\n' > backups/.bulla-policy",
    ];
    let pages: [(&str, &[&str], usize); 10] = [
        (include_str!("../docs/drills.md"), &DRILLS, 10),
        (include_str!("../docs/backups.md"), &BACKUPS, 11),
        (include_str!("../docs/keyring.md"), &[], 10),
        (include_str!("../docs/mirrors.md"), &[], 9),
        (include_str!("../docs/sharing.md"), &contacts, 5),
        (include_str!("../docs/messages.md"), &contacts, 2),
        (include_str!("../docs/scripting.md"), &RECOVERY, 11),
        (include_str!("../docs/json.md"), &contacts, 3),
        (include_str!("../docs/policy.md"), &backups, 5),
        (include_str!("../docs/folders.md"), &[], 6),
    ];
    for (page, before, examples) in pages {
        let title = page.lines().next();
        assert_eq!(run_page(page, before), examples, "examples in {title:?}");
    }
}

#[test]
fn the_readme_stays_short() {
    let words = README.split_whitespace().count();
    assert!(words < 1200, "{words} words");
}

#[test]
fn the_first_command_encrypts_a_real_file_with_nothing_set_up() {
    let commands: Vec<_> = blocks(README)
        .into_iter()
        .filter(|block| block.kind == "sh")
        .flat_map(|block| block.lines)
        .collect();
    assert_eq!(commands[1], "cargo test");
    let command = commands[0].replace("cargo run --release --quiet --", "bulla");
    assert_ne!(command, commands[0]);
    let reader = Reader {
        folder: tempfile::tempdir().unwrap(),
    };
    fs::write(reader.path().join("README.md"), README).unwrap();
    reader.succeed(&command);
    reader.succeed(&format!(
        "echo '{PASSPHRASE}' | bulla decrypt --passphrase-fd 0 README.md.age -o back && cmp README.md back"
    ));
}
