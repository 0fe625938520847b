//! The policies that apply to the files of a walk.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::context::Context;
use crate::errors::{CommandError, Result, usage};
use crate::files::{Error, FoundFile, Input};
use crate::report::policy::{LONGEST, POLICY, Policy, not_a_policy};
use bulla_age::untrusted::Untrusted;

/// The first policy that could not be read, which ends the walk.
#[derive(Default)]
pub(super) struct BadPolicy(Mutex<Option<CommandError>>);

impl BadPolicy {
    /// Keeps the error.
    pub(super) fn note(&self, error: CommandError) {
        let mut first = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        first.get_or_insert(error);
    }

    /// Returns the error, if there was one.
    pub(super) fn into_result(self) -> Result<()> {
        let first = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        first.map_or(Ok(()), Err)
    }
}

/// The policies of the folders from the root of a walk to the file it has come to.
pub(super) struct Policies<'a> {
    /// The root that they belong to.
    root: Option<PathBuf>,
    /// Each folder that leads to the file, from the root on, with its policy.
    above: Vec<(PathBuf, Option<Arc<Policy>>)>,
    context: &'a Context,
}

impl<'a> Policies<'a> {
    pub(super) fn new(context: &'a Context) -> Self {
        Self {
            root: None,
            above: Vec::new(),
            context,
        }
    }

    /// Returns the policies that apply to a file, those of the outermost folder first. Files come
    /// in the order of their folders, so each policy is read once.
    pub(super) fn of(&mut self, file: &FoundFile) -> Result<Vec<Arc<Policy>>> {
        let folder = file.below().parent().unwrap_or(Path::new(""));
        let root = file.sibling(Path::new(""), "").path();
        if self.root.as_ref() != Some(&root) {
            self.above.clear();
            self.root = Some(root);
        }
        while self
            .above
            .last()
            .is_some_and(|(known, _)| !folder.starts_with(known))
        {
            self.above.pop();
        }
        let outermost_first: Vec<&Path> = {
            let mut all: Vec<&Path> = folder.ancestors().collect();
            all.reverse();
            all
        };
        for folder in outermost_first.into_iter().skip(self.above.len()) {
            let policy = self.read(&file.sibling(folder, POLICY))?;
            self.above.push((folder.to_owned(), policy));
        }
        let policies = self.above.iter().filter_map(|(_, policy)| policy.clone());
        Ok(policies.collect())
    }

    fn read(&self, file: &FoundFile) -> Result<Option<Arc<Policy>>> {
        let path = file.path();
        let name = Untrusted::from(path.as_path());
        match file.is_regular()? {
            None => return Ok(None),
            Some(true) => {}
            // Somebody else may have made a link, to have another policy taken.
            Some(false) => return Err(usage(&format!("{name} is not a regular file"), None)),
        }
        let bytes = match Input::open_found(file)?.read_bounded(LONGEST) {
            Err(Error::TooLarge { .. }) => {
                let why = format!("it is larger than {} KiB", LONGEST >> 10);
                return Err(not_a_policy(&name, &why));
            }
            read => read?,
        };
        let policy = Policy::parse(&bytes, &name, self.context)?;
        Ok(Some(Arc::new(policy)))
    }
}
