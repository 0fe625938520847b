//! Other people's cards, good and hostile: accepted, kept apart or refused, and the message about
//! each.

use bulla_age::fingerprint::safety_number;
use bulla_age::kinds::{HybridIdentity, X25519Identity};
use bulla_age::signing;
use bulla_age::signing::{Algorithm, SecretSigningKey, Signer};

use crate::env::TestEnv;
use crate::people::{ONE, TWO};
use crate::someone::RECIPIENT;

/// A card to sign, with keys by number.
#[derive(Clone)]
struct Card {
    by: u8,
    serial: u64,
    name: &'static str,
    /// The recipient line, and what follows it before the signature.
    to: String,
    expires: &'static str,
    /// Earlier keys, oldest first, and the signer of each step if it is not the older key.
    chain: Vec<u8>,
    forged_by: Option<u8>,
    /// More lines of the head.
    more: String,
}

fn secret(of: u8) -> SecretSigningKey {
    SecretSigningKey::new(&[of; 32], &[of; 32])
}

fn number(of: u8) -> String {
    safety_number(&secret(of).key())
}

fn recipient(of: u8) -> String {
    X25519Identity::from_bytes(&[of; 32])
        .to_recipient()
        .to_string()
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
        Self {
            chain: chain.to_vec(),
            ..self
        }
    }

    fn text(&self) -> String {
        let mut text = format!(
            "# bulla card v1\n# name: {}\n# sign: {}\n# serial: {}\n# created: 2026-11-23\n# expires: {}\n{}",
            self.name,
            secret(self.by).key(),
            self.serial,
            self.expires,
            self.more,
        );
        let keys: Vec<u8> = self.chain.iter().chain([&self.by]).copied().collect();
        for pair in keys.windows(2) {
            let (old, new) = (secret(pair[0]).key(), secret(pair[1]).key());
            let said = [old.as_bytes().as_slice(), new.as_bytes()].concat();
            let by = secret(self.forged_by.unwrap_or(pair[0]));
            let signed = by.sign(Algorithm::Ed25519, "bulla/succession/v1", &said);
            let halves = [old, new].map(|key| {
                let halves = [key.ed25519(), key.ml_dsa_digest()];
                halves.map(|half| signing::text(half)).join(" ")
            });
            let signed = signing::text(&signed);
            text += &format!("# succeeds: {} {signed}\n", halves.join(" "));
        }
        text += &format!("{}\n", self.to);
        sealed(text, "card", self.by)
    }
}

/// Appends a signature to a text.
fn sealed(text: String, what: &str, by: u8) -> String {
    let label = format!("bulla/{what}/v1");
    let signature = secret(by).sign(Algorithm::Ed25519, &label, text.as_bytes());
    format!("{text}# sig: {}\n", signing::text(&signature))
}

fn revocation(of: u8, reason: &str) -> String {
    let key = secret(of).key();
    sealed(
        format!("# bulla revocation v1\n# sign: {key}\n# reason: {reason}\n"),
        "revocation",
        of,
    )
}

/// A keyring, and a file to send.
fn env() -> TestEnv {
    let env = TestEnv::new();
    env.write("plain", "plain");
    env
}

impl TestEnv {
    /// Adds a card under a name, requires an exit code, and returns the output.
    #[track_caller]
    fn takes(&self, code: i32, name: &str, card: &Card) -> String {
        self.write("came.card", card.text());
        let said = self.bulla(["contact", "add", name, "came.card"]).run();
        assert_eq!(said.code, Some(code), "{}", said.text());
        said.text()
    }
}

const CHECK_HINT: &str = "bulla: hint: Check with alice in person or by phone that these keys are right: bulla contact verify \
     alice\n";

/// The message about the keys in a card.
fn keys(count: &str, of: u8) -> String {
    format!(
        "{count} from came.card, in a card named \"Alice Example\":\n  classic: {}\n",
        recipient(of)
    )
}

/// The message that other keys came for alice, whose pinned number is this one.
fn changed(why: &str, pinned: u8) -> String {
    format!(
        "bulla: error: {why}. Decide which are right before encrypting\n\
         bulla: hint: Saved on [DAY]: safety number {}; other keys arrived on [DAY]\n\
         bulla: hint: Ask alice in person or by phone, then: bulla contact resolve alice\n",
        number(pinned)
    )
}

const APART: &str =
    "bulla: warning: These are not the keys you have saved for alice. The saved keys are kept\n";
const KEYS_CHANGED: &str = "alice has two different sets of keys";
const VOUCHED: &str = "alice has a new signing key, announced by the one you verified";

/// Requires that encrypting to alice, or to exactly her keys, is refused with these words.
#[track_caller]
fn refuses_to_send(env: &TestEnv, keys: &[String], why: &str) {
    env.bulla(["group", "create", "friends", "alice"]).run();
    for to in ["alice", "friends"] {
        assert_eq!(env.fails(7, &["encrypt", "--to", to, "plain"]), why);
    }
    for key in keys {
        assert_eq!(env.fails(7, &["encrypt", "-r", key, "plain"]), why);
        env.write("keys", format!("{key}\n"));
        assert_eq!(env.fails(7, &["encrypt", "-R", "keys", "plain"]), why);
    }
    assert_eq!(env.fails(7, &["contact", "export", "alice"]), why);
    assert!(!env.list().contains(&"plain.age".to_owned()));
}

