//! Everyone's files opened by everyone: kinds of keys, binary and armored, ten sizes.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::env::TestEnv;
use crate::kinds::{Key, Kind, Means, keys, reads, writes};
use crate::page;
use crate::peers::{Lab, PASSPHRASE, Peer, Peers, Told, Work};

/// Sizes around the ends of chunks (64 KiB) and of segments (1 MiB, what the program handles at
/// once).
const SIZES: [usize; 10] = [
    0,
    1,
    (64 << 10) - 1,
    64 << 10,
    (64 << 10) + 1,
    (1 << 20) - 1,
    1 << 20,
    (1 << 20) + 1,
    2 << 20,
    (3 << 20) + 1,
];

/// One plaintext, in one form.
#[derive(Clone, Copy)]
pub(crate) struct Sample {
    size: usize,
    armored: bool,
}

impl Sample {
    fn all() -> Vec<Self> {
        let forms = |size| [false, true].map(|armored| Self { size, armored });
        SIZES.into_iter().flat_map(forms).collect()
    }

    /// One of each form, for passphrases that take seconds.
    fn few() -> Vec<Self> {
        let samples = [((64 << 10) + 1, true), ((3 << 20) + 1, false)];
        samples.map(|(size, armored)| Self { size, armored }).into()
    }

    fn plain(self) -> String {
        format!("plain-{}", self.size)
    }

    fn sealed(self, writer: Peer, kind: Kind) -> String {
        let form = if self.armored { "armor" } else { "binary" };
        format!("{kind:?}/{writer:?}-{form}-{}", self.size)
    }
}

/// What is known about a cell of the table: one writer, one reader, one kind of key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cell {
    /// The reader opened this many files, all of them right.
    Opens(usize, Means),
    /// The reader refused all of them.
    Refuses,
    /// The writer refused to write such files.
    NotWritten,
}

pub(crate) type Cells = BTreeMap<(Kind, Peer, Peer), Cell>;

/// A folder with all plaintexts and keys; neighbouring bytes differ.
struct Bench {
    env: TestEnv,
    peers: Peers,
    keys: Vec<Key>,
    failures: Mutex<Vec<String>>,
}

