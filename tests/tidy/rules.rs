//! The rules about code: floors, cycles, what each room may name, names, sizes of folders.
//!
//! Each rule is a function from a tree of sources to the breaches in it, so it can be tried on
//! planted trees.

use std::collections::BTreeMap;

use crate::graph::{Graph, graphs};
use crate::source::{Named, Tree, code, module_of, names, root_of, test_files, without_tests};

/// The floor of each room of the program. Imports go down only. The engine is a crate of its own,
/// below them all.
const FLOORS: [(&str, u8); 18] = [
    // lib.rs and main.rs.
    ("", TOP),
    ("cli", 11),
    ("age_mode", 10),
    ("commands", 10),
    ("command", 9),
    ("jobs", 8),
    ("report", 7),
    ("select", 7),
    ("identities", 6),
    ("context", 5),
    ("errors", 4),
    ("config", 3),
    ("keyring", 2),
    ("card", 1),
    ("message", 1),
    ("files", 0),
    ("process", 0),
    ("ui", 0),
];

/// The floor of lib.rs and main.rs.
const TOP: u8 = 12;

/// The engine, and the rooms of the program that work on bytes and text alone as well.
const PURE: [&str; 3] = [ENGINE, "card", "message"];

/// The room of every file of the engine.
const ENGINE: &str = "bulla-age";

/// The most source files directly in one folder.
const FOLDER: usize = 25;

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
        rooms: &[ENGINE],
    },
    Kept {
        path: "age_core",
        rooms: &[ENGINE],
    },
    Kept {
        path: "nix",
        rooms: &["files", "process"],
    },
    Kept {
        path: "region",
        rooms: &[ENGINE],
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

/// Paths that rooms working on bytes and text never name.
const WORLD: [&str; 13] = [
    "std::time::SystemTime",
    "std::time::Instant",
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

/// Paths that start a program.
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

/// Paths that open, create, rename or remove files.
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

/// Functions of `std::fs` that change nothing. `process` reads /proc with them.
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

/// One file of a crate, read once.
struct File<'a> {
    path: &'a str,
    module: Vec<String>,
    /// Every path the file names.
    all: Vec<Named>,
    /// The paths it names outside its tests.
    shipped: Vec<Named>,
}

impl File<'_> {
    fn room(&self) -> &str {
        if root_of(self.path) != Some("src/") {
            return ENGINE;
        }
        self.module.first().map_or("", String::as_str)
    }

    fn is_in(&self, rooms: &[&str]) -> bool {
        rooms.contains(&self.room())
    }

    /// The names outside its tests that are one of these paths or below one.
    fn naming<'a>(&'a self, paths: &'a [&str]) -> impl Iterator<Item = &'a Named> {
        self.shipped
            .iter()
            .filter(move |named| paths.iter().any(|path| is_below(named, path)))
    }

    fn breach(&self, named: &Named, why: &str) -> String {
        format!("{}:{}: `{}`: {why}", self.path, named.line, named.text())
    }
}

/// Returns true if this is the path or below it. A path that ends in `::` matches only what is
/// below.
fn is_below(named: &Named, path: &str) -> bool {
    let text = named.text();
    let rest = text
        .strip_prefix(path)
        .filter(|_| named.before != '.' && (named.segments.len() > 1 || named.before == 'u'));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("::") || path.ends_with("::"))
}

/// The sources of the workspace, read once for all rules.
pub(crate) struct House<'a> {
    pub(crate) tree: &'a Tree,
    files: Vec<File<'a>>,
    graphs: Vec<Graph>,
}

impl<'a> House<'a> {
    pub(crate) fn of(tree: &'a Tree) -> Self {
        let tests = test_files(tree);
        let sources = tree
            .iter()
            .filter(|(path, _)| root_of(path).is_some() && path.ends_with(".rs"));
        let files = sources.map(|(path, source)| {
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
        });
        Self {
            tree,
            files: files.collect(),
            graphs: graphs(tree, &tests),
        }
    }

    fn each(&self, rule: impl Fn(&File<'a>) -> Vec<String>) -> Vec<String> {
        self.files.iter().flat_map(rule).collect()
    }
}

fn floor(room: &str) -> Option<u8> {
    FLOORS
        .iter()
        .find(|(name, _)| *name == room)
        .map(|(_, floor)| *floor)
}

/// Imports go down only, never up, never sideways; every room has a floor.
pub(crate) fn floors(house: &House) -> Vec<String> {
    let has = |room: &str| {
        let (file, folder) = (format!("src/{room}.rs"), format!("src/{room}/"));
        house
            .tree
            .keys()
            .any(|path| *path == file || path.starts_with(&folder))
    };
    house.each(|file| {
        if file.room() == ENGINE {
            return Vec::new();
        }
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
                let theirs = if has(room) { floor(room)? } else { TOP };
                (theirs >= own && own < TOP).then(|| file.breach(named, "imports go down only"))
            })
            .collect()
    })
}

