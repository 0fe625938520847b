//! `encrypt … -- COMMAND`: the file gets its name only if the command succeeds.

use std::fs;
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};

use crate::commands_after_dashes::endings::Ending;
use crate::commands_after_dashes::shell::wait_until;
use crate::env::{Outcome, TestEnv};
use crate::someone::RECIPIENT;
use crate::tools::need;

const NOTHING: &str = "bulla: hint: Nothing was written, and no existing file was changed\n";

/// An old file that must not be lost.
fn with_old() -> TestEnv {
    let env = TestEnv::new().with_key();
    env.write("backup.age", "old");
    env
}

/// Nothing was written, and nothing is left.
#[track_caller]
fn nothing_happened(env: &TestEnv, said: &Outcome) {
    assert_eq!(said.code, Some(12), "{said:?}");
    assert_eq!(env.read("backup.age"), b"old", "{said:?}");
    assert_eq!(env.list(), ["backup.age", "key"], "{said:?}");
    env.wait_for_the_end();
}

fn with_each(endings: &[Ending]) {
    let env = with_old();
    for ending in endings {
        let script = format!("echo data; {}", ending.script());
        let said = env.backup(&[], &script).run();
        nothing_happened(&env, &said);
        let (first, rest) = said.stderr.split_once('\n').unwrap();
        ending.assert_is_told(first, "bulla: error: sh ");
        assert_eq!(rest, NOTHING);
    }
}

#[test]
fn a_command_that_fails_leaves_the_old_file_however_it_ends() {
    with_each(&Ending::some());
}

#[test]
fn slow_a_command_that_fails_leaves_the_old_file_with_each_of_all_endings() {
    if std::env::var_os("BULLA_TEST_SLOW").is_some() {
        with_each(&Ending::all());
    }
}

#[test]
fn a_command_that_succeeds_replaces_the_old_file() {
    let env = with_old();
    let said = env.backup(&[], "echo data; exit 0").run();
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(
        said.stderr.starts_with("Encrypted backup.age for "),
        "{said:?}"
    );
    assert_eq!(env.contents(), b"data\n");
    env.backup(&[], "echo new >&1")
        .in_a_script()
        .run()
        .assert(0, "", "");
    assert_eq!(env.contents(), b"new\n");
    env.wait_for_the_end();
}

#[test]
fn the_last_words_of_a_failed_command_are_shown_and_cannot_control_the_terminal() {
    let env = with_old();
    let script = "echo 'first' >&2; printf 'cannot \\033[31mconnect\\n' >&2; exit 1";
    let said = env.backup(&[], script).in_a_script().run();
    nothing_happened(&env, &said);
    // What it writes is shown as it comes, and again, escaped, as the reason.
    let live = "first\ncannot \u{1b}[31mconnect\n";
    let reason = "bulla: error: sh ended with exit code 1, and wrote \
                  \"first / cannot \\u{1b}[31mconnect\"\n";
    assert_eq!(said.stderr, format!("{live}{reason}{NOTHING}"));
    let script = "for n in 1 2 3 4 5 6; do printf '%0200d\\n' $n >&2; done; exit 1";
    let said = env.backup(&["-q"], script).in_a_script().run();
    let reason = said.stderr.lines().last().unwrap();
    assert!(reason.len() < 600 && reason.contains("…"), "{reason}");
}

#[test]
fn a_program_that_is_not_there_is_named_and_nothing_is_asked_or_written() {
    let env = with_old();
    env.write("text", "no program");
    env.write("script", "#!/no/such/interpreter\n");
    fs::set_permissions(
        env.path("script"),
        std::os::unix::fs::PermissionsExt::from_mode(0o755),
    )
    .unwrap();
    let hint = "bulla: hint: A command follows --. For a file whose name begins with a hyphen: \
                ./-NAME\n";
    let run = |program: &str| {
        // Without -r somebody would have to be asked.
        env.bulla(["encrypt", "-f", "-o", "backup.age", "--", program])
            .run()
    };
    for (program, why) in [
        ("pg_dump", "Cannot find pg_dump"),
        ("./pg_dump", "Cannot find ./pg_dump"),
        ("./text", "./text is not an executable file"),
        ("/etc", "/etc is not an executable file"),
    ] {
        run(program).assert(12, "", &format!("bulla: error: {why}\n{hint}"));
    }
    let relative = [
        "encrypt",
        "-f",
        "-r",
        RECIPIENT,
        "-o",
        "backup.age",
        "--",
        "script",
    ];
    let said = env.bulla(relative).env("PATH", ".").run();
    assert!(
        said.stderr
            .contains("script is found only through a relative entry of PATH"),
        "{said:?}"
    );
    let missing = [
        "encrypt",
        "-f",
        "-r",
        RECIPIENT,
        "-o",
        "backup.age",
        "--",
        "./script",
    ];
    let said = env.bulla(missing).run();
    assert_eq!(said.code, Some(12), "{said:?}");
    assert!(
        said.stderr
            .contains("cannot start ./script: No such file or directory"),
        "{said:?}"
    );
    assert_eq!(env.read("backup.age"), b"old");
    assert_eq!(env.list(), ["backup.age", "key", "script", "text"]);
    env.wait_for_the_end();
}

