//! Key files, remembered so that no output overwrites one of them.

use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::card;
use crate::card::Card;
use crate::context::Context;
use crate::errors::{CommandError, ErrorContext as _, Failure, Result};
use crate::files::{FileId, Input};
use crate::identities::secret;
use crate::keyring::PersonName;
use crate::select::options::{ActAs, IdentityOptions};
use bulla_age::format::Header;
use bulla_age::key_file::{KeyFileContext, KeyFileIdentity, StoredIn};
use bulla_age::plugin::{PluginIdentities, PluginIdentity};
use bulla_age::untrusted::Untrusted;
use bulla_age::{AnyRecipient, DecryptError, key_file, recipients_file};

/// The most bytes of a file of recipients or identities.
const LIMIT: u64 = 16 << 20;

/// A header in a file of its own.
pub(crate) struct DetachedHeader {
    name: Untrusted,
    bytes: Zeroizing<Vec<u8>>,
}

impl DetachedHeader {
    /// Parses the header; nothing may follow it.
    pub(crate) fn parse(&self) -> Result<Header> {
        let mut rest = self.bytes.as_slice();
        let header = Header::read(&mut rest)
            .map_err(DecryptError::from)
            .context(self.name.clone())?;
        match rest {
            [] => Ok(header),
            _ => Err(CommandError::from(DecryptError::MoreThanHeader).context(self.name.clone())),
        }
    }
}

/// The key files read in this run.
#[derive(Default)]
pub(crate) struct KeyFiles {
    pub(crate) files: Vec<(FileId, Untrusted)>,
    stdin_taken: bool,
}

/// The contents of a contact's file.
pub(crate) enum KeysOrCard {
    Keys(Vec<AnyRecipient>),
    Card(Box<Card>),
}

impl KeyFiles {
    /// Reserves standard input for the command.
    pub(crate) fn stdin_is_taken(&mut self) {
        self.stdin_taken = true;
    }

    /// Reads the identities of files and the default identities of plugins.
    pub(crate) fn identities(
        &mut self,
        options: &IdentityOptions,
        context: &Context,
    ) -> Result<Vec<Box<dyn KeyFileIdentity>>> {
        let max_work_factor = options.limit.max_work_factor;
        let mut identities: Vec<Box<dyn KeyFileIdentity>> = Vec::new();
        for name in &options.plugin {
            let what = || Untrusted::new(format!("plugin {name} (-j)"));
            let identity = PluginIdentity::without_data(name).map_err(|error| Failure::Key {
                what: what(),
                error: error.into(),
            })?;
            identities.push(Box::new(PluginIdentities::new(
                name,
                vec![identity],
                context.host(),
            )));
        }
        for path in &options.identity {
            let (name, bytes) = self.read(path)?;
            let plugins = context.host().plugins;
            let (kept, ask) = (StoredIn::NamedFile, context.ask());
            let origin = KeyFileContext {
                name: name.clone(),
                kept,
                ask,
                plugins,
                max_work_factor,
            };
            let found = key_file::parse(bytes, &origin)
                .map_err(|error| Failure::Key { what: name, error })?;
            identities.extend(found);
        }
        Ok(identities)
    }

    /// Loads the identities that decrypt: those named, else those of the keyring.
    pub(crate) fn opening(
        &mut self,
        options: &IdentityOptions,
        acting: &ActAs,
        context: &Context,
    ) -> Result<Vec<Box<dyn KeyFileIdentity>>> {
        match options.identity.is_empty() && options.plugin.is_empty() {
            true => secret::load_all(
                acting.name.as_deref(),
                context,
                options.limit.max_work_factor,
            ),
            false => self.identities(options, context),
        }
    }

    /// Reads the detached header, which is allowed for one file only.
    pub(crate) fn header(
        &mut self,
        path: Option<&Path>,
        files: usize,
    ) -> Result<Option<DetachedHeader>> {
        let Some(path) = path else { return Ok(None) };
        if files != 1 {
            let text = "A detached header (--header) is for one file".to_owned();
            return Err(Failure::Usage(text, None).into());
        }
        let (name, bytes) = self.read(path)?;
        Ok(Some(DetachedHeader { name, bytes }))
    }

