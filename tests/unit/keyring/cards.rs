//! Cards: every state of a contact with everything that can arrive for it, and the result.

use super::*;
use bulla_age::fingerprint::safety_number;

const DAY: &str = "2026-11-24";

fn text(of: u8) -> String {
    recipient(of).to_string()
}

fn number(of: u8) -> String {
    safety_number(&key(of))
}

impl Ring {
    fn card(&self, of: &str, card: &Card) -> Result<AddOutcome, KeyringError> {
        let came = ReceivedKeys::of_card(card.clone(), DAY.to_owned(), "a card".to_owned());
        self.keyring
            .change(|change| change.add_contact(&name(of), came))
    }

    fn revoke(&self, of: u8) -> Vec<AffectedContact> {
        let revocation = revocation(of, Reason::Compromised);
        let revoke = |change: &mut Transaction<'_>| {
            change.revoke(revocation, DAY.to_owned(), "a text".to_owned())
        };
        self.keyring.change(revoke).unwrap()
    }

    fn remove(&self, of: &str) {
        self.keyring
            .change(|change| change.remove_contact(&name(of), DAY.to_owned()))
            .unwrap();
    }

    fn own(&self, recipients: &[u8], signs: Option<u8>) {
        let recipients = recipients.iter().map(|of| text(*of)).collect();
        let signing_key = signs.map(|of| key(of).to_string());
        let me = StoredIdentity::new(
            IdentityKind::Classic,
            recipients,
            signing_key,
            DAY.to_owned(),
        );
        let put = |change: &mut Transaction<'_>| {
            change.put(&name("me"), &me);
            Ok::<_, KeyringError>(())
        };
        self.keyring.change(put).unwrap();
        let confirmed = [(name("me"), me)];
        self.keyring.remember_confirmed(&confirmed).unwrap();
    }

    /// Check, continuity, revocation, whether bulla encrypts to the contact, and the pinned signing
    /// key and recipient.
    fn seen(&self) -> String {
        let alice = self.get("alice");
        let status = self.status("alice");
        let pinned = (1..=9).find(|of| alice.signing_key() == Some(&key(*of)));
        let to = (1..=9).find(|of| alice.recipients[0] == text(*of)).unwrap();
        let mut seen = if status.verified.is_some() {
            "checked"
        } else {
            "unchecked"
        }
        .to_owned();
        if let Some(ChangedKeys { vouched, .. }) = status.changed {
            seen += if vouched { " succeeded" } else { " changed" };
        }
        if let Some(RevokedKey { former, .. }) = status.revoked {
            seen += if former {
                " former-revoked"
            } else {
                " revoked"
            };
        }
        let usable = self.keyring.refuse_unusable(&name("alice"), &alice).is_ok();
        let pinned = pinned.map_or_else(|| "bare".to_owned(), |of| format!("key {of}"));
        format!(
            "{seen}, {} {pinned} to {to}",
            if usable { "sends by" } else { "REFUSED:" }
        )
    }
}

fn outcome(added: Result<AddOutcome, KeyringError>) -> String {
    match added {
        Ok(AddOutcome::Pinned) => "pinned",
        Ok(AddOutcome::PinnedAgain(Tombstone { same, .. })) => {
            if same {
                "anew, same"
            } else {
                "anew, other"
            }
        }
        Ok(AddOutcome::Same) => "same",
        Ok(AddOutcome::Renewed { keys: false }) => "renewed",
        Ok(AddOutcome::Renewed { keys: true }) => "renewed keys",
        Ok(AddOutcome::Succeeded) => "succeeded",
        Ok(AddOutcome::SetAside {
            replaced: Some(_), ..
        }) => "changed to a former key",
        Ok(AddOutcome::SetAside { vouched: true, .. }) => "waits, vouched for",
        Ok(AddOutcome::SetAside { .. }) => "changed",
        Err(KeyringError::Older { .. }) => "refused: older",
        Err(KeyringError::SameSerial { .. }) => "refused: same serial",
        Err(KeyringError::Revoked { .. }) => "refused: revoked",
        Err(KeyringError::OtherSuccessor { .. }) => "refused: other successor",
        Err(error) => panic!("{error}"),
    }
    .to_owned()
}

/// The states of a contact before something arrives. Unless stated otherwise, key 1 is pinned, with
/// serial 10 and recipient 1.
const STATES: [&str; 9] = [
    "bare",
    "bare, checked",
    "card",
    "card, checked",
    "card, checked, changed to 9",
    "card, checked, succeeded by 2",
    "card, checked, revoked",
    "card, removed",
    "card of 2 by the word of 1",
];

fn in_state(state: &str) -> Ring {
    let ring = Ring::new();
    if state.starts_with("bare") {
        ring.add("alice", &[&text(1)], DAY).unwrap();
    } else {
        ring.card("alice", &made(1, 10, 1, &[])).unwrap();
    }
    if state.contains("checked") {
        let check = if state.starts_with("bare") {
            check_value(&[text(1)])
        } else {
            number(1)
        };
        ring.verify(&check).unwrap();
    }
    match state.rsplit(", ").next().unwrap() {
        "changed to 9" => drop(ring.card("alice", &made(9, 10, 9, &[])).unwrap()),
        "succeeded by 2" => drop(ring.card("alice", &made(2, 11, 2, &[1])).unwrap()),
        "revoked" => drop(ring.revoke(1)),
        "removed" => ring.remove("alice"),
        "card of 2 by the word of 1" => drop(ring.card("alice", &made(2, 11, 2, &[1])).unwrap()),
        _ => {}
    }
    ring
}

