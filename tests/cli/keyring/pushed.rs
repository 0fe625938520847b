//! What somebody can do who pushes to the git repository in which a keyring is kept.
//!
//! Each case puts something into the keyring, as a checkout would, and then runs many commands. A
//! command may succeed or fail; but nothing outside the keyring changes, no program starts, nothing
//! hangs, and nothing panics.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::env::{Outcome, TestEnv};
use crate::people::{ONE, TWO};
use crate::plugins;

/// The commands, as they are typed. `out` is a folder that is emptied before each case.
const COMMANDS: [&[&str]; 22] = [
    &["contact", "list"],
    &["contact", "show", "alice"],
    &["contact", "add", "new", TWO],
    &["encrypt", "-q", "--to", "alice", "-o", "out/a.age", "in"],
    &["encrypt", "-q", "--to", "friends", "-o", "out/b.age", "in"],
    &["encrypt", "-q", "--to", "me", "-o", "out/c.age", "in"],
    &["decrypt", "-q", "-o", "out/in", "a.age"],
    &["who", "a.age"],
    &["doctor"],
    &["config"],
    &["config", "armor", "true"],
    &["group", "list"],
    &["group", "add", "friends", "bob"],
    &["contact", "rename", "bob", "rob"],
    &["contact", "remove", "alice"],
    &["identity", "list"],
    &["identity", "show"],
    &["identity", "export", "-o", "out/key"],
    &["card", "-o", "out/card"],
    &["identity", "rename", "me", "I"],
    &["identity", "rotate", "I", "-q"],
    &["unshare", "a.age", "--drop", "alice", "-o", "out/d.age"],
];

/// Those that reach the most of a keyring: they read all of it, use it, and write to it.
const TELLING: [&[&str]; 6] = [
    &["doctor"],
    &["encrypt", "-q", "--to", "friends", "-o", "out/b.age", "in"],
    &["decrypt", "-q", "-o", "out/in", "a.age"],
    &["contact", "add", "new", TWO],
    &["identity", "rotate", "me", "-q"],
    &["contact", "remove", "alice"],
];

/// Where things are when a keyring is attacked.
struct Ground<'a> {
    env: &'a TestEnv,
    keyring: PathBuf,
    home: PathBuf,
}

impl Ground<'_> {
    fn at(&self, name: &str) -> PathBuf {
        self.keyring.join(name)
    }

    /// Takes away what has this name.
    fn clear(&self, name: &str) -> PathBuf {
        let path = self.at(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        match path.symlink_metadata() {
            Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(&path).unwrap(),
            Ok(_) => fs::remove_file(&path).unwrap(),
            Err(_) => {}
        }
        path
    }

    fn link(&self, name: &str, target: &Path) {
        symlink(target, self.clear(name)).unwrap();
    }

    fn text(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.clear(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
    }

    fn fifo(&self, name: &str) {
        let made = std::process::Command::new("mkfifo")
            .args(["-m", "644"])
            .arg(self.clear(name))
            .status();
        assert!(made.unwrap().success());
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.at(name)).unwrap()
    }
}

