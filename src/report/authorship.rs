//! Who encrypted a file, when, and what the signature covers.

use crate::keyring::KeyStatus;
use crate::report::header_source::HeaderSource;
use crate::report::people::{People, Person};
use crate::report::readers::{Reader, ReaderStatus};
use crate::ui::capitalized;
use bulla_age::fingerprint::safety_number;
use bulla_age::sender::{Sender, Statement};

/// What is known about who encrypted the file.
pub(crate) enum Authorship {
    /// The file says nothing.
    Silent,
    /// An unsigned statement of time and readers.
    Nobody { time: u64 },
    /// The record begins with a later change.
    Unknown,
    /// Signed in a way only newer versions know.
    Newer,
    Signed {
        by: Box<FileSigner>,
        time: u64,
        covers: Coverage,
    },
}

/// A signing key, and its owner if known.
#[derive(Clone)]
pub(crate) struct FileSigner {
    pub(crate) key: [u8; 32],
    pub(crate) known: Option<Person>,
    /// Whether the key was revoked, even if its owner is unknown.
    pub(crate) revoked: bool,
}

/// What the signature proves about the contents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coverage {
    /// They are as signed.
    Contents,
    /// They come from the signer or the reader: nobody else has the file key.
    OnlyBoth,
    /// They come from one of the readers.
    Readers,
    /// Nothing.
    Nothing,
}

impl Authorship {
    pub(crate) fn new(
        (sender, header): (Option<&Sender>, HeaderSource),
        readers: &[Reader],
        people: &People,
    ) -> Self {
        let Some(sender) = sender else {
            return Self::Silent;
        };
        if sender.is_newer() {
            return Self::Newer;
        }
        let Some(origin) = sender.origin() else {
            return Self::Unknown;
        };
        match origin.signer {
            None => Self::Nobody { time: origin.time },
            Some(key) => Self::Signed {
                by: Box::new(FileSigner::new(key, people)),
                time: origin.time,
                covers: covers((sender, header), origin, readers),
            },
        }
    }
}

fn covers(
    (sender, header): (&Sender, HeaderSource),
    origin: &Statement,
    readers: &[Reader],
) -> Coverage {
    if origin.content.is_some() {
        return Coverage::Contents;
    }
    if sender.statements().len() > 1 || !sender.is_recorded() {
        return Coverage::Nothing;
    }
    match readers {
        [
            Reader {
                status: ReaderStatus::Proved(own),
                ..
            },
        ] if own.is_own() && own.standing == KeyStatus::Current && header == HeaderSource::File => {
            Coverage::OnlyBoth
        }
        _ => Coverage::Readers,
    }
}

impl FileSigner {
    pub(crate) fn new(key: [u8; 32], people: &People) -> Self {
        let known = people.signer(&key);
        let revoked = known.is_none() && people.is_revoked(&key);
        Self {
            key,
            known,
            revoked,
        }
    }

    /// Returns the full safety number.
    pub(crate) fn number(&self) -> String {
        safety_number(&self.key)
    }

    /// Returns the signer's name for use in a sentence.
    pub(crate) fn called(&self) -> String {
        match &self.known {
            Some(somebody) if somebody.standing == KeyStatus::Current => somebody.called(),
            Some(somebody) => somebody.key(),
            None if self.revoked => format!("a revoked key ({})", self.number()),
            None => format!("an unknown key ({})", self.number()),
        }
    }

    /// Returns the signer's name for the beginning of a sentence.
    pub(crate) fn at_start(&self) -> String {
        match &self.known {
            Some(person) if person.standing == KeyStatus::Current && !person.is_own() => {
                person.called()
            }
            Some(person) if !person.is_own() => person.key(),
            _ => capitalized(&self.called()),
        }
    }

    /// Returns everything known about the signer, for the head of a report.
    fn introduced(&self) -> String {
        let anybody = "anyone who has it could have written this";
        let Some(somebody) = &self.known else {
            return match self.revoked {
                true => format!("a revoked key ({}): {anybody}", self.number()),
                false => format!("unknown key  {}", self.number()),
            };
        };
        match &somebody.standing {
            KeyStatus::Current => {}
            KeyStatus::Former {
                replaced: Some(day),
            } => {
                return format!("{}, replaced on {day}: {anybody}", somebody.key());
            }
            KeyStatus::Former { replaced: None } | KeyStatus::Changed | KeyStatus::Revoked => {
                return format!("{}: {anybody}", somebody.key());
            }
        }
        let mut text = somebody.called();
        if let Some(theirs) = &somebody.calls_themselves {
            text += &format!(" ({})", theirs.quoted());
        }
        if somebody.is_own() {
            return text;
        }
        text += &match &somebody.checked {
            Some(day) => format!("   keys verified {day}"),
            None => format!(
                "   keys not verified: bulla contact verify {}",
                somebody.called()
            ),
        };
        if somebody.is_expired {
            text += ", card expired";
        }
        text
    }

    /// Returns whether the key is revoked, replaced or in question.
    pub(crate) fn is_doubtful(&self) -> bool {
        self.revoked
            || self
                .known
                .as_ref()
                .is_some_and(|known| known.standing != KeyStatus::Current)
    }
}

impl Authorship {
    /// Returns the first rows of a report.
    pub(crate) fn rows(&self) -> Vec<(&'static str, String)> {
        let from = |text: &str| ("From", text.to_owned());
        match self {
            Self::Silent => vec![from("unknown (not signed)")],
            Self::Nobody { time } => {
                vec![
                    from("unknown (not signed)"),
                    ("Date", format!("{} (not verified)", moment(*time))),
                ]
            }
            Self::Unknown => {
                vec![(
                    "Author",
                    "unknown (the record begins with someone else's change)".to_owned(),
                )]
            }
            Self::Newer => {
                vec![(
                    "Author",
                    "unknown (signed by a newer version of bulla)".to_owned(),
                )]
            }
            Self::Signed { by, time, covers } => {
                let covered = match covers {
                    Coverage::Contents => "signature covers the contents".to_owned(),
                    Coverage::OnlyBoth => only_both(by),
                    Coverage::Readers => "any reader could have changed the contents".to_owned(),
                    Coverage::Nothing => "the contents are not signed".to_owned(),
                };
                vec![
                    from(&by.introduced()),
                    ("Signed", format!("{}, {covered}", moment(*time))),
                ]
            }
        }
    }
}

fn only_both(by: &FileSigner) -> String {
    match &by.known {
        Some(known) if known.standing == KeyStatus::Current && known.is_own() => {
            "only you could have written this".to_owned()
        }
        Some(known) if known.standing == KeyStatus::Current => {
            format!("only you and {} could have written this", known.called())
        }
        _ => "only you and the owner of that key could have written this".to_owned(),
    }
}

/// Formats a time in UTC, to the minute.
pub(crate) fn moment(time: u64) -> String {
    match rfc3339(time) {
        Some(text) => format!("{} {} UTC", &text[..10], &text[11..16]),
        None => "at an impossible time".to_owned(),
    }
}

/// Formats the day of a time in UTC.
pub(crate) fn day(time: u64) -> String {
    rfc3339(time).map_or_else(
        || "an invalid date".to_owned(),
        |text| text[..10].to_owned(),
    )
}

/// Formats a time for programs; `None` after the year 9999.
pub(crate) fn rfc3339(time: u64) -> Option<String> {
    const LAST: u64 = 253_402_300_799;
    let since = std::time::Duration::from_secs(time.min(LAST));
    let text = humantime::format_rfc3339_seconds(std::time::UNIX_EPOCH + since).to_string();
    (time <= LAST).then_some(text)
}
