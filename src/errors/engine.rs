//! Exit codes and hints for the errors of the engine.

use crate::errors::code::{Code, HINT_PASSPHRASE, MORE_MEMORY, Verdict, hinted, some, system};
use crate::errors::program::AS_A_STREAM;
use crate::errors::{keyring, program};
use std::collections::HashMap;

use bulla_age::format::HeaderError;
use bulla_age::plugin::PluginError;
use bulla_age::sender::{RewriteError, SenderError};
use bulla_age::stream::PayloadError;
use bulla_age::untrusted::Untrusted;
use bulla_age::words::WordsError;
use bulla_age::{
    AnswerError, DecryptError, EncryptError, KeyError, Mismatch, UnwrapError, stanza_type,
};

/// What to do about backup words that are not there, or not all.
pub(crate) const ALL_WORDS: &str =
    "Type all of them on a terminal, or name a file that has them, such as the backup sheet";

pub(super) fn decrypt(error: &DecryptError) -> Verdict {
    match error {
        DecryptError::Header(error) => header(error),
        DecryptError::Unwrap(UnwrapError::Key(error)) => key(error),
        DecryptError::Unwrap(UnwrapError::Stanza { .. })
        | DecryptError::PassphraseNotAlone
        | DecryptError::Mac
        | DecryptError::TwoFileKeys
        | DecryptError::MoreThanHeader
        | DecryptError::OtherFile => some(Code::Header),
        DecryptError::TooMuchWork => hinted(
            Code::Refused,
            "Choose one key with -i PATH; or, if you trust the source: --max-recipients 65536",
        ),
        DecryptError::Sender(error) => sender(error),
        DecryptError::NoMatch { wanted, tried } => {
            let (code, mut unanswered) = match unanswered(tried) {
                Some(error) => ask(error),
                None => some(Code::NoMatch),
            };
            let mut hints = no_match(wanted, tried);
            hints.append(&mut unanswered);
            (code, hints)
        }
        DecryptError::Payload(error) => payload(error),
        _ => some(Code::Other),
    }
}

/// Returns the identity whose passphrase was wrong, if that is why a file was not opened.
pub(super) fn mistyped(tried: &[(String, Mismatch)]) -> Option<&str> {
    tried
        .iter()
        .find(|(_, reason)| *reason == Mismatch::WrongPassphrase)
        .map(|(name, _)| name.as_str())
}

/// Returns why a passphrase was not given, if that is why a file was not opened.
pub(super) fn unanswered(tried: &[(String, Mismatch)]) -> Option<&AnswerError> {
    if mistyped(tried).is_some() {
        return None;
    }
    tried.iter().find_map(|(_, reason)| match reason {
        Mismatch::Unanswered(error) => Some(error),
        _ => None,
    })
}

/// Returns the hints for a file that no key opens: what the file needs, what was tried, and what to
/// type next.
fn no_match(wanted: &[String], tried: &[(String, Mismatch)]) -> Vec<String> {
    let unanswered = unanswered(tried).is_some();
    let mistyped = mistyped(tried).is_some();
    let is_passphrase = matches!(wanted, [only] if stanza_type::is_passphrase(only));
    // Otherwise the error says it all.
    if is_passphrase || tried.len() == 1 && (unanswered || mistyped) {
        return Vec::new();
    }
    let mut hints = vec![format!("It was encrypted to {}", kinds_of_keys(wanted))];
    hints.extend(tried.iter().map(|(name, reason)| match reason {
        Mismatch::Unusable(why) if why.contains(name.as_str()) => why.clone(),
        Mismatch::Unanswered(_) => format!("Tried {name}: its passphrase was not given"),
        _ => format!("Tried {name}: {}", why(reason)),
    }));
    if tried.is_empty() {
        hints.push("If your key is in a file: -i PATH".to_owned());
        hints.push(
            "If you have none yet, create an identity, send its card to the sender, and ask for \
             the file again: bulla identity new"
                .to_owned(),
        );
    } else if mistyped {
        hints.push("Try the passphrase again, or choose a key with -i PATH".to_owned());
    } else if !unanswered {
        hints.push("Choose a key with -i PATH".to_owned());
    }
    hints
}

