//! Other people's cards, good and hostile: what is taken, what is kept apart, what is refused, and what is said of it.

use bulla::keys::fingerprint::safety_number;
use bulla::keys::signing::{self, SigningKey};
use bulla::keys::{hybrid, x25519};
use bulla::protocol::Sign;

use crate::env::TestEnv;
use crate::people::{ONE, TWO};
use crate::someone::RECIPIENT;

/// A card to be signed; keys by number.
#[derive(Clone)]
struct Card {
    by: u8,
    serial: u64,
    name: &'static str,
    /// The recipient line, and what follows it before the signature.
    to: String,
    expires: &'static str,
    /// The keys before, oldest first, and who signs for each step instead of the older key.
    chain: Vec<u8>,
    forged_by: Option<u8>,
    /// More lines of the head.
    more: String,
}

fn secret(of: u8) -> SigningKey {
    SigningKey::from_bytes(&[of; 32])
}

fn number(of: u8) -> String {
    safety_number(&secret(of).key())
}

fn recipient(of: u8) -> String {
    x25519::Identity::from_bytes(&[of; 32].into()).to_recipient().to_string()
}

fn alice(by: u8, serial: u64, to: u8) -> Card {
    Card {
        by,
        serial,
        name: "Alice Example",
        to: recipient(to),
        expires: "2999-01-01",
        chain: Vec::new(),
        forged_by: None,
        more: String::new(),
    }
}

impl Card {
    fn after(self, chain: &[u8]) -> Self {
        Self { chain: chain.to_vec(), ..self }
    }

    fn text(&self) -> String {
        let mut text = format!(
            "# bulla card v1\n# name: {}\n# sign: ed25519 {}\n# serial: {}\n# created: 2026-11-23\n# expires: {}\n{}",
            self.name,
            signing::text(&secret(self.by).key()),
            self.serial,
            self.expires,
            self.more,
        );
        let keys: Vec<u8> = self.chain.iter().chain([&self.by]).copied().collect();
        for pair in keys.windows(2) {
            let (old, new) = (secret(pair[0]).key(), secret(pair[1]).key());
            let said = [b"bulla/succession/v1\0", old.as_slice(), &new].concat();
            let signed = secret(self.forged_by.unwrap_or(pair[0])).sign(&said);
            let [old, new, signed] = [&old[..], &new, &signed].map(signing::text);
            text += &format!("# succeeds: {old} {new} {signed}\n");
        }
        text += &format!("{}\n", self.to);
        sealed(text, "card", self.by)
    }
}

/// A text with its signature below it.
fn sealed(text: String, what: &str, by: u8) -> String {
    let bytes = [format!("bulla/{what}/v1\0").as_bytes(), text.as_bytes()].concat();
    format!("{text}# sig: {}\n", signing::text(&secret(by).sign(&bytes)))
}

fn revocation(of: u8, reason: &str) -> String {
    let key = signing::text(&secret(of).key());
    sealed(format!("# bulla revocation v1\n# sign: ed25519 {key}\n# reason: {reason}\n"), "revocation", of)
}

/// A keyring, and a file to send.
fn env() -> TestEnv {
    let env = TestEnv::new();
    env.write("plain", "plain");
    env
}

impl TestEnv {
    /// Takes a card in under a name, with an exit code, and gives what is said.
    #[track_caller]
    fn takes(&self, code: i32, name: &str, card: &Card) -> String {
        self.write("came.card", card.text());
        let said = self.bulla(["contact", "add", name, "came.card"]).run();
        assert_eq!(said.code, Some(code), "{}", said.text());
        said.text()
    }
}

#[test]
fn look() {
    let env = env();
    println!("{}", env.takes(0, "alice", &alice(1, 10, 1)));
    println!("{}", env.does(&["contact", "show", "alice"]));
    println!("{}", env.does(&["contact", "show", "alice", "--json"]));
    println!("{}", env.does(&["contact", "verify", "alice", "--check", &number(1)]));
    println!("{}", env.does(&["contact", "show", "alice"]));
    println!("{}", env.takes(0, "alice", &alice(1, 11, 3)));
    println!("{}", env.takes(7, "alice", &alice(1, 10, 1)));
    println!("{}", env.takes(7, "alice", &alice(2, 1, 2).after(&[1])));
    println!("{}", env.fails(7, &["encrypt", "--to", "alice", "plain"]));
    println!("{}", env.fails(7, &["contact", "resolve", "alice", "--check", &number(1)]));
    println!("{}", env.fails(7, &["contact", "resolve", "alice", "--check", "1"]));
    println!("{}", env.does(&["contact", "show", "alice"]));
    println!("{}", env.does(&["contact", "list"]));
    println!("{}", env.does(&["contact", "resolve", "alice", "--check", &number(2)]));
    println!("{}", env.does(&["contact", "show", "alice"]));
    println!("{}", env.takes(7, "alice", &alice(2, 1, 5)));
    println!("{}", env.does(&["contact", "resolve", "alice", "--keep"]));
    println!("{}", env.takes(7, "alice", &alice(1, 12, 3)));
    println!("{}", env.takes(7, "mallory", &alice(8, 12, 2)));
    env.write("rev", revocation(2, "lost"));
    println!("{}", env.does(&["contact", "revoke", "rev"]));
    println!("{}", env.does(&["contact", "revoke", "rev"]));
    println!("{}", env.fails(7, &["encrypt", "--to", "alice", "plain"]));
    println!("{}", env.does(&["contact", "list"]));
    println!("{}", env.takes(7, "al", &alice(2, 12, 2)));
    println!("{}", env.fails(7, &["encrypt", "-R", "came.card", "plain"]));
    env.write("c", alice(7, 12, 7).text());
    println!("{}", env.does(&["encrypt", "-R", "c", "plain"]));
    println!("{}", env.does(&["contact", "remove", "alice"]));
    println!("{}", env.takes(0, "alice", &alice(7, 1, 7)));
    println!("{}", env.read_in_keyring("contacts/alice.toml"));
}
