//! What is left of a damaged file: its bytes, and the entries if it is an archive.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use bulla_age::stream::Salvaged;
use bulla_age::untrusted::Untrusted;
use bulla_archive::catalogue::Catalogue;
use bulla_archive::frames::{SalvageError, SalvagedTar, salvage};
use bulla_archive::read::looks_like_tar;

use crate::jobs::checking::whole_entries::{self, Entries};
use crate::jobs::tar_reader::is_zstd;

/// What is in the output of a rescue.
#[derive(Debug, Default)]
pub(crate) struct Rest {
    pub(crate) written: u64,
    pub(crate) len: u64,
    pub(crate) holes: Vec<Range<u64>>,
    /// What may belong further to the end.
    pub(crate) unplaced: Vec<Range<u64>>,
    pub(crate) has_end: bool,
    pub(crate) behind: u64,
    /// Whether nothing is missing in the file that was read.
    pub(crate) is_whole: bool,
    pub(crate) entries: Option<Entries>,
}

impl From<&Salvaged> for Rest {
    fn from(salvaged: &Salvaged) -> Self {
        Self {
            written: salvaged.written,
            len: salvaged.len,
            holes: salvaged.holes.clone(),
            unplaced: Vec::new(),
            has_end: salvaged.has_end,
            behind: salvaged.behind,
            is_whole: salvaged.is_whole(),
            entries: None,
        }
    }
}

/// Returns the name of the tar file in a compressed archive with this name.
pub(crate) fn tar_name(name: &OsStr) -> Option<PathBuf> {
    let bytes = name.as_bytes();
    let stem = [&b".tar.zst"[..], b".tzst"]
        .into_iter()
        .find_map(|end| bytes.strip_suffix(end))
        .filter(|stem| !stem.is_empty())?;
    Some(PathBuf::from(OsStr::from_bytes(&[stem, b".tar"].concat())))
}

/// Says what is in a tar file that was rescued. `each` is called with the path of each whole entry.
///
/// # Errors
/// It cannot be read.
pub(crate) fn plain(
    tar: &File,
    salvaged: &Salvaged,
    each: impl FnMut(&Untrusted),
) -> io::Result<Rest> {
    let mut rest = Rest::from(salvaged);
    if salvaged.has_end
        && let Ok(Some(catalogue)) = Catalogue::open(tar)
    {
        let entries = whole_entries::by_catalogue(catalogue, tar, &rest.holes, each)?;
        rest.entries = Some(entries);
    } else {
        rest.entries = up_to_the_first_hole(tar, &rest, each)?;
    }
    Ok(rest)
}

fn up_to_the_first_hole(
    mut tar: &File,
    rest: &Rest,
    each: impl FnMut(&Untrusted),
) -> io::Result<Option<Entries>> {
    let first = |parts: &[Range<u64>]| parts.first().map_or(rest.len, |part| part.start);
    let end = first(&rest.holes).min(first(&rest.unplaced));
    tar.seek(SeekFrom::Start(0))?;
    Ok(whole_entries::by_headers(tar.take(end), each))
}

/// Returns whether a file that was rescued may be a compressed archive.
pub(crate) fn may_be_compressed(file: &File, salvaged: &Salvaged, is_named: bool) -> bool {
    let mut begin = [0; 4];
    let is_there = salvaged.holes.first().is_none_or(|hole| hole.start >= 4);
    is_named || is_there && file.read_exact_at(&mut begin, 0).is_ok() && is_zstd(&begin)
}

/// What is left of a file that may be a compressed archive.
pub(crate) enum Decompressed {
    /// A tar file.
    Tar(Rest),
    /// Nothing of the archive can be decompressed. Its entries are known if its catalogue is there.
    Nothing(Option<Entries>),
    /// It is no archive.
    NoArchive,
}

/// Decompresses what is left of a compressed archive into `tar`.
///
/// # Errors
/// [`SalvageError`].
pub(crate) fn decompressed(
    frames: &File,
    tar: &File,
    salvaged: &Salvaged,
    is_named: bool,
    each: impl FnMut(&Untrusted),
) -> Result<Decompressed, SalvageError> {
    let write = |bytes: &[u8], offset: u64| tar.write_all_at(bytes, offset);
    let found = salvage(frames, &salvaged.holes, salvaged.has_end, write)?;
    tar.set_len(found.len).map_err(SalvageError::Write)?;
    let mut begin = [0; 512];
    let is_tar =
        tar.read_exact_at(&mut begin, 0).is_ok() && begin != [0; 512] && looks_like_tar(&begin);
    let entries = entries(frames, tar, &found, each).map_err(SalvageError::Read)?;
    if !is_tar && !is_named && entries.is_none() {
        return Ok(Decompressed::NoArchive);
    }
    if found.written == 0 {
        return Ok(Decompressed::Nothing(entries));
    }
    Ok(Decompressed::Tar(Rest {
        written: found.written,
        len: found.len,
        holes: found.holes,
        unplaced: found.unplaced,
        has_end: found.has_end,
        behind: salvaged.behind,
        is_whole: salvaged.is_whole(),
        entries,
    }))
}

fn entries(
    mut frames: &File,
    tar: &File,
    found: &SalvagedTar,
    each: impl FnMut(&Untrusted),
) -> io::Result<Option<Entries>> {
    let rest = Rest {
        len: found.len,
        holes: found.uncertain(),
        ..Rest::default()
    };
    if found.has_end
        && let Ok(Some(catalogue)) = found.catalogue(&mut frames)
    {
        return whole_entries::by_catalogue(catalogue, tar, &rest.holes, each).map(Some);
    }
    up_to_the_first_hole(tar, &rest, each)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn a_compressed_archive_gives_a_tar_file() {
        for (name, tar) in [
            ("a.tar.zst", Some("a.tar")),
            ("a.tzst", Some("a.tar")),
            (".tar.zst", None),
            ("a.zst", None),
            ("a.tar", None),
        ] {
            let expected = tar.map(Path::new);
            assert_eq!(tar_name(OsStr::new(name)).as_deref(), expected, "{name}");
        }
    }
}
