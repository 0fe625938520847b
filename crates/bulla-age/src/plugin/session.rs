//! One session with a plugin: phase 1 sends it the work, phase 2 handles its commands.

use std::io::{Read, Write};

use crate::format::{Arguments, Stanza};

use crate::plugin::dialogue::{Answer, Dialogue, text};
use crate::plugin::wire::Wire;
use crate::plugin::{PluginConnection, PluginHost};
use crate::plugin_error::{Fault, PluginError, PluginReport};
use crate::prompter::AnswerError;

/// The work for a plugin and its results. There is one type for each state machine.
pub(crate) trait Work {
    /// The state machine: `recipient-v1` or `identity-v1`.
    const MACHINE: &'static str;

    /// Phase 1: sends the plugin everything it needs, except `done`.
    fn tell<R: Read, W: Write>(&self, wire: &mut Wire<R, W>) -> Result<(), Fault>;

    /// Phase 2: handles a command that is not meant for the user. Returns false if it is unknown.
    fn command(&mut self, command: Stanza) -> Result<bool, Fault>;

    /// Returns whether the plugin reported an error.
    fn has_reports(&self) -> bool;
}

/// How a session ended.
#[derive(Default)]
pub(crate) struct Ended {
    /// Why the first question without answer has none.
    pub(crate) unanswered: Option<AnswerError>,
    /// Whether the plugin asked the user for anything.
    asked: bool,
    /// What ended it before the plugin was done.
    pub(crate) fault: Option<PluginError>,
}

impl Ended {
    /// Returns the error of a session in which the plugin reported these errors, if it failed.
    ///
    /// Plugins on age's Go framework report an error and exit without `done`, so their report is
    /// the reason and not that they ended. A question without answer is the likelier cause of both.
    pub(crate) fn error(&self, plugin: &str, reports: &[PluginReport]) -> Option<PluginError> {
        let plugin = plugin.to_owned();
        let died = matches!(self.fault, Some(PluginError::Died { .. }));
        match (&self.fault, &self.unanswered) {
            (Some(fault), _) if !died => Some(fault.clone()),
            (fault, Some(error)) if fault.is_some() || !reports.is_empty() => {
                let error = error.clone();
                Some(PluginError::Unanswered { plugin, error })
            }
            (_, None) if !reports.is_empty() => {
                let reports = reports.to_vec();
                Some(PluginError::Reported { plugin, reports })
            }
            (fault, _) => fault.clone(),
        }
    }

    /// Returns whether a session that failed may be tried again for each of its files: the plugin
    /// was there, and the user was asked for nothing. A PIN may not be wrong too often.
    pub(crate) fn may_be_split(&self) -> bool {
        let works = matches!(
            self.fault,
            None | Some(PluginError::Died { .. } | PluginError::Nonsense { .. })
        );
        works && !self.asked
    }
}

/// Starts a plugin and runs the session.
pub(crate) fn run<T: Work>(plugin: &str, host: &PluginHost, work: &mut T) -> Ended {
    // On an error, `wire` is dropped before `process`: the pipes close, then the plugin is killed.
    let PluginConnection {
        mut process,
        input,
        output,
    } = match host.plugins.start(plugin, T::MACHINE) {
        Ok(started) => started,
        Err(fault) => {
            return Ended {
                fault: Some(fault),
                ..Ended::default()
            };
        }
    };
    let mut wire = Wire::new(output, input);
    let ended = converse(plugin, host, work, &mut wire);
    drop(wire);
    if ended.fault.is_none() {
        process.finish();
    } else if work.has_reports() {
        process.has_reported();
    }
    ended
}

/// Runs both phases over any pair of pipes.
pub(crate) fn converse<T: Work, R: Read, W: Write>(
    plugin: &str,
    host: &PluginHost,
    work: &mut T,
    wire: &mut Wire<R, W>,
) -> Ended {
    let mut dialogue = Dialogue::new(plugin, &*host.ask);
    let said = both_phases(work, wire, &mut dialogue);
    Ended {
        unanswered: dialogue.unanswered,
        asked: dialogue.asked,
        fault: said.err().map(|fault| fault.of(plugin)),
    }
}

fn both_phases<T: Work, R: Read, W: Write>(
    work: &mut T,
    wire: &mut Wire<R, W>,
    dialogue: &mut Dialogue<'_>,
) -> Result<(), Fault> {
    work.tell(wire)?;
    wire.send(["done"], &[])?;
    loop {
        let command = wire.receive()?;
        if command.tag == "done" {
            return Ok(());
        }
        let answer = match dialogue.answer(&command)? {
            Some(answer) => answer,
            None if work.command(command)? => Answer::Ok,
            None => Answer::Unsupported,
        };
        let (words, body) = answer.parts();
        wire.send(words.iter().copied(), body)?;
    }
}

/// Removes the file number from a command's arguments. The plugin must have been sent this number.
pub(crate) fn file_index(args: &mut Arguments, files: usize) -> Result<usize, Fault> {
    let index = args.remove_first().and_then(|arg| index(&arg));
    index
        .filter(|&index| index < files)
        .ok_or(Fault::Nonsense("it named a file that it was not given"))
}

/// Parses an index. Only the canonical spelling of a number is valid.
pub(crate) fn index(text: &str) -> Option<usize> {
    text.parse()
        .ok()
        .filter(|index: &usize| index.to_string() == text)
}

/// Converts a plugin's `error` command to a report.
pub(crate) fn report(command: &Stanza, recipient: Option<String>) -> PluginReport {
    PluginReport {
        recipient,
        message: text(&command.body),
    }
}
