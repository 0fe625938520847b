//! No network: the system calls that the program makes, and all that it could make.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use crate::env::TestEnv;
use crate::plugins;
use crate::someone::RECIPIENT;
use crate::tools::need;

/// Functions of the C library that create, accept or name a connection, or send bytes over one.
const NETWORK: [&str; 27] = [
    "socket",
    "socketpair",
    "connect",
    "bind",
    "listen",
    "accept",
    "accept4",
    "send",
    "sendto",
    "sendmsg",
    "sendmmsg",
    "recv",
    "recvfrom",
    "recvmsg",
    "recvmmsg",
    "shutdown",
    "getsockname",
    "getpeername",
    "getsockopt",
    "setsockopt",
    "getaddrinfo",
    "getnameinfo",
    "gethostbyname",
    "gethostbyname_r",
    "gethostbyaddr",
    "if_nametoindex",
    "res_query",
];

/// Functions that std needs to start a child: it creates a pair of connected sockets and
/// communicates over it. signal-hook uses `send` to wake its own pair. None of these can address
/// another machine.
const AMONG_OURSELVES: [&str; 5] = ["socketpair", "sendmsg", "recvmsg", "send", "recv"];

/// The exit code of a program, and its system calls as recorded by strace.
fn calls(env: &TestEnv, strace: &Path, line: &[&OsStr]) -> (Option<i32>, Vec<String>) {
    let options = [
        "-f",
        "-qq",
        "-e",
        "trace=network,execve",
        "-e",
        "signal=none",
        "-o",
        "trace",
    ];
    let args = options.iter().map(OsStr::new).chain(line.iter().copied());
    let code = env.program(strace, args).stdin("a text\n").run().code;
    let text = String::from_utf8_lossy(&env.read("trace")).into_owned();
    assert!(text.contains("execve("), "strace saw nothing: {text}");
    let call = |line: &str| {
        Some(
            line.split_once(char::is_whitespace)?
                .1
                .trim_start()
                .to_owned(),
        )
    };
    (
        code,
        text.lines()
            .filter_map(call)
            .filter(|call| !call.starts_with("execve("))
            .collect(),
    )
}

/// Returns true if a call uses anything but our own pair of sockets.
fn reaches_out(call: &str) -> bool {
    let name = call.strip_prefix("<... ").unwrap_or(call);
    let name = name.split(['(', ' ']).next().unwrap_or_default();
    // The kernel knows `send` and `recv` by these names. Without an address they stay within the
    // pair. If another thread interrupted an execve, strace shows only its end, whatever was
    // filtered.
    let ours = [
        "socketpair",
        "sendmsg",
        "recvmsg",
        "sendto",
        "recvfrom",
        "execve",
    ];
    !ours.contains(&name) && !call.starts_with("+++") && !call.starts_with("---")
        || call.contains("AF_INET")
}

#[test]
fn long_no_command_calls_the_network() {
    let strace = need!("strace");
    let env = TestEnv::new().with_key().with_plugins();
    env.write("plain", "plain");
    env.write("passphrase", "red clay and reeds\n");
    env.write("plugin-key", plugins::identity(plugins::GOOD, "x"));
    let plugin = plugins::recipient(plugins::GOOD, "x");
    let commands: [&[&str]; 36] = [
        &["encrypt", "-r", RECIPIENT, "plain", "-o", "closed"],
        &["encrypt", "-a", "-r", RECIPIENT, "plain", "-o", "-"],
        &[
            "encrypt",
            "-p",
            "--work-factor",
            "10",
            "--passphrase-file",
            "passphrase",
            "plain",
            "-o",
            "scrypt",
        ],
        &["encrypt", "-r", &plugin, "plain", "-o", "plugged"],
        &["decrypt", "-i", "key", "closed", "-o", "opened"],
        &["decrypt", "--stream", "-i", "key", "closed", "-o", "-"],
        &[
            "decrypt",
            "--passphrase-file",
            "passphrase",
            "scrypt",
            "-o",
            "-",
        ],
        &["decrypt", "-i", "plugin-key", "plugged", "-o", "-"],
        &["verify", "-i", "key", "closed"],
        &["inspect", "closed", "plugged"],
        &["identity", "new", "--no-passphrase", "-o", "new"],
        &["identity", "show", "-i", "new"],
        &["identity", "new", "--no-passphrase"],
        &["identity", "list"],
        &["identity", "export"],
        &["contact", "add", "alice", RECIPIENT],
        &["contact", "list"],
        &["group", "create", "friends", "alice"],
        &[
            "encrypt",
            "--to",
            "friends",
            "--no-self",
            "plain",
            "-o",
            "to-friends",
        ],
        &["encrypt", "--sign", "--to", "me", "plain", "-o", "signed"],
        &["who", "--strict", "signed"],
        &["card", "-o", "me.card"],
        &["identity", "new", "other", "--classic", "--no-passphrase"],
        &[
            "share",
            "-i",
            "key",
            "closed",
            "--to",
            "other",
            "--header-out",
            "header",
        ],
        &[
            "decrypt",
            "--as",
            "other",
            "--header",
            "header",
            "closed",
            "-o",
            "by-header",
        ],
        &["share", "-i", "key", "closed", "--to", "other"],
        &["unshare", "-i", "key", "closed", "--drop", "other"],
        &["reseal", "-i", "key", "closed", "--to", "other"],
        &["encrypt", "-a", "--to", "me", "plain", "-o", "message"],
        &["read", "message"],
        &["write", "--to", "me"],
        &["identity", "rotate"],
        &[
            "identity",
            "revoke",
            "--reason",
            "lost",
            "--yes",
            "-o",
            "revocation",
        ],
        &["config"],
        &["lock"],
        &["bench", "--threads", "2"],
    ];
    let mut seen = 0;
    for args in commands {
        let bulla = OsStr::new(env!("CARGO_BIN_EXE_bulla"));
        let line: Vec<&OsStr> = std::iter::once(bulla)
            .chain(args.iter().map(OsStr::new))
            .collect();
        let (code, calls) = calls(&env, &strace, &line);
        let out: Vec<_> = calls.iter().filter(|call| reaches_out(call)).collect();
        assert!(out.is_empty(), "{args:?}: {out:#?}");
        assert_eq!(
            code,
            Some(0),
            "{args:?}: it did not do its work under strace"
        );
        seen += calls.len();
    }
    println!(
        "offline: {} commands, 0 calls to the network, {seen} among ourselves",
        commands.len()
    );
}

