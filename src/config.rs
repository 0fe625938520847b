//! All settings, and where each one comes from: the keyring's `config.toml`, or that of this
//! machine, which takes precedence. Flags take precedence over both; they belong to the commands.
//!
//! A keyring may come from somewhere else. Its file may therefore hold only settings with which
//! nobody can start a program, add readers or weaken a protection.
//!
//! Owns the names and the precedence of all settings, and edits the texts. It never writes a file.

mod edit;
mod places;

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use toml::Spanned;

use crate::files;
use crate::keyring::{Keyring, KeyringError, Name, nearest};
use crate::process::clock::parse_span;
use bulla_age::AnyRecipient;
use bulla_age::untrusted::Untrusted;

pub(crate) use crate::config::edit::{
    LIST, refuse_value, with_name_replaced, with_setting, without_setting,
};
pub(crate) use crate::config::places::{home, settings_path, state};
/// The name of both files.
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
    Keyring,
    Machine,
}

/// A file of settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// In the keyring, so it may have been written by somebody else.
    Keyring,
    /// On this machine alone.
    Machine,
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
    pub(crate) require_post_quantum: Setting<bool>,
    pub(crate) require: Setting<Vec<String>>,
    pub(crate) plugins: Setting<Vec<String>>,
    pub(crate) accessible: Setting<bool>,
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
        /// Whose file it is.
        place: Place,
        /// The line in the file.
        line: Option<usize>,
        /// The problem, safe to print.
        why: String,
        /// The known key that looks like an unknown one.
        near: Option<&'static str>,
    },
    /// A value that a setting cannot have.
    #[error("{setting} cannot be {}: it is {allowed}", value.quoted())]
    Value {
        /// The name of the setting.
        setting: &'static str,
        /// The value that was given.
        value: Untrusted,
        /// What is allowed.
        allowed: &'static str,
    },
    /// A value that was to be set, and that its setting cannot have.
    #[error("{why}")]
    NewValue {
        /// The setting and the problem, safe to print.
        why: String,
    },
    /// A setting of this machine in the file of a keyring.
    #[error("{file}, line {line}: {setting} cannot be set in a keyring")]
    NotInKeyring {
        /// The keyring's file.
        file: Untrusted,
        /// The line in the file.
        line: usize,
        /// The name of the setting.
        setting: &'static str,
    },
    /// A file of this machine would be inside the keyring, and could arrive with it.
    #[error("The {what} of this machine would be inside the keyring: {path}")]
    InsideKeyring {
        /// The path it would have.
        path: Untrusted,
        /// The kind of file: settings or state.
        what: &'static str,
    },
    /// The file cannot be read.
    #[error(transparent)]
    Files(#[from] files::Error),
    /// What an interrupted change left cannot be read.
    #[error(transparent)]
    Keyring(Box<KeyringError>),
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
    require_post_quantum: Option<bool>,
    require: Option<Vec<Spanned<String>>>,
    plugins: Option<Vec<String>>,
    accessible: Option<bool>,
}

const KEYS: [&str; 13] = [
    "default_identity",
    "default_to",
    "sign",
    "armor",
    "threads",
    "unlock_for",
    "passphrase_command",
    "offline_children",
    "remember_messages",
    "require_post_quantum",
    "require",
    "plugins",
    "accessible",
];

/// The settings that a keyring's file may hold. With every other one, somebody who can write to
/// the keyring could start a program, add readers or weaken a protection.
const OF_KEYRINGS: [&str; 3] = ["default_identity", "armor", "threads"];

/// What each of [`KEYS`] means, for the manual.
const MEANINGS: [&str; KEYS.len()] = [
    "The identity to use when none is named, for example \"work\". Set it with: bulla identity default NAME.",
    "Names or recipients to encrypt to when no recipient is given, for example [\"me\", \"team\"]. Default: []. Only in the file of this machine.",
    "Whether to sign what you encrypt: true or false. Default: false. --sign and --no-sign take precedence. Only in the file of this machine.",
    "Whether to write text (ASCII armor) instead of binary: true or false. Default: false. --armor and --no-armor take precedence.",
    "Threads per file; 0 uses all cores. Default: 0. --threads takes precedence.",
    "How long bulla unlock keeps an identity unlocked, for example \"90s\", \"15m\" or \"8h\". Default: \"15m\". Only in the file of this machine.",
    "A program and its arguments that print the passphrase of an identity, for example [\"pass\", \"show\", \"bulla\"]. Default: [] (ask). Only in the file of this machine.",
    "Whether programs that bulla starts are kept off the network: true or false. Default: true. Only in the file of this machine.",
    "Whether to remember which messages were read, to warn about repeated ones: true or false. Default: true. Only in the file of this machine.",
    "Whether to refuse to encrypt to recipients without a post-quantum key: true or false. Default: false. --require-post-quantum does the same for one run. Only in the file of this machine.",
    "Names or recipients that must be able to open everything you encrypt, for example [\"recovery\"]. Without one of them, nothing is encrypted, and no option changes that. Default: []. Only in the file of this machine.",
    "The plugins that keys of the keyring may start, for example [\"yubikey\"]. Adding or importing such a key adds its plugin. Default: []. Only in the file of this machine.",
    "Whether to write for screen readers and braille displays: nothing on the terminal is redrawn or erased, and progress is told in lines. Default: false. The environment variable ACCESSIBLE (1 or 0) takes precedence. Only in the file of this machine.",
];

