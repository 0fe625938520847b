//! The start of every test of the program: a new folder, home and keyring, and an empty
//! environment.
//!
//! Output is compared as a whole, with `[TMP]` for the folder of the test. Standard error is a
//! terminal, unless a test asks for a pipe: a program that succeeds says what it did to a person
//! and nothing to a script.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use crate::pty::MessageTerminal;

/// A program that runs longer is considered hung. Far longer than the slowest takes on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(1200);

/// A folder tree that lives as long as the test: `work`, `home`, `bulla` (the keyring) and `bin`
/// (the `PATH`).
pub(crate) struct TestEnv {
    root: tempfile::TempDir,
}

impl TestEnv {
    /// Creates empty folders.
    pub(crate) fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        for folder in ["work", "home", "bulla", "bin", "descriptors"] {
            fs::create_dir(root.path().join(folder)).unwrap();
        }
        Self { root }
    }

    /// The folder of the keyring.
    pub(crate) fn bulla_home(&self) -> PathBuf {
        self.root.path().join("bulla")
    }

    /// The path of a name in the folder where programs run.
    pub(crate) fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.root.path().join("work").join(name)
    }

    /// Writes a file in the working folder.
    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }

    /// Reads a file of the working folder.
    #[track_caller]
    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap_or_else(|why| panic!("{name}: {why}"))
    }

    /// All names in the working folder and below it, hidden ones included, sorted.
    pub(crate) fn list(&self) -> Vec<String> {
        fn walk(base: &Path, folder: &Path, names: &mut Vec<String>) {
            for entry in folder.read_dir().unwrap() {
                let entry = entry.unwrap();
                names.push(
                    entry
                        .path()
                        .strip_prefix(base)
                        .unwrap()
                        .to_string_lossy()
                        .into_owned(),
                );
                if entry.file_type().unwrap().is_dir() {
                    walk(base, &entry.path(), names);
                }
            }
        }
        let mut names = Vec::new();
        walk(&self.path(""), &self.path(""), &mut names);
        names.sort();
        names
    }

    /// Puts a program on the `PATH` under a name.
    pub(crate) fn install(&self, name: &str, program: &Path) {
        std::os::unix::fs::symlink(program, self.root.path().join("bin").join(name)).unwrap();
    }

    /// `bulla` with these arguments.
    pub(crate) fn bulla<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Run<'_> {
        let mut run = self.program(env!("CARGO_BIN_EXE_bulla"), args);
        run.messages = Messages::Terminal;
        run
    }

    /// Another program in the same environment.
    pub(crate) fn program<A: AsRef<OsStr>>(
        &self,
        program: impl AsRef<OsStr>,
        args: impl IntoIterator<Item = A>,
    ) -> Run<'_> {
        let line = std::iter::once(program.as_ref().to_owned());
        let line = line
            .chain(args.into_iter().map(|arg| arg.as_ref().to_owned()))
            .collect();
        let variables = vec![
            ("PATH".into(), self.root.path().join("bin").into()),
            ("HOME".into(), self.root.path().join("home").into()),
            ("BULLA_HOME".into(), self.root.path().join("bulla").into()),
        ];
        Run {
            env: self,
            line,
            variables,
            stdin: None,
            redirects: String::new(),
            messages: Messages::Pipe,
        }
    }
}

/// What [`Run::run`] makes of standard error.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Messages {
    Pipe,
    /// A terminal that wraps and colours nothing, and that nobody types at.
    Terminal,
}

/// A program about to be started.
pub(crate) struct Run<'a> {
    env: &'a TestEnv,
    line: Vec<OsString>,
    variables: Vec<(OsString, OsString)>,
    stdin: Option<Vec<u8>>,
    redirects: String,
    messages: Messages,
}

impl Run<'_> {
    /// Makes standard error a pipe, as in a script.
    pub(crate) fn in_a_script(mut self) -> Self {
        self.messages = Messages::Pipe;
        self
    }

    /// Sets its standard input, which is empty otherwise.
    pub(crate) fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = Some(bytes.into());
        self
    }

    /// Sets or replaces an environment variable.
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.variables.retain(|(known, _)| known != name);
        self.variables.push((name.into(), value.as_ref().into()));
        self
    }

    /// A descriptor of this number that reads these bytes, for `--passphrase-fd`.
    pub(crate) fn descriptor(self, number: u32, bytes: impl AsRef<[u8]>) -> Self {
        let path = self
            .env
            .root
            .path()
            .join("descriptors")
            .join(number.to_string());
        fs::write(&path, bytes).unwrap();
        self.redirect(&format!("{number}<'{}'", path.display()))
    }

    /// Redirections in the syntax of the shell: `>/dev/full`, `2>&-`, `1<file`.
    pub(crate) fn redirect(mut self, redirect: &str) -> Self {
        self.redirects += &format!(" {redirect}");
        self
    }

    /// The command as std has it, for tests that need the running process. Standard input is not
    /// set.
    pub(crate) fn command(&self) -> Command {
        self.command_after(&[])
    }

    /// The command, started through others that end in `exec`.
    pub(crate) fn command_after(&self, prefix: &[&OsStr]) -> Command {
        let script = format!("exec \"$@\"{}", self.redirects);
        let shell = ["/bin/sh", "-c", &script, "sh"].map(OsStr::new);
        let shell = if self.redirects.is_empty() {
            &[][..]
        } else {
            &shell[..]
        };
        let mut line = prefix
            .iter()
            .copied()
            .chain(shell.iter().copied())
            .chain(self.line.iter().map(|arg| &**arg));
        let mut command = Command::new(line.next().expect("line: it begins with the program"));
        command
            .args(line)
            .env_clear()
            .envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.current_dir(self.env.path(""));
        command
    }

    /// Runs it and waits for its end.
    pub(crate) fn run(mut self) -> Outcome {
        let terminal = (self.messages == Messages::Terminal).then(MessageTerminal::open);
        if let Some(terminal) = &terminal {
            self.redirects
                .insert_str(0, &format!(" 2>'{}'", terminal.path()));
            for (name, value) in [("TERM", "dumb"), ("NO_COLOR", "1")] {
                if !self.variables.iter().any(|(known, _)| known == name) {
                    self.variables.push((name.into(), value.into()));
                }
            }
        }
        let mut command = assert_cmd::Command::from_std(self.command());
        let mut output = command
            .write_stdin(self.stdin.clone().unwrap_or_default())
            .timeout(PATIENCE)
            .output()
            .unwrap();
        output
            .stderr
            .extend(terminal.map_or_else(Vec::new, MessageTerminal::end));
        self.outcome(output)
    }

    /// Its outcome, with `[TMP]` for the folder of the test.
    pub(crate) fn outcome(&self, output: Output) -> Outcome {
        let stderr = String::from_utf8_lossy(&output.stderr);
        Outcome {
            code: output.status.code(),
            signal: output.status.signal(),
            stdout: output.stdout,
            stderr: stderr.replace(&*self.env.root.path().to_string_lossy(), "[TMP]"),
        }
    }
}

