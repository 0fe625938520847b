//! Who encrypted a file, when, and what the signature covers.

use crate::keyring::KeyStatus;
use crate::report::header_source::HeaderSource;
use crate::report::people::{People, Person};
use crate::report::readers::{Reader, ReaderStatus};
use crate::ui::capitalized;
use bulla_age::fingerprint::safety_number;
use bulla_age::sender::{Sender, Statement};
use bulla_age::signing::{Algorithm, SigningKey};

/// What is known about who encrypted the file.
pub(crate) enum Authorship {
    /// The file says nothing.
    Silent,
    /// An unsigned statement of time and readers.
    Nobody { time: u64 },
    /// The record begins with a later change.
    Unknown,
    /// Only a newer version understands the record.
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
    pub(crate) key: SigningKey,
    pub(crate) algorithm: Algorithm,
    pub(crate) known: Option<Person>,
    /// Whether the key was revoked, even if its owner is unknown.
    pub(crate) revoked: bool,
}

/// What the signature proves about the contents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Coverage {
    /// They are as signed.
    Contents,
    /// They come from the signer or the user: all keys are proved to be theirs.
    OnlyBoth,
    /// They come from the signer or the user: besides the signer's there is one key. It opened the
    /// file, but cannot be proved.
    OneReader,
    /// They come from one of the readers, and this is somebody other than the signer and the user.
    Readers(OtherWriter),
    /// Nothing.
    Nothing,
}

/// Somebody other than the signer and the user who could have made the contents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum OtherWriter {
    /// Anyone who has this key, which is not in use any more: `your former key`.
    Holder(String),
    /// Anyone who has the key that opened the file, because the keyring does not know it.
    Opener,
    /// Readers of the file's own header, of which only a detached one was read.
    OwnHeader,
    /// Another reader.
    Reader,
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
        match FileSigner::from_statement(origin, people) {
            None => Self::Nobody { time: origin.time },
            Some(by) => Self::Signed {
                covers: covers((sender, header), origin, &by, readers),
                by: Box::new(by),
                time: origin.time,
            },
        }
    }
}

fn covers(
    (sender, header): (&Sender, HeaderSource),
    origin: &Statement,
    by: &FileSigner,
    readers: &[Reader],
) -> Coverage {
    if origin.content.is_some() {
        return Coverage::Contents;
    }
    if sender.statements().len() > 1 || !sender.is_recorded() {
        return Coverage::Nothing;
    }
    if header == HeaderSource::Detached {
        return Coverage::Readers(OtherWriter::OwnHeader);
    }
    let is_signers = |status: &ReaderStatus| match status {
        ReaderStatus::Proved(person) => by.has_in_use(person),
        _ => false,
    };
    let others: Vec<&ReaderStatus> = readers
        .iter()
        .map(|reader| &reader.status)
        .filter(|status| !is_signers(status))
        .collect();
    match others.as_slice() {
        // The signer made one key for one reader, and that key opens the file.
        [ReaderStatus::Opened(own)] if own.is_own_in_use() => Coverage::OneReader,
        others => others
            .iter()
            .find_map(|status| other_writer(status))
            .map_or(Coverage::OnlyBoth, Coverage::Readers),
    }
}

/// Returns who other than the user could have made the contents, because of this reader.
fn other_writer(status: &ReaderStatus) -> Option<OtherWriter> {
    match status {
        ReaderStatus::Proved(own) if own.is_own_in_use() => None,
        ReaderStatus::Proved(own) | ReaderStatus::Opened(own) if own.is_own() => {
            Some(match own.standing {
                KeyStatus::Current if own.name().is_none() => OtherWriter::Opener,
                KeyStatus::Current => OtherWriter::Reader,
                _ => OtherWriter::Holder(own.key()),
            })
        }
        ReaderStatus::Proved(other) if other.standing != KeyStatus::Current => {
            Some(OtherWriter::Holder(other.key()))
        }
        _ => Some(OtherWriter::Reader),
    }
}

