//! Encrypting and decrypting, from the request to the finished output.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::age_mode::keys::{KeyReader, NamedIdentity, may_start_programs};
use crate::age_mode::problem::Problem;
use crate::age_mode::program::Program;
use crate::age_mode::prompts::Asking;
use crate::age_mode::request::{Action, IdentityFlag, KeyFlags, Manners, Request};
use crate::age_mode::trouble::quoted;
use crate::command::{Command, Sandbox};
use crate::context::Context;
use crate::errors::{CommandError, Result};
use crate::files::{self, Input, Mode, NamedBy, Options, Output, Replace, check_output};
use crate::jobs::decrypt_header::{HeaderRead, read_header_strictly, wants_passphrase};
use crate::jobs::decrypt_payload::decrypt_payload;
use crate::jobs::encrypt_file::FileEncryption;
use crate::jobs::hold_back::HeldBack;
use crate::select::concurrency::threads_for_one_file;
use bulla_age::format::HeaderLimits;
use bulla_age::kinds::{ScryptIdentity, ScryptRecipient};
use bulla_age::stream::{Engine, PayloadError};
use bulla_age::untrusted::Untrusted;
use bulla_age::{
    AnswerError, DecryptError, Identity, KeyError, LockedFile, Mismatch, NewFile, Question,
    Recipient, RecipientSet, UnlockedFile, UnwrapError,
};

/// The cost of a new passphrase.
const WORK_FACTOR: u8 = 18;

/// The most bytes that are typed at a terminal.
const LARGEST_TYPED: usize = 16 << 20;

/// The last line of an armored file.
const END: &[u8] = b"-----END AGE ENCRYPTED FILE-----\n";

/// A request, and whose manners it was made in.
pub(super) struct Work {
    pub(super) program: Program,
    pub(super) request: Request,
}

impl Command for Work {
    fn prints(&self) -> bool {
        false
    }

    fn uses_keyring(&self) -> bool {
        false
    }

    fn sandbox(&self) -> Sandbox {
        Sandbox::with_programs().output(self.request.output_path())
    }

    fn reads_stdin(&self) -> bool {
        self.request.input.is_none()
    }

    fn run(&self, context: &Context) -> Result<()> {
        self.carry_out(context)
            .map_err(|problem| self.program.told(problem, &context.ui))
    }
}

impl Work {
    fn carry_out(&self, context: &Context) -> std::result::Result<(), Problem> {
        let request = &self.request;
        let asking = Asking::new(self.program, &context.ui);
        let source = (
            asking.clone() as Arc<dyn bulla_age::Prompter>,
            request.max_work_factor,
        );
        let mut keys = KeyReader::new(self.program, source, context);
        self.warn_of_duplicates(&keys);
        let input = self.open_input(&mut keys)?;
        self.refuse_same_file(&keys)?;
        let run = Run {
            request,
            asking: &asking,
            context,
            input: &input,
        };
        let done = match &request.action {
            Action::Decrypt { identities } => run.decrypt(identities, &mut keys),
            Action::EncryptToKeys(flags) => run.encrypt_to(flags, &mut keys),
            Action::EncryptWithPassphrase => run.encrypt_with_passphrase(&keys),
        };
        // The input was compared before.
        done.map_err(|problem| match problem {
            Problem::SameFile(path) => Problem::KeyFileAsOutput(path),
            problem => problem,
        })
    }

    /// Warns as age does; rage says nothing.
    fn warn_of_duplicates(&self, keys: &KeyReader<'_>) {
        if self.request.manners == Manners::Rage {
            return;
        }
        let identities = match &self.request.action {
            Action::Decrypt { identities } => identities,
            Action::EncryptToKeys(flags) => {
                keys.warn_of_duplicates("recipient", &flags.recipients);
                let files = flags.recipients_files.iter();
                keys.warn_of_duplicates(
                    "recipients file",
                    files.map(|path| path.to_string_lossy()),
                );
                &flags.identities
            }
            Action::EncryptWithPassphrase => return,
        };
        let files = identities.iter().filter_map(|flag| match flag {
            IdentityFlag::File(path) => Some(path.to_string_lossy()),
            IdentityFlag::Plugin(_) => None,
        });
        keys.warn_of_duplicates("identity file", files);
    }

    fn open_input(&self, keys: &mut KeyReader<'_>) -> std::result::Result<Input, Problem> {
        let Some(path) = &self.request.input else {
            keys.stdin_is_taken();
            let input = Input::stdin()?;
            keys.note(&input);
            return Ok(input);
        };
        let input =
            Input::open(path).map_err(|error| Problem::Input(path.clone(), Box::new(error)))?;
        keys.note(&input);
        Ok(input)
    }

    /// Refuses an output that is the input, before anything else is looked at.
    fn refuse_same_file(&self, keys: &KeyReader<'_>) -> std::result::Result<(), Problem> {
        match look_at_output(&self.request, keys) {
            Err(problem @ Problem::SameFile(_)) => Err(problem),
            // Told when the keys are known to be good.
            _ => Ok(()),
        }
    }
}

