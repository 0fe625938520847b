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
    files.insert(PathBuf::from("man/bulla.toml.5"), settings().into_bytes());
    files
}

const ENVIRONMENT: [(&str, &str); 7] = [
    (
        "BULLA_HOME",
        "The folder of the keyring. Default: bulla in the user's data folder.",
    ),
    (
        "VISUAL, EDITOR",
        "The editor for write --edit and read --edit.",
    ),
    ("PATH", "Where age plugins (age-plugin-NAME) are found."),
    ("NO_COLOR", "If set, messages are not colored."),
    (
        "ACCESSIBLE",
        "If set to anything but 0, output is written for screen readers: nothing is redrawn or erased.",
    ),
    (
        "COLUMNS",
        "The width of the output. Default: the width of the terminal.",
    ),
    (
        "COMPLETE",
        "Makes bulla print completions for this shell. See bulla-completions(1).",
    ),
];

const FILES: [(&str, &str); 4] = [
    (
        "~/.local/share/bulla",
        "The keyring: identities, contacts, groups (on Linux, if BULLA_HOME is not set).",
    ),
    (
        "~/.local/share/bulla/config.toml",
        "The settings of the keyring. See bulla.toml(5).",
    ),
    (
        "~/.config/bulla/config.toml",
        "The settings of this machine, or in XDG_CONFIG_HOME. See bulla.toml(5).",
    ),
    (
        "~/.local/state/bulla",
        "What this machine remembers of its keyrings, or in XDG_STATE_HOME.",
    ),
];

/// The commands that are another program: its options, its exit codes, and nothing of ours.
const OTHER_PROGRAMS: [&str; 3] = ["bulla-age", "bulla-age-keygen", "bulla-age-inspect"];

const ENVIRONMENT_OF_AGE: [(&str, &str); 2] = [
    ("PATH", "Where age plugins (age-plugin-NAME) are found."),
    (
        "AGEDEBUG",
        "If set, no plugin is started, because it would print the keys of files.",
    ),
];

/// As in docs/age-mode.md.
const EXIT_STATUS_OF_AGE: [(&str, &str); 4] = [
    ("0", "success"),
    ("1", "any failure"),
    ("2", "wrong options"),
    (
        "129, 130, 131, 141, 143",
        "ended by a signal (141: the output lost its reader)",
    ),
];

fn pages(command: &Command, name: &str, files: &mut BTreeMap<PathBuf, Vec<u8>>) {
    let mut bytes = Vec::new();
    let leaked: &'static str = Box::leak(name.to_owned().into_boxed_str());
    let bare = command
        .clone()
        .name(leaked)
        .after_long_help(clap::builder::Resettable::Reset);
    clap_mangen::Man::new(bare).render(&mut bytes).unwrap();
    let mut page = String::from_utf8(bytes).unwrap();
    let more = command.get_after_long_help().unwrap().to_string();
    let (_, examples) = more.split_once("Examples:\n").unwrap();
    let examples = examples.split("\n\n").next().unwrap();
    assert!(examples.contains("  bulla "), "{name} has no examples");
    let lines: Vec<_> = examples.lines().map(|line| escaped(line.trim())).collect();
    page.push_str(&format!(".SH EXAMPLES\n.nf\n{}\n.fi\n", lines.join("\n")));
    if OTHER_PROGRAMS.contains(&name) {
        if name == "bulla-age" {
            page.push_str(&list("ENVIRONMENT", &ENVIRONMENT_OF_AGE));
        }
        page.push_str(&list("EXIT STATUS", &EXIT_STATUS_OF_AGE));
        let other = name.trim_start_matches("bulla-");
        page.push_str(&see_also(&["bulla(1)", &escaped(&format!("{other}(1)"))]));
    } else {
        page.push_str(&list("ENVIRONMENT", &ENVIRONMENT));
        page.push_str(&list("FILES", &FILES));
        page.push_str(&list("EXIT STATUS", &exit_status()));
        let above = name.rsplit_once('-').map_or("bulla", |(above, _)| above);
        page.push_str(&see_also(&[
            &format!("{above}(1)"),
            "bulla.toml(5)",
            "age(1)",
        ]));
    }
    files.insert(
        Path::new("man").join(format!("{name}.1")),
        page.into_bytes(),
    );
    for sub in command.get_subcommands() {
        pages(sub, &format!("{name}-{}", sub.get_name()), files);
    }
}

