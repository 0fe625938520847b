//! `age-keygen` and `rage-keygen`: new keys, and the recipients of identities.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use zeroize::Zeroizing;

use crate::age_mode::go_flags::{self, Flag, Given, Stopped, Takes};
use crate::age_mode::problem::{NO_SUCH_FILE, Problem, output_of_rage, why_not_opened};
use crate::age_mode::program::{Program, Style};
use crate::age_mode::prompts::Asking;
use crate::age_mode::request::unless_stream;
use crate::age_mode::trouble::{Trouble, quoted, warn};
use crate::command::{Command, Sandbox};
use crate::context::Context;
use crate::errors::Result;
use crate::files;
use crate::files::{FileId, Input, Mode, Options, Output, Replace, is_open_to_all};
use bulla_age::format::looks_encrypted;
use bulla_age::key_file::{KeyFileContext, StoredIn};
use bulla_age::kinds::{HybridIdentity, X25519Identity};
use bulla_age::untrusted::Untrusted;
use bulla_age::{ExposeSecret, KeyError, ParseError, key_file};

/// The most bytes of a file of identities.
const LIMIT: u64 = 16 << 20;

#[derive(Clone, Copy)]
enum Key {
    Version,
    PostQuantum,
    Convert,
    Output,
}

const FLAGS: [Flag<Key>; 4] = [
    Flag {
        names: &["version"],
        key: Key::Version,
        takes: Takes::Nothing,
    },
    Flag {
        names: &["pq"],
        key: Key::PostQuantum,
        takes: Takes::Nothing,
    },
    Flag {
        names: &["y"],
        key: Key::Convert,
        takes: Takes::Nothing,
    },
    Flag {
        names: &["o", "output"],
        key: Key::Output,
        takes: Takes::Value,
    },
];

/// What to do for a command line of age-keygen.
pub(super) enum KeygenLine {
    Version,
    Work(Keygen),
}

/// Generates a key pair, or converts identities to recipients.
pub(super) struct Keygen {
    pub(super) program: Program,
    pub(super) post_quantum: bool,
    pub(super) converts: bool,
    /// `None` is standard output.
    pub(super) output: Option<PathBuf>,
    /// `None` is standard input.
    pub(super) input: Option<PathBuf>,
}

/// Reads the arguments after the name of the program.
pub(super) fn parse(args: &[OsString]) -> std::result::Result<KeygenLine, Trouble> {
    let line = go_flags::parse(args, &FLAGS).map_err(|stopped| match stopped {
        Stopped::HelpAsked => Trouble::HelpAsked,
        Stopped::Wrong(why) => Trouble::WrongFlags(why),
    })?;
    let (mut version, mut post_quantum, mut converts, mut output) = (false, false, false, None);
    for (key, given) in line.flags {
        match (key, given) {
            (Key::Version, Given::Switch(on)) => version = on,
            (Key::PostQuantum, Given::Switch(on)) => post_quantum = on,
            (Key::Convert, Given::Switch(on)) => converts = on,
            (Key::Output, Given::Value(path)) => output = Some(PathBuf::from(path)),
            // The grammar gives a switch to those that take nothing, and a value to the others.
            _ => {}
        }
    }
    if version {
        return Ok(KeygenLine::Version);
    }
    if line.arguments.len() > usize::from(converts) {
        return Err(Trouble::said("too many arguments"));
    }
    if post_quantum && converts {
        return Err(Trouble::said("-pq cannot be used with -y"));
    }
    let input = line.arguments.into_iter().next().map(PathBuf::from);
    Ok(KeygenLine::Work(Keygen {
        program: Program::AgeKeygen,
        post_quantum,
        converts,
        output: unless_stream(output),
        input: unless_stream(input),
    }))
}

impl Command for Keygen {
    fn uses_keyring(&self) -> bool {
        false
    }

    fn sandbox(&self) -> Sandbox {
        Sandbox::read_only().output(self.output.as_ref())
    }

    fn reads_stdin(&self) -> bool {
        self.converts && self.input.is_none()
    }

    fn run(&self, context: &Context) -> Result<()> {
        let done = if self.converts {
            self.convert(context)
        } else {
            self.generate(context)
        };
        done.map_err(|problem| self.program.told(problem, &context.ui))
    }
}

impl Keygen {
    fn generate(&self, context: &Context) -> std::result::Result<(), Problem> {
        let mut output = self.create(&[])?;
        if is_open_to_all(output.file()) {
            let text = "writing secret key to a world-readable file";
            warn(self.program, text, &context.ui);
        }
        let (secret, recipient) = if self.post_quantum {
            let identity = HybridIdentity::generate().map_err(no_random)?;
            (identity.to_text(), identity.to_recipient().to_string())
        } else {
            let identity = X25519Identity::generate().map_err(no_random)?;
            (identity.to_text(), identity.to_recipient().to_string())
        };
        if !std::io::IsTerminal::is_terminal(output.file()) {
            context.ui.usage(&format!("Public key: {recipient}"));
        }
        let now = UNIX_EPOCH + Duration::from_secs(context.unix_time());
        let now = humantime::format_rfc3339_seconds(now);
        let text = Zeroizing::new(format!(
            "# created: {now}\n# public key: {recipient}\n{}\n",
            secret.expose_secret()
        ));
        self.write(&mut output, text.as_bytes())?;
        self.commit(output)
    }

