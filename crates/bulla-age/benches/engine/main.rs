//! The speed of the engine in memory, without files, pipes and process start.
//!
//! - `cargo bench --bench engine` measures everything (about three minutes).
//! - `cargo bench --bench engine -- segments` measures one group.
//! - `cargo test --bench engine` runs each row once.
//!
//! Rows are named `group/work/how many`.

mod headers;

#[path = "../../../../src/commands/bench/memory.rs"]
mod memory;
mod payloads;

use std::time::Duration;

use criterion::Criterion;

fn main() {
    let mut criterion = Criterion::default()
        .without_plots()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .configure_from_args();
    payloads::one_chunk(&mut criterion);
    payloads::segments(&mut criterion);
    payloads::streams(&mut criterion);
    headers::x25519(&mut criterion);
    headers::hybrid(&mut criterion);
    criterion.final_summary();
}
