//! `age-keygen`, `age-inspect`, `rage` and `rage-keygen`.

use crate::env::TestEnv;
use crate::someone::{IDENTITY, RECIPIENT};

#[test]
fn a_new_key_is_printed_with_its_date_and_its_recipient() {
    let env = TestEnv::new().like_others();
    for (line, recipient, secret) in [
        ("age-keygen", "age1", "AGE-SECRET-KEY-1"),
        ("age-keygen -pq", "age1pq1", "AGE-SECRET-KEY-PQ-1"),
        ("rage-keygen", "age1", "AGE-SECRET-KEY-1"),
    ] {
        let said = env.line(line).run();
        let text = String::from_utf8(said.stdout).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!((said.code, lines.len()), (Some(0), 3), "{text}");
        assert!(
            lines[0].starts_with("# created: 20") && lines[0].ends_with('Z'),
            "{text}"
        );
        let public = lines[1].strip_prefix("# public key: ").unwrap();
        assert!(
            public.starts_with(recipient) && lines[2].starts_with(secret),
            "{text}"
        );
        assert_eq!(said.stderr, format!("Public key: {public}\n"));
        env.write("key.txt", &text);
        let keygen = line.split(' ').next().unwrap();
        let said = env.line(&format!("{keygen} -y key.txt")).run();
        said.assert(0, format!("{public}\n"), "");
        let said = env.line(&format!("{keygen} -y")).stdin(text.as_str()).run();
        said.assert(0, format!("{public}\n"), "");
    }
}

#[test]
fn a_secret_key_in_the_wrong_place_is_not_repeated() {
    let env = TestEnv::new().like_others();
    env.write("x", "x");
    let file = format!("# a key\n{IDENTITY}\n");
    let (indented, long, inside) = (
        format!(" {IDENTITY}"),
        format!("--{IDENTITY}"),
        format!("none/{IDENTITY}"),
    );
    let lines: [&[&str]; 9] = [
        &["-r", &file, "x"],
        &["-r", &indented, "x"],
        &["-R", IDENTITY, "x"],
        &["-d", "-i", IDENTITY],
        &["-d", "-j", IDENTITY],
        &["-d", "-o", "y", IDENTITY],
        &["-p", IDENTITY, "x"],
        &["-d", "x", &long],
        &["-e", "-r", RECIPIENT, "-o", &inside],
    ];
    let keygen: [&[&str]; 2] = [&["-y", IDENTITY], &[IDENTITY, "x"]];
    for (program, args) in lines
        .iter()
        .flat_map(|args| [("age", args), ("rage", args)])
        .chain(keygen.iter().map(|args| ("age-keygen", args)))
    {
        let said = env.program(program, *args).stdin("").run();
        let text = said.stderr.to_ascii_lowercase();
        assert!(!text.contains("secret-key-1"), "{program} {args:?}: {text}");
        assert_ne!(said.code, Some(0), "{program} {args:?}: {text}");
    }
}

#[test]
fn a_key_file_is_never_replaced_and_a_file_that_all_can_read_is_warned_of() {
    let env = TestEnv::new().like_others();
    env.write("key.txt", "mine");
    env.line("age-keygen -o key.txt").run().assert(
        1,
        "",
        "age-keygen: error: failed to open output file \"key.txt\": open key.txt: file exists\n",
    );
    assert_eq!(env.read("key.txt"), b"mine");
    // Neither is anything else that exists: the key would be lost, or wait for a reader.
    let named = |name: &str| format!("\"{name}\": open {name}: file exists\n");
    std::os::unix::fs::symlink("nothing", env.path("link")).unwrap();
    for name in ["/dev/null", "/dev/stdout", "link"] {
        let said = env.line(&format!("age-keygen -o {name}")).run();
        let error = "age-keygen: error: failed to open output file ";
        said.assert(1, "", &format!("{error}{}", named(name)));
        let said = env.line(&format!("rage-keygen -o {name}")).run();
        let error = "Error: Failed to open output: refusing to overwrite existing file";
        assert_eq!(said.code, Some(1), "{name}: {said:?}");
        assert!(
            said.stderr.starts_with(&format!("{error} '{name}'.\n")),
            "{name}: {said:?}"
        );
    }
    assert_eq!(env.list(), ["key.txt", "link"]);
    let said = env
        .program("/bin/sh", ["-c", "umask 022; age-keygen >open.txt"])
        .run();
    let first = said.stderr.lines().next();
    let warning = "age-keygen: warning: writing secret key to a world-readable file";
    assert_eq!(first, Some(warning));
    let said = env.line("age-keygen").redirect(">/dev/full").run();
    assert_eq!(said.code, Some(1));
    let error = "age-keygen: error: failed to write output: no space left on device\n";
    assert!(said.stderr.ends_with(error), "{said:?}");
}

