//! `bulla contact add`: adds a contact from a card or keys.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use clap::Args;

use crate::command::{Command, Sandbox};
use crate::context::Context;
use crate::errors::{Failure, Result, shortened, usage};
use crate::keyring::{AddOutcome, Name, ReceivedKeys, Tombstone};
use crate::report::contacts::count_noun;
use crate::select::key_files::{KeyFiles, KeysOrCard, called};
use bulla_age::untrusted::Untrusted;
use bulla_age::{AnyRecipient, ParseError};

/// Take in somebody's card, or keys
///
/// A contact card is taken from a file or as it was pasted from a chat ("bulla card --armor" makes such); it is signed, so
/// that newer cards of the same signing key are taken without a question. What comes first is pinned under the name: from
/// then on --to NAME means these keys. Other keys that come for the same name are kept apart, and nothing is sent until
/// "contact resolve" decides which are right. A name that was removed before shows what it stood for.
#[derive(Args, Clone, Debug)]
pub(crate) struct AddArgs {
    /// What to call them: a name of your own choice
    name: String,
    /// Their card, or their keys: recipients (an SSH key between quotation marks), or files of recipients or SSH public
    /// keys; "-" is standard input
    #[arg(required = true, value_name = "RECIPIENT|FILE")]
    from: Vec<OsString>,
}

impl Command for AddArgs {
    fn prints(&self) -> bool {
        false
    }

    fn sandbox(&self) -> Sandbox {
        Sandbox::Keyring
    }

    fn run(&self, context: &Context) -> Result<()> {
        run(self, context)
    }
}

fn run(args: &AddArgs, context: &Context) -> Result<()> {
    let name: Name = args.name.parse()?;
    let came = arrival(&args.from, context)?;
    let (recipients, source) = (
        came.recipients.clone(),
        Untrusted::new(came.source.as_str()),
    );
    let card = came.card.clone();
    let keyring = context.keyring()?;
    let others = keyring.also_known_as(&recipients, &name)?;
    let added = keyring.change(|change| change.add_contact(&name, came))?;
    for other in others {
        context.ui.warning(&format_args!(
            "{other} has one of these keys too: see bulla contact show {other}"
        ));
    }
    say(&name, &added, context);
    let contact = keyring.contact(&name)?;
    if added == AddOutcome::Same {
        context.ui.status(&format_args!(
            "{name} has had these keys since {}: nothing was changed",
            Untrusted::new(contact.added.as_str())
        ));
    } else {
        let count = count_noun(recipients.len(), "key");
        match &card {
            Some(card) => context.ui.status(&format_args!(
                "{count}, in a card that says {}, from {source}:",
                card.name().quoted()
            )),
            None => context.ui.status(&format_args!("{count}, from {source}:")),
        }
        for recipient in &recipients {
            context.ui.status(&format_args!(
                "  {}: {}",
                recipient.kind(),
                shortened(&recipient.to_string())
            ));
        }
    }
    if let Some(on) = contact.expired() {
        context.ui.warning(&format_args!(
            "{name}'s card expired on {on}: ask for a newer one"
        ));
    }
    keyring.refuse_unusable(&name, &contact)?;
    if contact.verified.is_none() {
        context.ui.hint(&format_args!(
            "check with {name} in person that these are right: bulla contact verify {name}"
        ));
    }
    Ok(())
}

