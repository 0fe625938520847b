//! `bulla who`: who encrypted a file, and who can open it.

use std::path::PathBuf;

use clap::Args;

use crate::command::{Command, Sandbox};
use crate::context::Context;
use crate::errors::{CommandError, Failure, Result, kinds_of_keys, warn_error};
use crate::files::Input;
use crate::jobs::batch::Written;
use crate::jobs::decrypt_header::{DecryptionKeys, is_for_passphrase, read_header};
use crate::jobs::look_first::{Outputs, look_first};
use crate::jobs::paths::Job;
use crate::jobs::survey::{Survey, SurveyOptions};
use crate::jobs::{batch, paths, typed};
use crate::report::file_report;
use crate::report::file_report::{FileReport, Line, row};
use crate::report::people::People;
use crate::report::required_signer::{FromOption, RequiredSigner};
use crate::report::seen_json::{SeenJson, has_list, types};
use crate::report::sought::{RequireOption, Sought, require_readers};
use crate::report::verdict::require_from;
use crate::select::concurrency::ThreadOptions;
use crate::select::key_files;
use crate::select::options::{ActAs, HeaderOptions, IdentityOptions, PassphraseSource};
use crate::ui::{Align, aligned};
use bulla_age::stream::{At, Engine};
use bulla_age::{DecryptError, Inspection};

/// Show who encrypted a file, and who can open it
///
/// If you can open the file, bulla recomputes the key of each person you know. If it matches, that
/// reader is proved; the rest is listed as unknown. If you cannot open it, bulla shows what is
/// visible from outside and exits with code 3. The contents are read only if they were signed.
///
/// This cannot show other copies of the file, older or detached headers that also open it, what its
/// readers did with it, or what a dishonest program put elsewhere.
#[derive(Args, Clone, Debug)]
pub(crate) struct WhoArgs {
    /// Files to look at ("-": standard input; folders with --recursive)
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    identity: IdentityOptions,
    #[command(flatten)]
    limits: HeaderOptions,
    #[command(flatten)]
    acting: ActAs,
    /// Exit with code 9 unless every reader is proved and there are no warnings
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    from: FromOption,
    #[command(flatten)]
    require: RequireOption,
    #[command(flatten)]
    survey: SurveyOptions,
    #[command(flatten)]
    pub(crate) source: PassphraseSource,
    #[command(flatten)]
    threads: ThreadOptions,
}

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

impl Command for WhoArgs {
    fn passphrase_source(&self) -> Option<&PassphraseSource> {
        Some(&self.source)
    }

    fn sandbox(&self) -> Sandbox {
        Sandbox::with_programs()
    }

    fn reads_stdin(&self) -> bool {
        paths::name_stdin(&self.paths)
    }

    fn run(&self, context: &Context) -> Result<()> {
        run(self, context)
    }
}

fn run(args: &WhoArgs, context: &Context) -> Result<()> {
    let from = args.from.required(context)?;
    let required = args.require.required(context)?;
    if args.survey.recursive {
        return survey(args, from.as_ref(), &required, context);
    }
    let mut inputs = paths::read_only_jobs(&args.paths)?;
    let limits = args.limits.limits();
    let inspect = |input: &Input| read_header(input, &limits).map(drop);
    look_first(&mut inputs, Outputs::Nothing, inspect, &context.ui)?;
    let mut loaded = key_files::KeyFiles::default();
    if inputs.iter().any(|job| job.input.is_none()) {
        loaded.stdin_is_taken();
    }
    let identities = match context.place() {
        // Without a place to look for identities, the outside of the file can still be shown.
        Err(error) if args.identity.are_of_keyring() => {
            warn_error(&context.ui, &error.into());
            Vec::new()
        }
        _ => loaded.opening(&args.identity, &args.acting, context)?,
    };
    let keys = DecryptionKeys::new(
        identities,
        paths::called(&inputs),
        (args.identity.limit.max_work_factor, limits),
        context,
    );
    typed::armored(&mut inputs, &context.ui)?;
    // No passphrase is asked for, because it would reveal nothing.
    let for_keys: Vec<Job> = inputs
        .iter()
        .filter(|job| {
            !keys
                .header_of(job)
                .is_some_and(|closed| is_for_passphrase(&closed))
        })
        .cloned()
        .collect();
    keys.prepare(&for_keys);
    let people = People::load(context);
    people.warn_of_unreadable(context);
    keys.confine_before_work(context);
    let (concurrency, threads) = args.threads.share(inputs.len(), context.preferences()?);
    let progress = batch::progress("looking", inputs.len(), None, &context.ui);
    let looking = Looking {
        inputs: &inputs,
        keys: &keys,
        people: &people,
        engine: Engine::new(threads).with_progress(progress.counter()),
        context,
    };
    batch::files(
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
            if context.ui.is_json() {
                if let Seen::Opened(account, _) = &seen {
                    file_report::print_warnings(&account.lines(), &context.ui);
                }
                context.ui.json(&as_json(job.name().as_raw(), &seen))?;
            } else {
                let lines = as_text(job, &seen);
                lines.iter().try_for_each(|line| context.ui.result(line))?;
            }
            judge(seen, args.strict, (from.as_ref(), &required))
                .map_err(|error| error.about(job.name()))
        },
    )
}

