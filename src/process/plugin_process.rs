//! Starts an age plugin and ends it.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use bulla_age::plugin::{PluginConnection, PluginError, PluginProcess};

/// A plugin that was started. It is killed if this is dropped before the session has ended well.
struct Running {
    child: Child,
    ended_well: bool,
}

/// Starts a plugin on one of its state machines. Its working directory is `/`, and what it writes
/// to its standard error is dropped.
///
/// # Errors
/// [`PluginError::Start`].
pub(crate) fn start(
    plugin: &str,
    path: &Path,
    state_machine: &str,
) -> Result<PluginConnection, PluginError> {
    let failed = |why: String| PluginError::Start {
        plugin: plugin.to_owned(),
        why,
    };
    if !path.is_absolute() {
        return Err(failed("its path is not absolute".to_owned()));
    }
    let mut child = Command::new(path)
        .arg(format!("--age-plugin={state_machine}"))
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| failed(error.to_string()))?;
    let pipes = child.stdin.take().zip(child.stdout.take());
    let (input, output) = pipes.expect("plugin: both pipes were requested");
    Ok(PluginConnection {
        input: Box::new(input),
        output: Box::new(output),
        process: Box::new(Running {
            child,
            ended_well: false,
        }),
    })
}

impl PluginProcess for Running {
    fn finish(mut self: Box<Self>) {
        self.ended_well = true;
        // Reaps the plugin if it has already exited; otherwise it is not waited for.
        let _ = self.child.try_wait();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.ended_well {
            // This fails if the plugin has already exited.
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}
