//! The work of a keeper, and of the process that becomes the command.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use nix::unistd::close;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::OFlags;
use rustix::process::{
    Pid, PidfdFlags, Signal, WaitOptions, WaitStatus, getpid, getppid, kill_process, pidfd_open,
    set_child_subreaper, set_parent_process_death_signal, waitpid,
};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};

use crate::process::ignored_signals::ignored;
use crate::process::keeper::processes_below::kill_all_below;
use crate::process::keeper::protocol::{
    HOLDS, KEEPER, PATIENCE, Report, STARTER, THIS_PROGRAM, order,
};
use crate::process::sandbox;
use bulla_age::untrusted::Untrusted;

/// The exit code of a starter that could not become the command, as shells have it.
const NOT_STARTED: u8 = 127;

/// How often to look for the end of the command if the kernel cannot tell of it.
const PAUSE: Duration = Duration::from_millis(10);

/// Does the work of such a process. Returns its exit code, which nobody looks at except after
/// `NOT_STARTED`.
pub(crate) fn run() -> u8 {
    let mut args = std::env::args_os();
    let is_keeper = args.next().is_some_and(|name| name == KEEPER);
    let args: Vec<OsString> = args.collect();
    if !is_keeper {
        return become_command(&args);
    }
    match Keeper::take_up(&args) {
        Ok(keeper) => keeper.keep(),
        Err(_) => NOT_STARTED,
    }
}

/// Becomes the command: the keeper's process ID, the path of the program, its name, its arguments.
fn become_command(args: &[OsString]) -> u8 {
    let [keeper, program, name, arguments @ ..] = args else {
        return NOT_STARTED;
    };
    // If that is not possible, the keeper's own end is the only one that the command outlives.
    let _ = set_parent_process_death_signal(Some(Signal::KILL));
    let is_kept = getppid().is_some_and(|parent| *keeper == *parent.to_string());
    if !is_kept {
        return NOT_STARTED;
    }
    let error = Command::new(program).arg0(name).args(arguments).exec();
    let name = Untrusted::from(std::path::Path::new(name));
    let text = format!("bulla: cannot start {name}: {error}\n");
    let _ = rustix::io::write(rustix::stdio::stderr(), text.as_bytes());
    NOT_STARTED
}

/// The keeper of a command.
struct Keeper<'a> {
    orders: File,
    reports: File,
    /// The writing end of the command's input, as long as that is not complete.
    input: Option<File>,
    /// The path of the program, its name, and its arguments.
    command: &'a [OsString],
}

impl<'a> Keeper<'a> {
    /// Reads its arguments: the descriptors of the orders and of the reports, whether it holds the
    /// input, and the command.
    fn take_up(args: &'a [OsString]) -> io::Result<Self> {
        let [orders, reports, holds, command @ ..] = args else {
            return Err(io::ErrorKind::InvalidInput.into());
        };
        // A terminal sends some of them to all processes in the foreground. This program passes
        // them on, and the keeper has to live until the command has ended.
        for signal in [SIGINT, SIGTERM, SIGHUP, SIGQUIT] {
            if !ignored().contains(&signal) {
                signal_hook::flag::register(signal, Arc::default())?;
            }
        }
        // What the command leaves behind becomes a child of this process. If that is not possible,
        // it is not found later.
        let _ = set_child_subreaper(Some(getpid()));
        let keeper = Self {
            input: (holds == HOLDS)
                .then(|| open_again(0, OFlags::WRONLY))
                .transpose()?,
            orders: open_again(number(orders)?, OFlags::RDONLY)?,
            reports: open_again(number(reports)?, OFlags::WRONLY)?,
            command,
        };
        // They were inherited, and the command must not get them.
        for descriptor in [orders, reports] {
            close(number(descriptor)?)?;
        }
        Ok(keeper)
    }

    fn keep(mut self) -> u8 {
        if self.order() != Some(order::BEGIN) {
            return 0;
        }
        sandbox::restrict_named_command();
        let command = match self.start() {
            Ok(command) => command,
            Err(error) => {
                self.report(Report::NotBegun(error.raw_os_error().unwrap_or_default()));
                return 0;
            }
        };
        self.report(Report::Begun(command.as_raw_nonzero().get()));
        self.watch(command);
        0
    }