#[test]
fn files_and_a_command_are_not_encrypted_together() {
    let env = TestEnv::new();
    let said = env
        .bulla(["encrypt", "-r", RECIPIENT, "plan", "--", "/bin/cat"])
        .run();
    assert_eq!(said.code, Some(2));
    assert!(
        said.stderr
            .contains("Name files or a command to encrypt, not both"),
        "{said:?}"
    );
}

#[test]
fn the_output_ends_when_nobody_holds_it_any_more() {
    let env = with_old();
    let late = "mkfifo go; (read x < go; echo late) & echo early; echo > ended";
    let run = env.backup(&[], late);
    let mut child = run.command().stdin(Stdio::null()).spawn().unwrap();
    env.wait_for_file("ended");
    assert_eq!(env.read("backup.age"), b"old");
    fs::write(env.path("go"), "now\n").unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(env.contents(), b"early\nlate\n");
    env.wait_for_the_end();
}

#[test]
fn what_a_failed_command_started_is_ended_with_it() {
    let env = with_old();
    let said = env
        .backup(&[], "sleep 1000 & (sleep 1001 &) ; echo data; exit 3")
        .run();
    nothing_happened(&env, &said);
}

#[test]
fn what_a_successful_command_leaves_in_the_background_is_left_alone() {
    let env = with_old();
    let script = "sleep 1000 >/dev/null 2>&1 & echo $! > pid; echo data";
    let said = env.backup(&[], script).run();
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(
        env.processes()
            .iter()
            .any(|line| line.contains("sleep 1000"))
    );
    kill(&env, "pid");
}

#[test]
fn a_stream_to_standard_output_is_never_completed_if_the_command_fails() {
    let env = TestEnv::new().with_key();
    for (script, whole) in [
        ("head -c 300000 /dev/zero", true),
        ("head -c 300000 /dev/zero; exit 1", false),
    ] {
        let command = [
            "encrypt", "-q", "-r", RECIPIENT, "--", "/bin/sh", "-c", script,
        ];
        let said = env.bulla(command).env("PATH", "/usr/bin:/bin").run();
        assert_eq!(
            said.code,
            Some(if whole { 0 } else { 12 }),
            "{}",
            said.stderr
        );
        env.write("stream", &said.stdout);
        let read = env.bulla(["verify", "-i", "key", "stream"]).run();
        assert_eq!(
            read.code,
            Some(if whole { 0 } else { 5 }),
            "{}",
            read.stderr
        );
    }
}

#[test]
fn the_command_reads_our_standard_input_and_has_our_environment() {
    let env = TestEnv::new().with_key();
    let said = env
        .backup(&[], "cat; echo $CLAY; pwd")
        .stdin("from outside\n")
        .env("CLAY", "tablet")
        .run();
    assert_eq!(said.code, Some(0), "{said:?}");
    let expected = format!(
        "from outside\ntablet\n{}\n",
        env.path("").canonicalize().unwrap().display()
    );
    assert_eq!(String::from_utf8(env.contents()).unwrap(), expected);
}

