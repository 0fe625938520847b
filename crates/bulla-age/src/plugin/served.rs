//! The other side of the protocol: this process is the plugin of an age program (C2SP
//! age-plugin.md).

use std::collections::BTreeSet;
use std::io::{self, Read, Write};

use base64::{Engine, prelude::BASE64_STANDARD_NO_PAD};
use secrecy::SecretString;
use zeroize::{Zeroize, Zeroizing};

use crate::file_key::FileKey;
use crate::format::{Arguments, Stanza};
use crate::plugin::session::index;
use crate::plugin::wire::Wire;
use crate::plugin_error::Fault;

/// The most bytes that are read before the work begins.
const MAX_BYTES: usize = 16 << 20;
/// The most files of one session.
const MAX_FILES: usize = 1 << 16;

/// Why the conversation with the age program ended.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CallerError {
    /// It closed its pipes.
    #[error("the program that started this plugin ended")]
    Ended,
    /// It violates the protocol.
    #[error("the program that started this plugin broke the age plugin protocol: {0}")]
    Nonsense(&'static str),
    /// The pipes failed.
    #[error("cannot communicate with the program that started this plugin: {0}")]
    Io(io::Error),
}

impl From<Fault> for CallerError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Died => Self::Ended,
            Fault::Nonsense(why) => Self::Nonsense(why),
            Fault::Io(error) => Self::Io(error),
        }
    }
}

/// What the age program wants to be decrypted.
#[derive(Debug, Default)]
pub struct UnwrapRequest {
    /// The identities, as text: `AGE-PLUGIN-NAME-1…`.
    pub identities: Vec<Zeroizing<String>>,
    /// The stanzas of each file.
    pub files: Vec<Vec<Stanza>>,
}

/// What the age program wants to be encrypted.
#[derive(Debug, Default)]
pub struct WrapRequest {
    /// The recipients, as text: `age1NAME1…`.
    pub recipients: Vec<String>,
    /// The identities whose recipients are meant, as text: `AGE-PLUGIN-NAME-1…`.
    pub identities: Vec<Zeroizing<String>>,
    /// The key of each file.
    pub file_keys: Vec<FileKey>,
    /// Whether it understands labels.
    pub labels: bool,
}

/// What an error is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorSubject {
    /// The recipient with this index.
    Recipient(usize),
    /// The identity with this index.
    Identity(usize),
    /// A stanza, by the indexes of its file and of itself.
    Stanza(usize, usize),
    /// The plugin itself.
    Internal,
}

/// The age program that started this process as its plugin.
pub struct AgeCaller {
    wire: Wire<Box<dyn Read + Send>, Box<dyn Write + Send>>,
}

impl AgeCaller {
    /// Speaks over these pipes: standard input and standard output.
    pub fn new(input: Box<dyn Read + Send>, output: Box<dyn Write + Send>) -> Self {
        Self {
            wire: Wire::new(input, output),
        }
    }

    /// Receives what to decrypt: phase 1 of `identity-v1`.
    ///
    /// # Errors
    /// [`CallerError`].
    pub fn unwrap_request(&mut self) -> Result<UnwrapRequest, CallerError> {
        let mut request = UnwrapRequest::default();
        self.each_command(|mut command| {
            match command.tag.as_str() {
                "add-identity" => request.identities.push(only(command.args)?),
                "recipient-stanza" => {
                    let file = command.args.remove_first().and_then(|arg| index(&arg));
                    let tag = command.args.remove_first();
                    let (file, tag) = file
                        .zip(tag)
                        .filter(|(file, _)| *file < MAX_FILES)
                        .ok_or(Fault::Nonsense("it sent a stanza without file or type"))?;
                    if request.files.len() <= file {
                        request.files.resize_with(file + 1, Vec::new);
                    }
                    command.tag = tag;
                    request.files[file].push(command);
                }
                _ => {}
            }
            Ok(())
        })?;
        Ok(request)
    }

    /// Receives what to encrypt: phase 1 of `recipient-v1`.
    ///
    /// # Errors
    /// [`CallerError`].
    pub fn wrap_request(&mut self) -> Result<WrapRequest, CallerError> {
        let mut request = WrapRequest::default();
        self.each_command(|mut command| {
            match command.tag.as_str() {
                "add-recipient" => request.recipients.push(only(command.args)?.to_string()),
                "add-identity" => request.identities.push(only(command.args)?),
                "wrap-file-key" => {
                    let key = FileKey::from_slice(&command.body);
                    command.body.zeroize();
                    let key = key.ok_or(Fault::Nonsense(
                        "it sent a file key that is not 16 bytes long",
                    ))?;
                    request.file_keys.push(key);
                }
                "extension-labels" => request.labels = true,
                _ => {}
            }
            Ok(())
        })?;
        Ok(request)
    }

