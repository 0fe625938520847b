//! Two users of one machine: what one of them puts into a folder that both can write to must not
//! lead the other's output, or the other's changes, to where they do not belong.
//!
//! The tests play both users, so they need root.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{
    DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, chown, lchown, symlink,
};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use rustix::fs::{CWD, Mode, OFlags};

use crate::env::{Outcome, Run, TestEnv};
use crate::tools::{need, skip};

/// The user who runs the program, and the one who puts things into folders.
const VICTIM: u32 = 4001;
const ATTACKER: u32 = 4002;
/// The group that both are in.
const TEAM: u32 = 4100;
const SECRET: &str = "the secret plaintext\n";

/// A victim with an identity, a contact and an encrypted file, and a folder `shared`.
struct TwoUsers {
    env: TestEnv,
    program: PathBuf,
    setpriv: PathBuf,
    /// The victim's secret key.
    key: String,
}

/// Returns `None`, and prints why, if two users cannot be played here.
fn two_users(mode: u32) -> Option<TwoUsers> {
    let Some(setpriv) = crate::tools::tool("setpriv") else {
        skip("setpriv not installed");
        return None;
    };
    if !rustix::process::geteuid().is_root() {
        eprintln!("skipped: playing two users needs root");
        return None;
    }
    let env = TestEnv::new();
    env.does(&["identity", "new", "--classic", "--no-passphrase"]);
    for name in ["bob", "mallory"] {
        let recipient = env.somebody(name);
        env.does(&["contact", "add", name, &recipient]);
    }
    env.write("plain", SECRET);
    env.does(&["encrypt", "-q", "--to", "me", "--to", "mallory", "plain"]);
    let exported = env.bulla(["identity", "export", "--secret", "-q"]).run();
    let key = String::from_utf8(exported.stdout).unwrap();
    env.write("me.key", &key);
    let root = env.path("..").canonicalize().unwrap();
    fs::set_permissions(&root, PermissionsExt::from_mode(0o755)).unwrap();
    // The tests themselves may be in a folder that others cannot enter.
    let program = root.join("program");
    let built = env!("CARGO_BIN_EXE_bulla");
    fs::hard_link(built, &program)
        .or_else(|_| fs::copy(built, &program).map(drop))
        .unwrap();
    for folder in ["work", "home", "bulla"] {
        give(&root.join(folder), VICTIM);
    }
    let two = TwoUsers {
        env,
        program,
        setpriv,
        key,
    };
    fs::create_dir(two.shared("")).unwrap();
    fs::set_permissions(two.shared(""), PermissionsExt::from_mode(mode)).unwrap();
    Some(two)
}

/// Gives a folder and everything in it to a user.
fn give(path: &Path, user: u32) {
    lchown(path, Some(user), Some(user)).unwrap();
    if path.symlink_metadata().unwrap().is_dir() {
        for entry in path.read_dir().unwrap() {
            give(&entry.unwrap().path(), user);
        }
    }
}

impl TwoUsers {
    fn root(&self) -> PathBuf {
        self.env.path("..").canonicalize().unwrap()
    }

    fn shared(&self, name: &str) -> PathBuf {
        self.root().join("shared").join(name)
    }

    fn home(&self, name: &str) -> PathBuf {
        self.root().join("home").join(name)
    }

    /// A program run by a user. Both are in the team.
    fn run<A: AsRef<OsStr>>(
        &self,
        user: u32,
        program: &Path,
        args: impl IntoIterator<Item = A>,
    ) -> Run<'_> {
        let user = [format!("--reuid={user}"), format!("--regid={user}")];
        let mut line: Vec<_> = user.iter().map(|arg| OsStr::new(arg).to_owned()).collect();
        line.push(format!("--groups={TEAM}").into());
        line.push(program.into());
        line.extend(args.into_iter().map(|arg| arg.as_ref().to_owned()));
        self.env.program(&self.setpriv, line)
    }

    /// The program, run by the victim.
    fn bulla<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Run<'_> {
        self.run(VICTIM, &self.program, args)
    }

    /// Puts a file into the shared folder.
    fn put(&self, name: &str, bytes: impl AsRef<[u8]>, owner: u32, mode: u32) {
        fs::write(self.shared(name), bytes).unwrap();
        fs::set_permissions(self.shared(name), PermissionsExt::from_mode(mode)).unwrap();
        chown(self.shared(name), Some(owner), Some(owner)).unwrap();
    }

    /// Returns whether the attacker can read a file.
    fn is_read_by_attacker(&self, path: &Path) -> bool {
        let said = self.run(ATTACKER, Path::new("/bin/cat"), [path]).run();
        assert!(path.exists(), "{}", path.display());
        said.code == Some(0)
    }
}

