//! The contents of a proved copy, passed to a command that knows what they should be.

use crate::errors::{CommandError, Result};
use crate::files;
use crate::jobs::consumer::{Consumer, Given};
use crate::jobs::decrypt_header::Positioned;
use crate::jobs::drill::check::{Checker, Proof};
use crate::jobs::drill::digest::{Digesting, FileDigest};
use crate::jobs::paths::Job;
use crate::ui::Ui;
use bulla_age::format::Source;
use bulla_age::{DecryptError, LockedFile};

/// Reads a copy once more, and passes what it holds to a command, which has to end with exit code 0.
///
/// # Errors
/// Those of the command, which is killed if the copy is not the one that was proved any more.
pub(crate) fn pass_on(
    checker: &Checker<'_>,
    (job, proof): (&Job, &Proof),
    consumer: &Consumer,
    ui: &Ui,
) -> Result<()> {
    try_to_pass_on(checker, (job, proof), consumer, ui).inspect_err(|_| consumer.kill())
}

fn try_to_pass_on(
    checker: &Checker<'_>,
    (job, proof): (&Job, &Proof),
    consumer: &Consumer,
    ui: &Ui,
) -> Result<()> {
    let input = job.open()?;
    let digest = FileDigest::default();
    let reader = Digesting::new(Positioned::new(&input), &digest);
    let mut source = Source::new(reader).map_err(DecryptError::from)?;
    let locked =
        LockedFile::read_within(checker.keys.limits(), &mut source).map_err(DecryptError::from)?;
    let opened = checker.keys.open_checked(locked)?;
    let key = opened.opened.payload_key();
    let engine = opened.engine(checker.engine.clone());
    let given = Given::default();
    let feed = consumer.feed(&given, true, ui)?;
    // The command may have enough before the end; the rest is read all the same.
    engine.open(&key, &mut source, feed)?;
    opened.check_content()?;
    drop(source);
    let (sha256, _) = digest.finish();
    if sha256 != proof.sha256 {
        let name = input.name().clone();
        return Err(CommandError::from(files::Error::ChangedWhileRead { name }));
    }
    consumer.succeed()
}
