//! JSONPath (RFC 9535), bounded: a short expression must not take the parser an hour, nor a query all memory.

use serde_json::Value;
use serde_json_path::JsonPath;
use serde_json_path::functions::{LogicalType, ValueType};

use crate::problem::Problem;

/// The longest expression, in bytes.
const LONGEST: usize = 1024;
/// Deepest nesting of brackets and parentheses: each level doubles the parser's time.
const DEEPEST: usize = 8;
/// Most `..` in an expression: each multiplies the values found by the depth of the document.
const DESCENTS: usize = 3;
/// Most commas in an expression: selectors side by side multiply the values found.
const COMMAS: usize = 10;

/// Reads an expression.
///
/// # Errors
/// What is wrong, and the character where, from 1.
pub fn parse(expression: &str) -> Result<JsonPath, (String, usize)> {
    bounded(expression)?;
    JsonPath::parse(expression).map_err(|error| (unread(expression, error.message()), error.position() + 1))
}

/// The reason why an expression cannot be read, without quotes, since what stands in quotes is not repeated everywhere: what is most often wrong, or else what the parser says.
fn unread(expression: &str, why: &str) -> String {
    let opened =
        |open: char, close: char| expression.matches(open).count() > expression.matches(close).count();
    match expression.trim() {
        "" => "it is empty; $ is the whole document".to_owned(),
        rest if !rest.starts_with('$') => match rest.starts_with('[') {
            true => "a path begins with $; write $ before it".to_owned(),
            false => "a path begins with $; write $. before it".to_owned(),
        },
        rest if rest.ends_with('.') => "a name is missing after the last dot".to_owned(),
        _ if opened('[', ']') => "a ] is missing".to_owned(),
        _ if opened('(', ')') => "a ) is missing".to_owned(),
        rest if rest.contains('-') && !rest.contains(['\'', '"', '[']) => {
            "a name with a dash stands in brackets and quotes: $['a-b']".to_owned()
        }
        _ if why == "parser error" => "it is not written as RFC 9535 has it".to_owned(),
        _ => why.to_owned(),
    }
}

/// Problem of the expression at a place of a scenario, if there is one.
pub fn check(place: &str, expression: &str) -> Option<Problem> {
    let (why, at) = parse(expression).err()?;
    let title = format!("`{expression}` is not a JSONPath that can be used: {why}");
    Some(
        Problem::at(place, title).label(format!("at character {at}")).help(
            "RFC 9535: `$.code`, `$[*]`, `$.files[?@.id==\"7\"]`; to count, write {\"$[*]\": {count: 2}}",
        ),
    )
}

/// `match` of RFC 9535 (2.4.6): the pattern fits the whole text.
#[serde_json_path::function(name = "match")]
fn match_whole(text: ValueType, pattern: ValueType) -> LogicalType {
    fits(&text, &pattern, |pattern| format!("(?R)^(?:{pattern})$"))
}

/// `search` of RFC 9535 (2.4.7): the pattern fits a part of the text.
#[serde_json_path::function(name = "search")]
fn search_part(text: ValueType, pattern: ValueType) -> LogicalType {
    fits(&text, &pattern, |pattern| format!("(?R){pattern}"))
}

/// Holds a text against a pattern; whatever is neither, and a pattern that cannot be read, does not fit, as the RFC says.
fn fits(text: &ValueType, pattern: &ValueType, whole: fn(&str) -> String) -> LogicalType {
    let (Some(Value::String(text)), Some(Value::String(pattern))) = (text.as_value(), pattern.as_value())
    else {
        return LogicalType::False;
    };
    regex_lite::Regex::new(&whole(pattern)).is_ok_and(|pattern| pattern.is_match(text)).into()
}

