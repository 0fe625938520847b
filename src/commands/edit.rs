//! `bulla edit`: an encrypted file in the user's editor.

use std::path::{Path, PathBuf};

use clap::Args;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::command::{Command, Sandbox};
use crate::context::{Context, EditedText, EditingPlace};
use crate::errors::{CommandError, ErrorContext as _, Refusal, Result, usage};
use crate::files::{Input, Mode, NamedBy, Options, Replace, check_output, is_stdin};
use crate::jobs::decrypt_header::{DecryptionKeys, HeaderRead, read_header};
use crate::jobs::editing::same_readers::same_recipients;
use crate::jobs::editing::save_text::{FileDigest, SavePlace, digest};
use crate::jobs::editing::seal_text::{FileForm, TextToSeal};
use crate::jobs::encrypt_file::SignatureCoverage;
use crate::jobs::paths::without_age_extension;
use crate::jobs::reader_edit::for_readers;
use crate::keyring::PersonName;
use crate::process::editor;
use crate::report::outcomes::warn_of_other_names;
use crate::select::key_files::KeyFiles;
use crate::select::misplaced::refuse_people;
use crate::select::options::{
    ActAs, HeaderOptions, IdentityOptions, NewPassphraseSource, PassphraseSource, Signing,
};
use crate::select::recipients::{IncludeSelf, NewRecipientOptions, Recipients};
use crate::select::signer::Signer;
use bulla_age::sender::Sender;
use bulla_age::stream::Engine;
use bulla_age::untrusted::Untrusted;

/// The most bytes of a text that is opened in an editor. It is encrypted in memory.
const LARGEST: u64 = 8 << 20;

/// The most bytes that armor, header, nonce and tags add to a text of that length.
const AROUND: u64 = 24 << 20;

/// The name of the file in the editor, if that of the encrypted file cannot be used.
const FILE: &str = "text";

/// The longest such name.
const LONGEST_NAME: usize = 200;

const TO: &str = "Encrypt to this contact, group, identity or age1… key, and to yourself, instead of \
    the current readers (repeatable)";

/// Edit an encrypted file, for the same readers
///
/// Decrypts FILE into a private folder in memory and opens it in your editor (VISUAL or EDITOR).
/// If you change the text and save it, FILE is encrypted again with a new key for the same readers,
/// and replaced in one step. If you signed it before, you sign it again. The signature of somebody
/// else cannot be kept.
///
/// If another program changed FILE meanwhile, or FILE cannot be written, your text is kept beside
/// it, encrypted, as FILE.conflict-1. A FILE that does not exist is created, with --to.
///
/// vim, neovim, nano, emacs, micro and joe are told not to keep copies; bulla cannot prevent copies
/// made by other editors, plugins, a clipboard or swap.
#[derive(Args, Clone, Debug)]
#[command(mut_arg("to", |to| to.help(TO)))]
#[command(mut_arg("sign", |sign| sign.conflicts_with("passphrase")))]
pub(crate) struct EditArgs {
    /// The file to edit
    file: PathBuf,
    #[command(flatten)]
    recipients: NewRecipientOptions,
    /// With --to, do not also encrypt to yourself; you may lose access
    #[arg(long)]
    no_self: bool,
    #[command(flatten)]
    signing: Signing,
    /// Edit on a disk if there is no folder in memory; the text stays on it while you edit
    #[arg(long)]
    on_disk: bool,
    #[command(flatten)]
    identity: IdentityOptions,
    #[command(flatten)]
    limits: HeaderOptions,
    #[command(flatten)]
    acting: ActAs,
    #[command(flatten)]
    pub(crate) source: PassphraseSource,
    #[command(flatten)]
    new: NewPassphraseSource,
}

/// The result.
#[derive(serde::Serialize)]
struct Done {
    file: String,
    /// Whether the file was created or replaced. It was not if the text did not change.
    written: bool,
    readers: Vec<String>,
    recipients: Vec<String>,
    signed: SignatureCoverage,
    /// Whether the signature of somebody else was dropped.
    was_signed: bool,
}

impl Command for EditArgs {
    fn passphrase_source(&self) -> Option<&PassphraseSource> {
        Some(&self.source)
    }

    fn new_passphrase_source(&self) -> Option<&NewPassphraseSource> {
        Some(&self.new)
    }

    fn prints(&self) -> bool {
        false
    }

    fn sandbox(&self) -> Sandbox {
        Sandbox::with_programs()
            .rewrites(std::slice::from_ref(&self.file))
            .state()
    }

