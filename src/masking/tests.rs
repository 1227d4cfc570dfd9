#[test]
fn an_address_without_a_secret_may_be_shown() {
    for plain in ["http://127.0.0.1:1/recordings", "https://example.com"] {
        assert!(super::is_plain_address(plain), "{plain}");
    }
    let telling =
        ["http://u:p@h/", "http://h/?k=v", "http://h/k7dQ9rB2xW4mT6yH8nC1vZ3p", "k7dQ9rB2xW4mT6yH", "h/x"];
    for telling in telling {
        assert!(!super::is_plain_address(telling), "{telling}");
    }
}

use super::*;

const SECRET: &str = "canaryK3y0123456789ABCDEFabcdef0";
const SIGN: &str = "ab0c54f29e871d3360f1c2a4b5967788";

fn secrets() -> Secrets {
    let secrets = Secrets::default();
    secrets.key(SECRET);
    secrets.signature(SIGN);
    secrets
}

/// Every way in which a receiver may write bytes.
fn written(bytes: &[u8]) -> Vec<String> {
    let each = |show: &dyn Fn(&u8) -> String| bytes.iter().map(show).collect::<Vec<_>>();
    let hex = each(&|byte| format!("{byte:02x}"));
    let base64 = BASE64_STANDARD_NO_PAD.encode(bytes);
    let url = base64.replace('+', "-").replace('/', "_");
    let inside = BASE64_STANDARD_NO_PAD.encode([b"{\"sign\":\"", bytes, b"\", \"x\": 1}"].concat());
    let dump: Vec<String> = hex.chunks(2).map(|pair| pair.concat()).collect();
    let mut all = vec![
        base64.clone(),
        format!("{base64}=="),
        format!("{url}="),
        base64.replace('/', "\\/"),
        base64.replace('+', "%2B").replace('/', "%2F"),
        inside,
        dump.join(" "),
        each(&|byte| byte.to_string()).join(" "),
        each(&|byte| byte.to_string()).join(", "),
        each(&|byte| format!("0x{byte:02x}")).join(", "),
        each(&|byte| format!("0x{byte:X}")).join(" "),
    ];
    let capitals = each(&|byte| format!("{byte:02X}"));
    for between in ["", ":", " ", ", ", "-", "\n", "\\n"] {
        all.extend([hex.join(between), capitals.join(between)]);
    }
    for escape in [
        |byte: &u8| format!("%{byte:02X}"),
        |byte: &u8| format!("%{byte:02x}"),
        |byte: &u8| format!("%25{byte:02X}"),
        |byte: &u8| format!("\\u{byte:04x}"),
        |byte: &u8| format!("\\\\u{byte:04X}"),
        |byte: &u8| format!("\\x{byte:02x}"),
        |byte: &u8| format!("&#{byte};"),
        |byte: &u8| format!("&#{byte:03};"),
        |byte: &u8| format!("\\{byte:03o}"),
        |byte: &u8| format!("&#x{byte:x};"),
    ] {
        all.push(each(&escape).concat());
    }
    all
}

fn cases(text: &str) -> Vec<String> {
    let parts = |size: usize, between: &str| {
        let parts = text.as_bytes().chunks(size).map(|part| String::from_utf8_lossy(part).into_owned());
        parts.collect::<Vec<_>>().join(between)
    };
    let mut all = vec![text.to_owned(), text.to_uppercase(), text.to_lowercase()];
    all.extend([parts(2, ":"), parts(2, " "), parts(4, ", "), parts(8, "-"), parts(8, "\\n")]);
    all
}

