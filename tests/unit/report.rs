//! Reports on files made for the purpose: every sentence, and the output for scripts.

use std::collections::{BTreeSet, HashMap};

use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::*;
use crate::keyring::KeyStatus;
use crate::report::people::{KnownKey, Person, PersonId};
use crate::report::required_signer::{Demand, RequiredSigner};
use crate::report::verdict::SEE_SENDER;
use bulla_age::format::{Header, Stanza};
use bulla_age::key_file::KeyFileIdentity;
use bulla_age::seed::Seed;
use bulla_age::sender::{Author as By, Coverage, HiddenRecipient, ReaderChange};
use bulla_age::signing::{SecretSigningKey, SigningKey};
use bulla_age::untrusted::Untrusted;
use bulla_age::{
    AnyRecipient, Effort, FileKey, Identity, LockedFile, NewFile, Nonce, Provable, Recipient,
    Unwrapped, Wrapped, signing,
};

const TIME: u64 = 1_795_428_240;
const LATER: u64 = TIME + 86_400;

/// A person with one seed.
struct Someone {
    seed: Seed,
}

fn person(number: u8) -> Someone {
    Someone {
        seed: Seed::from_bytes(&[number; 32]),
    }
}

impl Someone {
    fn recipient(&self) -> bulla_age::kinds::X25519Recipient {
        self.seed.classic(0).to_recipient()
    }

    fn text(&self) -> String {
        self.recipient().to_string()
    }

    fn author<'a>(&self, signing: &'a SecretSigningKey) -> By<'a> {
        By::signing(signing, TIME)
    }

    fn key(&self, whose: Person) -> KnownKey {
        let signing = whose
            .is_own()
            .then(|| self.seed.signing_key())
            .into_iter()
            .collect();
        KnownKey {
            whose,
            recipient: AnyRecipient::X25519(self.recipient()),
            signing,
        }
    }
}

/// The reader, and two others whom the reader knows. Alice's number is verified.
struct World {
    me: Someone,
    alice: Someone,
    bob: Someone,
    alice_stands: KeyStatus,
}

fn world() -> World {
    World {
        me: person(1),
        alice: person(2),
        bob: person(3),
        alice_stands: KeyStatus::Current,
    }
}

impl World {
    fn own() -> Person {
        Person::new(PersonId::You {
            name: Some("me".parse().unwrap()),
            only: true,
        })
    }

    fn alice(&self) -> Person {
        Person {
            calls_themselves: Some(Untrusted::new("Alice \u{202e}Example")),
            is_checked: true,
            checked: Some(Untrusted::new("2026-03-02")),
            standing: self.alice_stands.clone(),
            ..Person::new(PersonId::Contact("alice".parse().unwrap()))
        }
    }

    fn bob() -> Person {
        Person::new(PersonId::Contact("bob".parse().unwrap()))
    }

    fn people(&self) -> People {
        People::these(
            vec![
                self.me.key(Self::own()),
                self.alice.key(self.alice()),
                self.bob.key(Self::bob()),
            ],
            vec![
                (self.me.seed.signing_key(), Self::own()),
                (self.alice.seed.signing_key(), self.alice()),
                (self.bob.seed.signing_key(), Self::bob()),
            ],
        )
    }

    /// The report that the reader gets for a header.
    fn account(&self, header: &[u8]) -> FileReport {
        let identity = self.me.seed.classic(0);
        self.account_by(header, &[&identity])
    }

    fn account_by(&self, header: &[u8], identities: &[&dyn KeyFileIdentity]) -> FileReport {
        let unwraps: Vec<&dyn Identity> = identities
            .iter()
            .copied()
            .map(|one| -> &dyn Identity { one })
            .collect();
        let opened = LockedFile::read(&mut &header[..])
            .unwrap()
            .open(&unwraps)
            .unwrap();
        let sender = opened.sender(signing::verify).unwrap();
        FileReport::new(
            (&opened, HeaderSource::File),
            sender.as_ref(),
            identities,
            &self.people(),
        )
    }
}

fn shown(account: &FileReport) -> Vec<String> {
    let line = |line: Line| match line {
        Line::Row(heading, text) => row(heading, &text),
        Line::Warning(text) => format!("! {text}"),
    };
    account.lines().into_iter().map(line).collect()
}

#[track_caller]
fn tells(account: &FileReport, lines: &[&str]) {
    assert_eq!(shown(account), lines);
}

#[track_caller]
fn not_strict(account: &FileReport, why: &str) {
    assert_eq!(account.strict().unwrap_err().to_string(), why);
}

#[track_caller]
fn not_from(account: &FileReport, name: &str, why: &str) {
    for demand in [Demand::Contents, Demand::Origin] {
        let failure = account
            .require_from(&from(name, demand), SEE_SENDER)
            .unwrap_err();
        assert_eq!(failure.to_string(), format!("it is not from {name}: {why}"));
    }
}

/// Signed by this person, who is not the only one who could have made the contents.
#[track_caller]
fn only_origin_from(account: &FileReport, name: &str, who: &str) {
    let failure = account.require_from(&from(name, Demand::Contents), SEE_SENDER);
    assert_eq!(
        failure.unwrap_err().to_string(),
        format!("{name} signed it, but not its contents, so {who} could have changed them")
    );
    assert!(
        account
            .require_from(&from(name, Demand::Origin), SEE_SENDER)
            .is_ok()
    );
}

fn from(name: &str, demand: Demand) -> RequiredSigner {
    let is_own = matches!(name, "me" | "ops" | "recovery");
    let name = name.parse().unwrap();
    RequiredSigner {
        name,
        is_own,
        demand,
    }
}

