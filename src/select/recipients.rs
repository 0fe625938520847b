//! Resolves --to, -r, -R, -i, -p and `default_to` to recipients and their display names.

use std::collections::HashMap;
use std::path::PathBuf;

use clap::Args;

use crate::context::Context;
use crate::errors::{ErrorContext as _, Failure, Refusal, Result, shortened, usage};
use crate::identities::new_identity;
use crate::identities::new_passphrase::new_passphrase;
use crate::identities::protection::WorkFactor;
use crate::keyring::{Name, PersonKeys, PersonName, choose};
use crate::select::key_files;
use crate::select::options::{ActAs, IdentityOptions};
use crate::select::signer::Signer;
use bulla_age::kinds::{ScryptRecipient, generate_passphrase};
use bulla_age::untrusted::Untrusted;
use bulla_age::{
    AnyRecipient, ParseError, Recipient, RecipientId, RecipientSet, Target, recipient_id,
};

/// The recipient options.
#[derive(Args, Clone, Debug)]
pub(crate) struct RecipientOptions {
    /// Encrypt to this contact, group, identity or age1… key, and to yourself (repeatable)
    #[arg(short, long, value_name = "NAME")]
    to: Vec<String>,
    /// Encrypt to this recipient: age1…, age1pq1…, age1tag1…, "ssh-ed25519 …", "ssh-rsa …"
    /// (repeatable)
    #[arg(short, long, value_name = "RECIPIENT")]
    recipient: Vec<String>,
    /// Encrypt to the recipients in this file; "-" is standard input (repeatable)
    #[arg(short = 'R', long, value_name = "PATH")]
    recipients_file: Vec<PathBuf>,
    #[command(flatten)]
    identity: IdentityOptions,
    /// Encrypt with a passphrase instead
    #[arg(short, long, conflicts_with_all = ["to", "recipient", "recipients_file", "identity", "plugin"])]
    passphrase: bool,
    /// Work factor of the passphrase: 2^N KiB of memory for each guess (below 18 is easier to
    /// guess)
    #[arg(long, value_name = "N", default_value_t = 18, value_parser = clap::value_parser!(u8).range(10..=20))]
    work_factor: u8,
    #[command(flatten)]
    acting: ActAs,
    /// Fail unless exactly N keys can open the file
    #[arg(long, value_name = "N")]
    expect_recipients: Option<usize>,
}

/// The recipient options of a file that is re-encrypted; decrypting has its own options.
#[derive(Args, Clone, Debug)]
pub(crate) struct NewRecipientOptions {
    /// Encrypt to this contact, group, identity or age1… key, and to yourself (repeatable)
    #[arg(short, long, value_name = "NAME")]
    to: Vec<String>,
    /// Encrypt to this recipient: age1…, age1pq1…, age1tag1…, "ssh-ed25519 …", "ssh-rsa …"
    /// (repeatable)
    #[arg(short, long, value_name = "RECIPIENT")]
    recipient: Vec<String>,
    /// Encrypt to the recipients in this file; "-" is standard input (repeatable)
    #[arg(short = 'R', long, value_name = "PATH")]
    recipients_file: Vec<PathBuf>,
    /// Encrypt with a passphrase instead
    #[arg(short, long, conflicts_with_all = ["to", "recipient", "recipients_file"])]
    passphrase: bool,
    /// Work factor of the passphrase: 2^N KiB of memory for each guess (below 18 is easier to
    /// guess)
    #[arg(long, value_name = "N", default_value_t = 18, value_parser = clap::value_parser!(u8).range(10..=20))]
    work_factor: u8,
    /// Fail unless exactly N keys can open the file
    #[arg(long, value_name = "N")]
    expect_recipients: Option<usize>,
}

impl NewRecipientOptions {
    /// Fails if no recipient is named, so that nobody is locked out by accident.
    pub(crate) fn require_recipients(&self) -> Result<()> {
        let named = self.passphrase
            || !(self.to.is_empty()
                && self.recipient.is_empty()
                && self.recipients_file.is_empty());
        let hint = "Say who should be able to open it: bulla reseal FILE --to NAME";
        if named {
            Ok(())
        } else {
            Err(usage("No recipients given", Some(hint)))
        }
    }

