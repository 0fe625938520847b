//! A short message: its text, encrypted and armored to be pasted into a chat or mail.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::context::Context;
use crate::errors::{Refusal, Result, usage};
use crate::files::Input;
use crate::jobs::paths;
use crate::jobs::paths::{Job, Plugins};
use crate::jobs::reader_edit::readers;
use crate::keyring::Name;
use crate::message::pad;
use crate::select::key_files;
use crate::select::options::ActAs;
use crate::select::recipients::{IncludeSelf, RecipientOptions, Recipients};
use crate::select::signer::Signer;
use crate::ui::Ui;
use crate::ui::qr::Picture;
use bulla_age::NewFile;
use bulla_age::format::ArmorWriter;
use bulla_age::sender::{Author, Coverage};
use bulla_age::stream::{Digests, Engine, PayloadError};

/// The most bytes of a message.
const LONGEST: u64 = 1 << 20;

/// The length at which chat programs begin to cut.
const CUT: usize = 4096;

/// The payload of the shortest message: its padded text and a tag.
const SHORTEST: usize = 256 + 16;

/// The longest line a terminal delivers; it silently drops the rest.
const LINE: usize = 4095;

/// The source of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TextSource {
    Stdin,
    /// The terminal, because standard input was used for something else.
    Terminal,
    Editor,
}

/// The form of the encrypted block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BlockForm {
    Text,
    Drawn,
}

/// A message whose recipients are chosen and whose text is not read yet.
pub(crate) struct MessageDraft<'a> {
    pub(crate) recipients: &'a Recipients,
    pub(crate) file: NewFile,
    pub(crate) signer: Signer,
    /// Whether to leave out the reader list and the signature.
    pub(crate) plain: bool,
}

/// Writes a signed answer to a contact.
pub(crate) fn answer(
    name: &Name,
    acting: &ActAs,
    from: TextSource,
    context: &Context,
) -> Result<()> {
    let options = RecipientOptions::for_contact(name, acting);
    let recipients = Recipients::resolve(
        &options,
        IncludeSelf::No,
        &mut key_files::KeyFiles::default(),
        context,
    )?;
    let signer = options.signer(&recipients, context)?;
    context.ui.status(&format_args!("Reply to {name}:"));
    let draft = MessageDraft {
        file: NewFile::new(&recipients.as_recipients())?,
        recipients: &recipients,
        signer,
        plain: false,
    };
    draft.finish(from, BlockForm::Text, context)
}

impl MessageDraft<'_> {
    /// Reads the text and prints the encrypted block.
    pub(crate) fn finish(
        &self,
        from: TextSource,
        form: BlockForm,
        context: &Context,
    ) -> Result<()> {
        if form == BlockForm::Drawn {
            // Fail before the user types a message that could not be drawn.
            let shortest = armored(&self.header(1, &[0; 32])?, &[0; SHORTEST])?;
            drawn(&shortest, &context.ui)?;
        }
        let edited = match from {
            TextSource::Editor => Some(context.edit(LONGEST)?),
            TextSource::Stdin | TextSource::Terminal => None,
        };
        paths::confine(
            &[Job {
                input: None,
                target: paths::Target::Stdout,
            }],
            Plugins::Finished,
            &context.ui,
        );
        let text = match edited {
            Some(text) => checked(text, TypedBy::Editor)?,
            None => typed(from, context)?,
        };
        let block = self.close(&text)?;
        context.ui.results_follow();
        match form {
            BlockForm::Text => context.ui.results_raw(block.as_bytes())?,
            BlockForm::Drawn => drawn(&block, &context.ui)?.draw(&context.ui)?,
        }
        self.tell(block.chars().count(), form, context);
        Ok(())
    }

    /// Encrypts and armors the padded message. The signature covers its contents if it has several
    /// readers.
    fn close(&self, text: &[u8]) -> Result<String> {
        let padded = pad(text);
        let digests = Arc::new(Digests::new());
        let mut payload = Vec::new();
        let engine = Engine::new(1).with_digests(digests.clone());
        engine.seal(&self.file.payload_key(), padded.as_slice(), &mut payload)?;
        let root = digests
            .root()
            .expect("write: the root is there because sealing succeeded");
        armored(&self.header(text.len() as u64, &root)?, &payload)
    }

    fn header(&self, true_length: u64, root: &[u8; 32]) -> Result<Vec<u8>> {
        let author = Author {
            true_length: Some(true_length),
            ..self.signer.author()
        };
        Ok(match self.file.stanzas() {
            _ if self.plain || self.file.is_for_passphrase() => self.file.header(),
            // With one reader the contents are not signed, so that the reader cannot prove them to
            // others.
            [_] => self.file.header_by(&author, Coverage::Header)?,
            _ => self.file.header_by(&author, Coverage::Contents(root))?,
        })
    }

    fn tell(&self, characters: usize, form: BlockForm, context: &Context) {
        let to = match self.recipients.is_passphrase() {
            true => "anyone who has the passphrase".to_owned(),
            false => readers(&self.recipients.shown()),
        };
        let signed = self.signer.name().map_or_else(
            || "not signed".to_owned(),
            |name| format!("signed by {name}"),
        );
        context
            .ui
            .status(&format_args!("For {to}; {signed}; {characters} characters"));
        if self.recipients.is_passphrase() {
            context
                .ui
                .hint(&"With a passphrase, the reader cannot tell who wrote it");
        }
        if characters > CUT && form == BlockForm::Text {
            context.ui.warning(&format_args!(
                "Chat programs may cut messages longer than {CUT} characters"
            ));
        }
    }
}

