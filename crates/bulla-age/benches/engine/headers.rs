//! Headers: parsed, and unwrapped by an identity whose stanza is the last one. Rates are in
//! stanzas.

use std::cell::LazyCell;
use std::time::Duration;

use bulla_age::format::Header;
use bulla_age::kinds::{HybridIdentity, X25519Identity};
use bulla_age::{Identity, NewFile, Recipient, Unwrapped};
use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput};

const RANDOM: &str = "the system gives random bytes";

pub(crate) fn x25519(criterion: &mut Criterion) {
    let identity = X25519Identity::generate().expect(RANDOM);
    let other = || X25519Identity::generate().expect(RANDOM).to_recipient();
    rows(
        criterion,
        "x25519",
        &[1, 10, 100, 1000, 4096],
        &identity,
        &identity.to_recipient(),
        other,
    );
}

pub(crate) fn hybrid(criterion: &mut Criterion) {
    let identity = HybridIdentity::generate().expect(RANDOM);
    let other = || HybridIdentity::generate().expect(RANDOM).to_recipient();
    rows(
        criterion,
        "hybrid",
        &[1, 10, 100, 1000],
        &identity,
        &identity.to_recipient(),
        other,
    );
}

fn rows<R: Recipient>(
    criterion: &mut Criterion,
    name: &str,
    counts: &[usize],
    identity: &dyn Identity,
    recipient: &R,
    other: impl Fn() -> R,
) {
    let mut group = criterion.benchmark_group(name);
    // Otherwise one sample of the long headers would take many times as long as the next.
    group
        .sampling_mode(SamplingMode::Flat)
        .sample_size(10)
        .measurement_time(Duration::from_secs(5));
    for &count in counts {
        group.throughput(Throughput::Elements(count as u64));
        // Made only if the row runs, because the longest takes seconds.
        let header = LazyCell::new(|| {
            let others: Vec<R> = (1..count).map(|_| other()).collect();
            let mut all: Vec<&dyn Recipient> =
                others.iter().map(|other| other as &dyn Recipient).collect();
            all.push(recipient);
            NewFile::new(&all)
                .expect("recipients of one kind go together")
                .header()
        });
        let parse = |mut bytes: &[u8]| Header::read(&mut bytes).expect("what we wrote is a header");
        group.bench_function(BenchmarkId::new("parse", count), |bencher| {
            let bytes = header.as_slice();
            bencher.iter(|| parse(bytes));
        });
        let parsed = LazyCell::new(|| parse(&header));
        group.bench_function(BenchmarkId::new("unwrap", count), |bencher| {
            let stanzas = parsed.stanzas();
            bencher.iter(|| assert!(matches!(identity.unwrap(stanzas), Unwrapped::FileKey(_))));
        });
    }
}