fn options<'k>(request: &Request, keys: &'k KeyReader<'_>) -> Options<'k> {
    let mode = match request.action {
        Action::Decrypt { .. } => Mode::Secret,
        Action::EncryptToKeys(_) | Action::EncryptWithPassphrase => Mode::Ciphertext,
    };
    Options {
        replace: Replace::Always,
        mode,
        not: &keys.files,
    }
}

/// Looks whether the output can be created, before anything is asked.
fn look_at_output(request: &Request, keys: &KeyReader<'_>) -> std::result::Result<(), Problem> {
    match request.output_path() {
        Some(path) => check_output(path, NamedBy::User, &options(request, keys))
            .map_err(|error| not_created(path, error)),
        None => standard_output(keys).map(drop),
    }
}

fn create_output(request: &Request, keys: &KeyReader<'_>) -> std::result::Result<Output, Problem> {
    let options = options(request, keys);
    match request.output_path() {
        Some(path) => Output::create(path, &options).map_err(|error| not_created(path, error)),
        None => standard_output(keys),
    }
}

fn standard_output(keys: &KeyReader<'_>) -> std::result::Result<Output, Problem> {
    Output::stdout(&keys.files).map_err(|error| match error {
        files::Error::SameFile { .. } => Problem::SameFile(PathBuf::from("/dev/stdout")),
        error => error.into(),
    })
}

fn not_created(path: &Path, error: files::Error) -> Problem {
    match error {
        files::Error::SameFile { .. } => Problem::SameFile(path.to_owned()),
        error => Problem::Output(path.to_owned(), Box::new(error)),
    }
}

struct Run<'a> {
    request: &'a Request,
    asking: &'a Arc<Asking>,
    context: &'a Context,
    input: &'a Input,
}

impl Run<'_> {
    fn encrypt_to(
        &self,
        flags: &KeyFlags,
        keys: &mut KeyReader<'_>,
    ) -> std::result::Result<(), Problem> {
        self.refuse_ciphertext_on_terminal()?;
        let readers = keys.readers(flags)?;
        look_at_output(self.request, keys)?;
        let readers = RecipientSet::new(readers.targets()?, keys.host());
        self.encrypt(&readers.as_recipients(), keys)
    }

    fn encrypt_with_passphrase(&self, keys: &KeyReader<'_>) -> std::result::Result<(), Problem> {
        self.refuse_ciphertext_on_terminal()?;
        look_at_output(self.request, keys)?;
        let passphrase = self.asking.new_passphrase()?;
        self.encrypt(&[&ScryptRecipient::new(passphrase, WORK_FACTOR)], keys)
    }

    fn refuse_ciphertext_on_terminal(&self) -> std::result::Result<(), Problem> {
        let request = self.request;
        if request.output.is_none() && !request.armor && self.context.ui.stdout_is_terminal() {
            return Err(Problem::BinaryToTerminal { decrypted: false });
        }
        Ok(())
    }

    fn encrypt(
        &self,
        recipients: &[&dyn Recipient],
        keys: &KeyReader<'_>,
    ) -> std::result::Result<(), Problem> {
        if !recipients
            .iter()
            .any(|recipient| recipient.starts_program())
        {
            self.context.start_no_more_programs();
        }
        let file = NewFile::new(recipients).map_err(Problem::Encrypt)?;
        self.context.start_no_more_programs();
        let mut output = create_output(self.request, keys)?;
        let encryption = FileEncryption {
            file: &file,
            author: None,
            armor: self.request.armor,
            engine: Engine::new(threads_for_one_file()),
        };
        encryption.write(self.input, Vec::new(), &mut output)?;
        Ok(output.commit()?)
    }

    fn decrypt(
        &self,
        flags: &[IdentityFlag],
        keys: &mut KeyReader<'_>,
    ) -> std::result::Result<(), Problem> {
        let typed = self.typed_armor()?;
        let input = match &typed {
            Some(typed) => typed,
            None => self.input,
        };
        let identities = keys.identities(flags)?;
        if !may_start_programs(&identities) {
            self.context.start_no_more_programs();
        }
        look_at_output(self.request, keys)?;
        let limits = HeaderLimits::default();
        let read = read_header_strictly(input, &limits).map_err(of_header)?;
        let HeaderRead {
            closed,
            source,
            payload,
        } = read;
        let opened = self.open(closed, &identities, keys)?;
        self.context.start_no_more_programs();
        let key = opened.payload_key();
        let engine = Engine::new(threads_for_one_file());
        let mut output = create_output(self.request, keys)?;
        if matches!(output, Output::Atomic(_)) {
            decrypt_payload(&engine, &key, input, (source, payload), &mut output)
                .map_err(of_payload)?;
        } else {
            let refuse_binary =
                self.request.output.is_none() && self.context.ui.stdout_is_terminal();
            self.context.ui.results_follow();
            let mut held = HeldBack::new(&mut output, true, refuse_binary);
            let read = engine.open(&key, source, &mut held);
            let released = read.and_then(|_| held.release().map_err(PayloadError::Write));
            if held.is_refused() {
                return Err(Problem::BinaryToTerminal { decrypted: true });
            }
            released.map_err(of_payload)?;
        }
        input.check_length()?;
        Ok(output.commit()?)
    }

    /// Reads a file that is typed at a terminal, up to the last line of its armor, so that a
    /// question does not get in the way of typing.
    fn typed_armor(&self) -> std::result::Result<Option<Input>, Problem> {
        if self.request.input.is_some() || !self.input.is_terminal() {
            return Ok(None);
        }
        let typed = self.input.typed_until(END, LARGEST_TYPED)?;
        let input = Input::stdin()?.replaced_by(Arc::new(typed))?;
        Ok(Some(input))
    }

    fn open(
        &self,
        closed: LockedFile,
        identities: &[NamedIdentity],
        keys: &KeyReader<'_>,
    ) -> std::result::Result<UnlockedFile, Problem> {
        let of_passphrase = wants_passphrase(&closed);
        if identities.is_empty() {
            if !of_passphrase {
                return Err(Problem::NoIdentities { on_stdin: false });
            }
            let question = Question::File(Untrusted::new("the input"));
            let ask = self.asking.clone();
            let passphrase = ScryptIdentity::new(ask, question, self.request.max_work_factor);
            return closed.open(&[&passphrase]).map_err(of_passphrase_file);
        }
        // Nobody types the passphrase of an identity file for what it cannot open.
        let tried: Vec<&dyn Identity> = identities
            .iter()
            .filter(|named| !of_passphrase || named.identity.opens_passphrases())
            .map(|named| -> &dyn Identity { &*named.identity })
            .collect();
        closed.open(&tried).map_err(|error| match error {
            DecryptError::NoMatch { .. } if of_passphrase => Problem::IdentitiesForPassphrase,
            DecryptError::NoMatch { tried, .. } => no_match(&tried, identities, keys),
            error => of_open(error),
        })
    }
}

