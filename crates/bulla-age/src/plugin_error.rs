//! Errors of plugins. Each names the plugin.

use std::{fmt, io};

use crate::prompter::AnswerError;
use crate::untrusted::Untrusted;

/// Why a plugin failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PluginError {
    /// The program does not exist.
    #[error("age-plugin-{plugin} is not installed, or not on the PATH")]
    NotFound {
        /// The plugin's name.
        plugin: String,
    },
    /// The program was only found in a place where anyone could have put it.
    #[error(
        "age-plugin-{plugin} was found only in a relative folder on the PATH, which bulla \
        does not use"
    )]
    OnlyRelative {
        /// The plugin's name.
        plugin: String,
    },
    /// `AGEDEBUG` makes age programs print their conversation with plugins, which contains the file
    /// key.
    #[error(
        "not starting age-plugin-{plugin} while AGEDEBUG is set, because it could print the file \
         key"
    )]
    Debugging {
        /// The plugin's name.
        plugin: String,
    },
    /// The system cannot start it.
    #[error("cannot start age-plugin-{plugin}: {why}")]
    Start {
        /// The plugin's name.
        plugin: String,
        /// The system's error message.
        why: String,
    },
    /// It exited, or closed its pipes, before the session was over.
    #[error("age-plugin-{plugin} ended before it was done")]
    Died {
        /// The plugin's name.
        plugin: String,
    },
    /// It violates the protocol.
    #[error("age-plugin-{plugin} broke the age plugin protocol: {why}")]
    Nonsense {
        /// The plugin's name.
        plugin: String,
        /// The rule it broke.
        why: &'static str,
    },
    /// The connection to it failed.
    #[error("cannot communicate with age-plugin-{plugin}: {why}")]
    Io {
        /// The plugin's name.
        plugin: String,
        /// The system's error message.
        why: String,
    },
    /// It reported errors.
    #[error("age-plugin-{plugin} failed: {}", Joined(reports))]
    Reported {
        /// The plugin's name.
        plugin: String,
        /// The errors; at least one.
        reports: Vec<PluginReport>,
    },
    /// It failed after a question without answer.
    #[error("age-plugin-{plugin} needs an answer: {error}")]
    Unanswered {
        /// The plugin's name.
        plugin: String,
        /// Why there was no answer.
        error: AnswerError,
    },
}

/// An error that a plugin reported with its `error` command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PluginReport {
    /// The recipient it is about, if any.
    pub recipient: Option<String>,
    /// The plugin's message.
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

/// An error in a session, without the plugin's name.
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
