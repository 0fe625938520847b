//! Every kind of input with every kind of output and every operation: the exit code, where the
//! bytes go, and that nothing else changes. Expectations are computed from a few rules, never
//! copied from results.

/// The kinds, and the expectations.
mod rules;

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, mpsc};
use std::thread;

use crate::env::{Outcome, TestEnv};
use crate::someone::RECIPIENT;
use crate::tools::need;

use rules::Operation::{
    Decrypt, DecryptArmored, DecryptStream, Encrypt, EncryptArmored, EncryptPassphrase, Inspect,
    Verify,
};
use rules::{Operation, Place, Sink, Source, cells, expected};

const PASSPHRASE: &str = "red clay and reeds";
const OLD: &[u8] = b"what stood there";
/// The command that takes away root's right to read everything.
const POWERLESS: [&str; 2] = ["--bounding-set", "-dac_override,-dac_read_search"];

/// The plaintext, and its encryption in binary and armored form.
struct Contents {
    plain: Vec<u8>,
    binary: Vec<u8>,
    armored: Vec<u8>,
}

impl Contents {
    fn new(plain: &[u8]) -> Self {
        let env = TestEnv::new();
        let closed = |args: &[&str]| {
            let args = ["encrypt", "-q", "-r", RECIPIENT].iter().chain(args);
            env.bulla(args)
                .stdin(plain)
                .run()
                .assert_quiet()
                .stdout
                .clone()
        };
        Self {
            plain: plain.to_owned(),
            binary: closed(&[]),
            armored: closed(&["-a"]),
        }
    }

    fn input(&self, operation: Operation) -> &[u8] {
        match operation {
            operation if operation.encrypts() => &self.plain,
            DecryptArmored => &self.armored,
            _ => &self.binary,
        }
    }
}

/// The kind, inode, mode and contents of each name in the working folder.
type Snapshot = BTreeMap<String, (String, u64, u32, Vec<u8>)>;

fn snapshot(env: &TestEnv) -> Snapshot {
    let look = |name: String| {
        let path = env.path(&name);
        let data = path.symlink_metadata().unwrap();
        let kind = data.file_type();
        let contents = match () {
            () if kind.is_symlink() => path
                .read_link()
                .unwrap()
                .into_os_string()
                .into_encoded_bytes(),
            () if kind.is_file() => fs::read(&path).unwrap_or_default(),
            () => Vec::new(),
        };
        (
            name,
            (
                format!("{kind:?} {}", kind.is_fifo()),
                data.ino(),
                data.mode(),
                contents,
            ),
        )
    };
    env.list().into_iter().map(look).collect()
}

struct Tools {
    mkfifo: PathBuf,
    setpriv: PathBuf,
}

/// One cell: a folder with everything that outputs may meet, and the input.
struct Cell<'a> {
    operation: Operation,
    source: Source,
    sink: Sink,
    contents: &'a Contents,
    env: TestEnv,
}

