//! Kernel features and rights that a test needs.

/// Prints what is missing. It cannot be installed, so the test is skipped, in CI too.
pub(crate) fn cannot(what: &str) {
    eprintln!("skipped: {what}");
}
