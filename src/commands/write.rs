//! `bulla write`: a short message, as text to paste into any chat or mail.

use clap::Args;

use crate::command::{Command, Sandbox};
use crate::context::Context;
use crate::errors::Result;
use crate::files::Mode;
use crate::jobs::write_message::{BlockForm, MessageDraft, TextSource};
use crate::select::key_files;
use crate::select::options::{OutputOptions, PassphraseSource};
use crate::select::recipients::{
    IncludeSelf, ReaderListOptions, RecipientOptions, Recipients, Unaddressed,
};
use crate::select::signer::Signer;
use bulla_age::NewFile;

/// Unlike other commands, this one does not encrypt to the user by default.
const TO: &str = "Encrypt to this contact, group, identity or age1… key, but not to yourself \
    (repeatable)";

/// Write a short message to paste into a chat or mail
///
/// Reads the message from standard input, or lets you type it on a terminal (end with Ctrl-D). The
/// result is one block of text, signed by you. Only the people you name can read it (and you, with
/// --self). The output is padded so that its length gives little away. Chat programs limit the
/// length of a message (Discord 2,000 characters, Telegram 4,096); bulla says so if it is longer,
/// and whether --classic makes it short enough.
///
/// With --edit you write in your editor (VISUAL or EDITOR), in a private folder that is kept in
/// memory where possible and deleted afterwards. vim, neovim, nano and emacs are told not to keep
/// copies; bulla cannot prevent copies made by other editors, plugins, a clipboard or swap.
#[derive(Args, Clone, Debug)]
#[command(mut_arg("to", |to| to.help(TO)))]
#[command(mut_arg("output", |output| output.help("Write the message to this file (\"-\": standard output)")))]
#[command(mut_arg("force", |force| force.requires("output")))]
#[command(mut_arg("hide_recipients", |hide| hide.conflicts_with("plain")))]
pub(crate) struct WriteArgs {
    #[command(flatten)]
    recipients: RecipientOptions,
    /// Also encrypt to yourself
    #[arg(long = "self", conflicts_with = "passphrase")]
    include_self: bool,
    /// Use only classic keys, which make the message about 2,000 characters shorter for each reader,
    /// but do not resist quantum computers
    #[arg(long, conflicts_with_all = ["passphrase", "require_post_quantum"])]
    classic: bool,
    /// Do not sign the message
    #[arg(long)]
    no_sign: bool,
    /// Sign so that not even a quantum computer can forge it (makes the message 9,400 characters
    /// longer)
    #[arg(long, conflicts_with_all = ["no_sign", "plain", "passphrase"])]
    post_quantum_signature: bool,
    #[command(flatten)]
    list: ReaderListOptions,
    /// Write the message in your editor (VISUAL or EDITOR)
    #[arg(long)]
    edit: bool,
    /// Also draw a QR code, if the message is short enough for the terminal
    #[arg(long, conflicts_with = "output")]
    qr: bool,
    #[command(flatten)]
    output: OutputOptions,
    #[command(flatten)]
    pub(crate) source: PassphraseSource,
}

impl Command for WriteArgs {
    fn passphrase_source(&self) -> Option<&PassphraseSource> {
        Some(&self.source)
    }

    fn prints(&self) -> bool {
        self.output.path().is_none()
    }

    fn owes_data(&self) -> bool {
        self.prints()
    }

    fn sandbox(&self) -> Sandbox {
        Sandbox::with_programs()
            .output(self.output.output.as_ref())
            .reminders()
    }

    fn reads_stdin(&self) -> bool {
        !self.edit
    }

    fn run(&self, context: &Context) -> Result<()> {
        run(self, context)
    }
}

fn run(args: &WriteArgs, context: &Context) -> Result<()> {
    let include_self = if args.include_self {
        IncludeSelf::Yes
    } else {
        IncludeSelf::No
    };
    let mut keys = key_files::KeyFiles::default();
    if !args.edit {
        keys.stdin_is_taken();
    }
    if args.edit {
        context.check_editor()?;
    }
    let output = match args.output.path() {
        // Opened before a text is typed that could not be written.
        Some(path) => Some((args.output.create(Mode::Ciphertext)?, path.as_path())),
        None => None,
    };
    let line = Unaddressed {
        command: "write",
        paths: &[],
        may_use_passphrase: !args.include_self
            && !args.list.hide_recipients
            && !args.post_quantum_signature
            && !args.classic,
        is_for_others: false,
    };
    let readers = args.recipients.settled(&line, context)?;
    let options = readers.with_classic(args.classic).for_a("message");
    let signs = !args.no_sign && !args.list.plain && !readers.is_passphrase();
    if signs {
        readers.check_signer(context)?;
    }
    let recipients = Recipients::resolve(&options, include_self, &mut keys, context)?;
    // Unlocked before the text is typed, so that a wrong passphrase does not lose the text.
    let signer = if signs {
        readers.signer(&recipients, context)?
    } else {
        Signer::nobody()
    };
    let signer = if args.post_quantum_signature {
        signer
    } else {
        signer.with_short_signatures()
    };
    let hidden = recipients.hidden();
    let wraps = recipients.wraps(&hidden, args.list.hide_recipients);
    let draft = MessageDraft {
        file: NewFile::new(&wraps)?,
        recipients: &recipients,
        signer,
        plain: args.list.plain,
    };
    let from = if args.edit {
        TextSource::Editor
    } else {
        TextSource::Stdin
    };
    if !recipients.include_user() && context.ui.can_ask() {
        context.ui.tip(
            &"You cannot open this message yourself later. To keep a copy that you can, add --self",
        );
    }
    let form = if args.qr {
        BlockForm::Drawn
    } else {
        BlockForm::Text
    };
    draft.finish(from, form, output, context)
}
