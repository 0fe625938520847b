//! What `who` sees of a file, as JSON.

use serde::Serialize;

use crate::report::file_report::FileReport;
use crate::report::json::FileReportJson;
use bulla_age::Inspection;

/// What is seen of a file: from outside only, or opened.
#[derive(Serialize)]
pub(crate) struct SeenJson<'a> {
    file: &'a str,
    opened: bool,
    passphrase: bool,
    /// The types of the keys, if nothing more can be seen.
    types: Option<Vec<String>>,
    has_list: Option<bool>,
    contents_read: bool,
    #[serde(flatten)]
    account: Option<FileReportJson>,
}

impl<'a> SeenJson<'a> {
    fn nothing(file: &'a str) -> Self {
        Self {
            file,
            opened: false,
            passphrase: false,
            types: None,
            has_list: None,
            contents_read: false,
            account: None,
        }
    }

    /// A file that only a passphrase opens.
    pub(crate) fn passphrase(file: &'a str) -> Self {
        Self {
            passphrase: true,
            ..Self::nothing(file)
        }
    }

    /// A file that no key opened.
    pub(crate) fn closed(file: &'a str, outside: &Inspection) -> Self {
        Self {
            types: Some(types(outside)),
            has_list: Some(has_list(outside)),
            ..Self::nothing(file)
        }
    }

    /// A file that was opened.
    pub(crate) fn opened(file: &'a str, account: &FileReport, contents_read: bool) -> Self {
        Self {
            opened: true,
            contents_read,
            account: Some(account.fields()),
            ..Self::nothing(file)
        }
    }
}

/// Returns the types of the recipients' keys.
pub(crate) fn types(outside: &Inspection) -> Vec<String> {
    let recipients = outside.recipients();
    recipients
        .map(|stanza| stanza.kind.as_raw().to_owned())
        .collect()
}

/// Returns whether the file has a reader list.
pub(crate) fn has_list(outside: &Inspection) -> bool {
    outside.stanzas.iter().any(|stanza| stanza.is_about_author)
}
