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
const TO: &str = "For this contact, group or identity of the keyring, or this recipient; not for yourself (repeatable)";

/// Write a short message, as text to paste into any chat or mail
///
/// The text is what comes on standard input; on a terminal it is typed, and ended by Ctrl-D. One block of text comes out,
/// signed with your name, of a length that tells little of that of the message. It opens for those who are named, and
/// for yourself only with --self.
///
/// With --edit the text is typed in the editor of VISUAL or EDITOR, in a folder of its own that is in memory where there is
/// such a place, and gone afterwards. vim, neovim, nano and emacs are told to keep no copies; what other editors, their plugins or
/// a clipboard keep elsewhere, and what the system swaps out, cannot be prevented.
#[derive(Args, Clone, Debug)]
#[command(mut_arg("to", |to| to.help(TO)))]
pub(crate) struct WriteArgs {
    #[command(flatten)]
    recipients: RecipientOptions,
    /// For yourself too
    #[arg(long = "self", conflicts_with = "passphrase")]
    include_self: bool,
    /// Without your name under it
    #[arg(long)]
    no_sign: bool,
    /// Recipients are not told of each other
    #[arg(long, conflicts_with_all = ["passphrase", "plain"])]
    hide_recipients: bool,
    /// Nothing of ours in the header: no list of who can open it, and no signature
    #[arg(long)]
    plain: bool,
    /// Type the text in the editor that VISUAL or EDITOR names
    #[arg(long)]
    edit: bool,
    /// Draw the block as a QR code, where it is short enough for the terminal
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
