//! `bulla check`: whether the files of folders can be opened by those who must be able to, and by
//! nobody who must not.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use crate::command::{Command, Sandbox};
use crate::context::Context;
use crate::errors::{Refusal, Result};
use crate::jobs::mirror::ordered::Tally;
use crate::jobs::survey::Survey;
use crate::jobs::tree::no_age_files;
use crate::report::policy::Breach;
use crate::report::survey::SeenHeader;
use crate::select::concurrency::JobsOption;
use crate::select::options::{ActAs, HeaderOptions, IdentityOptions, PassphraseSource};

/// Check who can open files against the policies of their folders
///
/// A file .bulla-policy says who must be able to open the files in its folder and below, and who
/// must not (docs/policy.md). Succeeds only if every age file below the folders meets the policies
/// that apply to it, from the folder you name down to its own. Only headers are read. A file that
/// none of your keys opens cannot be checked; that counts as a failure.
#[derive(Args, Clone, Debug)]
pub(crate) struct CheckArgs {
    /// Folders to check
    #[arg(required = true, value_name = "DIR")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    identity: IdentityOptions,
    #[command(flatten)]
    limits: HeaderOptions,
    #[command(flatten)]
    acting: ActAs,
    #[command(flatten)]
    at_once: JobsOption,
    #[command(flatten)]
    pub(crate) source: PassphraseSource,
}

/// The verdict on one file.
#[derive(Serialize)]
struct Judged<'a> {
    file: &'a str,
    /// Whether it meets its policies.
    ok: bool,
    /// The policies that apply, that of the outermost folder first.
    policies: Vec<&'a str>,
    breaches: &'a [Breach],
}

impl Command for CheckArgs {
    fn passphrase_source(&self) -> Option<&PassphraseSource> {
        Some(&self.source)
    }

    fn sandbox(&self) -> Sandbox {
        Sandbox::with_programs()
    }

    fn run(&self, context: &Context) -> Result<()> {
        run(self, context)
    }
}

fn run(args: &CheckArgs, context: &Context) -> Result<()> {
    let keys = (&args.identity, &args.acting);
    let survey = Survey::new(&args.paths, keys, &args.limits, args.at_once, context)?;
    let (mut all, mut broken) = (0, 0);
    let tally = survey.judge(|file, policies| {
        let (account, outside) = match file.seen {
            SeenHeader::Other => return Ok(()),
            SeenHeader::Closed(_, error) | SeenHeader::Failed(error) => {
                all += 1;
                return Err(error.about(file.name));
            }
            SeenHeader::Opened(account, outside) => (Some(account), Some(outside)),
            SeenHeader::Passphrase => (None, None),
        };
        all += 1;
        let mut breaches = Vec::new();
        if policies.is_empty() {
            breaches.push(Breach::no_policy());
        }
        breaches.extend(
            account
                .iter()
                .flat_map(|account| Breach::unaccounted(account)),
        );
        for policy in &policies {
            policy.judge(account.as_deref(), outside.as_deref(), &mut breaches);
        }
        broken += usize::from(!breaches.is_empty());
        if context.ui.is_json() {
            return Ok(context.ui.json(&Judged {
                file: file.name.as_raw(),
                ok: breaches.is_empty(),
                policies: policies.iter().map(|policy| policy.name.as_raw()).collect(),
                breaches: &breaches,
            })?);
        }
        for breach in breaches {
            context
                .ui
                .result(&format!("{}: {}", file.name, breach.message))?;
        }
        Ok(())
    })?;
    if all == 0 {
        return Err(no_age_files(&args.paths));
    }
    Tally { all, ..tally }.result()?;
    if broken > 0 {
        return Err(Refusal::PolicyBreached {
            breaches: broken,
            all,
        }
        .into());
    }
    if !context.ui.is_json() {
        let meet = if all == 1 {
            "1 file meets its policy".to_owned()
        } else {
            format!("{all} files meet their policies")
        };
        context.ui.result(&meet)?;
    }
    Ok(())
}