fn is_from(account: &FileReport, name: &str) -> bool {
    account
        .require_from(&from(name, Demand::Contents), SEE_SENDER)
        .is_ok()
}

/// A header for these recipients, by this author.
fn header(recipients: &[&dyn Recipient], by: &By<'_>, covering: Coverage<'_>) -> Vec<u8> {
    NewFile::new(recipients)
        .unwrap()
        .header_by(by, covering)
        .unwrap()
}

/// The header, rewritten by a reader with this identity.
fn readdressed(
    header: &[u8],
    by: &dyn Identity,
    change: &ReaderChange<'_>,
    author: &By<'_>,
) -> Vec<u8> {
    let opened = LockedFile::read(&mut &header[..])
        .unwrap()
        .open(&[by])
        .unwrap();
    let sender = opened.sender(signing::verify).unwrap();
    opened
        .rewrite_header(sender.as_ref(), change, author)
        .unwrap()
}

#[test]
fn a_signed_file_shows_signer_date_readers_and_that_there_are_no_others() {
    let world = world();
    let (me, alice, bob) = (
        world.me.recipient(),
        world.alice.recipient(),
        world.bob.recipient(),
    );
    let signing = world.alice.seed.signing();
    let by = world.alice.author(&signing);
    let account = world.account(&header(
        &[&alice, &bob, &me],
        &by,
        Coverage::Contents(&[7; 32]),
    ));
    tells(
        &account,
        &[
            "From     alice   keys verified 2026-03-02   (name on card: \"Alice \\u{202e}Example\")",
            "Signed   2026-11-23 10:04 UTC, signature covers the contents",
            "For      you, bob, alice",
            "Keys     3 of 3 proved; there are no other readers",
        ],
    );
    assert!(account.strict().is_ok() && is_from(&account, "alice"));
    not_from(&account, "bob", "it was signed by alice");
    let fields = serde_json::to_value(account.fields()).unwrap();
    assert_eq!(fields["sender"]["covers"], "contents");
    assert_eq!(fields["sender"]["card_name"], "Alice \u{202e}Example");
    assert_eq!(
        (&fields["proved"], &fields["nobody_else"]),
        (&3.into(), &true.into())
    );
    let each = account.each();
    assert_eq!(each[0], ["X25519", "alice", "proved, keys verified"]);
    assert_eq!(each[1], ["X25519", "bob", "proved, keys not verified"]);
    assert_eq!(each[2], ["X25519", "you", "proved"]);
}

#[test]
fn a_signature_vouches_for_contents_only_if_no_other_reader_could_change_them() {
    let world = world();
    let (me, bob) = (world.me.recipient(), world.bob.recipient());
    let signed = |recipients: &[&dyn Recipient], by: &Someone| {
        let signing = by.seed.signing();
        let account = world.account(&header(recipients, &by.author(&signing), Coverage::Header));
        (shown(&account).swap_remove(1), is_from(&account, "alice"))
    };
    let says = |text: &str| format!("Signed   2026-11-23 10:04 UTC, {text}");
    assert_eq!(
        signed(&[&me], &world.alice),
        (says("only you and alice could have written this"), true)
    );
    assert_eq!(
        signed(&[&me], &world.me),
        (says("only you could have written this"), false)
    );
    let stranger = says("only you and the owner of that key could have written this");
    assert_eq!(signed(&[&me], &person(9)), (stranger, false));
    let readers = says("any reader could have changed the contents");
    assert_eq!(signed(&[&me, &bob], &world.alice), (readers.clone(), false));
    // Alice made one stanza, and it opens for the reader. It is not proved to be for nobody else.
    assert_eq!(
        signed(&[&HiddenRecipient(&me)], &world.alice),
        (readers, true)
    );
}

#[test]
fn unknown_unsigned_newer_and_plain_are_told_apart() {
    let world = world();
    let me = world.me.recipient();
    let stranger = person(9);
    let signing = stranger.seed.signing();
    let account = world.account(&header(
        &[&me],
        &stranger.author(&signing),
        Coverage::Contents(&[7; 32]),
    ));
    let number = bulla_age::fingerprint::safety_number(&stranger.seed.signing_key());
    assert_eq!(
        shown(&account)[0],
        format!("From     unknown key  {number}")
    );
    not_from(
        &account,
        "alice",
        &format!("it was signed by an unknown key ({number})"),
    );
    assert!(account.strict().is_ok());

    let account = world.account(&header(&[&me], &By::unsigned(TIME), Coverage::Header));
    tells(
        &account,
        &[
            "From     unknown (not signed)",
            "Date     2026-11-23 10:04 UTC (not verified)",
            "For      you",
            "Keys     1 of 1 proved; there are no other readers",
        ],
    );
    not_from(&account, "alice", "it is not signed");
    assert!(account.strict().is_ok());

    let plain = NewFile::new(&[&me, &person(9).recipient()])
        .unwrap()
        .header();
    let account = world.account(&plain);
    tells(
        &account,
        &[
            "From     unknown (not signed)",
            "For      you",
            "Keys     1 of 2 proved, 1 not listed; this file has no reader list",
        ],
    );
    not_strict(&account, "only 1 of 2 keys are proved");
    not_from(&account, "alice", "it is not signed");
}

