//! The policy of a folder: who must, and who must not, be able to open the files in it
//! (docs/policy.md).
//!
//! Parsed strictly: what this version does not understand might forbid something.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::context::Context;
use crate::errors::{CommandError, ErrorContext as _, Result, usage};
use crate::keyring::{KeyStatus, KeyringError, Name};
use crate::report::authorship::Authorship;
use crate::report::file_report::FileReport;
use crate::report::sought::{Member, Sought};
use bulla_age::Inspection;
use bulla_age::untrusted::Untrusted;

/// The name of the file.
pub(crate) const POLICY: &str = ".bulla-policy";

/// A longer file is no policy.
pub(crate) const LONGEST: u64 = 64 << 10;

/// The error of a file that is not understood.
pub(crate) fn not_a_policy(name: &Untrusted, why: &str) -> CommandError {
    let hint = "docs/policy.md says what a policy can have";
    let text = format!("{name} is not a policy: {}", Untrusted::new(why.trim()));
    usage(&text, Some(hint))
}

/// The file as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    require: Option<Vec<String>>,
    forbid: Option<Vec<String>>,
    allow: Option<Vec<String>>,
    post_quantum: Option<bool>,
    signed_by: Option<Vec<String>>,
}

/// A policy, with its names found in the keyring.
pub(crate) struct Policy {
    /// The path of its file.
    pub(crate) name: Untrusted,
    require: Vec<Sought>,
    forbid: Vec<Sought>,
    /// Nobody else may be a reader.
    allow: Option<Vec<Sought>>,
    post_quantum: bool,
    signed_by: Option<Vec<Name>>,
}

/// How a file breaks its policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum BreachKind {
    /// No policy applies to the file.
    NoPolicy,
    MissingReader,
    ForbiddenReader,
    /// A reader who is not among those that are allowed.
    OtherReader,
    /// A key whose owner is unknown, where some readers are forbidden or only some are allowed.
    UnknownReader,
    /// A key that the reader list does not account for, or a change without a record.
    Unaccounted,
    NotPostQuantum,
    NotSigned,
}

/// A breach, in words.
#[derive(Serialize)]
pub(crate) struct Breach {
    kind: BreachKind,
    pub(crate) message: String,
    /// The file of the policy; null if there is none.
    policy: Option<String>,
}

impl Policy {
    /// Parses a policy. A name that the keyring does not know is an error: nobody could tell
    /// whether it is met.
    pub(crate) fn parse(bytes: &[u8], name: &Untrusted, context: &Context) -> Result<Self> {
        let wrong = |why: &str| not_a_policy(name, why);
        let text = std::str::from_utf8(bytes).map_err(|_| wrong("it is not UTF-8"))?;
        let written: Written = toml::from_str(text).map_err(|error| {
            let line = error.span().map(|span| {
                let before = text.get(..span.start).unwrap_or_default();
                format!("line {}: ", 1 + before.matches('\n').count())
            });
            wrong(&format!(
                "{}{}",
                line.unwrap_or_default(),
                error.message().lines().next().unwrap_or_default()
            ))
        })?;
        let all = |names: Option<Vec<String>>, find: fn(&str, &Context) -> Result<Sought>| {
            let names = names.unwrap_or_default().into_iter();
            let found = names.map(|name| find(&name, context));
            found.collect::<Result<Vec<_>>>().context(name)
        };
        let allow = match written.allow {
            Some(names) => Some(all(Some(names), Sought::known)?),
            None => None,
        };
        let signed_by = match written.signed_by {
            Some(names) => {
                let found = names.iter().map(|text| signers(text, context));
                let found = found.collect::<Result<Vec<_>>>().context(name)?;
                Some(found.concat())
            }
            None => None,
        };
        Ok(Self {
            name: name.clone(),
            require: all(written.require, Sought::usable)?,
            forbid: all(written.forbid, Sought::known)?,
            allow,
            post_quantum: written.post_quantum.unwrap_or(false),
            signed_by,
        })
    }