impl Cell<'_> {
    fn input_name(&self) -> &'static str {
        if self.operation.encrypts() {
            "in"
        } else {
            "in.age"
        }
    }

    fn plain(&self) -> &[u8] {
        if matches!(self.source, Source::Empty | Source::Null) {
            b""
        } else {
            &self.contents.plain
        }
    }

    fn prepare(&self, mkfifo: &Path) {
        let (env, name) = (&self.env, self.input_name());
        env.write("old", OLD);
        env.write("stdout", "");
        env.write("folder/other", OLD);
        symlink("old", env.path("link")).unwrap();
        symlink("fresh", env.path("dangling")).unwrap();
        let pipes = [
            (self.sink == Sink::Fifo, "pipe"),
            (self.source == Source::Fifo, name),
        ];
        for (_, pipe) in pipes.iter().filter(|(wanted, _)| *wanted) {
            env.program(mkfifo, [pipe]).run().assert_quiet();
        }
        let bytes = self.contents.input(self.operation);
        match self.source {
            Source::File | Source::ChunkAndOne | Source::StdinFile => drop(env.write(name, bytes)),
            Source::Empty => drop(env.write(name, "")),
            Source::Folder => fs::create_dir(env.path(name)).unwrap(),
            Source::Symlink => {
                env.write("real", bytes);
                symlink("real", env.path(name)).unwrap();
            }
            Source::Unreadable => {
                let path = env.write(name, bytes);
                fs::set_permissions(path, fs::Permissions::from_mode(0o000)).unwrap();
            }
            Source::StdinPipe | Source::Fifo | Source::Null | Source::Missing => {}
        }
    }

    /// Runs it with a peer at the other end of each FIFO. Also returns what the FIFO delivered.
    fn run(&self, tools: &Tools) -> (Outcome, Vec<u8>) {
        let name = self.input_name();
        let mut args = self.operation.args();
        args.extend(self.sink.args());
        match self.source {
            Source::StdinPipe if !self.operation.only_reads() => {}
            source if source.is_stdin() => args.push("-"),
            Source::Null => args.push("/dev/null"),
            _ => args.push(name),
        }
        let run = match self.source {
            Source::Unreadable if rustix::process::geteuid().is_root() => {
                let line = [POWERLESS.as_slice(), &[env!("CARGO_BIN_EXE_bulla")], &args].concat();
                self.env.program(&tools.setpriv, line)
            }
            _ => self.env.bulla(args),
        };
        let mut run = run.redirect(self.sink.redirect());
        if self.operation == EncryptPassphrase {
            run = run.descriptor(3, PASSPHRASE);
        }
        run = match self.source {
            Source::StdinPipe => run.stdin(self.contents.input(self.operation)),
            Source::StdinFile => run.redirect(&format!("<'{name}'")),
            _ => run,
        };
        thread::scope(|scope| {
            let (opened, is_open) = mpsc::channel();
            let reader = (self.sink == Sink::Fifo).then(|| {
                scope.spawn(move || {
                    let mut pipe = fs::File::open(self.env.path("pipe")).unwrap();
                    opened.send(()).unwrap();
                    let mut bytes = Vec::new();
                    pipe.read_to_end(&mut bytes).unwrap();
                    bytes
                })
            });
            let writer = (self.source == Source::Fifo).then(|| {
                scope.spawn(|| {
                    let pipe = OpenOptions::new().write(true).open(self.env.path(name));
                    // The program may refuse before it reads.
                    _ = pipe.unwrap().write_all(self.contents.input(self.operation));
                })
            });
            let outcome = run.run();
            // Peers of a FIFO that the program never opened are still waiting.
            let met = |name: &str| {
                let flags = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
                let both = OpenOptions::new()
                    .read(true)
                    .write(true)
                    .custom_flags(flags)
                    .open(self.env.path(name));
                both.unwrap()
            };
            if let Some(writer) = writer {
                let _held = met(name);
                writer.join().unwrap();
            }
            let bytes = reader.map(|reader| {
                let held = met("pipe");
                is_open.recv().unwrap();
                drop(held);
                reader.join().unwrap()
            });
            (outcome, bytes.unwrap_or_default())
        })
    }

    /// Returns true if these bytes are the right result of the operation.
    fn is_right(&self, bytes: &[u8]) -> bool {
        match self.operation {
            Encrypt | EncryptArmored => {
                let armored = bytes.starts_with(b"-----BEGIN AGE");
                let opened = self
                    .env
                    .bulla(["decrypt", "-q", "-i", "key"])
                    .stdin(bytes)
                    .run();
                armored == (self.operation == EncryptArmored) && self.is_plain(&opened)
            }
            EncryptPassphrase => {
                let open = self
                    .env
                    .bulla(["decrypt", "-q", "--passphrase-fd", "3"])
                    .stdin(bytes);
                self.is_plain(&open.descriptor(3, PASSPHRASE).run())
            }
            Decrypt | DecryptArmored | DecryptStream => bytes == self.plain(),
            Verify => {
                bytes.ends_with(b"of contents)\n")
                    && bytes.iter().filter(|&&b| b == b'\n').count() == 1
            }
            Inspect => String::from_utf8_lossy(bytes).contains("age-encryption.org/v1"),
        }
    }

    fn is_plain(&self, opened: &Outcome) -> bool {
        let is_right = if self.source == Source::Folder {
            // An archive: the mark of a tar header, and the folder's name in one of them.
            let has_name = opened
                .stdout
                .chunks(512)
                .any(|block| block.starts_with(b"in/\0"));
            has_name && opened.stdout.get(257..262) == Some(b"ustar")
        } else {
            opened.stdout == self.plain()
        };
        opened.code == Some(0) && is_right && opened.stderr.is_empty()
    }

    /// Runs the cell, and returns what is wrong with the outcome.
    fn check(&self, tools: &Tools) -> Result<(), String> {
        let (code, place) = expected(self.operation, self.source, self.sink);
        self.prepare(&tools.mkfifo);
        let before = snapshot(&self.env);
        let (outcome, fifo) = self.run(tools);
        let mut after = snapshot(&self.env);
        let mut out = Vec::new();
        if let Place::File(name) = place {
            let Some((_, inode, mode, bytes)) = after.remove(name) else {
                return Err(format!("no {name}"));
            };
            let new = before.get(name).is_none_or(|(_, old, ..)| *old != inode);
            let secret = new && name != "old" && !self.operation.encrypts();
            if secret && mode & 0o777 != 0o600 {
                return Err(format!("{name} has mode {mode:o}"));
            }
            out = bytes;
        }
        let mut before = before;
        if let Place::File(name) = place {
            before.remove(name);
        }
        if before != after {
            return Err(format!(
                "changed from {:?} to {:?}",
                before.keys(),
                after.keys()
            ));
        }
        let said = (outcome.code, !outcome.stderr.contains("bulla: error: "));
        if said != (Some(code), code == 0) || outcome.stderr.contains("panicked") {
            return Err(format!(
                "exit {:?} instead of {code}, {}",
                outcome.code, outcome.stderr
            ));
        }
        let others = [(Place::Pipe, outcome.stdout), (Place::Fifo, fifo)];
        for (other, bytes) in others {
            match other == place {
                true => out = bytes,
                false if bytes.is_empty() => {}
                false => return Err(format!("{} bytes in {other:?}", bytes.len())),
            }
        }
        match place {
            Place::Nowhere | Place::Lost => Ok(()),
            _ if self.is_right(&out) => Ok(()),
            _ => Err(format!(
                "{} bytes in {place:?} that are not the result",
                out.len()
            )),
        }
    }
}

