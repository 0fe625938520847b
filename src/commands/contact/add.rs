//! `bulla contact add`: adds a contact from a card or keys.

mod card_name;

use std::collections::{BTreeSet, HashSet};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use clap::Args;
use zeroize::Zeroizing;

use crate::card;
use crate::command::{Command, Sandbox};
use crate::commands::contact::add::card_name::{NameSource, as_argument, name_for};
use crate::context::Context;
use crate::errors::{CommandError, Failure, Result, shortened, usage};
use crate::files;
use crate::files::Input;
use crate::keyring::{AddOutcome, Name, ReceivedKeys, Tombstone};
use crate::report::contacts::{ContactJson, count_noun, describe_kind};
use crate::select::key_files::{KeyFiles, KeysOrCard, called, parse_keys_or_card};
use crate::select::recipients;
use crate::ui::{PromptError, WarningKind};
use bulla_age::untrusted::Untrusted;
use bulla_age::{AnyRecipient, ParseError};

/// The most bytes of a paste.
const LARGEST: u64 = 16 << 20;

/// Add someone, from their card or keys
///
/// A card can be a file or text pasted from a chat ("bulla card --armor" makes such text). With a
/// card alone, the name comes from the card, and you are asked whether it is right. With a name
/// alone, paste the card: it ends with its last line, other text with Ctrl-D; or pass it on standard
/// input. A card is signed, so newer cards with the same signing key are accepted without a question. The first keys
/// are saved under the name, and from then on --to NAME means these keys. If different keys arrive
/// for the same name, they are set aside and bulla will not encrypt to it until you run "contact
/// resolve". If you removed a contact of that name before, bulla shows whether the keys are the
/// same.
#[derive(Args, Clone, Debug)]
pub(crate) struct AddArgs {
    /// Your name for them, or their card alone
    #[arg(value_name = "NAME|CARD")]
    name: Option<OsString>,
    /// Their card or keys: recipients (put an SSH key in quotes), or files with recipients or SSH
    /// public keys ("-": standard input; nothing: paste them)
    #[arg(value_name = "RECIPIENT|FILE")]
    from: Vec<OsString>,
    /// Take the name on the card without asking
    #[arg(short, long, conflicts_with = "from")]
    yes: bool,
}

impl Command for AddArgs {
    fn prints(&self) -> bool {
        false
    }

    fn sandbox(&self) -> Sandbox {
        Sandbox::read_only().keyring().settings()
    }

    fn run(&self, context: &Context) -> Result<()> {
        run(self, context)
    }
}

fn run(args: &AddArgs, context: &Context) -> Result<()> {
    let (name, came) = match (&args.name, args.from.as_slice()) {
        (Some(name), [_, ..]) => {
            let name = name.to_string_lossy().parse()?;
            (name, arrival(&args.from, context)?)
        }
        (Some(only), []) => of_one_argument(only, args, context)?,
        (None, _) => of_card(pasted(None, context)?, Path::new("-"), args, context)?,
    };
    let (recipients, source) = (
        came.recipients.clone(),
        Untrusted::new(came.source.as_str()),
    );
    let card = came.card.clone();
    let keyring = context.keyring()?;
    let others = keyring.also_known_as(&recipients, &name)?;
    let added = keyring.change(|change| change.add_contact(&name, came))?;
    // What fails from here on changes nothing about that.
    let after = |error: CommandError| {
        if error.is_io() {
            error.context(format_args!(
                "Contact {name} is saved, but could not be read again"
            ))
        } else {
            error
        }
    };
    context
        .name_plugins(&plugins_of(&recipients))
        .map_err(after)?;
    for other in others {
        context.ui.warn(
            WarningKind::SharedKey,
            &format_args!("{other} has one of these keys too: bulla contact show {other}"),
        );
    }
    say(&name, &added, context);
    let contact = keyring
        .contact(&name)
        .map_err(|error| after(error.into()))?;
    if added == AddOutcome::Same {
        context.ui.status(&format_args!(
            "Nothing changed: {name} has had these keys since {}",
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
                describe_kind(recipient.kind()),
                shortened(&recipient.to_string())
            ));
        }
    }
    if let Some(on) = contact.expired() {
        context.ui.warn(
            WarningKind::ExpiredCard,
            &format_args!("{name}'s card expired on {on}. Ask for a newer one"),
        );
    }
    if contact.lost_post_quantum() {
        context.ui.warn(
            WarningKind::LostPostQuantum,
            &format_args!("{}", recipients::lost_strength(&name)),
        );
    }
    let outcome = outcome(&added);
    ContactJson::print(&name, &AddedJson { outcome }, context).map_err(after)?;
    keyring
        .refuse_unusable(&name, &contact)
        .map_err(|error| after(error.into()))?;
    if contact.verified.is_none() {
        context.ui.tip(&format_args!(
            "Check with {name} in person or by phone that these keys are right: bulla contact verify {name}"
        ));
    }
    Ok(())
}

