//! Options that several commands share, each with one meaning.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::context::{Context, GivenPassphrase};
use crate::errors::{CommandError, Result, usage};
use crate::files::{
    Input, Mode, NamedBy, Options, Output, Replace, check_output, is_stdin, is_stdout,
};
use crate::select::given_identities::GivenIdentities;
use crate::ui::Ui;
use bulla_age::format::HeaderLimits;
use clap::Args;

/// What happens to files that exist.
#[derive(Args, Clone, Copy, Debug, Default)]
pub(crate) struct ForceOption {
    /// Overwrite existing files
    #[arg(short, long)]
    force: bool,
}

impl ForceOption {
    /// Returns whether an existing file may be replaced.
    pub(crate) fn replace(self) -> Replace {
        if self.force {
            Replace::Always
        } else {
            Replace::Never
        }
    }
}

/// The output options.
#[derive(Args, Clone, Debug)]
pub(crate) struct OutputOptions {
    /// Output file, or an existing folder ("-": standard output)
    #[arg(short, long, value_name = "PATH")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) existing: ForceOption,
}

/// The error of a command whose data would go to the same place as JSON.
pub(crate) fn data_beside_json() -> CommandError {
    usage(
        "With --json, standard output has nothing but JSON, so the data cannot go there",
        Some("Write the data to a file with -o PATH"),
    )
}

impl OutputOptions {
    /// Returns the output path, unless it is standard output.
    pub(crate) fn path(&self) -> Option<&PathBuf> {
        self.output.as_ref().filter(|path| !is_stdout(path))
    }

    /// Looks whether the output of a command without inputs could be created, before anything is
    /// asked.
    pub(crate) fn check(&self) -> Result<()> {
        let Some(path) = self.path() else {
            return Ok(());
        };
        let options = Options {
            replace: self.existing.replace(),
            mode: Mode::Secret,
            not: &[],
        };
        Ok(check_output(path, NamedBy::User, &options)?)
    }

    /// Refuses data on standard output if that is for JSON alone.
    pub(crate) fn refuse_stdout_beside_json(&self, ui: &Ui) -> Result<()> {
        if ui.is_json() && self.path().is_none() {
            return Err(data_beside_json());
        }
        Ok(())
    }

    /// Opens the output of a command without inputs.
    pub(crate) fn create(&self, mode: Mode) -> Result<Output> {
        let Some(path) = self.path() else {
            return Ok(Output::stdout(&[])?);
        };
        let options = Options {
            replace: self.existing.replace(),
            mode,
            not: &[],
        };
        Ok(Output::create(path, &options)?)
    }
}

/// The detached header of a file.
#[derive(Args, Clone, Debug)]
pub(crate) struct DetachedHeaderOption {
    /// Use this detached header (see bulla share --header-out)
    #[arg(long = "header", value_name = "PATH")]
    pub(crate) path: Option<PathBuf>,
}

/// How files are rewritten in place.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct InPlaceOptions {
    /// Include all age files in folders; symlinks are not followed
    #[arg(long)]
    pub(crate) recursive: bool,
    /// Show what would be done, without doing it
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// The signing options.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Signing {
    /// Sign, so that readers see it is from you (default with sign = true in the config)
    #[arg(long, overrides_with = "no_sign")]
    sign: bool,
    /// Do not sign, even if the config says sign = true
    #[arg(long, overrides_with = "sign")]
    no_sign: bool,
}

impl Signing {
    /// Returns whether the command line asks for a signature.
    pub(crate) fn is_required(self) -> bool {
        self.sign && !self.no_sign
    }

    /// Returns whether the command line refuses a signature.
    pub(crate) fn is_refused(self) -> bool {
        self.no_sign
    }

    /// Returns whether to sign.
    pub(crate) fn wanted(self, context: &Context) -> Result<bool> {
        Ok(!self.no_sign && (self.sign || context.signs_by_default()?))
    }
}

