//! `bulla identity export`: keys for others and for other tools.

use clap::Args;
use zeroize::Zeroizing;

use crate::command::{Command, Sandbox};
use crate::context::{Context, find_plugin};
use crate::errors::{Result, usage};
use crate::files::Mode;
use crate::identities::{confirmed, edit, exported_recipients, plugin_identity};
use crate::keyring::{IdentityKind, Name, StoredIdentity};
use crate::select::options::{CostLimit, OutputOptions, PassphraseSource};
use crate::ui::WarningKind;
use bulla_age::ExposeSecret;
use bulla_age::fingerprint::check_value;
use bulla_age::key_document::{KeyDocument, KeyKind};
use bulla_age::plugin::PluginError;
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
    /// Print what names this identity for age-plugin-bulla, without any secret
    #[arg(long, conflicts_with_all = ["secret", "classic", "hybrid"])]
    plugin: bool,
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

    fn prints(&self) -> bool {
        self.output.path().is_none()
    }

    fn owes_data(&self) -> bool {
        self.prints()
    }

    fn sandbox(&self) -> Sandbox {
        Sandbox::with_programs().output(self.output.output.as_ref())
    }

    fn run(&self, context: &Context) -> Result<()> {
        run(self, context)
    }
}

fn run(args: &ExportArgs, context: &Context) -> Result<()> {
    let name = edit::chosen(args.name.as_deref(), context)?;
    let public = if args.secret {
        context.keyring()?.get::<StoredIdentity>(&name)?
    } else {
        confirmed::own(&name, context)?
    };
    let kind = wanted(args, &public, &name)?;
    if args.plugin {
        return export_name(args, &name, &public, context);
    }
    if args.secret {
        args.output.refuse_stdout_beside_json(&context.ui)?;
    }
    args.output.check()?;
    if !args.secret {
        let recipients = exported_recipients::recipients(&public, kind, &name)?;
        let text: String = recipients
            .iter()
            .map(|recipient| format!("{recipient}\n"))
            .collect();
        write(args, text.as_bytes(), Mode::Ciphertext, context)?;
        if let Some(path) = args.output.path() {
            let path = Untrusted::from(path.as_path());
            context.ui.status(&format_args!(
                "Wrote your public key to {path}, for people without bulla"
            ));
            if public.signing_key().is_some() {
                context.ui.tip(&format_args!(
                    "To people who use bulla, send your card instead: bulla card --as {name}"
                ));
            }
        }
        context.ui.status(&format_args!(
            "Read this to the person who adds you, in person or by phone: check value {}",
            check_value(&recipients)
        ));
        return print_json(args, &name, Some(&recipients), None, context);
    }
    let opened = edit::open(&name, context, args.limit.max_work_factor)?;
    let text = secrets(&opened.document, kind);
    write(args, text.as_bytes(), Mode::Secret, context)?;
    context.ui.warn(
        WarningKind::SecretKeys,
        &"These are secret keys; anyone who has them can open all your files",
    );
    if args.output.path().is_none() && context.ui.stdout_is_terminal() {
        context.ui.hint(
            &"They stay in the window: clear it with its scrollback, and next time write them to a \
              file with -o FILE",
        );
    }
    if opened.document.own().is_some() && !opened.document.from_elsewhere().trim().is_empty() {
        context
            .ui
            .warn(WarningKind::ImportedKeys, &"Imported keys are not included");
    }
    print_json(args, &name, None, None, context)
}

/// Exports what names the identity for age-plugin-bulla: a line of an identity file for other age
/// programs.
fn export_name(
    args: &ExportArgs,
    name: &Name,
    public: &StoredIdentity,
    context: &Context,
) -> Result<()> {
    args.output.check()?;
    let recipients = exported_recipients::usual(public, name)?;
    let text = plugin_identity::text(name);
    let mut lines = format!("# identity {name} of bulla, without any secret\n");
    for recipient in &recipients {
        lines += &format!("# public key: {recipient}\n");
    }
    lines += &format!("{text}\n");
    write(args, lines.as_bytes(), Mode::Ciphertext, context)?;
    if let Some(path) = args.output.path() {
        let path = Untrusted::from(path.as_path());
        context.ui.status(&format_args!(
            "Wrote {path}, which names {name} for other age programs. It holds no secret"
        ));
    }
    if let Err(PluginError::NotFound { .. }) = find_plugin(plugin_identity::PLUGIN) {
        context.ui.tip(
            &"Other age programs need age-plugin-bulla on the PATH, which is this program under \
              another name: ln -s \"$(command -v bulla)\" ~/.local/bin/age-plugin-bulla",
        );
    }
    print_json(args, name, Some(&recipients), Some(&text), context)
}

/// Returns the kind of keys to export; `None` for imported keys, which have only one kind.
fn wanted(args: &ExportArgs, public: &StoredIdentity, name: &Name) -> Result<Option<KeyKind>> {
    match public.kind {
        IdentityKind::Imported if args.classic || args.hybrid => Err(usage(
            &format!("{name} was imported, so it is exported as it is"),
            None,
        )),
        IdentityKind::Imported => Ok(None),
        IdentityKind::Signing => Err(usage(
            &format!("{name} only signs, so it has no keys to export"),
            Some(&format!("Others need its card: bulla card --as {name}")),
        )),
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

/// What was exported as JSON, without any secret.
#[derive(serde::Serialize)]
struct ExportedJson<'a> {
    identity: &'a str,
    secret: bool,
    recipients: Option<&'a [String]>,
    check_value: Option<String>,
    /// What names the identity for age-plugin-bulla.
    text: Option<&'a str>,
    output: Option<String>,
}

/// Prints what was exported, if results are JSON.
fn print_json(
    args: &ExportArgs,
    name: &Name,
    recipients: Option<&[String]>,
    text: Option<&str>,
    context: &Context,
) -> Result<()> {
    if !context.ui.is_json() {
        return Ok(());
    }
    let output = args.output.path();
    Ok(context.ui.json(&ExportedJson {
        identity: name.as_str(),
        secret: args.secret,
        recipients,
        check_value: recipients.map(check_value),
        text,
        output: output.map(|path| Untrusted::from(path.as_path()).as_raw().to_owned()),
    })?)
}

fn write(args: &ExportArgs, bytes: &[u8], mode: Mode, context: &Context) -> Result<()> {
    if context.ui.is_json() && args.output.path().is_none() {
        // The keys are in the JSON.
        return Ok(());
    }
    let mut output = args.output.create(mode)?;
    context.start_no_more_programs();
    output.put(bytes)?;
    Ok(output.commit()?)
}
