//! The command line: hands over to the library.

fn main() {}
