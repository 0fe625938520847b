//! Messages for errors of the keyring, the config and the kernel's key store.

use crate::config;
use crate::errors::{Code, Verdict, file, hinted, some};
use crate::keyring;
use crate::process::kernel_keys;

pub(super) fn keyring(error: &keyring::KeyringError) -> Verdict {
    match error {
        keyring::KeyringError::Name { .. } => some(Code::Usage),
        keyring::KeyringError::Unknown { name, wanted, near } if near.is_empty() => {
            let next = match wanted.as_slice() {
                [kind] => format!("see which there are with: bulla {} list", kind.noun()),
                _ => format!("take their keys in first: bulla contact add {name} FILE"),
            };
            (Some(Code::Usage), vec![next])
        }
        keyring::KeyringError::Unknown { near, .. } => (
            Some(Code::Usage),
            vec![format!("did you mean {}?", near.join(", "))],
        ),
        keyring::KeyringError::Taken { name, kind } => (
            Some(Code::Refused),
            vec![format!(
                "choose another name, or rename that one: bulla {} rename {name} NEW",
                kind.noun()
            )],
        ),
        keyring::KeyringError::Orphan { .. } => hinted(
            Code::Refused,
            "it may be a key: import it under another name, or move it away",
        ),
        keyring::KeyringError::Damaged { .. } => hinted(
            Code::Keyring,
            "mend it by hand, or take it back from .previous/ or a backup; the rest can be read",
        ),
        keyring::KeyringError::Memory { .. } => hinted(
            Code::Keyring,
            "remove this file; what was opened before is forgotten then, and all begins anew",
        ),
        keyring::KeyringError::Changed { name, change } => (
            Some(Code::Refused),
            vec![
                format!(
                    "pinned on {}{}; other keys came on {}",
                    change.added,
                    change
                        .code
                        .as_ref()
                        .map_or_else(String::new, |code| format!(": {code}")),
                    change.on
                ),
                format!("ask {name} in person, then: bulla contact resolve {name}"),
            ],
        ),
        keyring::KeyringError::Revoked {
            name,
            revoked,
            waiting,
        } => (
            Some(Code::Refused),
            vec![match name {
                None => "ask for a card with another signing key".to_owned(),
                Some(name) if *waiting => {
                    format!(
                        "other keys came: ask {name} in person, then: bulla contact resolve {name}"
                    )
                }
                Some(name) if revoked.former => {
                    format!(
                        "ask {name} in person for the safety number: bulla contact verify {name}"
                    )
                }
                Some(name) => {
                    format!(
                        "ask {name} in person for a new card, then: bulla contact add {name} FILE"
                    )
                }
            }],
        ),
        keyring::KeyringError::Older { .. } | keyring::KeyringError::Replaced { .. } => {
            hinted(Code::Refused, "ask for the card that is in force now")
        }
        keyring::KeyringError::SameSerial { name } => (
            Some(Code::Refused),
            vec![format!("ask {name} for a newer card")],
        ),
        keyring::KeyringError::Shared { name } => (
            Some(Code::Refused),
            vec![format!(
                "ask {name} in person whose it is; see what is known: bulla contact show {name}"
            )],
        ),
        keyring::KeyringError::Removed { name, .. } => (
            Some(Code::Usage),
            vec![format!(
                "add them again with: bulla contact add {name} RECIPIENT"
            )],
        ),
        keyring::KeyringError::Kept { .. } => hinted(Code::Refused, "choose another name"),
        keyring::KeyringError::Own { .. } => hinted(
            Code::Refused,
            "you are written to by the name of your identity; ask them for their own keys",
        ),
        keyring::KeyringError::OwnRevocation { .. } => hinted(
            Code::Refused,
            "it is for those who have your card; to go on with another key: bulla identity new NAME",
        ),
        keyring::KeyringError::WrongCode {
            name, pinned: true, ..
        } => (
            Some(Code::Refused),
            vec![format!(
                "it is that of the pinned keys: keep them with: bulla contact resolve {name} --keep"
            )],
        ),
        keyring::KeyringError::WrongCode {
            name,
            safety_number,
            typed,
            ..
        } => {
            let all = if *safety_number { 30 } else { 32 };
            let next = match *typed == all {
                true => format!(
                    "have all {all} digits read out once more, by {name} in person; if they differ again, these are not \
                     {name}'s keys"
                ),
                false => format!(
                    "it has {all} digits, with or without spaces, and {typed} were typed: type all of them"
                ),
            };
            (Some(Code::Refused), vec![next])
        }
        keyring::KeyringError::NotChanged { .. } => some(Code::Usage),
        keyring::KeyringError::NotIn { group, .. } => (
            Some(Code::Usage),
            vec![format!("see who is in it with: bulla group show {group}")],
        ),
        keyring::KeyringError::Inside { group, member } => (
            Some(Code::Refused),
            vec![format!(
                "see who is in it with: bulla group show {}",
                if group == member { group } else { member }
            )],
        ),
        keyring::KeyringError::NoDefault { names } => {
            let names: Vec<_> = names.iter().map(ToString::to_string).collect();
            (
                Some(Code::Usage),
                vec![format!(
                    "choose one of {} with: bulla identity default NAME",
                    names.join(", ")
                )],
            )
        }
        keyring::KeyringError::Empty { name } => (
            Some(Code::Usage),
            vec![format!("put somebody in with: bulla group add {name} NAME")],
        ),
        keyring::KeyringError::Circle { name } => (
            Some(Code::Usage),
            vec![format!("take it out with: bulla group drop {name} NAME")],
        ),
        keyring::KeyringError::Recipient { .. } => some(Code::Usage),
        keyring::KeyringError::Mixed {
            post_quantum,
            classic,
        } => {
            let names = |who: &[keyring::PersonName]| {
                who.iter()
                    .map(ToString::to_string)
                    .collect::<Vec<_>>()
                    .join(", ")
            };
            (
                Some(Code::Usage),
                vec![
                    format!("only post-quantum: {}", names(post_quantum)),
                    format!("only classic: {}", names(classic)),
                    "encrypt once for each kind, or ask everybody for a recipient of the same kind"
                        .to_owned(),
                ],
            )
        }
        keyring::KeyringError::Files(error) => file(error),
    }
}

pub(super) fn config(error: &config::Error) -> Verdict {
    match error {
        config::Error::NoHome => hinted(
            Code::Usage,
            "set HOME, or say where the keyring is with BULLA_HOME",
        ),
        config::Error::Wrong {
            near: Some(near), ..
        } => (Some(Code::Usage), vec![format!("did you mean {near}?")]),
        config::Error::Wrong { .. } => some(Code::Usage),
        config::Error::Files(error) => file(error),
    }
}

pub(super) fn kernel_keys(error: &kernel_keys::Error) -> Verdict {
    match error {
        kernel_keys::Error::Apart => hinted(
            Code::Other,
            "unlock where you are logged in; a service takes its passphrase from a credential (bulla.passphrase), \
             passphrase_command or --passphrase-file",
        ),
        kernel_keys::Error::Unavailable(_) => hinted(
            Code::Other,
            "passphrase_command in config.toml, or --passphrase-file, can answer instead",
        ),
        kernel_keys::Error::TooLarge => some(Code::Other),
        kernel_keys::Error::Full => hinted(Code::Other, "close what is held with: bulla lock"),
    }
}