#[test]
fn a_record_that_begins_with_a_change_has_no_author() {
    let world = world();
    let (me, bob) = (world.me.recipient(), world.bob.recipient());
    let plain = NewFile::new(&[&bob]).unwrap().header();
    let signing = world.bob.seed.signing();
    let change = ReaderChange {
        add: &[&me],
        drop: &[],
        proved: &[(0, world.bob.text())],
        labels: &BTreeSet::new(),
    };
    let by = By::signing(&signing, LATER);
    let account = world.account(&readdressed(
        &plain,
        &world.bob.seed.classic(0),
        &change,
        &by,
    ));
    tells(
        &account,
        &[
            "Author   unknown (the first recorded change is by someone else)",
            "Changed  2026-11-24 10:04 UTC, recorded by bob: lists bob, you",
            "For      you, bob",
            "Keys     2 of 2 proved; there are no other readers",
        ],
    );
    not_strict(&account, "the author's statement is missing");
    not_from(&account, "bob", "the author's statement is missing");
}

#[test]
fn a_report_shows_who_shared_the_file_and_that_the_author_did_not_list_the_reader() {
    let world = world();
    let (me, bob) = (world.me.recipient(), world.bob.recipient());
    let (alice, bobs) = (world.alice.seed.signing(), world.bob.seed.signing());
    let change = ReaderChange {
        add: &[&me],
        drop: &[],
        proved: &[],
        labels: &BTreeSet::new(),
    };
    let written = header(
        &[&bob],
        &world.alice.author(&alice),
        Coverage::Contents(&[7; 32]),
    );
    let signed = readdressed(
        &written,
        &world.bob.seed.classic(0),
        &change,
        &By::signing(&bobs, LATER),
    );
    let account = world.account(&signed);
    tells(
        &account,
        &[
            "From     alice   keys verified 2026-03-02   (name on card: \"Alice \\u{202e}Example\")",
            "Signed   2026-11-23 10:04 UTC, signature covers the contents",
            "         alice wrote this for bob. bob listed you on 2026-11-24",
            "Changed  2026-11-24 10:04 UTC, recorded by bob: added you",
            "For      you, bob",
            "Keys     2 of 2 proved; there are no other readers",
        ],
    );
    assert!(account.strict().is_ok() && is_from(&account, "alice"));
    let passed_on = "alice wrote this for bob. bob listed you on 2026-11-24";
    assert_eq!(
        serde_json::to_value(account.fields()).unwrap()["passed_on"],
        passed_on
    );
    // If the signature does not cover the contents, anyone who passes the file on can write in the
    // author's name.
    let written = header(&[&bob], &world.alice.author(&alice), Coverage::Header);
    let change = ReaderChange {
        add: &[&me],
        drop: &[0],
        proved: &[],
        labels: &BTreeSet::new(),
    };
    let account = world.account(&readdressed(
        &written,
        &world.bob.seed.classic(0),
        &change,
        &By::unsigned(LATER),
    ));
    tells(
        &account,
        &[
            "From     alice   keys verified 2026-03-02   (name on card: \"Alice \\u{202e}Example\")",
            "Signed   2026-11-23 10:04 UTC, the contents are not signed",
            "         alice encrypted this for bob. An unsigned record has listed you since 2026-11-24",
            "Changed  2026-11-24 10:04 UTC, recorded by someone (unsigned): added you; removed bob",
            "For      you",
            "Keys     1 of 1 proved; there are no other readers",
        ],
    );
    not_from(
        &account,
        "alice",
        "the signature does not cover the contents, so they may have been replaced",
    );
}

/// A header that alice signed without its contents, as these people see it.
fn origin_by_alice(world: &World, recipients: &[&dyn Recipient], people: &People) -> FileReport {
    let signing = world.alice.seed.signing();
    let by = world.alice.author(&signing);
    let header = header(recipients, &by, Coverage::Header);
    account_of(&header, &[&world.me.seed.classic(0)], people)
}

fn account_of(header: &[u8], identities: &[&dyn KeyFileIdentity], people: &People) -> FileReport {
    let unwraps: Vec<&dyn Identity> = identities
        .iter()
        .copied()
        .map(|one| -> &dyn Identity { one })
        .collect();
    let opened = LockedFile::read(&mut &header[..])
        .unwrap()
        .open(&unwraps)
        .unwrap();
    let sender = opened.sender(signing::verify).unwrap();
    let opened = (&opened, HeaderSource::File);
    FileReport::new(opened, sender.as_ref(), identities, people)
}

/// Bob can open it too, so bob can have written it.
#[test]
fn from_is_refused_if_another_reader_could_have_written_the_contents() {
    let world = world();
    let (me, alice, bob) = (
        world.me.recipient(),
        world.alice.recipient(),
        world.bob.recipient(),
    );
    let stranger = person(9).recipient();
    let hidden = HiddenRecipient(&stranger);
    let people = world.people();
    for others in [
        &[&bob as &dyn Recipient][..],
        &[&stranger],
        &[&hidden],
        &[&alice, &bob],
    ] {
        let account = origin_by_alice(&world, &[others, &[&me]].concat(), &people);
        only_origin_from(&account, "alice", "any reader");
    }
    // The keys are the signer's and the reader's.
    for recipients in [
        &[&alice as &dyn Recipient, &me][..],
        &[&me],
        &[&HiddenRecipient(&me)],
    ] {
        let account = origin_by_alice(&world, recipients, &people);
        assert!(is_from(&account, "alice"), "{:?}", shown(&account));
    }
}