/// The seconds since 1970, and some more.
fn from_now(seconds: u64) -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.unwrap().as_secs() + seconds
}

/// Nothing could replace a card with the highest serial number: neither a newer one of its owner,
/// nor one after a thief of the key made it.
#[test]
fn attack_a_card_from_the_future_that_nothing_could_replace() {
    let env = env();
    env.takes(0, "alice", &alice(1, 10, 1));
    let refused = "bulla: error: came.card has a serial number more than a day ahead of this computer's clock, \
                   so no later card could replace it\n\
                   bulla: hint: Check the date of this computer: date\n\
                   bulla: hint: If it is right, ask for a new card, which they make with: bulla \
                   card --renew\n";
    for serial in [u64::MAX, from_now(2 * 86_400)] {
        for name in ["alice", "bob"] {
            assert_eq!(env.takes(7, name, &alice(1, serial, 3)), refused);
        }
        assert_eq!(
            env.fails(7, &["encrypt", "-R", "came.card", "plain"]),
            refused
        );
    }
    env.takes(0, "alice", &alice(1, 11, 3));
    // Clocks differ a little, and a card made today is good today.
    env.takes(0, "alice", &alice(1, from_now(86_000), 4));
}

/// One that was accepted while the clock was wrong, or that git brought, gives way to any other.
#[test]
fn a_card_from_the_future_in_the_keyring_can_be_replaced() {
    let env = env();
    env.takes(0, "alice", &alice(1, 10, 1));
    let file = "contacts/alice.toml";
    let kept = env.read_in_keyring(file);
    let (before, after) = (alice(1, 10, 1).text(), alice(1, u64::MAX, 1).text());
    assert!(kept.contains(before.trim_end()), "{kept}");
    env.write_in_keyring(file, &kept.replace(before.trim_end(), after.trim_end()));
    env.takes(0, "alice", &alice(1, 12, 3));
    env.takes(7, "alice", &alice(1, 11, 1));
}

#[test]
fn a_card_is_taken_and_its_number_typed() {
    let env = env();
    assert_eq!(
        env.takes(0, "alice", &alice(1, 10, 1)),
        format!("Added contact alice\n{}{CHECK_HINT}", keys("1 key", 1))
    );
    let shown = |state: &str, more: &str| {
        let row = |what: &str, text: &str| {
            let width = if more.is_empty() { 14 } else { 15 };
            format!("{what:width$}{text}\n")
        };
        [
            row("name", "alice"),
            row("added", "[DAY], from came.card"),
            row("state", state),
            row("kind", "classic"),
            row("name on card", "\"Alice Example\""),
            row("card", "serial 10, made on [DAY], expires on [DAY]"),
            more.to_owned(),
            row("key", &recipient(1)),
        ]
        .concat()
    };
    assert_eq!(
        env.does(&["contact", "show", "alice"]),
        shown("not verified", "")
            + "bulla: hint: Verify alice's keys: bulla contact verify alice\n"
    );
    for args in [
        &["contact", "show", "alice", "--json"][..],
        &["contact", "list", "--json"],
    ] {
        let said = env.does(args);
        assert!(
            !said.contains(&number(1)) && said.contains("\"verified\":null"),
            "{said}"
        );
    }
    assert_eq!(
        env.fails(7, &["contact", "verify", "alice", "--check", &number(2)]),
        "bulla: error: The safety number does not match alice's keys; nothing changed\n\
         bulla: hint: Ask alice in person or by phone to read all 30 digits again. If the number still does \
         not match, these are not alice's keys\n"
    );
    let missing = number(1)[1..].to_owned();
    assert_eq!(
        env.fails(7, &["contact", "verify", "alice", "--check", &missing]),
        "bulla: error: The safety number does not match alice's keys; nothing changed\n\
         bulla: hint: It has 30 digits, but you typed 29. Type all of them (spaces do not \
         matter)\n"
    );
    assert_eq!(
        env.fails(2, &["contact", "verify", "alice"]),
        "bulla: error: Safety number, as alice reads it to you: there is no terminal to ask on\n\
         bulla: hint: Pass what was read to you with --check VALUE\n"
    );
    env.does(&[
        "contact",
        "verify",
        "alice",
        "--check",
        &number(1).replace(' ', ""),
    ]);
    let row = format!("safety number  {}\n", number(1));
    assert_eq!(
        env.does(&["contact", "show", "alice"]),
        shown("verified on [DAY]", &row)
    );
    let json: serde_json::Value = serde_json::from_slice(
        &env.bulla(["contact", "show", "alice", "--json"])
            .run()
            .stdout,
    )
    .unwrap();
    assert_eq!(
        (&json["continuity"], &json["card"]["serial"]),
        (&"same".into(), &10.into())
    );
    assert_eq!(json["card"]["signing_key"], secret(1).key().to_string());
    assert_eq!(
        (&json["revoked"], &json["expired"]),
        (&serde_json::Value::Null, &false.into())
    );
    // The export is the card itself.
    assert_eq!(
        env.does(&["contact", "export", "alice"]),
        env_text(&alice(1, 10, 1))
    );
    env.does(&["contact", "export", "alice", "-o", "."]);
    assert_eq!(env.read("alice.card"), alice(1, 10, 1).text().into_bytes());
    let said = env.does(&["encrypt", "--to", "alice", "--no-self", "plain"]);
    assert!(
        said.contains("Encrypted plain.age for alice\n") && !said.contains("warning"),
        "{said}"
    );
}