/// No file imports itself through others, and no room of the engine does; tests aside.
pub(crate) fn cycles(house: &House) -> Vec<String> {
    let graphs = &house.graphs;
    let rooms: Vec<_> = graphs[1..].iter().map(Graph::rooms).collect();
    graphs
        .iter()
        .chain(&rooms)
        .flat_map(|graph| graph.cycles().into_iter().map(move |cycle| (graph, cycle)))
        .flat_map(|(graph, cycle)| {
            let imports = graph.among(&cycle).into_iter();
            imports.map(move |import| format!("{import} in a cycle of {}", cycle.len()))
        })
        .collect()
}

/// Folders of `commands` that hold a subcommand in each file. Any other folder is one command.
const SUBCOMMANDS: [&str; 3] = ["contact", "group", "identity"];

/// A command imports no other command.
pub(crate) fn commands(house: &House) -> Vec<String> {
    const ROOM: &str = "src/commands/";
    let mut out = Vec::new();
    for (from, targets) in house.graphs.iter().flat_map(|graph| &graph.edges) {
        let Some(file) = from.strip_prefix(ROOM) else {
            continue;
        };
        // The files of this command are below this folder.
        let own = match file.split_once('/') {
            Some((folder, _)) if !SUBCOMMANDS.contains(&folder) => folder,
            _ => file.trim_end_matches("mod.rs").trim_end_matches(".rs"),
        };
        let own = format!("{ROOM}{own}");
        let own = format!("{}/", own.trim_end_matches('/'));
        let others = targets
            .iter()
            .filter(|(to, _)| to.starts_with(ROOM) && !to.starts_with(&own));
        out.extend(
            others.map(|(to, line)| format!("{from}:{line}: imports {to}, another command")),
        );
    }
    out
}

/// No folder of source holds too many files.
pub(crate) fn folders(house: &House) -> Vec<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let sources = house.tree.keys().filter(|path| path.ends_with(".rs"));
    for (folder, _) in sources.filter_map(|path| path.rsplit_once('/')) {
        *counts.entry(folder).or_default() += 1;
    }
    let full = counts.iter().filter(|(_, count)| **count > FOLDER);
    full.map(|(folder, count)| format!("{folder}: {count} files, {FOLDER} are the most"))
        .collect()
}

/// The rooms that work on bytes and text name neither files nor environment nor standard streams.
pub(crate) fn pure_rooms(house: &House) -> Vec<String> {
    house.each(|file| {
        let rooms = if file.is_in(&PURE) { &WORLD[..] } else { &[] };
        let outside = file
            .naming(rooms)
            .filter(|named| !named.segments.iter().any(|part| part == "FileExt"))
            .filter(|named| !is_positioned_io(file, named));
        outside
            .map(|named| file.breach(named, "works on bytes and text alone"))
            .collect()
    })
}

/// Returns true for the one file of the engine that implements its positioned I/O for files.
fn is_positioned_io(file: &File, named: &Named) -> bool {
    file.path.ends_with("stream/positioned.rs") && is_below(named, "std::fs::File")
}

/// Only `process` and the engine's `plugin` start programs.
pub(crate) fn programs(house: &House) -> Vec<String> {
    house.each(|file| {
        let may = file.is_in(&["process"])
            || file.module.iter().any(|part| part == "plugin") && file.room() == ENGINE;
        let named = file.naming(if may { &[] } else { &STARTS });
        named
            .map(|named| file.breach(named, "only process and plugin start programs"))
            .collect()
    })
}