    /// Adds how a file breaks this policy. `account` is that of a file that was opened; a file with
    /// a passphrase has none.
    pub(crate) fn judge(
        &self,
        account: Option<&FileReport>,
        outside: Option<&Inspection>,
        breaches: &mut Vec<Breach>,
    ) {
        let mut add = |kind, message: String| {
            breaches.push(Breach {
                kind,
                message,
                policy: Some(self.name.as_raw().to_owned()),
            });
        };
        let names_of = |members: &[&Member]| {
            let names: BTreeSet<&str> = members.iter().map(|one| one.name().as_str()).collect();
            names.into_iter().collect::<Vec<_>>().join(", ")
        };
        let members = |all: &[Sought]| -> Vec<Member> {
            all.iter().flat_map(|one| one.members().to_vec()).collect()
        };
        let required = members(&self.require);
        let is_missing =
            |member: &&Member| !account.is_some_and(|account| account.is_open_to(member));
        let missing: Vec<&Member> = required.iter().filter(is_missing).collect();
        if !missing.is_empty() {
            let text = format!("not shown to be open to {}", names_of(&missing));
            add(BreachKind::MissingReader, text);
        }
        let forbidden = members(&self.forbid);
        let may_open =
            |member: &&Member| account.is_some_and(|account| account.may_be_open_to(member));
        let forbidden: Vec<&Member> = forbidden.iter().filter(may_open).collect();
        if !forbidden.is_empty() {
            let text = format!("open to {}", names_of(&forbidden));
            add(BreachKind::ForbiddenReader, text);
        }
        if let Some(allow) = &self.allow {
            let allowed = [members(allow), required.clone()].concat();
            let others: BTreeSet<String> = account
                .map(|account| account.readers_besides(&allowed))
                .unwrap_or_default();
            if !others.is_empty() {
                let others: Vec<String> = others.into_iter().collect();
                add(
                    BreachKind::OtherReader,
                    format!(
                        "open to {}, whom the policy does not allow",
                        others.join(", ")
                    ),
                );
            }
        }
        if self.allow.is_some() || !self.forbid.is_empty() {
            match account.map(FileReport::unknown_keys) {
                None => add(
                    BreachKind::UnknownReader,
                    "open to anyone who knows the passphrase".to_owned(),
                ),
                Some(0) => {}
                Some(1) => add(
                    BreachKind::UnknownReader,
                    "open to a key whose owner is unknown".to_owned(),
                ),
                Some(more) => add(
                    BreachKind::UnknownReader,
                    format!("open to {more} keys whose owners are unknown"),
                ),
            }
        }
        if self.post_quantum && outside.is_some_and(|seen| seen.post_quantum() != Some(true)) {
            let text = "not all of its keys are post-quantum";
            add(BreachKind::NotPostQuantum, text.to_owned());
        }
        if let Some(names) = &self.signed_by {
            let is_signed = account.is_some_and(|account| account.is_signed_by_one_of(names));
            if !is_signed {
                let by = account.and_then(FileReport::signer);
                let by = by.map_or_else(|| "not signed".to_owned(), |by| format!("signed by {by}"));
                let names: Vec<&str> = names.iter().map(Name::as_str).collect();
                add(
                    BreachKind::NotSigned,
                    format!("{by}, and not by {}", names.join(" or ")),
                );
            }
        }
    }
}

/// Returns the names of those who are meant by a name: somebody who can sign, or the members of a
/// group.
fn signers(name: &str, context: &Context) -> Result<Vec<Name>> {
    let sought = Sought::known(name, context)?;
    let keyring = context.keyring()?;
    if sought.members().is_empty() {
        let name = name.parse()?;
        return Err(KeyringError::Empty { name }.into());
    }
    let names = sought.members().iter().map(|member| {
        if !member.is_own() {
            // Not one that was removed.
            keyring.contact(member.name())?;
        }
        Ok(member.name().clone())
    });
    names.collect()
}

impl Breach {
    /// The breach of a file that no policy applies to.
    pub(crate) fn no_policy() -> Self {
        Self {
            kind: BreachKind::NoPolicy,
            message: format!("no {POLICY} applies to it"),
            policy: None,
        }
    }

    /// The breaches that every policy forbids: signs that the readers were changed secretly.
    pub(crate) fn unaccounted(account: &FileReport) -> Vec<Self> {
        let strange = account.unaccounted().into_iter();
        let breaches = strange.map(|message| Self {
            kind: BreachKind::Unaccounted,
            message,
            policy: None,
        });
        breaches.collect()
    }
}

impl FileReport {
    /// Returns the readers that are none of these people.
    fn readers_besides(&self, allowed: &[Member]) -> BTreeSet<String> {
        self.persons()
            .filter(|somebody| !allowed.iter().any(|member| member.is(somebody)))
            .map(|somebody| somebody.in_list())
            .collect()
    }

    /// Returns whether one of these people signed the file, with a key that is still theirs.
    fn is_signed_by_one_of(&self, names: &[Name]) -> bool {
        let Authorship::Signed { by, .. } = &self.author else {
            return false;
        };
        by.known.as_ref().is_some_and(|somebody| {
            somebody.standing == KeyStatus::Current
                && names.iter().any(|name| somebody.is_called(name))
        })
    }

    fn signer(&self) -> Option<String> {
        match &self.author {
            Authorship::Signed { by, .. } => Some(by.called()),
            _ => None,
        }
    }
}
