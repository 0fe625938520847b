//! Yes or no, for scripts: whether everything is proved, and whether it is by whom it should be.

use crate::errors::Failure;
use crate::keyring::{KeyStatus, Name};
use crate::report::authorship::{Authorship, Coverage, FileSigner};
use crate::report::file_report::FileReport;
use crate::report::people::Person;
use crate::report::readers::ReaderStatus;

impl FileReport {
    /// That every key is proved, and that there is nothing to be warned of.
    ///
    /// # Errors
    /// [`Failure::Sender`] says what is not so.
    pub(crate) fn strict(&self) -> Result<(), Failure> {
        let doubtful = match &self.author {
            Authorship::Newer => {
                Some("it was signed in a way that this version does not know".to_owned())
            }
            Authorship::Unknown => Some("its author's statement is missing".to_owned()),
            Authorship::Signed { by, .. } if by.is_doubtful() => {
                Some(format!("it was signed by {}", by.called()))
            }
            _ => self.changed_by_a_doubtful_key(),
        };
        let proved = self.count(|seen| matches!(seen, ReaderStatus::Proved(_)));
        let all = self.readers.all.len();
        let unproved = (proved < all).then(|| format!("{proved} of {all} keys are proved"));
        match self.warnings().into_iter().next().or(unproved).or(doubtful) {
            None => Ok(()),
            Some(why) => Err(Failure::Sender(why, None)),
        }
    }

    /// That a change was signed by a key that is not, or not surely, somebody's now.
    fn changed_by_a_doubtful_key(&self) -> Option<String> {
        let mut signers = self
            .changes
            .iter()
            .filter_map(|changed| changed.by.as_ref());
        let by = signers.find(|by| by.is_doubtful())?;
        Some(format!("who can open it was changed by {}", by.called()))
    }

    /// That this person signed it, by the key that is theirs now, and is not denied the contents.
    ///
    /// # Errors
    /// [`Failure::Sender`] says by whom it is instead.
    pub(crate) fn require_from(&self, name: &Name) -> Result<(), Failure> {
        let no = |instead: String| {
            let hint = "do not take it for theirs; see who closed it with: bulla who PATH";
            Err(Failure::Sender(
                format!("it is not from {name}: {instead}"),
                Some(hint.to_owned()),
            ))
        };
        let (by, covers) = match &self.author {
            Authorship::Silent | Authorship::Nobody { .. } => {
                return no("nobody signed it".to_owned());
            }
            Authorship::Unknown => return no("its author's statement is missing".to_owned()),
            Authorship::Newer => {
                return no("it was signed in a way that this version does not know".to_owned());
            }
            Authorship::Signed { by, covers, .. } => (by, *covers),
        };
        if !is_of(by, name) {
            return no(format!("it was signed by {}", by.called()));
        }
        if self.for_another_card {
            return no("it was signed to somebody else's card that carries your key".to_owned());
        }
        match covers {
            Coverage::Nothing => {
                no("the signature covers no contents, and may be older than they".to_owned())
            }
            Coverage::Contents | Coverage::OnlyBoth | Coverage::Readers => Ok(()),
        }
    }
}

/// The same of a file that may have nothing to say of who closed it, because a passphrase opens it.
///
/// # Errors
/// [`Failure::Sender`].
pub(crate) fn require_from(account: Option<&FileReport>, name: &Name) -> Result<(), Failure> {
    match account {
        Some(account) => account.require_from(name),
        None => {
            let why = format!("it is not from {name}: a passphrase opens it, and nobody signed it");
            Err(Failure::Sender(why, None))
        }
    }
}

fn is_of(by: &FileSigner, name: &Name) -> bool {
    let is =
        |somebody: &Person| somebody.standing == KeyStatus::Current && somebody.is_called(name);
    by.known.as_ref().is_some_and(is)
}
