//! `bulla group create`, `add` and `drop`: the members of a group.

use clap::Args;

use crate::command::{Command, Sandbox};
use crate::context::Context;
use crate::errors::Result;
use crate::keyring::{EntryKind, Group, InvalidName, KeyringError, Name};
use crate::report::contacts::{join_names, tip_at_open_files};
use crate::ui::WarningKind;
use bulla_age::untrusted::Untrusted;

/// Create a group
#[derive(Args, Clone, Debug)]
pub(crate) struct CreateArgs {
    /// Name of the new group
    name: String,
    /// Its members: contacts, other groups or your own identities
    #[arg(value_name = "MEMBER")]
    members: Vec<String>,
}

/// Add members to a group
#[derive(Args, Clone, Debug)]
pub(crate) struct AddArgs {
    /// Name of the group
    name: String,
    /// Contacts, other groups or your own identities
    #[arg(value_name = "MEMBER", required = true)]
    members: Vec<String>,
}

/// Remove members from a group
///
/// Files you already sent to the group can still be opened by them.
#[derive(Args, Clone, Debug)]
pub(crate) struct DropArgs {
    /// Name of the group
    name: String,
    /// Members to remove
    #[arg(value_name = "MEMBER", required = true)]
    members: Vec<String>,
}

impl Command for CreateArgs {
    fn prints(&self) -> bool {
        false
    }

    fn sandbox(&self) -> Sandbox {
        Sandbox::read_only().keyring()
    }

    fn run(&self, context: &Context) -> Result<()> {
        create(self, context)
    }
}

fn create(args: &CreateArgs, context: &Context) -> Result<()> {
    let (name, members) = names(&args.name, &args.members)?;
    context.keyring()?.change(|change| {
        change.free(EntryKind::Group, &name)?;
        change.put_members(&name, Group::new(Vec::new()), &members)
    })?;
    print_json(&name, &members, context)?;
    match members.as_slice() {
        [] => {
            context
                .ui
                .status(&format_args!("Created empty group {name}"));
            context
                .ui
                .tip(&format_args!("Add someone: bulla group add {name} NAME"));
        }
        members => context.ui.status(&format_args!(
            "Created group {name} with: {}",
            join_names(members)
        )),
    }
    Ok(())
}

impl Command for AddArgs {
    fn prints(&self) -> bool {
        false
    }

    fn sandbox(&self) -> Sandbox {
        Sandbox::read_only().keyring()
    }

    fn run(&self, context: &Context) -> Result<()> {
        add(self, context)
    }
}

fn add(args: &AddArgs, context: &Context) -> Result<()> {
    let (name, members) = names(&args.name, &args.members)?;
    let new = context.keyring()?.change(|change| {
        let group: Group = change.keyring().get(&name)?;
        change.put_members(&name, group, &members)
    })?;
    print_json(&name, &new, context)?;
    match new.as_slice() {
        [] => context
            .ui
            .status(&format_args!("Nothing changed: already in {name}")),
        new => context
            .ui
            .status(&format_args!("Added to {name}: {}", join_names(new))),
    }
    Ok(())
}

impl Command for DropArgs {
    fn prints(&self) -> bool {
        false
    }

    fn sandbox(&self) -> Sandbox {
        Sandbox::read_only().keyring()
    }

    fn run(&self, context: &Context) -> Result<()> {
        drop(self, context)
    }
}

fn drop(args: &DropArgs, context: &Context) -> Result<()> {
    let name: Name = args.name.parse()?;
    let left = context.keyring()?.change(|change| {
        let mut group: Group = change.keyring().get(&name)?;
        for member in &args.members {
            let before = group.members.len();
            // Compares names as written, so that entries added by hand are removed too.
            group.members.retain(|known| known != member);
            if group.members.len() == before {
                let member = Untrusted::new(member.as_str());
                return Err(KeyringError::NotIn {
                    group: name.clone(),
                    member,
                });
            }
        }
        change.put(&name, &group);
        Ok(group.members.len())
    })?;
    print_json(&name, &args.members, context)?;
    let members: Vec<String> = args
        .members
        .iter()
        .map(|text| Untrusted::new(text.as_str()).to_string())
        .collect();
    context
        .ui
        .status(&format_args!("Removed from {name}: {}", members.join(", ")));
    if let [only] = members.as_slice() {
        tip_at_open_files(only, context);
    }
    if left == 0 {
        context.ui.warn(
            WarningKind::EmptyGroup,
            &format_args!("The group {name} is empty now"),
        );
    }
    Ok(())
}

/// A changed group as JSON.
#[derive(serde::Serialize)]
struct GroupJson<'a> {
    group: &'a str,
    /// All members now.
    members: &'a [String],
    /// Those that were added or removed.
    changed: Vec<String>,
}

/// Prints a group as it is now, if results are JSON.
fn print_json(name: &Name, changed: &[impl ToString], context: &Context) -> Result<()> {
    if !context.ui.is_json() {
        return Ok(());
    }
    let group: Group = context.keyring()?.get(name)?;
    Ok(context.ui.json(&GroupJson {
        group: name.as_str(),
        members: &group.members,
        changed: changed.iter().map(ToString::to_string).collect(),
    })?)
}

fn names(group: &str, members: &[String]) -> Result<(Name, Vec<Name>)> {
    let members = members
        .iter()
        .map(|member| member.parse())
        .collect::<Result<_, InvalidName>>()?;
    Ok((group.parse()?, members))
}
