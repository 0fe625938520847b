//! `bulla share`: gives others access to files that the user can open.

use std::path::PathBuf;

use clap::Args;

use crate::command::{Command, Sandbox};
use crate::context::Context;
use crate::errors::{CommandError, Refusal, Result};
use crate::files::Replace;
use crate::jobs::reader_edit::{
    FileReaders, KeyStrength, Match, ReaderEdit, join_with_and, mark_listed, named,
};
use crate::jobs::rewrite_header;
use crate::jobs::rewrite_header::{ChangeSigning, EditReaders, HeaderRewrite, RewrittenFile};
use crate::jobs::tree::{Folders, find_files};
use crate::keyring::{ChosenKey, PersonKeys, PersonName};
use crate::select::known_recipients::KnownRecipients;
use crate::select::options::{ActAs, IdentityOptions, PassphraseSource};
use crate::select::signer::Signer;
use crate::select::{key_files, recipients};
use crate::ui::Ui;
use bulla_age::{AnyRecipient, Target};

/// Let someone else open files that you can open
///
/// Only the header is rewritten, so this is fast for files of any size; the contents and the
/// author's signature stay. A record of the change is added. Each file is replaced in one step or
/// left as it was. Someone you add may keep a copy forever.
#[derive(Args, Clone, Debug)]
pub(crate) struct ShareArgs {
    /// Files (folders with --recursive)
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Add this contact, group, identity or age1… key (repeatable)
    #[arg(short, long, value_name = "NAME", required_unless_present_any = ["recipient", "recipients_file"])]
    to: Vec<String>,
    /// Add this recipient: age1…, age1pq1…, age1tag1…, "ssh-ed25519 …", "ssh-rsa …" (repeatable)
    #[arg(short, long, value_name = "RECIPIENT")]
    recipient: Vec<String>,
    /// Add the recipients in this file; "-" is standard input (repeatable)
    #[arg(short = 'R', long, value_name = "PATH")]
    recipients_file: Vec<PathBuf>,
    /// Include all age files in folders; symlinks are not followed
    #[arg(long)]
    recursive: bool,
    /// Show what would be done, without doing it
    #[arg(long)]
    dry_run: bool,
    /// Write only the new header, for someone who already has the file; the file is not changed
    /// ("-": standard output)
    #[arg(long, value_name = "PATH", conflicts_with_all = ["recursive", "dry_run"])]
    header_out: Option<PathBuf>,
    /// Overwrite an existing header file
    #[arg(short, long, requires = "header_out")]
    force: bool,
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

impl ShareArgs {
    /// Returns whether results go to standard output.
    fn writes_results(&self) -> bool {
        self.json || self.header_to_stdout()
    }

    fn header_to_stdout(&self) -> bool {
        self.header_out
            .as_ref()
            .is_some_and(|path| path.as_os_str() == "-")
    }
}

impl Command for ShareArgs {
    fn passphrase_source(&self) -> Option<&PassphraseSource> {
        Some(&self.source)
    }

    fn prints(&self) -> bool {
        self.writes_results()
    }

    fn sandbox(&self) -> Sandbox {
        Sandbox::ConfinesItself
    }

    fn run(&self, context: &Context) -> Result<()> {
        run(self, context)
    }
}

fn run(args: &ShareArgs, context: &Context) -> Result<()> {
    if args.header_out.is_some() && args.paths.len() > 1 {
        return Err(crate::errors::usage(
            "A detached header is for one file",
            None,
        ));
    }
    let found = find_files(&args.paths, Folders::new(args.recursive))?;
    let mut loaded = key_files::KeyFiles::default();
    let newcomers = newcomers(args, &mut loaded, context)?;
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
    let of_plugin = |recipient: &AnyRecipient| matches!(recipient, AnyRecipient::Plugin(_));
    let replace = if args.force {
        Replace::Always
    } else {
        Replace::Never
    };
    let rewriting = HeaderRewrite {
        found,
        known: KnownRecipients::load(context).with(&newcomers),
        header_out: args.header_out.as_deref().map(|path| (path, replace)),
        signer,
        wraps_by_plugin: newcomers
            .iter()
            .any(|somebody| somebody.recipients.iter().any(of_plugin)),
        dry_run: args.dry_run,
        json: args.json,
        jobs: args.jobs,
        label: "sharing",
        edit: &Sharing {
            newcomers,
            to_stdout: args.header_to_stdout(),
        },
    };
    rewriting.run(&keys, &loaded, context)
}

/// Returns the new readers, by the same rules as for encrypting.
fn newcomers(
    args: &ShareArgs,
    loaded: &mut key_files::KeyFiles,
    context: &Context,
) -> Result<Vec<PersonKeys>> {
    let exact =
        recipients::explicit_recipients(&args.recipient, &args.recipients_file, loaded, context)?;
    let targets: Vec<Target> = exact.iter().cloned().map(Target::Recipient).collect();
    recipients::refuse_changed(&targets, context)?;
    let mut newcomers = match args.to.is_empty() {
        true => Vec::new(),
        false => context.keyring()?.resolve(&args.to)?,
    };
    for recipient in exact {
        let text = recipient.to_string();
        // A named reader already has it, or it was given twice.
        let is_known =
            |known: &PersonKeys| known.recipients.iter().any(|key| key.to_string() == text);
        if !newcomers.iter().any(is_known) {
            newcomers.push(PersonKeys {
                who: PersonName::Recipient(text),
                recipients: vec![recipient],
            });
        }
    }
    if newcomers.is_empty() {
        return Err(crate::errors::usage(
            "No one to share with",
            Some("Say who to share it with: --to NAME"),
        ));
    }
    recipients::hint_unverified(&newcomers, context);
    Ok(newcomers)
}

struct Sharing {
    newcomers: Vec<PersonKeys>,
    /// Whether only a header is written there.
    to_stdout: bool,
}

impl EditReaders for Sharing {
    fn edit(&self, file: &FileReaders<'_>) -> Result<ReaderEdit> {
        let chosen = self.of_strength(file)?;
        let place = |one: &ChosenKey| file.match_for(&one.recipient);
        let (already, add): (Vec<ChosenKey>, Vec<ChosenKey>) =
            chosen.into_iter().partition(|one| place(one).is_some());
        if !add.is_empty() {
            refuse_origin(file)?;
        }
        let mut planned = ReaderEdit::default();
        planned.summary.added = named(add.iter().map(|one| &one.who));
        planned.summary.already = named(already.iter().map(|one| &one.who));
        let added = planned.summary.added.clone();
        planned.summary.already.retain(|name| !added.contains(name));
        let listed = already
            .iter()
            .filter(|one| place(one) == Some(Match::Listed));
        planned.summary.as_listed = named(listed.map(|one| &one.who));
        planned
            .summary
            .as_listed
            .retain(|name| !added.contains(name));
        planned.add = add;
        Ok(planned)
    }