    pub(crate) fn is_passphrase(&self) -> bool {
        self.passphrase
    }

    /// Returns these options as [`RecipientOptions`].
    pub(crate) fn acting_as(&self, acting: &ActAs) -> RecipientOptions {
        RecipientOptions {
            to: self.to.clone(),
            recipient: self.recipient.clone(),
            recipients_file: self.recipients_file.clone(),
            identity: IdentityOptions::none(),
            passphrase: self.passphrase,
            work_factor: self.work_factor,
            acting: acting.clone(),
            expect_recipients: self.expect_recipients,
        }
    }
}

impl RecipientOptions {
    /// Returns options for one contact only.
    pub(crate) fn for_contact(name: &Name, acting: &ActAs) -> Self {
        Self {
            to: vec![name.to_string()],
            recipient: Vec::new(),
            recipients_file: Vec::new(),
            identity: IdentityOptions::none(),
            passphrase: false,
            work_factor: 18,
            acting: acting.clone(),
            expect_recipients: None,
        }
    }

    /// Loads the signer of a file for these recipients.
    pub(crate) fn signer(&self, recipients: &Recipients, context: &Context) -> Result<Signer> {
        let signer = Signer::load(
            self.acting.name.as_deref(),
            context,
            self.identity.limit.max_work_factor,
        )?;
        Ok(signer.addressing(recipients.signing_keys_of_recipients(context)?))
    }
}

/// Whether to encrypt to the user too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IncludeSelf {
    /// The default, because people lock themselves out otherwise.
    Yes,
    No,
}

/// Resolved recipients, or one passphrase.
pub(crate) enum Recipients {
    Named(NamedRecipients),
    Passphrase(ScryptRecipient),
}

/// Recipients and their names.
pub(crate) struct NamedRecipients {
    readers: RecipientSet,
    /// Names by recipient string.
    names: HashMap<String, PersonName>,
}

impl Recipients {
    /// Resolves the options, and prints warnings about the recipients.
    pub(crate) fn resolve(
        options: &RecipientOptions,
        include_self: IncludeSelf,
        keys: &mut key_files::KeyFiles,
        context: &Context,
    ) -> Result<Self> {
        if options.passphrase {
            return with_passphrase(options, context);
        }
        let exact = exact(options, keys, context)?;
        refuse_changed(&exact, context)?;
        let by_name = !options.to.is_empty() || exact.is_empty();
        let (targets, names) = match by_name {
            true => named(options, include_self, exact, context)?,
            false => (exact, HashMap::new()),
        };
        let given = targets.len();
        let readers = RecipientSet::new(targets, &context.host());
        for duplicate in readers.duplicates() {
            context.ui.warning(&format_args!(
                "{} was given more than once",
                shortened(duplicate)
            ));
        }
        let count = given - readers.duplicates().len();
        if let Some(expected) = options.expect_recipients
            && expected != count
        {
            return Err(Refusal::RecipientCount { count, expected }.into());
        }
        Ok(Self::Named(NamedRecipients { readers, names }))
    }

    /// A passphrase that nobody is asked for and nobody will know, for a rehearsal.
    pub(crate) fn some_passphrase() -> Result<Self> {
        let passphrase = generate_passphrase().context(
            "The system's random number generator \
            failed",
        )?;
        Ok(Self::Passphrase(ScryptRecipient::new(passphrase, 18)))
    }

    pub(crate) fn is_passphrase(&self) -> bool {
        matches!(self, Self::Passphrase(_))
    }

    pub(crate) fn as_recipients(&self) -> Vec<&dyn Recipient> {
        match self {
            Self::Named(people) => people.readers.as_recipients(),
            Self::Passphrase(recipient) => vec![recipient],
        }
    }

    /// Returns the known signing keys of the recipients, by recipient id.
    pub(crate) fn signing_keys_of_recipients(
        &self,
        context: &Context,
    ) -> Result<HashMap<RecipientId, [u8; 32]>> {
        let known = context.keyring()?.signing_keys()?;
        let of = |text: String| known.get(&text).map(|key| (recipient_id(&text), *key));
        Ok(self.recipients().into_iter().filter_map(of).collect())
    }

