//! `bulla write`: a short message, as text to paste into any chat or mail.

use std::io::Write;
use std::sync::Arc;

use anyhow::Result;
use clap::Args;
use zeroize::Zeroizing;

use super::load;
use super::options::{ActAs, PassphraseSource};
use super::plan::{self, Job, Programs, usage};
use super::signer::Signer;
use super::whom::{Oneself, Whom, WhomOptions};
use crate::context::Context;
use crate::failure::Failure;
use crate::files::Input;
use crate::format::ArmorWriter;
use crate::keyring::Name;
use crate::payload::{Digests, Engine, PayloadError};
use crate::protocol::{Author, Covering, NewFile};
use crate::sharing::pad;

/// The most bytes of a message; what is longer is a file.
const LONGEST: u64 = 1 << 20;
/// Where chat programs begin to cut.
const CUT: usize = 4096;
/// What a terminal hands over of a line at most; it drops the rest without a word.
const LINE: usize = 4095;

/// Write a short message, as text to paste into any chat or mail
///
/// The text is what comes on standard input; on a terminal it is typed, and ended by Ctrl-D. One block of text comes out,
/// signed with your name, of a length that tells little of that of the message. It opens for those who are named, and
/// for yourself only with --self.
#[derive(Args, Clone, Debug)]
pub(crate) struct WriteArgs {
    #[command(flatten)]
    whom: WhomOptions,
    /// For yourself too
    #[arg(long = "self")]
    oneself: bool,
    /// Without your name under it
    #[arg(long)]
    no_sign: bool,
    #[command(flatten)]
    pub(crate) source: PassphraseSource,
}

pub(crate) fn run(args: &WriteArgs, context: &Context) -> Result<()> {
    let oneself = if args.oneself { Oneself::Too } else { Oneself::Not };
    let mut keys = load::Loaded::default();
    keys.stdin_is_taken();
    let whom = Whom::resolve(&args.whom, oneself, &mut keys, context)?;
    // Unlocked before the text is typed: a wrong passphrase must not cost it.
    let signer = match args.no_sign || whom.is_passphrase() {
        true => Signer::nobody(),
        false => args.whom.signer(&whom, context)?,
    };
    message(&whom, &signer, context)
}

/// An answer to a contact, signed.
pub(super) fn answer(name: &Name, acting: &ActAs, context: &Context) -> Result<()> {
    let options = WhomOptions::for_contact(name, acting);
    let whom = Whom::resolve(&options, Oneself::Not, &mut load::Loaded::default(), context)?;
    let signer = options.signer(&whom, context)?;
    context.ui.status(&format_args!("an answer to {name}:"));
    message(&whom, &signer, context)
}

fn message(whom: &Whom, signer: &Signer, context: &Context) -> Result<()> {
    let wraps = whom.wraps();
    let file = NewFile::new(&wraps)?;
    plan::confine(&[Job { input: None, target: plan::Target::Stdout }], Programs::Over, &context.ui);
    let text = typed(context)?;
    let block = close(&file, signer, &text)?;
    context.ui.results_follow();
    context.ui.results_raw(block.as_bytes()).map_err(PayloadError::Write)?;
    tell(whom, signer, block.chars().count(), context);
    Ok(())
}

/// The text, from standard input; refused where it is none, or may have been cut.
fn typed(context: &Context) -> Result<Zeroizing<Vec<u8>>> {
    let input = Input::stdin()?;
    let by_hand = input.is_terminal();
    if by_hand {
        context.ui.status(&"type the message, and end it with Ctrl-D on a line of its own");
    }
    let text = input.read_bounded(LONGEST)?;
    let refuse = |why: &str, hint: &str| Err(usage(why, Some(hint)));
    if std::str::from_utf8(&text).is_err() {
        return refuse(
            "a message is text, and this is not UTF-8",
            "close it as a file: bulla encrypt --to NAME FILE",
        );
    }
    if text.trim_ascii().is_empty() {
        return refuse("there is no text", "type it, or hand it over: bulla write --to NAME < FILE");
    }
    if by_hand && text.split(|byte| *byte == b'\n').any(|line| line.len() >= LINE) {
        let hint = "hand it over from a file: bulla write --to NAME < FILE";
        let text = "a line is as long as a terminal hands over, and may have been cut".to_owned();
        return Err(Failure::Refused(text, Some(hint.to_owned())).into());
    }
    Ok(text)
}

/// The message as text: padded, with a statement that covers its contents where others than one reader could change
/// them.
fn close(file: &NewFile, signer: &Signer, text: &[u8]) -> Result<String> {
    let padded = pad(text);
    let digests = Arc::new(Digests::new());
    let mut payload = Vec::new();
    let engine = Engine::new(1).with_digests(digests.clone());
    engine.seal(&file.payload_key(), padded.as_slice(), &mut payload)?;
    let root = digests.root().expect("write: the root is there because sealing succeeded");
    let author = Author { true_length: Some(text.len() as u64), ..signer.author() };
    let header = match file.stanzas() {
        _ if file.is_for_passphrase() => file.header(),
        // To one reader, so that nobody can be shown what was written.
        [_] => file.header_by(&author, Covering::Origin)?,
        _ => file.header_by(&author, Covering::Content(&root))?,
    };
    let mut armor = ArmorWriter::new(Vec::new())?;
    armor.write_all(&header)?;
    armor.write_all(&payload)?;
    Ok(String::from_utf8(armor.finish()?).expect("write: armor is ASCII"))
}

fn tell(whom: &Whom, signer: &Signer, characters: usize, context: &Context) {
    let to = match whom.is_passphrase() {
        true => "whoever has the passphrase".to_owned(),
        false => whom.shown().join(", "),
    };
    let signed = signer.name().map_or_else(|| "not signed".to_owned(), |name| format!("signed by {name}"));
    context.ui.status(&format_args!("for {to}; {signed}; {characters} characters"));
    if whom.is_passphrase() {
        context.ui.hint(&"a passphrase says neither who wrote it nor who can read it");
    }
    if characters > CUT {
        context.ui.warning(&format_args!("chat programs may cut what is longer than {CUT} characters"));
    }
}
