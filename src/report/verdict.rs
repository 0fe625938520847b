//! Yes or no, for scripts: whether every reader is proved, and whether the right person signed.

use crate::errors::Failure;
use crate::keyring::{KeyStatus, Name};
use crate::report::authorship::{Authorship, Coverage, FileSigner};
use crate::report::file_report::FileReport;
use crate::report::people::Person;
use crate::report::readers::ReaderStatus;

impl FileReport {
    /// Checks that every reader is proved and there are no warnings.
    ///
    /// # Errors
    /// [`Failure::Sender`] names what is not proved.
    pub(crate) fn strict(&self) -> Result<(), Failure> {
        let doubtful = match &self.author {
            Authorship::Newer => Some("it was signed by a newer version of bulla".to_owned()),
            Authorship::Unknown => Some("the author's statement is missing".to_owned()),
            Authorship::Signed { by, .. } if by.is_doubtful() => {
                Some(format!("it was signed by {}", by.called()))
            }
            _ => self.changed_by_a_doubtful_key(),
        };
        let proved = self.count(|seen| matches!(seen, ReaderStatus::Proved(_)));
        let all = self.readers.all.len();
        let unproved = (proved < all).then(|| format!("only {proved} of {all} keys are proved"));
        match self.warnings().into_iter().next().or(unproved).or(doubtful) {
            None => Ok(()),
            Some(why) => Err(Failure::Sender(why, None)),
        }
    }

    /// Returns why a change was signed by a doubtful key, if one was.
    fn changed_by_a_doubtful_key(&self) -> Option<String> {
        let mut signers = self
            .changes
            .iter()
            .filter_map(|changed| changed.by.as_ref());
        let by = signers.find(|by| by.is_doubtful())?;
        Some(format!("the readers were changed by {}", by.called()))
    }

    /// Checks that this person signed the file with a current key.
    ///
    /// # Errors
    /// [`Failure::Sender`] names the actual signer.
    pub(crate) fn require_from(&self, name: &Name) -> Result<(), Failure> {
        let no = |instead: String| {
            let hint = "Do not treat it as theirs. To see who sent it: bulla who PATH";
            Err(Failure::Sender(
                format!("it is not from {name}: {instead}"),
                Some(hint.to_owned()),
            ))
        };
        let (by, covers) = match &self.author {
            Authorship::Silent | Authorship::Nobody { .. } => {
                return no("it is not signed".to_owned());
            }
            Authorship::Unknown => return no("the author's statement is missing".to_owned()),
            Authorship::Newer => {
                return no("it was signed by a newer version of bulla".to_owned());
            }
            Authorship::Signed { by, covers, .. } => (by, *covers),
        };
        if !is_of(by, name) {
            return no(format!("it was signed by {}", by.called()));
        }
        if self.for_another_card {
            return no("it was signed for someone else's card that contains your key".to_owned());
        }
        match covers {
            Coverage::Nothing => {
                no("the signature does not cover the contents, which may be newer".to_owned())
            }
            Coverage::Contents | Coverage::OnlyBoth | Coverage::Readers => Ok(()),
        }
    }
}

/// Checks the signer of a file; a file with a passphrase has none.
///
/// # Errors
/// [`Failure::Sender`].
pub(crate) fn require_from(account: Option<&FileReport>, name: &Name) -> Result<(), Failure> {
    match account {
        Some(account) => account.require_from(name),
        None => {
            let why = format!(
                "it is not from {name}: it is encrypted with a passphrase and not \
                signed"
            );
            Err(Failure::Sender(why, None))
        }
    }
}

fn is_of(by: &FileSigner, name: &Name) -> bool {
    let is =
        |somebody: &Person| somebody.standing == KeyStatus::Current && somebody.is_called(name);
    by.known.as_ref().is_some_and(is)
}
