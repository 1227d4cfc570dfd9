//! The program; everything it does is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    hookreel::cli::main()
}

/// Runs before the standard library begins, which opens `/dev/null` in the place of a standard stream that is closed: results would
/// be lost without an error.
#[cfg(any(target_os = "linux", target_os = "macos"))]
#[expect(
    unsafe_code,
    reason = "nothing safe runs so early; the function itself is safe, and uses no state of the library"
)]
#[used]
#[cfg_attr(target_os = "linux", unsafe(link_section = ".init_array"))]
#[cfg_attr(target_os = "macos", unsafe(link_section = "__DATA,__mod_init_func"))]
static BEFORE: extern "C" fn() = hookreel::cli::fill_closed_streams;
