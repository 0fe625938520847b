//! Texts that cannot be saved are kept, encrypted, and named. Nothing that others wrote is lost.

use rustix::process::Signal;

use super::screen;
use crate::share::three;
use crate::tools::need;

#[test]
fn a_file_that_changed_meanwhile_is_not_replaced_and_the_text_is_kept_beside_it() {
    let env = three();
    env.write("other", "from elsewhere\n");
    env.does(&["encrypt", "-q", "--to", "bob", "other"]);
    let other = env.read("other.age");
    let changes = [
        "cp other.age plain.age",
        "cp other.age new; mv new plain.age",
        "rm plain.age",
        "rm plain.age; ln -s other.age plain.age",
    ];
    for (number, change) in changes.iter().enumerate() {
        env.write("keep", "hello\n");
        let _ = std::fs::remove_file(env.path("plain.age"));
        env.does(&["encrypt", "-qf", "--to", "bob", "plain"]);
        let Some(edited) = env.edits(
            &["plain.age"],
            &format!("echo hello >\"$1\"; echo >>\"$1\"; {change}"),
        ) else {
            return;
        };
        let shown = screen(&edited);
        assert_eq!(edited.code, Some(7), "{change}: {shown}");
        let kept = format!("plain.age.conflict-{}", number + 1);
        assert!(
            shown.contains("plain.age was changed by another program while you edited it")
                && shown.contains(&format!("bulla decrypt -o - {kept}")),
            "{change}: {shown}"
        );
        assert_eq!(env.text_of(&kept, "bob.key"), "hello\n\n", "{change}");
        match env.path("plain.age").exists() {
            true => assert_eq!(env.read("plain.age"), other, "{change}"),
            false => assert_eq!(*change, "rm plain.age"),
        }
        assert_eq!(env.read("other.age"), other);
    }
}

#[test]
fn a_file_that_was_only_touched_or_renamed_over_with_the_same_bytes_is_no_conflict() {
    let env = three();
    for change in [
        "touch plain.age",
        "chmod 640 plain.age",
        "cp plain.age c; mv c plain.age",
    ] {
        let Some(edited) = env.edits(&["-q", "plain.age"], &format!("echo >>\"$1\"; {change}"))
        else {
            return;
        };
        edited.assert(0, "", "");
    }
    assert_eq!(env.text_of("plain.age", "key"), "hello\n\n\n\n");
}

#[test]
fn a_file_created_meanwhile_is_not_replaced() {
    let env = three();
    let before = env.read("plain.age");
    let Some(edited) = env.edits(
        &["new.age", "--to", "bob"],
        "echo hello >\"$1\"; cp plain.age new.age",
    ) else {
        return;
    };
    assert_eq!(edited.code, Some(7), "{edited:?}");
    assert_eq!(env.read("new.age"), before);
    assert_eq!(env.openers("new.age.conflict-1"), [true, true, false]);
}

#[test]
fn an_editor_that_fails_leaves_the_file_and_a_saved_text_is_kept() {
    let env = three();
    let before = env.read("plain.age");
    let Some(edited) = env.edits(&["plain.age"], "exit 1") else {
        return;
    };
    let shown = screen(&edited);
    assert_eq!(edited.code, Some(1), "{shown}");
    assert!(
        shown.contains("The editor ended with exit code 1")
            && shown.contains("plain.age was not changed"),
        "{shown}"
    );
    let edited = env
        .edits(
            &["plain.age"],
            "echo hello >\"$1\"; echo >>\"$1\"; kill -9 $$",
        )
        .unwrap();
    let shown = screen(&edited);
    assert_eq!(edited.code, Some(1), "{shown}");
    assert!(
        shown.contains("Your text is in plain.age.conflict-1"),
        "{shown}"
    );
    assert_eq!(env.text_of("plain.age.conflict-1", "bob.key"), "hello\n\n");
    let edited = env.edits(&["plain.age"], "rm \"$1\"").unwrap();
    assert_eq!(edited.code, Some(6), "{edited:?}");
    assert_eq!(env.read("plain.age"), before);
    let kept = env
        .list()
        .into_iter()
        .filter(|name| name.contains("conflict"));
    assert_eq!(kept.count(), 1);
}

#[test]
fn a_text_that_became_empty_is_saved_only_if_that_is_meant() {
    let env = three();
    for (answer, text) in [("n", "hello\n"), ("y", "")] {
        let Some(terminal) = env.edit(&["plain.age"], ": >\"$1\"").on_terminal() else {
            return;
        };
        terminal
            .wait_for("plain.age is empty now. Save it?")
            .keys(&format!("{answer}\n"));
        assert_eq!(terminal.end().code, Some(0));
        assert_eq!(env.text_of("plain.age", "key"), text);
    }
}

