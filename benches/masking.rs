//! What it costs to take secrets out of answers: `cargo bench --bench masking`.

use std::hint::black_box;
use std::time::Instant;

use hookreel::masking::Secrets;

/// As much of an answer as a run keeps.
const KEPT: usize = 2048;

#[expect(clippy::print_stdout, clippy::disallowed_methods, reason = "real time, for a person")]
fn main() {
    let secrets = Secrets::default();
    secrets.key("0123456789abcdef0123456789abcdeF");
    for n in 0..1000_u128 {
        secrets
            .signature(&format!("{:032x}", (n + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835)));
    }
    for (name, text) in [
        ("words", "{\"code\": 17, \"message\": \"the stream is not known here\"} "),
        ("digits", "9b1c57e0d2a84f63"),
        ("escapes", "%41\\u0042&#67;"),
    ] {
        let text: String = text.chars().cycle().take(1 << 20).collect();
        let best = |mask: &dyn Fn() -> usize| {
            let runs = (0..20).map(|_| {
                let begun = Instant::now();
                black_box(mask());
                begun.elapsed()
            });
            runs.min().unwrap_or_default()
        };
        let (kept, whole) = (best(&|| secrets.head(&text, KEPT).len()), best(&|| secrets.mask(&text).len()));
        println!("1 MiB of {name}: {kept:?} for what is kept, {whole:?} for all of it");
    }
}