/// What the attacker puts under the name of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Planted {
    Pipe,
    Socket,
    /// A symlink to a file of the victim's that does not exist yet.
    LinkToNothing,
    LinkToFile,
    LinkToPipe,
    /// A symlink to a symlink to nothing.
    LinkToLink,
}

impl Planted {
    const ALL: [Self; 6] = [
        Self::Pipe,
        Self::Socket,
        Self::LinkToNothing,
        Self::LinkToFile,
        Self::LinkToPipe,
        Self::LinkToLink,
    ];

    /// Puts it there, and returns the pipe with both ends open if there is one.
    fn put(self, two: &TwoUsers, name: &str) -> Option<File> {
        let path = two.shared(name);
        let pipe_path = two.shared("listening");
        let pipe = |path: &Path| {
            rustix::fs::mkfifoat(CWD, path, Mode::from_raw_mode(0o666)).unwrap();
            fs::set_permissions(path, PermissionsExt::from_mode(0o666)).unwrap();
            lchown(path, Some(ATTACKER), Some(ATTACKER)).unwrap();
            let nonblocking = OFlags::NONBLOCK.bits().cast_signed();
            let both = File::options()
                .read(true)
                .write(true)
                .custom_flags(nonblocking)
                .open(path);
            Some(both.unwrap())
        };
        let listening = match self {
            Self::Pipe => pipe(&path),
            Self::Socket => {
                drop(UnixListener::bind(&path).unwrap());
                fs::set_permissions(&path, PermissionsExt::from_mode(0o777)).unwrap();
                None
            }
            Self::LinkToNothing => {
                symlink(two.home(".bash_profile"), &path).unwrap();
                None
            }
            Self::LinkToFile => {
                symlink(two.home("precious"), &path).unwrap();
                None
            }
            Self::LinkToPipe => {
                symlink(&pipe_path, &path).unwrap();
                pipe(&pipe_path)
            }
            Self::LinkToLink => {
                symlink(two.home(".bash_profile"), &pipe_path).unwrap();
                lchown(&pipe_path, Some(ATTACKER), Some(ATTACKER)).unwrap();
                symlink("listening", &path).unwrap();
                None
            }
        };
        lchown(&path, Some(ATTACKER), Some(ATTACKER)).unwrap();
        listening
    }

    /// Checks that the attacker got nothing and changed nothing, and takes everything away.
    fn check(self, two: &TwoUsers, name: &str, pipe: Option<File>, what: &str) {
        if let Some(mut pipe) = pipe {
            let mut got = [0; 100];
            let read = pipe.read(&mut got).map_err(|error| error.kind());
            assert_eq!(
                read,
                Err(ErrorKind::WouldBlock),
                "{what}: the attacker got data"
            );
        }
        assert!(!two.home(".bash_profile").exists(), "{what}");
        assert_eq!(
            fs::read(two.home("precious")).unwrap(),
            b"precious",
            "{what}"
        );
        let metadata = two.shared(name).symlink_metadata().unwrap();
        assert_eq!(metadata.uid(), ATTACKER, "{what}: it was replaced");
        fs::remove_file(two.shared(name)).unwrap();
        let _ = fs::remove_file(two.shared("listening"));
    }
}