/// A backup that one of your identities made for itself and for another one of yours.
#[test]
fn from_is_satisfied_if_all_readers_are_your_own_identities() {
    let world = world();
    let (ops, recovery) = (world.me.recipient(), world.bob.recipient());
    let named = |name: &str| {
        Person::new(PersonId::You {
            name: Some(name.parse().unwrap()),
            only: false,
        })
    };
    let people = |recovery: Person| {
        People::these(
            vec![world.me.key(named("ops")), world.bob.key(recovery)],
            vec![(world.me.seed.signing_key(), named("ops"))],
        )
    };
    let signing = world.me.seed.signing();
    let header = header(
        &[&ops, &recovery],
        &world.me.author(&signing),
        Coverage::Header,
    );
    let account = |recovery| account_of(&header, &[&world.me.seed.classic(0)], &people(recovery));
    let both = account(named("recovery"));
    assert!(is_from(&both, "ops"));
    assert!(shown(&both)[1].ends_with("only you could have written this"));
    let lost = Person {
        standing: KeyStatus::Former { replaced: None },
        ..named("recovery")
    };
    only_origin_from(
        &account(lost),
        "ops",
        "anyone with your former key (recovery)",
    );
}

/// Whoever finds a key that was lost and rotated away can write to it in anybody's name.
#[test]
fn an_unused_key_of_yours_opens_files_but_proves_no_author() {
    let world = world();
    let me = world.me.recipient();
    let standings = [
        (KeyStatus::Former { replaced: None }, "former"),
        (KeyStatus::Revoked, "revoked"),
    ];
    for (standing, word) in standings {
        let own = Person {
            standing,
            ..World::own()
        };
        let people = People::these(
            vec![world.me.key(own)],
            vec![(world.alice.seed.signing_key(), world.alice())],
        );
        for recipient in [&me as &dyn Recipient, &HiddenRecipient(&me)] {
            let account = origin_by_alice(&world, &[recipient], &people);
            let who = format!("anyone with your {word} key");
            only_origin_from(&account, "alice", &who);
            assert_eq!(
                shown(&account)[1..3],
                [
                    format!("Signed   2026-11-23 10:04 UTC, {who} could have changed the contents"),
                    format!("For      your {word} key"),
                ]
            );
        }
        let account = origin_by_alice(&world, &[&me], &people);
        // A revoked key is in other hands. A replaced one opens what was written before.
        assert_eq!(account.strict().is_ok(), word == "former");
    }
}

/// The keyring does not know the key, so it may be one that was lost and replaced.
#[test]
fn a_key_that_was_named_for_the_run_proves_nothing_about_who_wrote_the_file() {
    let world = world();
    let me = world.me.recipient();
    let people = People::these(
        Vec::new(),
        vec![(world.alice.seed.signing_key(), world.alice())],
    );
    let account = origin_by_alice(&world, &[&me], &people);
    only_origin_from(&account, "alice", "anyone with the key that opens it");
}

/// Alice's lost key is among the readers, so its finder can have written the file.
#[test]
fn a_former_key_of_the_signer_does_not_count_as_the_signers() {
    let statuses = [
        (KeyStatus::Former { replaced: None }, "former"),
        (KeyStatus::Changed, "unconfirmed"),
        (KeyStatus::Revoked, "revoked"),
    ];
    for (standing, word) in statuses {
        let world = world();
        let former = Person {
            standing,
            ..world.alice()
        };
        let people = People::these(
            vec![world.me.key(World::own()), world.alice.key(former)],
            vec![(world.alice.seed.signing_key(), world.alice())],
        );
        let recipients: [&dyn Recipient; 2] = [&world.alice.recipient(), &world.me.recipient()];
        let account = origin_by_alice(&world, &recipients, &people);
        only_origin_from(
            &account,
            "alice",
            &format!("anyone with alice's {word} key"),
        );
        assert!(account.strict().is_err());
    }
}

/// A recipient with another key's stanza, for ghosts.
struct Ghost<'a> {
    shown_as: String,
    real: &'a dyn Recipient,
    tag: Option<&'static str>,
}

impl Recipient for Ghost<'_> {
    fn wrap(&self, file_key: &FileKey, nonce: &Nonce) -> Result<Wrapped, bulla_age::KeyError> {
        let mut wrapped = self.real.wrap(file_key, nonce)?;
        for stanza in &mut wrapped.stanzas {
            stanza.tag = self.tag.map_or_else(|| stanza.tag.clone(), str::to_owned);
        }
        Ok(wrapped)
    }

    fn names(&self) -> Vec<String> {
        vec![self.shown_as.clone()]
    }

    fn provable(&self) -> Provable {
        match self.tag {
            None => Provable::Yes,
            Some(_) => Provable::NamedOnly,
        }
    }
}