type Coming = fn(&Ring) -> Result<AddOutcome, KeyringError>;

const COMING: [(&str, Coming); 12] = [
    ("bare 1", |ring| ring.add("alice", &[&text(1)], DAY)),
    ("bare 7", |ring| ring.add("alice", &[&text(7)], DAY)),
    ("1 again", |ring| ring.card("alice", &made(1, 10, 1, &[]))),
    ("1 newer", |ring| ring.card("alice", &made(1, 11, 1, &[]))),
    ("1 newer, new keys", |ring| {
        ring.card("alice", &made(1, 11, 3, &[]))
    }),
    ("1 older", |ring| ring.card("alice", &made(1, 9, 4, &[]))),
    ("1 of the same serial", |ring| {
        ring.card("alice", &made(1, 10, 5, &[]))
    }),
    ("2 vouched for by 1", |ring| {
        ring.card("alice", &made(2, 12, 2, &[1]))
    }),
    ("2 vouched for by 3", |ring| {
        ring.card("alice", &made(2, 12, 2, &[3]))
    }),
    ("5 vouched for by 1", |ring| {
        ring.card("alice", &made(5, 13, 5, &[1]))
    }),
    ("4 by 1, 2 and 3", |ring| {
        ring.card("alice", &made(4, 1, 4, &[1, 2, 3]))
    }),
    ("9", |ring| ring.card("alice", &made(9, 99, 9, &[]))),
];

/// Every state with everything that can arrive: the outcome, and what is known afterwards.
#[test]
fn every_fact_against_every_card_that_comes() {
    let mut seen = String::new();
    for state in STATES {
        seen += &format!("{state}\n");
        for (what, comes) in COMING {
            let ring = in_state(state);
            let came = outcome(comes(&ring));
            seen += &format!("  {what}: {came}; {}\n", ring.seen());
        }
    }
    assert_eq!(seen, include_str!("cards.txt"), "\n{seen}");
}

/// A chain counts only if it leads from the pinned key to the card's through no revoked key,
/// whether the revocation or the card came first.
#[test]
fn a_succession_goes_through_no_revoked_key() {
    for revoked in [1, 2, 3, 4] {
        let ring = in_state("card, checked");
        let alone = ring.revoke(revoked);
        assert_eq!(alone.len(), usize::from(revoked == 1));
        let came = outcome(ring.card("alice", &made(4, 1, 4, &[1, 2, 3])));
        let want = if revoked == 4 {
            "refused: revoked"
        } else {
            "changed"
        };
        assert_eq!(came, want, "{revoked}");
    }
    for revoked in [1, 2, 3] {
        let ring = in_state("card");
        ring.card("alice", &made(4, 1, 4, &[1, 2, 3])).unwrap();
        assert_eq!(ring.seen(), "unchecked, sends by key 4 to 4");
        let role = SigningKeyRole::Vouching;
        assert_eq!(
            ring.revoke(revoked),
            [AffectedContact {
                name: name("alice"),
                role
            }],
            "{revoked}"
        );
        assert_eq!(ring.seen(), "unchecked former-revoked, REFUSED: key 4 to 4");
        // A verified number needs no vouching.
        ring.verify(&number(4)).unwrap();
        assert_eq!(ring.seen(), "checked, sends by key 4 to 4");
    }
    let ring = in_state("card, checked, succeeded by 2");
    ring.revoke(1);
    assert_eq!(
        ring.seen(),
        "checked changed revoked, REFUSED: key 1 to 1",
        "the word of 1 is worth nothing now"
    );
}

/// A thief of the old key can sign another succession, but cannot take back the first one; nor can
/// keys that nobody vouches for push it aside first.
#[test]
fn the_first_successor_that_arrives_counts() {
    for state in ["card", "card, checked"] {
        let ring = in_state(state);
        ring.card("alice", &made(2, 11, 2, &[1])).unwrap();
        let before = ring.seen();
        let stolen = made(5, 99, 5, &[1]);
        if state == "card" {
            // The first one is pinned already. The second is nobody's that is known.
            assert_eq!(outcome(ring.card("alice", &stolen)), "changed");
            continue;
        }
        assert_eq!(
            outcome(ring.card("alice", &made(9, 99, 9, &[]))),
            "refused: other successor"
        );
        assert_eq!(
            outcome(ring.add("alice", &[&text(9)], DAY)),
            "refused: other successor"
        );
        assert_eq!(
            outcome(ring.card("alice", &stolen)),
            "refused: other successor"
        );
        assert_eq!(ring.seen(), before);
        // A later card of the first successor, and its own successor, continue it.
        assert_eq!(
            outcome(ring.card("alice", &made(2, 12, 3, &[1]))),
            "waits, vouched for"
        );
        assert_eq!(
            outcome(ring.card("alice", &made(4, 1, 4, &[1, 2]))),
            "waits, vouched for"
        );
    }
    // A revoked successor gives way.
    let ring = in_state("card, checked, succeeded by 2");
    ring.revoke(2);
    assert_eq!(
        outcome(ring.card("alice", &made(5, 99, 5, &[1]))),
        "waits, vouched for"
    );
}

