//! Payloads, sealed, opened and authenticated: one chunk, by position, as streams. Rates are in
//! bytes of plaintext.

use std::io;
use std::sync::Arc;

use crate::memory::Memory;
use bulla_age::FileKey;
use bulla_age::stream::{At, CHUNK, Digests, Engine, PayloadKey, sealed_len};
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, Throughput};

const LEN: u64 = 64 << 20;
const OURS: &str = "what we sealed opens, from memory to memory";

/// One chunk on one thread: the engine's own cost, which every small file pays.
pub(crate) fn one_chunk(criterion: &mut Criterion) {
    by_position(criterion, "chunk", CHUNK as u64, &[1]);
}

/// Like files: read and written at their offsets, by several threads.
pub(crate) fn segments(criterion: &mut Criterion) {
    by_position(criterion, "segments", LEN, &thread_counts());
}

/// Like pipes: read and written in order, by several threads; the output is discarded.
pub(crate) fn streams(criterion: &mut Criterion) {
    let (key, plaintext, mut sealed) = (key(), vec![9; LEN as usize], Vec::new());
    Engine::new(1)
        .seal(&key, &*plaintext, &mut sealed)
        .expect(OURS);
    let (plaintext, sealed) = (&*plaintext, &*sealed);
    let mut group = group(criterion, "streams", LEN);
    for threads in thread_counts() {
        let engine = Engine::new(threads);
        row(&mut group, "seal", threads, || {
            engine.seal(&key, plaintext, io::sink()).expect(OURS)
        });
        let rooted = with_root(threads);
        row(&mut group, "seal with root", threads, || {
            rooted.seal(&key, plaintext, io::sink()).expect(OURS)
        });
        row(&mut group, "open", threads, || {
            engine.open(&key, sealed, io::sink()).expect(OURS)
        });
        row(&mut group, "authenticate", threads, || {
            engine.authenticate(&key, sealed).expect(OURS)
        });
    }
}

fn by_position(criterion: &mut Criterion, name: &str, len: u64, thread_counts: &[usize]) {
    let (key, sealed_len) = (key(), sealed_len(len));
    let (plaintext, sealed) = (
        Memory::filled(9, len as usize),
        Memory::filled(0, sealed_len as usize),
    );
    let at = |place| At { place, offset: 0 };
    Engine::new(1)
        .seal_at(&key, at(&plaintext), len, at(&sealed))
        .expect(OURS);
    let mut group = group(criterion, name, len);
    for &threads in thread_counts {
        let engine = Engine::new(threads);
        row(&mut group, "seal", threads, || {
            engine
                .seal_at(&key, at(&plaintext), len, at(&sealed))
                .expect(OURS)
        });
        let rooted = with_root(threads);
        row(&mut group, "seal with root", threads, || {
            rooted
                .seal_at(&key, at(&plaintext), len, at(&sealed))
                .expect(OURS)
        });
        row(&mut group, "open", threads, || {
            engine
                .open_at(&key, at(&sealed), sealed_len, at(&plaintext))
                .expect(OURS)
        });
        row(&mut group, "authenticate", threads, || {
            engine
                .authenticate_at(&key, at(&sealed), sealed_len)
                .expect(OURS)
        });
    }
}

/// An engine that also computes the content root, as for a signed file.
fn with_root(threads: usize) -> Engine {
    Engine::new(threads).with_digests(Arc::new(Digests::new()))
}

fn group<'a>(criterion: &'a mut Criterion, name: &str, len: u64) -> BenchmarkGroup<'a, WallTime> {
    let mut group = criterion.benchmark_group(name);
    group.throughput(Throughput::Bytes(len));
    group
}

fn row(
    group: &mut BenchmarkGroup<'_, WallTime>,
    work: &str,
    threads: usize,
    once: impl Fn() -> u64,
) {
    group.bench_function(BenchmarkId::new(work, threads), |bencher| {
        bencher.iter(&once)
    });
}

/// Returns 1, 2, 4, … and the number of cores.
fn thread_counts() -> Vec<usize> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let doubled = std::iter::successors(Some(1), |threads| Some(threads * 2));
    doubled
        .take_while(|&threads| threads < cores)
        .chain([cores])
        .collect()
}

fn key() -> PayloadKey {
    PayloadKey::new(&FileKey::new(&[1; 16]), &[2; 16])
}
