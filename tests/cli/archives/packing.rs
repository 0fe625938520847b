//! Folders packed for other programs to open.

use std::ffi::OsStr;
use std::fs;
use std::io::{Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::env::{Outcome, TestEnv};
use crate::someone::RECIPIENT;
use crate::tools::need;

/// A folder "t" with everything that an archive keeps, and the key.
fn tree() -> TestEnv {
    let env = TestEnv::new().with_key();
    fs::create_dir_all(env.path("t/sub/deep")).unwrap();
    fs::create_dir(env.path("t/empty")).unwrap();
    env.write("t/a.txt", "hello\n");
    env.write("t/sub.txt", "sorts between sub and what is in it, by bytes");
    env.write("t/nothing", "");
    env.write("t/block", [7; 512]);
    env.write(
        "t/large",
        (0..3_000_000u32)
            .map(|n| (n >> 7) as u8)
            .collect::<Vec<_>>(),
    );
    env.write(&format!("t/{}", "n".repeat(200)), "long name");
    env.write(
        &format!("t/{}/{}", "p".repeat(150), "n".repeat(99)),
        "with a prefix",
    );
    env.write(
        &format!("t/sub/deep/{}", "x/".repeat(300) + "end"),
        "long path",
    );
    for name in [
        &b"t/\xff\xfe"[..],
        &[&b"t/\xff"[..], &[b'u'; 180]].concat(),
        b"t/new\nline",
    ] {
        fs::write(env.path(OsStr::from_bytes(name)), "any bytes").unwrap();
    }
    fs::hard_link(env.path("t/a.txt"), env.path("t/sub/hard")).unwrap();
    fs::hard_link(
        env.path("t/a.txt"),
        env.path(format!("t/sub/{}", "h".repeat(200))),
    )
    .unwrap();
    let link = |target: &str, name: &str| {
        std::os::unix::fs::symlink(target, env.path(name)).unwrap();
    };
    link("/etc/passwd", "t/link");
    link("nowhere", "t/sub/dangling");
    link(&"l".repeat(300), "t/sub/long link");
    let holes = fs::File::create(env.path("t/holes")).unwrap();
    for offset in [0, 3 << 20, 20 << 20] {
        holes.write_all_at(b"data", offset).unwrap();
    }
    holes.set_len(30 << 20).unwrap();
    let only = fs::File::create(env.path("t/only holes")).unwrap();
    only.set_len(5 << 20).unwrap();
    let begins = fs::File::create(env.path("t/begins with a hole")).unwrap();
    begins.write_all_at(b"end", 1 << 20).unwrap();
    let time = |seconds: i64, nanoseconds: u32| {
        let far = std::time::Duration::new(seconds.unsigned_abs(), 0);
        let time = if seconds < 0 {
            std::time::UNIX_EPOCH - far
        } else {
            std::time::UNIX_EPOCH + far
        };
        fs::FileTimes::new().set_modified(time + std::time::Duration::new(0, nanoseconds))
    };
    for (name, mode, times) in [
        ("t/a.txt", 0o640, time(981_173_106, 789_012_345)),
        ("t/block", 0o4755, time(-2, 0)),
        ("t/nothing", 0o000, time(4_000_000_000, 1)),
        ("t/sub", 0o555, time(1, 0)),
        ("t/empty", 0o1777, time(0, 0)),
    ] {
        let file = fs::File::open(env.path(name)).unwrap();
        file.set_times(times).unwrap();
        file.set_permissions(fs::Permissions::from_mode(mode))
            .unwrap();
    }
    env
}

/// Makes what a test leaves removable.
fn loosen(env: &TestEnv, folder: &str) {
    for name in ["sub", "nothing"] {
        let path = env.path(folder).join(name);
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }
}

#[track_caller]
fn pack(env: &TestEnv, args: &[&str]) -> Outcome {
    env.bulla([&["encrypt", "-q", "-r", RECIPIENT][..], args].concat())
        .run()
}

/// What is in an encrypted file.
#[track_caller]
fn opened(env: &TestEnv, file: &str) -> Vec<u8> {
    let decrypt = ["decrypt", "-q", "-i", "key", "-o", "-", file];
    env.bulla(decrypt).run().assert_quiet().stdout.clone()
}

/// Runs a program of the system in the working folder, with these bytes on its standard input.
#[track_caller]
fn system(env: &TestEnv, line: &[&str], stdin: Vec<u8>) -> Vec<u8> {
    let mut child = Command::new(line[0])
        .args(&line[1..])
        .env("LC_ALL", "C.UTF-8")
        .current_dir(env.path(""))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || input.write_all(&stdin));
    let output = child.wait_with_output().unwrap();
    // A program may stop reading at the end of the entries.
    let _ = writer.join().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    // bsdtar extracts a long name that is not UTF-8 as it is, but complains, as it does about the
    // pax archives of GNU tar.
    let complains = line[0] == "bsdtar"
        && errors
            == "bsdtar: Pathname can't be converted from UTF-8 to current locale.\n\
                bsdtar: Error exit delayed from previous errors.\n";
    assert!(
        output.status.success() && errors.is_empty() || complains,
        "{line:?}: {errors}"
    );
    output.stdout
}

