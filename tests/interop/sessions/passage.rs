//! A store of passwords, as passage keeps one.

use std::path::Path;

use super::person::Person;

#[test]
fn a_store_of_passwords_is_kept_as_passage_keeps_it() {
    for person in Person::all() {
        let wrote = person.session("passage.sh", Path::new(""));
        let expected = "second\nthird\none\ntwo\ntwo\n1\n1\nold\n1\n\
                        broken.age\nmail.age\nteam/.age-recipients\nteam/wiki.age\n";
        assert_eq!(wrote, expected, "{:?}", person.way);
    }
}
