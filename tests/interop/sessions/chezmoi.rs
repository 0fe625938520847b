//! chezmoi, which starts `age`.

use super::person::{Person, named_by};

#[test]
fn chezmoi_keeps_dotfiles_encrypted() {
    let Some(chezmoi) = named_by("BULLA_CHEZMOI", "chezmoi") else {
        return;
    };
    for person in Person::all() {
        let wrote = person.session("chezmoi.sh", &chezmoi);
        let expected = "encrypted_dot_netrc.age\n-----BEGIN AGE ENCRYPTED FILE-----\n\
                        password one\npassword two\npassword three\npassword three\nhello\n\
                        ok        age-command\n";
        assert_eq!(wrote, expected, "{:?}", person.way);
    }
}
