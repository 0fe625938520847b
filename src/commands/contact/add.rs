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

/// Add someone, from their card or keys
///
/// A card can be a file or text pasted from a chat ("bulla card --armor" makes such text). It is
/// signed, so newer cards with the same signing key are accepted without a question. The first keys
/// are saved under the name, and from then on --to NAME means these keys. If different keys arrive
/// for the same name, they are set aside and bulla will not encrypt to it until you run "contact
/// resolve". If you removed a contact of that name before, bulla shows whether the keys are the
/// same.
#[derive(Args, Clone, Debug)]
pub(crate) struct AddArgs {
    /// Your name for them
    name: String,
    /// Their card or keys: recipients (put an SSH key in quotes), or files with recipients or SSH
    /// public keys ("-": standard input)
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
            "{other} has one of these keys too: bulla contact show {other}"
        ));
    }
    say(&name, &added, context);
    let contact = keyring.contact(&name)?;
    if added == AddOutcome::Same {
        context.ui.status(&format_args!(
            "{name} has had these keys since {}; nothing changed",
            Untrusted::new(contact.added.as_str())
        ));
    } else {
        let count = count_noun(recipients.len(), "key");
        match &card {
            Some(card) => context.ui.status(&format_args!(
                "{count} from {source}, in a card named {}:",
                card.name().quoted()
            )),
            None => context.ui.status(&format_args!("{count} from {source}:")),
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
            "{name}'s card expired on {on}. Ask for a newer one"
        ));
    }
    keyring.refuse_unusable(&name, &contact)?;
    if contact.verified.is_none() {
        context.ui.hint(&format_args!(
            "Check with {name} in person that these keys are right: bulla contact verify {name}"
        ));
    }
    Ok(())
}

fn say(name: &Name, added: &AddOutcome, context: &Context) {
    let ui = &context.ui;
    match added {
        AddOutcome::Same => {}
        AddOutcome::Pinned => ui.status(&format_args!("Added contact {name}")),
        AddOutcome::PinnedAgain(Tombstone {
            removed,
            code,
            same,
        }) => {
            let keys = if *same {
                "the same keys"
            } else {
                "different keys"
            };
            let code = code
                .as_ref()
                .map_or_else(String::new, |code| format!(", with the {code}"));
            ui.warning(&format_args!(
                "{name} was removed on {removed}{code}; these are {keys}"
            ));
            ui.status(&format_args!("Added contact {name} again"));
        }
        AddOutcome::Renewed { keys } => {
            let what = if *keys {
                "new encryption keys"
            } else {
                "a newer card with the same keys"
            };
            ui.status(&format_args!(
                "{name} has {what}, signed with the same key, so there is \
                nothing to verify again"
            ));
        }
        AddOutcome::Succeeded => ui.warning(&format_args!(
            "{name} has a new signing key, signed by the old one. bulla uses the new key from now on; you verified neither"
        )),
        AddOutcome::SetAside {
            instead_of,
            vouched: _,
            replaced,
        } => {
            if let Some(on) = instead_of {
                ui.warning(&format_args!(
                    "The different keys that arrived on {on} are dropped"
                ));
            }
            if let Some(on) = replaced {
                ui.warning(&format_args!(
                    "This card was made with a key that was {name}'s until {on}; anyone who has \
                     that key could have made it"
                ));
            }
            ui.warning(&format_args!(
                "These are not the keys you have saved for {name}. The saved keys are kept"
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
                    let hint = "Add the card alone; it contains all keys";
                    return Err(usage(
                        "A card cannot be combined with other keys",
                        Some(hint),
                    ));
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
        let hint = "Ask for the full key: bulla identity export prints it";
        return Err(usage(
            &format!("Recipient {number} is shortened"),
            Some(hint),
        ));
    }
    if text.starts_with("ssh-") && !text.contains(' ') {
        let hint = "Put the whole line in quotes, or name its file";
        return Err(usage("An SSH key is a line of several words", Some(hint)));
    }
    if matches!(error, ParseError::NotARecipient | ParseError::FileName) {
        // A longer text may be a secret that was pasted.
        let name = Untrusted::new(text);
        let what = if text.len() < 64 {
            name.quoted().to_string()
        } else {
            format!("argument {number}")
        };
        let hint = "A recipient begins with age1; a file must exist";
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
