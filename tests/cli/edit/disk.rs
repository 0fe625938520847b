//! What of an edited text reaches a disk: nothing in the clear.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustix::process::Signal;

use crate::env::{Run, TestEnv};
use crate::kernel::cannot;
use crate::share::three;
use crate::someone::RECIPIENT;
use crate::tools::{need, skip, tool_on};
use crate::traced::fault_at;

/// Texts that appear in the plaintext and nowhere else.
const OLD: &str = "the-clay-is-still-soft";
const NEW: &str = "the-reed-has-been-cut";

#[test]
fn a_text_is_written_in_the_clear_only_in_memory() {
    let strace = need!("strace");
    let env = three();
    env.write("f", format!("{OLD}\n"));
    env.does(&["encrypt", "-q", "--to", "bob", "f"]);
    fs::remove_file(env.path("f")).unwrap();
    let script =
        format!("cat \"$1\" >\"$1.copy\"; echo {NEW} >>\"$1.copy\"; mv \"$1.copy\" \"$1\"");
    let editor = env.editor(&script);
    let writes = "trace=write,pwrite64,writev,pwritev,pwritev2";
    let line = [
        "-f", "-qq", "-y", "-s", "100000", "-e", writes, "-o", "log", "--",
    ];
    let line = [
        &line[..],
        &[env!("CARGO_BIN_EXE_bulla"), "edit", "-q", "f.age"],
    ]
    .concat();
    let Some(terminal) = env
        .program(strace, line)
        .env("EDITOR", editor)
        .on_terminal()
    else {
        return;
    };
    terminal.end().assert(0, "", "");
    let log = fs::read_to_string(env.path("log")).unwrap();
    let clear: Vec<&str> = log
        .lines()
        .filter(|line| line.contains(OLD) || line.contains(NEW))
        .collect();
    assert!(clear.len() >= 2, "the text was seen in memory: {clear:?}");
    for line in clear {
        assert!(line.contains("</dev/shm/.bulla-"), "{line}");
    }
    assert!(env.text_of("f.age", "bob.key").contains(NEW));
}

/// Vim and nano with the options that they get leave nothing outside of the folder in memory.
#[test]
fn editors_leave_no_copy_in_the_home_folder() {
    let env = three();
    let path = "/usr/local/bin:/usr/bin:/bin";
    let editors = [
        ("vim", "G", "oreed\x1b", ":wq\r"),
        ("nano", "", "reed\n", "\x0f\r\x18"),
        ("emacs", "", "reed\n", "\x18\x13\x18\x03"),
    ];
    let mut tried = 0;
    for (name, first, text, save) in editors {
        if tool_on(path.as_ref(), name).is_none() {
            skip(&format!("{name} not installed"));
            continue;
        }
        env.write("f", format!("{OLD}\n"));
        env.does(&["encrypt", "-qf", "--to", "bob", "f"]);
        fs::remove_file(env.path("f")).unwrap();
        let home = env.path("../home");
        env.write(
            "../home/.vimrc",
            "set undofile undodir=~ backup backupdir=~ directory=~\n",
        );
        let run = env
            .bulla(["edit", "-q", "f.age"])
            .env("EDITOR", name)
            .env("PATH", path)
            .env("TERM", "vt100")
            .env("HOME", &home);
        let Some(terminal) = run.on_terminal() else {
            return;
        };
        // The editor is ready when it shows the text.
        terminal.wait_for(OLD).keys(first).keys(text).keys(save);
        let ended = terminal.end();
        assert_eq!(ended.code, Some(0), "{name}: {ended:?}");
        assert!(env.text_of("f.age", "bob.key").contains("reed"), "{name}");
        let found = holding(&home, OLD.as_bytes());
        assert!(found.is_empty(), "{name}: {found:?}");
        let found = holding(&env.path(""), OLD.as_bytes());
        assert!(found.is_empty(), "{name}: {found:?}");
        tried += 1;
    }
    println!("edit: {tried} editors");
}

/// The files below a folder that contain these bytes.
fn holding(folder: &Path, bytes: &[u8]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in folder.read_dir().unwrap().flatten() {
        let path = entry.path();
        match entry.file_type().unwrap() {
            kind if kind.is_dir() => found.extend(holding(&path, bytes)),
            kind if kind.is_file() && contains(&fs::read(&path).unwrap(), bytes) => {
                found.push(path)
            }
            _ => {}
        }
    }
    found
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// An ext4 file system in an image.
struct Disk {
    image: PathBuf,
    mount: PathBuf,
}

impl Disk {
    /// `None`, with a message, if it cannot be mounted here.
    fn new(env: &TestEnv) -> Option<Self> {
        let Some(mkfs) = tool_on("/usr/sbin:/sbin:/usr/bin:/bin".as_ref(), "mkfs.ext4") else {
            skip("mkfs.ext4 not installed");
            return None;
        };
        if !rustix::process::geteuid().is_root() {
            cannot("only root can mount a disk");
            return None;
        }
        let (image, mount) = (env.path("image"), env.path("disk"));
        fs::File::create(&image).unwrap().set_len(64 << 20).unwrap();
        fs::create_dir(&mount).unwrap();
        assert!(quietly(Command::new(mkfs).arg("-q").arg(&image)));
        let disk = Self { image, mount };
        if quietly(
            Command::new("mount")
                .args(["-o", "loop"])
                .args([&disk.image, &disk.mount]),
        ) {
            return Some(disk);
        }
        cannot("no image of a disk can be mounted here");
        None
    }

    /// Writes everything out, and returns all bytes of the disk, also those that no file has any
    /// more.
    fn bytes(self) -> Vec<u8> {
        assert!(quietly(Command::new("umount").arg(&self.mount)));
        fs::read(&self.image).unwrap()
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Fails if it was unmounted already.
        quietly(Command::new("umount").arg(&self.mount));
    }
}

fn quietly(command: &mut Command) -> bool {
    let null = || Stdio::null();
    let status = command.stdin(null()).stdout(null()).stderr(null()).status();
    status.is_ok_and(|status| status.success())
}

/// A run with this editor and its number, and with the home and temporary folders of the disk.
fn surrounded<'a>(
    run: Run<'a>,
    editor: &Path,
    number: u32,
    (tmp, home): (&Path, &Path),
) -> Run<'a> {
    run.env("EDITOR", editor)
        .env("NUMBER", number.to_string())
        .env("TMPDIR", tmp)
        .env("HOME", home)
}

