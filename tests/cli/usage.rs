//! Bad command lines, and help.

use crate::env::TestEnv;
use crate::someone::{IDENTITY, RECIPIENT};

const COMMANDS: [&[&str]; 37] = [
    &[],
    &["encrypt"],
    &["decrypt"],
    &["inspect"],
    &["verify"],
    &["who"],
    &["identity"],
    &["identity", "new"],
    &["identity", "show"],
    &["identity", "list"],
    &["identity", "default"],
    &["identity", "rename"],
    &["identity", "export"],
    &["identity", "import"],
    &["identity", "passphrase"],
    &["identity", "remove"],
    &["identity", "backup"],
    &["identity", "restore"],
    &["contact"],
    &["contact", "add"],
    &["contact", "list"],
    &["contact", "show"],
    &["contact", "verify"],
    &["contact", "resolve"],
    &["contact", "rename"],
    &["contact", "remove"],
    &["contact", "export"],
    &["group"],
    &["group", "create"],
    &["group", "add"],
    &["group", "drop"],
    &["group", "list"],
    &["group", "show"],
    &["group", "rename"],
    &["group", "remove"],
    &["bench"],
    &["completions"],
];

#[test]
fn every_command_has_help() {
    let env = TestEnv::new();
    for command in COMMANDS {
        for flag in ["--help", "-h"] {
            let said = env.bulla(command.iter().chain(&[flag])).run();
            let text = String::from_utf8(said.assert_quiet().stdout.clone()).unwrap();
            assert!(text.contains("Usage: bulla"), "{command:?}: {text}");
            assert!(
                text.lines().all(|line| line.chars().count() <= 100),
                "{command:?}: {text}"
            );
        }
    }
    let version = format!("bulla {}\n", env!("CARGO_PKG_VERSION"));
    env.bulla(["--version"]).run().assert(0, version, "");
    assert_eq!(env.list(), [""; 0]);
}

#[test]
fn usage_errors_differ_from_failures() {
    let env = TestEnv::new().with_key();
    env.write("plain", "plain");
    let before = env.list();
    for command in COMMANDS {
        let said = env.bulla(command.iter().chain(&["--no-such-flag"])).run();
        assert_eq!(
            (said.code, &*said.stdout),
            (Some(2), &b""[..]),
            "{command:?}: {}",
            said.stderr
        );
    }
    for args in [
        &[][..],
        &["no-such-command"],
        &["identity"],
        &["identity", "new"],
        &["identity", "new", "me", "-o", "x"],
        &["identity", "new", "--force", "--no-passphrase"],
        &["identity", "show"],
        &["identity", "show", "me", "-i", "key"],
        &["identity", "rename", "me"],
        &["identity", "import", "me"],
        &["identity", "remove"],
        &["identity", "restore"],
        &["identity", "restore", "me", "--epochs", "0"],
        &["identity", "backup", "--force"],
        &["inspect"],
        &["verify"],
        &["bench", "file"],
        &["bench", "--threads", "many"],
        &["bench", "--threads", "257"],
        &["bench", "--jobs", "2"],
        &["completions", "no-such-shell"],
        &["contact", "add", "alice"],
        &["contact", "show"],
        &["contact", "resolve", "alice", "--keep", "--unverified"],
        &[
            "contact",
            "resolve",
            "alice",
            "--check",
            "x",
            "--unverified",
        ],
        &["group", "add", "friends"],
        &["group", "drop", "friends"],
        &["encrypt", "-p", "-r", RECIPIENT, "plain"],
        &["encrypt", "-p", "-i", "key", "plain"],
        &["encrypt", "-p", "--work-factor", "9", "plain"],
        &["encrypt", "-p", "--work-factor", "21", "plain"],
        &["encrypt", "-r", RECIPIENT, "--threads", "many", "plain"],
        &["encrypt", "-r", RECIPIENT, "-", "-"],
        &["encrypt", "-r", RECIPIENT, "-o", "."],
        &["encrypt", "-r", RECIPIENT, "plain", "key", "-o", "-"],
        &["encrypt", "-r", "", "plain"],
        &["encrypt", "-R", "-"],
        &[
            "encrypt",
            "-p",
            "--passphrase-fd",
            "3",
            "--passphrase-file",
            "x",
            "plain",
        ],
        &["decrypt", "--max-work-factor", "31", "plain.age"],
        &["decrypt", "-i", "plain", "key", "-o", "x"],
        &[
            "identity",
            "new",
            "--no-passphrase",
            "--passphrase-file",
            "plain",
            "-o",
            "x",
        ],
    ] {
        let said = env.bulla(args).run();
        assert_eq!(
            (said.code, &*said.stdout),
            (Some(2), &b""[..]),
            "{args:?}: {}",
            said.stderr
        );
        assert!(!said.stderr.is_empty(), "{args:?}");
    }
    assert_eq!(env.list(), before);
}

