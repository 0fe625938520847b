//! Recreates folders from archives while they are decrypted.
//!
//! A file is unpacked if its name says that it holds an archive and its contents are one. Whatever
//! else it holds is written as it is. Nothing gets its name before the whole file is authentic.

use std::ffi::OsStr;
use std::fs::Metadata;
use std::io::{self, BufRead, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::thread;

use clap::Args;

use bulla_archive::frames::{Decoder, MOST_WINDOW};
use bulla_archive::read::{ReadError, Reader, looks_like_tar};

use crate::errors::{CommandError, Failure, Result, name_of, usage};
use crate::files;
use crate::files::{Input, NewFolder, NotKept, Output, Preserve, are_root, is_descriptor};
use crate::jobs::channel::{ChannelReader, ChannelWriter, channel};
use crate::jobs::paths::{Job, Target};
use crate::jobs::tar_reader::tar_reader;
use crate::ui::Ui;
use bulla_age::untrusted::Untrusted;

/// The options for archives of folders.
#[derive(Args, Clone, Debug)]
pub(crate) struct UnpackOptions {
    /// Write the archive instead of recreating its folder
    #[arg(long, conflicts_with = "preserve")]
    no_unpack: bool,
    #[command(flatten)]
    preserve: PreserveOption,
}

/// What is kept of an archive.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct PreserveOption {
    /// Restore exact modes (the umask is ignored), extended attributes and, as root, owners
    #[arg(long)]
    preserve: bool,
}

impl PreserveOption {
    pub(crate) fn preserve(self) -> Preserve {
        Preserve {
            all: self.preserve,
            owners: self.preserve && are_root(),
        }
    }
}

impl UnpackOptions {
    /// Returns whether folders are to be recreated.
    pub(crate) fn is_wanted(&self) -> bool {
        !self.no_unpack
    }

    pub(crate) fn preserve(&self) -> Preserve {
        self.preserve.preserve()
    }

    /// Refuses an archive whose folder exists, before anything is asked.
    pub(crate) fn refuse_existing(&self, job: &Job) -> Result<()> {
        if let Target::Beside(path) | Target::Inside(path) = &job.target
            && self.is_wanted()
            && is_archive(job)
            && path.is_dir()
        {
            let name = Untrusted::from(path.as_path());
            return Err(files::Error::FolderExists { name }.into());
        }
        Ok(())
    }

    /// Says of an output that exists that --force does not help, if the input is an archive.
    pub(crate) fn without_force(&self, job: &Job, error: CommandError) -> CommandError {
        match &job.target {
            Target::Beside(path) | Target::Inside(path) | Target::Path(path)
                if self.is_wanted()
                    && is_archive(job)
                    && job.found.is_none()
                    && !names_archive(path)
                    && name_of(&error).as_deref() == Some("exists") =>
            {
                let name = Untrusted::from(path.as_path());
                CommandError::from(files::Error::FolderExists { name }).about(job.name())
            }
            _ => error,
        }
    }

    /// Returns whether the folder is recreated if the contents of an input are an archive.
    pub(crate) fn applies(&self, job: &Job, input: &Input) -> bool {
        // What a walk found belongs to a tree in which it was one file.
        self.is_wanted()
            && is_archive(job)
            && job.found.is_none()
            && match &job.target {
                Target::Stdout => false,
                Target::Beside(_) => input.is_regular(),
                Target::Inside(_) => true,
                Target::Path(path) => {
                    let is_special = |found: Metadata| !found.is_file() && !found.is_dir();
                    !is_descriptor(path)
                        && !names_archive(path)
                        && !path.metadata().is_ok_and(is_special)
                }
            }
    }
}

fn is_archive(job: &Job) -> bool {
    let name = job.input.as_deref().and_then(Path::file_name);
    name.is_some_and(|name| folder_name(name).is_some())
}

/// Creates the folder of a job, under a temporary name. This many other threads create files in it.
pub(crate) fn create_folder(
    job: &Job,
    input: &Input,
    preserve: Preserve,
    threads: usize,
) -> Result<NewFolder> {
    let mut folder = match &job.target {
        Target::Beside(path) if input.is_regular() => {
            NewFolder::create_beside(input, path, preserve)?
        }
        Target::Inside(path) | Target::Path(path) => NewFolder::create(path, preserve)?,
        Target::Beside(_) | Target::Stdout => return Err(no_name()),
    };
    folder.share(threads);
    Ok(folder)
}

/// Returns the error that a folder would have no name.
pub(crate) fn no_name() -> CommandError {
    usage(
        "What is unpacked needs a folder",
        Some("Choose a new one with -o PATH"),
    )
}

/// What the names of encrypted archives end with.
const ENCRYPTED: [&[u8]; 2] = [b".tar.age", b".tar.zst.age"];
/// What the names of archives end with.
const PLAIN: [&[u8]; 2] = [b".tar", b".tar.zst"];

/// Returns the name of the folder that is recreated from an encrypted archive of this name; `None`
/// for any other name.
pub(crate) fn folder_name(name: &OsStr) -> Option<PathBuf> {
    let stem = ENCRYPTED
        .iter()
        .find_map(|end| name.as_bytes().strip_suffix(*end))?;
    let is_name = !matches!(stem, b"" | b"." | b"..");
    is_name.then(|| PathBuf::from(OsStr::from_bytes(stem)))
}

