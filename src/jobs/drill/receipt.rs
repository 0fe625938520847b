//! A receipt: one line of JSON that says that a copy was opened, or why not (docs/formats.md,
//! section 8).
//!
//! The signature covers the bytes of the line before it, so nothing has to be written again to be
//! verified.

use serde::{Deserialize, Serialize};

use crate::errors::{CommandError, Result};
use crate::jobs::drill::made::MadeBy;
use crate::ui::escaped_json;
use bulla_age::signing;
use bulla_age::signing::{Algorithm, SecretSigningKey, Signer, SigningKey};

/// The label of what is signed.
const LABEL: &str = "bulla/receipt/v1";

/// The version of the format.
const VERSION: u32 = 1;

/// What comes between what is signed and the signature.
const SIGNATURE: &str = ",\"signature\":\"";

/// The result of a copy that was opened and authenticated from its first byte to its last.
pub(crate) const PROVED: &str = "proved";

/// What is known about a copy after a drill.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Receipt {
    /// The version of the format.
    receipt: u32,
    /// When it was read, by the clock of the machine that did.
    pub(crate) date: String,
    /// "proved", or the kind of the error.
    pub(crate) result: String,
    /// The absolute path.
    pub(crate) file: String,
    /// SHA-256 of the encrypted file. Unknown if it was not read to its end.
    pub(crate) sha256: Option<String>,
    /// The length of the encrypted file.
    pub(crate) size: Option<u64>,
    /// The length of its contents.
    pub(crate) bytes: Option<u64>,
    /// When it was made.
    pub(crate) made: Option<String>,
    /// How that is known.
    pub(crate) made_by: Option<MadeBy>,
    /// The key, by name.
    pub(crate) key: String,
    /// The safety number or check value of the key.
    pub(crate) fingerprint: Option<String>,
    /// Who signed the file, if that was demanded and is so.
    pub(crate) signed_by: Option<String>,
    /// The command that took the contents without complaint.
    pub(crate) passed_to: Option<String>,
    /// The folder whose files are the same.
    pub(crate) against: Option<String>,
    /// The version of the program.
    pub(crate) bulla: String,
    /// The signing key; null if nobody signed.
    signer: Option<String>,
}

/// Who vouches for a receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Voucher {
    Signed(SigningKey),
    Nobody,
}

impl Receipt {
    /// Returns a receipt that says nothing yet but when, of what and with which key.
    pub(crate) fn new(date: String, file: String, key: (String, Option<String>)) -> Self {
        let (key, fingerprint) = key;
        Self {
            receipt: VERSION,
            date,
            result: String::new(),
            file,
            sha256: None,
            size: None,
            bytes: None,
            made: None,
            made_by: None,
            key,
            fingerprint,
            signed_by: None,
            passed_to: None,
            against: None,
            bulla: env!("CARGO_PKG_VERSION").to_owned(),
            signer: None,
        }
    }

    /// Returns whether the copy was proved.
    pub(crate) fn is_proved(&self) -> bool {
        self.result == PROVED
    }

    /// Returns the line, without a line end, signed if there is somebody to sign it.
    pub(crate) fn line(mut self, signer: Option<&SecretSigningKey>) -> Result<String> {
        self.signer = signer.map(|signer| signer.key().to_string());
        let bytes = escaped_json(&self).map_err(|error| CommandError::other(error.to_string()))?;
        let mut line = String::from_utf8(bytes).map_err(|error| error.utf8_error())?;
        line.truncate(line.trim_end().len());
        let Some(signer) = signer else {
            return Ok(line);
        };
        // Without the closing brace, which comes after the signature.
        line.truncate(line.len() - 1);
        let signature = signer.sign(Algorithm::Ed25519, LABEL, line.as_bytes());
        line.push_str(SIGNATURE);
        line.push_str(&signing::text(&signature));
        line.push_str("\"}");
        Ok(line)
    }