/// The half that signed it decides, because the other half is not checked: no card with the same
/// Ed25519 key and another ML-DSA-65 key escapes.
#[test]
fn a_revocation_applies_to_everybody_who_has_its_ed25519_half() {
    let other = bulla_age::signing::SecretSigningKey::new(&[1; 32], &[99; 32]);
    let draft = |serial: u64| crate::card::Draft {
        name: "Alice Example".to_owned(),
        serial,
        created: "2026-11-23".to_owned(),
        expires: "2999-01-01".to_owned(),
        recipient: Some(recipient(2)),
        also: None,
        successions: Vec::new(),
    };
    let card = draft(1).sign(&other).unwrap();
    assert_ne!(card.signing_key(), &key(1));
    let ring = Ring::new();
    ring.card("bob", &card).unwrap();
    let bob = AffectedContact {
        name: name("bob"),
        role: SigningKeyRole::Pinned,
    };
    assert_eq!(ring.revoke(1), [bob]);
    assert!(ring.status("bob").revoked.is_some());
    assert_eq!(outcome(ring.card("carol", &card)), "refused: revoked");
    // Nor is somebody taken for another by that half alone.
    let ring = in_state("card, checked");
    assert_eq!(outcome(ring.card("alice", &card)), "changed");
    assert!(ring.keyring.signer(&key(1)).unwrap().is_some());
    assert!(
        Ring::new()
            .keyring
            .signer(card.signing_key())
            .unwrap()
            .is_none()
    );
}

#[test]
fn a_revocation_covers_every_contact_that_has_the_key_and_all_who_will() {
    let ring = in_state("card, checked");
    ring.card("al", &made(1, 10, 1, &[])).unwrap();
    ring.card("bob", &made(5, 1, 5, &[])).unwrap();
    ring.card("bob", &made(1, 10, 1, &[])).unwrap();
    ring.card("carol", &made(1, 10, 1, &[])).unwrap();
    ring.card("carol", &made(6, 1, 6, &[1])).unwrap();
    ring.card("dave", &made(1, 10, 1, &[])).unwrap();
    ring.remove("dave");
    let covered = |of: &str, role| AffectedContact {
        name: name(of),
        role,
    };
    let all = [
        covered("al", SigningKeyRole::Pinned),
        covered("alice", SigningKeyRole::Pinned),
        covered("bob", SigningKeyRole::Waiting),
        covered("carol", SigningKeyRole::Vouching),
    ];
    assert_eq!(ring.revoke(1), all);
    assert_eq!(ring.revoke(1), all, "it can come again");
    assert_eq!(ring.seen(), "checked revoked, REFUSED: key 1 to 1");
    assert!(matches!(
        ring.verify(&number(1)),
        Err(KeyringError::Revoked { .. })
    ));
    assert_eq!(
        outcome(ring.card("erin", &made(1, 99, 1, &[]))),
        "refused: revoked"
    );
    assert_eq!(
        outcome(ring.card("dave", &made(1, 99, 1, &[]))),
        "refused: revoked"
    );
    let bob = |acceptance: Acceptance<'_>| {
        ring.keyring
            .change(|change| change.accept_changed(&name("bob"), acceptance, DAY.into()))
    };
    assert!(matches!(
        bob(Acceptance::Verified(&number(1))),
        Err(KeyringError::Revoked { .. })
    ));
    assert!(matches!(
        bob(Acceptance::Unverified),
        Err(KeyringError::Revoked { .. })
    ));
    for of in [1, 6] {
        let refused = ring.keyring.refuse_in_doubt(&[recipient(of)]);
        assert!(matches!(refused, Err(KeyringError::Revoked { .. })), "{of}");
    }
    // A different card of hers, with a new key, is decided as usual.
    ring.card("alice", &made(7, 1, 7, &[])).unwrap();
    ring.take(Acceptance::Verified(&number(7))).unwrap();
    assert_eq!(ring.seen(), "checked, sends by key 7 to 7");
    assert!(matches!(
        ring.keyring.refuse_in_doubt(&[recipient(1)]),
        Err(KeyringError::Revoked { .. })
    ));
    ring.keyring.refuse_in_doubt(&[recipient(7)]).unwrap();
}

