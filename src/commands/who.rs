//! `bulla who`: who encrypted a file, and who can open it.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::Args;
use serde::Serialize;

use crate::command::{Command, Sandbox};
use crate::config;
use crate::context::Context;
use crate::errors::{CommandError, Failure, Result, warn_error};
use crate::jobs::batch::Written;
use crate::jobs::decrypt_header::{DecryptionKeys, read_header};
use crate::jobs::paths::{Job, Plugins};
use crate::jobs::{batch, paths};
use crate::keyring::Name;
use crate::report::file_report::{FileReport, Line, row};
use crate::report::json::FileReportJson;
use crate::report::people::People;
use crate::report::verdict::require_from;
use crate::select::concurrency::ThreadOptions;
use crate::select::key_files;
use crate::select::options::{ActAs, FromOption, IdentityOptions, PassphraseSource};
use crate::ui::{Align, Stream, aligned};
use bulla_age::stream::{At, Engine};
use bulla_age::untrusted::Untrusted;
use bulla_age::{DecryptError, Inspection, LockedFile};

/// Show who encrypted a file, and who can open it
///
/// If you can open the file, bulla recomputes the key of each person you know. If it matches, that
/// reader is proved; the rest is listed as unknown. If you cannot open it, bulla shows what is
/// visible from outside and exits with code 3. The contents are read only if they were signed.
///
/// This cannot show: other copies, older versions with other readers, or what readers did with the
/// contents.
#[derive(Args, Clone, Debug)]
pub(crate) struct WhoArgs {
    /// Files to look at ("-": standard input)
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    identity: IdentityOptions,
    #[command(flatten)]
    acting: ActAs,
    /// Exit with code 9 unless every reader is proved and there are no warnings
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    from: FromOption,
    /// Print a JSON object per file
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pub(crate) source: PassphraseSource,
    #[command(flatten)]
    threads: ThreadOptions,
}

/// Printed last: what no header can show.
const UNSEEN: [&str; 2] = [
    "This cannot show other copies of the file, older or detached headers that also open it,",
    "what its readers did with it, or what a dishonest program put elsewhere.",
];

/// What can be seen of a file.
enum Seen {
    /// A passphrase is the only way to open it.
    Passphrase,
    /// None of the tried keys opens it.
    Closed(Inspection, CommandError),
    /// The report, and whether the contents were read for it.
    Opened(Box<FileReport>, Contents),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Contents {
    Read,
    NotRead,
}

#[derive(Serialize)]
struct Told {
    path: String,
    opened: bool,
    passphrase: bool,
    /// The types of the keys, if nothing more can be seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    types: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    has_list: Option<bool>,
    contents_read: bool,
    #[serde(flatten)]
    account: Option<FileReportJson>,
}

impl Command for WhoArgs {
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

fn run(args: &WhoArgs, context: &Context) -> Result<()> {
    let inputs = paths::read_only_jobs(&args.paths)?;
    let from = args.from.name(context)?;
    let mut loaded = key_files::KeyFiles::default();
    if inputs.iter().any(|job| job.input.is_none()) {
        loaded.stdin_is_taken();
    }
    let identities = match loaded.opening(&args.identity, &args.acting, context) {
        // Without a place to look for identities, the outside of the file can still be shown.
        Err(error) if matches!(error.downcast_ref(), Some(config::Error::NoHome)) => {
            warn_error(&context.ui, &error);
            Vec::new()
        }
        identities => identities?,
    };
    let keys = DecryptionKeys::new(
        identities,
        Untrusted::new("these files"),
        args.identity.limit.max_work_factor,
        context,
    );
    // No passphrase is asked for, because it would reveal nothing.
    let for_keys: Vec<Job> = inputs
        .iter()
        .filter(|job| !is_for_passphrase(job))
        .cloned()
        .collect();
    let programs = keys.prepare(&for_keys);
    let people = People::load(context);
    people.warn_of_unreadable(context);
    paths::confine(&[], programs, &context.ui);
    let (concurrency, threads) = args.threads.share(inputs.len(), context.preferences()?);
    let progress = batch::progress("looking", inputs.len(), None, &context.ui);
    let looking = Looking {
        inputs: &inputs,
        programs,
        keys: &keys,
        people: &people,
        engine: Engine::new(threads).with_progress(progress.counter()),
        context,
    };
    let told = AtomicBool::new(false);
    let result = batch::files(
        &inputs,
        concurrency,
        &context.ui,
        progress,
        |job| {
            Ok(Written {
                output: None,
                done: looking.at(job)?,
            })
        },
        |job, seen| {
            match args.json {
                true => context.ui.json(&as_json(job, &seen), Stream::Stdout),
                false => as_text(job, &seen)
                    .iter()
                    .try_for_each(|line| context.ui.result(line)),
            }?;
            told.fetch_or(matches!(seen, Seen::Opened(..)), Ordering::Relaxed);
            judge(seen, args.strict, from.as_ref()).map_err(|error| error.context(job.name()))
        },
    );
    if told.into_inner() && !args.json {
        let said = UNSEEN.iter().try_for_each(|line| context.ui.result(line));
        said?;
    }
    result
}

struct Looking<'a> {
    inputs: &'a [Job],
    programs: Plugins,
    keys: &'a DecryptionKeys,
    people: &'a People,
    engine: Engine,
    context: &'a Context,
}

impl Looking<'_> {
    fn at(&self, job: &Job) -> Result<Seen> {
        let input = job.open()?;
        let begun = read_header(&input)?;
        if has_passphrase(&begun.closed) {
            return Ok(Seen::Passphrase);
        }
        let from_outside = Inspection::new(&begun.closed, None);
        let checked = match self.keys.open_checked(begun.closed) {
            Err(error) if matches!(error.downcast_ref(), Some(DecryptError::NoMatch { .. })) => {
                return Ok(Seen::Closed(from_outside, error));
            }
            checked => checked?,
        };
        self.keys
            .confine_once_unlocked(self.inputs, self.programs, &self.context.ui);
        let contents = match checked.covers_content() {
            false => Contents::NotRead,
            true => {
                let (key, engine) = (
                    checked.opened.payload_key(),
                    checked.engine(self.engine.clone()),
                );
                match begun.payload {
                    Some((offset, len)) => engine.authenticate_at(
                        &key,
                        At {
                            place: input.file(),
                            offset,
                        },
                        len,
                    )?,
                    None => engine.authenticate(&key, begun.source)?,
                };
                checked.check_content()?;
                input.check_unchanged()?;
                Contents::Read
            }
        };
        let account = self.keys.account(&checked, self.people);
        Ok(account.map_or(Seen::Passphrase, |account| {
            Seen::Opened(Box::new(account), contents)
        }))
    }
}

