//! `bulla who`: who closed a file, and who can open it.
