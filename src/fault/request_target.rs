//! The callback URL, written in another way.

use super::terms::{Param, ParamKind};
use super::{Effect, Fault};
use crate::callback::Class;
use crate::family::Family;
use crate::request::RawRequest;

pub(super) static FAULT: Fault = Fault {
    name: "request-target",
    family: Family::Headers,
    meaning: "the path or the form of the request target is another, near the right one",
    least: Class::Legal,
    params: &[Param {
        name: "as",
        default: "query",
        kind: ParamKind::Choice(&[
            "query",
            "absolute",
            "trailing-slash",
            "double-slash",
            "dot",
            "encoded-dot",
            "encoded-letter",
            "bad-escape",
            "raw-utf-8",
        ]),
        meaning: "`?a=1` and the absolute form are legal; `//`, `/./`, `/%2e/`, `/%63b` lead to the same place or nowhere; \
                  the last two stand in a query",
    }],
    effect: Effect::Each(|callback, args, _| {
        let form = args.text("as").to_owned();
        if !["query", "absolute"].contains(&form.as_str()) {
            callback.class = callback.class.max(Class::Rough);
        }
        callback.wire_fault.tamper(move |request| request.target = written(&form, request));
        Ok(())
    }),
};

fn written(form: &str, request: &RawRequest) -> Vec<u8> {
    let target = request.target.as_slice();
    let (path, query) = target.split_at(target.iter().position(|b| *b == b'?').unwrap_or(target.len()));
    let asked: &[u8] = if query.is_empty() { b"?a=" } else { b"&a=" };
    match form {
        // Of http, whatever the connection: a request does not know what carries it.
        "absolute" => [b"http://", host(request), target].concat(),
        "trailing-slash" => [path, b"/", query].concat(),
        "double-slash" => [b"/", target].concat(),
        "dot" => [b"/.", target].concat(),
        "encoded-dot" => [b"/%2e", target].concat(),
        "encoded-letter" => match path {
            // There is no request in the root; a slash will do.
            [] | [_] => [b"/%2f", query].concat(),
            [slash, first, rest @ ..] => {
                [&[*slash][..], format!("%{first:02x}").as_bytes(), rest, query].concat()
            }
        },
        "bad-escape" => [target, asked, b"%zz"].concat(),
        "raw-utf-8" => [target, asked, "é".as_bytes()].concat(),
        _ => [target, asked, b"1"].concat(),
    }
}

fn host(request: &RawRequest) -> &[u8] {
    let host = request.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(b"host"));
    host.map_or(b"localhost", |(_, value)| value)
}
