//! `bulla identity backup`: the words that restore all keys of an identity.

use std::fmt::Write as _;

use clap::Args;
use zeroize::Zeroizing;

use crate::card::{Reason, Revocation};
use crate::command::{Command, Sandbox};
use crate::context::Context;
use crate::errors::{CommandError, ErrorContext as _, Refusal, Result};
use crate::files::Mode;
use crate::identities::edit;
use crate::keyring::{IdentityKind, Name, StoredIdentity};
use crate::report::own_identities::print_json;
use crate::select::confirmation::not_asked;
use crate::select::options::{CostLimit, OutputOptions, PassphraseSource};
use crate::ui::{PromptError, WarningKind};
use bulla_age::fingerprint::safety_number;
use bulla_age::key_document::{KeyKind, SeedKeys};
use bulla_age::untrusted::Untrusted;
use bulla_age::words;

/// The number of words asked back, and the attempts for each.
const ASKED: usize = 3;
const TRIES: usize = 3;

/// As long as the shortest words.
const SHORTEST: &str = "act";

/// The width of a sheet of paper, in columns.
const SHEET: usize = 72;

/// Write down the 24 backup words of an identity
///
/// The words are shown on the terminal, on a screen that is erased afterwards. Then you are asked for three of them; only after that does
/// the identity count as backed up. Anyone who has the words has your keys, even without the
/// passphrase. With -o, a sheet for printing is written, which also contains a revocation of the
/// identity.
#[derive(Args, Clone, Debug)]
#[command(mut_arg("output", |output| output.help("Write a sheet for printing instead of showing the words")))]
#[command(mut_arg("force", |force| force.requires("output")))]
pub(crate) struct BackupArgs {
    /// Name of the identity (default: your default identity)
    name: Option<String>,
    #[command(flatten)]
    output: OutputOptions,
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
        Sandbox::with_programs()
            .keyring()
            .output(self.output.output.as_ref())
    }

    fn run(&self, context: &Context) -> Result<()> {
        run(self, context)
    }
}

fn run(args: &BackupArgs, context: &Context) -> Result<()> {
    let name = edit::chosen(args.name.as_deref(), context)?;
    let public = context.keyring()?.get::<StoredIdentity>(&name)?;
    if public.kind == IdentityKind::Imported {
        return Err(Refusal::NoBackupWords(name).into());
    }
    args.output.check()?;
    edit::check_writable(context)?;
    if args.output.path().is_none() && context.ui.can_ask() {
        check_window(&name, &public, context)?;
    }
    let opened = edit::open(&name, context, args.limit.max_work_factor)?;
    let Some(own) = opened.document.own() else {
        return Err(Refusal::NoBackupWords(name).into());
    };
    if !opened.document.from_elsewhere().trim().is_empty() {
        context.ui.warn(
            WarningKind::ImportedKeys,
            &"The words do not cover imported keys",
        );
    }
    if !context.ui.can_ask() {
        // Fails before a sheet of secret words is written that would not count as a backup.
        return Err(not_asked(
            PromptError::NoTerminal,
            "Cannot check your written copy without a terminal",
        ));
    }
    context.start_no_more_programs();
    let words = words::of(&own.seed);
    match args.output.path() {
        Some(path) => {
            let mut output = args.output.create(Mode::Secret)?;
            output.put(sheet(&name, &public, own, &words).as_bytes())?;
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
    context.ui.tip(&format_args!(
        "Keep the paper somewhere safe, together with the command \"{}\"",
        restore_command(&name, own.kind, own.epochs)
    ));
    print_json(&name, context)
}

/// Checks whether the words will fit in the window, as far as is known before they are decrypted.
fn check_window(name: &Name, public: &StoredIdentity, context: &Context) -> Result<()> {
    let kind = match public.kind {
        IdentityKind::Hybrid | IdentityKind::Imported => KeyKind::Hybrid,
        IdentityKind::Classic => KeyKind::Classic,
        IdentityKind::Signing => KeyKind::Signing,
    };
    let restore = restore_command(name, kind, 1);
    context
        .ui
        .check_room(|columns| on_screen(&[SHORTEST; 24], &restore, columns))
        .map_err(not_shown)
}

fn show(name: &Name, own: &SeedKeys, words: &[&str], context: &Context) -> Result<()> {
    let restore = restore_command(name, own.kind, own.epochs);
    context
        .ui
        .show_until_enter(|columns| on_screen(words, &restore, columns))
        .map_err(not_shown)
}

fn on_screen(words: &[&str], restore: &str, columns: usize) -> Zeroizing<String> {
    Zeroizing::new(format!(
        "Your 24 backup words. Anyone who has them has your keys.\n\n{}\nTo restore: {restore}\n\n\
         Write them down on paper, then press Enter. You will be asked for three of them ",
        *table(words, columns)
    ))
}

fn not_shown(error: PromptError) -> CommandError {
    not_asked(error, "Could not show the words")
}

/// The width of a number and its word with the space after it.
const CELL: usize = 18;

/// Formats the words, numbered, in as many columns as fit (at most four), to be read downwards.
fn table(words: &[&str], width: usize) -> Zeroizing<String> {
    let columns = ((width + 4) / CELL).clamp(1, 4);
    let rows = words.len().div_ceil(columns);
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

fn restore_command(name: &Name, kind: KeyKind, epochs: u32) -> String {
    let kind = match kind {
        KeyKind::Hybrid => "",
        KeyKind::Classic => " --classic",
        KeyKind::Signing => " --signing-only",
    };
    let epochs = if epochs > 1 {
        format!(" --epochs {epochs}")
    } else {
        String::new()
    };
    format!("bulla identity restore {name}{kind}{epochs}")
}

fn sheet(
    name: &Name,
    public: &StoredIdentity,
    own: &SeedKeys,
    words: &[&str],
) -> Zeroizing<String> {
    let created = Untrusted::new(public.created.as_str());
    // A recipient of an identity that only signs must never be known.
    let classic = if own.kind == KeyKind::Signing {
        String::new()
    } else {
        let newest = own.seed.classic(own.epochs - 1).to_recipient();
        format!("Newest classic recipient, which the restore command checks:\n\n    {newest}\n\n")
    };
    Zeroizing::new(format!(
        "Bulla identity {name}, created {created}\n\nAnyone who has these 24 words has the keys \
         of this identity,\neven without the passphrase. Keep this sheet somewhere safe, and \
         delete\nthe file that you printed.\n\n{}\nTo restore the identity, run:\n\n    {}\n\n\
         Afterwards, compare the safety number:\n\n    {}\n\n{classic}If the keys are lost or stolen, save \
         the four lines below as a file and\nsend it to your contacts: \"bulla contact revoke \
         FILE\" then revokes the\nidentity for them. Keep the lines as safe as the words.\n\n{}",
        *table(words, SHEET),
        restore_command(name, own.kind, own.epochs),
        safety_number(&own.seed.signing_key()),
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
            context.ui.warn(
                WarningKind::WrongWord,
                &format_args!("That is not word {number}"),
            );
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
    fn words_are_set_in_columns_and_three_are_picked_to_confirm() {
        let words: Vec<&str> = std::iter::repeat_n("abandon", 23).chain(["art"]).collect();
        let narrow = table(&words, 40);
        assert_eq!(narrow.lines().count(), 12);
        assert!(narrow.lines().all(|line| line.len() <= 40), "{}", *narrow);
        assert_eq!(table(&words, 20).lines().count(), 24);
        let table = table(&words, 80);
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
