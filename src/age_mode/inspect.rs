//! `age-inspect`: what can be seen of a file without a key, as age tells it.

use std::cell::Cell;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::{self, Read};
use std::path::PathBuf;

use crate::age_mode::go_flags::{self, Flag, Given, Stopped, Takes};
use crate::age_mode::problem::{Problem, why_not_opened};
use crate::age_mode::program::Program;
use crate::age_mode::request::unless_stream;
use crate::age_mode::trouble::{Trouble, quoted};
use crate::command::Command;
use crate::context::Context;
use crate::errors::{CommandError, Result};
use crate::files::Input;
use crate::jobs::decrypt_header::{Positioned, count};
use bulla_age::format::{HeaderError, HeaderLimits, Source, VERSION};
use bulla_age::untrusted::Untrusted;
use bulla_age::{Inspection, LockedFile};

#[derive(Clone, Copy)]
enum Key {
    Version,
    Json,
}

const FLAGS: [Flag<Key>; 2] = [
    Flag {
        names: &["version"],
        key: Key::Version,
        takes: Takes::Nothing,
    },
    Flag {
        names: &["json"],
        key: Key::Json,
        takes: Takes::Nothing,
    },
];

/// What to do for a command line of age-inspect.
pub(super) enum InspectLine {
    Version,
    Work(Inspect),
}

/// Inspects a file.
pub(super) struct Inspect {
    json: bool,
    /// What the input is called, as it was typed.
    name: String,
    input: Option<PathBuf>,
}

/// What is seen, in the fields and the order of age.
#[derive(serde::Serialize)]
struct Seen {
    version: &'static str,
    postquantum: &'static str,
    armor: bool,
    stanza_types: Vec<String>,
    sizes: Sizes,
}

#[derive(serde::Serialize)]
struct Sizes {
    header: u64,
    armor: u64,
    overhead: u64,
    min_payload: u64,
    max_payload: u64,
    min_padding: u64,
    max_padding: u64,
}

/// Reads the arguments after the name of the program.
pub(super) fn parse(args: &[OsString]) -> std::result::Result<InspectLine, Trouble> {
    let line = go_flags::parse(args, &FLAGS).map_err(|stopped| match stopped {
        Stopped::HelpAsked => Trouble::HelpAsked,
        Stopped::Wrong(why) => Trouble::WrongFlags(why),
    })?;
    let (mut version, mut json) = (false, false);
    for (key, given) in line.flags {
        match (key, given) {
            (Key::Version, Given::Switch(on)) => version = on,
            (Key::Json, Given::Switch(on)) => json = on,
            // The grammar gives a switch to those that take nothing.
            _ => {}
        }
    }
    if version {
        return Ok(InspectLine::Version);
    }
    if line.arguments.len() > 1 {
        return Err(Trouble::UsageShown);
    }
    let input = line.arguments.into_iter().next().map(PathBuf::from);
    let named = input.as_deref().filter(|path| !path.as_os_str().is_empty());
    Ok(InspectLine::Work(Inspect {
        json,
        name: named.map_or("<stdin>".to_owned(), |path| {
            Untrusted::from(path).to_string()
        }),
        input: unless_stream(input),
    }))
}

impl Command for Inspect {
    fn uses_keyring(&self) -> bool {
        false
    }

    fn reads_stdin(&self) -> bool {
        self.input.is_none()
    }

    fn run(&self, context: &Context) -> Result<()> {
        let seen = self
            .inspect()
            .map_err(|problem| Program::AgeInspect.told(problem, &context.ui))?;
        let text = if self.json {
            let mut text = Vec::new();
            let indented = serde_json::ser::PrettyFormatter::with_indent(b"    ");
            let mut json = serde_json::Serializer::with_formatter(&mut text, indented);
            serde::Serialize::serialize(&seen, &mut json)
                .map_err(|error| CommandError::other(error.to_string()))?;
            text.push(b'\n');
            text
        } else {
            self.told(&seen).into_bytes()
        };
        Ok(context.ui.results_raw(&text)?)
    }
}