#[test]
fn ghosts_are_loud_however_they_are_dressed() {
    let world = world();
    let (me, bob, mallory) = (
        world.me.recipient(),
        world.bob.recipient(),
        person(9).recipient(),
    );
    let signing = world.alice.seed.signing();
    let by = world.alice.author(&signing);
    let ghost = |shown_as: String, tag| Ghost {
        shown_as,
        real: &mallory,
        tag,
    };
    // As someone the reader knows: the list says bob, but the stanza belongs to another key.
    let as_bob = ghost(world.bob.text(), None);
    let account = world.account(&header(&[&me, &as_bob], &by, Coverage::Contents(&[7; 32])));
    let loud = "1 of 2 keys is not on the reader list";
    assert_eq!(
        shown(&account)[3..],
        [
            "Keys     1 of 2 proved, 1 unaccounted for",
            &format!("! {loud}")
        ]
    );
    assert_eq!(
        account.each()[1][2],
        "listed under the name of someone you know, but the key is not theirs"
    );
    not_strict(&account, loud);
    assert!(is_from(&account, "alice"));
    // As filler.
    let filler = ghost("x".into(), Some("x-grease"));
    let account = world.account(&header(
        &[&me, &bob, &filler],
        &by,
        Coverage::Contents(&[7; 32]),
    ));
    not_strict(&account, "1 of 3 keys is not on the reader list");
    assert!(account.each()[2][2].contains("could also be a key"));
    // Not named.
    let account = world.account(&header(
        &[&me, &HiddenRecipient(&mallory)],
        &by,
        Coverage::Contents(&[7; 32]),
    ));
    let loud = "1 of 2 keys belongs to a hidden recipient";
    tells(
        &account,
        &[
            "From     alice   keys verified 2026-03-02   (name on card: \"Alice \\u{202e}Example\")",
            "Signed   2026-11-23 10:04 UTC, signature covers the contents",
            "For      you",
            "         as listed: 1 hidden recipient",
            "Keys     1 of 2 proved, 1 hidden",
            &format!("! {loud}"),
        ],
    );
    not_strict(&account, loud);
    // Under a name that the reader does not know, and of a type that cannot be proved: no warning,
    // and never proved.
    let listed = ghost("ssh-ed25519 x".into(), Some("ssh-ed25519"));
    let account = world.account(&header(
        &[&me, &mallory, &listed],
        &by,
        Coverage::Contents(&[7; 32]),
    ));
    assert_eq!(
        shown(&account)[2..],
        [
            "For      you",
            "         as listed: 2 people you do not know",
            "Keys     1 of 3 proved, 2 listed",
        ]
    );
    not_strict(&account, "only 1 of 3 keys are proved");
}

/// A key of SSH, whose stanza another key can open.
struct SshGhost<'a> {
    shown_as: &'a str,
    real: Vec<&'a dyn Recipient>,
    tag: Option<&'a str>,
}

impl Recipient for SshGhost<'_> {
    fn wrap(&self, file_key: &FileKey, nonce: &Nonce) -> Result<Wrapped, bulla_age::KeyError> {
        let mut wrapped = self.real[0].wrap(file_key, nonce)?;
        for more in &self.real[1..] {
            wrapped.stanzas.extend(more.wrap(file_key, nonce)?.stanzas);
        }
        for stanza in &mut wrapped.stanzas {
            stanza.tag = self.tag.map_or_else(|| stanza.tag.clone(), str::to_owned);
        }
        Ok(wrapped)
    }

    fn names(&self) -> Vec<String> {
        vec![self.shown_as.to_owned()]
    }

    fn provable(&self) -> Provable {
        Provable::NamedOnly
    }
}

const SSH: [&str; 2] = [
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIE5dw6ofRdfVqNUZsNMfszLjYqRtO43ol32D1uPybOU",
];
const TAG: &str = "age1tag1qt8lw0ual6avlwmwatk888yqnmdamm7xfd0wak53ut6elz5c4swx2yqdj4e";

const PLUGIN: &str = "age1x1qypqxkp6efm";

/// The list names carol's key for a stanza that cannot be hers.
#[test]
fn a_listed_key_has_the_type_and_the_tag_of_its_stanza() {
    let world = world();
    let me = world.me.recipient();
    let signing = world.alice.seed.signing();
    let by = world.alice.author(&signing);
    let carol = |key: &str| {
        let whose = Person::new(PersonId::Contact("carol".parse().unwrap()));
        let key = KnownKey {
            whose,
            recipient: key.parse().unwrap(),
            signing: Vec::new(),
        };
        People::these(
            vec![world.me.key(World::own()), key],
            vec![(world.alice.seed.signing_key(), world.alice())],
        )
    };
    let parsed = |key: &str| key.parse::<AnyRecipient>().unwrap();
    let keys = [SSH[0], SSH[1], TAG].map(parsed);
    let [own, other, tag] = [0, 1, 2].map(|index| keys[index].as_recipient().unwrap());
    let seen = |shown_as: &str, real: &[&dyn Recipient], tag: Option<&str>| {
        let ghost = SshGhost {
            shown_as,
            real: real.to_vec(),
            tag,
        };
        let header = header(&[&me, &ghost], &by, Coverage::Contents(&[7; 32]));
        let account = account_of(&header, &[&world.me.seed.classic(0)], &carol(shown_as));
        let loud = !account.warnings().is_empty();
        let claims = shown(&account).iter().any(|line| line.contains("carol"));
        assert_eq!(loud, !claims, "{:?}", shown(&account));
        assert!(account.strict().is_err());
        claims
    };
    assert!(seen(SSH[0], &[own], None));
    assert!(!seen(SSH[0], &[other], None));
    assert!(!seen(SSH[0], &[own, own], None));
    assert!(!seen(SSH[0], &[own], Some("ssh-rsa")));
    assert!(!seen(SSH[0], &[tag], None));
    assert!(!seen(SSH[0], &[own], Some("piv-p256")));
    assert!(seen(TAG, &[tag], None));
    assert!(!seen(TAG, &[own], Some("p256tag")));
    assert!(!seen(TAG, &[tag], Some("mlkem768p256tag")));
    assert!(seen(PLUGIN, &[own], Some("piv-p256")));
    assert!(!seen(PLUGIN, &[own], None));
}

