//! `bulla contact add`: takes in somebody's keys.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args;

use crate::commands::load::Loaded;
use crate::commands::people::counted;
use crate::commands::plan::usage;
use crate::context::Context;
use crate::failure::{Failure, shortened};
use crate::keyring::{Added, Arrival, Former, Name, State};
use crate::keys::{ParseError, Recipient};
use crate::untrusted::Untrusted;

/// Take in somebody's keys
///
/// The keys are pinned under the name: from then on --to NAME means these keys, until they are changed by "contact
/// resolve". Other keys that come for the same name are kept apart, and nothing is sent until it is decided which are
/// right. A name that was removed before shows what it stood for.
#[derive(Args, Clone, Debug)]
pub(crate) struct AddArgs {
    /// What to call them: a name of your own choice
    name: String,
    /// Their keys: recipients (an SSH key between quotation marks), or files of recipients or SSH public keys; "-" is
    /// standard input
    #[arg(required = true, value_name = "RECIPIENT|FILE")]
    from: Vec<OsString>,
}

pub(super) fn run(args: &AddArgs, context: &Context) -> Result<()> {
    let name: Name = args.name.parse()?;
    let came = arrival(&args.from, context)?;
    let (recipients, source) = (came.recipients.clone(), Untrusted::new(came.source.as_str()));
    let keyring = context.keyring()?;
    for other in keyring.also_known_as(&recipients, &name)? {
        context
            .ui
            .warning(&format_args!("{other} has one of these keys too: see bulla contact show {other}"));
    }
    let added = keyring.change(|change| change.add_contact(&name, came))?;
    say(&name, &added, context);
    let contact = keyring.contact(&name)?;
    if added == Added::Same {
        context.ui.status(&format_args!(
            "{name} has had these keys since {}: nothing was changed",
            Untrusted::new(contact.added.as_str())
        ));
    } else {
        context.ui.status(&format_args!("{}, from {source}:", counted(recipients.len(), "key")));
        for recipient in &recipients {
            context.ui.status(&format_args!("  {}: {}", recipient.kind(), shortened(&recipient.to_string())));
        }
    }
    if contact.state() == State::Unverified {
        context.ui.hint(&format_args!(
            "check with {name} in person that these are right: bulla contact verify {name}"
        ));
    }
    Ok(contact.usable(&name)?)
}

fn say(name: &Name, added: &Added, context: &Context) {
    match added {
        Added::Same => {}
        Added::Pinned => context.ui.status(&format_args!("{name} is a contact now")),
        Added::PinnedAnew(Former { removed, check, same }) => {
            let keys = if *same { "the same keys" } else { "other keys" };
            let check =
                check.as_ref().map_or_else(String::new, |check| format!(", with the check value {check}"));
            context.ui.warning(&format_args!("{name} was removed on {removed}{check}; these are {keys}"));
            context.ui.status(&format_args!("{name} is a contact again"));
        }
        Added::Changed { instead_of_those_of } => {
            if let Some(on) = instead_of_those_of {
                context.ui.warning(&format_args!("still other keys came on {on}: those are forgotten"));
            }
            context.ui.warning(&format_args!(
                "these are not the keys that are pinned for {name}, which stay in force"
            ));
        }
    }
}

/// What the arguments bring, and from where.
fn arrival(from: &[OsString], context: &Context) -> Result<Arrival> {
    let (mut loaded, mut recipients) = (Loaded::default(), Vec::new());
    let mut sources: Vec<String> = Vec::new();
    for (index, argument) in from.iter().enumerate() {
        let (found, source) = match given(argument, index + 1)? {
            Given::Recipient(recipient) => (vec![recipient], "the command line".to_owned()),
            Given::File(path) => (loaded.recipients(std::slice::from_ref(&path), context)?, called(&path)),
        };
        for recipient in found {
            let text = recipient.to_string();
            if !recipients.iter().any(|known: &Recipient| known.to_string() == text) {
                recipients.push(recipient);
            }
        }
        if !sources.contains(&source) {
            sources.push(source);
        }
    }
    Ok(Arrival { recipients, on: context.today(), source: sources.join(", ") })
}

enum Given {
    Recipient(Recipient),
    File(PathBuf),
}

fn given(argument: &OsStr, number: usize) -> Result<Given> {
    let path = PathBuf::from(argument);
    let Some(text) = argument.to_str().filter(|text| *text != "-") else { return Ok(Given::File(path)) };
    let error = match text.parse::<Recipient>() {
        Ok(recipient) => return Ok(Given::Recipient(recipient)),
        Err(_) if path.exists() => return Ok(Given::File(path)),
        Err(error) => error,
    };
    if text.contains('…') {
        let hint = "ask for the whole of it: bulla identity export prints it";
        return Err(usage(&format!("recipient {number} is shortened, as it is shown"), Some(hint)));
    }
    if text.starts_with("ssh-") && !text.contains(' ') {
        let hint = "put the whole line between quotation marks, or name the file it is in";
        return Err(usage("an SSH key is a line of several words", Some(hint)));
    }
    if matches!(error, ParseError::NotARecipient | ParseError::FileName) {
        // What is longer may be a secret that was pasted.
        let name = Untrusted::new(text);
        let what = if text.len() < 64 { name.quoted().to_string() } else { format!("argument {number}") };
        let hint = "a recipient begins with age1; a file must exist";
        return Err(usage(&format!("{what} is neither a recipient nor a file"), Some(hint)));
    }
    Err(Failure::Key { what: Untrusted::new(format!("recipient {number}")), error: error.into() }.into())
}

/// What a file is called as a source: the keyring may be shared, so not where it was.
fn called(path: &Path) -> String {
    match path.file_name() {
        Some(name) if name != "-" => name.to_string_lossy().into_owned(),
        _ => "standard input".to_owned(),
    }
}
