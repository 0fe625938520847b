//! `config.toml` and the environment: all settings, and where each one comes from. Flags take
//! precedence; they belong to the commands.
//!
//! Owns the names and the precedence of all settings, and edits names in the text. It never writes
//! the file.

mod edit;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use toml::Spanned;

use crate::files;
use crate::files::PrivateFolder;
use crate::keyring::{Name, nearest};
use bulla_age::AnyRecipient;
use bulla_age::untrusted::Untrusted;

pub(crate) use crate::config::edit::{with_default_identity, with_name_replaced};
/// The name of the file in the keyring.
pub(crate) use crate::keyring::CONFIG as FILE;

/// A value, and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Setting<T> {
    pub(crate) value: T,
    pub(crate) origin: Origin,
}

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Default,
    File,
}

/// The settings.
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
    /// Neither BULLA_HOME nor a home folder locates the keyring.
    #[error("Cannot find the keyring: HOME is not set")]
    NoHome,
    /// An invalid setting in the file.
    #[error("{file}{}: {why}", .line.map_or_else(String::new, |line| format!(", line {line}")))]
    Wrong {
        /// The config file.
        file: Untrusted,
        /// The line in the file.
        line: Option<usize>,
        /// The problem, safe to print.
        why: String,
        /// The known key that looks like an unknown one.
        near: Option<&'static str>,
    },
    /// The file cannot be read.
    #[error(transparent)]
    Files(#[from] files::Error),
}

/// The file as written. Every key is optional.
#[derive(Debug, Default, Deserialize)]
struct Written {
    default_identity: Option<Spanned<String>>,
    default_to: Option<Vec<Spanned<String>>>,
    sign: Option<bool>,
    armor: Option<bool>,
    threads: Option<usize>,
    unlock_for: Option<Spanned<String>>,
    passphrase_command: Option<Spanned<Vec<String>>>,
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

/// What each of [`KEYS`] means, for the manual.
const MEANINGS: [&str; KEYS.len()] = [
    "The identity to use when none is named, for example \"work\". Set it with: bulla identity default NAME.",
    "Names or recipients to encrypt to when no recipient is given, for example [\"me\", \"team\"]. Default: [].",
    "Whether to sign what you encrypt: true or false. Default: false. --sign and --no-sign take precedence.",
    "Whether to write text (ASCII armor) instead of binary: true or false. Default: false. --armor and --no-armor take precedence.",
    "Threads per file; 0 uses all cores. Default: 0. --threads takes precedence.",
    "How long bulla unlock keeps an identity unlocked, for example \"90s\", \"15m\" or \"8h\". Default: \"15m\".",
    "A program and its arguments that print the passphrase of an identity, for example [\"pass\", \"show\", \"bulla\"]. Default: [] (ask).",
    "Whether programs that bulla starts are kept off the network: true or false. Default: true.",
    "Whether to remember which messages were read, to warn about repeated ones: true or false. Default: true.",
];

/// Returns the name and meaning of every setting.
pub(crate) fn reference() -> impl Iterator<Item = (&'static str, &'static str)> {
    KEYS.into_iter().zip(MEANINGS)
}

/// Returns the folder of the keyring: BULLA_HOME, or else the platform's data folder.
///
/// # Errors
/// [`Error::NoHome`].
pub(crate) fn home(bulla_home: Option<OsString>) -> Result<PathBuf, Error> {
    match bulla_home.filter(|path| !path.is_empty()) {
        Some(path) => Ok(PathBuf::from(path)),
        None => Ok(dirs::data_dir().ok_or(Error::NoHome)?.join("bulla")),
    }
}

/// Returns the folder for remembered state, which is outside every keyring.
///
/// # Errors
/// [`Error::NoHome`].
pub(crate) fn state() -> Result<PathBuf, Error> {
    let folder = dirs::state_dir()
        .or_else(dirs::data_local_dir)
        .ok_or(Error::NoHome)?;
    Ok(folder.join("bulla"))
}

impl Config {
    /// Loads the keyring's config, or the defaults if there is none.
    ///
    /// # Errors
    /// [`Error::Wrong`] names the file and the line.
    pub(crate) fn load(keyring: &Path) -> Result<Self, Error> {
        let bytes = match PrivateFolder::open(keyring)? {
            Some(folder) => folder.read(FILE)?,
            None => None,
        };
        let path = keyring.join(FILE);
        Self::parse(
            bytes.as_ref().map_or(&[][..], |bytes| bytes.as_slice()),
            &path,
        )
    }

