//! What can go wrong in age mode, and the words of each program for it. Scripts look for them, so
//! they are those of age 1.3 and rage 0.12.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::age_mode::program::{Program, Style};
use crate::age_mode::trouble::{Trouble, quoted};
use crate::errors::CommandError;
use crate::files;
use crate::ui::Ui;
use bulla_age::format::HeaderError;
use bulla_age::plugin::PluginError;
use bulla_age::stream::PayloadError;
use bulla_age::untrusted::Untrusted;
use bulla_age::{AnswerError, EncryptError, KeyError, LabelledRecipients, ParseError};

/// Why a request was not carried out.
#[derive(Debug)]
pub(super) enum Problem {
    /// In words that both programs share.
    Said(String),
    Input(PathBuf, Box<files::Error>),
    Output(PathBuf, Box<files::Error>),
    SameFile(PathBuf),
    /// The output is a file of identities or recipients.
    KeyFileAsOutput(PathBuf),
    /// Binary data for a terminal; whether it was decrypted.
    BinaryToTerminal {
        decrypted: bool,
    },
    Recipient(String, ParseError),
    RecipientsFile(PathBuf, KeysFileError),
    IdentitiesFile(PathBuf, KeysFileError),
    PluginName(String),
    NoIdentities {
        on_stdin: bool,
    },
    IdentitiesForPassphrase,
    PassphraseNotAlone,
    NoMatch,
    WrongPassphrase,
    ExcessiveWork(u8),
    Differ,
    Unanswered(AnswerError),
    /// A question that the file with the public key might have spared.
    UnansweredFor {
        public_key: PathBuf,
        error: AnswerError,
    },
    Key(KeyError),
    Header(HeaderError),
    Payload(PayloadError),
    Encrypt(EncryptError),
    /// Has no words of its own in these programs.
    Failed(CommandError),
}

/// Why a file of keys cannot be used.
#[derive(Debug)]
pub(super) enum KeysFileError {
    StdinTwice,
    File(Box<files::Error>),
    Keys(KeyError),
    /// An identity file that is encrypted to keys.
    NotPassphrase,
}

impl From<files::Error> for KeysFileError {
    fn from(error: files::Error) -> Self {
        Self::File(Box::new(error))
    }
}

impl From<CommandError> for Problem {
    fn from(error: CommandError) -> Self {
        Self::Failed(error)
    }
}

impl From<files::Error> for Problem {
    fn from(error: files::Error) -> Self {
        Self::Failed(error.into())
    }
}

/// The text of a system error as C writes it, in lower case.
fn system_error(error: &std::io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_lowercase().chain(letters).collect(),
        None => String::new(),
    }
}

/// Why a file cannot be opened, after the name of the file.
pub(super) fn why_not_opened(error: &files::Error) -> String {
    match error {
        files::Error::NotFound { .. } | files::Error::NoFolder { .. } => {
            "no such file or directory".to_owned()
        }
        files::Error::IsDirectory { .. } => "is a directory".to_owned(),
        files::Error::Exists { .. } => "file exists".to_owned(),
        files::Error::Io { source, .. } => system_error(source),
        error => error.to_string(),
    }
}

fn opened(path: &Path, error: &files::Error) -> String {
    format!("open {}: {}", path.display(), why_not_opened(error))
}

impl Problem {
    /// Returns it in the words of a program, unless an error below is more than words.
    fn worded(self, style: Style) -> Result<Trouble, CommandError> {
        match (self, style) {
            (Self::Failed(error), _) => Err(error),
            (problem, Style::Age) => Ok(of_age(problem)),
            (problem, Style::Rage) => Ok(of_rage(problem)),
        }
    }
}

impl Program {
    /// Prints a problem in the words of this program, and returns the error that ends the run.
    pub(super) fn told(self, problem: Problem, ui: &Ui) -> CommandError {
        match problem.worded(self.style()) {
            Ok(trouble) => {
                trouble.tell(self, ui);
                CommandError::other("it was told").reported()
            }
            Err(error) => error,
        }
    }
}