#[test]
fn a_program_that_calls_the_network_is_seen() {
    let (strace, bash) = need!("strace", "bash");
    let env = TestEnv::new();
    let line = [
        bash.as_os_str(),
        "-c".as_ref(),
        ": </dev/tcp/127.0.0.1/1".as_ref(),
    ];
    let (_, calls) = calls(&env, &strace, &line);
    assert!(
        calls
            .iter()
            .any(|call| reaches_out(call) && call.contains("AF_INET")),
        "{calls:?}"
    );
    assert!(
        imports(&bash).is_none_or(|names| names.contains("connect")),
        "{}",
        bash.display()
    );
    for (call, out) in [
        (
            "socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_TCP) = 3",
            true,
        ),
        ("socket(AF_UNIX, SOCK_STREAM|SOCK_CLOEXEC, 0) = 3", true),
        (
            "connect(3, {sa_family=AF_UNIX, sun_path=\"/run/x\"}, 110) = 0",
            true,
        ),
        (
            "sendto(3, \"x\", 1, 0, {sa_family=AF_INET6, sin6_port=htons(9)}, 28) = 1",
            true,
        ),
        ("sendto(3, \"x\", 1, MSG_DONTWAIT, NULL, 0) = 1", false),
        ("<... recvfrom resumed>\"x\", 1, 0, NULL, NULL) = 1", false),
        (
            "socketpair(AF_UNIX, SOCK_SEQPACKET|SOCK_CLOEXEC, 0, [3, 4]) = 0",
            false,
        ),
    ] {
        assert_eq!(reaches_out(call), out, "{call}");
    }
}

#[test]
fn the_program_imports_nothing_that_connects() {
    let program = Path::new(env!("CARGO_BIN_EXE_bulla"));
    let Some(names) = imports(program) else {
        return crate::tools::skip("imports are read from 64-bit little-endian ELF only");
    };
    assert!(
        names.contains("openat") || names.contains("open64"),
        "these are no imports: {names:?}"
    );
    let network: Vec<&str> = NETWORK
        .into_iter()
        .filter(|name| names.contains(*name))
        .collect();
    println!(
        "offline: {} imports, of the socket family {network:?}",
        names.len()
    );
    let wrong: Vec<_> = network
        .iter()
        .filter(|name| !AMONG_OURSELVES.contains(name))
        .collect();
    assert!(wrong.is_empty(), "the program imports {wrong:?}");
}

/// The names that a program imports from shared libraries: the undefined symbols of its dynamic
/// symbol table.
fn imports(program: &Path) -> Option<BTreeSet<String>> {
    const DYNAMIC_SYMBOLS: u64 = 11;
    let elf = fs::read(program).unwrap();
    if !elf.starts_with(b"\x7fELF\x02\x01") {
        return None;
    }
    let number = |at: usize, len: usize| -> u64 {
        elf[at..at + len]
            .iter()
            .rev()
            .fold(0, |sum, &byte| sum << 8 | u64::from(byte))
    };
    let place = |at: usize, len: usize| usize::try_from(number(at, len)).unwrap();
    let (sections, size, count) = (place(0x28, 8), place(0x3a, 2), place(0x3c, 2));
    let section = |index: usize| sections + index * size;
    let symbols = (0..count)
        .map(section)
        .find(|&at| number(at + 4, 4) == DYNAMIC_SYMBOLS)?;
    let names = place(section(place(symbols + 0x28, 4)) + 0x18, 8);
    let (start, len) = (place(symbols + 0x18, 8), place(symbols + 0x20, 8));
    let undefined = (start..start + len)
        .step_by(24)
        .filter(|&at| number(at + 6, 2) == 0);
    let name = |at: usize| {
        let bytes = elf[names + place(at, 4)..]
            .split(|&byte| byte == 0)
            .next()
            .unwrap();
        String::from_utf8_lossy(bytes).into_owned()
    };
    Some(
        undefined
            .map(name)
            .filter(|name| !name.is_empty())
            .collect(),
    )
}

