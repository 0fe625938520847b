//! A short message: its text, encrypted and armored to be pasted into a chat or mail.

use std::path::Path;
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::context::Context;
use crate::errors::{CommandError, Refusal, Result, usage};
use crate::files::{Input, Output};
use crate::jobs::reader_edit::readers;
use crate::jobs::typed;
use crate::keyring::Name;
use crate::message::pad;
use crate::select::key_files;
use crate::select::options::{ActAs, data_beside_json};
use crate::select::recipients::{IncludeSelf, RecipientOptions, Recipients};
use crate::select::required_readers::RequiredReaders;
use crate::select::signer::Signer;
use crate::ui::qr::Picture;
use crate::ui::{Ui, WarningKind};
use bulla_age::format::armored;
use bulla_age::sender::{Author, Coverage};
use bulla_age::stream::{Digests, Engine};
use bulla_age::untrusted::Untrusted;
use bulla_age::{NewFile, stanza_type};

/// The most bytes of a message.
const LONGEST: u64 = 1 << 20;

/// How many characters chat programs take, most restrictive first.
const LIMITS: [(usize, &str); 2] = [(2000, "Discord"), (4096, "Telegram")];

/// The payload of the shortest message: its padded text and a tag.
const SHORTEST: usize = 256 + 16;

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

/// The result as JSON.
#[derive(serde::Serialize)]
struct WrittenJson<'a> {
    readers: Vec<String>,
    recipients: Vec<String>,
    /// The identity that signed.
    signed_by: Option<String>,
    characters: usize,
    /// The block to send.
    text: &'a str,
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
    )
    .map_err(|error| match RequiredReaders::exist(context) {
        Ok(true) => error.hinting_first(format!(
            "Write to all of them by name: bulla write --to {name} --to NAME"
        )),
        _ => error,
    })?;
    let signer = options
        .signer(&recipients, context)?
        .with_short_signatures();
    context.ui.status(&format_args!("Reply to {name}:"));
    let draft = MessageDraft {
        file: NewFile::new(&recipients.as_recipients())?,
        recipients: &recipients,
        signer,
        plain: false,
    };
    draft.finish(from, BlockForm::Text, None, context)
}

