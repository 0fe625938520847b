//! What every command provides, and the one place that starts it.

use std::path::Path;

use crate::context::{Context, confine_to};
use crate::errors::{Failure, Result};
use crate::files;
use crate::process::{limits, sandbox, signals};
use crate::select::options::PassphraseSource;
use crate::ui;
use crate::ui::Ui;

/// A command of the program.
pub(crate) trait Command {
    /// The options that say where the first passphrase comes from.
    fn passphrase_source(&self) -> Option<&PassphraseSource> {
        None
    }

    /// Whether it prints results. A standard output that cannot be written is then refused before
    /// any work is done.
    fn prints(&self) -> bool {
        true
    }

    /// What it may still do when it runs.
    fn sandbox(&self) -> Sandbox {
        Sandbox::ReadOnly
    }

    /// Does the work.
    fn run(&self, context: &Context) -> Result<()>;
}

/// What a command may do once it runs. No command opens a network connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sandbox {
    /// It writes no file and starts no program.
    ReadOnly,
    /// It writes to the keyring and nowhere else, and starts no program.
    Keyring,
    /// It has to look for outputs, or to start a plugin, an editor or the passphrase command,
    /// before it knows where it writes. It calls [`confine_to`] itself, before it works on the
    /// data.
    ConfinesItself,
}

/// Protects the process, confines it as the command declares, and runs the command.
pub(crate) fn run(command: &dyn Command, ui: &Ui) -> Result<()> {
    // The descriptor of a passphrase is read before a file of ours could get its number.
    let first = command
        .passphrase_source()
        .map_or(Ok(None), PassphraseSource::read)?;
    let refused = limits::harden();
    signals::install(|| {
        files::remove_temporaries();
        ui::restore_terminal();
    })
    .map_err(Failure::Signals)?;
    for refused in refused {
        ui.detail(&refused);
    }
    if command.prints() {
        files::Stdout::check_writable()?;
    }
    ui.detail(&format_args!(
        "Network connections are blocked: {}",
        sandbox::deny_network()
    ));
    let context = Context::new(ui.clone(), first);
    match command.sandbox() {
        Sandbox::ReadOnly => confine_to(&[], ui),
        Sandbox::Keyring => {
            let keyring = context.keyring()?.path();
            confine_to(&[nearest_existing(keyring).to_owned()], ui);
        }
        Sandbox::ConfinesItself => {}
    }
    command.run(&context)
}

/// Returns the path, or its nearest parent that exists: a keyring is created when it is first
/// written.
fn nearest_existing(path: &Path) -> &Path {
    let mut parents = path.ancestors();
    parents
        .find(|parent| parent.exists())
        .unwrap_or(Path::new("/"))
}