/// Keys that a newer card replaced are blocked when the signing key is revoked, even if that key
/// was replaced or restored.
#[test]
fn a_revocation_covers_the_keys_of_older_cards() {
    let revoked = |ring: &Ring, of: u8| {
        let refused = ring.keyring.refuse_in_doubt(&[recipient(of)]);
        let known = ring.keyring.known_keys().unwrap();
        let standing = known
            .iter()
            .find(|known| known.recipient.to_string() == text(of))
            .unwrap();
        assert_eq!(
            refused.is_err(),
            standing.status == KeyStatus::Revoked,
            "{of}: {refused:?}"
        );
        refused.is_err()
    };
    let renewed = || {
        let ring = in_state("card, checked");
        ring.card("alice", &made(1, 11, 3, &[])).unwrap();
        ring
    };
    let ring = renewed();
    ring.revoke(1);
    assert!(revoked(&ring, 1) && revoked(&ring, 3));
    let ring = renewed();
    ring.card("alice", &made(2, 1, 2, &[])).unwrap();
    ring.take(Acceptance::Verified(&number(2))).unwrap();
    ring.revoke(1);
    assert!(revoked(&ring, 1) && revoked(&ring, 3) && !revoked(&ring, 2));
    let ring = renewed();
    for (by, to) in [(2, 2), (1, 3)] {
        ring.card("alice", &made(by, 11, to, &[])).unwrap();
        ring.take(Acceptance::Unverified).unwrap();
    }
    ring.revoke(2);
    assert!(!revoked(&ring, 1) && revoked(&ring, 2) && !revoked(&ring, 3));
    ring.revoke(1);
    assert!(revoked(&ring, 1) && revoked(&ring, 3));
}

/// Neither removing nor renaming a contact frees an encryption key of a revoked signing key.
#[test]
fn a_revoked_key_does_not_come_back_without_its_card() {
    let is_refused = |result: Result<AddOutcome, KeyringError>| match result {
        Err(KeyringError::Revoked { name: Some(of), .. }) => of == name("alice"),
        _ => false,
    };
    let sends = |ring: &Ring, to: &str| ring.keyring.resolve(&[to.to_owned()]).is_ok();
    let ring = in_state("card, checked, revoked");
    assert!(is_refused(ring.add("bob", &[&text(1)], DAY)) && !sends(&ring, &text(1)));
    ring.remove("alice");
    for of in ["alice", "bob"] {
        assert!(is_refused(ring.add(of, &[&text(1)], DAY)), "{of}");
    }
    assert!(!sends(&ring, &text(1)));
    let ring = in_state("card");
    ring.add("bob", &[&text(1)], DAY).unwrap();
    ring.add("carol", &[&text(7)], DAY).unwrap();
    assert!(sends(&ring, "bob"));
    ring.revoke(1);
    assert!(!sends(&ring, "bob") && sends(&ring, "carol"));
}

#[test]
fn the_worst_revocation_reason_is_shown() {
    let ring = in_state("card");
    let revoke = |reason| {
        let revoke = |change: &mut Transaction<'_>| {
            change.revoke(revocation(1, reason), DAY.into(), "a text".into())
        };
        ring.keyring.change(revoke).unwrap();
        ring.status("alice").revoked.unwrap().reason
    };
    for (came, told) in [
        (Reason::Retired, Reason::Retired),
        (Reason::Lost, Reason::Lost),
        (Reason::Retired, Reason::Lost),
        (Reason::Unspecified, Reason::Unspecified),
        (Reason::Compromised, Reason::Compromised),
        (Reason::Unspecified, Reason::Compromised),
    ] {
        assert_eq!(revoke(came), told);
    }
    ring.own(&[8], Some(8));
    let own = ring
        .keyring
        .change(|change| change.revoke(revocation(8, Reason::Lost), DAY.into(), String::new()));
    assert!(matches!(own, Err(KeyringError::OwnRevocation { .. })));
}

#[test]
fn the_number_of_a_card_is_typed_and_a_check_value_does_not_carry_over() {
    let ring = in_state("bare, checked");
    ring.card("alice", &made(1, 10, 1, &[])).unwrap();
    let value = check_value(&[text(1)]);
    let wrong = ring.take(Acceptance::Verified(&value));
    assert!(matches!(
        wrong,
        Err(KeyringError::WrongCode {
            pinned: true,
            safety_number: true,
            ..
        })
    ));
    ring.take(Acceptance::Unverified).unwrap();
    assert_eq!(ring.seen(), "unchecked, sends by key 1 to 1");
    let short = number(1)[..29].to_owned();
    for wrong in [value, short, number(2), String::new()] {
        assert!(matches!(
            ring.verify(&wrong),
            Err(KeyringError::WrongCode {
                pinned: false,
                safety_number: true,
                ..
            })
        ));
    }
    ring.verify(&number(1).replace(' ', "")).unwrap();
    assert_eq!(ring.seen(), "checked, sends by key 1 to 1");
}