/// A card without its days, to compare.
fn env_text(card: &Card) -> String {
    card.text()
        .replace("2026-11-23", "[DAY]")
        .replace("2999-01-01", "[DAY]")
}

#[test]
fn a_card_is_taken_as_it_was_pasted() {
    use base64::prelude::{BASE64_STANDARD_NO_PAD, Engine};
    let text = alice(1, 10, 1).text();
    let base64 = BASE64_STANDARD_NO_PAD.encode(&text);
    let lines: Vec<&str> = base64
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    let armored = format!(
        "-----BEGIN BULLA CARD-----\n{}\n-----END BULLA CARD-----\n",
        lines.join("\n")
    );
    let quoted: String = armored
        .lines()
        .map(|line| format!("> {line}\r\n"))
        .collect();
    for pasted in [
        text.clone(),
        text.replace('\n', "\r\n"),
        armored.clone(),
        format!("hi,\n\n{quoted}\nBob\n"),
    ] {
        let env = env();
        let said = env
            .bulla(["contact", "add", "alice", "-"])
            .stdin(pasted)
            .run()
            .text();
        assert!(
            said.contains("from standard input, in a card named \"Alice Example\":\n"),
            "{said}"
        );
        assert_eq!(
            env.does(&["contact", "export", "alice"]),
            env_text(&alice(1, 10, 1))
        );
    }
    let env = env();
    env.write("card", &text);
    let alone = "bulla: error: A card cannot be combined with other keys\n\
                 bulla: hint: Add the card by itself; it contains all the keys\n";
    assert_eq!(
        env.fails(2, &["contact", "add", "alice", ONE, "card"]),
        alone
    );
    assert_eq!(
        env.fails(2, &["contact", "add", "alice", "card", "card"]),
        alone
    );
    let twice = env
        .bulla(["contact", "add", "alice", "-"])
        .stdin(format!("{armored}{armored}"))
        .run();
    assert_eq!(twice.code, Some(0), "{}", twice.text());
    env.write("armored", &armored);
    assert_eq!(
        env.fails(2, &["encrypt", "-R", "armored", "plain"]),
        "bulla: error: armored is an armored card, which other age tools cannot read\n\
         bulla: hint: Add it as a contact first: bulla contact add NAME FILE\n"
    );
    env.write("armored", armored.replace("-----", "—"));
    assert_eq!(
        env.fails(2, &["contact", "add", "bob", "armored"]),
        "bulla: error: armored contains a damaged card: its first line is missing or was \
         changed\n"
    );
}

#[test]
fn newer_cards_of_one_key_are_taken_without_a_question() {
    let env = env();
    env.takes(0, "alice", &alice(1, 10, 1));
    env.does(&["contact", "verify", "alice", "--check", &number(1)]);
    let again = env.takes(0, "alice", &alice(1, 10, 1));
    assert_eq!(
        again,
        "Nothing changed: alice has had these keys since [DAY]\n"
    );
    let newer = |what: &str| {
        format!("alice has {what}, signed with the same key. You do not need to verify again\n")
    };
    assert_eq!(
        env.takes(0, "alice", &alice(1, 11, 1)),
        newer("a newer card with the same keys") + &keys("1 key", 1)
    );
    assert_eq!(
        env.takes(0, "alice", &alice(1, 12, 3)),
        newer("new encryption keys") + &keys("1 key", 3)
    );
    let shown = env.does(&["contact", "show", "alice"]);
    assert!(
        shown.contains("state          verified on [DAY]\n"),
        "{shown}"
    );
    assert!(
        shown.ends_with(&format!("former key     {}, until [DAY]\n", recipient(1))),
        "{shown}"
    );
    assert_eq!(
        env.does(&["contact", "add", "alice", &recipient(3)]),
        again,
        "her key without the card"
    );
    // Her earlier keys are blocked along with her signing key.
    env.does(&["encrypt", "-r", &recipient(1), "-o", "out", "plain"]);
    env.bulla(["contact", "revoke", "-"])
        .stdin(revocation(1, "lost"))
        .run();
    let why = env.fails(7, &["encrypt", "--to", "alice", "plain"]);
    assert_eq!(
        env.fails(7, &["encrypt", "-r", &recipient(1), "plain"]),
        why
    );
    assert_eq!(
        env.fails(7, &["share", "out", "-r", &recipient(1), "--dry-run"]),
        why
    );
}

/// The user sees that the card was not accepted, and why. The newer card is kept.
#[test]
fn attack_an_old_card_after_a_newer_one() {
    let env = env();
    env.takes(0, "alice", &alice(1, 11, 3));
    let before = env.read_in_keyring("contacts/alice.toml");
    let older = "bulla: error: This card is older than alice's card, made on [DAY], so it was \
                 not added\n\
                 bulla: hint: Ask for the current card\n";
    assert_eq!(env.takes(7, "alice", &alice(1, 10, 1)), older);
    assert_eq!(
        env.takes(7, "al", &alice(1, 10, 1)),
        older,
        "nor under another name"
    );
    assert_eq!(
        env.fails(7, &["encrypt", "-R", "came.card", "plain"]),
        older
    );
    assert_eq!(env.read_in_keyring("contacts/alice.toml"), before);
    env.does(&["contact", "remove", "alice"]);
    assert_eq!(
        env.takes(7, "alice", &alice(1, 10, 1)),
        older,
        "nor after a removal"
    );
}

