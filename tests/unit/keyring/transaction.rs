//! Changes of the keyring: complete, failed and interrupted ones.

use super::*;
use crate::files;
use crate::keyring::group::Group;
use crate::keyring::journal::MARK;

fn keyring() -> (tempfile::TempDir, Keyring) {
    let dir = tempfile::tempdir().unwrap();
    let keyring = Keyring::at(dir.path().join("bulla"));
    (dir, keyring)
}

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn contact(recipient: &str) -> Contact {
    Contact::new(
        vec![recipient.to_owned()],
        "2026-11-23".to_owned(),
        "a test".to_owned(),
    )
}

/// Leaves the keyring as if a change had been interrupted right after its note was written.
fn interrupt(keyring: &Keyring, steps: &[Step]) {
    let folder = PrivateFolder::create(keyring.path()).unwrap();
    let text = step::to_text(steps);
    keyring.journal(&folder).begin(text.as_bytes()).unwrap();
}

fn put(keyring: &Keyring, of: &str, recipient: &str) {
    keyring
        .change(|change| {
            change.put(&name(of), &contact(recipient));
            Ok::<_, KeyringError>(())
        })
        .unwrap();
}

#[test]
fn an_entry_round_trips_and_one_old_version_is_kept() {
    let (_dir, keyring) = keyring();
    assert!(keyring.find::<Contact>(&name("alice")).unwrap().is_none());
    put(&keyring, "alice", "one");
    put(&keyring, "alice", "two");
    put(&keyring, "bob", "three");
    put(&keyring, "bob", "four");
    assert_eq!(
        keyring.get::<Contact>(&name("alice")).unwrap().recipients,
        ["two"]
    );
    assert_eq!(
        keyring.names(EntryKind::Contact).unwrap(),
        [name("alice"), name("bob")]
    );
    let previous = keyring.path().join(".previous/contacts");
    let kept: Vec<_> = std::fs::read_dir(&previous)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(kept, ["bob.toml"]);
    assert!(
        std::fs::read_to_string(previous.join("bob.toml"))
            .unwrap()
            .contains("three")
    );
    assert!(
        std::fs::read_to_string(keyring.path().join(".gitignore"))
            .unwrap()
            .contains(".previous/")
    );
}

#[test]
fn git_ignores_what_killed_runs_leave_in_older_keyrings_too() {
    let (_dir, keyring) = keyring();
    put(&keyring, "alice", "one");
    let file = keyring.path().join(".gitignore");
    let new = std::fs::read_to_string(&file).unwrap();
    assert!(new.lines().any(|line| line == ".bulla-*.tmp"), "{new}");
    std::fs::write(&file, "keyring.lock\nof-the-user").unwrap();
    put(&keyring, "bob", "two");
    let kept = "keyring.lock\nof-the-user\n.bulla-*.tmp\n";
    assert_eq!(std::fs::read_to_string(&file).unwrap(), kept);
    put(&keyring, "carol", "three");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), kept);
}

#[test]
fn a_name_is_taken_whatever_its_case_and_kind() {
    let (_dir, keyring) = keyring();
    put(&keyring, "Alice", "one");
    keyring
        .change(|change| {
            assert!(matches!(
                change.free(EntryKind::Contact, &name("aLICE")),
                Err(KeyringError::Taken {
                    kind: EntryKind::Contact,
                    ..
                })
            ));
            change.free(EntryKind::Contact, &name("alic"))
        })
        .unwrap();
}

#[test]
fn an_entry_that_cannot_be_read_back_is_not_written() {
    let (_dir, keyring) = keyring();
    put(&keyring, "alice", "one");
    let long = "x".repeat(1 << 20);
    let put_long = |change: &mut Transaction<'_>| {
        change.put(&name("alice"), &contact(&long));
        Ok::<_, KeyringError>(())
    };
    let error = keyring.change(put_long).unwrap_err();
    assert!(
        matches!(error, KeyringError::Files(files::Error::TooLarge { .. })),
        "{error}"
    );
    assert_eq!(
        keyring.get::<Contact>(&name("alice")).unwrap().recipients,
        ["one"]
    );
    // But all steps of a change together may be larger than one file may be.
    let text = "x".repeat(1 << 19);
    let step = |of: &str| Step::Write {
        folder: "contacts".to_owned(),
        file: format!("{of}.toml"),
        text: toml::to_string(&contact(&text)).unwrap(),
    };
    interrupt(&keyring, &["a", "b", "c"].map(step));
    put(&keyring, "bob", "two");
    assert_eq!(keyring.names(EntryKind::Contact).unwrap().len(), 5);
}

