//! `bulla unshare`: removes someone's access to this copy of a file.

use std::path::PathBuf;

use clap::Args;

use crate::command::{Command, Sandbox};
use crate::context::Context;
use crate::errors::{Failure, Result};
use crate::jobs::reader_edit::{FileReaders, Match, ReaderEdit, join_with_and, named};
use crate::jobs::rewrite_header;
use crate::jobs::rewrite_header::{ChangeSigning, EditReaders, HeaderRewrite, RewrittenFile};
use crate::jobs::tree::{Folders, find_files};
use crate::keyring::{PersonKeys, PersonName};
use crate::select::key_files;
use crate::select::known_recipients::KnownRecipients;
use crate::select::options::{ActAs, IdentityOptions, PassphraseSource};
use crate::select::signer::Signer;
use crate::ui::Ui;
use bulla_age::Unwrapped;
use bulla_age::format::Stanza;
use bulla_age::sender::{ReaderEvidence, RewriteError};

/// Take someone out of this copy of files
///
/// Only the header is written again. What was sent before stays open to whoever had a key to it, and they may have kept
/// the file key of this very file: for contents that must be new to them, use reseal.
#[derive(Args, Clone, Debug)]
pub(crate) struct UnshareArgs {
    /// The files; folders with --recursive
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Take out this contact, group or identity of the keyring, or this recipient (repeatable)
    #[arg(short, long, value_name = "NAME", required = true)]
    drop: Vec<String>,
    /// Take all age files below folders; symlinks are not followed
    #[arg(long)]
    recursive: bool,
    /// Say what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    identity: IdentityOptions,
    #[command(flatten)]
    acting: ActAs,
    #[command(flatten)]
    signing: ChangeSigning,
    /// Files at a time (0: as many as cores)
    #[arg(long, value_name = "N", default_value_t = 0)]
    jobs: usize,
    /// One JSON object for each file, on standard output
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) source: PassphraseSource,
}

impl Command for UnshareArgs {
    fn passphrase_source(&self) -> Option<&PassphraseSource> {
        Some(&self.source)
    }

    fn prints(&self) -> bool {
        self.json
    }

    fn sandbox(&self) -> Sandbox {
        Sandbox::ConfinesItself
    }

    fn run(&self, context: &Context) -> Result<()> {
        run(self, context)
    }
}

fn run(args: &UnshareArgs, context: &Context) -> Result<()> {
    let found = find_files(&args.paths, Folders::new(args.recursive))?;
    let leaving = context.keyring()?.every_key_of(&args.drop)?;
    let mut loaded = key_files::KeyFiles::default();
    let signer = match args.dry_run {
        true => Signer::nobody(),
        false => args.signing.signer(&args.acting, &args.identity, context)?,
    };
    let keys = rewrite_header::keys(
        &found.jobs,
        &args.identity,
        &args.acting,
        &mut loaded,
        context,
    )?;
    let rewriting = HeaderRewrite {
        found,
        known: KnownRecipients::load(context).with(&leaving),
        header_out: None,
        signer,
        wraps_by_plugin: false,
        dry_run: args.dry_run,
        json: args.json,
        jobs: args.jobs,
        label: "unsharing",
        edit: &Unsharing { leaving },
    };
    rewriting.run(&keys, &loaded, context)
}

struct Unsharing {
    leaving: Vec<PersonKeys>,
}

