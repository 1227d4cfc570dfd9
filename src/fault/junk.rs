//! Bytes that are no request at all.

use super::terms::{Kind, Param};
use super::{Deed, Fault};
use crate::callback::Class;
use crate::letter::Step;

pub(super) static FAULT: Fault = Fault {
    name: "junk",
    meaning: "random bytes come in place of the request",
    least: Class::Rough,
    params: &[Param { name: "bytes", default: "512", kind: Kind::Count(1 << 20), meaning: "how many" }],
    deed: Deed::Each(|callback, args, sender| {
        let mut draw = sender.draws.named(&callback.id);
        let mut drawn = || u8::try_from(draw.below(256)).unwrap_or_default();
        // Zero first: what begins like this is no text.
        let junk: Vec<u8> = std::iter::once(0).chain((1..args.count("bytes")).map(|_| drawn())).collect();
        callback.hardship.write(move |_| vec![Step::Write(junk.clone().into())]);
        Ok(())
    }),
};
