//! The way back from a change.

use std::collections::BTreeSet;

use crate::keyring::error::KeyringError;
use crate::keyring::step::{Place, Step};

/// Returns the steps that bring back the present state, whatever part of a change has been carried
/// out by then. They are in an order in which every secret exists at every moment, and in which the
/// present public half of an identity is believed until it is gone.
pub(super) fn undo(change: &[Step], place: Place<'_>) -> Result<Vec<Step>, KeyringError> {
    let pins = place.pins.read()?;
    let pinned: BTreeSet<String> = change.iter().flat_map(Step::pinned_names).collect();
    let pin = |name: &str, done| {
        pins.named(name).map(|pin| Step::Pin {
            name: name.to_owned(),
            pin: pin.clone(),
            done,
        })
    };
    let mut steps: Vec<Step> = pinned.iter().filter_map(|name| pin(name, false)).collect();
    let files: BTreeSet<(&str, &str)> = change.iter().flat_map(Step::files).collect();
    let mut removed = Vec::new();
    for (folder, file) in files {
        match place.read(folder, file)? {
            Some(bytes) => steps.push(Step::restore(folder, file, &bytes)),
            None => removed.push(Step::Remove {
                folder: folder.to_owned(),
                file: file.to_owned(),
            }),
        }
    }
    steps.extend(removed);
    steps.extend(
        pinned
            .iter()
            .map(|name| pin(name, true).unwrap_or_else(|| Step::Unpin { name: name.clone() })),
    );
    Ok(steps)
}