#[test]
fn fields_of_a_newer_version_stay_at_every_depth() {
    let (_dir, keyring) = keyring();
    put(&keyring, "alice", "age1one");
    let file = keyring.path().join("contacts/alice.toml");
    let (card, recipient) = crate::keyring::testing::card();
    let text = format!(
        "recipients = [\"{recipient}\"]\nadded = \"d\"\nsource = \"s\"\nolder = {{a = 1}}\nflat = 1\n\
         [changed]\nrecipients = [\"age1two\"]\non = \"d\"\nsource = \"s\"\ninner = 2\n\
         [card]\ntext = {card:?}\non = \"d\"\nissuer = \"i\"\n\
         [[former]]\nrecipients = []\nreplaced = \"d\"\nwhy = \"w\"\n"
    );
    let text = text.as_str();
    std::fs::write(&file, text).unwrap();
    let known: Contact = keyring.get(&name("alice")).unwrap();
    keyring
        .change(|change| {
            change.put(&name("alice"), &known);
            Ok::<_, KeyringError>(())
        })
        .unwrap();
    let table = |text: &str| text.parse::<toml::Table>().unwrap();
    assert_eq!(table(&std::fs::read_to_string(&file).unwrap()), table(text));
}

#[test]
fn fields_of_a_newer_version_stay_and_damage_names_its_line() {
    let (_dir, keyring) = keyring();
    put(&keyring, "alice", "one");
    let path = keyring.path().join("contacts/alice.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("{text}mood = \"fair\"\n[shoes]\nsize = 9\n")).unwrap();
    let mut alice = keyring.get::<Contact>(&name("alice")).unwrap();
    alice.verified = Some("2026-11-24".to_owned());
    keyring
        .change(|change| {
            change.put(&name("alice"), &alice);
            Ok::<_, KeyringError>(())
        })
        .unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(
        text.contains("mood = \"fair\"") && text.contains("size = 9"),
        "{text}"
    );
    std::fs::write(
        &path,
        "added = \"x\"\nsource = \"\u{1b}[0m\"\nrecipients = [\n",
    )
    .unwrap();
    let error = keyring.get::<Contact>(&name("alice")).unwrap_err();
    assert!(
        matches!(
            error,
            KeyringError::Damaged {
                line: Some(2..),
                ..
            }
        ),
        "{error}"
    );
    assert!(!error.to_string().contains('\u{1b}'));
    put(&keyring, "bob", "two");
}

#[test]
fn an_interrupted_change_is_completed_by_the_next_one() {
    let (_dir, keyring) = keyring();
    put(&keyring, "alice", "one");
    let text = toml::to_string(&Group::new(vec!["carol".to_owned()])).unwrap();
    let steps = vec![
        Step::Rename {
            folder: "contacts".into(),
            from: "alice.toml".into(),
            to: "carol.toml".into(),
        },
        Step::Write {
            folder: "groups".into(),
            file: "all.toml".into(),
            text,
        },
        Step::Write {
            folder: "".into(),
            file: CONFIG.into(),
            text: "armor = true\n".into(),
        },
    ];
    interrupt(&keyring, &steps);
    assert!(keyring.is_interrupted().unwrap());
    put(&keyring, "bob", "two");
    assert_eq!(
        keyring.names(EntryKind::Contact).unwrap(),
        [name("bob"), name("carol")]
    );
    assert_eq!(
        keyring.get::<Group>(&name("all")).unwrap().members,
        ["carol"]
    );
    assert!(!keyring.is_interrupted().unwrap());
    assert!(!keyring.path().join(MARK).exists());
    let read = keyring.change(|change| change.config()).unwrap();
    assert_eq!(read, "armor = true\n");
    for outside in ["x.toml", "../x.toml", ".gitignore"] {
        let step = Step::Write {
            folder: "".into(),
            file: outside.into(),
            text: String::new(),
        };
        assert!(!step.stays_inside(), "{outside}");
    }
    for outside in ["../me.age", "me.toml", ".age", "me"] {
        assert!(
            !Step::Secret {
                file: outside.into(),
                base64: String::new()
            }
            .stays_inside(),
            "{outside}"
        );
    }
    assert!(
        !Step::Secret {
            file: "me.age".into(),
            base64: "*".into()
        }
        .stays_inside()
    );
}

