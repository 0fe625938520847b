//! `bulla identity backup`: the words that restore all keys of an identity.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;

use clap::Args;
use zeroize::Zeroizing;

use crate::card::{Reason, Revocation};
use crate::command::{Command, Sandbox};
use crate::context::Context;
use crate::errors::{ErrorContext as _, Failure, Result};
use crate::files::{Mode, Options, Output, Replace};
use crate::identities::{confinement, edit};
use crate::keyring::{Name, StoredIdentity};
use crate::select::confirmation::not_asked;
use crate::select::options::PassphraseSource;
use crate::ui::PromptError;
use bulla_age::key_document::{KeyKind, SeedKeys};
use bulla_age::stream::PayloadError;
use bulla_age::untrusted::Untrusted;
use bulla_age::words;

/// The number of words asked back, and the attempts for each.
const ASKED: usize = 3;
const TRIES: usize = 3;

/// Write down the 24 words of an identity
///
/// They are shown on the terminal, and three of them asked back: only then it counts as backed up. Whoever has the words
/// has the keys, without any passphrase. The sheet that -o writes holds a text that revokes the identity too.
#[derive(Args, Clone, Debug)]
pub(crate) struct BackupArgs {
    /// Which one; the default one otherwise
    name: Option<String>,
    /// Write a sheet to be printed, instead of showing them
    #[arg(short, long, value_name = "PATH")]
    output: Option<PathBuf>,
    /// Replace what stands there
    #[arg(short, long, requires = "output")]
    force: bool,
    /// Accept a passphrase up to this cost (2^N KiB of memory)
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u8).range(1..=30))]
    max_work_factor: u8,
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
    let opened = edit::open(&name, context, args.max_work_factor)?;
    let Some(own) = opened.document.own() else {
        let hint = "keep the file that it came from, or a copy of its file in the keyring";
        let text = format!("identity {name} was imported: there are no words that give it back");
        return Err(Failure::Refused(text, Some(hint.to_owned())).into());
    };
    if !opened.document.from_elsewhere().trim().is_empty() {
        context
            .ui
            .warning(&"imported keys are not covered by the words");
    }
    if !context.ui.can_ask() {
        // Fails before a sheet of secret words is written that would not count as a backup.
        return Err(not_asked(
            PromptError::NoTerminal,
            "three of the words are asked back",
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
                "the words are in {path}: print it, delete it, and answer from the paper"
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
        .status(&format_args!("identity {name} is backed up"));
    context.ui.hint(
        &"keep the paper where nobody else comes, with the command that takes its words back",
    );
    Ok(())
}

fn show(name: &Name, own: &SeedKeys, words: &[&str], context: &Context) -> Result<()> {
    let text = Zeroizing::new(format!(
        "the words of identity {name}: whoever has them has its keys\n\n{}\nthey come back with: {}\n\n\
         write them down on paper, then press enter, and three of them will be asked ",
        *table(words),
        restore_command(name, own)
    ));
    context
        .ui
        .show_until_enter(&text)
        .map_err(|error| not_asked(error, "the words were not asked back"))
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
        "Bulla identity {name}, created {created}\n\n\
         Whoever has these 24 words has the keys of this identity, without any passphrase.\n\
         Keep this sheet where nobody else comes, and delete the file it was printed from.\n\n\
         {}\n\
         They come back with:\n\n    {}\n\n\
         The same identity has the recipient {classic}\n\n\
         If the keys are lost, or in other hands: these four lines, as a file, revoke the identity\n\
         where others take it in (bulla contact revoke FILE). Keep it as you keep the words.\n\n{}",
        *table(words),
        restore_command(name, own),
        Revocation::new(&own.seed.signing(), Reason::Unspecified).text()
    ))
}

/// Asks for three of the words on the terminal.
fn ask_back(name: &Name, words: &[&str], context: &Context) -> Result<()> {
    for index in drawn(words.len()).context("the system gives no random bytes")? {
        let number = index + 1;
        let mut tries = 0;
        loop {
            let answer = context
                .ui
                .line(&format!("word {number} of the {}", words.len()));
            let answer =
                answer.map_err(|error| not_asked(error, "the words were not asked back"))?;
            let answer = Zeroizing::new(answer);
            if answer.trim().eq_ignore_ascii_case(words[index]) {
                break;
            }
            tries += 1;
            if tries == TRIES {
                let hint = format!("compare what you wrote down: bulla identity backup {name}");
                let text =
                    format!("word {number} was not given back: this does not count as a backup");
                return Err(Failure::Refused(text, Some(hint)).into());
            }
            context
                .ui
                .warning(&format_args!("that is not word {number}"));
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
