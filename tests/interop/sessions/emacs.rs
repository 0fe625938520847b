//! Emacs, which starts `age` as the package age.el does.

use super::person::Person;
use crate::tools::need;

#[test]
fn emacs_reads_and_writes_encrypted_files() {
    let emacs = need!("emacs");
    for person in Person::all() {
        let wrote = person.session("emacs.sh", &emacs);
        let expected = "(0 nil)\n\"* Notes\n\"\n(0 nil)\n\"-----BEGIN AGE ENCRYPTED FILE-----\"\n\
                        \"* Notes\n** More\n\"\n(1 t)\n(1 t)\nnil\n";
        assert_eq!(wrote, expected, "{:?}", person.way);
    }
}
