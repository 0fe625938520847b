//! Recipients and identities of plugins as text: `age1NAME1…` and `AGE-PLUGIN-NAME-1…`.

use std::fmt;
use std::str::FromStr;

use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::bech32;
use crate::parse_error::ParseError;

const RECIPIENT: &str = "age1";
const IDENTITY: &str = "age-plugin-";
/// Prefixes that look like those of a plugin but are not.
const NATIVE: [&str; 3] = ["pq", "tag", "tagpq"];
/// Bech32 allows 83 characters before the data; this leaves room for the text around the name.
const MAX_NAME: usize = 64;

/// A recipient whose plugin wraps file keys.
#[derive(Clone, PartialEq, Eq)]
pub struct PluginRecipient {
    name: String,
    text: String,
}

impl PluginRecipient {
    /// Returns the name of its plugin, in lower case.
    pub fn plugin(&self) -> &str {
        &self.name
    }
}

impl FromStr for PluginRecipient {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let (prefix, _) = bech32::decode(text)?;
        let name = prefix
            .strip_prefix(RECIPIENT)
            .filter(|name| is_name(name) && !NATIVE.contains(name));
        let name = name.ok_or(ParseError::PluginRecipient)?.to_owned();
        Ok(Self {
            name,
            text: text.to_ascii_lowercase(),
        })
    }
}

impl fmt::Display for PluginRecipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// An identity whose plugin unwraps file keys. It is a secret, or tells the plugin where to find
/// one.
#[derive(Clone)]
pub struct PluginIdentity {
    name: String,
    text: SecretString,
}

impl PluginIdentity {
    /// Returns the identity without data, for plugins that need none (`-j NAME`).
    ///
    /// # Errors
    /// [`ParseError::PluginName`].
    pub fn without_data(name: &str) -> Result<Self, ParseError> {
        Self::with_data(name, &[])
    }

    /// Returns the identity with this data, which has a meaning only for the plugin.
    ///
    /// # Errors
    /// [`ParseError::PluginName`].
    pub fn with_data(name: &str, data: &[u8]) -> Result<Self, ParseError> {
        let name = name.to_ascii_lowercase();
        if is_name(&name) {
            let text = bech32::encode(&format!("{IDENTITY}{name}-"), data).to_ascii_uppercase();
            Ok(Self {
                name,
                text: text.into(),
            })
        } else {
            Err(ParseError::PluginName)
        }
    }

    /// Returns the name of its plugin, in lower case.
    pub fn plugin(&self) -> &str {
        &self.name
    }

    /// Returns the data, which has a meaning only for the plugin.
    ///
    /// # Errors
    /// Never, because the text was parsed before.
    pub fn data(&self) -> Result<Zeroizing<Vec<u8>>, ParseError> {
        Ok(bech32::decode(self.text.expose_secret())?.1)
    }

    /// Returns the secret text: `AGE-PLUGIN-NAME-1…`.
    pub fn to_text(&self) -> SecretString {
        self.text.clone()
    }

    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.text.expose_secret() == other.text.expose_secret()
    }
}

impl FromStr for PluginIdentity {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let (prefix, _) = bech32::decode(text)?;
        let name = prefix
            .strip_prefix(IDENTITY)
            .and_then(|rest| rest.strip_suffix('-'));
        let name = name
            .filter(|name| is_name(name))
            .ok_or(ParseError::PluginIdentity)?
            .to_owned();
        Ok(Self {
            name,
            text: text.to_ascii_uppercase().into(),
        })
    }
}

/// Returns true for a valid plugin name. The name becomes part of a file name, so it contains
/// nothing that could lead to another folder.
fn is_name(name: &str) -> bool {
    let may =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"+-._".contains(&byte);
    !name.is_empty() && name.len() <= MAX_NAME && name.bytes().all(may)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_out_of_both_kinds_of_text() {
        let text = bech32::encode("age1yubikey", b"some data").to_string();
        let recipient: PluginRecipient = text.parse().unwrap();
        assert_eq!(
            (recipient.plugin(), recipient.to_string()),
            ("yubikey", text)
        );
        let text = bech32::encode("age-plugin-a.b_c+d-", b"some data").to_ascii_uppercase();
        let identity: PluginIdentity = text.parse().unwrap();
        assert_eq!(
            (identity.plugin(), identity.to_text().expose_secret()),
            ("a.b_c+d", text.as_str())
        );
    }

    #[test]
    fn names_that_could_lead_elsewhere_are_refused() {
        let long = "x".repeat(65);
        for name in ["", "../x", "a/b", "a b", "a\u{0}", "ä", "a~", &long] {
            assert!(PluginIdentity::without_data(name).is_err(), "{name}");
        }
        for prefix in [
            "age1",
            "age1a/b",
            "age1..~",
            "age1pq",
            "age1tag",
            "age1tagpq",
            "bge1x",
        ] {
            let text = bech32::encode(prefix, b"data").to_string();
            assert_eq!(
                text.parse::<PluginRecipient>().err(),
                Some(ParseError::PluginRecipient),
                "{prefix}"
            );
        }
        for prefix in [
            "age-plugin--",
            "age-plugin-",
            "age-plugin-x",
            "age-plugin-a/b-",
            "age-x-",
        ] {
            let text = bech32::encode(prefix, b"data").to_ascii_uppercase();
            assert_eq!(
                text.parse::<PluginIdentity>().err(),
                Some(ParseError::PluginIdentity),
                "{prefix}"
            );
        }
    }

    #[test]
    fn an_identity_without_data_is_the_one_age_writes() {
        let identity = PluginIdentity::without_data("FooBar").unwrap();
        assert_eq!(identity.plugin(), "foobar");
        assert_eq!(
            identity.to_text().expose_secret(),
            "AGE-PLUGIN-FOOBAR-1QVHULF"
        );
        assert!(
            identity
                .to_text()
                .expose_secret()
                .parse::<PluginIdentity>()
                .unwrap()
                .is_same(&identity)
        );
    }
}
