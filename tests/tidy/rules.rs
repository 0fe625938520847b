//! The rules of the house that are about code: floors, what each room may name, words and lengths.
//!
//! Each rule is a function from a tree of sources to what breaks it, so that it can be tried on planted trees.

use crate::source::{Named, Tree, code, module_of, names, test_files, without_tests};

/// Who stands on which floor. Imports go down only; the ground is known to all and knows nobody.
const FLOORS: [(&str, u8); 17] = [
    ("cli", 9),
    ("commands", 8),
    ("context", 7),
    ("failure", 7),
    ("config", 6),
    ("keyring", 5),
    ("sharing", 4),
    ("archive", 4),
    ("keys", 3),
    ("protocol", 2),
    ("format", 1),
    ("payload", 1),
    ("files", 1),
    ("ui", 1),
    ("process", 1),
    ("untrusted", 0),
    // lib.rs and main.rs, and whatever stands in them.
    ("", 10),
];

/// Rooms that work on bytes and text alone.
const PURE: [&str; 5] = ["format", "payload", "protocol", "keys", "sharing"];

/// Files longer than this, tests, comments and blank lines aside, are too long.
const LONGEST: usize = 400;

const ROOM_WORDS: [&str; 12] = [
    "util",
    "utils",
    "common",
    "helper",
    "helpers",
    "misc",
    "prelude",
    "data",
    "info",
    "manager",
    "handler",
    "processor",
];

const TYPE_WORDS: [&str; 5] = ["Data", "Info", "Manager", "Handler", "Processor"];

/// A crate, or a part of one, that only some rooms may name.
struct Kept {
    path: &'static str,
    rooms: &'static [&'static str],
}

const KEPT: [Kept; 16] = [
    Kept {
        path: "age",
        rooms: &["keys"],
    },
    Kept {
        path: "age_core",
        rooms: &["keys", "format", "payload", "protocol"],
    },
    Kept {
        path: "nix",
        rooms: &["files", "process"],
    },
    Kept {
        path: "region",
        rooms: &["process"],
    },
    Kept {
        path: "seccompiler",
        rooms: &["process"],
    },
    Kept {
        path: "landlock",
        rooms: &["process"],
    },
    Kept {
        path: "linux_keyutils",
        rooms: &["process"],
    },
    Kept {
        path: "signal_hook",
        rooms: &["process"],
    },
    Kept {
        path: "rpassword",
        rooms: &["ui"],
    },
    Kept {
        path: "clap_complete",
        rooms: &["cli"],
    },
    Kept {
        path: "indicatif",
        rooms: &["ui"],
    },
    Kept {
        path: "rustix::termios",
        rooms: &["ui"],
    },
    Kept {
        path: "std::io::stderr",
        rooms: &["ui"],
    },
    Kept {
        path: "std::io::stdout",
        rooms: &["ui", "files"],
    },
    Kept {
        path: "std::io::stdin",
        rooms: &["ui", "files"],
    },
    Kept {
        path: "rustix::stdio",
        rooms: &["ui", "files", "process"],
    },
];

/// What `format payload protocol keys sharing` never name.
const WORLD: [&str; 11] = [
    "std::fs",
    "std::env",
    "std::io::stdin",
    "std::io::stdout",
    "std::io::stderr",
    "std::os::unix::fs",
    "rustix::fs",
    "rustix::stdio",
    "rustix::process",
    "tempfile",
    "nix",
];

/// What starts a program.
const STARTS: [&str; 8] = [
    "std::process::Command",
    "std::os::unix::process::CommandExt",
    "age::plugin",
    "age_core::plugin",
    "rustix::runtime",
    "nix::unistd::execv",
    "nix::unistd::execve",
    "nix::unistd::fork",
];

/// What opens, creates, renames or removes.
const OPENS: [&str; 8] = [
    "std::fs::File::",
    "std::fs::OpenOptions",
    "std::fs::DirBuilder",
    "std::os::unix::fs::OpenOptionsExt",
    "std::os::unix::fs::DirBuilderExt",
    "rustix::fs",
    "nix::fcntl",
    "tempfile",
];