fn armored(header: &[u8], payload: &[u8]) -> Result<String> {
    let mut armor = ArmorWriter::new(Vec::new()).map_err(PayloadError::Write)?;
    armor.write_all(header).map_err(PayloadError::Write)?;
    armor.write_all(payload).map_err(PayloadError::Write)?;
    Ok(
        String::from_utf8(armor.finish().map_err(PayloadError::Write)?)
            .expect("write: armor is ASCII"),
    )
}

/// Returns the block as a QR code that fits the terminal.
fn drawn(block: &str, ui: &Ui) -> Result<Picture> {
    let too_long = || Refusal::MessageTooLongForQr(block.len());
    let picture = Picture::of(block).ok_or_else(too_long)?;
    picture.fits(
        "Make the window wider, or send it as text, without --qr",
        ui,
    )?;
    Ok(picture)
}

/// How the text was entered.
#[derive(Clone, Copy, PartialEq, Eq)]
enum TypedBy {
    Hand,
    Editor,
    Program,
}

/// Reads the text from standard input or the terminal.
fn typed(from: TextSource, context: &Context) -> Result<Zeroizing<Vec<u8>>> {
    let input = match from {
        TextSource::Terminal if !context.ui.can_ask() => {
            let hint = Some("Pass the message as a file, and the reply on standard input");
            return Err(usage("There is no terminal to type the reply on", hint));
        }
        TextSource::Terminal => Input::open(Path::new("/dev/tty"))?,
        TextSource::Stdin | TextSource::Editor => Input::stdin()?,
    };
    let by = if input.is_terminal() {
        TypedBy::Hand
    } else {
        TypedBy::Program
    };
    if by == TypedBy::Hand {
        context
            .ui
            .status(&"Type the message. End it with Ctrl-D on an empty line");
    }
    let text = input.read_bounded(LONGEST)?;
    if by == TypedBy::Hand && !text.is_empty() && !text.ends_with(b"\n") {
        // Keeps the block off the typed line, so that it can be copied alone.
        context.ui.fresh_line();
    }
    checked(text, by)
}

/// Checks that the message is text, not empty and not cut.
fn checked(text: Zeroizing<Vec<u8>>, by: TypedBy) -> Result<Zeroizing<Vec<u8>>> {
    let refuse = |why: &str, hint: &str| Err(usage(why, Some(hint)));
    if std::str::from_utf8(&text).is_err() {
        return refuse(
            "The input is not UTF-8 text",
            "Encrypt it as a file: bulla encrypt --to NAME FILE",
        );
    }
    if text.trim_ascii().is_empty() {
        return match by {
            TypedBy::Editor => refuse(
                "The editor returned no text",
                "Save before you quit. An editor that opens a window must wait: EDITOR=\"code \
                 --wait\"",
            ),
            _ => refuse(
                "The message is empty",
                "Type it, or read it from a file: bulla write --to NAME < FILE",
            ),
        };
    }
    if by == TypedBy::Hand
        && text
            .split(|byte| *byte == b'\n')
            .any(|line| line.len() >= LINE)
    {
        return Err(Refusal::LineMayBeCut.into());
    }
    Ok(text)
}