#[test]
fn typical_mistakes_get_a_hint() {
    let env = TestEnv::new().with_key();
    env.write("plain", "plain");
    env.write("plain.age", env.closed("plain"));
    let mistakes: [(&[&str], i32, &str); 7] = [
        (
            &["encrypt", "key"],
            2,
            "bulla: error: No recipients given\n\
             bulla: hint: For someone: bulla encrypt --to NAME key\n\
             bulla: hint: With a passphrase: bulla encrypt -p key\n\
             bulla: hint: For yourself, create an identity first: bulla identity new\n",
        ),
        (
            &["encrypt", "-r", RECIPIENT, "plain"],
            7,
            "bulla: error: plain.age already exists\n\
             bulla: hint: Overwrite it with --force, or choose another name with -o PATH\n",
        ),
        (
            &["encrypt", "-r", "age1qqqqqqqq", "key"],
            2,
            "bulla: error: Recipient 1 (-r) is damaged or incomplete: the checksum is \
             wrong\n",
        ),
        (
            &["decrypt", "plain.age", "-o", "new"],
            3,
            "bulla: error: You have no key to open plain.age with\n\
             bulla: hint: It was encrypted to 1 classic key\n\
             bulla: hint: If your key is in a file: -i PATH\n\
             bulla: hint: If you have none yet, create an identity, send its card to the sender, and \
             ask for the file again: bulla identity new\n",
        ),
        (
            &["decrypt", "-i", "key", "plain"],
            4,
            "bulla: error: plain is not an age file\n",
        ),
        (
            &["decrypt", "-i", "key", "plain", "-o", "new"],
            4,
            "bulla: error: plain is not an age file\n",
        ),
        (
            &["decrypt", "-i", "kye", "plain.age"],
            6,
            "bulla: error: kye does not exist\n",
        ),
    ];
    for (args, code, text) in mistakes {
        env.bulla(args).run().assert(code, "", text);
    }
    assert_eq!(env.list(), ["key", "plain", "plain.age"]);
}

#[test]
fn help_for_a_command_can_be_asked_for_by_name() {
    let env = TestEnv::new();
    for command in COMMANDS {
        let asked = env.bulla([&["help"][..], command].concat()).run();
        let text = String::from_utf8(asked.assert_quiet().stdout.clone()).unwrap();
        assert!(text.contains("Examples:\n  bulla "), "{command:?}: {text}");
        let option = env.bulla(command.iter().chain(&["--help"])).run();
        assert_eq!(option.stdout, asked.stdout, "{command:?}");
    }
}

#[test]
fn bare_bulla_fits_a_small_terminal() {
    let said = TestEnv::new().bulla([""; 0]).run();
    assert_eq!(said.code, Some(2));
    assert!(said.stderr.lines().count() < 24, "{}", said.stderr);
    assert!(said.stderr.lines().all(|line| line.chars().count() <= 80));
}

