//! Files of identities: plain lines, OpenSSH private keys, and age files around either.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use age_core::format::Stanza;
use zeroize::Zeroizing;

use super::ask::{Ask, Question};
use super::error::{Error, ParseError};
use super::plugin::{self, Host, Plugins};
use super::readers::Target;
use super::recipient::{Recipient, lines, text_of};
use super::{hybrid, passphrase, ssh, x25519};
use crate::format::looks_encrypted;
use crate::protocol::{DecryptError, Effort, Reason, Unwrap, UnwrapError, Unwrapped, decrypt_all};
use crate::untrusted::Untrusted;

/// Something that opens files and knows what to encrypt to so that it can.
pub trait Identity: Unwrap {
    /// Its recipients. An encrypted identity file is unlocked for it.
    ///
    /// # Errors
    /// Those of unlocking; [`Error::NoRecipient`] for identities of plugins.
    fn recipients(&self) -> Result<Vec<Recipient>, Error>;

    /// What to encrypt to so that it can open the file: as [`recipients`](Self::recipients), and identities of plugins too.
    ///
    /// # Errors
    /// Those of unlocking.
    fn targets(&self) -> Result<Vec<Target>, Error> {
        Ok(self.recipients()?.into_iter().map(Target::Recipient).collect())
    }
}

/// What reading an identity file needs beside its bytes.
#[derive(Clone)]
pub struct Origin {
    /// What to call it.
    pub name: Untrusted,
    /// Who is asked for passphrases.
    pub ask: Arc<dyn Ask>,
    /// Where plugins are, for identities that are theirs.
    pub plugins: Arc<dyn Plugins>,
    /// The highest cost of a passphrase that is accepted, as its logarithm.
    pub max_work_factor: u8,
}

/// Parses an identity file. An encrypted one is one identity, which asks for its passphrase when it is tried.
///
/// # Errors
/// The number of the line that is wrong, never its text.
pub fn parse(bytes: Zeroizing<Vec<u8>>, origin: &Origin) -> Result<Vec<Box<dyn Identity>>, Error> {
    match looks_encrypted(&bytes) {
        true => {
            Ok(vec![Box::new(LockedFile { origin: origin.clone(), state: Mutex::new(State::Locked(bytes)) })])
        }
        false => parse_plain(&bytes, origin),
    }
}

fn parse_plain(bytes: &[u8], origin: &Origin) -> Result<Vec<Box<dyn Identity>>, Error> {
    let text = text_of(bytes)?;
    if text.trim_start().starts_with("-----BEGIN ") {
        let key = ssh::Identity::parse(text.trim_start(), origin.name.clone(), origin.ask.clone())?;
        return Ok(vec![Box::new(key)]);
    }
    let mut identities: Vec<Box<dyn Identity>> = Vec::new();
    let mut of_plugins: Vec<plugin::Identity> = Vec::new();
    for (line, text) in lines(text) {
        match parse_line(text).map_err(|error| Error::Line { line, error })? {
            Line::Native(identity) => identities.push(identity),
            Line::Plugin(identity) => of_plugins.push(identity),
        }
    }
    while let Some(first) = of_plugins.first() {
        let name = first.plugin().to_owned();
        let (of_this, others) = of_plugins.into_iter().partition(|identity| identity.plugin() == name);
        let host = Host { plugins: origin.plugins.clone(), ask: origin.ask.clone() };
        identities.push(Box::new(plugin::Identities::new(&name, of_this, host)));
        of_plugins = others;
    }
    if identities.is_empty() { Err(Error::NoKeys) } else { Ok(identities) }
}

/// What a line of an identity file holds.
enum Line {
    Native(Box<dyn Identity>),
    Plugin(plugin::Identity),
}

fn parse_line(text: &str) -> Result<Line, ParseError> {
    let upper = text.to_ascii_uppercase();
    if upper.starts_with("AGE-") && text != upper && text != text.to_ascii_lowercase() {
        Err(ParseError::MixedCase)
    } else if upper.starts_with("AGE-SECRET-KEY-PQ-1") {
        Ok(Line::Native(Box::new(text.parse::<hybrid::Identity>()?)))
    } else if upper.starts_with("AGE-SECRET-KEY-1") {
        Ok(Line::Native(Box::new(text.parse::<x25519::Identity>()?)))
    } else if upper.starts_with("AGE-PLUGIN-") {
        Ok(Line::Plugin(text.parse()?))
    } else if upper.starts_with("AGE1") || ssh::is_public_key(text) {
        Err(ParseError::RecipientAsIdentity)
    } else {
        Err(ParseError::NotAnIdentity)
    }
}

