//! `bulla doctor`: finds problems and risks, and says how to fix them.

mod finding;
mod keyring;
mod protections;

use std::collections::BTreeMap;

use clap::Args;

use crate::command::Command;
use crate::commands::doctor::finding::Finding;
use crate::commands::doctor::protections::Protection;
use crate::context::Context;
use crate::errors::{CommandError, Result};
use crate::report::contacts::count_noun;
use crate::report::settings::{Set, by_name, table};
use crate::ui::{Align, Stream, aligned};
use bulla_age::untrusted::Untrusted;

/// Find problems and risks, and say how to fix them
///
/// Checks the keyring, the settings, plugins and the protections of this system. Changes nothing
/// and asks nothing. The exit code is 0 only if no problem was found.
#[derive(Args, Clone, Debug)]
pub(crate) struct DoctorArgs {
    /// Print a JSON object
    #[arg(long)]
    json: bool,
}

/// The findings as JSON.
#[derive(serde::Serialize)]
struct Examined {
    keyring: String,
    findings: Vec<Finding>,
    settings: BTreeMap<&'static str, Set>,
    protections: Vec<Protection>,
}

impl Command for DoctorArgs {
    fn run(&self, context: &Context) -> Result<()> {
        run(self, context)
    }
}

fn run(args: &DoctorArgs, context: &Context) -> Result<()> {
    let mut findings = keyring::examine(context)?;
    let config = context.config().ok();
    // Nothing is searched after this point. The protections activated now are the ones in effect
    // while files are processed.
    let protections = protections::examine();
    findings.extend(protections.iter().filter_map(Protection::finding));
    let count = findings.len();
    let path = context.keyring()?.path();
    let written = match args.json {
        true => {
            let keyring = path.to_string_lossy().into_owned();
            let settings = config.map(by_name).unwrap_or_default();
            context.ui.json(
                &Examined {
                    keyring,
                    findings,
                    settings,
                    protections,
                },
                Stream::Stdout,
            )
        }
        false => {
            let mut lines = vec![format!(
                "keyring: {}{}",
                Untrusted::from(path),
                if path.exists() {
                    ""
                } else {
                    " (does not exist yet)"
                }
            )];
            lines.extend(findings.iter().flat_map(as_text));
            lines.push("settings".to_owned());
            lines.extend(
                config.map_or_else(|| vec!["  (config.toml cannot be read)".to_owned()], table),
            );
            lines.push("protections".to_owned());
            let rows = protections.iter().map(Protection::row).collect::<Vec<_>>();
            lines.extend(aligned([Align::Left; 2], &rows));
            lines.iter().try_for_each(|line| context.ui.result(line))
        }
    };
    written?;
    match count {
        0 => {
            context.ui.status(&"No problems found");
            Ok(())
        }
        _ => Err(CommandError::other(format!(
            "{} found",
            count_noun(count, "problem")
        ))),
    }
}

fn as_text(finding: &Finding) -> Vec<String> {
    let mut lines = vec![format!("! {}", finding.what)];
    lines.extend((!finding.mend.is_empty()).then(|| format!("  fix: {}", finding.mend)));
    lines
}