/// The commands that write a file, with the name that they write in the shared folder.
fn outputs(two: &TwoUsers) -> Vec<(Vec<String>, &'static str)> {
    let shared = |name: &str| two.shared(name).into_os_string().into_string().unwrap();
    let line = |words: &[&str], last: &[&str]| {
        let paths = last.iter().map(|name| shared(name));
        words.iter().map(ToString::to_string).chain(paths).collect()
    };
    vec![
        (line(&["decrypt", "plain.age", "-o"], &["out"]), "out"),
        (line(&["decrypt"], &["mail.txt.age"]), "mail.txt"),
        (line(&["decrypt", "plain.age", "-o"], &[""]), "plain"),
        (
            line(&["encrypt", "--to", "me", "plain", "-o"], &["out"]),
            "out",
        ),
        (line(&["encrypt", "--to", "me"], &["in"]), "in.age"),
        (
            line(&["encrypt", "--to", "me", "plain", "-o"], &[""]),
            "plain.age",
        ),
        (
            line(&["reseal", "plain.age", "--to", "me", "-o"], &["out"]),
            "out",
        ),
        (
            line(&["reseal", "plain.age", "--to", "me", "-o"], &[""]),
            "plain.age",
        ),
        (
            line(
                &["share", "plain.age", "--to", "bob", "--header-out"],
                &["out"],
            ),
            "out",
        ),
        (line(&["identity", "export", "-o"], &["out"]), "out"),
        (
            line(&["identity", "export", "--secret", "-o"], &["out"]),
            "out",
        ),
        (
            line(&["identity", "new", "--no-passphrase", "-o"], &["out"]),
            "out",
        ),
        (
            line(
                &["identity", "revoke", "--reason", "lost", "--yes", "-o"],
                &["out"],
            ),
            "out",
        ),
        (line(&["card", "-o"], &["out"]), "out"),
        (line(&["card", "-o"], &["out.png"]), "out.png"),
        (line(&["contact", "export", "bob", "-o"], &["out"]), "out"),
        (line(&["contact", "export", "bob", "-o"], &[""]), "bob.txt"),
    ]
}

fn nothing_planted_is_written_to(mode: u32, owner: u32) {
    let Some(two) = two_users(mode) else { return };
    chown(two.shared(""), Some(owner), Some(owner)).unwrap();
    fs::write(two.home("precious"), "precious").unwrap();
    give(&two.home("precious"), VICTIM);
    two.put("mail.txt.age", two.env.read("plain.age"), VICTIM, 0o644);
    two.put("in", "in", VICTIM, 0o644);
    let mut cells = 0;
    for (line, name) in outputs(&two) {
        for planted in Planted::ALL {
            for force in [false, true] {
                let what = format!("{line:?} {planted:?}, force: {force}");
                let pipe = planted.put(&two, name);
                let force = force.then(|| "--force".to_owned());
                let said = two.bulla(line.iter().chain(&force)).run();
                assert_eq!(said.code, Some(7), "{what}: {}", said.stderr);
                planted.check(&two, name, pipe, &what);
                cells += 1;
            }
        }
    }
    println!("two users: {cells} planted outputs in a folder of mode {mode:o} of {owner}");
}

#[test]
fn files_planted_in_tmp_are_not_written_to() {
    nothing_planted_is_written_to(0o1777, 0);
}

/// The kernel's own protections do not apply here.
#[test]
fn files_planted_in_a_shared_folder_are_not_written_to() {
    nothing_planted_is_written_to(0o777, 0);
}

/// The kernel follows the links that the owner of a folder puts there.
#[test]
fn files_planted_by_the_folder_owner_are_not_written_to() {
    nothing_planted_is_written_to(0o1777, ATTACKER);
}

