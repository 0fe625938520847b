//! `decrypt … -- COMMAND`: the command sees the end of its input only if all of it is authentic.

use std::fs;
use std::io::Write;
use std::process::{Child, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::commands_after_dashes::endings::Ending;
use crate::env::TestEnv;
use crate::someone::RECIPIENT;

/// Like `psql -1`: what it reads counts only if it has seen a clean end.
const COMMITS: &str = "cat > part; echo > committed";
/// The same through a pipe: the end of the first program is the end of the input of the second.
const COMMITS_THROUGH_PIPE: &str = "cat | (cat > part; echo > committed)";

fn with_file(plain: &[u8]) -> TestEnv {
    let env = TestEnv::new().with_key();
    env.write("x.age", env.closed(plain));
    env
}

#[test]
fn the_contents_go_to_the_command_and_its_output_is_ours() {
    let plain: Vec<u8> = (0..700_000_u32).flat_map(u32::to_le_bytes).collect();
    let env = with_file(&plain);
    for stream in [&[][..], &["--stream"]] {
        for armor in [false, true] {
            if armor {
                let line = ["encrypt", "-qfa", "-r", RECIPIENT, "-o", "x.age"];
                env.bulla(line).stdin(&*plain).run().assert_quiet();
            }
            let said = env.restore(&[&["x.age"][..], stream].concat(), "cat").run();
            assert_eq!(said.code, Some(0), "{}", said.stderr);
            assert!(said.stdout == plain, "{stream:?}");
            assert_eq!(said.stderr, "Decrypted x.age for sh, not signed\n");
        }
    }
    env.restore(&["x.age"], "cat >/dev/null")
        .in_a_script()
        .run()
        .assert(0, "", "");
    assert_eq!(env.list(), ["key", "x.age"]);
    env.wait_for_the_end();
}

#[test]
fn the_exit_code_of_the_command_decides() {
    let env = with_file(b"data");
    let said = env
        .restore(&["x.age"], "echo no >&2; kill -9 $$")
        .in_a_script()
        .run();
    said.assert(
        12,
        "",
        "no\nbulla: error: sh ended with signal 9 (SIGKILL), and wrote \"no\"\n",
    );
    env.bulla(["decrypt", "-i", "key", "x.age", "--", "psql"]).run().assert(
        12,
        "",
        "bulla: error: Cannot find psql\nbulla: hint: A command follows --. For a file whose name \
         begins with a hyphen: ./-NAME\n",
    );
    env.wait_for_the_end();
}

/// A command that gets everything, and ends in each of these ways.
fn with_each(endings: &[Ending]) {
    let env = with_file(b"data");
    for ending in endings {
        let script = format!("cat; {}", ending.script());
        let said = env.restore(&["x.age"], &script).run();
        assert_eq!(
            (said.code, &*said.stdout),
            (Some(12), &b"data"[..]),
            "{said:?}"
        );
        let line = said.stderr.strip_suffix('\n').unwrap();
        ending.assert_is_told(line, "bulla: error: sh ");
    }
    assert_eq!(env.list(), ["key", "x.age"]);
    env.wait_for_the_end();
}

#[test]
fn a_command_that_got_everything_and_fails_is_a_failure_however_it_ends() {
    with_each(&Ending::some());
}

#[test]
fn slow_a_command_that_got_everything_is_a_failure_with_each_of_all_endings() {
    if std::env::var_os("BULLA_TEST_SLOW").is_some() {
        with_each(&Ending::all());
    }
}

#[test]
fn a_command_need_not_read_everything_if_it_succeeds() {
    let env = with_file(&vec![b'x'; 3_000_000]);
    for stream in [&[][..], &["--stream"]] {
        let options = [&["x.age"][..], stream].concat();
        let said = env.restore(&options, "head -c 3").run();
        assert_eq!(
            (said.code, &*said.stdout),
            (Some(0), &b"xxx"[..]),
            "{said:?}"
        );
        assert_eq!(env.restore(&options, "true").run().code, Some(0));
        // No signal of ours: a pipe of a command is not standard output.
        let said = env.restore(&options, "head -c 3 >/dev/null; exit 5").run();
        assert_eq!((said.code, said.signal), (Some(12), None), "{said:?}");
        let said = env
            .restore(&options, "exec <&-; sleep 0.2; echo slept")
            .run();
        assert_eq!(
            (said.code, &*said.stdout),
            (Some(0), &b"slept\n"[..]),
            "{said:?}"
        );
    }
}

#[test]
fn what_was_not_read_is_still_checked_in_a_stream() {
    let env = with_file(&vec![b'x'; 3_000_000]);
    let file = env.read("x.age");
    env.write("cut.age", &file[..2_000_000]);
    let said = env.restore(&["cut.age", "--stream"], "head -c 3").run();
    assert_eq!(said.code, Some(5), "{said:?}");
}

#[test]
fn the_command_is_started_only_after_everything_was_checked() {
    let env = with_file(&vec![b'x'; 500_000]);
    let mut file = env.read("x.age");
    *file.last_mut().unwrap() ^= 1;
    env.write("x.age", file);
    let said = env.restore(&["x.age"], "echo > begun").run();
    assert_eq!(said.code, Some(5), "{said:?}");
    assert!(
        said.stderr.ends_with("bulla: hint: sh was not started\n"),
        "{said:?}"
    );
    assert_eq!(env.list(), ["key", "x.age"]);
    // Signed by nobody, although somebody must have signed.
    let said = env
        .restore(&["x.age", "--from", RECIPIENT], "echo > begun")
        .run();
    assert_ne!(said.code, Some(0));
    assert_eq!(env.list(), ["key", "x.age"]);
}

/// Cuts a file at so many places, and lets a command take each part.
fn never_commits(cuts: usize) {
    let env = with_file(
        &(0..400_000_u32)
            .flat_map(u32::to_le_bytes)
            .collect::<Vec<u8>>(),
    );
    let file = env.read("x.age");
    // Not in the header, about which no command learns anything.
    let header = file.windows(4).position(|four| four == b"\n---").unwrap();
    let cut_places = (0..cuts).map(|cut| header + (file.len() - 1 - header) * cut / cuts.max(1));
    for (number, place) in cut_places.enumerate() {
        env.write("cut.age", &file[..place]);
        let script = if number % 2 == 0 {
            COMMITS
        } else {
            COMMITS_THROUGH_PIPE
        };
        for stream in [&[][..], &["--stream"]] {
            let said = env
                .restore(&[&["cut.age"][..], stream].concat(), script)
                .run();
            assert!(matches!(said.code, Some(4 | 5)), "{place}: {said:?}");
            assert!(
                !env.path("committed").exists(),
                "{place} {stream:?}: {said:?}"
            );
            assert_eq!(env.processes(), [""; 0]);
        }
    }
    // The whole file is committed.
    for script in [COMMITS, COMMITS_THROUGH_PIPE] {
        assert_eq!(
            env.restore(&["x.age", "--stream"], script).run().code,
            Some(0)
        );
        assert_eq!(fs::read(env.path("part")).unwrap().len(), 1_600_000);
        fs::remove_file(env.path("committed")).unwrap();
    }
}

#[test]
fn a_cut_file_is_never_committed() {
    never_commits(12);
}

#[test]
fn slow_a_file_cut_at_200_places_is_never_committed() {
    if std::env::var_os("BULLA_TEST_SLOW").is_some() {
        never_commits(200);
    }
}

/// A command that has got the beginning of a stream whose rest never comes.
fn in_the_middle(env: &TestEnv, script: &str) -> (Child, std::process::ChildStdin) {
    let file = env.read("x.age");
    let run = env.restore(&["--stream"], script);
    let mut child = run
        .command()
        .stdin(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(&file[..file.len() / 2]).unwrap();
    env.wait_for_file("part");
    (child, stdin)
}

#[test]
fn killing_bulla_is_no_end_of_the_input() {
    let env = with_file(&vec![b'x'; 6_000_000]);
    for script in [
        COMMITS,
        COMMITS_THROUGH_PIPE,
        "trap '' TERM HUP; cat > part; echo > committed",
    ] {
        for _ in 0..5 {
            let (mut child, stdin) = in_the_middle(&env, script);
            child.kill().unwrap();
            child.wait().unwrap();
            drop(stdin);
            env.wait_for_the_end();
            assert!(!env.path("committed").exists(), "{script}");
            fs::remove_file(env.path("part")).unwrap();
        }
    }
}

#[test]
fn a_signal_to_bulla_is_no_end_of_the_input() {
    use std::os::unix::process::ExitStatusExt;
    let env = with_file(&vec![b'x'; 6_000_000]);
    for script in [COMMITS, COMMITS_THROUGH_PIPE] {
        for signal in [Signal::TERM, Signal::INT, Signal::HUP] {
            let (mut child, stdin) = in_the_middle(&env, script);
            kill_process(Pid::from_child(&child), signal).unwrap();
            let status = child.wait().unwrap();
            assert_eq!(status.signal(), Some(signal.as_raw()));
            drop(stdin);
            assert_eq!(env.processes(), [""; 0]);
            assert!(!env.path("committed").exists(), "{script}");
            fs::remove_file(env.path("part")).unwrap();
        }
    }
}

#[test]
fn killing_the_keeper_is_no_end_of_the_input() {
    let env = with_file(&vec![b'x'; 6_000_000]);
    let script = "echo $PPID > keeper; exec /bin/sh -c 'cat > part; echo > committed'";
    let (mut child, stdin) = in_the_middle(&env, script);
    let keeper = String::from_utf8(env.read("keeper")).unwrap();
    kill_process(
        Pid::from_raw(keeper.trim().parse().unwrap()).unwrap(),
        Signal::KILL,
    )
    .unwrap();
    drop(stdin);
    assert!(!child.wait().unwrap().success());
    assert!(!env.path("committed").exists());
}

#[test]
fn a_stream_needs_a_word_to_be_passed_on_before_its_end_is_checked() {
    let env = with_file(b"data");
    let file = env.read("x.age");
    let said = env.restore(&[], "cat").stdin(&*file).run();
    said.assert(
        2,
        "",
        "bulla: error: Standard input cannot be read twice, so the command would get contents \
         before all of them are checked\nbulla: hint: Save it in a file first, or let the command \
         begin before the end is checked: --stream\n",
    );
    let said = env.restore(&["--stream"], "cat").stdin(&*file).run();
    assert_eq!(
        (said.code, &*said.stdout),
        (Some(0), &b"data"[..]),
        "{said:?}"
    );
    // A file can be read twice, whoever opened it.
    let said = env.restore(&[], "cat").redirect("<x.age").run();
    assert_eq!(
        (said.code, &*said.stdout),
        (Some(0), &b"data"[..]),
        "{said:?}"
    );
    let said = env.restore(&["x.age", "x.age"], "cat").run();
    assert_eq!(said.code, Some(2), "{said:?}");
    let said = env.restore(&["x.age", "-o", "x"], "cat").run();
    assert_eq!(said.code, Some(2), "{said:?}");
}

#[test]
fn json_has_standard_output_for_itself() {
    let env = with_file(b"data");
    let said = env.restore(&["--json", "x.age"], "cat").in_a_script().run();
    assert_eq!(
        (said.code, said.stderr.as_str()),
        (Some(0), "data"),
        "{said:?}"
    );
    let [line] = said.json().try_into().unwrap();
    assert_eq!(line["consumer"], "sh");
    assert_eq!(line["output"], serde_json::Value::Null);
    assert_eq!(line["bytes"], 4);
}
