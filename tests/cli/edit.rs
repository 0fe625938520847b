//! Editing encrypted files: the readers, the form of the file, and texts that are never lost.

/// Texts that cannot be saved, and files that change meanwhile.
mod conflicts;
/// Killed at every system call.
mod cuts;
/// What reaches a disk.
mod disk;
/// Who can open the file afterwards.
mod readers;

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use bulla_age::format::Source;
use bulla_age::{Inspection, LockedFile};

use crate::env::{Outcome, Run, TestEnv};
use crate::share::three;

impl TestEnv {
    /// Writes an editor: a script, to which `$1` is the file. Returns its path.
    pub(crate) fn editor(&self, script: &str) -> PathBuf {
        let text = format!("#!/bin/sh\nPATH=/usr/bin:/bin\n{script}\n");
        // The program must not be open for writing in any process when it is started.
        let path = self.write("../bin/new-editor", text);
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
        let editor = self.path("../bin/editor");
        std::fs::rename(path, &editor).unwrap();
        editor
    }

    /// `bulla edit` with these arguments and this editor.
    pub(crate) fn edit(&self, args: &[&str], script: &str) -> Run<'_> {
        self.bulla([&["edit"], args].concat())
            .env("EDITOR", self.editor(script))
    }

    /// Edits on a terminal. `None` if there is none.
    pub(crate) fn edits(&self, args: &[&str], script: &str) -> Option<Outcome> {
        Some(self.edit(args, script).on_terminal()?.end())
    }

    /// The text of a file, as a key opens it.
    #[track_caller]
    pub(crate) fn text_of(&self, file: &str, key: &str) -> String {
        let said = self
            .bulla(["decrypt", "-q", "-i", key, "-o", "-", file])
            .run();
        assert_eq!(said.code, Some(0), "{file}: {}", said.stderr);
        String::from_utf8(said.stdout).unwrap()
    }
}

/// What is printed on a terminal.
pub(crate) fn screen(outcome: &Outcome) -> String {
    String::from_utf8_lossy(&outcome.stdout).into_owned()
}

fn stanzas(file: &[u8]) -> Vec<String> {
    let closed = LockedFile::read(&mut Source::new(file).unwrap()).unwrap();
    let kinds = Inspection::new(&closed, None).stanzas.into_iter();
    kinds
        .map(|stanza| stanza.kind.as_raw().to_owned())
        .collect()
}

#[test]
fn a_changed_text_is_encrypted_again_with_a_new_key_in_the_same_form() {
    let env = three();
    for options in [
        &[][..],
        &["--armor"],
        &["--plain"],
        &["--sign"],
        &["--hide-recipients"],
    ] {
        env.write("f", "one\n");
        let to: &[&str] = if options.contains(&"--plain") || options.contains(&"--hide-recipients")
        {
            &["--to", "me"]
        } else {
            &["--to", "bob"]
        };
        if options == ["--sign"] {
            // The identity of `three` was imported and cannot sign.
            continue;
        }
        env.does(&[&["encrypt", "-qf", "f"], options, to].concat());
        let before = env.read("f.age");
        std::fs::set_permissions(env.path("f.age"), PermissionsExt::from_mode(0o640)).unwrap();
        let Some(edited) = env.edits(&["f.age"], "echo two >>\"$1\"; echo \"$1\" >name") else {
            return;
        };
        assert_eq!(edited.code, Some(0), "{options:?}: {edited:?}");
        let now = env.read("f.age");
        assert_ne!(before, now);
        assert_eq!(env.text_of("f.age", "key"), "one\ntwo\n", "{options:?}");
        assert_eq!(stanzas(&before), stanzas(&now), "{options:?}");
        assert_eq!(
            now.starts_with(b"-----BEGIN AGE"),
            options == ["--armor"],
            "{options:?}"
        );
        let mode = env.path("f.age").metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o640, "{options:?}");
        let name = String::from_utf8(env.read("name")).unwrap();
        assert!(
            name.starts_with("/dev/shm/") && name.ends_with("/f\n"),
            "{name}"
        );
        assert!(!PathBuf::from(name.trim_end()).parent().unwrap().exists());
        // Those who had the old file key cannot open the new payload with the old header.
        let offset = |file: &[u8]| {
            let at = file
                .windows(5)
                .position(|window| window == b"\n--- ")
                .unwrap()
                + 1;
            at + file[at..].iter().position(|byte| *byte == b'\n').unwrap() + 1
        };
        if options != ["--armor"] {
            let mixed = [&before[..offset(&before)], &now[offset(&now)..]].concat();
            env.write("mixed.age", mixed);
            let mixed = env
                .bulla(["decrypt", "-qi", "key", "-o", "-", "mixed.age"])
                .run();
            assert!(matches!(mixed.code, Some(4 | 5)), "{mixed:?}");
        }
    }
    let hidden = env.bulla(["who", "--json", "f.age"]).run();
    assert!(String::from_utf8_lossy(&hidden.stdout).contains("hidden") || hidden.code == Some(0));
}

#[test]
fn a_new_file_without_a_text_is_not_created() {
    let env = three();
    let Some(edited) = env.edits(&["new.age", "--to", "bob"], "true") else {
        return;
    };
    let shown = screen(&edited);
    assert_eq!(edited.code, Some(0), "{shown}");
    assert!(shown.ends_with("\nnew.age was not created\n"), "{shown}");
    assert!(!env.path("new.age").exists());
}

