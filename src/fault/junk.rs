//! Bytes that are not a request.

use super::terms::{Param, ParamKind};
use super::{Effect, Fault};
use crate::callback::Class;
use crate::family::Family;
use crate::request::WireStep;

pub(super) static FAULT: Fault = Fault {
    name: "junk",
    family: Family::Framing,
    meaning: "random bytes come instead of the request",
    least: Class::Rough,
    params: &[Param { name: "bytes", default: "512", kind: ParamKind::Count(1 << 20), meaning: "how many" }],
    effect: Effect::Each(|callback, args, sender| {
        let mut draw = sender.draws.named(&callback.id);
        let mut drawn = || u8::try_from(draw.below(256)).expect("a draw below 256 is a byte");
        // Zero first: what begins like this is no text.
        let junk: Vec<u8> = std::iter::once(0).chain((1..args.count("bytes")).map(|_| drawn())).collect();
        callback.wire_fault.write(move |_| vec![WireStep::Write(junk.clone().into())]);
        Ok(())
    }),
};
