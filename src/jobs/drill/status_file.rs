//! A small file for monitoring: when the last file was encrypted here, and when the last drill was,
//! with which key. As JSON, or as the text that Prometheus reads.
//!
//! Each part is written only when what it says is on the disk: the encrypted file, or the receipt.

use std::fmt::Write as _;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::errors::{CommandError, Refusal, Result, usage};
use crate::files;
use crate::files::{Input, Mode, NamedBy, Options, Output, Replace, check_output};
use crate::jobs::drill::made::parse_utc;
use crate::ui::{Ui, escaped_json};
use bulla_age::untrusted::Untrusted;

/// Far more than such a file has.
const LARGEST: u64 = 1 << 20;

/// How often to begin again when other runs write the file at the same time.
const ATTEMPTS: usize = 100;

/// What a line of the Prometheus text begins with that holds the whole status.
const COMMENT: &str = "# bulla-status ";

/// What the file says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Status {
    /// The version of the format.
    #[serde(rename = "bulla-status")]
    version: Version,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) sealed: Option<Sealed>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) drill: Option<Drill>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) proved: Option<Proved>,
    /// What a later version adds.
    #[serde(flatten)]
    rest: serde_json::Map<String, serde_json::Value>,
}

/// The only version there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
struct Version;

impl From<Version> for u32 {
    fn from(_: Version) -> Self {
        1
    }
}

impl TryFrom<u32> for Version {
    type Error = &'static str;

    fn try_from(number: u32) -> Result<Self, Self::Error> {
        (number == 1)
            .then_some(Self)
            .ok_or("another version of the status file")
    }
}

/// The file that was encrypted last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sealed {
    pub(crate) date: String,
    pub(crate) file: String,
    /// The length of the encrypted file; unknown for a folder of files.
    pub(crate) size: Option<u64>,
}

/// The last drill.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Drill {
    pub(crate) date: String,
    pub(crate) key: String,
    pub(crate) fingerprint: Option<String>,
    /// The number of copies that were proved, and that were not.
    pub(crate) proved: usize,
    pub(crate) failed: usize,
    /// SHA-256 of the last receipt of the drill, without its line end.
    pub(crate) receipt: String,
}

/// The copy that was proved last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Proved {
    pub(crate) date: String,
    pub(crate) key: String,
    pub(crate) file: String,
    /// When it was made.
    pub(crate) made: Option<String>,
    pub(crate) receipt: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Json,
    Prometheus,
}

/// A status file, which may not exist yet.
#[derive(Clone, Debug)]
pub(crate) struct StatusFile {
    path: PathBuf,
    form: Form,
}

