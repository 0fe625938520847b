//! A report as JSON.

use serde::Serialize;

use crate::keyring::KeyStatus;
use crate::report::authorship::{Authorship, Coverage, FileSigner, rfc3339};
use crate::report::changes::ReaderChange;
use crate::report::file_report::{FileReport, Line};
use crate::report::header_source::HeaderSource;
use crate::report::people::Person;
use crate::report::readers::Reader;
use bulla_age::signing;
use bulla_age::untrusted::Untrusted;

/// The JSON of an opened file.
#[derive(Serialize)]
pub(crate) struct FileReportJson {
    sender: SenderFields,
    /// Who passed the file on, if the author did not list the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    passed_on: Option<String>,
    changes: Vec<ChangeFields>,
    /// Whether the list matches the keys; null if there is no list.
    recorded: Option<bool>,
    keys: Vec<KeyFields>,
    proved: usize,
    /// Whether all readers are proved and the header is the file's own.
    nobody_else: bool,
    warnings: Vec<String>,
}

#[derive(Serialize)]
struct SenderFields {
    /// signed, unsigned, unknown, newer, none
    state: &'static str,
    #[serde(flatten)]
    by: Option<SignerFields>,
    time: Option<String>,
    /// contents, only-both, readers, nothing
    covers: Option<&'static str>,
}

#[derive(Serialize)]
struct SignerFields {
    key: String,
    number: String,
    name: Option<String>,
    own: bool,
    says: Option<String>,
    checked: Option<String>,
    standing: Option<&'static str>,
}

#[derive(Serialize)]
struct ChangeFields {
    by: Option<SignerFields>,
    time: Option<String>,
    added: Vec<String>,
    dropped: Vec<String>,
}

#[derive(Serialize)]
struct KeyFields {
    r#type: String,
    class: &'static str,
    name: Option<String>,
    own: bool,
    checked: bool,
    standing: Option<&'static str>,
}

impl FileReport {
    /// Returns the report as JSON; see [`lines`](Self::lines).
    pub(crate) fn fields(&self) -> FileReportJson {
        let keys: Vec<KeyFields> = self.readers.all.iter().map(KeyFields::of).collect();
        let proved = keys.iter().filter(|key| key.class == "proved").count();
        let warnings = self.lines().into_iter().filter_map(|line| match line {
            Line::Warning(text) => Some(text),
            Line::Row(..) => None,
        });
        FileReportJson {
            sender: SenderFields::of(&self.author),
            passed_on: self
                .passed_on
                .as_ref()
                .map(|passed_on| passed_on.text().to_owned()),
            changes: self.changes.iter().map(ChangeFields::of).collect(),
            recorded: self.recorded,
            proved,
            nobody_else: proved == keys.len() && self.header == HeaderSource::File,
            keys,
            warnings: warnings.collect(),
        }
    }
}

impl SenderFields {
    fn of(author: &Authorship) -> Self {
        let state = |state| Self {
            state,
            by: None,
            time: None,
            covers: None,
        };
        match author {
            Authorship::Silent => state("none"),
            Authorship::Unknown => state("unknown"),
            Authorship::Newer => state("newer"),
            Authorship::Nobody { time } => Self {
                time: rfc3339(*time),
                ..state("unsigned")
            },
            Authorship::Signed { by, time, covers } => Self {
                by: Some(SignerFields::of(by)),
                time: rfc3339(*time),
                covers: Some(match covers {
                    Coverage::Contents => "contents",
                    Coverage::OnlyBoth => "only-both",
                    Coverage::Readers => "readers",
                    Coverage::Nothing => "nothing",
                }),
                ..state("signed")
            },
        }
    }
}

impl SignerFields {
    fn of(by: &FileSigner) -> Self {
        let known = by.known.as_ref();
        let text = |of: Option<&Untrusted>| of.map(|text| text.as_raw().to_owned());
        Self {
            key: signing::text(&by.key),
            number: by.number(),
            name: known.and_then(Person::name).map(ToString::to_string),
            own: known.is_some_and(Person::is_own),
            says: text(known.and_then(|known| known.calls_themselves.as_ref())),
            checked: text(known.and_then(|known| known.checked.as_ref())),
            standing: known.map(standing).or(by.revoked.then_some("revoked")),
        }
    }
}

impl ChangeFields {
    fn of(changed: &ReaderChange) -> Self {
        Self {
            by: changed.by.as_ref().map(SignerFields::of),
            time: rfc3339(changed.time),
            added: changed.added.clone(),
            dropped: changed.dropped.clone(),
        }
    }
}

impl KeyFields {
    fn of(place: &Reader) -> Self {
        let whose = place.status.whose();
        Self {
            r#type: place.kind.as_raw().to_owned(),
            class: place.status.class(),
            name: whose.and_then(Person::name).map(ToString::to_string),
            own: whose.is_some_and(Person::is_own),
            checked: whose.is_some_and(|whose| whose.is_checked),
            standing: whose.map(standing),
        }
    }
}

fn standing(somebody: &Person) -> &'static str {
    match somebody.standing {
        KeyStatus::Current => "current",
        KeyStatus::Former { .. } => "former",
        KeyStatus::Changed => "changed",
        KeyStatus::Revoked => "revoked",
    }
}