    /// Returns the recipient strings.
    pub(crate) fn recipients(&self) -> Vec<String> {
        self.as_recipients()
            .iter()
            .flat_map(|wrap| wrap.names())
            .collect()
    }

    /// Returns the display names of the readers, each once.
    pub(crate) fn shown(&self) -> Vec<String> {
        let mut shown = Vec::new();
        for recipient in self.recipients() {
            let who = match self {
                Self::Named(people) => people.names.get(&recipient),
                Self::Passphrase(_) => None,
            };
            let text = match who {
                Some(PersonName::Identity(name)) => format!("{name} (you)"),
                Some(PersonName::Contact { name, .. }) => name.to_string(),
                Some(PersonName::Recipient(_)) | None => shortened(&recipient),
            };
            if !shown.contains(&text) {
                shown.push(text);
            }
        }
        shown
    }
}

fn with_passphrase(options: &RecipientOptions, context: &Context) -> Result<Recipients> {
    if options
        .expect_recipients
        .is_some_and(|expected| expected != 1)
    {
        return Err(Refusal::PassphraseExpectedKeys.into());
    }
    if options.work_factor < 18 {
        context.ui.warning(&format_args!(
            "A work factor of {} makes the passphrase easier to guess",
            options.work_factor
        ));
    }
    let passphrase = new_passphrase("passphrase for the file", context)?;
    Ok(Recipients::Passphrase(ScryptRecipient::new(
        passphrase,
        options.work_factor,
    )))
}

/// Returns the recipients that -r, -R, -i and -j name.
fn exact(
    options: &RecipientOptions,
    keys: &mut key_files::KeyFiles,
    context: &Context,
) -> Result<Vec<Target>> {
    let recipients =
        explicit_recipients(&options.recipient, &options.recipients_file, keys, context)?;
    let mut targets: Vec<Target> = recipients.into_iter().map(Target::Recipient).collect();
    for identity in keys.identities(&options.identity, context)? {
        let what = Untrusted::new(identity.describe());
        targets.extend(
            identity
                .targets()
                .map_err(|error| Failure::Key { what, error })?,
        );
    }
    Ok(targets)
}

/// Returns the recipients that -r and -R name.
pub(crate) fn explicit_recipients(
    texts: &[String],
    files: &[PathBuf],
    keys: &mut key_files::KeyFiles,
    context: &Context,
) -> Result<Vec<AnyRecipient>> {
    let mut recipients = Vec::new();
    for (index, text) in texts.iter().enumerate() {
        let what = || Untrusted::new(format!("recipient {} (-r)", index + 1));
        let parsed = text.parse().map_err(|error: ParseError| Failure::Key {
            what: what(),
            error: error.into(),
        })?;
        recipients.push(parsed);
    }
    recipients.extend(keys.recipients(files, context)?);
    Ok(recipients)
}

/// Refuses explicit recipients whose keys are in question; without a keyring there are none.
pub(crate) fn refuse_changed(exact: &[Target], context: &Context) -> Result<()> {
    let recipients: Vec<AnyRecipient> = exact
        .iter()
        .filter_map(|target| match target {
            Target::Recipient(recipient) => Some(recipient.clone()),
            Target::PluginIdentity(_) => None,
        })
        .collect();
    match context.keyring() {
        Ok(keyring) => Ok(keyring.refuse_in_doubt(&recipients)?),
        Err(_) => Ok(()),
    }
}

