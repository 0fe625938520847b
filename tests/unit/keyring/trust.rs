//! The rules of trust, each with the resulting file.

mod cards;

use super::*;
use crate::keyring::checks::{ChangedKeys, ContactStatus};
use crate::keyring::error::{KeyChange, RevokedKey};
use crate::keyring::identity::IdentityKind;
use crate::keyring::lookup::KeyStatus;
use crate::keyring::name::PersonName;
use crate::keyring::testing::{key, made, recipient, revocation, signing};
use bulla_age::fingerprint::check_value;
use bulla_age::kinds::X25519Identity;

const ONE: &str = "age10w840jqz8nm0cc7wglxwmgg7vpx7n6zuga2jhp3hutr9m06az3pq2qazjj";
const CHECK_OF_ONE: &str = "22a000b9c8b579fd2539d939e08cd3fd";

struct Ring {
    _dir: tempfile::TempDir,
    keyring: Keyring,
}

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn another() -> String {
    X25519Identity::generate()
        .unwrap()
        .to_recipient()
        .to_string()
}

fn arrival(recipients: &[&str], on: &str) -> ReceivedKeys {
    let recipients = recipients
        .iter()
        .map(|text| text.parse().unwrap())
        .collect();
    ReceivedKeys {
        recipients,
        card: None,
        on: on.to_owned(),
        source: "a test".to_owned(),
    }
}

impl Ring {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let keyring = Keyring::at(dir.path().join("bulla"));
        Self { _dir: dir, keyring }
    }

    fn add(&self, of: &str, recipients: &[&str], on: &str) -> Result<AddOutcome, KeyringError> {
        self.keyring
            .change(|change| change.add_contact(&name(of), arrival(recipients, on)))
    }

    fn get(&self, of: &str) -> Contact {
        self.keyring.get(&name(of)).unwrap()
    }

    fn status(&self, of: &str) -> ContactStatus {
        self.keyring.status(&self.get(of)).unwrap()
    }

    fn verify(&self, typed: &str) -> Result<(), KeyringError> {
        self.keyring
            .change(|change| change.verify_contact(&name("alice"), typed, "2026-05-05".into()))
    }

    fn take(&self, acceptance: Acceptance<'_>) -> Result<(), KeyringError> {
        self.keyring
            .change(|change| change.accept_changed(&name("alice"), acceptance, "2026-06-06".into()))
    }
}

#[test]
fn keys_are_pinned_once_and_the_same_keys_change_nothing() {
    let (ring, two) = (Ring::new(), another());
    assert_eq!(
        ring.add("alice", &[ONE, &two, ONE], "2026-01-01").unwrap(),
        AddOutcome::Pinned
    );
    assert_eq!(ring.get("alice").recipients, [ONE, &two]);
    assert_eq!(
        ring.add("alice", &[&two, ONE], "2026-02-02").unwrap(),
        AddOutcome::Same
    );
    assert_eq!(
        (ring.get("alice").added.as_str(), ring.get("alice").changed),
        ("2026-01-01", None)
    );
    assert!(matches!(
        ring.add("ALICE", &[ONE], "2026-02-02"),
        Err(KeyringError::Taken {
            kind: EntryKind::Contact,
            ..
        })
    ));
}

