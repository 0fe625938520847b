//! Tests of outputs in real folders: every way of creating one, on tmpfs and on a disk.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use rustix::io::Errno;
use tempfile::TempDir;

use bulla_age::untrusted::Untrusted;

use crate::files::atomic_file::Means;
use crate::files::temporary::Temporaries;
use crate::files::{Error, FileId, Input, Mode, Options, Output, Replace};

const NEW: Options<'_> = Options {
    replace: Replace::Never,
    mode: Mode::Secret,
    not: &[],
};
const FORCE: Options<'_> = Options {
    replace: Replace::Always,
    ..NEW
};

fn means(unnamed: bool) -> Means {
    Means {
        unnamed,
        temporaries: Box::leak(Box::new(Temporaries::new())),
    }
}

/// Runs a test with and without unnamed files, on a disk and in memory.
fn everywhere(test: impl Fn(&TempDir, Means)) {
    for place in ["/tmp", "/dev/shm"] {
        for unnamed in [true, false] {
            test(&tempfile::tempdir_in(place).unwrap(), means(unnamed));
        }
    }
}

fn names(dir: &Path) -> Vec<String> {
    let names = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}

fn create(path: &Path, options: &Options<'_>, means: Means, bytes: &[u8]) -> Result<Output, Error> {
    let mut output = Output::create_by(path, options, means)?;
    output.write_all(bytes).unwrap();
    Ok(output)
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o7777
}

fn our_umask() -> u32 {
    let path = tempfile::tempdir().unwrap();
    File::create(path.path().join("x")).unwrap();
    0o666 & !mode(&path.path().join("x"))
}

#[test]
fn a_file_appears_when_it_is_committed_and_not_before() {
    everywhere(|dir, means| {
        let path = dir.path().join("x");
        let output = create(&path, &NEW, means, b"hello").unwrap();
        assert!(output.is_seekable());
        assert!(!path.exists());
        let temporaries = names(dir.path());
        assert_eq!(
            temporaries.len(),
            usize::from(!means.unnamed),
            "{temporaries:?}"
        );
        for name in temporaries {
            assert_eq!(mode(&dir.path().join(name)), 0o600);
        }
        output.commit().unwrap();
        assert_eq!(
            (names(dir.path()), fs::read(&path).unwrap()),
            (vec!["x".into()], b"hello".to_vec())
        );
        assert_eq!(
            (mode(&path), fs::metadata(&path).unwrap().nlink()),
            (0o600, 1)
        );
    });
}

#[test]
fn an_uncommitted_file_leaves_nothing() {
    everywhere(|dir, means| {
        drop(create(&dir.path().join("x"), &NEW, means, b"hello").unwrap());
        assert_eq!(names(dir.path()), [""; 0]);
        fs::write(dir.path().join("x"), b"old").unwrap();
        drop(create(&dir.path().join("x"), &FORCE, means, b"hello").unwrap());
        assert_eq!(names(dir.path()), ["x"]);
        assert_eq!(fs::read(dir.path().join("x")).unwrap(), b"old");
    });
}

#[test]
fn files_are_overwritten_only_with_force() {
    everywhere(|dir, means| {
        let path = dir.path().join("x");
        let late = create(&path, &NEW, means, b"late").unwrap();
        fs::write(&path, b"old").unwrap();
        assert!(matches!(
            create(&path, &NEW, means, b"new"),
            Err(Error::Exists { .. })
        ));
        assert!(matches!(late.commit(), Err(Error::Exists { .. })));
        assert_eq!(
            (names(dir.path()), fs::read(&path).unwrap()),
            (vec!["x".into()], b"old".to_vec())
        );
        create(&path, &FORCE, means, b"new")
            .unwrap()
            .commit()
            .unwrap();
        assert_eq!(
            (names(dir.path()), fs::read(&path).unwrap()),
            (vec!["x".into()], b"new".to_vec())
        );
    });
}