/// At every moment of a change that was interrupted, or could not be undone.
#[test]
fn readers_see_the_keyring_as_it_was_before_an_unfinished_change() {
    let text = toml::to_string(&Group::new(vec!["carol".to_owned()])).unwrap();
    let rename = Step::Rename {
        folder: "contacts".into(),
        from: "alice.toml".into(),
        to: "carol.toml".into(),
    };
    let write = |folder: &str, file: &str, text: &str| Step::Write {
        folder: folder.into(),
        file: file.into(),
        text: text.into(),
    };
    let remove = Step::Remove {
        folder: "contacts".into(),
        file: "bob.toml".into(),
    };
    let steps = [
        rename,
        write("groups", "all.toml", &text),
        write("", CONFIG, "armor = true\n"),
        write("", CONFIG, "armor = false\n"),
        remove,
    ];
    for done in 0..=steps.len() {
        let (_dir, keyring) = keyring();
        put(&keyring, "alice", "one");
        put(&keyring, "bob", "two");
        let folder = PrivateFolder::open(keyring.path()).unwrap().unwrap();
        let place = keyring.place(&folder);
        let undo = undo(&steps, place).unwrap();
        assert!(undo.iter().all(Step::stays_inside));
        interrupt(&keyring, &undo);
        place.carry_out(&steps[..done]).unwrap();
        let is_as_before = || {
            let names = [name("alice"), name("bob")];
            assert_eq!(keyring.names(EntryKind::Contact).unwrap(), names, "{done}");
            let alice = keyring.get::<Contact>(&name("alice")).unwrap();
            assert_eq!(alice.recipients, ["one"], "{done}");
            assert!(keyring.find::<Contact>(&name("carol")).unwrap().is_none());
            assert!(keyring.all::<Group>().unwrap().is_empty(), "{done}");
            assert!(keyring.config().unwrap().is_empty(), "{done}");
        };
        is_as_before();
        keyring.settle().unwrap();
        assert!(!keyring.is_interrupted().unwrap());
        is_as_before();
        assert!(!keyring.path().join("contacts/carol.toml").exists());
        assert!(keyring.path().join("contacts/bob.toml").exists());
    }
}

#[test]
fn an_undone_change_leaves_the_pins_as_they_were() {
    let (_dir, keyring) = keyring();
    keyring.pin_file().change(|_| ()).unwrap();
    let folder = PrivateFolder::create(keyring.path()).unwrap();
    let place = keyring.place(&folder);
    let identity = |recipient: &str| {
        let recipients = vec![recipient.to_owned()];
        StoredIdentity::new(
            crate::keyring::IdentityKind::Imported,
            recipients,
            None,
            "2026-11-23".to_owned(),
        )
    };
    let put = |recipient: &str| {
        let put = |change: &mut Transaction<'_>| {
            change.put_identity(&name("me"), &identity(recipient));
            Ok::<_, KeyringError>(())
        };
        keyring.change(put).unwrap();
    };
    put("age1one");
    let mut change = Transaction::begin(&keyring, folder.clone()).unwrap();
    change.put_identity(&name("me"), &identity("age1two"));
    change.rename(EntryKind::Identity, &name("me"), &name("other"));
    let undo = undo(&change.steps, place).unwrap();
    for done in 0..=change.steps.len() {
        interrupt(&keyring, &undo);
        place.carry_out(&change.steps[..done]).unwrap();
        let is_as_before = || {
            let found = keyring.get::<StoredIdentity>(&name("me")).unwrap();
            assert_eq!(found.recipients, ["age1one"], "{done}");
            assert!(keyring.is_confirmed(&name("me"), &found).unwrap(), "{done}");
            let pins = keyring.pins().unwrap();
            assert!(pins.of(&name("other")).is_none(), "{done}");
        };
        is_as_before();
        keyring.settle().unwrap();
        is_as_before();
    }
}

