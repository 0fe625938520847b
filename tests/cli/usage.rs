//! Bad command lines, and help.

use crate::env::TestEnv;
use crate::someone::RECIPIENT;

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
fn help_is_to_be_had_everywhere() {
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
fn wrong_command_lines_are_told_from_failures() {
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
        &["encrypt", "-r", RECIPIENT, "plain", "-o", "new/"],
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
fn typical_mistakes_are_answered_with_what_to_do() {
    let env = TestEnv::new().with_key();
    env.write("plain", "plain");
    env.write("plain.age", env.closed("plain"));
    let mistakes: [(&[&str], i32, &str); 7] = [
        (
            &["encrypt", "plain"],
            2,
            "bulla: error: No recipients given\n\
             bulla: hint: Say who it is for with --to NAME, use a passphrase with -p, or \
             create your own identity: bulla identity new\n",
        ),
        (
            &["encrypt", "-r", RECIPIENT, "plain"],
            7,
            "bulla: error: plain.age already exists\n\
             bulla: hint: Overwrite it with --force, or choose another name with -o PATH\n",
        ),
        (
            &["encrypt", "-r", "age1qqqqqqqq", "plain"],
            2,
            "bulla: error: recipient 1 (-r): it is damaged or incomplete: the checksum is \
             wrong\n",
        ),
        (
            &["decrypt", "plain.age", "-o", "new"],
            3,
            "bulla: error: plain.age: no key matched\n\
             bulla: hint: It was encrypted to: 1 × X25519\n\
             bulla: hint: Choose a key with -i PATH\n",
        ),
        (
            &["decrypt", "-i", "key", "plain"],
            2,
            "bulla: error: plain: The name does not end in .age\n\
             bulla: hint: Choose an output with -o PATH\n",
        ),
        (
            &["decrypt", "-i", "key", "plain", "-o", "new"],
            4,
            "bulla: error: plain: not an age file\n",
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
        (&["-e", "x"], "Use: bulla encrypt --to NAME FILE"),
        (&["--encrypt"], "Use: bulla encrypt --to NAME FILE"),
        (&["-r", "x"], "Use: bulla encrypt --to NAME FILE"),
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
