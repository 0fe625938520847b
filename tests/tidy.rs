//! Holds the house to its plan: floors, invariants stated as absence, words, lengths, and the repository's text.
//!
//! Every rule is run on the real tree, and on planted trees that break it: a rule that cannot fail holds nothing.

#![cfg(test)]

#[path = "tidy/rules.rs"]
mod rules;
#[path = "tidy/source.rs"]
mod source;
#[path = "tidy/text.rs"]
mod text;

use std::path::Path;

use source::Tree;

type Rule = fn(&Tree) -> Vec<String>;

const RULES: [(&str, Rule); 17] = [
    ("floors", rules::floors),
    ("pure rooms", rules::pure_rooms),
    ("programs", rules::programs),
    ("opening", rules::opening),
    ("printing", rules::printing),
    ("kept crates", rules::kept_crates),
    ("exits", rules::exits),
    ("network and maps", rules::network_and_maps),
    ("globs", rules::globs),
    ("no unsafe", rules::no_unsafe),
    ("words", rules::words),
    ("openings", rules::openings),
    ("lengths", rules::lengths),
    ("changelog", text::changelog),
    ("links", text::links),
    ("machine", text::machine),
    ("dependencies", text::dependencies),
];

/// The package's text files, as they lie there.
fn package() -> Tree {
    fn read(root: &Path, folder: &Path, tree: &mut Tree) {
        for entry in folder.read_dir().unwrap() {
            let path = entry.unwrap().path();
            let name = path
                .strip_prefix(root)
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned();
            let ignored = [
                "target",
                ".git",
                "fuzz/target",
                "fuzz/corpus",
                "fuzz/artifacts",
            ];
            if ignored.contains(&name.as_str()) {
            } else if path.is_dir() {
                read(root, &path, tree);
            } else if let Ok(text) = std::fs::read_to_string(&path) {
                tree.insert(name, text);
            }
        }
    }
    let (root, mut tree) = (Path::new(env!("CARGO_MANIFEST_DIR")), Tree::new());
    read(root, root, &mut tree);
    tree
}