impl Identity for x25519::Identity {
    fn recipients(&self) -> Result<Vec<Recipient>, Error> {
        Ok(vec![Recipient::X25519(self.to_recipient())])
    }
}

impl Identity for hybrid::Identity {
    fn recipients(&self) -> Result<Vec<Recipient>, Error> {
        Ok(vec![Recipient::Hybrid(self.to_recipient())])
    }
}

impl Identity for ssh::Identity {
    fn recipients(&self) -> Result<Vec<Recipient>, Error> {
        Ok(vec![Recipient::Ssh(self.to_recipient()?)])
    }
}

impl Identity for plugin::Identities {
    fn recipients(&self) -> Result<Vec<Recipient>, Error> {
        Err(Error::NoRecipient(self.plugin().to_owned()))
    }

    fn targets(&self) -> Result<Vec<Target>, Error> {
        Ok(self.identities().iter().cloned().map(Target::PluginIdentity).collect())
    }
}

/// An identity file that is encrypted to a passphrase; unlocked once, when it is first needed.
struct LockedFile {
    origin: Origin,
    state: Mutex<State>,
}

enum State {
    Locked(Zeroizing<Vec<u8>>),
    Open(Vec<Box<dyn Identity>>),
    Failed(Error),
}

impl LockedFile {
    fn unlocked(&self) -> MutexGuard<'_, State> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let State::Locked(bytes) = &*state {
            *state = match unlock(bytes, &self.origin) {
                Ok(identities) => State::Open(identities),
                Err(error) => State::Failed(error),
            };
        }
        state
    }
}

fn unlock(bytes: &[u8], origin: &Origin) -> Result<Vec<Box<dyn Identity>>, Error> {
    let question = Question::IdentityFile(origin.name.clone());
    let key = passphrase::Identity::new(origin.ask.clone(), question, origin.max_work_factor);
    match decrypt_all(bytes, &[&key]) {
        Ok(plain) if looks_encrypted(&plain) => Err(Error::Locked("it is encrypted twice".to_owned())),
        Ok(plain) => parse_plain(&plain, origin),
        Err(DecryptError::NoMatch { tried, .. }) => Err(match tried.into_iter().next() {
            Some((_, Reason::WrongPassphrase)) => Error::WrongPassphrase,
            Some((_, Reason::Unusable(why))) => Error::Locked(why),
            _ => Error::Locked("it is encrypted to keys, not to a passphrase".to_owned()),
        }),
        Err(DecryptError::Unwrap(UnwrapError::Key(error))) => match error.downcast::<Error>() {
            Ok(error) => Err(*error),
            Err(error) => Err(Error::Locked(error.to_string())),
        },
        Err(error) => Err(Error::Locked(error.to_string())),
    }
}

impl Unwrap for LockedFile {
    fn unwrap(&self, stanzas: &[Stanza]) -> Unwrapped {
        let mut best = Reason::OtherType;
        match &*self.unlocked() {
            State::Open(identities) => {
                for identity in identities {
                    match identity.unwrap(stanzas) {
                        Unwrapped::NotMine(Reason::OtherType) => {}
                        Unwrapped::NotMine(reason) => best = reason,
                        decided => return decided,
                    }
                }
                Unwrapped::NotMine(best)
            }
            State::Failed(Error::WrongPassphrase) => Unwrapped::NotMine(Reason::WrongPassphrase),
            State::Failed(error @ Error::ExcessiveWork { .. }) => {
                Unwrapped::Bad(UnwrapError::Key(Box::new(error.clone())))
            }
            State::Failed(error) => Unwrapped::NotMine(Reason::Unusable(error.to_string())),
            State::Locked(_) => Unwrapped::NotMine(Reason::Unusable("it is locked".to_owned())),
        }
    }

    fn effort(&self) -> Effort {
        Effort::Asks
    }

    fn describe(&self) -> String {
        format!("identity file {}", self.origin.name)
    }
}

impl LockedFile {
    /// Asks the same of all identities in it.
    fn each<T>(&self, of: impl Fn(&dyn Identity) -> Result<Vec<T>, Error>) -> Result<Vec<T>, Error> {
        match &*self.unlocked() {
            State::Open(identities) => {
                let each =
                    identities.iter().map(|identity| of(&**identity)).collect::<Result<Vec<_>, _>>()?;
                Ok(each.into_iter().flatten().collect())
            }
            State::Failed(error) => Err(error.clone()),
            State::Locked(_) => Err(Error::Locked("it is locked".to_owned())),
        }
    }
}

impl Identity for LockedFile {
    fn recipients(&self) -> Result<Vec<Recipient>, Error> {
        self.each(|identity| identity.recipients())
    }

    fn targets(&self) -> Result<Vec<Target>, Error> {
        self.each(|identity| identity.targets())
    }
}
