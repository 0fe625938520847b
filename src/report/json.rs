//! A report as JSON.

use serde::Serialize;

use crate::context::Context;
use crate::errors::Result;
use crate::keyring::{EntryKind, KeyStatus, Name};
use crate::report::authorship::{Authorship, Coverage, FileSigner, rfc3339};
use crate::report::changes::ReaderChange;
use crate::report::file_report::FileReport;
use crate::report::header_source::HeaderSource;
use crate::report::people::Person;
use crate::report::readers::Reader;
use crate::ui::Warning;
use bulla_age::signing::Algorithm;
use bulla_age::untrusted::Untrusted;

/// A text that other output would be.
#[derive(Serialize)]
pub(crate) struct Text {
    pub(crate) text: String,
}

/// An entry of the keyring that got another name or was removed.
#[derive(Serialize)]
struct EntryFields<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    contact: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    identity: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    old_name: Option<&'a str>,
    /// The groups that were changed with it.
    groups: Vec<&'a str>,
}

impl<'a> EntryFields<'a> {
    fn new(kind: EntryKind, name: &'a Name, groups: &'a [Name]) -> Self {
        let named = |wanted| (kind == wanted).then_some(name.as_str());
        Self {
            contact: named(EntryKind::Contact),
            group: named(EntryKind::Group),
            identity: named(EntryKind::Identity),
            old_name: None,
            groups: groups.iter().map(Name::as_str).collect(),
        }
    }
}

/// Prints that an entry has another name, if results are JSON.
pub(crate) fn print_renamed(
    kind: EntryKind,
    (old, new): (&Name, &Name),
    groups: &[Name],
    context: &Context,
) -> Result<()> {
    if !context.ui.is_json() {
        return Ok(());
    }
    Ok(context.ui.json(&EntryFields {
        old_name: Some(old.as_str()),
        ..EntryFields::new(kind, new, groups)
    })?)
}

/// Prints that an entry was removed, if results are JSON.
pub(crate) fn print_removed(
    kind: EntryKind,
    name: &Name,
    groups: &[Name],
    context: &Context,
) -> Result<()> {
    if !context.ui.is_json() {
        return Ok(());
    }
    Ok(context.ui.json(&EntryFields::new(kind, name, groups))?)
}

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
    /// Whether all readers are proved, the header is the file's own, and nothing in it is unknown.
    nobody_else: bool,
    warnings: Vec<Warning>,
}

#[derive(Serialize)]
struct SenderFields {
    /// signed, unsigned, unknown, newer, none
    state: &'static str,
    #[serde(flatten)]
    by: Option<SignerFields>,
    time: Option<String>,
    /// contents, only-both, one-reader, readers, nothing
    covers: Option<&'static str>,
}

#[derive(Serialize)]
struct SignerFields {
    signing_key: String,
    algorithm: &'static str,
    safety_number: String,
    name: Option<String>,
    own: bool,
    /// The name on their card.
    card_name: Option<String>,
    verified: Option<String>,
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
    is_verified: bool,
    standing: Option<&'static str>,
}

impl FileReport {
    /// Returns the report as JSON; see [`lines`](Self::lines).
    pub(crate) fn fields(&self) -> FileReportJson {
        let keys: Vec<KeyFields> = self.readers.all.iter().map(KeyFields::of).collect();
        let proved = keys.iter().filter(|key| key.class == "proved").count();
        FileReportJson {
            sender: SenderFields::of(&self.author),
            passed_on: self
                .passed_on
                .as_ref()
                .map(|passed_on| passed_on.text().to_owned()),
            changes: self.changes.iter().map(ChangeFields::of).collect(),
            recorded: self.recorded,
            proved,
            nobody_else: proved == keys.len()
                && !matches!(self.author, Authorship::Newer)
                && self.header == HeaderSource::File,
            keys,
            warnings: self.warnings(),
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
                    Coverage::OneReader => "one-reader",
                    Coverage::Readers(_) => "readers",
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
            signing_key: by.key.to_string(),
            algorithm: match by.algorithm {
                Algorithm::Ed25519 => "ed25519",
                Algorithm::Ed25519MlDsa65 => "ed25519+mldsa65",
            },
            safety_number: by.number(),
            name: known.and_then(Person::name).map(ToString::to_string),
            own: known.is_some_and(Person::is_own),
            card_name: text(known.and_then(|known| known.calls_themselves.as_ref())),
            verified: text(known.and_then(|known| known.checked.as_ref())),
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
            is_verified: whose.is_some_and(|whose| whose.is_checked),
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