/// The folder is gone, so nothing can be kept beside the file.
#[test]
fn a_text_that_cannot_be_kept_beside_the_file_is_kept_in_the_state_folder() {
    let env = three();
    env.write("sub/plain.age", env.read("plain.age"));
    let Some(edited) = env.edits(&["sub/plain.age"], "echo >>\"$1\"; rm -r sub") else {
        return;
    };
    let shown = screen(&edited);
    assert!(matches!(edited.code, Some(6 | 7)), "{shown}");
    let kept = env.path("../home/.local/state/bulla/edited/plain.age.conflict-1");
    let kept = kept.display().to_string();
    assert_eq!(env.text_of(&kept, "bob.key"), "hello\n\n", "{shown}");
    assert!(
        shown
            .replace('\n', "")
            .contains("edited/plain.age.conflict-1"),
        "{shown}"
    );
}

#[test]
fn on_a_full_disk_the_text_is_kept_as_long_as_the_user_wants() {
    let prlimit = need!("prlimit");
    let env = three();
    let before = env.read("plain.age");
    // The sealed text is larger than every file may be; the text itself is not.
    let prefix = [prlimit.as_os_str(), "--fsize=200".as_ref()];
    let bulla = env!("CARGO_BIN_EXE_bulla");
    let editor = env.editor("echo >>\"$1\"");
    let args = [
        prefix[1],
        bulla.as_ref(),
        "edit".as_ref(),
        "plain.age".as_ref(),
    ];
    let run = env.program(prefix[0], args).env("EDITOR", &editor);
    let Some(terminal) = run.on_terminal() else {
        return;
    };
    for answer in ["y\n", "n\n"] {
        terminal
            .wait_for("Your text cannot be kept anywhere")
            .wait_for("try again?")
            .keys(answer);
    }
    let ended = terminal.end();
    assert_eq!(ended.code, Some(6), "{ended:?}");
    assert!(screen(&ended).contains("Your text is lost"), "{ended:?}");
    assert_eq!(env.read("plain.age"), before);
    assert!(
        !env.list()
            .iter()
            .any(|name| name.contains("conflict") || name.ends_with(".tmp"))
    );
}

#[test]
fn a_signal_while_the_editor_runs_keeps_what_was_saved() {
    let env = three();
    let before = env.read("plain.age");
    for (number, signal) in [Signal::TERM, Signal::HUP].into_iter().enumerate() {
        for is_changed in [false, true] {
            let change = if is_changed { "echo >>\"$1\"; " } else { "" };
            let script = format!("{change}echo \"$1\" >name; echo editing; sleep 60 & wait");
            let Some(terminal) = env.edit(&["plain.age"], &script).on_terminal() else {
                return;
            };
            terminal.wait_for("editing").signal(signal);
            let ended = terminal.end();
            assert_eq!(ended.signal, Some(signal.as_raw()), "{ended:?}");
            assert_eq!(env.read("plain.age"), before);
            let name = String::from_utf8(env.read("name")).unwrap();
            assert!(!std::path::Path::new(name.trim_end()).exists());
            let kept = format!("plain.age.conflict-{}", number + 1);
            assert_eq!(env.path(&kept).exists(), is_changed, "{ended:?}");
            if is_changed {
                assert_eq!(env.text_of(&kept, "bob.key"), "hello\n\n");
                assert!(
                    screen(&ended).contains("Your text is in plain.age.conflict"),
                    "{ended:?}"
                );
            }
        }
    }
}

#[test]
fn two_editors_at_once_lose_neither_text() {
    let env = three();
    let script = "echo \"$TEXT\" >>\"$1\"; echo editing; until [ -e go ]; do sleep 0.01; done";
    let edit = |text: &str| {
        env.edit(&["plain.age"], script)
            .env("TEXT", text)
            .on_terminal()
    };
    let Some(first) = edit("first") else {
        return;
    };
    let second = edit("second").unwrap();
    first.wait_for("editing");
    second.wait_for("editing");
    env.write("go", "");
    let mut codes = [first.end().code, second.end().code];
    codes.sort_unstable();
    assert_eq!(codes, [Some(0), Some(7)]);
    let texts = [
        env.text_of("plain.age", "key"),
        env.text_of("plain.age.conflict-1", "key"),
    ];
    for text in ["first", "second"] {
        assert!(texts.iter().any(|found| found.contains(text)), "{texts:?}");
    }
}