/// Nor is anything changed in place that such a link leads to, as a file, as a folder, or on the
/// way to either.
#[test]
fn a_link_of_the_folder_owner_cannot_redirect_output() {
    for mode in [0o755, 0o1777] {
        let Some(two) = two_users(mode) else { return };
        chown(two.shared(""), Some(ATTACKER), Some(ATTACKER)).unwrap();
        let closed = two.env.read("plain.age");
        fs::create_dir(two.home("private")).unwrap();
        fs::write(two.home("private/plain"), "precious").unwrap();
        fs::write(two.home("private/diary.age"), &closed).unwrap();
        fs::write(two.home("private/text"), "text").unwrap();
        give(&two.home("private"), VICTIM);
        plant_link(two.home("private"), two.shared("folder"));
        plant_link(two.home("private/plain"), two.shared("file"));
        plant_link(two.home("private/new"), two.shared("free"));
        plant_link(two.home("private/diary.age"), two.shared("mail.age"));
        let lines: [&[&str]; 17] = [
            &["decrypt", "plain.age", "-o", "free"],
            &["decrypt", "plain.age", "-f", "-o", "file"],
            &["decrypt", "plain.age", "-f", "-o", "folder"],
            &["decrypt", "plain.age", "-o", "folder/new"],
            &["decrypt", "folder/diary.age"],
            &["encrypt", "plain", "--to", "me", "-o", "free"],
            &["encrypt", "plain", "--to", "me", "-f", "-o", "file"],
            &["encrypt", "folder/text", "--to", "me"],
            &["reseal", "plain.age", "--to", "me", "-o", "free"],
            &["reseal", "mail.age", "--to", "bob"],
            &["reseal", "folder/diary.age", "--to", "bob"],
            &["share", "mail.age", "--to", "bob"],
            &["share", "folder/diary.age", "--to", "bob"],
            &["share", "--recursive", "folder", "--to", "bob"],
            &["unshare", "mail.age", "--drop", "mallory"],
            &["unshare", "folder/diary.age", "--drop", "mallory"],
            &["share", "plain.age", "--to", "bob", "--header-out", "free"],
        ];
        for line in lines {
            let in_shared = |word: &&str| {
                let first = Path::new(word).iter().next().unwrap();
                match two.shared("").join(first).is_symlink() {
                    true => two.shared(word).into_os_string(),
                    false => word.into(),
                }
            };
            let said = two.bulla(line.iter().map(in_shared)).run();
            let what = format!("{line:?} in a folder of mode {mode:o}: {}", said.stderr);
            assert_eq!(said.code, Some(7), "{what}");
            assert!(
                said.stderr
                    .contains("is a symlink that belongs to another user"),
                "{what}"
            );
            assert_eq!(two.home("private").read_dir().unwrap().count(), 3, "{what}");
            assert_eq!(
                fs::read(two.home("private/plain")).unwrap(),
                b"precious",
                "{what}"
            );
            assert_eq!(
                fs::read(two.home("private/diary.age")).unwrap(),
                closed,
                "{what}"
            );
        }
        // What is only read is opened by the kernel's own rule.
        for line in [["verify"], ["who"], ["inspect"]] {
            let args = line.map(OsStr::new).into_iter();
            let path = two.shared("folder/diary.age");
            let said = two.bulla(args.chain([path.as_os_str()])).run();
            assert_eq!(said.code, Some(0), "{line:?}: {}", said.stderr);
        }
    }
}

/// A folder on the way to the output.
#[test]
fn a_planted_link_to_a_folder_is_not_followed_either() {
    let Some(two) = two_users(0o1777) else { return };
    fs::create_dir(two.home("bin")).unwrap();
    give(&two.home("bin"), VICTIM);
    symlink(two.home("bin"), two.shared("results")).unwrap();
    lchown(two.shared("results"), Some(ATTACKER), Some(ATTACKER)).unwrap();
    let output = two.shared("results/out");
    for output in [output.as_os_str(), two.shared("results").as_os_str()] {
        let line = ["decrypt", "plain.age", "-o"].map(OsStr::new);
        let said = two.bulla(line.into_iter().chain([output])).run();
        assert_eq!(said.code, Some(7), "{}", said.stderr);
        assert!(
            said.stderr
                .contains("a symlink that belongs to another user")
        );
    }
    assert_eq!(two.home("bin").read_dir().unwrap().count(), 0);
}

#[test]
fn a_refused_output_is_named_with_a_hint() {
    let Some(two) = two_users(0o1777) else { return };
    let out = two.shared("out").into_os_string();
    let line = ["decrypt", "plain.age", "-o"].map(OsStr::new);
    let run = || two.bulla(line.into_iter().chain([&*out])).run();
    let pipe = Planted::Pipe.put(&two, "out");
    run().assert(
        7,
        "",
        "bulla: error: [TMP]/shared/out is a named pipe that belongs to another user\n\
         bulla: hint: Choose another name with -o PATH. If that user may have the data, use -o - \
         and let the shell write it there\n",
    );
    drop(pipe);
    fs::remove_file(&out).unwrap();
    Planted::LinkToNothing.put(&two, "out");
    run().assert(
        7,
        "",
        "bulla: error: [TMP]/shared/out is a symlink that belongs to another user\n\
         bulla: hint: Name the file that the symlink leads to, if you trust it\n",
    );
    let mail = two.shared("mail.age").into_os_string();
    two.put("mail.age", two.env.read("plain.age"), VICTIM, 0o644);
    let pipe = Planted::Pipe.put(&two, "mail");
    two.bulla(["decrypt".as_ref(), "-f".as_ref(), &*mail])
        .run()
        .assert(
            7,
            "",
            "bulla: error: [TMP]/shared/mail is a named pipe, and only a regular file is replaced\n\
             bulla: hint: Choose another name with -o PATH\n",
        );
    drop(pipe);
}

