//! The 24 backup words of an identity, typed, pasted or read from a file.

use std::io::IsTerminal;
use std::path::Path;

use zeroize::Zeroizing;

use crate::context::Context;
use crate::errors::{ALL_WORDS, CommandError, Result, Subject, usage};
use crate::files::Input;
use crate::identities::backup_sheet::BackupSheet;
use crate::select::confirmation::not_asked;
use crate::ui::WarningKind;
use bulla_age::key_document::{KeyKind, SeedKeys};
use bulla_age::words;
use bulla_age::words::{COUNT, WordsError};

/// The most words that can be wrong in something that was meant as backup words.
const MISTYPED: usize = 4;

impl BackupSheet {
    /// Returns the keys that the words stand for. What a sheet does not say, the options do.
    pub(crate) fn keys(&self, kind: Option<KeyKind>, epochs: Option<u32>) -> Result<SeedKeys> {
        let own = SeedKeys {
            seed: words::parse(&self.words)?,
            kind: kind.unwrap_or(if self.signing_only {
                KeyKind::Signing
            } else if self.classic {
                KeyKind::Classic
            } else {
                KeyKind::Hybrid
            }),
            epochs: epochs.or(self.epochs).unwrap_or(1),
        };
        refuse_another(&own, self.recipient.as_deref())?;
        Ok(own)
    }
}

/// Refuses words that do not give the recipient on their sheet.
fn refuse_another(own: &SeedKeys, on_sheet: Option<&str>) -> Result<()> {
    let newest = own
        .seed
        .classic(own.epochs.saturating_sub(1))
        .to_recipient();
    match on_sheet {
        Some(recipient) if recipient != newest.to_string() => Err(usage(
            "These words and epochs do not give the recipient on the sheet",
            Some("Check the number after --epochs, and that the sheet is of one identity"),
        )),
        _ => Ok(()),
    }
}

/// Reads the words alone, or a sheet, from a file. Without one, or from "-", standard input is read;
/// on a terminal the words are asked for.
pub(crate) fn read(path: Option<&Path>, context: &Context) -> Result<BackupSheet> {
    let input = match path.filter(|path| path.as_os_str() != "-") {
        Some(path) => Input::open(path)?,
        None => Input::stdin()?,
    };
    if input.file().is_terminal() {
        return context.ui.on_own_screen(|| ask(context));
    }
    let name = Subject::from(input.name()).at_start();
    let bytes = input.read_bounded(1 << 16)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| no_words(&name))?;
    if let Some(sheet) = BackupSheet::find(text) {
        return Ok(sheet);
    }
    let is_another_text = match words::parse(text) {
        Err(WordsError::Count(0)) => return Err(no_words(&name)),
        Err(WordsError::Count(count)) => count > 2 * COUNT,
        Err(WordsError::Unknown(unknown)) => unknown.len() > MISTYPED,
        _ => false,
    };
    if is_another_text {
        let text = format!("{name} is not a backup sheet, and does not contain 24 backup words");
        return Err(usage(&text, None));
    }
    Ok(bare(text))
}

fn no_words(name: &str) -> CommandError {
    usage(&format!("{name} contains no words"), Some(ALL_WORDS))
}

/// Returns words that are not on a sheet.
fn bare(words: &str) -> BackupSheet {
    BackupSheet {
        words: Zeroizing::new(words.to_owned()),
        classic: false,
        signing_only: false,
        epochs: None,
        recipient: None,
    }
}

/// Reads the rest of a sheet whose first line was pasted.
fn rest_of_sheet(context: &Context) -> Result<BackupSheet> {
    let pasted = context
        .ui
        .paste_until("Reading the sheet", BackupSheet::is_whole)
        .map_err(|error| not_asked(error, "The backup words are needed"))?;
    let bytes = Zeroizing::new(pasted.bytes);
    let text = std::str::from_utf8(&bytes).ok();
    text.and_then(BackupSheet::find)
        .ok_or_else(|| usage("The sheet does not have all 24 words", None))
}

/// Asks for the words, one or several at a time. A wrong one is asked for again immediately. A sheet
/// that is pasted whole is read to its end, so that the next question does not get a part of it.
fn ask(context: &Context) -> Result<BackupSheet> {
    let mut given: Vec<&'static str> = Vec::new();
    while given.len() < COUNT {
        let question = format!("Word {} of {}", given.len() + 1, COUNT);
        let answer = context
            .ui
            .line(&question)
            .map_err(|error| not_asked(error, "The backup words are needed"))?;
        let mut answer = Zeroizing::new(answer);
        if given.is_empty() && BackupSheet::begins_with(&answer) {
            return rest_of_sheet(context);
        }
        // In place, because a copy of the words would also have to be wiped.
        answer.make_ascii_lowercase();
        for word in answer.split_whitespace() {
            match words::find(word) {
                Ok(word) => given.push(word),
                Err(near) => {
                    let number = given.len() + 1;
                    context.ui.warn(
                        WarningKind::WrongWord,
                        &format_args!("Word {number} is not in the list{}", or(&near)),
                    );
                    break;
                }
            }
        }
    }
    Ok(bare(&Zeroizing::new(given.join(" "))))
}

fn or(near: &[&str]) -> String {
    if near.is_empty() {
        String::new()
    } else {
        format!(". Did you mean {}?", near.join(", "))
    }
}
