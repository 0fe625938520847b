//! `bulla identity new`: creates an identity, and prints its recipient once the file has been
//! written and checked.

use std::path::Path;

use clap::Args;
use zeroize::Zeroizing;

use crate::command::{Command, Sandbox};
use crate::context::{Context, FIRST};
use crate::errors::{ErrorContext as _, Refusal, Result};
use crate::files::{Input, Mode, Output};
use crate::identities::new_identity::NewIdentity;
use crate::identities::protection::{NoPassphraseOption, PassphraseUse, SecretLock, WorkFactor};
use crate::identities::{new_identity, own_card};
use crate::jobs::paths::refuse_opened_beside_json;
use crate::report::own_identities::print_json;
use crate::select::options::{OutputOptions, PassphraseSource};
use bulla_age::ExposeSecret;
use bulla_age::format::armored;
use bulla_age::key_document::{KeyKind, SeedKeys};
use bulla_age::key_file::KeyFileIdentity;
use bulla_age::kinds::{HybridIdentity, X25519Identity};
use bulla_age::seed::Seed;
use bulla_age::untrusted::Untrusted;

/// Create an identity
///
/// The identity is saved in the keyring, or in a file with -o. It has a post-quantum key, a classic
/// key for people without post-quantum software (only that one with --classic), and a passphrase
/// (unless --no-passphrase is given). The public key is printed once the file has been written and
/// checked. A card is made too, with your name on it, to be sent to others with "bulla card".
#[derive(Args, Clone, Debug)]
#[command(mut_arg("output", |output| output.help("Write an identity file outside the keyring (\"-\": standard output)")))]
#[command(mut_arg("force", |force| force.requires("output").help("Overwrite an existing file; any key in it is lost")))]
#[command(mut_arg("no_passphrase", |none| none.conflicts_with_all(["passphrase_fd", "passphrase_file"])))]
pub(crate) struct NewArgs {
    /// Name of the identity [default: me]
    #[arg(conflicts_with_all = ["output", "armor", "force"])]
    name: Option<String>,
    /// Your name on your card (default: the name of the identity)
    #[arg(long, value_name = "TEXT", conflicts_with = "output")]
    card_name: Option<String>,
    #[command(flatten)]
    output: OutputOptions,
    /// Create only a classic key (X25519), for people whose age cannot read post-quantum keys
    #[arg(long)]
    classic: bool,
    /// Create an identity that signs and opens nothing: for a machine that only writes
    #[arg(long, conflicts_with_all = ["classic", "output"])]
    signing_only: bool,
    #[command(flatten)]
    protection: NoPassphraseOption,
    #[command(flatten)]
    work: WorkFactor,
    /// Write text (armor) instead of binary data
    #[arg(short, long, requires = "output")]
    armor: bool,
    #[command(flatten)]
    pub(super) source: PassphraseSource,
}

impl NewArgs {
    /// Returns whether the user types a passphrase.
    fn is_typed_at(&self) -> bool {
        let PassphraseSource {
            passphrase_fd,
            passphrase_file,
            askpass,
        } = &self.source;
        self.protection.choice() == PassphraseUse::Required
            && passphrase_fd.is_none()
            && passphrase_file.is_none()
            && askpass.is_none()
    }
}

/// An identity file outside the keyring as JSON.
#[derive(serde::Serialize)]
struct NewFileJson<'a> {
    /// It has no name.
    identity: Option<&'a str>,
    output: &'a str,
    recipients: [&'a String; 1],
    encrypted: bool,
}

impl Command for NewArgs {
    fn passphrase_source(&self) -> Option<&PassphraseSource> {
        Some(&self.source)
    }

    fn sandbox(&self) -> Sandbox {
        match &self.output.output {
            Some(path) => Sandbox::with_programs().output(Some(path)),
            None => Sandbox::with_programs().keyring(),
        }
    }

    fn run(&self, context: &Context) -> Result<()> {
        run(self, context)
    }
}