#[test]
fn resolve_decides_between_cards() {
    let keep = |ring: &Ring| {
        ring.keyring
            .change(|change| change.keep_pinned(&name("alice")))
            .unwrap()
    };
    for state in [
        "card, checked, changed to 9",
        "card, checked, succeeded by 2",
    ] {
        let ring = in_state(state);
        assert!(
            matches!(ring.verify(&number(1)), Err(KeyringError::Changed { .. })),
            "{state}"
        );
        keep(&ring);
        assert_eq!(ring.seen(), "checked, sends by key 1 to 1", "{state}");
    }
    for (acceptance, seen) in [
        (Acceptance::Verified(""), "checked"),
        (Acceptance::Unverified, "unchecked"),
    ] {
        for (state, of) in [
            ("card, checked, changed to 9", 9),
            ("card, checked, succeeded by 2", 2),
        ] {
            let (ring, number) = (in_state(state), number(of));
            let acceptance = match acceptance {
                Acceptance::Verified(_) => Acceptance::Verified(&number),
                Acceptance::Unverified => acceptance,
            };
            ring.take(acceptance).unwrap();
            assert_eq!(ring.seen(), format!("{seen}, sends by key {of} to {of}"));
            let alice = ring.get("alice");
            assert_eq!(alice.replaced(&key(1)).unwrap().as_raw(), "2026-06-06");
            assert_eq!(alice.former[0].recipients, [text(1)]);
            // By the user's decision, a former key is pinned again.
            assert_eq!(
                outcome(ring.card("alice", &made(1, 10, 1, &[]))),
                "changed to a former key"
            );
            ring.take(Acceptance::Unverified).unwrap();
            assert_eq!(ring.get("alice").replaced(&key(1)), None);
        }
    }
}

#[test]
fn a_conflict_is_not_resolved_by_a_succession_of_another_key() {
    let ring = in_state("card");
    ring.card("alice", &made(9, 1, 9, &[])).unwrap();
    assert_eq!(
        outcome(ring.card("alice", &made(2, 1, 2, &[1]))),
        "succeeded"
    );
    assert_eq!(ring.seen(), "unchecked changed, REFUSED: key 2 to 2");
    // If that same key was set aside, it no longer is.
    let ring = in_state("card");
    ring.card("alice", &made(2, 1, 2, &[])).unwrap();
    assert_eq!(
        outcome(ring.card("alice", &made(2, 2, 2, &[1]))),
        "succeeded"
    );
    assert_eq!(ring.seen(), "unchecked, sends by key 2 to 2");
}

/// If another contact has the newer card, an older card is not set aside, and one that was set
/// aside cannot be accepted.
#[test]
fn an_older_card_is_not_taken_for_another_name() {
    let older = |result: Result<(), KeyringError>| matches!(result, Err(KeyringError::Older { name: Some(of), .. }) if of == name("al"));
    for state in ["card", "bare"] {
        let ring = in_state(state);
        ring.card("al", &made(9, 10, 9, &[])).unwrap();
        assert!(
            older(ring.card("alice", &made(9, 9, 8, &[])).map(drop)),
            "{state}"
        );
        assert!(ring.get("alice").changed.is_none());
        ring.card("alice", &made(9, 10, 9, &[])).unwrap();
        ring.card("al", &made(9, 11, 7, &[])).unwrap();
        assert!(
            older(ring.take(Acceptance::Verified(&number(9)))),
            "{state}"
        );
    }
}

#[test]
fn serials_of_pending_cards_count_too() {
    let ring = in_state("card, checked");
    let nine = |serial, to| outcome(ring.card("alice", &made(9, serial, to, &[])));
    assert_eq!(nine(5, 9), "changed");
    assert_eq!(nine(4, 9), "refused: older");
    assert_eq!(nine(5, 9), "changed");
    assert_eq!(nine(5, 8), "refused: same serial");
    assert_eq!(ring.get("alice").changed.unwrap().recipients, [text(9)]);
    assert_eq!(nine(6, 8), "changed");
    ring.take(Acceptance::Unverified).unwrap();
    assert_eq!(ring.seen(), "unchecked, sends by key 9 to 8");
}

#[test]
fn a_card_with_your_own_keys_is_refused() {
    let ring = in_state("card");
    ring.own(&[5, 6], Some(7));
    for card in [made(2, 1, 6, &[]), made(7, 1, 2, &[])] {
        for of in ["alice", "bob"] {
            assert!(matches!(
                ring.card(of, &card),
                Err(KeyringError::Own { .. })
            ));
        }
    }
    assert!(matches!(
        ring.keyring.check_card(&made(2, 1, 6, &[])),
        Err(KeyringError::Own { .. })
    ));
    let own = ring.keyring.check_card(&made(7, 1, 5, &[])).unwrap();
    assert_eq!(
        own,
        Some(PersonName::Identity(name("me"))),
        "one's own card is one's own"
    );
}

#[test]
fn one_encryption_key_is_under_one_signing_key() {
    let ring = in_state("card");
    ring.card("alice", &made(1, 11, 3, &[])).unwrap();
    for to in [1, 3] {
        let shared = ring.card("mallory", &made(2, 1, to, &[])).unwrap_err();
        assert!(
            matches!(&shared, KeyringError::Shared { name: of } if *of == name("alice")),
            "{to}: {shared}"
        );
        assert!(matches!(
            ring.keyring.check_card(&made(2, 1, to, &[])),
            Err(KeyringError::Shared { .. })
        ));
    }
    ring.card("al", &made(1, 11, 3, &[])).unwrap();
    // A card that was set aside is refused when it is accepted.
    ring.card("bob", &made(4, 1, 4, &[])).unwrap();
    ring.card("bob", &made(5, 1, 6, &[])).unwrap();
    ring.card("carol", &made(6, 1, 6, &[])).unwrap();
    let taken = ring
        .keyring
        .change(|change| change.accept_changed(&name("bob"), Acceptance::Unverified, DAY.into()));
    assert!(matches!(taken, Err(KeyringError::Shared { .. })));
}

