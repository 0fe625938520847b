//! The only encrypted file of a command: looked at, opened with the user's keys, and read.

use std::path::Path;

use crate::context::Context;
use crate::errors::{Result, usage};
use crate::files::{FileId, Input};
use crate::jobs::decrypt_header::{
    CheckedHeader, DecryptionKeys, HeaderRead, Positioned, read_header,
};
use crate::jobs::look_first::{Outputs, look_first};
use crate::jobs::paths::{self, Job};
use crate::select::key_files::{DetachedHeader, KeyFiles};
use crate::select::options::OpeningOptions;
use bulla_age::format::Source;
use bulla_age::stream::{At, ReadAt};
use bulla_age::untrusted::Untrusted;

/// A file to open, which could be read when it was looked at.
pub(crate) struct OneFile<'a> {
    pub(crate) job: Job,
    options: &'a OpeningOptions,
}

impl<'a> OneFile<'a> {
    /// Looks at the only job of a command, before anything is asked.
    pub(crate) fn look(
        mut jobs: Vec<Job>,
        outputs: Outputs<'_>,
        options: &'a OpeningOptions,
        context: &Context,
    ) -> Result<Self> {
        let limits = options.limits.limits();
        let inspect = |input: &Input| read_header(input, &limits).map(drop);
        look_first(&mut jobs, outputs, inspect, &context.ui)?;
        match (jobs.pop(), jobs.is_empty()) {
            (Some(job), true) => Ok(Self { job, options }),
            _ => Err(usage("Only one file can be read at a time", None)),
        }
    }

    /// Loads what opens the file, and confines this process if no program can be needed for it.
    /// `header` is a detached one.
    pub(crate) fn keys(self, header: Option<&Path>, context: &Context) -> Result<KeysOfOne> {
        let Self { job, options } = self;
        let jobs = std::slice::from_ref(&job);
        let mut loaded = KeyFiles::default();
        if job.input.is_none() {
            loaded.stdin_is_taken();
        }
        let header = loaded.header(header, 1)?;
        let identities = loaded.opening(&options.identity, &options.acting, context)?;
        let cost = options.identity.limit.max_work_factor;
        let keys = DecryptionKeys::new(
            identities,
            paths::called(jobs),
            (cost, options.limits.limits()),
            context,
        );
        keys.prepare(jobs);
        keys.confine_before_opening(jobs, context);
        Ok(KeysOfOne {
            job,
            keys,
            header,
            key_files: loaded.files,
        })
    }
}

/// A file and what opens it.
pub(crate) struct KeysOfOne {
    pub(crate) job: Job,
    pub(crate) keys: DecryptionKeys,
    header: Option<DetachedHeader>,
    /// The files that the keys were read from, which no output may replace.
    pub(crate) key_files: Vec<(FileId, Untrusted)>,
}

/// A file whose header is open.
pub(crate) struct OpenFile<'a> {
    pub(crate) checked: CheckedHeader,
    /// The payload from its beginning.
    pub(crate) source: Source<Positioned<'a>>,
    payload: Option<(u64, u64)>,
    input: &'a Input,
}

impl KeysOfOne {
    /// Opens the header of the file, as [`DecryptionKeys::read_header`] read it.
    pub(crate) fn open<'a>(
        &self,
        input: &'a Input,
        read: HeaderRead<'a>,
        context: &Context,
    ) -> Result<OpenFile<'a>> {
        let checked = self.keys.open_by(self.header.as_ref(), read.closed)?;
        self.keys
            .confine_after_header(std::slice::from_ref(&self.job), context);
        Ok(OpenFile {
            checked,
            source: read.source,
            payload: read.payload,
            input,
        })
    }
}

impl<'a> OpenFile<'a> {
    /// Returns where the payload begins and its length, if it can be read at any place.
    pub(crate) fn payload(&self) -> Option<(At<'a, impl ReadAt + use<'a>>, u64)> {
        let (offset, sealed) = self.payload?;
        let place = self.input.file();
        Some((At { place, offset }, sealed))
    }
}
