//! Packs a folder into an archive, as the contents of an encrypted file.
//!
//! Nothing is stored on the way: the tar file is made while it is encrypted, and compressed on all
//! cores if that is wanted.

use std::ffi::{OsStr, OsString};
use std::io;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::thread;

use clap::Args;

use crate::errors::{CommandError, Failure, Result, usage};
use crate::files::{FileId, Options, Output, Patterns, Problem, Tree, TreeOptions, real_name};
use crate::jobs::complete_input::Demands;
use crate::jobs::encrypt_file::{Contents, EncryptedFile, FileEncryption};
use crate::jobs::paths::{Job, OutputKind, Target};
use crate::select::concurrency::beside;
use crate::ui::{Ui, WarningKind};
use bulla_age::untrusted::Untrusted;
use bulla_archive::frames::{Compression, Compressor, LEVELS};
use bulla_archive::read::MOST_PATHS;
use bulla_archive::write::{Ending, TarWriter};

pub(crate) use crate::files::Found;

/// The options for folders.
#[derive(Args, Clone, Debug)]
pub(crate) struct FolderOptions {
    /// Compress folders with zstd, at a level from 1 (fast) to 19 (small) [default: 3]
    #[arg(long, value_name = "LEVEL", num_args = 0..=1, require_equals = true,
          default_missing_value = "3", value_parser = clap::value_parser!(i32).range(levels()))]
    zstd: Option<i32>,
    /// Leave out what matches this pattern, as in .gitignore (repeatable)
    #[arg(long, value_name = "GLOB")]
    exclude: Vec<String>,
    /// Do not pack what is on other file systems
    #[arg(long)]
    one_file_system: bool,
    /// Also pack extended attributes and access control lists
    #[arg(long)]
    xattrs: bool,
    /// Do not hide the length of a folder's archive with padding
    #[arg(long)]
    no_pad: bool,
}

fn levels() -> std::ops::RangeInclusive<i64> {
    i64::from(*LEVELS.start())..=i64::from(*LEVELS.end())
}

impl FolderOptions {
    /// Gives the archives of folders among the inputs their names, and refuses the options for
    /// folders if there is none.
    pub(crate) fn name_outputs(&self, jobs: &mut [Job]) -> Result<()> {
        let mut has_folder = false;
        for job in jobs {
            let Some(folder) = folder(job) else { continue };
            has_folder = true;
            let name = |of: &Path| {
                let mut name = of.file_name().unwrap_or(OsStr::new("root")).to_owned();
                name.push(if self.zstd.is_some() {
                    ".tar.zst.age"
                } else {
                    ".tar.age"
                });
                name
            };
            job.target = match &job.target {
                Target::Beside(_) => match place(folder) {
                    Some(place) => Target::Inside(place.with_file_name(name(&place))),
                    None => {
                        let text = "The root of the file system has no folder beside it";
                        return Err(usage(text, Some("Choose an output with -o PATH")));
                    }
                },
                Target::Inside(path) => {
                    let of = place(folder).unwrap_or_default();
                    Target::Inside(path.with_file_name(name(&of)))
                }
                target => target.clone(),
            };
        }
        let given = [
            ("--zstd", self.zstd.is_some()),
            ("--exclude", !self.exclude.is_empty()),
            ("--one-file-system", self.one_file_system),
            ("--xattrs", self.xattrs),
            ("--no-pad", self.no_pad),
        ];
        match given.iter().find(|(_, is_given)| *is_given) {
            Some((option, _)) if !has_folder => Err(usage(
                &format!("{option} is for folders, and no input is one"),
                None,
            )),
            _ => self.patterns().map(|_| ()),
        }
    }

    /// Returns what is left out of folders; `None` if nothing is.
    pub(crate) fn patterns(&self) -> Result<Option<Patterns>> {
        if self.exclude.is_empty() {
            return Ok(None);
        }
        let patterns = Patterns::new(self.exclude.iter().map(String::as_str));
        let wrong = |error| usage(&format!("--exclude: {error}"), None);
        patterns.map(Some).map_err(wrong)
    }

