//! Starts an age plugin and ends it.

use std::io;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use crate::process::ending::ending;
use crate::process::plugin_output::PluginOutput;
use crate::process::stderr_tail::StderrTail;
use bulla_age::plugin::{PluginConnection, PluginError, PluginProcess};

/// How long a plugin may take to answer before the user is told what the run waits for.
const LONG: Duration = Duration::from_secs(5);
/// How long a plugin that failed may take to end by itself.
const PATIENCE: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(10);

/// Says what happens to a plugin.
pub(crate) type Tell = Arc<dyn Fn(PluginNews) + Send + Sync>;

/// What happens to a plugin beside the session, in a sentence.
pub(crate) enum PluginNews {
    /// It takes long.
    Waiting(String),
    /// It did its work, and wrote something to its standard error.
    EndedWell(String),
    /// The session failed.
    EndedBadly(String),
}

/// A plugin that was started. It is killed if this is dropped before the session has ended well.
struct Running {
    child: Child,
    ended_well: bool,
    has_reported: bool,
    plugin: String,
    stderr: Option<StderrTail>,
    tell: Tell,
}

/// Starts a plugin on one of its state machines. Its working directory is `/`. `spawn` starts the
/// program, and `tell` is given the end of what it wrote to its standard error, and word of a long
/// wait for it.
///
/// # Errors
/// [`PluginError::Start`].
pub(crate) fn start(
    plugin: &str,
    path: &Path,
    state_machine: &str,
    spawn: fn(&mut Command) -> io::Result<Child>,
    tell: Tell,
) -> Result<PluginConnection, PluginError> {
    let failed = |why: String| PluginError::Start {
        plugin: plugin.to_owned(),
        why,
    };
    if !path.is_absolute() {
        return Err(failed("its path is not absolute".to_owned()));
    }
    // Without another thread or pipe, the plugin works as well, only without its messages.
    let (tail, stderr) = match StderrTail::begin(|_| ()) {
        Ok((tail, writer)) => (Some(tail), Stdio::from(writer)),
        Err(_) => (None, Stdio::null()),
    };
    let mut command = Command::new(path);
    command
        .arg(format!("--age-plugin={state_machine}"))
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(stderr);
    let mut child = spawn(&mut command).map_err(|error| failed(error.to_string()))?;
    // Closes our end of its standard error.
    drop(command);
    let pipes = child.stdin.take().zip(child.stdout.take());
    let (input, output) = pipes.expect("plugin: both pipes were requested");
    let waiting = format!("Waiting for age-plugin-{plugin}…");
    let tell_wait = Arc::clone(&tell);
    let tell_wait = Box::new(move || tell_wait(PluginNews::Waiting(waiting)));
    Ok(PluginConnection {
        input: Box::new(input),
        output: Box::new(PluginOutput::new(output, LONG, tell_wait)),
        process: Box::new(Running {
            child,
            ended_well: false,
            has_reported: false,
            plugin: plugin.to_owned(),
            stderr: tail,
            tell,
        }),
    })
}

impl PluginProcess for Running {
    fn finish(mut self: Box<Self>) {
        self.ended_well = true;
        // Reaps the plugin if it has already exited; otherwise it is not waited for.
        let _ = self.child.try_wait();
        if let Some(text) = self.written(Duration::ZERO) {
            (self.tell)(PluginNews::EndedWell(format!(
                "age-plugin-{} {text}",
                self.plugin
            )));
        }
    }

    fn has_reported(&mut self) {
        self.has_reported = true;
    }
}

impl Running {
    /// Waits for the end of the plugin for a while. Returns how it ended, unless it had to be killed.
    fn end(&mut self) -> Option<ExitStatus> {
        let mut left = PATIENCE;
        while !left.is_zero() {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Some(status);
            }
            std::thread::sleep(PAUSE);
            left = left.saturating_sub(PAUSE);
        }
        // This fails if the plugin has already exited.
        let _ = self.child.kill();
        let _ = self.child.wait();
        None
    }

    fn written(&self, patience: Duration) -> Option<String> {
        let text = self.stderr.as_ref()?.text(patience)?;
        Some(format!("wrote: {}", text.quoted()))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.ended_well {
            return;
        }
        let status = self.end();
        let status = status.filter(|status| !status.success() && !self.has_reported);
        let ended = status.map(|status| format!("ended with {}", ending(status)));
        let told: Vec<String> = ended.into_iter().chain(self.written(PATIENCE)).collect();
        if !told.is_empty() {
            let told = told.join(" and ");
            (self.tell)(PluginNews::EndedBadly(format!(
                "age-plugin-{} {told}",
                self.plugin
            )));
        }
    }
}