#[test]
fn the_command_has_the_network_but_no_keys_and_no_other_processes() {
    let python = need!("python3");
    let env = TestEnv::new().with_key();
    let python = std::process::Command::new(python)
        .args(["-c", "import sys; print(sys.executable, end='')"])
        .output()
        .unwrap();
    let python = String::from_utf8(python.stdout).unwrap();
    let spy = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli/processes.py");
    let line = [
        "encrypt", "-q", "-r", RECIPIENT, "-o", "out", "--", &python, spy, "log",
    ];
    let said = env.bulla(line).descriptor(9, "for bulla alone").run();
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    let noted = String::from_utf8(env.read("log")).unwrap();
    for expected in [
        "ptrace denied",
        "process_vm_readv denied",
        "pidfd_getfd denied",
        "add_key denied",
        "keyctl denied",
        "typing denied",
        "network open",
        "local sockets open",
        "files [0, 1, 2]",
    ] {
        assert!(
            noted.lines().any(|line| line == expected),
            "{expected}: {noted}"
        );
    }
}

#[test]
fn bulla_itself_has_no_network_and_starts_nothing_while_the_command_runs() {
    let env = TestEnv::new().with_key();
    let said = env.backup(&["-v"], "echo data").in_a_script().run();
    let at = |text: &str| {
        said.stderr
            .find(text)
            .unwrap_or_else(|| panic!("{text}: {said:?}"))
    };
    let network = at("Network connections are blocked: active");
    let exec = at("No other program can be started: active");
    let begun = at("Started sh (process ");
    assert!(network < exec && exec < begun, "{said:?}");
}

#[test]
fn signals_that_bulla_ignores_or_handles_have_their_default_meaning_for_the_command() {
    let env = TestEnv::new().with_key();
    let said = env
        .backup(&[], "grep -E 'Sig(Ign|Blk|Cgt)' /proc/self/status")
        .run();
    assert_eq!(said.code, Some(0), "{said:?}");
    let masks = String::from_utf8(env.contents()).unwrap();
    assert_eq!(masks.lines().count(), 3, "{masks}");
    for line in masks.lines() {
        let mask = line.split_whitespace().last().unwrap();
        let mask = u64::from_str_radix(mask, 16).unwrap();
        for signal in [Signal::PIPE, Signal::XFSZ] {
            assert_eq!(mask >> (signal.as_raw() - 1) & 1, 0, "{signal:?}: {masks}");
        }
    }
}

/// Kills a process by its ID in a file.
fn kill(env: &TestEnv, file: &str) {
    env.wait_for_file(file);
    let pid = String::from_utf8(env.read(file)).unwrap();
    let pid = Pid::from_raw(pid.trim().parse().unwrap()).unwrap();
    kill_process(pid, Signal::KILL).unwrap();
}