/// Returns whether a path is that of an archive rather than of a folder.
fn names_archive(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().as_bytes();
    PLAIN.iter().any(|end| name.ends_with(end))
}

/// Where the contents went.
pub(crate) enum Unpacked {
    /// A folder, and the number of entries.
    Folder(Box<NewFolder>, u64),
    /// A file, because they are not an archive.
    File(Box<Output>),
}

/// Recreates the folder from what `decrypt` writes, which it does in a thread of its own, with this
/// many others beside it. The output is not committed yet.
pub(crate) fn unpack<T: Send>(
    threads: usize,
    decrypt: impl FnOnce(ChannelWriter) -> Result<T> + Send,
    folder: impl FnOnce() -> Result<NewFolder>,
    file: impl FnOnce() -> Result<Output>,
) -> Result<(T, Unpacked)> {
    while_decrypting(decrypt, |reader| read_all(reader, threads, folder, file))
}

/// Does `work` with what `decrypt` writes, which it does in a thread of its own. If both fail, the
/// error of `decrypt` counts, unless it failed because nobody read any more.
pub(crate) fn while_decrypting<T: Send, U>(
    decrypt: impl FnOnce(ChannelWriter) -> Result<T> + Send,
    work: impl FnOnce(ChannelReader) -> Result<U>,
) -> Result<(T, U)> {
    let (writer, reader) = channel();
    let stopped = reader.stopped();
    let (decrypted, worked) = thread::scope(|scope| {
        let decrypting = thread::Builder::new()
            .spawn_scoped(scope, || decrypt(writer))
            .map_err(|source| Failure::Thread {
                doing: "decrypt",
                source,
            })?;
        let worked = work(reader);
        let decrypted = decrypting.join();
        let decrypted = decrypted.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        Ok::<_, CommandError>((decrypted, worked))
    })?;
    match (decrypted, worked) {
        (Ok(decrypted), Ok(worked)) => Ok((decrypted, worked)),
        (Err(_), Err(error)) if stopped.load(Ordering::Relaxed) => Err(error),
        (Err(error), _) | (_, Err(error)) => Err(error),
    }
}

fn read_all(
    mut reader: ChannelReader,
    threads: usize,
    folder: impl FnOnce() -> Result<NewFolder>,
    file: impl FnOnce() -> Result<Output>,
) -> Result<Unpacked> {
    let begin = reader.fill_buf().map_err(ReadError::Input)?;
    if looks_like_tar(begin) || holds_tar(begin) {
        let (folder, entries) = entries(tar_reader(reader, threads)?, folder()?)?;
        return Ok(Unpacked::Folder(Box::new(folder), entries));
    }
    let mut output = file()?;
    io::copy(&mut reader, &mut output).map_err(|source| output.not_written(source))?;
    Ok(Unpacked::File(Box::new(output)))
}

/// Returns whether what begins with these bytes is compressed and an archive.
fn holds_tar(begin: &[u8]) -> bool {
    let Ok(decoder) = Decoder::new(begin, MOST_WINDOW) else {
        return false;
    };
    let mut block = Vec::new();
    // Reading fails where the bytes end, but some come before that.
    let _ = decoder.take(512).read_to_end(&mut block);
    looks_like_tar(&block)
}

/// Creates all entries of an archive.
fn entries(mut reader: Reader<impl Read>, mut folder: NewFolder) -> Result<(NewFolder, u64)> {
    let mut entries = 0;
    let created = loop {
        let entry = match reader.next_entry() {
            Ok(Some(entry)) => entry,
            Ok(None) => break Ok(()),
            Err(error) => break Err(error.into()),
        };
        let read = |buffer: &mut [u8]| reader.read_contents(buffer).map_err(CommandError::from);
        if let Err(error) = folder.add(&entry, read) {
            break Err(error);
        }
        entries += 1;
    };
    // A file that comes earlier in the archive may have failed in another thread.
    folder.finish_files()?;
    created.map(|()| (folder, entries))
}

/// Says what could not be kept.
pub(crate) fn tell_not_kept(not_kept: NotKept, ui: &Ui) {
    if not_kept.special_modes > 0 {
        ui.detail(&format_args!(
            "Dropped the setuid or setgid bit of {}",
            counted(not_kept.special_modes)
        ));
    }
    if not_kept.attributes > 0 {
        ui.warning(&format_args!(
            "Not all extended attributes of {} could be set",
            counted(not_kept.attributes)
        ));
    }
}

fn counted(entries: u64) -> String {
    if entries == 1 {
        "one file or folder".to_owned()
    } else {
        format!("{entries} files and folders")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_says_whether_a_file_holds_an_archive() {
        for (name, folder) in [
            ("photos.tar.age", Some("photos")),
            ("photos.tar.zst.age", Some("photos")),
            ("a.b.tar.age", Some("a.b")),
            (".tar.age", None),
            ("..tar.age", None),
            ("...tar.age", None),
            ("photos.age", None),
            ("photos.tar", None),
            ("photos.zst.age", None),
            ("tar.age", None),
        ] {
            assert_eq!(
                folder_name(OsStr::new(name)),
                folder.map(PathBuf::from),
                "{name}"
            );
        }
    }
}
