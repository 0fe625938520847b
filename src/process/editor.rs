//! Runs the user's editor, as named in VISUAL or EDITOR.
//!
//! The editor runs on the terminal. Known editors get options that stop them from keeping copies of
//! the text.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use crate::process::ending::ending;
use crate::process::stderr_relay::{ShowPiece, StderrRelay};
use crate::process::{launch, signals};
use bulla_age::untrusted::Untrusted;

/// The reason why nothing was edited.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The variable is empty or not set.
    #[error("no editor is set in VISUAL or EDITOR")]
    Nothing,
    /// The value needs a shell to be understood.
    #[error(
        "the editor command has a quotation mark, a backslash or a dollar sign, which only a \
         shell understands"
    )]
    Shell,
    /// A relative path, where anyone could have put a program.
    #[error("the editor's path is not absolute")]
    Relative,
    /// There is no such program.
    #[error("{0} is not on the PATH")]
    Nowhere(Untrusted),
    /// There is no terminal.
    #[error("there is no terminal for the editor")]
    NoTerminal,
    /// The program does not exist or may not be started.
    #[error("cannot start the editor: {0}")]
    Start(io::Error),
    /// It ended with a failure, so the text is not used.
    #[error("the editor ended with {}", ending(*.0))]
    Ended(ExitStatus),
}

/// An editor and its arguments.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Editor {
    program: PathBuf,
    arguments: Vec<String>,
}

/// Splits the value of VISUAL or EDITOR at whitespace into the program's name and its arguments.
///
/// # Errors
/// [`Error::Nothing`], [`Error::Shell`].
pub(crate) fn words(value: &str) -> Result<(String, Vec<String>), Error> {
    if value.contains(['"', '\'', '\\', '$', '`']) {
        return Err(Error::Shell);
    }
    let mut words = value.split_whitespace().map(str::to_owned);
    let program = words.next().ok_or(Error::Nothing)?;
    Ok((program, words.collect()))
}

impl Editor {
    /// Creates an editor from an absolute path.
    ///
    /// # Errors
    /// [`Error::Relative`].
    pub(crate) fn new(program: PathBuf, arguments: Vec<String>) -> Result<Self, Error> {
        if !program.is_absolute() {
            return Err(Error::Relative);
        }
        Ok(Self { program, arguments })
    }

    /// Returns the name of its program.
    pub(crate) fn name(&self) -> Untrusted {
        Untrusted::from(Path::new(self.program.file_name().unwrap_or_default()))
    }

    /// Edits a file on a terminal. What the editor writes to its standard error goes to `show`.
    /// Meanwhile Ctrl-C is for the editor only.
    ///
    /// # Errors
    /// [`Error::Start`], [`Error::Ended`].
    pub(crate) fn edit(&self, file: &Path, terminal: &File, show: ShowPiece) -> Result<(), Error> {
        let (relay, stderr) = StderrRelay::begin(show).map_err(Error::Start)?;
        let lent = || terminal.try_clone().map_err(Error::Start);
        let mut command = Command::new(&self.program);
        command
            .args(&self.arguments)
            .args(private_options(&self.program))
            .arg(file);
        command.stdin(lent()?).stdout(lent()?).stderr(stderr);
        let _keys = signals::leave_keys_to_editor();
        let mut child = launch::editor(&mut command).map_err(Error::Start)?;
        // Closes our end of its standard error.
        drop(command);
        let status = child.wait().map_err(Error::Start)?;
        relay.finish();
        if status.success() {
            Ok(())
        } else {
            Err(Error::Ended(status))
        }
    }
}