/// Readers who are only listed are never named beside those who are proved.
#[test]
fn proved_and_listed_readers_are_kept_apart() {
    let world = world();
    let me = world.me.recipient();
    let carol = Person::new(PersonId::Contact("carol".parse().unwrap()));
    let key: AnyRecipient = SSH[0].parse().unwrap();
    let people = People::these(
        vec![
            world.me.key(World::own()),
            world.bob.key(World::bob()),
            KnownKey {
                whose: carol,
                recipient: key.clone(),
                signing: Vec::new(),
            },
        ],
        Vec::new(),
    );
    let recipients: [&dyn Recipient; 3] =
        [&me, key.as_recipient().unwrap(), &world.bob.recipient()];
    let header = header(&recipients, &By::unsigned(TIME), Coverage::Header);
    let account = account_of(&header, &[&world.me.seed.classic(0)], &people);
    assert_eq!(
        shown(&account)[2..],
        [
            "For      you, bob",
            "         as listed: carol",
            "Keys     2 of 3 proved, 1 listed",
        ]
    );
}

#[test]
fn keys_changed_without_a_record_are_loud() {
    let world = world();
    let (me, bob) = (world.me.recipient(), world.bob.recipient());
    let signing = world.alice.seed.signing();
    let by = world.alice.author(&signing);
    let (file_key, nonce) = (|| FileKey::new(&[5; 16]), [6; 16]);
    let file = NewFile::of(file_key(), nonce, &[&bob, &me]).unwrap();
    let written = file.header_by(&by, Coverage::Header).unwrap();
    // A reader who has the file key leaves the author's statement unchanged and removes a stanza.
    let written = LockedFile::read(&mut &written[..]).unwrap();
    let covered = Header::bytes_to_cover(&written.header().stanzas()[1..]);
    let mut key = [0; 32];
    let file_key = file_key();
    Hkdf::<Sha256>::new(None, file_key.as_bytes())
        .expand(b"header", &mut key)
        .unwrap();
    let mac = Hmac::<Sha256>::new_from_slice(&key)
        .unwrap()
        .chain_update(&covered)
        .finalize();
    let changed = Header::finish(covered, &mac.into_bytes().into());
    let account = world.account(&[&changed[..], &nonce].concat());
    tells(
        &account,
        &[
            "From     alice   keys verified 2026-03-02   (name on card: \"Alice \\u{202e}Example\")",
            "Signed   2026-11-23 10:04 UTC, the contents are not signed",
            "For      you",
            "Keys     1 of 1 proved; there are no other readers",
            "! the readers were changed without a record",
        ],
    );
    not_strict(&account, "the readers were changed without a record");
    not_from(
        &account,
        "alice",
        "the signature does not cover the contents, so they may have been replaced",
    );
    assert_eq!(
        serde_json::to_value(account.fields()).unwrap()["recorded"],
        false
    );
}

#[test]
fn a_file_signed_to_another_card_is_not_addressed_to_you() {
    let world = world();
    let me = world.me.recipient();
    let signing = world.alice.seed.signing();
    let addressed = |to: SigningKey| {
        let addressees = HashMap::from([(world.me.text(), to)]);
        let by = By {
            addressees,
            ..world.alice.author(&signing)
        };
        world.account(&header(&[&me], &by, Coverage::Header))
    };
    assert!(addressed(world.me.seed.signing_key()).strict().is_ok());
    let account = addressed(person(9).seed.signing_key());
    let loud = "it was signed for someone else's card that contains your key";
    assert_eq!(shown(&account).pop(), Some(format!("! {loud}")));
    not_strict(&account, loud);
    not_from(
        &account,
        "alice",
        "it was signed for someone else's card that contains your key",
    );
}

#[test]
fn a_key_that_is_not_current_is_shown_as_such_and_never_satisfies() {
    let cases = [
        (
            KeyStatus::Former {
                replaced: Some(Untrusted::new("2026-05-01")),
            },
            "former",
            ", replaced on 2026-05-01",
        ),
        (KeyStatus::Former { replaced: None }, "former", ""),
        (KeyStatus::Changed, "unconfirmed", ""),
        (KeyStatus::Revoked, "revoked", ""),
    ];
    for (standing, word, more) in cases {
        let world = World {
            alice_stands: standing,
            ..world()
        };
        let (me, alice) = (world.me.recipient(), world.alice.recipient());
        let signing = world.alice.seed.signing();
        let account = world.account(&header(
            &[&me],
            &world.alice.author(&signing),
            Coverage::Contents(&[7; 32]),
        ));
        let from =
            format!("From     alice's {word} key{more}: anyone who has it could have written this");
        assert_eq!(shown(&account)[0], from);
        not_from(
            &account,
            "alice",
            &format!("it was signed by alice's {word} key"),
        );
        not_strict(&account, &format!("it was signed by alice's {word} key"));
        let account = world.account(&header(
            &[&me, &alice],
            &By::unsigned(TIME),
            Coverage::Header,
        ));
        assert_eq!(
            shown(&account)[2],
            format!("For      you, alice's {word} key")
        );
        not_strict(
            &account,
            &format!("anyone with alice's {word} key can read it"),
        );
    }
}

#[test]
fn a_change_by_a_key_that_is_not_current_is_not_strict() {
    let former = KeyStatus::Former { replaced: None };
    for (standing, word) in [
        (KeyStatus::Revoked, "revoked"),
        (KeyStatus::Changed, "unconfirmed"),
        (former, "former"),
    ] {
        let world = World {
            alice_stands: standing,
            ..world()
        };
        let (me, alice) = (world.me.recipient(), world.alice.recipient());
        let (bobs, alices) = (world.bob.seed.signing(), world.alice.seed.signing());
        let written = header(
            &[&me, &alice],
            &world.bob.author(&bobs),
            Coverage::Contents(&[7; 32]),
        );
        let change = ReaderChange {
            add: &[],
            drop: &[1],
            proved: &[],
            labels: &BTreeSet::new(),
        };
        let by = By::signing(&alices, LATER);
        let account = world.account(&readdressed(
            &written,
            &world.alice.seed.classic(0),
            &change,
            &by,
        ));
        assert_eq!(
            shown(&account)[4],
            "Keys     1 of 1 proved; there are no other readers"
        );
        not_strict(
            &account,
            &format!("the readers were changed by alice's {word} key"),
        );
        assert!(is_from(&account, "bob"));
    }
}