impl OtherWriter {
    /// Returns who it is, for a sentence.
    pub(crate) fn called(&self) -> String {
        match self {
            Self::Holder(key) => format!("anyone with {key}"),
            Self::Opener => "anyone with the key that opens it".to_owned(),
            Self::OwnHeader | Self::Reader => "any reader".to_owned(),
        }
    }
}

impl FileSigner {
    /// Returns the signer of a statement; `None` if it is not signed.
    pub(crate) fn from_statement(statement: &Statement, people: &People) -> Option<Self> {
        let (key, algorithm) = statement.signer.zip(statement.algorithm)?;
        let known = people.signer(&key);
        let revoked = known.is_none() && people.is_revoked(&key);
        Some(Self {
            key,
            algorithm,
            known,
            revoked,
        })
    }

    /// Returns whether a reader's key is one that the signer uses now. Somebody else may have
    /// a key that was replaced.
    fn has_in_use(&self, reader: &Person) -> bool {
        let is = |signer: &Person| signer.is_same(reader) && !reader.is_own();
        reader.standing == KeyStatus::Current && self.known.as_ref().is_some_and(is)
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
            return if self.revoked {
                format!("a revoked key ({}): {anybody}", self.number())
            } else {
                format!("unknown key  {}", self.number())
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
        // The name on a card may imitate our own words, so it comes after them.
        if let Some(theirs) = &somebody.calls_themselves {
            text += &format!("   (name on card: {})", theirs.quoted());
        }
        text
    }

    /// Returns the signer and whether to trust the name, for a line with other things in it.
    fn in_brief(&self) -> String {
        let current = |known: &&Person| known.standing == KeyStatus::Current;
        let Some(somebody) = self.known.as_ref().filter(current) else {
            return if self.known.is_some() || self.revoked {
                self.introduced()
            } else {
                self.called()
            };
        };
        if somebody.is_own() {
            return somebody.called();
        }
        let verified = match &somebody.checked {
            Some(_) => "keys verified",
            None => "keys not verified",
        };
        let expired = if somebody.is_expired {
            ", card expired"
        } else {
            ""
        };
        format!("{} ({verified}{expired})", somebody.called())
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
                    "unknown (the first recorded change is by someone else)".to_owned(),
                )]
            }
            Self::Newer => {
                vec![(
                    "Author",
                    "unknown (made by a newer version of bulla)".to_owned(),
                )]
            }
            Self::Signed { by, time, covers } => {
                let covered = match covers {
                    Coverage::Contents => "signature covers the contents".to_owned(),
                    Coverage::OnlyBoth => only_both(by),
                    Coverage::OneReader => {
                        format!(
                            "{} could have changed the contents",
                            OtherWriter::Reader.called()
                        )
                    }
                    Coverage::Readers(other) => {
                        format!("{} could have changed the contents", other.called())
                    }
                    Coverage::Nothing => "the contents are not signed".to_owned(),
                };
                vec![
                    from(&by.introduced()),
                    ("Signed", format!("{}, {covered}", moment(*time))),
                ]
            }
        }
    }

    /// Returns who encrypted the file, in one line that can follow what was done with it. Without
    /// the time, files of one sender have the same line.
    pub(crate) fn in_brief(&self, with_time: bool) -> String {
        match self {
            Self::Silent | Self::Nobody { .. } => "not signed".to_owned(),
            Self::Unknown => {
                "author unknown (the first recorded change is by someone else)".to_owned()
            }
            Self::Newer => "author unknown (made by a newer version of bulla)".to_owned(),
            Self::Signed { by, time, covers } => {
                let mut text = format!("from {}", by.in_brief());
                if with_time {
                    text += &format!(", signed {}", moment(*time));
                }
                match covers {
                    Coverage::Contents | Coverage::OnlyBoth => text,
                    Coverage::OneReader => {
                        let reader = OtherWriter::Reader.called();
                        format!("{text}; {reader} could have changed the contents")
                    }
                    Coverage::Readers(other) => {
                        format!("{text}; {} could have changed the contents", other.called())
                    }
                    Coverage::Nothing => format!("{text}; the contents are not signed"),
                }
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
        // Several people may have a key that was lost or stolen.
        _ if by.is_doubtful() => {
            "only you and those who have that key could have written this".to_owned()
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
