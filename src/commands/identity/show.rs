//! `bulla identity show`: the public part of an identity in the keyring or in a file.

use base64::{Engine as _, prelude::BASE64_STANDARD_NO_PAD};
use clap::Args;

use crate::command::{Command, Sandbox};
use crate::context::Context;
use crate::errors::{Failure, Result, shortened};
use crate::identities::{edit, exported_recipients};
use crate::jobs::paths;
use crate::jobs::paths::Plugins;
use crate::keyring::{Name, StoredIdentity};
use crate::report::own_identities::{IdentityJson, describe_backup, describe_kind};
use crate::select::key_files::KeyFiles;
use crate::select::options::{IdentityOptions, PassphraseSource};
use crate::ui::{Align, Stream, aligned};
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
    /// Print only the safety number, to read it to others by phone or in person
    #[arg(long, conflicts_with_all = ["identity", "plugin", "json"])]
    number: bool,
    /// Print a JSON object
    #[arg(long, conflicts_with_all = ["identity", "plugin"])]
    json: bool,
    #[command(flatten)]
    identity: IdentityOptions,
    #[command(flatten)]
    pub(super) source: PassphraseSource,
}

impl ShowArgs {
    /// Returns whether to show identity files or plugins instead of an identity of the keyring.
    fn is_of_files(&self) -> bool {
        !self.identity.identity.is_empty() || !self.identity.plugin.is_empty()
    }
}

impl Command for ShowArgs {
    fn passphrase_source(&self) -> Option<&PassphraseSource> {
        Some(&self.source)
    }

    fn sandbox(&self) -> Sandbox {
        if self.is_of_files() {
            Sandbox::ConfinesItself
        } else {
            Sandbox::ReadOnly
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
    let identity = context.keyring()?.get::<StoredIdentity>(&name)?;
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
    let default = context.default_identity().ok().flatten();
    if args.json {
        let mut shown = IdentityJson::new(&name, &identity, default.as_ref());
        shown.safety_number = number;
        shown.check_value = check;
        return Ok(context.ui.json(&shown, Stream::Stdout)?);
    }
    let read_out = [("safety number", number), ("check value", check)];
    for line in lines(&name, &identity, read_out, default.as_ref() == Some(&name)) {
        context.ui.result(&line)?;
    }
    if identity
        .recipients
        .iter()
        .any(|recipient| shortened(recipient) != *recipient)
    {
        context.ui.hint(&format_args!(
            "Full public key: bulla identity export {name}"
        ));
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
    let key = BASE64_STANDARD_NO_PAD
        .decode(identity.signing_key.as_ref()?)
        .ok()?;
    Some(safety_number(key.as_slice().try_into().ok()?))
}

fn of_files(args: &ShowArgs, context: &Context) -> Result<()> {
    let identities = KeyFiles::default().identities(&args.identity, context)?;
    paths::confine(&[], Plugins::Finished, &context.ui);
    for identity in identities {
        let what = Untrusted::new(identity.describe());
        for recipient in identity
            .recipients()
            .map_err(|error| Failure::Key { what, error })?
        {
            context.ui.result(&recipient.to_string())?;
        }
    }
    Ok(())
}
