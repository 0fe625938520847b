//! What every command gets: the user interface, and the answers for passphrases.

mod asker;
mod askpass;
mod configured_program;
mod confinement;
mod editing;
mod home;
mod piped;
mod sandbox;
mod settings;

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, Once, PoisonError};
use std::time::Duration;

use zeroize::Zeroizing;

use crate::config::Config;
use crate::context::asker::Asker;
pub(crate) use crate::context::asker::{GivenPassphrase, Relayed};
use crate::context::askpass::Askpass;
pub(crate) use crate::context::editing::{EditedText, EditingPlace, editing_places};
use crate::context::home::Home;
pub(crate) use crate::context::piped::Piped;
pub(crate) use crate::context::sandbox::{ListedPaths, Sandbox};
use crate::errors::{CommandError, Result};
use crate::files::{Program, find_program};
use crate::keyring::{EntryKind, Keyring, Name};
use crate::process::piped_command::PipedCommand;
use crate::process::plugin_process::PluginNews;
use crate::process::{launch, plugin_process};
use crate::ui::{Drawing, PromptError, Prompting, Settings, Ui, Verbosity, WarningKind};
use crate::{card, config, files, keyring};
use bulla_age::Prompter;
use bulla_age::key_file::{KeyFileContext, StoredIn};
use bulla_age::plugin::{PluginConnection, PluginError, PluginHost, Plugins};
use bulla_age::untrusted::Untrusted;

/// Returns the settings of the user interface, from flags and environment.
pub(crate) fn settings(verbosity: Verbosity, no_prompt: bool, no_progress: bool) -> Settings {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    Settings {
        verbosity,
        prompt: if no_prompt {
            Prompting::Never
        } else {
            Prompting::Allowed
        },
        progress: if no_progress {
            Drawing::Off
        } else {
            Drawing::Auto
        },
        colour: !is_set("NO_COLOR"),
        dumb: std::env::var_os("TERM").is_some_and(|term| term == "dumb"),
        accessible: std::env::var_os("ACCESSIBLE")
            .filter(|value| !value.is_empty())
            .map(|value| value != "0"),
        width: std::env::var("COLUMNS")
            .ok()
            .and_then(|columns| columns.parse().ok()),
    }
}

/// The default name of an identity.
pub(crate) const FIRST: &str = "me";

/// The context of every command.
pub(crate) struct Context {
    pub(crate) ui: Ui,
    asker: Arc<Asker>,
    home: Arc<Home>,
    /// What the command may do.
    sandbox: Sandbox,
    confined: Once,
    /// The command of the command line, until it is taken.
    piped: Mutex<Option<PipedCommand>>,
    /// Whether the user was warned about the place of the keyring.
    warned: Once,
    /// Whether the user was told that the keyring or the config is left out.
    ignored: Once,
    /// The new passphrase that an option gives.
    new: Mutex<Option<GivenPassphrase>>,
    has_option_for_new: bool,
}

/// The passphrases that the options give.
pub(crate) struct GivenPassphrases {
    /// Answers the first question for a passphrase, whatever it is for.
    pub(crate) first: Option<GivenPassphrase>,
    /// Answers only the question for a new one; `None` if the command has no option for it.
    pub(crate) new: Option<Option<GivenPassphrase>>,
    /// The program that asks in place of the terminal.
    pub(crate) askpass: Option<OsString>,
}

/// The preferences that apply if no flag says otherwise.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Preferences {
    pub(crate) armor: bool,
    /// `None` if it depends on the identity.
    sign: Option<bool>,
    pub(crate) threads: usize,
    pub(crate) require_post_quantum: bool,
}

impl Context {
    /// Creates a context.
    pub(crate) fn new(ui: Ui, given: GivenPassphrases, sandbox: Sandbox) -> Self {
        let home = Home::new(ui.clone());
        let askpass = Askpass::find(given.askpass.as_deref());
        Self::at(home, ui, (given, askpass), sandbox)
    }

