//! What is in an archive, and parts of any file.

use std::process::Command;

use crate::env::TestEnv;
use crate::someone::RECIPIENT;
use crate::tools::need;

/// An archive with and one without compression, of a folder that is large enough to tell how much is
/// read.
fn env() -> TestEnv {
    let env = TestEnv::new().with_key();
    let mut state = 1u64;
    let noise = std::iter::repeat_with(|| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 56) as u8
    });
    env.write("t/large", noise.take(3 << 20).collect::<Vec<_>>());
    env.write("t/a b", "x");
    env.write("t/sub/\u{1b}[31m", "");
    std::os::unix::fs::symlink("a b", env.path("t/link")).unwrap();
    std::fs::hard_link(env.path("t/a b"), env.path("t/sub/hard")).unwrap();
    for zstd in [&[][..], &["--zstd"]] {
        env.bulla([&["encrypt", "-q", "-r", RECIPIENT, "t"][..], zstd].concat())
            .run()
            .assert_quiet();
    }
    env
}

const ALL: &str = "t/\nt/a b\nt/large\nt/link\nt/sub/\nt/sub/\\u{1b}[31m\nt/sub/hard\n";

#[test]
fn a_list_reads_only_the_catalogue_and_shows_what_a_stream_shows() {
    let env = env();
    for archive in ["t.tar.age", "t.tar.zst.age"] {
        let list = env.bulla(["list", "-v", "-i", "key", archive]);
        let said = list.in_a_script().run();
        let shown = String::from_utf8(said.stdout.clone()).unwrap();
        assert_eq!((said.code, &*shown), (Some(0), ALL), "{}", said.stderr);
        let read = said
            .stderr
            .lines()
            .find_map(|line| line.strip_prefix("Read "));
        let read: u64 = read.unwrap().split(' ').next().unwrap().parse().unwrap();
        assert!(read <= 2 * 65_552, "{archive}: {read} bytes read");
        let streamed = env
            .bulla(["list", "-i", "key", "-"])
            .stdin(env.read(archive));
        streamed.run().assert(0, ALL, "");
        let armored = env.bulla([
            "encrypt", "-q", "--again", "-r", RECIPIENT, "-o", "x", archive,
        ]);
        armored.run().assert_quiet();
        std::fs::remove_file(env.path("x")).unwrap();
    }
}

#[test]
fn a_long_list_has_the_columns_of_tar() {
    let env = TestEnv::new().with_key();
    env.write("t/run", "12345");
    let file = std::fs::File::open(env.path("t/run")).unwrap();
    let mode = |mode| std::os::unix::fs::PermissionsExt::from_mode(mode);
    file.set_permissions(mode(0o4750)).unwrap();
    let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_795_000_000);
    file.set_modified(time).unwrap();
    std::os::unix::fs::symlink("run", env.path("t/link")).unwrap();
    env.bulla(["encrypt", "-q", "-r", RECIPIENT, "t"])
        .run()
        .assert_quiet();
    let said = env.bulla(["list", "-l", "-i", "key", "t.tar.age"]).run();
    let text = String::from_utf8(said.assert_quiet().stdout.clone()).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let owner = std::fs::metadata(env.path("t/run")).unwrap();
    let (uid, gid) = {
        use std::os::unix::fs::MetadataExt;
        (owner.uid(), owner.gid())
    };
    let line = format!(
        "-rwsr-x--- {uid:>5}/{gid:<5} {:>12} 2026-11-18 11:06:40  t/run",
        5
    );
    assert_eq!(lines[2], line);
    assert!(
        lines[1].starts_with("lrwxrwxrwx") && lines[1].ends_with("  t/link -> run"),
        "{text}"
    );
    let said = env
        .bulla(["list", "--json", "-i", "key", "t.tar.age"])
        .run();
    let objects = said.json();
    let run = &objects[2];
    assert_eq!(run["path"], "t/run");
    assert_eq!(
        (&run["kind"], &run["bytes"], &run["mode"]),
        (&"file".into(), &5.into(), &"4750".into())
    );
    assert_eq!(
        (&run["modified"], &run["nanoseconds"]),
        (&1_795_000_000.into(), &0.into())
    );
    assert_eq!(
        (&objects[1]["kind"], &objects[1]["target"]),
        (&"symlink".into(), &"run".into())
    );
}

