//! `bulla config`: all settings, and where each one comes from.

use std::collections::BTreeMap;

use clap::Args;

use crate::command::Command;
use crate::config::FILE;
use crate::context::Context;
use crate::errors::Result;
use crate::report::settings::{Set, by_name, table};
use crate::ui::Stream;
use bulla_age::untrusted::Untrusted;

/// Show all settings and where each one comes from
///
/// Settings are in config.toml in the keyring folder, as key = value. All are optional, and
/// command-line options override them. "bulla identity default NAME" sets default_identity; edit
/// the others yourself.
#[derive(Args, Clone, Debug)]
pub(crate) struct ConfigArgs {
    /// Print a JSON object
    #[arg(long)]
    json: bool,
}

/// The settings as JSON.
#[derive(serde::Serialize)]
struct InForce {
    keyring: String,
    file: String,
    settings: BTreeMap<&'static str, Set>,
}

impl Command for ConfigArgs {
    fn run(&self, context: &Context) -> Result<()> {
        run(self, context)
    }
}

fn run(args: &ConfigArgs, context: &Context) -> Result<()> {
    let keyring = context.keyring()?.path().to_owned();
    let file = keyring.join(FILE);
    let config = context.config()?;
    if args.json {
        let text = |path: &std::path::Path| path.to_string_lossy().into_owned();
        let in_force = InForce {
            keyring: text(&keyring),
            file: text(&file),
            settings: by_name(config),
        };
        return Ok(context.ui.json(&in_force, Stream::Stdout)?);
    }
    let there = if file.exists() {
        ""
    } else {
        " (does not exist)"
    };
    let mut lines = vec![
        format!("keyring: {}", Untrusted::from(keyring.as_path())),
        format!("config: {}{there}", Untrusted::from(file.as_path())),
    ];
    lines.extend(table(config));
    for line in lines {
        context.ui.result(&line)?;
    }
    Ok(())
}
