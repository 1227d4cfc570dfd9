//! The known mistakes: each a way to sign, tried until one gives the signature that came.

use serde_json::Value;

use super::{Claim, Digests, Mistake, Part, Recipe, Treatment, formula, same};

/// One suspicion: what would have been signed if the mistake had been made, and what to say then.
struct Suspicion<'a> {
    recipe: Recipe<'a>,
    time: String,
    what: String,
    cure: String,
}

pub(super) fn find_mistake(claim: &Claim<'_>, key: &str, time: &str, given: &str) -> Option<Mistake> {
    let right = Recipe::new(claim.form()?.1, key);
    let expected = right.sign(claim.fields, time);
    if same(&expected, &given.to_ascii_lowercase()) {
        return Some(Mistake {
            what: "the hexadecimal digits are in upper case".into(),
            cure: "the vendor sends lower case; decode both sides before comparing".into(),
        });
    }
    if same(&expected, given.trim()) {
        return Some(Mistake {
            what: "there is white space around the signature".into(),
            cure: "send the digits alone".into(),
        });
    }
    suspicions(claim, &right, key, time)
        .into_iter()
        .find(|suspicion| same(&suspicion.recipe.sign(claim.fields, &suspicion.time), given))
        .map(|suspicion| Mistake { what: suspicion.what, cure: suspicion.cure })
}

fn suspicions<'a>(claim: &Claim<'_>, right: &Recipe<'a>, key: &str, time: &str) -> Vec<Suspicion<'a>> {
    let mut all = of_keys(right, key, time);
    all.extend(of_times(right, time));
    all.extend(of_formulas(claim, key, time));
    all.extend(of_orders(right, time));
    all.extend(of_texts(right, time));
    all
}

fn suspect<'a>(
    recipe: Recipe<'a>,
    time: &str,
    what: impl Into<String>,
    cure: impl Into<String>,
) -> Suspicion<'a> {
    Suspicion { recipe, time: time.to_owned(), what: what.into(), cure: cure.into() }
}

fn of_keys<'a>(right: &Recipe<'a>, key: &str, time: &str) -> Vec<Suspicion<'a>> {
    let with = |key: Vec<u8>| Recipe { key, ..right.clone() };
    let mut all = Vec::new();
    for (end, name) in [("\n", "a newline"), ("\r\n", "a line end (CR LF)"), (" ", "a space")] {
        let what = format!("the key was used with {name} at its end");
        all.push(suspect(with(format!("{key}{end}").into()), time, what, "strip the key where it is read"));
    }
    all.push(suspect(
        with(key.trim().into()),
        time,
        "the key given here has white space around it; it was signed without",
        "check the variable or file that the key was read from",
    ));
    all.push(suspect(
        with(format!("\u{feff}{key}").into()),
        time,
        "the key was used with a byte order mark",
        "strip it where the key is read",
    ));
    all.push(suspect(
        with(key.to_uppercase().into()),
        time,
        "the key was used in upper case",
        "use the key as the console shows it",
    ));
    if let Some(bytes) = unhex(key) {
        let cure = "the key is text: its characters are the bytes";
        all.push(suspect(
            with(bytes),
            time,
            "the key was decoded from hexadecimal first, as another scheme does",
            cure,
        ));
    }
    let hashed = Digests::Md5.sign(key.as_bytes(), b"");
    all.push(suspect(
        with(hashed.into()),
        time,
        "the MD5 of the key was used in place of the key, as another scheme does",
        "use the key itself",
    ));
    all.push(suspect(
        with(Vec::new()),
        time,
        "an empty key was used",
        "check that the variable with the key is set where it was signed",
    ));
    all
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0 && !digits.is_empty())?;
    Some(digits.chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect())
}

fn of_times<'a>(right: &Recipe<'a>, time: &str) -> Vec<Suspicion<'a>> {
    let Ok(seconds) = time.parse::<i64>() else { return Vec::new() };
    #[expect(
        clippy::cast_precision_loss,
        reason = "the mistake itself: a double holds any plausible time exactly"
    )]
    let double = seconds as f64;
    let java = {
        let digits = seconds.to_string();
        let (first, rest) = digits.split_at(1.min(digits.len()));
        let rest = rest.trim_end_matches('0');
        format!("{first}.{}E{}", if rest.is_empty() { "0" } else { rest }, digits.len().saturating_sub(1))
    };
    let float = "the time was read as a floating-point number and printed as";
    let cure = "sign the decimal digits as they stand in the message; read the time as an integer";
    let whole = "the vendor's time is in seconds, and the text that is signed is the one that is sent";
    let shown = |text: String| suspect(right.clone(), &text, format!("{float} {text}"), cure);
    vec![
        suspect(
            right.clone(),
            &seconds.saturating_mul(1000).to_string(),
            "the time was signed in milliseconds and sent in seconds",
            whole,
        ),
        suspect(
            right.clone(),
            &(seconds / 1000).to_string(),
            "the time was sent in milliseconds and signed in seconds",
            whole,
        ),
        shown(format!("{seconds}.0")),
        shown(java),
        shown(format!("{double:.6}")),
        shown(format!("{double:e}")),
        suspect(right.clone(), &format!("\"{time}\""), "the time was signed together with its quotes", cure),
    ]
}

