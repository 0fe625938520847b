//! Edits names in the text of `config.toml`, leaving everything else unchanged.

use std::path::Path;

use toml_edit::{DocumentMut, Item, Value};

use crate::config::{Config, Error};
use crate::keyring::Name;
use bulla_age::untrusted::Untrusted;

/// Returns the text with this default identity. Everything else is kept, including comments.
///
/// # Errors
/// [`Error::Wrong`] if the text is not a valid config.
pub(crate) fn with_default_identity(text: &str, path: &Path, name: &Name) -> Result<String, Error> {
    edited(text, path, |document| {
        match document
            .get_mut("default_identity")
            .and_then(Item::as_value_mut)
        {
            Some(value) => put(value, name.as_str()),
            None => _ = document.insert("default_identity", toml_edit::value(name.as_str())),
        }
    })
}

/// Returns the text with this name replaced or removed wherever it refers to a person; `None` if it
/// appears nowhere.
///
/// # Errors
/// [`Error::Wrong`] if the text is not a valid config.
pub(crate) fn with_name_replaced(
    text: &str,
    path: &Path,
    from: &Name,
    to: Option<&Name>,
) -> Result<Option<String>, Error> {
    let new = edited(text, path, |document| {
        let is_it = |value: &Value| value.as_str() == Some(from.as_str());
        if let Some(value) = document
            .get_mut("default_identity")
            .and_then(Item::as_value_mut)
            && is_it(value)
        {
            match to {
                Some(to) => put(value, to.as_str()),
                None => _ = document.remove("default_identity"),
            }
        }
        let everybody = document.get_mut("default_to").and_then(Item::as_array_mut);
        let Some(everybody) = everybody else { return };
        match to {
            Some(to) => everybody
                .iter_mut()
                .filter(|value| is_it(value))
                .for_each(|value| put(value, to.as_str())),
            None => {
                everybody.retain(|value| !is_it(value));
                if let Some(first) = everybody.get_mut(0) {
                    first.decor_mut().set_prefix("");
                }
            }
        }
        if everybody.is_empty() {
            document.remove("default_to");
        }
    })?;
    Ok((new != text).then_some(new))
}

fn edited(text: &str, path: &Path, edit: impl FnOnce(&mut DocumentMut)) -> Result<String, Error> {
    Config::parse(text.as_bytes(), path)?;
    let wrong = |why: String| Error::Wrong {
        file: Untrusted::from(path),
        line: None,
        why,
        near: None,
    };
    let document = text.parse::<DocumentMut>();
    let mut document =
        document.map_err(|error| wrong(Untrusted::new(error.message()).to_string()))?;
    edit(&mut document);
    Ok(document.to_string())
}

/// Sets a new value and keeps the comments of the old one.
fn put(value: &mut Value, text: &str) {
    let decor = value.decor().clone();
    *value = text.into();
    *value.decor_mut() = decor;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_changed_and_everything_else_stays() {
        let path = Path::new("config.toml");
        let name = |text: &str| text.parse::<Name>().unwrap();
        let set = |text: &str| with_default_identity(text, path, &name("work")).unwrap();
        assert_eq!(set(""), "default_identity = \"work\"\n");
        assert_eq!(
            set("# mine\narmor = true # yes\n"),
            "# mine\narmor = true # yes\ndefault_identity = \"work\"\n"
        );
        assert_eq!(
            set("# who\ndefault_identity =  \"me\"  # at home\nsign = true\n"),
            "# who\ndefault_identity =  \"work\"  # at home\nsign = true\n"
        );
        let replaced = |text: &str, to: Option<&str>| {
            with_name_replaced(text, path, &name("me"), to.map(name).as_ref()).unwrap()
        };
        let both = "default_identity = \"me\" # I\ndefault_to = [\"me\", \"bob\"] # us\n";
        assert_eq!(
            replaced(both, Some("I")).unwrap(),
            both.replace("\"me\"", "\"I\"")
        );
        assert_eq!(
            replaced(both, None).unwrap(),
            "default_to = [\"bob\"] # us\n"
        );
        assert_eq!(replaced("default_to = [\"me\"]\n", None).unwrap(), "");
        assert_eq!(replaced("# me\ndefault_to = [\"bob\"]\n", None), None);
        assert!(with_default_identity("colour = 1\n", path, &name("me")).is_err());
    }
}
