//! Many writers at once.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use crate::env::TestEnv;
use crate::someone::RECIPIENT;

/// Writers that each add contacts and put each into one group; readers that list everything
/// meanwhile; and one writer that is killed again and again.
fn additions(writers: usize, each: usize) {
    let env = TestEnv::new();
    env.bulla(["group", "create", "all", "-q"])
        .run()
        .assert_quiet();
    let (done, killed, read) = (
        AtomicBool::new(false),
        AtomicUsize::new(0),
        AtomicUsize::new(0),
    );
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..writers)
            .map(|writer| {
                scope.spawn({
                    let env = &env;
                    move || (0..each).for_each(|number| add(env, &format!("w{writer}-{number}")))
                })
            })
            .collect();
        for reader in 0..8 {
            let (env, done, read) = (&env, &done, &read);
            scope.spawn(move || {
                while !done.load(Ordering::SeqCst) {
                    let what: &[&str] = if reader % 2 == 0 {
                        &["contact", "list", "--json"]
                    } else {
                        &["group", "show", "all"]
                    };
                    let seen = env.bulla(what).run();
                    assert!(seen.code == Some(0), "{what:?}: {}", seen.stderr);
                    read.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
        let (env, done, killed) = (&env, &done, &killed);
        scope.spawn(move || {
            while !done.load(Ordering::SeqCst) {
                let name = format!("k{}", killed.fetch_add(1, Ordering::SeqCst));
                let mut child = env
                    .bulla(["contact", "add", &name, RECIPIENT, "-q"])
                    .command();
                let child = child
                    .stdin(std::process::Stdio::null())
                    .stdout(std::process::Stdio::null());
                let mut child = child.stderr(std::process::Stdio::null()).spawn().unwrap();
                // At any point of its work: the assertions below hold for all of them.
                std::thread::sleep(Duration::from_millis(
                    killed.load(Ordering::SeqCst) as u64 % 23,
                ));
                let _ = child.kill();
                child.wait().unwrap();
            }
        });
        let ended: Vec<_> = workers
            .into_iter()
            .map(std::thread::ScopedJoinHandle::join)
            .collect();
        done.store(true, Ordering::SeqCst);
        ended.into_iter().for_each(|worker| worker.unwrap());
    });
    let files = env.keyring();
    let group = String::from_utf8(files["groups/all.toml"].clone()).unwrap();
    for (writer, number) in
        (0..writers).flat_map(|writer| (0..each).map(move |number| (writer, number)))
    {
        let name = format!("w{writer}-{number}");
        assert!(
            files.contains_key(&format!("contacts/{name}.toml")),
            "{name} was lost"
        );
        assert!(
            group.contains(&format!("\"{name}\"")),
            "{name} was lost from the group"
        );
    }
    env.bulla(["contact", "list"]).run().assert_quiet();
    println!(
        "keyring: {writers} processes × {} additions, {} reads, {} writers killed: 0 lost, 0 unreadable",
        2 * each,
        read.into_inner(),
        killed.into_inner()
    );
}

fn add(env: &TestEnv, name: &str) {
    let recipient = bulla_age::kinds::X25519Identity::generate()
        .unwrap()
        .to_recipient()
        .to_string();
    for line in [
        &["contact", "add", name, &recipient, "-q"][..],
        &["group", "add", "all", name, "-q"],
    ] {
        let added = env.bulla(line).run();
        assert_eq!(added.code, Some(0), "{line:?}: {}", added.stderr);
    }
}

#[test]
fn long_concurrent_writers_lose_nothing() {
    additions(8, 25);
}

/// `BULLA_TEST_WHOLE=1`: 32 × 1,000 additions, half of them contacts. Another number sets the
/// contacts of each writer.
#[test]
fn whole_concurrent_writers_lose_nothing() {
    if let Some(whole) = std::env::var_os("BULLA_TEST_WHOLE") {
        let each = whole
            .to_str()
            .and_then(|each| each.parse().ok())
            .filter(|&each| each > 1);
        additions(32, each.unwrap_or(500));
    }
}
