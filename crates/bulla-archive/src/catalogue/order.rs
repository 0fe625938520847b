//! The order of the entries: each folder is followed by everything in it.

use std::cmp::Ordering;

/// Compares two paths in the order of archives: name by name, and the names by their bytes.
///
/// ```
/// use std::cmp::Ordering;
/// use bulla_archive::catalogue::tree_order;
///
/// // By bytes, a.txt would be between a and what is in a.
/// assert_eq!(tree_order(b"a/b", b"a.txt"), Ordering::Less);
/// assert_eq!(tree_order(b"a", b"a/b"), Ordering::Less);
/// ```
pub fn tree_order(one: &[u8], other: &[u8]) -> Ordering {
    let same = one.iter().zip(other).take_while(|(a, b)| a == b).count();
    // No name contains a zero byte, so nothing else sorts with the separator.
    let rank = |path: &[u8]| {
        path.get(same)
            .map(|&byte| if byte == b'/' { 0 } else { byte })
    };
    rank(one).cmp(&rank(other))
}

/// Returns true if `path` is `folder` or below it. Everything is below the empty path.
pub fn is_below(path: &[u8], folder: &[u8]) -> bool {
    match path.strip_prefix(folder) {
        Some(rest) => folder.is_empty() || rest.is_empty() || rest.starts_with(b"/"),
        None => false,
    }
}

/// Returns true if a path has the form of [`Entry::path`](crate::entry::Entry::path).
pub(super) fn is_path(path: &[u8]) -> bool {
    !path.is_empty()
        && path.len() <= super::MOST_PATH
        && !path.contains(&0)
        && path
            .split(|&byte| byte == b'/')
            .all(|name| !name.is_empty() && name != b"." && name != b"..")
}
