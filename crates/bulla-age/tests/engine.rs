//! The engine against a plain implementation: one worker and many produce the same bytes, the same
//! failure and the same output before it, for all sizes, thread counts, kinds of input and output,
//! and faults.

#![cfg(test)]

#[path = "engine/arrival.rs"]
mod arrival;
#[path = "engine/case.rs"]
mod case;
#[path = "engine/first.rs"]
mod first;
#[path = "engine/oracle.rs"]
mod oracle;
#[path = "engine/rough.rs"]
mod rough;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use bulla_age::stream::{At, CHUNK, Digests, Engine, PayloadError, WriteAt, open_range};
use case::{Case, Expected, Spoiled, Work};
use oracle::Oracle;
use rough::{Input, Manners, Numbers, Output, Place, Room};

/// The outcome of a case.
struct Outcome {
    result: Result<u64, String>,
    kept: Vec<u8>,
    progress: u64,
    root: Option<[u8; 32]>,
}

fn name(error: &PayloadError) -> String {
    match error {
        PayloadError::Damaged { chunk } => format!("damaged {chunk}"),
        PayloadError::Truncated { chunk } => format!("truncated {chunk}"),
        PayloadError::Read(_) => "read".to_owned(),
        PayloadError::Write(_) => "write".to_owned(),
        PayloadError::Shrunk => "shrunk".to_owned(),
        PayloadError::OutOfRange { .. } => "out of range".to_owned(),
        _ => unreachable!("an error without a name: {error}"),
    }
}

/// The case's input: a prefix of the plaintext, or its payload with the damage applied.
fn input(oracle: &Oracle, case: &Case) -> Vec<u8> {
    if case.work == Work::Seal {
        return oracle.plain[..case.len].to_vec();
    }
    let mut bytes = oracle.sealed(case.len);
    match case.spoiled {
        Spoiled::No => {}
        Spoiled::Flip(at) => bytes[at] ^= 1 << (at % 8),
        Spoiled::Cut(left) => bytes.truncate(left),
        Spoiled::More(added) => bytes.extend_from_slice(&vec![0x5a; added]),
    }
    bytes
}

fn run(
    oracle: &Oracle,
    case: &Case,
    bytes: &[u8],
    threads: usize,
    numbers: &mut Numbers,
) -> Outcome {
    let progress = Arc::new(AtomicU64::new(0));
    let digests = Arc::new(Digests::new());
    let engine = Engine::new(threads).with_progress(progress.clone());
    let engine = if case.rooted {
        engine.with_digests(digests.clone())
    } else {
        engine
    };
    let (result, kept) = if case.positioned {
        positioned(oracle, case, bytes, &engine, numbers)
    } else {
        stream(oracle, case, bytes, &engine, numbers)
    };
    let result = result.map_err(|error| name(&error));
    Outcome {
        result,
        kept,
        progress: progress.load(Ordering::Relaxed),
        root: digests.root(),
    }
}

type Ran = (Result<u64, PayloadError>, Vec<u8>);

fn stream(
    oracle: &Oracle,
    case: &Case,
    bytes: &[u8],
    engine: &Engine,
    numbers: &mut Numbers,
) -> Ran {
    let mut manners = |fault| {
        let least = if bytes.len() < 3000 { 1 } else { 5000 };
        Manners {
            most: [usize::MAX - 1, CHUNK, least][numbers.below(3)],
            numbers: Numbers(numbers.next()),
            fault,
        }
    };
    let input = Input {
        bytes,
        at: 0,
        manners: manners(case.read_fault),
    };
    let mut kept = Vec::with_capacity(case.output());
    let output = Output {
        kept: &mut kept,
        manners: manners(case.write_fault),
    };
    let result = match case.work {
        Work::Seal => engine.seal(&oracle.key, input, output),
        Work::Open => engine.open(&oracle.key, input, output),
        Work::Authenticate => engine.authenticate(&oracle.key, input),
    };
    (result, kept)
}

