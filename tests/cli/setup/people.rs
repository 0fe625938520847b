//! People to have as contacts, and the keyring as seen from outside.

use std::path::PathBuf;

use crate::env::{Outcome, TestEnv};

/// Two more recipients besides [`RECIPIENT`](crate::someone::RECIPIENT), each with its check value.
pub(crate) const ONE: &str = "age10w840jqz8nm0cc7wglxwmgg7vpx7n6zuga2jhp3hutr9m06az3pq2qazjj";
pub(crate) const CHECK_OF_ONE: &str = "22a000b9c8b579fd2539d939e08cd3fd";
pub(crate) const TWO: &str = "age1w3fjfx86c8vtpvhtczpy8y5rj5tr295u7sc3tdqrwzjkvq3flazs9pfw02";
pub(crate) const CHECK_OF_TWO: &str = "ae7497cc95502f720d6d51ac0b3ed01c";

impl TestEnv {
    /// The path of a name in the keyring.
    pub(crate) fn keyring_path(&self, name: &str) -> PathBuf {
        self.path("../bulla").canonicalize().unwrap().join(name)
    }

    /// Writes a file of the keyring by hand.
    pub(crate) fn write_in_keyring(&self, name: &str, text: &str) {
        self.in_keyring(name, text);
    }

    /// The text of a file of the keyring; empty if there is none.
    pub(crate) fn read_in_keyring(&self, name: &str) -> String {
        std::fs::read_to_string(self.keyring_path(name)).unwrap_or_default()
    }

    /// Runs this, requires success, and returns both streams, with `[DAY]` for days.
    #[track_caller]
    pub(crate) fn does(&self, args: &[&str]) -> String {
        let said = self.bulla(args).run();
        assert_eq!(said.code, Some(0), "{args:?}: {}", said.stderr);
        said.text()
    }

    /// Runs this with the keyring and the state of another person, and requires success.
    #[track_caller]
    pub(crate) fn does_as_eve(&self, args: &[&str]) -> Outcome {
        let eve = self
            .bulla(args)
            .env("BULLA_HOME", self.path("eve"))
            .env("XDG_STATE_HOME", self.path("eve-state"));
        let said = eve.run();
        assert_eq!(said.code, Some(0), "{args:?}: {}", said.stderr);
        said
    }

    /// Runs this, requires an exit code, and returns the output, with `[DAY]` for days.
    #[track_caller]
    pub(crate) fn fails(&self, code: i32, args: &[&str]) -> String {
        let said = self.bulla(args).run();
        assert_eq!(
            (said.code, said.stdout.len()),
            (Some(code), 0),
            "{args:?}: {}",
            said.text()
        );
        said.text()
    }
}

impl Outcome {
    /// Standard output and standard error, with `[DAY]` for days.
    pub(crate) fn text(&self) -> String {
        without_days(&format!(
            "{}{}",
            String::from_utf8_lossy(&self.stdout),
            self.stderr
        ))
    }
}

/// Replaces days, so that nothing depends on the day of the test.
fn without_days(text: &str) -> String {
    let is_day = |text: &str| {
        text.is_char_boundary(10.min(text.len()))
            && text.len() >= 10
            && text
                .bytes()
                .take(10)
                .enumerate()
                .all(|(at, byte)| match at {
                    4 | 7 => byte == b'-',
                    _ => byte.is_ascii_digit(),
                })
    };
    let (mut out, mut rest) = (String::new(), text);
    while let Some(c) = rest.chars().next() {
        let taken = if is_day(rest) { 10 } else { c.len_utf8() };
        if taken == 10 {
            out.push_str("[DAY]")
        } else {
            out.push(c)
        }
        rest = &rest[taken..];
    }
    out
}

#[test]
fn days_are_taken_out() {
    assert_eq!(
        without_days("on 2026-11-23, ü 12-2026-1-1"),
        "on [DAY], ü 12-2026-1-1"
    );
}

#[test]
fn an_unknown_name_gets_a_hint() {
    let unknown = TestEnv::new()
        .bulla(["encrypt", "--to", "alice"])
        .stdin("plain")
        .run();
    unknown.assert(
        2,
        "",
        "bulla: error: There is no contact, group or identity \"alice\" in [TMP]/bulla\n\
         bulla: hint: Ask for their card, and add it: bulla contact add alice FILE\n",
    );
}

#[test]
fn a_failed_decrypt_names_the_identity() {
    let env = TestEnv::new().with_identity("me", None);
    let other = "age10w840jqz8nm0cc7wglxwmgg7vpx7n6zuga2jhp3hutr9m06az3pq2qazjj";
    let closed = env
        .bulla(["encrypt", "-q", "-r", other])
        .stdin("plain")
        .run()
        .stdout;
    env.bulla(["decrypt"]).stdin(closed).run().assert(
        3,
        "",
        "bulla: error: None of your keys opens standard input\n\
         bulla: hint: It was encrypted to 1 classic key\n\
         bulla: hint: Tried identity me (classic): no match\n\
         bulla: hint: Choose a key with -i PATH\n",
    );
}

#[test]
fn a_given_name_is_shown_instead_of_the_literal_key() {
    let env = TestEnv::new();
    env.write("plain", "plain");
    env.does(&["contact", "add", "bob", TWO]);
    let said = env.does(&["encrypt", "--to", "bob", "-r", TWO, "--no-self", "plain"]);
    assert!(said.contains("Encrypted plain.age for bob\n"), "{said}");
}

#[test]
fn nothing_is_encrypted_to_yourself_while_a_contact_has_your_identitys_name() {
    let env = TestEnv::new();
    env.write("plain", "plain");
    assert_eq!(
        env.bulla(["identity", "new", "--no-passphrase", "-q"])
            .run()
            .code,
        Some(0)
    );
    let contact =
        format!("recipients = [\"{TWO}\"]\nadded = \"2026-01-01\"\nsource = \"a merge\"\n");
    env.write_in_keyring("contacts/me.toml", &contact);
    let said = env.bulla(["encrypt", "--to", ONE, "plain"]).run();
    assert_eq!(said.code, Some(8), "{}", said.stderr);
    assert!(said.stderr.contains("share a name"), "{}", said.stderr);
    assert!(!env.path("plain.age").exists());
}