/// Resolves the people named by `--to`, else by the config, and adds the user and explicit
/// recipients.
fn named(
    options: &RecipientOptions,
    include_self: IncludeSelf,
    exact: Vec<Target>,
    context: &Context,
) -> Result<(Vec<Target>, HashMap<String, PersonName>)> {
    let keyring = context.keyring()?;
    let to = if options.to.is_empty() {
        context.config()?.default_to.value.clone()
    } else {
        options.to.clone()
    };
    let mut addressed = keyring.resolve(&to)?;
    let (plain, of_plugins): (Vec<Target>, Vec<Target>) = exact
        .into_iter()
        .partition(|target| matches!(target, Target::Recipient(_)));
    for target in plain {
        if let Target::Recipient(recipient) = target {
            let who = PersonName::Recipient(recipient.to_string());
            addressed.push(PersonKeys {
                who,
                recipients: vec![recipient],
            });
        }
    }
    if include_self == IncludeSelf::Yes {
        add_self(options, &to, &mut addressed, context)?;
    }
    if addressed.is_empty() && of_plugins.is_empty() {
        let hint = "Say who it is for with --to NAME, use a passphrase with -p, or create your \
            own identity: bulla identity new";
        return Err(usage("No recipients given", Some(hint)));
    }
    let choice = choose(&addressed)?;
    if !choice.classic_because_of.is_empty() {
        let names: Vec<String> = choice.classic_because_of.iter().map(shown).collect();
        context.ui.hint(&format_args!(
            "Using classic keys, because {} {} no post-quantum key",
            names.join(", "),
            if names.len() > 1 { "have" } else { "has" }
        ));
    }
    hint_unverified(&addressed, context);
    let mut names = HashMap::new();
    for one in &choice.chosen {
        // A name given with --to wins over the bare key and over other names of the same key.
        names
            .entry(one.recipient.to_string())
            .or_insert_with(|| one.who.clone());
    }
    let targets = choice
        .chosen
        .into_iter()
        .map(|one| Target::Recipient(one.recipient));
    Ok((targets.chain(of_plugins).collect(), names))
}

/// Prints hints about unverified keys and expired cards.
pub(crate) fn hint_unverified(addressed: &[PersonKeys], context: &Context) {
    let unchecked: Vec<String> = addressed
        .iter()
        .filter(|somebody| is_unchecked(&somebody.who))
        .map(|somebody| somebody.who.to_string())
        .collect();
    if let [first, ..] = unchecked.as_slice() {
        let names = unchecked.join(", ");
        context.ui.hint(&format_args!(
            "Keys not verified yet: {names}. Verify when you can: bulla contact verify {first}"
        ));
    }
    for somebody in addressed {
        if let PersonName::Contact {
            name,
            expired: Some(on),
            ..
        } = &somebody.who
        {
            context.ui.warning(&format_args!(
                "{name}'s card expired on {on}. Ask for a newer one"
            ));
        }
    }
}

fn add_self(
    options: &RecipientOptions,
    to: &[String],
    addressed: &mut Vec<PersonKeys>,
    context: &Context,
) -> Result<()> {
    if addressed
        .iter()
        .any(|somebody| matches!(somebody.who, PersonName::Identity(_)))
    {
        return Ok(());
    }
    let acting = match &options.acting.name {
        Some(name) => Some(name.parse()?),
        None => context.default_identity()?,
    };
    match acting {
        Some(name) => {
            let include_self = context.keyring()?.oneself(&name)?;
            let keys: Vec<String> = include_self
                .recipients
                .iter()
                .map(ToString::to_string)
                .collect();
            // Drop recipients that are keys of this identity.
            addressed.retain(|somebody| {
                !somebody
                    .recipients
                    .iter()
                    .all(|key| keys.contains(&key.to_string()))
            });
            addressed.push(include_self);
        }
        None if !to.is_empty() => {
            context.ui.warning(
                &"You have no identity, so you cannot open this file yourself. To create one: \
                    bulla identity new",
            );
        }
        None if addressed.is_empty() && context.ui.can_ask() => {
            let name = new_identity::first(WorkFactor::of(options.work_factor), context)?;
            addressed.push(context.keyring()?.oneself(&name)?);
        }
        None => {}
    }
    Ok(())
}

fn is_unchecked(who: &PersonName) -> bool {
    matches!(
        who,
        PersonName::Contact {
            verified: false,
            ..
        }
    )
}

fn shown(who: &PersonName) -> String {
    match who {
        PersonName::Recipient(text) => shortened(text),
        other => other.to_string(),
    }
}
