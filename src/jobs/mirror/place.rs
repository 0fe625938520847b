//! The folder of a mirror: whether it may be one, and where each file goes in it.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use bulla_age::EncryptError;
use bulla_age::untrusted::Untrusted;

use crate::config;
use crate::context::Context;
use crate::errors::{Refusal, Result};
use crate::files::{Mode, NamedBy, Options, OutputTree, Replace, check_output, is_inside};
use crate::jobs::mirror::marker::{MARKER, Marker, Naming};
use crate::jobs::mirror::notes;
use crate::jobs::mirror::notes::Notes;

/// The name of the index of a mirror that hides names. No hidden name is like it.
pub(crate) const INDEX: &str = "index.age";

/// What was found at the place of a mirror, before anything is asked or made.
pub(crate) struct MirrorPlace {
    path: PathBuf,
    /// Where this machine keeps its notes about mirrors.
    mirrors: PathBuf,
    marker: Option<Marker>,
    naming: Naming,
    replace: Replace,
}

/// A mirror that is open for this run alone.
pub(crate) struct Mirror {
    pub(crate) tree: OutputTree,
    pub(crate) notes: Notes,
    pub(crate) naming: Naming,
}

/// Looks whether a folder exists, or could be made.
pub(crate) fn check_new_folder(path: &Path) -> Result<()> {
    open_or_check(path).map(drop)
}

/// Opens a folder; `None` if it does not exist and could be made.
fn open_or_check(path: &Path) -> Result<Option<OutputTree>> {
    if let Some(tree) = OutputTree::open(path)? {
        return Ok(Some(tree));
    }
    let options = Options {
        replace: Replace::Never,
        mode: Mode::Secret,
        not: &[],
    };
    match check_output(path.components().as_path(), NamedBy::User, &options) {
        Ok(()) => Ok(None),
        // Another run may have made it meanwhile.
        Err(error) => match OutputTree::open(path) {
            Ok(Some(tree)) => Ok(Some(tree)),
            _ => Err(error.into()),
        },
    }
}

/// Refuses a tree that is written to while it is read.
pub(crate) fn refuse_nested(source: &Path, output: &Path) -> Result<()> {
    let (inner, outer) = if is_inside(output, source) {
        (output, source)
    } else if is_inside(source, output) {
        (source, output)
    } else {
        return Ok(());
    };
    let text = format!(
        "{} is inside {}, so the run would read what it writes",
        Untrusted::from(inner),
        Untrusted::from(outer)
    );
    let hint = "Choose a folder outside with -o PATH".to_owned();
    Err(Refusal::Mirror { text, hint }.into())
}

impl MirrorPlace {
    /// Looks at the place. A folder becomes a mirror only if it is new or empty, or with `--force`:
    /// from then on outputs are replaced in it.
    pub(crate) fn look(
        path: &Path,
        naming: Naming,
        replace: Replace,
        context: &Context,
    ) -> Result<Self> {
        let mirrors = config::state(context.place()?.path())?.join("mirrors");
        let shown = Untrusted::from(path);
        let refuse = |text: String, hint: &str| {
            let hint = hint.to_owned();
            Err(Refusal::Mirror { text, hint }.into())
        };
        let mut marker = None;
        if let Some(tree) = open_or_check(path)? {
            // In this order: another run may be making the mirror, and the marker is made first.
            let is_empty = tree.is_empty()?;
            match Marker::read(&tree)? {
                None if is_empty || replace == Replace::Always => {}
                None => {
                    return refuse(
                        format!("{shown} is not empty, and not a mirror"),
                        "Choose a new folder. To mirror into this one, which can overwrite files \
                         in it: --force",
                    );
                }
                Some(None) => {
                    return refuse(
                        format!("{shown} has a file {MARKER} that this version cannot read"),
                        "Choose a new folder with -o PATH",
                    );
                }
                Some(Some(found)) => marker = Some(found),
            }
        }
        match &marker {
            Some(found) if found.naming != naming => {
                return match naming {
                    Naming::Visible => refuse(
                        format!("{shown} is a mirror with hidden names"),
                        "Hide names again with --names, or choose a new folder",
                    ),
                    Naming::Hidden => refuse(
                        format!("{shown} is a mirror whose names are not hidden"),
                        "Choose a new folder with -o PATH",
                    ),
                };
            }
            Some(found) if !notes::exist(&mirrors, &found.id)? => match naming {
                Naming::Hidden => {
                    return refuse(
                        format!(
                            "The notes about {shown} are not on this machine, and without them \
                             every file would get another name"
                        ),
                        "Choose a new folder with -o PATH",
                    );
                }
                Naming::Visible => context.ui.warning(&format_args!(
                    "The notes about {shown} are not on this machine, so every file is encrypted \
                     again"
                )),
            },
            _ => {}
        }
        Ok(Self {
            path: path.to_owned(),
            mirrors,
            marker,
            naming,
            replace,
        })
    }

    /// Makes the mirror if it is new, and locks it.
    pub(crate) fn open(mut self, context: &Context) -> Result<Mirror> {
        let (notes, tree) = loop {
            let marker = match &self.marker {
                Some(marker) => marker.clone(),
                None => Marker::generate(self.naming).ok_or(EncryptError::Random)?,
            };
            // There are notes before there is a marker, so a killed run leaves no mirror without.
            let notes = Notes::open(&self.mirrors, &marker.id, &context.ui)?;
            let tree = OutputTree::create(&self.path)?;
            if self.marker.is_some() || marker.write(&tree)? {
                break (notes, tree);
            }
            // Another run was faster, so this is its mirror.
            notes.discard(&self.mirrors)?;
            self = Self::look(&self.path, self.naming, self.replace, context)?;
        };
        if notes.were_cut_off {
            tree.clear();
        }
        Ok(Mirror {
            tree,
            notes,
            naming: self.naming,
        })
    }
}

impl Mirror {
    /// Returns the path of an output below the folder of the mirror.
    pub(crate) fn output_of(&self, below: &Path) -> PathBuf {
        match self.naming {
            Naming::Visible => with_age(below.as_os_str().to_owned()),
            Naming::Hidden => {
                let name = self.notes.key.hidden_name(below.as_os_str().as_bytes());
                // Some programs are slow with folders of a million files.
                let (folder, name) = name.split_at(2);
                Path::new(folder).join(with_age(name.into()))
            }
        }
    }
}

fn with_age(mut name: OsString) -> PathBuf {
    name.push(".age");
    name.into()
}
