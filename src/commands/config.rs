//! `bulla config`: all settings, and where each one comes from.

use std::collections::BTreeMap;
use std::path::Path;

use clap::Args;

use crate::command::{Command, Sandbox};
use crate::config;
use crate::context::Context;
use crate::errors::{Result, usage};
use crate::report::settings::{Set, by_name, table};
use bulla_age::untrusted::Untrusted;

/// Show settings and where each one comes from, or set one
///
/// Settings are in two files called config.toml: that of this machine, and that of the keyring,
/// which can come with it from other people, for example through git. The keyring's file can
/// therefore hold only default_identity, armor and threads. All settings are optional; this
/// machine's take precedence over the keyring's, and command-line options over both.
#[derive(Args, Clone, Debug)]
pub(crate) struct ConfigArgs {
    /// Show only this setting, or set it
    #[arg(value_name = "SETTING")]
    setting: Option<String>,
    /// The new value; default_to, require, passphrase_command and plugins take several words
    #[arg(
        value_name = "VALUE",
        allow_hyphen_values = true,
        trailing_var_arg = true
    )]
    values: Vec<String>,
    /// Remove the setting, so that its default applies
    #[arg(long, requires = "setting", conflicts_with = "values")]
    unset: bool,
}

/// The settings as JSON.
#[derive(serde::Serialize)]
struct InForce {
    keyring: String,
    files: BTreeMap<&'static str, Option<String>>,
    settings: BTreeMap<&'static str, Set>,
}

impl Command for ConfigArgs {
    fn sandbox(&self) -> Sandbox {
        if self.unset || !self.values.is_empty() {
            Sandbox::read_only().keyring().settings()
        } else {
            Sandbox::read_only()
        }
    }

    fn run(&self, context: &Context) -> Result<()> {
        run(self, context)
    }
}

fn run(args: &ConfigArgs, context: &Context) -> Result<()> {
    let Some(setting) = &args.setting else {
        return show_all(context);
    };
    let setting = config::named(setting).map_err(|near| {
        let hint = instead(setting, &args.values);
        let hint = hint.or_else(|| near.map(|near| format!("Did you mean {near}?")));
        let text = format!(
            "There is no setting {}",
            Untrusted::new(setting.as_str()).quoted()
        );
        usage(&text, hint.as_deref())
    })?;
    if !args.unset && args.values.is_empty() {
        if context.ui.is_json() {
            return print_one(setting, None, context);
        }
        for line in table(context.config()?, Some(setting)) {
            context.ui.result(line.trim_start())?;
        }
        return Ok(());
    }
    let file = context.set(setting, &args.values)?;
    if context.ui.is_json() {
        return print_one(setting, Some(&file), context);
    }
    let done = if args.unset { "Removed" } else { "Set" };
    context.ui.status(&format_args!(
        "{done} {setting} in {}",
        Untrusted::from(file.as_path())
    ));
    Ok(())
}

/// Returns what to type instead of a word that is a command in other programs.
fn instead(word: &str, rest: &[String]) -> Option<String> {
    let rest: Vec<String> = rest
        .iter()
        .map(|word| Untrusted::new(word.as_str()).as_argument())
        .collect();
    let line = match (word, rest.as_slice()) {
        ("set", [setting, _, ..]) => format!("bulla config {setting} {}", rest[1..].join(" ")),
        ("set", _) => "bulla config SETTING VALUE".to_owned(),
        ("get" | "show", [setting, ..]) => format!("bulla config {setting}"),
        ("get" | "show" | "list" | "ls", _) => "bulla config".to_owned(),
        ("unset" | "remove" | "rm" | "delete", [setting, ..]) => {
            format!("bulla config --unset {setting}")
        }
        _ => return None,
    };
    Some(format!("Use: {line}"))
}

/// One setting as JSON.
#[derive(serde::Serialize)]
struct OneSetting<'a> {
    setting: &'a str,
    #[serde(flatten)]
    set: Option<Set>,
    /// The file that was changed; null if the setting was only shown.
    file: Option<String>,
}

/// Prints a setting as it is in the settings files now.
fn print_one(setting: &str, file: Option<&Path>, context: &Context) -> Result<()> {
    // The context has the settings from before a change.
    let now = if file.is_some() {
        context.settings_now()?
    } else {
        context.config()?.clone()
    };
    Ok(context.ui.json(&OneSetting {
        setting,
        set: by_name(&now).remove(setting),
        file: file.map(|path| path.to_string_lossy().into_owned()),
    })?)
}

fn show_all(context: &Context) -> Result<()> {
    let keyring = context.keyring()?.path().to_owned();
    let of_keyring = keyring.join(config::FILE);
    let of_machine = context.settings_file().ok();
    let settings = context.config()?;
    if context.ui.is_json() {
        let text = |path: &Path| path.to_string_lossy().into_owned();
        let in_force = InForce {
            keyring: text(&keyring),
            files: BTreeMap::from([
                ("keyring", Some(text(&of_keyring))),
                ("machine", of_machine.as_deref().map(text)),
            ]),
            settings: by_name(settings),
        };
        return Ok(context.ui.json(&in_force)?);
    }
    let shown = |path: &Path| {
        let missing = if path.exists() {
            ""
        } else {
            " (does not exist)"
        };
        format!("{}{missing}", Untrusted::from(path))
    };
    let mut lines = vec![
        format!("keyring: {}", Untrusted::from(keyring.as_path())),
        format!("settings of the keyring: {}", shown(&of_keyring)),
        format!(
            "settings of this machine: {}",
            of_machine
                .as_deref()
                .map_or_else(|| "(HOME is not set)".to_owned(), shown)
        ),
    ];
    lines.extend(table(settings, None));
    for line in lines {
        context.ui.result(&line)?;
    }
    Ok(())
}
