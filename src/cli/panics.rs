//! A panic is a mistake of ours, wherever it happens: the program ends at once, with the exit code that says so. What a record holds
//! was written before; what `--exec` started ends with us.

use std::io::{self, Write};
use std::panic::{self, PanicHookInfo};

use super::exit::Exit;

/// From here on a panic of any thread ends the program.
pub(super) fn end_the_program() {
    panic::set_hook(Box::new(|info| {
        // Nobody is left to be told of a closed standard error.
        let _ = io::stderr().write_all(told(info).as_bytes());
        std::process::exit(Exit::Internal as i32)
    }));
}

/// The text of a panic: its place, and its reason where that is a text of ours. A reason that was put together may hold a secret.
fn told(info: &PanicHookInfo<'_>) -> String {
    let place = info.location().map_or_else(|| "an unknown place".into(), ToString::to_string);
    let reason =
        info.payload().downcast_ref::<&str>().map_or_else(String::new, |reason| format!(": {reason}"));
    format!(
        "error: internal error at {place}{reason}\n  this is a mistake in hookreel {}: please report it with the command that you gave\n",
        env!("CARGO_PKG_VERSION")
    )
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    /// Ends the process of this test; the other test starts it.
    #[test]
    #[ignore = "ends its process"]
    fn a_thread_panics() {
        super::end_the_program();
        std::thread::spawn(|| {
            let key = String::from("0123456789abcdef");
            assert!(key.is_empty(), "put together with {key}");
        })
        .join()
        .unwrap();
    }

    #[test]
    fn a_panic_of_any_thread_ends_the_program_with_70_and_shows_no_value() {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "cli::panics::tests::a_thread_panics", "--ignored", "--nocapture"]);
        let ended = command.output().unwrap();
        let text = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(70), "{text}");
        assert!(text.contains("error: internal error at src/cli/panics.rs:"), "{text}");
        assert!(!text.contains("0123456789abcdef"), "{text}");
    }
}
