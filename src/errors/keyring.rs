//! Messages for errors of the keyring, the config and the kernel's key store.

use crate::config;
use crate::errors::code::{Code, Verdict, hinted, some};
use crate::errors::program::file;
use crate::keyring;
use crate::process::kernel_keys;

pub(super) fn keyring(error: &keyring::KeyringError) -> Verdict {
    match error {
        keyring::KeyringError::Name { .. } => some(Code::Usage),
        keyring::KeyringError::Unknown { name, wanted, near } if near.is_empty() => {
            let next = match wanted.as_slice() {
                [kind] => format!("List them: bulla {} list", kind.noun()),
                _ => format!("Add their keys first: bulla contact add {name} FILE"),
            };
            (Some(Code::Usage), vec![next])
        }
        keyring::KeyringError::Unknown { near, .. } => (
            Some(Code::Usage),
            vec![format!("Did you mean {}?", near.join(", "))],
        ),
        keyring::KeyringError::Taken { name, kind } => (
            Some(Code::Refused),
            vec![format!(
                "Choose another name, or rename that one: bulla {} rename {name} NEW",
                kind.noun()
            )],
        ),
        keyring::KeyringError::Orphan { .. } => hinted(
            Code::Refused,
            "It may be a key: import it under another name, or move it away",
        ),
        keyring::KeyringError::Damaged { .. } => hinted(
            Code::Keyring,
            "Fix it by hand, or restore it from .previous/ or a backup. The rest of the keyring \
             can be read",
        ),
        keyring::KeyringError::Memory { .. } => hinted(
            Code::Keyring,
            "Remove this file; bulla will then forget which messages you opened",
        ),
        keyring::KeyringError::Changed { name, change } => (
            Some(Code::Refused),
            vec![
                format!(
                    "Saved on {}{}; other keys arrived on {}",
                    change.added,
                    change
                        .code
                        .as_ref()
                        .map_or_else(String::new, |code| format!(": {code}")),
                    change.on
                ),
                format!("Ask {name} in person, then: bulla contact resolve {name}"),
            ],
        ),
        keyring::KeyringError::Revoked {
            name,
            revoked,
            waiting,
        } => (
            Some(Code::Refused),
            vec![match name {
                None => "Ask for a card with a different signing key".to_owned(),
                Some(name) if *waiting => {
                    format!(
                        "New keys arrived. Ask {name} in person, then: bulla contact resolve \
                         {name}"
                    )
                }
                Some(name) if revoked.former => {
                    format!(
                        "Ask {name} in person for the safety number: bulla contact verify {name}"
                    )
                }
                Some(name) => {
                    format!(
                        "Ask {name} in person for a new card, then: bulla contact add {name} FILE"
                    )
                }
            }],
        ),
        keyring::KeyringError::Older { .. } | keyring::KeyringError::Replaced { .. } => {
            hinted(Code::Refused, "Ask for the current card")
        }
        keyring::KeyringError::SameSerial { name } => (
            Some(Code::Refused),
            vec![format!("Ask {name} for a newer card")],
        ),
        keyring::KeyringError::Shared { name } => (
            Some(Code::Refused),
            vec![format!(
                "Ask {name} in person whose key it is, and look at: bulla contact show {name}"
            )],
        ),
        keyring::KeyringError::Removed { name, .. } => (
            Some(Code::Usage),
            vec![format!(
                "Add them again: bulla contact add {name} RECIPIENT"
            )],
        ),
        keyring::KeyringError::Kept { .. } => hinted(Code::Refused, "Choose another name"),
        keyring::KeyringError::Own { .. } => hinted(Code::Refused, "Ask them for their own keys"),
        keyring::KeyringError::OwnRevocation { .. } => hinted(
            Code::Refused,
            "Send it to those who have your card. To continue with a new key: bulla identity new \
             NAME",
        ),
        keyring::KeyringError::WrongCode {
            name, pinned: true, ..
        } => (
            Some(Code::Refused),
            vec![format!(
                "It is the number of the saved keys. To keep those: bulla contact resolve {name} \
                 --keep"
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
                    "Ask {name} in person to read all {all} digits again. If they still differ, \
                     these are not {name}'s keys"
                ),
                false => format!(
                    "It has {all} digits, but you typed {typed}. Type all of them (spaces do not \
                     matter)"
                ),
            };
            (Some(Code::Refused), vec![next])
        }
        keyring::KeyringError::NotChanged { .. } => some(Code::Usage),
        keyring::KeyringError::NotIn { group, .. } => (
            Some(Code::Usage),
            vec![format!("Show its members: bulla group show {group}")],
        ),
        keyring::KeyringError::Inside { group, member } => (
            Some(Code::Refused),
            vec![format!(
                "Show its members: bulla group show {}",
                if group == member { group } else { member }
            )],
        ),
        keyring::KeyringError::NoDefault { names } => {
            let names: Vec<_> = names.iter().map(ToString::to_string).collect();
            (
                Some(Code::Usage),
                vec![format!(
                    "Choose one of {} with: bulla identity default NAME",
                    names.join(", ")
                )],
            )
        }
        keyring::KeyringError::Empty { name } => (
            Some(Code::Usage),
            vec![format!("Add someone: bulla group add {name} NAME")],
        ),
        keyring::KeyringError::Circle { name } => (
            Some(Code::Usage),
            vec![format!("Remove it: bulla group drop {name} NAME")],
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
                    format!("Only post-quantum: {}", names(post_quantum)),
                    format!("Only classic: {}", names(classic)),
                    "Encrypt once for each kind, or ask everyone for a key of the same kind"
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
            "Set HOME, or set BULLA_HOME to the keyring's folder",
        ),
        config::Error::Wrong {
            near: Some(near), ..
        } => (Some(Code::Usage), vec![format!("Did you mean {near}?")]),
        config::Error::Wrong { .. } => some(Code::Usage),
        config::Error::Files(error) => file(error),
    }
}

pub(super) fn kernel_keys(error: &kernel_keys::Error) -> Verdict {
    match error {
        kernel_keys::Error::Apart => hinted(
            Code::Other,
            "Run bulla unlock in your login session. In a service, use the systemd credential bulla.passphrase, passphrase_command or --passphrase-file",
        ),
        kernel_keys::Error::Unavailable(_) => hinted(
            Code::Other,
            "Use passphrase_command in config.toml, or --passphrase-file",
        ),
        kernel_keys::Error::TooLarge => some(Code::Other),
        kernel_keys::Error::Full => hinted(Code::Other, "Lock all unlocked identities: bulla lock"),
    }
}