/// F16: what a receiver gives back was masked in a few spellings only.
#[test]
fn a_secret_is_taken_out_however_it_is_spelt() {
    let mut texts: Vec<(String, &str)> = Vec::new();
    texts.extend(cases(SECRET).into_iter().map(|text| (text, KEY)));
    texts.extend(written(SECRET.as_bytes()).into_iter().map(|text| (text, KEY)));
    texts.extend(cases(SIGN).into_iter().map(|text| (text, SIGNATURE)));
    texts.extend(written(SIGN.as_bytes()).into_iter().map(|text| (text, SIGNATURE)));
    texts.extend(written(&unhex(SIGN)).into_iter().map(|text| (text, SIGNATURE)));
    assert!(texts.len() > 100);
    for (spelling, name) in texts {
        let text = format!("expected {{\"x\":\"{spelling}\",\"code\":1}}");
        let masked = secrets().mask(&text).into_owned();
        assert!(masked.contains(name) && !masked.contains(&spelling), "{spelling}: {masked}");
        assert!(masked.starts_with("expected {\"x\":\""), "{spelling}: {masked}");
        assert!(masked.ends_with(",\"code\":1}"), "{spelling}: {masked}");
        let left = masked.replace(name, "").bytes().filter(u8::is_ascii_alphanumeric).count();
        assert!(left < 40, "{spelling}: {masked}");
    }
}

#[test]
fn everything_else_stays_as_it_is() {
    let text = "日本 %41 &#65; \\u0041 ab0c54f29e871d3 \u{feff} \\ % & {\"code\":0}";
    assert_eq!(secrets().mask(text), text);
    assert_eq!(Secrets::default().mask("no secret at all in here"), "no secret at all in here");
    let damaged = format!("a={}Z&b=1", &SIGN[..31]);
    assert_eq!(secrets().mask(&damaged), "a=(signature)&b=1");
    let large = "qwertyuiopasdfgh ".repeat(1 << 14);
    assert_eq!(secrets().mask(&large), large);
}

#[test]
fn a_value_is_looked_for_as_a_whole_and_a_short_key_as_it_is_written() {
    let secrets = Secrets::default();
    secrets.value("http://127.0.0.1:8080/recordings?of=all");
    secrets.value("api");
    secrets.key("k3y");
    let text = "to http://127.0.0.1:8080/ by api";
    assert_eq!(secrets.mask(text), text);
    let masked = secrets.mask("GET http://127.0.0.1:8080/recordings?of=all&k3y=1");
    assert_eq!(masked, "GET (hidden)&(key)=1");
    secrets.key("x");
    assert_eq!(secrets.mask("expected x, 78 and eA"), "expected (key), 78 and eA");
    secrets.credentials("Basic Zm9vOmJhcg");
    assert_eq!(secrets.mask("Bearer Zm9vOmJhcg=="), "Bearer (hidden)==");
}

#[test]
fn what_begins_before_the_end_of_what_is_kept_is_taken_out_whole() {
    let percent: String = SIGN.bytes().map(|byte| format!("\\u{byte:04x}")).collect();
    for (secret, name) in [(SECRET.to_owned(), KEY), (percent, SIGNATURE)] {
        for before in (0..2100).step_by(7) {
            let text = format!("{} {secret} {}", "-".repeat(before), "x".repeat(5000));
            let head = secrets().head(&text, 2048).into_owned();
            assert!(head.len() <= 2048 + name.len(), "{before}");
            let rest = head.trim_start_matches('-').trim_end_matches('x').trim();
            assert!(rest.is_empty() || rest == name, "{before}: {rest}");
            assert_eq!(rest == name, before + 1 < 2048, "{before}: {rest}");
        }
    }
}

#[test]
fn every_signature_of_a_long_run_is_known_and_the_newest_in_all_spellings() {
    let secrets = Secrets::default();
    let sign = |n: usize| {
        format!("{:032x}", (n as u128 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835))
    };
    (0..3 * RECENT).for_each(|n| secrets.signature(&sign(n)));
    for n in [0, 1, RECENT, 3 * RECENT - 1] {
        assert_eq!(secrets.mask(&sign(n).to_uppercase()), SIGNATURE, "{n}");
        assert_eq!(secrets.mask(&BASE64_STANDARD_NO_PAD.encode(unhex(&sign(n)))), SIGNATURE, "{n}");
    }
    let decimals: Vec<String> = unhex(&sign(2 * RECENT)).iter().map(u8::to_string).collect();
    assert_eq!(secrets.mask(&decimals.join(" ")), SIGNATURE);
}
