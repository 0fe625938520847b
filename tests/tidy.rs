//! Checks the layout of the repository: floors, import cycles, what each room may name, names, and
//! text.
//!
//! Every rule runs on the real tree, and on planted trees that break it: a rule that cannot fail
//! checks nothing.

#![cfg(test)]

#[path = "tidy/graph.rs"]
mod graph;
#[path = "tidy/rules.rs"]
mod rules;
#[path = "tidy/source.rs"]
mod source;
#[path = "tidy/text.rs"]
mod text;

use std::path::Path;

use rules::House;
use source::Tree;

type Rule = fn(&House) -> Vec<String>;

const RULES: [(&str, Rule); 23] = [
    ("floors", rules::floors),
    ("cycles", rules::cycles),
    ("pure rooms", rules::pure_rooms),
    ("programs", rules::programs),
    ("opening", rules::opening),
    ("printing", rules::printing),
    ("kept crates", rules::kept_crates),
    ("exits", rules::exits),
    ("network and maps", rules::network_and_maps),
    ("globs", rules::globs),
    ("no unsafe", rules::no_unsafe),
    ("guards", rules::guards),
    ("words", rules::words),
    ("openings", rules::openings),
    ("commands", rules::commands),
    ("folders", rules::folders),
    ("changelog", |house| text::changelog(house.tree)),
    ("links", |house| text::links(house.tree)),
    ("merges", |house| text::merges(house.tree)),
    ("machine", |house| text::machine(house.tree)),
    ("dependencies", |house| text::dependencies(house.tree)),
    ("explained dependencies", |house| {
        text::explained_dependencies(house.tree)
    }),
    ("cited tests", |house| text::cited_tests(house.tree)),
];

/// How many breaches of a rule are still allowed. These numbers only shrink.
const KNOWN: [(&str, usize); 0] = [];

/// The text files of the workspace.
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
    let house = House::of(&tree);
    let mut broken = Vec::new();
    for (name, rule) in RULES {
        let found = rule(&house);
        let known = KNOWN.iter().find(|(known, _)| *known == name);
        if found.len() > known.map_or(0, |(_, count)| *count) {
            broken.extend(found.iter().map(|at| format!("{name}: {at}")));
        } else if !found.is_empty() {
            println!("tidy: {} breaches of {name} are left", found.len());
        }
    }
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

/// A tree of one file and of some modules to import.
fn planted(path: &str, source: &str) -> Tree {
    let mut tree = tree(&[
        ("src/keyring/mod.rs", "//! x\n"),
        ("src/commands/mod.rs", "//! x\n"),
        ("src/files/mod.rs", "//! x\n"),
        ("Cargo.toml", "unsafe_code = \"forbid\"\n"),
    ]);
    tree.insert(path.to_owned(), source.to_owned());
    tree
}

#[track_caller]
fn breaks(rule: Rule, path: &str, source: &str) {
    let broken = rule(&House::of(&planted(path, source)));
    assert!(!broken.is_empty(), "nothing seen in {path}: {source}");
    assert!(
        broken.iter().all(|at| at.starts_with(path)),
        "something else seen: {broken:?}"
    );
}

#[track_caller]
fn keeps(rule: Rule, path: &str, source: &str) {
    assert_eq!(
        rule(&House::of(&planted(path, source))),
        Vec::<String>::new(),
        "{path}: {source}"
    );
}

