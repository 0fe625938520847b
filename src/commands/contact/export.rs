//! `bulla contact export`: a contact's keys as a recipients file.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use crate::command::{Command, Sandbox};
use crate::context::Context;
use crate::errors::Result;
use crate::files::{Mode, Options, Output, Replace};
use crate::jobs::paths;
use crate::jobs::paths::{Job, Plugins, Target};
use crate::keyring::Name;
use crate::select::options::OutputOptions;
use bulla_age::AnyRecipient;
use bulla_age::stream::PayloadError;

/// Write a contact's card or keys to a file
///
/// For a contact added from a card, writes that card, byte for byte; otherwise writes a recipients
/// file. "bulla encrypt -R" and "age -R" read both. Without -o it is printed to standard output.
#[derive(Args, Clone, Debug)]
pub(crate) struct ExportArgs {
    /// Name of the contact
    name: String,
    #[command(flatten)]
    output: OutputOptions,
}

impl ExportArgs {
    fn writes_results(&self) -> bool {
        self.output
            .output
            .as_ref()
            .is_none_or(|path| path.as_os_str() == "-")
    }
}

impl Command for ExportArgs {
    fn prints(&self) -> bool {
        self.writes_results()
    }

    fn sandbox(&self) -> Sandbox {
        Sandbox::ConfinesItself
    }

    fn run(&self, context: &Context) -> Result<()> {
        run(self, context)
    }
}

fn run(args: &ExportArgs, context: &Context) -> Result<()> {
    let name: Name = args.name.parse()?;
    let keyring = context.keyring()?;
    let contact = keyring.contact(&name)?;
    keyring.refuse_unusable(&name, &contact)?;
    if let Some(card) = contact.card() {
        return write(card.text(), &format!("{name}.card"), args, context);
    }
    let pinned = contact.pinned(&name)?;
    let keys: String = pinned
        .iter()
        .map(|recipient| format!("{recipient}\n"))
        .collect();
    write(
        &format!("# {name}\n{keys}"),
        &format!("{name}.txt"),
        args,
        context,
    )?;
    let has = |post_quantum| {
        pinned
            .iter()
            .any(|key: &AnyRecipient| key.is_post_quantum() == Some(post_quantum))
    };
    if has(true) && has(false) {
        context.ui.warning(&format_args!(
            "{name} has post-quantum and classic keys, which cannot be combined; -R would use all \
             keys of the file"
        ));
    }
    Ok(())
}

fn write(text: &str, file: &str, args: &ExportArgs, context: &Context) -> Result<()> {
    let path: PathBuf = match &args.output.output {
        Some(path) if path.is_dir() => path.join(file),
        Some(path) if !args.writes_results() => path.clone(),
        _ => {
            paths::confine(&[], Plugins::Finished, &context.ui);
            return Ok(context.ui.results_raw(text.as_bytes())?);
        }
    };
    let replace = if args.output.force {
        Replace::Always
    } else {
        Replace::Never
    };
    // Public keys are not secret, so the file gets the usual mode.
    let mut output = Output::create(
        &path,
        &Options {
            replace,
            mode: Mode::Ciphertext,
            not: &[],
        },
    )?;
    paths::confine(
        &[Job {
            input: None,
            target: Target::Path(path),
        }],
        Plugins::Finished,
        &context.ui,
    );
    output
        .write_all(text.as_bytes())
        .map_err(PayloadError::Write)?;
    Ok(output.commit()?)
}
