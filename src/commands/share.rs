//! `bulla share`: gives others access to files that the user can open.

use std::collections::HashSet;
use std::path::PathBuf;

use clap::Args;

use crate::command::{Command, Sandbox};
use crate::context::Context;
use crate::errors::{CommandError, Refusal, Result};
use crate::files::{Input, Mode, NamedBy, Options, check_output, is_stdout};
use crate::identities::confirmed;
use crate::jobs::decrypt_header::{is_for_passphrase, read_header};
use crate::jobs::look_first::{Outputs, look_first};
use crate::jobs::reader_edit::{
    FileReaders, KeyStrength, Match, ReaderEdit, join_with_and, mark_listed, named,
};
use crate::jobs::rewrite_header;
use crate::jobs::rewrite_header::{
    EditReaders, HeaderRewrite, LEAVE_CHANGE_UNSIGNED, RewrittenFile, SIGN_CHANGE,
};
use crate::jobs::tree::{Folders, find_files};
use crate::keyring::{ChosenKey, PersonKeys, PersonName};
use crate::report::outcomes::Outcome;
use crate::select::concurrency::JobsOption;
use crate::select::known_recipients::KnownRecipients;
use crate::select::misplaced::refuse_people;
use crate::select::options::{
    ActAs, ForceOption, HeaderOptions, IdentityOptions, InPlaceOptions, PassphraseSource, Signing,
    data_beside_json,
};
use crate::select::recipients::{ReaderOptions, RequiredStrength};
use crate::select::required_readers::RequiredReaders;
use crate::select::{key_files, recipients};
use crate::ui::Ui;
use bulla_age::sender::RewriteError;
use bulla_age::{AnyRecipient, Target};

/// The help of an option that adds readers.
const RECIPIENT: &str =
    "Add this recipient: age1…, age1pq1…, age1tag1…, \"ssh-ed25519 …\", \"ssh-rsa …\" (repeatable)";

/// The help of an option that adds readers.
const RECIPIENTS_FILE: &str =
    "Add the recipients in this file; \"-\" is standard input (repeatable)";

/// Let someone else open files that you can open
///
/// Only the header is rewritten, so this is fast for files of any size; the contents and the
/// author's signature stay. A record of the change is added. Each file is replaced in one step or
/// left as it was. Someone you add may keep a copy forever.
#[derive(Args, Clone, Debug)]
#[command(mut_arg("to", |to| to.help("Add this contact, group, identity or age1… key (repeatable)")))]
#[command(mut_arg("recipient", |recipient| recipient.help(RECIPIENT)))]
#[command(mut_arg("recipients_file", |file| file.help(RECIPIENTS_FILE)))]
#[command(mut_arg("sign", |sign| sign.help(SIGN_CHANGE)))]
#[command(mut_arg("no_sign", |no_sign| no_sign.help(LEAVE_CHANGE_UNSIGNED)))]
#[command(mut_arg("recursive", |recursive| recursive.conflicts_with("header_out")))]
#[command(mut_arg("force", |force| force.requires("header_out").help("Overwrite an existing header file")))]
pub(crate) struct ShareArgs {
    /// Files (folders with --recursive)
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    readers: ReaderOptions,
    #[command(flatten)]
    strength: RequiredStrength,
    #[command(flatten)]
    in_place: InPlaceOptions,
    /// Write only the new header, for someone who already has the file; the file is not changed
    /// ("-": standard output)
    #[arg(long, value_name = "PATH", conflicts_with_all = ["recursive", "dry_run"])]
    header_out: Option<PathBuf>,
    #[command(flatten)]
    existing: ForceOption,
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

impl ShareArgs {
    /// Returns whether results go to standard output.
    fn writes_results(&self) -> bool {
        self.header_to_stdout()
    }

    /// Looks at the place of a detached header before anything is asked.
    fn check_header_out(&self) -> Result<()> {
        let Some(path) = self
            .header_out
            .as_deref()
            .filter(|_| !self.header_to_stdout())
        else {
            return Ok(());
        };
        let options = Options {
            replace: self.existing.replace(),
            mode: Mode::Ciphertext,
            not: &[],
        };
        check_output(path, NamedBy::User, &options).map_err(rewrite_header::header_not_created)
    }