/// What the user put there, devices and standard streams are used as before.
#[test]
fn your_own_files_and_standard_devices_are_written_to() {
    let Some(two) = two_users(0o1777) else { return };
    let to = |output: &Path, redirect: &str| -> Outcome {
        let line = ["decrypt", "-q", "-f", "plain.age", "-o"].map(OsStr::new);
        let run = two.bulla(line.into_iter().chain([output.as_os_str()]));
        run.redirect(redirect).run()
    };
    symlink("real", two.shared("link")).unwrap();
    lchown(two.shared("link"), Some(VICTIM), Some(VICTIM)).unwrap();
    to(&two.shared("link"), "").assert(0, "", "");
    assert_eq!(fs::read_to_string(two.shared("real")).unwrap(), SECRET);
    assert!(two.shared("link").is_symlink());
    let pipe = two.shared("pipe");
    rustix::fs::mkfifoat(CWD, &pipe, Mode::from_raw_mode(0o600)).unwrap();
    lchown(&pipe, Some(VICTIM), Some(VICTIM)).unwrap();
    let reader = std::thread::spawn({
        let pipe = pipe.clone();
        move || fs::read_to_string(pipe).unwrap()
    });
    to(&pipe, "").assert(0, "", "");
    assert_eq!(reader.join().unwrap(), SECRET);
    to(Path::new("/dev/null"), "").assert(0, "", "");
    // The shell that makes these pipes is the user's.
    for path in ["/dev/stdout", "/proc/self/fd/1", "/dev/fd/5"] {
        let line = format!("\"$0\" decrypt -q plain.age -o {path} 5>&1 | cat");
        let line = ["-c".as_ref(), line.as_ref(), two.program.as_os_str()];
        let shell = two.run(VICTIM, Path::new("/bin/sh"), line);
        shell.env("PATH", "/bin").run().assert(0, SECRET, "");
    }
    // A link by root is followed in root's folder, as the kernel would.
    symlink("made by root", two.shared("by root")).unwrap();
    to(&two.shared("by root"), "").assert(0, "", "");
    assert_eq!(
        fs::read_to_string(two.shared("made by root")).unwrap(),
        SECRET
    );
    // A default name is never followed, not even through an own link.
    symlink("elsewhere", two.shared("plain")).unwrap();
    lchown(two.shared("plain"), Some(VICTIM), Some(VICTIM)).unwrap();
    assert_eq!(to(&two.shared(""), "").code, Some(7));
    assert!(!two.shared("elsewhere").exists());
}

/// A pipe that was inherited has no name that somebody else could have chosen.
#[test]
fn an_inherited_pipe_may_be_another_user_s() {
    let Some(two) = two_users(0o1777) else { return };
    for path in ["/dev/stdout", "/dev/fd/1"] {
        let (mut reader, writer) = std::io::pipe().unwrap();
        std::os::unix::fs::fchown(&writer, Some(ATTACKER), Some(ATTACKER)).unwrap();
        let line = ["decrypt", "-q", "-i", "me.key", "plain.age", "-o", path];
        let run = two.run(0, &two.program, line);
        let output = run.command().stdin(Stdio::null()).stdout(writer).output();
        let said = run.outcome(output.unwrap());
        assert_eq!(said.code, Some(0), "{}", said.stderr);
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        assert_eq!(text, SECRET);
    }
}

/// What the attacker exchanges between the walk and the work.
type Exchange = fn(&TwoUsers);