/// Returns the name and meaning of every setting.
pub(crate) fn reference() -> impl Iterator<Item = (&'static str, &'static str)> {
    KEYS.into_iter().zip(MEANINGS)
}

/// Returns the setting of this name.
///
/// # Errors
/// The known name that looks like an unknown one.
pub(crate) fn named(text: &str) -> Result<&'static str, Option<&'static str>> {
    let known = |wanted: &str| KEYS.into_iter().find(|key| *key == wanted);
    known(text).ok_or_else(|| {
        let near = nearest(text, KEYS.into_iter()).into_iter().next();
        near.and_then(|near| known(&near))
    })
}

/// Returns whether the file of a keyring may hold this setting.
pub(crate) fn may_be_in_keyring(setting: &str) -> bool {
    OF_KEYRINGS.contains(&setting)
}

/// The settings in one file, each one checked.
#[derive(Default)]
struct Settings {
    default_identity: Option<Name>,
    default_to: Option<Vec<String>>,
    sign: Option<bool>,
    armor: Option<bool>,
    threads: Option<usize>,
    unlock_for: Option<Duration>,
    passphrase_command: Option<Vec<String>>,
    offline_children: Option<bool>,
    remember_messages: Option<bool>,
    require_post_quantum: Option<bool>,
    require: Option<Vec<String>>,
    plugins: Option<Vec<String>>,
    accessible: Option<bool>,
}

impl Settings {
    fn of_machine(path: Option<&Path>) -> Result<Self, Error> {
        let Some(path) = path else {
            return Ok(Self::default());
        };
        let bytes = files::read_own(path)?.unwrap_or_default();
        Self::parse(&bytes, path, Place::Machine)
    }

    fn parse(bytes: &[u8], path: &Path, place: Place) -> Result<Self, Error> {
        let name = Untrusted::from(path);
        let text = std::str::from_utf8(bytes).map_err(|_| Error::Wrong {
            file: name.clone(),
            place,
            line: None,
            why: "it is not UTF-8".to_owned(),
            near: None,
        })?;
        let file = File { name, place, text };
        file.refuse_keys(place)?;
        let written: Written = toml::from_str(text).map_err(|error| file.toml(&error))?;
        let default_identity = written.default_identity.map(|name| {
            let parsed = name.get_ref().parse::<Name>();
            parsed.map_err(|error| {
                file.wrong(name.span(), format!("default_identity: {error}"), None)
            })
        });
        let default_to = written
            .default_to
            .map(|names| file.everybody("default_to", names));
        let require = written
            .require
            .map(|names| file.everybody("require", names));
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
            default_identity: default_identity.transpose()?,
            default_to: default_to.transpose()?,
            sign: written.sign,
            armor: written.armor,
            threads: written.threads,
            unlock_for: unlock_for.transpose()?,
            passphrase_command: command.transpose()?,
            offline_children: written.offline_children,
            remember_messages: written.remember_messages,
            require_post_quantum: written.require_post_quantum,
            require: require.transpose()?,
            plugins: written.plugins,
            accessible: written.accessible,
        })
    }
}

impl Config {
    /// Loads the settings of this machine, if it has a place for them, and those of the keyring;
    /// defaults for what neither has.
    ///
    /// # Errors
    /// [`Error::Wrong`] and [`Error::NotInKeyring`] name the file and the line.
    pub(crate) fn load(keyring: &Keyring, machine: Option<&Path>) -> Result<Self, Error> {
        let machine = Settings::of_machine(machine)?;
        let bytes = keyring.config().map_err(|error| match error {
            KeyringError::Files(error) => Error::Files(error),
            error => Error::Keyring(Box::new(error)),
        })?;
        let path = keyring.path().join(FILE);
        let keyring = Settings::parse(&bytes, &path, Place::Keyring)?;
        Ok(Self::of(machine, keyring))
    }

