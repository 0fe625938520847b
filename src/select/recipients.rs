//! Resolves --to, -r, -R, -i, -p and `default_to` to recipients and their display names.

use bulla_age::signing::SigningKey;
use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use clap::Args;

use crate::context::Context;
use crate::errors::{ErrorContext as _, Failure, Refusal, Result, shortened, usage};
use crate::files::Input;
use crate::identities::confirmed;
use crate::identities::new_passphrase::new_passphrase;
use crate::identities::protection::WorkFactor;
use crate::keyring::{
    ChosenKey, KeyChoice, KeyringError, Name, PersonKeys, PersonName, choose, choose_classic,
};
pub(crate) use crate::select::for_whom::Unaddressed;
use crate::select::for_whom::{Answer, for_whom};
use crate::select::key_files;
use crate::select::misplaced::{
    instead_of_name, instead_of_recipient, instead_of_recipients_file, refuse_typed_passphrase,
    refuse_unquoted,
};
use crate::select::options::{ActAs, IdentityOptions};
use crate::select::required_readers::RequiredReaders;
use crate::select::signer::Signer;
use crate::ui::WarningKind;
use bulla_age::kinds::{ScryptRecipient, generate_passphrase};
use bulla_age::sender::HiddenRecipient;
use bulla_age::untrusted::Untrusted;
use bulla_age::{AnyRecipient, ParseError, Recipient, RecipientSet, Target};

/// The people and keys that can open a file.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct ReaderOptions {
    /// Encrypt to this contact, group, identity or age1… key, and to yourself (repeatable)
    #[arg(short, long, value_name = "NAME")]
    pub(crate) to: Vec<String>,
    /// Encrypt to this recipient: age1…, age1pq1…, age1tag1…, "ssh-ed25519 …", "ssh-rsa …"
    /// (repeatable)
    #[arg(short, long, value_name = "RECIPIENT")]
    pub(crate) recipient: Vec<String>,
    /// Encrypt to the recipients in this file; "-" is standard input (repeatable)
    #[arg(short = 'R', long, value_name = "PATH")]
    pub(crate) recipients_file: Vec<PathBuf>,
}

/// The recipient options of a file that is re-encrypted; decrypting has its own options.
#[derive(Args, Clone, Debug)]
pub(crate) struct NewRecipientOptions {
    #[command(flatten)]
    readers: ReaderOptions,
    /// Encrypt with a passphrase instead
    #[arg(short, long, conflicts_with_all = ["to", "recipient", "recipients_file"])]
    passphrase: bool,
    #[command(flatten)]
    work: WorkFactor,
    /// Fail unless exactly N keys can open the file
    #[arg(long, value_name = "N")]
    expect_recipients: Option<usize>,
    #[command(flatten)]
    strength: RequiredStrength,
}

/// The option that refuses classic keys.
#[derive(Args, Clone, Copy, Debug, Default)]
pub(crate) struct RequiredStrength {
    /// Fail unless every recipient has a post-quantum key
    #[arg(long)]
    require_post_quantum: bool,
}

impl RequiredStrength {
    /// Returns whether the option or the setting asks for post-quantum keys.
    pub(crate) fn is_post_quantum(self, context: &Context) -> Result<bool> {
        Ok(self.require_post_quantum || context.preferences()?.require_post_quantum)
    }
}

/// The recipient options.
#[derive(Args, Clone, Debug)]
#[command(mut_arg("passphrase", |passphrase| {
    passphrase.conflicts_with_all(["identity", "plugin"])
}))]
pub(crate) struct RecipientOptions {
    #[command(flatten)]
    new: NewRecipientOptions,
    #[command(flatten)]
    identity: IdentityOptions,
    #[command(flatten)]
    acting: ActAs,
    /// Whether post-quantum keys are left out on purpose.
    #[arg(skip)]
    only_classic: bool,
    /// What is encrypted, if it is not a file.
    #[arg(skip)]
    noun: Option<&'static str>,
}

/// What a new file says about its readers.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct ReaderListOptions {
    /// Hide from each recipient who the others are
    #[arg(long, conflicts_with = "passphrase")]
    pub(crate) hide_recipients: bool,
    /// Write a bare age file, without reader list or signature
    #[arg(long)]
    pub(crate) plain: bool,
}

impl NewRecipientOptions {
    /// Returns whether the options name no reader and no passphrase.
    pub(crate) fn name_nobody(&self) -> bool {
        !self.passphrase && self.readers.name_nobody()
    }