/// The exit codes as the long help of `bulla` lists them.
fn exit_status() -> Vec<(String, String)> {
    let command = bulla::command();
    let help = command.get_after_long_help().unwrap().to_string();
    let (_, codes) = help.rsplit_once(":\n  0 ").unwrap();
    let codes = format!("  0 {codes}");
    codes
        .lines()
        .filter_map(|line| line.trim().split_once("  "))
        .map(|(code, meaning)| (code.to_owned(), meaning.trim().to_owned()))
        .collect()
}

/// The page bulla.toml(5).
fn settings() -> String {
    let mut page = String::from(
        ".TH bulla.toml 5\n.SH NAME\nbulla.toml \\- settings of bulla\n.SH DESCRIPTION\n\
         The settings are in two files called config.toml, one KEY = VALUE per line, in TOML: that of this machine, \
         and that of the keyring. A keyring can come from other people, for example through git, so its file can hold \
         only default_identity, armor and threads. Every setting is optional. This machine's settings take precedence \
         over the keyring's, and command-line options over both. \
         To show the settings and where each one comes from: bulla config\n",
    );
    page.push_str(&list("SETTINGS", &bulla::settings()));
    page.push_str(
        ".SH EXAMPLES\n.nf\ndefault_identity = \"work\"\ndefault_to = [\"team\"]\nsign = true\nunlock_for = \"1h\"\n.fi\n",
    );
    page.push_str(&list("FILES", &FILES));
    page.push_str(&see_also(&["bulla(1)", "bulla\\-config(1)"]));
    page
}

fn list<A: AsRef<str>, B: AsRef<str>>(heading: &str, entries: &[(A, B)]) -> String {
    let mut text = format!(".SH \"{heading}\"\n");
    for (term, meaning) in entries {
        let (term, meaning) = (escaped(term.as_ref()), escaped(meaning.as_ref()));
        text.push_str(&format!(".TP\n\\fB{term}\\fR\n{meaning}\n"));
    }
    text
}

fn see_also(pages: &[&str]) -> String {
    format!(".SH \"SEE ALSO\"\n{}\n", pages.join(", "))
}

/// Text that roff prints as it is.
fn escaped(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('-', "\\-");
    if text.starts_with(['.', '\'']) {
        format!("\\&{text}")
    } else {
        text
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

#[test]
fn the_pages_of_other_programs_have_nothing_of_ours() {
    let files = generated();
    let text = |path: String| String::from_utf8(files[Path::new(&path)].clone()).unwrap();
    for name in OTHER_PROGRAMS {
        let page = text(format!("man/{name}.1"));
        for ours in [
            "quiet",
            "no\\-prompt",
            "keep\\-cached",
            "BULLA_HOME",
            "config.toml",
            "fB3\\fR",
        ] {
            assert!(!page.contains(ours), "{name}: {ours}");
        }
    }
    // The lines of fish have the command and one option each.
    let fish = text("completions/bulla.fish".to_owned());
    let offered = |command: &str, option: &str| {
        let command = format!("subcommand {command}\"");
        let mut lines = fish.lines().filter(|line| line.contains(&command));
        lines.any(|line| line.contains(option))
    };
    assert!(offered("inspect", "-l no-prompt"));
    assert!(offered("age", "-l help"));
    for command in ["age", "age-keygen", "age-inspect"] {
        assert!(!offered(command, "-l no-prompt"), "{command}");
        assert!(!offered(command, "-l json"), "{command}");
    }
    let encrypt = text("man/bulla-encrypt.1".to_owned());
    assert!(encrypt.contains("no\\-prompt") && encrypt.contains("BULLA_HOME"));
}
