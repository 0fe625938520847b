//! What a command line of age or rage asks for.

use std::path::PathBuf;

/// Whose manners a run has: its grammar, its questions and its errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manners {
    Age,
    Rage,
}

/// What to do with the input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Decrypt { identities: Vec<IdentityFlag> },
    EncryptToKeys(KeyFlags),
    EncryptWithPassphrase,
}

/// Whom to encrypt to, each in the order in which it was named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct KeyFlags {
    pub(super) recipients: Vec<String>,
    pub(super) recipients_files: Vec<PathBuf>,
    pub(super) identities: Vec<IdentityFlag>,
}

/// An identity that was named, of which the order counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum IdentityFlag {
    /// `-i PATH`
    File(PathBuf),
    /// `-j NAME`
    Plugin(String),
}

/// A whole command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) manners: Manners,
    pub(super) action: Action,
    pub(super) armor: bool,
    /// The most that a passphrase may cost.
    pub(super) max_work_factor: u8,
    /// `None`, like `-`, is standard output. Only the former is protected from binary data, if it
    /// is a terminal.
    pub(super) output: Option<PathBuf>,
    /// `None` is standard input.
    pub(super) input: Option<PathBuf>,
}

impl Request {
    /// Returns the path of the output, unless it is standard output.
    pub(super) fn output_path(&self) -> Option<&PathBuf> {
        self.output.as_ref().filter(|path| path.as_os_str() != "-")
    }
}

/// Returns a path, unless it stands for a standard stream.
pub(super) fn unless_stream(path: Option<PathBuf>) -> Option<PathBuf> {
    path.filter(|path| !path.as_os_str().is_empty() && path.as_os_str() != "-")
}