#[test]
fn the_mode_comes_from_the_old_file_or_the_file_kind() {
    everywhere(|dir, means| {
        let path = dir.path().join("x");
        let ciphertext = Options {
            mode: Mode::Ciphertext,
            ..NEW
        };
        create(&path, &ciphertext, means, b"")
            .unwrap()
            .commit()
            .unwrap();
        assert_eq!(mode(&path), 0o666 & !our_umask());
        for old in [0o400, 0o640, 0o755] {
            fs::set_permissions(&path, fs::Permissions::from_mode(old)).unwrap();
            create(&path, &FORCE, means, b"").unwrap().commit().unwrap();
            assert_eq!(mode(&path), old);
        }
    });
}

/// With an ACL, the group bits are the most that anyone on the list has, and the group itself may
/// have no access.
#[test]
fn acl_permissions_do_not_become_group_permissions() {
    everywhere(|dir, means| {
        let path = dir.path().join("x");
        fs::write(&path, b"").unwrap();
        // acl(5): the owner rw, user 1234 r, the group none, mask r, others none.
        let entries = [
            (1, 6, !0),
            (2, 4, 1234),
            (4, 0, !0),
            (16, 4, !0),
            (32, 0, !0_u32),
        ];
        let mut list = 2_u32.to_le_bytes().to_vec();
        for (tag, bits, id) in entries {
            list.extend([tag, 0, bits, 0]);
            list.extend(id.to_le_bytes());
        }
        let flags = rustix::fs::XattrFlags::empty();
        match rustix::fs::setxattr(&path, "system.posix_acl_access", &list, flags) {
            // A file system without ACLs.
            Err(Errno::OPNOTSUPP) => return,
            set => set.unwrap(),
        }
        assert_eq!(mode(&path), 0o640);
        create(&path, &FORCE, means, b"").unwrap().commit().unwrap();
        assert_eq!(mode(&path), 0o600);
    });
}

#[test]
fn an_input_is_never_overwritten_under_another_name() {
    everywhere(|dir, means| {
        let at = |name: &str| dir.path().join(name);
        fs::write(at("input"), b"precious").unwrap();
        fs::hard_link(at("input"), at("hard")).unwrap();
        symlink("input", at("soft")).unwrap();
        let input = Input::open(&at("input")).unwrap();
        let not = [(input.id(), input.name().clone())];
        for name in ["input", "hard", "soft", "../PARENT/input"] {
            let name = name.replace("PARENT", dir.path().file_name().unwrap().to_str().unwrap());
            for replace in [Replace::Never, Replace::Always] {
                let options = Options {
                    replace,
                    not: &not,
                    ..NEW
                };
                let error = create(&at(&name), &options, means, b"").unwrap_err();
                assert!(matches!(error, Error::SameFile { .. }), "{name} {error:?}");
            }
        }
        assert_eq!(fs::read(at("input")).unwrap(), b"precious");
    });
}

#[test]
fn a_symlink_is_kept_and_its_target_is_written() {
    everywhere(|dir, means| {
        let at = |name: &str| dir.path().join(name);
        fs::create_dir(at("sub")).unwrap();
        symlink("sub/x", at("link")).unwrap();
        create(&at("link"), &NEW, means, b"new")
            .unwrap()
            .commit()
            .unwrap();
        assert!(matches!(
            create(&at("link"), &NEW, means, b""),
            Err(Error::Exists { .. })
        ));
        create(&at("link"), &FORCE, means, b"newer")
            .unwrap()
            .commit()
            .unwrap();
        assert_eq!(at("link").read_link().unwrap(), PathBuf::from("sub/x"));
        assert_eq!(fs::read(at("sub/x")).unwrap(), b"newer");
        assert_eq!(
            (names(dir.path()), names(&at("sub"))),
            (vec!["link".into(), "sub".into()], vec!["x".into()])
        );
    });
}

#[test]
fn a_special_file_is_written_to_in_place() {
    for options in [NEW, FORCE] {
        let mut null = Output::create(Path::new("/dev/null"), &options).unwrap();
        null.write_all(b"x").unwrap();
        assert!(!null.is_seekable());
        null.commit().unwrap();
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("fifo");
        rustix::fs::mkfifoat(
            rustix::fs::CWD,
            &path,
            rustix::fs::Mode::from_raw_mode(0o600),
        )
        .unwrap();
        let reader = std::thread::spawn({
            let path = path.clone();
            move || fs::read(path).unwrap()
        });
        let mut fifo = Output::create(&path, &options).unwrap();
        fifo.write_all(b"through").unwrap();
        fifo.commit().unwrap();
        assert_eq!(reader.join().unwrap(), b"through");
        assert_eq!(names(dir.path()), ["fifo"]);
        let folder = Output::create(dir.path(), &options);
        assert!(matches!(folder, Err(Error::IsDirectory { .. })));
    }
}

