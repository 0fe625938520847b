//! `bulla unshare`: removes someone's access to this copy of a file.

use std::path::PathBuf;

use clap::Args;

use crate::command::{Command, Sandbox};
use crate::context::Context;
use crate::errors::{Failure, Refusal, Result};
use crate::files::Input;
use crate::identities::confirmed::with_oneself;
use crate::jobs::decrypt_header::read_header;
use crate::jobs::look_first::{Outputs, look_first};
use crate::jobs::reader_edit::{FileReaders, Match, ReaderEdit, join_with_and, named};
use crate::jobs::rewrite_header;
use crate::jobs::rewrite_header::{
    EditReaders, HeaderRewrite, LEAVE_CHANGE_UNSIGNED, RewrittenFile, SIGN_CHANGE,
};
use crate::jobs::tree::{Folders, find_files};
use crate::keyring::{PersonKeys, PersonName};
use crate::report::outcomes::Outcome;
use crate::select::concurrency::JobsOption;
use crate::select::key_files;
use crate::select::known_recipients::KnownRecipients;
use crate::select::misplaced::refuse_people;
use crate::select::options::{
    ActAs, HeaderOptions, IdentityOptions, InPlaceOptions, PassphraseSource, Signing,
};
use crate::select::required_readers::RequiredReaders;
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
#[command(mut_arg("sign", |sign| sign.help(SIGN_CHANGE)))]
#[command(mut_arg("no_sign", |no_sign| no_sign.help(LEAVE_CHANGE_UNSIGNED)))]
pub(crate) struct UnshareArgs {
    /// Files (folders with --recursive)
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Remove this contact, group, identity or age1… key (repeatable)
    #[arg(short, long, value_name = "NAME", required = true)]
    drop: Vec<String>,
    #[command(flatten)]
    in_place: InPlaceOptions,
    #[command(flatten)]
    identity: IdentityOptions,
    #[command(flatten)]
    limits: HeaderOptions,
    #[command(flatten)]
    acting: ActAs,
    #[command(flatten)]
    signing: Signing,
    #[command(flatten)]
    at_once: JobsOption,
    #[command(flatten)]
    pub(crate) source: PassphraseSource,
}

impl Command for UnshareArgs {
    fn passphrase_source(&self) -> Option<&PassphraseSource> {
        Some(&self.source)
    }

    fn prints(&self) -> bool {
        false
    }

    fn sandbox(&self) -> Sandbox {
        Sandbox::with_programs().rewrites(&self.paths)
    }

    fn run(&self, context: &Context) -> Result<()> {
        run(self, context)
    }
}

fn run(args: &UnshareArgs, context: &Context) -> Result<()> {
    refuse_people(&args.paths, "unshare --drop", context)?;
    let folders = Folders::new(args.in_place.recursive);
    let mut found = find_files(&args.paths, folders, "")?;
    let limits = args.limits.limits();
    let inspect = |input: &Input| read_header(input, &limits).map(drop);
    look_first(&mut found.jobs, Outputs::InPlace, inspect, &context.ui)?;
    let leaving = context
        .keyring()?
        .every_key_of(&with_oneself(&args.drop, context)?)?;
    let required = RequiredReaders::load(context)?;
    let mut loaded = key_files::KeyFiles::default();
    let own = (&args.acting, &args.identity);
    let signer = rewrite_header::signer(args.signing, &args.in_place, own, context)?;
    let keys = rewrite_header::keys(
        &found.jobs,
        (&args.identity, limits),
        &args.acting,
        &mut loaded,
        context,
    )?;
    let rewriting = HeaderRewrite {
        found,
        known: KnownRecipients::load(context)
            .with(&leaving)
            .with(required.people()),
        required,
        header_out: None,
        signer,
        wraps_by_plugin: false,
        dry_run: args.in_place.dry_run,
        at_once: args.at_once,
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
            let hint = "To give up your own access: bulla reseal {file} --to NAME --no-self";
            return Err(Refusal::LocksYouOut(hint).into());
        }
        Ok(planned)
    }

    fn outcomes(&self, done: &RewrittenFile) -> Vec<Outcome> {
        let (dropped, absent) = (
            join_with_and(&done.summary.keys),
            join_with_and(&done.summary.without_known_key()),
        );
        let mut outcomes = Vec::new();
        if !dropped.is_empty() && done.written {
            let copies = if dropped.contains(' ') {
                "existing copies".to_owned()
            } else {
                format!("copies {dropped} already has")
            };
            outcomes.push(Outcome::done(
                format!("Removed {dropped} from"),
                format!(" ({copies} can still be opened)"),
            ));
        } else if !dropped.is_empty() {
            outcomes.push(Outcome::answer(
                format!("Would remove {dropped} from"),
                "; nothing was written",
            ));
        }
        if !absent.is_empty() {
            outcomes.push(Outcome::answer(
                "None of the known keys in",
                format!(" belongs to {absent}"),
            ));
        }
        outcomes
    }

    fn print(&self, _done: &RewrittenFile, _ui: &Ui) {}

    /// Any key that is left without a known owner may be one of theirs.
    fn check(&self, done: &RewrittenFile) -> Result<()> {
        let summary = &done.summary;
        if summary.unnamed == 0 {
            return Ok(());
        }
        Err(Failure::PerhapsStillReader {
            who: join_with_and(&summary.possible),
            file: done.file.clone(),
            unknown: summary.unnamed,
        }
        .into())
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
