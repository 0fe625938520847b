//! What we say about contacts and groups, in the same words in every command.

use crate::context::Context;
use crate::errors::{Result, report_error};
use crate::keyring;
use crate::keyring::{Contact, ContactStatus, Group, Name, VerificationCode};
use crate::ui::WarningKind;
use bulla_age::AnyRecipient;

/// What a contact without recipients is for.
const SIGNS_ONLY: &str = "signs only";

/// Returns the kinds of keys, each once.
pub(crate) fn kinds(recipients: &[AnyRecipient]) -> Vec<&'static str> {
    let mut kinds: Vec<&str> = recipients.iter().map(AnyRecipient::kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

/// Names the kinds of keys for people: post-quantum or classic, and in parentheses what holds them.
pub(crate) fn describe_kinds(recipients: &[AnyRecipient]) -> String {
    if recipients.is_empty() {
        return SIGNS_ONLY.to_owned();
    }
    let kinds: Vec<&str> = kinds(recipients).into_iter().map(describe_kind).collect();
    kinds.join(", ")
}

/// Names a [kind](AnyRecipient::kind) of key for people.
pub(crate) fn describe_kind(kind: &'static str) -> &'static str {
    match kind {
        "X25519" => "classic",
        "SSH key" => "classic (SSH)",
        "hardware key" => "classic (hardware)",
        "post-quantum hardware key" => "post-quantum (hardware)",
        other => other,
    }
}

/// Returns whether one of the keys is post-quantum; `None` if only a plugin knows, or there is no
/// key.
pub(crate) fn post_quantum(recipients: &[AnyRecipient]) -> Option<bool> {
    if recipients.is_empty() {
        return None;
    }
    let mut known = recipients.iter().map(AnyRecipient::is_post_quantum);
    if known.clone().any(|known| known == Some(true)) {
        return Some(true);
    }
    known.all(|known| known == Some(false)).then_some(false)
}

/// Returns [`post_quantum`] in words.
pub(crate) fn describe_post_quantum(recipients: &[AnyRecipient]) -> &'static str {
    match post_quantum(recipients) {
        None if recipients.is_empty() => SIGNS_ONLY,
        Some(true) => "post-quantum",
        Some(false) => "classic",
        None => "plugin",
    }
}

/// Describes the status of a contact's keys.
pub(crate) fn describe_status(status: &ContactStatus) -> String {
    let mut words = vec![match &status.verified {
        None => "not verified".to_owned(),
        Some(on) => format!("verified on {on}"),
    }];
    words.extend(status.changed.as_ref().map(|changed| {
        let what = if changed.vouched {
            "REPLACED"
        } else {
            "CHANGED"
        };
        format!("{what} on {}", changed.on)
    }));
    words.extend(status.revoked.as_ref().map(|revoked| {
        let whose = if revoked.former { "former key " } else { "" };
        format!(
            "{whose}REVOKED, {}, on {}",
            revoked.reason.as_str(),
            revoked.on
        )
    }));
    words.extend(
        status
            .expired
            .as_ref()
            .map(|on| format!("card expired on {on}")),
    );
    words.join(", ")
}

/// Returns the next step for a contact's keys; `None` if they are verified and usable.
pub(crate) fn next_step(name: &Name, status: &ContactStatus) -> Option<String> {
    match &status.revoked {
        _ if status.changed.is_some() => Some(format!(
            "Decide which of {name}'s keys are right: bulla contact resolve {name}"
        )),
        Some(revoked) if !revoked.former => Some(format!(
            "Ask {name} for a new card, then: bulla contact add {name} FILE"
        )),
        _ if status.verified.is_none() => {
            Some(format!("Verify {name}'s keys: bulla contact verify {name}"))
        }
        _ => None,
    }
}

/// A contact as JSON.
#[derive(serde::Serialize)]
pub(crate) struct ContactJson<'a> {
    contact: &'a str,
    kinds: Vec<&'static str>,
    post_quantum: Option<bool>,
    recipients: &'a [String],
    added: &'a str,
    source: &'a str,
    verified: Option<&'a str>,
    /// Only of verified keys: before, it is typed and not compared by eye.
    safety_number: Option<String>,
    check_value: Option<String>,
    continuity: &'static str,
    changed: Option<&'a str>,
    revoked: Option<RevokedJson>,
    expired: bool,
    card: Option<CardJson<'a>>,
}

#[derive(serde::Serialize)]
struct RevokedJson {
    reason: &'static str,
    on: String,
    former: bool,
}

#[derive(serde::Serialize)]
struct CardJson<'a> {
    card_name: &'a str,
    signing_key: String,
    serial: u64,
    created: &'a str,
    expires: &'a str,
}

