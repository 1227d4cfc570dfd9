//! Header names in another case, which means nothing.

use super::terms::{Kind, Param};
use super::{Deed, Fault};
use crate::callback::Class;

pub(super) static FAULT: Fault = Fault {
    name: "header-case",
    meaning: "every header name in another case",
    least: Class::Legal,
    params: &[Param {
        name: "as",
        default: "upper",
        kind: Kind::Choice(&["upper", "lower", "mixed"]),
        meaning: "HOST, host or hOsT",
    }],
    deed: Deed::Each(|callback, args, _| {
        let case = args.text("as").to_owned();
        callback.hardship.tamper(move |letter| {
            for (at, byte) in letter.headers.iter_mut().flat_map(|(name, _)| name.iter_mut().enumerate()) {
                if case == "lower" || (case == "mixed" && at % 2 == 0) {
                    byte.make_ascii_lowercase();
                } else {
                    byte.make_ascii_uppercase();
                }
            }
        });
        Ok(())
    }),
};