    fn convert(&self, context: &Context) -> std::result::Result<(), Problem> {
        let input = match &self.input {
            Some(path) => Input::open(path).map_err(|error| self.not_opened(path, &error))?,
            None => Input::stdin()?,
        };
        let kept = input.as_kept();
        let text = self.recipients(input, context)?;
        let mut output = self.create(kept.as_slice())?;
        self.write(&mut output, text.as_bytes())?;
        self.commit(output)
    }

    /// Returns the recipients of the identities in the input, one per line.
    fn recipients(&self, input: Input, context: &Context) -> std::result::Result<String, Problem> {
        let name = input.name().clone();
        let bytes = input.read_bounded(LIMIT)?;
        let not_parsed = |why: &dyn std::fmt::Display| match self.program.style() {
            Style::Age => Problem::Said(format!("failed to parse input: {why}")),
            Style::Rage => Problem::Said(format!("Failed to read from input: {why}")),
        };
        if looks_encrypted(&bytes) {
            return Err(not_parsed(&"the identities are encrypted"));
        }
        let origin = KeyFileContext {
            name,
            kept: StoredIn::NamedFile,
            ask: Asking::new(self.program, &context.ui),
            plugins: context.host().plugins,
            max_work_factor: 0,
            public_key: None,
        };
        let identities = key_file::parse(bytes, &origin).map_err(|error| match error {
            KeyError::NoKeys => match self.program.style() {
                Style::Age => Problem::Said("no identities found in the input".to_owned()),
                Style::Rage => no_identities_of_rage(self.input.as_deref()),
            },
            KeyError::Line {
                line,
                error: ParseError::NotAnIdentity,
            } => not_parsed(&format_args!("error at line {line}: unknown identity type")),
            error => not_parsed(&error),
        })?;
        let mut text = String::new();
        for identity in identities {
            for recipient in identity.recipients().map_err(Problem::Key)? {
                // Writing to a string does not fail.
                let _ = writeln!(text, "{recipient}");
            }
        }
        Ok(text)
    }

    /// Creates the output, unless it is one of these files.
    fn create(&self, not: &[(FileId, Untrusted)]) -> std::result::Result<Output, Problem> {
        let options = Options {
            replace: Replace::Never,
            mode: Mode::Private,
            not,
        };
        match &self.output {
            Some(path) => {
                Output::create_new(path, &options).map_err(|error| match self.program.style() {
                    Style::Age => Problem::Said(format!(
                        "failed to open output file {}: open {}: {}",
                        quoted(path),
                        path.display(),
                        why_not_opened(&error)
                    )),
                    Style::Rage => Problem::Said(format!(
                        "Failed to open output: {}",
                        output_of_rage(path, &error)
                    )),
                })
            }
            None => Ok(Output::stdout(not)?),
        }
    }

    fn write(&self, output: &mut Output, bytes: &[u8]) -> std::result::Result<(), Problem> {
        output.put(bytes).map_err(|error| self.not_written(error))
    }

    fn commit(&self, output: Output) -> std::result::Result<(), Problem> {
        output.commit().map_err(|error| self.not_written(error))
    }

    fn not_written(&self, error: files::Error) -> Problem {
        if error.is_reader_gone() {
            return error.into();
        }
        let why = why_not_opened(&error);
        Problem::Said(match self.program.style() {
            Style::Age => format!("failed to write output: {why}"),
            Style::Rage => format!("Failed to write to output: {why}"),
        })
    }

    fn not_opened(&self, path: &Path, error: &files::Error) -> Problem {
        let why = why_not_opened(error);
        Problem::Said(match self.program.style() {
            Style::Age => format!(
                "failed to open input file {}: open {}: {why}",
                quoted(path),
                path.display()
            ),
            Style::Rage if path.as_os_str().is_empty() => {
                format!("Failed to open input: {NO_SUCH_FILE}")
            }
            Style::Rage => format!("Failed to open input: {why}: {}", path.display()),
        })
    }
}

fn no_random(error: getrandom::Error) -> Problem {
    Problem::Failed(error.into())
}

fn no_identities_of_rage(input: Option<&Path>) -> Problem {
    Problem::Said(match input {
        Some(path) => format!("No identities found in file '{}'.", path.display()),
        None => "No identities found in standard input.".to_owned(),
    })
}
