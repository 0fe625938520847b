//! `bulla group list`: all groups and their members.

use clap::Args;

use crate::command::Command;
use crate::context::Context;
use crate::errors::Result;
use crate::keyring::{Group, Name};
use crate::report::contacts;
use crate::ui::{Align, aligned};
use bulla_age::untrusted::Untrusted;

/// List all groups
#[derive(Args, Clone, Debug)]
pub(crate) struct ListArgs {}

#[derive(serde::Serialize)]
struct Listed<'a> {
    group: &'a str,
    members: &'a [String],
}

impl Command for ListArgs {
    fn run(&self, context: &Context) -> Result<()> {
        run(context)
    }
}

fn run(context: &Context) -> Result<()> {
    let (mut known, mut damaged) = (Vec::new(), Vec::new());
    for (name, group) in context.keyring()?.all::<Group>()? {
        match group {
            Ok(group) => known.push((name, group)),
            Err(error) => damaged.push(error),
        }
    }
    let written = if context.ui.is_json() {
        known.iter().try_for_each(|(name, group)| {
            context.ui.json(&Listed {
                group: name.as_str(),
                members: &group.members,
            })
        })
    } else {
        as_text(&known)
            .iter()
            .try_for_each(|line| context.ui.result(line))
    };
    written?;
    if known.is_empty() && damaged.is_empty() {
        context.ui.status(&"No groups yet");
        context
            .ui
            .tip(&"Create one: bulla group create NAME MEMBER");
    }
    contacts::report_damaged(damaged, context)
}

fn as_text(known: &[(Name, Group)]) -> Vec<String> {
    let rows: Vec<[String; 2]> = known
        .iter()
        .map(|(name, group)| {
            let members: Vec<String> = group
                .members
                .iter()
                .map(|member| Untrusted::new(member.as_str()).to_string())
                .collect();
            let members = if members.is_empty() {
                "(empty)".to_owned()
            } else {
                members.join(", ")
            };
            [name.to_string(), members]
        })
        .collect();
    aligned([Align::Left; 2], &rows)
}
