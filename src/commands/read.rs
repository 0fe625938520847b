//! `bulla read`: decrypts a pasted message.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::card::Card;
use crate::command::{Command, Sandbox};
use crate::context::Context;
use crate::errors::{
    CommandError, ErrorContext as _, Failure, Refusal, Result, damaged_message, usage, warn_error,
};
use crate::files::Input;
use crate::jobs::decrypt_header::{CheckedHeader, DecryptionKeys, wants_passphrase};
use crate::jobs::paths::Plugins;
use crate::jobs::{paths, write_message};
use crate::keyring::{EarlierReading, KeyStatus, Name, PersonName, SeenMessage, SeenMessages};
use crate::message::{Block, Paste, PasteError, find_blocks, unpad};
use crate::report::authorship::moment;
use crate::report::file_report::{FileReport, row};
use crate::report::json::FileReportJson;
use crate::report::people::People;
use crate::report::{file_report, verdict};
use crate::select::key_files;
use crate::select::options::{ActAs, FromOption, IdentityOptions, PassphraseSource};
use crate::ui::{Stream, Ui};
use crate::{card, config};
use bulla_age::format::Source;
use bulla_age::stream::Engine;
use bulla_age::untrusted::Untrusted;
use bulla_age::{DecryptError, LockedFile};

/// The label between the dashes of a message.
const KIND: &str = "AGE ENCRYPTED FILE";
/// The first bytes of a binary age file.
const AGE: &[u8] = b"age-encryption.org/";
/// The most bytes of a paste.
const LARGEST: u64 = 16 << 20;
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
    /// The message was encrypted with a passphrase
    #[arg(short, long, conflicts_with_all = ["identity", "plugin", "name", "from", "reply"])]
    passphrase: bool,
    #[command(flatten)]
    acting: ActAs,
    #[command(flatten)]
    from: FromOption,
    /// Then write a reply to the contact who signed it. If standard output is not a terminal, it
    /// gets only the reply
    #[arg(long, conflicts_with = "json")]
    reply: bool,
    /// Write the reply in your editor (VISUAL or EDITOR)
    #[arg(long, requires = "reply")]
    edit: bool,
    /// Print a JSON object per message, with the text in a field
    #[arg(long)]
    json: bool,
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
    text: &'a str,
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

    fn sandbox(&self) -> Sandbox {
        Sandbox::ConfinesItself
    }

    fn run(&self, context: &Context) -> Result<()> {
        run(self, context)
    }
}

