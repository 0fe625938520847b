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
use crate::select::options::{OutputOptions, PassphraseSource};
use bulla_age::ExposeSecret;
use bulla_age::fingerprint::check_value;
use bulla_age::key_document::{KeyDocument, KeyKind};
use bulla_age::stream::PayloadError;
use bulla_age::untrusted::Untrusted;

/// Write an identity's recipient, for others, or its secret keys, for other tools
///
/// One kind of key a file: rage, and age before 1.3, refuse a file with a post-quantum key in it. With a recipient comes
/// its check value: whoever takes the recipient in types it at "contact verify".
#[derive(Args, Clone, Debug)]
pub(crate) struct ExportArgs {
    /// Which one; the default one otherwise
    name: Option<String>,
    /// The secret keys: whoever has them can open everything
    #[arg(long)]
    secret: bool,
    /// The classic keys (X25519)
    #[arg(long, conflicts_with = "hybrid")]
    classic: bool,
    /// The post-quantum keys; they are meant where neither is said and there are some
    #[arg(long)]
    hybrid: bool,
    #[command(flatten)]
    output: OutputOptions,
    /// Accept a passphrase up to this cost (2^N KiB of memory)
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u8).range(1..=30))]
    max_work_factor: u8,
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
                "{path} is what others need to encrypt for you: hand it to them"
            ));
        }
        context.ui.status(&format_args!(
            "read this to whoever takes it, by voice or in person: check value {}",
            check_value(&recipients)
        ));
        return Ok(());
    }
    let opened = edit::open(&name, context, args.max_work_factor)?;
    let text = secrets(&opened.document, kind);
    write(args, text.as_bytes(), Mode::Secret, context)?;
    context
        .ui
        .warning(&"these are secret keys: whoever has them can open everything");
    if opened.document.own().is_some() && !opened.document.from_elsewhere().trim().is_empty() {
        context.ui.warning(&"imported keys are not among them");
    }
    Ok(())
}

/// Returns the kind of keys to export; `None` for imported keys, which have only one kind.
fn wanted(args: &ExportArgs, public: &StoredIdentity, name: &Name) -> Result<Option<KeyKind>> {
    match public.kind {
        IdentityKind::Imported if args.classic || args.hybrid => Err(usage(
            &format!("identity {name} was imported: it is exported as it came"),
            None,
        )),
        IdentityKind::Imported => Ok(None),
        IdentityKind::Classic if args.hybrid => Err(usage(
            &format!("identity {name} has no post-quantum keys"),
            None,
        )),
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
