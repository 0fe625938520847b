//! Receipts and the status file.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};

use crate::env::TestEnv;

#[test]
fn a_machine_without_receipts_says_so_to_scripts_too() {
    let env = TestEnv::with_copy();
    let said = env.bulla(["drill", "--history"]).run();
    assert_eq!((said.code, &*said.stdout), (Some(0), &b""[..]), "{said:?}");
    assert!(
        said.stderr.starts_with("There are no receipts yet in "),
        "{said:?}"
    );
}

#[test]
fn a_receipt_that_does_not_fit_comes_without_a_promise() {
    let prlimit = crate::tools::need!("prlimit");
    let env = TestEnv::with_copy();
    let said = env
        .program(
            &prlimit,
            [
                "--fsize=10",
                env!("CARGO_BIN_EXE_bulla"),
                "drill",
                "--identity",
                "recovery",
                "--receipts",
                "r.jsonl",
                "db.age",
            ],
        )
        .run();
    assert_eq!(said.code, Some(6), "{said:?}");
    assert!(
        said.stderr
            .contains("Cannot append to r.jsonl: File too large")
            && said
                .stderr
                .contains("hint: Raise the limit on the size of files"),
        "{said:?}"
    );
    assert!(!said.stderr.contains("No partial output"), "{said:?}");
}

#[test]
fn a_drill_that_a_signal_ends_leaves_no_receipt_whatever_its_command_does() {
    let env = TestEnv::with_copy();
    for (script, signal) in [
        ("exec sleep 1000", Signal::TERM),
        ("exec sleep 1000", Signal::INT),
        // It ends as if all were well.
        (
            "trap 'exit 0' TERM; while :; do sleep 0.01; done",
            Signal::TERM,
        ),
        (
            "trap 'exit 3' INT; while :; do sleep 0.01; done",
            Signal::INT,
        ),
    ] {
        let script = format!("export PATH=/usr/bin:/bin; echo yes >begun; {script}");
        let line = ["drill", "--identity", "recovery", "db.age", "--"];
        let run = env.bulla([&line[..], &["/bin/sh", "-c", &script]].concat());
        let child = run.command().stderr(Stdio::piped()).spawn().unwrap();
        env.wait_for_file("begun");
        // The shell sets its trap.
        std::thread::sleep(std::time::Duration::from_millis(200));
        kill_process(Pid::from_child(&child), signal).unwrap();
        let said = run.outcome(child.wait_with_output().unwrap());
        assert_eq!(said.signal, Some(signal.as_raw()), "{script}: {said:?}");
        assert_eq!(said.stderr, "", "{script}");
        assert_eq!(env.receipts(), "", "{script}");
        fs::remove_file(env.path("begun")).unwrap();
    }
}

#[test]
fn receipts_are_private_listed_and_verified() {
    let env = TestEnv::with_copy();
    env.drill(&["db.age"]).assert_quiet();
    env.write("x.age", "no age file");
    assert_eq!(env.drill(&["x.age"]).code, Some(4));
    let path = env.path("../home/.local/state/bulla/receipts.jsonl");
    let mode = path.metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let listed = env.does(&["drill", "--history"]);
    let lines: Vec<&str> = listed.lines().collect();
    assert_eq!(lines.len(), 2, "{listed}");
    assert!(lines[0].contains("  proved  "), "{listed}");
    assert!(lines[1].contains("  not-age  "), "{listed}");
    assert!(listed.contains("signed by you (recovery)"), "{listed}");
    // Whoever can write the file cannot turn a failure into a proof.
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("not-age", "proved")).unwrap();
    let changed = env.bulla(["drill", "--history"]).run();
    assert_eq!(changed.code, Some(1), "{changed:?}");
    assert!(changed.stderr.contains("line 2: "), "{changed:?}");
    let shown = String::from_utf8(changed.stdout).unwrap();
    assert_eq!(shown.lines().count(), 1, "{shown}");
}

#[test]
fn a_drill_whose_receipt_cannot_be_kept_proves_nothing() {
    let env = TestEnv::with_copy();
    env.write("others", "");
    fs::set_permissions(env.path("others"), fs::Permissions::from_mode(0o666)).unwrap();
    std::os::unix::fs::symlink("db", env.path("link")).unwrap();
    for (receipts, code) in [("others", 7), ("link", 8), ("/dev/full", 8), ("db/x", 6)] {
        let line = ["db.age", "--receipts", receipts, "--status-file", "s.json"];
        let refused = env.drill(&line);
        assert_eq!(refused.code, Some(code), "{receipts}: {refused:?}");
        assert!(!refused.text().contains("proved"), "{refused:?}");
        assert!(!env.path("s.json").exists());
    }
    assert_eq!(env.read("db"), b"the accounts\n");
}

