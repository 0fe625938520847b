//! The vectors, and texts that are not cards.

use super::*;
use bulla_age::seed::Seed;
use bulla_age::signing::SecretSigningKey;
use bulla_age::{AnyRecipient, ParseError};

/// The seed of the fixed vectors.
fn seed() -> Seed {
    Seed::from_bytes(&std::array::from_fn(|i| i as u8))
}

fn older() -> SecretSigningKey {
    SecretSigningKey::new(&[7; 32], &[7; 32])
}

fn classic() -> AnyRecipient {
    AnyRecipient::X25519(seed().classic(0).to_recipient())
}

fn draft() -> Draft {
    Draft {
        name: "Alice Example".to_owned(),
        serial: 1_795_000_000,
        created: "2026-11-23".to_owned(),
        expires: "2028-11-23".to_owned(),
        recipient: Some(classic()),
        also: None,
        successions: Vec::new(),
    }
}

fn hybrid() -> Draft {
    let recipient = AnyRecipient::Hybrid(seed().hybrid(0).to_recipient());
    Draft {
        recipient: Some(recipient),
        also: Some(classic()),
        ..draft()
    }
}

/// A card whose owner signs and opens nothing.
fn signing() -> Draft {
    Draft {
        recipient: None,
        ..draft()
    }
}

fn succeeded() -> Draft {
    let successions = vec![
        Succession::new(&SecretSigningKey::new(&[6; 32], &[6; 32]), older().key()),
        Succession::new(&older(), seed().signing_key()),
    ];
    Draft {
        successions,
        ..draft()
    }
}

fn card() -> String {
    draft().sign(&seed().signing()).unwrap().text().to_owned()
}

/// A text that was changed and then signed again by the key it names, so that only the grammar can
/// refuse it.
fn signed(text: &str) -> Vec<u8> {
    let (before, _) = text.rsplit_once("# sig: ").unwrap();
    KIND.sign(before.to_owned(), &seed().signing()).into_bytes()
}

fn refusal(text: &str) -> CardError {
    Card::parse(&signed(text))
        .err()
        .unwrap_or_else(|| panic!("taken: {text}"))
}

/// The vectors, made by a second program from formats.md and the seed of the fixed vectors.
const CARD: &str = "# bulla card v1\n\
     # name: Alice Example\n\
     # sign: ed25519 Ola0g2HzFm0FrePqj2VS1fbmeGdKGKfkMqwNizfktzs mldsa65 TYt3M7Nc0K5VHlMz3f501mM+7PdgtIK0mOHLBthktec\n\
     # serial: 1795000000\n\
     # created: 2026-11-23\n\
     # expires: 2028-11-23\n\
     age10w840jqz8nm0cc7wglxwmgg7vpx7n6zuga2jhp3hutr9m06az3pq2qazjj\n\
     # sig: AbZASEGqhmtHBGpDwBcieI7ADiSDZdK4nmpzDkAhbI5sX+bLgbu4L3JPFvb1R0e6ODqQDFPv4Mx4FkNnSg1YBw\n";