    fn run(&self, context: &Context) -> Result<()> {
        run(self, context)
    }
}

/// A file that is open, or none yet.
struct Before {
    text: Zeroizing<Vec<u8>>,
    digest: Option<FileDigest>,
    form: FileForm,
    recipients: Recipients,
    signed_by: SignedBy,
    /// The number of hard links.
    names: u64,
}

/// Who signed the file.
#[derive(Clone, Debug, PartialEq, Eq)]
enum SignedBy {
    Nobody,
    /// This identity of the user.
    You(String),
    SomebodyElse,
}

/// Everything that is known before the editor starts.
struct Editing<'a> {
    path: &'a Path,
    place: SavePlace<'a>,
    draft: TextToSeal<'a>,
    before: [u8; 32],
    names: u64,
    loses_signature: bool,
    /// Whether there was no file before.
    is_new: bool,
    context: &'a Context,
}

fn run(args: &EditArgs, context: &Context) -> Result<()> {
    let path = args.file.as_path();
    if is_stdin(path) {
        return Err(usage(
            "Standard input cannot be edited in place",
            Some("Save it as a file first, then: bulla edit FILE"),
        ));
    }
    refuse_people(std::slice::from_ref(&args.file), "edit --to", context)?;
    context
        .find_editor()
        .map_err(|error| no_editor(error, path))?;
    let options = Options {
        replace: Replace::Always,
        mode: Mode::Ciphertext,
        not: &[],
    };
    check_output(path, NamedBy::User, &options)?;
    let before = if path.exists() {
        args.open(context)?
    } else {
        args.nothing_yet(context)?
    };
    if before.signed_by == SignedBy::SomebodyElse {
        context.ui.status(&format_args!(
            "Somebody else signed {}. If you change it, that signature is not kept",
            Untrusted::from(path)
        ));
    }
    let signer = args.signer(&before, context)?;
    let editing = Editing {
        path,
        place: SavePlace::new(path, before.digest)?,
        draft: TextToSeal::new(&before.recipients, signer, before.form)?,
        before: Sha256::digest(&before.text).into(),
        names: before.names,
        loses_signature: before.signed_by == SignedBy::SomebodyElse,
        is_new: before.digest.is_none(),
        context,
    };
    let place = if args.on_disk {
        EditingPlace::Anywhere
    } else {
        EditingPlace::InMemory
    };
    let edited = context.edit_text(&name_in_editor(path), &before.text, place)?;
    context.start_no_more_programs();
    editing.finish(edited)
}

impl EditArgs {
    /// Decrypts the file, and finds out for whom it is.
    fn open(&self, context: &Context) -> Result<Before> {
        let path = self.file.as_path();
        let name = Untrusted::from(path);
        let opened = || -> Result<Before> {
            let input = Input::open_to_replace(path)?;
            let limits = self.limits.limits();
            let HeaderRead { payload, .. } = read_header(&input, &limits)?;
            let len = input.regular_len().unwrap_or(0);
            let (contents, most) = match payload {
                Some((_, payload)) => (payload, LARGEST + (LARGEST >> 11)),
                None => (len, LARGEST + AROUND),
            };
            if contents > most {
                return Err(Refusal::TooLargeToEdit(contents, LARGEST).into());
            }
            let before = digest(&input)?;
            let mut loaded = KeyFiles::default();
            let identities = loaded.opening(&self.identity, &self.acting, context)?;
            let max_work_factor = self.identity.limit.max_work_factor;
            let limits = (max_work_factor, limits);
            let keys = DecryptionKeys::new(identities, name.clone(), limits, context);
            let HeaderRead { closed, source, .. } = keys.read_header(&input)?;
            let checked = keys.open_checked(closed)?;
            let armor = source.is_armored();
            // Growing would leave copies behind.
            let room = usize::try_from(contents).unwrap_or(usize::MAX);
            let mut contents = Zeroizing::new(Vec::with_capacity(room));
            let engine = checked.engine(Engine::new(1));
            engine.open(&checked.opened.payload_key(), source, &mut *contents)?;
            checked.check_content()?;
            if digest(&input)? != before {
                return Err(crate::files::Error::ChangedWhileRead { name: name.clone() }.into());
            }
            let sender = checked.sender.as_ref();
            let form = FileForm::of(sender, armor);
            let text = form.text(contents, sender)?;
            if text.len() as u64 > LARGEST {
                return Err(Refusal::TooLargeToEdit(text.len() as u64, LARGEST).into());
            }
            let recipients = if self.recipients.name_nobody() {
                same_recipients(&name, &checked, &keys, context)?
            } else {
                self.named(&mut loaded, context)?
            };
            let signed_by = SignedBy::of(sender, context)?;
            Ok(Before {
                text,
                digest: Some(before),
                form,
                recipients,
                signed_by,
                names: input.names(),
            })
        };
        let before = opened().about(|| name.clone())?;
        if before.text.contains(&0) && !opens_binary(&name, context)? {
            return Err(usage(&format!("{name} was not opened"), None));
        }
        Ok(before)
    }

