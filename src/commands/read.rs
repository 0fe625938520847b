//! `bulla read`: decrypts a pasted message.

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::card::Card;
use crate::command::{Command, Sandbox};
use crate::context::Context;
use crate::errors::{
    CommandError, ErrorContext as _, Failure, Refusal, Result, Subject, damaged_message, usage,
    warn_error,
};
use crate::files::{Input, is_stdin};
use crate::jobs::decrypt_header::{CheckedHeader, DecryptionKeys, wants_passphrase};
use crate::jobs::{typed, write_message};
use crate::keyring::{EarlierReading, KeyStatus, PersonName, SeenMessage, SeenMessages};
use crate::message::{Block, Paste, PasteError, find_blocks, unpad};
use crate::report::authorship::{moment, rfc3339};
use crate::report::file_report::FileReport;
use crate::report::json::FileReportJson;
use crate::report::people::People;
use crate::report::required_signer::{FromOption, RequiredSigner};
use crate::report::{file_report, verdict};
use crate::select::key_files;
use crate::select::options::{ActAs, HeaderOptions, IdentityOptions, PassphraseSource};
use crate::ui::{Stream, Ui, WarningKind};
use crate::{card, config};
use bulla_age::format::{Source, foreign_format, text_in_utf8};
use bulla_age::stream::Engine;
use bulla_age::untrusted::Untrusted;
use bulla_age::{DecryptError, LockedFile};

/// The label between the dashes of a message.
const KIND: &str = "AGE ENCRYPTED FILE";
/// The first bytes of a binary age file.
const AGE: &[u8] = b"age-encryption.org/";
/// The most bytes of a paste. Finding the message in the text that a chat put around it takes
/// several times as much memory.
const LARGEST: u64 = 4 << 20;
/// The most ignored lines that are shown.
const MOST_SAID: usize = 5;

/// Decrypt a message that you paste
///
/// On a terminal, bulla waits for you to paste the message; otherwise it reads a file or standard
/// input. The message may be quoted, wrapped or surrounded by other text. The sender is shown
/// first, and the text only after all of it has been checked. On a terminal each line of the text
/// begins with "│ ", and no other line printed by bulla does.
#[derive(Args, Clone, Debug)]
pub(crate) struct ReadArgs {
    /// File with the message (nothing or "-": paste it, or standard input)
    path: Option<PathBuf>,
    #[command(flatten)]
    identity: IdentityOptions,
    #[command(flatten)]
    limits: HeaderOptions,
    /// The message was encrypted with a passphrase
    #[arg(short, long, help_heading = "Passphrases", conflicts_with_all = ["identity", "plugin", "name", "from", "from_origin", "reply"])]
    passphrase: bool,
    #[command(flatten)]
    acting: ActAs,
    #[command(flatten)]
    from: FromOption,
    /// Then write a reply to the contact who signed it. If standard output is not a terminal, it
    /// gets only the reply
    #[arg(long)]
    reply: bool,
    /// Write the reply in your editor (VISUAL or EDITOR)
    #[arg(long, requires = "reply")]
    edit: bool,
    #[command(flatten)]
    pub(crate) source: PassphraseSource,
}

/// A message that was decrypted.
struct Read {
    account: Option<FileReport>,
    checked: CheckedHeader,
    text: Zeroizing<Vec<u8>>,
    earlier: EarlierReading,
}

/// Why a message is shown. If it is answered, standard output is for the answer, unless it is a
/// terminal.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Read,
    Answer,
}

#[derive(Serialize)]
struct Told<'a> {
    message: &'a str,
    /// Whether the shown text differs from the original because that is not valid UTF-8.
    lossy: bool,
    opened_before: Option<String>,
    older_than: Option<String>,
    ignored: Vec<String>,
    #[serde(flatten)]
    account: Option<FileReportJson>,
}

impl Command for ReadArgs {
    fn passphrase_source(&self) -> Option<&PassphraseSource> {
        Some(&self.source)
    }

    fn owes_data(&self) -> bool {
        true
    }