/// The source of a passphrase that is not typed.
#[derive(Args, Clone, Debug)]
pub(crate) struct PassphraseSource {
    /// Read the passphrase from file descriptor N (first line)
    #[arg(long, value_name = "N", conflicts_with = "passphrase_file")]
    pub(crate) passphrase_fd: Option<u32>,
    /// Read the passphrase from this file (first line; "-": standard input)
    #[arg(long, value_name = "PATH")]
    pub(crate) passphrase_file: Option<PathBuf>,
    /// Ask for passphrases with this program (as SSH_ASKPASS), not on the terminal
    #[arg(long, value_name = "PROGRAM")]
    pub(crate) askpass: Option<OsString>,
}

impl PassphraseSource {
    /// Returns the passphrase, if one was given.
    pub(crate) fn read(&self) -> Result<Option<GivenPassphrase>> {
        first_line(self.passphrase_fd, self.passphrase_file.as_deref())
    }
}

/// The options that say where a new passphrase comes from, for commands that may need an old one
/// too.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct NewPassphraseSource {
    /// Read the new passphrase from file descriptor N (first line)
    #[arg(long, value_name = "N", conflicts_with = "new_passphrase_file")]
    pub(crate) new_passphrase_fd: Option<u32>,
    /// Read the new passphrase from this file (first line)
    #[arg(long, value_name = "PATH")]
    pub(crate) new_passphrase_file: Option<PathBuf>,
}

impl NewPassphraseSource {
    /// Returns the new passphrase, if one was given.
    pub(crate) fn read(&self) -> Result<Option<GivenPassphrase>> {
        first_line(self.new_passphrase_fd, self.new_passphrase_file.as_deref())
    }
}

fn first_line(number: Option<u32>, path: Option<&Path>) -> Result<Option<GivenPassphrase>> {
    let input = match (number, path) {
        (Some(number), _) => Input::descriptor(number)?,
        (None, Some(path)) if is_stdin(path) => Input::stdin()?,
        (None, Some(path)) => Input::open(path)?,
        (None, None) => return Ok(None),
    };
    input.is_for_passphrase();
    Ok(Some(GivenPassphrase::read(input)?))
}

/// The identity of the keyring to act as.
#[derive(Args, Clone, Debug)]
pub(crate) struct ActAs {
    /// Use this identity
    #[arg(long = "as", value_name = "NAME", conflicts_with_all = ["identity", "plugin"])]
    pub(crate) name: Option<String>,
}

impl IdentityOptions {
    /// Returns whether no identity is named, so that those of the keyring are used.
    pub(crate) fn are_of_keyring(&self) -> bool {
        self.given.is_empty()
    }

    /// Options that name no identity.
    pub(crate) fn none() -> Self {
        Self {
            given: GivenIdentities::default(),
            limit: CostLimit {
                max_work_factor: 20,
            },
        }
    }
}

/// The option that limits what a passphrase may cost.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct CostLimit {
    /// Allow passphrases with a work factor up to N (2^N KiB of memory)
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u8).range(1..=30))]
    pub(crate) max_work_factor: u8,
}

/// The options that say what opens the only file of a command, and what that may cost.
#[derive(Args, Clone, Debug)]
pub(crate) struct OpeningOptions {
    #[command(flatten)]
    pub(crate) identity: IdentityOptions,
    #[command(flatten)]
    pub(crate) limits: HeaderOptions,
    #[command(flatten)]
    pub(crate) acting: ActAs,
    #[command(flatten)]
    pub(crate) source: PassphraseSource,
}

/// The options that limit what a header may cost.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct HeaderOptions {
    /// Allow files with up to N recipients
    #[arg(long, value_name = "N", default_value_t = 4096, value_parser = clap::value_parser!(u32).range(1..=65536))]
    max_recipients: u32,
    /// Allow recipients with up to N arguments in the header
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=65536))]
    max_arguments: u32,
}

impl HeaderOptions {
    /// Returns the limits for reading a header.
    pub(crate) fn limits(&self) -> HeaderLimits {
        HeaderLimits {
            stanzas: self.max_recipients as usize,
            arguments: self.max_arguments as usize,
        }
    }
}

/// The identities that decrypt.
#[derive(Args, Clone, Debug)]
pub(crate) struct IdentityOptions {
    #[command(flatten)]
    pub(crate) given: GivenIdentities,
    #[command(flatten)]
    pub(crate) limit: CostLimit,
}