    fn parse(bytes: &[u8], path: &Path) -> Result<Self, Error> {
        let name = Untrusted::from(path);
        let text = std::str::from_utf8(bytes).map_err(|_| Error::Wrong {
            file: name.clone(),
            line: None,
            why: "it is not UTF-8".to_owned(),
            near: None,
        })?;
        let file = File { name, text };
        file.refuse_unknown()?;
        let written: Written = toml::from_str(text).map_err(|error| file.toml(&error))?;
        let default_identity = written.default_identity.map(|name| {
            let parsed = name.get_ref().parse::<Name>();
            parsed.map_err(|error| {
                file.wrong(name.span(), format!("default_identity: {error}"), None)
            })
        });
        let default_to = written
            .default_to
            .map(|names| names.into_iter().map(|name| file.somebody(name)).collect());
        let unlock_for = written.unlock_for.map(|time| {
            let parsed = parse_duration(time.get_ref());
            parsed.map_err(|why| file.wrong(time.span(), format!("unlock_for: {why}"), None))
        });
        let command = written
            .passphrase_command
            .map(|command| match command.get_ref().first() {
                Some(program) if program.is_empty() => Err(file.wrong(
                    command.span(),
                    "passphrase_command: it names no program".to_owned(),
                    None,
                )),
                _ => Ok(command.into_inner()),
            });
        Ok(Self {
            default_identity: setting(default_identity.transpose()?.map(Some), None),
            default_to: setting(default_to.transpose()?, Vec::new()),
            sign: setting(written.sign, false),
            armor: setting(written.armor, false),
            threads: setting(written.threads, 0),
            unlock_for: setting(unlock_for.transpose()?, Duration::from_secs(15 * 60)),
            passphrase_command: setting(command.transpose()?, Vec::new()),
            offline_children: setting(written.offline_children, true),
            remember_messages: setting(written.remember_messages, true),
        })
    }

    /// Returns every setting: its name, its value as JSON (the same as TOML for these types), and
    /// its origin.
    pub(crate) fn settings(&self) -> [(&'static str, Value, Origin); KEYS.len()] {
        let name = self.default_identity.value.as_ref().map(Name::as_str);
        let time = humantime::format_duration(self.unlock_for.value).to_string();
        let [
            identity,
            to,
            sign,
            armor,
            threads,
            unlock_for,
            command,
            children,
            messages,
        ] = KEYS;
        [
            (identity, Value::from(name), self.default_identity.origin),
            (
                to,
                Value::from(self.default_to.value.clone()),
                self.default_to.origin,
            ),
            (sign, Value::from(self.sign.value), self.sign.origin),
            (armor, Value::from(self.armor.value), self.armor.origin),
            (
                threads,
                Value::from(self.threads.value),
                self.threads.origin,
            ),
            (unlock_for, Value::from(time), self.unlock_for.origin),
            (
                command,
                Value::from(self.passphrase_command.value.clone()),
                self.passphrase_command.origin,
            ),
            (
                children,
                Value::from(self.offline_children.value),
                self.offline_children.origin,
            ),
            (
                messages,
                Value::from(self.remember_messages.value),
                self.remember_messages.origin,
            ),
        ]
    }
}

/// Parses a time of at least a second, as in `15m`.
///
/// # Errors
/// Describes the problem.
pub(crate) fn parse_duration(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(time) if time.as_secs() == 0 => Err("less than a second".to_owned()),
        Ok(time) => Ok(Duration::from_secs(time.as_secs())),
        Err(error) => Err(format!("{error} (use for example 90s, 15m or 8h)")),
    }
}

/// The file being read.
struct File<'a> {
    name: Untrusted,
    text: &'a str,
}