/// What `rsync` finds different between two folders: contents, kinds, modes, times to the
/// nanosecond, owners, links.
fn differences(env: &TestEnv, one: &str, other: &str) -> String {
    let (one, other) = (format!("{one}/"), format!("{other}/"));
    let line = [
        "rsync",
        "-n",
        "-aiHX",
        "--checksum",
        "--delete",
        "--modify-window=-1",
    ];
    let said = system(env, &[&line[..], &[&one, &other]].concat(), Vec::new());
    String::from_utf8(said).unwrap()
}

const PYTHON: &str = "import sys, tarfile
archive = tarfile.open(fileobj=sys.stdin.buffer, mode='r|')
archive.extractall('python', **({'filter': 'fully_trusted'} if hasattr(tarfile, 'data_filter') else {}))";

#[test]
fn gnu_tar_bsdtar_and_python_find_in_an_archive_what_is_in_the_folder() {
    let _ = need!("tar", "bsdtar", "python3", "zstd", "rsync");
    let env = tree();
    pack(&env, &["t"]).assert_quiet();
    pack(&env, &["--zstd", "t"]).assert_quiet();
    let plain = opened(&env, "t.tar.age");
    let compressed = opened(&env, "t.tar.zst.age");
    assert!(compressed.len() < plain.len() / 4);
    let unzipped = system(&env, &["zstd", "-d"], compressed.clone());
    assert!(plain.starts_with(&unzipped));
    // On disk, and as a stream with what follows the end of the archive.
    env.write("t.tar", &plain);
    env.write("t.tar.zst", &compressed);
    for folder in [
        "gnu",
        "gnu-stream",
        "gnu-zstd",
        "bsd",
        "bsd-stream",
        "bsd-zstd",
        "python",
    ] {
        fs::create_dir(env.path(folder)).unwrap();
        let program = folder.split('-').next().unwrap();
        let name = if folder.ends_with("zstd") {
            "t.tar.zst"
        } else {
            "t.tar"
        };
        let stdin = if folder.ends_with("stream") || program == "python" {
            plain.clone()
        } else {
            Vec::new()
        };
        let from = if stdin.is_empty() { name } else { "-" };
        let flags = if program == "gnu" { "-xpf" } else { "-xpSf" };
        let unpack = match program {
            "python" => vec!["python3", "-c", PYTHON],
            // It warns of times before 1970 and in the future.
            "gnu" => vec!["tar", "--warning=no-timestamp", flags, from, "-C", folder],
            _ => vec!["bsdtar", flags, from, "-C", folder],
        };
        system(&env, &unpack, stdin);
        let there = format!("{folder}/t");
        // Python's times are floating-point numbers.
        let found = differences(&env, "t", &there);
        let found: Vec<&str> = found
            .lines()
            .filter(|line| program != "python" || !is_time_alone(line))
            .collect();
        assert!(found.is_empty(), "{folder}: {found:#?}");
        if program == "gnu" {
            let holes = fs::metadata(env.path(&there).join("holes")).unwrap();
            assert!(holes.blocks() < 1 << 10, "the holes are no holes");
        }
        loosen(&env, &there);
    }
    for folder in ["t", "again"] {
        if folder == "again" {
            let decrypt = [
                "decrypt",
                "-q",
                "-i",
                "key",
                "--preserve",
                "-o",
                folder,
                "t.tar.zst.age",
            ];
            env.bulla(decrypt).run().assert_quiet();
            assert_eq!(differences(&env, "t", folder), "");
        }
    }
    loosen(&env, "again");
    loosen(&env, "t");
}

