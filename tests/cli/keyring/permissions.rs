//! Keyrings that others could change, and keyrings of others.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;

use crate::env::TestEnv;
use crate::someone::RECIPIENT;
use crate::tools::{need, tool};
use crate::traced::fault_at;

/// Gives everything in a folder the modes that git gives it under umask 002.
fn as_under_umask_002(folder: &Path) {
    fs::set_permissions(folder, PermissionsExt::from_mode(0o775)).unwrap();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            as_under_umask_002(&entry.path());
        } else {
            fs::set_permissions(entry.path(), PermissionsExt::from_mode(0o664)).unwrap();
        }
    }
}

#[test]
fn a_keyring_cloned_under_umask_002_is_protected_by_one_command() {
    let env = TestEnv::new();
    env.does(&["identity", "new", "--no-passphrase"]);
    env.does(&["contact", "add", "bob", RECIPIENT]);
    env.write("note", "hello");
    as_under_umask_002(&env.bulla_home());
    let encrypt = ["encrypt", "--to", "bob", "note", "-o", "-"];
    let path = env.bulla_home().canonicalize().unwrap();
    let refused = env.bulla(encrypt).env("BULLA_HOME", &path).run();
    assert_eq!(refused.code, Some(7), "{refused:?}");
    let (_, command) = refused.stderr.split_once("chmod ").unwrap();
    let command = command.lines().next().unwrap();
    assert!(command.starts_with("go-rwx "), "{command}");
    fs::set_permissions(&path, PermissionsExt::from_mode(0o700)).unwrap();
    let done = env.bulla(encrypt).run();
    assert_eq!(done.code, Some(0), "{done:?}");
    // What a pull brings later has such modes too.
    as_under_umask_002(&path.join("contacts"));
    let done = env.bulla(encrypt).run();
    assert_eq!(done.code, Some(0), "{done:?}");
    env.does(&["contact", "rename", "bob", "bert"]);
}

#[test]
fn root_leaves_no_folder_in_the_home_of_another_user() {
    if !rustix::process::geteuid().is_root() {
        eprintln!("skipped: playing root needs root");
        return;
    }
    let env = TestEnv::new();
    let home = env.path("somebody");
    fs::create_dir(&home).unwrap();
    chown(&home, Some(4001), Some(4001)).unwrap();
    env.write("note", "hello");
    for line in [
        &["identity", "new", "--no-passphrase"][..],
        &["contact", "add", "bob", RECIPIENT],
        &["config", "armor", "true"],
        &["config", "unlock_for", "5m"],
    ] {
        let run = env
            .bulla(line)
            .env("HOME", &home)
            .env("BULLA_HOME", "")
            .run();
        assert_eq!(run.code, Some(7), "{line:?}: {run:?}");
        assert!(run.stderr.contains("sudo -H bulla"), "{run:?}");
        assert_eq!(fs::read_dir(&home).unwrap().count(), 0, "{line:?}");
    }
    let line = ["encrypt", "-q", "-r", RECIPIENT, "note"];
    let run = env
        .bulla(line)
        .env("HOME", &home)
        .env("BULLA_HOME", "")
        .run();
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_eq!(fs::read_dir(&home).unwrap().count(), 0);
}

#[test]
fn a_keyring_on_a_file_system_without_modes_gets_one_warning() {
    let (make, mount) = need!("mkfs.ntfs", "ntfs-3g");
    let env = TestEnv::new();
    let (image, folder) = (env.write("image", ""), env.path("disk"));
    fs::OpenOptions::new()
        .write(true)
        .open(&image)
        .and_then(|file| file.set_len(32 << 20))
        .unwrap();
    fs::create_dir(&folder).unwrap();
    let is_made = |program: &Path, line: &[&str]| {
        let mut command = std::process::Command::new(program);
        command.args(line).current_dir(env.path(""));
        command.output().is_ok_and(|done| done.status.success())
    };
    if !is_made(&make, &["-F", "-Q", "image"]) || !is_made(&mount, &["image", "disk"]) {
        eprintln!("skipped: cannot mount a file system here");
        return;
    }
    let run = |line: &[&str]| env.bulla(line).env("BULLA_HOME", folder.join("kr")).run();
    let runs = [
        run(&["identity", "new", "--no-passphrase"]),
        run(&["contact", "add", "bob", RECIPIENT]),
        run(&["contact", "list"]),
    ];
    let unmounted = is_made(Path::new("umount"), &["disk"]);
    for run in &runs[1..] {
        let warnings = run
            .stderr
            .matches("file system without permissions")
            .count();
        assert_eq!((run.code, warnings), (Some(0), 1), "{run:?}");
    }
    assert_eq!(runs[0].code, Some(0), "{:?}", runs[0]);
    assert!(unmounted);
}

/// Gives a folder and everything in it to another user.
fn give(path: &Path) {
    chown(path, Some(4001), Some(4001)).unwrap();
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            give(&entry.unwrap().path());
        }
    }
}

