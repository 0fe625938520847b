//! How many files a command works on at once, and with how many threads each.

use clap::Args;

use crate::context::Preferences;
use crate::process::resources;

/// Files of a batch that may wait for the disk at once. (Measured on ext4: 2,000 files of 4 KiB
/// take 3.2 s at 2, 1.1 s at 8, 0.85 s at 16 and 32.)
const WAITING: usize = 32;

/// Descriptors for one file: input and output, their folders, and those of the way there.
const DESCRIPTORS: usize = 8;
/// Descriptors for everything else: the keyring, the settings.
const OTHERS: usize = 8;

/// Returns how many files can be open at once with this many descriptors.
fn files_at_once(descriptors: usize) -> usize {
    (descriptors.saturating_sub(OTHERS) / DESCRIPTORS).max(1)
}

/// How many files at a time.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct JobsOption {
    /// Process N files at once (default: one per core)
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    jobs: usize,
}

impl JobsOption {
    /// Returns how many files to work on at once, with one thread for each.
    pub(crate) fn share(self, files: usize) -> Concurrency {
        let options = ThreadOptions {
            at_once: self,
            threads: Some(1),
        };
        options.share(files, Preferences::default()).0
    }
}

/// How many files at a time, and how many threads for each.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct ThreadOptions {
    #[command(flatten)]
    pub(crate) at_once: JobsOption,
    /// Threads per file (default: all cores)
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<usize>,
}

/// The number of files worked on at once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Concurrency {
    /// Files being read and written.
    pub(crate) working: usize,
    /// These, and files waiting for the disk.
    pub(crate) begun: usize,
}

impl ThreadOptions {
    /// Returns how many files to work on at once, and the threads for each (0: all cores).
    pub(crate) fn share(self, files: usize, preferred: Preferences) -> (Concurrency, usize) {
        let threads = self.threads.unwrap_or(preferred.threads);
        let most = resources::most_threads();
        let threads = match most {
            // Rather fewer threads than one that finds no memory.
            Some(most) if threads == 0 => most.min(cores()),
            Some(most) => most.min(threads),
            None => threads,
        };
        if files <= 1 {
            // Counting cores takes a dozen system calls in a container, so it is done only if
            // needed.
            return (
                Concurrency {
                    working: 1,
                    begun: 1,
                },
                threads,
            );
        }
        let cores = cores();
        let at_most = most
            .unwrap_or(usize::MAX)
            .min(resources::files_left().map_or(usize::MAX, files_at_once));
        let working = if self.at_once.jobs == 0 {
            cores
        } else {
            self.at_once.jobs
        }
        .min(at_most)
        .clamp(1, files);
        let begun = if self.at_once.jobs == 0 {
            working.max(WAITING.min(files).min(at_most))
        } else {
            working
        };
        let each = if threads == 0 {
            cores.div_ceil(working)
        } else {
            threads
        };
        (Concurrency { working, begun }, each)
    }
}

/// The most threads beside those that encrypt or decrypt an archive.
const BESIDE: usize = 8;

/// Descriptors of which a part is enough for those threads: they work on many short files at once.
const FOR_THOSE: usize = 512;

/// Returns how many other threads read or create the files of a folder while this many (0: one for
/// each core) encrypt or decrypt its archive: none if memory or descriptors are limited, because each
/// takes some of both.
pub(crate) fn beside(threads: usize) -> usize {
    let threads = if threads == 0 { cores() } else { threads };
    let has_room = resources::most_threads().is_none()
        && resources::files_left().is_none_or(|left| left >= FOR_THOSE);
    if threads > 1 && has_room {
        threads.min(BESIDE)
    } else {
        0
    }
}

/// Returns the number of threads for work on one file (0: all cores), where no option and no
/// setting says it.
pub(crate) fn threads_for_one_file() -> usize {
    resources::most_threads().map_or(0, |most| most.min(cores()))
}

/// Returns the number of threads available to this process.
pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
