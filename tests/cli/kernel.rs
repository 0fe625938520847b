//! What a test wants of the kernel, or of the right to use it.

/// Says what there is not. Nobody can install it, so that is all, in CI too.
pub(crate) fn cannot(what: &str) {
    eprintln!("skipped: {what}");
}
