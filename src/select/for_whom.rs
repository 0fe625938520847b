//! "For whom?": asked if a command line names nobody to encrypt to.
//!
//! Encrypting only to oneself without a word is a mistake in most cases, and creating an identity in
//! passing is one in all. So the user chooses on the terminal, and a script is told what to add.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::context::{Context, FIRST};
use crate::errors::{CommandError, Failure, Result};
use crate::keyring::{EntryKind, IdentityKind, KeyringError, Name, StoredIdentity};
use crate::ui::{Align, PromptError, aligned};
use bulla_age::AnyRecipient;
use bulla_age::untrusted::Untrusted;

/// How often an answer that cannot be used is asked for again.
const TRIES: usize = 3;

/// How many names are listed.
const MOST_NAMES: usize = 8;

/// A command line that names nobody.
pub(crate) struct Unaddressed<'a> {
    /// The command, as in `bulla encrypt`.
    pub(crate) command: &'static str,
    pub(crate) paths: &'a [PathBuf],
    /// Whether the other options allow a passphrase.
    pub(crate) may_use_passphrase: bool,
    /// Whether it is about other people, because the user has access already.
    pub(crate) is_for_others: bool,
}

impl Unaddressed<'_> {
    /// Returns the other options as they were typed, each after a space.
    fn typed_options(&self) -> String {
        let arguments = std::env::args_os().skip(1);
        let after_command = arguments.skip_while(|argument| argument != self.command);
        let mut options: Vec<OsString> = after_command.skip(1).collect();
        let dashes = options.iter().position(|argument| argument == "--");
        let mut after = options.split_off(dashes.unwrap_or(options.len()));
        // Without a path, a command follows the dashes.
        if !self.paths.is_empty() {
            after.clear();
        }
        options.retain(|argument| {
            argument != "--no-prompt" && !self.paths.iter().any(|path| path == argument)
        });
        let all = options.iter().chain(&after);
        all.map(|argument| match argument.to_str() {
            Some(option) if option.starts_with('-') => match option.split_once('=') {
                Some((option, value)) => {
                    format!(" {option}={}", Untrusted::new(value).as_argument())
                }
                None => format!(" {}", Untrusted::new(option)),
            },
            _ => format!(" {}", Untrusted::from(Path::new(argument)).as_argument()),
        })
        .collect()
    }
}

/// The answer.
pub(crate) enum Answer {
    Passphrase,
    /// Names of the keyring, or recipients.
    People(Vec<String>),
}

/// Asks for whom to encrypt.
///
/// # Errors
/// A usage error that lists the choices, if nobody can be asked or nobody is named.
pub(crate) fn for_whom(line: &Unaddressed<'_>, context: &Context) -> Result<Answer> {
    let choices = Choices::load(line.may_use_passphrase, context)?;
    let nobody = || CommandError::from(choices.nobody(line));
    let question = choices.question(line);
    for _ in 0..TRIES {
        let answer = match context.ui.line(&question) {
            Ok(answer) => answer,
            Err(PromptError::NoTerminal | PromptError::Declined) => return Err(nobody()),
            Err(error) => {
                return Err(CommandError::from(error).context("Could not ask for whom to encrypt"));
            }
        };
        match choices.answer(&answer, context)? {
            Ok(answer) => return Ok(answer),
            Err(why) => context.ui.warning(&why),
        }
    }
    Err(nobody())
}

/// Whom the user can choose.
struct Choices {
    may_use_passphrase: bool,
    identities: Vec<Name>,
    /// The name that stands for the user.
    oneself: Option<Name>,
    /// Contacts and groups.
    others: Vec<Name>,
}

impl Choices {
    fn load(may_use_passphrase: bool, context: &Context) -> Result<Self> {
        let keyring = context.keyring()?;
        let mut identities = keyring.names(EntryKind::Identity)?;
        identities.retain(|name| {
            !matches!(keyring.find::<StoredIdentity>(name), Ok(Some(own)) if own.kind == IdentityKind::Signing)
        });
        let mut others = keyring.names(EntryKind::Contact)?;
        others.retain(|name| {
            let contact = keyring.contact(name);
            contact.is_ok_and(|contact| !contact.recipients.is_empty())
        });
        others.extend(keyring.names(EntryKind::Group)?);
        let oneself = if identities.is_empty() {
            None
        } else {
            // Without a default, the user has to say which one.
            context.default_identity().ok().flatten()
        };
        Ok(Self {
            may_use_passphrase,
            identities,
            oneself,
            others,
        })
    }

    /// The words for the user's own identities.
    fn own(&self) -> String {
        match &self.oneself {
            Some(name) => name.to_string(),
            None => listed(&self.identities),
        }
    }

