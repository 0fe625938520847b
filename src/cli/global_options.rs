//! The options that every command has.

use clap::Args;

/// The options that every command has.
#[derive(Args, Debug)]
pub(crate) struct GlobalOptions {
    /// Print only errors and warnings
    #[arg(short, long, global = true, display_order = 900)]
    pub(crate) quiet: bool,
    /// Print more details
    #[arg(
        short,
        long,
        global = true,
        display_order = 901,
        conflicts_with = "quiet"
    )]
    pub(crate) verbose: bool,
    /// Never ask questions; fail and say which option to use instead
    #[arg(long, global = true, display_order = 902)]
    pub(crate) no_prompt: bool,
    /// Print JSON instead of text to standard output: an object per line (see docs/json.md)
    #[arg(long, global = true, display_order = 904)]
    pub(crate) json: bool,
    /// Hide the progress bar
    #[arg(long, global = true, display_order = 903)]
    pub(crate) no_progress: bool,
    /// Keep large files in memory after they are read and written
    #[arg(long, global = true, display_order = 905)]
    pub(crate) keep_cached: bool,
}
