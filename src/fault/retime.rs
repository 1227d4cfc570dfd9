//! The signature's time is another one, or is written in another way; it is signed as it is written.

use super::terms::{Param, ParamKind};
use super::{Effect, Fault, SenderFacts};
use crate::callback::{Class, FieldSlot, TimeForm, TimeSpelling, TimeText};
use crate::family::Family;
use crate::provider::signature::Proof;

pub(super) static FAULT: Fault = Fault {
    name: "retime",
    family: Family::Time,
    meaning: "the signed time is one that no sender would write, rightly signed",
    least: Class::Legal,
    params: &[Param {
        name: "to",
        default: "far-future",
        kind: ParamKind::Choice(&[
            "now",
            "far-future",
            "ahead",
            "zero",
            "negative",
            "smallest",
            "largest",
            "20-digits",
            "milliseconds",
            "plus",
            "leading-zero",
            "leading-space",
            "fraction",
            "exponent",
            "underscore",
            "full-width",
            "arabic",
            "empty",
            "other-type",
        ]),
        meaning: "this instant, ten years ahead, 301 s beyond the lifetime, a limit of integers, or another spelling",
    }],
    effect: Effect::Each(|callback, args, sender| {
        sender.signed()?;
        sender.timed()?;
        spellable(args.text("to"), sender)?;
        let given = |text: &str| Some(TimeText::Given(text.to_owned()));
        let spelt = |spelling| Some(TimeText::Spelt(spelling));
        let (class, time) = match args.text("to") {
            "now" => {
                callback.wire_fault.clock -= sender.lifetime;
                (Class::Rough, None)
            }
            "far-future" => {
                callback.wire_fault.clock += 315_000_000;
                (Class::Hostile, None)
            }
            // No page says how far ahead a receiver must look.
            "ahead" => {
                callback.wire_fault.clock += 301;
                (Class::Rough, None)
            }
            "other-type" => {
                if let Some(FieldSlot::Time(form)) = callback.body.slot(sender.field("@time")?) {
                    *form = if *form == TimeForm::Number { TimeForm::Text } else { TimeForm::Number };
                }
                (Class::Legal, None)
            }
            "zero" => (Class::Hostile, given("0")),
            "negative" => (Class::Hostile, given("-1")),
            "smallest" => (Class::Hostile, given("-9223372036854775808")),
            "largest" => (Class::Hostile, given("9223372036854775807")),
            "20-digits" => (Class::Hostile, given("99999999999999999999")),
            "empty" => (Class::Hostile, given("")),
            "milliseconds" => (Class::Hostile, spelt(TimeSpelling::Milliseconds)),
            "plus" => (Class::Hostile, spelt(TimeSpelling::Plus)),
            "leading-zero" => (Class::Hostile, spelt(TimeSpelling::LeadingZero)),
            "leading-space" => (Class::Hostile, spelt(TimeSpelling::LeadingSpace)),
            "fraction" => (Class::Hostile, spelt(TimeSpelling::Fraction)),
            "exponent" => (Class::Hostile, spelt(TimeSpelling::Exponent)),
            "underscore" => (Class::Hostile, spelt(TimeSpelling::Underscore)),
            "full-width" => (Class::Hostile, spelt(TimeSpelling::FullWidth)),
            _ => (Class::Hostile, spelt(TimeSpelling::Arabic)),
        };
        callback.class = callback.class.max(class);
        if time.is_some() {
            callback.body.time = time;
        }
        Ok(())
    }),
};

/// Checks that the time can be written so where it stands.
///
/// # Errors
/// It cannot: a header has no types, nothing counts that stands before its value, and a token holds a number.
fn spellable(to: &str, sender: &SenderFacts<'_>) -> Result<(), String> {
    if sender.reading.proof == Proof::Body || ["now", "far-future", "ahead"].contains(&to) {
        return Ok(());
    }
    let place = sender.time_place()?;
    match to {
        "other-type" => Err("a header has no types".into()),
        "leading-space" if place.before.is_empty() => {
            Err("a space before the value of a header belongs to HTTP, and is no part of it".into())
        }
        _ => Ok(()),
    }
}
