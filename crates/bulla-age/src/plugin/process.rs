//! A plugin's process.

use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::plugin::error::PluginError;
use crate::plugin::wire::Wire;

/// A plugin that was started. Dropped before its session has ended well, it is killed.
pub(crate) struct Process {
    child: Child,
    ended_well: bool,
}

/// How a plugin is spoken to.
pub(crate) type Pipes = Wire<ChildStdout, ChildStdin>;

impl Process {
    /// Starts a plugin on one of its state machines, in no folder of the user's. What it writes to its standard error is
    /// dropped.
    pub(crate) fn start(
        plugin: &str,
        path: &Path,
        machine: &str,
    ) -> Result<(Self, Pipes), PluginError> {
        let failed = |why: String| PluginError::Start {
            plugin: plugin.to_owned(),
            why,
        };
        if !path.is_absolute() {
            return Err(failed("its path is not absolute".to_owned()));
        }
        let mut child = Command::new(path)
            .arg(format!("--age-plugin={machine}"))
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| failed(error.to_string()))?;
        let pipes = child.stdout.take().zip(child.stdin.take());
        let (output, input) = pipes.expect("plugin: both pipes were asked for");
        Ok((
            Self {
                child,
                ended_well: false,
            },
            Wire::new(output, input),
        ))
    }

    /// Releases a plugin that is done. It exits when its pipes are closed.
    pub(crate) fn let_go(mut self) {
        self.ended_well = true;
        // Reaps the plugin if it has already exited; otherwise it is not waited for.
        let _ = self.child.try_wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if !self.ended_well {
            // An error means that it has ended by itself.
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}
