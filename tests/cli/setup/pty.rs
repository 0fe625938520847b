//! A terminal for the program: a test types at it and reads what would be on the screen.
//!
//! A test waits for a text or for the end, never for a time, and gives up in the end. The program becomes
//! leader of a session on the terminal through `setsid --ctty`, because a test may not fork by
//! itself without `unsafe`.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::process::{Child, Output, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};
use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, ptsname, unlockpt};
use rustix::termios::{
    LocalModes, OptionalActions, OutputModes, Winsize, tcgetattr, tcsetattr, tcsetwinsize,
};

use crate::env;
use crate::env::{Outcome, Run};
use crate::tools;

/// How often to look whether the program has ended.
const PAUSE: Duration = Duration::from_millis(2);

/// A program on a terminal of 24 lines of 100 columns.
pub(crate) struct Terminal<'a> {
    run: Run<'a>,
    child: Child,
    keyboard: File,
    screen: Arc<Screen>,
    reader: JoinHandle<()>,
}

#[derive(Default)]
struct Screen {
    shown: Mutex<Shown>,
    changed: Condvar,
}

#[derive(Default)]
struct Shown {
    bytes: Vec<u8>,
    /// The length of the part already waited for.
    seen: usize,
    ended: bool,
}

impl<'a> Run<'a> {
    /// Starts it on a terminal, which is its standard streams unless they are redirected. `None`,
    /// with a message, if there is no `setsid`.
    pub(crate) fn on_terminal(self) -> Option<Terminal<'a>> {
        self.in_session(&["--ctty"], (24, 100))
    }

    /// The same with another number of lines and columns.
    pub(crate) fn on_terminal_of(self, lines: u16, columns: u16) -> Option<Terminal<'a>> {
        self.in_session(&["--ctty"], (lines, columns))
    }

    /// The same, but the terminal is nobody's: it controls no session, as in a rescue shell.
    pub(crate) fn on_foreign_terminal(self) -> Option<Terminal<'a>> {
        self.in_session(&[], (24, 100))
    }

    fn in_session(self, options: &[&str], (lines, columns): (u16, u16)) -> Option<Terminal<'a>> {
        let Some(setsid) = tools::tool("setsid") else {
            tools::skip("setsid not installed");
            return None;
        };
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY;
        let keyboard = openpt(flags | OpenptFlags::CLOEXEC).unwrap();
        grantpt(&keyboard).unwrap();
        unlockpt(&keyboard).unwrap();
        let line = ioctl_tiocgptpeer(&keyboard, flags | OpenptFlags::CLOEXEC).unwrap();
        tcsetwinsize(
            &keyboard,
            Winsize {
                ws_row: lines,
                ws_col: columns,
                ws_xpixel: 0,
                ws_ypixel: 0,
            },
        )
        .unwrap();
        let stream = || Stdio::from(line.try_clone().unwrap());
        let setsid = std::iter::once(setsid.as_os_str());
        let setsid: Vec<_> = setsid.chain(options.iter().map(AsRef::as_ref)).collect();
        let mut command = self.command_after(&setsid);
        let child = command
            .stdin(stream())
            .stdout(stream())
            .stderr(stream())
            .spawn()
            .unwrap();
        let screen = Arc::new(Screen::default());
        let reader = read_into(Arc::clone(&screen), keyboard.try_clone().unwrap());
        Some(Terminal {
            run: self,
            child,
            keyboard: File::from(keyboard),
            screen,
            reader,
        })
    }
}

/// A terminal for standard error alone: what is written to it arrives unchanged. It is not the
/// controlling terminal of the program, so no question is asked on it.
pub(crate) struct MessageTerminal {
    /// Open as long as the program runs, so that reading does not end before it has begun.
    line: OwnedFd,
    path: String,
    reader: JoinHandle<Vec<u8>>,
}

impl MessageTerminal {
    /// Opens a terminal that is wide enough for every message.
    pub(crate) fn open() -> Self {
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let master = openpt(flags).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let line = ioctl_tiocgptpeer(&master, flags).unwrap();
        let mut modes = tcgetattr(&line).unwrap();
        modes.output_modes.remove(OutputModes::OPOST);
        tcsetattr(&line, OptionalActions::Now, &modes).unwrap();
        let wide = Winsize {
            ws_row: 24,
            ws_col: u16::MAX,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        tcsetwinsize(&line, wide).unwrap();
        let path = ptsname(&master, Vec::new()).unwrap();
        let reader = std::thread::spawn(move || {
            let (mut terminal, mut bytes) = (File::from(master), Vec::new());
            // Once no process has the terminal open, reading fails.
            let _ = terminal.read_to_end(&mut bytes);
            bytes
        });
        Self {
            line,
            path: path.into_string().unwrap(),
            reader,
        }
    }

    /// The path by which a program opens it.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// Returns everything that was written to it, after the program has ended.
    pub(crate) fn end(self) -> Vec<u8> {
        drop(self.line);
        self.reader.join().unwrap()
    }
}

fn read_into(screen: Arc<Screen>, terminal: OwnedFd) -> JoinHandle<()> {
    std::thread::spawn(move || {
        let (mut terminal, mut buffer) = (File::from(terminal), [0; 4096]);
        loop {
            // A terminal that no process has open reads as an error.
            let count = terminal.read(&mut buffer).unwrap_or(0);
            let mut shown = screen.shown.lock().unwrap();
            shown.bytes.extend_from_slice(&buffer[..count]);
            shown.ended = count == 0;
            screen.changed.notify_all();
            if count == 0 {
                return;
            }
        }
    })
}

impl Terminal<'_> {
    /// Waits until the screen shows this text after the part already waited for.
    #[track_caller]
    pub(crate) fn wait_for(&self, text: &str) -> &Self {
        let find = |shown: &Shown| {
            let new = &shown.bytes[shown.seen..];
            new.windows(text.len())
                .position(|window| window == text.as_bytes())
                .map(|at| shown.seen + at + text.len())
        };
        let shown = self.screen.shown.lock().unwrap();
        let waiting = |shown: &mut Shown| find(shown).is_none() && !shown.ended;
        let (mut shown, _) = self
            .screen
            .changed
            .wait_timeout_while(shown, env::PATIENCE, waiting)
            .unwrap();
        match find(&shown) {
            Some(end) => shown.seen = end,
            None => panic!(
                "the screen never showed {text:?}:\n{}",
                String::from_utf8_lossy(&shown.bytes)
            ),
        }
        self
    }