fn bounded(expression: &str) -> Result<(), (String, usize)> {
    if expression.len() > LONGEST {
        return Err((format!("it is longer than {LONGEST} bytes"), LONGEST + 1));
    }
    let (mut depth, mut descents, mut commas) = (0_usize, 0, 0);
    let mut quote = None;
    let mut before = ' ';
    let mut rest = expression.chars();
    let mut at = 0;
    while let Some(c) = rest.next() {
        match (quote, c) {
            (Some(_), _) if before == '\\' => {
                // The parser takes what is not there yet for the end of a stream, and panics.
                if c == 'u'
                    && !(rest.clone().count() >= 4 && rest.clone().take(4).all(|c| c.is_ascii_hexdigit()))
                {
                    return Err(("four hexadecimal digits are expected after \\u".into(), at + 1));
                }
                before = ' ';
                at += 1;
                continue;
            }
            (Some(open), _) if open == c => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '[' | '(') => depth += 1,
            (None, ']' | ')') => depth = depth.saturating_sub(1),
            (None, '.') if before == '.' => descents += 1,
            (None, ',') => commas += 1,
            (None, _) => {}
        }
        for (count, most, what) in [
            (depth, DEEPEST, "levels of brackets"),
            (descents, DESCENTS, "steps `..`"),
            (commas, COMMAS, "commas"),
        ] {
            if count > most {
                return Err((format!("it has more than {most} {what}"), at + 1));
            }
        }
        before = c;
        at += 1;
    }
    match quote {
        Some(quote) => Err((format!("a {quote} is not closed"), at)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_that_would_explode_is_refused_at_once() {
        let nested = format!("${}@[0]{}", "[?".repeat(100), "]".repeat(100));
        for expression in [
            nested.as_str(),
            "$[?((((((((((((@.a))))))))))))]",
            "$..*..*..*..*..*",
            "$[0,0][0,0][0,0][0,0][0,0][0,0][0,0][0,0][0,0][0,0][0,0][0,0]",
            &format!("$.{}", "a".repeat(1100)),
        ] {
            // A slow one would not come to its end.
            parse(expression).unwrap_err();
        }
    }

    // Found by the fuzz target `expect`: the parser panicked.
    #[test]
    fn an_escape_that_breaks_off_is_refused() {
        for expression in
            [r#"$["\u"#, r#"$["\u"]"#, r#"$["\u12"]"#, r#"$['\ud800"#, r#"$['\ud800\u']"#, "$['a", "$[\"a'"]
        {
            parse(expression).unwrap_err();
        }
        assert_eq!(parse(r#"$["\u00e4"]"#).err(), None);
    }

    proptest::proptest! {
        #![proptest_config(proptest::test_runner::Config { cases: 20_000, ..Default::default() })]

        #[test]
        fn no_expression_makes_the_parser_panic(inner in r#"[\["'\\ud8c0-9a@?.*(),:<=&|!e+ -]{0,12}"#) {
            let _ = parse(&format!("${inner}"));
        }
    }

    #[test]
    fn patterns_fit_the_whole_text_or_a_part_of_it() {
        let document = serde_json::json!([{"n": "ab1"}, {"n": "b"}, {"n": 1}, {}, {"n": "b\r"}]);
        for (expression, found) in [
            ("$[?match(@.n, 'a|b')]", 1),
            ("$[?match(@.n, '[a-z]+[0-9]')]", 1),
            ("$[?search(@.n, 'b')]", 3),
            ("$[?search(@.n, 'b.')]", 1),
            ("$[?search(@.n, '[')]", 0),
            ("$[?!match(@.n, 'b')]", 4),
        ] {
            assert_eq!(parse(expression).unwrap().query(&document).len(), found, "{expression}");
        }
        parse("$[?match(@.n)]").unwrap_err();
    }

    #[test]
    fn ordinary_expressions_are_read() {
        for expression in [
            "$.code",
            "$[*]",
            "$..files[?@.id==\"7\"]",
            "$['a','b'].c",
            "$[?@.name==\"(((((((((((((\" && (@.n > 1 || match(@.x, \"a.*\"))]",
            "$[?@.a==\"..\\\"..,..,..\"]",
        ] {
            assert!(parse(expression).is_ok(), "{expression}");
        }
    }
}