fn of_age(problem: Problem) -> Trouble {
    let text = match problem {
        Problem::Said(text) => text,
        Problem::Input(path, error) => format!(
            "failed to open input file {}: {}",
            quoted(&path),
            opened(&path, &error)
        ),
        Problem::Output(path, error) => opened(&path, &error),
        // Age calls the keys input too.
        Problem::SameFile(path) | Problem::KeyFileAsOutput(path) => {
            format!("input and output file are the same: {}", quoted(path))
        }
        Problem::BinaryToTerminal { decrypted } => {
            let armor = (!decrypted).then(|| "did you mean to use -a/--armor?".to_owned());
            let force = std::iter::once("force anyway with \"-o -\"".to_owned());
            let text = "refusing to output binary to the terminal";
            return Trouble::hinted(text, armor.into_iter().chain(force).collect());
        }
        Problem::Recipient(text, error) => return recipient_of_age(&text, &error),
        Problem::RecipientsFile(path, error) => format!(
            "failed to parse recipient file {}: {}",
            quoted(&path),
            recipients_file_of_age(&path, &error)
        ),
        Problem::IdentitiesFile(path, error) => format!(
            "reading {}: {}",
            quoted(&path),
            identities_file_of_age(&path, &error)
        ),
        Problem::PluginName(name) => {
            format!("initializing {}: invalid plugin name", quoted(name))
        }
        Problem::NoIdentities { .. } => {
            let hint = "specify identities with -i/--identity or -j to decrypt this file";
            return Trouble::hinted(
                "the file is not passphrase-encrypted, identities are required",
                vec![hint.to_owned()],
            );
        }
        Problem::IdentitiesForPassphrase => {
            let hint = "remove all -i/--identity/-j flags to decrypt passphrase-encrypted files";
            return Trouble::hinted(
                "file is passphrase-encrypted but identities were specified with -i/--identity or \
                 -j",
                vec![hint.to_owned()],
            );
        }
        Problem::PassphraseNotAlone => "an scrypt recipient must be the only one".to_owned(),
        Problem::NoMatch => "no identity matched any of the recipients".to_owned(),
        Problem::WrongPassphrase => "incorrect passphrase".to_owned(),
        Problem::ExcessiveWork(required) => format!("scrypt work factor too large: {required}"),
        Problem::Differ => "passphrases didn't match".to_owned(),
        Problem::Unanswered(error) => unanswered_of_age(&error),
        Problem::UnansweredFor { public_key, error } => {
            let hint = format!(
                "with the public key in {}, it is asked for only if the file is for that key",
                quoted(public_key)
            );
            return Trouble::hinted(unanswered_of_age(&error), vec![hint]);
        }
        Problem::Key(KeyError::Plugin(PluginError::NotFound { plugin })) => {
            return missing_plugin_of_age(&plugin);
        }
        Problem::Key(error) => key_of_age(&error),
        Problem::Header(error) => header_of_age(&error),
        Problem::Payload(error) => payload_of_age(&error),
        Problem::Encrypt(EncryptError::Wrap(KeyError::Plugin(PluginError::NotFound {
            plugin,
        }))) => return missing_plugin_of_age(&plugin),
        Problem::Encrypt(error) => encrypt_of_age(&error),
        Problem::Failed(error) => error.message(),
    };
    Trouble::said(text)
}

fn recipient_of_age(text: &str, error: &ParseError) -> Trouble {
    if let ParseError::GitHub = error {
        let user = text.trim_start_matches("github:");
        return Trouble::hinted(
            "\"github:\" recipients were removed from the design",
            vec![
                "instead, use recipient files like".to_owned(),
                format!("    curl -O https://github.com/{user}.keys"),
                format!("    age -R {user}.keys"),
            ],
        );
    }
    Trouble::said(match error {
        // A secret is not repeated.
        ParseError::IdentityAsRecipient => {
            "unknown recipient type: an identity (a secret key), not a recipient".to_owned()
        }
        ParseError::NotARecipient | ParseError::FileName => {
            format!("unknown recipient type: {}", quoted(text))
        }
        error => format!("malformed recipient {}: {error}", quoted(text)),
    })
}

fn recipients_file_of_age(path: &Path, error: &KeysFileError) -> String {
    let name = quoted(path);
    match error {
        KeysFileError::StdinTwice => "standard input is used for multiple purposes".to_owned(),
        KeysFileError::File(error) => {
            format!("failed to open recipient file: {}", opened(path, error))
        }
        KeysFileError::Keys(KeyError::Line {
            line,
            error: ParseError::IdentityAsRecipient,
        }) => format!("{name}: error at line {line}: apparent identity found in recipients file"),
        KeysFileError::Keys(KeyError::Line { line, .. }) => {
            format!("{name}: malformed recipient at line {line}")
        }
        KeysFileError::Keys(KeyError::NoKeys | KeyError::NoUsableKeys { .. }) => {
            format!("{name}: no recipients found")
        }
        KeysFileError::Keys(KeyError::Parse(ParseError::NotText)) => {
            format!("{name}: recipients file is not valid UTF-8")
        }
        KeysFileError::Keys(error) => format!("{name}: {error}"),
        KeysFileError::NotPassphrase => format!("{name}: no recipients found"),
    }
}