#[test]
fn root_is_told_how_to_use_the_keyring_of_a_home_and_needs_none_for_recipients() {
    if !rustix::process::geteuid().is_root() {
        eprintln!("skipped: playing root needs root");
        return;
    }
    let env = TestEnv::new();
    env.does(&["identity", "new", "--no-passphrase", "-q"]);
    env.does(&["contact", "add", "bob", RECIPIENT]);
    env.does(&["config", "armor", "true"]);
    env.write("note", "hello");
    env.write("recipients", RECIPIENT);
    give(&env.path("../bulla"));
    give(&env.path("../home"));
    for line in [
        &["encrypt", "--to", "bob", "note"][..],
        &["contact", "list"],
        &["contact", "show", "bob"],
        &["identity", "list"],
        &["card"],
        &["contact", "add", "ann", RECIPIENT],
    ] {
        let run = env.bulla(line).run();
        assert_eq!(run.code, Some(7), "{line:?}: {run:?}");
        let hint = "bulla: hint: Run bulla without sudo, or with the home of root: sudo -H bulla";
        assert!(run.stderr.contains(hint), "{line:?}: {run:?}");
    }
    assert_eq!(env.list(), ["note", "recipients"]);
    for (to, out) in [
        (["-r", RECIPIENT], "by-r"),
        (["-R", "recipients"], "by-file"),
    ] {
        let run = env
            .bulla(["encrypt", "note", "-o", out].iter().chain(&to))
            .run();
        assert_eq!(run.code, Some(0), "{run:?}");
        let warnings = run.stderr.matches("bulla: warning: ").count();
        assert_eq!(warnings, 1, "{run:?}");
        assert!(
            run.stderr.contains("Ignoring the keyring and the config"),
            "{run:?}"
        );
        assert!(env.path(out).is_file());
    }
}

#[test]
fn a_keyring_that_may_not_be_read_does_not_stop_encrypting_to_a_recipient() {
    let Some(setpriv) = tool("setpriv").filter(|_| rustix::process::geteuid().is_root()) else {
        eprintln!("skipped: playing another user needs root and setpriv");
        return;
    };
    let env = TestEnv::new();
    env.does(&["identity", "new", "--no-passphrase", "-q"]);
    env.write("note", "hello");
    let root = env.path("..").canonicalize().unwrap();
    let program = root.join("program");
    let built = env!("CARGO_BIN_EXE_bulla");
    fs::hard_link(built, &program)
        .or_else(|_| fs::copy(built, &program).map(drop))
        .unwrap();
    fs::set_permissions(&root, PermissionsExt::from_mode(0o755)).unwrap();
    fs::set_permissions(env.path(""), PermissionsExt::from_mode(0o777)).unwrap();
    let user = ["--reuid=4001", "--regid=4001", "--clear-groups"].map(str::to_owned);
    let run = |line: &[&str]| {
        let line = line.iter().map(|word| word.to_string());
        let all = user
            .iter()
            .cloned()
            .chain([program.to_str().unwrap().to_owned()])
            .chain(line);
        env.program(&setpriv, all).run()
    };
    let done = run(&["encrypt", "-r", RECIPIENT, "note"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    assert!(env.path("note.age").is_file());
    let refused = run(&["contact", "list"]);
    assert_ne!(refused.code, Some(0), "{refused:?}");
    let lists = run(&["identity", "list"]);
    assert!(lists.code == Some(6) || lists.code == Some(7), "{lists:?}");
    assert!(lists.stderr.starts_with("bulla: error: "), "{lists:?}");
    let who = run(&["who", "note.age"]);
    assert_eq!(who.code, Some(7), "{who:?}");
}

#[test]
fn a_list_that_cannot_be_read_whole_says_so_and_fails() {
    let env = TestEnv::new();
    env.does(&["identity", "new", "--no-passphrase", "-q"]);
    env.does(&["contact", "add", "bob", RECIPIENT]);
    env.write("note", "hello");
    env.does(&["encrypt", "-q", "--to", "bob", "note"]);
    let strace = need!("strace");
    env.in_keyring("identities/work.toml", "kind = ");
    env.in_keyring("contacts/ann.toml", "keys = ");
    env.in_keyring("groups/all.toml", "members = ");
    for (kind, whole, damaged) in [
        ("identity", "me", "identities/work.toml"),
        ("contact", "bob", "contacts/ann.toml"),
        ("group", "", "groups/all.toml"),
    ] {
        let run = env.bulla([kind, "list"]).run();
        assert_eq!(run.code, Some(8), "{run:?}");
        assert!(String::from_utf8_lossy(&run.stdout).contains(whole));
        assert!(run.stderr.contains(damaged), "{run:?}");
    }
    let who = env.bulla(["who", "note.age"]).run();
    assert_eq!(who.code, Some(0), "{who:?}");
    for damaged in ["identities/work.toml", "contacts/ann.toml"] {
        let warned = who
            .stderr
            .lines()
            .filter(|line| line.starts_with("bulla: warning: ") && line.contains(damaged));
        assert_eq!(warned.count(), 1, "{damaged}: {who:?}");
    }
    for damaged in [
        "identities/work.toml",
        "contacts/ann.toml",
        "groups/all.toml",
    ] {
        fs::remove_file(env.path("../bulla").join(damaged)).unwrap();
    }
    // Errors of the system.
    for kind in ["identity", "contact", "group"] {
        let fails = fault_at("getdents64", "error=EIO", "1+");
        let said = env.bulla([kind, "list"]).traced(&strace, &fails);
        assert_eq!(said.code, Some(6), "{kind}: {said:?}");
        assert!(said.stderr.contains("Input/output error"), "{said:?}");
    }
    let mut warned = 0;
    for call in ["getdents64", "openat"] {
        let who = env.bulla(["who", "note.age"]);
        let whole = who.traced(&strace, &["-e", &format!("trace={call}")]);
        let calls = env.calls()[call];
        assert_eq!((whole.code, &*whole.stderr), (Some(0), ""), "{whole:?}");
        for number in calls.saturating_sub(40)..=calls {
            let fails = fault_at(call, "error=EIO", number);
            let said = env.bulla(["who", "note.age"]).traced(&strace, &fails);
            if said.code == Some(0) && said.stdout != whole.stdout {
                let warning = "bulla: warning: ";
                assert!(said.stderr.contains(warning), "{fails:?}: {said:?}");
                warned += 1;
            }
        }
    }
    assert!(warned > 0);
}