#[test]
fn a_text_that_did_not_change_leaves_the_file_alone() {
    let env = three();
    let before = (
        env.read("plain.age"),
        env.path("plain.age")
            .metadata()
            .unwrap()
            .modified()
            .unwrap(),
    );
    for script in [
        "true",
        "cat \"$1\" >new; cat new >\"$1\"",
        "cp \"$1\" \"$1.new\"; mv \"$1.new\" \"$1\"",
    ] {
        let Some(edited) = env.edits(&["plain.age"], script) else {
            return;
        };
        edited.assert(0, "plain.age was not changed\n", "");
        let now = (
            env.read("plain.age"),
            env.path("plain.age")
                .metadata()
                .unwrap()
                .modified()
                .unwrap(),
        );
        assert!(before == now);
    }
    assert_eq!(
        env.list()
            .iter()
            .filter(|name| name.contains("conflict"))
            .count(),
        0
    );
}

#[test]
fn a_message_is_edited_without_its_padding_and_padded_again() {
    let env = three();
    let write = ["write", "-q", "--to", "bob", "--self", "--no-sign"];
    let message = env.bulla(write).stdin("hi\n").run();
    env.write("m", &message.stdout);
    let Some(edited) = env.edits(
        &["m"],
        "cat \"$1\" >seen; echo 'longer than before' >\"$1\"",
    ) else {
        return;
    };
    assert_eq!(edited.code, Some(0), "{edited:?}");
    assert_eq!(env.read("seen"), b"hi\n");
    assert_eq!(env.read("m").len(), message.stdout.len());
    let read = env.bulla(["read", "-q", "m"]).run();
    assert_eq!(
        String::from_utf8_lossy(&read.stdout),
        "longer than before\n",
        "{read:?}"
    );
}

#[test]
fn a_file_that_does_not_exist_is_created_for_the_people_named() {
    let env = three();
    let Some(edited) = env.edits(&["new.age"], "echo hello >\"$1\"") else {
        return;
    };
    assert_eq!(edited.code, Some(6));
    let shown = screen(&edited);
    assert!(shown.contains("new.age does not exist"), "{shown}");
    assert!(
        shown.contains("To create it: bulla edit new.age --to NAME"),
        "{shown}"
    );
    let edited = env.edits(&["-q", "plain2", "--to", "bob"], "true").unwrap();
    edited.assert(0, "", "");
    assert!(!env.path("plain2").exists(), "nothing was typed");
    let edited = env
        .edits(&["-q", "new.age", "--to", "bob"], "echo hello >\"$1\"")
        .unwrap();
    edited.assert(0, "", "");
    assert_eq!(env.openers("new.age"), [true, true, false]);
    std::fs::rename(env.path("plain.age"), env.path("notes.age")).unwrap();
    let missed = env.edits(&["notes"], "true").unwrap();
    let shown = screen(&missed);
    assert!(
        shown.contains("Did you mean: bulla edit notes.age"),
        "{shown}"
    );
}

#[test]
fn without_a_terminal_an_editor_or_a_file_it_says_what_to_do() {
    let env = three();
    let run = |args: &[&str]| env.edit(args, "touch started").run();
    run(&["plain.age"]).assert(
        2,
        "",
        "bulla: error: There is no terminal for the editor\nbulla: hint: Run it on a terminal. A script can use: bulla decrypt -o - plain.age, and bulla encrypt\n",
    );
    let piped = run(&["-"]);
    assert_eq!(piped.code, Some(2));
    assert!(piped.stderr.contains("bulla edit FILE"), "{piped:?}");
    let none = env.bulla(["edit", "plain.age"]).run();
    assert_eq!(none.code, Some(2));
    assert!(
        none.stderr.contains("EDITOR=vim bulla edit plain.age"),
        "{none:?}"
    );
    assert!(!env.path("started").exists());
    let Some(plain) = env.edits(&["plain"], "touch started") else {
        return;
    };
    assert_eq!(plain.code, Some(4), "{plain:?}");
    let person = env.edits(&["bob"], "touch started").unwrap();
    assert_eq!(person.code, Some(2), "{person:?}");
    assert!(!env.path("started").exists());
}

#[test]
fn what_is_no_text_is_asked_about_and_what_is_too_large_is_refused() {
    let env = three();
    env.write("b", b"\0\x01\x02");
    env.does(&["encrypt", "-q", "--to", "bob", "b"]);
    let before = env.read("b.age");
    let Some(terminal) = env.edit(&["b.age"], "touch started").on_terminal() else {
        return;
    };
    terminal
        .wait_for("b.age is not text. Open it in the editor anyway?")
        .keys("n\n");
    assert_eq!(terminal.end().code, Some(2));
    assert!(!env.path("started").exists() && env.read("b.age") == before);
    let terminal = env
        .edit(&["b.age"], "echo hello >\"$1\"")
        .on_terminal()
        .unwrap();
    terminal.wait_for("anyway?").keys("y\n");
    assert_eq!(terminal.end().code, Some(0));
    assert_eq!(env.openers("b.age"), [true, true, false]);
    for armor in [&[][..], &["--armor"]] {
        env.write("large", vec![b'x'; (8 << 20) + 1]);
        env.does(&[&["encrypt", "-qf", "--to", "bob", "large"], armor].concat());
        let edited = env.edits(&["large.age"], "touch started").unwrap();
        assert_eq!(edited.code, Some(7), "{edited:?}");
        assert!(screen(&edited).contains("large.age is too large for an editor"));
        assert!(!env.path("started").exists());
    }
    env.write("large", vec![b'x'; 8 << 20]);
    env.does(&["encrypt", "-qf", "--to", "bob", "large"]);
    let edited = env.edits(&["large.age"], "echo hello >\"$1\"").unwrap();
    assert_eq!(edited.code, Some(0), "{edited:?}");
    assert_eq!(env.openers("large.age"), [true, true, false]);
}