type Attack = Box<dyn Fn(&Ground<'_>) + Sync>;

/// The places in a keyring where a file is expected, or could be.
const FILES: [&str; 18] = [
    "config.toml",
    "keyring.lock",
    ".gitignore",
    ".change",
    ".pending.toml",
    "contacts/alice.toml",
    "contacts/bob.toml",
    "contacts/new.toml",
    "contacts/rob.toml",
    "groups/friends.toml",
    "groups/zed.toml",
    "identities/me.toml",
    "identities/me.age",
    "identities/me.card",
    "identities/I.toml",
    "identities/I.age",
    "revocations/zed.toml",
    ".previous/contacts/alice.toml",
];

/// The places where a folder is expected.
const FOLDERS: [&str; 6] = [
    "contacts",
    "groups",
    "identities",
    "revocations",
    ".previous",
    ".previous/contacts",
];

/// A text that would do harm as a shell's start file, and is harmless TOML.
const PAYLOAD: &str = "recipients = []\nadded = \"x\"\nsource = \"touch started\"\n";

fn attacks() -> Vec<(String, Attack)> {
    let mut all: Vec<(String, Attack)> = Vec::new();
    let mut add = |name: String, attack: Attack| all.push((name, attack));
    for file in FILES {
        for (what, target) in [("a file", ".bashrc"), ("nothing", ".zshrc")] {
            add(
                format!("{file} is a symlink to {what} outside"),
                Box::new(move |on| on.link(file, &on.home.join(target))),
            );
        }
        add(
            format!("{file} is a FIFO"),
            Box::new(move |on| on.fifo(file)),
        );
        add(
            format!("{file} is a folder"),
            Box::new(move |on| fs::create_dir(on.clear(file)).unwrap()),
        );
        add(
            format!("{file} is a hard link to a file outside"),
            Box::new(move |on| {
                fs::hard_link(on.home.join(".bashrc"), on.clear(file)).unwrap();
            }),
        );
        add(
            format!("{file} is 300 MB long"),
            Box::new(move |on| {
                let file = fs::File::create(on.clear(file)).unwrap();
                file.set_len(300_000_000).unwrap();
            }),
        );
    }
    for folder in FOLDERS {
        for (what, target) in [
            ("a folder", "Documents"),
            ("nothing", "none"),
            ("a file", ".bashrc"),
        ] {
            add(
                format!("{folder} is a symlink to {what} outside"),
                Box::new(move |on| on.link(folder, &on.home.join(target))),
            );
        }
        add(
            format!("{folder} is a FIFO"),
            Box::new(move |on| on.fifo(folder)),
        );
        add(
            format!("{folder} is a file"),
            Box::new(move |on| on.text(folder, PAYLOAD)),
        );
    }
    journals(&mut add);
    settings(&mut add);
    identities(&mut add);
    people(&mut add);
    add(
        "a submodule and filters of git".to_owned(),
        Box::new(|on| {
            on.text(".git", "gitdir: ../home/evil\n");
            on.text(
                ".gitmodules",
                "[submodule \"x\"]\n\tpath = x\n\tupdate = !canary\n",
            );
            on.text(".gitattributes", "* filter=canary\n");
            on.text(
                ".gitconfig",
                "[core]\n\tfsmonitor = canary\n\tpager = canary\n",
            );
            on.text("hooks/post-checkout", "canary\n");
        }),
    );
    all
}

fn journals(add: &mut impl FnMut(String, Attack)) {
    let steps: [(&str, &str); 5] = [
        (
            "a change through a symlink",
            "do = \"write\"\nfolder = \"contacts\"\nfile = \"zed.toml\"\ntext = \"touch started\"\n",
        ),
        (
            "a change outside",
            "do = \"write\"\nfolder = \"../home\"\nfile = \".bashrc\"\ntext = \"touch started\"\n",
        ),
        (
            "another secret",
            "do = \"secret\"\nfile = \"me.age\"\nbase64 = \"dGhpcmQ\"\n",
        ),
        (
            "a removal",
            "do = \"remove\"\nfolder = \"identities\"\nfile = \"me.age\"\n",
        ),
        (
            "a pin",
            "do = \"pin\"\nname = \"me\"\ndone = true\n[steps.pin]\nhalf = \"00\"\n",
        ),
    ];
    for (what, step) in steps {
        add(
            format!("the journal of an interrupted change: {what}"),
            Box::new(move |on| {
                let secret = on.read("identities/me.age");
                let mark = "0123456789abcdef0123456789abcdef";
                on.link("contacts/zed.toml", &on.home.join(".zshrc"));
                on.text(".change", mark);
                let note = format!("[[steps]]\n{step}");
                for path in [
                    ".pending.toml".to_owned(),
                    format!("changes/x-{mark}.toml"),
                    format!("state/changes/x-{mark}.toml"),
                ] {
                    on.text(&path, &note);
                }
                assert_eq!(on.read("identities/me.age"), secret);
            }),
        );
    }
    for mark in ["../../../home/.bashrc", "*", "\0", ""] {
        add(
            format!("the mark of a change is {mark:?}"),
            Box::new(move |on| on.text(".change", mark)),
        );
    }
}

fn settings(add: &mut impl FnMut(String, Attack)) {
    for line in [
        "passphrase_command = [\"canary\"]",
        "passphrase_command = [\"/bin/sh\", \"-c\", \"canary\"]",
        "default_to = [\"eve\"]",
        "unlock_for = \"90days\"",
        "offline_children = false",
        "remember_messages = false",
        "sign = true",
        "editor = \"canary\"",
        "pager = \"canary\"",
        "plugins = [\"canary\"]",
        "require_post_quantum = false",
        "require = [\"eve\"]",
        "threads = 4000000000",
        "default_identity = \"../../x\"",
    ] {
        add(
            format!("the setting {line}"),
            Box::new(move |on| on.text("config.toml", format!("{line}\n"))),
        );
    }
}

fn identities(add: &mut impl FnMut(String, Attack)) {
    let mut put = |what: &str, attack: Attack| add(format!("identities: {what}"), attack);
    put(
        "one more recipient in the public half",
        Box::new(|on| {
            let text = on.read("identities/me.toml");
            let ghost = format!("recipients = [\"{TWO}\", ");
            on.text("identities/me.toml", text.replace("recipients = [", &ghost));
        }),
    );
    put(
        "another signing key",
        Box::new(|on| {
            let text = on
                .read("identities/me.toml")
                .replace("signing_key = \"ed25519 ", "signing_key = \"ed25519 A");
            on.text("identities/me.toml", text);
        }),
    );
    put(
        "one without a passphrase is added and made the default",
        Box::new(|on| {
            for file in ["toml", "age"] {
                let eve = fs::read(on.env.path(format!("eve/identities/me.{file}"))).unwrap();
                on.text(&format!("identities/eve.{file}"), eve);
            }
            on.text("config.toml", "default_identity = \"eve\"\n");
        }),
    );
    put(
        "both halves are replaced",
        Box::new(|on| {
            for file in ["toml", "age", "card"] {
                let eve = fs::read(on.env.path(format!("eve/identities/me.{file}"))).unwrap();
                on.text(&format!("identities/me.{file}"), eve);
            }
        }),
    );
    put(
        "the secret belongs to a plugin",
        Box::new(|on| on.text("identities/me.age", plugins::identity("canary", "x"))),
    );
    put(
        "a secret with a passphrase that costs 2^30",
        Box::new(|on| {
            let header = "age-encryption.org/v1\n-> scrypt AAAAAAAAAAAAAAAAAAAAAA 30\n\
                AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n--- \
                AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n0123456789abcdef0123456789abcdef";
            on.text("identities/me.age", header);
        }),
    );
    put(
        "the secret is gone",
        Box::new(|on| _ = on.clear("identities/me.age")),
    );
    put(
        "the public half is gone",
        Box::new(|on| _ = on.clear("identities/me.toml")),
    );
    put(
        "a card of somebody else",
        Box::new(|on| {
            let eve = fs::read(on.env.path("eve/identities/me.card")).unwrap();
            on.text("identities/me.card", eve);
        }),
    );
    put(
        "an SSH key with a passphrase",
        Box::new(|on| {
            on.text(
                "identities/zed.age",
                "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n",
            );
            on.text("identities/zed.toml", on.read("identities/me.toml"));
        }),
    );
}

fn people(add: &mut impl FnMut(String, Attack)) {
    let mut put = |what: &str, attack: Attack| add(what.to_owned(), attack);
    let contact = |recipient: &str| {
        format!("recipients = [\"{recipient}\"]\nadded = \"2026-11-23\"\nsource = \"x\"\n")
    };
    for name in [
        "ALICE",
        "Alice",
        "..",
        ".hidden",
        "a b",
        "a\nb",
        "-x",
        "age1x",
        "\u{1b}[2J",
        "me",
        "friends",
        "CON",
        "x/../../y",
    ] {
        let text = contact(TWO);
        put(
            &format!("a contact called {name:?}"),
            Box::new(move |on| on.text(&format!("contacts/{name}.toml"), &text)),
        );
    }
    put(
        "names that are not UTF-8",
        Box::new(|on| {
            for folder in ["contacts", "groups", "identities", "revocations"] {
                fs::create_dir_all(on.at(folder)).unwrap();
                let name = std::ffi::OsStr::from_bytes(b"\xff\xfe.toml");
                fs::write(on.at(folder).join(name), PAYLOAD).unwrap();
            }
        }),
    );
    let text = contact(TWO).replace("\"x\"", "\"\\u001b]0;x\\u0007\\u202e\"");
    put(
        "a contact with escapes",
        Box::new(move |on| on.text("contacts/alice.toml", &text)),
    );
    let text = contact(&plugins::recipient("canary", "x"));
    put(
        "a contact whose key starts a program",
        Box::new(move |on| on.text("contacts/alice.toml", &text)),
    );
    put(
        "deep folders",
        Box::new(|on| {
            let deep = "contacts/".to_owned() + &"d/".repeat(400);
            fs::create_dir_all(on.at(&deep)).unwrap();
        }),
    );
    put(
        "a group that contains itself",
        Box::new(|on| {
            on.text(
                "groups/friends.toml",
                "members = [\"friends\", \"alice\"]\n",
            )
        }),
    );
    put(
        "groups nested 3,000 deep",
        Box::new(|on| {
            for number in 0..3_000 {
                let inner = format!("members = [\"g{}\"]\n", number + 1);
                on.text(&format!("groups/g{number}.toml"), inner);
            }
            on.text("groups/g3000.toml", "members = [\"alice\"]\n");
            on.text("groups/friends.toml", "members = [\"g0\"]\n");
        }),
    );
    put(
        "a group with 20,000 members",
        Box::new(|on| {
            let members = vec!["\"alice\""; 20_000].join(", ");
            on.text("groups/friends.toml", format!("members = [{members}]\n"));
        }),
    );
    put(
        "arrays nested 100,000 deep",
        Box::new(|on| {
            on.text(
                "groups/friends.toml",
                "members = ".to_owned() + &"[".repeat(100_000),
            )
        }),
    );
    put(
        "revocations of nobody, and nonsense",
        Box::new(|on| {
            on.text("revocations/zed.toml", PAYLOAD);
            on.text("revocations/AAAA.toml", "text = \"\"\n");
        }),
    );
    put(
        "the state of a machine",
        Box::new(|on| {
            for folder in ["pins", "changes", "0123456789abcdef"] {
                on.text(&format!("{folder}/0123456789abcdef.toml"), "[identities]\n");
            }
        }),
    );
}

/// Everything below a folder: what it is, its mode, and its contents. What is left out may change.
fn seen(root: &Path, without: &[PathBuf]) -> BTreeMap<PathBuf, (u32, Vec<u8>)> {
    let mut all = BTreeMap::new();
    let mut left = vec![root.to_owned()];
    while let Some(path) = left.pop() {
        if without.contains(&path) {
            continue;
        }
        let metadata = path.symlink_metadata().unwrap();
        let contents = if metadata.is_dir() {
            left.extend(path.read_dir().unwrap().map(|entry| entry.unwrap().path()));
            Vec::new()
        } else if metadata.is_symlink() {
            path.read_link().unwrap().as_os_str().as_bytes().to_vec()
        } else {
            fs::read(&path).unwrap()
        };
        all.insert(path, (metadata.mode(), contents));
    }
    all
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in from.read_dir().unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &target),
            false => _ = fs::copy(entry.path(), target).unwrap(),
        }
    }
    fs::set_permissions(to, from.metadata().unwrap().permissions()).unwrap();
}

