//! `docs/interop.md`: the tables between its marks are what the tests saw.
//!
//! `BULLA_REGENERATE=1` writes them again.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;

use crate::env::TestEnv;
use crate::kinds::{Kind, Means, reads};
use crate::matrix::{Cell, Cells};
use crate::peers::{Peer, Peers};

/// Two tests write the page.
static PAGE: Mutex<()> = Mutex::new(());

/// Whether everything is there that the page is about. Says so if not.
pub(crate) fn is_whole(peers: &Peers, kinds: usize) -> bool {
    let whole = peers.present().len() == Peer::ALL.len() && kinds == Kind::ALL.len();
    if !whole {
        eprintln!(
            "skipped: docs/interop.md is not compared, because not every program is installed"
        );
    }
    whole
}

/// What each program says its version is.
pub(crate) fn versions(env: &TestEnv, peers: &Peers) -> String {
    let version = |&peer: &Peer| match peer {
        Peer::Age | Peer::Age13 => format!("age {}", peers.version(env, peer)),
        Peer::Bulla => String::from("bulla of this repository"),
        _ => format!("{} {}", peer.name(), peers.version(env, peer)),
    };
    let versions: Vec<_> = peers.present().iter().map(version).collect();
    format!("Versions: {}.\n", versions.join(", "))
}

/// A table for each kind of key.
pub(crate) fn matrix(cells: &Cells) -> String {
    let mut text = String::new();
    let mut files = 0;
    for kind in Kind::ALL {
        let names = Peer::ALL.map(Peer::name).join(" | ");
        text += &format!("### {}\n\n| written by | {names} |\n|---|", kind.title());
        text += &"---|".repeat(Peer::ALL.len());
        text += "\n";
        for writer in Peer::ALL {
            text += &format!("| {} |", writer.name());
            for reader in Peer::ALL {
                let cell = cells.get(&(kind, writer, reader));
                text += &match cell {
                    Some(Cell::Opens(count, means)) => {
                        files += count;
                        let plugin = if *means == Means::Plugin { " p" } else { "" };
                        format!(" {count}{plugin} |")
                    }
                    Some(Cell::Refuses) => String::from(" refused |"),
                    Some(Cell::NotWritten) | None => String::from(" – |"),
                };
            }
            text += "\n";
        }
        text += "\n";
    }
    let count = cells.len();
    format!("{count} cells, {files} files decrypted.\n\n{text}")
}

/// A row for each kind of file: the number of keys that open it.
pub(crate) fn files(rows: &[String], cells: &BTreeMap<(String, Kind, Peer), usize>) -> String {
    let names = Peer::ALL.map(Peer::name).join(" | ");
    let mut text = format!("| file | keys | {names} |\n|---|---|");
    text += &"---|".repeat(Peer::ALL.len());
    text += "\n";
    for row in rows {
        for (kind, keys) in [(Kind::X25519, "X25519"), (Kind::Hybrid, "post-quantum")] {
            text += &format!("| {row} | {keys} |");
            for reader in Peer::ALL {
                let count = cells[&(row.clone(), kind, reader)];
                let means = reads(reader, kind);
                let plugin = if means == Means::Plugin { " p" } else { "" };
                text += &format!(" {count}{plugin} |");
            }
            text += "\n";
        }
    }
    let total: usize = cells.values().sum();
    let tried = cells.len() * 3;
    format!(
        "{tried} attempts: {total} decrypted, {} refused.\n\n{text}",
        tried - total
    )
}

/// Compares a part of the page with what was seen, or writes it.
pub(crate) fn holds(part: &str, seen: &str, versions: &str) {
    let _one_at_a_time = PAGE.lock();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/interop.md");
    let page = std::fs::read_to_string(&path).unwrap();
    if std::env::var_os("BULLA_REGENERATE").is_some() {
        let page = with_part(&page, part, seen);
        std::fs::write(&path, with_part(&page, "versions", versions)).unwrap();
        return;
    }
    // Versions are those of the day when the page was made.
    assert!(
        with_part(&page, part, seen) == page,
        "docs/interop.md is stale: BULLA_REGENERATE=1 BULLA_TEST_SLOW=1 cargo test slow_every\n{seen}"
    );
}

/// The page with this between the marks of a part.
fn with_part(page: &str, part: &str, text: &str) -> String {
    let (start, end) = (
        format!("<!-- {part} -->\n"),
        format!("<!-- end of {part} -->"),
    );
    let (before, rest) = page.split_once(&start).unwrap();
    let (_, after) = rest.split_once(&end).unwrap();
    format!("{before}{start}\n{}\n\n{end}{after}", text.trim())
}

#[test]
fn only_what_is_between_the_marks_is_replaced() {
    let page = "a\n<!-- b -->\n\nold\n\n<!-- end of b -->\nc\n";
    let new = "a\n<!-- b -->\n\nnew\n\n<!-- end of b -->\nc\n";
    assert_eq!(with_part(page, "b", "new\n"), new);
    assert_eq!(with_part(new, "b", "new\n"), new);
}