#[test]
fn people_who_know_other_tools_are_told_what_to_type() {
    let env = TestEnv::new();
    let mistakes: [(&[&str], &str); 21] = [
        (&["-e", "x"], "Use: bulla encrypt --to NAME x"),
        (&["--encrypt"], "Use: bulla encrypt --to NAME FILE"),
        (&["-r", "x"], "Use: bulla encrypt --to x FILE"),
        (&["-d"], "Use: bulla decrypt FILE.age"),
        (&["--decrypt"], "Use: bulla decrypt FILE.age"),
        (&["open"], "Use: bulla decrypt FILE.age"),
        (&["-p"], "Use: bulla encrypt -p FILE"),
        (&["-c"], "Use: bulla encrypt -p FILE"),
        (&["keygen"], "Use: bulla identity new"),
        (&["--gen-key"], "Use: bulla identity new"),
        (&["init"], "Use: bulla identity new"),
        (&["ls"], "Use: bulla contact list"),
        (&["import"], "Use: bulla contact add NAME FILE"),
        (&["export"], "Use: bulla card"),
        (&["rm"], "Use: bulla contact remove NAME"),
        (&["recipients"], "Use: bulla who FILE.age"),
        (&["decode"], "Use: bulla read"),
        (&["version"], "Use: bulla --version"),
        (&["contact", "import"], "Use: bulla contact add NAME FILE"),
        (&["identity", "rm"], "Use: bulla identity remove"),
        (&["encypt"], "Did you mean: bulla encrypt?"),
    ];
    for (args, hint) in mistakes {
        let said = env.bulla(args).run();
        assert_eq!(said.code, Some(2), "{args:?}");
        let lines: Vec<_> = said.stderr.lines().collect();
        assert!(
            lines[0].starts_with("bulla: error: There is no "),
            "{lines:?}"
        );
        assert_eq!(lines[1..], [format!("bulla: hint: {hint}")], "{args:?}");
    }
}

#[test]
fn an_argument_with_a_line_end_stays_on_its_line() {
    for argument in ["x\nbulla: error: y", "--x\nbulla: error: y"] {
        let said = TestEnv::new().bulla(["lock", "me", argument]).run();
        let lines: Vec<_> = said.stderr.lines().collect();
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert_eq!(lines[1], "bulla: hint: For help: bulla help lock");
    }
}

#[test]
fn a_slip_on_the_command_line_is_named_with_what_to_type() {
    let env = TestEnv::new();
    env.write("f", "plain");
    let commented = format!("{RECIPIENT} # bob");
    let slips: [(&[&str], &str); 10] = [
        (
            &["-d", "-i", "key.txt", "f.age"],
            "Use: bulla decrypt -i key.txt f.age\n",
        ),
        (&["-ear", "bob", "f"], "Use: bulla encrypt -a --to bob f\n"),
        (
            &["encrypt", "-r", RECIPIENT, "-", "f", "-o", "new"],
            "Standard input has no name for an output",
        ),
        (
            &[
                "encrypt",
                "-r",
                "ssh-ed25519",
                "AAAA",
                "x",
                "-o",
                "new.age",
                "f",
            ],
            "ssh-ed25519 is only the first word of an SSH key\n",
        ),
        (
            &["encrypt", "--password", "x", "f"],
            "Did you mean --passphrase?",
        ),
        (&["bench", "--seconds"], "For help: bulla help bench\n"),
        (
            &["encrypt", "-r", &commented, "f"],
            "Recipient 1 (-r) has text after the key;",
        ),
        (&["encrypt", "-r", "alice", "f"], "bulla contact list\n"),
        (&["encrypt", ""], "An argument is empty\n"),
        (&["who", "f", "--json=true"], "--json takes no value\n"),
    ];
    for (args, said) in slips {
        let outcome = env.bulla(args).run();
        assert_eq!(outcome.code, Some(2), "{args:?}: {}", outcome.stderr);
        assert!(
            outcome.stderr.contains(said),
            "{args:?}: {}",
            outcome.stderr
        );
    }
    assert_eq!(env.list(), ["f"]);
}

#[test]
fn a_passphrase_in_the_place_of_a_file_is_not_printed_again() {
    let env = TestEnv::new();
    env.write("f", "plain");
    let said = env.bulla(["encrypt", "-p", "hunter2", "f"]).run();
    assert!(
        said.stderr.contains("Input 1 does not exist"),
        "{}",
        said.stderr
    );
    assert!(!said.stderr.contains("hunter2"), "{}", said.stderr);
}