/// A home with a keyring, files that must not change, and programs that must not start.
fn home() -> TestEnv {
    let env = TestEnv::new();
    for (name, text) in [
        (".bashrc", "alias ll='ls -l'\n"),
        (".ssh/authorized_keys", "ssh-ed25519 AAAA\n"),
        (".config/autostart/x.desktop", "[Desktop Entry]\n"),
        ("Documents/letter", "dear\n"),
        ("Documents/contacts/x.toml", "kept\n"),
    ] {
        let path = env.write(&format!("../home/{name}"), text);
        fs::set_permissions(path, Permissions::from_mode(0o600)).unwrap();
        fs::set_permissions(
            env.path(format!("../home/{name}")).parent().unwrap(),
            Permissions::from_mode(0o700),
        )
        .unwrap();
    }
    let started = env.path("../started");
    let canary = env.write(
        "canary",
        format!("#!/bin/sh\n: > '{}'\n", started.display()),
    );
    fs::set_permissions(&canary, Permissions::from_mode(0o755)).unwrap();
    for name in [
        "canary",
        "age-plugin-canary",
        "git",
        "sh",
        "vi",
        "less",
        "pass",
        "ssh-keygen",
    ] {
        env.install(name, &canary);
    }
    fs::create_dir(env.path("out")).unwrap();
    env.write("in", "hello");
    let eve = |args: &[&str]| env.does_as_eve(args);
    eve(&["identity", "new", "--no-passphrase"]);
    eve(&["card", "-q"]);
    for args in [
        &["identity", "new", "--no-passphrase", "--classic"][..],
        &["card", "-q"],
        &["contact", "add", "alice", ONE],
        &["contact", "add", "bob", TWO],
        &["group", "create", "friends", "alice"],
        &["encrypt", "-q", "--to", "alice", "-o", "a.age", "in"],
    ] {
        env.does(args);
    }
    env
}

