//! `bulla unshare`: removes someone's access to this copy of a file.

use std::path::PathBuf;

use clap::Args;

use crate::command::{Command, Sandbox};
use crate::context::Context;
use crate::errors::{Refusal, Result};
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

/// Remove someone's access to this copy of a file
///
/// Only the header is rewritten. Copies you already sent can still be opened, and someone who could
/// open this file may have saved its file key. If the contents will change and must stay secret
/// from them, use reseal.
#[derive(Args, Clone, Debug)]
pub(crate) struct UnshareArgs {
    /// Files (folders with --recursive)
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Remove this contact, group, identity or age1… key (repeatable)
    #[arg(short, long, value_name = "NAME", required = true)]
    drop: Vec<String>,
    /// Include all age files in folders; symlinks are not followed
    #[arg(long)]
    recursive: bool,
    /// Show what would be done, without doing it
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    identity: IdentityOptions,
    #[command(flatten)]
    acting: ActAs,
    #[command(flatten)]
    signing: ChangeSigning,
    /// Number of files to process at once (default: one per core)
    #[arg(long, value_name = "N", default_value_t = 0)]
    jobs: usize,
    /// Print a JSON object per file to standard output
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
            let hint = "To give it away: bulla reseal FILE --to NAME --no-self";
            return Err(Refusal::LocksYouOut(hint).into());
        }
        Ok(planned)
    }

    fn print(&self, done: &RewrittenFile, ui: &Ui) {
        let (file, typed) = (&done.file, done.file.as_argument());
        let (dropped, absent) = (
            join_with_and(&done.summary.keys),
            join_with_and(&done.summary.absent),
        );

        if !dropped.is_empty() && done.written {
            let copies = if dropped.contains(' ') {
                "existing copies".to_owned()
            } else {
                format!("copies {dropped} already has")
            };
            ui.status(&format_args!(
                "Removed {dropped} from {file} ({copies} still open)"
            ));
        } else if !dropped.is_empty() {
            ui.status(&format_args!(
                "Would remove {dropped} from {file}; nothing was written"
            ));
        }
        if !absent.is_empty() {
            ui.status(&format_args!("{file} has no known key of {absent}"));
        }
        if !absent.is_empty() || !dropped.is_empty() {
            match done.summary.unnamed {
                0 => {}
                1 => ui.hint(&format_args!(
                    "It has 1 key with an unknown owner. To be sure: bulla reseal {typed} --to \
                     NAME"
                )),
                more => ui.hint(&format_args!(
                    "It has {more} keys with unknown owners. To be sure: bulla reseal {typed} \
                     --to NAME"
                )),
            }
        }
    }
}

fn keys_of(who: &PersonName, count: usize) -> String {
    let keys = if count > 1 { "keys" } else { "key" };
    match who {
        PersonName::Identity(name) => format!("your identity {name}"),
        PersonName::Contact { name, .. } => name.to_string(),
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