impl File<'_> {
    fn wrong(&self, at: Range<usize>, why: String, near: Option<&'static str>) -> Error {
        let line = 1 + self.text[..at.start.min(self.text.len())]
            .matches('\n')
            .count();
        Error::Wrong {
            file: self.name.clone(),
            line: Some(line),
            why,
            near,
        }
    }

    fn toml(&self, error: &toml::de::Error) -> Error {
        let why = Untrusted::new(error.message().trim()).to_string();
        self.wrong(error.span().unwrap_or_default(), why, None)
    }

    fn refuse_unknown(&self) -> Result<(), Error> {
        let table: BTreeMap<Spanned<String>, toml::Value> =
            toml::from_str(self.text).map_err(|error| self.toml(&error))?;
        let Some(unknown) = table
            .keys()
            .find(|key| !KEYS.contains(&key.get_ref().as_str()))
        else {
            return Ok(());
        };
        let near = nearest(unknown.get_ref(), KEYS.into_iter())
            .into_iter()
            .next();
        let near = near.and_then(|near| KEYS.into_iter().find(|key| *key == near));
        let why = format!(
            "unknown setting {}",
            Untrusted::new(unknown.get_ref().as_str()).quoted()
        );
        Err(self.wrong(unknown.span(), why, near))
    }

    /// Parses a name or a recipient.
    fn somebody(&self, text: Spanned<String>) -> Result<String, Error> {
        match (
            text.get_ref().parse::<Name>(),
            text.get_ref().parse::<AnyRecipient>(),
        ) {
            (Err(error), Err(_)) => {
                Err(self.wrong(text.span(), format!("default_to: {error}"), None))
            }
            _ => Ok(text.into_inner()),
        }
    }
}

impl Origin {
    /// Returns its name in messages.
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::File => FILE,
        }
    }
}

fn setting<T>(written: Option<T>, default: T) -> Setting<T> {
    match written {
        Some(value) => Setting {
            value,
            origin: Origin::File,
        },
        None => Setting {
            value: default,
            origin: Origin::Default,
        },
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
        assert_eq!(
            config.unlock_for,
            Setting {
                value: Duration::from_secs(900),
                origin: Origin::Default
            }
        );
        let config =
            parse("unlock_for = \"2h\"\ndefault_to = [\"me\"]\ndefault_identity = \"work\"\n")
                .unwrap();
        assert_eq!(
            config.unlock_for,
            Setting {
                value: Duration::from_secs(7200),
                origin: Origin::File
            }
        );
        assert_eq!(config.default_to.value, ["me"]);
        assert_eq!(config.default_identity.value.unwrap().as_str(), "work");
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line_and_the_nearest_known_one() {
        let error = parse("armor = true\ndefault_identty = \"x\"\n").unwrap_err();
        let Error::Wrong { line, near, .. } = &error else {
            panic!("{error}")
        };
        assert_eq!((*line, *near), (Some(2), Some("default_identity")));
        assert_eq!(
            error.to_string(),
            "config.toml, line 2: unknown setting \"default_identty\""
        );
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        for wrong in [
            "armor = 1",
            "threads = -1",
            "unlock_for = \"soon\"",
            "unlock_for = \"0s\"",
            "default_identity = \"..\"",
            "default_to = [\"me\", \"\u{1b}[0m\"]",
            "default_to = \"me\"",
            "passphrase_command = [\"\"]",
            "x = [",
            "[sign]",
            "[nothing]",
            "a.b = 1",
            "\u{1b}=1",
            "armor = true\narmor = true",
        ] {
            let error = parse(&format!("# one\nsign = false\n{wrong}\n"))
                .unwrap_err()
                .to_string();
            let line = error.starts_with("config.toml, line 3: ")
                || error.starts_with("config.toml, line 4: ");
            assert!(
                line && !error.contains(['\u{1b}', '\n']),
                "{wrong}: {error}"
            );
        }
        assert!(matches!(
            Config::parse(b"\xff", Path::new("c")),
            Err(Error::Wrong { line: None, .. })
        ));
    }

    #[test]
    fn what_is_in_force_is_listed_with_its_origin() {
        let config =
            parse("unlock_for = \"90s\"\npassphrase_command = [\"pass\", \"x\"]\n").unwrap();
        let listed: Vec<_> = config
            .settings()
            .map(|(key, value, origin)| format!("{key}={value} {}", origin.noun()))
            .into_iter()
            .filter(|line| line.ends_with(FILE))
            .collect();
        assert_eq!(
            listed,
            [
                "unlock_for=\"1m 30s\" config.toml",
                "passphrase_command=[\"pass\",\"x\"] config.toml"
            ]
        );
    }

    #[test]
    fn bulla_home_wins_unless_it_is_empty() {
        assert_eq!(home(Some("/x".into())).unwrap(), Path::new("/x"));
        assert_ne!(home(Some("".into())).unwrap_or_default(), Path::new(""));
    }
}
