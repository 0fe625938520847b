//! `bulla identity import`: keys from elsewhere.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;

use crate::command::{Command, Sandbox};
use crate::context::Context;
use crate::errors::{ErrorContext as _, Failure, Result, usage};
use crate::files::{Input, is_stdin};
use crate::identities::new_identity;
use crate::identities::new_identity::NewIdentity;
use crate::identities::protection::{NoPassphraseOption, SecretLock, WorkFactor};
use crate::report::own_identities::print_json;
use crate::select::options::{CostLimit, PassphraseSource};
use bulla_age::key_file::StoredIn;
use bulla_age::{AnyRecipient, KeyError, ParseError, Target, key_file};

/// Import keys from elsewhere
///
/// Reads an age identity file (also an encrypted one), an OpenSSH private key, age plugin
/// identities, or an identity file from another bulla keyring. Keys that bulla did not make have no
/// backup words, so keep the file, or a copy of the keyring.
#[derive(Args, Clone, Debug)]
pub(crate) struct ImportArgs {
    /// Name for the identity
    name: String,
    /// The file ("-": standard input)
    path: PathBuf,
    /// Public key of a plugin identity, if the file does not contain it (repeatable)
    #[arg(short, long, value_name = "RECIPIENT")]
    recipient: Vec<String>,
    #[command(flatten)]
    protection: NoPassphraseOption,
    #[command(flatten)]
    work: WorkFactor,
    #[command(flatten)]
    limit: CostLimit,
    #[command(flatten)]
    pub(super) source: PassphraseSource,
}

impl Command for ImportArgs {
    fn passphrase_source(&self) -> Option<&PassphraseSource> {
        Some(&self.source)
    }

    fn sandbox(&self) -> Sandbox {
        Sandbox::with_programs().keyring().settings()
    }

    fn run(&self, context: &Context) -> Result<()> {
        run(self, context)
    }
}

fn run(args: &ImportArgs, context: &Context) -> Result<()> {
    let name = new_identity::free_name(&args.name, context)?;
    let given = given(args)?;
    let input = if is_stdin(&args.path) {
        Input::stdin()?
    } else {
        Input::open(&args.path)?
    };
    let what = input.name().clone();
    let failed = |error| Failure::Key {
        what: what.clone(),
        error,
    };
    let origin = context.key_file(
        what.clone(),
        StoredIn::NamedFile,
        args.limit.max_work_factor,
    );
    let bytes = key_file::text(input.read_bounded(1 << 20)?, &origin).map_err(failed)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| failed(ParseError::NotText.into()))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let draft =
        NewIdentity::imported(name, text, told(given, text), context).about(|| what.clone())?;
    if draft.recipients().is_empty() {
        return Err(usage(
            &format!("{what} does not contain the public key"),
            Some("Ask the plugin for it, and pass it with -r RECIPIENT"),
        ));
    }
    let asked = format!("passphrase for identity {}", draft.name);
    let lock = SecretLock::choose(args.protection.choice(), args.work, &asked, context)?;
    let keys = key_file::parse(bytes.clone(), &origin).map_err(failed)?;
    let targets = keys.iter().filter_map(|key| key.targets().ok()).flatten();
    let plugins: BTreeSet<String> = targets
        .filter_map(|target| match target {
            Target::PluginIdentity(identity) => Some(identity.plugin().to_owned()),
            Target::Recipient(_) => None,
        })
        .collect();
    context.name_plugins(&plugins)?;
    new_identity::keep(&draft, &lock, context)?;
    print_json(&draft.name, context)
}

/// Returns the recipients of plugin identities that the options name.
fn given(args: &ImportArgs) -> Result<Vec<String>> {
    let mut given = Vec::new();
    for recipient in &args.recipient {
        let what = bulla_age::untrusted::Untrusted::new("The recipient (-r)");
        let parsed: AnyRecipient = recipient
            .parse()
            .map_err(|error: ParseError| Failure::Key {
                what,
                error: KeyError::Parse(error),
            })?;
        // The user's own files are encrypted to this recipient, so it must not be someone else's.
        // All other keys determine their recipients themselves.
        if !matches!(parsed, AnyRecipient::Plugin(_) | AnyRecipient::Tag(_)) {
            let hint = "Leave -r out: the file contains the public key";
            return Err(usage(
                "The recipient (-r) does not belong to a plugin identity",
                Some(hint),
            ));
        }
        given.push(parsed.to_string());
    }
    Ok(given)
}

/// Returns the recipients of plugin identities, which only options or the plugin's comments can
/// provide.
fn told(mut told: Vec<String>, text: &str) -> Vec<String> {
    let identities = text.to_ascii_uppercase();
    let comments = text
        .lines()
        .filter(|line| line.trim_start().starts_with('#'));
    for word in comments.flat_map(str::split_whitespace) {
        // A comment is trusted only for the plugin whose identity is in the file.
        if let Ok(AnyRecipient::Plugin(recipient)) = word.parse::<AnyRecipient>()
            && identities.contains(&format!(
                "AGE-PLUGIN-{}-1",
                recipient.plugin().to_ascii_uppercase()
            ))
            && !told.contains(&recipient.to_string())
        {
            told.push(recipient.to_string());
        }
    }
    told
}