impl Bench {
    fn new() -> Self {
        let env = TestEnv::new();
        for size in SIZES {
            let mut state = size as u32 + 1;
            let bytes = std::iter::repeat_with(|| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 24) as u8
            });
            let bytes: Vec<u8> = bytes.take(size).collect();
            env.write(&format!("plain-{size}"), bytes);
        }
        env.write("passphrase", format!("{PASSPHRASE}\n"));
        let (keys, peers) = (keys(&env), Peers::find());
        Lab::with_plugins(&env, peers.age_1_3());
        let failures = Mutex::default();
        Self {
            env,
            peers,
            keys,
            failures,
        }
    }

    fn fails(&self, what: String) {
        self.failures.lock().unwrap().push(what);
    }

    /// All cells of a kind, with these samples by writer, for the pairs that are wanted.
    fn run_kind(
        &self,
        key: &Key,
        samples: impl Fn(Peer) -> Vec<Sample> + Sync,
        wanted: impl Fn(Peer, Peer) -> bool + Sync,
    ) -> Cells {
        std::fs::create_dir(self.env.path(format!("{:?}", key.kind))).unwrap();
        let peers = self.peers.present();
        let is_writer = |writer: &&Peer| peers.iter().any(|&reader| wanted(**writer, reader));
        let writers: Vec<_> = peers.iter().filter(is_writer).copied().collect();
        let written = in_parallel(&writers, |&writer| self.write(key, writer, samples(writer)));
        let pairs: Vec<_> = writers
            .iter()
            .zip(&written)
            .flat_map(|(&writer, samples)| {
                peers.iter().map(move |&reader| (writer, reader, samples))
            })
            .filter(|&(writer, reader, _)| wanted(writer, reader))
            .collect();
        let cells = in_parallel(&pairs, |&(writer, reader, samples)| {
            self.read(key, writer, reader, samples)
        });
        let cells = pairs
            .iter()
            .zip(cells)
            .map(|(&(writer, reader, _), cell)| ((key.kind, writer, reader), cell));
        let cells = cells.collect();
        std::fs::remove_dir_all(self.env.path(format!("{:?}", key.kind))).unwrap();
        cells
    }

    fn labs(&self) -> (Lab<'_>, Lab<'_>) {
        let with = Lab::with_plugins(&self.env, self.peers.age_1_3());
        (Lab::without_plugins(&self.env), with)
    }

    /// What this peer needs on this machine: nothing opens or writes through a plugin that is
    /// missing.
    fn means(&self, means: Means, kind: Kind) -> Means {
        let needs_age_1_3 = kind != Kind::Plugin && means == Means::Plugin;
        if needs_age_1_3 && self.peers.age_1_3().is_none() {
            Means::Refuses
        } else {
            means
        }
    }

    /// Writes the samples. `None` if this writer refuses to, as expected.
    fn write(&self, key: &Key, writer: Peer, samples: Vec<Sample>) -> Option<Vec<Sample>> {
        let (without, with) = self.labs();
        let means = self.means(writes(writer, key.kind), key.kind);
        let work = |sample: &Sample| Work {
            armored: sample.armored,
            from: sample.plain(),
            to: sample.sealed(writer, key.kind),
        };
        let work: Vec<_> = samples.iter().map(work).collect();
        let what = format!("{writer:?} writing {:?}", key.kind);
        if means != Means::Alone {
            // One file of each form is enough to see that it refuses.
            let work = &work[..work.len().min(2)];
            let told = self.peers.encrypt(writer, &without, key, work);
            self.are_refused(&what, work, &told);
        }
        let lab = Lab::choose(means, &without, &with);
        if means == Means::Refuses {
            let told = self.peers.encrypt(writer, lab, key, &work);
            self.are_refused(&what, &work, &told);
            return None;
        }
        let told = self.peers.encrypt(writer, lab, key, &work);
        for (work, told) in work.iter().zip(told) {
            let start: &[u8] = if work.armored {
                b"-----BEGIN AGE ENCRYPTED FILE-----\n"
            } else {
                b"age-encryption.org/v1\n"
            };
            let file = std::fs::read(self.env.path(&work.to)).unwrap_or_default();
            if told != Told::Done || !file.starts_with(start) {
                self.fails(format!("{what}: {work:?}: {told:?}"));
            }
        }
        Some(samples)
    }

    fn read(&self, key: &Key, writer: Peer, reader: Peer, samples: &Option<Vec<Sample>>) -> Cell {
        let Some(samples) = samples else {
            return Cell::NotWritten;
        };
        let (without, with) = self.labs();
        let means = self.means(reads(reader, key.kind), key.kind);
        let work = |sample: &Sample| {
            let from = sample.sealed(writer, key.kind);
            Work {
                armored: sample.armored,
                to: format!("{from}-{reader:?}"),
                from,
            }
        };
        let work: Vec<_> = samples.iter().map(work).collect();
        let what = format!("{reader:?} opening {:?} of {writer:?}", key.kind);
        let is_secret = key.kind == Kind::Scrypt;
        let identity = |name| (!is_secret).then_some(name);
        if means != Means::Alone {
            let work = &work[..work.len().min(2)];
            for name in [&*key.identity, &key.by_plugin] {
                let told = self.peers.decrypt(reader, &without, identity(name), work);
                self.are_refused(&what, work, &told);
            }
        }
        let lab = Lab::choose(means, &without, &with);
        let name = identity(key.identity_for(means));
        let told = self.peers.decrypt(reader, lab, name, &work);
        if means == Means::Refuses {
            self.are_refused(&what, &work, &told);
            return Cell::Refuses;
        }
        let mut opened = 0;
        for ((work, told), sample) in work.iter().zip(told).zip(samples) {
            let plain = std::fs::read(self.env.path(&work.to));
            let is_right = plain.is_ok_and(|plain| plain == self.env.read(&sample.plain()));
            if told == Told::Done && is_right {
                opened += 1;
            } else {
                self.fails(format!("{what}: {work:?}: {told:?}, right: {is_right}"));
            }
            let _ = std::fs::remove_file(self.env.path(&work.to));
        }
        Cell::Opens(opened, means)
    }

    /// Requires that each of these was refused with a message, and that nothing was written.
    fn are_refused(&self, what: &str, work: &[Work], told: &[Told]) {
        for (work, told) in work.iter().zip(told) {
            let left = std::fs::read(self.env.path(&work.to)).unwrap_or_default();
            match told {
                Told::Refused(why) if !why.is_empty() && left.is_empty() => {}
                _ => self.fails(format!(
                    "{what} is not refused: {work:?}: {told:?}, {} bytes",
                    left.len()
                )),
            }
            let _ = std::fs::remove_file(self.env.path(&work.to));
        }
    }

    /// Fails the test with everything that went wrong.
    fn end(self) {
        let failures = self.failures.into_inner().unwrap();
        assert!(failures.is_empty(), "{}", failures.join("\n"));
    }
}

