use super::*;
use serde_json::json;

fn files(accepted: &[&str], refused: &[&str]) -> Files {
    let set = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect();
    Files { accepted: set(accepted), refused: set(refused), ..Files::default() }
}

fn state(value: &Value) -> StateAnswer {
    StateAnswer::read(value.to_string())
}

fn checked(
    path: Option<&str>,
    before: &StateAnswer,
    after: &StateAnswer,
    files: &Files,
) -> Result<KnownBy, StateError> {
    let check = StateCheck { once: true, path: path.map(str::to_owned), ..StateCheck::default() };
    ready(&check, before).and_then(|()| judge(&check, before, after, files))
}

fn says(before: &Value, after: &Value, files: &Files) -> String {
    checked(None, &state(before), &state(after), files).map_or_else(|why| why.to_string(), |_| String::new())
}

#[test]
fn each_accepted_file_stands_there_once() {
    let files = files(&["file-aaaa"], &[]);
    let entry = json!({"id": 1, "source": "http://host/file-aaaa.m3u8"});
    assert_eq!(says(&json!([]), &json!([{"name": "rec_file-aaaa"}]), &files), "", "inside a longer word");
    assert_eq!(says(&json!([]), &json!([entry]), &files), "");
    assert!(says(&json!([]), &json!([]), &files).contains("not there"));
    assert!(says(&json!([]), &json!([entry, entry]), &files).contains("2 times"));
}

#[test]
fn an_entry_of_the_same_id_is_the_same_entry() {
    let known = |field: &str| Files { field: field.into(), ..files(&["file-aaaa"], &[]) };
    let none = files(&[], &[]);
    let (own, other) =
        (json!({"id": 9, "seen": 1, "file_id": "file-aaaa"}), json!({"id": 1, "seen": 1, "file_id": "old"}));
    let later = json!({"id": 1, "seen": 2, "file_id": "old"});
    assert_eq!(says(&json!([other]), &json!([later, own]), &known("file_id")), "");
    assert_eq!(says(&json!([other]), &json!([later]), &none), "");
    // By the callback's own name of it, whatever else is called an id.
    let (one, two) = (json!({"id": 1, "fileId": "old"}), json!({"id": 2, "fileId": "old"}));
    assert_eq!(says(&json!([one]), &json!([two, own]), &known("file_id")), "");
    assert_eq!(says(&json!([{"name": "x", "url": "u?1"}]), &json!([{"name": "x", "url": "u?2"}]), &none), "");
    let at = |url: &str| json!([{"id": 1, "url": url}]);
    assert_eq!(says(&at("https://x/a?sig=1"), &at("https://x/a?sig=2"), &none), "");
    assert!(
        says(&at("https://x/a"), &at("https://x/b"), &none).contains("belongs to no callback"),
        "overwritten"
    );
    // Another id, other fields, or one more entry of the same id is what came.
    for (before, after) in [
        (json!([{"id": 1, "seen": 1}]), json!([{"id": 2, "seen": 1}])),
        (json!([{"id": 1, "seen": 1}]), json!([{"id": 1, "forged": 1}])),
        (json!([{"id": 1, "seen": 1}]), json!([{"id": 1, "seen": 2}, {"id": 1, "seen": 2}])),
        (json!([{"seen": 1}]), json!([{"seen": 2}])),
    ] {
        assert!(says(&before, &after, &none).contains("belongs to no callback"), "{before} {after}");
    }
    assert!(says(&json!([other, one]), &json!([later]), &none).contains("entries of other files are gone"));
}