/// Why no identity opened a file that is encrypted to keys.
fn no_match(
    tried: &[(String, Mismatch)],
    identities: &[NamedIdentity],
    keys: &KeyReader<'_>,
) -> Problem {
    for (_, mismatch) in tried {
        match mismatch {
            Mismatch::WrongPassphrase => return Problem::Key(KeyError::WrongPassphrase),
            Mismatch::Unanswered(error) => return unanswered(error, identities),
            Mismatch::Unusable(why) => return Problem::Said(why.clone()),
            _ => {}
        }
    }
    if keys.are_told_as_in_age() {
        let mut files: Vec<&String> = identities
            .iter()
            .filter_map(|named| named.locked_file.as_ref())
            .collect();
        files.dedup();
        for file in files {
            keys.warn(&format!(
                "encrypted identity file {} didn't match file's recipients",
                quoted(file)
            ));
        }
    }
    Problem::NoMatch
}

fn unanswered(error: &AnswerError, identities: &[NamedIdentity]) -> Problem {
    let missing = |named: &NamedIdentity| named.missing_public_key.clone();
    match identities.iter().find_map(missing) {
        Some(public_key) => Problem::UnansweredFor {
            public_key,
            error: error.clone(),
        },
        None => Problem::Unanswered(error.clone()),
    }
}

fn of_passphrase_file(error: DecryptError) -> Problem {
    match error {
        DecryptError::NoMatch { tried, .. } => match tried.into_iter().next() {
            Some((_, Mismatch::Unanswered(error))) => Problem::Unanswered(error),
            _ => Problem::WrongPassphrase,
        },
        error => of_open(error),
    }
}

fn of_open(error: DecryptError) -> Problem {
    match error {
        DecryptError::PassphraseNotAlone => Problem::PassphraseNotAlone,
        DecryptError::Unwrap(UnwrapError::Key(KeyError::ExcessiveWork { required })) => {
            Problem::ExcessiveWork(required)
        }
        DecryptError::Unwrap(UnwrapError::Key(error)) => Problem::Key(error),
        DecryptError::Mac => Problem::Said("bad header MAC".to_owned()),
        error => Problem::Failed(error.into()),
    }
}

fn of_header(error: DecryptError) -> Problem {
    match error {
        DecryptError::Header(error) => Problem::Header(error),
        error => of_open(error),
    }
}

fn of_payload(error: PayloadError) -> Problem {
    match error {
        error @ (PayloadError::Damaged { .. } | PayloadError::Truncated { .. }) => {
            Problem::Payload(error)
        }
        error => Problem::Failed(CommandError::from(error)),
    }
}