/// Maps on two threads or more, and keeps the order.
pub(crate) fn in_parallel<T: Sync, R: Send>(items: &[T], map: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = std::thread::available_parallelism().map_or(2, |count| count.get().max(2));
    let (next, done) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()));
    std::thread::scope(|scope| {
        let work = || {
            while let Some((at, item)) = {
                let at = next.fetch_add(1, Ordering::Relaxed);
                items.get(at).map(|item| (at, item))
            } {
                let result = map(item);
                done.lock().unwrap().insert(at, result);
            }
        };
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
    done.into_inner().unwrap().into_values().collect()
}

/// The small edition: the program with every other, both ways, a file of each form.
#[test]
fn long_every_other_opens_files_of_bulla_and_the_other_way_round() {
    let bench = Bench::new();
    let mut files = 0;
    for key in &bench.keys {
        let samples = |writer: Peer| {
            let samples = [((64 << 10) + 1, false), (1, true)];
            let is_slow = key.kind == Kind::Scrypt && !writer.is_quick_with_passphrases();
            let count = if is_slow { 1 } else { 2 };
            let samples = samples.into_iter().take(count);
            samples
                .map(|(size, armored)| Sample { size, armored })
                .collect()
        };
        let with_bulla = |writer, reader| (writer == Peer::Bulla) != (reader == Peer::Bulla);
        for cell in bench.run_kind(key, samples, with_bulla).into_values() {
            if let Cell::Opens(count, _) = cell {
                files += count;
            }
        }
    }
    println!("interop: {files} files");
    bench.end();
}

/// Every cell of the page.
#[test]
fn slow_everyone_opens_what_everyone_writes() {
    if std::env::var_os("BULLA_TEST_SLOW").is_none() {
        return eprintln!("skipped: BULLA_TEST_SLOW is not set");
    }
    let bench = Bench::new();
    let mut cells = Cells::new();
    for key in &bench.keys {
        let samples = |writer: Peer| {
            if key.kind == Kind::Scrypt && !writer.is_quick_with_passphrases() {
                Sample::few()
            } else {
                Sample::all()
            }
        };
        let started = std::time::Instant::now();
        let of_kind = bench.run_kind(key, samples, |_, _| true);
        println!(
            "{:?}: {} cells, {:?}",
            key.kind,
            of_kind.len(),
            started.elapsed()
        );
        cells.extend(of_kind);
    }
    let (env, peers) = (&bench.env, &bench.peers);
    let is_whole = page::is_whole(peers, bench.keys.len());
    let versions = is_whole.then(|| page::versions(env, peers));
    let tables = page::matrix(&cells);
    bench.end();
    if let Some(versions) = versions {
        page::holds("matrix", &tables, &versions);
    }
}