    /// Starts the command, and gives up its streams.
    fn start(&self) -> io::Result<Pid> {
        let child = Command::new(THIS_PROGRAM)
            .arg0(STARTER)
            .arg(getpid().to_string())
            .args(self.command)
            .spawn()?;
        let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        let pid = pid.ok_or(io::ErrorKind::InvalidData)?;
        let null = File::options().read(true).write(true).open("/dev/null");
        null.and_then(|null| {
            rustix::stdio::dup2_stdin(&null)?;
            rustix::stdio::dup2_stdout(&null)?;
            rustix::stdio::dup2_stderr(&null)?;
            Ok(())
        })
        .inspect_err(|_| kill_all_below())?;
        Ok(pid)
    }

    /// Follows the orders until the command and this program are done with each other.
    fn watch(&mut self, command: Pid) {
        // Without it, the end is looked for from time to time.
        let end = pidfd_open(command, PidfdFlags::empty()).ok();
        let (mut has_ended, mut must_end_by) = (false, None);
        loop {
            let wait = match (must_end_by, &end) {
                (Some(_), _) => Some(PAUSE),
                (None, None) if !has_ended => Some(PAUSE),
                _ => None,
            };
            let has_order = self.wait(end.as_ref().filter(|_| !has_ended), wait);
            if let Some(status) = self.reap(command) {
                has_ended = true;
                self.report(Report::Ended(status.as_raw()));
                if status.exit_status() != Some(0) {
                    return kill_all_below();
                }
            }
            if has_order {
                match self.order() {
                    Some(order::COMPLETE) => self.input = None,
                    Some(order::LEAVE) => return,
                    Some(order::SIGNAL) if !has_ended => {
                        let signal = self.order().map(i32::from).unwrap_or_default();
                        if let Some(signal) = Signal::from_named_raw(signal) {
                            let _ = kill_process(command, signal);
                        }
                        must_end_by = Some(Instant::now() + PATIENCE);
                    }
                    _ => return kill_all_below(),
                }
            }
            let is_late = must_end_by.is_some_and(|by| Instant::now() >= by);
            if is_late || must_end_by.is_some() && has_ended {
                return kill_all_below();
            }
        }
    }

    /// Waits for an order or for the end of the command, and so long at most. Returns whether there
    /// is an order.
    fn wait(&self, end: Option<&OwnedFd>, most: Option<Duration>) -> bool {
        let mut ready = vec![PollFd::new(&self.orders, PollFlags::IN)];
        ready.extend(end.map(|end| PollFd::new(end, PollFlags::IN)));
        let most = most.and_then(|most| Timespec::try_from(most).ok());
        // A signal for the whole terminal interrupts it.
        let _ = poll(&mut ready, most.as_ref());
        !ready[0].revents().is_empty()
    }

    /// Takes note of the children that have ended: the command, and what it left behind. Returns
    /// how the command ended.
    fn reap(&self, command: Pid) -> Option<WaitStatus> {
        let mut ended = None;
        while let Ok(Some((pid, status))) = waitpid(None, WaitOptions::NOHANG) {
            if pid == command {
                ended = Some(status);
            }
        }
        ended
    }

    /// Returns the next order; `None` if there are no more.
    fn order(&mut self) -> Option<u8> {
        let mut order = [0];
        loop {
            match self.orders.read(&mut order) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => return read.is_ok_and(|read| read == 1).then_some(order[0]),
            }
        }
    }

    fn report(&mut self, report: Report) {
        // If this program is gone, so is its end of the orders.
        let _ = self.reports.write_all(&report.to_bytes());
    }
}

fn number(argument: &OsStr) -> io::Result<i32> {
    let number = argument.to_str().and_then(|text| text.parse().ok());
    number.ok_or_else(|| io::ErrorKind::InvalidInput.into())
}

/// Opens an inherited pipe once more, so that no program inherits it.
fn open_again(descriptor: i32, mode: OFlags) -> io::Result<File> {
    // Without waiting for the other end, which may be gone.
    let file = File::options()
        .read(mode == OFlags::RDONLY)
        .write(mode == OFlags::WRONLY)
        .custom_flags(OFlags::NONBLOCK.bits().cast_signed())
        .open(format!("/proc/self/fd/{descriptor}"))?;
    rustix::fs::fcntl_setfl(&file, OFlags::empty())?;
    Ok(file)
}