    /// Everything the screen has shown so far.
    pub(crate) fn shown(&self) -> String {
        String::from_utf8_lossy(&self.screen.shown.lock().unwrap().bytes).into_owned()
    }

    /// Types these keys: `"\n"` is the Enter key, `"\x03"` is control-C.
    pub(crate) fn keys(&self, keys: &str) -> &Self {
        (&self.keyboard).write_all(keys.as_bytes()).unwrap();
        self
    }

    /// Returns true if the terminal echoes.
    pub(crate) fn echoes(&self) -> bool {
        tcgetattr(&self.keyboard)
            .unwrap()
            .local_modes
            .contains(LocalModes::ECHO)
    }

    /// Waits until no process has the terminal open.
    pub(crate) fn left(&self) -> &Self {
        let shown = self.screen.shown.lock().unwrap();
        let waiting = |shown: &mut Shown| !shown.ended;
        let (shown, _) = self
            .screen
            .changed
            .wait_timeout_while(shown, env::PATIENCE, waiting)
            .unwrap();
        assert!(
            shown.ended,
            "still there:\n{}",
            String::from_utf8_lossy(&shown.bytes)
        );
        drop(shown);
        self
    }

    /// Sends the program a signal.
    pub(crate) fn signal(&self, signal: Signal) -> &Self {
        let pid = Pid::from_child(&self.child);
        rustix::process::kill_process(pid, signal).unwrap();
        self
    }

    /// Waits for the program to end. Its standard output is the screen, with the line ends that the
    /// program wrote.
    #[track_caller]
    pub(crate) fn end(mut self) -> Outcome {
        let begun = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            if begun.elapsed() > env::PATIENCE {
                let _ = self.child.kill();
                panic!("the program never ended:\n{}", self.shown());
            }
            std::thread::sleep(PAUSE);
        };
        self.left();
        self.reader.join().unwrap();
        let shown =
            String::from_utf8_lossy(&self.screen.shown.lock().unwrap().bytes).replace("\r\n", "\n");
        self.run.outcome(Output {
            status,
            stdout: shown.into_bytes(),
            stderr: Vec::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::env::TestEnv;

    #[test]
    fn a_program_can_be_typed_at() {
        let env = TestEnv::new();
        let script = "printf 'name? '; read name; /bin/stty -echo; printf 'secret? ' >/dev/tty; read secret; /bin/stty echo;
            test -t 2; echo \"\n$name $secret $?\"; exit 3";
        let Some(terminal) = env.program("/bin/bash", ["-c", script]).on_terminal() else {
            return;
        };
        assert!(terminal.echoes());
        terminal
            .wait_for("name? ")
            .keys("me\n")
            .wait_for("secret? ");
        assert!(!terminal.echoes());
        terminal.keys("hush\n").wait_for("me hush 0");
        terminal
            .end()
            .assert(3, "name? me\nsecret? \nme hush 0\n", "");
    }

    #[test]
    fn control_c_and_signals_arrive() {
        let env = TestEnv::new();
        for by_key in [true, false] {
            let Some(terminal) = env
                .program("/bin/sh", ["-c", "echo here; exec sleep 60"])
                .env("PATH", "/bin")
                .on_terminal()
            else {
                return;
            };
            terminal.wait_for("here");
            if by_key {
                terminal.keys("\x03")
            } else {
                terminal.signal(rustix::process::Signal::INT)
            };
            assert_eq!(terminal.end().signal, Some(2));
        }
    }

    #[test]
    fn streams_can_be_elsewhere_while_the_terminal_is_there() {
        let env = TestEnv::new();
        env.write("in", "piped\n");
        let script = "read line; echo \"$line\"; echo question >/dev/tty";
        let Some(terminal) = env
            .program("/bin/sh", ["-c", script])
            .redirect("<in >out")
            .on_terminal()
        else {
            return;
        };
        terminal.wait_for("question");
        terminal.end().assert(0, "question\n", "");
        assert_eq!(env.read("out"), b"piped\n");
    }

    #[test]
    #[should_panic(expected = "never showed")]
    fn a_text_that_does_not_come_fails() {
        let env = TestEnv::new();
        match env.program("/bin/echo", ["other"]).on_terminal() {
            Some(terminal) => _ = terminal.wait_for("text"),
            None => panic!("never showed: no terminal to be had"),
        }
    }
}
