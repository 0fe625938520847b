//! Unwrapping by a plugin (C2SP age-plugin.md, "Unwrapping with `identity-v1`").

use std::collections::{HashMap, HashSet};
use std::io::{Read, Write};
use std::sync::{Mutex, PoisonError};

use crate::file_key::FileKey;
use crate::format::Stanza;
use crate::stanza_type;
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use zeroize::Zeroize;

use crate::format::write_stanza;
use crate::identity::{Effort, Identity, Mismatch, UnwrapError, Unwrapped};
use crate::plugin::PluginHost;
use crate::plugin::key::PluginIdentity;
use crate::plugin::session::{Ended, Work, file_index, index, report, run};
use crate::plugin::wire::Wire;
use crate::plugin_error::{Fault, PluginError, PluginReport};

/// All identities of one plugin. One process tries them on all announced headers.
pub struct PluginIdentities {
    name: String,
    identities: Vec<PluginIdentity>,
    host: PluginHost,
    opens_passphrases: bool,
    /// Held while the plugin runs, so that it runs once at a time.
    headers: Mutex<Headers>,
}

#[derive(Default)]
struct Headers {
    /// The results for headers that were tried, by their stanzas.
    known: HashMap<[u8; 32], Outcome>,
    /// The headers announced by `prepare`. The plugin starts when the first header is tried.
    announced: Vec<Vec<Stanza>>,
}

/// The result of trying a header.
enum Outcome {
    Key(FileKey),
    Nothing,
    Failed(PluginError),
}

impl PluginIdentities {
    /// Selects the identities of this plugin; the case of its name does not matter.
    pub fn new(name: &str, identities: Vec<PluginIdentity>, host: PluginHost) -> Self {
        let (name, mut identities) = (name.to_ascii_lowercase(), identities);
        identities.retain(|identity| identity.plugin() == name);
        Self {
            name,
            identities,
            host,
            opens_passphrases: false,
            headers: Mutex::default(),
        }
    }

    /// Makes it try files that are encrypted with a passphrase too: a plugin may know passphrases,
    /// and was named for this file.
    #[must_use]
    pub fn for_passphrases_too(self) -> Self {
        Self {
            opens_passphrases: true,
            ..self
        }
    }

    /// Returns the plugin's name.
    pub fn plugin(&self) -> &str {
        &self.name
    }

    /// Returns the identities.
    pub fn identities(&self) -> &[PluginIdentity] {
        &self.identities
    }

    /// Lets the plugin try the headers whose results are not known yet.
    fn learn(&self, known: &mut HashMap<[u8; 32], Outcome>, headers: &[&[Stanza]]) {
        let mut seen = HashSet::new();
        let with_digests = headers.iter().map(|&stanzas| (digest(stanzas), stanzas));
        let new =
            with_digests.filter(|(digest, _)| !known.contains_key(digest) && seen.insert(*digest));
        let new: Vec<_> = new.collect();
        let headers: Vec<_> = new.iter().map(|(_, stanzas)| *stanzas).collect();
        let mut work = Unwrapping::new(&self.identities, &headers);
        let ended = run(&self.name, &self.host, &mut work);
        let outcomes = work.outcomes(&self.name, &ended);
        let of_each = new.iter().map(|(digest, _)| *digest).zip(outcomes);
        // A session that broke off says nothing about the files that it did not come to.
        let is_split = ended.fault.is_some() && ended.may_be_split() && new.len() > 1;
        known
            .extend(of_each.filter(|(_, outcome)| !is_split || matches!(outcome, Outcome::Key(_))));
    }
}

impl Identity for PluginIdentities {
    fn unwrap(&self, stanzas: &[Stanza]) -> Unwrapped {
        let headers = &mut *self.headers.lock().unwrap_or_else(PoisonError::into_inner);
        let digest = digest(stanzas);
        if !headers.known.contains_key(&digest) {
            let announced = std::mem::take(&mut headers.announced);
            let all: Vec<_> = std::iter::once(stanzas)
                .chain(announced.iter().map(Vec::as_slice))
                .collect();
            self.learn(&mut headers.known, &all);
            if !headers.known.contains_key(&digest) {
                self.learn(&mut headers.known, &[stanzas]);
            }
        }
        match &headers.known[&digest] {
            Outcome::Key(key) => Unwrapped::FileKey(key.clone()),
            Outcome::Nothing => Unwrapped::NoMatch(Mismatch::OtherKey),
            Outcome::Failed(error) => Unwrapped::Failed(UnwrapError::Key(error.clone().into())),
        }
    }

    /// The plugin does the work, and may ask the user about it.
    fn work(&self, _: &[Stanza]) -> usize {
        0
    }

    fn effort(&self) -> Effort {
        Effort::StartsProgram
    }

    fn opens_passphrases(&self) -> bool {
        self.opens_passphrases
    }

