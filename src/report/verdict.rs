//! Yes or no, for scripts: whether every reader is proved, and whether the right person signed.

use crate::errors::Failure;
use crate::keyring::{KeyStatus, Name};
use crate::report::authorship::{Authorship, Coverage, FileSigner};
use crate::report::file_report::FileReport;
use crate::report::people::Person;
use crate::report::readers::ReaderStatus;
use crate::report::required_signer::{Demand, RequiredSigner};

impl FileReport {
    /// Checks that every reader is proved and there are no warnings.
    ///
    /// # Errors
    /// [`Failure::Sender`] names what is not proved.
    pub(crate) fn strict(&self) -> Result<(), Failure> {
        let doubtful = match &self.author {
            Authorship::Newer => Some("it was made by a newer version of bulla".to_owned()),
            Authorship::Unknown => Some("the author's statement is missing".to_owned()),
            Authorship::Signed { by, .. } if by.is_doubtful() => {
                Some(format!("it was signed by {}", by.called()))
            }
            _ => self.changed_by_a_doubtful_key(),
        };
        let proved = self.count(|seen| matches!(seen, ReaderStatus::Proved(_)));
        let all = self.readers.all.len();
        let unproved = (proved < all).then(|| format!("only {proved} of {all} keys are proved"));
        let reasons = [
            self.warnings()
                .into_iter()
                .next()
                .map(|warning| warning.message),
            unproved,
            doubtful,
            self.read_by_a_replaced_key(),
        ];
        match reasons.into_iter().flatten().next() {
            None => Ok(()),
            Some(why) => Err(Failure::Sender(why, None)),
        }
    }

    /// Returns a contact whose key was replaced, perhaps because it was lost. Files from before the
    /// user's own keys were replaced are still the user's.
    fn read_by_a_replaced_key(&self) -> Option<String> {
        let mut readers = self
            .readers
            .all
            .iter()
            .filter_map(|reader| reader.status.whose());
        let replaced =
            readers.find(|reader| !reader.is_own() && reader.standing != KeyStatus::Current)?;
        Some(format!("anyone with {} can read it", replaced.key()))
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

    /// Checks that this person signed the file with a current key, and that the signature proves
    /// what is demanded. `see_sender` ends the hint how to see who signed it.
    ///
    /// # Errors
    /// [`Failure::Sender`] names the actual signer, or who else could have made the contents.
    pub(crate) fn require_from(
        &self,
        required: &RequiredSigner,
        see_sender: &str,
    ) -> Result<(), Failure> {
        let RequiredSigner {
            name,
            is_own,
            demand,
        } = required;
        let no = |instead: String| {
            Err(Failure::Sender(
                format!("it is not from {name}: {instead}"),
                Some(format!(
                    "Do not treat it as theirs. To see who sent it{see_sender}"
                )),
            ))
        };
        let (by, covers) = match &self.author {
            Authorship::Silent | Authorship::Nobody { .. } => {
                return no("it is not signed".to_owned());
            }
            Authorship::Unknown => return no("the author's statement is missing".to_owned()),
            Authorship::Newer => {
                return no("it was made by a newer version of bulla".to_owned());
            }
            Authorship::Signed { by, covers, .. } => (by, covers),
        };
        if !is_of(by, name, *is_own) {
            return no(format!("it was signed by {}", by.called()));
        }
        if self.for_another_card {
            return no("it was signed for someone else's card that contains your key".to_owned());
        }
        match covers {
            Coverage::Nothing => {
                let why = "the signature does not cover the contents, so they may have been \
                           replaced";
                no(why.to_owned())
            }
            Coverage::Readers(other) if *demand == Demand::Contents => {
                let other = other.called();
                let text = format!(
                    "{name} signed it, but not its contents, so {other} could have changed them"
                );
                let hint =
                    format!("If it is enough that {name} made the file: --from-origin {name}");
                Err(Failure::Sender(text, Some(hint)))
            }
            Coverage::Contents
            | Coverage::OnlyBoth
            | Coverage::OneReader
            | Coverage::Readers(_) => Ok(()),
        }
    }
}

/// Checks the signer of a file; a file with a passphrase has none.
///
/// # Errors
/// [`Failure::Sender`].
pub(crate) fn require_from(
    account: Option<&FileReport>,
    required: &RequiredSigner,
) -> Result<(), Failure> {
    require_message_from(account, required, SEE_SENDER)
}

/// The end of the hint how to see who signed a file.
pub(crate) const SEE_SENDER: &str = ": bulla who {file}";

/// Checks the signer of a message, which may not be a file. `see_sender` ends the hint how to see
/// who signed it.
///
/// # Errors
/// [`Failure::Sender`].
pub(crate) fn require_message_from(
    account: Option<&FileReport>,
    required: &RequiredSigner,
    see_sender: &str,
) -> Result<(), Failure> {
    match account {
        Some(account) => account.require_from(required, see_sender),
        None => {
            let why = format!(
                "it is not from {}: it is encrypted with a passphrase and not signed",
                required.name
            );
            Err(Failure::Sender(why, None))
        }
    }
}

/// A contact may have the name of an identity after a merge of two keyrings.
fn is_of(by: &FileSigner, name: &Name, is_own: bool) -> bool {
    let is = |somebody: &Person| {
        somebody.standing == KeyStatus::Current
            && somebody.is_own() == is_own
            && somebody.is_called(name)
    };
    by.known.as_ref().is_some_and(is)
}
