//! Edits the text of a `config.toml`, leaving everything else unchanged.

use std::path::Path;

use toml_edit::{DocumentMut, Item, Value};

use crate::config::{Error, Place, Settings, parse_duration};
use crate::keyring::Name;
use bulla_age::untrusted::Untrusted;

/// Returns the text with this value of a setting. Everything else is kept, including comments.
///
/// # Errors
/// [`Error::Wrong`] if the text is not a valid config; [`Error::NewValue`] if it would not be one
/// afterwards.
pub(crate) fn with_setting(
    text: &str,
    (path, place): (&Path, Place),
    setting: &str,
    values: &[String],
) -> Result<String, Error> {
    let new = edited(text, (path, place), |document| {
        let value = typed(setting, values);
        match document.get_mut(setting).and_then(Item::as_value_mut) {
            Some(old) => put(old, value),
            None => _ = document.insert(setting, toml_edit::value(value)),
        }
    })?;
    match Settings::parse(new.as_bytes(), path, place) {
        // The text was valid before, and its new line is in no file.
        Err(Error::Wrong { why, .. }) => Err(Error::NewValue { why }),
        Err(error) => Err(error),
        Ok(_) => Ok(new),
    }
}

/// Returns the text without a setting.
///
/// # Errors
/// [`Error::Wrong`] if the text is not a valid config.
pub(crate) fn without_setting(
    text: &str,
    (path, place): (&Path, Place),
    setting: &str,
) -> Result<String, Error> {
    edited(text, (path, place), |document| {
        document.remove(setting);
    })
}

/// What is allowed for a list. Without a word it would not be set, but shown.
pub(crate) const LIST: &str = "a list of words";

/// Refuses a value of the wrong type, with the values that are allowed.
///
/// # Errors
/// [`Error::Value`].
pub(crate) fn refuse_value(setting: &'static str, values: &[String]) -> Result<(), Error> {
    if values.is_empty() {
        return Ok(());
    }
    let word = values.join(" ");
    let allowed = match setting {
        "sign"
        | "armor"
        | "offline_children"
        | "remember_messages"
        | "require_post_quantum"
        | "accessible"
            if word.parse::<bool>().is_err() =>
        {
            "true or false"
        }
        "default_to" | "require" | "passphrase_command" | "plugins"
            if word.split(' ').collect::<String>() == "[]" =>
        {
            LIST
        }
        "threads" if word.parse::<u16>().is_err() => "a number (0: all cores)",
        "unlock_for" if parse_duration(&word).is_err() => "a time such as 90s, 15m or 8h",
        _ => return Ok(()),
    };
    Err(Error::Value {
        setting,
        value: Untrusted::new(word),
        allowed,
    })
}

/// Returns words of the command line as the value of a setting. A word of the wrong type stays a
/// text, and the error of the parser says what was expected.
fn typed(setting: &str, values: &[String]) -> Value {
    if ["default_to", "require", "passphrase_command", "plugins"].contains(&setting) {
        return values.iter().map(String::as_str).collect();
    }
    let word = values.join(" ");
    if let Ok(truth) = word.parse::<bool>() {
        return truth.into();
    }
    match word.parse::<i64>() {
        Ok(number) if setting == "threads" => number.into(),
        _ => word.into(),
    }
}

/// Returns the text with this name replaced or removed wherever it refers to a person; `None` if it
/// appears nowhere.
///
/// # Errors
/// [`Error::Wrong`] if the text is not a valid config.
pub(crate) fn with_name_replaced(
    text: &str,
    at: (&Path, Place),
    from: &Name,
    to: Option<&Name>,
) -> Result<Option<String>, Error> {
    let new = edited(text, at, |document| {
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
        let required = document.get_mut("require").and_then(Item::as_array_mut);
        // A required reader that was removed stays required: nothing is encrypted without them
        // until the user changes the setting.
        if let (Some(required), Some(to)) = (required, to) {
            required
                .iter_mut()
                .filter(|value| is_it(value))
                .for_each(|value| put(value, to.as_str()));
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

fn edited(
    text: &str,
    (path, place): (&Path, Place),
    edit: impl FnOnce(&mut DocumentMut),
) -> Result<String, Error> {
    Settings::parse(text.as_bytes(), path, place)?;
    let wrong = |why: String| Error::Wrong {
        file: Untrusted::from(path),
        place,
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
fn put(value: &mut Value, new: impl Into<Value>) {
    let decor = value.decor().clone();
    *value = new.into();
    *value.decor_mut() = decor;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_changed_and_everything_else_stays() {
        let at = (Path::new("config.toml"), Place::Machine);
        let name = |text: &str| text.parse::<Name>().unwrap();
        let work = ["work".to_owned()];
        let set = |text: &str| with_setting(text, at, "default_identity", &work).unwrap();
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
            with_name_replaced(text, at, &name("me"), to.map(name).as_ref()).unwrap()
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
        let required = "require = [\"me\"] # always\n";
        assert_eq!(
            replaced(required, Some("I")).unwrap(),
            required.replace("\"me\"", "\"I\"")
        );
        assert_eq!(replaced(required, None), None);
        assert!(with_setting("colour = 1\n", at, "armor", &["true".to_owned()]).is_err());
        let set = |setting: &str, words: &[&str]| {
            let words: Vec<String> = words.iter().map(ToString::to_string).collect();
            with_setting("sign = true # mine\n", at, setting, &words)
                .map_err(|error| error.to_string())
        };
        for (setting, words, line) in [
            ("armor", &["true"][..], "armor = true"),
            ("threads", &["4"], "threads = 4"),
            ("unlock_for", &["1h", "30m"], "unlock_for = \"1h 30m\""),
            ("default_to", &["a", "b"], "default_to = [\"a\", \"b\"]"),
            (
                "passphrase_command",
                &["pass", "-x"],
                "passphrase_command = [\"pass\", \"-x\"]",
            ),
            ("default_identity", &["7"], "default_identity = \"7\""),
        ] {
            assert_eq!(
                set(setting, words).unwrap(),
                format!("sign = true # mine\n{line}\n")
            );
        }
        for (setting, word) in [("armor", "maybe"), ("threads", "-1"), ("unlock_for", "0s")] {
            assert!(set(setting, &[word]).is_err(), "{setting}");
        }
        let gone = without_setting("armor = true # yes\nsign = true\n", at, "armor");
        assert_eq!(gone.unwrap(), "sign = true\n");
    }
}
