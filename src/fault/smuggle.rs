//! Behind a request that is right another hides that is not.

use super::{Deed, Fault, copies};
use crate::callback::Class;
use crate::letter::{Letter, Step};

pub(super) static FAULT: Fault = Fault {
    name: "smuggle",
    meaning: "after the callback it comes once more, and on its heels, in the same write, with its signature wiped out",
    least: Class::Legal,
    params: &[],
    deed: Deed::Order(|callbacks, chosen, _, sender| {
        sender.signed()?;
        let mut all = Vec::new();
        for (at, callback) in callbacks.into_iter().enumerate() {
            let copy = copies(&callback, usize::from(chosen.contains(&at)));
            // The callback itself has come before, so that its copy has no effect, and only the hidden one could have.
            all.push(callback);
            for mut copy in copy {
                copy.class = Class::Hostile;
                copy.hardship.write(|letter| {
                    let both = [letter.bytes(), wiped(letter).bytes()].concat();
                    vec![Step::Another, Step::Write(both.into())]
                });
                all.push(copy);
            }
        }
        Ok(all)
    }),
};

/// The same request with zeros in the place of its signature.
fn wiped(letter: &Letter) -> Letter {
    let zeros = "0".repeat(letter.signature.len());
    let body = String::from_utf8_lossy(&letter.body).replace(&letter.signature, &zeros);
    Letter { body: body.into_bytes(), ..letter.clone() }
}