/// What became of the keys that arrived, as JSON.
#[derive(serde::Serialize)]
struct AddedJson {
    outcome: &'static str,
}

fn outcome(added: &AddOutcome) -> &'static str {
    match added {
        AddOutcome::Same => "unchanged",
        AddOutcome::Pinned => "added",
        AddOutcome::PinnedAgain(_) => "added-again",
        AddOutcome::Renewed { .. } => "renewed",
        AddOutcome::Succeeded => "succeeded",
        AddOutcome::SetAside { .. } => "set-aside",
    }
}

fn plugins_of(recipients: &[AnyRecipient]) -> BTreeSet<String> {
    let plugins = recipients.iter().filter_map(|recipient| match recipient {
        AnyRecipient::Plugin(recipient) => Some(recipient.plugin().to_owned()),
        _ => None,
    });
    plugins.collect()
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
            ui.warn(WarningKind::RemovedBefore, &format_args!(
                "{name} was removed on {removed}{code}. You are adding {keys}"
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
                "{name} has {what}, signed with the same key. You do not need to verify again"
            ));
        }
        AddOutcome::Succeeded => ui.warn(WarningKind::NewSigningKey, &format_args!(
            "{name} has a new signing key, signed by the old one. bulla uses the new key from now on; you verified neither"
        )),
        AddOutcome::SetAside {
            instead_of,
            vouched: _,
            replaced,
        } => {
            if let Some(on) = instead_of {
                ui.warn(WarningKind::DroppedKeys, &format_args!(
                    "Dropped the different keys that arrived on {on}"
                ));
            }
            if let Some(on) = replaced {
                ui.warn(WarningKind::FormerKey, &format_args!(
                    "This card was made with a key that was {name}'s until {on}; anyone who has \
                     that key could have made it"
                ));
            }
            ui.warn(WarningKind::DifferentKeys, &format_args!(
                "These are not the keys you have saved for {name}. The saved keys are kept"
            ));
        }
    }
}

/// Returns the name and the keys if there is only one argument: a card, or a name whose card is
/// pasted.
fn of_one_argument(
    only: &OsStr,
    args: &AddArgs,
    context: &Context,
) -> Result<(Name, ReceivedKeys)> {
    let path = Path::new(only);
    let text = only.to_string_lossy();
    if text.parse::<AnyRecipient>().is_ok() {
        let hint = "Put your name for them in front: bulla contact add NAME RECIPIENT";
        return Err(usage("A name for the contact is needed", Some(hint)));
    }
    let name = text.parse::<Name>();
    let is_file = path.exists() || only == "-";
    match name {
        // A name that is misspelt is better than a file that is missing.
        Err(error) if !is_file && !text.contains('/') && !is_called_like_a_file(path) => {
            Err(error.into())
        }
        Ok(name) if !is_file && !is_called_like_a_file(path) => {
            let came = pasted(Some(&name), context)?;
            Ok((name, came))
        }
        name => {
            let found = KeyFiles::default().keys_or_card(path, context);
            match (found, name) {
                (Ok(KeysOrCard::Card(card)), _) => {
                    let came = ReceivedKeys::of_card(*card, context.today(), called(path));
                    of_card(came, path, args, context)
                }
                // Something else happens to have the name of a person.
                (_, Ok(name)) if !is_called_like_a_file(path) => {
                    let came = pasted(Some(&name), context)?;
                    Ok((name, came))
                }
                (Ok(KeysOrCard::Keys(_)), _) => Err(no_name(path)),
                (Err(error), _) => Err(error),
            }
        }
    }
}

