//! Examples in other languages, each where its language is installed; where it is not, that is said.

use std::process::Command;

use crate::stage::{file, program};

#[test]
fn the_example_of_node_passes() {
    let mut node = Command::new("node");
    let node = node.args(["--test", "examples/node/"]).current_dir(file(""));
    match node.env("HOOKREEL", program()).env_remove("NODE_TEST_CONTEXT").output() {
        Err(error) => println!("NOT TESTED: node cannot be started: {error}"),
        Ok(output) => {
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
            assert!(text.contains("pass 2"), "{text}");
        }
    }
}
