//! Problems in the keyring, in its config, and with the plugins that its keys need.

use std::collections::BTreeSet;
use std::path::Path;

use crate::commands::doctor::finding::Finding;
use crate::context::{Context, editing_places, find_plugin};
use crate::errors::{Failure, Result};
use crate::files;
use crate::files::Exposure;
use crate::identities::protection::danger_of_reading;
use crate::identities::{confirmed, own_card, secret};
use crate::keyring::{
    Contact, EntryKind, Group, IdentityKind, Keyring, KeyringError, MisplacedFile, Name,
    StoredIdentity, StoredRevocation,
};
use crate::report::contacts;
use bulla_age::format::{Source, looks_encrypted};
use bulla_age::untrusted::Untrusted;
use bulla_age::{AnyRecipient, Inspection, KeyError, LockedFile, Target, key_file};

/// The most names listed in one finding.
const LISTED: usize = 8;

/// Returns all problems. A part that cannot be read is a finding, and the rest is still examined.
pub(super) fn examine<'a>(context: &'a Context, fix: bool) -> Result<Vec<Finding>> {
    let keyring = context.keyring()?;
    let mut examination = Examination {
        context,
        keyring,
        findings: Vec::new(),
        plugins: BTreeSet::new(),
    };
    examination.temporaries(fix);
    let parts: [Part<'a>; 6] = [
        Examination::folder,
        Examination::misplaced,
        Examination::identities,
        Examination::contacts,
        Examination::groups,
        Examination::clashes,
    ];
    for part in parts {
        // A folder that belongs to someone else affects every part, and was reported first.
        if let Err(error) = part(&mut examination)
            && !examination.has("permissions")
        {
            match error {
                // Reported already, with everything else that is strange.
                KeyringError::Files(files::Error::NotPlain { .. })
                    if examination.has("damaged") => {}
                error => examination.findings.push(Finding::of("permissions", error)),
            }
        }
    }
    examination.config();
    examination.plugins();
    Ok(examination.findings)
}

type Part<'a> = fn(&mut Examination<'a>) -> Result<(), KeyringError>;

struct Examination<'a> {
    context: &'a Context,
    keyring: &'a Keyring,
    findings: Vec<Finding>,
    /// The plugins that its keys need.
    plugins: BTreeSet<String>,
}

