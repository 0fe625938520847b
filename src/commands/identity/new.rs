//! `bulla identity new`: creates an identity, and prints its recipient once the file has been
//! written and checked.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use zeroize::Zeroizing;

use crate::command::{Command, Sandbox};
use crate::context::{Context, FIRST};
use crate::errors::{ErrorContext as _, Refusal, Result};
use crate::files::{Input, Mode, Options, Output, Replace};
use crate::identities::new_identity;
use crate::identities::new_identity::NewIdentity;
use crate::identities::protection::{PassphraseUse, SecretLock, WorkFactor};
use crate::jobs::paths;
use crate::jobs::paths::{Job, Plugins, Target};
use crate::select::options::PassphraseSource;
use bulla_age::ExposeSecret;
use bulla_age::format::ArmorWriter;
use bulla_age::key_document::{KeyKind, SeedKeys};
use bulla_age::key_file::KeyFileIdentity;
use bulla_age::kinds::{HybridIdentity, X25519Identity};
use bulla_age::seed::Seed;
use bulla_age::stream::PayloadError;

/// Create an identity
///
/// The identity is saved in the keyring, or in a file with -o. It has a post-quantum key, a classic
/// key for people without post-quantum software (only that one with --classic), and a passphrase
/// (unless --no-passphrase is given). The public key is printed once the file has been written and
/// checked.
#[derive(Args, Clone, Debug)]
pub(crate) struct NewArgs {
    /// Name of the identity [default: me]
    #[arg(conflicts_with_all = ["output", "armor", "force"])]
    name: Option<String>,
    /// Write an identity file outside the keyring
    #[arg(short, long, value_name = "PATH")]
    output: Option<PathBuf>,
    /// Create only a classic key (X25519), for people whose age cannot read post-quantum keys
    #[arg(long)]
    classic: bool,
    /// Do not encrypt the identity file; anyone who can read it can open all your files (for
    /// servers)
    #[arg(long, conflicts_with_all = ["passphrase_fd", "passphrase_file"])]
    no_passphrase: bool,
    #[command(flatten)]
    work: WorkFactor,
    /// Write text (armor) instead of binary data
    #[arg(short, long, requires = "output")]
    armor: bool,
    /// Overwrite an existing file; any key in it is lost
    #[arg(short, long, requires = "output")]
    force: bool,
    #[command(flatten)]
    pub(super) source: PassphraseSource,
}

impl Command for NewArgs {
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

fn run(args: &NewArgs, context: &Context) -> Result<()> {
    if let Some(output) = &args.output {
        return to_file(args, output, context);
    }
    let name = new_identity::free_name(args.name.as_deref().unwrap_or(FIRST), context)?;
    let lock = choose(
        args,
        &format!("passphrase for the new identity {name}"),
        context,
    )?;
    let seed = Seed::generate().context("The system's random number generator failed")?;
    let kind = if args.classic {
        KeyKind::Classic
    } else {
        KeyKind::Hybrid
    };
    new_identity::keep(
        &NewIdentity::from_seed(
            name,
            SeedKeys {
                seed,
                kind,
                epochs: 1,
            },
        ),
        &lock,
        context,
    )
}

fn choose(args: &NewArgs, what: &str, context: &Context) -> Result<SecretLock> {
    SecretLock::choose(
        PassphraseUse::unless(args.no_passphrase),
        args.work,
        what,
        context,
    )
}

fn to_file(args: &NewArgs, path: &Path, context: &Context) -> Result<()> {
    let replace = if args.force {
        Replace::Always
    } else {
        Replace::Never
    };
    let mut output = Output::create(
        path,
        &Options {
            replace,
            mode: Mode::Secret,
            not: &[],
        },
    )?;
    let lock = choose(args, "passphrase for the new identity", context)?;
    let job = Job {
        input: None,
        target: Target::Path(path.to_owned()),
    };
    paths::confine(&[job], Plugins::Finished, &context.ui);
    let (text, recipient) = draw(args.classic)?;
    let mut written = lock.encrypt(text.as_bytes())?;
    if args.armor && lock.is_encrypted() {
        let mut armor = ArmorWriter::new(Vec::new()).map_err(PayloadError::Write)?;
        armor.write_all(&written).map_err(PayloadError::Write)?;
        written = Zeroizing::new(armor.finish().map_err(PayloadError::Write)?);
    }
    output.write_all(&written).map_err(PayloadError::Write)?;
    let regular = output.is_seekable();
    output.commit()?;
    if regular {
        read_back(args, path, &lock, &recipient)
            .context("The new identity file could not be read back correctly")?;
    }
    context.ui.result(&recipient)?;
    lock.warn(context);
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
    let derived = match args.classic {
        true => line
            .parse::<X25519Identity>()
            .map(|identity| identity.recipients()),
        false => line
            .parse::<HybridIdentity>()
            .map(|identity| identity.recipients()),
    };
    let derived = derived
        .context("it cannot be parsed")?
        .context("it has no public key")?;
    match derived.iter().any(|found| found.to_string() == recipient) {
        true => Ok(()),
        false => Err(Refusal::BadWrite("it has a different public key".to_owned()).into()),
    }
}
