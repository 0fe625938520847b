//! What a PEM block holds, told by its label (RFC 7468).

use crate::parse_error::ParseError;

const BEGIN: &str = "-----BEGIN ";

/// A private key that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PrivateKeyForm {
    /// As OpenSSH writes it, now or before 2014.
    OpenSsh,
    /// As OpenSSL writes it.
    Pkcs8,
}

/// Returns true if a text begins with a PEM block.
pub(crate) fn begins(text: &str) -> bool {
    text.starts_with(BEGIN)
}

/// Returns the form of the private key that a PEM block holds.
///
/// # Errors
/// What it is instead.
pub(crate) fn private_key(text: &str) -> Result<PrivateKeyForm, ParseError> {
    match label(text) {
        "OPENSSH PRIVATE KEY" | "RSA PRIVATE KEY" => Ok(PrivateKeyForm::OpenSsh),
        "PRIVATE KEY" => Ok(PrivateKeyForm::Pkcs8),
        "ENCRYPTED PRIVATE KEY" => Err(ParseError::EncryptedPkcs8),
        "EC PRIVATE KEY" => Err(ParseError::SshType("ecdsa")),
        "DSA PRIVATE KEY" => Err(ParseError::SshType("ssh-dss")),
        label => Err(not_private(label).unwrap_or(ParseError::SshForm)),
    }
}

/// Returns why a PEM block is no recipient: age takes public SSH keys as one line.
pub(crate) fn not_a_recipient(text: &str) -> ParseError {
    not_private(label(text)).unwrap_or(ParseError::IdentityAsRecipient)
}

fn not_private(label: &str) -> Option<ParseError> {
    match label {
        "PUBLIC KEY" => Some(ParseError::PublicPem("-i -m PKCS8")),
        "RSA PUBLIC KEY" => Some(ParseError::PublicPem("-i -m PEM")),
        "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE" => Some(ParseError::Certificate),
        label if label.starts_with("PGP ") => Some(ParseError::OpenPgp),
        _ => None,
    }
}

fn label(text: &str) -> &str {
    let line = text.lines().next().unwrap_or_default().trim_ascii_end();
    line.strip_prefix(BEGIN)
        .and_then(|label| label.strip_suffix("-----"))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_read_before_its_block_is_named() {
        let block = |label: &str| format!("-----BEGIN {label}-----\r\nMII\r\n");
        for (label, expected) in [
            ("OPENSSH PRIVATE KEY", Ok(PrivateKeyForm::OpenSsh)),
            ("PRIVATE KEY", Ok(PrivateKeyForm::Pkcs8)),
            ("ENCRYPTED PRIVATE KEY", Err(ParseError::EncryptedPkcs8)),
            ("EC PRIVATE KEY", Err(ParseError::SshType("ecdsa"))),
            ("RSA PUBLIC KEY", Err(ParseError::PublicPem("-i -m PEM"))),
            ("CERTIFICATE", Err(ParseError::Certificate)),
            ("PGP PRIVATE KEY BLOCK", Err(ParseError::OpenPgp)),
            ("SOMETHING", Err(ParseError::SshForm)),
        ] {
            assert_eq!(private_key(&block(label)), expected, "{label}");
        }
        for (label, expected) in [
            ("OPENSSH PRIVATE KEY", ParseError::IdentityAsRecipient),
            ("PUBLIC KEY", ParseError::PublicPem("-i -m PKCS8")),
            ("PGP PUBLIC KEY BLOCK", ParseError::OpenPgp),
        ] {
            assert_eq!(not_a_recipient(&block(label)), expected, "{label}");
        }
    }
}