    /// Handles the commands of phase 1. Unknown ones are ignored, as the protocol demands.
    fn each_command(
        &mut self,
        mut handle: impl FnMut(Stanza) -> Result<(), Fault>,
    ) -> Result<(), CallerError> {
        let mut left = MAX_BYTES;
        loop {
            let command = self.wire.receive()?;
            if command.tag == "done" {
                return Ok(());
            }
            let arguments: usize = command.args.iter().map(|arg| arg.len() + 1).sum();
            let len = command.tag.len() + arguments + command.body.len();
            left = left
                .checked_sub(len)
                .ok_or(Fault::Nonsense("it sent more than this plugin reads"))?;
            handle(command)?;
        }
    }

    /// Shows the user a message.
    ///
    /// # Errors
    /// [`CallerError`].
    pub fn message(&mut self, text: &str) -> Result<(), CallerError> {
        self.ask(["msg"], text.as_bytes()).map(drop)
    }

    /// Asks the user for a secret, unseen. `None` if there is no answer.
    ///
    /// # Errors
    /// [`CallerError`].
    pub fn secret(&mut self, text: &str) -> Result<Option<SecretString>, CallerError> {
        self.text_of("request-secret", text)
    }

    /// Asks the user for a text that may be seen. `None` if there is no answer.
    ///
    /// # Errors
    /// [`CallerError`].
    pub fn public(&mut self, text: &str) -> Result<Option<SecretString>, CallerError> {
        self.text_of("request-public", text)
    }

    fn text_of(
        &mut self,
        command: &'static str,
        text: &str,
    ) -> Result<Option<SecretString>, CallerError> {
        let Some(mut answer) = self.ask([command], text.as_bytes())? else {
            return Ok(None);
        };
        let body = Zeroizing::new(std::mem::take(&mut answer.body));
        let text = std::str::from_utf8(&body)
            .map_err(|_| CallerError::Nonsense("an answer is not UTF-8"))?;
        Ok(Some(SecretString::from(text)))
    }

    /// Offers the user a choice: true for `yes`. `None` if there is no answer.
    ///
    /// # Errors
    /// [`CallerError`].
    pub fn confirm(
        &mut self,
        text: &str,
        yes: &str,
        no: Option<&str>,
    ) -> Result<Option<bool>, CallerError> {
        let encode = |choice: &str| BASE64_STANDARD_NO_PAD.encode(choice);
        let choices = std::iter::once(yes).chain(no).map(encode);
        let words: Vec<_> = std::iter::once("confirm".to_owned())
            .chain(choices)
            .collect();
        let Some(answer) = self.ask(words.iter().map(String::as_str), text.as_bytes())? else {
            return Ok(None);
        };
        match answer.args.exactly() {
            Some(["yes"]) => Ok(Some(true)),
            Some(["no"]) => Ok(Some(false)),
            _ => Err(CallerError::Nonsense("a choice is neither yes nor no")),
        }
    }

    /// Reports an error. The program may go on with other identities, or end.
    ///
    /// # Errors
    /// [`CallerError`].
    pub fn error(&mut self, about: ErrorSubject, text: &str) -> Result<(), CallerError> {
        let words = match about {
            ErrorSubject::Recipient(index) => vec!["recipient".to_owned(), index.to_string()],
            ErrorSubject::Identity(index) => vec!["identity".to_owned(), index.to_string()],
            ErrorSubject::Stanza(file, index) => {
                vec!["stanza".to_owned(), file.to_string(), index.to_string()]
            }
            ErrorSubject::Internal => vec!["internal".to_owned()],
        };
        let words = std::iter::once("error").chain(words.iter().map(String::as_str));
        self.ask(words, text.as_bytes()).map(drop)
    }

    /// Sends the file key of a file.
    ///
    /// # Errors
    /// [`CallerError`].
    pub fn file_key(&mut self, file: usize, key: &FileKey) -> Result<(), CallerError> {
        let words = ["file-key", &file.to_string()];
        self.ask(words, key.as_bytes()).map(drop)
    }

    /// Sends the labels on which all recipients of a file must agree.
    ///
    /// # Errors
    /// [`CallerError`].
    pub fn labels(&mut self, labels: &BTreeSet<String>) -> Result<(), CallerError> {
        let words = std::iter::once("labels").chain(labels.iter().map(String::as_str));
        self.ask(words, &[]).map(drop)
    }

    /// Sends a stanza that holds the key of a file.
    ///
    /// # Errors
    /// [`CallerError`].
    pub fn stanza(&mut self, file: usize, stanza: &Stanza) -> Result<(), CallerError> {
        let file = file.to_string();
        let words = ["recipient-stanza", &file, &stanza.tag];
        let words = words.into_iter().chain(stanza.args.iter());
        self.ask(words, &stanza.body).map(drop)
    }

    /// Ends the session.
    ///
    /// # Errors
    /// [`CallerError`].
    pub fn done(&mut self) -> Result<(), CallerError> {
        Ok(self.wire.send(["done"], &[])?)
    }

    /// Sends a command and waits for its answer; `None` if it failed there.
    fn ask<'a>(
        &mut self,
        words: impl IntoIterator<Item = &'a str>,
        body: &[u8],
    ) -> Result<Option<Stanza>, CallerError> {
        self.wire.send(words, body)?;
        let answer = self.wire.receive()?;
        match answer.tag.as_str() {
            "ok" => Ok(Some(answer)),
            "fail" | "unsupported" => Ok(None),
            _ => Err(CallerError::Nonsense("it answered with another command")),
        }
    }
}

