//! The command line: hands over to the library.

fn main() -> std::process::ExitCode {
    toctou_lint::cli::main()
}
