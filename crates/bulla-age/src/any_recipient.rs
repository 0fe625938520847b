//! Parses a recipient of any kind.

use std::fmt;
use std::str::FromStr;

use crate::format::Stanza;
use crate::kinds::pem;
use crate::kinds::{HybridRecipient, SshRecipient, TagRecipient, X25519Recipient, is_public_key};
use crate::parse_error::ParseError;
use crate::plugin::PluginRecipient;
use crate::recipient::Recipient;
use crate::stanza_type;

/// A recipient of any kind.
///
/// ```
/// use bulla_age::AnyRecipient;
///
/// let text = "age10w840jqz8nm0cc7wglxwmgg7vpx7n6zuga2jhp3hutr9m06az3pq2qazjj";
/// let recipient: AnyRecipient = text.parse()?;
/// let recipient = recipient.as_recipient().ok_or("a plugin's recipient")?;
/// let file = bulla_age::NewFile::new(&[recipient])?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub enum AnyRecipient {
    /// `age1…`
    X25519(X25519Recipient),
    /// `age1pq1…`
    Hybrid(HybridRecipient),
    /// `age1tag1…`, `age1tagpq1…`
    Tag(TagRecipient),
    /// `ssh-ed25519 …`, `ssh-rsa …`
    Ssh(SshRecipient),
    /// `age1NAME1…`
    Plugin(PluginRecipient),
}

impl FromStr for AnyRecipient {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let lower = text.to_ascii_lowercase();
        if lower.starts_with("age-secret-key-") || lower.starts_with("age-plugin-") {
            return Err(ParseError::IdentityAsRecipient);
        }
        if pem::begins(text) {
            return Err(pem::not_a_recipient(text));
        }
        if is_public_key(text) {
            return text.parse().map(Self::Ssh);
        }
        if text.starts_with("github:") {
            return Err(ParseError::GitHub);
        }
        if let Some((key, _)) = text.split_once([' ', '\t']) {
            // Any text can have blanks, so this error is only for text after a valid key.
            key.parse::<Self>()?;
            return Err(ParseError::TextAfterKey);
        }
        if lower.ends_with(".pub") || lower.ends_with(".txt") || text.starts_with(['/', '~', '.']) {
            return Err(ParseError::FileName);
        }
        let Some((prefix, _)) = lower.rsplit_once('1').filter(|_| lower.starts_with("age1")) else {
            return Err(ParseError::NotARecipient);
        };
        if lower != text && text.to_ascii_uppercase() != text {
            return Err(ParseError::MixedCase);
        }
        match prefix {
            "age" => text.parse().map(Self::X25519),
            "age1pq" => text.parse().map(Self::Hybrid),
            "age1tag" | "age1tagpq" => text.parse().map(Self::Tag),
            _ => text.parse().map(Self::Plugin),
        }
    }
}

impl AnyRecipient {
    /// Returns it as a recipient that can wrap; `None` for a plugin's, which needs a host: use
    /// [`RecipientSet`](crate::RecipientSet).
    pub fn as_recipient(&self) -> Option<&dyn Recipient> {
        match self {
            Self::X25519(key) => Some(key),
            Self::Hybrid(key) => Some(key),
            Self::Tag(key) => Some(key),
            Self::Ssh(key) => Some(key),
            Self::Plugin(_) => None,
        }
    }

    /// Returns true if encryption to this recipient resists quantum computers. Only a plugin knows
    /// this about its own recipients (`None`).
    pub fn is_post_quantum(&self) -> Option<bool> {
        match self {
            Self::Hybrid(_) => Some(true),
            Self::Tag(key) => Some(key.is_post_quantum()),
            Self::Plugin(_) => None,
            Self::X25519(_) | Self::Ssh(_) => Some(false),
        }
    }

    /// Returns whether a stanza can be this recipient's, as far as its type and its tag tell. A tag
    /// has four bytes, so this is no proof.
    pub fn fits(&self, stanza: &Stanza) -> bool {
        match self {
            Self::X25519(_) => stanza.tag == stanza_type::X25519,
            Self::Hybrid(_) => stanza.tag == stanza_type::HYBRID,
            Self::Tag(key) => key.fits(stanza),
            Self::Ssh(key) => key.fits(stanza),
            Self::Plugin(_) => stanza_type::may_be_a_plugins(&stanza.tag),
        }
    }

    /// Returns the name of its kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::X25519(_) => "X25519",
            Self::Hybrid(_) => "post-quantum",
            Self::Tag(key) if key.is_post_quantum() => "post-quantum hardware key",
            Self::Tag(_) => "hardware key",
            Self::Ssh(_) => "SSH key",
            Self::Plugin(_) => "plugin",
        }
    }
}

