//! Folders recreated from the archives of other programs.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::process::Command;

use crate::archives::tar;
use crate::env::TestEnv;
use crate::someone::RECIPIENT;
use crate::tools::need;

/// A tree "photos" of everything that is kept, and the key.
fn env() -> TestEnv {
    let env = TestEnv::new().with_key();
    fs::create_dir_all(env.path("photos/sub/deep")).unwrap();
    fs::create_dir(env.path("photos/empty")).unwrap();
    env.write("photos/a.txt", "hello\n");
    env.write("photos/nothing", "");
    env.write(&format!("photos/{}", "long ".repeat(40)), "long name");
    env.write(&format!("photos/sub/deep/{}", "n".repeat(200)), "long path");
    fs::hard_link(env.path("photos/a.txt"), env.path("photos/sub/hard")).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", env.path("photos/link")).unwrap();
    std::os::unix::fs::symlink("x".repeat(300), env.path("photos/sub/long link")).unwrap();
    let holes = fs::File::create(env.path("photos/holes")).unwrap();
    for offset in [0, 3 << 20, 20 << 20] {
        std::os::unix::fs::FileExt::write_all_at(&holes, b"data", offset).unwrap();
    }
    holes.set_len(30 << 20).unwrap();
    let times = fs::FileTimes::new()
        .set_modified(std::time::UNIX_EPOCH + std::time::Duration::new(981_173_106, 789_012_345));
    for (name, mode) in [
        ("photos/a.txt", 0o640),
        ("photos/sub", 0o555),
        ("photos/empty", 0o700),
    ] {
        let file = fs::File::open(env.path(name)).unwrap();
        file.set_times(times).unwrap();
        file.set_permissions(fs::Permissions::from_mode(mode))
            .unwrap();
    }
    env
}

fn archive(env: &TestEnv, program: &str, args: &[&str], name: &str) -> Vec<u8> {
    let output = Command::new(program)
        .args(args)
        .current_dir(env.path(""))
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let closed = env.closed(output.stdout.clone());
    env.write(name, closed);
    output.stdout
}