impl EditReaders for Unsharing {
    fn edit(&self, file: &FileReaders<'_>) -> Result<ReaderEdit> {
        let mut planned = ReaderEdit::default();
        let (mut dropped, mut listed, mut absent): (
            Vec<&PersonName>,
            Vec<&PersonName>,
            Vec<&PersonName>,
        ) = Default::default();
        for somebody in &self.leaving {
            let hit = |place| Some((place, file.match_at(place, &somebody.recipients)?));
            let hits: Vec<(usize, Match)> = (0..file.len()).filter_map(hit).collect();
            if hits.is_empty() {
                absent.push(&somebody.who);
                continue;
            }
            let as_listed = hits.iter().all(|(_, found)| *found != Match::Certain);
            let doubt = if as_listed { " (as listed)" } else { "" };
            planned
                .summary
                .keys
                .push(format!("{}{doubt}", keys_of(&somebody.who, hits.len())));
            listed.extend(as_listed.then_some(&somebody.who));
            dropped.push(&somebody.who);
            planned
                .drop
                .extend(hits.into_iter().map(|(place, _)| place));
        }
        planned.drop.sort_unstable();
        planned.drop.dedup();
        planned.summary.stanzas = planned.drop.len();
        planned.summary.dropped = named(dropped.into_iter());
        planned.summary.as_listed = named(listed.into_iter());
        planned.summary.absent = named(absent.into_iter());
        if planned.drop.len() == file.len() {
            return Err(RewriteError::NobodyLeft.into());
        }
        if !planned.drop.is_empty() && !stays_open(file, &planned.drop) {
            let text = "you could not open it yourself any more".to_owned();
            let hint = "hand it over instead, for good: bulla reseal FILE --to NAME --no-self";
            return Err(Failure::Refused(text, Some(hint.to_owned())).into());
        }
        Ok(planned)
    }

    fn print(&self, done: &RewrittenFile, ui: &Ui) {
        let (file, typed) = (&done.file, done.file.as_argument());
        let (dropped, absent) = (
            join_with_and(&done.summary.keys),
            join_with_and(&done.summary.absent),
        );
        let several = done.summary.keys.len() > 1 || done.summary.stanzas > 1;
        // One of the readers about whom nothing is known could be a second key of theirs.
        let sure = done.summary.unnamed == 0;
        let opens = match (several, done.written, sure) {
            (true, true, true) => "no longer open this copy of",
            (false, true, true) => "no longer opens this copy of",
            (_, false, true) => "would no longer open this copy of",
            (true, true, false) => "were taken out of this copy of",
            (false, true, false) => "was taken out of this copy of",
            (_, false, false) => "would be taken out of this copy of",
        };
        if !dropped.is_empty() {
            let rest = if done.written {
                "they may have kept another"
            } else {
                "nothing was written"
            };
            ui.status(&format_args!("{dropped} {opens} {file}; {rest}"));
        }
        if !absent.is_empty() {
            ui.status(&format_args!(
                "{file} has no key that is known to be for {absent}"
            ));
        }
        if !absent.is_empty() || !dropped.is_empty() {
            match done.summary.unnamed {
                0 => {}
                1 => ui.hint(&format_args!(
                    "it has 1 key of which nobody knows whose it is; to be sure: bulla reseal {typed} --to NAME"
                )),
                more => ui.hint(&format_args!(
                    "it has {more} keys of which nobody knows whose they are; to be sure: bulla reseal {typed} --to NAME"
                )),
            }
        }
    }
}

fn keys_of(who: &PersonName, count: usize) -> String {
    let keys = if count > 1 { "keys" } else { "key" };
    match who {
        PersonName::Identity(name) => format!("your own {keys} {name}"),
        PersonName::Contact { name, .. } => format!("{name}'s {keys}"),
        PersonName::Recipient(text) => format!("the {keys} {}", crate::errors::shortened(text)),
    }
}

/// Returns whether the user can still open the file. A plugin is asked again only if the removed
/// stanza could be its own.
fn stays_open(file: &FileReaders<'_>, drop: &[usize]) -> bool {
    let stays = |place: &usize| !drop.contains(place);
    let own = |place: usize| match file.classes[place] {
        ReaderEvidence::Proved { known } => file.known.is_own(&file.known.text(known)),
        ReaderEvidence::Opened { .. } => true,
        _ => false,
    };
    if (0..file.len()).filter(stays).any(own) {
        return true;
    }
    let Some(opener) = file.keys.opener(file.opened) else {
        return false;
    };
    let of_plugin = |stanza: &Stanza| !bulla_age::stanza_type::is_provable(&stanza.tag);
    let stanzas: Vec<&Stanza> = file.opened.recipients().collect();
    if !opener.is_settled() && !drop.iter().any(|place| of_plugin(stanzas[*place])) {
        return true;
    }
    let left: Vec<Stanza> = (0..stanzas.len())
        .filter(stays)
        .map(|place| stanzas[place].clone())
        .collect();
    match opener.unwrap(&left) {
        Unwrapped::FileKey(_) => true,
        Unwrapped::NoMatch(_) | Unwrapped::Failed(_) => false,
    }
}