fn positioned(
    oracle: &Oracle,
    case: &Case,
    bytes: &[u8],
    engine: &Engine,
    numbers: &mut Numbers,
) -> Ran {
    let (from, to) = (numbers.below(1000), numbers.below(1000));
    let left = case.shrunk.unwrap_or(bytes.len());
    let place = Place {
        bytes: &bytes[..left],
        offset: from,
        fault: case.read_fault,
    };
    let room = Room {
        kept: Mutex::new(Vec::with_capacity(case.output())),
        offset: to,
        fault: case.write_fault,
    };
    let (input, len) = (
        At {
            place: &place,
            offset: from as u64,
        },
        bytes.len() as u64,
    );
    let output = At {
        place: &room,
        offset: to as u64,
    };
    let result = match case.work {
        Work::Seal => engine.seal_at(&oracle.key, input, len, output),
        Work::Open => engine.open_at(&oracle.key, input, len, output),
        Work::Authenticate => engine.authenticate_at(&oracle.key, input, len),
    };
    (result, room.kept.into_inner().unwrap())
}

fn judge(oracle: &Oracle, number: u64) -> Case {
    let mut numbers = Numbers(number.wrapping_mul(0x5851_f42d_4c95_7f2d));
    let case = Case::draw(&mut numbers);
    let bytes = input(oracle, &case);
    assert_eq!(bytes.len(), case.input(), "case {number}: {case:?}");
    let Expected { released, failure } = case.expected();
    let sealed = if case.work == Work::Seal || case.rooted {
        oracle.sealed(case.len)
    } else {
        Vec::new()
    };
    let root = (case.rooted && failure.is_none()).then(|| oracle::root(&sealed));
    let whole = match case.work {
        Work::Seal => &sealed,
        Work::Open => &oracle.plain,
        Work::Authenticate => &sealed,
    };
    for threads in [1, case.threads] {
        let outcome = run(oracle, &case, &bytes, threads, &mut numbers);
        let context = format!("case {number} with {threads} threads: {case:?}");
        let wanted = failure.clone().map_or(Ok(released as u64), Err);
        assert_eq!(outcome.result, wanted, "{context}");
        assert_eq!(outcome.root, root, "root: {context}");
        if wanted.is_ok() {
            assert_eq!(outcome.progress, bytes.len() as u64, "progress: {context}");
        }
        if case.work != Work::Authenticate && (wanted.is_ok() || !case.positioned) {
            assert_eq!(outcome.kept.len(), released, "released: {context}");
            assert!(outcome.kept == whole[..released], "other bytes: {context}");
        }
    }
    case
}

fn count_of_cases() -> u64 {
    let text = std::env::var("BULLA_TEST_CASES").unwrap_or_else(|_| "20000".to_owned());
    text.parse().expect("BULLA_TEST_CASES is a number")
}

#[test]
fn long_many_workers_do_what_one_does() {
    let (oracle, cases) = (Oracle::new(), count_of_cases());
    let (next, counts) = (
        AtomicU64::new(0),
        Mutex::new(BTreeMap::<String, u64>::new()),
    );
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= cases {
                        return;
                    }
                    let case = judge(&oracle, number);
                    let failure = case
                        .expected()
                        .failure
                        .unwrap_or_else(|| "success".to_owned());
                    let kind = failure.split(' ').next().unwrap().to_owned();
                    *counts.lock().unwrap().entry(kind).or_default() += 1;
                    *counts.lock().unwrap().entry("all".to_owned()).or_default() += 1;
                    if case.len < 6 * CHUNK {
                        *counts
                            .lock()
                            .unwrap()
                            .entry("below 6 chunks".to_owned())
                            .or_default() += 1;
                    }
                }
            });
        }
    });
    let counts = counts.into_inner().unwrap();
    println!(
        "parallel = sequential: {cases} cases, each with one worker and with many: {counts:?}"
    );
    assert_eq!(counts["all"], cases);
    assert!(counts["below 6 chunks"] >= cases * 85 / 100);
}

/// Ranges that begin and end at every edge of a payload of several chunks.
#[test]
fn ranges_are_parts_of_the_plaintext() {
    let (oracle, mut count) = (Oracle::new(), 0);
    for len in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 77] {
        let (sealed, total) = (oracle.sealed(len), len as u64);
        let near = |k: u64| (k * CHUNK as u64).saturating_sub(1)..=k * CHUNK as u64 + 1;
        let edges: Vec<u64> = (0..5)
            .flat_map(near)
            .chain([total.saturating_sub(1), total, total + 1, u64::MAX])
            .collect();
        for (&start, &end) in edges
            .iter()
            .flat_map(|start| edges.iter().map(move |end| (start, end)))
        {
            let (result, kept) = range(&oracle, &sealed, start..end);
            count += 1;
            if start <= end && end <= total {
                assert_eq!(result, Ok(()), "{start}..{end} of {len}");
                let wanted =
                    &oracle.plain[usize::try_from(start).unwrap()..usize::try_from(end).unwrap()];
                assert!(kept == wanted, "other bytes: {start}..{end} of {len}");
            } else {
                assert_eq!(
                    (result, kept.len()),
                    (Err("out of range".to_owned()), 0),
                    "{start}..{end} of {len}"
                );
            }
        }
    }
    println!("ranges: {count}");
}

