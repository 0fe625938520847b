//! Text from others never controls the terminal: output is interpreted the way a terminal would.

use std::fs;

use base64::Engine;
use base64::prelude::BASE64_STANDARD_NO_PAD;

use crate::env::TestEnv;
use crate::someone::RECIPIENT;

/// Text that would control a terminal, reverse other text, or hide.
pub(crate) const EVIL: [&str; 8] = [
    "\u{1b}[31mred",
    "\u{1b}]0;title\u{7}",
    "\u{9b}2J",
    "\u{202e}desrever",
    "\u{2066}x\u{2069}",
    "\u{200b}\u{feff}",
    "\rover\u{8}\u{8}",
    "line\nbulla: error: forged",
];

/// The actions of a terminal other than showing text and ending lines.
#[derive(Default)]
struct Terminal {
    told: Vec<String>,
}

impl vte::Perform for Terminal {
    fn print(&mut self, c: char) {
        let hidden = matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
        if hidden || c.is_control() {
            self.told.push(format!("print {c:?}"));
        }
    }

    fn execute(&mut self, byte: u8) {
        if byte != b'\n' {
            self.told.push(format!("execute {byte:#x}"));
        }
    }

    fn csi_dispatch(&mut self, _: &vte::Params, _: &[u8], _: bool, action: char) {
        self.told.push(format!("CSI {action}"));
    }

    fn osc_dispatch(&mut self, _: &[&[u8]], _: bool) {
        self.told.push("OSC".to_owned());
    }

    fn esc_dispatch(&mut self, _: &[u8], _: bool, byte: u8) {
        self.told.push(format!("ESC {byte:#x}"));
    }
}

/// The actions that these bytes cause on a terminal.
fn told(bytes: &[u8]) -> Vec<String> {
    let mut terminal = Terminal::default();
    vte::Parser::new().advance(&mut terminal, bytes);
    terminal.told
}

/// Runs it in a pipe and on a terminal. Neither may be controlled, and no line may be forged.
#[track_caller]
pub(crate) fn harmless(env: &TestEnv, args: &[&str]) {
    let said = env.bulla(args).run();
    check(args, &said.stdout);
    check(args, said.stderr.as_bytes());
    assert!(
        !said.stdout.is_empty() || !said.stderr.is_empty(),
        "{args:?} says nothing"
    );
    let Some(terminal) = env.bulla(args).env("NO_COLOR", "1").on_terminal() else {
        return;
    };
    check(args, &terminal.end().stdout);
}

#[track_caller]
fn check(args: &[&str], bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    assert_eq!(told(bytes), [""; 0], "{args:?}: {text:?}");
    assert!(
        !text
            .lines()
            .any(|line| line.starts_with("bulla: error: forged")),
        "{args:?}: {text}"
    );
}

#[test]
fn the_reader_finds_what_it_must() {
    for evil in &EVIL[..7] {
        assert!(!told(evil.as_bytes()).is_empty(), "{evil:?}");
    }
    assert_eq!(told("plain text, Übergröße\nnext".as_bytes()), [""; 0]);
}

#[test]
fn long_in_file_names() {
    let env = TestEnv::new().with_key();
    for evil in EVIL {
        let name = format!("in {evil}");
        let (closed, missing) = (format!("{name}.age"), format!("no {evil}"));
        env.write(&name, "plain");
        let new = format!("new {evil}");
        for args in [
            &["encrypt", "-r", RECIPIENT, &name][..],
            &["encrypt", "-r", RECIPIENT, &name],
            &["encrypt", "-v", "--json", "-fr", RECIPIENT, &name],
            &["encrypt", "-r", RECIPIENT, &name, "-fo", &name],
            &["encrypt", "-r", RECIPIENT, &name, &name],
            &["encrypt", "-r", RECIPIENT, &missing, &name],
            &["encrypt", "-R", &missing, &name],
            &["encrypt", "-R", &name, &name],
            &["decrypt", &closed],
            &["decrypt", "-i", "key", "-f", &closed],
            &["decrypt", "-i", "key", "--json", "-f", &closed],
            &["decrypt", "-i", &name, &closed],
            &["decrypt", "-i", &missing, &closed],
            &["decrypt", "-i", "key", &name],
            &["decrypt", "--passphrase-file", &missing, &closed],
            &["inspect", &closed, &name],
            &["inspect", "--json", &closed],
            &["verify", "-i", "key", &closed, &name],
            &["verify", "--json", "-i", "key", &closed],
            &["identity", "new", "--no-passphrase", "-o", &new],
            &["identity", "new", "--no-passphrase", "-o", &new],
            &["identity", "show", "-i", &name],
            &["identity", "show", "-i", &missing],
        ] {
            harmless(&env, args);
        }
    }
}

