//! Decrypts file keys with identities of the keyring (`identity-v1`).

use crate::commands::age_plugin::caller::Caller;
use crate::context::Context;
use crate::errors::Result as CommandResult;
use crate::identities::plugin_identity::{self, NamedByText};
use crate::identities::secret;
use crate::keyring::{Name, StoredIdentity};
use crate::select::options::IdentityOptions;
use bulla_age::format::Stanza;
use bulla_age::key_file::KeyFileIdentity;
use bulla_age::plugin::{CallerError, ErrorSubject, UnwrapRequest};
use bulla_age::{Effort, FileKey, Mismatch, UnwrapError, Unwrapped};

/// A key that may open files.
struct Candidate {
    /// The place of the text that names it.
    index: usize,
    /// What it opens, if it has a public half in the keyring.
    public: Option<StoredIdentity>,
    name: Option<Name>,
    key: Box<dyn KeyFileIdentity>,
}

/// What went wrong. It is told only if a file stays closed: another identity may open it.
struct Problem {
    about: ErrorSubject,
    text: String,
}

pub(super) fn run(caller: &Caller, context: &Context) -> Result<(), CallerError> {
    let request = caller.speak().unwrap_request()?;
    let (mut candidates, mut problems) = candidates(&request, context);
    // What asks nothing comes first. The order is otherwise that of the caller.
    candidates.sort_by_key(|candidate| candidate.key.effort());
    let headers: Vec<&[Stanza]> = request.files.iter().map(Vec::as_slice).collect();
    for candidate in &candidates {
        candidate.key.prepare(&headers);
    }
    let mut is_any_closed = false;
    for (file, stanzas) in headers.iter().enumerate() {
        match open(file, stanzas, &candidates, &mut problems) {
            Some(key) => caller.speak().file_key(file, &key)?,
            None => is_any_closed = true,
        }
    }
    if is_any_closed {
        for problem in problems {
            caller.speak().error(problem.about, &problem.text)?;
        }
    }
    Ok(())
}

/// Returns the keys that the caller names, each once, and why some cannot be used.
fn candidates(request: &UnwrapRequest, context: &Context) -> (Vec<Candidate>, Vec<Problem>) {
    let (mut candidates, mut problems, mut seen) = (Vec::new(), Vec::new(), Vec::new());
    for (index, text) in request.identities.iter().enumerate() {
        let loaded = match plugin_identity::parse(text) {
            Ok(named) if seen.contains(&named) => continue,
            Ok(named) => {
                let loaded = load(&named, context).map_err(|error| error.message().to_string());
                seen.push(named);
                loaded
            }
            Err(error) => Err(error.to_string()),
        };
        match loaded {
            Ok(keys) => candidates.extend(keys.into_iter().map(|(name, key)| Candidate {
                index,
                public: name.as_ref().and_then(|name| public(name, context)),
                name,
                key,
            })),
            Err(text) => problems.push(Problem {
                about: ErrorSubject::Identity(index),
                text,
            }),
        }
    }
    (candidates, problems)
}

type NamedKeys = Vec<(Option<Name>, Box<dyn KeyFileIdentity>)>;

fn load(named: &NamedByText, context: &Context) -> CommandResult<NamedKeys> {
    let most = IdentityOptions::none().limit.max_work_factor;
    let named_key = |name: &Name, key| (Some(name.clone()), key);
    match named {
        NamedByText::One(name) => {
            let keys = secret::load_all(Some(name.as_str()), context, most)?;
            Ok(keys.into_iter().map(|key| named_key(name, key)).collect())
        }
        NamedByText::All => {
            let keys = secret::load_all(None, context, most)?;
            Ok(keys.into_iter().map(|key| (None, key)).collect())
        }
    }
}

fn public(name: &Name, context: &Context) -> Option<StoredIdentity> {
    context.keyring().ok()?.find(name).ok()?
}

impl Candidate {
    /// Returns whether it can be a key of this file, as far as the types of its recipients tell, so
    /// that nobody types a passphrase for nothing.
    fn may_open(&self, stanzas: &[Stanza]) -> bool {
        let (Some(name), Some(public)) = (&self.name, &self.public) else {
            return true;
        };
        let Ok(recipients) = public.parsed(name) else {
            return true;
        };
        recipients
            .iter()
            .any(|recipient| stanzas.iter().any(|stanza| recipient.fits(stanza)))
    }

    fn problem(&self, text: String) -> Problem {
        let about = ErrorSubject::Identity(self.index);
        Problem { about, text }
    }
}

/// Tries all keys on a file.
fn open(
    file: usize,
    stanzas: &[Stanza],
    candidates: &[Candidate],
    problems: &mut Vec<Problem>,
) -> Option<FileKey> {
    for candidate in candidates {
        if candidate.key.effort() > Effort::None && !candidate.may_open(stanzas) {
            continue;
        }
        let what = candidate.key.describe();
        match candidate.key.unwrap(stanzas) {
            Unwrapped::FileKey(key) => return Some(key),
            Unwrapped::NoMatch(mismatch) => problems.extend(match mismatch {
                Mismatch::WrongPassphrase => {
                    Some(candidate.problem(format!("Wrong passphrase for {what}")))
                }
                Mismatch::Unanswered(_) => Some(candidate.problem(locked(candidate, &what))),
                Mismatch::Unusable(why) => {
                    Some(candidate.problem(format!("Cannot use {what}: {why}")))
                }
                _ => None,
            }),
            Unwrapped::Failed(UnwrapError::Stanza { kind, why }) => {
                let place = place_of_malformed(kind, stanzas, candidate);
                let about = ErrorSubject::Stanza(file, place);
                let text = format!("malformed {kind} stanza: {why}");
                problems.push(Problem { about, text });
                return None;
            }
            Unwrapped::Failed(error) => {
                problems.push(candidate.problem(format!("Cannot use {what}: {error}")));
            }
        }
    }
    None
}

/// Returns the place of the malformed stanza among those of its type. A key that would ask, or start
/// a program, is not tried on each: then it is the place of the first one.
fn place_of_malformed(kind: &str, stanzas: &[Stanza], candidate: &Candidate) -> usize {
    let is_malformed = |stanza: &Stanza| {
        let unwrapped = candidate.key.unwrap(std::slice::from_ref(stanza));
        matches!(unwrapped, Unwrapped::Failed(UnwrapError::Stanza { .. }))
    };
    let of_kind = || (0..stanzas.len()).filter(|place| stanzas[*place].tag == kind);
    let malformed = match candidate.key.effort() {
        Effort::None => of_kind().find(|place| is_malformed(&stanzas[*place])),
        Effort::Asks | Effort::StartsProgram => None,
    };
    malformed.or_else(|| of_kind().next()).unwrap_or(0)
}

fn locked(candidate: &Candidate, what: &str) -> String {
    let name = candidate.name.as_ref();
    let name = name.map_or_else(String::new, |name| format!(" {name}"));
    format!("{what} is locked. Unlock it first: bulla unlock{name}")
}
