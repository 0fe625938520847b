//! Encrypts file keys to identities of the keyring (`recipient-v1`).

use std::collections::BTreeSet;

use crate::commands::age_plugin::caller::Caller;
use crate::context::Context;
use crate::errors::{Result as CommandResult, usage};
use crate::identities::plugin_identity::{self, NamedByText};
use crate::identities::{confirmed, exported_recipients};
use crate::keyring::{Name, StoredIdentity};
use bulla_age::format::Stanza;
use bulla_age::plugin::{CallerError, ErrorSubject, WrapRequest};
use bulla_age::{AnyRecipient, FileKey, Nonce, RecipientSet, Target};

/// Why nothing is encrypted: what the errors are about, and their texts.
type Problems = Vec<(ErrorSubject, String)>;

/// The labels, and the stanzas of each file.
struct Wrapped {
    labels: BTreeSet<String>,
    files: Vec<Vec<Stanza>>,
}

pub(super) fn run(caller: &Caller, context: &Context) -> Result<(), CallerError> {
    let request = caller.speak().wrap_request()?;
    let wrapped = targets(&request, context).and_then(|targets| {
        let wrapped = wrap(&request.file_keys, targets, context);
        wrapped.map_err(|text| vec![(ErrorSubject::Internal, text)])
    });
    let wrapped = match wrapped {
        Ok(wrapped) => wrapped,
        Err(problems) => {
            for (about, text) in problems {
                caller.speak().error(about, &text)?;
            }
            return Ok(());
        }
    };
    if request.labels && !wrapped.labels.is_empty() {
        caller.speak().labels(&wrapped.labels)?;
    }
    for (file, stanzas) in wrapped.files.iter().enumerate() {
        for stanza in stanzas {
            caller.speak().stanza(file, stanza)?;
        }
    }
    Ok(())
}

/// Returns the recipients of all identities. All must be usable.
fn targets(request: &WrapRequest, context: &Context) -> Result<Vec<Target>, Problems> {
    let no_recipient = |index: usize| {
        let text = "age-plugin-bulla has no recipients of its own. The recipients of an identity \
                    are ordinary ones: bulla identity export";
        (ErrorSubject::Recipient(index), text.to_owned())
    };
    let mut problems: Problems = (0..request.recipients.len()).map(no_recipient).collect();
    let mut targets = Vec::new();
    for (index, text) in request.identities.iter().enumerate() {
        let found = plugin_identity::parse(text).map_err(|error| error.to_string());
        let found = found.and_then(|named| {
            let recipients = recipients(&named, context);
            recipients.map_err(|error| error.message().to_string())
        });
        match found {
            Ok(recipients) => targets.extend(recipients.into_iter().map(Target::Recipient)),
            Err(text) => problems.push((ErrorSubject::Identity(index), text)),
        }
    }
    if problems.is_empty() {
        Ok(targets)
    } else {
        Err(problems)
    }
}

/// Returns the recipients that others are given of an identity.
fn recipients(named: &NamedByText, context: &Context) -> CommandResult<Vec<AnyRecipient>> {
    let name: Name = match named {
        NamedByText::One(name) => name.clone(),
        NamedByText::All => {
            let default = context.default_identity()?;
            default.ok_or_else(|| usage("You have no identity to encrypt to", None))?
        }
    };
    let public: StoredIdentity = confirmed::own(&name, context)?;
    let mut recipients = Vec::new();
    for text in exported_recipients::usual(&public, &name)? {
        let recipient: AnyRecipient = text.parse()?;
        if let AnyRecipient::Plugin(plugin) = &recipient {
            context.refuse_plugin(plugin.plugin(), &format!("Identity {name}"))?;
        }
        recipients.push(recipient);
    }
    Ok(recipients)
}

/// Wraps each file key for all recipients. Only the caller knows the nonces of the files, so the
/// randomness is fresh and the stanzas cannot be proved, like those of age.
fn wrap(file_keys: &[FileKey], targets: Vec<Target>, context: &Context) -> Result<Wrapped, String> {
    let set = RecipientSet::new(targets, &context.host());
    let mut keys: Vec<(FileKey, Nonce)> = Vec::new();
    for key in file_keys {
        let mut nonce = Nonce::default();
        getrandom::fill(&mut nonce).map_err(|error| error.to_string())?;
        keys.push((key.clone(), nonce));
    }
    let mut files = vec![Vec::new(); file_keys.len()];
    let mut agreed: Option<BTreeSet<String>> = None;
    for recipient in set.as_recipients() {
        let wrapped = recipient
            .wrap_many(&keys)
            .map_err(|error| error.to_string())?;
        for (file, wrapped) in files.iter_mut().zip(wrapped) {
            if *agreed.get_or_insert_with(|| wrapped.labels.clone()) != wrapped.labels {
                let text = "post-quantum and classic identities cannot be used together";
                return Err(text.to_owned());
            }
            file.extend(wrapped.stanzas);
        }
    }
    Ok(Wrapped {
        labels: agreed.unwrap_or_default(),
        files,
    })
}
