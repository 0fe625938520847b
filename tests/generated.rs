//! Compares the committed man pages and completions with the command line.
//!
//! `BULLA_REGENERATE=1 cargo test --test generated` regenerates them.

#![cfg(test)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::{Command, ValueEnum};
use clap_complete::Shell;

/// Every generated file by its path in the repository.
fn generated() -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    for shell in Shell::value_variants() {
        use clap_complete::Generator;
        let mut bytes = Vec::new();
        let mut command = bulla::command();
        clap_complete::generate(*shell, &mut command, "bulla", &mut bytes);
        files.insert(
            Path::new("completions").join(shell.file_name("bulla")),
            bytes,
        );
    }
    let mut command = bulla::command();
    command.build();
    pages(&command, "bulla", &mut files);
    files
}

fn pages(command: &Command, name: &str, files: &mut BTreeMap<PathBuf, Vec<u8>>) {
    let mut bytes = Vec::new();
    let leaked: &'static str = Box::leak(name.to_owned().into_boxed_str());
    clap_mangen::Man::new(command.clone().name(leaked))
        .render(&mut bytes)
        .unwrap();
    let page = String::from_utf8(bytes)
        .unwrap()
        .replace(".SH EXTRA\nExit codes:\n", ".SH \"EXIT CODES\"\n");
    files.insert(
        Path::new("man").join(format!("{name}.1")),
        page.into_bytes(),
    );
    for sub in command.get_subcommands() {
        pages(sub, &format!("{name}-{}", sub.get_name()), files);
    }
}

#[test]
fn man_pages_and_completions_are_those_of_the_command_line() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let regenerate = std::env::var_os("BULLA_REGENERATE").is_some();
    let files = generated();
    for (path, bytes) in &files {
        if regenerate {
            std::fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
            std::fs::write(root.join(path), bytes).unwrap();
        }
        let committed = std::fs::read(root.join(path)).unwrap_or_default();
        assert!(
            committed == *bytes,
            "{} is stale: BULLA_REGENERATE=1 cargo test --test generated",
            path.display()
        );
    }
    for folder in ["man", "completions"] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let path = Path::new(folder).join(entry.unwrap().file_name());
            assert!(
                files.contains_key(&path),
                "{} belongs to no command",
                path.display()
            );
        }
    }
}