fn identities_file_of_age(path: &Path, error: &KeysFileError) -> String {
    let failed = |why: String| format!("failed to read {}: {why}", quoted(path));
    match error {
        KeysFileError::StdinTwice => "standard input is used for multiple purposes".to_owned(),
        KeysFileError::File(error) => format!("failed to open file: {}", opened(path, error)),
        KeysFileError::Keys(KeyError::Line { line, error }) => failed(match error {
            ParseError::RecipientAsIdentity => {
                format!("error at line {line}: apparent recipient found in identities file")
            }
            ParseError::NotAnIdentity => format!("error at line {line}: unknown identity type"),
            error => format!("error at line {line}: {error}"),
        }),
        KeysFileError::Keys(KeyError::NoKeys) => failed("no identities found".to_owned()),
        KeysFileError::Keys(KeyError::Parse(ParseError::NotText)) => {
            failed("identities file is not valid UTF-8".to_owned())
        }
        KeysFileError::Keys(KeyError::Parse(error)) => {
            format!("malformed SSH identity in {}: {error}", quoted(path))
        }
        KeysFileError::Keys(error) => failed(error.to_string()),
        KeysFileError::NotPassphrase => {
            "identity file is encrypted with age but not with a passphrase".to_owned()
        }
    }
}

fn missing_plugin_of_age(plugin: &str) -> Trouble {
    Trouble::hinted(
        format!("{plugin} plugin not found: age-plugin-{plugin} is not on the PATH"),
        vec![
            format!("you might want to install the {} plugin", quoted(plugin)),
            "visit https://age-encryption.org/awesome#plugins for a list of available plugins"
                .to_owned(),
        ],
    )
}

fn unanswered_of_age(error: &AnswerError) -> String {
    let why = match error {
        AnswerError::NoTerminal(_) | AnswerError::NoPerson(_) => {
            "standard input is not a terminal, and /dev/tty is not available".to_owned()
        }
        error => error.to_string(),
    };
    format!("could not read passphrase: {why}")
}

fn key_of_age(error: &KeyError) -> String {
    match error {
        KeyError::WrongPassphrase => {
            "failed to decrypt identity file: incorrect passphrase".to_owned()
        }
        error => error.to_string(),
    }
}

fn header_of_age(error: &HeaderError) -> String {
    match error {
        HeaderError::Empty => "failed to read header: parsing age header: file is empty".to_owned(),
        error => format!("failed to read header: parsing age header: {error}"),
    }
}

fn payload_of_age(error: &PayloadError) -> String {
    match error {
        PayloadError::Damaged { chunk } | PayloadError::Truncated { chunk } => format!(
            "failed to decrypt and authenticate payload chunk, file may be corrupted or tampered \
             with (chunk {chunk})"
        ),
        error => with_causes(error),
    }
}

fn encrypt_of_age(error: &EncryptError) -> String {
    match error {
        EncryptError::Mixed(recipients) => {
            format!("incompatible recipients: {}", mixed_of_age(recipients))
        }
        EncryptError::PassphraseNotAlone => format!("incompatible recipients: {error}"),
        EncryptError::NoRecipients => "no recipients specified".to_owned(),
        EncryptError::Wrap(error) => format!("failed to wrap key: {error}"),
        EncryptError::Payload(error) => payload_of_age(error),
        error => error.to_string(),
    }
}

/// What requires post-quantum recipients throughout.
const POST_QUANTUM: &str = "postquantum";

fn mixed_of_age(recipients: &[LabelledRecipients]) -> String {
    let (first, other) = labels_that_differ(recipients);
    if first.contains(&POST_QUANTUM) != other.contains(&POST_QUANTUM) {
        return "can't mix post-quantum and classic recipients, or the file would be vulnerable to \
                quantum computers"
            .to_owned();
    }
    let list = |labels: Vec<&str>| {
        let labels: Vec<String> = labels.into_iter().map(quoted).collect();
        format!("[{}]", labels.join(" "))
    };
    format!("{} and {} can't be mixed", list(first), list(other))
}

