//! Answers the questions of a plugin to the user (C2SP age-plugin.md, phase 2: `msg`, `confirm`,
//! `request-public`, `request-secret`).

use crate::format::{Arguments, Stanza};
use base64::{Engine, prelude::BASE64_STANDARD_NO_PAD};
use secrecy::{ExposeSecret, SecretString};

use crate::plugin_error::Fault;
use crate::prompter::{AnswerError, Prompter, Question};
use crate::untrusted::Untrusted;

/// The most bytes of a plugin's text that are displayed.
const MAX_TEXT: usize = 4096;

/// The answer to a command.
pub(crate) enum Answer {
    /// The command succeeded.
    Ok,
    /// The text or secret that the plugin asked for.
    Secret(SecretString),
    /// The choice of the user: yes or no.
    Choice(bool),
    /// There was no answer; the plugin may go on without one.
    Fail,
    /// The command is unknown.
    Unsupported,
}

/// Answers a plugin's questions through the prompter.
pub(crate) struct Dialogue<'a> {
    plugin: &'a str,
    ask: &'a dyn Prompter,
    /// Why the first unanswered question has no answer.
    pub(crate) unanswered: Option<AnswerError>,
    /// Whether there was a question.
    pub(crate) asked: bool,
}

impl<'a> Dialogue<'a> {
    pub(crate) fn new(plugin: &'a str, ask: &'a dyn Prompter) -> Self {
        Self {
            plugin,
            ask,
            unanswered: None,
            asked: false,
        }
    }

    /// Answers a command that is meant for the user; `None` for other commands.
    pub(crate) fn answer(&mut self, command: &Stanza) -> Result<Option<Answer>, Fault> {
        let message = text(&command.body);
        let answer = match command.tag.as_str() {
            "msg" => {
                self.ask.tell(self.plugin, &message);
                return Ok(Some(Answer::Ok));
            }
            "confirm" => self.confirm(&command.args, &message)?,
            "request-public" => self
                .ask
                .text(self.plugin, &message)
                .map(|text| Answer::Secret(SecretString::from(text))),
            "request-secret" => {
                let question = Question::Plugin {
                    plugin: self.plugin.to_owned(),
                    message,
                };
                self.ask.passphrase(&question).map(Answer::Secret)
            }
            _ => return Ok(None),
        };
        self.asked = true;
        Ok(Some(answer.unwrap_or_else(|error| {
            self.unanswered.get_or_insert(error);
            Answer::Fail
        })))
    }

    fn confirm(
        &self,
        args: &Arguments,
        message: &Untrusted,
    ) -> Result<Result<Answer, AnswerError>, Fault> {
        let decode = |arg: &str| match BASE64_STANDARD_NO_PAD.decode(arg) {
            Ok(bytes) => Ok(text(&bytes)),
            Err(_) => Err(Fault::Nonsense("it offered a choice that is not base64")),
        };
        let (yes, no) = match (args.get(0), args.get(1), args.len()) {
            (Some(yes), None, 1) => (decode(yes)?, None),
            (Some(yes), Some(no), 2) => (decode(yes)?, Some(decode(no)?)),
            _ => return Err(Fault::Nonsense("it offered neither one choice nor two")),
        };
        let choice = self.ask.confirm(self.plugin, message, &yes, no.as_ref());
        Ok(choice.map(Answer::Choice))
    }
}

impl Answer {
    /// Returns the words and the body of the answer.
    pub(crate) fn parts(&self) -> (&'static [&'static str], &[u8]) {
        match self {
            Self::Ok => (&["ok"], &[]),
            Self::Secret(secret) => (&["ok"], secret.expose_secret().as_bytes()),
            Self::Choice(true) => (&["ok", "yes"], &[]),
            Self::Choice(false) => (&["ok", "no"], &[]),
            Self::Fail => (&["fail"], &[]),
            Self::Unsupported => (&["unsupported"], &[]),
        }
    }
}

/// Returns a plugin's text, cut to a readable length.
pub(crate) fn text(bytes: &[u8]) -> Untrusted {
    Untrusted::from_bytes(&bytes[..bytes.len().min(MAX_TEXT)])
}
