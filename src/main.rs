//! The `bulla` program: everything is in the library.

fn main() -> std::process::ExitCode {
    bulla::run()
}