#[test]
fn keygen_refuses_what_it_cannot_convert() {
    let env = TestEnv::new().like_others();
    env.write("none", "# nothing\n");
    env.write("words", "attack at dawn\n");
    env.write("key.age", env.locked(IDENTITY, "red clay", &["--plain"]));
    for (args, error) in [
        ("one", "too many arguments"),
        ("-y one two", "too many arguments"),
        ("-y -pq", "-pq cannot be used with -y"),
        (
            "-y missing",
            "failed to open input file \"missing\": open missing: no such file or directory",
        ),
        ("-y none", "no identities found in the input"),
        (
            "-y words",
            "failed to parse input: error at line 1: unknown identity type",
        ),
        (
            "-y key.age",
            "failed to parse input: the identities are encrypted",
        ),
    ] {
        let said = env.line(&format!("age-keygen {args}")).run();
        said.assert(1, "", &format!("age-keygen: error: {error}\n"));
    }
}

#[test]
fn inspect_tells_what_age_inspect_tells() {
    let env = TestEnv::new().like_others();
    env.write("plan", vec![b'x'; 70_000]);
    env.line(&format!("age -r {RECIPIENT} -o x.age plan"))
        .run()
        .assert(0, "", "");
    let size = env.read("x.age").len() as u64;
    let json = |line: &str, stdin: Vec<u8>| -> serde_json::Value {
        let said = env.line(line).stdin(stdin).run();
        serde_json::from_slice(&said.assert_quiet().stdout).unwrap()
    };
    let seen = json("age-inspect --json x.age", Vec::new());
    let header = seen["sizes"]["header"].as_u64().unwrap();
    let sizes = serde_json::json!({
        "header": header, "armor": 0, "overhead": 48, "min_payload": 70_000,
        "max_payload": 70_000, "min_padding": 0, "max_padding": 0,
    });
    assert_eq!(header + 48 + 70_000, size);
    let whole = serde_json::json!({
        "version": "age-encryption.org/v1", "postquantum": "no", "armor": false,
        "stanza_types": ["X25519"], "sizes": sizes,
    });
    assert_eq!(seen, whole);
    assert_eq!(json("age-inspect -json -", env.read("x.age")), whole);
    env.line(&format!("age -r {RECIPIENT} -a -o y.age plan"))
        .run()
        .assert(0, "", "");
    let armored = json("age-inspect --json y.age", Vec::new());
    let total: u64 = ["header", "armor", "overhead", "min_payload"]
        .iter()
        .map(|part| armored["sizes"][part].as_u64().unwrap())
        .sum();
    assert_eq!(total, env.read("y.age").len() as u64);
    let said = env.line("age-inspect x.age").run();
    let text = String::from_utf8(said.assert_quiet().stdout.clone()).unwrap();
    for line in [
        "x.age is an age file, version \"age-encryption.org/v1\".",
        "This file is encrypted to the following recipient types:",
        "  - \"X25519\"",
        "This file does NOT use post-quantum encryption.",
        "    Payload                    70000 bytes",
    ] {
        assert!(text.lines().any(|one| one == line), "{line}:\n{text}");
    }
    env.write("empty", "");
    env.line("age-inspect empty").run().assert(
        1,
        "",
        "age-inspect: error: inspection failed: failed to read header: parsing age header: file is \
         empty\n",
    );
}

#[test]
fn inspect_knows_that_our_own_stanza_is_nobody_s_key() {
    let env = TestEnv::new().like_others();
    env.line("age-keygen -pq -o key.txt").run();
    env.write("plan", "attack at dawn");
    env.bulla(["encrypt", "-q", "-i", "key.txt", "plan"])
        .run()
        .assert(0, "", "");
    let said = env.line("age-inspect --json plan.age").run();
    let seen: serde_json::Value = serde_json::from_slice(&said.stdout).unwrap();
    assert_eq!(seen["postquantum"], "yes", "{seen}");
    env.line("age -d -i key.txt plan.age")
        .run()
        .assert(0, "attack at dawn", "");
}

#[test]
fn rage_takes_its_options_anywhere_and_in_clusters() {
    let env = TestEnv::new().like_others().with_key();
    env.write("plan", "attack at dawn");
    let encrypt = format!("rage plan -aer {RECIPIENT} --output x.age");
    env.line(&encrypt).run().assert(0, "", "");
    assert!(env.read("x.age").starts_with(b"-----BEGIN"));
    env.line("rage x.age -di key")
        .run()
        .assert(0, "attack at dawn", "");
    env.line("rage -d --identity=key -o out x.age")
        .run()
        .assert(0, "", "");
    assert_eq!(env.read("out"), b"attack at dawn");
    let help = env.line("rage --help").run();
    assert_eq!((help.code, help.stderr.as_str()), (Some(0), ""));
    let said = env.line("rage --nothing").run();
    assert_eq!((said.code, said.stdout.len()), (Some(2), 0));
    assert!(said.stderr.contains("--nothing"), "{said:?}");
}

