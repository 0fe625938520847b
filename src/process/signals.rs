//! The signals that end a run, at any moment and at once.
//!
//! A thread waits for them. The cleanup is passed in as a function.

use std::fs::File;
use std::io::{self, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::process::child_processes;

/// Whether a signal is ending the run.
static ENDING: AtomicBool = AtomicBool::new(false);

/// Does not return while a signal is ending the run. An error at that time is a consequence of the
/// signal (a plugin that was ended, a temporary file that was removed) and must not be reported.
pub(crate) fn give_way() {
    while ENDING.load(Ordering::SeqCst) {
        std::thread::park();
    }
}

/// Whether Ctrl-C and Ctrl-\ are for an editor.
static KEYS_FOR_EDITOR: AtomicBool = AtomicBool::new(false);

/// A guard during which INT and QUIT do not end the run. The terminal sends them to all processes
/// in the foreground, but they are meant for the editor.
pub(super) struct KeysForEditor;

pub(super) fn leave_keys_to_editor() -> KeysForEditor {
    KEYS_FOR_EDITOR.store(true, Ordering::SeqCst);
    KeysForEditor
}

impl Drop for KeysForEditor {
    fn drop(&mut self) {
        KEYS_FOR_EDITOR.store(false, Ordering::SeqCst);
    }
}

/// Makes INT, TERM, HUP and QUIT end the run from now on: a thread calls `cleanup`, ends the
/// children, and lets the process die by the same signal, so that a shell sees 128 + n. Signals
/// that were ignored at the start stay ignored.
pub(crate) fn install(cleanup: impl Fn() + Send + 'static) -> io::Result<()> {
    let ignored = ignored();
    let ours = [SIGINT, SIGTERM, SIGHUP, SIGQUIT];
    let mut signals = Signals::new(ours.iter().filter(|signal| !ignored.contains(signal)))?;
    let wait = move || {
        for signal in signals.forever() {
            if matches!(signal, SIGINT | SIGQUIT) && KEYS_FOR_EDITOR.load(Ordering::SeqCst) {
                continue;
            }
            ENDING.store(true, Ordering::SeqCst);
            // After a panic of the cleanup, signals must still end the program.
            let _ = catch_unwind(AssertUnwindSafe(&cleanup));
            child_processes::end_all();
            // This returns only for unknown signals, and it knows all four.
            let _ = signal_hook::low_level::emulate_default_handler(signal);
        }
    };
    std::thread::Builder::new()
        .name("signals".into())
        .spawn(wait)
        .map(drop)
}

/// Returns the signals that were ignored at the first call. At the start of the program, `nohup` is
/// a reason for that.
pub(super) fn ignored() -> &'static [i32] {
    static IGNORED: OnceLock<Vec<i32>> = OnceLock::new();
    IGNORED.get_or_init(|| {
        // Files in /proc have no length; with enough capacity they are read at once.
        let mut status = String::with_capacity(4 << 10);
        let read =
            File::open("/proc/self/status").and_then(|mut file| file.read_to_string(&mut status));
        let line = read
            .ok()
            .and_then(|_| status.lines().find_map(|line| line.strip_prefix("SigIgn:")));
        let mask = line
            .and_then(|hex| u64::from_str_radix(hex.trim(), 16).ok())
            .unwrap_or(0);
        (1..=64)
            .filter(|signal| mask & (1 << (signal - 1)) != 0)
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufRead, BufReader, Read};
    use std::os::unix::process::ExitStatusExt;
    use std::path::Path;
    use std::process::{Child, ChildStdin, Command, Stdio};

    use rustix::process::{Pid, Signal, kill_process};

    /// The child process of the other tests: it starts a child and then blocks in a read, as in a
    /// prompt.
    #[test]
    fn child_that_waits_to_be_ended() {
        let Some(mark) = std::env::var_os("BULLA_TEST_SIGNALS") else {
            return;
        };
        install(move || {
            std::fs::write(&mark, b"cleaned").unwrap();
            panic!("as a cleanup might");
        })
        .unwrap();
        let mut sleeper = Command::new("sleep")
            .arg("1000")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let keys = std::env::var_os("BULLA_TEST_KEYS_LEFT").map(|_| leave_keys_to_editor());
        println!("\nready {}", sleeper.id());
        let ended = std::io::stdin().read(&mut [0]);
        drop(keys);
        // Reached only if no signal came, which the tests notice by the exit status.
        sleeper.kill().unwrap();
        sleeper.wait().unwrap();
        ended.unwrap();
    }

    /// Starts it through a shell, after the commands in `shell`, and waits until it reads. Returns
    /// its child's process ID.
    fn start(mark: &Path, shell: Option<&str>) -> (Child, ChildStdin, u32) {
        let test = "process::signals::tests::child_that_waits_to_be_ended";
        let program = std::env::current_exe().unwrap();
        let mut command = Command::new("sh");
        command.args([
            "-c",
            &format!("{}exec \"$0\" \"$@\"", shell.unwrap_or_default()),
        ]);
        let mut child = command
            .arg(program)
            .args(["--exact", test, "--nocapture"])
            .env("BULLA_TEST_SIGNALS", mark)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut ready = lines
            .map_while(Result::ok)
            .filter_map(|line| line.strip_prefix("ready ")?.parse().ok());
        let sleeper = ready.next().expect("the child says when it is ready");
        // `wait` would close it, and the read would end before the signal comes.
        let stdin = child.stdin.take().unwrap();
        (child, stdin, sleeper)
    }

    fn send(pid: u32, signal: Signal) {
        kill_process(Pid::from_raw(pid.cast_signed()).unwrap(), signal).unwrap();
    }

    /// Returns whether a process exists and is not a zombie.
    fn lives(pid: u32) -> bool {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        stat.rsplit_once(") ")
            .is_some_and(|(_, rest)| !rest.starts_with('Z'))
    }

    #[test]
    fn each_signal_cleans_up_ends_the_children_and_is_what_the_process_dies_of() {
        for signal in [Signal::INT, Signal::TERM, Signal::HUP, Signal::QUIT] {
            let dir = tempfile::tempdir().unwrap();
            let mark = dir.path().join("mark");
            let (mut child, _stdin, sleeper) = start(&mark, None);
            assert!(lives(sleeper));
            send(child.id(), signal);
            assert_eq!(child.wait().unwrap().signal(), Some(signal.as_raw()));
            assert!(mark.exists());
            // It got its signal before the process died, but may need a moment to end.
            let mut patience = 1000;
            while lives(sleeper) && patience > 0 {
                std::thread::sleep(std::time::Duration::from_millis(10));
                patience -= 1;
            }
            if lives(sleeper) {
                send(sleeper, Signal::KILL);
                panic!("{signal:?}: the child lives on");
            }
        }
    }

    #[test]
    fn keys_are_an_editor_s_while_it_is_there() {
        let dir = tempfile::tempdir().unwrap();
        let mark = dir.path().join("mark");
        let (mut child, _stdin, _) = start(&mark, Some("export BULLA_TEST_KEYS_LEFT=1; "));
        send(child.id(), Signal::INT);
        send(child.id(), Signal::QUIT);
        std::thread::sleep(std::time::Duration::from_millis(300));
        assert!(child.try_wait().unwrap().is_none() && !mark.exists());
        send(child.id(), Signal::TERM);
        assert_eq!(child.wait().unwrap().signal(), Some(Signal::TERM.as_raw()));
        assert!(mark.exists());
    }

    #[test]
    fn a_signal_ignored_at_the_start_stays_ignored() {
        let dir = tempfile::tempdir().unwrap();
        let mark = dir.path().join("mark");
        let (mut child, _stdin, _) = start(&mark, Some("trap '' HUP; "));
        send(child.id(), Signal::HUP);
        send(child.id(), Signal::TERM);
        // HUP would have been delivered first, because its number is lower.
        assert_eq!(child.wait().unwrap().signal(), Some(Signal::TERM.as_raw()));
    }
}
