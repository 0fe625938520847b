//! Secret keys in text that is displayed: someone who passes a key where a file name belongs must
//! not find it in an error message, and then in a log.

/// How the text forms of secrets begin, in lower case, before the separator `1`.
const BEGINNINGS: [&str; 3] = ["age-secret-key-", "age-secret-key-pq-", "bulla-identity-"];
const PLUGIN: &str = "age-plugin-";
const MARK: &str = "\u{2026}";
/// What every secret key contains: the dash that ends its beginning, and the separator.
const SEPARATOR: &str = "-1";

/// Returns the text with `…` in place of what follows the beginning of a secret key; `None` if it
/// contains no secret key. The separator goes too, so that a search for keys in logs finds only
/// real ones.
pub(super) fn masked(text: &str) -> Option<String> {
    // An archive can list a million paths, and hardly one of them gets further.
    if !text.contains(SEPARATOR) {
        return None;
    }
    // Of the same length, because only ASCII changes.
    let lower = text.to_ascii_lowercase();
    let (mut shown, mut from) = (String::new(), 0);
    for (start, _) in lower.match_indices(['a', 'b']) {
        if start >= from
            && let Some((prefix, secret)) = secret(&lower[start..])
        {
            shown.push_str(&text[from..start + prefix]);
            shown.push_str(MARK);
            from = start + prefix + secret;
        }
    }
    (from > 0).then(|| shown + &text[from..])
}

/// Returns true for a text that [`masked`] gave.
pub(super) fn is_masked(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    lower.match_indices(MARK).any(|(at, _)| {
        let before = &lower[..at];
        BEGINNINGS.iter().any(|begins| before.ends_with(begins))
            || before.ends_with('-') && before.contains(PLUGIN)
    })
}

/// Returns the length of the beginning of a secret key, and the length of what is secret.
fn secret(lower: &str) -> Option<(usize, usize)> {
    let is_before_separator = |begins: &&&str| {
        let rest = lower.strip_prefix(**begins);
        rest.is_some_and(|rest| rest.starts_with('1'))
    };
    let prefix = match BEGINNINGS.iter().find(is_before_separator) {
        Some(begins) => begins.len(),
        None => plugin(lower)?,
    };
    let len = lower[prefix..]
        .find(|c: char| !c.is_ascii_alphanumeric())
        .unwrap_or(lower.len() - prefix);
    (len > 1).then_some((prefix, len))
}

/// Returns the length of the beginning of a plugin's identity.
fn plugin(lower: &str) -> Option<usize> {
    let rest = lower.strip_prefix(PLUGIN)?;
    let name = rest
        .find(|c: char| !(c.is_ascii_alphanumeric() || "+-._".contains(c)))
        .unwrap_or(rest.len());
    let separator = rest[..name].rfind(SEPARATOR).filter(|at| *at > 0)?;
    Some(PLUGIN.len() + separator + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_follows_the_beginning_of_a_secret_is_masked() {
        for (text, shown) in [
            ("AGE-SECRET-KEY-1QQQ", "AGE-SECRET-KEY-…"),
            ("./age-secret-key-pq-1qqq.txt", "./age-secret-key-pq-….txt"),
            ("a BULLA-IDENTITY-1ABC b", "a BULLA-IDENTITY-… b"),
            ("AGE-PLUGIN-YUBIKEY-1QQPS", "AGE-PLUGIN-YUBIKEY-…"),
            (
                "xAGE-SECRET-KEY-1A,AGE-SECRET-KEY-1B",
                "xAGE-SECRET-KEY-…,AGE-SECRET-KEY-…",
            ),
            ("äAGE-SECRET-KEY-1A\u{e9}", "äAGE-SECRET-KEY-…\u{e9}"),
        ] {
            assert_eq!(masked(text).as_deref(), Some(shown));
            assert!(is_masked(shown));
        }
        for plain in [
            "age-plugin-yubikey",
            "age1qqq",
            "AGE-SECRET-KEY-1",
            "banana",
            "",
            "…",
            "AGE-SECRET-KEY-…",
        ] {
            assert_eq!(masked(plain), None, "{plain}");
        }
    }
}
