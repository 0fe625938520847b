//! Messages for errors of the keyring, the config and the kernel's key store.

use crate::config;
use crate::errors::code::{Code, Verdict, hinted, some};
use crate::errors::program::file;
use crate::keyring;
use crate::process::kernel_keys;

pub(super) fn keyring(error: &keyring::KeyringError) -> Verdict {
    match error {
        keyring::KeyringError::Name { .. } => some(Code::Usage),
        keyring::KeyringError::Unknown {
            name,
            other: Some(kind),
            ..
        } => (
            Some(Code::Usage),
            vec![format!(
                "{name} is {}: bulla {} show {name}",
                match kind {
                    keyring::EntryKind::Identity => "one of your identities",
                    keyring::EntryKind::Contact => "a contact",
                    keyring::EntryKind::Group | keyring::EntryKind::Revocation => "a group",
                },
                kind.noun()
            )],
        ),
        keyring::KeyringError::Unknown {
            name, wanted, near, ..
        } if near.is_empty() => {
            let next = match wanted.as_slice() {
                [_, _, ..] if name.as_raw() == "me" => {
                    "Create your identity first: bulla identity new".to_owned()
                }
                [kind] => format!("List them: bulla {} list", kind.noun()),
                _ => format!("Ask for their card, and add it: bulla contact add {name} FILE"),
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
        keyring::KeyringError::LooksLike { .. } => hinted(
            Code::Refused,
            "Choose a name that nobody can confuse with it",
        ),
        keyring::KeyringError::ForOneself { .. } => hinted(Code::Usage, "Choose another name"),
        keyring::KeyringError::Oneself { kind, name, .. } => (
            Some(Code::Keyring),
            vec![format!(
                "Somebody may have added it, for example through git. Look: bulla doctor; to give the \
                 {0} another name: bulla {0} rename {name} NEW",
                kind.noun()
            )],
        ),
        keyring::KeyringError::Ambiguous { kind, name, .. } => (
            Some(Code::Keyring),
            vec![format!(
                "Somebody may have added one of them, for example through git. Look: bulla doctor; \
                 to give the {0} another name: bulla {0} rename {name} NEW",
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
                format!("Ask {name} in person or by phone, then: bulla contact resolve {name}"),
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
                        "New keys arrived. Ask {name} in person or by phone, then: bulla contact resolve \
                         {name}"
                    )
                }
                Some(name) if revoked.former => {
                    format!(
                        "Ask {name} in person or by phone for the safety number: bulla contact verify {name}"
                    )
                }
                Some(name) => {
                    format!(
                        "Ask {name} in person or by phone for a new card, then: bulla contact add {name} FILE"
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
        keyring::KeyringError::OtherSuccessor { name, .. } => (
            Some(Code::Refused),
            vec![format!(
                "Decide about the first one: bulla contact resolve {name}"
            )],
        ),
        keyring::KeyringError::Shared { name } => (
            Some(Code::Refused),
            vec![format!(
                "Ask {name} in person or by phone whose key it is, and look at: bulla contact show {name}"
            )],
        ),
        keyring::KeyringError::Removed { name, .. } => (
            Some(Code::Usage),
            vec![format!(
                "Ask for their card, and add it: bulla contact add {name} FILE"
            )],
        ),
        keyring::KeyringError::Kept { .. } => hinted(Code::Refused, "Choose another name"),
        keyring::KeyringError::SignsOnly { .. } => hinted(
            Code::Refused,
            "Name somebody who is to open it: --to NAME. What they signed is shown by bulla who FILE",
        ),
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
                "That is the number of the keys you already have. To keep them: bulla contact \
                    resolve {name} \
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
            let next = if *typed == all {
                format!(
                    "Ask {name} in person or by phone to read all {all} digits again. If the number still \
                        does not match, these are not {name}'s keys"
                )
            } else {
                format!(
                    "It has {all} digits, but you typed {typed}. Type all of them (spaces do not \
                     matter)"
                )
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
        keyring::KeyringError::Foreign { name, .. } => (
            Some(Code::Keyring),
            vec![format!(
                "Somebody may have changed it, for example through git: restore the file. If you \
                 changed your keys on another machine: bulla identity confirm {name}"
            )],
        ),
        keyring::KeyringError::TooDeep { .. } => hinted(
            Code::Keyring,
            "Put its members into the outer group, or find out who nested the groups like this: \
             bulla group list",
        ),
        keyring::KeyringError::Differs { .. } => hinted(
            Code::Keyring,
            "Somebody may have changed it, for example through git: restore the file, or both \
             files of the identity",
        ),
        keyring::KeyringError::Unconfirmed { name } => (
            Some(Code::Refused),
            vec![format!(
                "It came with the keyring. If it is yours: bulla identity confirm {name}"
            )],
        ),
        keyring::KeyringError::NoState => hinted(Code::Io, "Set HOME or XDG_STATE_HOME"),
        keyring::KeyringError::NoRandomness => some(Code::Other),
        keyring::KeyringError::HalfDone { error, why } => {
            let mut hints = vec![
                "bulla reads the keyring as it was before, and the next command that changes it \
                 undoes the rest first"
                    .to_owned(),
            ];
            if is_out_of_space(error) || is_out_of_space(why) {
                hints.insert(0, "Free some disk space".to_owned());
            }
            (Some(Code::Io), hints)
        }
        keyring::KeyringError::SecretLeft { file, .. } => (
            Some(Code::Io),
            vec![format!(
                "It belongs to no identity. Remove it: rm {}",
                file.as_argument()
            )],
        ),
        keyring::KeyringError::Files(error) if error.is_complete() => file(error),
        keyring::KeyringError::NoRoom(_) => hinted(
            Code::Io,
            "The keyring is unchanged. Free some disk space, and try again",
        ),
        keyring::KeyringError::Files(error) if error.is_out_of_space() => {
            hinted(Code::Io, "Free some disk space, and try again")
        }
        keyring::KeyringError::Files(error) => file(error),
    }
}

fn is_out_of_space(error: &keyring::KeyringError) -> bool {
    matches!(error, keyring::KeyringError::Files(error) if error.is_out_of_space())
}

/// Returns the exit code of settings that cannot be used.
fn damaged(place: config::Place) -> Code {
    match place {
        config::Place::Keyring => Code::Keyring,
        config::Place::Machine => Code::Usage,
    }
}

pub(super) fn config(error: &config::Error) -> Verdict {
    match error {
        config::Error::NoHome => hinted(
            Code::Usage,
            "Set HOME, or set BULLA_HOME to the keyring's folder",
        ),
        config::Error::Value {
            setting, allowed, ..
        } => (
            Some(Code::Usage),
            vec![match *allowed {
                config::LIST => format!("To empty it: bulla config --unset {setting}"),
                "true or false" => format!("Use: bulla config {setting} true"),
                _ => format!("Show it: bulla config {setting}"),
            }],
        ),
        config::Error::Wrong {
            near: Some(near),
            place,
            ..
        } => (Some(damaged(*place)), vec![format!("Did you mean {near}?")]),
        config::Error::NewValue { .. } => some(Code::Usage),
        config::Error::Wrong {
            file, line, place, ..
        } => {
            let file = file.as_argument();
            let at = line.map_or_else(String::new, |line| format!("line {line} of "));
            (
                Some(damaged(*place)),
                vec![format!("Correct {at}{file}, or remove it")],
            )
        }
        config::Error::NotInKeyring { setting, .. } => (
            Some(Code::Refused),
            vec![format!(
                "A keyring can come from other people, for example through git. If you want this \
                 setting, remove the line and set it for this machine: bulla config {setting} VALUE"
            )],
        ),
        config::Error::InsideKeyring { .. } => hinted(
            Code::Refused,
            "Whoever can write to the keyring could change them. Move the keyring, and set \
             BULLA_HOME to its new folder",
        ),
        config::Error::Files(error) => file(error),
        config::Error::Keyring(error) => keyring(error),
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
            "Use the setting passphrase_command, or --passphrase-file",
        ),
        kernel_keys::Error::TooLarge => some(Code::Other),
        kernel_keys::Error::Full => hinted(Code::Other, "Lock all unlocked identities: bulla lock"),
    }
}