fn has_passphrase(closed: &LockedFile) -> bool {
    matches!(closed.header().stanzas(), [only] if bulla_age::stanza_type::is_passphrase(&only.tag))
}

fn is_for_passphrase(job: &Job) -> bool {
    crate::jobs::decrypt_header::header_of(job).is_some_and(|closed| has_passphrase(&closed))
}

/// Returns the verdict if one was requested. A file that no key opens fails.
fn judge(seen: Seen, strict: bool, from: Option<&Name>) -> Result<()> {
    match seen {
        Seen::Closed(_, error) => return Err(error),
        Seen::Opened(account, _) => {
            from.map_or(Ok(()), |name| account.require_from(name))?;
            if strict {
                account.strict()?;
            }
        }
        Seen::Passphrase => {
            from.map_or(Ok(()), |name| require_from(None, name))?;
            if strict {
                let why = "it is encrypted with a passphrase, and anyone may know it";
                return Err(Failure::Sender(why.to_owned(), None).into());
            }
        }
    }
    Ok(())
}

fn as_json(job: &Job, seen: &Seen) -> Told {
    let path = job.name().as_raw().to_owned();
    let told = Told {
        path,
        opened: false,
        passphrase: false,
        types: None,
        has_list: None,
        contents_read: false,
        account: None,
    };
    match seen {
        Seen::Passphrase => Told {
            passphrase: true,
            ..told
        },
        Seen::Closed(outside, _) => Told {
            types: Some(
                outside
                    .recipients()
                    .map(|stanza| stanza.kind.as_raw().to_owned())
                    .collect(),
            ),
            has_list: Some(has_list(outside)),
            ..told
        },
        Seen::Opened(account, contents) => Told {
            opened: true,
            contents_read: *contents == Contents::Read,
            account: Some(account.fields()),
            ..told
        },
    }
}

fn has_list(outside: &Inspection) -> bool {
    outside.stanzas.iter().any(|stanza| stanza.is_about_author)
}

fn as_text(job: &Job, seen: &Seen) -> Vec<String> {
    let mut lines = vec![job.name().to_string()];
    let mut add = |heading: &str, text: &str| lines.push(format!("  {}", row(heading, text)));
    match seen {
        Seen::Passphrase => add("Keys", "none (encrypted with a passphrase)"),
        Seen::Closed(outside, _) => {
            add(
                "Keys",
                &format!(
                    "{}; their owners cannot be seen from outside",
                    kinds(outside)
                ),
            );
            match has_list(outside) {
                true => add("Readers", "hidden until the file is opened"),
                false => add("Readers", "none listed: this file has no reader list"),
            }
        }
        Seen::Opened(account, contents) => {
            for line in account.lines() {
                match line {
                    Line::Row("Keys", text) => {
                        add("Keys", &text);
                        aligned([Align::Left; 3], &account.each())
                            .iter()
                            .for_each(|each| add("", each));
                    }
                    Line::Row(heading, text) => add(heading, &text),
                    Line::Warning(text) => add("Warning", &text),
                }
            }
            match contents {
                Contents::Read if account.covers_contents() => {
                    add("Contents", "intact and as signed");
                }
                Contents::Read => add("Contents", "intact, but not signed by the author"),
                Contents::NotRead => add("Contents", "not checked (bulla verify does)"),
            }
        }
    }
    lines
}

/// `3 keys: 2 × X25519, 1 × ssh-ed25519`
fn kinds(outside: &Inspection) -> String {
    let mut kinds: Vec<(&Untrusted, usize)> = Vec::new();
    for stanza in outside.recipients() {
        match kinds.iter_mut().find(|(kind, _)| *kind == &stanza.kind) {
            Some((_, count)) => *count += 1,
            None => kinds.push((&stanza.kind, 1)),
        }
    }
    let all: usize = kinds.iter().map(|(_, count)| count).sum();
    let s = if all == 1 { "" } else { "s" };
    let kinds: Vec<String> = kinds
        .iter()
        .map(|(kind, count)| format!("{count} × {kind}"))
        .collect();
    format!("{all} key{s}: {}", kinds.join(", "))
}