    fn sandbox(&self) -> Sandbox {
        if self.reply {
            Sandbox::with_programs().reminders()
        } else {
            Sandbox::with_programs()
        }
    }

    fn reads_stdin(&self) -> bool {
        self.path
            .as_ref()
            .is_none_or(|path| path.as_os_str() == "-")
    }

    fn run(&self, context: &Context) -> Result<()> {
        run(self, context)
    }
}

fn run(args: &ReadArgs, context: &Context) -> Result<()> {
    if args.reply && context.ui.is_json() {
        let hint = "Read the message with --json, and answer it with: bulla write --to NAME --json";
        return Err(usage("--reply does not work with --json", Some(hint)));
    }
    let from = args.from.required(context)?;
    let mut loaded = key_files::KeyFiles::default();
    loaded.stdin_is_taken();
    let paste = taken(args, context)?;
    let several = paste.blocks.len() > 1;
    if several && !context.ui.is_json() && !context.ui.stdout_is_terminal() {
        let hint = "Read them on a terminal, use --json, or pass one at a time";
        let text = format!(
            "The input contains {} messages, but only one can be written to a pipe",
            paste.blocks.len()
        );
        return Err(usage(&text, Some(hint)));
    }
    if several && args.reply {
        return Err(usage(
            "The input contains several messages, but you can reply to only one",
            Some("Pass one at a time"),
        ));
    }
    let identities = if args.passphrase {
        Vec::new()
    } else {
        loaded.opening(&args.identity, &args.acting, context)?
    };
    let people = People::load(context);
    people.warn_of_unreadable(context);
    let keys = DecryptionKeys::new(
        identities,
        Untrusted::new("The message"),
        (args.identity.limit.max_work_factor, args.limits.limits()),
        context,
    );
    let by = if args.passphrase {
        By::Passphrase
    } else {
        By::Any
    };
    let path = args.path.as_ref().filter(|path| !is_stdin(path));
    let see_sender = path.map_or_else(
        || ", read it without --from".to_owned(),
        |path| {
            format!(
                ": bulla read {}",
                Untrusted::from(path.as_path()).as_argument()
            )
        },
    );
    let reading = Reading {
        keys,
        by,
        people,
        from,
        see_sender,
        several,
        context,
    };
    let mut messages = Vec::new();
    for (index, block) in paste.blocks.iter().enumerate() {
        let read = reading.open(block).map_err(damaged_message);
        let which = || {
            Subject::Words(if several {
                format!("message {} of {}", index + 1, paste.blocks.len())
            } else {
                "the message".to_owned()
            })
        };
        messages.push(read.about(which)?);
    }
    // Not before it is certain that all of them will be shown.
    for message in &mut messages {
        message.earlier = reading.remember(&message.checked);
    }
    if !args.reply {
        context.start_no_more_programs();
    }
    let purpose = if args.reply {
        Purpose::Answer
    } else {
        Purpose::Read
    };
    for (index, (block, read)) in paste.blocks.iter().zip(&messages).enumerate() {
        let after = if index + 1 == paste.blocks.len() {
            &paste.after[..]
        } else {
            &[]
        };
        if context.ui.is_json() {
            as_json(read, block, after, context)?
        } else {
            reading.show(read, (index, block), after, purpose)?
        }
    }
    match messages.as_slice() {
        [only] if args.reply => reply(only, args, context),
        _ => Ok(()),
    }
}

/// Returns the input and the messages in it.
fn taken(args: &ReadArgs, context: &Context) -> Result<Paste> {
    let path = args.path.as_ref().filter(|path| !is_stdin(path));
    let input = match path {
        Some(path) => Input::open(path)?,
        None => Input::stdin()?,
    };
    let bytes = if input.is_terminal() {
        let pasted = context
            .ui
            .paste("Paste the message")
            .context("No message was pasted")?;
        typed::refuse_nothing(&pasted.bytes, "Nothing was pasted")?;
        if pasted.followed {
            context.ui.warn(
                WarningKind::IgnoredText,
                &"Ignored the text after the message",
            );
        }
        Zeroizing::new(pasted.bytes)
    } else {
        input.read_bounded(LARGEST)?
    };
    // The bytes that others put around the block need not be text.
    find_blocks(&text_in_utf8(&bytes), KIND)
        .map_err(|error| instead_of(&bytes, path.map(PathBuf::as_path), error))
}

