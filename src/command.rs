//! What every command provides, and the one place that starts it.

use crate::context::Context;
use crate::context::GivenPassphrases;
pub(crate) use crate::context::{Piped, Sandbox};
use crate::errors::{Failure, Result};
use crate::files;
use crate::process::{inherited_files, limits, resources, signals};
use crate::select::options::{NewPassphraseSource, PassphraseSource};
use crate::ui;
use crate::ui::Ui;

/// A command of the program.
pub(crate) trait Command {
    /// The options that say where the first passphrase comes from.
    fn passphrase_source(&self) -> Option<&PassphraseSource> {
        None
    }

    /// The options that say where a new passphrase comes from, if it may need an old one too.
    fn new_passphrase_source(&self) -> Option<&NewPassphraseSource> {
        None
    }

    /// Whether it prints results. A standard output that cannot be written is then refused before
    /// any work is done.
    fn prints(&self) -> bool {
        true
    }

    /// Whether what it prints is data, so that a closed standard output is an error too.
    fn owes_data(&self) -> bool {
        false
    }

    /// Whether it has a keyring and settings. Without them it is the same for everybody.
    fn uses_keyring(&self) -> bool {
        true
    }

    /// Where it writes, and whether it may need other programs before its keys are unlocked.
    fn sandbox(&self) -> Sandbox {
        Sandbox::read_only()
    }

    /// The command that the user named after `--`. It is started when the command of bulla says so,
    /// with the rights that this process has before it gives them up.
    fn piped(&self) -> Option<Piped<'_>> {
        None
    }

    /// Whether it reads standard input. If it fails before that, what was typed or pasted for it
    /// must not reach the program that reads the terminal next.
    fn reads_stdin(&self) -> bool {
        false
    }

    /// Does the work.
    fn run(&self, context: &Context) -> Result<()>;
}

/// Protects the process, confines it as the command declares, and runs the command.
pub(crate) fn run(command: &dyn Command, ui: &Ui) -> Result<()> {
    let inherited = inherited_files::keep_from_programs();
    if let Some(descriptors) = inherited.files {
        files::keep_inherited(descriptors);
    }
    resources::check_memory().map_err(Failure::Memory)?;
    // The descriptor of a passphrase is read before a file of ours could get its number.
    let given = GivenPassphrases {
        first: command
            .passphrase_source()
            .map_or(Ok(None), PassphraseSource::read)?,
        new: command
            .new_passphrase_source()
            .map(NewPassphraseSource::read)
            .transpose()?,
        askpass: command
            .passphrase_source()
            .and_then(|source| source.askpass.clone()),
    };
    let refused = limits::harden();
    let without_signals = signals::install(|| {
        files::remove_temporaries();
        ui::restore_terminal();
    })
    .map_err(Failure::Signals)?;
    ui::hold_stops_with(signals::hold_stops);
    for refused in refused.iter().chain(&without_signals) {
        ui.detail(refused);
    }
    if let Some(error) = inherited.failure {
        ui.detail(&format_args!(
            "Files that the caller left open stay open in programs that bulla starts: {error}"
        ));
    }
    if command.prints() || ui.is_json() {
        files::Stdout::check_writable()?;
    }
    if command.owes_data() {
        files::Stdout::check_open()?;
    }
    let context = if command.uses_keyring() {
        Context::new(ui.clone(), given, command.sandbox())
    } else {
        Context::without_keyring(ui.clone(), command.sandbox())
    };
    context.follow_accessible_setting();
    if let Some(piped) = command.piped() {
        context.prepare_command(piped)?;
    }
    context.confine_from_the_start();
    let result = command.run(&context);
    for shortfall in files::take_shortfalls() {
        ui.warning(&shortfall);
    }
    context.warn_of_missed();
    if result.is_err() && command.reads_stdin() {
        context.ui.discard_typed();
    }
    result
}
