//! All settings, and where each one comes from.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::config::Config;
use crate::ui::{Align, aligned};
use bulla_age::untrusted::Untrusted;

/// The value and origin of one setting.
#[derive(serde::Serialize)]
pub(crate) struct Set {
    value: Value,
    from: &'static str,
}

pub(crate) fn by_name(config: &Config) -> BTreeMap<&'static str, Set> {
    let settings = config.settings().into_iter();
    settings
        .map(|(key, value, origin)| {
            (
                key,
                Set {
                    value,
                    from: origin.noun(),
                },
            )
        })
        .collect()
}

/// Returns one line for each setting, or for the one of this name, as in the config file.
pub(crate) fn table(config: &Config, only: Option<&str>) -> Vec<String> {
    let settings = config.settings().into_iter();
    let wanted = settings.filter(|(key, ..)| only.is_none_or(|only| only == *key));
    let rows = wanted.map(|(key, value, origin)| {
        let value = match value {
            Value::Null => "(none)".to_owned(),
            value => Untrusted::new(format!("= {value}")).to_string(),
        };
        [format!("  {key}"), value, origin.noun().to_owned()]
    });
    aligned([Align::Left; 3], &rows.collect::<Vec<_>>())
}
