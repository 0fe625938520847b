//! Detached headers: what they open, for whom, and what is read for it.

use std::ffi::OsStr;
use std::process::Stdio;

use super::{UNCHECKED, three};
use crate::env::TestEnv;
use crate::tools::need;

/// The file with a header for carol beside it, and the first byte number for `tail`.
fn shared() -> (TestEnv, u64) {
    let env = three();
    let before = env.read("plain.age");
    let said = env
        .bulla([
            "share",
            "plain.age",
            "--to",
            "carol",
            "--header-out",
            "carol.hdr",
        ])
        .run();
    let from: u64 = said
        .stderr
        .split("tail -c +")
        .nth(1)
        .unwrap()
        .split(' ')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    said.assert(
        0,
        "",
        &format!(
            "{UNCHECKED}Wrote carol.hdr. With it, carol can open plain.age: bulla decrypt \
                --header carol.hdr \
             plain.age\n\
             bulla: hint: Without bulla: (cat carol.hdr; tail -c +{from} plain.age) | age -d \
             -i KEY\n"
        ),
    );
    assert_eq!(env.read("plain.age"), before);
    (env, from)
}

#[test]
fn a_detached_header_opens_the_unchanged_file() {
    let (age, rage) = need!("age", "rage");
    let (env, from) = shared();
    assert!(!env.opens("carol.key", "plain.age"));
    for key in ["carol.key", "bob.key", "key"] {
        let by = [
            "decrypt",
            "-q",
            "-i",
            key,
            "--header",
            "carol.hdr",
            "plain.age",
            "-o",
            "-",
        ];
        env.bulla(by).run().assert(0, "hello\n", "");
    }
    env.does(&[
        "verify",
        "-i",
        "carol.key",
        "--header",
        "carol.hdr",
        "plain.age",
    ]);
    let header = env.read("carol.hdr");
    assert!(header.len() < 4096 && header.ends_with(b"\n"));
    let mut whole = header;
    whole.extend_from_slice(&env.read("plain.age")[from as usize - 1..]);
    for tool in [age, rage] {
        let opened = env
            .program(tool, ["-d", "-i", "carol.key"])
            .stdin(whole.clone())
            .run();
        assert_eq!(opened.stdout, b"hello\n", "{}", opened.stderr);
    }
}

#[test]
fn a_header_of_another_file_is_a_bad_header() {
    let (env, from) = shared();
    env.does(&[
        "encrypt",
        "-q",
        "--to",
        "bob",
        "--to",
        "carol",
        "-o",
        "other.age",
        "plain",
    ]);
    let other = env.read("other.age");
    let cut = other.windows(5).position(|at| at == b"\n--- ").unwrap() + 1 + 4 + 43 + 1;
    env.write("other.hdr", &other[..cut]);
    let mut more = env.read("carol.hdr");
    env.write("cut.hdr", &more[..more.len() - 2]);
    more.extend_from_slice(&env.read("plain.age")[from as usize - 1..][..16]);
    env.write("more.hdr", more);
    env.write("none.hdr", "");
    for (header, why) in [
        ("other.hdr", "This header does not belong to plain.age"),
        ("cut.hdr", "The header of cut.hdr is incomplete"),
        ("more.hdr", "more.hdr contains extra data after the header"),
        ("none.hdr", "none.hdr is empty, so it is not an age file"),
    ] {
        let said = env.fails(
            4,
            &[
                "decrypt",
                "-i",
                "carol.key",
                "--header",
                header,
                "plain.age",
                "-o",
                "out",
            ],
        );
        assert!(said.starts_with(&format!("bulla: error: {why}")), "{said}");
    }
    // The nonce of one file before the payload of another. No header can fit both.
    let mut grafted = env.read("plain.age")[..from as usize - 1 + 16].to_vec();
    grafted.extend_from_slice(&other[cut + 16..]);
    env.write("grafted.age", grafted);
    env.fails(
        5,
        &[
            "decrypt",
            "-i",
            "carol.key",
            "--header",
            "carol.hdr",
            "grafted.age",
            "-o",
            "out",
        ],
    );
    // A file whose own header is damaged, or was made with another file key.
    let mut own = env.read("plain.age");
    own[from as usize - 3] ^= 1;
    env.write("own.age", own);
    env.fails(
        4,
        &[
            "decrypt",
            "-i",
            "carol.key",
            "--header",
            "carol.hdr",
            "own.age",
            "-o",
            "out",
        ],
    );
    env.fails(
        2,
        &[
            "decrypt",
            "-i",
            "carol.key",
            "--header",
            "carol.hdr",
            "own.age",
            "plain.age",
        ],
    );
    assert!(!env.path("out").exists());
}