    /// Creates the context of a run that has neither a keyring nor settings, whatever there is on
    /// this machine.
    pub(crate) fn without_keyring(ui: Ui, sandbox: Sandbox) -> Self {
        let given = GivenPassphrases {
            first: None,
            new: None,
            askpass: None,
        };
        Self::at(Home::nowhere(ui.clone()), ui, (given, None), sandbox)
    }

    fn at(
        home: Home,
        ui: Ui,
        (given, askpass): (GivenPassphrases, Option<Askpass>),
        sandbox: Sandbox,
    ) -> Self {
        let home = Arc::new(home);
        let asker = Arc::new(Asker::new(ui.clone(), given.first, home.clone(), askpass));
        Self {
            has_option_for_new: given.new.is_some(),
            new: Mutex::new(given.new.flatten()),
            ignored: Once::new(),
            ui,
            asker,
            home,
            sandbox,
            confined: Once::new(),
            piped: Mutex::default(),
            warned: Once::new(),
        }
    }

    /// Writes for screen readers if the settings of this machine say so. Settings that cannot be
    /// read are reported by the command that needs them.
    pub(crate) fn follow_accessible_setting(&self) {
        self.ui.prefer_accessible(|| {
            let config = self.home.config();
            config.is_ok_and(|config| config.accessible.value)
        });
    }

    /// Returns the keyring, which may not exist yet.
    pub(crate) fn keyring(&self) -> Result<&Keyring> {
        let keyring = self.home.keyring()?;
        self.warned.call_once(|| {
            if files::is_without_modes(keyring.path()) {
                let path = Untrusted::from(keyring.path());
                self.ui.warning(&format_args!(
                    "{path} is on a file system without permissions, so other users of this \
                     machine may be able to change your keyring"
                ));
            }
        });
        Ok(keyring)
    }

    /// Warns about what could not be read of the keyring, although the command went on without it.
    pub(crate) fn warn_of_missed(&self) {
        let Ok(keyring) = self.home.keyring() else {
            return;
        };
        let mut missed = std::mem::take(&mut *keyring.missed());
        missed.sort_unstable();
        missed.dedup();
        for text in missed {
            self.ui.warning(&format_args!(
                "The results may be incomplete or wrong, because of an error: {text}"
            ));
        }
    }

    /// Returns the keyring, or says why there is no place for one.
    pub(crate) fn place(&self) -> Result<&Keyring, config::Error> {
        self.home.keyring()
    }

    /// Returns the config, which is read on first use.
    pub(crate) fn config(&self) -> Result<&Config> {
        Ok(self.home.config()?)
    }

    /// Returns the preferences of the config, for work that needs no keyring. If its folder is
    /// missing or not trusted, the defaults apply.
    pub(crate) fn preferences(&self) -> Result<Preferences> {
        match self.home.config() {
            Ok(config) => Ok(Preferences {
                armor: config.armor.value,
                sign: match config.sign.origin {
                    config::Origin::Default => None,
                    _ => Some(config.sign.value),
                },
                threads: config.threads.value,
                require_post_quantum: config.require_post_quantum.value,
            }),
            Err(config::Error::Files(error)) => {
                self.tell_ignored("config", error);
                Ok(Preferences::default())
            }
            Err(config::Error::NoHome) => Ok(Preferences::default()),
            Err(error) => Err(error.into()),
        }
    }

    /// Returns whether an identity of the keyring signs and opens nothing.
    pub(crate) fn signs_only(&self, name: &Name) -> bool {
        let public = self.place().ok();
        let public = public.and_then(|keyring| keyring.find::<keyring::StoredIdentity>(name).ok());
        public
            .flatten()
            .is_some_and(|public| public.kind == keyring::IdentityKind::Signing)
    }

    /// Returns whether to sign if no option says otherwise. Unless the config decides, an identity
    /// that only signs does so.
    pub(crate) fn signs_by_default(&self) -> Result<bool> {
        if let Some(sign) = self.preferences()?.sign {
            return Ok(sign);
        }
        let default = self.default_identity().ok().flatten();
        Ok(default.is_some_and(|name| self.signs_only(&name)))
    }

