//! The rules about text: changelog, links, merges, paths of one machine, dependencies, cited tests.

use std::collections::BTreeSet;

use crate::source::Tree;

/// Crates that can open a network connection. deny.toml has the same list for every target and
/// feature.
pub(crate) const CONNECTING: [&str; 34] = [
    "actix-web",
    "async-io",
    "async-net",
    "async-std",
    "attohttpc",
    "awc",
    "axum",
    "curl",
    "curl-sys",
    "git2",
    "h2",
    "hickory-resolver",
    "hyper",
    "hyper-util",
    "isahc",
    "libssh2-sys",
    "mio",
    "native-tls",
    "openssl",
    "openssl-sys",
    "quinn",
    "reqwest",
    "rustls",
    "smol",
    "socket2",
    "ssh2",
    "surf",
    "tiny_http",
    "tokio",
    "tonic",
    "trust-dns-resolver",
    "tungstenite",
    "ureq",
    "zmq",
];

/// Hosts that text may link to. Add one when a text needs it.
const HOSTS: [&str; 20] = [
    "age-encryption.org",
    "api.github.com",
    "c2sp.org",
    "crates.io",
    "csrc.nist.gov",
    "datatracker.ietf.org",
    "doc.rust-lang.org",
    "docs.rs",
    "eprint.iacr.org",
    "example.com",
    "filippo.io",
    "github.com",
    "keepachangelog.com",
    "rustsec.org",
    "semver.org",
    "str4d.xyz",
    "www.apache.org",
    "www.w3.org",
    "www.rfc-editor.org",
    "www.unicode.org",
];

/// Folders of one machine. They are in halves, so that this file does not name them.
const FOLDERS: [(&str, &str); 4] = [
    ("/wo", "rk"),
    ("/ro", "ot"),
    ("/ho", "me/"),
    ("/tmp/", "w/"),
];

/// The changelog has a section for unreleased changes.
pub(crate) fn changelog(tree: &Tree) -> Vec<String> {
    let text = tree.get("CHANGELOG.md").map_or("", String::as_str);
    let there = text.lines().any(|line| line.starts_with("## [Unreleased]"));
    if there {
        Vec::new()
    } else {
        vec!["CHANGELOG.md: no [Unreleased] section".to_owned()]
    }
}

/// Every link goes to a known host.
pub(crate) fn links(tree: &Tree) -> Vec<String> {
    let mut out = Vec::new();
    for (path, text) in tree {
        for piece in text
            .split("://")
            .zip(text.split("://").skip(1))
            .filter_map(after_http)
        {
            let host = piece
                .split(|c: char| !c.is_ascii_alphanumeric() && c != '.' && c != '-')
                .next();
            let host = host.unwrap_or("").trim_end_matches('.');
            if !host.is_empty() && !HOSTS.contains(&host) {
                out.push(format!(
                    "{path}: links to {host}, which is not in the word list"
                ));
            }
        }
    }
    out
}

fn after_http<'a>((before, after): (&str, &'a str)) -> Option<&'a str> {
    (before.ends_with("http") || before.ends_with("https")).then_some(after)
}

/// No text names a folder of the machine on which it was written.
pub(crate) fn machine(tree: &Tree) -> Vec<String> {
    let mut out = Vec::new();
    for (path, text) in tree {
        for (number, line) in text.lines().enumerate() {
            let named = FOLDERS
                .iter()
                .map(|(a, b)| format!("{a}{b}"))
                .find(|folder| names_folder(line, folder));
            out.extend(named.map(|folder| format!("{path}:{}: names {folder}", number + 1)));
        }
    }
    out
}

/// Returns true if a line names this folder, and not one whose path only ends like it.
fn names_folder(line: &str, folder: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || "._-}])~".contains(c);
    line.match_indices(folder).any(|(at, _)| {
        let after = line[at + folder.len()..].chars().next();
        !line[..at].ends_with(part) && (folder.ends_with('/') || !after.is_some_and(part))
    })
}

/// No dependency can open a connection, and deny.toml bans each crate that could.
pub(crate) fn dependencies(tree: &Tree) -> Vec<String> {
    let text = |name: &str| tree.get(name).map_or("", String::as_str);
    let quoted = |name: &str| format!("\"{name}\"");
    let mut out = Vec::new();
    for name in CONNECTING {
        if text("Cargo.lock")
            .lines()
            .any(|line| line.strip_prefix("name = ") == Some(&quoted(name)))
        {
            out.push(format!("Cargo.lock: {name} can open network connections"));
        }
        if !text("deny.toml")
            .lines()
            .any(|line| line.contains("crate =") && line.contains(&quoted(name)))
        {
            out.push(format!("deny.toml: {name} is not banned"));
        }
    }
    out
}

/// No file has the marks that git leaves where a merge had a conflict.
pub(crate) fn merges(tree: &Tree) -> Vec<String> {
    let marks = ["<", ">"].map(|sign| sign.repeat(7) + " ");
    let is_mark = |line: &str| marks.iter().any(|mark| line.starts_with(mark));
    let left = tree.iter().filter(|(_, text)| text.lines().any(is_mark));
    left.map(|(path, _)| format!("{path}: a merge left a conflict"))
        .collect()
}

/// The page of dependencies has a row for each direct dependency of a package, and no other.
pub(crate) fn explained_dependencies(tree: &Tree) -> Vec<String> {
    const PAGE: &str = "docs/dependencies.md";
    let manifests = tree.iter().filter(|(path, _)| {
        let folder = path.strip_suffix("Cargo.toml");
        folder.is_some_and(|folder| folder.is_empty() || folder.starts_with("crates/"))
    });
    let direct: BTreeSet<&str> = manifests.flat_map(|(_, text)| direct(text)).collect();
    let page = tree.get(PAGE).map_or("", String::as_str);
    let rows: BTreeSet<&str> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once("` |"))
        .map(|(name, _)| name)
        .collect();
    let missing = direct.difference(&rows);
    let missing = missing.map(|name| format!("{PAGE}: does not say what {name} is for"));
    let gone = rows.difference(&direct);
    let gone = gone.map(|name| format!("{PAGE}: has a row for {name}, which nothing depends on"));
    missing.chain(gone).collect()
}

/// The dependencies on other projects in a Cargo.toml, also those for one system only.
fn direct(manifest: &str) -> Vec<&str> {
    let mut inside = false;
    let mut out = Vec::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            inside = line == "[dependencies]" || line.ends_with(".dependencies]");
            inside &= line != "[workspace.dependencies]";
        } else if inside && let Some((name, _)) = line.split_once('=') {
            let name = name.trim().trim_end_matches(".workspace");
            let ours = line.contains("path = ");
            if !ours && !name.starts_with('#') {
                out.push(name);
            }
        }
    }
    out
}

/// Every test that a table of the threat model names exists.
pub(crate) fn cited_tests(tree: &Tree) -> Vec<String> {
    const PAGE: &str = "docs/threat-model.md";
    let page = tree.get(PAGE).map_or("", String::as_str);
    let rows = page.lines().filter(|line| line.starts_with('|'));
    let cells = rows.filter_map(|row| row.trim_end_matches('|').rsplit('|').next());
    let exists = |name: &str| {
        let function = format!("fn {name}(");
        tree.iter()
            .any(|(path, text)| path.ends_with(".rs") && text.contains(&function))
    };
    cells
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .filter(|name| !exists(name))
        .map(|name| format!("{PAGE}: there is no test {name}"))
        .collect()
}