const EXCHANGES: [(&str, Exchange); 5] = [
    ("a link in place of a file", |two| {
        fs::remove_file(two.shared("sub/z.age")).unwrap();
        plant_link(two.home("private/diary.age"), two.shared("sub/z.age"));
    }),
    ("a link in place of a folder", |two| {
        fs::rename(two.shared("sub"), two.shared("gone")).unwrap();
        plant_link(two.home("private"), two.shared("sub"));
    }),
    ("a hard link in place of a file", |two| {
        fs::remove_file(two.shared("sub/z.age")).unwrap();
        fs::hard_link(two.home("private/diary.age"), two.shared("sub/z.age")).unwrap();
    }),
    ("another file in place of a file", |two| {
        fs::copy(two.shared("a.age"), two.shared("new")).unwrap();
        fs::rename(two.shared("new"), two.shared("sub/z.age")).unwrap();
    }),
    ("a pipe in place of a file", |two| {
        fs::remove_file(two.shared("sub/z.age")).unwrap();
        rustix::fs::mkfifoat(CWD, two.shared("sub/z.age"), Mode::from_raw_mode(0o666)).unwrap();
    }),
];

fn plant_link(target: PathBuf, link: PathBuf) {
    symlink(target, &link).unwrap();
    lchown(link, Some(ATTACKER), Some(ATTACKER)).unwrap();
}

/// Every exchange, with and without Landlock, which alone would hinder some of them.
#[test]
fn a_file_swapped_after_the_walk_is_not_changed() {
    let strace = need!("strace");
    let commands: [&[&str]; 3] = [
        &["share", "--to", "bob"],
        &["unshare", "--drop", "mallory"],
        &["reseal", "--to", "bob"],
    ];
    let mut cells = 0;
    for command in commands {
        for (what, exchange) in EXCHANGES {
            for landlock in [true, false] {
                let Some(two) = two_users(0o2777) else { return };
                let strace = (!landlock).then_some(&*strace);
                exchanged_after_the_walk(&two, command, exchange, strace, what);
                cells += 1;
            }
        }
    }
    println!("two users: {cells} exchanges after the walk");
}

fn exchanged_after_the_walk(
    two: &TwoUsers,
    command: &[&str],
    exchange: fn(&TwoUsers),
    strace: Option<&Path>,
    what: &str,
) {
    let closed = two.env.read("plain.age");
    fs::DirBuilder::new()
        .mode(0o755)
        .create(two.home("private"))
        .unwrap();
    fs::write(two.home("private/diary.age"), &closed).unwrap();
    fs::copy(two.home("private/diary.age"), two.home("private/z.age")).unwrap();
    give(&two.home("private"), VICTIM);
    fs::create_dir(two.shared("sub")).unwrap();
    fs::set_permissions(two.shared("sub"), PermissionsExt::from_mode(0o777)).unwrap();
    two.put("a.age", &closed, VICTIM, 0o644);
    two.put("sub/z.age", &closed, VICTIM, 0o644);
    // The key comes through a pipe, so that the work begins when the test wants it to.
    let key = two.env.path("key.pipe");
    rustix::fs::mkfifoat(CWD, &key, Mode::from_raw_mode(0o600)).unwrap();
    lchown(&key, Some(VICTIM), Some(VICTIM)).unwrap();
    let shared = two.shared("").into_os_string().into_string().unwrap();
    let args = command
        .iter()
        .copied()
        .chain(["--recursive", &shared, "-i", "key.pipe"]);
    let without = [
        "-qq",
        "-f",
        "-o",
        "/dev/null",
        "-e",
        "trace=landlock_create_ruleset",
        "-e",
        "inject=landlock_create_ruleset:error=ENOSYS",
    ];
    let run = two.bulla(args);
    let prefix: Vec<&OsStr> = strace
        .iter()
        .map(|strace| strace.as_os_str())
        .chain(without.iter().map(OsStr::new).filter(|_| strace.is_some()))
        .collect();
    let child = run
        .command_after(&prefix)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // This waits until the program reads the key.
    let mut key = File::options().write(true).open(&key).unwrap();
    exchange(two);
    key.write_all(two.key.as_bytes()).unwrap();
    drop(key);
    let said = run.outcome(child.wait_with_output().unwrap());
    let what = format!(
        "{command:?}, {what}, without Landlock: {}",
        strace.is_some()
    );
    assert_eq!(said.code, Some(10), "{what}: {}", said.stderr);
    assert!(
        said.stderr
            .contains("z.age changed while it was being read"),
        "{what}: {}",
        said.stderr
    );
    for name in ["private/diary.age", "private/z.age"] {
        assert_eq!(fs::read(two.home(name)).unwrap(), closed, "{what}: {name}");
    }
    assert_eq!(two.home("private").read_dir().unwrap().count(), 2, "{what}");
    assert_ne!(
        fs::read(two.shared("a.age")).unwrap(),
        closed,
        "{what}: the others are changed"
    );
}

