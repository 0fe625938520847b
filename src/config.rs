//! `config.toml` and the environment: what is in force, and where it came from. Flags win over it; they are the
//! commands' own.
//!
//! Owns the names of all settings and their precedence, and how names in the text change. It never writes the file.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use toml_edit::{DocumentMut, Item, Value};

use crate::files::{self, PrivateFolder};
use crate::keyring::{Name, nearest};
use crate::untrusted::Untrusted;

/// The file's name, in the keyring.
pub(crate) use crate::keyring::CONFIG as FILE;

/// A value, and where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Setting<T> {
    pub(crate) value: T,
    pub(crate) origin: Origin,
}

/// Where a value came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Default,
    File,
}

/// What is in force.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub(crate) default_identity: Setting<Option<Name>>,
    pub(crate) default_to: Setting<Vec<String>>,
    pub(crate) sign: Setting<bool>,
    pub(crate) armor: Setting<bool>,
    pub(crate) threads: Setting<usize>,
    pub(crate) unlock_for: Setting<Duration>,
    pub(crate) passphrase_command: Setting<Vec<String>>,
    pub(crate) offline_children: Setting<bool>,
    pub(crate) remember_messages: Setting<bool>,
}

/// A config that cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// Neither BULLA_HOME nor a home folder says where the keyring is.
    #[error("nothing says where the keyring is: HOME is not set")]
    NoHome,
    /// What the file says cannot be.
    #[error("{file}{}: {why}", .line.map_or_else(String::new, |line| format!(", line {line}")))]
    Wrong {
        /// The config file.
        file: Untrusted,
        /// Where in it.
        line: Option<usize>,
        /// What is wrong, safe to show.
        why: String,
        /// The known key that looks like an unknown one.
        near: Option<&'static str>,
    },
    /// A file that cannot be read.
    #[error(transparent)]
    Files(#[from] files::Error),
}

/// The file, as it is written. Every key is optional.
#[derive(Debug, Default, Deserialize)]
struct Written {
    default_identity: Option<String>,
    default_to: Option<Vec<String>>,
    sign: Option<bool>,
    armor: Option<bool>,
    threads: Option<usize>,
    unlock_for: Option<String>,
    passphrase_command: Option<Vec<String>>,
    offline_children: Option<bool>,
    remember_messages: Option<bool>,
}

const KEYS: [&str; 9] = [
    "default_identity",
    "default_to",
    "sign",
    "armor",
    "threads",
    "unlock_for",
    "passphrase_command",
    "offline_children",
    "remember_messages",
];

/// Where the keyring is: BULLA_HOME, else the platform's folder for data.
///
/// # Errors
/// [`Error::NoHome`].
pub(crate) fn home(bulla_home: Option<OsString>) -> Result<PathBuf, Error> {
    match bulla_home.filter(|path| !path.is_empty()) {
        Some(path) => Ok(PathBuf::from(path)),
        None => Ok(dirs::data_dir().ok_or(Error::NoHome)?.join("bulla")),
    }
}

impl Config {
    /// What the keyring's config says; the defaults where there is none.
    ///
    /// # Errors
    /// [`Error::Wrong`] names the file and the line.
    pub(crate) fn load(keyring: &Path) -> Result<Self, Error> {
        let bytes = match PrivateFolder::open(keyring)? {
            Some(folder) => folder.read(FILE)?,
            None => None,
        };
        let path = keyring.join(FILE);
        Self::parse(bytes.as_ref().map_or(&[][..], |bytes| bytes.as_slice()), &path)
    }

    fn parse(bytes: &[u8], path: &Path) -> Result<Self, Error> {
        let wrong = |line, why: String, near| Error::Wrong { file: Untrusted::from(path), line, why, near };
        let text = std::str::from_utf8(bytes).map_err(|_| wrong(None, "it is not UTF-8".to_owned(), None))?;
        let failed = |error: toml::de::Error| {
            let line = error.span().map(|span| 1 + text[..span.start.min(text.len())].matches('\n').count());
            wrong(line, Untrusted::new(error.message().trim()).to_string(), None)
        };
        let table: toml::Table = toml::from_str(text).map_err(failed)?;
        if let Some(unknown) = table.keys().find(|key| !KEYS.contains(&key.as_str())) {
            let near = nearest(unknown, KEYS.into_iter()).into_iter().next();
            let near = near.and_then(|near| KEYS.into_iter().find(|key| *key == near));
            let line = text
                .lines()
                .position(|line| line.trim_start().trim_start_matches('[').starts_with(unknown.as_str()));
            let why = format!("there is no setting {}", Untrusted::new(unknown.as_str()).quoted());
            return Err(wrong(line.map(|index| index + 1), why, near));
        }
        let written: Written = toml::from_str(text).map_err(failed)?;
        let default_identity = written.default_identity.map(|name| name.parse::<Name>()).transpose();
        let default_identity = default_identity.map_err(|error| wrong(None, error.to_string(), None))?;
        let unlock_for = written.unlock_for.map(|text| humantime::parse_duration(&text)).transpose();
        let unlock_for = unlock_for.map_err(|error| wrong(None, format!("unlock_for: {error}"), None))?;
        Ok(Self {
            default_identity: setting(default_identity.map(Some), None),
            default_to: setting(written.default_to, Vec::new()),
            sign: setting(written.sign, false),
            armor: setting(written.armor, false),
            threads: setting(written.threads, 0),
            unlock_for: setting(unlock_for, Duration::from_secs(15 * 60)),
            passphrase_command: setting(written.passphrase_command, Vec::new()),
            offline_children: setting(written.offline_children, true),
            remember_messages: setting(written.remember_messages, true),
        })
    }
}