/// The reader sees that alice's keys changed, with the number that is pinned and never the new one.
#[test]
fn attack_a_card_with_another_key_for_a_known_name() {
    let env = env();
    env.takes(0, "alice", &alice(1, 10, 1));
    let why = changed(KEYS_CHANGED, 1);
    let said = env.takes(7, "alice", &alice(9, 99, 9));
    assert_eq!(said, format!("{APART}{}{why}", keys("1 key", 9)));
    refuses_to_send(&env, &[recipient(1), recipient(9)], &why);
    assert_eq!(
        env.fails(7, &["encrypt", "-R", "came.card", "plain"]),
        why,
        "the card to the letter"
    );
    assert_eq!(
        env.fails(7, &["contact", "verify", "alice", "--check", &number(1)]),
        why
    );
    let against = format!(
        "Saved on [DAY], from came.card: 1 key, safety number {}\n\
         New keys arrived on [DAY], from came.card: 1 key, in a card named \"Alice Example\"\n",
        number(1)
    );
    let wrong = env.fails(7, &["contact", "resolve", "alice", "--check", &number(1)]);
    assert_eq!(
        wrong,
        format!(
            "{against}bulla: error: The safety number does not match the new keys; nothing \
                changed\n\
             bulla: hint: That is the number of the keys you already have. To keep them: bulla \
             contact resolve alice --keep\n"
        )
    );
    assert_eq!(
        env.does(&["contact", "resolve", "alice", "--keep"]),
        format!("{against}Kept alice's saved keys and dropped the new ones\n")
    );
    env.takes(7, "alice", &alice(9, 99, 9));
    env.does(&["contact", "resolve", "alice", "--check", &number(9)]);
    let list = "alice  classic  verified on [DAY]  since [DAY]\n";
    assert_eq!(env.does(&["contact", "list"]), list);
    // The earlier key is not forgotten.
    let former = "bulla: warning: This card was made with a key that was alice's until [DAY]; anyone who \
        has that key could have made it\n";
    let said = env.takes(7, "alice", &alice(1, 99, 1));
    assert_eq!(
        said,
        format!(
            "{former}{APART}{}{}",
            keys("1 key", 1),
            changed(KEYS_CHANGED, 9)
        )
    );
}

/// The reader sees that alice's keys changed. A card that merely contains her key does not become
/// hers, whoever signed it.
#[test]
fn attack_a_card_that_gives_a_bare_contact_a_signing_key() {
    let env = env();
    env.does(&["contact", "add", "alice", &recipient(1)]);
    let said = env.takes(7, "alice", &alice(9, 1, 1));
    assert!(said.starts_with(APART), "{said}");
    assert!(
        said.contains(
            "bulla: error: alice has two different sets of keys. Decide which are right before \
             encrypting"
        ),
        "{said}"
    );
    assert!(said.contains("Saved on [DAY]: check value "), "{said}");
    let typed = env.fails(7, &["contact", "resolve", "alice", "--check", "00"]);
    assert!(
        typed.contains("The safety number does not match alice's keys"),
        "{typed}"
    );
    assert!(!typed.contains(&number(9)), "{typed}");
    env.does(&["contact", "resolve", "alice", "--unverified"]);
    assert!(env.does(&["contact", "list"]).contains("not verified"));
}

/// The second card is refused, and the pinned one is kept until a newer one arrives.
#[test]
fn attack_two_cards_of_one_serial() {
    let env = env();
    env.takes(0, "alice", &alice(1, 10, 1));
    let file = env.read_in_keyring("contacts/alice.toml");
    let why = "bulla: error: This card has the same serial number as alice's card, but it is a different one, so it was not added\n\
               bulla: hint: Ask alice for a newer card\n";
    env.write("other", alice(1, 10, 5).text());
    assert_eq!(env.fails(7, &["encrypt", "-R", "other", "plain"]), why);
    for name in ["alice", "al"] {
        assert_eq!(env.takes(7, name, &alice(1, 10, 5)), why);
    }
    assert_eq!(env.read_in_keyring("contacts/alice.toml"), file);
    assert_eq!(env.read_in_keyring("contacts/al.toml"), "");
    let list = "alice  classic  not verified  since [DAY]\n";
    assert_eq!(env.does(&["contact", "list"]), list);
    env.does(&["encrypt", "--to", "alice", "--no-self", "plain"]);
    assert_eq!(
        env.fails(2, &["contact", "resolve", "alice"]),
        "bulla: error: alice's keys have not changed, so there is nothing to decide\n"
    );
    env.takes(0, "alice", &alice(1, 11, 5));
    let shown = env.does(&["contact", "show", "alice"]);
    assert!(
        shown.contains(&format!("\nkey           {}\n", recipient(5))),
        "{shown}"
    );
}

