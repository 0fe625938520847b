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

/// Say what is wrong or risky here, and how to mend it
///
/// Looks at the keyring, the config, plugins and the protections of this system; changes nothing and asks nothing. Exit
/// code 0 only when nothing is wrong.
#[derive(Args, Clone, Debug)]
pub(crate) struct DoctorArgs {
    /// One JSON object
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
                    " (there is none yet)"
                }
            )];
            lines.extend(findings.iter().flat_map(as_text));
            lines.push("settings".to_owned());
            lines.extend(
                config.map_or_else(|| vec!["  (the config cannot be read)".to_owned()], table),
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
            context.ui.status(&"nothing is wrong");
            Ok(())
        }
        _ => Err(CommandError::other(format!(
            "{} to mend",
            count_noun(count, "thing")
        ))),
    }
}

fn as_text(finding: &Finding) -> Vec<String> {
    let mut lines = vec![format!("! {}", finding.what)];
    lines.extend((!finding.mend.is_empty()).then(|| format!("  mend: {}", finding.mend)));
    lines
}