impl Inspect {
    fn inspect(&self) -> std::result::Result<Seen, Problem> {
        let input = match &self.input {
            Some(path) => Input::open(path).map_err(|error| {
                Problem::Said(format!(
                    "failed to open input file {}: open {}: {}",
                    quoted(path),
                    path.display(),
                    why_not_opened(&error)
                ))
            })?,
            None => Input::stdin()?,
        };
        let read = Cell::new(0);
        let counted = Counted {
            inner: Positioned::new(&input),
            read: &read,
        };
        let mut source = Source::new(counted).map_err(no_header)?;
        let limits = HeaderLimits::default();
        let locked = LockedFile::read_within(&limits, &mut source).map_err(no_header)?;
        let armor = source.is_armored();
        let offset = locked.payload_offset();
        let payload = match input.regular_len() {
            Some(len) if !armor => len.saturating_sub(offset),
            _ => count(&mut source).map_err(|error| failed(&error))?,
        };
        let seen = Inspection::new(&locked, Some(payload));
        let (Some(overhead), Some(plaintext)) = (seen.overhead, seen.plaintext) else {
            return Err(failed(
                &"failed to compute stream overhead: the payload has an impossible size",
            ));
        };
        let armor_bytes = if armor {
            read.get().saturating_sub(offset + payload)
        } else {
            0
        };
        Ok(Seen {
            version: VERSION,
            postquantum: match seen.post_quantum() {
                Some(true) => "yes",
                Some(false) => "no",
                None => "unknown",
            },
            armor,
            stanza_types: seen
                .stanzas
                .iter()
                .map(|stanza| stanza.kind.as_raw().to_owned())
                .collect(),
            sizes: Sizes {
                header: seen.header,
                armor: armor_bytes,
                overhead,
                min_payload: plaintext,
                max_payload: plaintext,
                min_padding: 0,
                max_padding: 0,
            },
        })
    }

    fn told(&self, seen: &Seen) -> String {
        let mut text = format!(
            "{} is an age file, version {:?}.\n\n",
            self.name, seen.version
        );
        if seen.armor {
            text.push_str("This file is ASCII-armored.\n\n");
        }
        text.push_str("This file is encrypted to the following recipient types:\n");
        for kind in &seen.stanza_types {
            // Writing to a string does not fail.
            let _ = writeln!(text, "  - {}", Untrusted::new(kind.clone()).quoted());
        }
        text.push_str(match seen.postquantum {
            "yes" => "\nThis file uses post-quantum encryption.\n",
            "no" => "\nThis file does NOT use post-quantum encryption.\n",
            _ => "\nIt is unknown whether this file uses post-quantum encryption.\n",
        });
        text.push_str("\nSize breakdown (assuming it decrypts successfully):\n\n");
        let sizes = &seen.sizes;
        let armor = Some(("Armor overhead", sizes.armor)).filter(|_| seen.armor);
        let rows = [
            Some(("Header", sizes.header)),
            armor,
            Some(("Encryption overhead", sizes.overhead)),
            Some(("Payload", sizes.min_payload)),
        ];
        let mut total = 0;
        for (what, bytes) in rows.into_iter().flatten() {
            total += bytes;
            let _ = writeln!(text, "    {what:<19} {bytes:>12} bytes");
        }
        let _ = writeln!(text, "{:24}{}", "", "-".repeat(19));
        let _ = writeln!(text, "    {:<19} {total:>12} bytes", "Total");
        text.push_str("\nTip: for machine-readable output, use --json.\n");
        text
    }
}

fn failed(why: &dyn std::fmt::Display) -> Problem {
    Problem::Said(format!("inspection failed: {why}"))
}

fn no_header(error: HeaderError) -> Problem {
    let why = match error {
        HeaderError::Empty => "file is empty".to_owned(),
        error => error.to_string(),
    };
    failed(&format_args!(
        "failed to read header: parsing age header: {why}"
    ))
}

/// Counts what is read.
struct Counted<'a, R> {
    inner: R,
    read: &'a Cell<u64>,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(bytes)?;
        self.read.set(self.read.get() + read as u64);
        Ok(read)
    }
}
