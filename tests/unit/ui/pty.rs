//! A pseudo-terminal with a screen, and a child process whose controlling terminal it is.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use rustix::fs::{Mode, OFlags};
use rustix::process::{Pid, Signal};
use rustix::pty::OpenptFlags;
use rustix::termios::{LocalModes, OptionalActions, Winsize};

/// The environment variable with the role of the binary.
pub(super) const ROLE: &str = "BULLA_UI_TEST_ROLE";

const PATIENCE: Duration = Duration::from_secs(30);

/// Returns a tool, or `None` if it is not installed.
pub(super) fn tool(name: &str) -> Option<Command> {
    let found =
        std::env::split_paths(&std::env::var_os("PATH")?).any(|dir| dir.join(name).exists());
    if found {
        return Some(Command::new(name));
    }
    assert!(
        std::env::var_os("CI").is_none_or(|ci| ci != "true"),
        "{name} is not installed"
    );
    eprintln!("skipped: {name} not installed");
    None
}

/// Returns a command that runs this binary in a role and in a new session, through `by`.
pub(super) fn role_command(role: &str, by: &[&str]) -> Option<Command> {
    let mut command = tool("setsid")?;
    command.args(by).arg(std::env::current_exe().unwrap());
    command
        .args([
            "--exact",
            "ui::tests::role",
            "--nocapture",
            "--test-threads=1",
        ])
        .env(ROLE, role)
        // Without it, no bars are drawn.
        .env("TERM", "xterm");
    Some(command)
}

/// A shell that leads the session and outlives the child. When a leader dies, the system resets the
/// terminal, which would hide the state that the child left behind. The shell's stderr is not the
/// terminal, because it would print there which signal ended the child.
const LEADER: &str = r#"trap : INT TERM HUP; exec 3>&2 2>/dev/null
sh -c 'exec "$@" </dev/null 2>&3' sh "$@"
echo "status $?"; exec sleep 600 >/dev/null"#;

pub(super) struct Pty {
    master: File,
    leader: Child,
    lines: Receiver<String>,
    pid: Option<Pid>,
    status: Option<i32>,
    seen: Vec<u8>,
    screen: Screen,
    parser: vte::Parser,
}

impl Pty {
    pub(super) fn start(role: &str) -> Option<Self> {
        Self::start_with(role, 60)
    }

    pub(super) fn start_with(role: &str, columns: u16) -> Option<Self> {
        let (master, slave) = open(columns);
        let mut command = role_command(role, &["-c", "sh", "-c", LEADER, "sh"])?;
        let mut leader = command
            .stdin(slave.try_clone().unwrap())
            .stderr(slave)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        drop(command);
        let lines = read_lines(leader.stdout.take().unwrap());
        Some(Self {
            master: master.into(),
            leader,
            lines,
            pid: None,
            status: None,
            seen: Vec::new(),
            screen: Screen::new(usize::from(columns)),
            parser: vte::Parser::new(),
        })
    }

    /// Waits until the screen shows a text.
    pub(super) fn until(&mut self, text: &str) {
        let end = Instant::now() + PATIENCE;
        while !self.screen().contains(text.trim_end()) {
            assert!(
                Instant::now() < end,
                "waited for {text:?}, have {:?}",
                self.screen()
            );
            self.take(50);
        }
    }

    /// Reads what was sent to the terminal, after waiting at most `wait` milliseconds. Returns
    /// false if there was nothing.
    fn take(&mut self, wait: i64) -> bool {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        let wait = Timespec {
            tv_sec: 0,
            tv_nsec: wait * 1_000_000,
        };
        if poll(&mut [PollFd::new(&self.master, PollFlags::IN)], Some(&wait)).unwrap() == 0 {
            return false;
        }
        let mut some = [0; 4096];
        let read = self.master.read(&mut some).unwrap_or(0);
        self.seen.extend_from_slice(&some[..read]);
        self.parser.advance(&mut self.screen, &some[..read]);
        read > 0
    }

    pub(super) fn send(&mut self, text: &str) {
        self.master.write_all(text.as_bytes()).unwrap();
    }

    pub(super) fn kill(&mut self, signal: Signal) {
        while self.pid.is_none() {
            self.next_line();
        }
        rustix::process::kill_process(self.pid.unwrap(), signal).unwrap();
    }

    fn next_line(&mut self) -> Option<String> {
        let line = self
            .lines
            .recv_timeout(PATIENCE)
            .expect("the child says something in time");
        if let Some((_, pid)) = line.split_once("pid ") {
            self.pid = Pid::from_raw(pid.parse().unwrap());
        } else if let Some((_, status)) = line.split_once("status ") {
            self.status = Some(status.parse().unwrap());
        } else if let Some(at) = line.find("got ") {
            return Some(line[at..].to_owned());
        }
        None
    }