fn run(args: &NewArgs, context: &Context) -> Result<()> {
    if let Some(output) = &args.output.output {
        return to_file(args, output, context);
    }
    if let Some(called) = &args.card_name {
        own_card::check_name(called)?;
    }
    let name = new_identity::free_name(args.name.as_deref().unwrap_or(FIRST), context)?;
    let lock = choose(
        args,
        &format!("passphrase for the new identity {name}"),
        context,
    )?;
    let card_name = match &args.card_name {
        Some(called) => called.clone(),
        // A run that asks nothing else is probably a script's.
        None => own_card::first_name(&name, args.is_typed_at(), context)?,
    };
    let seed = Seed::generate().context("The system's random number generator failed")?;
    let kind = if args.signing_only {
        KeyKind::Signing
    } else if args.classic {
        KeyKind::Classic
    } else {
        KeyKind::Hybrid
    };
    let mut draft = NewIdentity::from_seed(
        name,
        SeedKeys {
            seed,
            kind,
            epochs: 1,
        },
    );
    draft.card_name = Some(card_name);
    new_identity::keep(&draft, &lock, context)?;
    print_json(&draft.name, context)
}

fn choose(args: &NewArgs, what: &str, context: &Context) -> Result<SecretLock> {
    SecretLock::choose(args.protection.choice(), args.work, what, context)
}

fn to_file(args: &NewArgs, path: &Path, context: &Context) -> Result<()> {
    args.output.refuse_stdout_beside_json(&context.ui)?;
    let mut output = args.output.create(Mode::Secret)?;
    refuse_opened_beside_json(&output, &context.ui)?;
    let lock = choose(args, "passphrase for the new identity", context)?;
    context.start_no_more_programs();
    let (text, recipient) = draw(args.classic)?;
    let mut written = lock.encrypt(text.as_bytes())?;
    if args.armor && lock.is_encrypted() {
        written = Zeroizing::new(armored(&written).into_bytes());
    }
    output.put(&written)?;
    let regular = output.is_file();
    let is_stdout = matches!(output, Output::Stdout(_));
    output.commit()?;
    if regular {
        read_back(args, path, &lock, &recipient)
            .context("The new identity file could not be read back correctly")?;
    }
    if is_stdout {
        // The identity is there, with its recipient in a comment, and nothing may follow it.
        context.ui.notice(&format_args!("Public key: {recipient}"));
    } else {
        context.ui.result(&recipient)?;
    }
    if context.ui.is_json() {
        context.ui.json(&NewFileJson {
            identity: None,
            output: Untrusted::from(path).as_raw(),
            recipients: [&recipient],
            encrypted: lock.is_encrypted(),
        })?;
    }
    lock.warn(false, context);
    Ok(())
}

/// Returns the text of a new file and its recipient.
fn draw(classic: bool) -> Result<(Zeroizing<String>, String)> {
    let random = "The system's random number generator failed";
    let (secret, recipient) = if classic {
        let identity = X25519Identity::generate().context(random)?;
        (identity.to_text(), identity.to_recipient().to_string())
    } else {
        let identity = HybridIdentity::generate().context(random)?;
        (identity.to_text(), identity.to_recipient().to_string())
    };
    Ok((
        Zeroizing::new(format!(
            "# public key: {recipient}\n{}\n",
            secret.expose_secret()
        )),
        recipient,
    ))
}

/// Reads the file from the disk, unlocks and parses it, and compares its recipient.
fn read_back(args: &NewArgs, path: &Path, lock: &SecretLock, recipient: &str) -> Result<()> {
    let plain = lock.decrypt(Input::open(path)?.read_bounded(1 << 20)?)?;
    let text = std::str::from_utf8(&plain).context("it is not text")?;
    let line = text
        .lines()
        .find(|line| !line.starts_with('#'))
        .unwrap_or_default();
    let derived = if args.classic {
        line.parse::<X25519Identity>()
            .map(|identity| identity.recipients())
    } else {
        line.parse::<HybridIdentity>()
            .map(|identity| identity.recipients())
    };
    let derived = derived
        .context("it cannot be parsed")?
        .context("it has no public key")?;
    if derived.iter().any(|found| found.to_string() == recipient) {
        Ok(())
    } else {
        Err(Refusal::BadWrite("it has a different public key".to_owned()).into())
    }
}