/// Counts the keys of a header by kind, in the words of people: "2 classic keys, 1 SSH key".
pub(crate) fn kinds_of_keys(wanted: &[String]) -> String {
    let mut kinds: Vec<(String, usize)> = Vec::new();
    // A forged header can have a type of its own in every stanza.
    let mut places: HashMap<String, usize> = HashMap::new();
    for tag in wanted {
        let kind = if tag == "X25519" {
            "classic".to_owned()
        } else if stanza_type::is_post_quantum(tag) == Some(true) {
            "post-quantum".to_owned()
        } else if tag.starts_with("ssh-") {
            "SSH".to_owned()
        } else {
            Untrusted::new(tag.clone()).to_string()
        };
        let place = *places.entry(kind.clone()).or_insert(kinds.len());
        match kinds.get_mut(place) {
            Some((_, count)) => *count += 1,
            None => kinds.push((kind, 1)),
        }
    }
    let shown: Vec<String> = kinds
        .iter()
        .take(8)
        .map(|(kind, count)| format!("{count} {kind} key{}", if *count == 1 { "" } else { "s" }))
        .collect();
    shown.join(", ")
}

fn why(reason: &Mismatch) -> &str {
    match reason {
        Mismatch::OtherType => "no key of this type in the file",
        Mismatch::OtherKey => "no match",
        Mismatch::WrongPassphrase => "wrong passphrase",
        Mismatch::Unusable(why) => why,
        _ => "it does not open the file",
    }
}

pub(super) fn encrypt(error: &EncryptError) -> Verdict {
    match error {
        EncryptError::NoRecipients => hinted(
            Code::Usage,
            "Say who it is for: --to NAME, -r RECIPIENT, or -p for a passphrase",
        ),
        EncryptError::Mixed(sides) => {
            let line = |side: &bulla_age::LabelledRecipients| {
                let labels: Vec<String> = side
                    .labels
                    .iter()
                    .map(|label| Untrusted::new(label.clone()).to_string())
                    .collect();
                let kind = if labels.is_empty() {
                    "classic".to_owned()
                } else {
                    labels.join(", ")
                };
                let names: Vec<String> = side.names.iter().map(|name| shortened(name)).collect();
                format!("{}: {kind}", names.join(", "))
            };
            let mut hints: Vec<String> = sides.iter().map(line).collect();
            hints.push(
                "Encrypt once for each kind, or ask everyone for a key of the same kind".to_owned(),
            );
            (Some(Code::Usage), hints)
        }
        EncryptError::PassphraseNotAlone => some(Code::Usage),
        EncryptError::Sender(error) => sender(error),
        EncryptError::Wrap(error) => key(error),
        EncryptError::Payload(error) => payload(error),
        _ => some(Code::Other),
    }
}

pub(super) fn header(error: &HeaderError) -> Verdict {
    match error {
        HeaderError::Io(error) => (system(error), Vec::new()),
        HeaderError::TooManyStanzas(_) => hinted(
            Code::Header,
            "If you trust the source: --max-recipients 65536",
        ),
        HeaderError::TooManyArguments(_) => hinted(
            Code::Header,
            "If you trust the source: --max-arguments 65536",
        ),
        HeaderError::SavedAsText => hinted(
            Code::Header,
            "Encrypt it again: write it with -o, because > in PowerShell changes it, or add --armor",
        ),
        HeaderError::LineEnds => hinted(
            Code::Header,
            "Send it again as a binary file, or encrypt it with --armor",
        ),
        HeaderError::ArmorInText => hinted(
            Code::Header,
            "Remove all other text, also in front of each line. To read it as it is: bulla read \
             {file}",
        ),
        _ => some(Code::Header),
    }
}

pub(super) fn payload(error: &PayloadError) -> Verdict {
    match error {
        PayloadError::Damaged { .. }
        | PayloadError::Truncated { .. }
        | PayloadError::OutOfRange { .. } => some(Code::Payload),
        PayloadError::Read(error) if bulla_age::format::ArmorError::of(error).is_some() => {
            some(Code::Payload)
        }
        PayloadError::Read(error) => (system(error).or(Some(Code::Io)), Vec::new()),
        PayloadError::Write(error) => (system(error), Vec::new()),
        PayloadError::Shrunk => hinted(Code::Io, AS_A_STREAM),
        PayloadError::Memory => hinted(Code::Io, MORE_MEMORY),
        _ => some(Code::Other),
    }
}

