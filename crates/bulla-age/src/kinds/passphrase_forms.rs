//! The ways in which systems write one passphrase: macOS composes accents in another way than
//! Linux and Windows, and scrypt sees different bytes (Unicode Standard Annex #15).

use secrecy::{ExposeSecret, SecretString};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// Returns the passphrase as it was typed, and then in NFC and NFD where these differ.
pub(crate) fn forms(typed: SecretString) -> Vec<SecretString> {
    let text = typed.expose_secret();
    let mut forms = Vec::new();
    if !text.is_ascii() {
        for form in [collected(text, text.nfc()), collected(text, text.nfd())] {
            let is_known = *form == *text
                || forms
                    .iter()
                    .any(|known: &SecretString| known.expose_secret() == *form);
            if !is_known {
                forms.push(SecretString::from(form.as_str()));
            }
        }
    }
    forms.insert(0, typed);
    forms
}

/// Collects the characters in one allocation, because growing would leave copies of the secret
/// behind: normalization makes no text longer than 18 times its bytes.
fn collected(text: &str, characters: impl Iterator<Item = char>) -> Zeroizing<String> {
    let mut form = Zeroizing::new(String::with_capacity(18 * text.len()));
    form.extend(characters);
    form
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_passphrase_is_tried_as_typed_then_composed_then_decomposed() {
        let of = |text: &str| -> Vec<String> {
            forms(SecretString::from(text))
                .iter()
                .map(|form| form.expose_secret().to_owned())
                .collect()
        };
        assert_eq!(of("plain"), ["plain"]);
        assert_eq!(of("日本"), ["日本"]);
        assert_eq!(of("caf\u{e9}"), ["caf\u{e9}", "cafe\u{301}"]);
        assert_eq!(of("cafe\u{301}"), ["cafe\u{301}", "caf\u{e9}"]);
        let mixed = "\u{e9}e\u{301}";
        assert_eq!(of(mixed), [mixed, "\u{e9}\u{e9}", "e\u{301}e\u{301}"]);
    }
}
