//! Revocations: a key's own statement that it must not be trusted any more (formats.md, section 5).

use crate::card::error::CardError;
use crate::card::lines;
use crate::card::lines::TextFormat;
use bulla_age::signing::{Signer, SigningKey};

const KIND: TextFormat = TextFormat {
    first: "# bulla revocation v1",
    label: "bulla/revocation/v1",
    repeated: None,
    body: false,
    other: CardError::NoRevocation,
    surrounded: CardError::RevocationSurrounded,
};

/// Why a key is revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    Lost,
    Compromised,
    Retired,
    Unspecified,
}

/// A revocation with a valid grammar and signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Revocation {
    text: String,
    signing_key: SigningKey,
    reason: Reason,
}

impl Reason {
    pub(crate) const ALL: [Self; 4] = [
        Self::Lost,
        Self::Compromised,
        Self::Retired,
        Self::Unspecified,
    ];

    /// Returns the reason as written in a revocation.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Lost => "lost",
            Self::Compromised => "compromised",
            Self::Retired => "retired",
            Self::Unspecified => "unspecified",
        }
    }
}

impl Revocation {
    /// Creates the revocation of a key, signed by itself. It is the same each time.
    pub(crate) fn new(key: &dyn Signer, reason: Reason) -> Self {
        let signing_key = key.key();
        let text = format!(
            "{}\n# sign: {signing_key}\n# reason: {}\n",
            KIND.first,
            reason.as_str()
        );
        Self {
            text: KIND.sign(text, key),
            signing_key,
            reason,
        }
    }

    /// Parses the bytes of a revocation, and checks its signature.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, CardError> {
        let text = lines::text(bytes)?;
        let parts = KIND.parse(&text).map_err(|error| match error {
            CardError::NoRevocation if KIND.is_meant(bytes) => CardError::RevocationSurrounded,
            error => error,
        })?;
        let signing_key = parts.signing_key()?;
        let said = parts.must("reason", "reason")?;
        let Some(reason) = Reason::ALL
            .into_iter()
            .find(|reason| reason.as_str() == said.value)
        else {
            return said.wrong("the reason must be lost, compromised, retired or unspecified");
        };
        parts.verify(&KIND, &signing_key)?;
        Ok(Self {
            text,
            signing_key,
            reason,
        })
    }

    /// Returns the whole text, verbatim.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn signing_key(&self) -> &SigningKey {
        &self.signing_key
    }

    pub(crate) fn reason(&self) -> Reason {
        self.reason
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bulla_age::ParseError;
    use bulla_age::seed::Seed;
    use bulla_age::signing::SecretSigningKey;

    fn key() -> SecretSigningKey {
        Seed::from_bytes(&std::array::from_fn(|i| i as u8)).signing()
    }

    fn text() -> String {
        Revocation::new(&key(), Reason::Unspecified)
            .text()
            .to_owned()
    }

    fn refusal(text: &str) -> CardError {
        let (before, _) = text.rsplit_once("# sig: ").unwrap();
        Revocation::parse(KIND.sign(before.to_owned(), &key()).as_bytes()).unwrap_err()
    }

    #[test]
    fn the_vector() {
        assert_eq!(
            text(),
            "# bulla revocation v1\n\
             # sign: ed25519 Ola0g2HzFm0FrePqj2VS1fbmeGdKGKfkMqwNizfktzs mldsa65 TYt3M7Nc0K5VHlMz3f501mM+7PdgtIK0mOHLBthktec\n\
             # reason: unspecified\n\
             # sig: Lxdjgll6ZJBYM2NUsV+kRPmEkRSB6SucKqh77Jtuw5aGIkeWSMfT334USs6ccmqnrZMXYd/DIiJj1LhZfP8lAw\n"
        );
    }

    #[test]
    fn each_reason_is_read_again() {
        for reason in Reason::ALL {
            let made = Revocation::new(&key(), reason);
            assert_eq!((made.reason(), made.signing_key()), (reason, &key().key()));
            assert_eq!(Revocation::parse(made.text().as_bytes()).unwrap(), made);
            assert_eq!(
                Revocation::parse(made.text().replace('\n', "\r\n").trim_end().as_bytes()).unwrap(),
                made
            );
        }
    }

    #[test]
    fn changing_any_byte_invalidates_a_revocation() {
        let text = text();
        for at in 0..text.len() {
            for bit in 0..8 {
                let mut bytes = text.clone().into_bytes();
                bytes[at] ^= 1 << bit;
                assert!(Revocation::parse(&bytes).is_err(), "byte {at}, bit {bit}");
            }
            assert!(Revocation::parse(&text.as_bytes()[..at]).is_err() || at + 1 == text.len());
        }
    }

    #[test]
    fn a_signed_card_with_bad_grammar_is_refused() {
        let text = text();
        let line = |line, why| CardError::Line { line, why };
        let cases = [
            (
                text.replace("unspecified", "bored"),
                line(
                    3,
                    "the reason must be lost, compromised, retired or unspecified",
                ),
            ),
            (
                text.replace("unspecified", "Lost"),
                line(
                    3,
                    "the reason must be lost, compromised, retired or unspecified",
                ),
            ),
            (
                text.replace("# reason: unspecified\n", ""),
                CardError::Missing("reason"),
            ),
            (
                text.replace("# reason", "# reason: lost\n# reason"),
                line(4, "there are too many of these lines"),
            ),
            (
                text.replace("# reason", "age1x\n# reason"),
                line(3, "the line does not start with \"#\""),
            ),
            (
                text.replace("revocation v1", "revocation v2"),
                line(
                    1,
                    "the first line names an unknown version, or has extra text after `v1`",
                ),
            ),
            (text.replace("revocation", "card"), CardError::NoRevocation),
            (
                text.replace(
                    "Ola0g2HzFm0FrePqj2VS1fbmeGdKGKfkMqwNizfktzs",
                    &"A".repeat(43),
                ),
                CardError::Key {
                    line: 2,
                    error: ParseError::LowOrder,
                },
            ),
            (
                text.replace("revocation v1", "revocation"),
                CardError::NoRevocation,
            ),
        ];
        for (wrong, why) in cases {
            assert_eq!(refusal(&wrong), why, "{wrong}");
        }
        for (before, after) in [
            ("", "\n"),
            ("\n", ""),
            ("my key is gone:\n", ""),
            ("", "Alice\n"),
            ("> ", ""),
        ] {
            let around = format!("{before}{text}{after}");
            assert_eq!(
                Revocation::parse(around.as_bytes()),
                Err(CardError::RevocationSurrounded),
                "{around}"
            );
        }
        let (before, _) = text.rsplit_once("# sig: ").unwrap();
        let forged = KIND.sign(
            before.to_owned(),
            &SecretSigningKey::new(&[1; 32], &[1; 32]),
        );
        assert_eq!(
            Revocation::parse(forged.as_bytes()),
            Err(CardError::Signature)
        );
    }
}
