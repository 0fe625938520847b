//! `bulla identity backup`: the words that restore all keys of an identity.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;

use clap::Args;
use zeroize::Zeroizing;

use crate::card::{Reason, Revocation};
use crate::command::{Command, Sandbox};
use crate::context::Context;
use crate::errors::{ErrorContext as _, Refusal, Result};
use crate::files::{Mode, Options, Output, Replace};
use crate::identities::{confinement, edit};
use crate::keyring::{Name, StoredIdentity};
use crate::select::confirmation::not_asked;
use crate::select::options::{CostLimit, PassphraseSource};
use crate::ui::PromptError;
use bulla_age::key_document::{KeyKind, SeedKeys};
use bulla_age::stream::PayloadError;
use bulla_age::untrusted::Untrusted;
use bulla_age::words;

/// The number of words asked back, and the attempts for each.
const ASKED: usize = 3;
const TRIES: usize = 3;

/// Write down the 24 backup words of an identity
///
/// The words are shown on the terminal. Then you are asked for three of them; only after that does
/// the identity count as backed up. Anyone who has the words has your keys, even without the
/// passphrase. With -o, a sheet for printing is written, which also contains a revocation of the
/// identity.
#[derive(Args, Clone, Debug)]
pub(crate) struct BackupArgs {
    /// Name of the identity (default: your default identity)
    name: Option<String>,
    /// Write a sheet for printing instead of showing the words
    #[arg(short, long, value_name = "PATH")]
    output: Option<PathBuf>,
    /// Overwrite existing files
    #[arg(short, long, requires = "output")]
    force: bool,
    #[command(flatten)]
    limit: CostLimit,
    #[command(flatten)]
    pub(super) source: PassphraseSource,
}

impl Command for BackupArgs {
    fn passphrase_source(&self) -> Option<&PassphraseSource> {
        Some(&self.source)
    }

    fn sandbox(&self) -> Sandbox {
        Sandbox::ConfinesItself
    }

    fn run(&self, context: &Context) -> Result<()> {
        run(self, context)
    }
}

fn run(args: &BackupArgs, context: &Context) -> Result<()> {
    let name = edit::chosen(args.name.as_deref(), context)?;
    let public = context.keyring()?.get::<StoredIdentity>(&name)?;
    let opened = edit::open(&name, context, args.limit.max_work_factor)?;
    let Some(own) = opened.document.own() else {
        return Err(Refusal::NoBackupWords(name).into());
    };
    if !opened.document.from_elsewhere().trim().is_empty() {
        context.ui.warning(&"The words do not cover imported keys");
    }
    if !context.ui.can_ask() {
        // Fails before a sheet of secret words is written that would not count as a backup.
        return Err(not_asked(
            PromptError::NoTerminal,
            "Cannot ask for three of the words",
        ));
    }
    confinement::confine(args.output.as_ref(), context)?;
    let words = words::of(&own.seed);
    match &args.output {
        Some(path) => {
            let replace = if args.force {
                Replace::Always
            } else {
                Replace::Never
            };
            let mut output = Output::create(
                path,
                &Options {
                    replace,
                    mode: Mode::Secret,
                    not: &[],
                },
            )?;
            output
                .write_all(sheet(&name, &public, own, &words).as_bytes())
                .map_err(PayloadError::Write)?;
            output.commit()?;
            let path = Untrusted::from(path.as_path());
            context.ui.status(&format_args!(
                "Wrote the words to {path}. Print the file, delete it, and answer from the paper"
            ));
        }
        None => show(&name, own, &words, context)?,
    }
    ask_back(&name, &words, context)?;
    edit::edit(&name, &opened, context, |_, public| {
        public.back_up(context.today());
        Ok(())
    })?;
    context
        .ui
        .status(&format_args!("Backed up identity {name}"));
    context.ui.hint(&format_args!(
        "Keep the paper somewhere safe, together with the command \"{}\"",
        restore_command(&name, own)
    ));
    Ok(())
}