#[test]
fn a_detached_header_overwrites_only_with_force_and_needs_a_binary_file() {
    let (env, _) = shared();
    let args = ["share", "plain.age", "--to", "carol", "--header-out"];
    let said = env.fails(7, &[&args[..], &["carol.hdr"]].concat());
    assert!(
        said.ends_with("or choose another name with --header-out PATH\n"),
        "{said}"
    );
    env.does(&[&args[..], &["carol.hdr", "--force"]].concat());
    let closed = env.read("plain.age");
    env.fails(7, &[&args[..], &["plain.age", "--force"]].concat());
    assert_eq!(env.read("plain.age"), closed);
    env.fails(
        2,
        &[
            "share",
            "plain.age",
            "other.age",
            "--to",
            "carol",
            "--header-out",
            "x",
        ],
    );
    env.does(&[
        "encrypt", "-q", "-a", "--to", "bob", "-o", "text.age", "plain",
    ]);
    let said = env.fails(
        7,
        &["share", "text.age", "--to", "carol", "--header-out", "x"],
    );
    assert!(
        said.contains("A detached header works only with a binary file, but text.age is armored"),
        "{said}"
    );
    let piped = env.bulla([&args[..], &["-", "-q"]].concat()).run();
    env.write("piped.hdr", &piped.stdout);
    env.does(&[
        "decrypt",
        "-i",
        "carol.key",
        "--header",
        "piped.hdr",
        "plain.age",
        "-o",
        "out",
    ]);
    // A reader that the file already has gets the existing header.
    let own = env
        .bulla([
            "share",
            "-q",
            "plain.age",
            "--to",
            "bob",
            "--header-out",
            "-",
        ])
        .run();
    assert!(closed.starts_with(&own.stdout) && own.stdout.ends_with(b"\n"));
}

#[test]
fn printed_commands_quote_file_names() {
    let age = need!("age");
    let env = three();
    for (file, header) in [
        ("it's here.age", "for carol"),
        ("-x.age", "-h"),
        ("$(x);\\.age", "*"),
    ] {
        env.write(file, env.read("plain.age"));
        let said = env.does(&[
            "share",
            "--to",
            "carol",
            &format!("--header-out={header}"),
            "--",
            file,
        ]);
        let mut commands = said
            .lines()
            .filter_map(|line| line.split_once(": bulla decrypt "));
        let ours = commands.next().unwrap().1;
        let ours = format!(
            "{} decrypt -q -i carol.key -o - {ours}",
            env!("CARGO_BIN_EXE_bulla")
        );
        let plain = said.split_once("Without bulla: ").unwrap().1;
        let plain = plain.replace(
            "age -d -i KEY",
            &format!("{} -d -i carol.key", age.display()),
        );
        for command in [ours, plain] {
            let typed = env
                .program("/bin/sh", ["-c", &command])
                .env("PATH", "/usr/bin:/bin")
                .run();
            assert_eq!(typed.stdout, b"hello\n", "{command}: {}", typed.stderr);
        }
    }
    env.write("a b.age", env.read("plain.age"));
    let said = env.does(&["unshare", "a b.age", "--drop", "carol"]);
    assert_eq!(said, "None of the known keys in a b.age belongs to carol\n");
}

#[test]
fn a_header_on_standard_output_has_no_name() {
    let (env, from) = shared();
    let piped = env
        .bulla(["share", "plain.age", "--to", "carol", "--header-out", "-"])
        .run();
    piped.assert(
        0,
        piped.stdout.clone(),
        &format!(
            "With this header, carol can open plain.age: bulla decrypt --header HEADER \
             plain.age\n\
             bulla: hint: Without bulla: (cat HEADER; tail -c +{from} plain.age) | age -d -i \
             KEY\n"
        ),
    );
    let line = |header: &'static str| {
        let share = ["share", "-q", "--json", "plain.age", "--to", "bob"];
        env.bulla(share.iter().chain(&["--header-out", header]))
            .run()
    };
    let told = &line("bob.header").json()[0];
    assert_eq!(
        (&told["header"], &told["payload_offset"], &told["written"]),
        (&"bob.header".into(), &(from - 1).into(), &true.into())
    );
    assert_eq!(
        line("-").code,
        Some(2),
        "JSON has standard output to itself"
    );
}

#[test]
fn only_the_header_of_the_file_is_read() {
    let strace = need!("strace");
    let env = three();
    env.write("plain", vec![7; 3_000_000]);
    env.does(&["encrypt", "-q", "-f", "--to", "bob", "plain"]);
    let run = env.bulla([
        "share",
        "plain.age",
        "--to",
        "carol",
        "--header-out",
        "carol.hdr",
    ]);
    let log = env.path("log");
    let calls =
        "trace=read,pread64,readv,preadv,preadv2,mmap,copy_file_range,sendfile,splice,openat";
    let prefix = [
        strace.as_os_str(),
        OsStr::new("-fyqq"),
        OsStr::new("-e"),
        OsStr::new(calls),
        OsStr::new("-o"),
    ];
    let prefix: Vec<&OsStr> = prefix
        .into_iter()
        .chain([log.as_os_str(), OsStr::new("--")])
        .collect();
    let output = run
        .command_after(&prefix)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0));
    let log = std::fs::read_to_string(&log).unwrap();
    let of_it = log
        .lines()
        .filter(|line| line.contains("plain.age>") && !line.contains("openat"));
    let read: u64 = of_it
        .map(|line| line.rsplit(" = ").next().unwrap().parse::<u64>().unwrap())
        .sum();
    assert!(
        (500..=65_536 + 1024).contains(&read),
        "{read} bytes were read:\n{log}"
    );
}