/// Returns whether nobody would call a person so.
fn is_called_like_a_file(path: &Path) -> bool {
    let ending = path.extension().and_then(OsStr::to_str).unwrap_or_default();
    matches!(
        ending.to_ascii_lowercase().as_str(),
        "7z" | "age"
            | "asc"
            | "card"
            | "doc"
            | "docx"
            | "gpg"
            | "gz"
            | "jpeg"
            | "jpg"
            | "json"
            | "key"
            | "odt"
            | "pdf"
            | "pem"
            | "png"
            | "pub"
            | "svg"
            | "txt"
            | "zip"
    )
}

/// Returns the error for keys without a name.
fn no_name(path: &Path) -> CommandError {
    let hint = format!(
        "Put your name for them in front: bulla contact add NAME {}",
        as_argument(path)
    );
    usage(
        "A name for the contact is needed, because this is not a card",
        Some(&hint),
    )
}

/// Returns a card with the name under which to add it.
fn of_card(
    came: ReceivedKeys,
    path: &Path,
    args: &AddArgs,
    context: &Context,
) -> Result<(Name, ReceivedKeys)> {
    let Some(card) = &came.card else {
        return Err(no_name(path));
    };
    let source = if args.yes {
        NameSource::Card
    } else {
        NameSource::Asked
    };
    let name = name_for(card, &as_argument(path), source, context)?;
    Ok((name, came))
}

/// Returns the keys or card that are pasted into the terminal, or else come on standard input.
fn pasted(name: Option<&Name>, context: &Context) -> Result<ReceivedKeys> {
    let input = Input::stdin()?;
    let (bytes, source) = if input.is_terminal() {
        let whose = name.map_or_else(|| "the".to_owned(), |name| format!("{name}'s"));
        let pasted = context
            .ui
            .paste_until(&format!("Paste {whose} card or keys"), card::is_whole)
            .map_err(|error| match error {
                PromptError::NoPaste => {
                    let name = name.map_or("", Name::as_str);
                    let hint = format!("Pass a file: bulla contact add {name} FILE");
                    usage("No card or keys were given", Some(&hint.replace("  ", " ")))
                }
                error => CommandError::from(error).context("No card was pasted"),
            })?;
        if pasted.followed {
            context
                .ui
                .warn(WarningKind::IgnoredText, &"Ignored the text after the card");
        }
        (Zeroizing::new(pasted.bytes), "a paste")
    } else {
        (input.read_bounded(LARGEST)?, "standard input")
    };
    if bytes.trim_ascii().is_empty() {
        let hint = "Pass a file, or their key: bulla contact add NAME FILE";
        return Err(usage("No card or keys were given", Some(hint)));
    }
    let what = Untrusted::new(source);
    let received = match parse_keys_or_card(&bytes, what, context)? {
        KeysOrCard::Card(card) => ReceivedKeys::of_card(*card, context.today(), source.to_owned()),
        KeysOrCard::Keys(recipients) => ReceivedKeys {
            recipients,
            card: None,
            on: context.today(),
            source: source.to_owned(),
        },
    };
    Ok(received)
}

/// Returns the keys or card in the arguments, and where they came from.
fn arrival(from: &[OsString], context: &Context) -> Result<ReceivedKeys> {
    let (mut loaded, mut recipients) = (KeyFiles::default(), Vec::new());
    let mut seen: HashSet<String> = HashSet::new();
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
                    let hint = "Add the card by itself; it contains all the keys";
                    return Err(usage(
                        "A card cannot be combined with other keys",
                        Some(hint),
                    ));
                }
            },
        };
        for recipient in found {
            if seen.insert(recipient.to_string()) {
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
        let hint = "Ask for their card: bulla card";
        return Err(usage(
            &format!("Recipient {number} is shortened"),
            Some(hint),
        ));
    }
    if text.starts_with("ssh-") && !text.contains(' ') {
        let hint = "Put the whole key in quotes, or pass the key file instead";
        return Err(usage("An SSH key consists of several words", Some(hint)));
    }
    if matches!(error, ParseError::NotARecipient | ParseError::FileName) {
        let hint = "Pass an age1… recipient, an SSH key in quotes, or an existing file";
        // A longer text may be a secret that was pasted.
        if text.len() < 64 {
            let name = Untrusted::new(text);
            return Err(CommandError::from(files::Error::NotFound { name }).hinting(hint));
        }
        let what = format!("Argument {number} is neither a recipient nor a file");
        return Err(usage(&what, Some(hint)));
    }
    Err(Failure::Key {
        what: Untrusted::new(format!("Recipient {number}")),
        error: error.into(),
    }
    .into())
}