    /// Returns these options, completed by the user if they name nobody, so that nobody is locked
    /// out by accident.
    pub(crate) fn settled(&self, line: &Unaddressed<'_>, context: &Context) -> Result<Self> {
        let mut settled = self.clone();
        if self.name_nobody() {
            let line = Unaddressed {
                may_use_passphrase: line.may_use_passphrase
                    && self.expect_recipients.is_none()
                    && !RequiredReaders::exist(context)?,
                ..*line
            };
            match for_whom(&line, context)? {
                Answer::Passphrase => settled.passphrase = true,
                Answer::People(names) => settled.readers.to = names,
            }
        }
        Ok(settled)
    }

    /// Fails if somebody is named whom the keyring does not know, or a file that cannot be read,
    /// before anything is asked.
    pub(crate) fn check(&self, context: &Context) -> Result<()> {
        self.readers.check(context)
    }

    pub(crate) fn is_passphrase(&self) -> bool {
        self.passphrase
    }

    /// Returns these options as [`RecipientOptions`].
    pub(crate) fn acting_as(&self, acting: &ActAs) -> RecipientOptions {
        RecipientOptions {
            new: self.clone(),
            identity: IdentityOptions::none(),
            acting: acting.clone(),
            only_classic: false,
            noun: None,
        }
    }
}

impl ReaderOptions {
    fn name_nobody(&self) -> bool {
        self.to.is_empty() && self.recipient.is_empty() && self.recipients_file.is_empty()
    }

    /// Returns these options of `bulla share`, completed by the user if they name nobody.
    pub(crate) fn settled(&self, paths: &[PathBuf], context: &Context) -> Result<Self> {
        if !self.name_nobody() {
            return Ok(self.clone());
        }
        let line = Unaddressed {
            command: "share",
            paths,
            may_use_passphrase: false,
            is_for_others: true,
        };
        match for_whom(&line, context)? {
            Answer::People(to) => Ok(Self { to, ..self.clone() }),
            Answer::Passphrase => Ok(self.clone()),
        }
    }