#[test]
fn different_keys_are_kept_pending_beside_the_pinned_ones() {
    let (ring, two, three) = (Ring::new(), another(), another());
    let changed = |before: Option<&str>| AddOutcome::SetAside {
        instead_of: before.map(Untrusted::new),
        vouched: false,
        replaced: None,
    };
    ring.add("alice", &[ONE], "2026-01-01").unwrap();
    assert_eq!(
        ring.add("alice", &[ONE, &two], "2026-02-02").unwrap(),
        changed(None)
    );
    assert_eq!(
        ring.add("alice", &[&two, ONE], "2026-02-03").unwrap(),
        changed(None)
    );
    let alice = ring.get("alice");
    assert_eq!(
        (alice.recipients.as_slice(), alice.added.as_str()),
        (&[ONE.to_owned()][..], "2026-01-01")
    );
    assert_eq!(alice.changed.as_ref().unwrap().on, "2026-02-02");
    let usable = ring.keyring.refuse_unusable(&name("alice"), &alice);
    let Err(KeyringError::Changed { change, .. }) = usable else {
        panic!()
    };
    let KeyChange {
        vouched,
        code,
        added,
        on,
    } = *change;
    assert!(!vouched);
    assert_eq!(
        (code.unwrap().text(), added.as_raw(), on.as_raw()),
        (CHECK_OF_ONE, "2026-01-01", "2026-02-02")
    );
    assert_eq!(
        ring.add("alice", &[ONE], "2026-02-04").unwrap(),
        AddOutcome::Same
    );
    assert!(
        ring.get("alice").changed.is_some(),
        "the question stays open"
    );
    assert_eq!(
        ring.add("alice", &[&three], "2026-03-03").unwrap(),
        changed(Some("2026-02-02"))
    );
    assert_eq!(ring.get("alice").changed.unwrap().recipients, [three]);
    assert!(matches!(
        ring.verify(CHECK_OF_ONE),
        Err(KeyringError::Changed { .. })
    ));
}

#[test]
fn a_check_value_must_be_typed() {
    let ring = Ring::new();
    ring.add("alice", &[ONE], "2026-01-01").unwrap();
    for wrong in ["", "22a0", "22a000b9c8b579fd2539d939e08cd3fe", "0"] {
        assert!(
            matches!(
                ring.verify(wrong),
                Err(KeyringError::WrongCode { pinned: false, .. })
            ),
            "{wrong}"
        );
    }
    assert_eq!(ring.status("alice").verified, None);
    ring.verify(" 22A0 00b9 c8b5 79fd  2539 D939 e08c d3fd\n")
        .unwrap();
    assert_eq!(
        ring.status("alice").verified,
        Some(Untrusted::new("2026-05-05"))
    );
}

#[test]
fn resolve_decides_between_keys() {
    let (ring, two) = (Ring::new(), another());
    let check_of_two = check_value(std::slice::from_ref(&two));
    let keep = || {
        ring.keyring
            .change(|change| change.keep_pinned(&name("alice")))
    };
    ring.add("alice", &[ONE], "2026-01-01").unwrap();
    ring.verify(CHECK_OF_ONE).unwrap();
    assert!(matches!(keep(), Err(KeyringError::NotChanged { .. })));
    assert!(matches!(
        ring.take(Acceptance::Unverified),
        Err(KeyringError::NotChanged { .. })
    ));

    ring.add("alice", &[&two], "2026-02-02").unwrap();
    keep().unwrap();
    assert_eq!(
        ring.status("alice").verified,
        Some(Untrusted::new("2026-05-05"))
    );

    ring.add("alice", &[&two], "2026-02-02").unwrap();
    let wrong = ring.take(Acceptance::Verified("0123"));
    assert!(matches!(
        wrong,
        Err(KeyringError::WrongCode { pinned: false, .. })
    ));
    let old = ring.take(Acceptance::Verified(CHECK_OF_ONE));
    assert!(matches!(
        old,
        Err(KeyringError::WrongCode { pinned: true, .. })
    ));
    assert_eq!(ring.get("alice").recipients, [ONE]);
    ring.take(Acceptance::Verified(&check_of_two)).unwrap();
    let alice = ring.get("alice");
    assert_eq!(
        (alice.recipients, alice.added.as_str()),
        (vec![two], "2026-06-06")
    );
    assert_eq!(alice.verified.as_deref(), Some("2026-06-06"));

    ring.add("alice", &[ONE], "2026-07-07").unwrap();
    ring.take(Acceptance::Unverified).unwrap();
    assert_eq!(
        (ring.get("alice").recipients, ring.get("alice").verified),
        (vec![ONE.to_owned()], None)
    );
}