const SUCCEEDED: &str = "# bulla card v1\n\
     # name: Alice Example\n\
     # sign: ed25519 Ola0g2HzFm0FrePqj2VS1fbmeGdKGKfkMqwNizfktzs mldsa65 TYt3M7Nc0K5VHlMz3f501mM+7PdgtIK0mOHLBthktec\n\
     # serial: 1795000000\n\
     # created: 2026-11-23\n\
     # expires: 2028-11-23\n\
     # succeeds: iodf/x6zhFFXes1a/uQFRWVo3XyJ4JCGOgVXvHr0nxc UseNkBl4KDzYQG5cmE+h52kpM5IXFx7cdP3ZHeAZyCs 6kpsY+KcUgq+9VB7Ey7F+ZVHdq6+vnuSQh7qaRRG0iw 06HlHs9JG3nKdpG9JpJx+Njo2UMTpqvMbIrovDS1+ao QUUwWef+47MU59Bcb4sKzcQXtowp60hlvMd/N2k521PXfCCYDmCLdgL7RWEt9N3+2OHR+bYz7rXkkXN8P0QdCw\n\
     # succeeds: 6kpsY+KcUgq+9VB7Ey7F+ZVHdq6+vnuSQh7qaRRG0iw 06HlHs9JG3nKdpG9JpJx+Njo2UMTpqvMbIrovDS1+ao Ola0g2HzFm0FrePqj2VS1fbmeGdKGKfkMqwNizfktzs TYt3M7Nc0K5VHlMz3f501mM+7PdgtIK0mOHLBthktec qrh9vAlVr9/hQm/fFzJL2j0vMUthwWfzNNVXJnq+NcrQhYORlwQWxQSSYGxBxctOgQvfljmaSIhijJIJoH4xDg\n\
     age10w840jqz8nm0cc7wglxwmgg7vpx7n6zuga2jhp3hutr9m06az3pq2qazjj\n\
     # sig: rUXu2+7cHNjFgmN1mtilOIzDVM0RiXlXce7dkrO79hmziQAAC7rbtsy/DKAWGmC1nKQGh91e+0YTB3MN0UiVAw\n";

#[test]
fn the_vectors() {
    assert_eq!(card(), CARD);
    assert_eq!(
        succeeded().sign(&seed().signing()).unwrap().text(),
        SUCCEEDED
    );
}

#[test]
fn a_card_for_signing_only_is_that_of_the_vectors() {
    let vectors: serde_json::Value =
        serde_json::from_str(include_str!("../../../docs/vectors.json")).unwrap();
    let card = signing().sign(&seed().signing()).unwrap();
    assert_eq!(Some(card.text()), vectors["card for signing only"].as_str());
    assert!(card.recipient().is_none() && card.recipients().is_empty());
}

/// A card without a recipient says so, and one that says so has none: neither reading is possible
/// by accident, and programs that know only cards with recipients refuse it.
#[test]
fn a_card_has_a_recipient_unless_it_is_for_signing_only() {
    let text = signing().sign(&seed().signing()).unwrap().text().to_owned();
    let line = "# use: signing\n";
    let recipient = format!("{}\n", classic());
    assert_eq!(
        refusal(&text.replace(line, "")),
        CardError::Missing("recipient")
    );
    for (wrong, why) in [
        (
            text.replace(line, &format!("{line}{recipient}")),
            "a card that is only for signing has no recipient",
        ),
        (
            text.replace(line, &format!("# use: all\n{recipient}")),
            "the use must be \"signing\"",
        ),
        (
            text.replace(line, "# use: all\n"),
            "the use must be \"signing\"",
        ),
        (
            text.replace(line, &format!("{line}# also: {recipient}")),
            "a classic key is allowed only next to a post-quantum recipient",
        ),
    ] {
        match refusal(&wrong) {
            CardError::Line { why: said, .. } => assert_eq!(said, why),
            other => panic!("{other}: {wrong}"),
        }
    }
}

#[test]
fn a_card_round_trips() {
    for draft in [
        draft(),
        hybrid(),
        succeeded(),
        Draft {
            name: "é".repeat(64),
            ..draft()
        },
    ] {
        let card = draft.sign(&seed().signing()).unwrap();
        assert_eq!(
            (card.name().as_raw(), card.serial()),
            (&*draft.name, draft.serial)
        );
        assert_eq!(
            (card.created(), card.expires()),
            (&*draft.created, &*draft.expires)
        );
        assert_eq!(card.signing_key(), &seed().signing_key());
        assert_eq!(
            card.recipient().map(ToString::to_string),
            draft.recipient.as_ref().map(ToString::to_string)
        );
        assert_eq!(
            card.also.as_ref().map(ToString::to_string),
            draft.also.as_ref().map(ToString::to_string)
        );
        assert_eq!(
            card.recipients().len(),
            1 + usize::from(draft.also.is_some())
        );
        assert_eq!(card.successions(), draft.successions);
        assert_eq!(
            Card::parse(card.text().as_bytes()).unwrap().text(),
            card.text()
        );
        // age sees the one recipient.
        let (recipients, _) = bulla_age::recipients_file::parse(card.text().as_bytes()).unwrap();
        assert_eq!(
            recipients
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>(),
            [card.recipient().unwrap().to_string()]
        );
    }
}

