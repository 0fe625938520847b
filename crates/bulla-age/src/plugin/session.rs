//! One session with a plugin: phase 1 sends it the work, phase 2 handles its commands.

use std::io::{Read, Write};

use crate::format::Stanza;

use crate::plugin::dialogue::{Answer, Dialogue, text};
use crate::plugin::error::{Fault, PluginError, PluginReport};
use crate::plugin::wire::Wire;
use crate::plugin::{PluginConnection, PluginHost};

/// The work for a plugin and its results. There is one type for each state machine.
pub(crate) trait Work {
    /// The state machine: `recipient-v1` or `identity-v1`.
    const MACHINE: &'static str;

    /// Phase 1: sends the plugin everything it needs, except `done`.
    fn tell<R: Read, W: Write>(&self, wire: &mut Wire<R, W>) -> Result<(), Fault>;

    /// Phase 2: handles a command that is not meant for the user. Returns false if it is unknown.
    fn command(&mut self, command: Stanza) -> Result<bool, Fault>;
}

/// Starts a plugin and runs the session. Returns why a question had no answer, if one had none.
pub(crate) fn run<T: Work>(
    plugin: &str,
    host: &PluginHost,
    work: &mut T,
) -> Result<Unanswered, PluginError> {
    // On an error, `wire` is dropped before `process`: the pipes close, then the plugin is killed.
    let PluginConnection {
        process,
        input,
        output,
    } = host.plugins.start(plugin, T::MACHINE)?;
    let mut wire = Wire::new(output, input);
    let unanswered = converse(plugin, host, work, &mut wire).map_err(|fault| fault.of(plugin))?;
    drop(wire);
    process.finish();
    Ok(unanswered)
}

pub(crate) type Unanswered = Option<crate::prompter::AnswerError>;

/// Runs both phases over any pair of pipes.
pub(crate) fn converse<T: Work, R: Read, W: Write>(
    plugin: &str,
    host: &PluginHost,
    work: &mut T,
    wire: &mut Wire<R, W>,
) -> Result<Unanswered, Fault> {
    work.tell(wire)?;
    wire.send(["done"], &[])?;
    let mut dialogue = Dialogue::new(plugin, &*host.ask);
    loop {
        let command = wire.receive()?;
        if command.tag == "done" {
            return Ok(dialogue.unanswered);
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

/// Returns the error for a session without success. A question without answer is the likelier
/// cause.
pub(crate) fn failure(
    plugin: &str,
    unanswered: &Unanswered,
    reports: Vec<PluginReport>,
) -> PluginError {
    let plugin = plugin.to_owned();
    match unanswered {
        Some(error) => PluginError::Unanswered {
            plugin,
            error: error.clone(),
        },
        None => PluginError::Reported { plugin, reports },
    }
}

/// Removes the file number from a command's arguments. The plugin must have been sent this number.
pub(crate) fn file_index(args: &mut Vec<String>, files: usize) -> Result<usize, Fault> {
    let first = if args.is_empty() {
        None
    } else {
        Some(args.remove(0))
    };
    let index = first.and_then(|arg| index(&arg));
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