/// Edits a file on a disk, with the home and the keyring on it too, and kills most runs at some
/// moment: while the editor runs, or while the text is encrypted and saved.
fn kills_on_a_disk(kills: u32) {
    let strace = need!("strace");
    let env = three();
    let Some(disk) = Disk::new(&env) else {
        return;
    };
    for folder in ["home", "tmp", "home/.local"] {
        fs::create_dir(disk.mount.join(folder)).unwrap();
    }
    let file = disk.mount.join("f.age");
    let name = file.to_str().unwrap();
    let clear = env.bulla(["encrypt", "-q", "-r", RECIPIENT, "--to", "bob", "-o", name]);
    clear.stdin(format!("{OLD}\n")).run().assert_quiet();
    let script = format!("echo {NEW}-$NUMBER >>\"$1\"; echo editing; read line");
    let editor = env.editor(&script);
    let bulla = env!("CARGO_BIN_EXE_bulla");
    let (tmp, home) = (disk.mount.join("tmp"), disk.mount.join("home"));
    let traced = |options: &[&str], number| {
        let line = [&["-qq", "-o", "log"], options, &["--", bulla, "edit", name]].concat();
        let terminal =
            surrounded(env.program(&strace, line), &editor, number, (&tmp, &home)).on_terminal()?;
        terminal.keys("\n");
        Some(terminal.end())
    };
    let Some(whole) = traced(&["-e", "trace=file,desc,fsync,flock,memory"], kills) else {
        return;
    };
    assert_eq!(whole.code, Some(0), "{whole:?}");
    let all: Vec<(String, usize)> = env
        .calls()
        .into_iter()
        .flat_map(|(call, times)| (1..=times).map(move |n| (call.clone(), n)))
        .collect();
    let (mut killed, mut saved) = (0, 0);
    for number in 0..kills {
        // Every third run is ended in the editor, the others at a system call of the program.
        let ended = if number % 3 == 0 {
            let Some(terminal) =
                surrounded(env.bulla(["edit", name]), &editor, number, (&tmp, &home)).on_terminal()
            else {
                return;
            };
            let signal = [Signal::KILL, Signal::TERM, Signal::HUP][number as usize / 3 % 3];
            terminal.wait_for("editing").signal(signal);
            terminal.end()
        } else {
            let (call, n) = &all[number as usize * all.len() / kills as usize];
            let kill = fault_at(call, "signal=KILL", n);
            traced(&kill.each_ref().map(String::as_str), number).unwrap()
        };
        killed += u32::from(ended.code != Some(0));
        saved += u32::from(ended.code == Some(0));
        let text = env.text_of(name, "bob.key");
        assert!(text.starts_with(OLD), "{number}: {ended:?}: {text}");
    }
    let bytes = disk.bytes();
    for canary in [OLD, NEW] {
        assert!(
            !contains(&bytes, canary.as_bytes()),
            "{canary} is on the disk"
        );
    }
    println!("edit: killed {killed} times on a disk, saved {saved} times; nothing is in the clear");
    assert!(killed >= kills * 2 / 3, "{killed} of {kills}");
}

/// The scan finds a text that was on the disk, also after its file was removed.
#[test]
fn a_text_that_was_removed_is_still_found_on_a_disk() {
    let env = TestEnv::new();
    let Some(disk) = Disk::new(&env) else {
        return;
    };
    let path = disk.mount.join("f");
    fs::write(&path, format!("{OLD}\n")).unwrap();
    fs::File::open(&path).unwrap().sync_all().unwrap();
    fs::remove_file(&path).unwrap();
    assert!(contains(&disk.bytes(), OLD.as_bytes()));
}

#[test]
fn nothing_is_in_the_clear_on_a_disk_after_kills() {
    kills_on_a_disk(12);
}

#[test]
fn slow_nothing_is_in_the_clear_on_a_disk_after_200_kills() {
    if std::env::var_os("BULLA_TEST_SLOW").is_none() {
        return;
    }
    kills_on_a_disk(240);
}