/// Returns the only argument of a command.
fn only(args: Arguments) -> Result<Zeroizing<String>, Fault> {
    match args.exactly() {
        Some([only]) => Ok(Zeroizing::new(only.to_owned())),
        None => Err(Fault::Nonsense("it named neither one key nor another")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;
    use std::sync::{Arc, Mutex};

    /// Where the plugin's commands go.
    #[derive(Clone, Default)]
    struct Sent(Arc<Mutex<Vec<u8>>>);

    impl Write for Sent {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// A caller that says this, and what it is sent.
    fn caller(speech: &str) -> (AgeCaller, Sent) {
        let (speech, sent) = (speech.as_bytes().to_vec(), Sent::default());
        let input = Box::new(io::Cursor::new(speech));
        (AgeCaller::new(input, Box::new(sent.clone())), sent)
    }

    fn text(sent: &Sent) -> String {
        String::from_utf8(sent.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn a_request_is_read_and_grease_is_ignored() {
        let (mut caller, _) = caller(
            "-> add-identity AGE-PLUGIN-X-1\n\n-> grease a b\nQUJD\n\
             -> recipient-stanza 0 kind arg\nQUJD\n-> recipient-stanza 2 other\n\n-> done\n\n",
        );
        let request = caller.unwrap_request().unwrap();
        assert_eq!(request.identities[0].as_str(), "AGE-PLUGIN-X-1");
        let lens: Vec<_> = request.files.iter().map(Vec::len).collect();
        assert_eq!(lens, [1, 0, 1]);
        let first = &request.files[0][0];
        assert_eq!(
            (first.tag.as_str(), &first.args[0], first.body.as_slice()),
            ("kind", "arg", &b"ABC"[..])
        );
    }

    #[test]
    fn a_request_to_wrap_has_keys_and_maybe_labels() {
        let key = "-> wrap-file-key\nBwcHBwcHBwcHBwcHBwcHBw\n";
        for (more, labels) in [("", false), ("-> extension-labels\n\n", true)] {
            let speech = format!("-> add-recipient age1x1\n\n{key}{more}{key}-> done\n\n");
            let request = caller(&speech).0.wrap_request().unwrap();
            assert_eq!(
                (request.recipients.len(), request.labels),
                (1, labels),
                "{more}"
            );
            assert!(
                request
                    .file_keys
                    .iter()
                    .all(|key| key.as_bytes() == &[7; 16])
            );
            assert_eq!(request.file_keys.len(), 2);
        }
    }

    #[test]
    fn answers_of_the_user_are_returned() {
        let (mut caller, sent) =
            caller("-> ok\nc3VyZQ\n-> fail\n\n-> ok yes\n\n-> unsupported\n\n-> ok\n\n-> ok\n\n");
        let secret = caller.secret("ABC").unwrap().unwrap();
        assert_eq!(secret.expose_secret(), "sure");
        assert!(caller.secret("ABC").unwrap().is_none());
        assert_eq!(
            caller.confirm("ABC", "sure", Some("no")).unwrap(),
            Some(true)
        );
        assert_eq!(caller.confirm("ABC", "sure", None).unwrap(), None);
        caller.error(ErrorSubject::Stanza(1, 2), "ABC").unwrap();
        caller.file_key(3, &FileKey::new(&[7; 16])).unwrap();
        caller.done().unwrap();
        let expected = "-> request-secret\nQUJD\n-> request-secret\nQUJD\n\
                        -> confirm c3VyZQ bm8\nQUJD\n-> confirm c3VyZQ\nQUJD\n\
                        -> error stanza 1 2\nQUJD\n-> file-key 3\nBwcHBwcHBwcHBwcHBwcHBw\n\
                        -> done\n\n";
        assert_eq!(text(&sent), expected);
    }

    #[test]
    fn a_caller_that_breaks_the_protocol_is_told_apart_from_one_that_ended() {
        let body = format!("{}\n", "A".repeat(64)).repeat(2000);
        let endless = format!("-> grease\n{body}\n").repeat(400);
        for (speech, why) in [
            ("", "ended"),
            ("-> add-identity A\n\n", "ended"),
            ("hello\n", "not a stanza"),
            ("-> add-identity\n\n", "neither one key"),
            ("-> add-identity A B\n\n", "neither one key"),
            ("-> recipient-stanza 0\n\n", "without file or type"),
            ("-> recipient-stanza x kind\n\n", "without file or type"),
            (
                "-> recipient-stanza 9999999 kind\n\n",
                "without file or type",
            ),
            (&endless, "more than this plugin reads"),
        ] {
            let error = caller(speech).0.unwrap_request().unwrap_err().to_string();
            assert!(error.contains(why), "{error}, not {why}");
        }
        let short = "-> wrap-file-key\nQUJD\n-> done\n\n";
        let error = caller(short).0.wrap_request().unwrap_err().to_string();
        assert!(error.contains("16 bytes"), "{error}");
        let error = caller("-> msg\n\n").0.message("x").unwrap_err().to_string();
        assert!(error.contains("another command"), "{error}");
    }
}