#[test]
fn a_draft_cannot_smuggle_a_line() {
    let twin = format!("Alice\n# also: {}", classic());
    for name in [
        "",
        " ",
        "Alice ",
        " Alice",
        &twin,
        "A\tB",
        "A\u{202e}B",
        "A\r",
        "A\u{2028}",
        &"x".repeat(65),
    ] {
        let wrong = Draft {
            name: name.to_owned(),
            ..draft()
        };
        assert!(
            matches!(
                wrong.sign(&seed().signing()).err(),
                Some(CardError::Draft(_))
            ),
            "{name:?}"
        );
    }
    for date in ["2026-02-30", "2026-11-23\n# a: b", "tomorrow", ""] {
        let wrong = Draft {
            expires: date.to_owned(),
            ..draft()
        };
        assert!(
            matches!(
                wrong.sign(&seed().signing()).err(),
                Some(CardError::Draft(_))
            ),
            "{date:?}"
        );
    }
    let nine = vec![Succession::new(&seed().signing(), seed().signing_key()); 9];
    assert!(
        Draft {
            successions: nine,
            ..draft()
        }
        .sign(&seed().signing())
        .is_err()
    );
    assert!(
        Draft {
            also: Some(classic()),
            ..draft()
        }
        .sign(&seed().signing())
        .is_err()
    );
}

#[test]
fn changing_any_byte_invalidates_a_card() {
    let text = succeeded()
        .sign(&seed().signing())
        .unwrap()
        .text()
        .to_owned();
    for at in 0..text.len() {
        for change in (0..8)
            .map(|bit| 1 << bit)
            .chain([b'\n', b'\r', b' ', b'#', 0xff])
        {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= change;
            assert!(Card::parse(&bytes).is_err(), "byte {at} with {change}");
        }
        let mut without = text.clone().into_bytes();
        without.remove(at);
        let same = Card::parse(&without).is_ok_and(|card| card.text() == text);
        assert_eq!(same, at + 1 == text.len(), "without byte {at}");
        for more in *b"\n\r #a" {
            let mut longer = text.clone().into_bytes();
            longer.insert(at, more);
            // CR LF is read as LF.
            let crlf = more == b'\r' && text.as_bytes()[at] == b'\n';
            assert_eq!(
                Card::parse(&longer).is_ok_and(|card| card.text() == text),
                crlf,
                "{more} at {at}"
            );
            assert!(crlf || Card::parse(&longer).is_err(), "{more} at {at}");
        }
        assert!(
            Card::parse(&text.as_bytes()[..at]).is_err() || at + 1 == text.len(),
            "cut at {at}"
        );
    }
}

#[test]
fn lf_and_crlf_give_the_same_card() {
    let text = card();
    let last = text.trim_end_matches('\n');
    for same in [
        &text,
        &text.replace('\n', "\r\n"),
        last,
        &last.replace('\n', "\r\n"),
    ] {
        assert_eq!(Card::parse(same.as_bytes()).unwrap().text(), text);
        assert_eq!(Card::find(same.as_bytes()).unwrap().text(), text);
    }
}

