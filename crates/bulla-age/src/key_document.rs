//! The document of an identity's keys: an age identity file whose comments name the seed its keys
//! are derived from (formats.md, section 4).

use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::any_recipient::AnyRecipient;
pub use crate::key_error::DocumentError;
use crate::key_error::IMPORTED;
use crate::seed::Seed;

const FIRST: &str = "# bulla identity v1";
/// The highest number of epochs.
pub const MOST_EPOCHS: u32 = 1000;

/// Which keys are derived from a seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// Post-quantum keys, and a classic twin of each.
    Hybrid,
    /// X25519 only.
    Classic,
    /// None: the seed only signs, and nothing is ever encrypted to it.
    Signing,
}

/// A seed, and the keys derived from it.
pub struct SeedKeys {
    /// The seed all keys are derived from.
    pub seed: Seed,
    /// Which keys.
    pub kind: KeyKind,
    /// The number of keys of each kind, at least one.
    pub epochs: u32,
}

/// The contents of an identity's file: keys derived from a seed, and imported keys.
pub struct KeyDocument {
    own: Option<SeedKeys>,
    imported: Zeroizing<String>,
}

impl SeedKeys {
    /// Returns the keys of the same seed with this number of epochs.
    pub fn with_epochs(&self, epochs: u32) -> Self {
        Self {
            seed: Seed::from_bytes(self.seed.as_bytes()),
            kind: self.kind,
            epochs,
        }
    }

    /// Returns the newest recipient, and its classic twin if it is post-quantum. `None` if nothing
    /// can be encrypted to these keys.
    pub fn newest(&self) -> Option<(AnyRecipient, Option<AnyRecipient>)> {
        let classic = AnyRecipient::X25519(self.seed.classic(self.epochs - 1).to_recipient());
        match self.kind {
            KeyKind::Hybrid => Some((
                AnyRecipient::Hybrid(self.seed.hybrid(self.epochs - 1).to_recipient()),
                Some(classic),
            )),
            KeyKind::Classic => Some((classic, None)),
            KeyKind::Signing => None,
        }
    }

    /// Returns the secret lines of one kind, newest epoch first.
    pub fn secrets(&self, kind: KeyKind) -> Vec<SecretString> {
        (0..self.epochs)
            .rev()
            .filter_map(|epoch| self.secret(kind, epoch))
            .collect()
    }

    /// Returns its recipients: newest epoch first, post-quantum before classic.
    pub fn recipients(&self) -> Vec<AnyRecipient> {
        let each = |(kind, epoch)| match kind {
            KeyKind::Hybrid => Some(AnyRecipient::Hybrid(self.seed.hybrid(epoch).to_recipient())),
            KeyKind::Classic => Some(AnyRecipient::X25519(
                self.seed.classic(epoch).to_recipient(),
            )),
            KeyKind::Signing => None,
        };
        self.keys().filter_map(each).collect()
    }

    fn secret(&self, kind: KeyKind, epoch: u32) -> Option<SecretString> {
        match kind {
            KeyKind::Hybrid => Some(self.seed.hybrid(epoch).to_text()),
            KeyKind::Classic => Some(self.seed.classic(epoch).to_text()),
            KeyKind::Signing => None,
        }
    }

    /// Returns the keys in the order of the document.
    fn keys(&self) -> impl Iterator<Item = (KeyKind, u32)> {
        let kinds: &[KeyKind] = match self.kind {
            KeyKind::Hybrid => &[KeyKind::Hybrid, KeyKind::Classic],
            KeyKind::Classic => &[KeyKind::Classic],
            KeyKind::Signing => &[],
        };
        (0..self.epochs)
            .rev()
            .flat_map(move |epoch| kinds.iter().map(move |kind| (*kind, epoch)))
    }
}

impl KeyDocument {
    /// A document of derived keys.
    pub fn new(own: SeedKeys) -> Self {
        Self {
            own: Some(own),
            imported: Zeroizing::default(),
        }
    }

    /// A document of imported keys only.
    pub fn imported(text: &str) -> Self {
        Self {
            own: None,
            imported: Zeroizing::new(text.to_owned()),
        }
    }

