//! `bulla group show`: the members of a group at any depth, and what they lack.

use std::collections::HashSet;

use clap::Args;

use crate::command::Command;
use crate::context::Context;
use crate::errors::Result;
use crate::keyring::{Contact, DEEPEST, Group, Keyring, KeyringError, Name, StoredIdentity};
use crate::report::contacts;
use crate::ui::{Align, aligned};
use bulla_age::untrusted::Untrusted;

/// Show the members of a group and their problems
///
/// Nested groups are expanded. For each member: whether there is a post-quantum key, whether the
/// keys are verified, and whether they changed or are missing.
#[derive(Args, Clone, Debug)]
pub(crate) struct ShowArgs {
    /// Name of the group
    name: String,
}

impl Command for ShowArgs {
    fn run(&self, context: &Context) -> Result<()> {
        run(self, context)
    }
}

fn run(args: &ShowArgs, context: &Context) -> Result<()> {
    let name: Name = args.name.parse()?;
    let keyring = context.keyring()?;
    let group: Group = keyring.get(&name)?;
    keyring.refuse_ambiguous(&name)?;
    let mut view = View {
        keyring,
        rows: Vec::new(),
        done: HashSet::new(),
        path: vec![name.clone()],
        hints: Vec::new(),
        damaged: Vec::new(),
    };
    view.members(&group);
    if context.ui.is_json() {
        context.ui.json(&GroupJson {
            group: name.as_str(),
            members: &view.rows,
        })?;
    }
    let rows: Vec<[String; 3]> = view.rows.iter().map(MemberJson::row).collect();
    let lines = aligned([Align::Left; 3], &rows);
    lines.iter().try_for_each(|line| context.ui.result(line))?;
    if group.members.is_empty() {
        context
            .ui
            .status(&format_args!("The group {name} is empty"));
        view.hints
            .push(format!("Add someone: bulla group add {name} NAME"));
    }
    for hint in &view.hints {
        context.ui.tip(hint);
    }
    contacts::report_damaged(view.damaged, context)
}

/// A group as JSON.
#[derive(serde::Serialize)]
struct GroupJson<'a> {
    group: &'a str,
    members: &'a [MemberJson],
}

/// A member, or a member of a member.
#[derive(serde::Serialize)]
struct MemberJson {
    name: String,
    /// 0 for members of the group itself.
    depth: usize,
    what: String,
    state: String,
}

impl MemberJson {
    fn row(&self) -> [String; 3] {
        let indent = "  ".repeat(self.depth);
        [
            format!("{indent}{}", Untrusted::new(self.name.as_str())),
            self.what.clone(),
            self.state.clone(),
        ]
    }
}

struct View<'a> {
    keyring: &'a Keyring,
    rows: Vec<MemberJson>,
    /// The groups on the path to the current one.
    path: Vec<Name>,
    /// The groups whose members were already shown.
    done: HashSet<Name>,
    hints: Vec<String>,
    damaged: Vec<KeyringError>,
}

impl View<'_> {
    fn members(&mut self, group: &Group) {
        for text in &group.members {
            let at = self.rows.len();
            if let Err(error) = self.member(text) {
                let unreadable = !matches!(error, KeyringError::Name { .. });
                let why = if unreadable {
                    "cannot be read"
                } else {
                    "is not a valid name"
                };
                self.rows.truncate(at);
                self.row(text, why, "");
                if unreadable {
                    self.damaged.push(error);
                }
            }
        }
    }

    fn member(&mut self, text: &str) -> Result<(), KeyringError> {
        let name: Name = text.parse()?;
        self.keyring.refuse_ambiguous(&name)?;
        if let Some(contact) = self.keyring.find::<Contact>(&name)? {
            return self.contact(&name, &contact);
        }
        if let Some(group) = self.keyring.find::<Group>(&name)? {
            self.group(name, &group);
            return Ok(());
        }
        match self.keyring.find::<StoredIdentity>(&name)? {
            Some(identity) => {
                let keys = identity.parsed(&name)?;
                self.row(text, contacts::describe_post_quantum(&keys), "you");
            }
            None => self.lacking(&name, "missing", "Remove it"),
        }
        Ok(())
    }

    fn contact(&mut self, name: &Name, contact: &Contact) -> Result<(), KeyringError> {
        if contact.removed.is_some() {
            self.lacking(name, "was removed", "Remove it");
            return Ok(());
        }
        let status = self.keyring.status(contact)?;
        self.row(
            name.as_str(),
            contacts::describe_post_quantum(&contact.pinned(name)?),
            &contacts::describe_status(&status),
        );
        if let Some(next) = contacts::next_step(name, &status) {
            self.hint(next);
        }
        Ok(())
    }

    fn group(&mut self, name: Name, group: &Group) {
        if self.path.contains(&name) {
            return self.lacking(&name, "contains itself", "Break the cycle");
        }
        if self.path.len() >= DEEPEST {
            return self.lacking(&name, "is nested too deeply", "Remove it");
        }
        let what = match (group.members.is_empty(), self.done.contains(&name)) {
            (true, _) => "group, empty",
            (false, true) => "group, as above",
            (false, false) => "group",
        };
        self.row(name.as_str(), what, "");
        if self.done.contains(&name) {
            return;
        }
        self.path.push(name);
        self.members(group);
        self.done.extend(self.path.pop());
    }

    /// Shows a member that makes the group unusable.
    fn lacking(&mut self, member: &Name, why: &str, what: &str) {
        self.row(member.as_str(), why, "");
        if let Some(group) = self.path.last() {
            let hint = format!("{what}: bulla group drop {group} {member}");
            self.hint(hint);
        }
    }

    fn row(&mut self, member: &str, what: &str, state: &str) {
        self.rows.push(MemberJson {
            name: member.to_owned(),
            depth: self.path.len() - 1,
            what: what.to_owned(),
            state: state.to_owned(),
        });
    }

    fn hint(&mut self, hint: String) {
        if !self.hints.contains(&hint) {
            self.hints.push(hint);
        }
    }
}