impl fmt::Display for AnyRecipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::X25519(key) => key.fmt(f),
            Self::Hybrid(key) => key.fmt(f),
            Self::Tag(key) => key.fmt(f),
            Self::Ssh(key) => key.fmt(f),
            Self::Plugin(key) => key.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key_error::KeyError;
    use crate::recipients_file;

    const ONE: &str = "age10w840jqz8nm0cc7wglxwmgg7vpx7n6zuga2jhp3hutr9m06az3pq2qazjj";

    #[test]
    fn a_file_may_have_comments_blank_lines_and_crlf() {
        let text = format!("# me\r\n\r\n{ONE}\r\necdsa-sha2-nistp256 AAAA me@host\n{ONE}\n");
        let (recipients, skipped) = recipients_file::parse(text.as_bytes()).unwrap();
        assert_eq!(
            recipients
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>(),
            [ONE, ONE]
        );
        assert_eq!(skipped.len(), 1);
        assert_eq!(skipped[0].line, 4);
    }

    #[test]
    fn text_after_a_key_is_called_that() {
        for text in [format!("{ONE} alice"), format!("{ONE}  # alice, laptop")] {
            let error = text.parse::<AnyRecipient>().err();
            assert_eq!(error, Some(ParseError::TextAfterKey), "{text}");
        }
        let damaged = format!("{}q alice", &ONE[..50]);
        let error = damaged.parse::<AnyRecipient>().err();
        assert_eq!(error, Some(ParseError::Encoding));
    }

    #[test]
    fn a_file_of_unusable_keys_says_why() {
        let keys = "# work\necdsa-sha2-nistp256 AAAA a\nssh-dss AAAA b\n";
        let error = recipients_file::parse(keys.as_bytes()).err().unwrap();
        let text = error.to_string();
        assert!(
            text.contains("line 2") && text.contains("ecdsa-sha2-nistp256"),
            "{text}"
        );
        assert!(text.ends_with("(and 1 more)"), "{text}");
    }

    #[test]
    fn an_error_names_the_line_and_never_its_text() {
        let secret = "sk-live-abcdefghijklmnopqrstuvwxyz AAAA";
        for wrong in [
            "AGE-SECRET-KEY-1QQ",
            "age1qq",
            "hello",
            &ONE.to_uppercase()[..50],
            "age1yubikey1qq",
            secret,
        ] {
            let error = recipients_file::parse(format!("{ONE}\n{wrong}\n").as_bytes())
                .err()
                .unwrap();
            assert!(matches!(error, KeyError::Line { line: 2, .. }), "{error}");
            assert!(!error.to_string().contains(wrong));
            assert!(!error.to_string().contains("abcdefgh"));
        }
        assert_eq!(
            recipients_file::parse(b"# nobody\n").err(),
            Some(KeyError::NoKeys)
        );
    }

    #[test]
    fn text_that_is_not_a_recipient_is_identified() {
        let cases = [
            ("AGE-SECRET-KEY-1QQ", ParseError::IdentityAsRecipient),
            ("age-plugin-x-1qq", ParseError::IdentityAsRecipient),
            (
                "-----BEGIN OPENSSH PRIVATE KEY-----",
                ParseError::IdentityAsRecipient,
            ),
            ("/etc/ssh/host_key.pub", ParseError::FileName),
            ("id_ed25519.pub", ParseError::FileName),
            ("github:somebody", ParseError::GitHub),
            ("alice", ParseError::NotARecipient),
            ("sk-live-abcdef", ParseError::NotARecipient),
            ("", ParseError::NotARecipient),
            (
                "age10W840jqz8nm0cc7wglxwmgg7vpx7n6zuga2jhp3hutr9m06az3pq2qazjj",
                ParseError::MixedCase,
            ),
            (
                "age10w840jqz8nm0cc7wglxwmgg7vpx7n6zuga2jhp3hutr9m06az3pq2qazjk",
                ParseError::Encoding,
            ),
            ("age1yubikey1qq", ParseError::Encoding),
            (
                "ecdsa-sha2-nistp256 AAAA",
                ParseError::SshType("ecdsa-sha2-nistp256"),
            ),
        ];
        for (text, why) in cases {
            assert_eq!(text.parse::<AnyRecipient>().err(), Some(why), "{text}");
        }
    }

    #[test]
    fn every_recipient_type_is_recognized() {
        let tag = "age1tag1qt8lw0ual6avlwmwatk888yqnmdamm7xfd0wak53ut6elz5c4swx2yqdj4e";
        let plugin = super::super::bech32::encode("age1yubikey", b"data");
        let cases = [
            (ONE, "X25519", Some(false)),
            (tag, "hardware key", Some(false)),
            (&plugin, "plugin", None),
            (super::super::testing::RSA_PUB, "SSH key", Some(false)),
        ];
        for (text, kind, post_quantum) in cases {
            let recipient: AnyRecipient = text.parse().unwrap();
            assert_eq!(
                (recipient.kind(), recipient.is_post_quantum()),
                (kind, post_quantum)
            );
            assert!(text.starts_with(&recipient.to_string()));
            assert_eq!(recipient.as_recipient().is_none(), post_quantum.is_none());
        }
    }

    #[test]
    fn other_encodings_of_text_are_named() {
        assert_eq!(
            recipients_file::parse(b"\xff\xfea\0").err(),
            Some(KeyError::Parse(ParseError::Utf16))
        );
        assert_eq!(
            recipients_file::parse(b"a\xff\n").err(),
            Some(KeyError::Parse(ParseError::NotText))
        );
        let (recipients, _) =
            recipients_file::parse(format!("\u{feff}  {ONE} \t\n").as_bytes()).unwrap();
        assert_eq!(recipients[0].to_string(), ONE);
    }
}
