//! `bulla identity export`: keys for others and for other tools.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use zeroize::Zeroizing;

use crate::command::{Command, Sandbox};
use crate::context::Context;
use crate::errors::{Result, usage};
use crate::files::{Mode, Options, Output, Replace};
use crate::identities::{confinement, edit, exported_recipients};
use crate::keyring::{IdentityKind, Name, StoredIdentity};
use crate::select::options::{CostLimit, OutputOptions, PassphraseSource};
use bulla_age::ExposeSecret;
use bulla_age::fingerprint::check_value;
use bulla_age::key_document::{KeyDocument, KeyKind};
use bulla_age::stream::PayloadError;
use bulla_age::untrusted::Untrusted;

/// Print an identity's public key, or export its secret keys
///
/// A file gets only one kind of key, because rage and old versions of age refuse a file that
/// contains a post-quantum key. The check value of the public key is shown too; read it to the
/// person who adds you, so that they can run "contact verify".
#[derive(Args, Clone, Debug)]
pub(crate) struct ExportArgs {
    /// Name of the identity (default: your default identity)
    name: Option<String>,
    /// Export the secret keys; anyone who has them can open all your files
    #[arg(long)]
    secret: bool,
    /// Export the classic key (X25519)
    #[arg(long, conflicts_with = "hybrid")]
    classic: bool,
    /// Export the post-quantum key (the default, if there is one)
    #[arg(long)]
    hybrid: bool,
    #[command(flatten)]
    output: OutputOptions,
    #[command(flatten)]
    limit: CostLimit,
    #[command(flatten)]
    pub(super) source: PassphraseSource,
}

impl Command for ExportArgs {
    fn passphrase_source(&self) -> Option<&PassphraseSource> {
        Some(&self.source)
    }

    fn sandbox(&self) -> Sandbox {
        Sandbox::ConfinesItself
    }

    fn run(&self, context: &Context) -> Result<()> {
        run(self, context)
    }
}

fn run(args: &ExportArgs, context: &Context) -> Result<()> {
    let name = edit::chosen(args.name.as_deref(), context)?;
    let public = context.keyring()?.get::<StoredIdentity>(&name)?;
    let kind = wanted(args, &public, &name)?;
    if !args.secret {
        let recipients = exported_recipients::recipients(&public, kind, &name)?;
        let text: String = recipients
            .iter()
            .map(|recipient| format!("{recipient}\n"))
            .collect();
        write(args, text.as_bytes(), Mode::Ciphertext, context)?;
        if let Some(path) = path(args) {
            let path = Untrusted::from(path.as_path());
            context.ui.status(&format_args!(
                "Wrote your public key to {path}. Others need it to encrypt to you"
            ));
        }
        context.ui.status(&format_args!(
            "Read this to the person who adds you, by phone or in person: check value {}",
            check_value(&recipients)
        ));
        return Ok(());
    }
    let opened = edit::open(&name, context, args.limit.max_work_factor)?;
    let text = secrets(&opened.document, kind);
    write(args, text.as_bytes(), Mode::Secret, context)?;
    context
        .ui
        .warning(&"These are secret keys; anyone who has them can open all your files");
    if opened.document.own().is_some() && !opened.document.from_elsewhere().trim().is_empty() {
        context.ui.warning(&"Imported keys are not included");
    }
    Ok(())
}

/// Returns the kind of keys to export; `None` for imported keys, which have only one kind.
fn wanted(args: &ExportArgs, public: &StoredIdentity, name: &Name) -> Result<Option<KeyKind>> {
    match public.kind {
        IdentityKind::Imported if args.classic || args.hybrid => Err(usage(
            &format!("{name} was imported, so it is exported as it is"),
            None,
        )),
        IdentityKind::Imported => Ok(None),
        IdentityKind::Classic if args.hybrid => {
            Err(usage(&format!("{name} has no post-quantum keys"), None))
        }
        IdentityKind::Hybrid if !args.classic => Ok(Some(KeyKind::Hybrid)),
        IdentityKind::Hybrid | IdentityKind::Classic => Ok(Some(KeyKind::Classic)),
    }
}

fn secrets(document: &KeyDocument, kind: Option<KeyKind>) -> Zeroizing<String> {
    let (Some(kind), Some(own)) = (kind, document.own()) else {
        return Zeroizing::new(document.from_elsewhere().to_owned());
    };
    let keys = own.secrets(kind);
    let mut text = Zeroizing::new(String::with_capacity(keys.len() * 100));
    for key in &keys {
        text.push_str(key.expose_secret());
        text.push('\n');
    }
    text
}

/// Returns the output path, unless it is standard output.
fn path(args: &ExportArgs) -> Option<&PathBuf> {
    args.output
        .output
        .as_ref()
        .filter(|path| path.as_os_str() != "-")
}

fn write(args: &ExportArgs, bytes: &[u8], mode: Mode, context: &Context) -> Result<()> {
    let replace = if args.output.force {
        Replace::Always
    } else {
        Replace::Never
    };
    let path = path(args);
    let mut output = match path {
        Some(path) => Output::create(
            path,
            &Options {
                replace,
                mode,
                not: &[],
            },
        )?,
        None => Output::stdout(&[])?,
    };
    confinement::confine(path, context)?;
    output.write_all(bytes).map_err(PayloadError::Write)?;
    Ok(output.commit()?)
}
