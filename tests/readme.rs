//! The README's examples, word for word: what it shows after `$` is run, what it shows below is what comes out.

#![cfg(test)]

use std::path::Path;
use std::process::Command;

const README: &str = include_str!("../README.md");

/// The lines inside fenced blocks of one kind.
fn blocks(kind: &str) -> Vec<&'static str> {
    let mut inside = false;
    let mut lines = Vec::new();
    for line in README.lines() {
        if line.starts_with("```") {
            inside = line == format!("```{kind}");
        } else if inside {
            lines.push(line);
        }
    }
    lines
}

fn shell(command: &str, folder: &Path) -> (bool, String) {
    let program = Path::new(env!("CARGO_BIN_EXE_bulla")).parent().unwrap();
    let path = std::env::var("PATH").unwrap_or_default();
    let output = Command::new("sh")
        .args(["-c", &format!("({command}) 2>&1")])
        .current_dir(folder)
        .env("PATH", format!("{}:{path}", program.display()))
        .env("HOME", folder)
        .env("BULLA_HOME", folder.join("keyring"))
        .output()
        .unwrap();
    (
        output.status.success(),
        String::from_utf8(output.stdout).unwrap(),
    )
}

/// A line of the README against one that came out; `…` at the end of a word stands for any rest.
fn fits(shown: &str, seen: &str) -> bool {
    match shown.split_once('…') {
        Some((start, "")) => seen.starts_with(start),
        _ => shown == seen,
    }
}

#[test]
fn every_example_does_what_the_readme_shows() {
    let folder = tempfile::tempdir().unwrap();
    let lines = blocks("console");
    let mut run = 0;
    for (index, line) in lines.iter().enumerate() {
        let Some(command) = line.strip_prefix("$ ") else {
            continue;
        };
        let shown: Vec<_> = lines[index + 1..]
            .iter()
            .take_while(|line| !line.starts_with("$ "))
            .collect();
        let (success, output) = shell(command, folder.path());
        // The hint about a redirected standard output depends on where the test runs.
        let seen: Vec<_> = output
            .lines()
            .filter(|line| !line.contains("-o - writes to standard output"))
            .collect();
        assert!(success, "{command}: {output}");
        assert_eq!(shown.len(), seen.len(), "{command}: {output}");
        for (shown, seen) in shown.iter().zip(&seen) {
            assert!(
                fits(shown, seen),
                "{command}: shown {shown:?}, seen {seen:?}"
            );
        }
        run += 1;
    }
    assert_eq!(run, 19, "examples in the README");
}

#[test]
fn the_first_command_encrypts_a_real_file_with_nothing_set_up() {
    let commands = blocks("sh");
    assert_eq!(commands[1], "cargo test");
    let command = commands[0].replace("cargo run --release --quiet --", "bulla");
    assert_ne!(command, commands[0]);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("README.md"), README).unwrap();
    let (success, output) = shell(&command, folder.path());
    assert!(success, "{output}");
    let back = "echo 'a passphrase of my own' | bulla decrypt --passphrase-fd 0 README.md.age -o back && cmp README.md back";
    let (success, output) = shell(back, folder.path());
    assert!(success, "{output}");
}