fn range(
    oracle: &Oracle,
    sealed: &[u8],
    range: std::ops::Range<u64>,
) -> (Result<(), String>, Vec<u8>) {
    let place = Place {
        bytes: sealed,
        offset: 5,
        fault: None,
    };
    let mut kept = Vec::new();
    let input = At {
        place: &place,
        offset: 5,
    };
    let result = open_range(&oracle.key, input, sealed.len() as u64, range, &mut kept);
    (result.map_err(|error| name(&error)), kept)
}

#[test]
fn a_range_needs_the_authors_end_and_sound_chunks() {
    let oracle = Oracle::new();
    let mut sealed = oracle.sealed(3 * CHUNK + 77);
    // Without its last chunk, the payload does not have the length that the author wrote: nothing
    // of it is released.
    let cut = &sealed[..2 * bulla_age::stream::SEALED_CHUNK];
    assert_eq!(
        range(&oracle, cut, 0..1),
        (Err("damaged 1".to_owned()), Vec::new())
    );
    assert_eq!(
        range(&oracle, &cut[..cut.len() - 65_536], 0..1).0,
        Err("truncated 1".to_owned())
    );
    assert_eq!(range(&oracle, &[], 0..0).0, Err("truncated 0".to_owned()));
    sealed[bulla_age::stream::SEALED_CHUNK] ^= 1;
    let (result, kept) = range(&oracle, &sealed, 10..CHUNK as u64 + 1);
    assert_eq!(result, Err("damaged 1".to_owned()));
    assert!(kept == oracle.plain[10..CHUNK]);
    assert_eq!(
        range(&oracle, &sealed, 2 * CHUNK as u64..2 * CHUNK as u64 + 1).0,
        Ok(())
    );
    *sealed.last_mut().unwrap() ^= 1;
    assert_eq!(
        range(&oracle, &sealed, 0..1),
        (Err("damaged 3".to_owned()), Vec::new())
    );
}

#[test]
fn files_are_sealed_and_opened_in_place() {
    let oracle = Oracle::new();
    for len in [
        0,
        1,
        CHUNK,
        16 * CHUNK - 1,
        16 * CHUNK,
        16 * CHUNK + 1,
        40 * CHUNK + 3,
    ] {
        for threads in [1, 3, 16] {
            let (engine, sealed) = (Engine::new(threads), oracle.sealed(len));
            let plain = tempfile::tempfile().unwrap();
            plain.write_all_at(&oracle.plain[..len], 3).unwrap();
            let (there, back) = (tempfile::tempfile().unwrap(), tempfile::tempfile().unwrap());
            let [from, to] = [
                At {
                    place: &plain,
                    offset: 3,
                },
                At {
                    place: &there,
                    offset: 200,
                },
            ];
            assert_eq!(
                engine.seal_at(&oracle.key, from, len as u64, to).unwrap(),
                sealed.len() as u64
            );
            let from = || At {
                place: &there,
                offset: 200,
            };
            let to = At {
                place: &back,
                offset: 0,
            };
            let size = sealed.len() as u64;
            assert_eq!(
                engine.authenticate_at(&oracle.key, from(), size).unwrap(),
                len as u64
            );
            assert_eq!(
                engine.open_at(&oracle.key, from(), size, to).unwrap(),
                len as u64
            );
            assert!(
                whole(&there)[200..] == sealed && whole(&back) == oracle.plain[..len],
                "{len} by {threads}"
            );
        }
    }
}

fn whole(mut file: &std::fs::File) -> Vec<u8> {
    use std::io::{Read, Seek};
    let mut bytes = Vec::new();
    file.rewind().unwrap();
    file.read_to_end(&mut bytes).unwrap();
    bytes
}