#[test]
fn a_fifo_is_not_read_and_written_at_once_but_a_device_may_be() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("fifo");
    rustix::fs::mkfifoat(
        rustix::fs::CWD,
        &path,
        rustix::fs::Mode::from_raw_mode(0o600),
    )
    .unwrap();
    let both = File::options().read(true).write(true).open(&path).unwrap();
    let not = [(
        FileId::of(&both.metadata().unwrap()),
        Untrusted::new("fifo"),
    )];
    let error = Output::create(&path, &Options { not: &not, ..NEW }).unwrap_err();
    assert!(matches!(error, Error::SameFile { .. }));
    let null = Input::open(Path::new("/dev/null")).unwrap();
    let not = [(null.id(), null.name().clone())];
    Output::create(Path::new("/dev/null"), &Options { not: &not, ..NEW }).unwrap();
}

#[test]
fn no_file_is_committed_during_shutdown() {
    everywhere(|dir, means| {
        let old = dir.path().join("old");
        fs::write(&old, b"old").unwrap();
        let new = create(&dir.path().join("new"), &NEW, means, b"new").unwrap();
        let forced = create(&old, &FORCE, means, b"newer").unwrap();
        means.temporaries.remove_all();
        assert_eq!(names(dir.path()), ["old"]);
        assert!(matches!(new.commit(), Err(Error::Ending { .. })));
        assert!(matches!(forced.commit(), Err(Error::Ending { .. })));
        let later = create(&dir.path().join("later"), &NEW, means, b"");
        assert_eq!(later.is_err(), !means.unnamed);
        drop(later);
        assert_eq!(names(dir.path()), ["old"]);
        assert_eq!(fs::read(&old).unwrap(), b"old");
    });
}

#[test]
fn a_folder_that_is_renamed_meanwhile_still_gets_the_file() {
    everywhere(|dir, means| {
        fs::create_dir(dir.path().join("before")).unwrap();
        let output = create(&dir.path().join("before/x"), &NEW, means, b"hello").unwrap();
        fs::rename(dir.path().join("before"), dir.path().join("after")).unwrap();
        output.commit().unwrap();
        assert_eq!(names(&dir.path().join("after")), ["x"]);
    });
}

#[test]
fn the_file_can_be_read_back_before_it_has_its_name() {
    everywhere(|dir, means| {
        let output = create(&dir.path().join("x"), &NEW, means, b"hello").unwrap();
        let mut back = [0; 5];
        std::os::unix::fs::FileExt::read_exact_at(output.file(), &mut back, 0).unwrap();
        assert_eq!(&back, b"hello");
    });
}

/// A header is rewritten when everything after it is known.
#[test]
fn the_beginning_can_be_written_again_before_the_file_has_its_name() {
    use std::os::unix::fs::FileExt;
    everywhere(|dir, means| {
        let path = dir.path().join("x");
        for options in [NEW, FORCE] {
            let mut output = create(&path, &options, means, b"?????? and").unwrap();
            assert!(output.is_seekable());
            output.file().write_all_at(b"header", 0).unwrap();
            // Sequential writes continue at the end.
            output.write_all(b" payload").unwrap();
            output.file().write_all_at(b"H", 0).unwrap();
            output.commit().unwrap();
            assert_eq!(fs::read(&path).unwrap(), b"Header and payload");
        }
    });
}

/// Written data is lost, or (if opened for appending) would end up after everything else.
#[test]
fn only_a_file_of_our_own_can_be_written_again() {
    let dir = tempfile::tempdir().unwrap();
    let (fifo, link) = (dir.path().join("fifo"), dir.path().join("link"));
    rustix::fs::mkfifoat(
        rustix::fs::CWD,
        &fifo,
        rustix::fs::Mode::from_raw_mode(0o600),
    )
    .unwrap();
    symlink("/dev/null", &link).unwrap();
    // Opening a FIFO for reading and writing does not wait for the other side.
    let _reader = File::options().read(true).write(true).open(&fifo).unwrap();
    for path in [&fifo, &link, Path::new("/dev/null"), Path::new("/dev/full")] {
        for options in [NEW, FORCE] {
            assert!(
                !Output::create(path, &options).unwrap().is_seekable(),
                "{}",
                path.display()
            );
        }
    }
    assert!(!Output::stdout(&[]).unwrap().is_seekable());
}

