//! Key files, remembered so that no output overwrites one of them.

use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::card;
use crate::card::Card;
use crate::context::Context;
use crate::errors::{CommandError, ErrorContext as _, Failure, Result, warn_error};
use crate::files::{FileId, Input, is_stdin};
use crate::identities::{secret, unlocked_files};
use crate::keyring::{KeyringError, PersonName};
use crate::select::given_identities::GivenIdentity;
use crate::select::misplaced::instead_of_recipients_file;
use crate::select::options::{ActAs, IdentityOptions};
use crate::ui::WarningKind;
use bulla_age::format::{Header, HeaderLimits, foreign_format, looks_encrypted};
use bulla_age::key_file::{KeyFileIdentity, StoredIn};
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
    pub(crate) fn parse(&self, limits: &HeaderLimits) -> Result<Header> {
        let mut rest = self.bytes.as_slice();
        let header = Header::read_within(limits, &mut rest)
            .map_err(DecryptError::from)
            .about(|| self.name.clone())?;
        match rest {
            [] => Ok(header),
            _ => Err(CommandError::from(DecryptError::MoreThanHeader).about(self.name.clone())),
        }
    }
}

type Identities = Vec<Box<dyn KeyFileIdentity>>;

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

    /// Reads the identities of files and the default identities of plugins. All must be usable:
    /// nobody encrypts to fewer than were named.
    pub(crate) fn identities(
        &mut self,
        options: &IdentityOptions,
        context: &Context,
    ) -> Result<Vec<Box<dyn KeyFileIdentity>>> {
        let (identities, unusable) = self.usable(options, context)?;
        match unusable.into_iter().next() {
            Some(failure) => Err(failure),
            None => Ok(identities),
        }
    }

    /// Reads identities to decrypt with: one that cannot be used does not stop the others.
    fn identities_to_try(
        &mut self,
        options: &IdentityOptions,
        context: &Context,
    ) -> Result<Vec<Box<dyn KeyFileIdentity>>> {
        let (identities, mut unusable) = self.usable(options, context)?;
        if identities.is_empty() && !unusable.is_empty() {
            return Err(unusable.remove(0));
        }
        for failure in unusable {
            warn_error(&context.ui, &failure.context("Skipped an identity"));
        }
        Ok(identities)
    }

    /// Returns the identities that were named, and why some cannot be used.
    fn usable(
        &mut self,
        options: &IdentityOptions,
        context: &Context,
    ) -> Result<(Identities, Vec<CommandError>)> {
        let max_work_factor = options.limit.max_work_factor;
        let mut unusable = Vec::new();
        let mut identities: Vec<Box<dyn KeyFileIdentity>> = Vec::new();
        for given in options.given.iter() {
            let path = match given {
                GivenIdentity::File(path) => path,
                GivenIdentity::Plugin(name) => {
                    identities.push(Box::new(of_plugin(name, context)?));
                    continue;
                }
            };
            let (name, bytes) = self.read(path)?;
            let bytes = unlocked_files::text_or(bytes);
            let origin = context.key_file(name.clone(), StoredIn::NamedFile, max_work_factor);
            match key_file::parse(bytes, &origin) {
                Ok(found) => identities.extend(found),
                Err(error) => unusable.push(Failure::Key { what: name, error }.into()),
            }
        }
        Ok((identities, unusable))
    }

    /// Loads the identities that decrypt: those named, else those of the keyring.
    pub(crate) fn opening(
        &mut self,
        options: &IdentityOptions,
        acting: &ActAs,
        context: &Context,
    ) -> Result<Vec<Box<dyn KeyFileIdentity>>> {
        if options.are_of_keyring() {
            secret::load_all(
                acting.name.as_deref(),
                context,
                options.limit.max_work_factor,
            )
        } else {
            self.identities_to_try(options, context)
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
            let read = self.read(path);
            let (name, bytes) =
                read.map_err(|error| instead_of_recipients_file(path, error, context))?;
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
                    Err(error) if holds_identity(&bytes) && !is_stdin(path) => {
                        return Err(error.hinting(format!(
                            "For its public key: bulla identity show -i {}",
                            name.as_argument()
                        )));
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
        parse_keys_or_card(&bytes, what, context)
    }

    /// Reads a file, or standard input once.
    pub(crate) fn read(&mut self, path: &Path) -> Result<(Untrusted, Zeroizing<Vec<u8>>)> {
        let input = if is_stdin(path) {
            if std::mem::replace(&mut self.stdin_taken, true) {
                let text = "Standard input (-) can be read only once".to_owned();
                return Err(Failure::Usage(text, None).into());
            }
            Input::stdin()?
        } else {
            Input::open(path)?
        };
        let name = input.name().clone();
        self.files.extend(input.as_kept());
        Ok((name, input.read_bounded(LIMIT)?))
    }
}

/// Returns the default identity of a plugin.
fn of_plugin(name: &str, context: &Context) -> Result<PluginIdentities> {
    let identity = PluginIdentity::without_data(name).map_err(|error| Failure::Key {
        what: Untrusted::new(format!("plugin {name} (-j)")),
        error: error.into(),
    })?;
    Ok(PluginIdentities::new(name, vec![identity], context.host()).for_passphrases_too())
}

/// Parses a contact card (plain, armored or pasted) or a recipients file.
pub(crate) fn parse_keys_or_card(
    bytes: &[u8],
    what: Untrusted,
    context: &Context,
) -> Result<KeysOrCard> {
    match Card::find(bytes).and_then(|card| card.not_ahead(context.unix_time())) {
        Ok(card) => Ok(KeysOrCard::Card(Box::new(card))),
        Err(card::CardError::NoCard) => Ok(KeysOrCard::Keys(listed(bytes, &what, context)?)),
        Err(error) => Err(Failure::Card { what, error }.into()),
    }
}

/// Returns whether a file that lists no recipients is one of identities.
fn holds_identity(bytes: &[u8]) -> bool {
    let begins =
        |line: &[u8]| line.starts_with(b"AGE-SECRET-KEY-") || line.starts_with(b"BULLA-IDENTITY-");
    bytes.split(|byte| *byte == b'\n').any(begins)
}

/// Returns what a file is called that can have no recipients in it.
fn without_keys(bytes: &[u8]) -> Option<&'static str> {
    if looks_encrypted(bytes) {
        return Some("an encrypted file");
    }
    // The error about a PEM block says which kind of key it is.
    foreign_format(bytes).filter(|_| !bytes.starts_with(b"-----BEGIN"))
}

