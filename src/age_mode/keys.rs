//! The keys that a command line of age or rage names, and the files they are read from.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::age_mode::problem::{KeysFileError, Problem, why_not_opened};
use crate::age_mode::program::{Program, Style};
use crate::age_mode::request::{IdentityFlag, KeyFlags};
use crate::age_mode::trouble::{quoted, warn};
use crate::context::Context;
use crate::files;
use crate::files::{FileId, Input};
use crate::identities::unlocked_files;
use bulla_age::format::looks_encrypted;
use bulla_age::key_file::{KeyFileContext, KeyFileIdentity, StoredIn};
use bulla_age::kinds::{SshRecipient, passphrase_work_factor};
use bulla_age::plugin::{PluginHost, PluginIdentities, PluginIdentity};
use bulla_age::untrusted::Untrusted;
use bulla_age::{
    AnyRecipient, Effort, KeyError, ParseError, Prompter, Target, key_file, recipients_file,
};

/// The most bytes of a file of recipients or identities.
const LIMIT: u64 = 16 << 20;

/// Reads the keys of a run.
pub(super) struct KeyReader<'a> {
    program: Program,
    context: &'a Context,
    host: PluginHost,
    max_work_factor: u8,
    stdin_is_taken: bool,
    /// The files that were read, which no output may replace.
    pub(super) files: Vec<(FileId, Untrusted)>,
}

/// Something that opens files, and the file it was read from, if that was encrypted.
pub(super) struct NamedIdentity {
    pub(super) identity: Box<dyn KeyFileIdentity>,
    /// The path as it was typed.
    pub(super) locked_file: Option<String>,
    /// The file with its public key, if only that would tell which files are for it.
    pub(super) missing_public_key: Option<PathBuf>,
}

impl<'a> KeyReader<'a> {
    pub(super) fn new(
        program: Program,
        (ask, max_work_factor): (Arc<dyn Prompter>, u8),
        context: &'a Context,
    ) -> Self {
        let plugins = context.host().plugins;
        Self {
            program,
            context,
            host: PluginHost { plugins, ask },
            max_work_factor,
            stdin_is_taken: false,
            files: Vec::new(),
        }
    }

    /// Reserves standard input for the contents.
    pub(super) fn stdin_is_taken(&mut self) {
        self.stdin_is_taken = true;
    }

    /// Notes a file that no output may replace.
    pub(super) fn note(&mut self, input: &Input) {
        self.files.extend(input.as_kept());
    }

    /// Where plugins are found, and who answers them.
    pub(super) fn host(&self) -> &PluginHost {
        &self.host
    }

    fn read(&mut self, path: &Path) -> Result<(Untrusted, Zeroizing<Vec<u8>>), KeysFileError> {
        let input = if path.as_os_str() == "-" {
            if std::mem::replace(&mut self.stdin_is_taken, true) {
                return Err(KeysFileError::StdinTwice);
            }
            Input::stdin()
        } else {
            Input::open(path)
        };
        let input = input?;
        self.note(&input);
        let bytes = input.read_bounded(LIMIT)?;
        Ok((Untrusted::from(path), bytes))
    }

    /// Reads the identities in the order in which they were named. Nothing is asked yet.
    pub(super) fn identities(
        &mut self,
        flags: &[IdentityFlag],
    ) -> Result<Vec<NamedIdentity>, Problem> {
        let mut found = Vec::new();
        for flag in flags {
            match flag {
                IdentityFlag::Plugin(name) => found.push(NamedIdentity {
                    identity: self.of_plugin(name)?,
                    locked_file: None,
                    missing_public_key: None,
                }),
                IdentityFlag::File(path) => {
                    let read = self.of_file(path);
                    found.extend(read.map_err(|error| self.no_identities(path, error))?);
                }
            }
        }
        Ok(found)
    }

    fn no_identities(&self, path: &Path, error: KeysFileError) -> Problem {
        let on_stdin = path.as_os_str() == "-";
        match (self.program.style(), &error) {
            (Style::Rage, KeysFileError::Keys(KeyError::NoKeys)) if on_stdin => {
                Problem::NoIdentities { on_stdin }
            }
            _ => Problem::IdentitiesFile(path.to_owned(), error),
        }
    }

    fn of_plugin(&self, name: &str) -> Result<Box<dyn KeyFileIdentity>, Problem> {
        let identity = PluginIdentity::without_data(name);
        let identity = identity.map_err(|_| Problem::PluginName(name.to_owned()))?;
        let host = self.host.clone();
        let identities = PluginIdentities::new(name, vec![identity], host);
        Ok(Box::new(identities.for_passphrases_too()))
    }

    fn of_file(&mut self, path: &Path) -> Result<Vec<NamedIdentity>, KeysFileError> {
        let (name, bytes) = self.read(path)?;
        let file = bytes.trim_ascii_start();
        if looks_encrypted(file) && passphrase_work_factor(file).is_none() {
            return Err(KeysFileError::NotPassphrase);
        }
        let bytes = unlocked_files::text_or(bytes);
        let locked_file = key_file::is_encrypted(&bytes).then(|| name.as_raw().to_owned());
        let (public_key, missing_public_key) = self.public_key(path, &bytes)?;
        let origin = KeyFileContext {
            name,
            kept: StoredIn::NamedFile,
            ask: self.host.ask.clone(),
            plugins: self.host.plugins.clone(),
            max_work_factor: self.max_work_factor,
            public_key,
        };
        let identities = key_file::parse(bytes, &origin).map_err(KeysFileError::Keys)?;
        let named = |identity| NamedIdentity {
            identity,
            locked_file: locked_file.clone(),
            missing_public_key: missing_public_key.clone(),
        };
        Ok(identities.into_iter().map(named).collect())
    }