fn show(name: &Name, own: &SeedKeys, words: &[&str], context: &Context) -> Result<()> {
    let text = Zeroizing::new(format!(
        "Your 24 backup words. Anyone who has them has your keys.\n\n{}\nTo restore: {}\n\nWrite \
         them down on paper, then press Enter. You will be asked for three of them ",
        *table(words),
        restore_command(name, own)
    ));
    context
        .ui
        .show_until_enter(&text)
        .map_err(|error| not_asked(error, "Could not ask for the words"))
}

/// Formats the words, numbered, in four columns to be read downwards.
fn table(words: &[&str]) -> Zeroizing<String> {
    let rows = words.len().div_ceil(4);
    let mut text = Zeroizing::new(String::with_capacity(words.len() * 20));
    for row in 0..rows {
        for (index, word) in words.iter().enumerate().skip(row).step_by(rows) {
            let end = if index + rows < words.len() {
                "    "
            } else {
                "\n"
            };
            let width = if end == "\n" { 0 } else { 8 };
            // Writing to a String does not fail.
            let _ = write!(text, "{:4}  {word:width$}{end}", index + 1);
        }
    }
    text
}

fn restore_command(name: &Name, own: &SeedKeys) -> String {
    let classic = if own.kind == KeyKind::Classic {
        " --classic"
    } else {
        ""
    };
    let epochs = if own.epochs > 1 {
        format!(" --epochs {}", own.epochs)
    } else {
        String::new()
    };
    format!("bulla identity restore {name}{classic}{epochs}")
}

fn sheet(
    name: &Name,
    public: &StoredIdentity,
    own: &SeedKeys,
    words: &[&str],
) -> Zeroizing<String> {
    let created = Untrusted::new(public.created.as_str());
    let classic = own.seed.classic(own.epochs - 1).to_recipient();
    Zeroizing::new(format!(
        "Bulla identity {name}, created {created}\n\nAnyone who has these 24 words has the keys \
         of this identity, even without the passphrase.\nKeep this sheet somewhere safe, and \
         delete the file it was printed from.\n\n{}\nTo restore:\n\n    {}\n\nThe same identity \
         has the recipient {classic}\n\nIf the keys are lost or stolen: save these four lines as \
         a file. They revoke the identity for\neveryone who imports them (bulla contact revoke \
         FILE). Keep them as safe as the words.\n\n{}",
        *table(words),
        restore_command(name, own),
        Revocation::new(&own.seed.signing(), Reason::Unspecified).text()
    ))
}

/// Asks for three of the words on the terminal.
fn ask_back(name: &Name, words: &[&str], context: &Context) -> Result<()> {
    for index in drawn(words.len()).context("The system's random number generator failed")? {
        let number = index + 1;
        let mut tries = 0;
        loop {
            let answer = context
                .ui
                .line(&format!("Word {number} of {}", words.len()));
            let answer = answer.map_err(|error| not_asked(error, "Could not ask for the words"))?;
            let answer = Zeroizing::new(answer);
            if answer.trim().eq_ignore_ascii_case(words[index]) {
                break;
            }
            tries += 1;
            if tries == TRIES {
                return Err(Refusal::WrongWord {
                    number,
                    name: name.clone(),
                }
                .into());
            }
            context
                .ui
                .warning(&format_args!("That is not word {number}"));
        }
    }
    Ok(())
}

/// Returns three different positions, in order.
fn drawn(of: usize) -> Result<Vec<usize>, getrandom::Error> {
    let mut places = Vec::new();
    while places.len() < ASKED.min(of) {
        let mut bytes = [0; 8];
        getrandom::fill(&mut bytes)?;
        let place = (u64::from_le_bytes(bytes) % of as u64) as usize;
        if !places.contains(&place) {
            places.push(place);
        }
    }
    places.sort_unstable();
    Ok(places)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_in_columns_and_three_places_are_drawn() {
        let words: Vec<&str> = std::iter::repeat_n("abandon", 23).chain(["art"]).collect();
        let table = table(&words);
        assert_eq!(table.lines().count(), 6);
        assert_eq!(
            table.lines().next(),
            Some("   1  abandon        7  abandon       13  abandon       19  abandon")
        );
        assert!(table.ends_with("  24  art\n"));
        for _ in 0..100 {
            let places = drawn(24).unwrap();
            assert!(
                places.len() == 3 && places.is_sorted() && places[2] < 24 && places[0] != places[1]
            );
        }
    }
}