/// Parses a recipients file.
fn listed(bytes: &[u8], name: &Untrusted, context: &Context) -> Result<Vec<AnyRecipient>> {
    let (found, skipped) = recipients_file::parse(bytes).map_err(|error| {
        let what = name.clone();
        match without_keys(bytes) {
            Some(kind) => Failure::NoKeys { what, kind },
            None => Failure::Key { what, error },
        }
    })?;
    for line in skipped {
        context.ui.warn(
            WarningKind::SkippedLine,
            &format_args!("Skipped {name}, line {}: {}", line.line, line.why),
        );
    }
    Ok(found)
}

/// Returns the recipient of a card used without adding it, and prints whose it is, if its signer is
/// known.
fn of_card(bytes: &[u8], what: Untrusted, context: &Context) -> Result<AnyRecipient> {
    let card = match Card::parse(bytes).and_then(|card| card.not_ahead(context.unix_time())) {
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
        }) => format!("{what} is the card of {name} (name on card: {says})"),
        Some(PersonName::Contact { name, .. }) => {
            format!("{what} is the card of {name}, not verified (name on card: {says})")
        }
        Some(PersonName::Recipient(_)) | None => {
            format!("{what} is a card that is not verified (name on card: {says})")
        }
    });
    if card.expires() < context.today().as_str() {
        context.ui.warn(
            WarningKind::ExpiredCard,
            &format_args!("{what}: the card expired on {}", card.expires()),
        );
    }
    let signs_only = || KeyringError::SignsOnly { who: what.clone() };
    Ok(card.recipient().cloned().ok_or_else(signs_only)?)
}

/// Returns the name recorded as a source, without its folder, because keyrings are shared.
pub(crate) fn called(path: &Path) -> String {
    match path.file_name() {
        Some(name) if name != "-" => name.to_string_lossy().into_owned(),
        _ => "standard input".to_owned(),
    }
}