impl MessageDraft<'_> {
    /// Reads the text, and prints the encrypted block or writes it to a file.
    pub(crate) fn finish(
        &self,
        from: TextSource,
        form: BlockForm,
        output: Option<(Output, &Path)>,
        context: &Context,
    ) -> Result<()> {
        if form == BlockForm::Drawn && context.ui.is_json() {
            return Err(data_beside_json());
        }
        if form == BlockForm::Drawn {
            // Fail before the user types a message that could not be drawn.
            let shortest = [self.header(1, &[0; 32])?, vec![0; SHORTEST]].concat();
            self.drawn(&armored(&shortest), &context.ui)?;
        }
        let edited = match from {
            TextSource::Editor => Some(context.edit(LONGEST)?),
            TextSource::Stdin | TextSource::Terminal => None,
        };
        context.start_no_more_programs();
        let text = match edited {
            Some(text) => checked(text, TypedBy::Editor)?,
            None => entered(from, context)?,
        };
        let (block, bytes) = self.close(&text)?;
        let is_file = output.is_some();
        if let Some((mut output, path)) = output {
            output.put(block.as_bytes())?;
            output.commit()?;
            context
                .ui
                .status(&format_args!("Wrote {}", Untrusted::from(path)));
        }
        if context.ui.is_json() {
            context.ui.json(&WrittenJson {
                readers: self.recipients.shown(),
                recipients: self.recipients.recipients(),
                signed_by: self.signer.name().map(ToString::to_string),
                characters: block.chars().count(),
                text: &block,
            })?;
        } else if !is_file {
            context.ui.results_follow();
            match form {
                BlockForm::Text => context.ui.results_raw(block.as_bytes())?,
                BlockForm::Drawn => self.drawn(&block, &context.ui)?.draw(&context.ui)?,
            }
        }
        self.tell(block.chars().count(), context);
        if form == BlockForm::Text {
            self.tell_of_limits(block.len(), bytes, context)?;
        }
        Ok(())
    }

    /// Says which chat programs do not take a message of this length, and whether classic keys would
    /// make it short enough.
    fn tell_of_limits(&self, length: usize, bytes: usize, context: &Context) -> Result<()> {
        let exceeded: Vec<String> = LIMITS
            .iter()
            .filter(|(limit, _)| length > *limit)
            .map(|(limit, program)| format!("{program} takes {}", grouped(*limit)))
            .collect();
        let exceeds_all = exceeded.len() == LIMITS.len();
        let text = format!(
            "The message is too long for some chat programs: {}",
            exceeded.join(", ")
        );
        if exceeds_all {
            context.ui.warn(WarningKind::LongMessage, &text);
        } else if exceeded.is_empty() || !is_due("long-message", context) {
            return Ok(());
        } else {
            // Nearly every message with post-quantum keys is that long, and a warning that always
            // comes is not read.
            context.ui.tip(&text);
        }
        let Some(shorter) = self.length_with_classic_keys(bytes)? else {
            return Ok(());
        };
        if LIMITS
            .iter()
            .any(|(limit, _)| length > *limit && shorter <= *limit)
        {
            context.ui.hint(&format_args!(
                "With --classic it would have {} characters (classic keys do not resist quantum \
                 computers)",
                grouped(shorter)
            ));
        }
        Ok(())
    }

    /// Returns how long the block of so many bytes would be with the classic keys of its readers.
    /// Only the keys in the header would differ.
    fn length_with_classic_keys(&self, bytes: usize) -> Result<Option<usize>> {
        let Some(recipients) = self.recipients.as_classic() else {
            return Ok(None);
        };
        let saved = self
            .file
            .header()
            .len()
            .checked_sub(NewFile::new(&recipients)?.header().len());
        let shorter = saved.and_then(|saved| bytes.checked_sub(saved));
        Ok(shorter.map(|bytes| armored(&vec![0; bytes]).len()))
    }

    /// Encrypts and armors the padded message. Also returns its length before that. The signature covers its contents if it has several
    /// readers.
    fn close(&self, text: &[u8]) -> Result<(String, usize)> {
        let padded = pad(text);
        let digests = Arc::new(Digests::new());
        let mut sealed = Vec::new();
        let engine = Engine::new(1).with_digests(digests.clone());
        engine.seal(&self.file.payload_key(), padded.as_slice(), &mut sealed)?;
        let root = digests
            .root()
            .expect("write: the root is there because sealing succeeded");
        let bytes = [self.header(text.len() as u64, &root)?, sealed].concat();
        Ok((armored(&bytes), bytes.len()))
    }

    fn header(&self, true_length: u64, root: &[u8; 32]) -> Result<Vec<u8>> {
        let author = Author {
            true_length: Some(true_length),
            ..self.signer.author()
        };
        Ok(match self.file.stanzas() {
            _ if self.plain || self.file.is_for_passphrase() => self.file.header(),
            // With one reader the contents are not signed, so that the reader cannot prove them to
            // others. A plugin may open one stanza for several people.
            [only] if !stanza_type::may_be_a_plugins(&only.tag) => {
                self.file.header_by(&author, Coverage::Header)?
            }
            _ => self.file.header_by(&author, Coverage::Contents(root))?,
        })
    }

    fn tell(&self, characters: usize, context: &Context) {
        let to = if self.recipients.is_passphrase() {
            "anyone who has the passphrase".to_owned()
        } else {
            readers(&self.recipients.shown())
        };
        let signed = self.signer.name().map_or_else(
            || "not signed".to_owned(),
            |name| format!("signed by you (identity {name})"),
        );
        context
            .ui
            .status(&format_args!("For {to}; {signed}; {characters} characters"));
        if self.recipients.is_passphrase() {
            context
                .ui
                .tip(&"With a passphrase, the reader cannot tell who wrote it");
        }
    }

    /// Returns the block as a QR code that fits the terminal.
    fn drawn(&self, block: &str, ui: &Ui) -> Result<Picture> {
        let Some(picture) = Picture::of(block) else {
            let error = CommandError::from(Refusal::MessageTooLongForQr(block.len()));
            return Err(match self.recipients.as_classic() {
                None => error,
                Some(_) => error.hinting(
                    "Use classic keys, which make shorter messages, with --classic. Or send it as \
                     text, without --qr",
                ),
            });
        };
        picture.fits(
            "Make the window wider, or send it as text, without --qr",
            ui,
        )?;
        Ok(picture)
    }
}

/// Returns whether a reminder about all messages is due.
fn is_due(what: &str, context: &Context) -> bool {
    !context.due_reminders(what, vec![String::new()]).is_empty()
}

/// Returns a number with commas: 2,000.
fn grouped(number: usize) -> String {
    if number < 1000 {
        return number.to_string();
    }
    format!("{},{:03}", grouped(number / 1000), number % 1000)
}

/// How the text was entered.
#[derive(Clone, Copy, PartialEq, Eq)]
enum TypedBy {
    Hand,
    Editor,
    Program,
}

/// Reads the text from standard input or the terminal.
fn entered(from: TextSource, context: &Context) -> Result<Zeroizing<Vec<u8>>> {
    let input = match from {
        TextSource::Terminal if !context.ui.can_ask() => {
            let hint = Some("Pass the message as a file, and the reply on standard input");
            return Err(usage("There is no terminal to type the reply on", hint));
        }
        // Without a controlling terminal, questions are asked on that of standard input.
        TextSource::Terminal => Input::open(Path::new("/dev/tty"))
            .or_else(|error| Input::stdin().ok().filter(Input::is_terminal).ok_or(error))?,
        TextSource::Stdin | TextSource::Editor => Input::stdin()?,
    };
    if input.is_terminal() {
        let hint = "Read it from a file: bulla write --to NAME < FILE";
        let text = typed::line_by_line(input, ("message", hint), LONGEST, &context.ui)?;
        checked(text, TypedBy::Hand)
    } else {
        checked(input.read_bounded(LONGEST)?, TypedBy::Program)
    }
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
    Ok(text)
}