#[test]
fn the_status_file_says_when_and_with_which_key_and_names_the_receipt() {
    let env = TestEnv::with_copy();
    env.drill(&["db.age", "--status-file", "s.json"])
        .assert_quiet();
    let status: serde_json::Value = serde_json::from_slice(&env.read("s.json")).unwrap();
    let receipts = env.receipts();
    let receipt: serde_json::Value = serde_json::from_str(&receipts).unwrap();
    assert_eq!(status["drill"]["key"], "recovery");
    assert_eq!(status["drill"]["date"], receipt["date"]);
    assert_eq!(status["drill"]["proved"], 1);
    assert_eq!(status["proved"]["file"], receipt["file"]);
    // A drill that fails leaves what was proved before.
    env.write("x.age", "no age file");
    let failed = env.drill(&["x.age", "--status-file", "s.json"]);
    assert_eq!(failed.code, Some(4), "{failed:?}");
    let later: serde_json::Value = serde_json::from_slice(&env.read("s.json")).unwrap();
    assert_eq!(later["proved"], status["proved"]);
    assert_eq!(
        (&later["drill"]["proved"], &later["drill"]["failed"]),
        (&0.into(), &1.into())
    );
    env.drill(&["db.age", "--status-file", "s.prom"])
        .assert_quiet();
    let text = String::from_utf8(env.read("s.prom")).unwrap();
    let wanted = "\nbulla_drill_proved_files{key=\"recovery\"} 1\n";
    assert!(text.contains(wanted), "{text}");
    let mode = env.path("s.prom").metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o044, 0o044, "others have to read it");
}

#[test]
fn a_file_that_is_no_status_file_is_not_replaced() {
    let env = TestEnv::with_copy();
    env.write("package.json", "{\"name\":\"x\"}");
    let refused = env.drill(&["db.age", "--status-file", "package.json"]);
    assert_eq!(refused.code, Some(7), "{refused:?}");
    assert_eq!(env.read("package.json"), b"{\"name\":\"x\"}");
    let ending = env.drill(&["db.age", "--status-file", "status"]);
    assert_eq!(ending.code, Some(2), "{ending:?}");
    assert_eq!(env.receipts(), "");
}

#[test]
fn encrypt_keeps_the_status_file_too_and_each_keeps_the_part_of_the_other() {
    let env = TestEnv::with_copy();
    env.sealed("db", &["--status-file", "s.json"]);
    env.drill(&["db.age", "--status-file", "s.json"])
        .assert_quiet();
    env.write("more", "0123456789");
    env.sealed("more", &["--status-file", "s.json"]);
    let status: serde_json::Value = serde_json::from_slice(&env.read("s.json")).unwrap();
    let file = env.path("more.age");
    assert_eq!(status["sealed"]["size"], file.metadata().unwrap().len());
    assert_eq!(status["sealed"]["file"], file.to_str().unwrap());
    assert_eq!(status["proved"]["key"], "recovery");
    // What fails leaves it as it was.
    let before = env.read("s.json");
    let line = ["encrypt", "--to", "me", "--status-file", "s.json"];
    let failed = env.bulla([&line[..], &["nothing"]].concat()).run();
    assert_eq!(failed.code, Some(6), "{failed:?}");
    let refused = env
        .bulla([&line[..], &["-o", "-"]].concat())
        .stdin("x")
        .run();
    assert_eq!(
        (refused.code, refused.stdout.len()),
        (Some(2), 0),
        "{refused:?}"
    );
    assert_eq!(env.read("s.json"), before);
}

#[test]
fn a_status_file_that_cannot_be_written_says_that_the_rest_is_complete() {
    let env = TestEnv::with_copy();
    // The command takes the name away while it runs.
    let line = "encrypt --to me --no-sign -o new.age --status-file s.json -- /bin/sh -c";
    let line: Vec<_> = line
        .split(' ')
        .chain(["/bin/mkdir s.json; echo data"])
        .collect();
    let run = env.bulla(line).run();
    assert!(run.code.is_some_and(|code| code != 0), "{run:?}");
    let text = run.text();
    assert!(
        text.contains("What was encrypted is complete; only the status file was not written")
            && !text.contains("No partial output"),
        "{text}"
    );
    let read = env.bulla(["decrypt", "-o", "-", "new.age"]).run();
    assert_eq!(
        (read.code, &*read.stdout),
        (Some(0), &b"data\n"[..]),
        "{read:?}"
    );
}

#[test]
fn doctor_says_when_a_backup_was_last_proved_and_advises_a_drill() {
    let env = TestEnv::with_copy();
    let doctor = || env.bulla(["doctor"]).run().text();
    // Files that are encrypted without a status file are not taken for backups.
    let text = doctor();
    assert!(!text.contains("prove"), "{text}");
    env.sealed("db", &["--status-file", "s.json"]);
    let text = doctor();
    assert!(
        text.contains("db.age were never proved by a drill"),
        "{text}"
    );
    env.drill(&["db.age"]).assert_quiet();
    let text = doctor();
    let wanted = "\nbackups: last proved with recovery just now\n";
    assert!(text.contains(wanted), "{text}");
    assert!(!text.contains("drill"), "{text}");
    // Forty-one days later. Only a receipt that nobody signed can be dated back here.
    let receipts = env.receipts();
    let mut receipt: serde_json::Value = serde_json::from_str(&receipts).unwrap();
    let object = receipt.as_object_mut().unwrap();
    object.remove("signature");
    object.insert("signer".into(), serde_json::Value::Null);
    let then = std::time::SystemTime::now() - std::time::Duration::from_secs(41 * 86400 + 60);
    let then = humantime::format_rfc3339_seconds(then).to_string();
    object.insert("date".into(), then.into());
    let path = env.path("../home/.local/state/bulla/receipts.jsonl");
    fs::write(&path, format!("{receipt}\n")).unwrap();
    let text = doctor();
    let wanted = "- backups were last proved with recovery 41 days ago (the receipt is not \
                  signed)\n  fix: bulla drill --identity RECOVERY PATH\n";
    assert!(text.contains(wanted), "{text}");
    fs::write(&path, "no receipt\n").unwrap();
    let text = doctor();
    assert!(text.contains("! 1 line of the receipts"), "{text}");
}