    fn header_to_stdout(&self) -> bool {
        self.header_out.as_ref().is_some_and(|path| is_stdout(path))
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
        match &self.header_out {
            Some(path) => Sandbox::with_programs().output(Some(path)),
            None => Sandbox::with_programs().rewrites(&self.paths),
        }
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
    if args.header_to_stdout() && context.ui.is_json() {
        return Err(data_beside_json());
    }
    refuse_people(&args.paths, "share --to", context)?;
    let folders = Folders::new(args.in_place.recursive);
    let mut found = find_files(&args.paths, folders, "")?;
    let outputs = if args.header_out.is_some() {
        Outputs::Nothing
    } else {
        Outputs::InPlace
    };
    let limits = args.limits.limits();
    let inspect = |input: &Input| {
        if is_for_passphrase(&read_header(input, &limits)?.closed) {
            return Err(RewriteError::Passphrase.into());
        }
        Ok(())
    };
    look_first(&mut found.jobs, outputs, inspect, &context.ui)?;
    args.check_header_out()?;
    let readers = args.readers.settled(&args.paths, context)?;
    let mut loaded = key_files::KeyFiles::default();
    readers.check(context)?;
    let required = RequiredReaders::load(context)?;
    let newcomers = newcomers(&readers, &mut loaded, context)?;
    let own = (&args.acting, &args.identity);
    let signer = rewrite_header::signer(args.signing, &args.in_place, own, context)?;
    let keys = rewrite_header::keys(
        &found.jobs,
        (&args.identity, limits),
        &args.acting,
        &mut loaded,
        context,
    )?;
    let of_plugin = |recipient: &AnyRecipient| matches!(recipient, AnyRecipient::Plugin(_));
    let replace = args.existing.replace();
    let rewriting = HeaderRewrite {
        found,
        known: KnownRecipients::load(context)
            .with(&newcomers)
            .with(required.people()),
        required,
        header_out: args.header_out.as_deref().map(|path| (path, replace)),
        signer,
        wraps_by_plugin: newcomers
            .iter()
            .any(|somebody| somebody.recipients.iter().any(of_plugin)),
        dry_run: args.in_place.dry_run,
        at_once: args.at_once,
        label: "sharing",
        edit: &Sharing {
            newcomers,
            is_classic_refused: args.strength.is_post_quantum(context)?,
            to_stdout: args.header_to_stdout(),
        },
    };
    rewriting.run(&keys, &loaded, context)
}

/// Returns the new readers, by the same rules as for encrypting.
fn newcomers(
    readers: &ReaderOptions,
    loaded: &mut key_files::KeyFiles,
    context: &Context,
) -> Result<Vec<PersonKeys>> {
    let exact = recipients::explicit_recipients(readers, loaded, context)?;
    let targets: Vec<Target> = exact.iter().cloned().map(Target::Recipient).collect();
    recipients::refuse_changed(&targets, context)?;
    let mut newcomers = if readers.to.is_empty() {
        Vec::new()
    } else {
        confirmed::resolve(&readers.to, context)?
    };
    let known = newcomers.iter().flat_map(|person| &person.recipients);
    let mut known: HashSet<String> = known.map(ToString::to_string).collect();
    for recipient in exact {
        let text = recipient.to_string();
        // Otherwise a named reader already has it, or it was given twice.
        if known.insert(text.clone()) {
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
    let people: Vec<PersonName> = newcomers.iter().map(|one| one.who.clone()).collect();
    recipients::warn_of_lost_strength(&people, context)?;
    Ok(newcomers)
}

struct Sharing {
    newcomers: Vec<PersonKeys>,
    is_classic_refused: bool,
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

    fn outcomes(&self, done: &RewrittenFile) -> Vec<Outcome> {
        if done.header.is_some() {
            return Vec::new();
        }
        let already = who_can_already_open_it(done);
        let added = join_with_and(&done.summary.added);
        vec![if added.is_empty() {
            Outcome::done(format!("{already} can already open"), "")
        } else if !done.written {
            Outcome::answer("Would share", format!(" with {added}; nothing was written"))
        } else if already.is_empty() {
            Outcome::done("Shared", format!(" with {added}"))
        } else {
            Outcome::done(
                "Shared",
                format!(" with {added} ({already} can already open it)"),
            )
        }]
    }

    fn print(&self, done: &RewrittenFile, ui: &Ui) {
        let (Some(header), Some(offset)) = (&done.header, done.payload_offset) else {
            return;
        };
        let file = &done.file;
        let who = if done.summary.added.is_empty() {
            who_can_already_open_it(done)
        } else {
            join_with_and(&done.summary.added)
        };
        let (with_it, typed) = if self.to_stdout {
            ("With this header".to_owned(), "HEADER".to_owned())
        } else {
            (format!("Wrote {header}. With it"), header.as_argument())
        };
        let argument = file.as_argument();
        ui.status(&format_args!(
            "{with_it}, {who} can open {file}: bulla decrypt --header {typed} {argument}"
        ));
        // tail counts bytes from 1.
        let from = offset + 1;
        ui.tip(&format_args!(
            "Without bulla: (cat {typed}; tail -c +{from} {argument}) | age -d -i KEY"
        ));
    }
}

/// Names the people who could open a file before.
fn who_can_already_open_it(done: &RewrittenFile) -> String {
    join_with_and(&mark_listed(&done.summary.already, &done.summary.as_listed))
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
            KeyStrength::Classic if self.is_classic_refused => {
                let text = "it uses classic keys, and post-quantum keys are required";
                return Err(refused(text.to_owned()));
            }
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
                let resists = recipient.is_post_quantum();
                resists == Some(wanted) || resists.is_none() && !self.is_classic_refused
            };
            let fitting: Vec<&AnyRecipient> = somebody.recipients.iter().filter(fits).collect();
            if fitting.is_empty() {
                let name = crate::select::known_recipients::DisplayName(&somebody.who);
                return Err(refused(if wanted {
                    format!("it uses post-quantum keys, and {name} has none")
                } else {
                    format!("it uses classic keys, and {name} has none")
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
    if origin.is_some_and(|origin| origin.signer.is_some() && origin.content.is_none()) {
        let file = file.name.as_argument().to_string();
        Err(Refusal::UncoveredContents { file }.into())
    } else {
        Ok(())
    }
}
