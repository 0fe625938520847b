//! Options that several commands share, each with one meaning.

use std::path::PathBuf;

use clap::Args;
use zeroize::Zeroizing;

use crate::context::{Context, Preferences};
use crate::errors::Result;
use crate::files::Input;
use crate::keyring::{EntryKind, Name};

/// The output options.
#[derive(Args, Clone, Debug)]
pub(crate) struct OutputOptions {
    /// Output file, or an existing folder ("-": standard output)
    #[arg(short, long, value_name = "PATH")]
    pub(crate) output: Option<PathBuf>,
    /// Overwrite existing files
    #[arg(short, long)]
    pub(crate) force: bool,
}

/// The signing options.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Signing {
    /// Sign, so that readers see it is from you (default with sign = true in the config)
    #[arg(long, conflicts_with = "passphrase", overrides_with = "no_sign")]
    sign: bool,
    /// Do not sign, even if the config says sign = true
    #[arg(long, overrides_with = "sign")]
    no_sign: bool,
}

impl Signing {
    /// Returns whether to sign.
    pub(crate) fn wanted(self, preferred: Preferences) -> bool {
        (self.sign || preferred.sign) && !self.no_sign
    }
}

/// The source of a passphrase that is not typed.
#[derive(Args, Clone, Debug)]
pub(crate) struct PassphraseSource {
    /// Read the passphrase from file descriptor N (first line)
    #[arg(long, value_name = "N", conflicts_with = "passphrase_file")]
    pub(crate) passphrase_fd: Option<u32>,
    /// Read the passphrase from this file (first line)
    #[arg(long, value_name = "PATH")]
    pub(crate) passphrase_file: Option<PathBuf>,
}

impl PassphraseSource {
    /// Returns the passphrase, if one was given.
    pub(crate) fn read(&self) -> Result<Option<Zeroizing<String>>> {
        let input = match (self.passphrase_fd, &self.passphrase_file) {
            (Some(number), _) => Input::descriptor(number)?,
            (None, Some(path)) => Input::open(path)?,
            (None, None) => return Ok(None),
        };
        Ok(Some(input.first_line()?))
    }
}

/// The identity of the keyring to act as.
#[derive(Args, Clone, Debug)]
pub(crate) struct ActAs {
    /// Use this identity
    #[arg(long = "as", value_name = "NAME", conflicts_with_all = ["identity", "plugin"])]
    pub(crate) name: Option<String>,
}

impl IdentityOptions {
    /// Options that name no identity.
    pub(crate) fn none() -> Self {
        Self {
            identity: Vec::new(),
            plugin: Vec::new(),
            limit: CostLimit {
                max_work_factor: 20,
            },
        }
    }
}

/// The required signer.
#[derive(Args, Clone, Debug)]
pub(crate) struct FromOption {
    /// Fail with exit code 9 unless this contact (or your identity of this name) signed it
    #[arg(long, value_name = "NAME")]
    from: Option<String>,
}

impl FromOption {
    /// Returns the required signer, who must be in the keyring.
    pub(crate) fn name(&self, context: &Context) -> Result<Option<Name>> {
        let Some(name) = &self.from else {
            return Ok(None);
        };
        let name: Name = name.parse()?;
        let keyring = context.keyring()?;
        if keyring.kind_of(&name)? != Some(EntryKind::Identity) {
            keyring.contact(&name)?;
        }
        Ok(Some(name))
    }
}

/// The option that limits what a passphrase may cost.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct CostLimit {
    /// Allow passphrases with a work factor up to N (2^N KiB of memory)
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u8).range(1..=30))]
    pub(crate) max_work_factor: u8,
}

/// The identities that decrypt.
#[derive(Args, Clone, Debug)]
pub(crate) struct IdentityOptions {
    /// Use this identity file: age keys, an encrypted age key file or an OpenSSH key ("-": standard
    /// input)
    #[arg(short, long, value_name = "PATH")]
    pub(crate) identity: Vec<PathBuf>,
    /// Use this age plugin's default identity (repeatable)
    #[arg(short = 'j', long, value_name = "NAME")]
    pub(crate) plugin: Vec<String>,
    #[command(flatten)]
    pub(crate) limit: CostLimit,
}