/// Returns the error for an input that is something else known.
fn instead_of(bytes: &[u8], path: Option<&Path>, error: PasteError) -> CommandError {
    let file = path.map_or_else(
        || "FILE".to_owned(),
        |path| Untrusted::from(path).as_argument(),
    );
    if !matches!(error, PasteError::Nothing(_)) {
        return error.into();
    }
    let (what, hint) = if bytes.starts_with(AGE) {
        (
            "This is an encrypted file, not a message".into(),
            format!("Decrypt it: bulla decrypt {file}"),
        )
    } else if !matches!(Card::find(bytes), Err(card::CardError::NoCard)) {
        (
            "This is a contact card, not a message".into(),
            format!("Add the contact: bulla contact add {file}"),
        )
    } else if let Some(kind) = foreign_format(bytes) {
        (
            format!("This is {kind}, not a message").into(),
            "Decrypt a file with: bulla decrypt FILE".to_owned(),
        )
    } else {
        return error.into();
    };
    Failure::NotAMessage(what, hint).into()
}

/// The keys that may open a message.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Any,
    Passphrase,
}

struct Reading<'a> {
    keys: DecryptionKeys,
    by: By,
    people: People,
    from: Option<RequiredSigner>,
    /// The end of the hint how to see who signed it. `bulla who` does not find a message in a text.
    see_sender: String,
    several: bool,
    context: &'a Context,
}

impl Reading<'_> {
    /// Decrypts a message completely. Nothing of it is used before all of it is authenticated.
    fn open(&self, block: &Block) -> Result<Read> {
        let mut source = Source::new(block.armored.as_bytes()).map_err(DecryptError::from)?;
        let closed =
            LockedFile::read_within(self.keys.limits(), &mut source).map_err(DecryptError::from)?;
        if self.by == By::Passphrase && !wants_passphrase(&closed) {
            let hint = Some("Read it without --passphrase");
            return Err(usage(
                "it is encrypted to keys, not with a passphrase",
                hint,
            ));
        }
        let checked = self.keys.open_checked(closed)?;
        let account = self.keys.account(&checked, &self.people);
        if let Some(required) = &self.from {
            verdict::require_message_from(account.as_ref(), required, &self.see_sender)?;
        }
        let mut text = Zeroizing::new(Vec::with_capacity(block.armored.len()));
        let engine = checked.engine(Engine::new(1));
        engine.open(&checked.opened.payload_key(), source, &mut *text)?;
        checked.check_content()?;
        let origin = checked.sender.as_ref().and_then(|sender| sender.origin());
        let text = unpad(text, origin.and_then(|origin| origin.true_length))?;
        Ok(Read {
            account,
            checked,
            text,
            earlier: EarlierReading::default(),
        })
    }

    /// Returns what is remembered from earlier readings. A failure to remember never prevents
    /// showing the message.
    fn remember(&self, checked: &CheckedHeader) -> EarlierReading {
        let signed = checked.sender.as_ref().and_then(|sender| {
            let origin = sender.origin()?;
            Some((
                origin.signer?,
                SeenMessage {
                    digest: sender.first_digest(),
                    written: origin.time,
                },
            ))
        });
        let Some((signer, message)) = signed else {
            return EarlierReading::default();
        };
        let note = || -> Result<EarlierReading> {
            if !self.context.config()?.remember_messages.value {
                return Ok(EarlierReading::default());
            }
            let memory = SeenMessages::new(
                &config::state(self.context.keyring()?.path())?,
                self.context.keyring()?.path(),
            );
            Ok(memory.note(&signer, message, self.context.unix_time())?)
        };
        note().unwrap_or_else(|error| {
            warn_error(
                &self.context.ui,
                &error.context("Could not check whether you opened this message before"),
            );
            EarlierReading::default()
        })
    }

    /// Shows the sender, and then the text.
    fn show(
        &self,
        read: &Read,
        (index, block): (usize, &Block),
        after: &[Untrusted],
        purpose: Purpose,
    ) -> Result<()> {
        let ui = &self.context.ui;
        if self.several {
            ui.notice(&format_args!(
                "Message {}, from line {}:",
                index + 1,
                block.line
            ));
        }
        match &read.account {
            Some(account) => file_report::print(&account.lines(), ui),
            None => file_report::print(&file_report::lines_for_passphrase(), ui),
        }
        if let Some(time) = read.earlier.opened {
            ui.warn(
                WarningKind::OpenedBefore,
                &format_args!("You already opened this message on {}", moment(time)),
            );
        }
        if let Some(time) = read.earlier.newer {
            ui.warn(
                WarningKind::OlderMessage,
                &format_args!(
                    "This message is older than the last one from this sender ({})",
                    moment(time)
                ),
            );
        }
        ignored(block, after, ui);
        ui.results_follow();
        let written = match (ui.stdout_is_terminal(), purpose) {
            (true, _) => ui.quoted_text(&read.text, Stream::Stdout),
            (false, Purpose::Read) => ui.results_raw(&read.text),
            (false, Purpose::Answer) => ui.quoted_text(&read.text, Stream::Stderr),
        };
        Ok(written?)
    }
}

