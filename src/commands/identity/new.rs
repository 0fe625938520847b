//! `bulla identity new`: makes an identity file, and prints its recipient once the file is known to be good.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::Args;
use zeroize::Zeroizing;

use crate::commands::options::PassphraseSource;
use crate::commands::plan::{self, Job, Programs, Target};
use crate::commands::whom::new_passphrase;
use crate::context::Context;
use crate::failure::Failure;
use crate::files::{Input, Mode, Options, Output, Replace};
use crate::format::{ArmorWriter, looks_encrypted};
use crate::keys::{ExposeSecret, Identity, SecretString, hybrid, passphrase, x25519};
use crate::payload::{Engine, PayloadError};
use crate::protocol::{decrypt_all, encrypt};

/// Make a new identity file
///
/// Post-quantum (hybrid) unless --classic is said, and encrypted to a passphrase unless --no-passphrase is. The
/// recipient is printed only after the file was synced, read back and found to hold it.
#[derive(Args, Clone, Debug)]
pub(crate) struct NewArgs {
    /// The identity file to write
    #[arg(short, long, value_name = "PATH")]
    output: PathBuf,
    /// X25519 only: for people whose age cannot read post-quantum keys
    #[arg(long)]
    classic: bool,
    /// Do not encrypt the file: whoever can read it can open everything (for machines)
    #[arg(long, conflicts_with_all = ["passphrase_fd", "passphrase_file"])]
    no_passphrase: bool,
    /// The cost of the passphrase: 2^N KiB of memory to try it
    #[arg(long, value_name = "N", default_value_t = 18, value_parser = clap::value_parser!(u8).range(10..=20))]
    work_factor: u8,
    /// Write text instead of bytes
    #[arg(short, long)]
    armor: bool,
    /// Replace what stands there: a key that is replaced is lost
    #[arg(short, long)]
    force: bool,
    #[command(flatten)]
    pub(super) source: PassphraseSource,
}

pub(super) fn run(args: &NewArgs, context: &Context) -> Result<()> {
    let replace = if args.force { Replace::Always } else { Replace::Never };
    let options = Options { replace, mode: Mode::Secret, not: &[] };
    let mut output = Output::create(&args.output, &options)?;
    let passphrase = match args.no_passphrase {
        true => None,
        false => Some(new_passphrase("passphrase for the new identity", context)?),
    };
    let job = Job { input: None, target: Target::Path(args.output.clone()) };
    plan::confine(&[job], Programs::Over, &context.ui);
    let (text, recipient) = draw(args.classic)?;
    let written = lock(&text, passphrase.as_ref(), args)?;
    output.write_all(&written).map_err(PayloadError::Write)?;
    let regular = output.is_seekable();
    output.commit()?;
    if regular {
        read_back(args, passphrase.as_ref(), &recipient)
            .context("the new identity file was read back, and is not good")?;
    }
    context.ui.result(&recipient).map_err(PayloadError::Write)?;
    if passphrase.is_none() {
        context.ui.warning(&"the identity file is not encrypted: whoever can read it can open everything");
    }
    Ok(())
}

/// The file's text and its recipient.
fn draw(classic: bool) -> Result<(Zeroizing<String>, String)> {
    let random = "the system gives no random bytes";
    let (secret, recipient) = if classic {
        let identity = x25519::Identity::generate().context(random)?;
        (identity.to_text(), identity.to_recipient().to_string())
    } else {
        let identity = hybrid::Identity::generate().context(random)?;
        (identity.to_text(), identity.to_recipient().to_string())
    };
    Ok((Zeroizing::new(format!("# public key: {recipient}\n{}\n", secret.expose_secret())), recipient))
}

fn lock(text: &str, passphrase: Option<&SecretString>, args: &NewArgs) -> Result<Zeroizing<Vec<u8>>> {
    let Some(passphrase) = passphrase else { return Ok(Zeroizing::new(text.as_bytes().to_vec())) };
    let recipient = passphrase::Recipient::new(passphrase.clone(), args.work_factor);
    let mut bytes = Vec::new();
    encrypt(&[&recipient], text.as_bytes(), &mut bytes, &Engine::new(1))?;
    if args.armor {
        let mut armor = ArmorWriter::new(Vec::new())?;
        armor.write_all(&bytes)?;
        bytes = armor.finish()?;
    }
    Ok(Zeroizing::new(bytes))
}

/// Reads the file from the disk, unlocks and parses it, and compares the recipient it gives.
fn read_back(args: &NewArgs, passphrase: Option<&SecretString>, recipient: &str) -> Result<()> {
    let bytes = Input::open(&args.output)?.read_bounded(1 << 20)?;
    let plain = match passphrase {
        Some(passphrase) if looks_encrypted(&bytes) => {
            decrypt_all(&bytes, &[&Known::identity(passphrase, args.work_factor)])?
        }
        _ => bytes,
    };
    let text = std::str::from_utf8(&plain).context("it is not text")?;
    let line = text.lines().find(|line| !line.starts_with('#')).unwrap_or_default();
    let derived = match args.classic {
        true => line.parse::<x25519::Identity>().map(|identity| identity.recipients()),
        false => line.parse::<hybrid::Identity>().map(|identity| identity.recipients()),
    };
    let derived = derived.context("it does not parse")?.context("it gives no recipient")?;
    match derived.iter().any(|found| found.to_string() == recipient) {
        true => Ok(()),
        false => Err(Failure::Refused("it gives another recipient".to_owned(), None).into()),
    }
}

/// Answers with the passphrase that was just chosen.
struct Known(SecretString);

impl Known {
    fn identity(passphrase: &SecretString, work_factor: u8) -> passphrase::Identity {
        let question =
            crate::keys::Question::IdentityFile(crate::untrusted::Untrusted::new("the new identity"));
        passphrase::Identity::new(std::sync::Arc::new(Self(passphrase.clone())), question, work_factor)
    }
}

impl crate::keys::Ask for Known {
    fn passphrase(&self, _: &crate::keys::Question) -> Result<SecretString, crate::keys::AskError> {
        Ok(self.0.clone())
    }

    fn text(&self, _: &str, _: &crate::untrusted::Untrusted) -> Result<String, crate::keys::AskError> {
        Err(crate::keys::AskError::Declined("a text".to_owned()))
    }

    fn confirm(
        &self,
        _: &str,
        _: &crate::untrusted::Untrusted,
        _: &crate::untrusted::Untrusted,
        _: Option<&crate::untrusted::Untrusted>,
    ) -> Result<bool, crate::keys::AskError> {
        Ok(false)
    }

    fn tell(&self, _: &str, _: &crate::untrusted::Untrusted) {}
}
