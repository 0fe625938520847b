//! Unwrapping by a plugin (C2SP age-plugin.md, "Unwrapping with `identity-v1`").

use std::collections::{BTreeMap, HashMap};
use std::io::{Read, Write};
use std::sync::{Mutex, PoisonError};

use age_core::format::{FileKey, Stanza};
use age_core::secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, Zeroizing};

use super::Host;
use super::error::{Error, Fault, Report};
use super::key::Identity;
use super::session::{Unanswered, Work, failure, file_index, index, report, run};
use super::wire::Wire;
use crate::format::write_stanza;
use crate::keys::error::Error as KeysError;
use crate::protocol::{Effort, Reason, Unwrap, UnwrapError, Unwrapped};

/// All identities of one plugin: one process tries them on all headers it is told of.
pub struct Identities {
    name: String,
    identities: Vec<Identity>,
    host: Host,
    /// What is known of headers that were tried, by their stanzas. Held while the plugin runs, so that it runs once
    /// at a time.
    known: Mutex<HashMap<[u8; 32], Outcome>>,
}

/// What trying a header gave.
enum Outcome {
    Key(Zeroizing<[u8; 16]>),
    Nothing,
    Failed(Error),
}

impl Identities {
    /// Of this plugin; those of others are left out.
    pub fn new(name: &str, identities: Vec<Identity>, host: Host) -> Self {
        let mut identities = identities;
        identities.retain(|identity| identity.plugin() == name);
        Self { name: name.to_owned(), identities, host, known: Mutex::default() }
    }

    /// The plugin's name.
    pub fn plugin(&self) -> &str {
        &self.name
    }

    /// The identities.
    pub fn identities(&self) -> &[Identity] {
        &self.identities
    }

    fn learn(&self, known: &mut HashMap<[u8; 32], Outcome>, headers: &[&[Stanza]]) {
        let new: BTreeMap<_, _> = headers.iter().map(|&stanzas| (digest(stanzas), stanzas)).collect();
        let new: Vec<_> = new.into_iter().filter(|(digest, _)| !known.contains_key(digest)).collect();
        if new.is_empty() {
            return;
        }
        let headers: Vec<_> = new.iter().map(|(_, stanzas)| *stanzas).collect();
        let mut work = Unwrapping::new(&self.identities, &headers);
        let ended = run(&self.name, &self.host, &mut work);
        let outcomes = work.outcomes(&self.name, &ended);
        known.extend(new.iter().map(|(digest, _)| *digest).zip(outcomes));
    }
}

impl Unwrap for Identities {
    fn unwrap(&self, stanzas: &[Stanza]) -> Unwrapped {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        self.learn(&mut known, &[stanzas]);
        match &known[&digest(stanzas)] {
            Outcome::Key(key) => Unwrapped::Opened(FileKey::init_with_mut(|file_key| *file_key = **key)),
            Outcome::Nothing => Unwrapped::NotMine(Reason::OtherKey),
            Outcome::Failed(error) => {
                Unwrapped::Bad(UnwrapError::Key(Box::new(KeysError::from(error.clone()))))
            }
        }
    }

    fn effort(&self) -> Effort {
        Effort::StartsProgram
    }

    fn describe(&self) -> String {
        format!("identity of age-plugin-{}", self.name)
    }

    fn prepare(&self, headers: &[&[Stanza]]) {
        self.learn(&mut self.known.lock().unwrap_or_else(PoisonError::into_inner), headers);
    }
}

fn digest(stanzas: &[Stanza]) -> [u8; 32] {
    let mut bytes = Vec::new();
    stanzas.iter().for_each(|stanza| write_stanza(stanza, &mut bytes));
    Sha256::digest(bytes).into()
}

/// What a session collects.
pub(super) struct Unwrapping<'a> {
    identities: &'a [Identity],
    headers: &'a [&'a [Stanza]],
    keys: Vec<Option<Zeroizing<[u8; 16]>>>,
    /// What it says against single files, and against all.
    reports: Vec<(Option<usize>, Report)>,
}

impl<'a> Unwrapping<'a> {
    pub(super) fn new(identities: &'a [Identity], headers: &'a [&'a [Stanza]]) -> Self {
        Self { identities, headers, keys: vec![None; headers.len()], reports: Vec::new() }
    }

    /// What is now known of each header, in order. A session that broke off leaves the keys it gave before.
    fn outcomes(self, plugin: &str, ended: &Result<Unanswered, Error>) -> Vec<Outcome> {
        let outcome = |(file, key): (usize, Option<_>)| {
            let about = |(of, report): &(Option<usize>, Report)| {
                of.is_none_or(|of| of == file).then(|| report.clone())
            };
            match (key, ended) {
                (Some(key), _) => Outcome::Key(key),
                (None, Err(error)) => Outcome::Failed(error.clone()),
                (None, Ok(unanswered)) => {
                    let reports: Vec<_> = self.reports.iter().filter_map(about).collect();
                    match reports.is_empty() && unanswered.is_none() {
                        true => Outcome::Nothing,
                        false => Outcome::Failed(failure(plugin, unanswered, reports)),
                    }
                }
            }
        };
        self.keys.into_iter().enumerate().map(outcome).collect()
    }

    fn file_key(&mut self, mut command: Stanza) -> Result<(), Fault> {
        let file = file_index(&mut command.args, self.headers.len())?;
        let key = <[u8; 16]>::try_from(command.body.as_slice()).map(Zeroizing::new);
        command.body.zeroize();
        match (&self.keys[file], key) {
            (None, Ok(key)) if command.args.is_empty() => self.keys[file] = Some(key),
            (Some(_), _) => return Err(Fault::Nonsense("it gives two keys for one file")),
            _ => return Err(Fault::Nonsense("a file key of its is not 16 bytes")),
        }
        Ok(())
    }

    fn error(&mut self, command: &Stanza) {
        let file = match command.args.as_slice() {
            [kind, file, _] if kind == "stanza" => index(file).filter(|&file| file < self.headers.len()),
            _ => None,
        };
        self.reports.push((file, report(command, None)));
    }
}

impl Work for Unwrapping<'_> {
    const MACHINE: &'static str = "identity-v1";

    fn tell<R: Read, W: Write>(&self, wire: &mut Wire<R, W>) -> Result<(), Fault> {
        for identity in self.identities {
            wire.send(["add-identity", identity.to_text().expose_secret()], &[])?;
        }
        for (file, stanzas) in self.headers.iter().enumerate() {
            let file = file.to_string();
            // Stanzas of our own are no recipients.
            for stanza in stanzas.iter().filter(|stanza| !stanza.tag.starts_with("bulla/")) {
                let words = ["recipient-stanza", &file, &stanza.tag].into_iter();
                wire.send(words.chain(stanza.args.iter().map(String::as_str)), &stanza.body)?;
            }
        }
        Ok(())
    }

    fn command(&mut self, command: Stanza) -> Result<bool, Fault> {
        match command.tag.as_str() {
            "file-key" => self.file_key(command)?,
            "error" => self.error(&command),
            _ => return Ok(false),
        }
        Ok(true)
    }
}