/// The reader sees whose key it is, and that the card was not accepted.
#[test]
fn attack_a_card_carrying_my_own_or_another_contact_s_recipient() {
    let env = env();
    let me = format!(
        "kind = \"classic\"\nrecipients = [\"{}\"]\nsigning_key = \"{}\"\ncreated = \"2026-01-01\"\nencrypted = true\n",
        recipient(5),
        secret(6).key(),
    );
    env.write_in_keyring("identities/me.toml", &me);
    let own = "bulla: error: One of these keys belongs to your own identity me\n\
               bulla: hint: Ask them for their own keys\n";
    for card in [alice(9, 1, 5), alice(6, 1, 2)] {
        assert_eq!(env.takes(7, "mallory", &card), own);
    }
    env.takes(0, "alice", &alice(1, 10, 1));
    let shared = "bulla: error: This card contains an encryption key of alice with a different \
                  signing key, so it was not added\n\
                  bulla: hint: Ask alice in person or by phone whose key it is, and look at: bulla contact \
                  show alice\n";
    assert_eq!(env.takes(7, "mallory", &alice(9, 1, 1)), shared);
    assert_eq!(
        env.fails(7, &["encrypt", "-R", "came.card", "plain"]),
        shared
    );
    env.takes(0, "alice", &alice(1, 11, 3));
    assert_eq!(
        env.takes(7, "mallory", &alice(9, 1, 1)),
        shared,
        "nor one that was alice's"
    );
    assert_eq!(env.read_in_keyring("contacts/mallory.toml"), "");
    let twice = env.takes(0, "al", &alice(1, 11, 3));
    assert!(
        twice.starts_with(
            "bulla: warning: alice has one of these keys too: bulla contact show alice\n"
        ),
        "{twice}"
    );
}

/// A key that was never verified: if the pinned key vouches for the new one, it is used, with a
/// message. A verified key: the user decides.
#[test]
fn a_new_signing_key_that_the_old_one_vouches_for() {
    let env = env();
    env.takes(0, "alice", &alice(1, 10, 1));
    assert_eq!(
        env.takes(0, "alice", &alice(2, 1, 2).after(&[1])),
        format!(
            "bulla: warning: alice has a new signing key, signed by the old one. bulla uses the new key from now on; you verified neither\n{}{CHECK_HINT}",
            keys("1 key", 2)
        )
    );
    env.does(&["contact", "verify", "alice", "--check", &number(2)]);
    let why = changed(VOUCHED, 2);
    let said = env.takes(7, "alice", &alice(4, 1, 4).after(&[1, 2, 3]));
    assert_eq!(said, format!("{APART}{}{why}", keys("1 key", 4)));
    refuses_to_send(&env, &[recipient(2), recipient(4)], &why);
    let list = "alice  classic  verified on [DAY], REPLACED on [DAY]  since [DAY]\n";
    assert_eq!(env.does(&["contact", "list"]), list);
    assert_eq!(
        env.does(&["contact", "resolve", "alice", "--check", &number(4)]),
        format!(
            "Saved on [DAY], from came.card: 1 key, safety number {}\n\
             New keys arrived on [DAY], from came.card: 1 key, in a card named \"Alice Example\"\n\
             The saved signing key confirms the new one\n\
             Verified and saved alice's new keys\n",
            number(2)
        )
    );
}

/// A link that the old key did not sign is reported as a damaged card. A valid link from a key that
/// is not the pinned one, or was revoked, is reported as changed keys.
#[test]
fn attack_a_succession_by_the_wrong_key_or_through_a_revoked_one() {
    let env = env();
    env.takes(0, "alice", &alice(1, 10, 1));
    let before = env.read_in_keyring("contacts/alice.toml");
    let forged = Card {
        forged_by: Some(9),
        ..alice(9, 1, 9).after(&[1])
    };
    let said = env.takes(2, "alice", &forged);
    assert!(
        said.starts_with("bulla: error: came.card: line 7: "),
        "{said}"
    );
    assert_eq!(env.read_in_keyring("contacts/alice.toml"), before);
    let why = changed(KEYS_CHANGED, 1);
    let said = env.takes(7, "alice", &alice(9, 1, 9).after(&[8]));
    assert_eq!(said, format!("{APART}{}{why}", keys("1 key", 9)));
    env.does(&["contact", "resolve", "alice", "--keep"]);
    env.write("revocation", revocation(2, "compromised"));
    assert_eq!(
        env.does(&["contact", "revoke", "revocation"]),
        "Revoked: the key was stolen\n\
         No contact has this key. The revocation is remembered, so no card with this key will \
         be accepted\n"
    );
    let said = env.takes(7, "alice", &alice(4, 1, 4).after(&[1, 2]));
    assert_eq!(said, format!("{APART}{}{why}", keys("1 key", 4)));
}