/// Only `files` opens, creates, renames or removes; `ui` opens the terminal, `process` Landlock's
/// folders and /proc.
pub(crate) fn opening(house: &House) -> Vec<String> {
    house.each(|file| {
        let opened = file.naming(&[
            "std::fs",
            "std::os::unix::fs",
            "rustix::fs",
            "nix::fcntl",
            "tempfile",
        ]);
        let positioned = |named: &&Named| {
            file.room() == ENGINE && named.segments.iter().any(|part| part == "FileExt")
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
pub(crate) fn printing(house: &House) -> Vec<String> {
    const MACROS: [&str; 5] = ["print", "println", "eprint", "eprintln", "dbg"];
    house.each(|file| {
        let named = file.shipped.iter().filter(|named| {
            named.next == '!' && MACROS.contains(&named.segments[named.segments.len() - 1].as_str())
        });
        named
            .map(|named| file.breach(named, "only ui prints, and not by macro"))
            .collect()
    })
}

/// Crates and streams that only some rooms may name.
pub(crate) fn kept_crates(house: &House) -> Vec<String> {
    house.each(|file| {
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

/// Only `errors` chooses exit codes. clap's `parse` and `exit` would choose their own.
pub(crate) fn exits(house: &House) -> Vec<String> {
    house.each(|file| {
        if file.is_in(&["", "errors"]) {
            return Vec::new();
        }
        let named = file.shipped.iter().filter(|named| {
            let last = named.segments.last().map_or("", String::as_str);
            EXITS.iter().any(|path| is_below(named, path))
                || (named.text() == "std::process::abort" && file.room() != "process")
                || (last == "exit" && named.before == '.' && named.next == '(')
        });
        named
            .map(|named| file.breach(named, "only errors chooses exit codes"))
            .collect()
    })
}

/// Nothing names a network or maps files into memory, not even tests.
pub(crate) fn network_and_maps(house: &House) -> Vec<String> {
    house.each(|file| {
        let all = file.all.iter();
        let maps = all.filter(|named| MAPS.iter().any(|path| is_below(named, path)));
        let nets = file
            .naming(&NETWORK)
            .chain(file.all.iter().filter(|named| is_below(named, "std::net")));
        let mut out: Vec<_> = nets.map(|named| file.breach(named, "no network")).collect();
        out.extend(maps.map(|named| file.breach(named, "no memory maps")));
        out
    })
}

/// No glob imports from other crates: they hide what is named.
pub(crate) fn globs(house: &House) -> Vec<String> {
    house.each(|file| {
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
pub(crate) fn no_unsafe(house: &House) -> Vec<String> {
    let mut out = Vec::new();
    for (path, source) in house.tree.iter().filter(|(path, _)| path.ends_with(".rs")) {
        let found = names(&code(source), &[])
            .into_iter()
            .filter(|named| named.text() == "unsafe");
        out.extend(found.map(|named| format!("{path}:{}: unsafe", named.line)));
    }
    let manifest = house.tree.get("Cargo.toml").map_or("", String::as_str);
    if !manifest
        .lines()
        .any(|line| line.trim() == "unsafe_code = \"forbid\"")
    {
        out.push("Cargo.toml: unsafe_code is not forbidden".to_owned());
    }
    out
}

/// No guard of a match arm has a pattern: Rust reads those since 1.95 only, and `rust-version` is
/// older. clippy sees items of the standard library that are too new, but not this.
pub(crate) fn guards(house: &House) -> Vec<String> {
    let mut out = Vec::new();
    let roots = |path: &str| path.ends_with(".rs") && root_of(path).is_some();
    for (path, source) in house.tree.iter().filter(|(path, _)| roots(path)) {
        let code = code(source);
        let found = code
            .match_indices("if ")
            .filter(|(at, _)| is_guard_with_pattern(&code[*at..]));
        out.extend(found.map(|(at, _)| {
            let line = code[..at].matches('\n').count() + 1;
            format!("{path}:{line}: a guard with `let` needs Rust 1.95")
        }));
    }
    out
}

/// Returns true if the condition at the beginning of this code has a `let`, and an arrow comes before
/// any block.
fn is_guard_with_pattern(code: &str) -> bool {
    let (mut depth, mut in_pattern, mut has_pattern) = (0, false, false);
    for (at, byte) in code.bytes().enumerate() {
        match byte {
            b'{' if depth == 0 && !in_pattern => return false,
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth -= 1,
            b'l' if depth == 0 && code[at..].starts_with("let ") => {
                (in_pattern, has_pattern) = (true, true);
            }
            b'=' if depth == 0 && code[at..].starts_with("=>") => return has_pattern,
            b'=' if depth == 0 => in_pattern = false,
            _ => {}
        }
        if depth < 0 {
            return false;
        }
    }
    false
}

/// No module or type has a name that says nothing.
pub(crate) fn words(house: &House) -> Vec<String> {
    const DEFINES: [&str; 4] = ["struct ", "enum ", "trait ", "type "];
    let mut out = Vec::new();
    for (path, source) in house
        .tree
        .iter()
        .filter(|(path, _)| root_of(path).is_some())
    {
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

/// Every Rust file begins with a comment about its topic.
pub(crate) fn openings(house: &House) -> Vec<String> {
    let silent = house
        .tree
        .iter()
        .filter(|(path, source)| path.ends_with(".rs") && !source.starts_with("//! "));
    silent
        .map(|(path, _)| format!("{path}: does not open with //!"))
        .collect()
}
