//! `age-plugin-bullatest`: an age plugin for tests that behaves well. It protects nothing.
//!
//! The data of its recipients and identities is text, `KEY;WORD;WORD=TEXT`. KEY chooses the key
//! (anyone who knows it can open the file). The words choose what the plugin does:
//! - `pin` asks for a secret, which becomes part of the key.
//! - `name` asks for a public text and repeats it.
//! - `msg=TEXT` shows a message.
//! - `confirm=TEXT` asks for confirmation, and fails if the answer is no.
//! - `fail=TEXT` fails with an error.
//! - `label=TEXT` sets a label.
//! - `two` wraps twice.
//! - `log=PATH` appends a line for every session.

use std::collections::{HashMap, HashSet};
use std::io::{self, Write};

use age_core::format::{FileKey, Stanza};
use age_core::primitives::{aead_decrypt, aead_encrypt, hkdf};
use age_core::secrecy::ExposeSecret;
use age_plugin::identity::{self, IdentityPluginV1};
use age_plugin::recipient::{self, RecipientPluginV1};
use age_plugin::{Callbacks, PluginHandler, run_state_machine};

const TAG: &str = "bullatest";

/// One recipient or identity: the name of its key, and its words.
struct Party {
    key: String,
    words: Vec<(String, String)>,
}

impl Party {
    fn parse(data: &[u8]) -> Option<Self> {
        let data = if data.is_empty() { b"default" } else { data };
        let mut parts = std::str::from_utf8(data).ok()?.split(';');
        let key = parts.next().filter(|key| !key.is_empty())?.to_owned();
        let words = parts.map(|part| part.split_once('=').unwrap_or((part, "")));
        Some(Self {
            key,
            words: words
                .map(|(word, text)| (word.to_owned(), text.to_owned()))
                .collect(),
        })
    }

    fn all<'a>(&'a self, word: &'a str) -> impl Iterator<Item = &'a str> {
        self.words
            .iter()
            .filter(move |(name, _)| name == word)
            .map(|(_, text)| text.as_str())
    }

    /// Follows its words. Returns the wrapping key, or the reason why there is none.
    fn key<E>(&self, callbacks: &mut impl Callbacks<E>) -> io::Result<Result<[u8; 32], String>> {
        let mut pin = String::new();
        for (word, text) in &self.words {
            let failed = match word.as_str() {
                "msg" => callbacks.message(text)?.is_err(),
                "confirm" => !callbacks
                    .confirm(text, "yes please", Some("rather not"))?
                    .unwrap_or(false),
                "pin" => match callbacks.request_secret("PIN of the test key")? {
                    Ok(secret) => {
                        secret.expose_secret().clone_into(&mut pin);
                        false
                    }
                    Err(_) => true,
                },
                "name" => match callbacks.request_public("name of the test key")? {
                    Ok(name) => callbacks.message(&format!("named {name}"))?.is_err(),
                    Err(_) => true,
                },
                "fail" => return Ok(Err(text.clone())),
                _ => false,
            };
            if failed {
                return Ok(Err(format!("no answer to {word}")));
            }
        }
        Ok(Ok(hkdf(
            self.key.as_bytes(),
            TAG.as_bytes(),
            pin.as_bytes(),
        )))
    }

    fn log(&self, session: &str, files: usize) -> io::Result<()> {
        for path in self.all("log") {
            let mut log = std::fs::OpenOptions::new()
                .append(true)
                .create(true)
                .open(path)?;
            log.write_all(format!("{session} {} files {files}\n", self.key).as_bytes())?;
        }
        Ok(())
    }
}

#[derive(Default)]
struct Plugin {
    parties: Vec<Party>,
}

impl Plugin {
    fn add(&mut self, data: &[u8]) -> Result<(), String> {
        self.parties
            .push(Party::parse(data).ok_or("not text of the form KEY;WORD")?);
        Ok(())
    }
}

