//! `bulla bench`: its output, but never its speed.

use crate::env::TestEnv;

/// Rates as printed, each with two digits after the point.
fn is_rate(cell: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    cell.split_once('.')
        .is_some_and(|(whole, rest)| digits(whole) && digits(rest) && rest.len() == 2)
}

#[test]
fn it_shows_a_row_for_each_number_of_threads_and_leaves_nothing() {
    let env = TestEnv::new().with_key();
    let before = env.list();
    let said = env.bulla(["bench", "--threads", "3"]).run();
    let text = String::from_utf8(said.assert_quiet().stdout.clone()).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[..2],
        [
            "in memory, without files; GB of plaintext per second",
            "  threads  encrypt  decrypt  verify"
        ]
    );
    let rows: Vec<Vec<&str>> = lines[2..]
        .iter()
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert_eq!(
        rows.iter().map(|row| row[0]).collect::<Vec<_>>(),
        ["1", "2", "3"]
    );
    assert!(
        rows.iter()
            .all(|row| row.len() == 4 && row[1..].iter().all(|cell| is_rate(cell))),
        "{text}"
    );
    assert_eq!(env.list(), before);
}

#[test]
fn scripts_get_one_object() {
    let said = TestEnv::new()
        .bulla(["bench", "--json", "--threads", "1"])
        .run();
    let line = said
        .assert_quiet()
        .stdout
        .strip_suffix(b"\n")
        .expect("a whole line");
    assert!(!line.contains(&b'\n'));
    let object: serde_json::Value = serde_json::from_slice(line).unwrap();
    assert_eq!(object["measured"], "in memory, without files");
    assert!(object["cores"].as_u64().unwrap() >= 1);
    let [row] = object["rows"].as_array().unwrap().as_slice() else {
        panic!("one row: {object}")
    };
    assert_eq!(row["threads"], 1);
    for figure in [
        "payload_bytes",
        "encrypt_bytes_per_second",
        "decrypt_bytes_per_second",
        "verify_bytes_per_second",
    ] {
        assert!(row[figure].as_u64().unwrap() > 0, "{figure}: {object}");
    }
}