/// Shows the ignored lines, up to a limit.
fn ignored(block: &Block, after: &[Untrusted], ui: &Ui) {
    for (place, lines) in [
        ("before", &block.before[..]),
        ("inside", &block.inside),
        ("after", after),
    ] {
        for line in lines.iter().take(MOST_SAID) {
            ui.excerpt(&format!("Ignored text {place} the message"), line);
        }
        if let Some(more) = lines.len().checked_sub(MOST_SAID).filter(|more| *more > 0) {
            ui.notice(&format_args!(
                "Ignored {more} more lines {place} the message"
            ));
        }
    }
}

fn as_json(read: &Read, block: &Block, after: &[Untrusted], context: &Context) -> Result<()> {
    if let Some(report) = &read.account {
        file_report::print_warnings(&report.lines(), &context.ui);
    }
    let text = String::from_utf8_lossy(&read.text);
    let lines = block.before.iter().chain(&block.inside).chain(after);
    let told = Told {
        message: &text,
        lossy: matches!(text, std::borrow::Cow::Owned(_)),
        opened_before: read.earlier.opened.and_then(rfc3339),
        older_than: read.earlier.newer.and_then(rfc3339),
        ignored: lines.map(|line| line.as_raw().to_owned()).collect(),
        account: read.account.as_ref().map(FileReport::fields),
    };
    Ok(context.ui.json(&told)?)
}

/// Writes the answer to the contact who has the signer's key, never to a key from the message.
fn reply(read: &Read, args: &ReadArgs, context: &Context) -> Result<()> {
    let refuse = |why: &str| Err(Refusal::CannotReply(why.to_owned()).into());
    let origin = read
        .checked
        .sender
        .as_ref()
        .and_then(|sender| sender.origin());
    let Some(key) = origin.and_then(|origin| origin.signer) else {
        return refuse("the message is not signed");
    };
    let Some(signer) = context.keyring()?.signer(&key)? else {
        return refuse("the signer is not one of your contacts");
    };
    let name = match (signer.who, signer.status) {
        (PersonName::Contact { name, .. }, KeyStatus::Current) => name,
        (PersonName::Contact { name, .. }, _) => {
            // Undecided or revoked keys are reported in the same words as in all commands.
            let keyring = context.keyring()?;
            keyring.refuse_unusable(&name, &keyring.contact(&name)?)?;
            return refuse(&format!(
                "the message was not signed with the current key of {name}"
            ));
        }
        _ => return refuse("you signed it yourself"),
    };
    let from = match &args.path {
        _ if args.edit => write_message::TextSource::Editor,
        Some(path) if !is_stdin(path) => write_message::TextSource::Stdin,
        _ => write_message::TextSource::Terminal,
    };
    write_message::answer(&name, &args.acting, from, context)
}
