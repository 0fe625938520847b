//! What can go wrong with a plugin. Every error names it.

use std::{fmt, io};

use crate::prompter::AnswerError;
use crate::untrusted::Untrusted;

/// Why a plugin did not do its work.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PluginError {
    /// There is no such program.
    #[error("age-plugin-{plugin} is not installed, or not on the PATH")]
    NotFound {
        /// The plugin's name.
        plugin: String,
    },
    /// It is there only where anybody could have put it.
    #[error("age-plugin-{plugin} is only in a relative entry of PATH, which bulla does not use")]
    OnlyRelative {
        /// The plugin's name.
        plugin: String,
    },
    /// `AGEDEBUG` makes programs of the age family print what they say to plugins: the file key.
    #[error(
        "not starting age-plugin-{plugin} while AGEDEBUG is set, because it could print the file \
         key"
    )]
    Debugging {
        /// The plugin's name.
        plugin: String,
    },
    /// The system refuses to run it.
    #[error("cannot start age-plugin-{plugin}: {why}")]
    Start {
        /// The plugin's name.
        plugin: String,
        /// What the system says.
        why: String,
    },
    /// It ended, or hung up, before it was done.
    #[error("age-plugin-{plugin} ended before it was done")]
    Died {
        /// The plugin's name.
        plugin: String,
    },
    /// It does not keep to the protocol.
    #[error("age-plugin-{plugin} broke the age plugin protocol: {why}")]
    Nonsense {
        /// The plugin's name.
        plugin: String,
        /// Which rule it broke.
        why: &'static str,
    },
    /// The connection to it failed.
    #[error("cannot communicate with age-plugin-{plugin}: {why}")]
    Io {
        /// The plugin's name.
        plugin: String,
        /// What the system says.
        why: String,
    },
    /// It gave up and said why.
    #[error("age-plugin-{plugin} failed: {}", Joined(reports))]
    Reported {
        /// The plugin's name.
        plugin: String,
        /// What it said; at least one.
        reports: Vec<PluginReport>,
    },
    /// It gave up after a question that had no answer.
    #[error("age-plugin-{plugin} needs an answer: {error}")]
    Unanswered {
        /// The plugin's name.
        plugin: String,
        /// Why there was none.
        error: AnswerError,
    },
}

/// One of a plugin's `error` commands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PluginReport {
    /// The recipient string it is about, where it is about one.
    pub recipient: Option<String>,
    /// What the plugin says.
    pub message: Untrusted,
}

impl fmt::Display for PluginReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.recipient {
            Some(recipient) => write!(f, "{recipient}: {}", self.message),
            None => self.message.fmt(f),
        }
    }
}

struct Joined<'a>(&'a [PluginReport]);

impl fmt::Display for Joined<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, report) in self.0.iter().enumerate() {
            write!(f, "{}{report}", if index == 0 { "" } else { "; " })?;
        }
        Ok(())
    }
}

/// What goes wrong in a session, before it is known whose it is.
#[derive(Debug)]
pub(crate) enum Fault {
    Died,
    Nonsense(&'static str),
    Io(io::Error),
}

impl Fault {
    pub(crate) fn of(self, plugin: &str) -> PluginError {
        let plugin = plugin.to_owned();
        match self {
            Self::Died => PluginError::Died { plugin },
            Self::Nonsense(why) => PluginError::Nonsense { plugin, why },
            Self::Io(error) => PluginError::Io {
                plugin,
                why: error.to_string(),
            },
        }
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe | io::ErrorKind::UnexpectedEof => Self::Died,
            _ => Self::Io(error),
        }
    }
}
