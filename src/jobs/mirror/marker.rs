//! The file that marks a folder as a mirror: what the mirror is called on this machine, and whether
//! it hides names. It holds nothing secret.

use std::path::Path;

use crate::errors::Result;
use crate::files::{Error, Mode, Options, OutputTree, Replace};

/// Its name, in the folder of the mirror.
pub(crate) const MARKER: &str = ".bulla-mirror";

const FIRST_LINE: &str = "bulla mirror v1";
/// The most bytes of a marker.
const LIMIT: u64 = 256;

/// How the outputs of a mirror are named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Naming {
    /// As the inputs.
    Visible,
    /// By names that say nothing.
    Hidden,
}

impl Naming {
    /// As the option says.
    pub(crate) fn new(hides_names: bool) -> Self {
        if hides_names {
            Self::Hidden
        } else {
            Self::Visible
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Visible => "visible",
            Self::Hidden => "hidden",
        }
    }
}

/// What is in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Marker {
    /// 32 hexadecimal digits, drawn at random.
    pub(crate) id: String,
    pub(crate) naming: Naming,
}

impl Marker {
    /// Draws a new one; `None` if the random number generator failed.
    pub(crate) fn generate(naming: Naming) -> Option<Self> {
        let mut id = [0; 16];
        getrandom::fill(&mut id).ok()?;
        Some(Self {
            id: super::note::hex(&id),
            naming,
        })
    }

    /// Reads that of a folder. `Some(None)` is a marker that cannot be understood.
    pub(crate) fn read(tree: &OutputTree) -> Result<Option<Option<Self>>> {
        let bytes = tree.read(Path::new(MARKER), LIMIT)?;
        Ok(bytes.map(|bytes| Self::parse(std::str::from_utf8(&bytes).ok()?)))
    }

    /// Writes it, unless there is one. Returns whether it was written.
    pub(crate) fn write(&self, tree: &OutputTree) -> Result<bool> {
        let options = Options {
            replace: Replace::Never,
            mode: Mode::Ciphertext,
            not: &[],
        };
        let create = || {
            let mut output = tree.create_file(Path::new(MARKER), &options)?;
            output.put(self.text().as_bytes())?;
            output.commit()
        };
        match create() {
            Ok(()) => Ok(true),
            Err(Error::Exists { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    fn text(&self) -> String {
        format!(
            "{FIRST_LINE}\nid: {}\nnames: {}\n",
            self.id,
            self.naming.word()
        )
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let is_first = lines.next() == Some(FIRST_LINE);
        let id = lines.next()?.strip_prefix("id: ")?;
        let naming = [Naming::Visible, Naming::Hidden]
            .into_iter()
            .find(|naming| text.lines().nth(2) == Some(&*format!("names: {}", naming.word())))?;
        // It becomes the name of a folder.
        let is_id = id.len() == 32
            && id
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        (is_first && is_id && text.lines().count() == 3).then(|| Self {
            id: id.to_owned(),
            naming,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_is_read_as_it_was_written_and_nothing_else_is() {
        for naming in [Naming::Visible, Naming::Hidden] {
            let marker = Marker::generate(naming).unwrap();
            assert_eq!(Marker::parse(&marker.text()), Some(marker));
        }
        let id = "0123456789abcdef0123456789abcdef";
        let good = format!("{FIRST_LINE}\nid: {id}\nnames: hidden\n");
        assert!(Marker::parse(&good).is_some());
        for bad in [
            String::new(),
            good.replace("v1", "v2"),
            good.replace(id, "../../../../../../../../etc/bulla"),
            good.replace("hidden", "shown"),
            good.clone() + "more\n",
        ] {
            assert_eq!(Marker::parse(&bad), None, "{bad}");
        }
    }
}