#[test]
fn a_default_acl_exposes_no_output() {
    let setfacl = need!("setfacl");
    let Some(two) = two_users(0o755) else { return };
    chown(two.shared(""), Some(VICTIM), Some(VICTIM)).unwrap();
    // These were there before the list.
    two.put("old", "old", VICTIM, 0o640);
    two.put("old.age", two.env.read("plain.age"), VICTIM, 0o640);
    two.put("kept.age", two.env.read("plain.age"), VICTIM, 0o640);
    let list = format!("u:{ATTACKER}:rwx,g:{TEAM}:rwx");
    for scope in [&["-m"][..], &["-d", "-m"]] {
        let folder = two.shared("");
        let line = scope.iter().map(OsStr::new);
        let line = line.chain([OsStr::new(&list), folder.as_os_str()]);
        let said = two.env.program(&setfacl, line).run();
        if said.stderr.contains("not supported") {
            return skip("a file system without access control lists");
        }
        said.assert_quiet();
    }
    let at = |name: &str| two.shared(name).into_os_string().into_string().unwrap();
    let lines: [(&[&str], &str, &[&str]); 6] = [
        (&["decrypt", "-q", "plain.age", "-o"], "new", &[]),
        (&["decrypt", "-q", "plain.age", "-o"], "old", &["-f"]),
        (&["identity", "export", "--secret", "-q", "-o"], "key", &[]),
        (
            &["identity", "new", "--no-passphrase", "-q", "-o"],
            "other",
            &[],
        ),
        (
            &["encrypt", "-q", "--to", "me", "plain", "-o"],
            "old.age",
            &["-f"],
        ),
        (&["share", "-q", "--to", "bob"], "kept.age", &[]),
    ];
    for (start, name, end) in lines {
        let line: Vec<String> = start
            .iter()
            .map(ToString::to_string)
            .chain([at(name)])
            .chain(end.iter().map(ToString::to_string))
            .collect();
        let said = two.bulla(&line).run();
        assert_eq!(said.code, Some(0), "{line:?}: {}", said.stderr);
        assert!(!two.is_read_by_attacker(&two.shared(name)), "{line:?}");
        // Not even if the owner lets the group read it later.
        let mode = two.shared(name).metadata().unwrap().mode();
        fs::set_permissions(two.shared(name), PermissionsExt::from_mode(mode | 0o040)).unwrap();
        assert!(
            !two.is_read_by_attacker(&two.shared(name)),
            "{line:?}, later"
        );
    }
    // New ciphertext is for those whom the folder is for.
    two.bulla([
        "encrypt",
        "-q",
        "--to",
        "me",
        "plain",
        "-o",
        &at("fresh.age"),
    ])
    .run()
    .assert_quiet();
    assert!(two.is_read_by_attacker(&two.shared("fresh.age")));
}

/// An existing file keeps its mode only if the user chose it.
#[test]
fn an_overwritten_file_does_not_pass_on_another_users_access() {
    let Some(two) = two_users(0o777) else { return };
    for (who, owner, name) in [
        (VICTIM, ATTACKER, "by a user"),
        (0, ATTACKER, "by root"),
        // A file of the victim's that anyone can read, moved here by the attacker.
        (VICTIM, VICTIM, "moved"),
    ] {
        two.put(name, "left there", owner, 0o666);
        let path = two.shared(name);
        let line = ["decrypt", "-q", "-f", "-i", "me.key", "plain.age", "-o"].map(OsStr::new);
        let args = line.into_iter().chain([path.as_os_str()]);
        let said = two.run(who, &two.program, args).run();
        assert_eq!(said.code, Some(0), "{name}: {}", said.stderr);
        assert!(!two.is_read_by_attacker(&path), "{name}");
        let metadata = path.metadata().unwrap();
        assert_eq!((metadata.uid(), metadata.mode() & 0o777), (who, 0o600));
    }
}
