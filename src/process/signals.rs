//! The signals that end a run, at any moment and at once.
//!
//! A thread waits for them. The cleanup is passed in as a function.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, mpsc};

use signal_hook::consts::{SIGHUP, SIGINT, SIGPIPE, SIGQUIT, SIGTERM, SIGTSTP};
use signal_hook::iterator::Signals;

use crate::process::ignored_signals::ignored;
use crate::process::not_done::NotDone;
use crate::process::{child_processes, piped_command, resources};

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

/// What a signal finds while the end of the run is held back.
struct Held {
    /// How many guards there are.
    guards: usize,
    /// The first signal that came since.
    signal: Option<i32>,
}

static HELD: Mutex<Held> = Mutex::new(Held {
    guards: 0,
    signal: None,
});

fn held() -> MutexGuard<'static, Held> {
    HELD.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A guard during which a signal ends the children, but not yet this process, so that what the
/// user wrote can be saved first. The signal ends the process when the guard is dropped.
#[derive(Debug)]
pub(crate) struct EndHeld(());

/// Holds back the end of the run by a signal.
pub(crate) fn hold_end() -> EndHeld {
    held().guards += 1;
    EndHeld(())
}

impl EndHeld {
    /// Returns whether a signal is waiting to end the run.
    pub(crate) fn is_ending(&self) -> bool {
        held().signal.is_some()
    }
}

impl Drop for EndHeld {
    fn drop(&mut self) {
        let waiting = {
            let mut held = held();
            held.guards -= 1;
            if held.guards == 0 {
                held.signal.take()
            } else {
                None
            }
        };
        if let Some(signal) = waiting {
            let _ = signal_hook::low_level::raise(signal);
            loop {
                std::thread::park();
            }
        }
    }
}

/// Returns whether this signal has to wait. The first one asks the children to end; the next one
/// ends a child that does not listen.
fn must_wait(signal: i32) -> bool {
    let mut held = held();
    if held.guards == 0 {
        return false;
    }
    match held.signal {
        None => {
            held.signal = Some(signal);
            child_processes::end_all();
        }
        Some(_) => child_processes::kill_all(),
    }
    true
}

/// Makes INT, TERM, HUP and QUIT end the run from now on: a thread calls `cleanup`, passes the
/// signal on to commands, ends the other children, and lets the process die by the same signal, so
/// that a shell sees 128 + n. Signals that were ignored at the start stay ignored.
///
/// Without another thread, signals end the program as they do by default, which is returned.
pub(crate) fn install(cleanup: impl Fn() + Send + 'static) -> io::Result<Option<NotDone>> {
    let ignored = ignored();
    let ours = [SIGINT, SIGTERM, SIGHUP, SIGQUIT];
    let (tell, told) = mpsc::channel();
    let wait = move || {
        // Not before the thread exists: nobody else waits for what these handlers report.
        let handled = Signals::new(ours.iter().filter(|signal| !ignored.contains(signal)));
        let mut signals = match handled {
            Ok(signals) => {
                let _ = tell.send(Ok(()));
                signals
            }
            Err(error) => {
                let _ = tell.send(Err(error));
                return;
            }
        };
        for signal in signals.forever() {
            if matches!(signal, SIGINT | SIGQUIT) && KEYS_FOR_EDITOR.load(Ordering::SeqCst) {
                continue;
            }
            if must_wait(signal) {
                continue;
            }
            ENDING.store(true, Ordering::SeqCst);
            // After a panic of the cleanup, signals must still end the program.
            let _ = catch_unwind(AssertUnwindSafe(&cleanup));
            piped_command::pass_on(signal);
            child_processes::end_all();
            // This returns only for unknown signals, and it knows all four.
            let _ = signal_hook::low_level::emulate_default_handler(signal);
        }
    };
    let waiting = resources::check_room_for_thread().and_then(|()| {
        let aside = resources::leave_no_room_for_heap();
        let thread = std::thread::Builder::new().name("signals".into());
        thread.spawn(wait).map(|_| aside)
    });
    match waiting {
        Ok(aside) => {
            let told = told
                .recv()
                .unwrap_or_else(|_| Err(io::Error::other("the thread that handles them failed")));
            // The thread needs no more memory until a signal comes.
            drop(aside);
            told.map(|()| None)
        }
        Err(source) => Ok(Some(NotDone {
            what: "signals end the program without removing temporary files",
            source,
        })),
    }
}

/// Refuses requests to stop (Ctrl-Z, SIGTSTP) from now on, or accepts them again. Until the first
/// call, and if they were ignored at the start, nothing is changed.
pub(crate) fn hold_stops(held: bool) {
    static MAY_STOP: OnceLock<Arc<AtomicBool>> = OnceLock::new();
    let may_stop = MAY_STOP.get_or_init(|| {
        let may_stop = Arc::new(AtomicBool::new(true));
        if !ignored().contains(&SIGTSTP) {
            // If that fails, requests to stop are not refused.
            let _ = signal_hook::flag::register_conditional_default(SIGTSTP, may_stop.clone());
        }
        may_stop
    });
    may_stop.store(!held, Ordering::SeqCst);
}

/// Ends this process by SIGPIPE, which Rust programs ignore from the start. Returns only if that is
/// impossible.
pub(crate) fn end_by_broken_pipe() {
    let _ = signal_hook::low_level::emulate_default_handler(SIGPIPE);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::launch;
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
        let mut command = Command::new("sleep");
        command
            .arg("1000")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut sleeper = launch::service(&mut command).unwrap();
        let keys = std::env::var_os("BULLA_TEST_KEYS_LEFT").map(|_| leave_keys_to_editor());
        println!("\nready {}", sleeper.id());
        let held = std::env::var_os("BULLA_TEST_END_HELD").map(|_| hold_end());
        if held.is_some() {
            let _ = sleeper.wait();
            println!("ending {}", held.as_ref().is_some_and(EndHeld::is_ending));
        }
        drop(held);
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
    fn a_signal_waits_until_the_work_that_holds_the_end_back_is_done() {
        let dir = tempfile::tempdir().unwrap();
        let mark = dir.path().join("mark");
        let shell = "exec 3>&1; export BULLA_TEST_END_HELD=1; ";
        let (mut child, _stdin, sleeper) = start(&mark, Some(shell));
        send(child.id(), Signal::TERM);
        // The child of the child is ended, so that the work goes on and the signal gets its turn.
        assert_eq!(child.wait().unwrap().signal(), Some(Signal::TERM.as_raw()));
        assert!(!lives(sleeper) && mark.exists());
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
