//! Kills at random moments: of the command, of bulla, of both, and of the keeper between them.

use std::fs;
use std::process::Stdio;
use std::time::Instant;

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use crate::env::TestEnv;

/// The dump: slow enough to be killed in the middle.
const DUMP: &str = "echo $$ $PPID > pids; i=0; while [ $i -lt 40 ]; do i=$((i+1)); \
                    head -c 4096 /dev/zero; done; echo all of it";
const LEN: usize = 40 * 4096 + "all of it\n".len();

/// What is killed.
#[derive(Clone, Copy, Debug)]
enum Victim {
    Command,
    Bulla,
    Both,
    Keeper,
    Everybody,
}

const VICTIMS: [Victim; 5] = [
    Victim::Command,
    Victim::Bulla,
    Victim::Both,
    Victim::Keeper,
    Victim::Everybody,
];

/// Kills a process of this test. It may have ended, and its ID may belong to another process.
fn kill_ours(env: &TestEnv, pid: Pid) {
    let mark = format!("BULLA_HOME={}", env.bulla_home().display());
    let Ok(process) = pidfd_open(pid, PidfdFlags::empty()) else {
        return;
    };
    let environment = fs::read(format!("/proc/{}/environ", pid.as_raw_nonzero()));
    let environment = environment.unwrap_or_default();
    if environment
        .split(|byte| *byte == 0)
        .any(|one| one == mark.as_bytes())
    {
        let _ = pidfd_send_signal(process, Signal::KILL);
    }
}

/// Kills so many backups. Whatever is killed, and when: the file is the old one or a new one that is
/// whole, and nothing else is left.
fn kill(times: usize) {
    let env = TestEnv::new().with_key();
    let seal = || assert_eq!(env.backup(&["-q"], DUMP).run().code, Some(0));
    let begun = Instant::now();
    seal();
    let usual = begun.elapsed();
    let old = env.read("backup.age");
    let (mut kept, mut replaced, mut left) = (0, 0, 0);
    for number in 0..times {
        let victim = VICTIMS[number % VICTIMS.len()];
        let _ = fs::remove_file(env.path("pids"));
        let run = env.backup(&["-q"], DUMP);
        let mut child = run
            .command()
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Spread over the whole run. On a busy machine the next one may take much longer, so one of
        // ten is left to its end.
        let share = u32::try_from(number * 7919 % 1100).unwrap();
        if share < 1000 {
            std::thread::sleep(usual * share / 1000);
        } else {
            child.wait().unwrap();
        }
        let pids = fs::read_to_string(env.path("pids")).unwrap_or_default();
        let pids: Vec<Pid> = pids
            .split_whitespace()
            .filter_map(|pid| Pid::from_raw(pid.parse().ok()?))
            .collect();
        let victims: Vec<Pid> = match victim {
            Victim::Command => pids.iter().take(1).copied().collect(),
            Victim::Bulla => vec![],
            Victim::Both => pids.iter().take(1).copied().collect(),
            Victim::Keeper => pids.iter().skip(1).copied().collect(),
            Victim::Everybody => pids,
        };
        for pid in victims {
            kill_ours(&env, pid);
        }
        if matches!(victim, Victim::Bulla | Victim::Both | Victim::Everybody) {
            // It may have ended.
            let _ = child.kill();
        }
        let status = child.wait().unwrap();
        env.wait_for_the_end();
        let now = env.read("backup.age");
        if now == old {
            kept += 1;
            assert!(!status.success(), "{number} {victim:?}");
        } else {
            replaced += 1;
            assert_eq!(env.contents().len(), LEN, "{number} {victim:?}");
            fs::write(env.path("backup.age"), &old).unwrap();
        }
        // Between its first name and its last one, a killed run leaves a whole file behind.
        let is_left = |name: &&String| name.starts_with(".bulla-") && name.ends_with(".tmp");
        let names = env.list();
        left += names.iter().filter(is_left).count();
        let others = names.iter().filter(|name| !is_left(name));
        assert!(
            others
                .clone()
                .all(|name| ["backup.age", "key", "pids"].contains(&name.as_str())),
            "{number} {victim:?}: {names:?}"
        );
    }
    // The next run removes it.
    seal();
    assert_eq!(env.list(), ["backup.age", "key", "pids"]);
    println!(
        "{times} kills: {kept} old files kept, {replaced} whole new files, 0 others; \
         {left} times a temporary file was left, and removed by the next run"
    );
    assert!(times < 50 || kept > 0 && replaced > 0);
}

#[test]
fn slow_kills_at_random_moments_leave_the_old_file_or_a_whole_new_one() {
    if std::env::var_os("BULLA_TEST_SLOW").is_some() {
        kill(100);
    }
}

#[test]
fn by_hand_a_thousand_kills_leave_the_old_file_or_a_whole_new_one() {
    if std::env::var_os("BULLA_TEST_BY_HAND").is_some() {
        kill(1000);
    }
}