/// The newest serial wins. A card with a known serial and other bytes is refused, and nothing
/// changes.
#[test]
fn another_card_with_the_same_serial_is_refused_for_every_name() {
    let ring = in_state("card, checked");
    let file = ring.keyring.path().join("contacts/alice.toml");
    let before = std::fs::read_to_string(&file).unwrap();
    let other = made(1, 10, 3, &[]);
    for of in ["alice", "al"] {
        let error = ring.card(of, &other).unwrap_err();
        assert!(
            matches!(&error, KeyringError::SameSerial { name: of } if *of == name("alice")),
            "{of}: {error}"
        );
    }
    assert_eq!(std::fs::read_to_string(&file).unwrap(), before);
    assert!(ring.keyring.names(EntryKind::Contact).unwrap() == [name("alice")]);
    // It is not set aside for a contact with other keys either.
    ring.card("bob", &made(5, 1, 5, &[])).unwrap();
    assert_eq!(outcome(ring.card("bob", &other)), "refused: same serial");
    assert!(ring.get("bob").changed.is_none());
    // After a newer card is accepted, the old one is simply older.
    assert_eq!(
        outcome(ring.card("alice", &made(1, 11, 3, &[]))),
        "renewed keys"
    );
    assert_eq!(outcome(ring.card("alice", &other)), "refused: older");
    assert_eq!(outcome(ring.card("al", &other)), "refused: older");
    assert_eq!(outcome(ring.card("ally", &made(1, 12, 1, &[]))), "pinned");
}

/// Earlier versions stored a second card with the same serial as `conflict`, and did not encrypt to
/// that contact. Ignoring the field would end that doubt silently.
#[test]
fn a_contact_file_with_a_second_card_of_one_serial_is_damage() {
    let ring = in_state("card, checked");
    let file = ring.keyring.path().join("contacts/alice.toml");
    let before = std::fs::read_to_string(&file).unwrap();
    let conflict = format!(
        "\n[conflict]\nrecipients = [\"{}\"]\non = \"{DAY}\"\nsource = \"a card\"\n",
        text(8),
    );
    std::fs::write(&file, before.clone() + &conflict).unwrap();
    let refused = ring.keyring.get::<Contact>(&name("alice"));
    assert!(matches!(refused, Err(KeyringError::Damaged { .. })));
    std::fs::write(&file, before).unwrap();
    assert_eq!(ring.seen(), "checked, sends by key 1 to 1");
}

#[test]
fn an_unsaved_card_is_judged_by_the_known_contacts() {
    let judge = |ring: &Ring, card: &Card| match ring.keyring.check_card(card) {
        Ok(Some(who)) => who.to_string(),
        Ok(None) => "nobody".to_owned(),
        Err(KeyringError::Older { .. }) => "older".to_owned(),
        Err(KeyringError::SameSerial { .. }) => "same serial".to_owned(),
        Err(KeyringError::Changed { .. }) => "changed".to_owned(),
        Err(KeyringError::Revoked { .. }) => "revoked".to_owned(),
        Err(KeyringError::Replaced { .. }) => "replaced".to_owned(),
        Err(error) => panic!("{error}"),
    };
    for (state, card, judged) in [
        ("card", made(1, 10, 1, &[]), "alice"),
        ("card", made(1, 11, 3, &[]), "alice"),
        ("card", made(1, 9, 1, &[]), "older"),
        ("card", made(1, 10, 3, &[]), "same serial"),
        ("card", made(9, 1, 9, &[]), "nobody"),
        ("card, removed", made(1, 9, 1, &[]), "nobody"),
        (
            "card, checked, changed to 9",
            made(1, 10, 1, &[]),
            "changed",
        ),
        (
            "card, checked, changed to 9",
            made(9, 99, 9, &[]),
            "changed",
        ),
        ("card, checked, revoked", made(1, 10, 1, &[]), "revoked"),
        (
            "card of 2 by the word of 1",
            made(1, 10, 1, &[]),
            "replaced",
        ),
    ] {
        assert_eq!(judge(&in_state(state), &card), judged, "{state}");
    }
}

