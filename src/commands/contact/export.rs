//! `bulla contact export`: a contact's keys as a recipients file.

use std::path::PathBuf;

use clap::Args;

use crate::command::{Command, Sandbox};
use crate::context::Context;
use crate::errors::Result;
use crate::files::{Mode, Options, Output, is_stdout};
use crate::keyring::Name;
use crate::select::options::OutputOptions;
use crate::ui::WarningKind;
use bulla_age::AnyRecipient;

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

/// The result as JSON.
#[derive(serde::Serialize)]
struct ExportedJson<'a> {
    contact: &'a str,
    output: Option<String>,
    /// The card or keys, if they were not written to a file.
    text: Option<&'a str>,
}

impl ExportArgs {
    fn writes_results(&self) -> bool {
        self.output
            .output
            .as_ref()
            .is_none_or(|path| is_stdout(path))
    }
}

impl Command for ExportArgs {
    fn prints(&self) -> bool {
        self.writes_results()
    }

    fn owes_data(&self) -> bool {
        self.prints()
    }

    fn sandbox(&self) -> Sandbox {
        Sandbox::read_only().output(self.output.output.as_ref())
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
        context.ui.warn(WarningKind::MixedKeys, &format_args!(
            "{name} has post-quantum and classic keys, which cannot be combined; -R would use all \
             keys of the file"
        ));
    }
    Ok(())
}

fn write(text: &str, file: &str, args: &ExportArgs, context: &Context) -> Result<()> {
    let as_json = |output, text| ExportedJson {
        contact: &args.name,
        output,
        text,
    };
    let (path, named): (PathBuf, bool) = match &args.output.output {
        Some(path) if path.is_dir() => (path.join(file), false),
        Some(path) if !args.writes_results() => (path.clone(), true),
        _ if context.ui.is_json() => {
            return Ok(context.ui.json(&as_json(None, Some(text)))?);
        }
        _ => return Ok(context.ui.results_raw(text.as_bytes())?),
    };
    // Public keys are not secret, so the file gets the usual mode.
    let options = Options {
        replace: args.output.existing.replace(),
        mode: Mode::Ciphertext,
        not: &[],
    };
    let mut output = if named {
        Output::create(&path, &options)?
    } else {
        Output::create_by_default(&path, &options)?
    };
    output.put(text.as_bytes())?;
    let written = output.name().as_raw().to_owned();
    output.commit()?;
    if context.ui.is_json() {
        context.ui.json(&as_json(Some(written), None))?;
    }
    Ok(())
}