/// Functions of `std::fs` that change nothing: `process` reads /proc with them, `ui` nothing.
const READS: [&str; 5] = [
    "read",
    "read_to_string",
    "read_dir",
    "read_link",
    "metadata",
];

const NETWORK: [&str; 6] = [
    "std::net",
    "core::net",
    "std::os::unix::net",
    "rustix::net",
    "nix::sys::socket",
    "socket2",
];

const MAPS: [&str; 4] = ["rustix::mm", "nix::sys::mman", "memmap", "memmap2"];

const EXITS: [&str; 4] = [
    "std::process::exit",
    "std::process::ExitCode",
    "std::process::Termination",
    "rustix::process::exit",
];

/// One file of src/, read once.
struct File<'a> {
    path: &'a str,
    module: Vec<String>,
    /// Everything it names.
    all: Vec<Named>,
    /// What it names outside its tests.
    shipped: Vec<Named>,
}

impl File<'_> {
    fn room(&self) -> &str {
        self.module.first().map_or("", String::as_str)
    }

    fn is_in(&self, rooms: &[&str]) -> bool {
        rooms.contains(&self.room())
    }

    /// What it ships that names one of these paths or something below them.
    fn naming<'a>(&'a self, paths: &'a [&str]) -> impl Iterator<Item = &'a Named> {
        self.shipped
            .iter()
            .filter(move |named| paths.iter().any(|path| is_below(named, path)))
    }

    fn breach(&self, named: &Named, why: &str) -> String {
        format!("{}:{}: `{}`: {why}", self.path, named.line, named.text())
    }
}

/// Whether this is the path or stands below it; a path that ends in `::` means only what is below.
fn is_below(named: &Named, path: &str) -> bool {
    let text = named.text();
    let rest = text
        .strip_prefix(path)
        .filter(|_| named.before != '.' && (named.segments.len() > 1 || named.before == 'u'));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("::") || path.ends_with("::"))
}

fn files(tree: &Tree) -> Vec<File<'_>> {
    let tests = test_files(tree);
    let sources = tree
        .iter()
        .filter(|(path, _)| path.starts_with("src/") && path.ends_with(".rs"));
    sources
        .map(|(path, source)| {
            let (code, module) = (code(source), module_of(path));
            let all = names(&code, &module);
            let shipped = if tests.contains(path) {
                Vec::new()
            } else {
                names(&without_tests(&code), &module)
            };
            File {
                path,
                module,
                all,
                shipped,
            }
        })
        .collect()
}

fn each<'a>(tree: &'a Tree, rule: impl Fn(&File<'a>) -> Vec<String>) -> Vec<String> {
    files(tree).iter().flat_map(rule).collect()
}

fn floor(room: &str) -> Option<u8> {
    FLOORS
        .iter()
        .find(|(name, _)| *name == room)
        .map(|(_, floor)| *floor)
}

/// Imports go down only, never up, never sideways; every room has a floor.
pub(crate) fn floors(tree: &Tree) -> Vec<String> {
    let has = |room: &str| {
        let (file, folder) = (format!("src/{room}.rs"), format!("src/{room}/"));
        tree.keys()
            .any(|path| *path == file || path.starts_with(&folder))
    };
    each(tree, |file| {
        let Some(own) = floor(file.room()) else {
            return vec![format!("{}: room {} has no floor", file.path, file.room())];
        };
        let inside = file
            .all
            .iter()
            .filter(|named| named.segments[0] == "crate" && named.segments.len() > 1);
        inside
            .filter(|named| named.segments[1] != file.room())
            .filter_map(|named| {
                let room = named.segments[1].as_str();
                let theirs = if has(room) { floor(room)? } else { 9 };
                (theirs >= own && own < 9).then(|| file.breach(named, "imports go down only"))
            })
            .collect()
    })
}

/// The rooms that work on bytes and text name neither files nor environment nor standard streams.
pub(crate) fn pure_rooms(tree: &Tree) -> Vec<String> {
    each(tree, |file| {
        let rooms = if file.is_in(&PURE) { &WORLD[..] } else { &[] };
        let outside = file
            .naming(rooms)
            .filter(|named| !named.segments.iter().any(|part| part == "FileExt"));
        outside
            .map(|named| file.breach(named, "works on bytes and text alone"))
            .collect()
    })
}