#[test]
fn a_signed_card_with_bad_grammar_is_refused() {
    let text = card();
    let other = bulla_age::kinds::X25519Identity::from_bytes(&[9; 32])
        .to_recipient()
        .to_string();
    let own = classic().to_string();
    let line = |line, why| CardError::Line { line, why };
    let not_a_field = "the line must be `# key: value`, without spaces at the end";
    let often = "there are too many of these lines";
    let sign = "# sign: ed25519 Ola0g2HzFm0FrePqj2VS1fbmeGdKGKfkMqwNizfktzs mldsa65 TYt3M7Nc0K5VHlMz3f501mM+7PdgtIK0mOHLBthktec";
    let cases = [
        // a second recipient: before, within, after
        (
            text.replacen("# name", &format!("{other}\n# name"), 1),
            line(3, "only the signature may follow the recipient"),
        ),
        (text.replace(&own, &format!("{own}\n{other}")), line(8, "there is a second recipient")),
        (text.replace(&own, &format!("{own}\n{own}")), line(8, "there is a second recipient")),
        (format!("{other}\n{text}"), CardError::NoCard),
        (text.replace(&own, &format!("{own} {other}")), CardError::Key { line: 7, error: ParseError::TextAfterKey }),
        (text.replace(&own, ""), line(7, "the line is empty")),
        (text.replace(&format!("{own}\n"), ""), CardError::Missing("recipient")),
        // recipients that are not native, or not written as we write them
        (
            text.replace(&own, &own.to_uppercase()),
            line(7, "the recipient must be age1… or age1pq1…, in lower case"),
        ),
        (
            text.replace(&own, "age1tag1qt8lw0ual6avlwmwatk888yqnmdamm7xfd0wak53ut6elz5c4swx2yqdj4e"),
            line(7, "the recipient must be age1… or age1pq1…, in lower case"),
        ),
        (
            text.replace(&own, "AGE-SECRET-KEY-1QQ"),
            CardError::Key { line: 7, error: ParseError::IdentityAsRecipient },
        ),
        (text.replace(&own, &format!(" {own}")), CardError::Key { line: 7, error: ParseError::NotARecipient }),
        (
            text.replace(&own, &format!("{own}\t")),
            line(7, "it contains a control character, or one that reverses text"),
        ),
        // lines
        (text.replace("# name", "#name"), line(2, not_a_field)),
        (text.replace("# name", " # name"), line(3, "only the signature may follow the recipient")),
        (text.replace("# name", "# Name"), line(2, not_a_field)),
        (text.replace("# name", "# 1name"), line(2, not_a_field)),
        (text.replace("# name", "# näme"), line(2, not_a_field)),
        (text.replace("# name:", "# name"), line(2, not_a_field)),
        (text.replace("Example\n", "Example \n"), line(2, not_a_field)),
        (text.replace("Example\n", "Example\u{a0}\n"), line(2, not_a_field)),
        (text.replace("# name: ", "# name:  "), line(2, not_a_field)),
        (text.replace("Alice Example", ""), line(2, not_a_field)),
        (text.replace("# serial", "# name: Alice Example\n# serial"), line(4, often)),
        (text.replace("# serial", &format!("{sign}\n# serial")), line(4, often)),
        (text.replace("# serial", "# x: 1\n# x: 1\n# serial"), line(5, often)),
        (text.replace("# serial", "\n# serial"), line(4, "the line is empty")),
        (text.replace("# serial", "# a comment\n# serial"), line(4, not_a_field)),
        (
            text.replace(&own, &format!("{own}\n# also: {other}")),
            line(8, "only the signature may follow the recipient"),
        ),
        // characters
        (text.replace("Alice", "Al\rice"), line(2, "it contains a carriage return")),
        (text.replace("Example\n", "Example\r"), line(2, "it contains a carriage return")),
        (
            text.replace("Alice", "Al\0ice"),
            line(2, "it contains a control character, or one that reverses text"),
        ),
        (
            text.replace("Alice", "Al\u{85}ice"),
            line(2, "it contains a control character, or one that reverses text"),
        ),
        (
            text.replace("Alice", "Al\u{202e}ice"),
            line(2, "it contains a control character, or one that reverses text"),
        ),
        (
            text.replace("Alice", "Al\u{2066}ice"),
            line(2, "it contains a control character, or one that reverses text"),
        ),
        (
            text.replace("Alice", "Al\u{61c}ice"),
            line(2, "it contains a control character, or one that reverses text"),
        ),
        (
            text.replace("Alice", "Al\u{2028}ice"),
            line(2, "it contains a control character, or one that reverses text"),
        ),
        (format!("\u{feff}{text}"), line(1, "it starts with a byte order mark")),
        // the first line
        (
            text.replace("card v1", "card v2"),
            line(1, "the first line names an unknown version, or has extra text after `v1`"),
        ),
        (
            text.replace("card v1", "card v1 "),
            line(1, "the first line names an unknown version, or has extra text after `v1`"),
        ),
        (text.replace("# bulla", "# Bulla"), CardError::NoCard),
        (format!("\n{text}"), CardError::NoCard),
        // required fields
        (text.replace("# name: Alice Example\n", ""), CardError::Missing("name")),
        (text.replace(&format!("{sign}\n"), ""), CardError::Missing("signing key")),
        (text.replace("# serial: 1795000000\n", ""), CardError::Missing("serial number")),
        (text.replace("# created: 2026-11-23\n", ""), CardError::Missing("date")),
        (text.replace("# expires: 2028-11-23\n", ""), CardError::Missing("date of expiry")),
        // values
        (text.replace("Alice", &"x".repeat(57)), line(2, "the name is longer than 64 characters")),
        (text.replace("1795000000", "01"), line(4, "the serial number must be a whole number below 2^64")),
        (text.replace("1795000000", "+1"), line(4, "the serial number must be a whole number below 2^64")),
        (
            text.replace("1795000000", "18446744073709551616"),
            line(4, "the serial number must be a whole number below 2^64"),
        ),
        (text.replace("2026-11-23", "2026-11-31"), line(5, "not a valid date (example: \
            2028-11-23)")),
        (text.replace("2028-11-23", "2027-02-29"), line(6, "not a valid date (example: \
            2028-11-23)")),
        (text.replace("ed25519 ", "ed448 "), line(3, "the signing key must be `ed25519 <base64> mldsa65 <base64>`")),
        (text.replace("ed25519 ", "ed25519  "), line(3, "the signing key must be `ed25519 <base64> mldsa65 <base64>`")),
        (text.replace("tzs ", "tzt "), CardError::Key { line: 3, error: ParseError::SigningKey }),
        (text.replace("tzs ", "tzs= "), CardError::Key { line: 3, error: ParseError::SigningKey }),
        (
            text.replace("Ola0g2HzFm0FrePqj2VS1fbmeGdKGKfkMqwNizfktzs", &"A".repeat(43)),
            CardError::Key { line: 3, error: ParseError::LowOrder },
        ),
        (
            text.replace("# serial", &format!("# also: {other}\n# serial")),
            line(4, "a classic key is allowed only next to a post-quantum recipient"),
        ),
        (
            text.replace(
                "# serial",
                "# also: age1tag1qt8lw0ual6avlwmwatk888yqnmdamm7xfd0wak53ut6elz5c4swx2yqdj4e\n# serial",
            ),
            line(4, "the classic key must be age1…, in lower case"),
        ),
        (
            text.replace("# serial", &format!("# also: {}\n# serial", other.to_uppercase())),
            line(4, "the classic key must be age1…, in lower case"),
        ),
        (text.replace("# serial", &format!("# x: {}\n# serial", "x".repeat(16 << 10))), CardError::TooLarge),
    ];
    for (wrong, why) in cases {
        assert_ne!(wrong, text, "the case changes nothing: {why}");
        assert_eq!(refusal(&wrong), why, "{wrong}");
    }
}