    /// Returns the readers that the settings of this machine require of everything that is
    /// encrypted. Settings that cannot be read are an error here, because they may require some.
    pub(crate) fn required_readers(&self) -> Result<Vec<String>> {
        match self.home.required_readers() {
            Err(config::Error::NoHome) => Ok(Vec::new()),
            required => Ok(required?),
        }
    }

    /// Says, once, that the work goes on without the keyring or the config.
    pub(crate) fn tell_ignored(&self, what: &str, error: files::Error) {
        self.ignored.call_once(|| {
            let is_keyring = error.is_out_of_reach()
                && self.keyring().is_ok_and(|keyring| {
                    let names = keyring.names(EntryKind::Contact);
                    matches!(names, Err(keyring::KeyringError::Files(_)))
                });
            let what = if is_keyring {
                "keyring and the config"
            } else {
                what
            };
            self.ui.warn(
                WarningKind::ConfigIgnored,
                &format_args!("Ignoring the {what}: {}", CommandError::from(error)),
            );
        });
    }

    /// Returns the identity to act as: that of the config, else `me`, else the only one; `None` if
    /// there is none.
    pub(crate) fn default_identity(&self) -> Result<Option<Name>> {
        if let Some(name) = &self.config()?.default_identity.value {
            self.keyring()?.get::<keyring::StoredIdentity>(name)?;
            return Ok(Some(name.clone()));
        }
        let mut names = self.keyring()?.names(EntryKind::Identity)?;
        if let Some(me) = names.iter().find(|name| name.as_str() == FIRST) {
            return Ok(Some(me.clone()));
        }
        match names.len() {
            0 | 1 => Ok(names.pop()),
            _ => Err(keyring::KeyringError::NoDefault { names }.into()),
        }
    }

    /// Returns the identity to act as, for showing it among the others: `None` if there are several
    /// and none of them is the default, or if the default one cannot be used.
    pub(crate) fn default_if_any(&self) -> Result<Option<Name>> {
        match self.default_identity() {
            Err(error) if error.is_io() => Err(error),
            default => Ok(default.ok().flatten()),
        }
    }

    /// Returns today's date in UTC, as 2026-11-23.
    pub(crate) fn today(&self) -> String {
        keyring::today()
    }

    /// Returns the names that a person is to be reminded of now: each once a day, with `--verbose`
    /// always, and in a script never. Not for warnings, which have to be seen every time.
    pub(crate) fn due_reminders(&self, what: &str, names: Vec<String>) -> Vec<String> {
        if !self.ui.accompanies() {
            return Vec::new();
        }
        let folder = self
            .keyring()
            .map(Keyring::path)
            .and_then(|keyring| Ok((config::state(keyring)?, keyring)));
        match folder {
            Ok((state, keyring)) if !self.ui.is_verbose() => {
                let (reminders, today) = (keyring::Reminders::new(&state, keyring), self.today());
                let is_due = |name: &String| reminders.is_due(what, name, &today);
                names.into_iter().filter(is_due).collect()
            }
            _ => names,
        }
    }

    /// Returns today plus `time` in the same form (capped).
    pub(crate) fn date_in(&self, time: Duration) -> String {
        card::date_of(self.unix_time().saturating_add(time.as_secs()))
    }

    /// Returns the seconds since 1970.
    pub(crate) fn unix_time(&self) -> u64 {
        crate::process::clock::unix_time()
    }

    /// Returns the program of the configured passphrase command; `None` if no command is
    /// configured.
    ///
    /// # Errors
    /// Describes why it cannot be started.
    pub(crate) fn passphrase_program(&self) -> Result<Option<PathBuf>, String> {
        let config = self.home.config().map_err(|error| error.to_string())?;
        config
            .passphrase_command
            .value
            .first()
            .map(|program| configured_program::path(program))
            .transpose()
    }