/// Whether `rsync` found only another time.
fn is_time_alone(line: &str) -> bool {
    let flags = line.split(' ').next().unwrap_or_default();
    flags.len() == 11 && flags[2..].replace('.', "") == "t"
}

#[test]
fn the_same_tree_gives_the_same_archive_with_any_number_of_threads() {
    let env = TestEnv::new().with_key();
    // In two orders, which folders remember in different ways.
    let names: Vec<String> = (0..300)
        .map(|n| format!("{}/f{}", n % 7, n * 7919 % 1000))
        .collect();
    let fill = |folder: &str, names: &mut dyn Iterator<Item = &String>| {
        for name in names {
            env.write(&format!("{folder}/t/{name}"), name.repeat(500));
        }
        let walk = |folder: &Path| {
            let mut found = vec![folder.to_owned()];
            while let Some(path) = found.pop() {
                if path.is_dir() {
                    found.extend(path.read_dir().unwrap().map(|entry| entry.unwrap().path()));
                }
                let file = fs::File::open(&path).unwrap();
                file.set_modified(std::time::UNIX_EPOCH).unwrap();
            }
        };
        walk(&env.path(folder).join("t"));
    };
    fill("one", &mut names.iter());
    fill("two", &mut names.iter().rev());
    for (compression, end) in [(&[][..], ".tar.age"), (&["--zstd=2"][..], ".tar.zst.age")] {
        let mut archives = Vec::new();
        for (folder, threads) in [("one", "1"), ("two", "4"), ("one", "3")] {
            let path = format!("{folder}/t");
            let args = ["-f", "--threads", threads, &path];
            pack(&env, &[&args[..], compression].concat()).assert_quiet();
            archives.push(opened(&env, &format!("{path}{end}")));
        }
        assert!(
            archives.iter().all(|archive| *archive == archives[0]),
            "{end}"
        );
        assert!(archives[0].len() > 1 << 20 || end != ".tar.age");
    }
}

#[test]
fn an_archive_does_not_show_the_exact_size_of_its_folder() {
    let env = TestEnv::new().with_key();
    let len = |bytes: usize, args: &[&str]| {
        fs::create_dir_all(env.path("t")).unwrap();
        // What cannot be compressed.
        let mut state = 1u64;
        let noise = std::iter::repeat_with(|| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 56) as u8
        });
        env.write("t/x", noise.take(bytes).collect::<Vec<_>>());
        pack(&env, &[&["-f", "-o", "x.age", "t"], args].concat()).assert_quiet();
        env.read("x.age").len()
    };
    for args in [&[][..], &["--zstd"]] {
        let bare = [args, &["--no-pad"]].concat();
        assert_eq!(len(1_000_000, args), len(1_003_000, args), "{args:?}");
        assert_ne!(len(1_000_000, &bare), len(1_003_000, &bare), "{args:?}");
        assert!(len(1_000_000, &bare) < len(1_000_000, args));
    }
}

/// Packs "t" to standard output, and does something to it when the first megabyte is there.
fn while_it_is_packed(env: &TestEnv, args: &[&str], change: impl FnOnce()) -> Outcome {
    let encrypt = [
        "encrypt",
        "-q",
        "--no-sign",
        "-r",
        RECIPIENT,
        "-o",
        "-",
        "t",
    ];
    let run = env.bulla([&encrypt[..], args].concat());
    let mut child = run
        .command()
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = child.stdout.take().unwrap();
    let mut bytes = vec![0; 1 << 20];
    out.read_exact(&mut bytes).unwrap();
    change();
    out.read_to_end(&mut bytes).unwrap();
    let mut output = child.wait_with_output().unwrap();
    output.stdout = bytes;
    run.outcome(output)
}