/// What the user sees about every key, depending on its state.
#[test]
fn a_key_has_an_owner_and_a_trust_state() {
    let former = |on: &str| KeyStatus::Former {
        replaced: Some(Untrusted::new(on)),
    };
    let cases: [(&str, &[(u8, KeyStatus)]); 6] = [
        ("card", &[(1, KeyStatus::Current)]),
        (
            "card, checked, changed to 9",
            &[(1, KeyStatus::Changed), (9, KeyStatus::Changed)],
        ),
        (
            "card, checked, succeeded by 2",
            &[(1, KeyStatus::Changed), (2, KeyStatus::Changed)],
        ),
        ("card, checked, revoked", &[(1, KeyStatus::Revoked)]),
        (
            "card of 2 by the word of 1",
            &[(2, KeyStatus::Current), (1, former(DAY))],
        ),
        ("card, removed", &[]),
    ];
    for (state, keys) in cases {
        let ring = in_state(state);
        ring.own(&[5, 6], Some(7));
        let known = ring.keyring.known_keys().unwrap();
        let found = |of: u8| {
            known
                .iter()
                .find(|known| known.recipient.to_string() == text(of))
        };
        // The newest own key is in use, the one before was rotated away.
        let replaced = KeyStatus::Former { replaced: None };
        for (of, standing) in [(5, KeyStatus::Current), (6, replaced)] {
            let own = found(of).unwrap();
            assert_eq!(
                (&own.who, &own.status),
                (&PersonName::Identity(name("me")), &standing)
            );
        }
        assert_eq!(known.len(), 2 + keys.len(), "{state}");
        for (of, standing) in keys {
            assert_eq!(found(*of).unwrap().status, *standing, "{state}: {of}");
            let signer = ring.keyring.signer(&key(*of)).unwrap().unwrap();
            assert_eq!(signer.status, *standing, "{state}: signer {of}");
            let verified = state.contains("checked") && *of == 1;
            assert_eq!(signer.verified.is_some(), verified, "{state}: {of}");
        }
        let own = ring.keyring.signer(&key(7)).unwrap().unwrap();
        assert_eq!(
            (own.who, own.status),
            (PersonName::Identity(name("me")), KeyStatus::Current)
        );
        assert!(ring.keyring.signer(&key(3)).unwrap().is_none());
        let current = keys
            .iter()
            .filter(|(_, standing)| *standing == KeyStatus::Current);
        let signing = ring.keyring.signing_keys().unwrap();
        assert_eq!(signing.len(), 2 + current.clone().count(), "{state}");
        assert!(
            current
                .into_iter()
                .all(|(of, _)| signing[&text(*of)] == key(*of)),
            "{state}"
        );
        assert_eq!(signing[&text(6)], key(7));
    }
    let ring = in_state("card, checked");
    let signer = ring.keyring.signer(&key(1)).unwrap().unwrap();
    assert_eq!(
        signer.calls_themselves,
        Some(Untrusted::new("Alice Example"))
    );
    assert!(!signer.expired);
    // New encryption keys under one signing key: the old ones open older files.
    ring.card("alice", &made(1, 11, 3, &[])).unwrap();
    let known = ring.keyring.known_keys().unwrap();
    let standings: Vec<_> = known
        .iter()
        .map(|known| (known.recipient.to_string(), known.status.clone()))
        .collect();
    assert_eq!(
        standings,
        [(text(3), KeyStatus::Current), (text(1), former(DAY))]
    );
}

#[test]
fn a_key_of_several_contacts_has_the_best_trust_state() {
    let ring = in_state("card of 2 by the word of 1");
    ring.card("al", &made(1, 10, 1, &[])).unwrap();
    let signer = ring.keyring.signer(&key(1)).unwrap().unwrap();
    assert_eq!(
        (signer.who.to_string().as_str(), signer.status),
        ("al", KeyStatus::Current)
    );
    let known = ring.keyring.known_keys().unwrap();
    let first = known
        .iter()
        .find(|known| known.recipient.to_string() == text(1))
        .unwrap();
    assert_eq!(
        (first.who.to_string().as_str(), &first.status),
        ("al", &KeyStatus::Current)
    );
}

#[test]
fn a_key_that_was_checked_under_one_name_is_checked() {
    let ring = in_state("card, checked");
    for of in ["a", "z"] {
        ring.card(of, &made(1, 10, 1, &[])).unwrap();
    }
    let signer = ring.keyring.signer(&key(1)).unwrap().unwrap();
    assert_eq!(
        (signer.who.to_string().as_str(), signer.verified.is_some()),
        ("alice", true)
    );
    assert_eq!(signer.also, [name("a"), name("z")]);
    assert_eq!(
        ring.keyring.known_keys().unwrap()[0].who.to_string(),
        "alice"
    );
    // As long as it is undecided whether the key is a's, it is not among them.
    ring.card("a", &made(9, 1, 9, &[])).unwrap();
    assert_eq!(
        ring.keyring.signer(&key(1)).unwrap().unwrap().also,
        [name("z")]
    );
}

