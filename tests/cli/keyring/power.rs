//! Power cuts after a change was reported as done.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::env::TestEnv;
use crate::kernel::cannot;
use crate::someone::RECIPIENT;
use crate::tools::{need, skip, tool_on};

/// An ext4 file system in an image that can lose power: data not yet on the disk is gone.
struct Disk {
    image: PathBuf,
    mount: PathBuf,
    python: PathBuf,
}

/// EXT4_IOC_SHUTDOWN with EXT4_GOING_FLAGS_NOLOGFLUSH: nothing more reaches the disk, not even the
/// journal.
const CUT: &str = "import fcntl, os, struct, sys
fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587d, struct.pack('I', 2))";

impl Disk {
    fn command(&self, program: impl AsRef<std::ffi::OsStr>, args: &[&Path]) -> bool {
        let run = Command::new(program)
            .args(args)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        run.is_ok_and(|status| status.success())
    }

    fn mount(&self) -> bool {
        self.command(
            "mount",
            &[Path::new("-o"), Path::new("loop"), &self.image, &self.mount],
        )
    }

    fn cut_power(&self) {
        let cut = Command::new(&self.python)
            .arg("-c")
            .arg(CUT)
            .arg(&self.mount)
            .status()
            .unwrap();
        assert!(cut.success());
        assert!(self.command("umount", &[&self.mount]));
        assert!(self.mount());
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        self.command("umount", &[&self.mount]);
    }
}

/// Adds contacts and groups on such a disk, and cuts the power after each was reported as done.
fn power_cuts(cuts: usize) {
    let Some(mkfs) = tool_on("/usr/sbin:/sbin:/usr/bin:/bin".as_ref(), "mkfs.ext4") else {
        return skip("mkfs.ext4 not installed");
    };
    let python = need!("python3");
    if !rustix::process::geteuid().is_root() {
        return cannot("only root can mount a disk");
    }
    let env = TestEnv::new();
    let disk = Disk {
        image: env.path("image"),
        mount: env.path("disk"),
        python,
    };
    fs::File::create(&disk.image)
        .unwrap()
        .set_len(64 << 20)
        .unwrap();
    fs::create_dir(&disk.mount).unwrap();
    assert!(disk.command(&mkfs, &[Path::new("-q"), &disk.image]));
    if !disk.mount() {
        return cannot("no image of a disk can be mounted here");
    }
    let home = disk.mount.join("keyring");
    let run = |line: &[&str]| {
        let told = env.bulla(line).env("BULLA_HOME", &home).run();
        assert_eq!(told.code, Some(0), "{line:?}: {}", told.stderr);
        told
    };
    run(&["group", "create", "all"]);
    for n in 0..cuts {
        let name = format!("c{n}");
        match n % 3 {
            0 => run(&["contact", "add", &name, RECIPIENT]),
            1 => run(&["group", "create", &name]),
            _ => run(&["group", "add", "all", &format!("c{}", n - 2)]),
        };
        disk.cut_power();
        let kept = |file: String| {
            fs::read_to_string(home.join(&file))
                .unwrap_or_else(|why| panic!("cut {n}: {file}: {why}"))
        };
        match n % 3 {
            0 => assert!(kept(format!("contacts/{name}.toml")).contains(RECIPIENT)),
            1 => assert!(kept(format!("groups/{name}.toml")).contains("members")),
            _ => assert!(kept("groups/all.toml".to_owned()).contains(&format!("\"c{}\"", n - 2))),
        }
    }
    run(&["contact", "list"]);
    println!("keyring: {cuts} power cuts after what was reported done: 0 lost");
}

#[test]
fn long_reported_changes_survive_a_power_cut() {
    power_cuts(12);
}

#[test]
fn whole_reported_changes_survive_a_power_cut() {
    if std::env::var_os("BULLA_TEST_WHOLE").is_some() {
        power_cuts(500);
    }
}