    /// See [`NewRecipientOptions::check`].
    pub(crate) fn check(&self, context: &Context) -> Result<()> {
        parsed(&self.recipient, context)?;
        let files = self.recipients_file.iter();
        for path in files.filter(|path| path.as_os_str() != "-") {
            Input::open_if_regular(path)
                .map_err(|error| instead_of_recipients_file(path, error.into(), context))?;
        }
        for text in &self.to {
            let meant = confirmed::with_oneself(std::slice::from_ref(text), context)?;
            match context.keyring()?.resolve(&meant) {
                // It has to be asked for.
                Ok(_) | Err(KeyringError::Unconfirmed { .. }) => {}
                Err(error @ KeyringError::Unknown { .. }) => {
                    return Err(instead_of_name(text, error.into()));
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

impl RecipientOptions {
    /// Refuses what can be seen to be wrong before the inputs are looked at.
    pub(crate) fn refuse_slips(&self, paths: &[PathBuf]) -> Result<()> {
        refuse_unquoted(&self.new.readers.recipient)?;
        if self.new.passphrase {
            refuse_typed_passphrase(paths)
        } else {
            Ok(())
        }
    }

    /// Returns these options, completed by the user if neither they nor the config name anybody.
    pub(crate) fn settled(&self, line: &Unaddressed<'_>, context: &Context) -> Result<Self> {
        if !self.identity.are_of_keyring()
            || !self.new.name_nobody()
            || !context.config()?.default_to.value.is_empty()
        {
            return Ok(self.clone());
        }
        Ok(Self {
            new: self.new.settled(line, context)?,
            ..self.clone()
        })
    }

    /// Returns the same options, without post-quantum keys if `only_classic`.
    pub(crate) fn with_classic(&self, only_classic: bool) -> Self {
        Self {
            only_classic,
            ..self.clone()
        }
    }

    /// Returns the same options, for something that is not a file.
    pub(crate) fn for_a(&self, noun: &'static str) -> Self {
        Self {
            noun: Some(noun),
            ..self.clone()
        }
    }

    /// Returns options for one contact only.
    pub(crate) fn for_contact(name: &Name, acting: &ActAs) -> Self {
        Self {
            new: NewRecipientOptions {
                readers: ReaderOptions {
                    to: vec![name.to_string()],
                    ..ReaderOptions::default()
                },
                passphrase: false,
                work: WorkFactor::default(),
                expect_recipients: None,
                strength: RequiredStrength::default(),
            },
            identity: IdentityOptions::none(),
            acting: acting.clone(),
            only_classic: false,
            noun: None,
        }
    }

    /// Fails if there is no identity that could sign.
    pub(crate) fn check_signer(&self, context: &Context) -> Result<()> {
        Signer::chosen(self.acting.name.as_deref(), context).map(drop)
    }

    /// Returns whether a passphrase opens the file, instead of keys.
    pub(crate) fn is_passphrase(&self) -> bool {
        self.new.passphrase
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
    /// The classic keys of the same people, if post-quantum ones are used and all have both.
    classic: Option<RecipientSet>,
}

impl Recipients {
    /// Resolves the options, and prints warnings about the recipients.
    pub(crate) fn resolve(
        options: &RecipientOptions,
        include_self: IncludeSelf,
        keys: &mut key_files::KeyFiles,
        context: &Context,
    ) -> Result<Self> {
        if options.new.passphrase {
            return with_passphrase(options, context);
        }
        options.new.check(context)?;
        let required = RequiredReaders::load(context)?;
        let exact = exact(options, keys, context)?;
        refuse_changed(&exact, context)?;
        let by_name = !options.new.readers.to.is_empty() || exact.is_empty();
        let (targets, names, classic) = if by_name {
            named(options, include_self, exact, context)?
        } else {
            (exact, HashMap::new(), None)
        };
        if options.new.strength.is_post_quantum(context)? {
            refuse_classic(&targets, &names)?;
        }
        let given = targets.len();
        let readers = RecipientSet::new(targets, &context.host());
        for duplicate in readers.duplicates() {
            let who = names
                .get(duplicate)
                .map_or_else(|| shortened(duplicate), shown);
            context.ui.warn(
                WarningKind::DuplicateRecipient,
                &format_args!("{who} was given more than once"),
            );
        }
        let count = given - readers.duplicates().len();
        if let Some(expected) = options.new.expect_recipients
            && expected != count
        {
            return Err(Refusal::RecipientCount { count, expected }.into());
        }
        let keys: HashSet<String> = readers
            .as_recipients()
            .iter()
            .flat_map(|wrap| wrap.names())
            .collect();
        required.refuse_without(|key| keys.contains(&key.to_string()))?;
        let classic = classic.map(|targets| RecipientSet::new(targets, &context.host()));
        Ok(Self::Named(NamedRecipients {
            readers,
            names,
            classic,
        }))
    }

    /// The recipients of a file that is encrypted again for the people who can open it now.
    pub(crate) fn same(
        keys: Vec<ChosenKey>,
        of_plugins: Vec<Target>,
        context: &Context,
    ) -> Result<Self> {
        let names = keys
            .iter()
            .map(|key| (key.recipient.to_string(), key.who.clone()))
            .collect();
        let keys = keys.into_iter().map(|key| Target::Recipient(key.recipient));
        let targets: Vec<Target> = keys.chain(of_plugins).collect();
        refuse_changed(&targets, context)?;
        if context.preferences()?.require_post_quantum {
            refuse_classic(&targets, &names)?;
        }
        let readers = RecipientSet::new(targets, &context.host());
        let keys: HashSet<String> = readers
            .as_recipients()
            .iter()
            .flat_map(|wrap| wrap.names())
            .collect();
        RequiredReaders::load(context)?.refuse_without(|key| keys.contains(&key.to_string()))?;
        Ok(Self::Named(NamedRecipients {
            readers,
            names,
            classic: None,
        }))
    }

    /// The passphrase of a file that is encrypted again with it.
    pub(crate) fn same_passphrase(passphrase: ScryptRecipient, context: &Context) -> Result<Self> {
        RequiredReaders::refuse_passphrase(context)?;
        Ok(Self::Passphrase(passphrase))
    }

    /// A passphrase that nobody is asked for and nobody will know, for a rehearsal.
    pub(crate) fn some_passphrase(context: &Context) -> Result<Self> {
        RequiredReaders::refuse_passphrase(context)?;
        let passphrase = generate_passphrase().context(
            "The system's random number generator \
            failed",
        )?;
        Ok(Self::Passphrase(ScryptRecipient::new(passphrase, 18)))
    }

    pub(crate) fn is_passphrase(&self) -> bool {
        matches!(self, Self::Passphrase(_))
    }

    /// Returns whether the user is among the readers, as far as that is known.
    pub(crate) fn include_user(&self) -> bool {
        let is_own = |who: Option<&PersonName>| matches!(who, Some(PersonName::Identity(_)));
        match self {
            Self::Named(people) => self
                .recipients()
                .iter()
                .any(|recipient| is_own(people.names.get(recipient))),
            Self::Passphrase(_) => true,
        }
    }

    /// Returns the classic keys of the same readers, if post-quantum ones are used and everyone has
    /// both.
    pub(crate) fn as_classic(&self) -> Option<Vec<&dyn Recipient>> {
        match self {
            Self::Named(people) => people.classic.as_ref().map(RecipientSet::as_recipients),
            Self::Passphrase(_) => None,
        }
    }

    pub(crate) fn as_recipients(&self) -> Vec<&dyn Recipient> {
        match self {
            Self::Named(people) => people.readers.as_recipients(),
            Self::Passphrase(recipient) => vec![recipient],
        }
    }

    /// The recipients, none of whom learns who the others are.
    pub(crate) fn hidden(&self) -> Vec<HiddenRecipient<'_>> {
        let recipients = self.as_recipients().into_iter();
        recipients.map(HiddenRecipient).collect()
    }

    /// Returns what wraps the file keys: the recipients, or these hidden ones.
    pub(crate) fn wraps<'a>(
        &'a self,
        hidden: &'a [HiddenRecipient<'a>],
        hides_readers: bool,
    ) -> Vec<&'a dyn Recipient> {
        if hides_readers {
            let hidden = hidden.iter();
            return hidden.map(|hidden| -> &dyn Recipient { hidden }).collect();
        }
        self.as_recipients()
    }

    /// Returns the known signing keys of the recipients, by recipient string.
    pub(crate) fn signing_keys_of_recipients(
        &self,
        context: &Context,
    ) -> Result<HashMap<String, SigningKey>> {
        let known = context.keyring()?.signing_keys()?;
        let of = |text: String| known.get(&text).map(|key| (text.clone(), *key));
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
        let (mut shown, mut seen) = (Vec::new(), HashSet::new());
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
            if seen.insert(text.clone()) {
                shown.push(text);
            }
        }
        shown
    }
}

fn with_passphrase(options: &RecipientOptions, context: &Context) -> Result<Recipients> {
    RequiredReaders::refuse_passphrase(context)?;
    if options
        .new
        .expect_recipients
        .is_some_and(|expected| expected != 1)
    {
        return Err(Refusal::PassphraseExpectedKeys.into());
    }
    if options.new.work.log2() < 18 {
        context.ui.warn(
            WarningKind::WeakWorkFactor,
            &format_args!(
                "A work factor of {} makes the passphrase easier to guess",
                options.new.work.log2()
            ),
        );
    }
    let noun = options.noun.unwrap_or("file");
    let passphrase = new_passphrase(&format!("passphrase for the {noun}"), context)?;
    Ok(Recipients::Passphrase(ScryptRecipient::new(
        passphrase,
        options.new.work.log2(),
    )))
}

/// Returns the recipients that -r, -R, -i and -j name.
fn exact(
    options: &RecipientOptions,
    keys: &mut key_files::KeyFiles,
    context: &Context,
) -> Result<Vec<Target>> {
    let recipients = explicit_recipients(&options.new.readers, keys, context)?;
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
    readers: &ReaderOptions,
    keys: &mut key_files::KeyFiles,
    context: &Context,
) -> Result<Vec<AnyRecipient>> {
    let mut recipients = parsed(&readers.recipient, context)?;
    recipients.extend(keys.recipients(&readers.recipients_file, context)?);
    Ok(recipients)
}

fn parsed(recipients: &[String], context: &Context) -> Result<Vec<AnyRecipient>> {
    let parse = |(index, text): (usize, &String)| {
        text.parse().map_err(|error: ParseError| {
            let failure = Failure::Key {
                what: Untrusted::new(format!("Recipient {} (-r)", index + 1)),
                error: error.into(),
            };
            instead_of_recipient(text, failure.into(), context)
        })
    };
    recipients.iter().enumerate().map(parse).collect()
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
        Ok(keyring) => match keyring.refuse_in_doubt(&recipients) {
            // What others own tells nothing about the keys that were given.
            Err(KeyringError::Files(error)) if error.is_out_of_reach() => {
                context.tell_ignored("keyring", error);
                Ok(())
            }
            checked => Ok(checked?),
        },
        Err(_) => Ok(()),
    }
}