#[test]
fn a_folder_that_is_missing_is_an_error_that_names_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("missing/x");
    let error = Output::create(&path, &NEW).unwrap_err();
    assert!(matches!(error, Error::NoFolder { .. }), "{error}");
    assert!(error.to_string().contains("missing does not"), "{error}");
}

#[test]
fn a_broken_pipe_of_a_file_is_not_the_reader_of_standard_output() {
    let (mut reader, mut writer) = std::io::pipe().unwrap();
    writer.write_all(b"x").unwrap();
    reader.read_exact(&mut [0]).unwrap();
    drop(reader);
    let source = writer.write_all(b"x").unwrap_err();
    assert_eq!(source.kind(), std::io::ErrorKind::BrokenPipe);
    assert!(!Error::io("write", &Untrusted::new("x"), source).is_reader_gone());
}

#[test]
fn what_a_killed_run_left_is_removed_by_the_next_one_unless_it_is_used() {
    for place in ["/tmp", "/dev/shm"] {
        let dir = tempfile::tempdir_in(place).unwrap();
        let [left, used] = [".bulla-0123456789abcdef.tmp", ".bulla-abcdef0123456789.tmp"];
        fs::write(dir.path().join(left), "plaintext").unwrap();
        fs::write(dir.path().join(used), "plaintext").unwrap();
        let run = File::open(dir.path().join(used)).unwrap();
        run.lock().unwrap();
        create(&dir.path().join("x"), &NEW, means(false), b"new")
            .unwrap()
            .commit()
            .unwrap();
        assert_eq!(names(dir.path()), [used, "x"]);
    }
}

/// The child process of the next test: its file size limit acts like a full disk.
#[test]
fn child_that_runs_out_of_space() {
    let Some(dir) = std::env::var_os("BULLA_TEST_FULL") else {
        return;
    };
    // Without a handler, the signal would end the process before the write could fail.
    signal_hook::flag::register(signal_hook::consts::SIGXFSZ, std::sync::Arc::default()).unwrap();
    let limit = rustix::process::Rlimit {
        current: Some(8192),
        maximum: Some(8192),
    };
    rustix::process::setrlimit(rustix::process::Resource::Fsize, limit).unwrap();
    for unnamed in [true, false] {
        let path = Path::new(&dir).join("x");
        let mut output = Output::create_by(&path, &FORCE, means(unnamed)).unwrap();
        let source = output.write_all(&[1; 8193]).unwrap_err();
        assert!(Error::io("write", output.name(), source).is_out_of_space());
    }
}

/// The child process of the test below: hidden from other processes, and not run by root.
#[test]
fn child_that_is_closed_to_others() {
    let Some(dir) = std::env::var_os("BULLA_TEST_CLOSED") else {
        return;
    };
    let nobody = rustix::process::Uid::from_raw(65534);
    if rustix::process::getuid().is_root() {
        rustix::thread::set_thread_res_uid(nobody, nobody, nobody).unwrap();
    }
    rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable).unwrap();
    for options in [NEW, FORCE] {
        create(&Path::new(&dir).join("x"), &options, means(true), b"hello")
            .unwrap()
            .commit()
            .unwrap();
    }
    let (reader, mut writer) = std::io::pipe().unwrap();
    writer.write_all(b"secret\n").unwrap();
    let number = std::os::fd::AsRawFd::as_raw_fd(&reader).cast_unsigned();
    // The pipe belongs to this user, so its descriptor can be opened again.
    assert_eq!(
        Input::descriptor(number)
            .unwrap()
            .first_line()
            .unwrap()
            .as_str(),
        "secret"
    );
}