/// What `rsync` finds different, of everything that this archive format keeps.
fn differences(env: &TestEnv, one: &str, other: &str, keeps_nanoseconds: bool) -> String {
    let window = if keeps_nanoseconds { "-1" } else { "1" };
    let output = Command::new("rsync")
        .args([
            "-n",
            "-aiH",
            "--checksum",
            "--delete",
            "--modify-window",
            window,
        ])
        .args([format!("{one}/"), format!("{other}/")])
        .current_dir(env.path(""))
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

const PYTHON: &str = "import tarfile, sys
archive = tarfile.open(fileobj=sys.stdout.buffer, mode='w|', format=getattr(tarfile, sys.argv[1]))
archive.add('photos')
archive.close()";

#[test]
fn folders_of_three_programs_and_all_their_formats_come_back_identical() {
    let _ = need!("rsync", "tar", "bsdtar", "python3");
    let env = env();
    let archives: [(&str, &[&str], bool); 8] = [
        ("tar", &["--format=gnu", "-S", "-c", "photos"], false),
        ("tar", &["--format=gnu", "-c", "photos"], false),
        ("tar", &["--format=pax", "-S", "-c", "photos"], true),
        ("tar", &["--format=posix", "-c", "photos"], true),
        ("bsdtar", &["-c", "photos"], false),
        ("bsdtar", &["--format=gnutar", "-c", "photos"], false),
        ("python3", &["-c", PYTHON, "PAX_FORMAT"], false),
        ("python3", &["-c", PYTHON, "GNU_FORMAT"], false),
    ];
    for (program, args, keeps_nanoseconds) in archives {
        archive(&env, program, args, "copy.tar.age");
        let decrypt = env.bulla(["decrypt", "-q", "-i", "key", "copy.tar.age"]);
        decrypt.run().assert_quiet();
        let found = differences(&env, "photos", "copy", keeps_nanoseconds);
        assert_eq!(found, "", "{program} {args:?}");
        let holes = fs::metadata(env.path("copy/holes")).unwrap();
        assert_eq!(holes.len(), 30 << 20);
        if args.contains(&"-S") {
            assert!(holes.blocks() < 1 << 10, "the holes are no holes");
        }
        let both = ["copy/a.txt", "copy/sub/hard"].map(|name| env.path(name).metadata().unwrap());
        assert_eq!(both[0].ino(), both[1].ino());
        fs::set_permissions(env.path("copy/sub"), fs::Permissions::from_mode(0o755)).unwrap();
        fs::remove_dir_all(env.path("copy")).unwrap();
    }
}

/// Bytes as `tar` writes them from "photos", and the same encrypted under these names.
fn packed(env: &TestEnv, args: &[&str], names: &[&str]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for name in names {
        bytes = archive(env, "tar", args, name);
    }
    bytes
}

#[test]
fn one_folder_takes_the_name_of_the_archive_and_several_get_one_around_them() {
    let env = TestEnv::new().with_key();
    fs::create_dir_all(env.path("one/sub")).unwrap();
    env.write("one/sub/x", "x");
    env.write("file", "f");
    packed(&env, &["-c", "one"], &["renamed.tar.age"]);
    packed(&env, &["-c", "one", "file"], &["several.tar.age"]);
    packed(&env, &["-c", "file"], &["single.tar.age"]);
    packed(&env, &["-C", "one", "-c", "."], &["dot.tar.age"]);
    packed(&env, &["-c", "one/sub/x"], &["implied.tar.age"]);
    let decrypt = ["decrypt", "-q", "-i", "key"];
    let inputs =
        ["renamed", "several", "single", "dot", "implied"].map(|name| format!("{name}.tar.age"));
    env.bulla(decrypt.iter().map(ToString::to_string).chain(inputs))
        .run()
        .assert_quiet();
    for (path, text) in [
        ("renamed/sub/x", "x"),
        ("several/one/sub/x", "x"),
        ("several/file", "f"),
        ("single/file", "f"),
        ("dot/sub/x", "x"),
        ("implied/sub/x", "x"),
    ] {
        assert_eq!(env.read(path), text.as_bytes(), "{path}");
    }
}

#[test]
fn the_archive_is_written_where_no_folder_was_asked_for() {
    let env = TestEnv::new().with_key();
    fs::create_dir(env.path("d")).unwrap();
    env.write("d/x", "x");
    let tar = packed(&env, &["-c", "d"], &["a.tar.age", "other.age"]);
    let decrypt = |more: &[&str]| {
        let args = [&["decrypt", "-q", "-i", "key"], more].concat();
        env.bulla(args).run().assert_quiet().stdout.clone()
    };
    decrypt(&["--no-unpack", "a.tar.age"]);
    decrypt(&["other.age"]);
    decrypt(&["a.tar.age", "-o", "named.tar"]);
    for name in ["a.tar", "other", "named.tar"] {
        assert_eq!(env.read(name), tar, "{name}");
    }
    assert_eq!(decrypt(&["a.tar.age", "-o", "-"]), tar);
    decrypt(&["a.tar.age", "-o", "/dev/null"]);
    decrypt(&["a.tar.age", "-o", "folder"]);
    fs::create_dir(env.path("into")).unwrap();
    decrypt(&["a.tar.age", "-o", "into"]);
    for name in ["folder/x", "into/a/x"] {
        assert_eq!(env.read(name), b"x", "{name}");
    }
    let closed = env.closed("no archive");
    env.write("text.tar.age", closed);
    decrypt(&["text.tar.age"]);
    assert_eq!(env.read("text.tar"), b"no archive");
}

#[test]
fn nothing_is_unpacked_over_or_into_anything() {
    let env = TestEnv::new().with_key();
    fs::create_dir(env.path("d")).unwrap();
    env.write("d/x", "new");
    packed(&env, &["-c", "d"], &["d.tar.age"]);
    env.write("d/x", "old");
    for force in [&[][..], &["--force"]] {
        let run = env
            .bulla([&["decrypt", "-i", "key", "d.tar.age"], force].concat())
            .run();
        let hint =
            "bulla never unpacks over an existing folder or file. Choose another name with -o PATH";
        run.assert(
            7,
            "",
            &format!("bulla: error: d already exists\nbulla: hint: {hint}\n"),
        );
        assert_eq!(env.read("d/x"), b"old");
    }
    // A file in the place of the folder is not replaced either, so nobody is told to use --force.
    env.write("f", "precious");
    for line in [
        &["d.tar.age", "-o", "f"][..],
        &["d.tar.age", "-o", "f", "--force"],
    ] {
        let run = env.bulla([&["decrypt", "-i", "key"], line].concat()).run();
        run.assert(
            7,
            "",
            "bulla: error: f already exists\n\
             bulla: hint: bulla never unpacks over an existing folder or file. Choose another name \
             with -o PATH\n",
        );
        assert_eq!(env.read("f"), b"precious");
    }
    env.write("f.tar", "precious");
    for line in [
        &["--no-unpack", "d.tar.age", "-o", "f"][..],
        &["d.tar.age", "-o", "f.tar"],
    ] {
        let run = env.bulla([&["decrypt", "-i", "key"], line].concat()).run();
        assert!(run.stderr.contains("with --force"), "{}", run.stderr);
    }
    fs::remove_file(env.path("f")).unwrap();
    fs::remove_file(env.path("f.tar")).unwrap();
    fs::rename(env.path("d"), env.path("kept")).unwrap();
    std::os::unix::fs::symlink("kept", env.path("d")).unwrap();
    let run = env.bulla(["decrypt", "-i", "key", "d.tar.age", "-f"]).run();
    assert_eq!(run.code, Some(7), "{}", run.stderr);
    assert_eq!(env.read("kept/x"), b"old");
    assert_eq!(env.list(), ["d", "d.tar.age", "kept", "kept/x", "key"]);
}

#[test]
fn damage_anywhere_and_a_wrong_sender_leave_no_folder() {
    let env = TestEnv::new().with_key();
    fs::create_dir(env.path("d")).unwrap();
    env.write("d/x", vec![7; 300_000]);
    packed(&env, &["-c", "d"], &["a.tar.age"]);
    fs::remove_dir_all(env.path("d")).unwrap();
    let whole = env.read("a.tar.age");
    for cut in [whole.len() - 1, whole.len() - 70_000, whole.len() / 2] {
        env.write("a.tar.age", &whole[..cut]);
        let run = env.bulla(["decrypt", "-i", "key", "a.tar.age"]).run();
        assert_eq!(run.code, Some(5), "{}", run.stderr);
    }
    for at in [whole.len() - 1, whole.len() - 100_000] {
        let mut damaged = whole.clone();
        damaged[at] ^= 1;
        env.write("a.tar.age", damaged);
        let run = env.bulla(["decrypt", "-i", "key", "a.tar.age"]).run();
        assert_eq!(run.code, Some(5), "{}", run.stderr);
    }
    assert_eq!(env.list(), ["a.tar.age", "key"]);
}

/// `tar` failed, and age encrypted what there was of it.
#[test]
fn an_archive_that_was_cut_before_it_was_encrypted_is_said_to_be_incomplete() {
    let env = TestEnv::new().with_key();
    fs::create_dir(env.path("d")).unwrap();
    env.write("d/x", vec![7; 3000]);
    let tar = packed(&env, &["-c", "d"], &["a.tar.age"]);
    fs::remove_dir_all(env.path("d")).unwrap();
    for cut in [512, 1024, 2000, 4096] {
        let closed = env.closed(&tar[..cut]);
        env.write("a.tar.age", closed);
        let run = env.bulla(["decrypt", "-i", "key", "a.tar.age"]).run();
        let error = "bulla: error: The archive in a.tar.age is incomplete: its end is missing, \
                     although the encrypted file is whole\nbulla: hint: To get the archive as it \
                     is: bulla decrypt a.tar.age --no-unpack\n";
        run.assert(5, "", error);
        assert_eq!(env.list(), ["a.tar.age", "key"]);
    }
}

#[test]
fn modes_follow_the_umask_unless_they_are_to_be_preserved() {
    let env = TestEnv::new().with_key();
    fs::create_dir(env.path("d")).unwrap();
    for (name, mode) in [
        ("d/open", 0o666),
        ("d/special", 0o4755),
        ("d/closed", 0o000),
    ] {
        env.write(name, "x");
        let mode = fs::Permissions::from_mode(mode);
        fs::set_permissions(env.path(name), mode).unwrap();
    }
    fs::set_permissions(env.path("d"), fs::Permissions::from_mode(0o2777)).unwrap();
    packed(&env, &["-c", "d"], &["a.tar.age"]);
    let modes = |name: &str| {
        ["", "/open", "/special", "/closed"].map(|below| {
            let path = env.path(format!("{name}{below}"));
            fs::symlink_metadata(path).unwrap().mode() & 0o7777
        })
    };
    let shell = |more: &str| {
        let script = format!("umask 027; \"$0\" decrypt -q -i key a.tar.age {more}");
        let bulla = env.bulla(["x"]).command().get_program().to_owned();
        let run = env
            .program(
                crate::tools::tool("sh").unwrap(),
                [std::ffi::OsStr::new("-c"), script.as_ref(), &bulla],
            )
            .run();
        assert_eq!(run.code, Some(0), "{}", run.stderr);
    };
    shell("");
    assert_eq!(modes("a"), [0o750, 0o640, 0o750, 0o000]);
    shell("--preserve -o exact");
    let special = if rustix::process::geteuid().is_root() {
        [0o2777, 0o666, 0o4755, 0o000]
    } else {
        [0o777, 0o666, 0o755, 0o000]
    };
    assert_eq!(modes("exact"), special);
}

/// The mode of a file does not stand in the way of its attributes, and nothing gets the access
/// control list that a folder has for what is created in it later.
#[test]
fn extended_attributes_come_back_if_they_are_to_be_preserved() {
    use rustix::fs::{XattrFlags, getxattr, setxattr};
    let env = TestEnv::new().with_key();
    fs::create_dir(env.path("d")).unwrap();
    env.write("d/x", "x");
    let set = |name: &str, key: &str, value: &[u8]| {
        setxattr(env.path(name), key, value, XattrFlags::empty()).is_ok()
    };
    // Everything to the user 1234, too.
    let list = [
        &[2, 0, 0, 0][..],
        &[1, 0, 7, 0, 0xff, 0xff, 0xff, 0xff],
        &[2, 0, 7, 0, 0xd2, 4, 0, 0],
        &[4, 0, 5, 0, 0xff, 0xff, 0xff, 0xff],
        &[0x10, 0, 7, 0, 0xff, 0xff, 0xff, 0xff],
        &[0x20, 0, 5, 0, 0xff, 0xff, 0xff, 0xff],
    ]
    .concat();
    if !set("d/x", "user.note", b"of x") || !set("d", "system.posix_acl_default", &list) {
        return crate::kernel::cannot("this file system has no extended attributes");
    }
    assert!(set("d", "user.note", b"of d"));
    for (name, mode) in [("d/x", 0o444), ("d", 0o555)] {
        let mode = fs::Permissions::from_mode(mode);
        fs::set_permissions(env.path(name), mode).unwrap();
    }
    for args in [
        &["encrypt", "-q", "-r", RECIPIENT, "--xattrs", "d"][..],
        &[
            "decrypt",
            "-q",
            "-i",
            "key",
            "--preserve",
            "-o",
            "new",
            "d.tar.age",
        ],
    ] {
        env.bulla(args).run().assert_quiet();
    }
    let get = |name: &str, key: &str| {
        let mut value = vec![0; 1000];
        let len = getxattr(env.path(name), key, &mut value[..]).ok()?;
        value.truncate(len);
        Some(value)
    };
    for (name, mode, note) in [("new/x", 0o444, "of x"), ("new", 0o555, "of d")] {
        let found = fs::metadata(env.path(name)).unwrap();
        assert_eq!(found.mode() & 0o7777, mode, "{name}");
        assert_eq!(get(name, "user.note"), Some(note.into()), "{name}");
    }
    assert_eq!(get("new", "system.posix_acl_default"), Some(list));
    assert_eq!(get("new/x", "system.posix_acl_access"), None);
}

#[test]
fn links_that_lead_out_are_kept_as_they_are_and_nothing_goes_through_them() {
    let env = TestEnv::new().with_key();
    fs::create_dir(env.path("d")).unwrap();
    for target in ["/etc/passwd", "../../x", "x"] {
        let name = format!("d/{}", target.replace('/', "_"));
        std::os::unix::fs::symlink(target, env.path(name)).unwrap();
    }
    packed(&env, &["-c", "d"], &["a.tar.age"]);
    env.bulla(["decrypt", "-q", "-i", "key", "a.tar.age"])
        .run()
        .assert_quiet();
    for target in ["/etc/passwd", "../../x", "x"] {
        let name = format!("a/{}", target.replace('/', "_"));
        assert_eq!(
            fs::read_link(env.path(name)).unwrap().to_str(),
            Some(target)
        );
    }
}

#[test]
fn json_names_the_folder() {
    let env = TestEnv::new().with_key();
    fs::create_dir(env.path("d")).unwrap();
    env.write("d/x", "x");
    packed(&env, &["-c", "d"], &["a.tar.age"]);
    let run = env
        .bulla(["decrypt", "--json", "-i", "key", "a.tar.age"])
        .run();
    let lines = run.json();
    assert_eq!(lines[0]["output"], "a", "{lines:?}");
}

#[test]
fn a_tree_comes_back_with_any_number_of_threads() {
    let _ = need!("rsync");
    let env = TestEnv::new().with_key();
    for n in 0..400usize {
        let folder = format!("t/{}/{}", n % 7, n % 3);
        fs::create_dir_all(env.path(&folder)).unwrap();
        // Around the lengths up to which other threads do the work, too.
        let len =
            [n, 0, 64 << 10, (64 << 10) + 1, (128 << 10) + 1][if n % 9 == 0 { n % 5 } else { 0 }];
        env.write(&format!("{folder}/f{n}"), vec![n as u8; len]);
        if n % 50 == 0 {
            let link = env.path(format!("{folder}/hard{n}"));
            fs::hard_link(env.path(format!("{folder}/f{n}")), link).unwrap();
        }
    }
    // More long files in a row than are kept open.
    for n in 0..40u8 {
        env.write(&format!("t/long/f{n}"), vec![n; 70 << 10]);
    }
    let key = ["encrypt", "-q", "--no-sign", "-r", RECIPIENT];
    for compression in [&["--zstd=1"][..], &[]] {
        let mut archives = Vec::new();
        for threads in ["1", "2", "5"] {
            let args = ["-f", "--threads", threads, "-o", "a.tar.age", "t"];
            env.bulla([&key[..], &args, compression].concat())
                .run()
                .assert_quiet();
            let args = ["decrypt", "-q", "-i", "key", "-o", "-", "a.tar.age"];
            archives.push(env.bulla(args).run().assert_quiet().stdout.clone());
            let args = ["decrypt", "-q", "-i", "key", "--threads", threads];
            env.bulla([&args[..], &["-o", "back", "a.tar.age"]].concat())
                .run()
                .assert_quiet();
            assert_eq!(
                differences(&env, "t", "back", true),
                "",
                "{threads} threads"
            );
            fs::remove_dir_all(env.path("back")).unwrap();
        }
        assert!(archives.iter().all(|archive| *archive == archives[0]));
    }
}

/// Other threads create the files, but what is said does not depend on which is first.
#[test]
fn of_several_files_that_cannot_be_created_the_first_one_is_named() {
    let env = TestEnv::new().with_key();
    let name = |n: usize| format!("{n:03}{}", "x".repeat(300));
    let mut entries = vec![tar::folder("d/")];
    for n in 0..200 {
        entries.push(tar::file(&format!("d/file {n}"), &[7; 5000]));
        if n > 20 {
            let path = format!("path=d/{}", name(n));
            entries.push(tar::extended(&[&path]));
            entries.push(tar::file("d/long", b"x"));
        }
    }
    // What comes after it and is refused is not what is said, either.
    entries.push(tar::file("../out", b"x"));
    let archive = tar::archive(&entries);
    let closed = env.closed(archive.as_slice());
    env.write("a.tar.age", closed);
    for threads in ["1", "2", "6"] {
        let args = ["decrypt", "-i", "key", "--threads", threads, "a.tar.age"];
        let run = env.bulla(args).run();
        let path = format!(" a/{}", name(21));
        assert!(run.stderr.contains(&path), "{}", run.stderr);
        assert_eq!(run.code, Some(6), "{}", run.stderr);
        assert_eq!(env.list(), ["a.tar.age", "key"]);
    }
}