#[test]
fn once_a_locked_identity_is_open_no_program_can_be_started() {
    let env = TestEnv::new().with_key();
    let locked = [
        "encrypt",
        "-p",
        "--work-factor",
        "10",
        "--passphrase-fd",
        "3",
        "-o",
        "locked.age",
        "key",
    ];
    assert_eq!(
        env.bulla(locked).descriptor(3, "secret").run().code,
        Some(0)
    );
    for name in ["a.age", "b.age"] {
        let closed = env.closed("text");
        env.write(name, closed);
    }
    let lines: [&[&str]; 5] = [
        &["decrypt", "-v", "-i", "locked.age", "a.age"],
        &["decrypt", "-v", "-f", "-i", "locked.age", "a.age", "b.age"],
        &["decrypt", "-v", "-i", "locked.age"],
        &["verify", "-v", "-i", "locked.age", "b.age"],
        &["verify", "-v", "-i", "locked.age", "a.age", "b.age"],
    ];
    for line in lines {
        let line = [line, &["--passphrase-fd", "3"]].concat();
        let told = env
            .bulla(&line)
            .descriptor(3, "secret")
            .stdin(env.read("a.age"))
            .run();
        assert_eq!(told.code, Some(0), "{line:?}: {}", told.stderr);
        assert!(
            told.stderr.contains("No other program can be started: "),
            "{line:?}: {}",
            told.stderr
        );
    }
}

/// Commands, in an order in which each has what it needs.
const CONFINED: [&[&str]; 43] = [
    &["identity", "new", "--no-passphrase"],
    &["identity", "new", "other", "--no-passphrase"],
    &["identity", "list"],
    &["identity", "show"],
    &["identity", "default", "me"],
    &["identity", "rename", "other", "spare"],
    &["identity", "export", "-o", "me.txt"],
    &["identity", "passphrase", "--no-passphrase"],
    &["identity", "rotate"],
    &["identity", "import", "old", "key", "--no-passphrase"],
    &["identity", "remove", "old", "--yes"],
    &[
        "identity", "revoke", "spare", "--reason", "lost", "--yes", "-o", "revoked",
    ],
    &["card", "-o", "me.card"],
    &["contact", "add", "alice", RECIPIENT],
    &["contact", "add", "bob", "friend.txt"],
    &["contact", "list"],
    &["contact", "show", "alice"],
    &["contact", "export", "alice", "-o", "alice.txt"],
    &["contact", "rename", "bob", "robert"],
    &["group", "create", "friends", "alice"],
    &["group", "add", "friends", "robert"],
    &["group", "list"],
    &["group", "show", "friends"],
    &["group", "drop", "friends", "robert"],
    &["group", "rename", "friends", "all"],
    &["encrypt", "--to", "all", "plain"],
    &["inspect", "plain.age"],
    &["who", "plain.age"],
    &["verify", "plain.age"],
    &["share", "plain.age", "--to", "robert"],
    &["unshare", "plain.age", "--drop", "robert"],
    &["reseal", "plain.age", "--to", "robert"],
    &["decrypt", "plain.age", "-o", "opened"],
    &["write", "--to", "me"],
    &["encrypt", "-a", "--to", "me", "plain", "-o", "message"],
    &["read", "message"],
    &["group", "remove", "all"],
    &["contact", "remove", "robert"],
    &["lock"],
    &["config"],
    &["doctor"],
    &["bench", "--threads", "1"],
    &["completions", "bash"],
];

#[test]
fn every_command_is_confined() {
    let env = TestEnv::new().with_key();
    env.write("plain", "plain");
    let other = env.bulla([
        "identity",
        "new",
        "--classic",
        "--no-passphrase",
        "-o",
        "friend",
    ]);
    let public = String::from_utf8(other.run().stdout).unwrap();
    env.write("friend.txt", public);
    let mut open = Vec::new();
    for args in CONFINED {
        let outcome = env
            .bulla(args.iter().copied().chain(["-v"]))
            .stdin("a text\n")
            .run();
        let stderr = &outcome.stderr;
        println!("{args:?} {:?}", outcome.code);
        let worked = outcome.code == Some(0) || args[0] == "doctor";
        let once = |text| stderr.matches(text).count() == 1;
        let confined = once("No other program can be started: active")
            && once("Writing is limited to the output folders: ")
            && once("Network connections are blocked: active")
            && once("Other processes cannot be looked into: active");
        if !worked || !confined {
            open.push(format!("{args:?}: {:?}\n{stderr}", outcome.code));
        }
    }
    assert!(open.is_empty(), "{}", open.join("\n"));
}