#[test]
fn json_tells_paths_apart_that_are_not_utf_8() {
    use std::os::unix::ffi::OsStrExt;
    let env = TestEnv::new().with_key();
    env.write("two/plain", "");
    let name = |bytes: &[u8]| env.path("two").join(std::ffi::OsStr::from_bytes(bytes));
    std::fs::write(name(b"x\xff"), "").unwrap();
    std::os::unix::fs::symlink(std::ffi::OsStr::from_bytes(b"x\xff"), name(b"x\xfe")).unwrap();
    env.bulla(["encrypt", "-q", "-r", RECIPIENT, "two"])
        .run()
        .assert_quiet();
    let said = env
        .bulla(["list", "--json", "-i", "key", "two.tar.age"])
        .run();
    let objects = said.json();
    let null = serde_json::Value::Null;
    let fields =
        |object: usize, fields: [&str; 3]| fields.map(|name| objects[object][name].clone());
    let all = ["path", "path_escaped", "target_escaped"];
    assert_eq!(
        fields(1, all),
        ["two/plain".into(), null.clone(), null.clone()]
    );
    let link = ["two/x\u{fffd}", "two/x\\xfe", "x\\xff"].map(serde_json::Value::from);
    assert_eq!(fields(2, all), link);
    assert_eq!(
        fields(3, all),
        ["two/x\u{fffd}".into(), "two/x\\xff".into(), null]
    );
}

#[test]
fn archives_of_other_programs_are_listed_by_their_headers() {
    let _ = need!("tar", "zstd");
    let env = env();
    for compress in [&["-c"][..], &["--zstd", "-c"]] {
        let tar = Command::new("tar")
            .args(compress)
            .args(["--sort=name", "t"])
            .current_dir(env.path(""))
            .output()
            .unwrap();
        assert!(tar.status.success(), "{tar:?}");
        env.write("x.age", env.closed(tar.stdout));
        env.bulla(["list", "-i", "key", "x.age"])
            .run()
            .assert(0, ALL, "");
    }
    env.write("x.age", env.closed("no archive at all"));
    let said = env.bulla(["list", "-i", "key", "x.age"]).run();
    assert!(said.code != Some(0) && said.stdout.is_empty());
}

#[test]
fn a_damaged_archive_is_not_listed_as_if_it_were_whole() {
    let env = env();
    for archive in ["t.tar.age", "t.tar.zst.age"] {
        let bytes = env.read(archive);
        let mut changed = bytes.clone();
        let end = changed.len() - 100;
        changed[end] ^= 1;
        env.write("x.age", &changed);
        let said = env.bulla(["list", "-i", "key", "x.age"]).run();
        assert_eq!(
            (said.code, &*said.stdout),
            (Some(5), &b""[..]),
            "{}",
            said.stderr
        );
        env.write("x.age", &bytes[..bytes.len() - 70_000]);
        let said = env.bulla(["list", "-i", "key", "x.age"]).run();
        assert_eq!(said.code, Some(5), "{}", said.stderr);
        // From a stream, what was listed before is authentic, and the failure follows.
        let said = env.bulla(["list", "-i", "key", "-"]).stdin(changed).run();
        assert_eq!(said.code, Some(5), "{}", said.stderr);
    }
}

