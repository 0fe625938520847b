//! Denies system calls to this process, all its threads and the programs it starts later (seccomp).
//!
//! Everything not named here is allowed, so that a new library or kernel breaks nothing. The rules
//! of this architecture cannot judge a 32-bit call, so seccompiler kills a process that makes one.
//! Bulla makes none, and a plugin built for 32 bits will not run.

use std::collections::BTreeMap;

use nix::libc;
use rustix::io::Errno;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule,
};

use crate::process::sandbox::Status;

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

/// The bit that marks a call of the x32 ABI, which has the same architecture value as x86-64.
const X32: i64 = 0x4000_0000;

/// The request that pastes the selection of a Linux console.
const TIOCLINUX: u64 = 0x541c;

/// Step one: denies all sockets except local ones, and io_uring, which could open sockets unseen.
///
/// Programs started later inherit the filter. AF_NETLINK is allowed, because plugins use it to find
/// their hardware.
pub(crate) fn deny_network() -> Status {
    apply(network_rules())
}

/// Step one: denies looking into other processes, taking their files, and typing into the terminal.
///
/// Neither bulla nor a program that it starts needs any of it.
pub(crate) fn deny_spying() -> Status {
    apply(spying_rules())
}

/// Step two: denies starting other programs, and all sockets that are not open yet.
pub(crate) fn deny_exec() -> Status {
    apply(Ok(exec_rules()))
}

/// Denies the kernel's keys to this thread and to the program that it starts: unlocked identities
/// are kept there.
pub(super) fn deny_kernel_keys_here() -> Status {
    let rules = || {
        denied(&[
            (libc::SYS_add_key, 248),
            (libc::SYS_request_key, 249),
            (libc::SYS_keyctl, 250),
        ])
    };
    status(filter(Ok(rules())).and_then(|program| seccompiler::apply_filter(&program)))
}

fn network_rules() -> Result<Rules, seccompiler::BackendError> {
    let is_not = |family: i32| {
        let family = u64::from(family.cast_unsigned());
        SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Ne, family)
    };
    let others = SeccompRule::new(vec![is_not(libc::AF_UNIX)?, is_not(libc::AF_NETLINK)?])?;
    let mut rules = Rules::new();
    for abi in abis() {
        rules.insert(libc::SYS_socket | abi, vec![others.clone()]);
        rules.insert(libc::SYS_io_uring_setup | abi, vec![]);
    }
    Ok(rules)
}

fn spying_rules() -> Result<Rules, seccompiler::BackendError> {
    let mut rules = denied(&[
        (libc::SYS_ptrace, 521),
        (libc::SYS_process_vm_readv, 539),
        (libc::SYS_process_vm_writev, 540),
        (libc::SYS_pidfd_getfd, libc::SYS_pidfd_getfd),
        (libc::SYS_kcmp, libc::SYS_kcmp),
        (libc::SYS_perf_event_open, libc::SYS_perf_event_open),
        (libc::SYS_userfaultfd, libc::SYS_userfaultfd),
        (libc::SYS_bpf, libc::SYS_bpf),
    ]);
    let is = |request: u64| {
        SeccompCondition::new(1, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, request)
            .and_then(|condition| SeccompRule::new(vec![condition]))
    };
    // Text put into the terminal would be run by the shell when bulla has ended.
    let typing = vec![is(libc::TIOCSTI)?, is(TIOCLINUX)?];
    rules.insert(libc::SYS_ioctl, typing.clone());
    if cfg!(target_arch = "x86_64") {
        rules.insert(X32 | 514, typing);
    }
    Ok(rules)
}

fn exec_rules() -> Rules {
    denied(&[
        (libc::SYS_execve, 520),
        (libc::SYS_execveat, 545),
        (libc::SYS_socket, libc::SYS_socket),
        (libc::SYS_connect, libc::SYS_connect),
        (libc::SYS_bind, libc::SYS_bind),
        (libc::SYS_listen, libc::SYS_listen),
        (libc::SYS_accept, libc::SYS_accept),
        (libc::SYS_accept4, libc::SYS_accept4),
    ])
}

/// Denies calls, each by its number and by its number in the x32 ABI.
fn denied(calls: &[(i64, i64)]) -> Rules {
    let mut rules = Rules::new();
    for &(call, x32) in calls {
        rules.insert(call, vec![]);
        if cfg!(target_arch = "x86_64") {
            rules.insert(X32 | x32, vec![]);
        }
    }
    rules
}

fn abis() -> &'static [i64] {
    if cfg!(target_arch = "x86_64") {
        &[0, X32]
    } else {
        &[0]
    }
}