/// What to encrypt to, the names of the recipients, and what to encrypt to with classic keys alone
/// if that is possible.
type Resolved = (
    Vec<Target>,
    HashMap<String, PersonName>,
    Option<Vec<Target>>,
);

/// Resolves the people named by `--to`, else by the config, and adds the user and explicit
/// recipients.
fn named(
    options: &RecipientOptions,
    include_self: IncludeSelf,
    exact: Vec<Target>,
    context: &Context,
) -> Result<Resolved> {
    let to = if options.new.readers.to.is_empty() {
        context.config()?.default_to.value.clone()
    } else {
        options.new.readers.to.clone()
    };
    let mut addressed = confirmed::resolve(&to, context)?;
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
        return Err(usage(
            "No recipients given",
            Some("Name them with --to NAME"),
        ));
    }
    let choice = if options.only_classic {
        choose_classic(&addressed)?
    } else {
        choose(&addressed)?
    };
    let classic = choose_classic(&addressed).ok().filter(|_| {
        let is_classic = |one: &ChosenKey| one.recipient.is_post_quantum() != Some(true);
        of_plugins.is_empty() && !choice.chosen.iter().any(is_classic)
    });
    warn_of_lost_strength(&choice.classic, context)?;
    if !choice.classic.is_empty() && options.new.strength.is_post_quantum(context)? {
        let names = choice.classic.iter().map(shown).collect();
        return Err(Refusal::NotPostQuantum(names).into());
    }
    let names = choice.classic_because_of.iter().map(shown).collect();
    let names = context.due_reminders("classic", names);
    if !names.is_empty() {
        context.ui.tip(&format_args!(
            "Using classic keys for everyone, because {} {} no post-quantum key",
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
    let targets = |choice: KeyChoice| {
        let chosen = choice.chosen.into_iter();
        chosen.map(|one| Target::Recipient(one.recipient))
    };
    let classic = classic.map(|classic| targets(classic).collect());
    let all = targets(choice).chain(of_plugins).collect();
    Ok((all, names, classic))
}

/// Refuses recipients that are not known to resist quantum computers.
fn refuse_classic(targets: &[Target], names: &HashMap<String, PersonName>) -> Result<()> {
    let classic = targets.iter().filter_map(|target| match target {
        Target::Recipient(recipient) if recipient.is_post_quantum() == Some(true) => None,
        Target::Recipient(recipient) => {
            let text = recipient.to_string();
            Some(names.get(&text).map_or_else(|| shortened(&text), shown))
        }
        Target::PluginIdentity(identity) => Some(format!("age-plugin-{}", identity.plugin())),
    });
    let classic: Vec<String> = classic.collect();
    if classic.is_empty() {
        Ok(())
    } else {
        Err(Refusal::NotPostQuantum(classic).into())
    }
}

/// Warns about contacts who had a post-quantum key and now have only classic ones. An attacker who
/// can change a card, or who waits for a quantum computer, would want that.
pub(crate) fn warn_of_lost_strength(people: &[PersonName], context: &Context) -> Result<()> {
    for who in people {
        if let PersonName::Contact { name, .. } = who
            && context.keyring()?.contact(name)?.lost_post_quantum()
        {
            context.ui.warn(
                WarningKind::LostPostQuantum,
                &format_args!("{}", lost_strength(name)),
            );
        }
    }
    Ok(())
}

/// Says that a contact has no post-quantum key any more.
pub(crate) fn lost_strength(name: &Name) -> String {
    format!(
        "{name} had a post-quantum key before and has only a classic one now. Ask {name} whether \
        that is right"
    )
}

/// Prints hints about unverified keys and expired cards.
pub(crate) fn hint_unverified(addressed: &[PersonKeys], context: &Context) {
    let unchecked: Vec<String> = addressed
        .iter()
        .filter(|somebody| is_unchecked(&somebody.who))
        .map(|somebody| somebody.who.to_string())
        .collect();
    let unchecked = context.due_reminders("verify", unchecked);
    if let [first, ..] = unchecked.as_slice() {
        let names = unchecked.join(", ");
        context.ui.tip(&format_args!(
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
            context.ui.warn(
                WarningKind::ExpiredCard,
                &format_args!("{name}'s card expired on {on}. Ask for a newer one"),
            );
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
        // Such an identity opens nothing.
        Some(name) if context.signs_only(&name) => {}
        Some(name) => {
            let include_self = confirmed::oneself(&name, context)?;
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
            context.ui.warn(
                WarningKind::NotForYourself,
                &"You have no identity, so you cannot open this file yourself. To create one: \
                    bulla identity new",
            );
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
