//! The name under which a card is added, if the user gave none.

use crate::card::Card;
use crate::context::Context;
use crate::errors::{Refusal, Result, usage};
use crate::keyring::Name;
use crate::select::confirmation::not_asked;
use crate::ui::WarningKind;
use bulla_age::untrusted::Untrusted;

/// How often an answer is tried.
const TRIES: usize = 3;

/// Where the name of a contact comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum NameSource {
    /// The user is asked, with the name on the card as a suggestion.
    Asked,
    /// The name on the card is taken as it is.
    Card,
}

/// Returns the name for the contact of a card: the one it already has, or a new one. `from` is the
/// card as an argument of a command.
pub(super) fn name_for(
    card: &Card,
    from: &str,
    source: NameSource,
    context: &Context,
) -> Result<Name> {
    let keyring = context.keyring()?;
    keyring.refuse_own(&card.recipients(), Some(card))?;
    if let Some(name) = keyring.renewed_by(card)? {
        return Ok(name);
    }
    let called = card.name().quoted();
    let mut suggested = suggestion(card.name().as_raw());
    let taken = match &suggested {
        Some(name) => keyring.taken(name)?.map(|(_, other)| other),
        None => None,
    };
    if taken.is_some() {
        suggested = None;
    }
    let why = match &taken {
        Some(other) => format!("The card is named {called}, but there is already a {other}"),
        None => format!("The card is named {called}"),
    };
    let command = |name: &str| format!("bulla contact add {name} {from}");
    if source == NameSource::Card {
        let hint = format!("Choose a name: {}", command("NAME"));
        return suggested.ok_or_else(|| usage(&why, Some(&hint)));
    }
    if !context.ui.can_ask() {
        let name = suggested.as_ref().map_or("NAME", Name::as_str);
        let hint = format!(
            "Choose a name: {}; or take the one on the card with --yes",
            command(name)
        );
        return Err(usage(
            &format!("A name for the contact is needed. {why}"),
            Some(&hint),
        ));
    }
    context.ui.status(&why);
    if let Some(other) = &taken {
        context.ui.hint(&format_args!(
            "If these are new keys of {other}: {}",
            command(other.as_str())
        ));
    }
    ask(suggested, context)
}

fn ask(suggested: Option<Name>, context: &Context) -> Result<Name> {
    let question = match &suggested {
        Some(name) => format!("Add as {name}? [Y/n or another name]"),
        None => "Add under which name? (press Enter to cancel)".to_owned(),
    };
    for _ in 0..TRIES {
        let answer = context
            .ui
            .line(&question)
            .map_err(|error| not_asked(error, "A name for the contact is needed"))?;
        match (answer.trim().to_lowercase().as_str(), &suggested) {
            ("" | "y" | "yes", Some(name)) => return Ok(name.clone()),
            ("", None) | ("n" | "no", _) => return Err(Refusal::NotAdded.into()),
            _ => {}
        }
        let name = match answer.trim().parse::<Name>() {
            Ok(name) => name,
            Err(error) => {
                context.ui.warn(WarningKind::WrongAnswer, &error);
                continue;
            }
        };
        match context.keyring()?.taken(&name)? {
            None => return Ok(name),
            Some((_, other)) => context.ui.warn(
                WarningKind::WrongAnswer,
                &format_args!("There is already a {other}; choose another name"),
            ),
        }
    }
    Err(Refusal::NotAdded.into())
}

/// Returns a name made from that on a card: in lower case, with hyphens for spaces. `None` if it is
/// one that tells nothing.
fn suggestion(called: &str) -> Option<Name> {
    let mut text = String::new();
    for c in called.to_lowercase().chars() {
        match c {
            ' ' if text.ends_with('-') => {}
            ' ' => text.push('-'),
            ',' | '\'' | '&' | '·' | '・' => {}
            c => text.push(c),
        }
    }
    let name: Name = text.trim_matches(['-', '.', '_', '@', '+']).parse().ok()?;
    (!name.is_generic()).then_some(name)
}

/// Returns a path as an argument that can be typed.
pub(super) fn as_argument(path: &std::path::Path) -> String {
    Untrusted::from(path).as_argument()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_on_a_card_becomes_one_to_type() {
        for (called, name) in [
            ("alice", Some("alice")),
            ("Alice Example", Some("alice-example")),
            ("José & Söhne, Ltd.", Some("josé-söhne-ltd")),
            ("Sean O'Brien", Some("sean-obrien")),
            ("alice@example.org", Some("alice@example.org")),
            ("李 雷", Some("李-雷")),
            ("me", None),
            ("Me", None),
            ("&", None),
            ("age1 tom", None),
        ] {
            let found = suggestion(called);
            assert_eq!(found.as_ref().map(Name::as_str), name, "{called}");
        }
    }
}