fn mixed_of_rage(recipients: &[LabelledRecipients]) -> String {
    let (first, other) = labels_that_differ(recipients);
    let list = |labels: &[&str]| Untrusted::new(labels.join(", ")).to_string();
    let beside = match (first.is_empty(), other.is_empty()) {
        (false, false) => format!("labels '{}'", list(&other)),
        _ => "no labels".to_owned(),
    };
    let labels = if first.is_empty() { other } else { first };
    format!(
        "Cannot encrypt to a recipient with labels '{}' alongside a recipient with {beside}",
        list(&labels)
    )
}

/// Returns the labels of the first recipient, and those of the first one that has others.
fn labels_that_differ(recipients: &[LabelledRecipients]) -> (Vec<&str>, Vec<&str>) {
    let mut all = recipients.iter().map(|recipient| &recipient.labels);
    let first = all.next();
    let other = all.find(|labels| Some(*labels) != first);
    (listed(first), listed(other))
}

fn listed(labels: Option<&BTreeSet<String>>) -> Vec<&str> {
    let labels = labels.into_iter().flatten();
    labels.map(String::as_str).collect()
}

fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

fn of_rage(problem: Problem) -> Trouble {
    let text = match problem {
        Problem::Said(text) => text,
        Problem::Input(path, _) if path.as_os_str().is_empty() => NO_SUCH_FILE.to_owned(),
        Problem::Input(path, error) => match *error {
            files::Error::NotFound { .. } => {
                format!("No such file or directory: {}", path.display())
            }
            error => format!("{}: {}", path.display(), why_not_opened(&error)),
        },
        Problem::Output(path, error) => output_of_rage(&path, &error),
        Problem::SameFile(path) => {
            format!("Input and output are the same file '{}'.", path.display())
        }
        Problem::KeyFileAsOutput(path) => {
            format!("Keys and output are the same file '{}'.", path.display())
        }
        Problem::BinaryToTerminal { decrypted: true } => {
            return Trouble::hinted(
                "detected unprintable data; refusing to output to the terminal.",
                vec!["Force with '-o -'.".to_owned()],
            );
        }
        Problem::BinaryToTerminal { decrypted: false } => {
            return Trouble::hinted(
                "refusing to output binary to the terminal.",
                vec!["Did you mean to use -a/--armor? Force with '-o -'.".to_owned()],
            );
        }
        Problem::RecipientsFile(_, KeysFileError::StdinTwice)
        | Problem::IdentitiesFile(_, KeysFileError::StdinTwice) => {
            "Standard input can't be used for multiple purposes.".to_owned()
        }
        // A secret is not repeated.
        Problem::Recipient(_, ParseError::IdentityAsRecipient) => {
            "Invalid recipient: it is an identity (a secret key).".to_owned()
        }
        Problem::Recipient(text, _) => format!("Invalid recipient '{text}'."),
        Problem::RecipientsFile(path, error) => recipients_file_of_rage(&path, &error),
        Problem::IdentitiesFile(path, error) => identities_file_of_rage(&path, &error),
        Problem::PluginName(name) => format!("Invalid plugin name '{name}'."),
        Problem::NoIdentities { on_stdin } => {
            let hint = if on_stdin {
                "Did you forget to provide the identity over standard input?"
            } else {
                "Did you forget to specify -i/--identity?"
            };
            return Trouble::hinted("Missing identities.", vec![hint.to_owned()]);
        }
        Problem::IdentitiesForPassphrase => {
            "-i/--identity can't be used with passphrase-encrypted files.".to_owned()
        }
        Problem::PassphraseNotAlone => "Header is invalid".to_owned(),
        Problem::NoMatch => "No matching keys found".to_owned(),
        Problem::WrongPassphrase | Problem::Key(KeyError::WrongPassphrase) => {
            "Decryption failed".to_owned()
        }
        Problem::ExcessiveWork(required) | Problem::Key(KeyError::ExcessiveWork { required }) => {
            let hint = format!("To decrypt, retry with --max-work-factor {required}");
            return Trouble::hinted("Excessive work parameter for passphrase.", vec![hint]);
        }
        Problem::Differ => "Inputs do not match".to_owned(),
        Problem::Unanswered(error) | Problem::UnansweredFor { error, .. } => error.to_string(),
        Problem::Key(KeyError::Plugin(PluginError::NotFound { plugin })) => {
            return missing_plugin_of_rage(&plugin);
        }
        Problem::Key(error) => error.to_string(),
        // As the reader of the standard library has it.
        Problem::Header(HeaderError::Empty) => "failed to fill whole buffer".to_owned(),
        Problem::Header(HeaderError::NotAge | HeaderError::OtherFormat(_)) => {
            "Header is invalid".to_owned()
        }
        Problem::Header(HeaderError::Version(_)) => {
            let hint = "Have you tried upgrading to the latest version?".to_owned();
            return Trouble::hinted("Unknown age format.", vec![hint]);
        }
        Problem::Header(error) => format!("Header is invalid: {error}"),
        Problem::Payload(PayloadError::Damaged { .. } | PayloadError::Truncated { .. }) => {
            "decryption error".to_owned()
        }
        Problem::Payload(error) => with_causes(&error),
        Problem::Encrypt(EncryptError::Wrap(KeyError::Plugin(PluginError::NotFound {
            plugin,
        }))) => return missing_plugin_of_rage(&plugin),
        Problem::Encrypt(EncryptError::NoRecipients) => {
            let hint = "Did you forget to specify -r/--recipient?".to_owned();
            return Trouble::hinted("Missing recipients.", vec![hint]);
        }
        Problem::Encrypt(EncryptError::Mixed(recipients)) => mixed_of_rage(&recipients),
        Problem::Encrypt(error) => with_causes(&error),
        Problem::Failed(error) => error.message(),
    };
    Trouble::said(text)
}

