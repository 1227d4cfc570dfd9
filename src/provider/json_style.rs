//! JSON as a sender's own library prints it: where lines end, and what stands around a colon.

use serde_json::Value;

use crate::callback::Layout;

/// What stands between a key and its value.
pub(super) fn colon(layout: Layout) -> &'static str {
    match layout {
        Layout::Compact => ":",
        Layout::Styled => " : ",
        Layout::Tabbed => ":\t",
    }
}

/// The line end and the indentation before a member at this depth.
pub(super) fn before_member(text: &mut String, layout: Layout, depth: usize) {
    if layout != Layout::Compact {
        text.push('\n');
        text.push_str(&"\t".repeat(depth));
    }
}

/// The same before the bracket that ends an object.
pub(super) fn before_end(text: &mut String, layout: Layout, depth: usize) {
    before_member(text, layout, depth);
}

/// A value whose object stands at this depth.
pub(super) fn value(text: &mut String, value: &Value, layout: Layout, depth: usize) {
    match (value, layout) {
        (_, Layout::Compact) => text.push_str(&value.to_string()),
        (Value::Object(members), _) if !members.is_empty() => {
            text.push('{');
            for (index, (name, inner)) in members.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                before_member(text, layout, depth + 1);
                text.push_str(&Value::from(name.as_str()).to_string());
                text.push_str(colon(layout));
                self::value(text, inner, layout, depth + 1);
            }
            before_end(text, layout, depth);
            text.push('}');
        }
        (Value::Array(items), _) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push_str(if layout == Layout::Tabbed { ", " } else { "," });
                }
                self::value(text, item, layout, depth);
            }
            text.push(']');
        }
        (plain, _) => text.push_str(&plain.to_string()),
    }
}