#[test]
fn low_order_recipients_are_refused() {
    let zero = "age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq5cu47z";
    let error = refusal(&card().replace(&classic().to_string(), zero));
    assert_eq!(
        error,
        CardError::Key {
            line: 7,
            error: ParseError::LowOrder
        }
    );
}

#[test]
fn nothing_may_follow_the_signature() {
    let text = card();
    let again = format!("{text}{text}");
    for more in [
        "\n",
        "\n\n",
        " ",
        "x",
        "# x: y\n",
        "# sig: AA\n",
        &classic().to_string(),
        &again,
    ] {
        let error = Card::parse(format!("{text}{more}").as_bytes()).err();
        assert_eq!(error, Some(CardError::Surrounded), "{more:?}");
    }
    // A signature before its place, and a second one.
    let (before, signature) = text.rsplit_once("# sig").unwrap();
    let early = text.replacen("# serial", &format!("# sig{signature}# serial"), 1);
    assert_eq!(
        Card::parse(early.as_bytes()).err(),
        Some(CardError::Surrounded)
    );
    assert_eq!(
        Card::parse(before.as_bytes()).err(),
        Some(CardError::Missing("signature"))
    );
}

#[test]
fn lines_of_later_versions_are_kept_and_signed() {
    let text = card().replace("# serial", "# x-later: a: b\u{200d}c\n# serial");
    let later = String::from_utf8(signed(&text)).unwrap();
    assert_eq!(Card::parse(later.as_bytes()).unwrap().text(), later);
    assert_eq!(
        Card::parse(later.replace("a: b", "a: d").as_bytes()).err(),
        Some(CardError::Signature)
    );
}