/// The keyring and the state as they were before a case.
struct Before {
    keyring: PathBuf,
    state: PathBuf,
    kept: [PathBuf; 2],
}

impl Before {
    fn of(env: &TestEnv) -> Self {
        let (keyring, state) = (env.bulla_home(), env.path("../home/.local/state/bulla"));
        let kept = [env.path("../kept-keyring"), env.path("../kept-state")];
        copy(&keyring, &kept[0]);
        copy(&state, &kept[1]);
        Self {
            keyring,
            state,
            kept,
        }
    }

    fn again(&self) {
        for (from, to) in self.kept.iter().zip([&self.keyring, &self.state]) {
            fs::remove_dir_all(to).unwrap();
            copy(from, to);
        }
    }
}

/// Runs commands after an attack. Returns the outcomes.
fn attacked(
    env: &TestEnv,
    before: &Before,
    (name, attack): (&str, &Attack),
    commands: &[&[&str]],
) -> Vec<Outcome> {
    before.again();
    let out = env.path("out");
    fs::remove_dir_all(&out).unwrap();
    fs::create_dir(&out).unwrap();
    let ground = Ground {
        env,
        keyring: before.keyring.clone(),
        home: env.path("../home"),
    };
    attack(&ground);
    let root = env.path("..");
    let without = [
        root.join("bulla"),
        before.state_in(&root),
        root.join("home/.config/bulla"),
        root.join("work/out"),
    ];
    let outside = seen(&root, &without);
    let run = |line: &&[&str]| {
        let outcome = env.bulla(*line).run();
        let what = format!("{name}: {line:?}: {}", outcome.stderr);
        assert!(outcome.code.is_some(), "ended by a signal: {what}");
        assert!(!outcome.stderr.contains("panicked"), "{what}");
        let now = seen(&root, &without);
        let changed: Vec<_> = now
            .iter()
            .filter(|(path, found)| outside.get(*path) != Some(found))
            .map(|(path, _)| path)
            .chain(outside.keys().filter(|path| !now.contains_key(*path)))
            .collect();
        assert!(changed.is_empty(), "{what}: changed outside: {changed:?}");
        outcome
    };
    commands.iter().map(run).collect()
}

