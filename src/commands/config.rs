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

/// Print every setting in force, and where it came from
///
/// The settings stand in config.toml in the keyring's folder, as key = value; every one is optional, and flags win over
/// them. "bulla identity default NAME" writes default_identity; the others are yours to edit.
#[derive(Args, Clone, Debug)]
pub(crate) struct ConfigArgs {
    /// One JSON object
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
        " (there is none)"
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