    /// A document of derived and imported keys.
    pub fn with_others(own: SeedKeys, others: &str) -> Self {
        Self {
            own: Some(own),
            imported: Zeroizing::new(others.to_owned()),
        }
    }

    /// Returns the derived keys, if any, and drops the rest.
    pub fn into_own(self) -> Option<SeedKeys> {
        self.own
    }

    /// Returns the derived keys, if any.
    pub fn own(&self) -> Option<&SeedKeys> {
        self.own.as_ref()
    }

    /// Returns the imported keys as an identity file, unchanged; empty if there are none.
    pub fn from_elsewhere(&self) -> &str {
        &self.imported
    }

    /// Returns the whole document, which is secret.
    pub fn render(&self) -> Zeroizing<String> {
        // Allocated at full size, because growing would leave copies of the secret behind.
        let keys = self.own.as_ref().map_or(0, |own| 2 * own.epochs as usize);
        let mut text = Zeroizing::new(String::with_capacity(
            256 + 128 * keys + self.imported.len(),
        ));
        let mut line = |parts: &[&str]| {
            parts.iter().for_each(|part| text.push_str(part));
            text.push('\n');
        };
        line(&[FIRST]);
        if let Some(own) = &self.own {
            line(&["# seed: ", own.seed.to_text().expose_secret()]);
            line(&[
                "# kind: ",
                match own.kind {
                    KeyKind::Hybrid => "hybrid",
                    KeyKind::Classic => "classic",
                    KeyKind::Signing => "signing",
                },
            ]);
            line(&["# epochs: ", &own.epochs.to_string()]);
            own.keys()
                .filter_map(|(kind, epoch)| own.secret(kind, epoch))
                .for_each(|secret| line(&[secret.expose_secret()]));
        }
        if !self.imported.is_empty() {
            line(&[IMPORTED]);
            line(&[self.imported.trim_end()]);
        }
        text
    }

    /// Parses a document. Any other identity file is a document of imported keys only.
    ///
    /// # Errors
    /// [`DocumentError`] names the line.
    pub fn parse(text: &str) -> Result<Self, DocumentError> {
        match text.lines().next().map(str::trim_end) {
            Some(FIRST) => {}
            Some(first) if first.starts_with("# bulla identity ") => {
                let why = "this version of the identity format is not supported";
                return Err(DocumentError::Line { line: 1, why });
            }
            _ => return Ok(Self::imported(text)),
        }
        let mut head = Head::default();
        let mut rest = text;
        for (index, whole) in text.split_inclusive('\n').enumerate() {
            rest = &rest[whole.len()..];
            let line = whole.trim_ascii();
            if line == IMPORTED {
                break;
            }
            head.take(index + 1, line)?;
        }
        Ok(Self {
            own: head.own()?,
            imported: Zeroizing::new(rest.to_owned()),
        })
    }
}

/// The part of a document before the imported keys.
#[derive(Default)]
struct Head<'a> {
    seed: Option<Seed>,
    kind: Option<KeyKind>,
    epochs: Option<u32>,
    keys: Vec<&'a str>,
}

impl<'a> Head<'a> {
    fn take(&mut self, number: usize, line: &'a str) -> Result<(), DocumentError> {
        let wrong = |why| DocumentError::Line { line: number, why };
        if !line.starts_with('#') {
            self.keys.extend((!line.is_empty()).then_some(line));
            return Ok(());
        }
        let said = |key: &str| {
            line.strip_prefix("# ")?
                .strip_prefix(key)?
                .strip_prefix(": ")
        };
        if let Some(seed) = said("seed") {
            let seed = seed.parse().map_err(|error| DocumentError::Seed {
                line: number,
                error,
            })?;
            return keep(&mut self.seed, seed).map_err(wrong);
        }
        if let Some(kind) = said("kind") {
            let kind = match kind {
                "hybrid" => KeyKind::Hybrid,
                "classic" => KeyKind::Classic,
                "signing" => KeyKind::Signing,
                _ => return Err(wrong("the kind must be hybrid, classic or signing")),
            };
            return keep(&mut self.kind, kind).map_err(wrong);
        }
        if let Some(epochs) = said("epochs") {
            let epochs = epochs
                .parse()
                .ok()
                .filter(|epochs| (1..=MOST_EPOCHS).contains(epochs));
            let epochs = epochs.ok_or_else(|| wrong("epochs must be a number from 1 to 1000"))?;
            return keep(&mut self.epochs, epochs).map_err(wrong);
        }
        Ok(())
    }