    /// The readers of a file that does not exist yet.
    fn nothing_yet(&self, context: &Context) -> Result<Before> {
        let path = self.file.as_path();
        let name = Untrusted::from(path);
        let is_for_nobody =
            self.recipients.name_nobody() && context.config()?.default_to.value.is_empty();
        if is_for_nobody {
            let mut encrypted = path.as_os_str().to_owned();
            encrypted.push(".age");
            let hint = if Path::new(&encrypted).exists() {
                let encrypted = Untrusted::from(Path::new(&encrypted)).as_argument();
                format!("Did you mean: bulla edit {encrypted}")
            } else {
                format!("To create it: bulla edit {} --to NAME", name.as_argument())
            };
            return Err(CommandError::from(crate::files::Error::NotFound { name }).hinting(hint));
        }
        let recipients = self.named(&mut KeyFiles::default(), context)?;
        Ok(Before {
            text: Zeroizing::default(),
            digest: None,
            form: FileForm::new(context.preferences()?.armor),
            recipients,
            signed_by: SignedBy::Nobody,
            names: 1,
        })
    }

    fn named(&self, loaded: &mut KeyFiles, context: &Context) -> Result<Recipients> {
        let include_self = if self.no_self {
            IncludeSelf::No
        } else {
            IncludeSelf::Yes
        };
        let options = self.recipients.acting_as(&self.acting);
        Recipients::resolve(&options, include_self, loaded, context)
    }

    /// Unlocked before the editor starts, so that a wrong passphrase does not lose the text.
    fn signer(&self, before: &Before, context: &Context) -> Result<Signer> {
        let own = match &before.signed_by {
            SignedBy::You(name) => Some(name.as_str()),
            SignedBy::Nobody | SignedBy::SomebodyElse => None,
        };
        let is_wanted = self.signing.wanted(context)? || own.is_some();
        if !is_wanted || self.signing.is_refused() || before.recipients.is_passphrase() {
            return Ok(Signer::nobody());
        }
        let name = self.acting.name.as_deref().or(own);
        let signer = Signer::load(name, context, self.identity.limit.max_work_factor)?;
        Ok(signer.addressing(before.recipients.signing_keys_of_recipients(context)?))
    }
}

impl SignedBy {
    fn of(sender: Option<&Sender>, context: &Context) -> Result<Self> {
        let Some(sender) = sender else {
            return Ok(Self::Nobody);
        };
        let signer = sender.origin().and_then(|origin| origin.signer);
        let Some(key) = signer else {
            return Ok(if sender.is_newer() {
                Self::SomebodyElse
            } else {
                Self::Nobody
            });
        };
        let known = match context.keyring() {
            Ok(keyring) => keyring.signer(&key)?,
            Err(_) => None,
        };
        Ok(match known.map(|signer| signer.who) {
            Some(PersonName::Identity(name)) => Self::You(name.to_string()),
            _ => Self::SomebodyElse,
        })
    }
}