#[test]
fn a_process_that_others_cannot_look_into_can_still_name_its_files() {
    let dir = tempfile::tempdir().unwrap();
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o777)).unwrap();
    in_child(
        "files::tests::child_that_is_closed_to_others",
        "BULLA_TEST_CLOSED",
        dir.path(),
    );
    assert_eq!(names(dir.path()), ["x"]);
}

fn in_child(test: &str, variable: &str, dir: &Path) {
    let child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(variable, dir)
        .output()
        .unwrap();
    assert!(
        child.status.success() && String::from_utf8_lossy(&child.stdout).contains("1 passed"),
        "{child:?}"
    );
}

#[test]
fn a_full_disk_leaves_the_old_file_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("x"), b"old").unwrap();
    in_child(
        "files::tests::child_that_runs_out_of_space",
        "BULLA_TEST_FULL",
        dir.path(),
    );
    assert_eq!(names(dir.path()), ["x"]);
    assert_eq!(fs::read(dir.path().join("x")).unwrap(), b"old");
}

/// The child process of the next test: it replaces a file and prints the result.
#[test]
fn child_whose_disk_fails() {
    let Some(dir) = std::env::var_os("BULLA_TEST_SYNC") else {
        return;
    };
    let path = Path::new(&dir).join("x");
    let options = if path.exists() { FORCE } else { NEW };
    let unnamed = std::env::var_os("BULLA_TEST_UNNAMED").is_some();
    let result = create(&path, &options, means(unnamed), b"new")
        .unwrap()
        .commit();
    println!("\nresult: {result:?}");
}

/// Runs it with the system call of this number failing, and returns its answer and the contents of
/// "x" afterwards.
fn with_fault(fault: &str, old: Option<&str>, unnamed: bool) -> (String, Option<String>) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x");
    if let Some(old) = old {
        fs::write(&path, old).unwrap();
    }
    let mut strace = std::process::Command::new("strace");
    let test = "files::tests::child_whose_disk_fails";
    strace
        .args([
            "-f",
            "-qq",
            "-o",
            "/dev/null",
            "-e",
            "trace=fsync,syncfs",
            "-e",
        ])
        .arg(format!("inject={fault}"));
    strace
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"]);
    strace
        .env("BULLA_TEST_SYNC", dir.path())
        .env_remove("BULLA_TEST_UNNAMED");
    if unnamed {
        strace.env("BULLA_TEST_UNNAMED", "1");
    }
    let said = String::from_utf8(strace.output().unwrap().stdout).unwrap();
    let result = said
        .lines()
        .find_map(|line| line.strip_prefix("result: "))
        .unwrap_or(&said)
        .to_owned();
    let left = fs::read_to_string(&path).ok();
    assert_eq!(
        names(dir.path()).len(),
        usize::from(left.is_some()),
        "{fault}"
    );
    (result, left)
}

#[test]
fn a_disk_error_is_reported_and_leaves_no_new_file() {
    if std::process::Command::new("strace")
        .arg("-V")
        .output()
        .is_err()
    {
        assert_ne!(
            std::env::var("CI").as_deref(),
            Ok("true"),
            "strace is needed"
        );
        eprintln!("skipped: strace not installed");
        return;
    }
    for (unnamed, syncs) in [(true, 3), (false, 2)] {
        for sync in 1..=syncs {
            let fault = format!("fsync:error=EIO:when={sync}");
            let (result, left) = with_fault(&fault, None, unnamed);
            assert!(
                result.contains("Os { code: 5") && left.is_none(),
                "{fault} {unnamed}: {result} {left:?}"
            );
            let (result, left) = with_fault(&fault, Some("old"), unnamed);
            // If only the sync of the folder fails, the old file is gone already, and the new one
            // is complete.
            let whole = if sync == syncs { "new" } else { "old" };
            assert!(
                result.contains("Os { code: 5"),
                "{fault} {unnamed}: {result}"
            );
            assert_eq!(left.as_deref(), Some(whole), "{fault} {unnamed}");
        }
        let (result, left) = with_fault("fsync:error=EIO:when=9", None, unnamed);
        assert_eq!((result.as_str(), left.as_deref()), ("Ok(())", Some("new")));
        let (result, left) = with_fault("fsync:error=EINVAL", None, unnamed);
        assert_eq!((result.as_str(), left.as_deref()), ("Ok(())", Some("new")));
    }
}