#[test]
fn a_revocation_beats_every_card_earlier_and_later() {
    let env = env();
    env.takes(0, "alice", &alice(1, 10, 1));
    env.does(&["contact", "verify", "alice", "--check", &number(1)]);
    env.takes(0, "bob", &alice(5, 1, 5));
    env.takes(7, "bob", &alice(1, 10, 1));
    let said = env
        .bulla(["contact", "revoke", "-"])
        .stdin(revocation(1, "lost"))
        .run();
    assert_eq!(
        (said.code, said.text().as_str()),
        (
            Some(0),
            "Revoked: the key was lost\nalice: bulla will not encrypt to \
             alice until there is a new key\n\
             bob: this is the new key you have not accepted; it can no longer be accepted\n"
        )
    );
    let why = "bulla: error: alice's key was revoked on [DAY] (lost). bulla \
               will not encrypt to alice\n\
               bulla: hint: Ask alice in person or by phone for a new card, then: bulla contact add alice \
               FILE\n";
    refuses_to_send(&env, &[recipient(1)], why);
    assert_eq!(
        env.fails(7, &["contact", "verify", "alice", "--check", &number(1)]),
        why
    );
    let list = env.does(&["contact", "list"]);
    assert!(
        list.starts_with("alice  classic  verified on [DAY], REVOKED, lost, on [DAY]"),
        "{list}"
    );
    let later = "bulla: error: The signing key of this card was revoked on [DAY] (lost). \
                 The card was not added\n\
                 bulla: hint: Ask for a card with a different signing key\n";
    for of in ["alice", "carol"] {
        assert_eq!(env.takes(7, of, &alice(1, 99, 7)), later);
    }
    let json = env.does(&["contact", "show", "alice", "--json"]);
    assert!(
        json.contains("\"revoked\":{\"reason\":\"lost\",\"on\":\"[DAY]\",\"former\":false}"),
        "{json}"
    );
    // Text that is not a revocation, or is not signed by the key it names.
    let other = revocation(1, "lost").replace("lost", "retired");
    for (text, code) in [(other, 7), (alice(1, 1, 1).text(), 2), (String::new(), 2)] {
        env.write("wrong", text);
        env.fails(code, &["contact", "revoke", "wrong"]);
    }
    for around in [
        format!("My key is gone!\n\n{}", revocation(9, "lost")),
        revocation(9, "lost") + "\n-- \nBob\n",
    ] {
        env.write("wrong", around);
        assert_eq!(
            env.fails(2, &["contact", "revoke", "wrong"]),
            "bulla: error: wrong contains a revocation that is quoted or has other text around it, so its exact text is unknown\n\
             bulla: hint: Save only its lines in a file: from \"# bulla revocation v1\" to the \
             end of \"# sig: …\"\n"
        );
    }
    // A new key that she announces herself.
    env.takes(7, "alice", &alice(7, 1, 7));
    env.does(&["contact", "resolve", "alice", "--check", &number(7)]);
    env.does(&["encrypt", "--to", "alice", "--no-self", "plain"]);
}

#[test]
fn a_key_vouched_for_by_a_revoked_key_must_be_verified() {
    let env = env();
    env.takes(0, "alice", &alice(1, 10, 1));
    env.takes(0, "alice", &alice(2, 1, 2).after(&[1]));
    env.write("revocation", revocation(1, "unspecified"));
    assert_eq!(
        env.does(&["contact", "revoke", "revocation"]),
        "Revoked: no reason given, so treat the key as stolen\n\
         alice: this is a former key. It alone confirmed the current key, which you never \
         verified, so bulla will not encrypt to alice until you do\n\
         bulla: hint: Ask alice in person or by phone: bulla contact verify alice\n"
    );
    let why = "bulla: error: alice's former key was revoked on [DAY] (no reason given, \
               possibly stolen); the current key was confirmed only by that one. bulla will not \
               encrypt to alice\n\
               bulla: hint: Ask alice in person or by phone for the safety number: bulla contact verify \
               alice\n";
    refuses_to_send(&env, &[recipient(2)], why);
    env.does(&["contact", "verify", "alice", "--check", &number(2)]);
    env.does(&["encrypt", "--to", "alice", "--no-self", "plain"]);
}

/// The reader sees what the name meant before: another signing key, and its safety number.
#[test]
fn attack_remove_then_add() {
    let env = env();
    env.takes(0, "alice", &alice(1, 10, 1));
    env.does(&["contact", "remove", "alice"]);
    let removed = "bulla: warning: alice was removed on [DAY]";
    assert_eq!(
        env.takes(0, "alice", &alice(9, 1, 9)),
        format!(
            "{removed}, with the safety number {}. You are adding different keys\n\
             Added contact alice again\n{}{CHECK_HINT}",
            number(1),
            keys("1 key", 9)
        )
    );
    env.does(&["contact", "remove", "alice"]);
    let same = env.takes(0, "alice", &alice(9, 2, 8));
    assert!(
        same.starts_with(&format!("{removed}. You are adding the same keys\n")),
        "a number to be typed: {same}"
    );
    env.does(&["contact", "remove", "alice"]);
    let bare = env.does(&["contact", "add", "alice", &recipient(8)]);
    assert!(
        bare.contains(&format!(
            "with the safety number {}. You are adding different keys\n",
            number(9)
        )),
        "{bare}"
    );
}