/// A name that could end the quotation it is shown in, leave a space, or be drawn over our text.
#[test]
fn a_name_cannot_contain_our_own_symbols() {
    for name in [
        "Alice Example",
        "O'Brien-Smith, Jr.",
        "Łukasz Żółć",
        "José Núñez",
        "कृष्ण कुमार",
        "ผู้ใหญ่ลี",
        "محمد علي",
        "王小明",
        "スティーブ・ジョブズ",
        "འབྲུག",
        "alice@example.org",
        "R&D + QA",
        "keys verified 2026-03-02",
    ] {
        assert!(super::is_name(name), "{name:?}");
    }
    let long = "x".repeat(65);
    for name in [
        "",
        " ",
        &long,
        "Alice  Example",
        "Alice\u{a0}Example",
        "Alice\u{3000}Example",
        "Alice\"   keys verified",
        "Alice\u{201d}",
        "Alice\u{2019}",
        "Alice''",
        "Alice\u{2033}",
        "Alice\u{ff02}",
        "Alice\u{2ba}",
        "Alice\u{2ee}",
        "Alice\u{a78c}\u{a78c}, keys verified",
        "Alice\u{a78b}",
        "Alice\u{a4fd} keys verified",
        "Alice \u{1c0} keys verified",
        "Alice\u{ff9e}",
        "\u{ab}Alice\u{bb}",
        "Alice)",
        "Alice (verified",
        "Alice]",
        "Alice\u{ff09}",
        "Alice\u{3015}",
        "Alice\u{2474}",
        "Alice\u{202e}",
        "Alice\u{2066}",
        "Alice\u{200b}",
        "Alice\u{3164}",
        "\u{301}Alice",
        "Alice\u{338}",
        "e\u{301}",
        "Alice\u{20dd}",
        "क\u{941}\u{941}\u{941}\u{941}",
        " \u{941}",
        "Alice \u{2713}",
        "Alice\u{2502}",
        "Alice\\",
        "Alice: verified",
    ] {
        assert!(!super::is_name(name), "{name:?}");
    }
}

#[test]
fn a_signature_must_be_by_the_named_key_and_for_cards() {
    let text = card();
    let (before, _) = text.rsplit_once("# sig: ").unwrap();
    let forged = KIND.sign(before.to_owned(), &older());
    assert_eq!(
        Card::parse(forged.as_bytes()).err(),
        Some(CardError::Signature)
    );
    let other = TextFormat {
        label: "bulla/revocation/v1",
        ..KIND
    };
    let forged = other.sign(before.to_owned(), &seed().signing());
    assert_eq!(
        Card::parse(forged.as_bytes()).err(),
        Some(CardError::Signature)
    );
}

