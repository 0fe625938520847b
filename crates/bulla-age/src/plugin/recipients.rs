//! Wrapping by a plugin (C2SP age-plugin.md, "Wrapping with `recipient-v1`").

use std::collections::BTreeSet;
use std::io::{Read, Write};

use crate::file_key::FileKey;
use crate::format::{Arguments, Stanza};
use crate::key_error::KeyError;
use crate::stanza_type;
use secrecy::ExposeSecret;

use crate::file_key::Nonce;
use crate::format::MAX_STANZAS;
use crate::plugin::PluginHost;
use crate::plugin::key::{PluginIdentity, PluginRecipient};
use crate::plugin::session::{Work, file_index, index, report, run};
use crate::plugin::wire::Wire;
use crate::plugin_error::{Fault, PluginError, PluginReport};
use crate::recipient::{Provable, Recipient, Wrapped};

/// The most bytes that a plugin may put into one header.
const MAX_BYTES: usize = 1 << 20;

/// All recipients and identities of one plugin that a file is encrypted to. One process wraps for
/// all of them.
pub struct PluginRecipients {
    name: String,
    recipients: Vec<PluginRecipient>,
    identities: Vec<PluginIdentity>,
    host: PluginHost,
}

impl PluginRecipients {
    /// Selects the recipients and identities of this plugin; the case of its name does not matter.
    pub fn new(
        name: &str,
        recipients: Vec<PluginRecipient>,
        identities: Vec<PluginIdentity>,
        host: PluginHost,
    ) -> Self {
        let (name, mut recipients, mut identities) =
            (name.to_ascii_lowercase(), recipients, identities);
        recipients.retain(|recipient| recipient.plugin() == name);
        identities.retain(|identity| identity.plugin() == name);
        Self {
            name,
            recipients,
            identities,
            host,
        }
    }

    /// Wraps the keys of all files in one session, or in a session for each if that fails: labels
    /// are those of a session, but a plugin may need others for each file.
    fn wrap_keys(&self, keys: &[&FileKey]) -> Result<Vec<Wrapped>, PluginError> {
        match self.wrap_in_one_session(keys) {
            Err((_, true)) if keys.len() > 1 => {
                let each = keys.iter().map(|key| self.wrap_in_one_session(&[*key]));
                let each: Result<Vec<Vec<Wrapped>>, _> = each.collect();
                Ok(each.map_err(|(error, _)| error)?.concat())
            }
            wrapped => wrapped.map_err(|(error, _)| error),
        }
    }

    /// Fails with the error, and with whether a session for each file may succeed.
    fn wrap_in_one_session(&self, keys: &[&FileKey]) -> Result<Vec<Wrapped>, (PluginError, bool)> {
        let mut work = Wrapping::new(self, keys);
        let ended = run(&self.name, &self.host, &mut work);
        let may_be_split = ended.may_be_split();
        match ended.error(&self.name, &work.reports) {
            Some(error) => Err((error, may_be_split)),
            None => work
                .finish()
                .map_err(|fault| (fault.of(&self.name), may_be_split)),
        }
    }
}

impl Recipient for PluginRecipients {
    fn wrap(&self, file_key: &FileKey, _: &Nonce) -> Result<Wrapped, KeyError> {
        let mut wrapped = self.wrap_keys(&[file_key])?;
        Ok(wrapped.pop().expect("plugin: as many as there were keys"))
    }

    fn wrap_many(&self, keys: &[(FileKey, Nonce)]) -> Result<Vec<Wrapped>, KeyError> {
        let keys: Vec<_> = keys.iter().map(|(file_key, _)| file_key).collect();
        if keys.is_empty() {
            Ok(Vec::new())
        } else {
            Ok(self.wrap_keys(&keys)?)
        }
    }

    fn names(&self) -> Vec<String> {
        let identities = self
            .identities
            .iter()
            .map(|_| format!("an identity of age-plugin-{}", self.name));
        self.recipients
            .iter()
            .map(ToString::to_string)
            .chain(identities)
            .collect()
    }

    fn provable(&self) -> Provable {
        if self.identities.is_empty() {
            Provable::NamedOnly
        } else {
            Provable::Unnamed
        }
    }

    fn starts_program(&self) -> bool {
        true
    }
}

/// What the plugin is sent in a session, and what it answered.
pub(crate) struct Wrapping<'a> {
    of: &'a PluginRecipients,
    keys: &'a [&'a FileKey],
    stanzas: Vec<Vec<Stanza>>,
    bytes: Vec<usize>,
    labels: Option<BTreeSet<String>>,
    pub(crate) reports: Vec<PluginReport>,
}

