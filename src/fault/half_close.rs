//! The sender says that it has said everything, and waits for the answer.

use super::{Deed, Fault};
use crate::callback::Class;
use crate::letter::Step;

pub(super) static FAULT: Fault = Fault {
    name: "half-close",
    meaning: "after the whole request the sender ends its side (FIN) and waits for the answer",
    least: Class::Legal,
    params: &[],
    deed: Deed::Each(|callback, _, _| {
        // A retry would hide that the first answer was lost.
        callback.hardship.tries = Some(1);
        callback.hardship.write(|letter| vec![Step::Write(letter.bytes().into()), Step::Finish]);
        Ok(())
    }),
};