/// Returns options that stop an editor from writing copies of the text elsewhere: swap, undo and
/// history files, and backups. Files that it writes beside the text are removed with their folder.
fn private_options(program: &Path) -> &'static [&'static str] {
    const VIM: [&str; 5] = [
        "-n",
        "-i",
        "NONE",
        "-c",
        "silent! set noundofile nobackup nowritebackup",
    ];
    const EMACS: [&str; 2] = [
        "--eval",
        "(setq make-backup-files nil auto-save-default nil create-lockfiles nil)",
    ];
    // It keeps copies of open files in the user's folder of settings.
    const MICRO: [&str; 10] = [
        "-backup",
        "false",
        "-permbackup",
        "false",
        "-savehistory",
        "false",
        "-savecursor",
        "false",
        "-saveundo",
        "false",
    ];
    const JOE: [&str; 2] = ["-nobackups", "-nodeadjoe"];
    // `vi` may be a link to one of several editors; the name at the end of the links decides.
    let real = program.canonicalize();
    let name = real
        .as_deref()
        .unwrap_or(program)
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    match name {
        "nano" => &["--ignorercfiles"],
        "micro" => &MICRO,
        "joe" => &JOE,
        _ if name.starts_with("vim") || name.starts_with("nvim") => &VIM,
        _ if name.starts_with("emacs") && !name.starts_with("emacsclient") => &EMACS,
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::os::unix::fs::symlink;

    fn show_on(terminal: &File) -> ShowPiece {
        let mut terminal = terminal.try_clone().unwrap();
        Box::new(move |piece| terminal.write_all(piece).unwrap())
    }

    /// Runs a script as editor, with a file in place of the terminal.
    fn edit(script: &str) -> (Result<(), String>, String, String) {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        std::fs::write(at("text"), "before\n").unwrap();
        let terminal = File::options()
            .read(true)
            .append(true)
            .create(true)
            .open(at("terminal"))
            .unwrap();
        let arguments = ["-c", script, "sh", "-x"].map(str::to_owned);
        let editor = Editor::new("/bin/sh".into(), arguments.into()).unwrap();
        let edited = editor
            .edit(&at("text"), &terminal, show_on(&terminal))
            .map_err(|error| error.to_string());
        let read = |name| std::fs::read_to_string(at(name)).unwrap();
        (edited, read("text"), read("terminal"))
    }

    #[test]
    fn it_edits_on_the_terminal_and_says_whether_to_keep() {
        let (edited, text, said) = edit("echo hello; echo to $# $1 >&2; echo after >> \"$2\"");
        assert_eq!(
            (edited, text.as_str(), said.as_str()),
            (Ok(()), "before\nafter\n", "hello\nto 2 -x\n")
        );
        assert_eq!(
            edit("exit 3").0.unwrap_err(),
            "the editor ended with exit code 3"
        );
        assert_eq!(
            edit("kill -9 $$").0.unwrap_err(),
            "the editor ended with signal 9 (SIGKILL)"
        );
        let terminal = tempfile::tempfile().unwrap();
        let missing = Editor::new("/no/such".into(), Vec::new()).unwrap();
        assert!(matches!(
            missing.edit(Path::new("x"), &terminal, show_on(&terminal)),
            Err(Error::Start(_))
        ));
        assert!(matches!(
            Editor::new("vi".into(), Vec::new()),
            Err(Error::Relative)
        ));
    }

    #[test]
    fn a_variable_is_words_and_no_script() {
        let of = |value: &str| words(value).map(|(program, rest)| [vec![program], rest].concat());
        assert_eq!(of("vim").unwrap(), ["vim"]);
        assert_eq!(of(" code  --wait\t-n ").unwrap(), ["code", "--wait", "-n"]);
        assert!(matches!(of("  "), Err(Error::Nothing)));
        for shell in ["emacsclient -a ''", "\"a b\"", "a\\ b", "$HOME/ed", "`ed`"] {
            assert!(matches!(of(shell), Err(Error::Shell)), "{shell}");
        }
    }

    #[test]
    fn editors_are_known_by_what_they_are() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        for (name, first) in [
            ("vim.basic", Some("-n")),
            ("nvim", Some("-n")),
            ("nano", Some("--ignorercfiles")),
            ("micro", Some("-backup")),
            ("joe", Some("-nobackups")),
            ("emacs-gtk", Some("--eval")),
            ("emacsclient.emacs", None),
            ("ed", None),
            ("nvi", None),
        ] {
            std::fs::write(at(name), "").unwrap();
            let link = at(&format!("link to {name}"));
            symlink(at(name), &link).unwrap();
            for program in [at(name), link] {
                assert_eq!(
                    private_options(&program).first().copied(),
                    first,
                    "{program:?}"
                );
            }
        }
        assert_eq!(
            private_options(Path::new("/no/such/vim")).first(),
            Some(&"-n")
        );
    }

    /// Vim leaves files behind without our options, and none with them.
    #[test]
    fn vim_leaves_nothing_behind() {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let Some(vim) = std::env::split_paths(&path)
            .map(|dir| dir.join("vim"))
            .find(|vim| vim.exists())
        else {
            eprintln!("skipped: vim not installed");
            return;
        };
        for with_options in [false, true] {
            let home = tempfile::tempdir().unwrap();
            let at = |name: &str| home.path().join(name);
            std::fs::create_dir(at("kept")).unwrap();
            let kept = at("kept").display().to_string();
            std::fs::write(
                at(".vimrc"),
                format!(
                    "set nocompatible undofile undodir={kept} backup backupdir={kept} directory={kept} \
                     viminfo='100,n{kept}/viminfo\n"
                ),
            )
            .unwrap();
            std::fs::write(at("text"), "clay\n").unwrap();
            let mut command = Command::new(&vim);
            command
                .env("HOME", home.path())
                .env("TERM", "dumb")
                .env_remove("XDG_CONFIG_HOME")
                .args(["-es", "-u"]);
            command.arg(at(".vimrc"));
            if with_options {
                command.args(private_options(Path::new("/usr/bin/vim")));
            }
            let status = command
                .args(["-c", "normal yyp", "-c", "wq"])
                .arg(at("text"))
                .status()
                .unwrap();
            assert!(status.success(), "{status}");
            assert_eq!(std::fs::read_to_string(at("text")).unwrap(), "clay\nclay\n");
            let left = std::fs::read_dir(at("kept")).unwrap().count();
            assert_eq!(left == 0, with_options, "{left} files");
        }
    }
}