/// The reader sees the line that breaks the grammar, and nothing is stored.
#[test]
fn attack_a_card_that_could_be_read_in_two_ways() {
    let env = env();
    let good = alice(1, 10, 1);
    let (head, tail) = {
        let text = good.text();
        let (head, tail) = text.split_once(&recipient(1)).unwrap();
        (head.to_owned(), tail.to_owned())
    };
    let second = recipient(9);
    let signed = |text: &str| sealed(text.to_owned(), "card", 1);
    let body = recipient(1);
    // A post-quantum key whose X25519 half is a point of low order.
    let hybrid = HybridIdentity::from_bytes(&[1; 32])
        .to_recipient()
        .to_string();
    let mut weak = bech32::primitives::decode::UncheckedHrpstring::new(&hybrid)
        .unwrap()
        .validate_and_remove_checksum::<crate::plugins::LongBech32>()
        .unwrap()
        .byte_iter()
        .collect::<Vec<u8>>();
    let half = weak.len() - 32;
    weak[half..].fill(0);
    let weak = crate::plugins::encode("age1pq", &weak);
    let cases = [
        (
            "a hybrid recipient with a low-order half",
            signed(&format!("{head}{weak}\n")),
        ),
        ("before", format!("{second}\n{}", good.text())),
        (
            "within, before",
            signed(&format!("{head}{second}\n{body}\n")),
        ),
        (
            "within, after",
            signed(&format!("{head}{body}\n{second}\n")),
        ),
        ("after", format!("{}{second}\n", good.text())),
        ("after its signature", format!("{head}{body}{tail}{second}")),
        (
            "a bare CR",
            signed(&format!(
                "{}\n{body}\n",
                head.trim_end()
                    .replace("Alice Example", &format!("A\r{second}\r#"))
            )),
        ),
        ("a BOM", format!("\u{feff}{}", good.text())),
        (
            "a duplicate line",
            signed(&format!("{head}# serial: 99\n{body}\n")),
        ),
        (
            "a line separator",
            signed(&format!("{}{body}\n", head.replace("Alice", "A\u{2028}"))),
        ),
        (
            "a low-order recipient",
            signed(&format!(
                "{head}age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq5cu47z\n"
            )),
        ),
        (
            "a low-order signing key",
            good.text()
                .replace(&secret(1).key().ed25519_text(), &"A".repeat(43)),
        ),
        (
            "an upper-case recipient",
            signed(&format!("{head}{}\n", body.to_uppercase())),
        ),
        (
            "another signature",
            good.text().replace("# serial: 10", "# serial: 11"),
        ),
    ];
    for (what, text) in cases {
        env.write("came.card", &text);
        for args in [
            &["contact", "add", "alice", "came.card"][..],
            &["encrypt", "-R", "came.card", "plain"],
        ] {
            let said = env.bulla(args).run();
            let code = if what == "another signature" { 7 } else { 2 };
            assert_eq!(said.code, Some(code), "{what}: {args:?}: {}", said.text());
            assert!(
                said.stderr.starts_with("bulla: error: came.card"),
                "{what}: {}",
                said.stderr
            );
            assert!(!said.stderr.contains(&second), "{what}");
        }
    }
    assert_eq!(env.read_in_keyring("contacts/alice.toml"), "");
    assert_eq!(env.list(), ["came.card", "plain"]);
}

/// A card in the keyring, changed by hand or by a bad disk.
#[test]
fn a_damaged_card_in_the_keyring_is_named() {
    let env = env();
    env.takes(0, "alice", &alice(1, 10, 1));
    let good = env.read_in_keyring("contacts/alice.toml");
    env.write_in_keyring(
        "contacts/alice.toml",
        &good.replace("serial: 10", "serial: 11"),
    );
    let damaged = "bulla: error: [TMP]/bulla/contacts/alice.toml, line 6: the contact card in \
                   it has an invalid signature: the card was modified, or was not signed with \
                   the key it names\n\
                   bulla: hint: Fix it by hand, or restore it from .previous/ or a backup. The \
                   rest of the keyring can be read\n";
    for args in [
        &["encrypt", "--to", "alice", "plain"][..],
        &["contact", "show", "alice"],
        &["contact", "list"],
    ] {
        let said = env.fails(8, args);
        assert_eq!(said, damaged, "{args:?}");
    }
    env.write_in_keyring(
        "contacts/alice.toml",
        &good.replace(&format!("\"{}\"", recipient(1)), &format!("\"{TWO}\"")),
    );
    let said = env.fails(8, &["encrypt", "--to", "alice", "plain"]);
    assert!(
        said.contains("alice.toml: the recipients do not match the card\n"),
        "{said}"
    );
}

/// Two copies of the keyring, merged by git without a conflict: in one the number was verified, in
/// the other a different key was accepted. The reader sees that the verification does not apply to
/// that key.
#[test]
fn attack_a_check_merged_beside_another_key() {
    let env = env();
    env.takes(0, "alice", &alice(1, 10, 1));
    let before = env.read_in_keyring("contacts/alice.toml");
    env.does(&["contact", "verify", "alice", "--check", &number(1)]);
    let checked = env.read_in_keyring("contacts/alice.toml");
    let added = checked
        .strip_prefix(before.split_once("\n\n").unwrap().0)
        .unwrap();
    let (check, rest) = added.split_once("\n\n").unwrap();
    assert!(
        check.starts_with("\nverified = ") && before.ends_with(rest),
        "{checked}"
    );
    env.write_in_keyring("contacts/alice.toml", &before);
    env.takes(7, "alice", &alice(9, 1, 9));
    env.does(&["contact", "resolve", "alice", "--unverified"]);
    let taken = env.read_in_keyring("contacts/alice.toml");
    env.write_in_keyring(
        "contacts/alice.toml",
        &taken.replacen("\n\n", &format!("{check}\n\n"), 1),
    );
    let mend = "bulla: hint: Fix it by hand, or restore it from .previous/ or a backup. The rest of \
        the keyring can be read\n";
    for args in [
        &["encrypt", "--to", "alice", "plain"][..],
        &["contact", "show", "alice"],
        &["contact", "list"],
    ] {
        let said = env.fails(8, args);
        let why = "alice.toml was verified with other keys than these: remove \"verified\" and \
            \"typed\", and verify again\n";
        assert!(said.ends_with(&format!("{why}{mend}")), "{said}");
    }
    env.write_in_keyring("contacts/alice.toml", &taken);
    env.does(&["contact", "verify", "alice", "--check", &number(9)]);
}