/// For a detached header, the report does not say who wrote the contents: nobody can see who else
/// has the file's own key.
#[test]
fn a_detached_header_proves_less() {
    let world = world();
    let signing = world.alice.seed.signing();
    let header = header(
        &[&world.me.recipient()],
        &world.alice.author(&signing),
        Coverage::Header,
    );
    let identity = world.me.seed.classic(0);
    let opened = LockedFile::read(&mut &header[..])
        .unwrap()
        .open(&[&identity])
        .unwrap();
    let sender = opened.sender(signing::verify).unwrap();
    let account = FileReport::new(
        (&opened, HeaderSource::Detached),
        sender.as_ref(),
        &[&identity],
        &world.people(),
    );
    tells(
        &account,
        &[
            "From     alice   keys verified 2026-03-02   (name on card: \"Alice \\u{202e}Example\")",
            "Signed   2026-11-23 10:04 UTC, any reader could have changed the contents",
            "For      you",
            "Keys     1 of 1 proved; the detached header has no other readers, but the file's \
             own header may have",
        ],
    );
    only_origin_from(&account, "alice", "any reader");
}

#[test]
fn a_stanza_that_cannot_be_recomputed_is_no_proof() {
    let world = world();
    let me = world.me.recipient();
    let account = world.account(&header(
        &[&HiddenRecipient(&me)],
        &By::unsigned(TIME),
        Coverage::Header,
    ));
    assert_eq!(
        shown(&account)[2..],
        ["For      you", "Keys     0 of 1 proved, 1 opened by you"]
    );
    assert_eq!(
        account.each()[0][2],
        "opens with your key, but who else has this key cannot be proved"
    );
    not_strict(&account, "only 0 of 1 keys are proved");
}

/// A program that opens any file and does not say which stanza matched.
struct Program<'a>(&'a dyn Identity);

impl Identity for Program<'_> {
    fn work(&self, _: &[bulla_age::format::Stanza]) -> usize {
        0
    }

    fn unwrap(&self, stanzas: &[Stanza]) -> Unwrapped {
        self.0.unwrap(stanzas)
    }

    fn effort(&self) -> Effort {
        Effort::StartsProgram
    }

    fn describe(&self) -> String {
        "identity of age-plugin-x".to_owned()
    }
}

impl KeyFileIdentity for Program<'_> {
    fn recipients(&self) -> Result<Vec<AnyRecipient>, bulla_age::KeyError> {
        panic!("a program is not started for an account")
    }
}

#[test]
fn a_file_opened_by_a_plugin_claims_only_what_is_known() {
    let world = world();
    let (other, bob, stranger) = (
        person(8).recipient(),
        world.bob.recipient(),
        person(9).recipient(),
    );
    let key = person(8).seed.classic(0);
    let account = |recipients: &[&dyn Recipient]| {
        let header = header(recipients, &By::unsigned(TIME), Coverage::Header);
        world.account_by(&header, &[&Program(&key)])
    };
    let alone = account(&[&HiddenRecipient(&other), &bob]);
    assert_eq!(
        shown(&alone)[2..],
        [
            "For      you, bob",
            "Keys     1 of 2 proved, 1 opened by you"
        ]
    );
    // The only stanza is Bob's, and a program opened it: someone other than the author and the
    // reader can open the file.
    let signing = world.alice.seed.signing();
    let bobs = person(3).seed.classic(0);
    let of_bob = header(&[&bob], &world.alice.author(&signing), Coverage::Header);
    let of_bob = world.account_by(&of_bob, &[&Program(&bobs)]);
    assert!(shown(&of_bob)[1].ends_with("any reader could have changed the contents"));
    let among = account(&[&other, &stranger]);
    let unknown = "For      as listed: 2 people you do not know";
    let which = "         your identity of age-plugin-x opened one of them, but does not say which";
    assert_eq!(
        shown(&among)[2..],
        [unknown, "Keys     0 of 2 proved, 2 listed", which]
    );
}

#[test]
fn a_report_without_a_keyring_is_complete_but_names_nobody() {
    let world = world();
    let signing = world.alice.seed.signing();
    let header = header(
        &[&world.me.recipient(), &world.bob.recipient()],
        &world.alice.author(&signing),
        Coverage::Contents(&[7; 32]),
    );
    let identity = world.me.seed.classic(0);
    let opened = LockedFile::read(&mut &header[..])
        .unwrap()
        .open(&[&identity])
        .unwrap();
    let sender = opened.sender(signing::verify).unwrap();
    let account = FileReport::new(
        (&opened, HeaderSource::File),
        sender.as_ref(),
        &[&identity],
        &People::default(),
    );
    let number = bulla_age::fingerprint::safety_number(&world.alice.seed.signing_key());
    tells(
        &account,
        &[
            &format!("From     unknown key  {number}"),
            "Signed   2026-11-23 10:04 UTC, signature covers the contents",
            "For      you",
            "         as listed: 1 person you do not know",
            "Keys     1 of 2 proved, 1 listed",
        ],
    );
}