impl Examination<'_> {
    fn find(&mut self, kind: &'static str, what: String, mend: String) {
        self.findings.push(Finding::new(kind, what, mend));
    }

    fn has(&self, kind: &str) -> bool {
        self.findings.iter().any(|finding| finding.kind == kind)
    }

    fn folder(&mut self) -> Result<(), KeyringError> {
        for (path, exposure) in self.keyring.exposures()? {
            let shown = Untrusted::from(path.as_path());
            let (what, mend) = match exposure {
                Exposure::Owned if files::are_root() => (
                    "belongs to another user than root",
                    "Run bulla without sudo, or with the home of root: sudo -H bulla".to_owned(),
                ),
                Exposure::Owned => (
                    "belongs to another user",
                    format!("chown -R \"$USER\" {}", quoted(&path)),
                ),
                Exposure::Writable => (
                    "can be changed by other users",
                    // What is in a folder that others cannot enter is safe, whatever its mode.
                    format!("chmod go-rwx {}", quoted(self.keyring.path())),
                ),
                Exposure::Readable => (
                    "can be read by other users",
                    format!("chmod go= {}", quoted(&path)),
                ),
            };
            self.find("permissions", format!("{shown} {what}"), mend);
        }
        for (path, what) in self.keyring.strange()? {
            let shown = Untrusted::from(path.as_path());
            self.find(
                "damaged",
                format!("{shown} is {what}, which does not belong in a keyring"),
                format!("rm {}", quoted(&path)),
            );
        }
        for path in self.keyring.leftovers()? {
            let shown = Untrusted::from(path.as_path());
            self.find(
                "leftover",
                format!(
                    "{shown} belongs to a change that was interrupted elsewhere, or came through \
                     git; it is ignored"
                ),
                format!("rm {}", quoted(&path)),
            );
        }
        match self.keyring.is_interrupted() {
            Ok(false) => {}
            Ok(true) => self.find(
                "interrupted",
                "A change of the keyring was interrupted".to_owned(),
                "Nothing of it counts. The next command that adds, renames or removes something \
                 will undo it"
                    .to_owned(),
            ),
            Err(KeyringError::Files(error)) => return Err(error.into()),
            Err(error) => self.findings.push(Finding::of("damaged", error)),
        }
        Ok(())
    }

    /// Names what killed runs left in the keyring, in this folder, and where messages are edited.
    fn temporaries(&mut self, fix: bool) {
        let keyring = self.keyring.path();
        let mut places = vec![keyring.to_owned(), Path::new(".").to_owned()];
        places.extend(EntryKind::FOLDERS.map(|kind| keyring.join(kind.folder())));
        places.extend(editing_places());
        for path in places.iter().flat_map(|place| files::leftovers(place, fix)) {
            let shown = Untrusted::from(path.as_path());
            self.find(
                "temporary",
                format!(
                    "{shown} was left by a run that was killed, and may hold plaintext or a secret \
                     key"
                ),
                format!("bulla doctor --fix, or: rm -r {}", quoted(&path)),
            );
        }
    }

    fn misplaced(&mut self) -> Result<(), KeyringError> {
        for misplaced in self.keyring.misplaced()? {
            match misplaced {
                MisplacedFile::Orphan(path) => {
                    let shown = Untrusted::from(path.as_path());
                    self.find(
                        "orphan",
                        format!("{shown} may be a secret key, but its public file is missing"),
                        format!(
                            "Import it, then move the file away: bulla identity import NAME {}",
                            quoted(&path)
                        ),
                    );
                }
                MisplacedFile::Card(path) => {
                    let shown = Untrusted::from(path.as_path());
                    self.find(
                        "orphan",
                        format!("{shown} is a card without an identity"),
                        format!("rm {}", quoted(&path)),
                    );
                }
                MisplacedFile::WithoutSecret(name) => self.find(
                    "damaged",
                    format!("The secret file of identity {name} is missing"),
                    format!(
                        "Copy identities/{} back from a backup, or: bulla identity restore {name}",
                        name.file("age")
                    ),
                ),
                MisplacedFile::NoName(path) => {
                    let shown = Untrusted::from(path.as_path());
                    let mend = format!(
                        "Rename {} so that the name has only A-Z, a-z, 0-9, \".\", \"_\", \"-\", \"@\" \
                         and \"+\" (other letters as %XX)",
                        quoted(&path)
                    );
                    self.find(
                        "damaged",
                        format!("{shown} has an invalid name and is ignored"),
                        mend,
                    );
                }
            }
        }
        Ok(())
    }

    fn identities(&mut self) -> Result<(), KeyringError> {
        let identities = self.keyring.all::<StoredIdentity>()?;
        if identities.is_empty() {
            self.find(
                "no-identity",
                "You have no identity yet, so nobody can encrypt to you".to_owned(),
                "bulla identity new".to_owned(),
            );
        }
        for (name, identity) in identities {
            match identity {
                Ok(identity) => {
                    self.is_own(&name, &identity)?;
                    self.identity(&name, &identity);
                    self.card(&name, &identity);
                    self.secret(&name, identity.recipients.is_empty());
                }
                Err(error) => {
                    self.findings.push(Finding::of("damaged", error));
                    self.secret(&name, false);
                }
            }
        }
        Ok(())
    }

    /// Compares an identity with its secret, if that needs no passphrase now, and with what this
    /// machine knows.
    fn is_own(&mut self, name: &Name, identity: &StoredIdentity) -> Result<(), KeyringError> {
        let at_hand = confirmed::at_hand(name, self.context).ok().flatten();
        let compared = at_hand
            .map(|(_, document)| confirmed::compare(name, identity, &document, self.context));
        if let Some(Err(error)) = compared {
            self.findings.push(Finding::of("damaged", error));
        } else if !self.keyring.is_confirmed(name, identity)?
            && (compared.is_none() || self.keyring.is_known()?)
        {
            let error = KeyringError::Unconfirmed { name: name.clone() };
            self.findings.push(Finding::of("unconfirmed", error));
        }
        Ok(())
    }

    fn identity(&mut self, name: &Name, identity: &StoredIdentity) {
        match identity.parsed(name) {
            Ok(recipients) => {
                self.needs(&recipients);
                if contacts::post_quantum(&recipients) == Some(false) {
                    self.find(
                        "no-post-quantum",
                        format!("Identity {name} has no post-quantum key"),
                        "Create an identity that has one, and send its card to your contacts: bulla identity new NAME"
                            .to_owned(),
                    );
                }
            }
            Err(error) => self.findings.push(Finding::of("damaged", error)),
        }
        // Nothing is lost with an identity that only signs: a new one takes its place.
        if identity.backed_up().is_none()
            && !matches!(
                identity.kind,
                IdentityKind::Imported | IdentityKind::Signing
            )
        {
            self.find(
                "no-backup",
                format!("Identity {name} has no backup; without it, lost keys cannot be recovered"),
                format!("bulla identity backup {name}"),
            );
        }
    }

    /// Checks whether the user's card can be read, and when it expires.
    fn card(&mut self, name: &Name, identity: &StoredIdentity) {
        match self.keyring.card(name) {
            Ok(None) => {}
            Ok(Some(card)) if !own_card::is_of(&card, identity) => {
                let what = format!(
                    "The saved card does not belong to the current keys of \
                    identity {name}"
                );
                self.find("card", what, own_card::renewal(name));
            }
            Ok(Some(card)) => {
                if let Some(what) = own_card::expiry(&card, name, self.context) {
                    self.find("card-expiry", what, own_card::renewal(name));
                }
            }
            Err(error @ KeyringError::Damaged { .. }) => {
                let mut finding = Finding::of("damaged", error);
                finding.fix = own_card::renewal(name);
                self.findings.push(finding);
            }
            Err(error) => self.findings.push(Finding::of("damaged", error)),
        }
    }

    /// Checks a secret as far as possible without its passphrase.
    fn secret(&mut self, name: &Name, only_signs: bool) {
        let (path, bytes) = match self.keyring.secret(name) {
            Ok(Some(secret)) => secret,
            Ok(None) => return,
            Err(error) => return self.findings.push(Finding::of("damaged", error)),
        };
        let shown = Untrusted::from(path.as_path());
        if looks_encrypted(&bytes) {
            if !is_whole(&bytes) {
                let mend = format!(
                    "Restore the file from a backup, or: bulla identity restore \
                    {name}"
                );
                self.find("damaged", format!("{shown} is damaged or incomplete"), mend);
            }
            return;
        }
        self.find(
            "unencrypted",
            format!(
                "Identity {name} has no passphrase; anyone who can read its file can {}",
                danger_of_reading(only_signs)
            ),
            format!("bulla identity passphrase {name}"),
        );
        match key_file::parse(bytes, &secret::origin(name, self.context, 0)) {
            Ok(identities) => {
                for target in identities
                    .iter()
                    .filter_map(|identity| identity.targets().ok())
                    .flatten()
                {
                    if let Target::PluginIdentity(identity) = target {
                        self.plugins.insert(identity.plugin().to_owned());
                    }
                }
            }
            Err(KeyError::NoKeys) if only_signs => {}
            Err(error) => self
                .findings
                .push(Finding::of("damaged", Failure::Key { what: shown, error })),
        }
    }

    fn contacts(&mut self) -> Result<(), KeyringError> {
        let (mut unverified, mut classic) = (Vec::new(), Vec::new());
        for (name, contact) in self.keyring.all::<Contact>()? {
            match contact.and_then(|contact| Ok((contact.pinned(&name)?, contact))) {
                Ok((_, contact)) if contact.removed.is_some() => {}
                Ok((recipients, contact)) => {
                    self.needs(&recipients);
                    let usable = self.keyring.refuse_unusable(&name, &contact);
                    if let Err(error) = usable {
                        let kind = match error {
                            KeyringError::Changed { .. } => "changed",
                            KeyringError::Revoked { .. } => "revoked",
                            _ => "damaged",
                        };
                        self.findings.push(Finding::of(kind, error));
                    } else if contact.verified.is_none() {
                        unverified.push(name.clone());
                    }
                    if let Some(on) = contact.expired() {
                        let mend =
                            format!("Ask for a newer one, then: bulla contact add {name} FILE");
                        self.find("expired", format!("{name}'s card expired on {on}"), mend);
                    }
                    if contacts::post_quantum(&recipients) == Some(false) {
                        classic.push(name);
                    }
                }
                Err(error) => self.findings.push(Finding::of("damaged", error)),
            }
        }
        for (_, revocation) in self.keyring.all::<StoredRevocation>()? {
            if let Err(error) = revocation {
                self.findings.push(Finding::of("damaged", error));
            }
        }
        if let [first, ..] = unverified.as_slice() {
            let what = format!("Keys not verified: {}", some_of(&unverified));
            self.find("unverified", what, format!("bulla contact verify {first}"));
        }
        if let [first, ..] = classic.as_slice() {
            let what = format!("No post-quantum key known for: {}", some_of(&classic));
            let mend = format!("Ask for a new card, then: bulla contact add {first} FILE");
            self.find("no-post-quantum", what, mend);
        }
        Ok(())
    }

    fn groups(&mut self) -> Result<(), KeyringError> {
        for (name, group) in self.keyring.all::<Group>()? {
            let wrong = match group {
                Err(error) => Some(("damaged", error)),
                Ok(_) => match self.keyring.resolve(&[name.to_string()]) {
                    // These are reported as findings of their own.
                    Ok(_)
                    | Err(
                        KeyringError::Changed { .. }
                        | KeyringError::Revoked { .. }
                        | KeyringError::Damaged { .. },
                    ) => None,
                    Err(error) => Some(("group", error)),
                },
            };
            if let Some((kind, error)) = wrong {
                let mut finding = Finding::of(kind, error);
                if kind == "group" {
                    finding.what = format!("The group {name} cannot be used. {}", finding.what);
                }
                self.findings.push(finding);
            }
        }
        Ok(())
    }

    fn clashes(&mut self) -> Result<(), KeyringError> {
        let clashes = self.keyring.clashes()?;
        for (kind, name) in self.keyring.named_like_oneself()? {
            // Beside an identity of that name it is told below.
            let is_told = |pair: &[(EntryKind, Name); 2]| pair.iter().any(|(_, one)| *one == name);
            if !clashes.iter().any(is_told) {
                let kind = kind.noun();
                let next = format!("bulla {kind} rename {name} NEW");
                let what = format!("{kind} {name} has a name that stands for yourself");
                self.find("clash", what, next);
            }
        }
        for [(kind, name), (other_kind, other)] in clashes {
            // What may have been put beside an identity gets another name.
            let (renamed, its_name) = match other_kind {
                EntryKind::Identity => (kind.noun(), &name),
                _ => (other_kind.noun(), &other),
            };
            let next = format!("bulla {renamed} rename {its_name} NEW");
            let (kind, other_kind) = (kind.noun(), other_kind.noun());
            let what = format!("{kind} {name} and {other_kind} {other} have the same name");
            self.find("clash", what, next);
        }
        Ok(())
    }

    /// Checks whether the settings can be followed.
    fn config(&mut self) {
        let config = match self.context.config() {
            Ok(config) => config,
            Err(_) if self.has("permissions") => return,
            Err(error) => return self.findings.push(Finding::of("config", error)),
        };
        if let Err(error) = self.context.default_identity() {
            self.findings.push(Finding::of("config", error));
        }
        if let Err(error) = self.keyring.resolve(&config.default_to.value)
            && !matches!(
                error,
                KeyringError::Changed { .. }
                    | KeyringError::Damaged { .. }
                    | KeyringError::Ambiguous { .. }
                    | KeyringError::Oneself { .. }
            )
        {
            let mut finding = Finding::of("config", error);
            finding.what = format!("default_to: {}", finding.what);
            self.findings.push(finding);
        }
        if let Err(error) = self.keyring.resolve(&config.require.value) {
            let mut finding = Finding::of("config", error);
            finding.what = format!("require: {}", finding.what);
            self.findings.push(finding);
        }
        if let Err(why) = self.context.passphrase_program() {
            let what = format!("passphrase_command: {why}");
            self.find(
                "config",
                what,
                "Install it, or change it: bulla config passphrase_command PROGRAM".to_owned(),
            );
        }
    }

    fn needs(&mut self, recipients: &[AnyRecipient]) {
        for recipient in recipients {
            if let AnyRecipient::Plugin(recipient) = recipient {
                self.plugins.insert(recipient.plugin().to_owned());
            }
        }
    }

    fn plugins(&mut self) {
        for name in std::mem::take(&mut self.plugins) {
            if let Err(error) = find_plugin(&name) {
                self.findings
                    .push(Finding::of("plugin", bulla_age::KeyError::from(error)));
            }
        }
    }
}

/// Returns whether the header of an age file can be parsed and a payload of a possible length
/// follows.
fn is_whole(bytes: &[u8]) -> bool {
    let Ok(mut source) = Source::new(bytes) else {
        return false;
    };
    let Ok(closed) = LockedFile::read(&mut source) else {
        return false;
    };
    let Ok(rest) = std::io::copy(&mut source, &mut std::io::sink()) else {
        return false;
    };
    Inspection::new(&closed, Some(rest))
        .plaintext
        .is_some_and(|len| len > 0)
}

fn some_of(names: &[Name]) -> String {
    let shown = contacts::join_names(&names[..names.len().min(LISTED)]);
    match names.len().saturating_sub(LISTED) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// Quotes a path for the shell.
fn quoted(path: &Path) -> String {
    Untrusted::from(path).as_argument()
}