/// Looks at the headers of all age files in folders.
fn survey(
    args: &WhoArgs,
    from: Option<&RequiredSigner>,
    required: &[Sought],
    context: &Context,
) -> Result<()> {
    let filters = args.survey.filters(context)?;
    let (keys, at_once) = ((&args.identity, &args.acting), args.threads.at_once);
    let survey = Survey::new(&args.paths, keys, &args.limits, at_once, context)?;
    let verdict = |account: Option<&FileReport>| verdict(account, args.strict, (from, required));
    survey.print(&filters, args.survey.form(context), verdict)
}

struct Looking<'a> {
    inputs: &'a [Job],
    keys: &'a DecryptionKeys,
    people: &'a People,
    engine: Engine,
    context: &'a Context,
}

impl Looking<'_> {
    fn at(&self, job: &Job) -> Result<Seen> {
        let input = job.open()?;
        let begun = self.keys.read_header(&input)?;
        if is_for_passphrase(&begun.closed) {
            return Ok(Seen::Passphrase);
        }
        let from_outside = Inspection::new(&begun.closed, None);
        let checked = match self.keys.open_checked(begun.closed) {
            Err(error @ DecryptError::NoMatch { .. }) => {
                return Ok(Seen::Closed(from_outside, error.into()));
            }
            checked => checked?,
        };
        self.keys.confine_after_header(self.inputs, self.context);
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
                            place: &input.reads(len),
                            offset,
                        },
                        len,
                    )?,
                    None => engine.authenticate(&key, begun.source)?,
                };
                checked.check_content()?;
                input.check_length()?;
                Contents::Read
            }
        };
        let account = self.keys.account(&checked, self.people);
        Ok(account.map_or(Seen::Passphrase, |account| {
            Seen::Opened(Box::new(account), contents)
        }))
    }
}

/// Returns the verdict if one was requested. A file that no key opens fails.
fn judge(seen: Seen, strict: bool, demanded: (Option<&RequiredSigner>, &[Sought])) -> Result<()> {
    match seen {
        Seen::Closed(_, error) => Err(error),
        Seen::Opened(account, _) => verdict(Some(&account), strict, demanded),
        Seen::Passphrase => verdict(None, strict, demanded),
    }
}

/// Returns the verdict on a file that was opened, or that a passphrase opens.
fn verdict(
    account: Option<&FileReport>,
    strict: bool,
    (from, required): (Option<&RequiredSigner>, &[Sought]),
) -> Result<()> {
    from.map_or(Ok(()), |from| require_from(account, from))?;
    require_readers(account, required)?;
    match account {
        Some(account) if strict => Ok(account.strict()?),
        None if strict => {
            let why = "it is encrypted with a passphrase, and anyone may know it";
            Err(Failure::Sender(why.to_owned(), None).into())
        }
        _ => Ok(()),
    }
}

fn as_json<'a>(file: &'a str, seen: &Seen) -> SeenJson<'a> {
    match seen {
        Seen::Passphrase => SeenJson::passphrase(file),
        Seen::Closed(outside, _) => SeenJson::closed(file, outside),
        Seen::Opened(account, contents) => {
            SeenJson::opened(file, account, *contents == Contents::Read)
        }
    }
}

fn as_text(job: &Job, seen: &Seen) -> Vec<String> {
    let mut lines = vec![job.name().to_string()];
    let mut add = |heading: &str, text: &str| lines.push(format!("  {}", row(heading, text)));
    match seen {
        Seen::Passphrase => add("Keys", "none (encrypted with a passphrase)"),
        Seen::Closed(outside, _) => {
            let kinds = types(outside);
            add(
                "Keys",
                &format!(
                    "{}; {} cannot be seen from outside",
                    kinds_of_keys(&kinds),
                    if kinds.len() == 1 {
                        "its owner"
                    } else {
                        "their owners"
                    }
                ),
            );
            if has_list(outside) {
                add("Readers", "hidden until the file is opened")
            } else {
                add("Readers", "none listed: this file has no reader list")
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
