//! Renaming an entry of the keyring everywhere it is mentioned.

use crate::context::Context;
use crate::errors::Result;
use crate::keyring::{EntryKind, Name};
use crate::report::contacts::{ConfigMention, join_names};
use crate::report::json::print_renamed;

/// Renames an entry of any kind, and prints the groups that mention it.
pub(crate) fn rename(kind: EntryKind, old: &Name, new: &Name, context: &Context) -> Result<()> {
    let in_config = ConfigMention::find(old, context)?;
    let groups = context
        .keyring()?
        .change(|change| change.rename_everywhere(kind, old, new))?;
    context.ui.status(&format_args!("Renamed {old} to {new}"));
    if !groups.is_empty() {
        context
            .ui
            .status(&format_args!("Also changed in: {}", join_names(&groups)));
    }
    in_config.warn(old, context);
    print_renamed(kind, (old, new), &groups, context)
}
