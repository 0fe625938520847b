//! Input that a person types or pastes at a terminal. It is read to its end before anything is
//! written, and no progress is shown meanwhile.

use std::os::unix::fs::FileTypeExt;

use zeroize::Zeroizing;

use crate::errors::{Refusal, Result, usage};
use crate::files::Input;
use crate::jobs::paths;
use crate::jobs::paths::Job;
use crate::ui::{PromptError, Ui, WarningKind};
use bulla_age::untrusted::Untrusted;

/// The most bytes that are typed or pasted.
const LARGEST: u64 = 16 << 20;

/// The longest line a terminal delivers; it silently drops the rest.
const LINE: usize = 4095;

/// Lets the user type a text if the input of one of the jobs is a terminal. Call it when everything
/// else is known and checked.
pub(crate) fn text(jobs: &mut [Job], ui: &Ui) -> Result<()> {
    for job in jobs {
        if let Some(input) = at_terminal(job) {
            let hint = "Encrypt it as a file: bulla encrypt --to NAME FILE";
            job.set_typed(line_by_line(input, ("text", hint), LARGEST, ui)?);
        }
    }
    Ok(())
}

/// Returns what a question calls the inputs of a run. What was pasted at a terminal is no standard
/// input to those who pasted it.
pub(crate) fn name_of_all(jobs: &[Job]) -> Untrusted {
    match jobs {
        [only] if only.input.is_none() && at_terminal(only).is_some() => {
            Untrusted::new("the pasted text")
        }
        _ => paths::called(jobs),
    }
}

/// Lets the user paste an armored file if the input of one of the jobs is a terminal.
pub(crate) fn armored(jobs: &mut [Job], ui: &Ui) -> Result<()> {
    for job in jobs {
        let Some(input) = at_terminal(job) else {
            continue;
        };
        let pasted = if job.input.is_none() {
            ui.paste("Paste the encrypted text")
        } else {
            Err(PromptError::NoPaste)
        };
        let bytes = match pasted {
            Ok(pasted) => {
                refuse_nothing(&pasted.bytes, "Nothing was pasted")?;
                if pasted.followed {
                    ui.warn(
                        WarningKind::IgnoredText,
                        &"Ignored the text after the encrypted text",
                    );
                }
                Zeroizing::new(pasted.bytes)
            }
            Err(PromptError::NoPaste) => {
                let hint = "Save it in a file: bulla decrypt FILE";
                line_by_line(input, ("encrypted text", hint), LARGEST, ui)?
            }
            Err(error) => return Err(error.into()),
        };
        job.set_typed(bytes);
    }
    Ok(())
}

/// Reads what the user types at a terminal until Ctrl-D. `hint` says what to do with a line that is
/// too long for a terminal.
pub(crate) fn line_by_line(
    input: Input,
    (what, hint): (&str, &'static str),
    limit: u64,
    ui: &Ui,
) -> Result<Zeroizing<Vec<u8>>> {
    ui.notice(&format_args!(
        "Type the {what}. End it with Ctrl-D on an empty line"
    ));
    let text = input.read_bounded(limit)?;
    refuse_nothing(&text, "Nothing was typed")?;
    if !text.is_empty() && !text.ends_with(b"\n") {
        // Keeps what follows off the typed line, so that it can be copied alone.
        ui.fresh_line();
    }
    if text
        .split(|byte| *byte == b'\n')
        .any(|line| line.len() >= LINE)
    {
        return Err(Refusal::LineMayBeCut(hint).into());
    }
    Ok(text)
}

/// Refuses the end of the input before anything came: the user gave up.
pub(crate) fn refuse_nothing(bytes: &[u8], what: &str) -> Result<()> {
    if bytes.trim_ascii().is_empty() {
        return Err(usage(what, None));
    }
    Ok(())
}

/// Returns the input of a job if it is a terminal.
fn at_terminal(job: &Job) -> Option<Input> {
    let may_be = |path: &std::path::Path| {
        path.metadata()
            .is_ok_and(|metadata| metadata.file_type().is_char_device())
    };
    if !job.input.as_deref().is_none_or(may_be) {
        return None;
    }
    // A failure is reported when the job is done.
    job.open().ok().filter(Input::is_terminal)
}
