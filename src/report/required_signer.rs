//! `--from`: the signer that a command demands.

use clap::Args;

use crate::context::Context;
use crate::errors::Result;
use crate::keyring::{EntryKind, Name};

/// The signer that a command demands, and what the signature has to prove.
#[derive(Clone, Debug)]
pub(crate) struct RequiredSigner {
    pub(crate) name: Name,
    /// Whether the name is that of the user's own identity, and not of a contact.
    pub(crate) is_own: bool,
    pub(crate) demand: Demand,
}

/// What the signature has to prove.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Demand {
    /// That nobody but the signer (and the user) could have made the contents.
    Contents,
    /// That the signer made the file for its readers, who may have changed the contents.
    Origin,
}

/// The required signer.
#[derive(Args, Clone, Debug)]
pub(crate) struct FromOption {
    /// Fail with exit code 9 unless this contact (or your identity of this name) signed it, and
    /// nobody else could have made the contents
    #[arg(long, value_name = "NAME")]
    from: Option<String>,
    /// Like --from, but accept contents that one of the readers could have changed
    #[arg(long, value_name = "NAME", conflicts_with = "from")]
    from_origin: Option<String>,
}

impl FromOption {
    /// Returns the required signer, who must be in the keyring.
    pub(crate) fn required(&self, context: &Context) -> Result<Option<RequiredSigner>> {
        let (name, demand) = match (&self.from, &self.from_origin) {
            (Some(name), _) => (name, Demand::Contents),
            (None, Some(name)) => (name, Demand::Origin),
            (None, None) => return Ok(None),
        };
        RequiredSigner::new(name, demand, context).map(Some)
    }
}

impl RequiredSigner {
    /// Returns the required signer of this name, who must be in the keyring.
    pub(crate) fn new(name: &str, demand: Demand, context: &Context) -> Result<Self> {
        let name: Name = name.parse()?;
        let keyring = context.keyring()?;
        keyring.refuse_ambiguous(&name)?;
        let is_own = keyring.names(EntryKind::Identity)?.contains(&name);
        if !is_own {
            keyring.contact(&name)?;
        }
        Ok(Self {
            name,
            is_own,
            demand,
        })
    }
}