#[test]
fn in_file_names_that_are_not_utf8() {
    use std::os::unix::ffi::OsStrExt;
    let env = TestEnv::new().with_key();
    for bytes in [&b"raw \x9b31m"[..], b"raw \xff\x1b[2J", b"raw \xc2"] {
        let name = std::ffi::OsStr::from_bytes(bytes);
        fs::write(env.path(name), "plain").unwrap();
        for args in [
            &["encrypt", "-r", RECIPIENT][..],
            &["inspect"],
            &["verify", "-i"],
        ] {
            let run = env.bulla(args.iter().map(std::ffi::OsStr::new).chain([name]));
            let said = run
                .command()
                .stdin(std::process::Stdio::null())
                .output()
                .unwrap();
            for bytes in [said.stdout, said.stderr] {
                check(args, &bytes);
                assert!(
                    std::str::from_utf8(&bytes).is_ok(),
                    "{args:?}: {}",
                    bytes.escape_ascii()
                );
            }
        }
    }
}

#[test]
fn long_in_arguments_recipients_and_contents_of_key_files() {
    let env = TestEnv::new().with_key();
    env.write("plain", "plain");
    for evil in EVIL {
        let recipient = format!("age1{evil}");
        let (ssh, plugin) = (
            format!("ssh-ed25519 AAAA {evil}"),
            format!("age1{evil}1qqqqqqqq"),
        );
        env.write("people", &ssh);
        env.write("people2", &recipient);
        env.write("key2", format!("AGE-PLUGIN-{evil}-1QQQQ\n"));
        env.write(
            "key3",
            format!(
                "-----BEGIN OPENSSH PRIVATE KEY-----\n{evil}\n-----END OPENSSH PRIVATE KEY-----\n"
            ),
        );
        let flag = format!("--{evil}");
        for args in [
            &["encrypt", "-r", &recipient, "plain"][..],
            &["encrypt", "-r", &ssh, "plain"],
            &["encrypt", "-r", &plugin, "plain"],
            &["encrypt", "-r", evil, "plain"],
            &["encrypt", "-R", "people", "plain"],
            &["encrypt", "-R", "people2", "plain"],
            &["identity", "show", "-i", "key2"],
            &["identity", "show", "-i", "key3"],
            &["encrypt", "--threads", evil],
            &["completions", evil],
            &[&flag],
            &[evil],
        ] {
            harmless(&env, args);
        }
    }
}

#[test]
fn long_in_headers() {
    let env = TestEnv::new().with_key();
    let text = |len| BASE64_STANDARD_NO_PAD.encode(vec![7; len]);
    for evil in EVIL.iter().chain(&["grease-<b>", "a/../b", "%s%n"]) {
        let stanza = format!("-> {evil} {evil}\n{}\n", text(32));
        for header in [
            format!("age-encryption.org/v1\n{stanza}--- {}\n", text(32)),
            format!(
                "age-encryption.org/v1\n-> X25519 {evil}\n{}\n--- {}\n",
                text(32),
                text(32)
            ),
            format!(
                "age-encryption.org/v1\n-> scrypt {evil} {evil}\n{}\n--- {}\n",
                text(32),
                text(32)
            ),
            format!("age-encryption.org/{evil}\n"),
            format!("-----BEGIN AGE ENCRYPTED FILE-----\n{evil}\n"),
            (*evil).to_owned(),
        ] {
            env.write("file.age", format!("{header}{}", "x".repeat(40)));
            for args in [
                &["inspect", "file.age"][..],
                &["inspect", "--json", "file.age"],
                &["decrypt", "-i", "key", "file.age"],
                &["verify", "-v", "-i", "key", "file.age"],
                &["identity", "show", "-i", "file.age"],
            ] {
                harmless(&env, args);
            }
        }
    }
}