/// The text with this default identity; everything else in it stays, comments too.
///
/// # Errors
/// [`Error::Wrong`] where the text is no config already.
pub(crate) fn with_default_identity(text: &str, path: &Path, name: &Name) -> Result<String, Error> {
    edited(text, path, |document| match document.get_mut("default_identity").and_then(Item::as_value_mut) {
        Some(value) => put(value, name.as_str()),
        None => _ = document.insert("default_identity", toml_edit::value(name.as_str())),
    })
}

/// The text with another name, or none, where this one stood for somebody; none where it stood nowhere.
///
/// # Errors
/// [`Error::Wrong`] where the text is no config already.
pub(crate) fn with_name_replaced(
    text: &str,
    path: &Path,
    from: &Name,
    to: Option<&Name>,
) -> Result<Option<String>, Error> {
    let new = edited(text, path, |document| {
        let is_it = |value: &Value| value.as_str() == Some(from.as_str());
        if let Some(value) = document.get_mut("default_identity").and_then(Item::as_value_mut)
            && is_it(value)
        {
            match to {
                Some(to) => put(value, to.as_str()),
                None => _ = document.remove("default_identity"),
            }
        }
        let everybody = document.get_mut("default_to").and_then(Item::as_array_mut);
        let Some(everybody) = everybody else { return };
        match to {
            Some(to) => {
                everybody.iter_mut().filter(|value| is_it(value)).for_each(|value| put(value, to.as_str()))
            }
            None => {
                everybody.retain(|value| !is_it(value));
                if let Some(first) = everybody.get_mut(0) {
                    first.decor_mut().set_prefix("");
                }
            }
        }
        if everybody.is_empty() {
            document.remove("default_to");
        }
    })?;
    Ok((new != text).then_some(new))
}

fn edited(text: &str, path: &Path, edit: impl FnOnce(&mut DocumentMut)) -> Result<String, Error> {
    Config::parse(text.as_bytes(), path)?;
    let wrong = |why: String| Error::Wrong { file: Untrusted::from(path), line: None, why, near: None };
    let document = text.parse::<DocumentMut>();
    let mut document = document.map_err(|error| wrong(Untrusted::new(error.message()).to_string()))?;
    edit(&mut document);
    Ok(document.to_string())
}

/// A new value with the comments of the old one.
fn put(value: &mut Value, text: &str) {
    let decor = value.decor().clone();
    *value = text.into();
    *value.decor_mut() = decor;
}

fn setting<T>(written: Option<T>, default: T) -> Setting<T> {
    match written {
        Some(value) => Setting { value, origin: Origin::File },
        None => Setting { value: default, origin: Origin::Default },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Config, Error> {
        Config::parse(text.as_bytes(), Path::new("config.toml"))
    }

    #[test]
    fn every_key_is_optional_and_what_is_written_wins() {
        let config = parse("").unwrap();
        assert_eq!(config.unlock_for, Setting { value: Duration::from_secs(900), origin: Origin::Default });
        let config =
            parse("unlock_for = \"2h\"\ndefault_to = [\"me\"]\ndefault_identity = \"work\"\n").unwrap();
        assert_eq!(config.unlock_for, Setting { value: Duration::from_secs(7200), origin: Origin::File });
        assert_eq!(config.default_to.value, ["me"]);
        assert_eq!(config.default_identity.value.unwrap().as_str(), "work");
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line_and_the_nearest_known_one() {
        let error = parse("armor = true\ndefault_identty = \"x\"\n").unwrap_err();
        let Error::Wrong { line, near, .. } = &error else { panic!("{error}") };
        assert_eq!((*line, *near), (Some(2), Some("default_identity")));
        assert_eq!(error.to_string(), "config.toml, line 2: there is no setting \"default_identty\"");
        for wrong in [
            "armor = 1",
            "threads = -1",
            "unlock_for = \"soon\"",
            "default_identity = \"..\"",
            "x = [",
            "\u{1b}=1",
        ] {
            let error = parse(wrong).unwrap_err().to_string();
            assert!(error.starts_with("config.toml") && !error.contains(['\u{1b}', '\n']), "{error}");
        }
    }

    #[test]
    fn names_are_changed_and_everything_else_stays() {
        let path = Path::new("config.toml");
        let name = |text: &str| text.parse::<Name>().unwrap();
        let set = |text: &str| with_default_identity(text, path, &name("work")).unwrap();
        assert_eq!(set(""), "default_identity = \"work\"\n");
        assert_eq!(
            set("# mine\narmor = true # yes\n"),
            "# mine\narmor = true # yes\ndefault_identity = \"work\"\n"
        );
        assert_eq!(
            set("# who\ndefault_identity =  \"me\"  # at home\nsign = true\n"),
            "# who\ndefault_identity =  \"work\"  # at home\nsign = true\n"
        );
        let replaced = |text: &str, to: Option<&str>| {
            with_name_replaced(text, path, &name("me"), to.map(name).as_ref()).unwrap()
        };
        let both = "default_identity = \"me\" # I\ndefault_to = [\"me\", \"bob\"] # us\n";
        assert_eq!(replaced(both, Some("I")).unwrap(), both.replace("\"me\"", "\"I\""));
        assert_eq!(replaced(both, None).unwrap(), "default_to = [\"bob\"] # us\n");
        assert_eq!(replaced("default_to = [\"me\"]\n", None).unwrap(), "");
        assert_eq!(replaced("# me\ndefault_to = [\"bob\"]\n", None), None);
        assert!(with_default_identity("colour = 1\n", path, &name("me")).is_err());
    }

    #[test]
    fn bulla_home_wins_unless_it_is_empty() {
        assert_eq!(home(Some("/x".into())).unwrap(), Path::new("/x"));
        assert_ne!(home(Some("".into())).unwrap_or_default(), Path::new(""));
    }
}