#[test]
fn rage_tells_what_is_wrong_in_its_own_words() {
    let env = TestEnv::new().like_others().with_key();
    env.write("same", "x");
    env.write("people", RECIPIENT);
    env.write("words.age", env.locked("x", "red clay", &["--plain"]));
    let mut bad = env.closed_plainly("x");
    *bad.last_mut().unwrap() ^= 1;
    env.write("bad.age", &bad);
    bad.truncate(bad.len() - 3);
    env.write("short.age", bad);
    for (args, error) in [
        ("-e -d", "-e/--encrypt can't be used with -d/--decrypt."),
        (
            "-i key",
            "-i/--identity requires either -e/--encrypt or -d/--decrypt.",
        ),
        (
            "-e",
            "Missing recipients.\nDid you forget to specify -r/--recipient?",
        ),
        ("-r ann", "Invalid recipient 'ann'."),
        ("-d -i none bad.age", "Identity file not found: none"),
        ("-R none", "Recipients file not found: none"),
        (
            "-r ann -o same same",
            "Input and output are the same file 'same'.",
        ),
        (
            "-d -i key -o key bad.age",
            "Keys and output are the same file 'key'.",
        ),
        (
            "-R people -o people same",
            "Keys and output are the same file 'people'.",
        ),
        (
            "-d -i key words.age",
            "-i/--identity can't be used with passphrase-encrypted files.",
        ),
        (
            "-d bad.age",
            "Missing identities.\nDid you forget to specify -i/--identity?",
        ),
        ("-d -i key bad.age", "decryption error"),
        ("-d -i key short.age", "decryption error"),
        ("-e -j x", "-j can't be used with -e/--encrypt."),
        (
            "-p -r x",
            "-r/--recipient can't be used with -p/--passphrase.",
        ),
        (
            "-d --max-work-factor 9 words.age",
            "Excessive work parameter for passphrase.\nTo decrypt, retry with --max-work-factor 10",
        ),
    ] {
        let said = env.line(&format!("rage {args}")).run();
        let text = said.stderr.split("\n\n[ ").next().unwrap();
        assert_eq!(
            (said.code, text),
            (Some(1), format!("Error: {error}").as_str()),
            "{args}"
        );
    }
    for (args, error) in [
        (
            &["-R", "key", ""][..],
            "No such file or directory (os error 2)",
        ),
        (&["-d", ""], "No such file or directory (os error 2)"),
        (&["-r", RECIPIENT, "-o", "", "same"], "invalid filename ''."),
        (&["-d", "-i", "", "bad.age"], "Identity file not found: "),
        (&["-R", "", "same"], "Recipients file not found: "),
    ] {
        let said = env.program("rage", args).run();
        let text = said.stderr.split("\n\n[ ").next().unwrap();
        let error = format!("Error: {error}");
        assert_eq!((said.code, text), (Some(1), error.as_str()), "{args:?}");
    }
    for (args, error) in [
        (
            &["-y", ""][..],
            "input: No such file or directory (os error 2)",
        ),
        (&["-o", ""], "output: invalid filename ''."),
    ] {
        let said = env.program("rage-keygen", args).run();
        let error = format!("Error: Failed to open {error}\n");
        assert!(
            said.code == Some(1) && said.stderr.starts_with(&error),
            "{args:?}: {said:?}"
        );
    }
    let said = env.line("rage-keygen -o none/key").run();
    let error = "Error: Failed to open output: directory 'none' does not exist.\n\n";
    assert!(
        said.code == Some(1) && said.stderr.starts_with(error),
        "{said:?}"
    );
}

#[test]
fn rage_asks_in_its_own_words() {
    let env = TestEnv::new().like_others();
    env.write("plan", "attack at dawn");
    let Some(terminal) = env.line("rage -p -o x.age plan").on_terminal() else {
        return;
    };
    terminal
        .wait_for("Type passphrase (leave empty to autogenerate a secure one): ")
        .keys("\n");
    terminal.wait_for("Using an autogenerated passphrase:\r\n    ");
    let said = terminal.end();
    assert_eq!(said.code, Some(0));
    let shown = String::from_utf8(said.stdout).unwrap();
    let passphrase = shown.lines().last().unwrap().trim();
    let terminal = env.line("rage -d -o out x.age").on_terminal().unwrap();
    terminal
        .wait_for("Type passphrase: ")
        .keys(&format!("{passphrase}\n"));
    assert_eq!(terminal.end().code, Some(0));
    assert_eq!(env.read("out"), b"attack at dawn");
}