#[test]
fn a_file_that_changes_shrinks_or_vanishes_is_named_and_all_others_are_packed() {
    let _ = need!("tar");
    let env = TestEnv::new().with_key();
    // More than all pipes and buffers hold.
    let large = vec![7; 24 << 20];
    type Change<'a> = &'a dyn Fn();
    let file = |name: &str| {
        fs::File::options()
            .write(true)
            .open(env.path(name))
            .unwrap()
    };
    let changes: [(&str, &str, Change<'_>); 5] = [
        (
            "a",
            "became shorter while it was being read; its end is zeros",
            &|| {
                file("t/a").set_len(20 << 20).unwrap();
            },
        ),
        ("a", "changed while it was being read", &|| {
            file("t/a").set_len(25 << 20).unwrap();
        }),
        ("a", "changed while it was being read", &|| {
            file("t/a").set_modified(std::time::UNIX_EPOCH).unwrap();
        }),
        ("b", "was removed before it was read", &|| {
            fs::remove_file(env.path("t/b")).unwrap();
        }),
        ("b", "changed while it was being read", &|| {
            fs::remove_file(env.path("t/b")).unwrap();
            std::os::unix::fs::symlink("z", env.path("t/b")).unwrap();
        }),
    ];
    for (name, what, change) in changes {
        let _ = fs::remove_dir_all(env.path("t"));
        env.write("t/a", &large);
        env.write("t/b", "second");
        env.write("t/z", "last");
        let said = while_it_is_packed(&env, &["--threads", "1"], change);
        let text = format!(
            "bulla: warning: t/{name} {what}\n\
             bulla: error: standard output lacks something (see the warning above)\n"
        );
        assert_eq!((said.code, &*said.stderr), (Some(10), &*text));
        env.write("x.age", &said.stdout);
        let archive = opened(&env, "x.age");
        let names = system(&env, &["tar", "-t"], archive.clone());
        let names = String::from_utf8(names).unwrap();
        let expected = if name == "a" {
            "t/\nt/a\nt/b\nt/z\n"
        } else {
            "t/\nt/a\nt/z\n"
        };
        assert_eq!(names, expected, "{what}");
        let last = system(&env, &["tar", "-xO", "t/z"], archive);
        assert_eq!(last, b"last");
    }
    // Other names, modes and owners are no changes of what is in a file.
    let said = while_it_is_packed(&env, &[], || {
        fs::hard_link(env.path("t/a"), env.path("other")).unwrap();
    });
    assert_eq!((said.code, &*said.stderr), (Some(0), ""));
}

#[test]
fn an_archive_on_disk_that_lacks_something_is_complete_otherwise_and_exit_code_10_says_so() {
    let strace = need!("strace");
    let env = TestEnv::new().with_key();
    env.write("t/a", "first");
    env.write("t/secret", "not for us");
    env.write("t/z", "last");
    let inject = "inject=openat:error=EACCES";
    for (compression, archive) in [(&[][..], "t.tar.age"), (&["--zstd"][..], "t.tar.zst.age")] {
        let line = [
            "-f",
            "-qq",
            "-o",
            "trace",
            "-P",
            "secret",
            "-e",
            "trace=openat",
            "-e",
            inject,
        ];
        let bulla = env.bulla(["encrypt"]).command().get_program().to_owned();
        let encrypt = ["encrypt", "--no-sign", "-r", RECIPIENT, "t"].map(OsStr::new);
        let args = line
            .map(OsStr::new)
            .into_iter()
            .chain([&*bulla])
            .chain(encrypt);
        let args = args.chain(compression.iter().map(OsStr::new));
        let said = env.program(&strace, args).run();
        let text = format!(
            "bulla: warning: t/secret could not be read: Permission denied (os error 13)\n\
             bulla: error: {archive} lacks something (see the warning above)\n"
        );
        said.assert(10, "", &text);
        let list = ["list", "-i", "key", archive];
        env.bulla(list).run().assert(0, "t/\nt/a\nt/z\n", "");
    }
}

#[test]
fn what_is_neither_file_folder_nor_link_is_named_and_left_out() {
    let env = TestEnv::new().with_key();
    env.write("t/file", "x");
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    rustix::fs::mkfifoat(rustix::fs::CWD, env.path("t/pipe"), mode).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(env.path("t/socket")).unwrap();
    pack(&env, &["t"]).assert(
        0,
        "",
        "bulla: warning: t/pipe is a named pipe, and was left out\n\
         bulla: warning: t/socket is a socket, and was left out\n",
    );
    let said = pack(&env, &["-f", "--json", "t"]);
    let objects = said.json();
    let kinds: Vec<_> = objects
        .iter()
        .map(|line| &line["warning"]["kind"])
        .collect();
    assert_eq!(kinds[..2], ["not-packed", "not-packed"]);
    let last = &objects[2];
    assert_eq!(
        (&last["entries"], &last["left_out"]),
        (&2.into(), &0.into())
    );
    env.bulla(["list", "-i", "key", "t.tar.age"])
        .run()
        .assert(0, "t/\nt/file\n", "");
}

/// The paths in an archive of "t", without the folder itself.
#[track_caller]
fn packed(env: &TestEnv, args: &[&str]) -> String {
    let said = pack(env, &[&["-f", "t"], args].concat());
    assert_eq!((said.code, &*said.stderr), (Some(0), ""));
    let said = env.bulla(["list", "-i", "key", "t.tar.age"]).run();
    let lines = String::from_utf8(said.assert_quiet().stdout.clone()).unwrap();
    let lines: Vec<&str> = lines
        .lines()
        .filter_map(|line| line.strip_prefix("t/"))
        .collect();
    lines[1..].join(" ")
}

#[test]
fn patterns_leave_out_what_gitignore_would_ignore() {
    let env = TestEnv::new().with_key();
    for name in [
        "a.o",
        "b.c",
        "sub/c.o",
        "sub/d.c",
        "build/x",
        "sub/build/y",
        "sub/keep.o",
    ] {
        env.write(&format!("t/{name}"), name);
    }
    let all = "a.o b.c build/ build/x sub/ sub/build/ sub/build/y sub/c.o sub/d.c sub/keep.o";
    assert_eq!(packed(&env, &[]), all);
    let without = "b.c build/ build/x sub/ sub/build/ sub/build/y sub/d.c";
    assert_eq!(packed(&env, &["--exclude", "*.o"]), without);
    let anchored = "a.o b.c sub/ sub/build/ sub/build/y sub/c.o sub/d.c sub/keep.o";
    assert_eq!(packed(&env, &["--exclude", "/build/"]), anchored);
    let both = [
        "--exclude",
        "*.o",
        "--exclude",
        "!keep.o",
        "--exclude",
        "build",
    ];
    assert_eq!(packed(&env, &both), "b.c sub/ sub/d.c sub/keep.o");
    // A file counts for its folder; the nearest one comes first, and --exclude before them all.
    env.write("t/.bullaignore", "# objects\n*.o\n/build\n");
    env.write("t/sub/.bullaignore", "!c.o\n");
    let ignored = ".bullaignore b.c sub/ sub/.bullaignore sub/build/ sub/build/y sub/c.o sub/d.c";
    assert_eq!(packed(&env, &[]), ignored);
    let given = packed(&env, &["--exclude", "c.o", "--exclude", "!a.o"]);
    assert_eq!(
        given,
        ".bullaignore a.o b.c sub/ sub/.bullaignore sub/build/ sub/build/y sub/d.c"
    );
    let said = env.bulla(["encrypt", "-f", "-r", RECIPIENT, "t"]).run();
    assert!(
        said.stderr.contains("Left out of t by patterns: 3\n"),
        "{}",
        said.stderr
    );
    for wrong in ["[z-a]", "{a", "[", "x[a-", "[]", "a[!]b"] {
        env.write("t/.bullaignore", format!("{wrong}\n*.o\n"));
        let said = pack(&env, &["-f", "t"]);
        assert_eq!(said.code, Some(10), "{wrong}: {}", said.stderr);
        let named = said
            .stderr
            .contains("t/.bullaignore has a line that is not a pattern");
        assert!(named, "{wrong}: {}", said.stderr);
        let said = pack(&env, &["-f", "--exclude", wrong, "t"]);
        assert_eq!(said.code, Some(2), "{wrong}: {}", said.stderr);
    }
    env.write("t/.bullaignore", "\\[\n[]]\n[[a]\n");
    packed(&env, &[]);
}

#[test]
fn patterns_that_cannot_be_read_are_named_once_and_only_a_file_has_any() {
    let env = TestEnv::new().with_key();
    env.write("t/a", "a");
    env.write("t/.bullaignore/b", "a");
    assert_eq!(packed(&env, &[]), ".bullaignore/ .bullaignore/b a");
    fs::remove_dir_all(env.path("t/.bullaignore")).unwrap();
    env.write("patterns", "a");
    symlink("../patterns", env.path("t/.bullaignore")).unwrap();
    pack(&env, &["-f", "t"]).assert(
        10,
        "",
        "bulla: warning: t/.bullaignore has patterns that are not used: it is a symlink\n\
         bulla: error: t.tar.age may contain files that should have been left out (see the warning \
         above)\n",
    );
    let list = ["list", "-i", "key", "t.tar.age"];
    env.bulla(list)
        .run()
        .assert(0, "t/\nt/.bullaignore\nt/a\n", "");
    fs::remove_file(env.path("t/.bullaignore")).unwrap();
    env.write("t/.bullaignore", "[\n");
    let said = pack(&env, &["-f", "t"]);
    assert!(
        said.stderr.ends_with(
            "error: t.tar.age may contain files that should have been left out (see the warning above)\n"
        ),
        "{}",
        said.stderr
    );
    let strace = need!("strace");
    let bulla = env.bulla(["encrypt"]).command().get_program().to_owned();
    let line = ["-f", "-qq", "-o", "trace", "-P", ".bullaignore", "-e"];
    let encrypt = ["encrypt", "--no-sign", "-f", "-r", RECIPIENT, "t"];
    let inject = ["trace=openat", "-e", "inject=openat:error=EACCES"];
    let args = [&line[..], &inject].concat();
    let args = args.into_iter().map(OsStr::new).chain([&*bulla]);
    let said = env.program(&strace, args.chain(encrypt.map(OsStr::new)));
    said.run().assert(
        10,
        "",
        "bulla: warning: t/.bullaignore could not be read, so its patterns are not used: \
         Permission denied (os error 13)\n\
         bulla: error: t.tar.age lacks something (see the warning above)\n",
    );
    let list = ["list", "-i", "key", "t.tar.age"];
    env.bulla(list).run().assert(0, "t/\nt/a\n", "");
}

#[test]
fn the_archive_itself_is_never_packed() {
    let env = TestEnv::new().with_key();
    env.write("t/file", "x");
    for _ in 0..2 {
        pack(&env, &["-f", "-o", "t/out.tar.age", "t"]).assert_quiet();
        let list = ["list", "-i", "key", "t/out.tar.age"];
        env.bulla(list).run().assert(0, "t/\nt/file\n", "");
    }
    let to_stdout = env.bulla(["encrypt", "-q", "-r", RECIPIENT, "-o", "-", "t"]);
    to_stdout.redirect(">t/stdout").run().assert_quiet();
    let list = ["list", "-i", "key", "t/stdout"];
    env.bulla(list)
        .run()
        .assert(0, "t/\nt/file\nt/out.tar.age\n", "");
}

#[test]
fn archives_are_named_after_their_folders() {
    let env = TestEnv::new().with_key();
    env.write("one/x", "1");
    env.write("two/sub/x", "2");
    env.write("file", "3");
    pack(&env, &["one/", "two/sub", "file"]).assert_quiet();
    assert!(env.path("one.tar.age").is_file() && env.path("two/sub.tar.age").is_file());
    assert!(env.path("file.age").is_file());
    fs::create_dir(env.path("to")).unwrap();
    pack(&env, &["--zstd", "-o", "to", "one", "two"]).assert_quiet();
    assert!(env.path("to/one.tar.zst.age").is_file() && env.path("to/two.tar.zst.age").is_file());
    // A folder whose path has no name at its end.
    let sub = env.bulla(["encrypt", "-q", "-f", "-r", RECIPIENT, "two/."]);
    sub.run().assert_quiet();
    let dot = env.bulla(["encrypt", "-q", "-r", RECIPIENT, "two/sub/.."]);
    let said = dot.run();
    assert_eq!(
        (said.code, &*said.stderr),
        (
            Some(7),
            "bulla: error: two/sub/../../two.tar.age already exists\n"
        )
    );
    let list = env.bulla(["list", "-i", "key", "two.tar.age"]).run();
    list.assert(0, "two/\ntwo/sub/\ntwo/sub/x\ntwo/sub.tar.age\n", "");
    for option in [
        &["--zstd"][..],
        &["--exclude", "x"],
        &["--xattrs"],
        &["--no-pad"],
        &["--one-file-system"],
    ] {
        let text = format!(
            "bulla: error: {} is for folders, and no input is one\n",
            option[0]
        );
        pack(&env, &[&["-f", "file"], option].concat()).assert(2, "", &text);
    }
    pack(&env, &["one", "-o", "x", "--zstd=20"]).code.unwrap();
    for level in ["0", "20", "x"] {
        let zstd = format!("--zstd={level}");
        assert_eq!(pack(&env, &["-f", "one", &zstd]).code, Some(2));
    }
    pack(&env, &["--expect-end", "x", "one", "-f"]).assert(
        2,
        "",
        "bulla: error: --expect-end is not for folders\n",
    );
}

#[test]
fn the_archive_of_a_folder_has_a_least_size_and_replaces_no_much_larger_one() {
    let env = TestEnv::new().with_key();
    let refused = |options: &[&str], why: &str| {
        let before = fs::read(env.path("t.tar.age")).ok();
        let said = pack(&env, &[&["-f", "t"], options].concat());
        assert_eq!(said.code, Some(12), "{said:?}");
        let error = said.stderr.lines().next().unwrap();
        assert!(
            error.starts_with("bulla: error: The archive of t has "),
            "{error}"
        );
        assert!(error.contains(why), "{error}");
        assert_eq!(fs::read(env.path("t.tar.age")).ok(), before);
        assert_eq!(
            env.list()
                .iter()
                .filter(|name| name.contains(".age"))
                .count(),
            usize::from(before.is_some())
        );
    };
    env.write("t/small", "x");
    refused(
        &["--min-size", "1M"],
        "KiB, less than the 1.0 MiB of --min-size",
    );
    env.write("t/large", vec![7; 2 << 20]);
    for zstd in [&[][..], &["--zstd"]] {
        let output = ["-o", "t.tar.age"];
        let whole = [&["-f", "t", "--min-size", "100"][..], &output, zstd].concat();
        assert_eq!(pack(&env, &whole).code, Some(0));
        let half = [&["-f", "t", "--at-least", "50%"][..], &output, zstd].concat();
        assert_eq!(pack(&env, &half).code, Some(0));
    }
    // The archive of the same folder with much less in it.
    let plain = ["-f", "t", "-o", "t.tar.age"];
    assert_eq!(pack(&env, &plain).code, Some(0));
    fs::remove_file(env.path("t/large")).unwrap();
    refused(
        &["--at-least", "50%"],
        "KiB, less than 50% of what t.tar.age contains (2.",
    );
    assert_eq!(pack(&env, &["-f", "t"]).code, Some(0));
}

#[test]
fn extended_attributes_are_packed_on_request() {
    let _ = need!("setfattr", "getfattr", "tar");
    let env = TestEnv::new().with_key();
    env.write("t/file", "x");
    let set = ["setfattr", "-n", "user.note", "-v", "keep\tthis", "t/file"];
    let Ok(done) = Command::new(set[0])
        .args(&set[1..])
        .current_dir(env.path(""))
        .status()
    else {
        return;
    };
    if !done.success() {
        return crate::kernel::cannot("this file system has no extended attributes");
    }
    for (args, keeps) in [(&[][..], false), (&["--xattrs"][..], true)] {
        pack(&env, &[&["-f", "t"], args].concat()).assert_quiet();
        let _ = fs::remove_dir_all(env.path("out"));
        fs::create_dir(env.path("out")).unwrap();
        let unpack = ["tar", "--xattrs", "-x", "-C", "out"];
        system(&env, &unpack, opened(&env, "t.tar.age"));
        let get = Command::new("getfattr")
            .args(["--only-values", "-n", "user.note", "out/t/file"])
            .current_dir(env.path(""))
            .output()
            .unwrap();
        assert_eq!(get.stdout == b"keep\tthis", keeps, "{args:?}");
    }
}

/// Some file systems, this one among them, keep times that no reader accepts.
#[test]
fn a_time_that_nobody_could_mean_does_not_make_the_archive_unreadable() {
    let Ok(there) = tempfile::Builder::new()
        .prefix("bulla-test-")
        .tempdir_in("/dev/shm")
    else {
        return crate::kernel::cannot("there is no /dev/shm");
    };
    let env = TestEnv::new().with_key();
    for (name, seconds) in [("late", i64::MAX), ("early", i64::MIN)] {
        let file = fs::File::create(there.path().join(name)).unwrap();
        let time = rustix::fs::Timespec {
            tv_sec: seconds,
            tv_nsec: 0,
        };
        let times = rustix::fs::Timestamps {
            last_access: time,
            last_modification: time,
        };
        rustix::fs::futimens(&file, &times).unwrap();
    }
    let folder = there.path().to_str().unwrap();
    pack(&env, &[folder, "-o", "t.tar.age"]).assert_quiet();
    let args = ["decrypt", "-q", "-i", "key", "t.tar.age"];
    env.bulla(args).run().assert_quiet();
    assert!(env.path("t/late").is_file() && env.path("t/early").is_file());
}

#[test]
fn other_file_systems_are_left_out_on_request() {
    let device = |path: &str| fs::metadata(path).map(|found| found.dev()).ok();
    let (Some(dev), Some(shm)) = (device("/dev"), device("/dev/shm")) else {
        return crate::kernel::cannot("there is no /dev/shm");
    };
    if dev == shm {
        return crate::kernel::cannot("/dev/shm is no file system of its own");
    }
    let env = TestEnv::new().with_key();
    let there = tempfile::Builder::new()
        .prefix("bulla-test-")
        .tempdir_in("/dev/shm")
        .unwrap();
    let name = there.path().strip_prefix("/dev").unwrap().to_str().unwrap();
    let name = format!("dev/{name}/");
    for (args, is_there) in [(&[][..], true), (&["--one-file-system"][..], false)] {
        let said = pack(&env, &[&["-f", "-o", "dev.age", "/dev"], args].concat());
        assert!(matches!(said.code, Some(0 | 10)), "{}", said.stderr);
        let said = env.bulla(["list", "-i", "key", "dev.age"]).run();
        let lines = String::from_utf8(said.assert_quiet().stdout.clone()).unwrap();
        assert!(lines.lines().any(|line| line == "dev/shm/"));
        assert_eq!(lines.lines().any(|line| line == name), is_there);
    }
}

#[test]
fn a_tree_of_any_depth_is_packed_and_a_path_that_is_too_long_is_named() {
    let env = TestEnv::new().with_key();
    fs::create_dir(env.path("t")).unwrap();
    let mode = rustix::fs::Mode::from_raw_mode(0o755);
    let folder = |path: &Path| rustix::fs::open(path, rustix::fs::OFlags::DIRECTORY, mode).unwrap();
    let mut at = folder(&env.path("t"));
    // Deeper than the walk keeps folders open, and deeper than a path can be.
    let name = "d".repeat(20);
    for _ in 0..250 {
        let flags = rustix::fs::OFlags::CREATE | rustix::fs::OFlags::WRONLY;
        drop(rustix::fs::openat(&at, "z", flags, mode).unwrap());
        rustix::fs::mkdirat(&at, &*name, mode).unwrap();
        at = rustix::fs::openat(&at, &*name, rustix::fs::OFlags::DIRECTORY, mode).unwrap();
    }
    let said = pack(&env, &["t"]);
    assert_eq!(said.code, Some(10));
    let text = "was left out: its path is longer than 4095 bytes\n";
    assert_eq!(said.stderr.matches(text).count(), 1, "{}", said.stderr);
    // t, and as many folders as fit, each with a file that comes after what is in the folder.
    let fits = (4095 - "t".len()) / (name.len() + 1);
    let said = env.bulla(["list", "-i", "key", "t.tar.age"]).run();
    let lines = String::from_utf8(said.assert_quiet().stdout.clone()).unwrap();
    assert_eq!(
        lines.lines().count(),
        1 + fits + fits + usize::from(fits * 21 + 3 <= 4095)
    );
    // The test's own folder is removed by paths.
    let mut at = folder(&env.path("t"));
    for _ in 0..100 {
        at = rustix::fs::openat(&at, &*name, rustix::fs::OFlags::DIRECTORY, mode).unwrap();
    }
    let deep = rustix::fs::openat(&at, &*name, rustix::fs::OFlags::DIRECTORY, mode).unwrap();
    rustix::fs::renameat(&at, &*name, rustix::fs::CWD, env.path("rest")).unwrap();
    drop((at, deep));
}