#[test]
fn times_outside_the_calendar_are_called_impossible() {
    use crate::report::authorship::{moment, rfc3339};
    assert_eq!(moment(0), "1970-01-01 00:00 UTC");
    assert_eq!(moment(253_402_300_799), "9999-12-31 23:59 UTC");
    for time in [253_402_300_800, u64::MAX] {
        assert_eq!(
            (moment(time), rfc3339(time)),
            ("at an impossible time".to_owned(), None)
        );
    }
}

/// A header for the reader with these bytes in the sender stanza, written by hand.
fn by_hand(world: &World, statements: &[u8]) -> Vec<u8> {
    use base64::{Engine as _, prelude::BASE64_STANDARD_NO_PAD};
    use chacha20poly1305::{ChaCha20Poly1305, aead::Aead};
    let (file_key, nonce) = (|| FileKey::new(&[5; 16]), [6; 16]);
    let derive = |salt: &[u8], label: &[u8]| {
        let mut key = [0; 32];
        Hkdf::<Sha256>::new(Some(salt), file_key().as_bytes())
            .expand(label, &mut key)
            .unwrap();
        key
    };
    let file = NewFile::of(file_key(), nonce, &[&world.me.recipient()]).unwrap();
    let mut padded = [statements, &[0; 2]].concat();
    padded.resize((padded.len() + 16).next_multiple_of(512) - 16, 0);
    let of_salt = derive(&nonce, b"bulla/sender-salt/v1");
    let salt = Hmac::<Sha256>::new_from_slice(&of_salt)
        .unwrap()
        .chain_update(&padded)
        .finalize();
    let salt = &salt.into_bytes()[..16];
    let key = derive(&[&nonce, salt].concat(), b"bulla/sender-key/v1");
    let body = <ChaCha20Poly1305 as chacha20poly1305::KeyInit>::new(&key.into())
        .encrypt(&[0; 12].into(), &*padded)
        .unwrap();
    let sender = Stanza {
        tag: "bulla/sender".into(),
        args: [BASE64_STANDARD_NO_PAD.encode(salt)].into(),
        body,
    };
    let covered = Header::bytes_to_cover(file.stanzas().iter().chain([&sender]));
    let mut of_mac = [0; 32];
    Hkdf::<Sha256>::new(None, file_key().as_bytes())
        .expand(b"header", &mut of_mac)
        .unwrap();
    let mac = Hmac::<Sha256>::new_from_slice(&of_mac)
        .unwrap()
        .chain_update(&covered)
        .finalize();
    let header = Header::finish(covered, &mac.into_bytes().into());
    [&header[..], &nonce].concat()
}

#[test]
fn a_file_of_a_newer_version_has_no_sender() {
    let world = world();
    let body = [&[1, 0xea, 0][..], &[7; 100]].concat();
    let statements = [&[0, 103][..], &body, &[0, 64], &[9; 64]].concat();
    let account = world.account(&by_hand(&world, &statements));
    tells(
        &account,
        &[
            "Author   unknown (made by a newer version of bulla)",
            "For      you",
            "Keys     1 of 1 proved; its reader list needs a newer version of bulla",
        ],
    );
    not_strict(&account, "it was made by a newer version of bulla");
    not_from(&account, "alice", "it was made by a newer version of bulla");
    assert_eq!(
        serde_json::to_value(account.fields()).unwrap()["sender"]["state"],
        "newer"
    );
    assert_eq!(
        serde_json::to_value(account.fields()).unwrap()["nobody_else"],
        false
    );
}

#[test]
fn an_unlisted_reader_is_not_reported_as_added_by_someone_else() {
    let world = world();
    let (me, bob, carol) = (
        world.me.recipient(),
        world.bob.recipient(),
        person(8).recipient(),
    );
    let (alice, bobs) = (world.alice.seed.signing(), world.bob.seed.signing());
    let by = world.alice.author(&alice);
    let passed_on = |recipients: &[&dyn Recipient], add: &dyn Recipient| {
        let written = header(recipients, &by, Coverage::Contents(&[7; 32]));
        let change = ReaderChange {
            add: &[add],
            drop: &[],
            proved: &[],
            labels: &BTreeSet::new(),
        };
        let author = By::signing(&bobs, LATER);
        shown(&world.account(&readdressed(
            &written,
            &world.bob.seed.classic(0),
            &change,
            &author,
        )))
    };
    let said = passed_on(&[&bob, &HiddenRecipient(&me)], &carol);
    assert!(
        !said.iter().any(|line| line.contains(" listed you on ")),
        "{said:?}"
    );
    let said = passed_on(&[&bob, &HiddenRecipient(&carol)], &me);
    let line =
        "         alice wrote this for bob, 1 hidden recipient. bob listed you on 2026-11-24";
    assert!(said.contains(&line.to_owned()), "{said:?}");
}

#[test]
fn one_of_several_identities_is_named() {
    let world = world();
    let several = |name: &str| {
        Person::new(PersonId::You {
            name: Some(name.parse().unwrap()),
            only: false,
        })
    };
    let me = world.me.recipient();
    let people = People::these(vec![world.me.key(several("work"))], Vec::new());
    let identity = world.me.seed.classic(0);
    let header = header(&[&me], &By::unsigned(TIME), Coverage::Header);
    let opened = LockedFile::read(&mut &header[..])
        .unwrap()
        .open(&[&identity])
        .unwrap();
    let sender = opened.sender(signing::verify).unwrap();
    let account = FileReport::new(
        (&opened, HeaderSource::File),
        sender.as_ref(),
        &[&identity],
        &people,
    );
    assert_eq!(shown(&account)[2], "For      you (work)");
}