impl Editing<'_> {
    /// Saves the text if it changed. If it cannot be saved, or should not be, because the editor
    /// failed or a signal ends the run, it is kept beside the file.
    fn finish(&self, edited: EditedText) -> Result<()> {
        let is_ending = edited.is_ending();
        let EditedText { text, ended, held } = edited;
        let ended = ended.map_err(|error| error.hinting(self.nothing_done()));
        let text = match text {
            Ok(text) => text,
            Err(error) => {
                ended?;
                return Err(error.context("The editor left no text"));
            }
        };
        if Sha256::digest(&text)[..] == self.before {
            ended?;
            return self.tell(None);
        }
        // Nothing of an empty text can be lost, so the user may end the run at the question.
        let held = (!text.is_empty()).then_some(held);
        if held.is_none() && (ended.is_err() || is_ending || !self.may_be_empty()?) {
            ended?;
            return self.tell(None);
        }
        let sealed = self.draft.seal(&text)?;
        drop(text);
        let failure = match ended {
            Ok(()) if !is_ending => match self.place.save(&sealed.bytes, &self.context.ui) {
                Ok(()) => {
                    let told = self.tell(Some(sealed.signed));
                    drop(held);
                    return told;
                }
                Err(error) => error,
            },
            Ok(()) => CommandError::other("A signal ended bulla while you edited"),
            Err(error) => error,
        };
        let kept = self.place.keep(&sealed.bytes, !is_ending, self.context);
        let kept = match kept {
            Ok(kept) => kept,
            Err(lost) => return Err(lost.context(failure)),
        };
        let shown = Untrusted::from(kept.as_path());
        if is_ending {
            self.context.ui.warning(&format_args!(
                "{}. Your text is in {shown}, encrypted for the same readers",
                self.nothing_done()
            ));
        }
        drop(held);
        let argument = shown.as_argument();
        Err(failure.hinting(format!(
            "Your text is in {shown}, encrypted for the same readers. To see it: bulla decrypt -o - {argument}"
        )))
    }

    /// Says that the file is as it was before.
    fn nothing_done(&self) -> String {
        let name = Untrusted::from(self.path);
        let done = if self.is_new { "created" } else { "changed" };
        format!("{name} was not {done}")
    }

    /// Asks whether to save a text that became empty: a full disk does that too.
    fn may_be_empty(&self) -> Result<bool> {
        let name = Untrusted::from(self.path);
        let question = format!("{name} is empty now. Save it?");
        Ok(self.context.ui.confirm(&question, "yes", Some("no"))?)
    }

    /// Says what was done: with which signature the file was written, if it was.
    fn tell(&self, written: Option<SignatureCoverage>) -> Result<()> {
        let ui = &self.context.ui;
        let name = Untrusted::from(self.path);
        let done = Done {
            file: name.as_raw().to_owned(),
            written: written.is_some(),
            readers: self.draft.recipients.shown(),
            recipients: self.draft.recipients.recipients(),
            signed: written.unwrap_or(SignatureCoverage::No),
            was_signed: self.loses_signature,
        };
        if ui.is_json() {
            return Ok(ui.json(&done)?);
        }
        let Some(signed) = written else {
            ui.status(&self.nothing_done());
            return Ok(());
        };
        let lost = if self.loses_signature {
            "; the author's signature is not kept"
        } else {
            ""
        };
        let to = for_readers(&done.readers);
        ui.status(&format_args!(
            "Encrypted {name} {to}{}{lost}",
            signed.told()
        ));
        warn_of_other_names(&name, self.names, ui);
        Ok(())
    }
}

/// Asks whether to open a file that is no text.
fn opens_binary(name: &Untrusted, context: &Context) -> Result<bool> {
    let question = format!("{name} is not text. Open it in the editor anyway?");
    Ok(context.ui.confirm(&question, "yes", Some("no"))?)
}

/// The error of an editor that cannot be used, with what to do instead.
fn no_editor(error: editor::Error, path: &Path) -> CommandError {
    let file = Untrusted::from(path).as_argument();
    let hint = match &error {
        editor::Error::Nothing => format!("Choose one: EDITOR=vim bulla edit {file}"),
        editor::Error::Relative | editor::Error::Nowhere(_) => {
            format!("Set an editor that is installed: EDITOR=/usr/bin/vi bulla edit {file}")
        }
        editor::Error::NoTerminal => format!(
            "Run it on a terminal. A script can use: bulla decrypt -o - {file}, and bulla encrypt"
        ),
        _ => return error.into(),
    };
    CommandError::from(error).hinting(hint)
}

/// Returns the name of the file in the editor, by which it recognizes the kind of text: that of the
/// encrypted file without `.age`. A name that begins with a dot could be that of settings for the
/// editor.
fn name_in_editor(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    let stem = without_age_extension(name);
    let name = stem.as_deref().map_or(name, Path::as_os_str);
    let name = name.to_str().unwrap_or_default().trim_start_matches('.');
    let is_usable =
        !name.is_empty() && name.len() <= LONGEST_NAME && !name.chars().any(char::is_control);
    if is_usable { name } else { FILE }.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_in_the_editor_tells_the_kind_of_text_and_is_never_that_of_settings() {
        let name = |path: &str| name_in_editor(Path::new(path));
        assert_eq!(name("a/notes.md.age"), "notes.md");
        assert_eq!(name("notes"), "notes");
        assert_eq!(name(".age"), "age");
        assert_eq!(name(".dir-locals.el.age"), "dir-locals.el");
        assert_eq!(name("...age"), FILE);
        assert_eq!(name("a\nb.age"), FILE);
        assert_eq!(name(&format!("{}.age", "x".repeat(201))), FILE);
    }
}
