//! The command line: hands over to the library.

/// Scenes are made of many small and short-lived parts.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    toctou_lint::cli::main()
}