#[test]
fn a_succession_is_a_chain_of_signatures_that_ends_with_the_key() {
    let (first, second, now) = (
        SecretSigningKey::new(&[6; 32], &[6; 32]),
        older(),
        seed().signing(),
    );
    let to_second = Succession::new(&first, second.key());
    let to_now = Succession::new(&second, now.key());
    let forged = Succession {
        signature: Succession::new(&first, now.key()).signature,
        ..to_now.clone()
    };
    let weak = Succession {
        old: SigningKey::from_bytes([0; 64]),
        ..to_now.clone()
    };
    let signed_by = |links: &[&Succession]| {
        let successions = links.iter().map(|link| (*link).clone()).collect();
        Draft {
            successions,
            ..draft()
        }
        .sign(&now)
        .map(|card| card.successions().len())
    };
    let wrong = |line, why| Err(CardError::Line { line, why });
    assert_eq!(signed_by(&[&to_second, &to_now]), Ok(2));
    assert_eq!(signed_by(&[&to_now]), Ok(1));
    assert_eq!(
        signed_by(&[&to_now, &to_second]),
        wrong(
            8,
            "this succession does not start where the previous one ended"
        )
    );
    assert_eq!(
        signed_by(&[&to_second]),
        wrong(
            7,
            "the last succession does not end with the signing key of the card"
        )
    );
    assert_eq!(
        signed_by(&[&forged]),
        wrong(7, "the old key did not sign this succession")
    );
    assert_eq!(
        signed_by(&[&weak]),
        Err(CardError::Key {
            line: 7,
            error: ParseError::LowOrder
        })
    );
    let text = succeeded().sign(&now).unwrap().text().to_owned();
    assert_eq!(
        refusal(&text.replace("# succeeds: ", "# succeeds: x ")),
        CardError::Line {
            line: 7,
            why: "a succession must be two keys, each in two parts, and a signature"
        }
    );
}

#[test]
fn an_armored_card_is_found_in_surrounding_text() {
    let card = hybrid().sign(&seed().signing()).unwrap();
    let armored = card.armored();
    assert!(
        armored.starts_with("-----BEGIN BULLA CARD-----\n")
            && armored.ends_with("\n-----END BULLA CARD-----\n")
    );
    assert!(armored.lines().all(|line| line.len() <= 64));
    let quoted = |mark: &str| {
        armored
            .lines()
            .map(|line| format!("{mark}{line}\n"))
            .collect::<String>()
    };
    let base64: String = armored
        .lines()
        .filter(|line| !line.starts_with('-'))
        .collect();
    let wrapped: String = base64
        .as_bytes()
        .chunks(40)
        .map(|line| format!("{}\n", std::str::from_utf8(line).unwrap()))
        .collect();
    let wrapped = format!("-----BEGIN BULLA CARD-----\n{wrapped}-----END BULLA CARD-----");
    let cases = [
        armored.clone(),
        armored.replace('\n', "\r\n"),
        armored.replace('\n', "\r\n> "),
        quoted("> "),
        quoted(">> > "),
        quoted("&gt; &gt;"),
        quoted("    "),
        quoted("\t\u{a0}"),
        wrapped.clone(),
        armored.replace('\n', " "),
        format!("-----BEGIN BULLA CARD-----{base64}-----END BULLA CARD-----"),
        format!("\u{feff}Hi Bob,\r\n\r\nhere it is:\n\n{armored}\n-- \nAlice\n"),
        format!("<p>{wrapped}</p>"),
        format!("{armored}\nOn Monday Alice wrote:\n{}", quoted("> ")),
    ];
    for text in cases {
        assert_eq!(
            Card::find(text.as_bytes()).unwrap().text(),
            card.text(),
            "{text}"
        );
    }
    let latin1 = [b"Gr\xfc\xdfe\n".as_slice(), armored.as_bytes()].concat();
    assert_eq!(Card::find(&latin1).unwrap().text(), card.text());
}