/// Only `process` and `keys/plugin` start programs.
pub(crate) fn programs(tree: &Tree) -> Vec<String> {
    each(tree, |file| {
        let may = file.is_in(&["process"])
            || file
                .module
                .starts_with(&["keys".to_owned(), "plugin".to_owned()]);
        let named = file.naming(if may { &[] } else { &STARTS });
        named
            .map(|named| file.breach(named, "only process and keys/plugin start programs"))
            .collect()
    })
}

/// Only `files` opens, creates, renames or removes; `ui` opens the terminal, `process` Landlock's folders and /proc.
pub(crate) fn opening(tree: &Tree) -> Vec<String> {
    each(tree, |file| {
        let opened = file.naming(&[
            "std::fs",
            "std::os::unix::fs",
            "rustix::fs",
            "nix::fcntl",
            "tempfile",
        ]);
        let positioned = |named: &&Named| {
            file.room() == "payload" && named.segments.iter().any(|part| part == "FileExt")
        };
        let wrong = opened.filter(|named| !positioned(named)).filter(|named| {
            let last = named.segments.last().map_or("", String::as_str);
            let call = last.starts_with(char::is_lowercase) && !["fs", "unix"].contains(&last);
            let opens = call || OPENS.iter().any(|path| is_below(named, path));
            match file.room() {
                "files" => false,
                "process" => {
                    call && is_below(named, "std::fs")
                        && !is_below(named, "std::fs::File")
                        && !READS.contains(&last)
                }
                "ui" => {
                    call && !["std::fs::File", "std::fs::OpenOptions", "rustix::fs"]
                        .iter()
                        .any(|path| is_below(named, path))
                }
                _ => opens,
            }
        });
        wrong
            .map(|named| file.breach(named, "only files opens, creates, renames or removes"))
            .collect()
    })
}

/// Only `ui` prints or prompts, and never by the macros that panic.
pub(crate) fn printing(tree: &Tree) -> Vec<String> {
    const MACROS: [&str; 5] = ["print", "println", "eprint", "eprintln", "dbg"];
    each(tree, |file| {
        let named = file.shipped.iter().filter(|named| {
            named.next == '!' && MACROS.contains(&named.segments[named.segments.len() - 1].as_str())
        });
        named
            .map(|named| file.breach(named, "only ui prints, and not by macro"))
            .collect()
    })
}

/// Crates and streams that only some rooms name.
pub(crate) fn kept_crates(tree: &Tree) -> Vec<String> {
    each(tree, |file| {
        let mut out = Vec::new();
        for kept in KEPT.iter().filter(|kept| !file.is_in(kept.rooms)) {
            let named = file.all.iter().filter(|_| kept.path.starts_with("age"));
            let shipped = file
                .shipped
                .iter()
                .filter(|_| !kept.path.starts_with("age"));
            let named = named
                .chain(shipped)
                .filter(|named| is_below(named, kept.path));
            out.extend(
                named.map(|named| {
                    file.breach(named, &format!("only {} may", kept.rooms.join(", ")))
                }),
            );
        }
        out
    })
}

/// Only `failure` chooses exit codes; clap's parse and exit choose them by themselves.
pub(crate) fn exits(tree: &Tree) -> Vec<String> {
    each(tree, |file| {
        if file.is_in(&["", "failure"]) {
            return Vec::new();
        }
        let named = file.shipped.iter().filter(|named| {
            let last = named.segments.last().map_or("", String::as_str);
            EXITS.iter().any(|path| is_below(named, path))
                || (named.text() == "std::process::abort" && file.room() != "process")
                || (last == "exit" && named.before == '.' && named.next == '(')
        });
        named
            .map(|named| file.breach(named, "only failure chooses exit codes"))
            .collect()
    })
}

