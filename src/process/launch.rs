//! Starts programs, with fewer rights than this process has.

use std::io;
use std::process::{Child, Command};

use rustix::process::{Pid, Signal, kill_process};

use crate::process::child_processes;
use crate::process::resources;
use crate::process::sandbox;
use crate::process::sandbox::Program;

/// Starts a plugin or the passphrase command.
pub(crate) fn service(command: &mut Command) -> io::Result<Child> {
    spawn(command, Program::Service)
}

/// Starts the editor. If a signal is about to end the run, it is asked to end at once.
pub(super) fn editor(command: &mut Command) -> io::Result<Child> {
    let child = spawn(command, Program::Editor)?;
    if child_processes::are_told_to_end() {
        // This fails if it has ended already.
        let _ = kill_process(Pid::from_child(&child), Signal::TERM);
    }
    Ok(child)
}

/// Starts a program. A separate thread gives up the rights that the program must not have, so that
/// this process keeps them.
fn spawn(command: &mut Command, program: Program) -> io::Result<Child> {
    resources::check_room_for_thread()?;
    std::thread::scope(|scope| {
        let starting = std::thread::Builder::new().spawn_scoped(scope, || {
            // No failure here is a reason to stop; doctor shows what is active.
            let _ = sandbox::restrict_program_here(program);
            let child = command.spawn()?;
            child_processes::add(&child);
            Ok(child)
        })?;
        starting
            .join()
            .unwrap_or_else(|_| Err(io::Error::other("the thread that starts it failed")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::in_child;
    use std::os::unix::process::ExitStatusExt;

    #[test]
    fn child_that_ends_its_children() {
        if std::env::var_os("BULLA_TEST_LAUNCH").is_none() {
            return;
        }
        for _ in 0..200 {
            let mut child = service(Command::new("sleep").arg("60")).unwrap();
            child_processes::end_all();
            assert_eq!(
                child.wait().unwrap().signal(),
                Some(Signal::TERM.as_raw()),
                "it was not asked to end"
            );
        }
    }

    /// The thread that started a child may be ending at that moment.
    #[test]
    fn a_child_that_was_just_started_is_ended_with_the_others() {
        in_child(
            "process::launch::tests::child_that_ends_its_children",
            "BULLA_TEST_LAUNCH",
            "1",
        );
    }
}