    /// Returns the text of an identity that was unlocked in this run, by the bytes of its file, so
    /// that no question is repeated.
    pub(crate) fn remembered(&self, file: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        self.asker.remembered(file)
    }

    /// Lets another program relay all questions to the user from now on.
    pub(crate) fn relay_questions(&self, relayed: Arc<dyn Relayed>) {
        self.asker.relay_to(relayed);
    }

    /// Returns what is needed to read the keys in a file of this name.
    pub(crate) fn key_file(
        &self,
        name: Untrusted,
        kept: StoredIn,
        max_work_factor: u8,
    ) -> KeyFileContext {
        KeyFileContext {
            name,
            kept,
            ask: self.ask(),
            plugins: self.host().plugins,
            max_work_factor,
            public_key: None,
        }
    }

    /// Returns the prompter for keys that need the user.
    pub(crate) fn ask(&self) -> Arc<dyn Prompter> {
        self.asker.clone()
    }

    /// Returns the plugin host: programs on the PATH, and the prompter that answers them.
    pub(crate) fn host(&self) -> PluginHost {
        PluginHost {
            plugins: Arc::new(OnPath {
                ui: self.ui.clone(),
            }),
            ask: self.ask(),
        }
    }

    /// Returns the passphrase for something new, if nobody has to be asked: from `--passphrase-fd`
    /// or `--passphrase-file`, once, or from the service manager.
    pub(crate) fn given_passphrase(&self) -> Result<Option<Zeroizing<String>>> {
        Ok(self.asker.given()?)
    }

    /// Returns whether an askpass program asks in place of the terminal.
    pub(crate) fn asks_by_askpass(&self) -> bool {
        self.asker.asks_by_askpass()
    }

    /// Asks for a new passphrase with an askpass program, if one asks in place of the terminal.
    pub(crate) fn new_by_askpass(
        &self,
        what: &str,
    ) -> Result<Option<Zeroizing<String>>, PromptError> {
        self.asker.new_by_askpass(what)
    }

    /// Returns the passphrase from `--new-passphrase-fd` or `--new-passphrase-file`, once.
    pub(crate) fn take_new(&self) -> Result<Option<Zeroizing<String>>> {
        let new = self
            .new
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        Ok(new.map(GivenPassphrase::checked).transpose()?)
    }

    /// Returns whether the command has options for a new passphrase of its own.
    pub(crate) fn has_option_for_new(&self) -> bool {
        self.has_option_for_new
    }

    /// Returns the passphrase from `--passphrase-fd` or `--passphrase-file`, once.
    pub(crate) fn take_first(&self) -> Result<Option<Zeroizing<String>>> {
        Ok(self.asker.take_first()?)
    }
}

/// Starts the plugins on the PATH.
struct OnPath {
    ui: Ui,
}

impl Plugins for OnPath {
    fn start(&self, name: &str, state_machine: &str) -> Result<PluginConnection, PluginError> {
        let ui = self.ui.clone();
        let tell = Arc::new(move |news| match news {
            PluginNews::Waiting(text) => ui.notice(&text),
            PluginNews::EndedWell(text) => ui.detail(&text),
            PluginNews::EndedBadly(text) => ui.warning(&text),
        });
        plugin_process::start(
            name,
            &find_plugin(name)?,
            state_machine,
            launch::service,
            tell,
        )
    }
}

/// Returns the path of a plugin's program.
///
/// # Errors
/// [`PluginError::NotFound`], [`PluginError::OnlyRelative`]; [`PluginError::Debugging`] if
/// `AGEDEBUG` is set.
pub(crate) fn find_plugin(name: &str) -> Result<PathBuf, PluginError> {
    let plugin = name.to_owned();
    if std::env::var_os("AGEDEBUG").is_some() {
        return Err(PluginError::Debugging { plugin });
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    match find_program(format!("age-plugin-{name}"), &path) {
        Program::At(path) => Ok(path),
        Program::OnlyRelative => Err(PluginError::OnlyRelative { plugin }),
        Program::Nowhere => Err(PluginError::NotFound { plugin }),
    }
}