#[test]
fn what_was_settled_stays_and_what_comes_meanwhile_may_come() {
    let settled = |keys: &[&str]| Files {
        settled: keys.iter().map(|key| (*key).to_owned()).collect(),
        foreign: keys.iter().map(|key| (*key).to_owned()).collect(),
        ..files(&["file-new1"], &[])
    };
    let list = |keys: &[&str]| keys.iter().map(|key| json!({"file_id": key})).collect::<Value>();
    let both = settled(&["file-old1", "file-old2"]);
    let before = list(&["file-old1", "file-old2"]);
    assert_eq!(says(&before, &list(&["file-old1", "file-old2", "file-new1"]), &both), "");
    assert_eq!(says(&before, &list(&["file-new1", "file-old2", "file-old1"]), &both), "", "in any order");
    assert!(says(&before, &list(&["file-old2", "file-new1"]), &both).contains("such as that of file-old1"));
    assert_eq!(says(&list(&["file-old1"]), &list(&["file-old1", "file-old2", "file-new1"]), &both), "");
    assert_eq!(
        says(&before, &list(&["file-old2", "file-new1"]), &settled(&[])),
        "entries of other files are gone"
    );
}

#[test]
fn a_list_in_another_order_is_the_same_list() {
    let check = StateCheck { once: true, ..StateCheck::default() };
    let same = |one: &str, other: &str| {
        same_entries(&check, &StateAnswer::read(one.into()), &StateAnswer::read(other.into()))
    };
    assert!(same(r#"[{"id": 1}, {"id": 2}]"#, r#"[{"id": 2}, {"id": 1}]"#));
    assert!(!same(r#"[{"id": 1}, {"id": 2}]"#, r#"[{"id": 2}]"#));
    assert!(!same(r#"[{"id": 1}, {"id": 1}]"#, r#"[{"id": 1}]"#), "as often");
    assert!(!same("not JSON", "no JSON"));
}

#[test]
fn a_part_of_an_id_within_an_address_is_no_id_that_was_cut() {
    let files = files(&["12345678_35dbd9a5"], &[]);
    let of_account = json!([{"url": "https://12345678.vod.example/a.m3u8"}]);
    assert!(says(&json!([]), &of_account, &files).contains("none of them holds it"));
    let cut = json!([{"file_id": "12345678", "url": "https://host/a.m3u8"}]);
    assert!(says(&json!([]), &cut, &files).contains("cut at the end"));
}

#[test]
fn a_legal_callback_that_was_not_accepted_is_told_from_one_that_had_to_be_rejected() {
    let hostile = files(&[], &["file-bbbb"]);
    assert!(stored_all_the_same("file-bbbb", &hostile).text.contains("had to be rejected"));
    let declined = Files { declined: hostile.refused.clone(), ..hostile };
    assert!(stored_all_the_same("file-bbbb", &declined).text.contains("its callback was not accepted"));
}

#[test]
fn what_was_refused_or_never_announced_is_not_there_and_the_rest_is_as_before() {
    let files = files(&[], &["file-bbbb"]);
    let old = json!([{"id": 1}]);
    assert_eq!(says(&old, &old, &files), "");
    assert!(says(&old, &json!([{"id": 1}, {"file": "file-bbbb"}]), &files).contains("had to be rejected"));
    assert!(says(&old, &json!([{"id": 1}, {"id": 2}]), &files).contains("belongs to no callback"));
    assert!(says(&old, &json!([{"id": 3}]), &files).contains("belongs to no callback"));
    assert!(says(&old, &json!([]), &files).contains("entries of other files are gone"));
    let (two, twice) = (json!([{"id": 1}, {"id": 2}]), json!([{"id": 1}, {"id": 1}]));
    assert!(!says(&two, &twice, &files).is_empty());
}

#[test]
fn an_id_that_was_changed_on_the_way_is_found_and_the_change_is_named() {
    let id = "8646655123169758490";
    for (there, change) in [
        (json!(8646655123169758000_u64), Some("rounded to a 64-bit float")),
        (json!("8646655123169758490".parse::<f64>().unwrap().to_string()), Some("rounded to a 64-bit float")),
        (json!(8646655123169758490_u64 as u32), Some("cut to 32 bits")),
        (json!(8646655123169758490_u64 as u32 as i32), Some("cut to 32 bits")),
        (json!("864665512316"), Some("cut at the end")),
        (json!("69758490"), Some("cut at the start")),
        (json!("8646"), None),
        (json!("8646655123169758491"), None),
    ] {
        let why = says(&json!([]), &json!([{"file": there}]), &files(&[id], &[]));
        match change {
            Some(change) => assert!(
                why.contains(&format!(" is there with another id, {}", shown(&there)))
                    && why.contains(change),
                "{why}"
            ),
            None => assert!(why.contains(" is not there; new entries have come"), "{why}"),
        }
    }
    let why = says(&json!([]), &json!([{"file": "abc-def-0001"}]), &files(&["ABC-def-0001"], &[]));
    assert!(why.contains("letters of another case"), "{why}");
}

#[test]
fn an_id_that_stands_right_in_the_address_alone_does_not_hide_a_changed_one_beside_it() {
    let id = "8646655123169758490";
    let files = Files { field: "file.file_id".into(), ..files(&[id], &[]) };
    let url = format!("http://vod/{id}/a.mp4");
    let found = |entry: Value| checked(None, &state(&json!([])), &state(&json!([entry])), &files);
    for (there, change) in [
        (json!({"id": 8646655123169758000_u64, "url": url}), "rounded to a 64-bit float"),
        (json!({"file": {"ref": 8646655123169758490_u64 as u32}, "url": url}), "cut to 32 bits"),
        (json!({"fileId": "864665512316", "url": url}), "cut at the end"),
    ] {
        let why = found(there).unwrap_err().to_string();
        assert!(why.contains(" is there with another id, ") && why.contains(change), "{why}");
    }
    // A name that is the first part of the id is a name, and an own number is an own number.
    assert_eq!(found(json!({"stream": "864665512316", "url": url})).unwrap(), KnownBy::LongerValues);
    assert_eq!(found(json!({"id": 1, "url": url})).unwrap(), KnownBy::LongerValues);
    assert_eq!(found(json!({"id": 1, "vendor_id": id, "url": url})).unwrap(), KnownBy::OwnValues);
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[test]
fn a_taint_shows_that_a_second_callback_overwrote_the_first() {
    let mut files = files(&["file-cccc"], &[]);
    files.taints.insert("http://evil/".into());
    let entry = |url: &str| json!([{"file": "file-cccc", "url": url}]);
    assert_eq!(says(&json!([]), &entry("http://good/"), &files), "");
    assert!(says(&json!([]), &entry("http://evil/"), &files).contains("must change nothing"));
}

#[test]
fn a_file_of_another_case_is_known_inside_an_address_too() {
    let mut files = files(&["7274128363527569931"], &[]);
    files.foreign.insert("5843754584032288365".into());
    let inside = |id: &str| json!({"url": format!("http://x/3c104ddc{id}/playlist.m3u8")});
    let both = json!([inside("7274128363527569931"), inside("5843754584032288365")]);
    assert_eq!(says(&json!([]), &both, &files), "");
    let odd = json!([inside("7274128363527569931"), inside("1111111111111111111")]);
    assert!(says(&json!([]), &odd, &files).contains("belongs to no callback"));
}

#[test]
fn entries_that_came_without_the_id_are_told_beside_the_file_that_is_missing() {
    let files = files(&["file-aaaa"], &[]);
    let why = says(&json!([{"n": 1}]), &json!([{"n": 1}, {"n": 2}, {"n": 3}]), &files);
    assert!(why.ends_with(" is not there; new entries have come, and none of them holds it (2)"), "{why}");
    assert!(says(&json!([{"n": 1}]), &json!([{"n": 1}]), &files).ends_with(" is not there"));
}

#[test]
fn a_file_that_is_missing_is_told_beside_one_that_may_have_replaced_it() {
    let files = files(&["file-aaaa", "file-bbbb"], &[]);
    let one = json!([{"file": "file-bbbb"}]);
    let why = says(&json!([]), &one, &files);
    assert!(why.contains("file-aaaa") && why.ends_with(" is not there, but there is file-bbbb"), "{why}");
    assert!(says(&json!([]), &json!([]), &files).ends_with(" is not there"));
}

#[test]
fn what_is_not_a_list_is_a_mistake_of_the_set_up_and_names_the_list_inside() {
    let files = files(&[], &[]);
    let wrapped = state(&json!({"code": 0, "data": {"list": [], "total": 0}}));
    let why = checked(None, &wrapped, &wrapped, &files).unwrap_err();
    assert!(why.is_setup());
    let ends = |by_flag, end: &str| assert!(why.advised(by_flag).ends_with(end), "{}", why.advised(by_flag));
    ends(true, "the list seems to be at $.data.list: --state-path '$.data.list'");
    ends(false, "the list seems to be at $.data.list: name it as `path` beside `once`");
    checked(Some("$.data.list"), &wrapped, &wrapped, &files).unwrap();
    let odd = state(&json!({"a b": [], "other": 1}));
    assert!(checked(None, &odd, &odd, &files).unwrap_err().advised(true).ends_with("'$[\"a b\"]'"));
    let two = state(&json!({"a": [], "b": []}));
    assert!(checked(None, &two, &two, &files).unwrap_err().advised(true).contains("such as"));
    let page = StateAnswer::read("<html>".into());
    assert!(checked(None, &page, &page, &files).unwrap_err().is_setup());
}

#[test]
fn a_list_inside_is_judged_like_a_list_and_null_is_an_empty_one() {
    let files = files(&["file-aaaa"], &[]);
    let of = |list: Value| state(&json!({"data": {"list": list}}));
    let (none, one) = (of(Value::Null), of(json!([{"id": "file-aaaa"}])));
    for path in ["$.data.list", "$.data.list[*]"] {
        checked(Some(path), &none, &one, &files).unwrap();
    }
    let twice = of(json!([{"id": "file-aaaa"}, {"id": "file-aaaa"}]));
    assert!(!checked(Some("$.data.list"), &none, &twice, &files).unwrap_err().is_setup());
    let elsewhere = checked(Some("$.rows"), &none, &one, &files).unwrap_err();
    assert!(elsewhere.is_setup() && elsewhere.to_string().contains("nothing at $.rows"));
}

#[test]
fn entries_at_the_end_are_judged_like_the_whole_list() {
    let old = "[{\"id\": \"file-zzzz\", \"name\": \"\"}]";
    for (after, accepted, refused, fine) in [
        ("[{\"id\": \"file-zzzz\", \"name\": \"\"}, {\"id\": \"file-aaaa\"}]", "file-aaaa", "", true),
        (
            "[{\"id\": \"file-zzzz\", \"name\": \"\"}, {\"id\": \"file-aaaa\", \"n\": \"\"}]",
            "file-aaaa",
            "",
            true,
        ),
        (
            "[{\"id\": \"file-zzzz\", \"name\": \"\"}, {\"id\": \"file-aaaa\"}]",
            "file-aaaa",
            "file-bbbb",
            true,
        ),
        (
            "[{\"id\": \"file-zzzz\", \"name\": \"\"}, {\"id\": \"file-aaaa\"}, {\"id\": \"file-aaaa\"}]",
            "file-aaaa",
            "",
            false,
        ),
        ("[{\"id\": \"file-zzzz\", \"name\": \"\"}, {\"id\": \"file-bbbb\"}]", "file-aaaa", "", false),
        ("[{\"id\": \"file-zzzz\", \"name\": \"\"}, {\"id\": \"file-bbbb\"}]", "", "file-bbbb", false),
        ("[{\"id\": \"file-zzzz\", \"name\": \"\"}, {\"id\": \"file-zzzz\"}]", "file-zzzz", "", false),
        ("[{\"id\": \"file-zzzz\", \"name\": \"changed\"}, {\"id\": \"file-aaaa\"}]", "file-aaaa", "", true),
        ("[{\"id\": \"file-yyyy\", \"name\": \"\"}, {\"id\": \"file-aaaa\"}]", "file-aaaa", "", false),
    ] {
        let (before, after) = (StateAnswer::read(old.into()), StateAnswer::read(after.into()));
        let accepted: &[&str] = if accepted.is_empty() { &[] } else { &[accepted] };
        let told = checked(None, &before, &after, &files(accepted, &[refused]));
        assert_eq!(told.is_ok(), fine, "{after}: {told:?}");
    }
}

#[test]
fn numbers_of_any_length_are_compared_digit_for_digit() {
    let key = "123456789012345678901234567890";
    let (none, one) = (StateAnswer::read("[]".into()), StateAnswer::read(format!("[{{\"id\": {key}}}]")));
    checked(None, &none, &one, &files(&[key], &[])).unwrap();
    let other = StateAnswer::read("[{\"id\": 123456789012345678901234567891}]".into());
    checked(None, &none, &other, &files(&[key], &[])).unwrap_err();
}

#[test]
fn oddities_that_others_left_in_the_state_do_not_end_the_judging() {
    let deep = format!("{}{}", "[".repeat(5000), "]".repeat(5000));
    for odd in ["NaN", "\"\\ud800\"", "1e400", "{\"a\": 1, \"a\": 2}", &deep] {
        let before = StateAnswer::read(format!("[{odd}]"));
        let after = StateAnswer::read(format!("[{odd}, {{\"id\": \"file-aaaa\"}}]"));
        let check = StateCheck { once: true, ..StateCheck::default() };
        judge(&check, &before, &after, &files(&["file-aaaa"], &[])).unwrap();
        judge(&check, &before, &after, &files(&["file-bbbb"], &[])).unwrap_err();
        judge(&check, &before, &after, &files(&[], &["file-aaaa"])).unwrap_err();
    }
}

#[test]
fn a_state_that_becomes_unreadable_is_a_finding_of_the_case_that_made_it_so() {
    let (list, page) = (StateAnswer::read("[]".into()), StateAnswer::read("Internal Server Error".into()));
    let check = StateCheck { once: true, ..StateCheck::default() };
    let why = judge(&check, &list, &page, &Files::default()).unwrap_err();
    assert!(!why.is_setup() && why.to_string().contains("not JSON any more"), "{why}");
}

#[test]
fn a_finding_about_a_file_names_the_field_whose_value_was_looked_for() {
    let of =
        |accepted: &[&str], refused: &[&str]| Files { field: "file_id".into(), ..files(accepted, refused) };
    let (none, one) = (serde_json::json!([]), serde_json::json!([{"id": "file-aaaa"}]));
    let two = serde_json::json!([{"id": "file-aaaa"}, {"id": "file-aaaa"}]);
    for (after, files, words) in [
        (&none, of(&["file-aaaa"], &[]), "the accepted file file-aaaa (its file_id) is not there"),
        (&two, of(&["file-aaaa"], &[]), "the accepted file file-aaaa (its file_id) is there 2 times"),
        (&one, of(&[], &["file-aaaa"]), "the file file-aaaa (its file_id) was stored although"),
    ] {
        let said = says(&none, after, &files);
        assert!(said.starts_with(words), "{said}");
    }
}

proptest::proptest! {
    #[test]
    fn no_state_makes_it_panic(before in ".{0,40}", after in "[\\[\\]{}\",:a-z0-9]{0,40}", path in "\\$[.a\\[\\]*0]{0,6}") {
        let (before, after) = (StateAnswer::read(before), StateAnswer::read(after));
        let _ = checked(Some(&path), &before, &after, &files(&["a"], &["b"]));
    }
}