/// Applies a filter to every thread. The rules name the denied calls; all others are allowed.
fn apply(rules: Result<Rules, seccompiler::BackendError>) -> Status {
    status(filter(rules).and_then(|program| seccompiler::apply_filter_all_threads(&program)))
}

fn filter(
    rules: Result<Rules, seccompiler::BackendError>,
) -> Result<BpfProgram, seccompiler::Error> {
    let refuse = SeccompAction::Errno(Errno::ACCESS.raw_os_error().cast_unsigned());
    let arch = std::env::consts::ARCH.try_into()?;
    let filter = SeccompFilter::new(rules?, SeccompAction::Allow, refuse, arch)?;
    Ok(BpfProgram::try_from(filter)?)
}

fn status(applied: Result<(), seccompiler::Error>) -> Status {
    match applied {
        Ok(()) => Status::Active,
        Err(error) => Status::Unavailable(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::in_child;
    use std::os::unix::net::{UnixListener, UnixStream};
    use std::process::Command;
    use std::sync::mpsc::channel;

    /// Tries every kind of socket, and prints the error numbers.
    const PROBE: &str = "
import ctypes, socket, sys
for family in [socket.AF_INET, socket.AF_INET6, socket.AF_VSOCK, socket.AF_UNIX, socket.AF_NETLINK]:
    try:
        socket.socket(family, socket.SOCK_DGRAM).close()
        print(family.name, 'open')
    except OSError as error:
        print(family.name, error.errno)
libc = ctypes.CDLL(None, use_errno=True)
def call(name, number, *arguments):
    ctypes.set_errno(0)
    print(name, 'open' if libc.syscall(number, *arguments) >= 0 else ctypes.get_errno())
call('io_uring', 425, 0, None)
if sys.argv[1] == 'x86_64':
    call('x32', 0x40000000 | 41, 2, 2, 0)
";

    #[test]
    fn child_without_a_network() {
        if std::env::var_os("BULLA_TEST_NETWORK").is_none() {
            return;
        }
        // A thread that already runs must be restricted too.
        let (go, wait) = channel::<()>();
        let early = std::thread::spawn(move || {
            wait.recv().unwrap();
            let probe = Command::new("python3")
                .args(["-c", PROBE, std::env::consts::ARCH])
                .output()
                .unwrap();
            (String::from_utf8(probe.stdout).unwrap(), probe.status)
        });
        assert_eq!(deny_network(), Status::Active);
        UnixStream::pair().unwrap();
        go.send(()).unwrap();
        let (said, status) = early.join().unwrap();
        assert!(status.success(), "{status} {said}");
        let mut expected = vec![
            "AF_INET 13",
            "AF_INET6 13",
            "AF_VSOCK 13",
            "AF_UNIX open",
            "AF_NETLINK open",
            "io_uring 13",
        ];
        if cfg!(target_arch = "x86_64") {
            expected.push("x32 13");
        }
        assert_eq!(said.lines().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn no_socket_but_local_ones_can_be_made_after_step_one() {
        if Command::new("python3").arg("--version").output().is_err() {
            assert_ne!(
                std::env::var("CI").as_deref(),
                Ok("true"),
                "python3 is needed"
            );
            eprintln!("skipped: python3 not installed");
            return;
        }
        in_child(
            "process::sandbox::syscalls::tests::child_without_a_network",
            "BULLA_TEST_NETWORK",
            "1",
        );
    }

    #[test]
    fn child_without_other_programs() {
        if std::env::var_os("BULLA_TEST_EXEC").is_none() {
            return;
        }
        assert!(Command::new("true").status().unwrap().success());
        assert_eq!(deny_network(), Status::Active);
        assert!(Command::new("true").status().unwrap().success());
        let listener = tempfile::tempdir().unwrap();
        let socket = listener.path().join("socket");
        let _listening = UnixListener::bind(&socket).unwrap();
        UnixStream::connect(&socket).unwrap();
        assert_eq!(deny_exec(), Status::Active);
        let error = UnixStream::connect(&socket).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::PermissionDenied);
        UnixStream::pair().unwrap();
        let error = Command::new("true").status().unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::PermissionDenied);
        std::thread::spawn(|| std::fs::read("/proc/self/status").unwrap())
            .join()
            .unwrap();
    }

    #[test]
    fn no_program_can_be_started_and_no_socket_opened_after_step_two() {
        in_child(
            "process::sandbox::syscalls::tests::child_without_other_programs",
            "BULLA_TEST_EXEC",
            "1",
        );
    }
}