#[test]
fn a_note_is_carried_out_in_its_keyring_alone_even_if_that_was_moved() {
    let (dir, keyring) = keyring();
    put(&keyring, "alice", "one");
    let steps = || {
        let remove = |of: &str| Step::Remove {
            folder: "contacts".into(),
            file: format!("{of}.toml"),
        };
        [remove("alice"), remove("none")].to_vec()
    };
    interrupt(&keyring, &steps());
    std::fs::rename(keyring.path(), dir.path().join("moved")).unwrap();
    // A new keyring in the old place is another keyring.
    put(&keyring, "alice", "two");
    put(&keyring, "bob", "two");
    assert_eq!(keyring.names(EntryKind::Contact).unwrap().len(), 2);
    let moved = Keyring::new(
        dir.path().join("moved"),
        Some(keyring.path().with_file_name("state")),
    );
    moved.settle().unwrap();
    assert!(moved.names(EntryKind::Contact).unwrap().is_empty());
    // The mark of a change that was never begun, or is over, means nothing.
    interrupt(&keyring, &steps());
    let mark = std::fs::read(keyring.path().join(MARK)).unwrap();
    keyring.settle().unwrap();
    put(&keyring, "alice", "three");
    let folder = PrivateFolder::create(keyring.path()).unwrap();
    folder.write(MARK, &mark, Replace::Always).unwrap();
    put(&keyring, "carol", "four");
    assert_eq!(keyring.names(EntryKind::Contact).unwrap().len(), 3);
}

#[test]
fn a_note_that_is_not_ours_is_damage() {
    let (_dir, keyring) = keyring();
    put(&keyring, "alice", "one");
    let folder = PrivateFolder::create(keyring.path()).unwrap();
    keyring.journal(&folder).begin(b"nonsense").unwrap();
    assert!(matches!(
        keyring.settle(),
        Err(KeyringError::Damaged { .. })
    ));
}

#[test]
fn a_secret_without_its_public_half_is_not_replaced() {
    let (_dir, keyring) = keyring();
    let write = |bytes: &[u8]| keyring.change(|change| change.write_secret(&name("me"), bytes));
    write(b"secret").unwrap();
    assert!(matches!(write(b"other"), Err(KeyringError::Orphan { .. })));
    let (_, kept) = keyring.secret(&name("me")).unwrap().unwrap();
    assert_eq!(kept.as_slice(), b"secret");
}

#[test]
fn a_secret_changes_in_one_step_with_what_is_public_of_it() {
    let (_dir, keyring) = keyring();
    keyring
        .change(|change| change.write_secret(&name("me"), b"secret"))
        .unwrap();
    let both = |change: &mut Transaction<'_>| {
        change.put_secret(&name("me"), b"another");
        change.put(&name("bob"), &contact("age1bob"));
        Ok::<_, KeyringError>(())
    };
    keyring.change(both).unwrap();
    assert_eq!(
        keyring.secret(&name("me")).unwrap().unwrap().1.as_slice(),
        b"another"
    );
    // Interrupted after the note was written.
    let steps = vec![Step::Secret {
        file: "me.age".into(),
        base64: "dGhpcmQ".into(),
    }];
    interrupt(&keyring, &steps);
    put(&keyring, "carol", "age1carol");
    assert_eq!(
        keyring.secret(&name("me")).unwrap().unwrap().1.as_slice(),
        b"third"
    );
}

#[test]
fn unknown_names_come_with_those_that_look_like_them() {
    let (_dir, keyring) = keyring();
    for known in ["alice", "alicia", "bob"] {
        put(&keyring, known, "one");
    }
    let error = keyring.get::<Contact>(&name("alcie")).unwrap_err();
    let KeyringError::Unknown { near, .. } = &error else {
        panic!("{error}")
    };
    assert_eq!(near, &["alice", "alicia"]);
    let searched = format!(
        "There is no contact \"alcie\" in {}",
        keyring.path().display()
    );
    assert_eq!(error.to_string(), searched);
}