#[test]
fn a_tombstone_is_shown_when_the_name_is_reused() {
    let (ring, two) = (Ring::new(), another());
    let remove = |of: &str| {
        ring.keyring
            .change(|change| change.remove_contact(&name(of), "2026-03-03".to_owned()))
            .unwrap();
    };
    ring.add("alice", &[ONE], "2026-01-01").unwrap();
    remove("alice");
    assert!(matches!(
        ring.keyring.contact(&name("alice")),
        Err(KeyringError::Removed { .. })
    ));
    let former = |code: Option<&str>, same| {
        let code = code.map(|text| VerificationCode::CheckValue(text.to_owned()));
        AddOutcome::PinnedAgain(Tombstone {
            removed: Untrusted::new("2026-03-03"),
            code,
            same,
        })
    };
    assert_eq!(
        ring.add("alice", &[ONE], "2026-04-04").unwrap(),
        former(None, true)
    );
    ring.verify(CHECK_OF_ONE).unwrap();
    remove("alice");
    assert_eq!(
        ring.add("Alice", &[ONE], "2026-04-04").unwrap(),
        former(Some(CHECK_OF_ONE), true)
    );
    assert_eq!(
        ring.keyring.names(EntryKind::Contact).unwrap(),
        [name("Alice")]
    );
    assert_eq!(ring.status("Alice").verified, None);
    remove("Alice");
    assert_eq!(
        ring.add("Alice", &[&two], "2026-04-04").unwrap(),
        former(Some(CHECK_OF_ONE), false)
    );
    assert_eq!(
        (
            ring.get("Alice").recipients,
            ring.get("Alice").added.as_str()
        ),
        (vec![two], "2026-04-04")
    );
}

#[test]
fn your_own_keys_cannot_belong_to_a_contact() {
    let (ring, two) = (Ring::new(), another());
    let me = StoredIdentity::new(
        IdentityKind::Classic,
        vec![two.clone(), ONE.to_owned()],
        None,
        "2026-01-01".to_owned(),
    );
    ring.add("alice", &[&another()], "2026-01-01").unwrap();
    ring.keyring
        .change(|change| {
            change.put(&name("me"), &me);
            Ok::<_, KeyringError>(())
        })
        .unwrap();
    for of in ["alice", "bob"] {
        let error = ring.add(of, &[&another(), ONE], "2026-02-02").unwrap_err();
        assert!(
            matches!(&error, KeyringError::Own { identity } if *identity == name("me")),
            "{error}"
        );
    }
    assert!(ring.get("alice").changed.is_none());
    assert!(matches!(
        ring.add("me", &[&another()], "2026-02-02"),
        Err(KeyringError::Taken { .. })
    ));
}

#[test]
fn a_key_known_under_another_name_is_found() {
    let (ring, two, three) = (Ring::new(), another(), another());
    for (of, recipients) in [
        ("alice", [ONE]),
        ("bob", [&two]),
        ("bob", [&three]),
        ("carol", [ONE]),
    ] {
        ring.add(of, &recipients, "2026-01-01").unwrap();
    }
    let known = |recipients: &[&str], of: &str| {
        ring.keyring
            .also_known_as(&arrival(recipients, "").recipients, &name(of))
            .unwrap()
    };
    assert_eq!(known(&[ONE], "alice"), [name("carol")]);
    assert_eq!(
        known(&[&another(), &three, ONE], "dave"),
        [name("alice"), name("bob"), name("carol")]
    );
    std::fs::write(
        ring.keyring.path().join("contacts/carol.toml"),
        "recipients = 1",
    )
    .unwrap();
    assert!(known(&[ONE], "alice").is_empty());
}

#[test]
fn unknown_fields_of_a_contact_are_kept() {
    let ring = Ring::new();
    ring.add("alice", &[ONE], "2026-01-01").unwrap();
    let path = ring.keyring.path().join("contacts/alice.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("mood = \"fair\"\n{text}[of_later]\nx = 1\n")).unwrap();
    ring.verify(CHECK_OF_ONE).unwrap();
    ring.add("alice", &[&another()], "2026-02-02").unwrap();
    ring.take(Acceptance::Unverified).unwrap();
    let kept = std::fs::read_to_string(&path).unwrap();
    assert!(
        kept.contains("mood = \"fair\"") && kept.contains("[of_later]\nx = 1\n"),
        "{kept}"
    );
}