fn run(args: &ReadArgs, context: &Context) -> Result<()> {
    let from = args.from.name(context)?;
    let mut loaded = key_files::KeyFiles::default();
    loaded.stdin_is_taken();
    let paste = taken(args, context)?;
    let several = paste.blocks.len() > 1;
    if several && !args.json && !context.ui.stdout_is_terminal() {
        let hint = "Read them on a terminal, use --json, or pass one at a time";
        let text = format!(
            "The input contains {} messages, but only the text of one can go to a pipe",
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
    let identities = match args.passphrase {
        true => Vec::new(),
        false => loaded.opening(&args.identity, &args.acting, context)?,
    };
    let people = People::load(context);
    people.warn_of_unreadable(context);
    let keys = DecryptionKeys::new(
        identities,
        Untrusted::new("The message"),
        args.identity.limit.max_work_factor,
        context,
    );
    let by = if args.passphrase {
        By::Passphrase
    } else {
        By::Any
    };
    let reading = Reading {
        keys,
        by,
        people,
        from,
        several,
        context,
    };
    let mut messages = Vec::new();
    for (index, block) in paste.blocks.iter().enumerate() {
        let read = reading.open(block).map_err(damaged_message);
        let number = || format!("Message {} of {}", index + 1, paste.blocks.len());
        messages.push(if several {
            read.with_context(number)?
        } else {
            read?
        });
    }
    // Not before it is certain that all of them will be shown.
    for message in &mut messages {
        message.earlier = reading.remember(&message.checked);
    }
    if !args.reply {
        paths::confine(&[], Plugins::Finished, &context.ui);
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
        match args.json {
            true => as_json(read, block, after, context)?,
            false => reading.show(read, (index, block), after, purpose)?,
        }
    }
    match messages.as_slice() {
        [only] if args.reply => reply(only, args, context),
        _ => Ok(()),
    }
}

/// Returns the input and the messages in it.
fn taken(args: &ReadArgs, context: &Context) -> Result<Paste> {
    let path = args.path.as_ref().filter(|path| path.as_os_str() != "-");
    let input = match path {
        Some(path) => Input::open(path)?,
        None => Input::stdin()?,
    };
    let bytes = match input.is_terminal() {
        true => {
            let pasted = context
                .ui
                .paste("Paste the message")
                .context("No message was pasted")?;
            if pasted.followed {
                context.ui.warning(&"Ignored the text after the message");
            }
            Zeroizing::new(pasted.bytes)
        }
        false => input.read_bounded(LARGEST)?,
    };
    // The bytes that others put around the block need not be text.
    find_blocks(&String::from_utf8_lossy(&bytes), KIND).map_err(|error| instead_of(&bytes, error))
}

/// Returns the error for an input that is something else known.
fn instead_of(bytes: &[u8], error: PasteError) -> CommandError {
    let (what, hint) = match error {
        PasteError::Nothing(_) if bytes.starts_with(AGE) => (
            "This is an encrypted file, not a message",
            "Decrypt it: bulla decrypt FILE",
        ),
        PasteError::Nothing(_) if !matches!(Card::find(bytes), Err(card::CardError::NoCard)) => (
            "This is a contact card, not a message",
            "Add the contact: bulla contact add NAME FILE",
        ),
        _ => return error.into(),
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
    from: Option<Name>,
    several: bool,
    context: &'a Context,
}

impl Reading<'_> {
    /// Decrypts a message completely. Nothing of it is used before all of it is authenticated.
    fn open(&self, block: &Block) -> Result<Read> {
        let mut source = Source::new(block.armored.as_bytes()).map_err(DecryptError::from)?;
        let closed = LockedFile::read(&mut source).map_err(DecryptError::from)?;
        if self.by == By::Passphrase && !wants_passphrase(&closed) {
            let hint = Some("Read it without --passphrase");
            return Err(usage(
                "The message is encrypted to keys, not with a passphrase",
                hint,
            ));
        }
        let checked = self.keys.open_checked(closed)?;
        let account = self.keys.account(&checked, &self.people);
        if let Some(name) = &self.from {
            verdict::require_from(account.as_ref(), name)?;
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
            let memory = SeenMessages::new(&config::state()?, self.context.keyring()?.path());
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
            ui.status(&format_args!(
                "Message {}, from line {}:",
                index + 1,
                block.line
            ));
        }
        match &read.account {
            Some(account) => file_report::print(&account.lines(), ui),
            None => {
                ui.status(&row("From", "anyone who knows the passphrase"));
                ui.status(&row("Keys", "none (encrypted with a passphrase)"));
            }
        }
        if let Some(time) = read.earlier.opened {
            ui.warning(&format_args!(
                "You already opened this message on {}",
                moment(time)
            ));
        }
        if let Some(time) = read.earlier.newer {
            ui.warning(&format_args!(
                "This message is older than the last one from this sender ({})",
                moment(time)
            ));
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
            ui.excerpt(&format!("Ignored {place} the message"), line);
        }
        if let Some(more) = lines.len().checked_sub(MOST_SAID).filter(|more| *more > 0) {
            ui.status(&format_args!(
                "Ignored {place} the message: {more} more lines"
            ));
        }
    }
}

fn as_json(read: &Read, block: &Block, after: &[Untrusted], context: &Context) -> Result<()> {
    let text = String::from_utf8_lossy(&read.text);
    let lines = block.before.iter().chain(&block.inside).chain(after);
    let told = Told {
        text: &text,
        lossy: matches!(text, std::borrow::Cow::Owned(_)),
        opened_before: read.earlier.opened.map(moment),
        older_than: read.earlier.newer.map(moment),
        ignored: lines.map(|line| line.as_raw().to_owned()).collect(),
        account: read.account.as_ref().map(FileReport::fields),
    };
    Ok(context.ui.json(&told, Stream::Stdout)?)
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
        Some(path) if path.as_os_str() != "-" => write_message::TextSource::Stdin,
        _ => write_message::TextSource::Terminal,
    };
    write_message::answer(&name, &args.acting, from, context)
}
