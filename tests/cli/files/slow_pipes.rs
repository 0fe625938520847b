//! A pipe that fills slowly: what has come is worked on, and handed on, before more is waited for.

use std::io::{Read, Write};
use std::process::Stdio;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use crate::env::TestEnv;
use crate::someone::RECIPIENT;

/// When a test gives up, which is a failure.
const PATIENCE: Duration = Duration::from_secs(60);

fn pieces_of(mut stream: impl Read + Send + 'static) -> Receiver<Vec<u8>> {
    let (to, pieces) = channel();
    std::thread::spawn(move || {
        let mut buffer = vec![0; 1 << 20];
        while let Ok(read @ 1..) = stream.read(&mut buffer) {
            if to.send(buffer[..read].to_vec()).is_err() {
                return;
            }
        }
    });
    pieces
}

/// Runs this with the first part of an input, and gives the rest only when so much output has come.
/// Returns the whole output.
#[track_caller]
fn handed_on(env: &TestEnv, args: &[&str], (first, rest): (&[u8], &[u8]), least: usize) -> Vec<u8> {
    let mut command = env.bulla(args).command();
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let pieces = pieces_of(child.stdout.take().unwrap());
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(first).unwrap();
    let mut output = Vec::new();
    while output.len() < least {
        match pieces.recv_timeout(PATIENCE) {
            Ok(piece) => output.extend(piece),
            Err(_) => {
                child.kill().unwrap();
                panic!("{args:?}: {} bytes came, not {least}", output.len());
            }
        }
    }
    stdin.write_all(rest).unwrap();
    drop(stdin);
    output.extend(pieces.iter().flatten());
    assert!(child.wait().unwrap().success(), "{args:?}");
    output
}

#[test]
fn whole_chunks_are_encrypted_before_more_is_waited_for() {
    let env = TestEnv::new().with_key();
    let plain: Vec<u8> = (0..300_000_u32).map(|at| (at / 5) as u8).collect();
    // Two chunks, and the byte that shows that they are not the last.
    let parts = plain.split_at(131_073);
    let encrypt = ["encrypt", "-q", "-r", RECIPIENT];
    let sealed = handed_on(&env, &encrypt, parts, 2 * 65_552);
    env.bulla(["decrypt", "-q", "-i", "key"])
        .stdin(sealed)
        .run()
        .assert(0, plain, "");
}

#[test]
fn whole_chunks_are_decrypted_before_more_is_waited_for() {
    let env = TestEnv::new().with_key();
    let plain: Vec<u8> = (0..300_000_u32).map(|at| (at / 5) as u8).collect();
    let sealed = env.closed(plain.clone());
    let parts = sealed.split_at(sealed.len() - 110_000);
    let decrypt = ["decrypt", "-q", "--stream", "-i", "key"];
    let opened = handed_on(&env, &decrypt, parts, 2 * 65_536);
    assert!(opened == plain);
}

#[test]
fn a_command_gets_whole_chunks_before_more_is_waited_for() {
    let env = TestEnv::new().with_key();
    let plain: Vec<u8> = (0..300_000_u32).map(|at| (at / 5) as u8).collect();
    let sealed = env.closed(plain.clone());
    let parts = sealed.split_at(sealed.len() - 110_000);
    let decrypt = [
        "decrypt", "-q", "--stream", "-i", "key", "-", "--", "/bin/cat",
    ];
    let opened = handed_on(&env, &decrypt, parts, 2 * 65_536);
    assert!(opened == plain);
}