impl<'a> Wrapping<'a> {
    pub(crate) fn new(of: &'a PluginRecipients, keys: &'a [&'a FileKey]) -> Self {
        let stanzas = keys.iter().map(|_| Vec::new()).collect();
        Self {
            of,
            keys,
            stanzas,
            bytes: vec![0; keys.len()],
            labels: None,
            reports: Vec::new(),
        }
    }

    /// Returns the stanzas of each file. A file without any is an error.
    pub(crate) fn finish(self) -> Result<Vec<Wrapped>, Fault> {
        let labels = self.labels.unwrap_or_default();
        let each = self.stanzas.into_iter().map(|stanzas| {
            if stanzas.is_empty() {
                Err(Fault::Nonsense(
                    "it finished without wrapping every file key",
                ))
            } else {
                Ok(Wrapped {
                    stanzas,
                    labels: labels.clone(),
                })
            }
        });
        each.collect()
    }

    fn stanza(&mut self, mut command: Stanza) -> Result<(), Fault> {
        let file = file_index(&mut command.args, self.keys.len())?;
        command.tag = command
            .args
            .remove_first()
            .ok_or(Fault::Nonsense("it sent a stanza without a type"))?;
        if stanza_type::is_reserved(&command.tag) {
            return Err(Fault::Nonsense(
                "it sent a stanza of a type reserved by bulla",
            ));
        }
        self.bytes[file] += command.args.iter().map(str::len).sum::<usize>() + command.body.len();
        if self.bytes[file] > MAX_BYTES || self.stanzas[file].len() == MAX_STANZAS {
            return Err(Fault::Nonsense("it sent stanzas that are too large"));
        }
        self.stanzas[file].push(command);
        Ok(())
    }

    fn labels(&mut self, labels: &Arguments) -> Result<(), Fault> {
        let count = labels.len();
        let labels: BTreeSet<_> = labels.iter().map(str::to_owned).collect();
        match self.labels {
            None if labels.len() == count => self.labels = Some(labels),
            None => return Err(Fault::Nonsense("it repeated a label")),
            Some(_) => return Err(Fault::Nonsense("it sent labels twice")),
        }
        Ok(())
    }

    /// Returns the recipient that an `error` command is about.
    fn culprit(&self, args: &Arguments) -> Option<String> {
        match args.exactly()? {
            ["recipient", at] => self.of.recipients.get(index(at)?).map(ToString::to_string),
            _ => None,
        }
    }
}

impl Work for Wrapping<'_> {
    const MACHINE: &'static str = "recipient-v1";

    fn tell<R: Read, W: Write>(&self, wire: &mut Wire<R, W>) -> Result<(), Fault> {
        for recipient in &self.of.recipients {
            wire.send(["add-recipient", &recipient.to_string()], &[])?;
        }
        for identity in &self.of.identities {
            wire.send(["add-identity", identity.to_text().expose_secret()], &[])?;
        }
        wire.send(["extension-labels"], &[])?;
        self.keys
            .iter()
            .try_for_each(|key| wire.send(["wrap-file-key"], key.as_bytes()))
    }