#[test]
fn the_folder_of_the_run_is_archived_beside_itself() {
    let env = TestEnv::new();
    let said = env.bulla(["encrypt", "-r", RECIPIENT, "."]).run();
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    assert!(said.stderr.starts_with("Encrypted ../"), "{}", said.stderr);
    assert_eq!(env.list(), [""; 0]);
}

#[test]
fn me_is_the_default_identity_whatever_its_name() {
    let env = TestEnv::new().with_identity("alice", None);
    env.write("f", "plain");
    let said = env.bulla(["encrypt", "--to", "me", "f"]).run();
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    assert!(said.stderr.contains("for you"), "{}", said.stderr);
}

#[test]
fn a_negative_number_is_called_too_small() {
    let env = TestEnv::new().with_key();
    for (args, error) in [
        (
            &["encrypt", "--expect-recipients", "-1", "key"][..],
            "--expect-recipients <N> cannot be \"-1\": the number is too small",
        ),
        (
            &["encrypt", "--expect-recipients=-1", "key"],
            "--expect-recipients <N> cannot be \"-1\": the number is too small",
        ),
        (
            &["encrypt", "--threads", "-2", "key"],
            "--threads <N> cannot be \"-2\": the number is too small",
        ),
        (
            &["encrypt", "--min-size", "-1", "key"],
            "--min-size <SIZE> cannot be \"-1\": use a number of bytes, or a number with K, M, G or T, such as 10M",
        ),
        (
            &["decrypt", "--passphrase-fd", "-1", "key"],
            "--passphrase-fd <N> cannot be \"-1\": it must be from 0 to 4294967295",
        ),
        (
            &["encrypt", "--expect-recipients", "x", "key"],
            "--expect-recipients <N> cannot be \"x\": not a number",
        ),
        (&["encrypt", "-1", "key"], "There is no option \"-1\""),
        (
            &["encrypt", "key", "--"],
            "An argument is missing: COMMAND after --",
        ),
        (
            &["encrypt", "-q", "--", ""],
            "An argument is missing: COMMAND after --",
        ),
        (
            &["decrypt", "key", "--"],
            "An argument is missing: COMMAND after --",
        ),
        (
            &["drill", "key", "--"],
            "An argument is missing: COMMAND after --",
        ),
    ] {
        let said = env.bulla(args).run();
        assert_eq!(said.code, Some(2), "{args:?}");
        let first = said.stderr.lines().next().unwrap_or_default();
        assert_eq!(first, format!("bulla: error: {error}"), "{args:?}");
    }
}

#[test]
fn an_option_before_its_command_is_moved_behind_it() {
    let env = TestEnv::new();
    for (line, option, hint) in [
        ("--to bob encrypt f", "--to", "encrypt --to bob f"),
        ("-o x encrypt --to bob f", "-o", "encrypt -o x --to bob f"),
        (
            "--sign encrypt --to bob f",
            "--sign",
            "encrypt --sign --to bob f",
        ),
        ("-p encrypt -", "-p", "encrypt -p -"),
    ] {
        let said = env.bulla(line.split(' ')).run();
        let expected = format!(
            "bulla: error: There is no option \"{option}\"\nbulla: hint: Use: bulla {hint}\n"
        );
        said.assert(2, "", &expected);
    }
}