#[test]
fn anything_but_a_single_card_is_refused() {
    let (text, one) = (card(), draft().sign(&seed().signing()).unwrap().armored());
    let two = hybrid().sign(&seed().signing()).unwrap().armored();
    let quoted: String = text.lines().map(|line| format!("> {line}\n")).collect();
    let damaged = CardError::Armor("a character is wrong or missing");
    let cases = [
        (String::new(), CardError::NoCard),
        ("Hello".to_owned(), CardError::NoCard),
        (classic().to_string(), CardError::NoCard),
        (format!("{one}{two}"), CardError::TwoCards),
        (format!("{one}and\n{one}{two}"), CardError::TwoCards),
        (format!("{one}{text}"), CardError::Surrounded),
        (format!("{text}{one}"), CardError::Surrounded),
        (format!("Hi\n{text}"), CardError::Surrounded),
        (format!("Hi\r{text}"), CardError::Surrounded),
        (format!("\n{text}"), CardError::Surrounded),
        (format!("{text}\nAlice\n"), CardError::Surrounded),
        (quoted.clone(), CardError::Surrounded),
        (quoted.replace('>', "&gt;"), CardError::Surrounded),
        (
            text.replace('\n', "\n  "),
            CardError::Line { line: 3, why: "" },
        ),
        (
            one.replace("-----END", "----END"),
            CardError::Armor("its last line is missing"),
        ),
        (
            format!("-----BEGIN BULLA CARD-----\n{one}"),
            damaged.clone(),
        ),
        (one.replacen("IyBi", "IyB", 1), damaged.clone()),
        (one.replacen("IyBi", "I*Bi", 1), damaged.clone()),
        (one.replacen("IyBi", "[...]", 1), damaged),
        (
            format!(
                "-----BEGIN BULLA CARD-----{}-----END BULLA CARD-----",
                " ".repeat(1 << 20)
            ),
            CardError::TooLarge,
        ),
        (
            "-----BEGIN BULLA CARD-----\n-----END BULLA CARD-----".to_owned(),
            CardError::NoCard,
        ),
        (
            format!("\u{feff}{text}"),
            CardError::Line {
                line: 1,
                why: "it starts with a byte order mark",
            },
        ),
    ];
    for (wrong, why) in cases {
        let error = Card::find(wrong.as_bytes())
            .err()
            .unwrap_or_else(|| panic!("taken: {wrong}"));
        match (&error, &why) {
            (
                CardError::Line { line, .. },
                CardError::Line {
                    line: same,
                    why: "",
                },
            ) => assert_eq!(line, same),
            _ => assert_eq!(error, why, "{wrong}"),
        }
    }
}

#[test]
fn a_text_that_has_the_first_line_anywhere_is_meant_as_a_card() {
    for text in [
        "# bulla card v1",
        "x\n# bulla card v1\n",
        "x\r\n  # bulla card v1 \r\ny",
        "\u{feff}# bulla card v1\n",
        "x\r# bulla card v1\ry",
        "> # bulla card v1",
        "&gt; # bulla card v1",
    ] {
        assert!(contains_card_line(text.as_bytes()), "{text:?}");
    }
    for text in [
        "",
        "# bulla card",
        "# bulla card v1 of alice",
        "## bulla card v1",
        "x # bulla card v1",
    ] {
        assert!(!contains_card_line(text.as_bytes()), "{text:?}");
    }
}

#[test]
fn damaging_an_armored_card_never_yields_another_card() {
    let card = draft().sign(&seed().signing()).unwrap();
    let armored = card.armored().into_bytes();
    let mut same = 0;
    for at in 0..armored.len() {
        for change in (0..8).map(|bit| 1 << bit).chain([b'\n', b' ', 0xff]) {
            let mut bytes = armored.clone();
            bytes[at] ^= change;
            let mut longer = armored.clone();
            longer.insert(at, change);
            for text in [bytes, longer] {
                if let Ok(found) = Card::find(&text) {
                    assert_eq!(found.text(), card.text(), "{change} at {at}");
                    same += 1;
                }
            }
        }
        assert!(
            Card::find(&armored[..at]).is_err() || at + 1 == armored.len(),
            "cut at {at}"
        );
    }
    // Spaces and line ends are harmless.
    assert!(same > armored.len(), "{same}");
}

#[test]
fn a_twin_of_low_order_is_refused() {
    let text = hybrid().sign(&seed().signing()).unwrap().text().to_owned();
    let zero = "age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq5cu47z";
    let error = refusal(&text.replace(
        &format!("# also: {}", classic()),
        &format!("# also: {zero}"),
    ));
    assert_eq!(
        error,
        CardError::Key {
            line: 7,
            error: ParseError::LowOrder
        }
    );
    let pq = text
        .lines()
        .find(|line| line.starts_with("age1pq1"))
        .unwrap();
    let error = refusal(&text.replace(&format!("# also: {}", classic()), &format!("# also: {pq}")));
    assert_eq!(
        error,
        CardError::Line {
            line: 7,
            why: "the classic key must be age1…, in lower case"
        }
    );
}
