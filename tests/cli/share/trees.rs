//! Whole trees: which files are changed and which are skipped, files of other people, and
//! interrupted runs.

use std::os::unix::fs::symlink;
use std::process::Stdio;
use std::time::{Duration, Instant};

use super::three;
use crate::env::TestEnv;

/// A tree of `files` files. One in `not_mine` is not the user's.
fn tree(env: &TestEnv, files: usize, not_mine: usize) {
    let other = env.somebody("other");
    let theirs = env
        .bulla(["encrypt", "-q", "-r", &other])
        .stdin("hello\n")
        .run()
        .stdout;
    let mine = env.closed("hello\n");
    for file in 0..files {
        let bytes = if file % not_mine == 0 { &theirs } else { &mine };
        env.write(&format!("tree/{}/{file}.age", file % 17), bytes);
    }
}

#[test]
fn recursive_share_skips_files_that_are_not_age_files() {
    let env = three();
    for name in [
        "tree/a/x.age",
        "tree/a/deep/y",
        "tree/.bulla-0123456789abcdef.tmp",
    ] {
        env.write(name, env.read("plain.age"));
    }
    env.write("tree/text", "text");
    env.write("tree/empty", "");
    env.write("outside/z.age", env.read("plain.age"));
    symlink("../outside", env.path("tree/folder")).unwrap();
    symlink("../outside/z.age", env.path("tree/file.age")).unwrap();
    env.bulla(["share", "-q", "tree", "--to", "carol"])
        .run()
        .assert(2, "", "bulla: error: tree is a folder\n");
    let line = [
        "share",
        "--recursive",
        "tree",
        "tree/a/x.age",
        "--to",
        "carol",
    ];
    env.bulla(line).run().assert(
        0,
        "",
        &format!(
            "{}Shared 2 files with carol\nSkipped 2 other files\n",
            super::UNCHECKED
        ),
    );
    assert!(!env.opens("carol.key", "outside/z.age"));
    assert!(env.opens("carol.key", "tree/a/deep/y"));
    env.bulla(["unshare", "--recursive", "tree/a", "--drop", "carol"])
        .run()
        .assert(
            0,
            "",
            "Removed carol from 2 files (copies carol already has can still be opened)\n",
        );
    std::fs::create_dir(env.path("none")).unwrap();
    env.fails(2, &["share", "--recursive", "none", "--to", "carol"]);
}

#[test]
fn hard_links_in_a_tree_become_separate_files() {
    let env = three();
    env.write("tree/a.age", env.read("plain.age"));
    for name in ["b", "c", "d"] {
        std::fs::hard_link(env.path("tree/a.age"), env.path(format!("tree/{name}.age"))).unwrap();
    }
    env.does(&[
        "share",
        "--recursive",
        "tree",
        "--to",
        "carol",
        "--jobs",
        "4",
    ]);
    for name in ["a", "b", "c", "d"] {
        assert_eq!(env.openers(&format!("tree/{name}.age")), [true; 3]);
    }
}

#[test]
fn a_file_that_cannot_be_opened_does_not_stop_the_others() {
    let env = three();
    tree(&env, 40, 20);
    let said = env
        .bulla(["share", "-v", "--recursive", "tree", "--to", "carol"])
        .run();
    assert_eq!(said.code, Some(10), "{}", said.stderr);
    assert!(
        said.stderr
            .ends_with("bulla: error: 2 of 40 inputs failed\n"),
        "{}",
        said.stderr
    );
    assert_eq!(said.stderr.matches("None of your keys opens").count(), 2);
    assert_eq!(said.stderr.matches("Shared tree/").count(), 38);
    let again = env
        .bulla(["share", "-v", "--recursive", "tree", "--to", "carol"])
        .run();
    assert_eq!(
        (
            again.code,
            again.stderr.matches("carol can already open tree/").count()
        ),
        (Some(10), 38)
    );
}

/// Interrupts a run over `files` files half way, twice, and then completes it.
fn cut_off_and_run_again(files: usize, not_mine: usize) {
    let env = three();
    tree(&env, files, not_mine);
    let mine = files - files.div_ceil(not_mine);
    let line = ["share", "-v", "--recursive", "tree", "--to", "carol"];
    let begun = Instant::now();
    let mut shared = 0;
    for _ in 0..2 {
        let mut command = env.bulla(line).command();
        let mut child = command
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        while shared_of(&env, files) <= shared + mine / 3 && child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(5));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        shared = shared_of(&env, files);
    }
    let last = env.bulla(line).run();
    let already = last.stderr.matches("carol can already open tree/").count();
    let too = last.stderr.matches("Shared tree/").count();
    println!(
        "tree of {files}: {already} were done when it was cut off twice, {too} afterwards; {:?}",
        begun.elapsed()
    );
    assert_eq!(
        (last.code, already + too),
        (Some(10), mine),
        "{}",
        last.stderr
    );
    assert_eq!(shared_of(&env, files), mine);
    for file in (0..files)
        .filter(|file| file % not_mine != 0)
        .step_by(files / 20)
    {
        assert!(env.opens("carol.key", &format!("tree/{}/{file}.age", file % 17)));
    }
}

/// The number of files with three stanzas more than the author's: shared files have two for people.
fn shared_of(env: &TestEnv, files: usize) -> usize {
    let path = |file: usize| env.path(format!("tree/{}/{file}.age", file % 17));
    let stanzas = |bytes: Vec<u8>| bytes.windows(10).filter(|at| at == b"-> X25519 ").count();
    (0..files)
        .filter(|file| stanzas(std::fs::read(path(*file)).unwrap()) == 2)
        .count()
}

#[test]
fn an_interrupted_tree_can_be_continued() {
    cut_off_and_run_again(120, 20);
}

/// Anyone who can read a file can lock it.
#[test]
fn waiting_for_a_locked_file_times_out() {
    let env = three();
    let locked = std::fs::File::open(env.path("plain.age")).unwrap();
    locked.lock().unwrap();
    let before = env.read("plain.age");
    let commands: [&[&str]; 3] = [
        &["share", "plain.age", "--to", "carol"],
        &["unshare", "plain.age", "--drop", "bob"],
        &["reseal", "plain.age", "--to", "carol"],
    ];
    std::thread::scope(|scope| {
        for command in commands {
            let env = &env;
            scope.spawn(move || {
                let begun = Instant::now();
                let said = env.bulla(command).run();
                assert_eq!(said.code, Some(6), "{}", said.stderr);
                assert!(
                    said.stderr.ends_with(
                        "Waiting for plain.age, which another process has locked\n\
                         bulla: error: plain.age is locked by another process\n\
                         bulla: hint: Try again later, or find that process: fuser -v plain.age\n"
                    ),
                    "{}",
                    said.stderr
                );
                assert!(begun.elapsed() < Duration::from_secs(60));
            });
        }
    });
    assert_eq!(env.read("plain.age"), before);
    // What writes nothing does not wait.
    env.does(&["share", "plain.age", "--to", "carol", "--dry-run"]);
    drop(locked);
    env.does(&["share", "plain.age", "--to", "carol"]);
    assert_eq!(env.openers("plain.age"), [true; 3]);
}

#[test]
fn slow_a_tree_of_two_thousand_files_with_a_hundred_of_others() {
    if std::env::var_os("BULLA_TEST_SLOW").is_none() {
        return;
    }
    cut_off_and_run_again(2000, 20);
}