    /// Parses a line and verifies its signature. `None` if it is not a receipt, is damaged, or was
    /// changed after it was signed.
    pub(crate) fn parse(line: &str) -> Option<(Self, Voucher)> {
        let receipt: Self = serde_json::from_str(line).ok()?;
        if receipt.receipt != VERSION {
            return None;
        }
        // Inside of a string the quotation marks would be escaped, so this is the field itself.
        let signature = line.rsplit_once(SIGNATURE);
        let voucher = match (&receipt.signer, signature) {
            (Some(key), Some((signed, rest))) => {
                let key: SigningKey = key.parse().ok()?;
                let signature = signing::parse::<64>(rest.strip_suffix("\"}")?).ok()?;
                let bytes = signed.as_bytes();
                signing::verify(&key, Algorithm::Ed25519, LABEL, bytes, &signature)?;
                Voucher::Signed(key)
            }
            (None, None) => Voucher::Nobody,
            _ => return None,
        };
        Some((receipt, voucher))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bulla_age::seed::Seed;

    fn receipt() -> Receipt {
        Receipt {
            result: PROVED.to_owned(),
            sha256: Some("00".repeat(32)),
            size: Some(1234),
            bytes: Some(1000),
            made: Some("2026-11-27T02:00:00Z".to_owned()),
            made_by: Some(MadeBy::Statement),
            bulla: "0.1.0".to_owned(),
            ..Receipt::new(
                "2026-11-28T14:20:00Z".to_owned(),
                "/backups/d\u{202e}b,\"signature\":\".age".to_owned(),
                (
                    "recovery".to_owned(),
                    Some("42709 20235 75307 05756 51636 28583".to_owned()),
                ),
            )
        }
    }

    fn signer() -> SecretSigningKey {
        Seed::from_bytes(&std::array::from_fn(|i| i as u8)).signing()
    }

    #[test]
    fn a_receipt_survives_its_line_and_says_who_signed() {
        let signed = receipt().line(Some(&signer())).unwrap();
        let (parsed, voucher) = Receipt::parse(&signed).unwrap();
        assert_eq!(voucher, Voucher::Signed(signer().key()));
        assert_eq!(parsed.file, receipt().file);
        assert!(parsed.is_proved() && signed.is_ascii());
        let unsigned = receipt().line(None).unwrap();
        let (parsed, voucher) = Receipt::parse(&unsigned).unwrap();
        assert_eq!((parsed, voucher), (receipt(), Voucher::Nobody));
    }

    #[test]
    fn no_byte_of_a_signed_receipt_can_be_changed_or_left_out() {
        let line = receipt().line(Some(&signer())).unwrap();
        for at in 0..line.len() {
            let mut bytes = line.clone().into_bytes();
            bytes[at] ^= 1;
            if let Ok(changed) = String::from_utf8(bytes) {
                assert!(Receipt::parse(&changed).is_none(), "{at}: {changed}");
            }
            assert!(Receipt::parse(&line[..at]).is_none(), "{at}");
        }
        // Without its signature, a signed receipt does not become one that nobody signed.
        let (signed, _) = line.rsplit_once(SIGNATURE).unwrap();
        assert!(Receipt::parse(&format!("{signed}}}")).is_none());
        let other = Seed::from_bytes(&[9; 32]).signing().key().to_string();
        let mine = signer().key().to_string();
        assert!(Receipt::parse(&line.replace(&mine, &other)).is_none());
    }

    /// The line in docs/formats.md.
    #[test]
    fn the_receipt_of_the_formats_is_verified() {
        let made = Receipt {
            file: "/backups/db.age".to_owned(),
            ..receipt()
        };
        let made = made.line(Some(&signer())).unwrap();
        let page = include_str!("../../../docs/formats.md");
        let line = page
            .lines()
            .map(str::trim)
            .find(|line| line.starts_with("{\"receipt\":1,"));
        assert_eq!(line, Some(made.as_str()));
        let line = line.unwrap();
        let (parsed, voucher) = Receipt::parse(line).unwrap();
        assert_eq!(voucher, Voucher::Signed(signer().key()));
        assert_eq!(parsed.file, "/backups/db.age");
    }
}