impl Before {
    fn state_in(&self, root: &Path) -> PathBuf {
        root.join("home/.local/state/bulla")
    }
}

#[test]
fn long_a_pushed_keyring_changes_nothing_outside_and_starts_nothing() {
    push_everything(&TELLING);
}

#[test]
fn slow_a_pushed_keyring_changes_nothing_outside_under_any_command() {
    if std::env::var_os("BULLA_TEST_SLOW").is_some() {
        push_everything(&COMMANDS);
    }
}

fn push_everything(commands: &[&[&str]]) {
    let attacks = attacks();
    assert!(attacks.len() >= 100, "{}", attacks.len());
    let doctor = commands.iter().position(|line| **line == ["doctor"]);
    let doctor = doctor.expect("doctor is among the commands");
    println!(
        "{} pushes, {} commands after each",
        attacks.len(),
        commands.len()
    );
    let next = AtomicUsize::new(0);
    let worker = || {
        let env = home();
        let before = Before::of(&env);
        while let Some((name, attack)) = attacks.get(next.fetch_add(1, Ordering::Relaxed)) {
            let outcomes = attacked(&env, &before, (name, attack), commands);
            // A symlink is damage that is named, wherever it is.
            if let Some((place, _)) = name.split_once(" is a symlink") {
                let doctor = &outcomes[doctor];
                let found = format!("{place} is a symlink");
                let nested = place.starts_with(".previous/");
                let said = String::from_utf8_lossy(&doctor.stdout);
                assert!(nested || said.contains(&found), "{name}: {said}");
                assert_eq!(doctor.code, Some(1), "{name}");
            }
        }
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..2).map(|_| scope.spawn(worker)).collect();
        for worker in workers {
            worker.join().unwrap();
        }
    });
}

/// What was pushed is refused where it is met, with the exit code of damage.
#[test]
fn a_symlink_in_a_keyring_is_damage_that_is_named() {
    let env = home();
    let before = Before::of(&env);
    for (place, line) in [
        ("contacts/alice.toml", COMMANDS[3]),
        ("contacts", COMMANDS[2]),
        ("groups/friends.toml", COMMANDS[12]),
        ("identities/me.toml", COMMANDS[5]),
        ("keyring.lock", COMMANDS[2]),
        ("contacts/new.toml", COMMANDS[2]),
        (".previous", COMMANDS[14]),
    ] {
        before.again();
        let path = env.bulla_home().join(place);
        match path.symlink_metadata() {
            Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(&path).unwrap(),
            Ok(_) => fs::remove_file(&path).unwrap(),
            Err(_) => {}
        }
        symlink(env.path("../home/Documents"), &path).unwrap();
        let outcome = env.bulla(line).run();
        assert_eq!(outcome.code, Some(8), "{place}: {}", outcome.stderr);
        assert!(
            outcome
                .stderr
                .contains(&format!("{place} is a symlink, not a")),
            "{place}: {}",
            outcome.stderr
        );
    }
}