#[test]
fn cat_writes_a_part_of_the_contents_from_a_file_and_from_a_stream() {
    let env = TestEnv::new().with_key();
    let plain: Vec<u8> = (0..300_000u32).map(|n| ((n * 7) >> 3) as u8).collect();
    env.write("x.age", env.closed(&*plain));
    let armored = env.bulla(["encrypt", "-q", "-a", "-r", RECIPIENT]);
    env.write("armored", armored.stdin(&*plain).run().stdout);
    let sizes: [(&[&str], std::ops::Range<usize>); 7] = [
        (&[], 0..300_000),
        (&["--offset", "5"], 5..300_000),
        (&["--length", "0"], 0..0),
        (&["--offset", "64K", "--length", "1"], 65_536..65_537),
        (&["--offset", "65530", "--length", "65550"], 65_530..131_080),
        (&["--offset", "299999", "--length", "1"], 299_999..300_000),
        (&["--offset", "300000"], 300_000..300_000),
    ];
    for (args, range) in sizes {
        let expected = &plain[range];
        let line = [&["cat", "-q", "-i", "key"], args].concat();
        for file in ["x.age", "armored"] {
            let said = env.bulla([&line[..], &[file]].concat()).run();
            assert!(
                said.code == Some(0) && said.stdout == expected,
                "{args:?}: {}",
                said.stderr
            );
        }
        let said = env
            .bulla([&line[..], &["-"]].concat())
            .stdin(env.read("x.age"))
            .run();
        assert!(
            said.code == Some(0) && said.stdout == expected,
            "{args:?}: {}",
            said.stderr
        );
    }
    for args in [["--offset", "300001"], ["--length", "300001"]] {
        let line = [&["cat", "-i", "key"], &args[..]].concat();
        let text = "bulla: error: x.age: the contents have only 300000 bytes\n";
        env.bulla([&line[..], &["x.age"]].concat())
            .run()
            .assert(2, "", text);
        let said = env
            .bulla([&line[..], &["-"]].concat())
            .stdin(env.read("x.age"))
            .run();
        assert_eq!((said.code, said.stdout.len()), (Some(2), 0));
    }
    let said = env.bulla(["cat", "--json", "-i", "key", "x.age"]).run();
    assert_eq!((said.code, said.json().len()), (Some(2), 1));
}

#[test]
fn cat_of_a_file_on_disk_needs_only_the_chunks_of_the_part_and_the_last_one() {
    let env = TestEnv::new().with_key();
    let plain = vec![7; 500_000];
    let mut bytes = env.closed(&*plain);
    let len = bytes.len();
    // Everything between the second chunk and the last one is gone.
    bytes[len - 300_000..len - 100_000].fill(0);
    env.write("x.age", &bytes);
    let part = [
        "cat", "-q", "-i", "key", "--offset", "70000", "--length", "50000", "x.age",
    ];
    let said = env.bulla(part).run();
    assert!(
        said.code == Some(0) && said.stdout == plain[70_000..120_000],
        "{}",
        said.stderr
    );
    let whole = env.bulla(["cat", "-q", "-i", "key", "x.age"]).run();
    assert_eq!((whole.code, whole.stdout.len()), (Some(5), 0));
    let cut = &env.closed(&*plain)[..len - 20];
    env.write("x.age", cut);
    assert_eq!(env.bulla(part).run().code, Some(5));
}

#[test]
fn contents_that_are_not_an_archive_are_called_that() {
    let env = TestEnv::new().with_key();
    for contents in ["", "short", &"a text that is not an archive\n".repeat(9000)] {
        env.write("plan.txt", contents);
        let encrypt = ["encrypt", "-qfr", RECIPIENT, "plan.txt"];
        env.bulla(encrypt).run().assert_quiet();
        let error = "bulla: error: plan.txt.age is not an archive\nbulla: hint: Decrypt it: bulla \
                     decrypt plan.txt.age\n";
        let list = ["list", "-i", "key", "plan.txt.age"];
        let extract = ["extract", "-i", "key", "-o", "new", "plan.txt.age", "x"];
        for args in [&list[..], &extract] {
            let said = env.bulla(args).run();
            said.assert(2, "", error);
        }
    }
}