/// Wherever it is typed, it is refused, never shown, and called what it is.
#[test]
fn a_secret_key_typed_as_an_argument_is_masked_and_refused_in_every_place() {
    let env = TestEnv::new().with_identity("me", None);
    env.write("plain", "plain");
    env.write("other", "plain");
    env.does(&["contact", "add", "bob", crate::people::ONE]);
    env.does(&["encrypt", "-q", "--to", "bob", "plain"]);
    let lower = IDENTITY.to_ascii_lowercase();
    let as_option = format!("--to={IDENTITY}");
    let places: &[&[&str]] = &[
        &[IDENTITY],
        &["encrypt", IDENTITY],
        &["encrypt", "-p", IDENTITY],
        &["encrypt", "-r", IDENTITY, "other"],
        &["encrypt", "-r", &lower, "other"],
        &["encrypt", "--to", IDENTITY, "other"],
        &["encrypt", &as_option, "other"],
        &["encrypt", "-R", IDENTITY, "other"],
        &["encrypt", "-i", IDENTITY, "other"],
        &["encrypt", "--as", IDENTITY, "--to", "bob", "other"],
        &["decrypt", "-i", IDENTITY, "plain.age"],
        &["decrypt", "plain.age", IDENTITY],
        &["decrypt", "--from", IDENTITY, "plain.age"],
        &["decrypt", "--passphrase-file", IDENTITY, "plain.age"],
        &["decrypt", "--passphrase-fd", IDENTITY, "plain.age"],
        &["verify", IDENTITY],
        &["who", IDENTITY],
        &["inspect", IDENTITY],
        &["read", IDENTITY],
        &["write", IDENTITY],
        &["write", "--to", IDENTITY],
        &["share", "--to", IDENTITY, "plain.age"],
        &["unshare", "--drop", IDENTITY, "plain.age"],
        &["reseal", "--to", IDENTITY, "plain.age"],
        &["identity", IDENTITY],
        &["identity", "new", IDENTITY],
        &["identity", "show", IDENTITY],
        &["identity", "show", "-i", IDENTITY],
        &["identity", "import", "new", IDENTITY],
        &["identity", "rename", "me", IDENTITY],
        &["contact", "add", "ann", IDENTITY],
        &["contact", "add", IDENTITY],
        &["contact", "show", IDENTITY],
        &["contact", "verify", "bob", "--check", IDENTITY],
        &["group", "create", IDENTITY],
        &["group", "create", "all", IDENTITY],
        &["config", IDENTITY],
        &["config", "default_identity", IDENTITY],
        &["card", "--as", IDENTITY],
        &["unlock", IDENTITY],
        &["bench", IDENTITY],
        &["completions", IDENTITY],
    ];
    let before = env.list();
    let hidden = &IDENTITY[15..];
    for place in places {
        for json in [&[][..], &["--json"]] {
            let said = env.bulla([json, place].concat()).run();
            let told = format!("{}{}", said.stderr, String::from_utf8_lossy(&said.stdout));
            assert!(
                said.code.is_some_and(|code| code != 0 && code < 11),
                "{place:?}: {told}"
            );
            assert!(
                !told.to_ascii_uppercase().contains(hidden),
                "{place:?}: {told}"
            );
        }
    }
    assert_eq!(env.list(), before);
    let in_keyring = std::process::Command::new("grep")
        .args(["-rliF", hidden])
        .arg(env.path("../bulla/contacts"))
        .arg(env.path("../home"))
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&in_keyring.stdout), "");
    for place in [&places[3], &places[7], &places[10], &places[35]] {
        let said = env.bulla(*place).run();
        assert!(
            said.stderr.contains("in your shell's history"),
            "{place:?}: {}",
            said.stderr
        );
    }
}

#[test]
fn signing_without_an_identity_says_so_before_anything_else() {
    let env = TestEnv::new();
    env.write("plain", "plain");
    for line in [
        &["encrypt", "--sign", "-r", RECIPIENT, "plain"][..],
        &[
            "encrypt",
            "--sign",
            "--hide-recipients",
            "-r",
            RECIPIENT,
            "plain",
        ],
        &["write", "-r", RECIPIENT],
    ] {
        env.bulla(line).stdin("text").run().assert(
            2,
            "",
            "bulla: error: You have no identity to sign with\n\
             bulla: hint: Create one: bulla identity new; or send it unsigned: --no-sign\n",
        );
        assert_eq!(env.list(), ["plain"], "{line:?}");
    }
}

#[test]
fn options_without_a_command_are_told_so() {
    let env = TestEnv::new();
    for (line, help) in [
        (&["-q"][..], "bulla help"),
        (&["identity", "-q"], "bulla help identity"),
        (&["contact", "--no-progress"], "bulla help contact"),
    ] {
        env.bulla(line).run().assert(
            2,
            "",
            &format!("bulla: error: A command is missing\nbulla: hint: See all commands: {help}\n"),
        );
    }
}