    fn command(&mut self, command: Stanza) -> Result<bool, Fault> {
        match command.tag.as_str() {
            "recipient-stanza" => self.stanza(command)?,
            "labels" => self.labels(&command.args)?,
            "error" => {
                let culprit = self.culprit(&command.args);
                self.reports.push(report(&command, culprit));
            }
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
    use crate::bech32;
    use std::sync::Arc;

    use super::*;
    use crate::plugin::NoPlugins;
    use crate::plugin::session::converse;
    use crate::testing::{Person, file_key};

    fn recipients(person: &Arc<Person>) -> PluginRecipients {
        let host = PluginHost {
            plugins: Arc::new(NoPlugins),
            ask: person.clone(),
        };
        let of = |name: &str| {
            bech32::encode(&format!("age1{name}"), b"x")
                .parse()
                .unwrap()
        };
        let identity = PluginIdentity::without_data("test").unwrap();
        PluginRecipients::new("test", vec![of("test"), of("other")], vec![identity], host)
    }

    /// Runs a session about the keys of two files in which the plugin says `speech`. Returns what
    /// it was sent, and the result.
    fn said(speech: &str, person: &Arc<Person>) -> (String, Result<Vec<Wrapped>, String>) {
        let (recipients, mut told) = (recipients(person), Vec::new());
        let keys = [&file_key(1), &file_key(2)];
        let mut work = Wrapping::new(&recipients, &keys);
        let mut wire = Wire::new(speech.as_bytes(), &mut told);
        let ended = converse("test", &recipients.host, &mut work, &mut wire);
        let outcome = match ended.error("test", &work.reports) {
            Some(error) => Err(error),
            None => work.finish().map_err(|fault| fault.of("test")),
        };
        (
            String::from_utf8(told).unwrap(),
            outcome.map_err(|error| error.to_string()),
        )
    }

    const BOTH: &str =
        "-> recipient-stanza 1 kind arg\nQUJD\n-> recipient-stanza 0 kind\n\n-> done\n\n";

    #[test]
    fn a_plugin_is_told_its_own_keys_and_all_files() {
        let nobody = Person::who_says(None);
        let (told, wrapped) = said(BOTH, &nobody);
        let text = bech32::encode("age1test", b"x");
        let expected = format!(
            "-> add-recipient {}\n\n-> add-identity AGE-PLUGIN-TEST-1\
             {}\n\n-> extension-labels\n\n-> wrap-file-key\nAQEBAQEBAQEBAQEBAQEBAQ\n\
             -> wrap-file-key\nAgICAgICAgICAgICAgICAg\n-> done\n\n-> ok\n\n-> ok\n\n",
            *text,
            &PluginIdentity::without_data("test")
                .unwrap()
                .to_text()
                .expose_secret()["AGE-PLUGIN-TEST-1".len()..],
        );
        assert_eq!(told, expected);
        let wrapped = wrapped.unwrap();
        assert_eq!(wrapped[0].stanzas[0].args, [""; 0]);
        assert_eq!(
            (&wrapped[1].stanzas[0].args[0], &*wrapped[1].stanzas[0].body),
            ("arg", &b"ABC"[..])
        );
        assert!(wrapped[0].labels.is_empty());
    }

    #[test]
    fn labels_hold_for_every_file_and_unknown_commands_are_answered() {
        let speech = format!("-> labels a b\n\n-> grease x\nQUJD\n{BOTH}");
        let (told, wrapped) = said(&speech, &Person::who_says(None));
        assert!(
            told.ends_with("-> ok\n\n-> unsupported\n\n-> ok\n\n-> ok\n\n"),
            "{told}"
        );
        let labels = BTreeSet::from(["a".to_owned(), "b".to_owned()]);
        assert!(
            wrapped
                .unwrap()
                .iter()
                .all(|wrapped| wrapped.labels == labels)
        );
    }

    #[test]
    fn questions_go_to_the_person() {
        let person = Person::who_says(Some("sure"));
        let questions = "-> msg\nQUJD\n-> confirm c3VyZQ bm8\nQUJD\n-> confirm bm8\nQUJD\n\
                         -> request-public\nQUJD\n-> request-secret\nQUJD\n";
        let (told, _) = said(&format!("{questions}{BOTH}"), &person);
        let answers =
            "-> done\n\n-> ok\n\n-> ok yes\n\n-> ok no\n\n-> ok\nc3VyZQ\n-> ok\nc3VyZQ\n-> ok";
        assert!(told.contains(answers), "{told}");
        let heard = [
            "test says ABC",
            "test ABC: sure/no",
            "test ABC: no/-",
            "test text ABC",
            "plugin test asks: ABC",
        ];
        assert_eq!(person.heard(), heard);
        let (told, wrapped) = said(&format!("{questions}{BOTH}"), &Person::who_says(None));
        assert!(
            told.contains("-> done\n\n-> ok\n\n-> fail\n\n-> fail\n\n-> fail\n\n-> fail\n\n"),
            "{told}"
        );
        assert!(wrapped.is_ok(), "it went on without");
    }

    #[test]
    fn nonsense_names_the_plugin() {
        let huge = format!("-> recipient-stanza 0 kind\n{}\n\n", "A".repeat(64) + "\n")
            .replace("\n\n\n", "\n\n");
        let mut cases = vec![
            ("", "ended before"),
            ("-> recipient-stanza 0", "ended before"),
            ("hello\n", "not a stanza"),
            ("-> done\n\n", "every file key"),
            (
                "-> recipient-stanza 0 kind\n\n-> done\n\n",
                "every file key",
            ),
            ("-> recipient-stanza 2 kind\n\n", "was not given"),
            ("-> recipient-stanza 00 kind\n\n", "was not given"),
            ("-> recipient-stanza +1 kind\n\n", "was not given"),
            ("-> recipient-stanza\n\n", "was not given"),
            ("-> recipient-stanza 0\n\n", "without a type"),
            (
                "-> recipient-stanza 0 bulla/sender\n\n",
                "reserved by bulla",
            ),
            ("-> labels a a\n\n", "repeated a label"),
            ("-> labels a\n\n-> labels a\n\n", "twice"),
            ("-> confirm\n\n", "neither one choice"),
            ("-> confirm a=\n\n", "base64"),
        ];
        let many = huge.repeat(30_000);
        cases.push((&many, "too large"));
        for (speech, why) in cases {
            let (_, outcome) = said(speech, &Person::who_says(None));
            let error = outcome.unwrap_err();
            assert!(
                error.starts_with("age-plugin-test ") && error.contains(why),
                "{error}"
            );
        }
    }

    /// Plugins on age's Go framework exit after their error, without `done`.
    #[test]
    fn a_plugin_error_is_passed_on_also_if_the_plugin_is_never_done() {
        for after in [BOTH, "", "-> recipient-stanza"] {
            let speech = format!("-> error recipient 0\nQUJD\n{after}");
            let error = said(&speech, &Person::who_says(None)).1.unwrap_err();
            let begins = "age-plugin-test failed: age1test1";
            assert!(
                error.starts_with(begins) && error.ends_with(": ABC"),
                "{error}"
            );
        }
    }

    #[test]
    fn a_question_without_answer_is_the_reason_why_a_plugin_gives_up() {
        for after in ["", "-> error internal\nQUJD\n"] {
            let speech = format!("-> request-secret\nQUJD\n{after}");
            let error = said(&speech, &Person::who_says(None)).1.unwrap_err();
            assert!(error.contains("needs an answer"), "{error}");
        }
    }
}