/// The formulas of other revisions and methods.
fn of_formulas(claim: &Claim<'_>, key: &str, time: &str) -> Vec<Suspicion<'static>> {
    let mut all = Vec::new();
    for revision in claim.provider.revisions.iter().rev() {
        for (method, signature) in revision.signatures.iter().filter(|(method, _)| *method == claim.method) {
            let what = format!(
                "it is signed by the {method} formula of revision {}: {}",
                revision.name,
                formula(signature, "time")
            );
            let cure = format!(
                "revision {} is signed differently; check which one the receiver verifies",
                claim.revision.name
            );
            all.push(suspect(Recipe::new(signature, key), time, what, cure));
        }
    }
    for (method, signature) in claim.revision.signatures.iter().filter(|(method, _)| *method != claim.method)
    {
        let what = format!(
            "it is signed with {method} where {} was asked for: {}",
            claim.method,
            formula(signature, "time")
        );
        let cure = format!("set the same method on both sides, or verify with --method {method}");
        all.push(suspect(Recipe::new(signature, key), time, what, cure));
    }
    all
}

/// Other parts, or the right ones in another order.
fn of_orders<'a>(right: &Recipe<'a>, time: &str) -> Vec<Suspicion<'a>> {
    let mut all = Vec::new();
    let plain = |message: &[Part], digest| Recipe { message: message.to_vec(), digest, ..right.clone() };
    let order = "check the order of the parts against the formula";
    let (key_first, time_first) = ([Part::Key, Part::Time], [Part::Time, Part::Key]);
    all.push(suspect(
        plain(&key_first, Digests::Md5),
        time,
        "it is a plain MD5 of key and time",
        "use the formula above",
    ));
    all.push(suspect(
        plain(&time_first, Digests::Md5),
        time,
        "it is the MD5 of time and key, in this order",
        order,
    ));
    all.push(suspect(
        plain(&[Part::Time], Digests::Md5),
        time,
        "it is the MD5 of the time alone, without the key",
        "put the key before the time",
    ));
    all.push(suspect(
        plain(&[Part::Time], Digests::HmacSha256),
        time,
        "it is the HMAC-SHA256 of the time alone",
        "use the formula above",
    ));
    all.extend(of_rearrangements(right, time));
    all
}

/// The right parts, rearranged.
fn of_rearrangements<'a>(right: &Recipe<'a>, time: &str) -> Vec<Suspicion<'a>> {
    let order = "check the order of the parts against the formula";
    let plain = |message: &[Part], digest| Recipe { message: message.to_vec(), digest, ..right.clone() };
    let mut all = Vec::new();
    // The two callbacks of one platform have the time at different ends.
    let mut rotated = right.message.clone();
    if let [.., Part::Time] = rotated.as_slice() {
        rotated.rotate_right(1);
        let what = "the time stands first, as in the recording callback";
        all.push(suspect(plain(&rotated, right.digest), time, what, order));
        rotated.rotate_left(1);
    }
    if let [Part::Time, ..] = rotated.as_slice() {
        rotated.rotate_left(1);
        all.push(suspect(
            plain(&rotated, right.digest),
            time,
            "the time stands last, as in the push callback",
            order,
        ));
        let push: Vec<Part> = rotated
            .iter()
            .copied()
            .filter(|part| !matches!(part, Part::Field(name) if name.ends_with("_url")))
            .collect();
        all.push(suspect(
            plain(&push, right.digest),
            time,
            "it is signed in the field order of the push callback",
            order,
        ));
    }
    for (a, b) in pairs(&right.message) {
        let mut swapped = right.message.clone();
        swapped.swap(a, b);
        if let (Some(Part::Field(first)), Some(Part::Field(second))) =
            (right.message.get(a), right.message.get(b))
        {
            all.push(suspect(
                plain(&swapped, right.digest),
                time,
                format!("{first} and {second} are swapped"),
                order,
            ));
        }
    }
    all
}

/// Every pair of places.
fn pairs(parts: &[Part]) -> impl Iterator<Item = (usize, usize)> + use<> {
    let length = parts.len();
    (0..length).flat_map(move |a| (a + 1..length).map(move |b| (a, b)))
}

fn of_texts<'a>(right: &Recipe<'a>, time: &str) -> Vec<Suspicion<'a>> {
    let mut all = Vec::new();
    for absent in ["null", "None", "undefined", "nil"] {
        let what = format!("a field that is not in the message was signed as `{absent}`");
        all.push(suspect(
            Recipe { absent, ..right.clone() },
            time,
            what,
            "a field that is absent counts as the empty text",
        ));
    }
    let treatments: [(Treatment, &str); 4] = [
        (|text| text.replace('/', "\\/"), "slashes were signed as `\\/`: the body was serialised again"),
        (
            |text| text.replace('&', "\\u0026"),
            "ampersands were signed as `\\u0026`: the body was serialised again",
        ),
        (escaped, "characters beyond ASCII were signed as `\\u` escapes: the body was serialised again"),
        (|text| Value::from(text).to_string(), "the fields were signed together with their quotes"),
    ];
    for (treat, what) in treatments {
        all.push(suspect(
            Recipe { treat, ..right.clone() },
            time,
            what,
            "sign the text of a field after parsing, not its JSON spelling",
        ));
    }
    all
}

fn escaped(text: &str) -> String {
    text.encode_utf16().fold(String::new(), |mut out, unit| {
        match u8::try_from(unit) {
            Ok(byte) if byte.is_ascii() => out.push(char::from(byte)),
            _ => out.push_str(&format!("\\u{unit:04x}")),
        }
        out
    })
}