impl StatusFile {
    /// Looks whether the file can be written, before any work is done.
    ///
    /// # Errors
    /// A name that ends neither in .json nor in .prom; [`Refusal::NotAStatusFile`].
    pub(crate) fn new(path: &Path) -> Result<Self> {
        let form = match path.extension().and_then(|end| end.to_str()) {
            Some("json") => Form::Json,
            Some("prom") => Form::Prometheus,
            _ => {
                let name = Untrusted::from(path);
                let text = format!("The name {name} ends neither in .json nor in .prom");
                return Err(usage(
                    &text,
                    Some("Use --status-file NAME.prom or --status-file NAME.json"),
                ));
            }
        };
        let file = Self {
            path: path.to_owned(),
            form,
        };
        match Input::open_to_replace(path) {
            Ok(input) => {
                file.parse(&input)?;
            }
            Err(files::Error::NotFound { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        let options = Options {
            replace: Replace::Always,
            mode: Mode::Ciphertext,
            not: &[],
        };
        check_output(path, NamedBy::User, &options)?;
        Ok(file)
    }

    /// Changes what the file says, and keeps the rest of it.
    pub(crate) fn update(&self, change: impl Fn(&mut Status), ui: &Ui) -> Result<()> {
        let mut last = None;
        for _ in 0..ATTEMPTS {
            match self.try_update(&change, ui) {
                Err(Attempt::Again(error)) => last = Some(error),
                Err(Attempt::Failed(error)) => return Err(error),
                Ok(()) => return Ok(()),
            }
        }
        last.map_or(Ok(()), |error| Err(error.into()))
    }

    fn try_update(&self, change: &impl Fn(&mut Status), ui: &Ui) -> Result<(), Attempt> {
        let mut input = match Input::open_to_replace(&self.path) {
            Ok(input) => input,
            Err(files::Error::NotFound { .. }) => {
                let options = Options {
                    replace: Replace::Never,
                    mode: Mode::Ciphertext,
                    not: &[],
                };
                let output = Output::create(&self.path, &options)?;
                return self.write(output, Status::default(), change);
            }
            Err(error) => return Err(error.into()),
        };
        input.hold(|name| ui.status(&format_args!("Waiting for {name}")))?;
        let status = self.parse(&input).map_err(Attempt::Failed)?;
        let output = Output::instead_of(&input)?;
        self.write(output, status, change)
    }

    fn write(
        &self,
        mut output: Output,
        mut status: Status,
        change: &impl Fn(&mut Status),
    ) -> Result<(), Attempt> {
        change(&mut status);
        let text = self.render(&status).map_err(Attempt::Failed)?;
        output.put(text.as_bytes())?;
        output.commit()?;
        Ok(())
    }

    fn parse(&self, input: &Input) -> Result<Status> {
        let mut bytes = Vec::new();
        let mut reader = input;
        reader
            .by_ref()
            .take(LARGEST)
            .read_to_end(&mut bytes)
            .map_err(|error| files::Error::io("read", input.name(), error))?;
        let text = std::str::from_utf8(&bytes).unwrap_or_default();
        let json = match self.form {
            Form::Json => Some(text),
            Form::Prometheus => text.lines().find_map(|line| line.strip_prefix(COMMENT)),
        };
        json.and_then(|json| serde_json::from_str(json).ok())
            .ok_or_else(|| Refusal::NotAStatusFile(input.name().clone()).into())
    }

    fn render(&self, status: &Status) -> Result<String> {
        let bytes = escaped_json(status).map_err(|error| CommandError::other(error.to_string()))?;
        let json = String::from_utf8(bytes).map_err(|error| error.utf8_error())?;
        Ok(match self.form {
            Form::Json => json,
            Form::Prometheus => format!("{COMMENT}{json}{}", metrics(status)),
        })
    }
}

/// Formats what can be measured, in the text format of Prometheus.
fn metrics(status: &Status) -> String {
    let mut text = String::new();
    let mut add = |name: &str, help: &str, key: Option<&str>, value: Option<u64>| {
        let Some(value) = value else { return };
        let labels = key.map_or_else(String::new, |key| format!("{{key=\"{}\"}}", label(key)));
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "# HELP {name} {help}\n# TYPE {name} gauge\n{name}{labels} {value}\n"
        );
    };
    if let Some(sealed) = &status.sealed {
        let (time, size) = (parse_utc(&sealed.date), sealed.size);
        let what = "Time of the last encrypted file.";
        add("bulla_sealed_timestamp_seconds", what, None, time);
        let what = "Length of the last encrypted file.";
        add("bulla_sealed_size_bytes", what, None, size);
    }
    if let Some(drill) = &status.drill {
        let key = Some(drill.key.as_str());
        let time = parse_utc(&drill.date);
        let what = "Time of the last drill.";
        add("bulla_drill_timestamp_seconds", what, key, time);
        for (name, what, count) in [
            ("proved", "Copies that it proved.", drill.proved),
            ("failed", "Copies that it did not prove.", drill.failed),
        ] {
            let name = format!("bulla_drill_{name}_files");
            add(&name, what, key, Some(count as u64));
        }
    }
    if let Some(proved) = &status.proved {
        let key = Some(proved.key.as_str());
        let time = parse_utc(&proved.date);
        let what = "Time at which a copy was last proved.";
        add("bulla_proved_timestamp_seconds", what, key, time);
        let made = proved.made.as_deref().and_then(parse_utc);
        let what = "Time at which that copy was made.";
        add("bulla_proved_made_timestamp_seconds", what, key, made);
    }
    text
}

/// Escapes the value of a label. Characters that could control a terminal have no place in it.
fn label(value: &str) -> String {
    let shown = value.replace(bulla_age::untrusted::is_unsafe, "?");
    shown.replace('\\', "\\\\").replace('"', "\\\"")
}

/// Why the file was not changed.
enum Attempt {
    /// Another run was faster.
    Again(files::Error),
    Failed(CommandError),
}

impl From<files::Error> for Attempt {
    fn from(error: files::Error) -> Self {
        match error {
            files::Error::Exists { .. } | files::Error::ChangedWhileRead { .. } => {
                Self::Again(error)
            }
            error => Self::Failed(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn sealed(file: &str) -> Sealed {
        Sealed {
            date: "2026-11-28T14:20:00Z".to_owned(),
            file: file.to_owned(),
            size: Some(1234),
        }
    }

    fn drill(key: &str) -> Drill {
        Drill {
            date: "2026-11-28T15:00:00Z".to_owned(),
            key: key.to_owned(),
            fingerprint: None,
            proved: 3,
            failed: 1,
            receipt: "00".repeat(32),
        }
    }

    #[test]
    fn each_part_is_replaced_and_the_others_stay() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["status.json", "status.prom"] {
            let path = dir.path().join(name);
            let file = StatusFile::new(&path).unwrap();
            let update = |change: &dyn Fn(&mut Status)| file.update(change, &Ui::silent()).unwrap();
            update(&|status| status.sealed = Some(sealed("/a\n\u{9b}\"b")));
            update(&|status| status.drill = Some(drill("rec\"overy")));
            update(&|status| status.sealed = Some(sealed("/b")));
            let text = fs::read_to_string(&path).unwrap();
            assert!(!text.contains('\u{9b}'), "{text}");
            let read = file.parse(&Input::open(&path).unwrap()).unwrap();
            assert_eq!(read.sealed, Some(sealed("/b")));
            assert_eq!(read.drill, Some(drill("rec\"overy")));
            assert_eq!(read.proved, None);
        }
        let text = fs::read_to_string(dir.path().join("status.prom")).unwrap();
        let metrics: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
        assert_eq!(
            metrics,
            [
                "bulla_sealed_timestamp_seconds 1795875600",
                "bulla_sealed_size_bytes 1234",
                "bulla_drill_timestamp_seconds{key=\"rec\\\"overy\"} 1795878000",
                "bulla_drill_proved_files{key=\"rec\\\"overy\"} 3",
                "bulla_drill_failed_files{key=\"rec\\\"overy\"} 1",
            ]
        );
    }

    #[test]
    fn what_a_later_version_adds_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("status.json");
        fs::write(&path, "{\"bulla-status\":1,\"more\":{\"x\":[1]}}").unwrap();
        let file = StatusFile::new(&path).unwrap();
        file.update(|status| status.sealed = Some(sealed("/a")), &Ui::silent())
            .unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains("\"more\":{\"x\":[1]}"), "{text}");
    }

    #[test]
    fn a_file_of_somebody_else_and_an_unknown_ending_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        for (name, text) in [
            ("a.json", "{\"name\":\"package\"}"),
            ("b.json", "{\"bulla-status\":2}"),
            ("c.prom", "other_metric 1\n"),
            ("d.json", ""),
        ] {
            fs::write(at(name), text).unwrap();
            StatusFile::new(&at(name)).unwrap_err();
            assert_eq!(fs::read_to_string(at(name)).unwrap(), text);
        }
        StatusFile::new(&at("status.txt")).unwrap_err();
        StatusFile::new(&at("status")).unwrap_err();
    }

    #[test]
    fn many_runs_at_once_lose_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("status.json");
        let file = StatusFile::new(&path).unwrap();
        std::thread::scope(|scope| {
            for number in 0..8 {
                let file = &file;
                scope.spawn(move || {
                    file.update(
                        |status| {
                            status.rest.insert(number.to_string(), number.into());
                        },
                        &Ui::silent(),
                    )
                    .unwrap();
                });
            }
        });
        let read = file.parse(&Input::open(&path).unwrap()).unwrap();
        assert_eq!(read.rest.len(), 8);
    }
}