/// What the standard library says of an empty path.
pub(super) const NO_SUCH_FILE: &str = "No such file or directory (os error 2)";

/// Why an output cannot be created.
pub(super) fn output_of_rage(path: &Path, error: &files::Error) -> String {
    match error {
        files::Error::NoFolder { .. } | files::Error::NotFound { .. }
            if path.as_os_str().is_empty() =>
        {
            "invalid filename ''.".to_owned()
        }
        files::Error::NoFolder { .. } | files::Error::NotFound { .. } => {
            let folder = path.parent().unwrap_or(Path::new(""));
            format!("directory '{}' does not exist.", folder.display())
        }
        files::Error::Exists { .. } => {
            format!("refusing to overwrite existing file '{}'.", path.display())
        }
        error => format!("{}: {}", path.display(), why_not_opened(error)),
    }
}

fn recipients_file_of_rage(path: &Path, error: &KeysFileError) -> String {
    let path = path.display();
    match error {
        KeysFileError::File(error) => match **error {
            files::Error::NotFound { .. } => format!("Recipients file not found: {path}"),
            ref error => format!("{path}: {}", why_not_opened(error)),
        },
        KeysFileError::Keys(KeyError::Line { line, .. }) => {
            format!("Recipients file '{path}' contains non-recipient data on line {line}.")
        }
        KeysFileError::Keys(error) => format!("Recipients file '{path}': {error}"),
        KeysFileError::StdinTwice | KeysFileError::NotPassphrase => {
            format!("Recipients file '{path}' cannot be used.")
        }
    }
}

fn identities_file_of_rage(path: &Path, error: &KeysFileError) -> String {
    let path = path.display();
    match error {
        KeysFileError::File(error) => match **error {
            files::Error::NotFound { .. } => format!("Identity file not found: {path}"),
            ref error => format!("{path}: {}", why_not_opened(error)),
        },
        KeysFileError::Keys(KeyError::Line { line, .. }) => {
            format!("identity file contains non-identity data on line {line}")
        }
        KeysFileError::Keys(KeyError::NoKeys) => {
            format!("No identities found in file '{path}'.")
        }
        KeysFileError::Keys(error) => format!("Identity file '{path}': {error}"),
        KeysFileError::NotPassphrase => {
            format!("Identity file '{path}' is encrypted with age but not with a passphrase.")
        }
        KeysFileError::StdinTwice => format!("Identity file '{path}' cannot be used."),
    }
}

fn missing_plugin_of_rage(plugin: &str) -> Trouble {
    Trouble::hinted(
        format!("Could not find 'age-plugin-{plugin}' on the PATH."),
        vec!["Have you installed the plugin?".to_owned()],
    )
}
