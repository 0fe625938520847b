//! A fleet of machines that write backups for one recovery key.

use crate::env::TestEnv;

/// Runs some hosts in their own homes, each with some files.
fn fleet(hosts: usize, files: usize) {
    let env = TestEnv::new();
    env.does(&["identity", "new", "recovery", "--no-passphrase", "-q"]);
    env.does(&["card", "-q", "-o", "../recovery.card"]);
    let names: Vec<String> = (0..hosts).map(|number| format!("host{number}")).collect();
    for host in &names {
        env.knows(host, &["--signing-only"]);
        env.does_on(
            host,
            &["contact", "add", "recovery", "../recovery.card", "-q"],
        );
        env.does_on(host, &["config", "require", "recovery"]);
        let mut line = vec!["encrypt".to_owned(), "-q".to_owned()];
        line.extend(["--to", "recovery"].map(str::to_owned));
        for number in 0..files {
            let name = format!("backups/{host}/{number}");
            env.write(&name, format!("{host} {number}\n"));
            line.push(name);
        }
        let line: Vec<&str> = line.iter().map(String::as_str).collect();
        env.does_on(host, &line);
        for number in 0..files {
            std::fs::remove_file(env.path(format!("backups/{host}/{number}"))).unwrap();
        }
        env.write(
            &format!("backups/{host}/.bulla-policy"),
            format!("signed_by = [\"{host}\"]\n"),
        );
    }
    env.write(
        "backups/.bulla-policy",
        "require = [\"recovery\"]\nallow = []\n",
    );
    let said = env.does(&["check", "backups"]);
    assert_eq!(
        said,
        format!("{} files meet their policies\n", hosts * files)
    );
    for host in &names {
        // All that is on the host opens none of its backups.
        let folder = format!("backups/{host}");
        let said = env.on(host, &["who", "-r", &folder]).run();
        assert_eq!(said.code, Some(10), "{}", said.text());
        let none = format!("{files} of {files} inputs failed");
        assert!(said.stderr.contains(&none), "{}", said.stderr);
        let file = format!("{folder}/0.age");
        let said = env.on(host, &["decrypt", &file, "-o", "x"]).run();
        assert_eq!(said.code, Some(3), "{}", said.text());
    }
    for pair in names.windows(2) {
        let [one, other] = pair else { continue };
        // A host has no other's key, and a name proves nothing.
        env.write("forged", "forged\n");
        let as_other = [
            "encrypt", "--sign", "--as", other, "--to", "recovery", "forged",
        ];
        let said = env.on(one, &as_other).run();
        assert_ne!(said.code, Some(0), "{}", said.text());
        let fake = format!("{one}-as-{other}");
        let new = [
            "identity",
            "new",
            other,
            "--signing-only",
            "--no-passphrase",
            "-q",
        ];
        env.does_on(&fake, &[&new[..], &["--card-name", other]].concat());
        env.does_on(
            &fake,
            &["contact", "add", "recovery", "../recovery.card", "-q"],
        );
        let forged = format!("backups/{other}/forged.age");
        env.does_on(
            &fake,
            &["encrypt", "-q", "--to", "recovery", "forged", "-o", &forged],
        );
        let said = env.bulla(["check", "backups"]).run();
        assert_eq!(said.code, Some(7), "{}", said.text());
        let told = String::from_utf8(said.stdout).unwrap();
        assert!(
            told.starts_with(&format!("{forged}: signed by an unknown key")),
            "{told}"
        );
        assert_eq!(told.lines().count(), 1, "{told}");
        // A file that another host did sign is no better.
        let moved = format!("backups/{one}/0.age");
        std::fs::copy(env.path(&moved), env.path(&forged)).unwrap();
        let said = env.bulla(["check", "backups"]).run();
        let told = String::from_utf8(said.stdout).unwrap();
        assert_eq!(
            told,
            format!("{forged}: signed by {one}, and not by {other}\n")
        );
        std::fs::remove_file(env.path(&forged)).unwrap();
    }
}

#[test]
fn hosts_write_what_only_the_recovery_opens_and_none_signs_as_another() {
    fleet(3, 4);
}

/// The whole fleet: 20 hosts, 1,000 files.
#[test]
fn slow_twenty_hosts_write_a_thousand_files_that_only_the_recovery_opens() {
    if std::env::var_os("BULLA_TEST_SLOW").is_some() {
        fleet(20, 50);
    }
}