impl<'a> ContactJson<'a> {
    pub(crate) fn new(
        name: &'a Name,
        contact: &'a Contact,
        recipients: &[AnyRecipient],
        status: &ContactStatus,
    ) -> Self {
        let card = contact.card().map(|card| CardJson {
            card_name: card.name().as_raw(),
            signing_key: card.signing_key().to_string(),
            serial: card.serial(),
            created: card.created(),
            expires: card.expires(),
        });
        let revoked = status.revoked.as_ref().map(|revoked| RevokedJson {
            reason: revoked.reason.as_str(),
            on: revoked.on.as_raw().to_owned(),
            former: revoked.former,
        });
        let code = status.verified.as_ref();
        let code = code.and_then(|_| contact.verification_code(name).ok());
        let (safety_number, check_value) = match code {
            Some(VerificationCode::SafetyNumber(number)) => (Some(number), None),
            Some(VerificationCode::CheckValue(value)) => (None, Some(value)),
            None => (None, None),
        };
        Self {
            contact: name.as_str(),
            kinds: kinds(recipients),
            post_quantum: post_quantum(recipients),
            recipients: &contact.recipients,
            added: &contact.added,
            source: &contact.source,
            verified: contact.verified.as_deref(),
            safety_number,
            check_value,
            continuity: match &status.changed {
                Some(changed) if changed.vouched => "succeeded",
                Some(_) => "changed",
                None => "same",
            },
            changed: contact.changed.as_ref().map(|keys| keys.on.as_str()),
            revoked,
            expired: status.expired.is_some(),
            card,
        }
    }
}

/// No fields besides those of the contact.
#[derive(serde::Serialize)]
pub(crate) struct NothingMore {}

impl ContactJson<'_> {
    /// Prints a contact as it is now in the keyring, with more fields, if results are JSON.
    pub(crate) fn print(
        name: &Name,
        more: &impl serde::Serialize,
        context: &Context,
    ) -> Result<()> {
        #[derive(serde::Serialize)]
        struct Both<'a, M> {
            #[serde(flatten)]
            contact: ContactJson<'a>,
            #[serde(flatten)]
            more: &'a M,
        }
        if !context.ui.is_json() {
            return Ok(());
        }
        let keyring = context.keyring()?;
        let found = keyring.get::<Contact>(name)?;
        let (pinned, status) = (found.pinned(name)?, keyring.status(&found)?);
        let contact = ContactJson::new(name, &found, &pinned, &status);
        Ok(context.ui.json(&Both { contact, more })?)
    }
}

/// `1 key`, `2 keys`.
pub(crate) fn count_noun(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// Joins names with commas.
pub(crate) fn join_names(names: &[Name]) -> String {
    names
        .iter()
        .map(Name::as_str)
        .collect::<Vec<_>>()
        .join(", ")
}

/// Prints the entries that cannot be read; the last one becomes the command's error.
pub(crate) fn report_damaged(
    mut damaged: Vec<keyring::KeyringError>,
    context: &Context,
) -> Result<()> {
    let Some(last) = damaged.pop() else {
        return Ok(());
    };
    for error in damaged {
        report_error(&context.ui, &error.into());
    }
    Err(last.into())
}

/// Which settings mention a name. We warn about them and never edit them.
pub(crate) struct ConfigMention {
    in_default_to: bool,
    is_required: bool,
}

impl ConfigMention {
    /// Reads the config before anything is changed, because an invalid config is an error.
    pub(crate) fn find(name: &Name, context: &Context) -> Result<Self> {
        let config = context.config()?;
        let is_in = |names: &[String]| names.iter().any(|text| text == name.as_str());
        Ok(Self {
            in_default_to: is_in(&config.default_to.value),
            is_required: is_in(&config.require.value),
        })
    }

    pub(crate) fn warn(&self, name: &Name, context: &Context) {
        if self.in_default_to {
            context.ui.warn(WarningKind::StaleSetting, &format_args!(
                "The setting default_to still says {name}. Change it: bulla config default_to NAME"
            ));
        }
        if self.is_required {
            context.ui.warn(WarningKind::StaleSetting, &format_args!(
                "The setting require still says {name}, so nothing can be encrypted. Change it: bulla config require NAME"
            ));
        }
    }
}

/// Shows how to find the files that somebody can still open. No list of all files is kept.
pub(crate) fn tip_at_open_files(name: &str, context: &Context) {
    context.ui.tip(&format_args!(
        "To find files that {name} can still open: bulla who --recursive --can-open {name} FOLDER"
    ));
}

/// Prints the groups that an entry was removed from, and warns of those that are empty now.
pub(crate) fn print_removed_from(groups: &[Name], context: &Context) -> Result<()> {
    if !groups.is_empty() {
        context
            .ui
            .status(&format_args!("Removed from groups: {}", join_names(groups)));
    }
    for name in groups {
        if context
            .keyring()?
            .find::<Group>(name)?
            .is_some_and(|group| group.members.is_empty())
        {
            context.ui.warn(
                WarningKind::EmptyGroup,
                &format_args!("The group {name} is empty now"),
            );
        }
    }
    Ok(())
}
