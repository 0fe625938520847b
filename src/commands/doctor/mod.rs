//! `bulla doctor`: finds problems and risks, and says how to fix them.

mod age_program;
mod backups;
mod finding;
mod keyring;
mod protections;

use std::collections::BTreeMap;

use clap::Args;

use crate::command::{Command, Sandbox};
use crate::commands::doctor::age_program::AgeProgram;
use crate::commands::doctor::backups::{Backups, LastProof};
use crate::commands::doctor::finding::{Finding, Severity};
use crate::commands::doctor::protections::Protection;
use crate::context::Context;
use crate::errors::{CommandError, Failure, Result};
use crate::report::contacts::count_noun;
use crate::report::settings::{Set, by_name, table};
use crate::ui::{Align, aligned};
use bulla_age::untrusted::Untrusted;

/// Find problems and risks, and say how to fix them
///
/// Checks the keyring, the settings, plugins and the protections of this system. Changes nothing
/// without --fix, and asks nothing. The exit code is 1 if a problem was found, and 0 if there is
/// only advice, such as keys to verify or a backup to make; with --strict, advice counts as a
/// problem.
#[derive(Args, Clone, Debug)]
pub(crate) struct DoctorArgs {
    /// Fail also if there is only advice
    #[arg(long)]
    strict: bool,
    /// Remove what killed runs left behind, where no other machine can be using it
    #[arg(long)]
    fix: bool,
}

/// The findings as JSON.
#[derive(serde::Serialize)]
struct Examined {
    keyring: String,
    problems: usize,
    advice: usize,
    findings: Vec<Finding>,
    settings: BTreeMap<&'static str, Set>,
    protections: Vec<Protection>,
    /// The copy that a drill proved last.
    last_proof: Option<LastProof>,
    /// The program that other tools start as `age`.
    age: Option<AgeProgram>,
}

impl Command for DoctorArgs {
    fn sandbox(&self) -> Sandbox {
        if self.fix {
            Sandbox::with_programs()
        } else {
            Sandbox::read_only()
        }
    }

    fn run(&self, context: &Context) -> Result<()> {
        run(self, context)
    }
}

fn run(args: &DoctorArgs, context: &Context) -> Result<()> {
    let mut findings = keyring::examine(context, args.fix)?;
    let mut backups = Backups::examine(context);
    findings.append(&mut backups.findings);
    let config = context.config().ok();
    let age = AgeProgram::first();
    // Nothing is searched after this point. The protections activated now are the ones in effect
    // while files are processed.
    let protections = protections::examine(context.keyring()?.path());
    findings.extend(protections.iter().filter_map(Protection::finding));
    let count = |severity| {
        let is_it = |finding: &&Finding| finding.severity == severity;
        findings.iter().filter(is_it).count()
    };
    let (problems, advice) = (count(Severity::Problem), count(Severity::Advice));
    let path = context.keyring()?.path();
    let written = match context.ui.is_json() {
        true => {
            let keyring = path.to_string_lossy().into_owned();
            let settings = config.map(by_name).unwrap_or_default();
            context.ui.json(&Examined {
                keyring,
                problems,
                advice,
                findings,
                settings,
                protections,
                last_proof: backups.last,
                age,
            })
        }
        false if context.ui.is_quiet() => {
            let is_problem = |finding: &&Finding| finding.severity == Severity::Problem;
            let mut lines = findings.iter().filter(is_problem).flat_map(as_text);
            lines.try_for_each(|line| context.ui.result(&line))
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
            lines.extend(backups.line());
            lines.push(AgeProgram::line(age.as_ref()));
            lines.push("settings".to_owned());
            lines.extend(config.map_or_else(
                || vec!["  (they cannot be read)".to_owned()],
                |config| table(config, None),
            ));
            lines.push("protections".to_owned());
            let rows = protections.iter().map(Protection::row).collect::<Vec<_>>();
            lines.extend(aligned([Align::Left; 2], &rows));
            // Last, where they are seen when it is over.
            lines.extend(findings.iter().flat_map(as_text));
            lines.iter().try_for_each(|line| context.ui.result(line))
        }
    };
    written?;
    conclude(problems, advice, args.strict, context)
}

/// Says how many findings there are, and fails if they are bad enough.
fn conclude(problems: usize, advice: usize, strict: bool, context: &Context) -> Result<()> {
    let pieces = match advice {
        1 => "1 piece of advice".to_owned(),
        several => format!("{several} pieces of advice"),
    };
    let found = count_noun(problems, "problem");
    match (problems, advice) {
        (0, 0) => context.ui.notice(&"No problems found"),
        (0, _) if strict => {
            let counts = if advice == 1 { "counts" } else { "count" };
            let text = format!("{pieces} {counts} as a problem with --strict");
            return Err(Failure::OnlyAdvice(text).into());
        }
        (0, _) => context
            .ui
            .notice(&format_args!("No problems found, but {pieces}")),
        (_, 0) => return Err(CommandError::other(format!("{found} found"))),
        _ => return Err(CommandError::other(format!("{found} and {pieces} found"))),
    }
    Ok(())
}

fn as_text(finding: &Finding) -> Vec<String> {
    let mark = match finding.severity {
        Severity::Problem => "!",
        Severity::Advice => "-",
    };
    let mut lines = vec![format!("{mark} {}", finding.what)];
    lines.extend((!finding.fix.is_empty()).then(|| format!("  fix: {}", finding.fix)));
    lines
}
