//! The lines of `--json` (docs/json.md): one object per line, safe to show on a terminal.
//!
//! JSON allows 8-bit control characters and characters that reorder or hide text in strings. They
//! are escaped here, which does not change the meaning of the JSON.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::Formatter;

use bulla_age::untrusted::is_unsafe;

/// The version of the schema. A field that disappears or changes its meaning raises it.
const SCHEMA: u32 = 1;

/// What a line is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Status {
    /// What a command did or found.
    Ok,
    /// Something to know that stopped nothing.
    Warning,
    /// Why an input, or the command, failed.
    Failed,
}

/// The fields of every line, and its own.
#[derive(Serialize)]
struct Envelope<'a, T> {
    schema: u32,
    command: Option<&'a str>,
    status: Status,
    #[serde(flatten)]
    fields: &'a T,
}

/// Formats an object as one line of the output of a command, with its line end.
pub(super) fn line(
    command: Option<&str>,
    status: Status,
    fields: &impl Serialize,
) -> io::Result<Vec<u8>> {
    escaped(&Envelope {
        schema: SCHEMA,
        command,
        status,
        fields,
    })
}

/// Defines the names by which programs know errors and warnings, and the list of all of them.
macro_rules! kinds {
    ($(#[$about:meta])* $kind:ident { $($name:ident = $text:literal,)* }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
        pub(crate) enum $kind {
            $(#[serde(rename = $text)] $name,)*
        }

        #[cfg(test)]
        impl $kind {
            /// All names, for the test of the documentation.
            pub(crate) const NAMES: &[&str] = &[$($text,)*];
        }
    };
}
pub(crate) use kinds;

kinds! {
    /// What a warning is about, for programs. The names are stable; docs/json.md explains them.
    WarningKind {
        BadReceipt = "bad-receipt",
        CardExpiry = "card-expiry",
        CardStartsOver = "card-starts-over",
        ClassicKeys = "classic-keys",
        ConfigIgnored = "config-ignored",
        DifferentKeys = "different-keys",
        DoubtfulKey = "doubtful-key",
        DroppedKeys = "dropped-keys",
        DuplicateRecipient = "duplicate-recipient",
        EditorOnDisk = "editor-on-disk",
        EmptyGroup = "empty-group",
        ExpiredCard = "expired-card",
        FormerKey = "former-key",
        HardLinks = "hard-links",
        HiddenRecipients = "hidden-recipients",
        IgnoredText = "ignored-text",
        ImportedKeys = "imported-keys",
        LongMessage = "long-message",
        LostPostQuantum = "lost-post-quantum",
        MixedKeys = "mixed-keys",
        NewSigningKey = "new-signing-key",
        NoPassphrase = "no-passphrase",
        NotDecompressed = "not-decompressed",
        NotForYourself = "not-for-yourself",
        NotPacked = "not-packed",
        OlderMessage = "older-message",
        OpenedBefore = "opened-before",
        Other = "other",
        OtherCard = "other-card",
        RemovedBefore = "removed-before",
        SecretKeys = "secret-keys",
        SharedKey = "shared-key",
        SkippedLine = "skipped-line",
        StaleSetting = "stale-setting",
        UnlistedKeys = "unlisted-keys",
        UnreadableEntry = "unreadable-entry",
        UnrecordedChange = "unrecorded-change",
        WeakPassphrase = "weak-passphrase",
        WeakWorkFactor = "weak-work-factor",
        WordsOnScreen = "words-on-screen",
        WrongAnswer = "wrong-answer",
        WrongWord = "wrong-word",
    }
}

/// A warning: its kind, and what is said about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Warning {
    pub(crate) kind: WarningKind,
    pub(crate) message: String,
}

/// The fields of a line with a warning.
#[derive(Serialize)]
pub(super) struct WarningLine {
    pub(super) warning: Warning,
}

/// Formats a value as one line of JSON, with its line end.
pub(crate) fn escaped(value: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut line = Vec::with_capacity(256);
    value.serialize(&mut serde_json::Serializer::with_formatter(
        &mut line,
        SafeStrings,
    ))?;
    line.push(b'\n');
    Ok(line)
}

struct SafeStrings;

impl Formatter for SafeStrings {
    fn write_string_fragment<W: Write + ?Sized>(
        &mut self,
        writer: &mut W,
        text: &str,
    ) -> io::Result<()> {
        let mut rest = text;
        while let Some(at) = rest.find(is_unsafe) {
            let (plain, from) = rest.split_at(at);
            writer.write_all(plain.as_bytes())?;
            let mut chars = from.chars();
            if let Some(c) = chars.next() {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            }
            rest = chars.as_str();
        }
        writer.write_all(rest.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_cannot_drive_a_terminal_and_means_the_same() {
        let text = "a\u{1b}\u{9b}2J\u{202e}\"\\\n\u{e0041}ü\u{7f}";
        let line = escaped(&serde_json::json!({ "name": text, "size": 1 })).unwrap();
        assert_eq!(
            String::from_utf8(line.clone()).unwrap(),
            "{\"name\":\"a\\u001b\\u009b2J\\u202e\\\"\\\\\\n\\udb40\\udc41ü\\u007f\",\"size\":1}\n"
        );
        let back: serde_json::Value = serde_json::from_slice(&line).unwrap();
        assert_eq!(back["name"], text);
    }
}