#[test]
fn floors_are_held() {
    let rule = rules::floors;
    breaks(rule, "src/keyring/mod.rs", "use crate::commands::Run;");
    breaks(
        rule,
        "src/keyring/store.rs",
        "fn f() { crate::commands::g() }",
    );
    breaks(
        rule,
        "src/files/mod.rs",
        "use crate::{ui::Ui, files::Input, keyring::Keyring};",
    );
    breaks(rule, "src/files/input.rs", "use super::super::keyring;");
    breaks(
        rule,
        "src/files/input.rs",
        "mod tests { use super::super::super::keyring::x; }",
    );
    breaks(
        rule,
        "src/config.rs",
        "#[cfg(test)] mod tests { use crate::commands::x; }",
    );
    breaks(rule, "src/keyring/mod.rs", "fn f() { crate::run() }");
    breaks(rule, "src/keyring/mod.rs", "use super::*;");
    breaks(rule, "src/gadgets/mod.rs", "");
    keeps(
        rule,
        "src/keyring/store.rs",
        "use crate::files::Input; use super::{Key, super::files}; use crate::keyring::y;",
    );
    keeps(
        rule,
        "src/files/mod.rs",
        "// crate::keyring\nconst A: &str = \"crate::keyring\"; /* crate::keyring */",
    );
    keeps(rule, "src/main.rs", "fn main() -> ! { bulla::run() }");
    keeps(
        rule,
        "src/keyring/store.rs",
        "mod tests { use super::*; use super::super::open; }",
    );
    keeps(
        rule,
        "crates/bulla-age/src/identity.rs",
        "use crate::recipient::Recipient;",
    );
}

#[test]
fn the_engine_works_on_bytes_alone() {
    let rule = rules::pure_rooms;
    breaks(
        rule,
        "crates/bulla-age/src/format/mod.rs",
        "use std::fs::File;",
    );
    breaks(
        rule,
        "crates/bulla-age/src/seed.rs",
        "fn f() { std::env::var(\"A\"); }",
    );
    breaks(
        rule,
        "crates/bulla-age/src/seed.rs",
        "use std::time::SystemTime;",
    );
    breaks(
        rule,
        "crates/bulla-age/src/stream/seal.rs",
        "use std::{io::{self, Read}}; fn f() { io::stdin(); }",
    );
    breaks(
        rule,
        "crates/bulla-age/src/header.rs",
        "use std::io; fn f() { writeln!(io::stderr(), \"\"); }",
    );
    breaks(rule, "src/card/contact_card.rs", "use rustix::fs as f;");
    breaks(
        rule,
        "crates/bulla-archive/src/catalogue/reader.rs",
        "use std::fs::File;",
    );
    breaks(
        rule,
        "src/message/paste.rs",
        "fn f() { let dir = std::env::temp_dir(); }",
    );
    keeps(
        rule,
        "crates/bulla-age/src/stream/positioned.rs",
        "use std::os::unix::fs::FileExt; use std::io::{Read, Write};",
    );
    keeps(
        rule,
        "crates/bulla-age/src/seed.rs",
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
    for folder in ["src/card", "crates/bulla-age/src/seed"] {
        let (parent, tests) = (format!("{folder}/mod.rs"), format!("{folder}/tests.rs"));
        let mut tree = planted(&parent, "//! x\n#[cfg(test)]\nmod tests;\n");
        tree.insert(tests, "use std::fs;".to_owned());
        assert_eq!(rules::pure_rooms(&House::of(&tree)), Vec::<String>::new());
        tree.insert(parent, "//! x\nmod tests;\n".to_owned());
        assert_eq!(rules::pure_rooms(&House::of(&tree)).len(), 1);
    }
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
        "crates/bulla-age/src/kinds/ssh.rs",
        "fn f() { std::process::Command::new(\"ssh\"); }",
    );
    breaks(
        rule,
        "crates/bulla-age/src/kinds/mod.rs",
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
        "crates/bulla-age/src/plugin/session.rs",
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
    breaks(rule, "src/jobs/pack.rs", "use std::fs::OpenOptions;");
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
        "src/keyring/mod.rs",
        "#[cfg(test)] mod tests { fn f() { println!(); } }",
    );
    keeps(
        rules::kept_crates,
        "src/ui/prompt.rs",
        "use rpassword::read; fn f() { std::io::stderr(); }",
    );
}