/// The outcome of a program.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// Its exit code, unless a signal ended it.
    pub(crate) code: Option<i32>,
    /// The signal that ended it.
    pub(crate) signal: Option<i32>,
    /// Its whole standard output.
    pub(crate) stdout: Vec<u8>,
    /// Its whole standard error.
    pub(crate) stderr: String,
}

impl Outcome {
    /// Compares exit code and output with the expected ones.
    #[track_caller]
    pub(crate) fn assert(&self, code: i32, stdout: impl AsRef<[u8]>, stderr: &str) -> &Self {
        let same =
            self.code == Some(code) && self.stdout == stdout.as_ref() && self.stderr == stderr;
        assert!(
            same,
            "expected exit code {code}, stdout:\n{}\nstderr:\n{stderr}\n\ngot {:?} (signal {:?}), stdout:\n{}\nstderr:\n{}",
            shown(stdout.as_ref()),
            self.code,
            self.signal,
            shown(&self.stdout),
            self.stderr
        );
        self
    }

    /// The objects on its standard output, one per line.
    #[track_caller]
    pub(crate) fn json(&self) -> Vec<serde_json::Value> {
        let lines = self.stdout.split_inclusive(|byte| *byte == b'\n');
        lines
            .map(|line| serde_json::from_slice(line).unwrap_or_else(|_| panic!("{self:?}")))
            .collect()
    }

    /// Requires success and an empty standard error.
    #[track_caller]
    pub(crate) fn assert_quiet(&self) -> &Self {
        self.assert(0, self.stdout.clone(), "")
    }
}

/// Output in readable form, for failed tests.
fn shown(bytes: &[u8]) -> String {
    let cut = &bytes[..bytes.len().min(2000)];
    format!("({} bytes) {}", bytes.len(), cut.escape_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_see_nothing_but_their_own_surroundings() {
        let env = TestEnv::new();
        let seen = env
            .program("/usr/bin/env", [""; 0])
            .env("PATH", "/none")
            .run();
        let seen = String::from_utf8(seen.assert_quiet().stdout.clone()).unwrap();
        let mut names: Vec<_> = seen
            .lines()
            .filter_map(|line| Some(line.split_once('=')?.0))
            .collect();
        names.sort_unstable();
        assert_eq!(names, ["BULLA_HOME", "HOME", "PATH"]);
        env.program("/bin/sh", ["-c", "pwd >&2; exit 7"])
            .run()
            .assert(7, "", "[TMP]/work\n");
    }

    #[test]
    fn programs_read_what_they_are_given() {
        let env = TestEnv::new();
        let run = env.program("/bin/sh", ["-c", "/bin/cat - /dev/fd/3 /dev/fd/4"]);
        run.stdin("one ")
            .descriptor(3, "two ")
            .descriptor(4, "three")
            .run()
            .assert(0, "one two three", "");
        env.program("/bin/cat", [""; 0]).run().assert(0, "", "");
        env.program("/bin/sh", ["-c", "echo lost"])
            .redirect(">'kept'")
            .run()
            .assert(0, "", "");
        assert_eq!(env.read("kept"), b"lost\n");
    }

    #[test]
    fn what_is_left_is_seen() {
        let env = TestEnv::new();
        env.write("b/.hidden", "");
        env.write("a", "x");
        assert_eq!(env.list(), ["a", "b", "b/.hidden"]);
    }

    #[test]
    fn a_signal_is_no_exit_code() {
        let outcome = TestEnv::new()
            .program("/bin/sh", ["-c", "kill -TERM $$"])
            .run();
        assert_eq!((outcome.code, outcome.signal), (None, Some(15)));
    }

    #[test]
    #[should_panic(expected = "expected exit code 0, stdout:\n(2 bytes) a\\n")]
    fn a_difference_in_output_fails() {
        TestEnv::new()
            .program("/bin/sh", ["-c", "echo b"])
            .run()
            .assert(0, "a\n", "");
    }

    #[test]
    fn the_program_is_found() {
        let env = TestEnv::new();
        let mut command = env.bulla(["--help"]).command();
        assert!(Path::new(command.get_program()).is_file());
        assert!(
            command
                .stdin(std::process::Stdio::null())
                .output()
                .unwrap()
                .status
                .code()
                .is_some()
        );
    }
}