/// Kills the process that this is in the script of a backup, while the backup goes on.
fn killing(env: &TestEnv, process: &str) -> Outcome {
    let script = format!("echo data; echo {process} > pid; exec sleep 1000");
    let run = env.backup(&[], &script);
    let mut command = run.command();
    command.stdin(Stdio::null()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    kill(env, "pid");
    let said = run.outcome(child.wait_with_output().unwrap());
    fs::remove_file(env.path("pid")).unwrap();
    said
}

#[test]
fn killing_the_command_leaves_the_old_file() {
    let env = with_old();
    let said = killing(&env, "$$");
    nothing_happened(&env, &said);
}

#[test]
fn killing_bulla_ends_the_command_and_leaves_the_old_file() {
    let env = with_old();
    for script in [
        "echo data; echo > begun; sleep 1000",
        "echo > begun; exec sleep 1000 >/dev/null",
        "trap '' TERM INT HUP; echo > begun; (sleep 1000; echo x) | cat",
    ] {
        let run = env.backup(&[], script);
        let mut child = run.command().stdin(Stdio::null()).spawn().unwrap();
        env.wait_for_file("begun");
        child.kill().unwrap();
        child.wait().unwrap();
        env.wait_for_the_end();
        fs::remove_file(env.path("begun")).unwrap();
        assert_eq!(env.read("backup.age"), b"old");
        assert_eq!(env.list(), ["backup.age", "key"]);
    }
}

#[test]
fn the_next_backup_removes_what_a_killed_one_left() {
    let env = with_old();
    env.write(
        ".bulla-0123456789abcdef.tmp",
        "a whole file without its name",
    );
    assert_eq!(env.backup(&["-q"], "echo data").run().code, Some(0));
    assert_eq!(env.list(), ["backup.age", "key"]);
}

#[test]
fn signals_are_passed_on_and_bulla_waits_for_the_end_of_the_command() {
    let env = with_old();
    for (signal, name) in [
        (Signal::TERM, "TERM"),
        (Signal::INT, "INT"),
        (Signal::HUP, "HUP"),
    ] {
        let script = format!(
            "trap 'sleep 0.3; echo {name} > told; exit 0' {name}; echo data; echo > begun; \
             while :; do sleep 0.05; done"
        );
        let run = env.backup(&[], &script);
        let mut child = run.command().stdin(Stdio::null()).spawn().unwrap();
        env.wait_for_file("begun");
        kill_process(Pid::from_child(&child), signal).unwrap();
        let status = child.wait().unwrap();
        use std::os::unix::process::ExitStatusExt;
        assert_eq!(status.signal(), Some(signal.as_raw()));
        // Not after the end of bulla.
        assert_eq!(env.read("told"), format!("{name}\n").as_bytes());
        assert_eq!(env.processes(), [""; 0]);
        // Although the command ended with 0: what it wrote is not all.
        assert_eq!(env.read("backup.age"), b"old");
        fs::remove_file(env.path("told")).unwrap();
        fs::remove_file(env.path("begun")).unwrap();
    }
}

#[test]
fn a_command_that_ignores_signals_is_ended_all_the_same() {
    let env = with_old();
    let script = "trap '' TERM; echo > begun; while :; do sleep 1; done";
    let run = env.backup(&[], script);
    let mut child = run.command().stdin(Stdio::null()).spawn().unwrap();
    env.wait_for_file("begun");
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    child.wait().unwrap();
    assert_eq!(env.processes(), [""; 0]);
    assert_eq!(env.read("backup.age"), b"old");
}

#[test]
fn killing_the_keeper_ends_the_command_and_is_a_failure() {
    let env = with_old();
    let said = killing(&env, "$PPID");
    assert!(
        said.stderr
            .contains("The process that looks after sh was killed"),
        "{said:?}"
    );
    nothing_happened(&env, &said);
}

/// A file system of one page in a new mount namespace.
const ON_A_FULL_DISK: &str = "
    mount -t tmpfs -o size=64k none disk || exit 99
    echo old > disk/backup.age
    head -c 200000 /dev/zero >disk/filler 2>/dev/null
    \"$@\"
    echo \"exit $?\" >&2
    ls -A disk >&2
    cat disk/backup.age >&2";

#[test]
fn without_space_the_command_is_ended_and_the_old_file_stays() {
    let unshare = need!("unshare");
    let env = TestEnv::new().with_key();
    fs::create_dir(env.path("disk")).unwrap();
    let is_root = rustix::process::geteuid().is_root();
    let flags = if is_root {
        &["--mount"][..]
    } else {
        &["--user", "--map-root-user", "--mount"]
    };
    let encrypt = ["encrypt", "-f", "-r", RECIPIENT, "-o", "disk/backup.age"];
    let endless = ["--", "/bin/sh", "-c", "cat /dev/zero"];
    let shell = [
        "/bin/sh",
        "-c",
        ON_A_FULL_DISK,
        "sh",
        env!("CARGO_BIN_EXE_bulla"),
    ];
    let said = env
        .program(&unshare, [flags, &shell, &encrypt, &endless].concat())
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .run();
    if said.code != Some(0) || said.stderr.contains("mount") {
        return crate::tools::skip("no file system can be mounted");
    }
    assert!(
        said.stderr.ends_with("\nexit 6\nbackup.age\nfiller\nold\n"),
        "{}",
        said.stderr
    );
    env.wait_for_the_end();
}

#[test]
fn without_space_at_any_write_the_old_file_stays() {
    let prlimit = need!("prlimit");
    let env = with_old();
    let script = "head -c 300000 /dev/zero";
    let encrypt = ["encrypt", "-f", "-r", RECIPIENT, "-o", "backup.age"];
    let command = ["--", "/bin/sh", "-c", script];
    // The file has some 300,500 bytes.
    for limit in (0..300_000).step_by(20_000).chain([300_200]) {
        let limit = format!("--fsize={limit}");
        let bulla = [limit.as_str(), env!("CARGO_BIN_EXE_bulla")];
        let said = env
            .program(&prlimit, [&bulla[..], &encrypt, &command].concat())
            .env("PATH", "/usr/bin:/bin")
            .run();
        assert_eq!(said.code, Some(6), "{limit}: {said:?}");
        assert_eq!(env.read("backup.age"), b"old", "{limit}");
        assert_eq!(env.list(), ["backup.age", "key"], "{limit}");
        env.wait_for_the_end();
    }
}

#[test]
fn nothing_is_started_if_the_output_cannot_be_created() {
    let env = with_old();
    let line = [
        "encrypt",
        "-r",
        RECIPIENT,
        "-o",
        "backup.age",
        "--",
        "/bin/sh",
        "-c",
        "echo > begun",
    ];
    let said = env.bulla(line).run();
    assert_eq!(said.code, Some(7), "{said:?}");
    let line = [
        "encrypt",
        "-r",
        RECIPIENT,
        "-o",
        "no/backup.age",
        "--",
        "/bin/sh",
        "-c",
        "echo > begun",
    ];
    let said = env.bulla(line).run();
    assert_eq!(said.code, Some(6), "{said:?}");
    assert_eq!(env.list(), ["backup.age", "key"]);
}

#[test]
fn the_passphrase_is_asked_for_before_the_command_is_started() {
    let env = TestEnv::new();
    let line = [
        "encrypt",
        "-p",
        "-o",
        "backup.age",
        "--",
        "/bin/sh",
        "-c",
        "echo > begun; echo data",
    ];
    let Some(terminal) = env.bulla(line).env("TERM", "xterm").on_terminal() else {
        return;
    };
    terminal.wait_for("assphrase");
    assert!(!env.path("begun").exists());
    terminal
        .keys("anchor velvet pond marble\n")
        .wait_for("assphrase");
    assert!(!env.path("begun").exists());
    terminal.keys("anchor velvet pond marble\n");
    let said = terminal.end();
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(env.list(), ["backup.age", "begun"]);
}

#[test]
fn the_command_can_use_the_terminal() {
    let env = TestEnv::new().with_key();
    let script = "stty -echo </dev/tty; printf 'Login: ' >/dev/tty; read x </dev/tty; stty echo </dev/tty; echo got $x";
    let run = env.backup(&[], script).env("TERM", "xterm");
    let Some(terminal) = run.on_terminal() else {
        return;
    };
    terminal.wait_for("Login: ").keys("ann\n");
    let said = terminal.end();
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(env.contents(), b"got ann\n");
}

#[test]
fn ctrl_c_at_the_terminal_ends_both() {
    let env = with_old();
    let run = env
        .backup(&[], "echo > begun; sleep 1000; echo data")
        .env("TERM", "xterm");
    let Some(terminal) = run.on_terminal() else {
        return;
    };
    env.wait_for_file("begun");
    terminal.keys("\u{3}");
    let said = terminal.end();
    assert_eq!(said.signal, Some(Signal::INT.as_raw()), "{said:?}");
    env.wait_for_the_end();
    assert_eq!(env.read("backup.age"), b"old");
}

#[test]
fn json_names_the_command_and_has_kinds_of_failures() {
    let env = with_old();
    let said = env
        .backup(&["--json"], "echo words >&2; echo data")
        .in_a_script()
        .run();
    assert_eq!((said.code, said.stderr.as_str()), (Some(0), "words\n"));
    let [line] = said.json().try_into().unwrap();
    assert_eq!(line["producer"], "sh");
    assert_eq!(line["output"], "backup.age");
    env.write("backup.age", "old");
    for (script, kind) in [("exit 3", "command-failed"), ("true", "incomplete-input")] {
        let said = env.backup(&["--json"], script).in_a_script().run();
        let [line] = said.json().try_into().unwrap();
        assert_eq!(line["error"]["kind"], kind, "{line}");
        assert_eq!(line["error"]["exit_code"], 12);
        assert_eq!(line["file"], serde_json::Value::Null);
        nothing_happened(&env, &said);
    }
    wait_until("nobody", || env.processes().is_empty());
}

#[test]
fn a_script_is_told_what_to_type_with_the_command_in_its_place() {
    let env = TestEnv::new();
    let said = env
        .bulla([
            "encrypt",
            "--no-prompt",
            "-o",
            "b.age",
            "--",
            "/bin/echo",
            "-n",
            "a b",
        ])
        .run();
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(
        said.stderr
            .contains("bulla encrypt --to NAME -o b.age -- /bin/echo -n 'a b'"),
        "{said:?}"
    );
}
