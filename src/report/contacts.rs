//! What is said of people and groups in the keyring, in the same words by every command.

use crate::context::Context;
use crate::errors::{Result, report_error};
use crate::keyring;
use crate::keyring::{Contact, ContactStatus, Group, Name};
use bulla_age::{AnyRecipient, signing};

/// The kinds of keys, each once.
pub(crate) fn kinds(recipients: &[AnyRecipient]) -> Vec<&'static str> {
    let mut kinds: Vec<&str> = recipients.iter().map(AnyRecipient::kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

/// Whether one of the keys resists quantum computers; none where only a plugin knows.
pub(crate) fn post_quantum(recipients: &[AnyRecipient]) -> Option<bool> {
    let mut known = recipients.iter().map(AnyRecipient::is_post_quantum);
    if known.clone().any(|known| known == Some(true)) {
        return Some(true);
    }
    known.all(|known| known == Some(false)).then_some(false)
}

/// The same as a person reads it.
pub(crate) fn describe_post_quantum(recipients: &[AnyRecipient]) -> &'static str {
    match post_quantum(recipients) {
        Some(true) => "post-quantum",
        Some(false) => "not post-quantum",
        None => "post-quantum unknown",
    }
}

/// What is known of a contact's keys, every fact of it.
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

/// What there is to do about a contact's keys; nothing where they are checked and in force.
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

/// What is known of a contact, for scripts.
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

/// Names in a row.
pub(crate) fn join_names(names: &[Name]) -> String {
    names
        .iter()
        .map(Name::as_str)
        .collect::<Vec<_>>()
        .join(", ")
}

/// Says what cannot be read, after all that can; the last is the run's own error.
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

/// The config is its owner's to write: that it has a name which is no more is only said.
pub(crate) struct ConfigMention {
    mentions: bool,
}

impl ConfigMention {
    /// Looks before anything is changed, because a config that is wrong is an error.
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
