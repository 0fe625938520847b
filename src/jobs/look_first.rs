//! What can be known about inputs and outputs by looking, before anything is asked or made.
//!
//! Nobody should choose a passphrase, unlock an identity or answer a question for a file that does
//! not exist or an output that cannot be written. What was seen can change, so opening and creating
//! check everything again.

use std::path::Path;

use crate::errors;
use crate::errors::{CommandError, ELSEWHERE, Failure, Result};
use crate::files::{FileId, Input, Mode, NamedBy, Options, Replace, check_output};
use crate::jobs::pack;
use crate::jobs::paths::{Job, Target};
use crate::ui::Ui;
use bulla_age::untrusted::Untrusted;

/// What a command does with the outputs of its jobs.
#[derive(Clone, Copy)]
pub(crate) enum Outputs<'a> {
    /// It has none.
    Nothing,
    /// It creates them. They may not be one of these files.
    New(Replace, &'a [(FileId, Untrusted)]),
    /// It creates them, and packs the inputs that are folders.
    Packed(Replace),
    /// It replaces the inputs.
    InPlace,
}

/// Looks at the inputs and outputs of all jobs, and at inputs that are regular files through
/// `inspect`.
///
/// Of several jobs, those that fail are reported at once and do nothing later. If none is left, that
/// is the error.
pub(crate) fn look_first(
    jobs: &mut [Job],
    outputs: Outputs<'_>,
    inspect: impl Fn(&Input) -> Result<()>,
    ui: &Ui,
) -> Result<()> {
    let look = |job: &Job| {
        let looked = look(job, outputs, &inspect);
        looked.map_err(|error| error.about(job.name()))
    };
    if let [only] = jobs {
        return look(only);
    }
    let all = jobs.len();
    let mut failed = 0;
    for job in jobs {
        let Err(error) = look(job) else { continue };
        if errors::report_error(ui, &error).is_none() {
            return Err(error);
        }
        failed += 1;
        job.failed_already(error);
    }
    if failed == all {
        return Err(Failure::Some { failed, all }.into());
    }
    Ok(())
}

fn look(job: &Job, outputs: Outputs<'_>, inspect: impl Fn(&Input) -> Result<()>) -> Result<()> {
    let packed = match outputs {
        Outputs::Packed(_) => pack::folder(job),
        _ => None,
    };
    if let Some(folder) = packed {
        pack::check(folder)?;
    }
    let input = match (&job.found, &job.input) {
        _ if packed.is_some() => None,
        (Some(found), _) => Some(Input::open_found(found)?),
        (None, Some(path)) => Input::open_if_regular(path)?,
        (None, None) => None,
    };
    if let Some(input) = &input {
        inspect(input)?;
    }
    // An input that is no age file has a name without .age: what it is matters more.
    if let Some(unnamed) = job.earlier_failure() {
        return Err(unnamed);
    }
    let (replace, not) = match outputs {
        Outputs::Nothing => return Ok(()),
        Outputs::New(replace, not) => (replace, not),
        Outputs::Packed(replace) => (replace, &[][..]),
        Outputs::InPlace => (Replace::Always, &[][..]),
    };
    let mut not = not.to_vec();
    if !matches!(outputs, Outputs::InPlace) {
        not.extend(input.iter().map(|input| (input.id(), input.name().clone())));
    }
    let options = Options {
        replace,
        mode: Mode::Secret,
        not: &not,
    };
    match &job.target {
        // A file that a walk found is replaced where it was found.
        Target::Path(_) if job.found.is_some() => Ok(()),
        Target::Path(path) => check(path, NamedBy::User, &options),
        Target::Inside(path) => check(path, NamedBy::Default, &options),
        Target::Beside(path) if input.is_some() => {
            check(path, NamedBy::Default, &options).map_err(hinting_elsewhere)
        }
        Target::Beside(_) | Target::Stdout => Ok(()),
    }
}

/// Says what to do where the default name of an output is of no use.
fn hinting_elsewhere(error: CommandError) -> CommandError {
    if error.is_io() {
        error.also_hinting(ELSEWHERE)
    } else {
        error
    }
}

fn check(path: &Path, by: NamedBy, options: &Options<'_>) -> Result<()> {
    Ok(check_output(path, by, options)?)
}