pub(super) fn key(error: &KeyError) -> Verdict {
    match error {
        KeyError::ExcessiveWork { required } => (
            Some(Code::Refused),
            vec![format!(
                "If you trust the source: --max-work-factor {required}"
            )],
        ),
        KeyError::Memory { .. } => hinted(Code::Io, MORE_MEMORY),
        KeyError::Ask(error) => ask(error),
        KeyError::Plugin(PluginError::NotFound { plugin }) => (
            Some(Code::Other),
            vec![format!(
                "Install age-plugin-{plugin} in a folder of your PATH"
            )],
        ),
        KeyError::Plugin(PluginError::Unanswered { error, .. }) => ask(error),
        KeyError::Plugin(_) => some(Code::Other),
        KeyError::WrongPassphrase => hinted(Code::NoMatch, "Try again; nothing was changed"),
        KeyError::Locked(_) => some(Code::NoMatch),
        KeyError::Wrap(_) | KeyError::Random(_) | KeyError::Other(_) => some(Code::Other),
        _ => some(Code::Usage),
    }
}

pub(super) fn words(error: &WordsError) -> Verdict {
    let unknown = match error {
        WordsError::Unknown(unknown) => unknown,
        WordsError::Count(_) => return hinted(Code::Usage, ALL_WORDS),
        _ => return some(Code::Usage),
    };
    let near = unknown.iter().filter(|word| !word.near.is_empty());
    let meant = near.map(|word| {
        format!(
            "Word {}: did you mean {}?",
            word.position,
            word.near.join(", ")
        )
    });
    (Some(Code::Usage), meant.take(8).collect())
}

pub(super) fn ask(error: &AnswerError) -> Verdict {
    match error {
        AnswerError::NoTerminal(_) => hinted(Code::Usage, HINT_PASSPHRASE),
        AnswerError::NoPerson(_) | AnswerError::Declined(_) => some(Code::Usage),
        AnswerError::Source(error) => source(error.get_ref()),
        _ => some(Code::Other),
    }
}

/// Judges the error of what should have given a passphrase, as where the same fails without a
/// question.
fn source(error: &(dyn std::error::Error + Send + Sync + 'static)) -> Verdict {
    if let Some(error) = error.downcast_ref() {
        return program::file(error);
    }
    if let Some(error) = error.downcast_ref() {
        return keyring::config(error);
    }
    some(Code::Other)
}

pub(super) fn sender(error: &SenderError) -> Verdict {
    match error {
        SenderError::Malformed(_) => some(Code::Header),
        SenderError::Signature(_) | SenderError::Content => hinted(
            Code::Sender,
            "Do not trust it. Ask the sender to send it again",
        ),
        SenderError::TooLong => hinted(Code::Refused, "Leave out the reader list with --plain"),
        SenderError::ChainTooLong => hinted(
            Code::Refused,
            "Start again with a new key: bulla reseal {file} --to NAME",
        ),
        _ => some(Code::Other),
    }
}

pub(super) fn rewrite_header(error: &RewriteError) -> Verdict {
    let reseal = |what| hinted(Code::Refused, what);
    match error {
        RewriteError::Passphrase => {
            reseal("Encrypt it for people instead: bulla reseal {file} --to NAME")
        }
        RewriteError::NobodyLeft => reseal(
            "Say who should be able to open it: bulla reseal {file} \
            --to NAME",
        ),
        RewriteError::Mixed(_) => {
            reseal("Encrypt it again for everyone: bulla reseal {file} --to NAME")
        }
        RewriteError::Newer => {
            reseal("Encrypt it again, without that signature: bulla reseal {file} --to NAME")
        }
        RewriteError::Wrap(error) => key(error),
        RewriteError::Sender(error) => sender(error),
        _ => some(Code::Other),
    }
}

/// Shortens a recipient for display: post-quantum ones have 2,000 characters.
pub(crate) fn shortened(recipient: &str) -> String {
    let safe = Untrusted::new(recipient).to_string();
    match (safe.get(..24), safe.get(safe.len().saturating_sub(8)..)) {
        (Some(start), Some(end)) if safe.len() > 100 => format!("{start}…{end}"),
        _ => safe,
    }
}