    /// Loads the required readers alone, which a keyring cannot change. They are known even if the
    /// keyring cannot be read.
    ///
    /// # Errors
    /// [`Error::Wrong`] names the file and the line.
    pub(crate) fn required_readers(machine: Option<&Path>) -> Result<Vec<String>, Error> {
        Ok(Settings::of_machine(machine)?.require.unwrap_or_default())
    }

    fn of(machine: Settings, keyring: Settings) -> Self {
        Self {
            default_identity: first(
                machine.default_identity.map(Some),
                keyring.default_identity.map(Some),
                None,
            ),
            default_to: first(machine.default_to, keyring.default_to, Vec::new()),
            sign: first(machine.sign, keyring.sign, false),
            armor: first(machine.armor, keyring.armor, false),
            threads: first(machine.threads, keyring.threads, 0),
            unlock_for: first(
                machine.unlock_for,
                keyring.unlock_for,
                Duration::from_secs(15 * 60),
            ),
            passphrase_command: first(
                machine.passphrase_command,
                keyring.passphrase_command,
                Vec::new(),
            ),
            offline_children: first(machine.offline_children, keyring.offline_children, true),
            remember_messages: first(machine.remember_messages, keyring.remember_messages, true),
            require_post_quantum: first(
                machine.require_post_quantum,
                keyring.require_post_quantum,
                false,
            ),
            require: first(machine.require, keyring.require, Vec::new()),
            plugins: first(machine.plugins, keyring.plugins, Vec::new()),
            accessible: first(machine.accessible, keyring.accessible, false),
        }
    }

    /// Returns where a setting comes from; `None` if there is none of this name.
    pub(crate) fn origin(&self, setting: &str) -> Option<Origin> {
        let all = self.settings().into_iter();
        let mut found = all.filter(|(key, ..)| *key == setting);
        found.next().map(|(_, _, origin)| origin)
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
            post_quantum,
            require,
            plugins,
            accessible,
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
            (
                post_quantum,
                Value::from(self.require_post_quantum.value),
                self.require_post_quantum.origin,
            ),
            (
                require,
                Value::from(self.require.value.clone()),
                self.require.origin,
            ),
            (
                plugins,
                Value::from(self.plugins.value.clone()),
                self.plugins.origin,
            ),
            (
                accessible,
                Value::from(self.accessible.value),
                self.accessible.origin,
            ),
        ]
    }
}

/// Parses a time of at least a second, as in `15m`.
///
/// # Errors
/// Describes the problem.
pub(crate) fn parse_duration(text: &str) -> Result<Duration, String> {
    match parse_span(text) {
        Some(time) if time.as_secs() == 0 => Err("less than a second".to_owned()),
        Some(time) => Ok(Duration::from_secs(time.as_secs())),
        None => Err("not a time (use for example 90s, 15m or 8h)".to_owned()),
    }
}

/// The file being read.
struct File<'a> {
    name: Untrusted,
    place: Place,
    text: &'a str,
}

impl File<'_> {
    fn wrong(&self, at: Range<usize>, why: String, near: Option<&'static str>) -> Error {
        Error::Wrong {
            file: self.name.clone(),
            place: self.place,
            line: Some(self.line(at)),
            why,
            near,
        }
    }

    fn line(&self, at: Range<usize>) -> usize {
        1 + self.text[..at.start.min(self.text.len())]
            .matches('\n')
            .count()
    }

    fn toml(&self, error: &toml::de::Error) -> Error {
        // The names of types are those of Rust.
        let why = error.message().trim();
        let why = why.replace("expected a boolean", "expected true or false");
        let why = why.replace("expected usize", "expected a number");
        let why = if why.contains("128") {
            "the number is too large, or negative: threads is a number (0: all cores)".to_owned()
        } else {
            why
        };
        let why = Untrusted::new(why).to_string();
        self.wrong(error.span().unwrap_or_default(), why, None)
    }

    /// Refuses settings that do not exist, and those that do not belong in this file.
    fn refuse_keys(&self, place: Place) -> Result<(), Error> {
        let table: BTreeMap<Spanned<String>, toml::Value> =
            toml::from_str(self.text).map_err(|error| self.toml(&error))?;
        for key in table.keys() {
            match named(key.get_ref()) {
                Ok(setting) if place == Place::Keyring && !may_be_in_keyring(setting) => {
                    return Err(Error::NotInKeyring {
                        file: self.name.clone(),
                        line: self.line(key.span()),
                        setting,
                    });
                }
                Ok(_) => {}
                Err(near) => {
                    let why = format!(
                        "unknown setting {}",
                        Untrusted::new(key.get_ref().as_str()).quoted()
                    );
                    return Err(self.wrong(key.span(), why, near));
                }
            }
        }
        Ok(())
    }

    /// Parses names and recipients.
    fn everybody(&self, setting: &str, all: Vec<Spanned<String>>) -> Result<Vec<String>, Error> {
        all.into_iter()
            .map(|text| self.somebody(setting, text))
            .collect()
    }

    /// Parses a name or a recipient.
    fn somebody(&self, setting: &str, text: Spanned<String>) -> Result<String, Error> {
        match (
            text.get_ref().parse::<Name>(),
            text.get_ref().parse::<AnyRecipient>(),
        ) {
            (Err(error), Err(_)) => {
                Err(self.wrong(text.span(), format!("{setting}: {error}"), None))
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
            Self::Keyring => "keyring",
            Self::Machine => "machine",
        }
    }
}

