//! Changes of `config.toml` that keep everything else in it, comments too. It writes nothing: text in, text out.

use std::path::Path;

use toml_edit::{DocumentMut, Item, Value};

use super::{Config, Error};
use crate::keyring::Name;
use crate::untrusted::Untrusted;

/// The text with this default identity; everything else in it stays, comments too.
///
/// # Errors
/// [`Error::Wrong`] where the text is no config already.
pub(crate) fn with_default_identity(text: &str, path: &Path, name: &Name) -> Result<String, Error> {
    edited(text, path, |document| match document.get_mut("default_identity").and_then(Item::as_value_mut) {
        Some(value) => put(value, name.as_str()),
        None => _ = document.insert("default_identity", toml_edit::value(name.as_str())),
    })
}

/// The text with another name, or none, where this one stood for somebody; none where it stood nowhere.
///
/// # Errors
/// [`Error::Wrong`] where the text is no config already.
pub(crate) fn with_name_replaced(
    text: &str,
    path: &Path,
    from: &Name,
    to: Option<&Name>,
) -> Result<Option<String>, Error> {
    let new = edited(text, path, |document| {
        let is_it = |value: &Value| value.as_str() == Some(from.as_str());
        if let Some(value) = document.get_mut("default_identity").and_then(Item::as_value_mut)
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
            Some(to) => {
                everybody.iter_mut().filter(|value| is_it(value)).for_each(|value| put(value, to.as_str()))
            }
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
    let wrong = |why: String| Error::Wrong { file: Untrusted::from(path), line: None, why, near: None };
    let document = text.parse::<DocumentMut>();
    let mut document = document.map_err(|error| wrong(Untrusted::new(error.message()).to_string()))?;
    edit(&mut document);
    Ok(document.to_string())
}

/// A new value with the comments of the old one.
fn put(value: &mut Value, text: &str) {
    let decor = value.decor().clone();
    *value = text.into();
    *value.decor_mut() = decor;
}