fn say(name: &Name, added: &AddOutcome, context: &Context) {
    let ui = &context.ui;
    match added {
        AddOutcome::Same => {}
        AddOutcome::Pinned => ui.status(&format_args!("{name} is a contact now")),
        AddOutcome::PinnedAgain(Tombstone { removed, code, same }) => {
            let keys = if *same { "the same keys" } else { "other keys" };
            let code = code.as_ref().map_or_else(String::new, |code| format!(", with the {code}"));
            ui.warning(&format_args!("{name} was removed on {removed}{code}; these are {keys}"));
            ui.status(&format_args!("{name} is a contact again"));
        }
        AddOutcome::Renewed { keys } => {
            let what = if *keys { "new encryption keys" } else { "a newer card, with the same keys" };
            ui.status(&format_args!("{name} has {what}, by the same signing key: nothing is to be checked again"));
        }
        AddOutcome::Succeeded => ui.warning(&format_args!(
            "{name} has a new signing key, for which the one before vouches: it is used, and neither was checked"
        )),
        AddOutcome::SetAside { instead_of, vouched: _, replaced } => {
            if let Some(on) = instead_of {
                ui.warning(&format_args!("still other keys came on {on}: those are forgotten"));
            }
            if let Some(on) = replaced {
                ui.warning(&format_args!(
                    "this is the card of a key that was {name}'s until {on}: whoever has that key could have made it"
                ));
            }
            ui.warning(&format_args!(
                "these are not the keys that are pinned for {name}, which stay in force"
            ));
        }
    }
}

/// Returns the keys or card in the arguments, and where they came from.
fn arrival(from: &[OsString], context: &Context) -> Result<ReceivedKeys> {
    let (mut loaded, mut recipients) = (KeyFiles::default(), Vec::new());
    let mut sources: Vec<String> = Vec::new();
    for (index, argument) in from.iter().enumerate() {
        let (found, source) = match given(argument, index + 1)? {
            Given::Recipient(recipient) => (vec![recipient], "the command line".to_owned()),
            Given::File(path) => match loaded.keys_or_card(&path, context)? {
                KeysOrCard::Keys(found) => (found, called(&path)),
                KeysOrCard::Card(card) if from.len() == 1 => {
                    return Ok(ReceivedKeys::of_card(*card, context.today(), called(&path)));
                }
                KeysOrCard::Card(_) => {
                    let hint = "what a card says is the whole of it: take it in by itself";
                    return Err(usage("a card comes alone, without other keys", Some(hint)));
                }
            },
        };
        for recipient in found {
            let text = recipient.to_string();
            if !recipients
                .iter()
                .any(|known: &AnyRecipient| known.to_string() == text)
            {
                recipients.push(recipient);
            }
        }
        if !sources.contains(&source) {
            sources.push(source);
        }
    }
    Ok(ReceivedKeys {
        recipients,
        card: None,
        on: context.today(),
        source: sources.join(", "),
    })
}

enum Given {
    Recipient(AnyRecipient),
    File(PathBuf),
}

fn given(argument: &OsStr, number: usize) -> Result<Given> {
    let path = PathBuf::from(argument);
    let Some(text) = argument.to_str().filter(|text| *text != "-") else {
        return Ok(Given::File(path));
    };
    let error = match text.parse::<AnyRecipient>() {
        Ok(recipient) => return Ok(Given::Recipient(recipient)),
        Err(_) if path.exists() => return Ok(Given::File(path)),
        Err(error) => error,
    };
    if text.contains('…') {
        let hint = "ask for the whole of it: bulla identity export prints it";
        return Err(usage(
            &format!("recipient {number} is shortened, as it is shown"),
            Some(hint),
        ));
    }
    if text.starts_with("ssh-") && !text.contains(' ') {
        let hint = "put the whole line between quotation marks, or name the file it is in";
        return Err(usage("an SSH key is a line of several words", Some(hint)));
    }
    if matches!(error, ParseError::NotARecipient | ParseError::FileName) {
        // A longer text may be a secret that was pasted.
        let name = Untrusted::new(text);
        let what = if text.len() < 64 {
            name.quoted().to_string()
        } else {
            format!("argument {number}")
        };
        let hint = "a recipient begins with age1; a file must exist";
        return Err(usage(
            &format!("{what} is neither a recipient nor a file"),
            Some(hint),
        ));
    }
    Err(Failure::Key {
        what: Untrusted::new(format!("recipient {number}")),
        error: error.into(),
    }
    .into())
}