#[test]
fn long_every_kind_of_input_goes_to_every_kind_of_output() {
    let (mkfifo, setpriv) = need!("mkfifo", "setpriv");
    let tools = Tools { mkfifo, setpriv };
    let (short, long) = (
        Contents::new(b"plain text\n"),
        Contents::new(&[b'x'; 65_537]),
    );
    let cells = cells();
    let (next, wrong) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || {
        while let Some(&(operation, source, sink)) = cells.get(next.fetch_add(1, Ordering::Relaxed))
        {
            let contents = if source == Source::ChunkAndOne {
                &long
            } else {
                &short
            };
            let env = TestEnv::new().with_key();
            let cell = Cell {
                operation,
                source,
                sink,
                contents,
                env,
            };
            if let Err(why) = cell.check(&tools) {
                wrong
                    .lock()
                    .unwrap()
                    .push(format!("{operation:?}, {source:?} to {sink:?}: {why}"));
            }
        }
    };
    thread::scope(|scope| {
        scope.spawn(work);
        work();
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(
        wrong.is_empty(),
        "{} of {} cells:\n{}",
        wrong.len(),
        cells.len(),
        wrong.join("\n")
    );
    println!(
        "input kinds x output kinds x operations: {} cells",
        cells.len()
    );
    assert_eq!(cells.len(), 990);
}
