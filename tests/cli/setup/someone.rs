//! A person with a key, and files encrypted for that person, for tests of what surrounds the
//! encryption.

use crate::env::TestEnv;

/// The person's recipient.
pub(crate) const RECIPIENT: &str = "age153zt682esnft5d6vyg5rmlh89yyfg43yy0y47vf8k528679rnprqsqdthz";

/// The person's secret key.
pub(crate) const IDENTITY: &str =
    "AGE-SECRET-KEY-19HNCHT9KJQKQQJK456JTMN6EHHW9THQT9KJ77M9ACE5DCTMFV7XSRMQLQ3";

impl TestEnv {
    /// An identity file "key", which decrypts files for [`RECIPIENT`].
    pub(crate) fn with_key(self) -> Self {
        self.write("key", format!("{IDENTITY}\n"));
        self
    }

    /// The same as a plain age file, without our stanzas in the header.
    #[track_caller]
    pub(crate) fn closed_plainly(&self, plain: impl Into<Vec<u8>>) -> Vec<u8> {
        let encrypt = ["encrypt", "-q", "--plain", "-r", RECIPIENT];
        self.bulla(encrypt)
            .stdin(plain)
            .run()
            .assert_quiet()
            .stdout
            .clone()
    }

    /// These bytes, encrypted for the person with the program itself.
    #[track_caller]
    pub(crate) fn closed(&self, plain: impl Into<Vec<u8>>) -> Vec<u8> {
        self.bulla(["encrypt", "-q", "-r", RECIPIENT])
            .stdin(plain)
            .run()
            .assert_quiet()
            .stdout
            .clone()
    }

    /// These bytes, encrypted with a passphrase at the least cost.
    #[track_caller]
    pub(crate) fn locked(
        &self,
        plain: impl Into<Vec<u8>>,
        passphrase: &str,
        more: &[&str],
    ) -> Vec<u8> {
        let encrypt = [
            "encrypt",
            "-qp",
            "--work-factor",
            "10",
            "--passphrase-fd",
            "3",
        ];
        let run = self.bulla([&encrypt[..], more].concat()).stdin(plain);
        let said = run.descriptor(3, passphrase).run();
        assert_eq!(said.code, Some(0), "{}", said.stderr);
        said.stdout
    }
}