    /// Reads the recipients of files; from a valid card, the one recipient that other tools see.
    pub(crate) fn recipients(
        &mut self,
        paths: &[PathBuf],
        context: &Context,
    ) -> Result<Vec<AnyRecipient>> {
        let mut recipients = Vec::new();
        for path in paths {
            let (name, bytes) = self.read(path)?;
            if card::contains_card_line(&bytes) {
                recipients.push(of_card(&bytes, name, context)?);
            } else {
                recipients.extend(match listed(&bytes, &name, context) {
                    Err(_) if card::contains_armor(&bytes) => {
                        return Err(Failure::Card {
                            what: name,
                            error: card::CardError::Armored,
                        }
                        .into());
                    }
                    found => found?,
                });
            }
        }
        Ok(recipients)
    }

    /// Reads a contact card (plain, armored or pasted) or a recipients file.
    pub(crate) fn keys_or_card(&mut self, path: &Path, context: &Context) -> Result<KeysOrCard> {
        let (what, bytes) = self.read(path)?;
        match Card::find(&bytes) {
            Ok(card) => Ok(KeysOrCard::Card(Box::new(card))),
            Err(card::CardError::NoCard) => Ok(KeysOrCard::Keys(listed(&bytes, &what, context)?)),
            Err(error) => Err(Failure::Card { what, error }.into()),
        }
    }

    /// Reads a file, or standard input once.
    pub(crate) fn read(&mut self, path: &Path) -> Result<(Untrusted, Zeroizing<Vec<u8>>)> {
        let input = if path.as_os_str() == "-" {
            if std::mem::replace(&mut self.stdin_taken, true) {
                let text = "Standard input (-) can be read only once".to_owned();
                return Err(Failure::Usage(text, None).into());
            }
            Input::stdin()?
        } else {
            Input::open(path)?
        };
        let name = input.name().clone();
        if input.is_regular() {
            self.files.push((input.id(), name.clone()));
        }
        Ok((name, input.read_bounded(LIMIT)?))
    }
}

/// Parses a recipients file.
fn listed(bytes: &[u8], name: &Untrusted, context: &Context) -> Result<Vec<AnyRecipient>> {
    let (found, skipped) = recipients_file::parse(bytes).map_err(|error| Failure::Key {
        what: name.clone(),
        error,
    })?;
    for line in skipped {
        context.ui.warning(&format_args!(
            "Skipped {name}, line {}: {}",
            line.line, line.why
        ));
    }
    Ok(found)
}

/// Returns the recipient of a card used without adding it, and prints whose it is, if its signer is
/// known.
fn of_card(bytes: &[u8], what: Untrusted, context: &Context) -> Result<AnyRecipient> {
    let card = match Card::parse(bytes) {
        Ok(card) => card,
        // A card's first line is there, but other text precedes it.
        Err(card::CardError::NoCard) => {
            return Err(Failure::Card {
                what,
                error: card::CardError::Surrounded,
            }
            .into());
        }
        Err(error) => return Err(Failure::Card { what, error }.into()),
    };
    // Without a keyring nobody is known.
    let known = match context.keyring() {
        Ok(keyring) => keyring.check_card(&card)?,
        Err(_) => None,
    };
    let says = card.name().quoted();
    context.ui.status(&match known {
        Some(PersonName::Identity(name)) => format!("{what} is your own card, of {name}"),
        Some(PersonName::Contact {
            name,
            verified: true,
            ..
        }) => format!("{what} is the card of {name} ({says})"),
        Some(PersonName::Contact { name, .. }) => {
            format!("{what} is the card of {name} ({says}), not verified")
        }
        Some(PersonName::Recipient(_)) | None => {
            format!("{what} is a card named {says}, not verified")
        }
    });
    if card.expires() < context.today().as_str() {
        context.ui.warning(&format_args!(
            "{what}: the card expired on {}",
            card.expires()
        ));
    }
    Ok(card.recipient().clone())
}

/// Returns the name recorded as a source, without its folder, because keyrings are shared.
pub(crate) fn called(path: &Path) -> String {
    match path.file_name() {
        Some(name) if name != "-" => name.to_string_lossy().into_owned(),
        _ => "standard input".to_owned(),
    }
}
