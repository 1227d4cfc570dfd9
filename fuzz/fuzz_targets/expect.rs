#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| hookreel_fuzz::run("expect", bytes));
