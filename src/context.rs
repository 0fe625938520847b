//! What every command is given: the user interface, and who answers for passphrases.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::SystemTime;

use anyhow::Result;
use zeroize::Zeroizing;

use crate::config::{self, Config};
use crate::files::{Program, find_program};
use crate::keyring::{self, Keyring, Kind, Name};
use crate::keys::plugin::{self, Host, Plugins};
use crate::keys::{Ask, AskError, Question, SecretString};
use crate::ui::{Drawing, PromptError, Prompting, Settings, Ui, Verbosity};
use crate::untrusted::Untrusted;

/// What the user interface needs to know of flags and environment.
pub(crate) fn settings(verbosity: Verbosity, no_prompt: bool, no_progress: bool) -> Settings {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    Settings {
        verbosity,
        prompt: if no_prompt { Prompting::Never } else { Prompting::Allowed },
        progress: if no_progress { Drawing::Off } else { Drawing::Auto },
        colour: !is_set("NO_COLOR"),
        dumb: std::env::var_os("TERM").is_some_and(|term| term == "dumb"),
        width: std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok()),
    }
}

/// What an identity is called unless it is said.
pub(crate) const FIRST: &str = "me";

/// Given to every command.
pub(crate) struct Context {
    pub(crate) ui: Ui,
    asker: Arc<Asker>,
    keyring: OnceLock<Keyring>,
    config: OnceLock<Config>,
}

impl Context {
    /// `first` answers the first passphrase that is asked for, whatever it is for.
    pub(crate) fn new(ui: Ui, first: Option<Zeroizing<String>>) -> Self {
        let asker = Arc::new(Asker { ui: ui.clone(), first: Mutex::new(first) });
        Self { ui, asker, keyring: OnceLock::new(), config: OnceLock::new() }
    }

    /// The keyring, which may not exist yet.
    pub(crate) fn keyring(&self) -> Result<&Keyring> {
        if let Some(keyring) = self.keyring.get() {
            return Ok(keyring);
        }
        let home = config::home(std::env::var_os("BULLA_HOME"))?;
        Ok(self.keyring.get_or_init(|| Keyring::at(home)))
    }

    /// What the config says; read when it is first asked for.
    pub(crate) fn config(&self) -> Result<&Config> {
        if let Some(config) = self.config.get() {
            return Ok(config);
        }
        let config = Config::load(self.keyring()?.path())?;
        Ok(self.config.get_or_init(|| config))
    }

    /// The identity one acts as: that of the config, else `me`, else the only one. None where there is none.
    pub(crate) fn default_identity(&self) -> Result<Option<Name>> {
        if let Some(name) = &self.config()?.default_identity.value {
            self.keyring()?.get::<keyring::Identity>(name)?;
            return Ok(Some(name.clone()));
        }
        let mut names = self.keyring()?.names(Kind::Identity)?;
        if let Some(me) = names.iter().find(|name| name.as_str() == FIRST) {
            return Ok(Some(me.clone()));
        }
        match names.len() {
            0 | 1 => Ok(names.pop()),
            _ => Err(keyring::Error::NoDefault { names }.into()),
        }
    }

    /// The date in UTC, as 2026-11-23.
    pub(crate) fn today(&self) -> String {
        let mut now = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
        now.truncate("2026-11-23".len());
        now
    }

    /// Who is asked, for keys that need a person.
    pub(crate) fn ask(&self) -> Arc<dyn Ask> {
        self.asker.clone()
    }

    /// What plugins need: their programs on the PATH, and who answers them.
    pub(crate) fn host(&self) -> Host {
        Host { plugins: Arc::new(OnPath), ask: self.ask() }
    }

    /// The passphrase from `--passphrase-fd` or `--passphrase-file`, once.
    pub(crate) fn take_first(&self) -> Option<Zeroizing<String>> {
        self.asker.first.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Plugins as PATH has them.
struct OnPath;

impl Plugins for OnPath {
    fn find(&self, name: &str) -> Result<PathBuf, plugin::Error> {
        let plugin = name.to_owned();
        if std::env::var_os("AGEDEBUG").is_some() {
            return Err(plugin::Error::Debugging { plugin });
        }
        let path = std::env::var_os("PATH").unwrap_or_default();
        match find_program(&format!("age-plugin-{name}"), &path) {
            Program::At(path) => Ok(path),
            Program::OnlyRelative => Err(plugin::Error::OnlyRelative { plugin }),
            Program::Nowhere => Err(plugin::Error::NotFound { plugin }),
        }
    }
}

struct Asker {
    ui: Ui,
    first: Mutex<Option<Zeroizing<String>>>,
}

impl Ask for Asker {
    fn passphrase(&self, question: &Question) -> Result<SecretString, AskError> {
        let first = self.first.lock().unwrap_or_else(PoisonError::into_inner).take();
        let answer = match first {
            Some(first) => first,
            None => self.ui.passphrase(&question.to_string()).map_err(|error| unanswered(error, question))?,
        };
        Ok(SecretString::from(answer.as_str()))
    }

    fn text(&self, plugin: &str, message: &Untrusted) -> Result<String, AskError> {
        let question = Question::Plugin { plugin: plugin.to_owned(), message: message.clone() };
        self.ui.line(&question.to_string()).map_err(|error| unanswered_in_person(error, &question))
    }

    fn confirm(
        &self,
        plugin: &str,
        message: &Untrusted,
        yes: &Untrusted,
        no: Option<&Untrusted>,
    ) -> Result<bool, AskError> {
        let question = Question::Plugin { plugin: plugin.to_owned(), message: message.clone() };
        let no = no.map(ToString::to_string);
        self.ui
            .confirm(&question.to_string(), &yes.to_string(), no.as_deref())
            .map_err(|error| unanswered_in_person(error, &question))
    }

    fn tell(&self, plugin: &str, message: &Untrusted) {
        self.ui.status(&format_args!("plugin {plugin}: {message}"));
    }
}

/// What no flag could have answered.
fn unanswered_in_person(error: PromptError, question: &Question) -> AskError {
    match (error, question) {
        (PromptError::NoTerminal, Question::Plugin { message, .. }) => {
            AskError::NoPerson(message.to_string())
        }
        (error, question) => unanswered(error, question),
    }
}

fn unanswered(error: PromptError, question: &Question) -> AskError {
    match error {
        PromptError::NoTerminal => AskError::NoTerminal(format!("the {question}")),
        PromptError::Declined | PromptError::Differ => AskError::Declined(question.to_string()),
        PromptError::Io(error) => AskError::Failed(error.to_string()),
    }
}
