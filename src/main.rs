//! The `bulla` program: everything is in the library.

fn main() -> ! {
    bulla::run()
}