    /// Encrypts a folder as an archive, if that is as it has to be.
    pub(crate) fn encrypt(
        &self,
        folder: &Path,
        demands: Option<&Demands<'_>>,
        seal: FileEncryption<'_>,
        output: &mut Output,
        ui: &Ui,
    ) -> Result<(EncryptedFile, Found)> {
        let report = |file: &Untrusted, problem: &Problem| {
            ui.warn(WarningKind::NotPacked, &format_args!("{file} {problem}"));
        };
        let options = TreeOptions {
            exclude: self.patterns()?,
            one_file_system: self.one_file_system,
            attributes: self.xattrs,
            except: output.own_files(),
            ahead: beside(seal.engine.threads()),
        };
        let name = place(folder).and_then(|place| place.file_name().map(OsString::from));
        let tree = Tree::open(folder, &name.unwrap_or_default(), options, &report)?;
        let (sealed, found) = self.seal_tree(tree, demands, seal, output)?;
        // The root counts as a path too.
        if found.entries >= MOST_PATHS as u64 {
            ui.warning(&format_args!(
                "The archive has more entries than bulla unpacks ({MOST_PATHS}). Others can: age \
                 decrypts it, and tar unpacks it"
            ));
        }
        Ok((sealed, found))
    }

    fn seal_tree(
        &self,
        tree: Tree<'_>,
        demands: Option<&Demands<'_>>,
        seal: FileEncryption<'_>,
        output: &mut Output,
    ) -> Result<(EncryptedFile, Found)> {
        let pads = !self.no_pad;
        let Some(level) = self.zstd else {
            let mut tar = TarWriter::new(tree, Ending::Catalogue { pads });
            let sealed = write(seal, demands, &mut tar, output)?;
            return Ok((sealed, tar.into_source().found()));
        };
        let compression = Compression {
            level,
            threads: seal.engine.threads(),
            pads,
        };
        let mut tar = TarWriter::new(tree, Ending::Bare);
        let sealed = thread::scope(|scope| {
            let compressor = Compressor::start(scope, &mut tar, compression);
            let compressor = compressor.map_err(not_compressed)?;
            write(seal, demands, compressor, output)
        })?;
        Ok((sealed, tar.into_source().found()))
    }
}

/// Encrypts the bytes of an archive.
fn write(
    seal: FileEncryption<'_>,
    demands: Option<&Demands<'_>>,
    archive: impl Read + Send,
    output: &mut Output,
) -> Result<EncryptedFile> {
    match demands {
        Some(demands) => demands.encrypt_stream(seal, archive, output),
        None => seal.write_from(Contents::Stream(Box::new(archive)), output),
    }
}

fn not_compressed(source: io::Error) -> CommandError {
    Failure::Thread {
        doing: "compress",
        source,
    }
    .into()
}

/// Returns the folder that a job packs.
pub(crate) fn folder(job: &Job) -> Option<&Path> {
    job.input.as_deref().filter(|input| input.is_dir())
}

/// Looks whether a folder can be read.
pub(crate) fn check(folder: &Path) -> Result<()> {
    let options = TreeOptions::default();
    Tree::open(folder, OsStr::new(""), options, &|_, _| {})?;
    Ok(())
}

/// Returns the path of a folder with its name at the end, for one such as `.` too. The root of the
/// file system has no name.
fn place(folder: &Path) -> Option<PathBuf> {
    let typed = folder.components().as_path();
    if typed.file_name().is_some() {
        return Some(typed.to_owned());
    }
    let name = real_name(folder)?;
    Some(if typed == Path::new(".") {
        Path::new("..").join(name)
    } else {
        typed.join("..").join(name)
    })
}

/// Returns the paths beside which outputs are created by default.
pub(crate) fn places(paths: &[PathBuf]) -> Vec<PathBuf> {
    let place = |path: &PathBuf| match path.file_name() {
        None if path.is_dir() => place(path).unwrap_or_else(|| path.clone()),
        _ => path.clone(),
    };
    paths.iter().map(place).collect()
}

/// Creates the output of a job that packs a folder.
pub(crate) fn create(job: &Job, kind: OutputKind, keys: &[(FileId, Untrusted)]) -> Result<Output> {
    let options = Options {
        replace: kind.replace,
        mode: kind.mode,
        not: keys,
    };
    Ok(match &job.target {
        Target::Path(path) => Output::create(path, &options)?,
        Target::Inside(path) | Target::Beside(path) => Output::create_by_default(path, &options)?,
        Target::Stdout => Output::stdout(options.not)?,
    })
}

/// Returns the error of an archive that lacks something, or may have too much.
pub(crate) fn check_complete(archive: &str, found: Found) -> Result<()> {
    let archive = Untrusted::new(archive.to_owned());
    match (found.losses, found.surpluses) {
        (0, 0) => Ok(()),
        (0, warnings) => Err(Failure::PatternsUnused { archive, warnings }.into()),
        (losses, _) => Err(Failure::PartOfFolder { archive, losses }.into()),
    }
}
