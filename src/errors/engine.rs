//! Exit codes and hints for the errors of the engine.

use crate::errors::code::{Code, HINT_PASSPHRASE, Verdict, hinted, some, system};
use bulla_age::format::HeaderError;
use bulla_age::plugin::PluginError;
use bulla_age::sender::{RewriteError, SenderError};
use bulla_age::stream::PayloadError;
use bulla_age::untrusted::Untrusted;
use bulla_age::words::WordsError;
use bulla_age::{
    AnswerError, BoxedError, DecryptError, EncryptError, KeyError, Mismatch, UnwrapError,
};

/// An error of one kind of key, behind a pointer because the engine does not know all kinds.
pub(super) fn key_kind(error: &BoxedError) -> Verdict {
    if let Some(error) = error.downcast_ref::<KeyError>() {
        key(error)
    } else if let Some(error) = error.downcast_ref::<PluginError>() {
        key(&KeyError::Plugin(error.clone()))
    } else {
        some(Code::Other)
    }
}

pub(super) fn decrypt(error: &DecryptError) -> Verdict {
    match error {
        DecryptError::Header(error) => header(error),
        DecryptError::Unwrap(UnwrapError::Key(error)) => key_kind(error),
        DecryptError::Unwrap(UnwrapError::Stanza { .. })
        | DecryptError::PassphraseNotAlone
        | DecryptError::Mac
        | DecryptError::MoreThanHeader
        | DecryptError::OtherFile => some(Code::Header),
        DecryptError::Sender(error) => sender(error),
        DecryptError::NoMatch { wanted, tried } => (Some(Code::NoMatch), no_match(wanted, tried)),
        DecryptError::Payload(error) => payload(error),
        _ => some(Code::Other),
    }
}

/// Returns the error for a file that no key opens: what the file needs, what was tried, and what to
/// type next.
fn no_match(wanted: &[String], tried: &[(String, Mismatch)]) -> Vec<String> {
    let mut kinds: Vec<(String, usize)> = Vec::new();
    for kind in wanted {
        let kind = Untrusted::new(kind.clone()).to_string();
        match kinds.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, count)) => *count += 1,
            None => kinds.push((kind, 1)),
        }
    }
    let shown: Vec<String> = kinds
        .iter()
        .take(8)
        .map(|(kind, count)| format!("{count} × {kind}"))
        .collect();
    let mut hints = vec![format!("It was encrypted to: {}", shown.join(", "))];
    for (name, reason) in tried {
        hints.push(format!("{name}: {}", why(reason)));
    }
    let mistyped = tried
        .iter()
        .any(|(_, reason)| matches!(reason, Mismatch::WrongPassphrase));
    let unanswered = tried
        .iter()
        .any(|(_, reason)| matches!(reason, Mismatch::Unusable(_)));
    hints.push(match wanted {
        _ if unanswered => HINT_PASSPHRASE.to_owned(),
        [only] if bulla_age::stanza_type::is_passphrase(only) => {
            "Check the passphrase and try again".to_owned()
        }
        _ if mistyped => "Try the passphrase again, or choose a key with -i PATH".to_owned(),
        _ => "Choose a key with -i PATH".to_owned(),
    });
    hints
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
        EncryptError::Wrap(error) => key_kind(error),
        EncryptError::Payload(error) => payload(error),
        _ => some(Code::Other),
    }
}

pub(super) fn header(error: &HeaderError) -> Verdict {
    match error {
        HeaderError::Io(error) => (system(error), Vec::new()),
        HeaderError::ArmorInText => hinted(
            Code::Header,
            "Save only the lines from -----BEGIN to -----END, and decrypt that",
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
        PayloadError::Shrunk => some(Code::Io),
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
        KeyError::Wrap(_) => some(Code::Other),
        _ => some(Code::Usage),
    }
}

pub(super) fn words(error: &WordsError) -> Verdict {
    let WordsError::Unknown(unknown) = error else {
        return some(Code::Usage);
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
        AnswerError::NoPerson(_) => some(Code::Usage),
        _ => some(Code::Other),
    }
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
            "Start again with a new key: bulla reseal FILE --to NAME",
        ),
        _ => some(Code::Other),
    }
}

pub(super) fn rewrite_header(error: &RewriteError) -> Verdict {
    let reseal = |what| hinted(Code::Refused, what);
    match error {
        RewriteError::Passphrase => {
            reseal("Encrypt it for people instead: bulla reseal FILE --to NAME")
        }
        RewriteError::NobodyLeft => reseal(
            "Say who should be able to open it: bulla reseal FILE \
            --to NAME",
        ),
        RewriteError::Mixed(_) => {
            reseal("Encrypt it again for everyone: bulla reseal FILE --to NAME")
        }
        RewriteError::Newer => {
            reseal("Encrypt it again, without that signature: bulla reseal FILE --to NAME")
        }
        RewriteError::Wrap(error) => key_kind(error),
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