#[test]
fn only_the_engine_knows_the_age_crate() {
    let rule = rules::kept_crates;
    breaks(
        rule,
        "src/commands/encrypt.rs",
        "use age::x25519::Identity;",
    );
    breaks(
        rule,
        "src/card/mod.rs",
        "#[cfg(test)] mod tests { fn f() { age::Encryptor::new(); } }",
    );
    breaks(
        rule,
        "src/ui/mod.rs",
        "use age_core::secrecy::SecretString;",
    );
    breaks(rule, "src/commands/mod.rs", "use age;");
    breaks(rule, "src/card/mod.rs", "use nix::unistd::close;");
    keeps(
        rule,
        "crates/bulla-age/src/kinds/ssh.rs",
        "use age::ssh; use age_core::format::Stanza;",
    );
    keeps(
        rule,
        "crates/bulla-age/src/recipient.rs",
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
    keeps(rule, "src/errors/mod.rs", "use std::process::ExitCode;");
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
        "crates/bulla-age/src/seed.rs",
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
        "crates/bulla-age/src/stream/range.rs",
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
    breaks(
        rules::globs,
        "crates/bulla-age/src/format/mod.rs",
        "use std::io::*;",
    );
    breaks(
        rules::globs,
        "crates/bulla-age/src/format/mod.rs",
        "use std::{io::{Read, *}};",
    );
    keeps(
        rules::globs,
        "crates/bulla-age/src/format/mod.rs",
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
    breaks(
        rules::no_unsafe,
        "tests/cli/setup/env.rs",
        "unsafe fn f() {}",
    );
    keeps(
        rules::no_unsafe,
        "src/process/memory.rs",
        "// unsafe\nconst A: &str = \"unsafe\"; fn is_unsafe() {}",
    );
    let lax = tree(&[("Cargo.toml", "unsafe_code = \"deny\"")]);
    let none = rules::no_unsafe(&House::of(&lax));
    assert_eq!(none.len(), 1);
}

#[test]
fn guards_are_not_patterns() {
    let rule = rules::guards;
    for guard in [
        "Some(a) if let Some(b) = f(a) => b,",
        "_ if a && g() && let 3 = a => b",
        "_ if let Named { a, .. } = b => a",
        "Some(_)\n    if let Some(b) = f(|c| { c }) =>\n    {\n    }",
    ] {
        breaks(
            rule,
            "src/commands/doctor.rs",
            &format!("fn f() {{ match x {{ {guard} }} }}"),
        );
    }
    keeps(
        rule,
        "src/commands/doctor.rs",
        "fn f() { match x { Some(a) => if let Some(b) = a && b >= 3 { b } else { c }, // if let A = b =>\n \
         1 if a == b => c, _ => if let Named { a, .. } = b { match a { 1 => 2 } } } }",
    );
}

#[test]
fn rooms_and_types_have_names_that_say_something() {
    breaks(rules::words, "crates/bulla-age/src/util.rs", "");
    breaks(rules::words, "src/common/mod.rs", "");
    breaks(
        rules::words,
        "src/keyring/ssh.rs",
        "pub(crate) mod helpers { }",
    );
    breaks(
        rules::words,
        "src/keyring/ssh.rs",
        "pub(crate) struct KeyManager;",
    );
    breaks(rules::words, "src/keyring/ssh.rs", "enum HeaderInfo { A }");
    keeps(
        rules::words,
        "src/keyring/ssh.rs",
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
fn a_folder_holds_few_files() {
    let full: Tree = (0..26)
        .map(|i| (format!("src/ui/f{i}.rs"), "//! x\n".to_owned()))
        .collect();
    assert_eq!(
        rules::folders(&House::of(&full)),
        ["src/ui: 26 files, 25 are the most"]
    );
    let two = full.keys().enumerate();
    let two = two.map(|(i, path)| match i {
        0..25 => (path.clone(), String::new()),
        _ => ("src/ui/tests/a.rs".to_owned(), String::new()),
    });
    assert_eq!(
        rules::folders(&House::of(&two.collect())),
        Vec::<String>::new()
    );
}

/// A tree of these files.
fn tree(files: &[(&str, &str)]) -> Tree {
    let files = files.iter();
    files
        .map(|(path, source)| ((*path).to_owned(), (*source).to_owned()))
        .collect()
}

#[test]
fn files_import_each_other_in_one_direction() {
    let there = ("src/ui/a.rs", "use super::b::B; pub(crate) struct A;");
    let back = ("src/ui/b.rs", "use crate::ui::a::A; pub(crate) struct B;");
    assert_eq!(
        rules::cycles(&House::of(&tree(&[there, back]))),
        [
            "src/ui/a.rs:1: imports src/ui/b.rs, in a cycle of 2",
            "src/ui/b.rs:1: imports src/ui/a.rs, in a cycle of 2"
        ]
    );
    let one = ("src/ui/b.rs", "pub(crate) struct B;");
    assert_eq!(
        rules::cycles(&House::of(&tree(&[there, one]))),
        Vec::<String>::new()
    );
    // In tests they may.
    let tested = (
        "src/ui/b.rs",
        "pub(crate) struct B; #[cfg(test)] mod tests { use crate::ui::a::A; }",
    );
    assert_eq!(
        rules::cycles(&House::of(&tree(&[there, tested]))),
        Vec::<String>::new()
    );
    // By a path without an import, and through a third file.
    let three = tree(&[
        ("src/ui/a.rs", "fn a() { super::b::b() }"),
        ("src/ui/b.rs", "fn b() { crate::ui::c::c() }"),
        ("src/ui/c.rs", "fn c() { super::a::a() }"),
    ]);
    assert_eq!(rules::cycles(&House::of(&three)).len(), 3);
    // The engine has the same rule.
    let engine = tree(&[
        ("crates/bulla-age/src/a.rs", "use crate::b::B;"),
        ("crates/bulla-age/src/b.rs", "use crate::a::A; struct B;"),
    ]);
    assert_eq!(
        rules::cycles(&House::of(&engine)).len(),
        4,
        "two files, two rooms"
    );
}

#[test]
fn a_re_export_is_followed_to_the_file_that_defines() {
    let parent = (
        "src/ui/mod.rs",
        "mod a; mod b; pub(crate) use a::A; pub(crate) use self::b::*; use crate::x::X;",
    );
    let a = ("src/ui/a.rs", "pub(crate) struct A;");
    let b = ("src/ui/b.rs", "use super::A; pub(crate) struct B(A);");
    assert_eq!(
        rules::cycles(&House::of(&tree(&[parent, a, b]))),
        Vec::<String>::new()
    );
    let through_a_glob = ("src/ui/a.rs", "use super::B; pub(crate) struct A;");
    assert_eq!(
        rules::cycles(&House::of(&tree(&[parent, through_a_glob, b]))).len(),
        2
    );
    // A parent that uses what it re-exports imports it.
    let parent = (
        "src/ui/mod.rs",
        "mod a; pub(crate) use a::A; pub(crate) struct Ui(A);",
    );
    let a = ("src/ui/a.rs", "use super::Ui; pub(crate) struct A;");
    assert_eq!(rules::cycles(&House::of(&tree(&[parent, a]))).len(), 2);
    let a = ("src/ui/a.rs", "pub(crate) struct A;");
    assert_eq!(
        rules::cycles(&House::of(&tree(&[parent, a]))),
        Vec::<String>::new()
    );
}

#[test]
fn rooms_import_each_other_in_one_direction() {
    let broken = rules::cycles(&House::of(&tree(&[
        (
            "crates/bulla-age/src/kinds/a.rs",
            "use crate::plugin::b::B;",
        ),
        ("crates/bulla-age/src/kinds/c.rs", "pub struct C;"),
        (
            "crates/bulla-age/src/plugin/b.rs",
            "use crate::kinds::c::C; struct B;",
        ),
    ])));
    assert_eq!(
        broken,
        [
            "kinds:1: imports plugin, in a cycle of 2",
            "plugin:1: imports kinds, in a cycle of 2"
        ]
    );
}

#[test]
fn commands_import_no_commands() {
    let show = ("src/commands/contact/show.rs", "pub(crate) fn show() {}");
    let list = ("src/commands/list.rs", "pub(crate) fn list() {}");
    for (path, source) in [
        ("src/commands/who.rs", "use super::list::list;"),
        (
            "src/commands/who.rs",
            "use crate::commands::contact::show::show;",
        ),
        ("src/commands/contact/add.rs", "use super::show::show;"),
        (
            "src/commands/contact/mod.rs",
            "fn f() { super::list::list() }",
        ),
        ("src/commands/doctor/mod.rs", "use super::list::list;"),
        (
            "src/commands/doctor/keyring.rs",
            "use crate::commands::contact::show::show;",
        ),
    ] {
        let broken = rules::commands(&House::of(&tree(&[(path, source), show, list])));
        assert_eq!(broken.len(), 1, "{path}: {source}");
        assert!(broken[0].starts_with(path), "{broken:?}");
    }
    let kept = [
        ("src/commands/contact/mod.rs", "fn f() { show::show() }"),
        ("src/commands/mod.rs", "fn f() { list::list() }"),
        (
            "src/commands/doctor/finding.rs",
            "pub(crate) struct Finding;",
        ),
        (
            "src/commands/doctor/keyring.rs",
            "use super::finding::Finding;",
        ),
        ("src/cli.rs", "use crate::commands::list::list;"),
        show,
        list,
    ];
    assert_eq!(
        rules::commands(&House::of(&tree(&kept))),
        Vec::<String>::new()
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
        |house| text::changelog(house.tree),
        "CHANGELOG.md",
        "# Changelog\n\n## [Unreleased]\n",
    );
}

#[test]
fn links_go_to_known_places() {
    // In halves, so that this file does not link there.
    breaks(
        |house| text::links(house.tree),
        "README.md",
        &format!("see http{}", "://registry.internal:8080/x"),
    );
    breaks(
        |house| text::links(house.tree),
        "Cargo.lock",
        &format!("source = \"sparse+https{}", "://mirror.local/index/\""),
    );
    keeps(
        |house| text::links(house.tree),
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
            |house| text::machine(house.tree),
            "docs/testing.md",
            &format!("first\nin `{folder}`\n"),
        );
    }
    keeps(
        |house| text::machine(house.tree),
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

#[test]
fn no_conflict_of_a_merge_is_left() {
    let rule: Rule = |house| text::merges(house.tree);
    for mark in ["<".repeat(7) + " HEAD", ">".repeat(7) + " branch"] {
        breaks(rule, "README.md", &format!("# Bulla\n{mark}\ntext\n"));
    }
    keeps(
        rule,
        "README.md",
        "# Bulla\n=======\nuse `<<<` or `<<EOF`\n",
    );
}

#[test]
fn the_page_of_dependencies_has_each_direct_one_and_no_other() {
    const MANIFEST: &str = "[dependencies]\nserde = \"1\"\nsha2.workspace = true\n\n[target.'cfg(unix)'.dependencies]\n\
        nix = \"0.31\"\n\n[dev-dependencies]\nvte = \"0.15\"\n";
    let tree = |rows: &[&str]| {
        let page: String = rows
            .iter()
            .map(|row| format!("| `{row}` | x |\n"))
            .collect();
        Tree::from([
            ("Cargo.toml".to_owned(), MANIFEST.to_owned()),
            ("docs/dependencies.md".to_owned(), page),
        ])
    };
    assert_eq!(
        text::explained_dependencies(&tree(&["nix", "serde", "sha2"])),
        Vec::<String>::new()
    );
    assert_eq!(
        text::explained_dependencies(&tree(&["serde", "sha2", "tar"])),
        [
            "docs/dependencies.md: does not say what nix is for",
            "docs/dependencies.md: has a row for tar, which nothing depends on"
        ]
    );
}

#[test]
fn the_threat_model_cites_tests_that_exist() {
    let page = "| held | by |\n|---|---|\n| this `word` | `a_test_of_it`, `another` |\n";
    let tree = |source: &str| {
        Tree::from([
            ("docs/threat-model.md".to_owned(), page.to_owned()),
            ("tests/cli/a.rs".to_owned(), source.to_owned()),
        ])
    };
    assert_eq!(
        text::cited_tests(&tree("fn a_test_of_it() {} fn another() {}")),
        Vec::<String>::new()
    );
    assert_eq!(
        text::cited_tests(&tree("fn a_test_of_it_too() {} fn another() {}")),
        ["docs/threat-model.md: there is no test a_test_of_it"]
    );
}
