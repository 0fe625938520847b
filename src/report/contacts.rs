//! What we say about contacts and groups, in the same words in every command.

use crate::context::Context;
use crate::errors::{Result, report_error};
use crate::keyring;
use crate::keyring::{Contact, ContactStatus, Group, Name};
use bulla_age::{AnyRecipient, signing};

/// Returns the kinds of keys, each once.
pub(crate) fn kinds(recipients: &[AnyRecipient]) -> Vec<&'static str> {
    let mut kinds: Vec<&str> = recipients.iter().map(AnyRecipient::kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

/// Returns whether one of the keys is post-quantum; `None` if only a plugin knows.
pub(crate) fn post_quantum(recipients: &[AnyRecipient]) -> Option<bool> {
    let mut known = recipients.iter().map(AnyRecipient::is_post_quantum);
    if known.clone().any(|known| known == Some(true)) {
        return Some(true);
    }
    known.all(|known| known == Some(false)).then_some(false)
}

/// Returns [`post_quantum`] in words.
pub(crate) fn describe_post_quantum(recipients: &[AnyRecipient]) -> &'static str {
    match post_quantum(recipients) {
        Some(true) => "post-quantum",
        Some(false) => "not post-quantum",
        None => "post-quantum unknown",
    }
}

/// Describes the status of a contact's keys.
pub(crate) fn describe_status(status: &ContactStatus) -> String {
    let mut words = vec![match &status.verified {
        None => "never checked".to_owned(),
        Some(on) => format!("checked on {on}"),
    }];
    words.extend(status.changed.as_ref().map(|changed| {
        let what = if changed.vouched {
            "SUCCEEDED"
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
            "decide on {name}'s keys: bulla contact resolve {name}"
        )),
        Some(revoked) if !revoked.former => Some(format!(
            "ask {name} for a new card, then: bulla contact add {name} FILE"
        )),
        _ if status.verified.is_none() => {
            Some(format!("check {name}'s keys: bulla contact verify {name}"))
        }
        _ => None,
    }
}

/// A contact as JSON.
#[derive(serde::Serialize)]
pub(crate) struct ContactJson<'a> {
    name: &'a str,
    kinds: Vec<&'static str>,
    post_quantum: Option<bool>,
    recipients: &'a [String],
    added: &'a str,
    source: &'a str,
    verified: Option<&'a str>,
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
    calls_themselves: &'a str,
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
            calls_themselves: card.name().as_raw(),
            signing_key: signing::text(card.signing_key()),
            serial: card.serial(),
            created: card.created(),
            expires: card.expires(),
        });
        let revoked = status.revoked.as_ref().map(|revoked| RevokedJson {
            reason: revoked.reason.as_str(),
            on: revoked.on.as_raw().to_owned(),
            former: revoked.former,
        });
        Self {
            name: name.as_str(),
            kinds: kinds(recipients),
            post_quantum: post_quantum(recipients),
            recipients: &contact.recipients,
            added: &contact.added,
            source: &contact.source,
            verified: contact.verified.as_deref(),
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

/// Whether `default_to` in the config mentions a name. We warn about it and never edit that
/// setting.
pub(crate) struct ConfigMention {
    mentions: bool,
}

impl ConfigMention {
    /// Reads the config before anything is changed, because an invalid config is an error.
    pub(crate) fn find(name: &Name, context: &Context) -> Result<Self> {
        let default_to = &context.config()?.default_to.value;
        Ok(Self {
            mentions: default_to.iter().any(|text| text == name.as_str()),
        })
    }

    pub(crate) fn warn(&self, name: &Name, context: &Context) {
        if self.mentions {
            let file = crate::config::FILE;
            context.ui.warning(&format_args!(
                "default_to in {file} still says {name}: change it there"
            ));
        }
    }
}

/// Prints the groups that an entry was removed from, and warns of those that are empty now.
pub(crate) fn print_removed_from(groups: &[Name], context: &Context) -> Result<()> {
    if !groups.is_empty() {
        context
            .ui
            .status(&format_args!("taken out of: {}", join_names(groups)));
    }
    for name in groups {
        if context
            .keyring()?
            .find::<Group>(name)?
            .is_some_and(|group| group.members.is_empty())
        {
            context
                .ui
                .warning(&format_args!("the group {name} is empty now"));
        }
    }
    Ok(())
}
