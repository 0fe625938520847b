//! A git repository with a filter.

use super::person::Person;
use crate::tools::need;

#[test]
fn git_encrypts_and_decrypts_with_a_filter() {
    let git = need!("git");
    for person in Person::all() {
        let wrote = person.session("git_filter.sh", &git);
        let expected = "-----BEGIN AGE ENCRYPTED FILE-----\n-token = 1\n+token = 2\n\
                        second\n-token = 1\n+token = 2\nfirst\n+token = 1\n\
                        token = 2\ntoken = 1\n1\n";
        assert_eq!(wrote, expected, "{:?}", person.way);
    }
}