impl RecipientPluginV1 for Plugin {
    fn add_recipient(
        &mut self,
        index: usize,
        _: &str,
        data: &[u8],
    ) -> Result<(), recipient::Error> {
        self.add(data)
            .map_err(|message| recipient::Error::Recipient { index, message })
    }

    fn add_identity(&mut self, index: usize, _: &str, data: &[u8]) -> Result<(), recipient::Error> {
        self.add(data)
            .map_err(|message| recipient::Error::Identity { index, message })
    }

    fn labels(&mut self) -> HashSet<String> {
        self.parties
            .iter()
            .flat_map(|party| party.all("label"))
            .map(str::to_owned)
            .collect()
    }

    fn wrap_file_keys(
        &mut self,
        file_keys: Vec<FileKey>,
        mut callbacks: impl Callbacks<recipient::Error>,
    ) -> io::Result<Result<Vec<Vec<Stanza>>, Vec<recipient::Error>>> {
        let mut files: Vec<_> = file_keys.iter().map(|_| Vec::new()).collect();
        for (index, party) in self.parties.iter().enumerate() {
            party.log("wrap", file_keys.len())?;
            let key = match party.key(&mut callbacks)? {
                Ok(key) => key,
                Err(message) => {
                    return Ok(Err(vec![recipient::Error::Recipient { index, message }]));
                }
            };
            for (stanzas, file_key) in files.iter_mut().zip(&file_keys) {
                stanzas.extend((0..=party.all("two").count()).map(|_| {
                    let body = aead_encrypt(&key, file_key.expose_secret());
                    Stanza {
                        tag: TAG.to_owned(),
                        args: [party.key.clone()].into(),
                        body,
                    }
                }));
            }
        }
        Ok(Ok(files))
    }
}

impl IdentityPluginV1 for Plugin {
    fn add_identity(&mut self, index: usize, _: &str, data: &[u8]) -> Result<(), identity::Error> {
        self.add(data)
            .map_err(|message| identity::Error::Identity { index, message })
    }

    fn unwrap_file_keys(
        &mut self,
        files: Vec<Vec<Stanza>>,
        mut callbacks: impl Callbacks<identity::Error>,
    ) -> io::Result<HashMap<usize, Result<FileKey, Vec<identity::Error>>>> {
        let mut opened = HashMap::new();
        for (index, party) in self.parties.iter().enumerate() {
            party.log("unwrap", files.len())?;
            let mine = |stanza: &&Stanza| stanza.tag == TAG && stanza.args == [party.key.as_str()];
            if !files.iter().flatten().any(|stanza| mine(&stanza)) {
                continue;
            }
            let key = match party.key(&mut callbacks)? {
                Ok(key) => key,
                Err(message) => {
                    opened.insert(0, Err(vec![identity::Error::Identity { index, message }]));
                    return Ok(opened);
                }
            };
            for (file, stanzas) in files.iter().enumerate() {
                let plain = stanzas
                    .iter()
                    .filter(mine)
                    .find_map(|stanza| aead_decrypt(&key, 16, &stanza.body).ok());
                if let Some(plain) = plain {
                    opened.insert(
                        file,
                        Ok(FileKey::init_with_mut(|file_key| {
                            file_key.copy_from_slice(&plain)
                        })),
                    );
                }
            }
        }
        Ok(opened)
    }
}

impl PluginHandler for Plugin {
    type RecipientV1 = Self;
    type IdentityV1 = Self;

    fn recipient_v1(self) -> io::Result<Self> {
        Ok(self)
    }

    fn identity_v1(self) -> io::Result<Self> {
        Ok(self)
    }
}

fn main() -> io::Result<()> {
    let machine = std::env::args()
        .nth(1)
        .and_then(|arg| Some(arg.strip_prefix("--age-plugin=")?.to_owned()));
    match machine {
        Some(machine) => run_state_machine(&machine, Plugin::default()),
        None => Err(io::Error::other("to be started by an age client")),
    }
}