    fn question(&self, line: &Unaddressed<'_>) -> String {
        let mut rows: Vec<(String, &str)> = Vec::new();
        if self.may_use_passphrase {
            rows.push(("passphrase".to_owned(), "anyone who knows it"));
        }
        if !self.identities.is_empty() && !line.is_for_others {
            rows.push((self.own(), "yourself"));
        }
        if !self.others.is_empty() {
            rows.push((listed(&self.others), "contacts and groups"));
        }
        let rows: Vec<[String; 2]> = rows
            .into_iter()
            .map(|(word, meaning)| [format!("  {word}"), meaning.to_owned()])
            .collect();
        let rows: String = aligned([Align::Left; 2], &rows)
            .iter()
            .map(|row| format!("{row}\n"))
            .collect();
        let none = if self.others.is_empty() {
            "  (to add people: bulla contact add NAME FILE)\n"
        } else {
            ""
        };
        let what = match line.paths {
            [only] if only.as_os_str() != "-" => Untrusted::from(only.as_path()).to_string(),
            [] | [_] => "this".to_owned(),
            several => format!("these {} files", several.len()),
        };
        let be = if line.paths.len() > 1 { "are" } else { "is" };
        format!("For whom {be} {what}?\n{rows}{none}Type one of these, or several names")
    }

    /// Reads what was typed. What cannot be used is explained.
    fn answer(&self, typed: &str, context: &Context) -> Result<Result<Answer, String>> {
        let is_known = |word: &str| {
            let all = self.others.iter().chain(&self.identities);
            let mut all = all.into_iter();
            word.parse::<Name>()
                .is_ok_and(|typed| all.any(|name| *name == typed))
        };
        let words = typed
            .split([' ', '\t', ','])
            .filter(|word| !word.is_empty());
        let words: Vec<&str> = words.collect();
        let is_passphrase = |word: &str| {
            ["passphrase", "p", "-p"].contains(&word.to_ascii_lowercase().as_str())
                && !is_known(word)
        };
        match words.as_slice() {
            [] => return Ok(Err("Nobody was named".to_owned())),
            [only] if is_passphrase(only) && self.may_use_passphrase => {
                return Ok(Ok(Answer::Passphrase));
            }
            words if words.iter().any(|word| is_passphrase(word)) => {
                let why = if self.may_use_passphrase {
                    "A passphrase cannot be combined with names"
                } else {
                    "A passphrase is not possible here"
                };
                return Ok(Err(why.to_owned()));
            }
            _ => {}
        }
        for word in &words {
            if is_known(word) || word.parse::<AnyRecipient>().is_ok() {
                continue;
            }
            if *word == FIRST && self.identities.is_empty() {
                let why = "You have no identity yet. To create one: bulla identity new";
                return Ok(Err(why.to_owned()));
            }
            if *word == FIRST && self.oneself.is_some() {
                continue;
            }
            let unknown = context.keyring()?.unknown(word, &EntryKind::ALL)?;
            let mut why = unknown.to_string();
            if let KeyringError::Unknown { near, .. } = &unknown
                && !near.is_empty()
            {
                why.push_str(&format!(". Did you mean {}?", near.join(", ")));
            }
            return Ok(Err(why));
        }
        let words = words.into_iter().map(str::to_owned);
        Ok(Ok(Answer::People(words.collect())))
    }

    /// The error that lists the choices as commands.
    fn nobody(&self, line: &Unaddressed<'_>) -> Failure {
        let options = line.typed_options();
        let command = line.command;
        let files = match line.paths {
            [] => options,
            [only] => format!(
                "{options} {}",
                Untrusted::from(only.as_path()).as_argument()
            ),
            _ => format!("{options} FILES"),
        };
        let someone = if self.others.is_empty() {
            "someone".to_owned()
        } else {
            format!("someone ({})", listed(&self.others))
        };
        let mut hints = vec![format!("For {someone}: bulla {command} --to NAME{files}")];
        if self.may_use_passphrase {
            hints.push(format!("With a passphrase: bulla {command} -p{files}"));
        }
        if line.is_for_others {
            return Failure::Nobody(hints);
        }
        hints.push(match &self.oneself {
            Some(name) => format!("For yourself: bulla {command} --to {name}{files}"),
            None if self.identities.is_empty() => {
                "For yourself, create an identity first: bulla identity new".to_owned()
            }
            None => format!(
                "For yourself ({}): bulla {command} --to NAME{files}",
                listed(&self.identities)
            ),
        });
        Failure::Nobody(hints)
    }
}

/// Lists names, up to a limit.
fn listed(names: &[Name]) -> String {
    let shown: Vec<&str> = names.iter().take(MOST_NAMES).map(Name::as_str).collect();
    let more = if names.len() > MOST_NAMES {
        ", …"
    } else {
        ""
    };
    format!("{}{more}", shown.join(", "))
}
