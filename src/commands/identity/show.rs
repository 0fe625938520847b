//! `bulla identity show`: the public part of an identity in the keyring or in a file.

use clap::Args;

use crate::command::{Command, Sandbox};
use crate::context::Context;
use crate::errors::{Failure, Result, shortened};
use crate::identities::{confirmed, edit, exported_recipients};
use crate::keyring::{Name, StoredIdentity};
use crate::report::own_identities::{describe_backup, describe_kind, print_json};
use crate::select::key_files::KeyFiles;
use crate::select::options::{IdentityOptions, PassphraseSource};
use crate::ui::{Align, aligned};
use bulla_age::fingerprint::{check_value, safety_number};
use bulla_age::untrusted::Untrusted;

/// Show an identity's public keys, safety number and check value
///
/// Shows an identity of the keyring or, with -i, the recipients of an identity file. The check
/// value is for people who add the key from "identity export": they run "contact verify" and type
/// it while you read it to them.
#[derive(Args, Clone, Debug)]
pub(crate) struct ShowArgs {
    /// Name of the identity (default: your default identity)
    #[arg(conflicts_with_all = ["identity", "plugin"])]
    name: Option<String>,
    /// Print only the safety number, to read it to others in person or by phone
    #[arg(long, conflicts_with_all = ["identity", "plugin"])]
    number: bool,
    #[command(flatten)]
    identity: IdentityOptions,
    #[command(flatten)]
    pub(super) source: PassphraseSource,
}

/// An identity outside the keyring as JSON.
#[derive(serde::Serialize)]
struct OfFile {
    identity: String,
    recipients: Vec<String>,
}

impl ShowArgs {
    /// Returns whether to show identity files or plugins instead of an identity of the keyring.
    fn is_of_files(&self) -> bool {
        !self.identity.are_of_keyring()
    }
}

impl Command for ShowArgs {
    fn passphrase_source(&self) -> Option<&PassphraseSource> {
        Some(&self.source)
    }

    fn sandbox(&self) -> Sandbox {
        if self.is_of_files() {
            Sandbox::with_programs()
        } else {
            Sandbox::read_only()
        }
    }

    fn run(&self, context: &Context) -> Result<()> {
        run(self, context)
    }
}

fn run(args: &ShowArgs, context: &Context) -> Result<()> {
    if args.is_of_files() {
        return of_files(args, context);
    }
    let name = edit::chosen(args.name.as_deref(), context)?;
    let identity = confirmed::own(&name, context)?;
    if context.ui.is_json() {
        return print_json(&name, context);
    }
    let number = number(&identity);
    // An identity without exportable recipients is shown too.
    let check = exported_recipients::usual(&identity, &name)
        .ok()
        .map(|recipients| check_value(&recipients));
    if args.number {
        let none = || {
            crate::errors::usage(
                &format!("{name} was imported, so it has no safety number"),
                None,
            )
        };
        return Ok(context.ui.result(&number.ok_or_else(none)?)?);
    }
    let default = context.default_if_any()?;
    let read_out = [("safety number", number), ("check value", check)];
    for line in lines(&name, &identity, read_out, default.as_ref() == Some(&name)) {
        context.ui.result(&line)?;
    }
    if identity
        .recipients
        .iter()
        .any(|recipient| shortened(recipient) != *recipient)
    {
        context.ui.tip(&match identity.signing_key() {
            Some(_) => {
                format!("To let others encrypt to you, send them your card: bulla card --as {name}")
            }
            None => format!("Full public key: bulla identity export {name}"),
        });
    }
    Ok(())
}

fn lines(
    name: &Name,
    identity: &StoredIdentity,
    read_out: [(&str, Option<String>); 2],
    is_default: bool,
) -> Vec<String> {
    let row = |what: &str, value: String| [format!("  {what}"), value];
    let mut rows = vec![
        row("kind", describe_kind(identity.kind).to_owned()),
        row(
            "created",
            Untrusted::new(identity.created.as_str()).to_string(),
        ),
        row(
            "file",
            if identity.encrypted {
                "encrypted"
            } else {
                "not encrypted"
            }
            .to_owned(),
        ),
        row("backup", describe_backup(identity)),
    ];
    rows.extend(
        read_out
            .into_iter()
            .filter_map(|(what, value)| Some(row(what, value?))),
    );
    rows.extend(
        identity
            .recipients
            .iter()
            .map(|recipient| row("recipient", shortened(recipient))),
    );
    let mut lines = vec![if is_default {
        format!("{name} (default)")
    } else {
        name.to_string()
    }];
    lines.extend(aligned([Align::Left; 2], &rows));
    lines
}

/// Returns the safety number; `None` for imported keys, which never sign.
fn number(identity: &StoredIdentity) -> Option<String> {
    identity.signing_key().map(|key| safety_number(&key))
}

fn of_files(args: &ShowArgs, context: &Context) -> Result<()> {
    let identities = KeyFiles::default().identities(&args.identity, context)?;
    context.start_no_more_programs();
    for identity in identities {
        let what = Untrusted::new(identity.describe());
        let shown = identity.recipients().map_err(|error| Failure::Key {
            what: what.clone(),
            error,
        })?;
        let recipients: Vec<String> = shown.iter().map(ToString::to_string).collect();
        if context.ui.is_json() {
            let identity = what.as_raw().to_owned();
            context.ui.json(&OfFile {
                identity,
                recipients,
            })?;
            continue;
        }
        for recipient in recipients {
            context.ui.result(&recipient)?;
        }
    }
    Ok(())
}
