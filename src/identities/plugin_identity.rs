//! `AGE-PLUGIN-BULLA-1…`: the name of an identity of the keyring, for other age programs.
//!
//! It holds no secret. `docs/formats.md` describes it.

use crate::keyring::Name;
use bulla_age::ExposeSecret;
use bulla_age::plugin::PluginIdentity;

/// What follows `age-plugin-` in the name of the program.
pub(crate) const PLUGIN: &str = "bulla";

/// The first byte of the data.
const VERSION: u8 = 1;

/// The identities that a text names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NamedByText {
    /// All of the keyring.
    All,
    /// One of them.
    One(Name),
}

/// Why a text names no identity.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Error {
    /// It is not an identity of this plugin.
    #[error("this is not an identity of age-plugin-bulla")]
    Other,
    /// A later version made it.
    #[error("this identity was made by a newer version of bulla")]
    Newer,
    /// Its data is not a name.
    #[error("this identity is damaged: it holds no name")]
    NoName,
}

/// Returns the text that names an identity.
pub(crate) fn text(name: &Name) -> String {
    let data = [&[VERSION], name.as_str().as_bytes()].concat();
    let identity = PluginIdentity::with_data(PLUGIN, &data);
    let identity = identity.expect("plugin: its own name is a valid one");
    identity.to_text().expose_secret().to_owned()
}

/// Parses a text.
pub(crate) fn parse(text: &str) -> Result<NamedByText, Error> {
    let identity: PluginIdentity = text.parse().map_err(|_| Error::Other)?;
    if identity.plugin() != PLUGIN {
        return Err(Error::Other);
    }
    let data = identity.data().map_err(|_| Error::Other)?;
    match data.as_slice() {
        [] => Ok(NamedByText::All),
        [VERSION, name @ ..] => {
            let name = std::str::from_utf8(name).map_err(|_| Error::NoName)?;
            let name = name.parse().map_err(|_| Error::NoName)?;
            Ok(NamedByText::One(name))
        }
        _ => Err(Error::Newer),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = include_str!("../../docs/formats.md");

    /// The rows of the page: a name or nothing, and the text.
    fn rows() -> Vec<(&'static str, &'static str)> {
        let rows = PAGE.lines().filter_map(|line| {
            let mut cells = line.split('|').map(|cell| cell.trim().trim_matches('`'));
            let (_, name, text) = (cells.next()?, cells.next()?, cells.next()?);
            text.starts_with("AGE-PLUGIN-BULLA-1")
                .then_some((name, text))
        });
        rows.collect()
    }

    #[test]
    fn the_page_has_the_texts_that_are_printed_and_read() {
        assert!(rows().len() >= 3, "docs/formats.md has no vectors");
        for (name, written) in rows() {
            let Ok(name) = name.parse::<Name>() else {
                assert_eq!(parse(written), Ok(NamedByText::All), "{written}");
                continue;
            };
            assert_eq!(text(&name), written);
            assert_eq!(parse(written), Ok(NamedByText::One(name.clone())));
            let lower = written.to_ascii_lowercase();
            assert_eq!(parse(&lower), Ok(NamedByText::One(name)));
        }
    }

    #[test]
    fn what_names_no_identity_says_why() {
        let made = |data: &[u8]| {
            let identity = PluginIdentity::with_data(PLUGIN, data).unwrap();
            identity.to_text().expose_secret().to_owned()
        };
        for (text, error) in [
            ("AGE-PLUGIN-FOOBAR-1QVHULF".to_owned(), Error::Other),
            ("AGE-PLUGIN-BULLA-1QQQQ".to_owned(), Error::Other),
            (String::new(), Error::Other),
            (made(&[2, b'm', b'e']), Error::Newer),
            (made(&[1]), Error::NoName),
            (made(&[1, 0xff]), Error::NoName),
            (made(b"\x01../me"), Error::NoName),
        ] {
            assert_eq!(parse(&text), Err(error), "{text}");
        }
    }
}