    fn print(&self, done: &RewrittenFile, ui: &Ui) {
        let file = &done.file;
        let already = join_with_and(&mark_listed(&done.summary.already, &done.summary.as_listed));
        let added = join_with_and(&done.summary.added);
        if let (Some(header), Some(offset)) = (&done.header, done.payload_offset) {
            let who = if added.is_empty() { &already } else { &added };
            let (shown, typed) = match self.to_stdout {
                true => ("This header".to_owned(), "HEADER".to_owned()),
                false => (header.to_string(), header.as_argument()),
            };
            let argument = file.as_argument();
            ui.status(&format_args!(
                "{shown} lets {who} open {file}: bulla decrypt --header {typed} {argument}"
            ));
            // tail counts bytes from 1.
            let from = offset + 1;
            ui.hint(&format_args!(
                "Without bulla: (cat {typed}; tail -c +{from} {argument}) | age -d -i KEY"
            ));
            return;
        }
        let text = match (
            done.summary.added.is_empty(),
            done.summary.already.is_empty(),
            done.written,
        ) {
            (true, ..) => format!("{already} can already open {file}"),
            (false, true, true) => format!("Shared {file} with {added}"),
            (false, false, true) => {
                format!("Shared {file} with {added} ({already} can already open it)")
            }
            (false, _, false) => {
                format!("Would share {file} with {added}; nothing was written")
            }
        };
        ui.status(&text);
    }
}

impl Sharing {
    /// Returns the recipients with the file's key strength. The two strengths are never mixed, and
    /// a file is never weakened.
    fn of_strength(&self, file: &FileReaders<'_>) -> Result<Vec<ChosenKey>> {
        let refused = |text: String| {
            let file = file.name.as_argument().to_string();
            CommandError::from(Refusal::CannotShare { text, file })
        };
        let wanted = match file.strength {
            KeyStrength::PostQuantum => true,
            KeyStrength::Classic => false,
            KeyStrength::Mixed => {
                let text = "some of its keys are not post-quantum, so it is only as strong as \
                    those";
                return Err(refused(text.to_owned()));
            }
        };
        let mut chosen = Vec::new();
        for somebody in &self.newcomers {
            let fits = |recipient: &&AnyRecipient| {
                recipient.is_post_quantum().is_none_or(|is| is == wanted)
            };
            let fitting: Vec<&AnyRecipient> = somebody.recipients.iter().filter(fits).collect();
            if fitting.is_empty() {
                let name = crate::select::known_recipients::DisplayName(&somebody.who);
                return Err(refused(match wanted {
                    true => format!("it uses post-quantum keys, and {name} has none"),
                    false => format!("it uses classic keys, and {name} has none"),
                }));
            }
            let who = |recipient: &AnyRecipient| ChosenKey {
                who: somebody.who.clone(),
                recipient: recipient.clone(),
            };
            chosen.extend(fitting.into_iter().map(who));
        }
        Ok(chosen)
    }
}

/// A new reader could change contents that the author's signature does not cover, and the others
/// would attribute them to the author.
fn refuse_origin(file: &FileReaders<'_>) -> Result<()> {
    let origin = file.sender.and_then(|sender| sender.origin());
    match origin.is_some_and(|origin| origin.signer.is_some() && origin.content.is_none()) {
        false => Ok(()),
        true => {
            let file = file.name.as_argument().to_string();
            Err(Refusal::UncoveredContents { file }.into())
        }
    }
}