    /// Reads the public key of an SSH key that hides its own from the file beside it, as age does.
    /// Returns the name of that file instead, if it does not exist.
    fn public_key(
        &mut self,
        path: &Path,
        key: &[u8],
    ) -> Result<(Option<SshRecipient>, Option<PathBuf>), KeysFileError> {
        let is_read = self.are_told_as_in_age() && path.as_os_str() != "-";
        if !is_read || !key_file::hides_public_key(key) {
            return Ok((None, None));
        }
        let mut public = path.as_os_str().to_owned();
        public.push(".pub");
        let public = PathBuf::from(public);
        let failed = |why: &dyn std::fmt::Display| {
            let text = format!("failed to parse {}: {why}", quoted(&public));
            KeysFileError::Keys(KeyError::Other(text))
        };
        let bytes = match self.read(&public) {
            Ok((_, bytes)) => bytes,
            Err(KeysFileError::File(error)) if matches!(*error, files::Error::NotFound { .. }) => {
                return Ok((None, Some(public)));
            }
            Err(KeysFileError::File(error)) => return Err(failed(&why_not_opened(&error))),
            Err(error) => return Err(error),
        };
        let (keys, _) = recipients_file::parse(&bytes).map_err(|error| failed(&error))?;
        match keys.into_iter().next() {
            Some(AnyRecipient::Ssh(key)) => Ok((Some(key), None)),
            _ => Err(failed(&"it contains no SSH key")),
        }
    }

    /// Reads whom to encrypt to. Encrypted identity files are unlocked when their targets are
    /// wanted, by [`Readers::targets`].
    pub(super) fn readers(&mut self, flags: &KeyFlags) -> Result<Readers, Problem> {
        let mut targets = Vec::new();
        for text in &flags.recipients {
            let recipient = text.parse();
            let recipient = recipient.map_err(|error| Problem::Recipient(text.clone(), error))?;
            targets.push(Target::Recipient(recipient));
        }
        for path in &flags.recipients_files {
            let failed = |error| Problem::RecipientsFile(path.clone(), error);
            let (_, bytes) = self.read(path).map_err(failed)?;
            let (recipients, skipped) = match recipients_file::parse(&bytes) {
                // To rage, such a file is one of no recipients.
                Err(KeyError::NoKeys) if !self.are_told_as_in_age() => continue,
                parsed => parsed.map_err(|error| failed(KeysFileError::Keys(error)))?,
            };
            for line in skipped {
                self.warn(&format!(
                    "recipients file {}: ignoring unsupported SSH key of type {} at line {}",
                    quoted(path),
                    quoted(unsupported(&line.why)),
                    line.line
                ));
            }
            targets.extend(recipients.into_iter().map(Target::Recipient));
        }
        let identities = self.identities(&flags.identities)?;
        Ok(Readers {
            targets,
            identities,
        })
    }

    /// Warns about what was named more than once, as age does.
    pub(super) fn warn_of_duplicates<'t>(
        &self,
        what: &str,
        named: impl IntoIterator<Item = impl Into<std::borrow::Cow<'t, str>>>,
    ) {
        let (mut seen, mut told) = (HashSet::new(), HashSet::new());
        for text in named {
            let text = text.into();
            if !seen.insert(text.clone()) && told.insert(text.clone()) {
                self.warn(&format!("duplicate {what} {}", quoted(text.as_ref())));
            }
        }
    }

    /// Returns whether age was called, not rage.
    pub(super) fn are_told_as_in_age(&self) -> bool {
        self.program.style() == Style::Age
    }

    pub(super) fn warn(&self, text: &str) {
        warn(self.program, text, &self.context.ui);
    }
}

fn unsupported(why: &ParseError) -> &'static str {
    match why {
        ParseError::SshType(kind) => kind,
        _ => "ssh-rsa",
    }
}

/// Whom to encrypt to.
pub(super) struct Readers {
    targets: Vec<Target>,
    identities: Vec<NamedIdentity>,
}

impl Readers {
    /// Returns the targets. Unlocks encrypted identity files.
    pub(super) fn targets(self) -> Result<Vec<Target>, Problem> {
        let mut targets = self.targets;
        for named in self.identities {
            targets.extend(named.identity.targets().map_err(|error| match error {
                KeyError::Ask(error) => Problem::Unanswered(error),
                error => Problem::Key(error),
            })?);
        }
        Ok(targets)
    }
}

/// Returns whether trying one of these may start a program.
pub(super) fn may_start_programs(identities: &[NamedIdentity]) -> bool {
    identities
        .iter()
        .any(|named| match named.identity.effort() {
            Effort::StartsProgram => true,
            // What is in an encrypted file shows when it is unlocked.
            Effort::Asks => named.locked_file.is_some(),
            Effort::None => false,
        })
}