    fn describe(&self) -> String {
        format!("identity of age-plugin-{}", self.name)
    }

    fn prepare(&self, headers: &[&[Stanza]]) {
        let known = &mut *self.headers.lock().unwrap_or_else(PoisonError::into_inner);
        known
            .announced
            .extend(headers.iter().map(|stanzas| stanzas.to_vec()));
    }
}

fn digest(stanzas: &[Stanza]) -> [u8; 32] {
    let mut bytes = Vec::new();
    stanzas
        .iter()
        .for_each(|stanza| write_stanza(stanza, &mut bytes));
    Sha256::digest(bytes).into()
}

/// What the plugin is sent in a session, and what it answered.
pub(crate) struct Unwrapping<'a> {
    identities: &'a [PluginIdentity],
    headers: &'a [&'a [Stanza]],
    keys: Vec<Option<FileKey>>,
    /// Its error messages, about one file or about all.
    reports: Vec<(Option<usize>, PluginReport)>,
}

impl<'a> Unwrapping<'a> {
    pub(crate) fn new(identities: &'a [PluginIdentity], headers: &'a [&'a [Stanza]]) -> Self {
        Self {
            identities,
            headers,
            keys: vec![None; headers.len()],
            reports: Vec::new(),
        }
    }

    /// Returns the result for each header, in order. The keys that a failed session sent before it
    /// failed count.
    fn outcomes(self, plugin: &str, ended: &Ended) -> Vec<Outcome> {
        let outcome = |(file, key): (usize, Option<_>)| {
            let about = |(of, report): &(Option<usize>, PluginReport)| {
                of.is_none_or(|of| of == file).then(|| report.clone())
            };
            if let Some(key) = key {
                return Outcome::Key(key);
            }
            let reports: Vec<_> = self.reports.iter().filter_map(about).collect();
            let plugin = plugin.to_owned();
            match (ended.error(&plugin, &reports), &ended.unanswered) {
                (Some(error), _) => Outcome::Failed(error),
                (None, Some(error)) => Outcome::Failed(PluginError::Unanswered {
                    plugin,
                    error: error.clone(),
                }),
                (None, None) => Outcome::Nothing,
            }
        };
        self.keys.into_iter().enumerate().map(outcome).collect()
    }

    fn file_key(&mut self, mut command: Stanza) -> Result<(), Fault> {
        let file = file_index(&mut command.args, self.headers.len())?;
        let key = FileKey::from_slice(&command.body);
        command.body.zeroize();
        match (&self.keys[file], key) {
            (None, Some(key)) if command.args.is_empty() => self.keys[file] = Some(key),
            (Some(_), _) => return Err(Fault::Nonsense("it sent two file keys for one file")),
            _ => {
                return Err(Fault::Nonsense(
                    "it sent a file key that is not 16 bytes long",
                ));
            }
        }
        Ok(())
    }

    fn error(&mut self, command: &Stanza) {
        let file = match command.args.exactly() {
            Some(["stanza", file, _]) => index(file).filter(|&file| file < self.headers.len()),
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
            // Our own stanzas are not for recipients.
            for stanza in stanzas
                .iter()
                .filter(|stanza| !stanza_type::is_reserved(&stanza.tag))
            {
                let words = ["recipient-stanza", &file, &stanza.tag].into_iter();
                wire.send(words.chain(stanza.args.iter()), &stanza.body)?;
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

    fn has_reports(&self) -> bool {
        !self.reports.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::plugin::NoPlugins;
    use crate::plugin::session::converse;
    use crate::testing::{Person, outcome, stanza};

    /// Runs a session about three headers in which the plugin says `speech`. Returns what it was
    /// sent, and the result for each header.
    fn said(speech: &str, answer: Option<&'static str>) -> (String, Vec<Result<u8, String>>) {
        let host = PluginHost {
            plugins: Arc::new(NoPlugins),
            ask: Person::who_says(answer),
        };
        let identities = [PluginIdentity::without_data("test").unwrap()];
        let stanzas = [
            stanza("kind arg", b"ABC"),
            stanza("bulla/sender x", b""),
            stanza("X25519 a", b""),
        ];
        let headers = [&stanzas[..1], &stanzas[1..], &stanzas[..]];
        let (mut work, mut told) = (Unwrapping::new(&identities, &headers), Vec::new());
        let ended = converse(
            "test",
            &host,
            &mut work,
            &mut Wire::new(speech.as_bytes(), &mut told),
        );
        let each = work
            .outcomes("test", &ended)
            .into_iter()
            .map(|outcome| match outcome {
                Outcome::Key(key) => Ok(key.as_bytes()[0]),
                Outcome::Nothing => Err("nothing".to_owned()),
                Outcome::Failed(error) => Err(error.to_string()),
            });
        (String::from_utf8(told).unwrap(), each.collect())
    }

    const KEY_1: &str = "-> file-key 1\nBwcHBwcHBwcHBwcHBwcHBw\n";
    const DONE: &str = "-> done\n\n";

    #[test]
    fn a_plugin_gets_all_headers_without_our_stanzas() {
        let (told, outcomes) = said(&format!("{KEY_1}{DONE}"), None);
        let identity = PluginIdentity::without_data("test").unwrap();
        let expected = format!(
            "-> add-identity {}\n\n-> recipient-stanza 0 kind arg\nQUJD\n-> recipient-stanza 1 X25519 a\n\n\
             -> recipient-stanza 2 kind arg\nQUJD\n-> recipient-stanza 2 X25519 a\n\n{DONE}-> ok\n\n",
            identity.to_text().expose_secret()
        );
        assert_eq!(told, expected);
        assert_eq!(
            outcomes,
            [Err("nothing".to_owned()), Ok(7), Err("nothing".to_owned())]
        );
    }

    #[test]
    fn an_error_for_one_file_does_not_affect_others() {
        let (_, outcomes) = said(&format!("-> error stanza 2 0\nQUJD\n{KEY_1}{DONE}"), None);
        let failed = || Err("age-plugin-test failed: ABC".to_owned());
        assert_eq!(outcomes, [Err("nothing".to_owned()), Ok(7), failed()]);
        for kind in ["identity 0", "internal", "stanza", "stanza 9 0", "else"] {
            let (_, outcomes) = said(&format!("{KEY_1}-> error {kind}\nQUJD\n{DONE}"), None);
            assert_eq!(outcomes, [failed(), Ok(7), failed()], "{kind}");
        }
    }

    #[test]
    fn a_plugin_error_is_passed_on_also_if_the_plugin_is_never_done() {
        let (_, outcomes) = said(&format!("{KEY_1}-> error identity 0\nQUJD\n"), None);
        let failed = || Err("age-plugin-test failed: ABC".to_owned());
        assert_eq!(outcomes, [failed(), Ok(7), failed()]);
        let (_, outcomes) = said(&format!("{KEY_1}-> error stanza 2 0\nQUJD\n"), None);
        assert!(
            outcomes[0]
                .as_ref()
                .is_err_and(|why| why.contains("ended before")),
            "{outcomes:?}"
        );
        assert_eq!(outcomes[1..], [Ok(7), failed()]);
    }

    #[test]
    fn a_question_without_answer_is_the_reason_where_there_is_no_key() {
        let speech = format!("-> request-secret\nQUJD\n-> error internal\nQUJD\n{KEY_1}{DONE}");
        let (_, outcomes) = said(&speech, None);
        assert!(
            outcomes[0]
                .as_ref()
                .is_err_and(|why| why.contains("plugin test asks: ABC")),
            "{outcomes:?}"
        );
        assert_eq!(outcomes[1], Ok(7));
        assert_eq!(
            said(&speech, Some("1234")).1[0],
            Err("age-plugin-test failed: ABC".to_owned())
        );
    }

    #[test]
    fn nonsense_is_never_no_match_and_leaves_the_keys_given_before() {
        let cases = [
            ("", "ended before"),
            ("hello\n", "not a stanza"),
            (KEY_1, "two file keys"),
            ("-> file-key 0\nBwcHBwcHBwcHBwcHBwcH\n", "16 bytes"),
            ("-> file-key 0 1\nBwcHBwcHBwcHBwcHBwcHBw\n", "16 bytes"),
            ("-> file-key 3\nBwcHBwcHBwcHBwcHBwcHBw\n", "was not given"),
            ("-> file-key\nBwcHBwcHBwcHBwcHBwcHBw\n", "was not given"),
        ];
        for (speech, why) in cases {
            let (_, outcomes) = said(&format!("{KEY_1}{speech}"), None);
            assert_eq!(outcomes[1], Ok(7));
            for other in [&outcomes[0], &outcomes[2]] {
                assert!(
                    other.as_ref().is_err_and(|error| error.contains(why)),
                    "{speech}: {other:?}"
                );
            }
        }
    }

    #[test]
    fn a_missing_plugin_is_an_error_and_not_no_match() {
        let host = PluginHost {
            plugins: Arc::new(NoPlugins),
            ask: Person::who_says(None),
        };
        let identities = PluginIdentities::new(
            "Test",
            vec![PluginIdentity::without_data("Test").unwrap()],
            host,
        );
        assert_eq!(
            (identities.plugin(), identities.identities().len()),
            ("test", 1)
        );
        let said = outcome(identities.unwrap(&[stanza("kind arg", b"ABC")])).unwrap_err();
        assert_eq!(
            said,
            "bad: age-plugin-test is not installed, or not on the PATH"
        );
    }
}
