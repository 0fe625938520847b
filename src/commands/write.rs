//! `bulla write`: a short message, as text to paste into any chat or mail.

use clap::Args;

use crate::command::{Command, Sandbox};
use crate::context::Context;
use crate::errors::Result;
use crate::jobs::write_message::{BlockForm, MessageDraft, TextSource};
use crate::select::key_files;
use crate::select::options::PassphraseSource;
use crate::select::recipients::{IncludeSelf, RecipientOptions, Recipients};
use crate::select::signer::Signer;
use bulla_age::sender::HiddenRecipient;
use bulla_age::{NewFile, Recipient};

/// Unlike other commands, this one does not encrypt to the user by default.
const TO: &str = "Encrypt to this contact, group, identity or age1… key, but not to yourself \
    (repeatable)";

/// Write a short message to paste into a chat or mail
///
/// Reads the message from standard input, or lets you type it on a terminal (end with Ctrl-D). The
/// result is one block of text, signed by you. Only the people you name can read it (and you, with
/// --self). The output is padded so that its length gives little away.
///
/// With --edit you write in your editor (VISUAL or EDITOR), in a private folder that is kept in
/// memory where possible and deleted afterwards. vim, neovim, nano and emacs are told not to keep
/// copies; bulla cannot prevent copies made by other editors, plugins, a clipboard or swap.
#[derive(Args, Clone, Debug)]
#[command(mut_arg("to", |to| to.help(TO)))]
pub(crate) struct WriteArgs {
    #[command(flatten)]
    recipients: RecipientOptions,
    /// Also encrypt to yourself
    #[arg(long = "self", conflicts_with = "passphrase")]
    include_self: bool,
    /// Do not sign the message
    #[arg(long)]
    no_sign: bool,
    /// Hide the names of the recipients from each other
    #[arg(long, conflicts_with_all = ["passphrase", "plain"])]
    hide_recipients: bool,
    /// Write a bare age file, without reader list or signature
    #[arg(long)]
    plain: bool,
    /// Write the message in your editor (VISUAL or EDITOR)
    #[arg(long)]
    edit: bool,
    /// Also draw a QR code, if the message is short enough for the terminal
    #[arg(long)]
    qr: bool,
    #[command(flatten)]
    pub(crate) source: PassphraseSource,
}

impl Command for WriteArgs {
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
    let recipients = Recipients::resolve(&args.recipients, include_self, &mut keys, context)?;
    // Unlocked before the text is typed, so that a wrong passphrase does not lose the text.
    let signer = match args.no_sign || args.plain || recipients.is_passphrase() {
        true => Signer::nobody(),
        false => args.recipients.signer(&recipients, context)?,
    };
    let hidden: Vec<HiddenRecipient<'_>> = recipients
        .as_recipients()
        .into_iter()
        .map(HiddenRecipient)
        .collect();
    let wraps: Vec<&dyn Recipient> = match args.hide_recipients {
        true => hidden
            .iter()
            .map(|hidden| -> &dyn Recipient { hidden })
            .collect(),
        false => recipients.as_recipients(),
    };
    let draft = MessageDraft {
        file: NewFile::new(&wraps)?,
        recipients: &recipients,
        signer,
        plain: args.plain,
    };
    let from = if args.edit {
        TextSource::Editor
    } else {
        TextSource::Stdin
    };
    draft.finish(
        from,
        if args.qr {
            BlockForm::Drawn
        } else {
            BlockForm::Text
        },
        context,
    )
}