    /// Returns the results that the child printed, after it has ended.
    pub(super) fn outcome(&mut self) -> String {
        let mut told = Vec::new();
        while self.status.is_none() {
            told.extend(self.next_line());
        }
        while self.take(0) {}
        told.join("\n")
    }

    pub(super) fn status(&self) -> i32 {
        self.status.unwrap()
    }

    pub(super) fn echoes(&self) -> bool {
        let modes = rustix::termios::tcgetattr(&self.master).unwrap();
        modes.local_modes.contains(LocalModes::ECHO)
    }

    /// Returns all bytes that were sent to the terminal.
    pub(super) fn seen(&self) -> String {
        String::from_utf8_lossy(&self.seen).into_owned()
    }

    /// Returns the text on the screen, without trailing spaces and empty lines.
    pub(super) fn screen(&self) -> String {
        text(&self.screen.rows)
    }

    /// Returns the text on the screen that is not shown now, or was shown last: that with the
    /// scrollback, while there is an alternate screen, and the alternate screen after that.
    pub(super) fn scrollback(&self) -> String {
        text(&self.screen.other)
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        // This is the session's leader; hanging up the terminal ends the other processes.
        let _ = self.leader.kill();
        let _ = self.leader.wait();
    }
}

fn open(columns: u16) -> (OwnedFd, OwnedFd) {
    let master =
        rustix::pty::openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)
            .unwrap();
    rustix::pty::grantpt(&master).unwrap();
    rustix::pty::unlockpt(&master).unwrap();
    let name = rustix::pty::ptsname(&master, Vec::new()).unwrap();
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
    let slave = rustix::fs::open(name, flags, Mode::empty()).unwrap();
    let size = Winsize {
        ws_row: 24,
        ws_col: columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    rustix::termios::tcsetwinsize(&slave, size).unwrap();
    let mut modes = rustix::termios::tcgetattr(&slave).unwrap();
    modes.input_modes |= rustix::termios::InputModes::IUTF8;
    rustix::termios::tcsetattr(&slave, OptionalActions::Now, &modes).unwrap();
    (master, slave)
}

fn read_lines(from: impl Read + Send + 'static) -> Receiver<String> {
    let (to, lines) = channel();
    std::thread::spawn(move || {
        for line in std::io::BufRead::lines(std::io::BufReader::new(from)).map_while(Result::ok) {
            if to.send(line).is_err() {
                break;
            }
        }
    });
    lines
}

/// The parts of a terminal that these tests need.
struct Screen {
    columns: usize,
    rows: Vec<Vec<char>>,
    /// The screen that is not shown now.
    other: Vec<Vec<char>>,
    row: usize,
    column: usize,
}

impl Screen {
    fn new(columns: usize) -> Self {
        Self {
            columns,
            rows: vec![Vec::new()],
            other: vec![Vec::new()],
            row: 0,
            column: 0,
        }
    }

    fn line_feed(&mut self) {
        self.row += 1;
        if self.rows.len() <= self.row {
            self.rows.push(Vec::new());
        }
    }
}

fn text(rows: &[Vec<char>]) -> String {
    let lines = rows
        .iter()
        .map(|row| row.iter().collect::<String>().trim_end().to_owned());
    lines.collect::<Vec<_>>().join("\n").trim_end().to_owned()
}

impl vte::Perform for Screen {
    fn print(&mut self, c: char) {
        if self.column == self.columns {
            self.column = 0;
            self.line_feed();
        }
        let row = &mut self.rows[self.row];
        row.resize(row.len().max(self.column + 1), ' ');
        row[self.column] = c;
        self.column += 1;
    }

    fn execute(&mut self, byte: u8) {
        match byte {
            b'\r' => self.column = 0,
            b'\n' => self.line_feed(),
            other => panic!("the terminal was sent {other:#x}"),
        }
    }

    fn csi_dispatch(&mut self, params: &vte::Params, _: &[u8], _: bool, action: char) {
        let given = params
            .iter()
            .next()
            .and_then(|p| p.first().copied())
            .unwrap_or(0);
        match (action, given) {
            ('A', up) => self.row = self.row.saturating_sub(usize::from(up.max(1))),
            ('B', down) => (0..down.max(1)).for_each(|_| self.line_feed()),
            ('J', 0) => {
                self.rows.truncate(self.row + 1);
                self.rows[self.row].truncate(self.column);
            }
            ('H', 0) => (self.row, self.column) = (0, 0),
            ('h' | 'l', 1049) => {
                std::mem::swap(&mut self.rows, &mut self.other);
                (self.row, self.column) = (self.rows.len() - 1, 0);
            }
            ('m', _) | ('h' | 'l', 7 | 2004) => {}
            ('K', 0) => self.rows[self.row].truncate(self.column),
            ('K', 2) => self.rows[self.row].clear(),
            other => panic!("the terminal was sent the sequence {other:?}"),
        }
    }
}