/// Nothing names a network, nothing maps files into memory; tests neither.
pub(crate) fn network_and_maps(tree: &Tree) -> Vec<String> {
    each(tree, |file| {
        let all = file.all.iter();
        let maps = all.filter(|named| MAPS.iter().any(|path| is_below(named, path)));
        let nets = file
            .naming(&NETWORK)
            .chain(file.all.iter().filter(|named| is_below(named, "std::net")));
        let mut out: Vec<_> = nets
            .map(|named| file.breach(named, "Bulla speaks to no one"))
            .collect();
        out.extend(maps.map(|named| file.breach(named, "no memory maps")));
        out
    })
}

/// Globs of the standard library hide what is named.
pub(crate) fn globs(tree: &Tree) -> Vec<String> {
    each(tree, |file| {
        let named = file.all.iter().filter(|named| {
            let outside = ["std", "core", "age", "age_core", "rustix", "nix"]
                .contains(&named.segments[0].as_str());
            outside && named.text().ends_with("::*") && !named.text().ends_with("::prelude::*")
        });
        named
            .map(|named| file.breach(named, "a glob hides what is named"))
            .collect()
    })
}

/// No `unsafe` anywhere, tests included.
pub(crate) fn no_unsafe(tree: &Tree) -> Vec<String> {
    let mut out = Vec::new();
    for (path, source) in tree.iter().filter(|(path, _)| path.ends_with(".rs")) {
        let found = names(&code(source), &[])
            .into_iter()
            .filter(|named| named.text() == "unsafe");
        out.extend(found.map(|named| format!("{path}:{}: unsafe", named.line)));
    }
    let manifest = tree.get("Cargo.toml").map_or("", String::as_str);
    if !manifest
        .lines()
        .any(|line| line.trim() == "unsafe_code = \"forbid\"")
    {
        out.push("Cargo.toml: unsafe_code is not forbidden".to_owned());
    }
    out
}

/// No room is called by a word that says nothing, and no type.
pub(crate) fn words(tree: &Tree) -> Vec<String> {
    const DEFINES: [&str; 4] = ["struct ", "enum ", "trait ", "type "];
    let mut out = Vec::new();
    for (path, source) in tree.iter().filter(|(path, _)| path.starts_with("src/")) {
        let module = module_of(path);
        out.extend(
            module
                .iter()
                .filter(|part| ROOM_WORDS.contains(&part.as_str()))
                .map(|part| format!("{path}: a room called {part}")),
        );
        for (number, line) in code(source).lines().enumerate() {
            let word = |start: &str| {
                let (before, after) = line.split_once(start)?;
                let starts = before.chars().last().is_none_or(|c| c == ' ' || c == ')');
                starts.then(|| {
                    after
                        .split(|c: char| !c.is_alphanumeric() && c != '_')
                        .next()
                        .unwrap_or("")
                })
            };
            let named = DEFINES.iter().filter_map(|start| word(start));
            let types = named.filter(|name| TYPE_WORDS.iter().any(|end| name.ends_with(end)));
            out.extend(types.map(|name| format!("{path}:{}: a type called {name}", number + 1)));
            let rooms = word("mod ").filter(|name| ROOM_WORDS.contains(name));
            out.extend(rooms.map(|name| format!("{path}:{}: a room called {name}", number + 1)));
        }
    }
    out
}

/// Every file of Rust says first what it owns.
pub(crate) fn openings(tree: &Tree) -> Vec<String> {
    let silent = tree
        .iter()
        .filter(|(path, source)| path.ends_with(".rs") && !source.starts_with("//! "));
    silent
        .map(|(path, _)| format!("{path}: does not open with //!"))
        .collect()
}

/// Lines of a file that count: no tests, no comments, no blank ones.
pub(crate) fn length(source: &str) -> usize {
    let code = without_tests(&code(source));
    code.lines().filter(|line| !line.trim().is_empty()).count()
}

/// No file of src/ is too long.
pub(crate) fn lengths(tree: &Tree) -> Vec<String> {
    let tests = test_files(tree);
    let shipped = tree
        .iter()
        .filter(|(path, _)| path.starts_with("src/") && !tests.contains(*path));
    let long = shipped
        .map(|(path, source)| (path, length(source)))
        .filter(|(_, lines)| *lines > LONGEST);
    long.map(|(path, lines)| format!("{path}: {lines} lines, {LONGEST} are the most"))
        .collect()
}