    fn own(self) -> Result<Option<SeedKeys>, DocumentError> {
        let Some(seed) = self.seed else {
            return if self.keys.is_empty() {
                Ok(None)
            } else {
                Err(DocumentError::Missing("seed"))
            };
        };
        let kind = self.kind.ok_or(DocumentError::Missing("kind"))?;
        let epochs = self.epochs.ok_or(DocumentError::Missing("epochs"))?;
        let own = SeedKeys { seed, kind, epochs };
        let same: Vec<_> = own
            .keys()
            .filter_map(|(kind, epoch)| own.secret(kind, epoch))
            .collect();
        match self
            .keys
            .iter()
            .copied()
            .eq(same.iter().map(ExposeSecret::expose_secret))
        {
            true => Ok(Some(own)),
            false => Err(DocumentError::Differ),
        }
    }
}

fn keep<T>(place: &mut Option<T>, value: T) -> Result<(), &'static str> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err("this line is repeated"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::key_file;
    use crate::parse_error::ParseError;

    fn own(kind: KeyKind, epochs: u32) -> SeedKeys {
        SeedKeys {
            seed: Seed::from_bytes(&std::array::from_fn(|i| i as u8)),
            kind,
            epochs,
        }
    }

    fn shown(own: &SeedKeys) -> Vec<String> {
        own.recipients().iter().map(ToString::to_string).collect()
    }

    fn opened_as(text: &str) -> Vec<String> {
        let bytes = Zeroizing::new(text.as_bytes().to_vec());
        let identities = key_file::parse(bytes, &origin(&Person::who_says(None))).unwrap();
        identities
            .iter()
            .flat_map(|one| one.recipients().unwrap())
            .map(|one| one.to_string())
            .collect()
    }

    #[test]
    fn a_document_is_written_as_the_formats_say() {
        let text = KeyDocument::new(own(KeyKind::Classic, 1)).render();
        let expected = "# bulla identity v1\n\
             # seed: BULLA-IDENTITY-1QQQSYQCYQ5RQWZQFPG9SCRGWPUGPZYSNZS23V9CCRYDPK8QARC0SUT7FJD\n\
             # kind: classic\n# epochs: 1\n\
             AGE-SECRET-KEY-1DYKLVCWNG2MX93DQKUHX05E9NFNGJ0AXX2T2P2DCJ2MNHKE9T7XQFJM45Y\n";
        assert_eq!(*text, expected);
    }

    #[test]
    fn a_document_that_only_signs_has_no_key_that_opens_anything() {
        let text = KeyDocument::new(own(KeyKind::Signing, 1)).render();
        let expected = "# bulla identity v1\n\
             # seed: BULLA-IDENTITY-1QQQSYQCYQ5RQWZQFPG9SCRGWPUGPZYSNZS23V9CCRYDPK8QARC0SUT7FJD\n\
             # kind: signing\n# epochs: 1\n";
        assert_eq!(*text, expected);
        let again = KeyDocument::parse(&text).unwrap();
        let again = again.own().unwrap();
        assert_eq!(
            (again.kind, again.recipients().len()),
            (KeyKind::Signing, 0)
        );
        assert!(again.newest().is_none() && again.secrets(KeyKind::Signing).is_empty());
        // A key that was added is not the seed's.
        let key = own(KeyKind::Classic, 1)
            .secret(KeyKind::Classic, 0)
            .unwrap();
        let with_key = format!("{}{}\n", *text, key.expose_secret());
        assert_eq!(
            KeyDocument::parse(&with_key).err(),
            Some(DocumentError::Differ)
        );
    }

    #[test]
    fn newest_first_post_quantum_before_classic_and_the_file_opens_in_that_order() {
        for (kind, epochs, count) in [
            (KeyKind::Hybrid, 1, 2),
            (KeyKind::Hybrid, 3, 6),
            (KeyKind::Classic, 2, 2),
        ] {
            let own = own(kind, epochs);
            let text = KeyDocument::new(SeedKeys {
                seed: Seed::from_bytes(own.seed.as_bytes()),
                ..own
            })
            .render();
            let again = KeyDocument::parse(&text).unwrap();
            let again = again.own().unwrap();
            assert_eq!(
                (again.kind, again.epochs, shown(again).len()),
                (kind, epochs, count)
            );
            assert_eq!(opened_as(&text), shown(again));
            let newest = again.seed.classic(epochs - 1).to_recipient().to_string();
            assert_eq!(
                shown(again)[if kind == KeyKind::Hybrid { 1 } else { 0 }],
                newest
            );
            assert_eq!(again.secrets(KeyKind::Classic).len(), epochs as usize);
        }
    }

    #[test]
    fn imported_key_documents_are_kept_unchanged() {
        let theirs = "# created: once\nAGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX\n";
        let text = KeyDocument::imported(theirs).render();
        assert_eq!(*text, format!("# bulla identity v1\n# imported\n{theirs}"));
        let again = KeyDocument::parse(&text).unwrap();
        assert!(again.own().is_none() && again.from_elsewhere() == theirs);
        assert_eq!(opened_as(&text).len(), 1);
        assert_eq!(KeyDocument::parse(theirs).unwrap().from_elsewhere(), theirs);
        let both = format!(
            "{}# imported\n{theirs}",
            *KeyDocument::new(own(KeyKind::Classic, 1)).render()
        );
        let again = KeyDocument::parse(&both.replace('\n', "\r\n")).unwrap();
        assert!(again.own().is_some() && again.from_elsewhere().contains("# created: once"));
        assert_eq!(*KeyDocument::parse(&both).unwrap().render(), both);
    }

    #[test]
    fn damage_is_reported_without_showing_the_text() {
        let text = KeyDocument::new(own(KeyKind::Hybrid, 1)).render();
        let key = own(KeyKind::Hybrid, 1).secret(KeyKind::Classic, 0).unwrap();
        let line = |line, why| DocumentError::Line { line, why };
        let cases = [
            (
                text.replace("QQQS", "QQQT"),
                DocumentError::Seed {
                    line: 2,
                    error: ParseError::Encoding,
                },
            ),
            (
                text.replace("hybrid", "both"),
                line(3, "the kind must be hybrid, classic or signing"),
            ),
            (
                text.replace("epochs: 1", "epochs: 0"),
                line(4, "epochs must be a number from 1 to 1000"),
            ),
            (
                text.replace("epochs: 1", "epochs: 1001"),
                line(4, "epochs must be a number from 1 to 1000"),
            ),
            (
                text.replace("# kind", "# kind: hybrid\n# kind"),
                line(4, "this line is repeated"),
            ),
            (
                text.replace("# epochs: 1\n", ""),
                DocumentError::Missing("epochs"),
            ),
            (
                text.replace("# kind: hybrid\n", ""),
                DocumentError::Missing("kind"),
            ),
            (
                text.replace("# seed", "# sead"),
                DocumentError::Missing("seed"),
            ),
            (
                text.replace("epochs: 1", "epochs: 2"),
                DocumentError::Differ,
            ),
            (text.replace("hybrid", "classic"), DocumentError::Differ),
            (text.replace(key.expose_secret(), ""), DocumentError::Differ),
            (
                text.replace("v1", "v2"),
                line(1, "this version of the identity format is not supported"),
            ),
        ];
        for (wrong, why) in cases {
            let error = KeyDocument::parse(&wrong).err().unwrap();
            assert_eq!(error, why);
            assert!(!error.to_string().contains("1QQQ"));
        }
    }
}
