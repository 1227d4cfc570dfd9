//! JUnit XML for CI systems. A run has a suite per scenario and a test case per callback. An audit has a suite per
//! family and a test case per case. A load has a test case per threshold, a search one per step.

use std::collections::BTreeMap;
use std::time::Duration;

use super::results::{Item, Results, Status, Suite};
use super::{Subject, inert};
use crate::record::Header;

/// The whole report.
pub fn of(subject: Subject<'_>) -> String {
    let results = Results::of(subject);
    let mut report = Element::new("testsuites").with("name", "hookreel");
    report.count(&["tests", "failures", "errors"], || results.items().map(|(_, item)| item.status));
    let mut told = BTreeMap::new();
    let of = |(index, suite): (usize, &Suite)| {
        // The schema has no place for what is true of all suites.
        let whole = if index == 0 { overall(&results) } else { Vec::new() };
        let mut out = test_suite(suite, results.header, whole);
        out.children.iter_mut().for_each(|case| number(case, &mut told));
        out
    };
    report.children = results.suites.iter().enumerate().map(of).collect();
    let mut out = String::from(r#"<?xml version="1.0" encoding="UTF-8"?>"#);
    report.write(0, &mut out);
    out + "\n"
}

/// Numbers a test case whose class and name came before: CI systems take both together for one test.
fn number(case: &mut Element, told: &mut BTreeMap<(String, String), usize>) {
    let of = |wanted: &str| {
        case.attributes.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value.clone())
    };
    let Some((class, name)) = of("classname").zip(of("name")) else { return };
    let times = told.entry((class, name)).or_insert(0);
    *times += 1;
    if let (Some((_, name)), 2..) = (case.attributes.iter_mut().find(|(name, _)| *name == "name"), *times) {
        name.push_str(&format!(" ({times})"));
    }
}

/// Findings about the whole.
fn overall(results: &Results<'_>) -> Vec<(&'static str, String)> {
    let summary = Some(("summary", results.summary.clone())).filter(|(_, text)| !text.is_empty());
    summary.into_iter().chain(results.overall.clone()).collect()
}

fn test_suite(suite: &Suite, header: &Header, overall: Vec<(&'static str, String)>) -> Element {
    let mut out = Element::new("testsuite").with("name", &suite.name);
    out.count(&["tests", "skipped", "errors", "failures"], || suite.items.iter().map(|item| item.status));
    out.time(suite.time);
    let embedded = header.embedded.then(|| ("receiver", "built-in: no target was named".to_owned()));
    out.properties(embedded.into_iter().chain(suite.properties.iter().cloned()).chain(overall));
    let class = suite.class.as_ref().unwrap_or(&suite.name);
    out.children.extend(suite.items.iter().map(|item| test_case(item, class)));
    out
}

fn test_case(item: &Item, class: &str) -> Element {
    let mut out = Element::new("testcase").with("name", &item.name).with("classname", class);
    out.time(item.time);
    let detail: Vec<String> = item.notes().map(|(name, text)| format!("{name}: {text}")).collect();
    let bad_end = |name| Some(bad(name, item, detail.join("\n")));
    let (end, printed) = match item.status {
        Status::Passed => {
            let reason = Some(item.reason.clone()).filter(|reason| !reason.is_empty());
            (None, reason.into_iter().chain(detail.clone()).collect())
        }
        Status::Failed => (bad_end("failure"), properties(item)),
        Status::Error => (bad_end("error"), properties(item)),
        Status::Skipped => (Some(bad("skipped", item, String::new())), Vec::new()),
    };
    out.children.extend(end);
    if !printed.is_empty() {
        out.children.push(Element { text: printed.join("\n"), ..Element::new("system-out") });
    }
    out
}

/// Properties of a test case, as lines of its output: no schema allows them elsewhere, and CI systems know this form.
fn properties(item: &Item) -> Vec<String> {
    let place = item.place.as_ref();
    let places = place.map(|place| [("file", place.file.clone()), ("line", place.line.to_string())]);
    let notes = [&item.why, &item.fix].map(|(name, text)| (*name, text.clone()));
    let all = places.into_iter().flatten().chain(notes).filter(|(_, value)| !value.is_empty());
    all.map(|(name, value)| format!("[[PROPERTY|{name}={}]]", inert(&value).replace("]]", "] ]"))).collect()
}

fn bad(name: &'static str, item: &Item, text: String) -> Element {
    Element { text, ..Element::new(name).with("message", &item.reason) }
}

/// A tag with its attributes, and either children or a text.
#[derive(Default)]
struct Element {
    name: &'static str,
    attributes: Vec<(&'static str, String)>,
    children: Vec<Element>,
    text: String,
}

impl Element {
    fn new(name: &'static str) -> Self {
        Self { name, ..Self::default() }
    }

    fn with(mut self, name: &'static str, value: &str) -> Self {
        self.attributes.push((name, value.to_owned()));
        self
    }

    /// Adds the number of items, and those of each status, under names in the order of the report's readers.
    fn count<I: Iterator<Item = Status>>(&mut self, names: &[&'static str], items: impl Fn() -> I) {
        self.attributes.extend(names.iter().map(|name| {
            let counted = items().filter(|status| match *name {
                "skipped" => *status == Status::Skipped,
                "failures" => *status == Status::Failed,
                "errors" => *status == Status::Error,
                _ => true,
            });
            (*name, counted.count().to_string())
        }));
    }

    fn time(&mut self, time: Option<Duration>) {
        self.attributes.extend(time.map(|time| ("time", format!("{:.3}", time.as_secs_f64()))));
    }

    fn properties(&mut self, properties: impl Iterator<Item = (&'static str, String)>) {
        let property =
            |(name, value): (&str, String)| Self::new("property").with("name", name).with("value", &value);
        let children: Vec<Self> = properties.map(property).collect();
        if !children.is_empty() {
            self.children.push(Self { children, ..Self::new("properties") });
        }
    }

    fn write(&self, depth: usize, out: &mut String) {
        let begin = "\n".to_owned() + &"    ".repeat(depth);
        out.push_str(&format!("{begin}<{}", self.name));
        for (name, value) in &self.attributes {
            out.push_str(&format!(" {name}=\"{}\"", escaped(value)));
        }
        match (self.children.as_slice(), self.text.as_str()) {
            ([], "") => return out.push_str("/>"),
            ([], text) => out.push_str(&format!(">{}", escaped(text))),
            (children, _) => {
                out.push('>');
                for child in children {
                    child.write(depth + 1, out);
                }
                out.push_str(&begin);
            }
        }
        out.push_str(&format!("</{}>", self.name));
    }
}

/// Without the characters that XML 1.0 cannot hold at all, and with those written out that mean something to it.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'.. => out.push(c),
            _ => {}
        }
    }
    out
}
