//! Whether an input has to be waited for.

use std::fmt;
use std::sync::Arc;

/// Tells whether reading from an input would have to wait, as it does from a pipe that is empty.
///
/// The engine works on the whole chunks that are there instead of waiting for a full segment.
#[derive(Clone)]
pub struct Arrival(Arc<dyn Fn() -> bool + Send + Sync>);

impl Arrival {
    /// `has_to_wait` returns true if nothing can be read now, and the input has not ended. It is
    /// called before most reads, so it should be fast.
    pub fn new(has_to_wait: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(has_to_wait))
    }

    pub(crate) fn has_to_wait(&self) -> bool {
        (self.0)()
    }
}

impl fmt::Debug for Arrival {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Arrival")
    }
}