fn first<T>(machine: Option<T>, keyring: Option<T>, default: T) -> Setting<T> {
    let machine = machine.map(|value| (value, Origin::Machine));
    let written = machine.or_else(|| keyring.map(|value| (value, Origin::Keyring)));
    let (value, origin) = written.unwrap_or((default, Origin::Default));
    Setting { value, origin }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The settings of a machine whose keyring has none.
    fn parse(text: &str) -> Result<Config, Error> {
        let settings = Settings::parse(text.as_bytes(), Path::new("config.toml"), Place::Machine)?;
        Ok(Config::of(settings, Settings::default()))
    }

    #[test]
    fn every_setting_is_optional_and_overrides_its_default() {
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
                origin: Origin::Machine
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
    fn config_mistakes_are_named_with_their_line() {
        for wrong in [
            "armor = 1",
            "threads = -1",
            "unlock_for = \"soon\"",
            "unlock_for = \"0s\"",
            "default_identity = \"..\"",
            "default_to = [\"me\", \"\u{1b}[0m\"]",
            "default_to = \"me\"",
            "require = \"recovery\"",
            "require = [\"recovery\", \"\"]",
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
            Settings::parse(b"\xff", Path::new("c"), Place::Machine),
            Err(Error::Wrong { line: None, .. })
        ));
    }

    #[test]
    fn settings_are_listed_with_their_origin() {
        let config =
            parse("unlock_for = \"90s\"\npassphrase_command = [\"pass\", \"x\"]\n").unwrap();
        let listed: Vec<_> = config
            .settings()
            .map(|(key, value, origin)| format!("{key}={value} {}", origin.noun()))
            .into_iter()
            .filter(|line| line.ends_with("machine"))
            .collect();
        assert_eq!(
            listed,
            [
                "unlock_for=\"1m 30s\" machine",
                "passphrase_command=[\"pass\",\"x\"] machine"
            ]
        );
    }

    #[test]
    fn this_machine_wins_over_the_keyring() {
        let of = |text: &str, place| {
            Settings::parse(text.as_bytes(), Path::new("config.toml"), place).unwrap()
        };
        let keyring = of("armor = true\nthreads = 3\n", Place::Keyring);
        let config = Config::of(of("armor = false\n", Place::Machine), keyring);
        assert_eq!(
            (config.armor.value, config.armor.origin),
            (false, Origin::Machine)
        );
        assert_eq!(
            (config.threads.value, config.threads.origin),
            (3, Origin::Keyring)
        );
    }

    /// A new setting is refused in a keyring until somebody decides that it can do no harm there.
    #[test]
    fn a_keyring_sets_only_what_can_do_no_harm() {
        let values = [
            "default_identity = \"me\"",
            "default_to = [\"me\"]",
            "sign = true",
            "armor = true",
            "threads = 1",
            "unlock_for = \"1h\"",
            "passphrase_command = [\"x\"]",
            "offline_children = false",
            "remember_messages = false",
            "require_post_quantum = false",
            "require = [\"recovery\"]",
            "plugins = [\"x\"]",
            "accessible = true",
        ];
        assert_eq!(values.len(), KEYS.len());
        for (key, line) in KEYS.into_iter().zip(values) {
            let of =
                |place| Settings::parse(line.as_bytes(), Path::new("config.toml"), place).err();
            assert!(of(Place::Machine).is_none(), "{line}");
            match (of(Place::Keyring), may_be_in_keyring(key)) {
                (None, true) => {}
                (
                    Some(Error::NotInKeyring {
                        line: 1, setting, ..
                    }),
                    false,
                ) => {
                    assert_eq!(setting, key);
                }
                (other, _) => panic!("{line}: {other:?}"),
            }
        }
    }
}