#[test]
fn the_house_is_tidy() {
    let tree = package();
    let broken: Vec<_> = RULES
        .iter()
        .flat_map(|(name, rule)| {
            rule(&tree)
                .into_iter()
                .map(move |at| format!("{name}: {at}"))
        })
        .collect();
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

#[test]
fn files_have_the_size_to_be_read_at_once() {
    let tree = package();
    let mut lengths: Vec<_> = tree
        .iter()
        .filter(|(path, _)| path.starts_with("src/"))
        .map(|(path, source)| (rules::length(source), path))
        .collect();
    lengths.sort();
    let (median, longest) = (lengths[lengths.len() / 2].0, &lengths[lengths.len() - 1]);
    println!(
        "tidy: {} files, median {median} lines of code, longest {} ({})",
        lengths.len(),
        longest.1,
        longest.0
    );
    assert!(median <= 150, "the median file has {median} lines of code");
}

/// A tree of one file.
fn planted(path: &str, source: &str) -> Tree {
    Tree::from([
        (path.to_owned(), source.to_owned()),
        ("src/payload/mod.rs".to_owned(), "//! x\n".to_owned()),
        (
            "src/keys/mod.rs".to_owned(),
            if path == "src/keys/mod.rs" {
                source.to_owned()
            } else {
                "//! x\n".to_owned()
            },
        ),
        (
            "Cargo.toml".to_owned(),
            "unsafe_code = \"forbid\"\n".to_owned(),
        ),
    ])
}

#[track_caller]
fn breaks(rule: Rule, path: &str, source: &str) {
    let broken = rule(&planted(path, source));
    assert!(!broken.is_empty(), "nothing seen in {path}: {source}");
    assert!(
        broken.iter().all(|at| at.starts_with(path)),
        "something else seen: {broken:?}"
    );
}

#[track_caller]
fn keeps(rule: Rule, path: &str, source: &str) {
    assert_eq!(
        rule(&planted(path, source)),
        Vec::<String>::new(),
        "{path}: {source}"
    );
}

#[test]
fn floors_are_held() {
    let rule = rules::floors;
    breaks(rule, "src/protocol/mod.rs", "use crate::keys::Recipient;");
    breaks(
        rule,
        "src/protocol/decrypt.rs",
        "fn f() { crate::keys::g() }",
    );
    breaks(
        rule,
        "src/format/mod.rs",
        "use crate::{untrusted::Untrusted, payload::Seal};",
    );
    breaks(rule, "src/format/armor.rs", "use super::super::payload;");
    breaks(
        rule,
        "src/format/armor.rs",
        "mod tests { use super::super::super::keys::x; }",
    );
    breaks(
        rule,
        "src/untrusted.rs",
        "#[cfg(test)] mod tests { use crate::keys::x; }",
    );
    breaks(rule, "src/keys/mod.rs", "fn f() { crate::run() }");
    breaks(rule, "src/keys/mod.rs", "use super::*;");
    breaks(rule, "src/gadgets/mod.rs", "");
    keeps(
        rule,
        "src/keys/ssh.rs",
        "use crate::payload::Seal; use super::{Key, super::payload}; use crate::keys::y;",
    );
    keeps(
        rule,
        "src/protocol/mod.rs",
        "// crate::keys\nconst A: &str = \"crate::keys\"; /* crate::keys */",
    );
    keeps(rule, "src/main.rs", "fn main() -> ! { bulla::run() }");
    keeps(
        rule,
        "src/payload/seal.rs",
        "mod tests { use super::*; use super::super::open; }",
    );
}

#[test]
fn rooms_of_bytes_know_no_world() {
    let rule = rules::pure_rooms;
    breaks(rule, "src/format/mod.rs", "use std::fs::File;");
    breaks(rule, "src/keys/mod.rs", "fn f() { std::env::var(\"A\"); }");
    breaks(
        rule,
        "src/payload/seal.rs",
        "use std::{io::{self, Read}}; fn f() { io::stdin(); }",
    );
    breaks(
        rule,
        "src/protocol/mod.rs",
        "use std::io; fn f() { writeln!(io::stderr(), \"\"); }",
    );
    breaks(rule, "src/sharing/card.rs", "use rustix::fs as f;");
    breaks(
        rule,
        "src/keys/plugin.rs",
        "fn f() { let dir = std::env::temp_dir(); }",
    );
    keeps(
        rule,
        "src/payload/read_at.rs",
        "use std::os::unix::fs::FileExt; use std::io::{Read, Write};",
    );
    keeps(
        rule,
        "src/keys/mod.rs",
        "/// std::fs\n#[cfg(test)] mod tests { use std::fs; fn f() { fs::read(\"a\") } }",
    );
    keeps(
        rule,
        "src/files/input.rs",
        "use std::fs::File; use std::env;",
    );
}

#[test]
fn a_file_that_is_all_tests_is_known_by_its_parent() {
    let mut tree = planted("src/keys/mod.rs", "//! x\n#[cfg(test)]\nmod tests;\n");
    tree.insert("src/keys/tests.rs".to_owned(), "use std::fs;".to_owned());
    assert_eq!(rules::pure_rooms(&tree), Vec::<String>::new());
    tree.insert(
        "src/keys/mod.rs".to_owned(),
        "//! x\nmod tests;\n".to_owned(),
    );
    assert_eq!(rules::pure_rooms(&tree).len(), 1);
}

#[test]
fn few_rooms_start_programs() {
    let rule = rules::programs;
    breaks(
        rule,
        "src/commands/edit.rs",
        "use std::process::Command; fn f() { Command::new(\"vi\"); }",
    );
    breaks(
        rule,
        "src/keys/ssh.rs",
        "fn f() { std::process::Command::new(\"ssh\"); }",
    );
    breaks(
        rule,
        "src/keys/mod.rs",
        "use age::plugin::RecipientPluginV1;",
    );
    breaks(
        rule,
        "src/ui/mod.rs",
        "use std::process; fn f() { process::Command::new(\"a\"); }",
    );
    keeps(rule, "src/process/spawn.rs", "use std::process::Command;");
    keeps(
        rule,
        "src/keys/plugin/session.rs",
        "use age_core::plugin::Connection;",
    );
    keeps(
        rule,
        "src/cli.rs",
        "use clap::Command; fn f() { Command::new(\"bulla\"); }",
    );
}

#[test]
fn only_one_room_opens_files() {
    let rule = rules::opening;
    breaks(
        rule,
        "src/commands/encrypt.rs",
        "fn f() { std::fs::rename(a, b); }",
    );
    breaks(
        rule,
        "src/context.rs",
        "use std::fs::File; fn f() { File::open(a); }",
    );
    breaks(
        rule,
        "src/config.rs",
        "use std::fs; fn f() { fs::read_to_string(a); }",
    );
    breaks(rule, "src/archive/pack.rs", "use std::fs::OpenOptions;");
    breaks(rule, "src/keyring/mod.rs", "use rustix::fs::openat;");
    breaks(
        rule,
        "src/process/signals.rs",
        "fn f() { std::fs::remove_file(a); }",
    );
    breaks(rule, "src/ui/prompt.rs", "fn f() { std::fs::read(a); }");
    keeps(
        rule,
        "src/files/atomic.rs",
        "use std::fs; use rustix::fs::renameat; fn f() { fs::rename(a, b); }",
    );
    keeps(
        rule,
        "src/ui/prompt.rs",
        "use std::fs::{File, OpenOptions}; fn f() { File::open(\"/dev/tty\"); }",
    );
    keeps(
        rule,
        "src/process/landlocked.rs",
        "fn f() { std::fs::read_to_string(a); std::fs::File::open(b); }",
    );
    keeps(
        rule,
        "src/commands/encrypt.rs",
        "use std::fs::{File, Metadata}; fn f(a: &File) { a.metadata(); }",
    );
}

#[test]
fn only_one_room_prints() {
    breaks(
        rules::printing,
        "src/commands/inspect.rs",
        "fn f() { println!(\"{a}\"); }",
    );
    breaks(
        rules::printing,
        "src/ui/message.rs",
        "fn f() { std::eprintln!(); }",
    );
    breaks(
        rules::kept_crates,
        "src/commands/inspect.rs",
        "fn f() { std::io::stdout(); }",
    );
    breaks(
        rules::kept_crates,
        "src/process/limits.rs",
        "use std::io::{self, Write}; fn f() { io::stderr(); }",
    );
    breaks(
        rules::kept_crates,
        "src/context.rs",
        "use rpassword::prompt_password;",
    );
    breaks(
        rules::kept_crates,
        "src/commands/encrypt.rs",
        "use indicatif::ProgressBar;",
    );
    keeps(
        rules::printing,
        "src/ui/message.rs",
        "fn f() { writeln!(a); println(b); }",
    );
    keeps(
        rules::printing,
        "src/keys/mod.rs",
        "#[cfg(test)] mod tests { fn f() { println!(); } }",
    );
    keeps(
        rules::kept_crates,
        "src/ui/prompt.rs",
        "use rpassword::read; fn f() { std::io::stderr(); }",
    );
}

#[test]
fn only_keys_know_the_age_crate() {
    let rule = rules::kept_crates;
    breaks(
        rule,
        "src/commands/encrypt.rs",
        "use age::x25519::Identity;",
    );
    breaks(
        rule,
        "src/protocol/mod.rs",
        "#[cfg(test)] mod tests { fn f() { age::Encryptor::new(); } }",
    );
    breaks(
        rule,
        "src/ui/mod.rs",
        "use age_core::secrecy::SecretString;",
    );
    breaks(rule, "src/commands/mod.rs", "use age;");
    breaks(rule, "src/keys/mod.rs", "use nix::unistd::close;");
    keeps(
        rule,
        "src/keys/ssh.rs",
        "use age::ssh; use age_core::format::Stanza;",
    );
    keeps(
        rule,
        "src/protocol/wrap.rs",
        "pub use age_core::format::{FileKey, Stanza};",
    );
    keeps(
        rule,
        "src/commands/mod.rs",
        "fn f(age: u8) { let page = age; a.age(); }",
    );
}

#[test]
fn only_one_room_chooses_exit_codes() {
    let rule = rules::exits;
    breaks(
        rule,
        "src/commands/encrypt.rs",
        "fn f() { std::process::exit(3) }",
    );
    breaks(
        rule,
        "src/process/signals.rs",
        "use std::process; fn f() { process::exit(130) }",
    );
    breaks(rule, "src/cli.rs", "use std::process::ExitCode;");
    breaks(rule, "src/cli.rs", "fn f(e: clap::Error) { e.exit() }");
    breaks(rule, "src/ui/mod.rs", "fn f() { std::process::abort() }");
    keeps(rule, "src/failure.rs", "use std::process::ExitCode;");
    keeps(
        rule,
        "src/lib.rs",
        "fn run() -> ! { std::process::exit(0) }",
    );
    keeps(
        rule,
        "src/commands/mod.rs",
        "use std::process::Stdio; fn exit() {}",
    );
}

#[test]
fn nothing_speaks_to_a_network_or_maps_memory() {
    let rule = rules::network_and_maps;
    breaks(rule, "src/commands/doctor.rs", "use std::net::TcpStream;");
    breaks(
        rule,
        "src/keys/mod.rs",
        "#[cfg(test)] mod tests { use std::net; }",
    );
    breaks(
        rule,
        "src/process/spawn.rs",
        "use std::os::unix::net::UnixStream;",
    );
    breaks(rule, "src/process/spawn.rs", "use rustix::net;");
    breaks(
        rule,
        "src/payload/range.rs",
        "fn f() { memmap2::Mmap::map(a) }",
    );
    keeps(
        rule,
        "src/process/seccomp.rs",
        "// std::net\nfn f(net: u8) { std::thread::spawn(net) }",
    );
}

#[test]
fn globs_hide_nothing() {
    breaks(rules::globs, "src/format/mod.rs", "use std::io::*;");
    breaks(
        rules::globs,
        "src/format/mod.rs",
        "use std::{io::{Read, *}};",
    );
    keeps(
        rules::globs,
        "src/format/mod.rs",
        "use std::io::prelude::*; mod tests { use super::*; }",
    );
}

#[test]
fn nothing_is_unsafe() {
    breaks(
        rules::no_unsafe,
        "src/process/memory.rs",
        "fn f() { unsafe { g() } }",
    );
    breaks(rules::no_unsafe, "tests/cli/env.rs", "unsafe fn f() {}");
    keeps(
        rules::no_unsafe,
        "src/process/memory.rs",
        "// unsafe\nconst A: &str = \"unsafe\"; fn is_unsafe() {}",
    );
    let none = rules::no_unsafe(&Tree::from([(
        "Cargo.toml".to_owned(),
        "unsafe_code = \"deny\"".to_owned(),
    )]));
    assert_eq!(none.len(), 1);
}

#[test]
fn rooms_and_types_have_names_that_say_something() {
    breaks(rules::words, "src/keys/util.rs", "");
    breaks(rules::words, "src/common/mod.rs", "");
    breaks(
        rules::words,
        "src/keys/ssh.rs",
        "pub(crate) mod helpers { }",
    );
    breaks(
        rules::words,
        "src/keys/ssh.rs",
        "pub(crate) struct KeyManager;",
    );
    breaks(rules::words, "src/keys/ssh.rs", "enum HeaderInfo { A }");
    keeps(
        rules::words,
        "src/keys/ssh.rs",
        "// struct KeyManager\nstruct Manage; fn f(d: PhantomData<u8>) {}",
    );
}

#[test]
fn every_module_says_what_it_owns() {
    breaks(rules::openings, "src/files/lock.rs", "// not a doc\n");
    breaks(
        rules::openings,
        "tests/cli/usage.rs",
        "use std::fs;\n//! late\n",
    );
    keeps(rules::openings, "src/files/lock.rs", "//! Locks.\n");
}

#[test]
fn no_file_is_too_long() {
    breaks(
        rules::lengths,
        "src/ui/table.rs",
        &"fn f() {}\n".repeat(401),
    );
    let tests = format!(
        "#[cfg(test)]\nmod tests {{\n{}}}\n",
        "fn f() {}\n".repeat(401)
    );
    keeps(
        rules::lengths,
        "src/ui/table.rs",
        &("fn f() {}\n\n// why\n".repeat(400) + &tests),
    );
}

#[test]
fn the_changelog_has_a_place_for_what_comes() {
    assert_eq!(text::changelog(&Tree::new()).len(), 1);
    assert_eq!(
        text::changelog(&planted("CHANGELOG.md", "# Changelog\n\n## [0.1.0]\n")).len(),
        1
    );
    keeps(
        text::changelog,
        "CHANGELOG.md",
        "# Changelog\n\n## [Unreleased]\n",
    );
}

#[test]
fn links_go_to_known_places() {
    // In halves, so that this file does not link there.
    breaks(
        text::links,
        "README.md",
        &format!("see http{}", "://registry.internal:8080/x"),
    );
    breaks(
        text::links,
        "Cargo.lock",
        &format!("source = \"sparse+https{}", "://mirror.local/index/\""),
    );
    keeps(
        text::links,
        "README.md",
        "https://github.com/x, <https://age-encryption.org>. file://x",
    );
}

#[test]
fn no_text_names_one_machine() {
    for folder in [
        concat!("/wo", "rk/x"),
        concat!("/ro", "ot"),
        concat!("/ho", "me/me"),
        concat!("/tmp/", "w/a"),
    ] {
        breaks(
            text::machine,
            "docs/testing.md",
            &format!("first\nin `{folder}`\n"),
        );
    }
    keeps(
        text::machine,
        "docs/testing.md",
        concat!(
            "a/wo",
            "rk, $X/wo",
            "rk ~/x /wo",
            "rks /ro",
            "ots https://docs.rs/wo",
            "rk"
        ),
    );
}

#[test]
fn no_dependency_can_connect() {
    let tree = |lock: &str, deny: &str| {
        let bans: String = text::CONNECTING
            .iter()
            .filter(|name| **name != deny)
            .map(|name| format!("crate = \"{name}\"\n"))
            .collect();
        Tree::from([
            ("Cargo.lock".to_owned(), format!("name = \"{lock}\"\n")),
            ("deny.toml".to_owned(), bans),
        ])
    };
    assert_eq!(text::dependencies(&tree("serde", "")), Vec::<String>::new());
    assert_eq!(
        text::dependencies(&tree("tokio", "")),
        ["Cargo.lock: tokio can open network connections"]
    );
    assert_eq!(
        text::dependencies(&tree("serde", "mio")),
        ["deny.toml: mio is not banned"]
    );
}