/// A file on disk that was cut short, changed or swapped is not trusted.
#[test]
fn a_card_is_checked_at_each_load() {
    let ring = in_state("card, checked, changed to 9");
    let path = ring.keyring.path().join("contacts/alice.toml");
    let good = std::fs::read_to_string(&path).unwrap();
    assert!(
        good.contains("# bulla card v1") && good.contains("[changed.card]"),
        "{good}"
    );
    let whole = made(1, 10, 1, &[]);
    for (from, to) in [
        ("# name: Alice Example", "# name: Alice Exampla"),
        ("# serial: 10", "# serial: 11"),
        (text(1).as_str(), text(2).as_str()),
        (whole.text().trim_end(), "age1"),
        (&format!("\"{}\"", text(9)), &format!("\"{}\"", text(2))),
    ] {
        assert!(good.contains(from), "{from}");
        std::fs::write(&path, good.replacen(from, to, 1)).unwrap();
        let error = ring.keyring.contact(&name("alice")).unwrap_err();
        assert!(
            matches!(&error, KeyringError::Damaged { file, .. } if file.as_raw().ends_with("alice.toml")),
            "{error}"
        );
        assert!(
            ring.keyring.known_keys().unwrap().is_empty()
                && ring.keyring.signer(&key(1)).unwrap().is_none()
        );
        assert_eq!(ring.keyring.unreadable().unwrap().len(), 1);
    }
    std::fs::write(&path, &good).unwrap();
    ring.revoke(9);
    let revocations = ring.keyring.path().join("revocations");
    let file = revocations.join(format!("{}.toml", file_name(key(9).ed25519())));
    std::fs::rename(
        file,
        revocations.join(format!("{}.toml", file_name(key(1).ed25519()))),
    )
    .unwrap();
    let error = ring.keyring.status(&ring.get("alice")).unwrap_err();
    assert!(
        matches!(error, KeyringError::Damaged { .. }),
        "the revocation of another key: {error}"
    );
    assert_eq!(
        ring.keyring.signer(&key(1)).unwrap().unwrap().status,
        KeyStatus::Revoked
    );
}

/// Two keyrings merged line by line: in one the number was verified, in the other different keys
/// were accepted.
#[test]
fn a_check_does_not_pass_to_other_keys() {
    let file = |ring: &Ring| {
        std::fs::read_to_string(ring.keyring.path().join("contacts/alice.toml")).unwrap()
    };
    let lines = |ring: &Ring| -> String {
        let is_check =
            |line: &&str| line.starts_with("verified = ") || line.starts_with("typed = ");
        file(ring)
            .lines()
            .filter(is_check)
            .map(|line| format!("{line}\n"))
            .collect()
    };
    let taken = |state: &str, card: &Card| {
        let ring = in_state(state);
        ring.card("alice", card).unwrap();
        if ring.get("alice").changed.is_some() {
            ring.take(Acceptance::Unverified).unwrap();
        }
        ring
    };
    for (here, there, card, fits) in [
        ("card, checked", "card", made(9, 1, 9, &[]), false),
        ("card, checked", "card", made(2, 11, 2, &[1]), false),
        ("card, checked", "card", made(1, 11, 3, &[]), true),
        ("bare, checked", "bare", made(1, 10, 1, &[]), false),
    ] {
        let (checked, ring) = (lines(&in_state(here)), taken(there, &card));
        assert_eq!(
            (checked.lines().count(), lines(&ring).as_str()),
            (2, ""),
            "{here}"
        );
        let merged = file(&ring).replacen("\n\n[card]", &format!("\n{checked}\n[card]"), 1);
        std::fs::write(ring.keyring.path().join("contacts/alice.toml"), &merged).unwrap();
        match ring.keyring.contact(&name("alice")) {
            Ok(alice) => assert!(fits && alice.verified.is_some(), "{here}"),
            Err(KeyringError::Damaged { why, .. }) => {
                assert!(!fits && why.contains("verified with other keys"), "{why}")
            }
            Err(error) => panic!("{error}"),
        }
    }
}

/// After two keyrings are merged, the keys that were set aside may belong to the pinned signing
/// key.
#[test]
fn a_safety_number_that_must_be_typed_is_not_shown() {
    for (state, waiting, shown) in [
        ("card", made(9, 11, 9, &[]), Some(number(1))),
        ("card", made(1, 11, 8, &[]), None),
        ("card, checked", made(1, 11, 8, &[]), Some(number(1))),
    ] {
        let ring = in_state(state);
        let mut alice = ring.get("alice");
        let keys = vec![waiting.recipient().unwrap().to_string()];
        let waiting = WaitingKeys::new(keys, Some(waiting), DAY.to_owned(), String::new());
        alice.changed = Some(waiting);
        let usable = ring.keyring.refuse_unusable(&name("alice"), &alice);
        let Err(KeyringError::Changed { change, .. }) = usable else {
            panic!()
        };
        assert_eq!(
            change.code.map(|code| code.text().to_owned()),
            shown,
            "{state}"
        );
    }
}

#[test]
fn an_expired_card_is_only_reported() {
    let ring = Ring::new();
    let draft = crate::card::Draft {
        name: "Alice Example".to_owned(),
        serial: 1,
        created: "2020-01-01".to_owned(),
        expires: "2020-01-02".to_owned(),
        recipient: Some(recipient(1)),
        also: None,
        successions: Vec::new(),
    };
    let card = draft.sign(&signing(1)).unwrap();
    assert_eq!(outcome(ring.card("alice", &card)), "pinned");
    assert_eq!(
        ring.status("alice").expired,
        Some(Untrusted::new("2020-01-02"))
    );
    assert_eq!(ring.seen(), "unchecked, sends by key 1 to 1");
    assert!(ring.keyring.signer(&key(1)).unwrap().unwrap().expired);
    let addressed = ring.keyring.resolve(&["alice".to_owned()]).unwrap();
    assert!(matches!(
        &addressed[0].who,
        PersonName::Contact {
            expired: Some(_),
            verified: false,
            ..
        }
    ));
}