/// A key with two names belongs to both.
#[test]
fn a_key_under_two_names_is_from_both() {
    let env = env();
    env.does(&[
        "identity",
        "new",
        "me",
        "--no-passphrase",
        "--classic",
        "-q",
    ]);
    env.does(&["card", "-q", "-o", "me.card"]);
    let sender = |args: &[&str]| {
        let said = env.bulla(args).env("BULLA_HOME", env.path("sender")).run();
        assert_eq!(said.code, Some(0), "{}", said.stderr);
        String::from_utf8(said.stdout).unwrap()
    };
    sender(&[
        "identity",
        "new",
        "me",
        "--no-passphrase",
        "--classic",
        "-q",
    ]);
    sender(&["card", "-q", "-o", "sender.card"]);
    sender(&["contact", "add", "-q", "youth", "me.card"]);
    sender(&["encrypt", "-q", "--sign", "--to", "youth", "plain"]);
    for name in ["alice", "zoe"] {
        env.does(&["contact", "add", "-q", name, "sender.card"]);
    }
    env.does(&[
        "contact",
        "verify",
        "zoe",
        "--check",
        sender(&["identity", "show", "--number"]).trim(),
    ]);
    for name in ["alice", "zoe"] {
        env.does(&["verify", "--from", name, "plain.age"]);
    }
    let said = env.does(&["who", "plain.age"]);
    assert!(
        said.contains("  From     zoe   keys verified [DAY]   (name on card: \"me\")\n"),
        "{said}"
    );
    env.takes(0, "bob", &alice(1, 10, 1));
    let said = env.fails(9, &["verify", "--from", "bob", "plain.age"]);
    assert!(
        said.contains("plain.age is not from bob: it was signed by zoe\n"),
        "{said}"
    );
}

/// A contact from the time before cards.
#[test]
fn files_of_earlier_versions_load() {
    let env = env();
    let old = format!(
        "recipients = [\"{ONE}\"]\nadded = \"2026-01-01\"\nsource = \"x\"\nverified = \"2026-01-02\"\n\n\
         [changed]\nrecipients = [\"{TWO}\"]\non = \"2026-01-03\"\nsource = \"y\"\n"
    );
    env.write_in_keyring("contacts/alice.toml", &old);
    assert_eq!(
        env.does(&["contact", "list"]),
        "alice  classic  verified on [DAY], CHANGED on [DAY]  since [DAY]\n"
    );
    env.does(&["contact", "resolve", "alice", "--keep"]);
    env.does(&["encrypt", "--to", "alice", "--no-self", "plain"]);
}

#[test]
fn both_kinds_of_key_in_a_card_are_chosen_from() {
    let env = env();
    let hybrid = HybridIdentity::from_bytes(&[1; 32])
        .to_recipient()
        .to_string();
    let both = Card {
        to: hybrid,
        more: format!("# also: {}\n", recipient(1)),
        ..alice(1, 10, 1)
    };
    let said = env.takes(0, "alice", &both);
    assert!(
        said.contains("2 keys from came.card, in a card named \"Alice Example\":\n"),
        "{said}"
    );
    let kinds = |with: &str| {
        let args = [
            "encrypt",
            "--to",
            "alice",
            "--to",
            with,
            "--no-self",
            "-qfo",
            "out",
            "plain",
        ];
        assert_eq!(env.bulla(args).run().code, Some(0));
        let text = String::from_utf8_lossy(&env.read("out")).into_owned();
        (
            text.contains("-> mlkem768x25519 "),
            text.contains("-> X25519 "),
        )
    };
    assert_eq!(kinds("alice"), (true, false));
    assert_eq!(kinds(RECIPIENT), (false, true));
}

#[test]
fn an_expired_card_is_used_with_a_warning() {
    let env = env();
    let old = Card {
        expires: "2026-11-23",
        ..alice(1, 10, 1)
    };
    let warning = "bulla: warning: alice's card expired on [DAY]. Ask for a newer one\n";
    assert!(env.takes(0, "alice", &old).contains(warning));
    let said = env.does(&["encrypt", "--to", "alice", "--no-self", "plain"]);
    assert!(said.contains(warning), "{said}");
    assert!(
        env.does(&["contact", "list"])
            .contains("not verified, card expired on [DAY]")
    );
}

#[test]
fn an_exact_card_shows_its_owner() {
    let env = env();
    env.write("came.card", alice(1, 10, 1).text());
    let said = |env: &TestEnv| env.does(&["encrypt", "-R", "came.card", "-fo", "out", "plain"]);
    let opened = format!("Encrypted out for {}\n", recipient(1));
    assert_eq!(
        said(&env),
        format!(
            "came.card is a card that is not verified (name on card: \"Alice Example\")\n{opened}"
        )
    );
    env.does(&["contact", "add", "ally", "came.card"]);
    assert_eq!(
        said(&env),
        format!(
            "came.card is the card of ally, not verified (name on card: \"Alice Example\")\n{opened}"
        )
    );
    env.does(&["contact", "verify", "ally", "--check", &number(1)]);
    assert_eq!(
        said(&env),
        format!("came.card is the card of ally (name on card: \"Alice Example\")\n{opened}")
    );
}
