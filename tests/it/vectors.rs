//! Signatures against vectors that were not computed by us: the vendor's own, and those of the providers' notes, which were
//! computed with another program.

use hookreel::callback::{Body, BodyTemplate, FieldSlot, TimeForm};
use hookreel::provider::signature::{SignatureKeys, seal};
use hookreel::provider::{self};
use hookreel::scenario::Method;
use serde_json::Value;

fn signature(
    (provider, revision): (&str, &str),
    method: Method,
    key: &str,
    fields: &[(&'static str, &str)],
    time: i64,
) -> String {
    let provider = provider::find(provider, "").unwrap();
    let revision = provider::find_revision(provider, revision, "").unwrap();
    let signing = SignatureKeys {
        method,
        signature: revision.signature(method).unwrap(),
        key: key.to_owned().into(),
        others: Default::default(),
        lifetime: std::time::Duration::ZERO,
        time: Default::default(),
        resign_retries: true,
    };
    let values = fields.iter().map(|(name, value)| (*name, FieldSlot::Value(Value::from(*value))));
    let holes = [("sign", FieldSlot::Signature), ("t", FieldSlot::Time(TimeForm::Number))];
    let body_template: BodyTemplate = signing
        .signature
        .body_template(&Body::new(values.chain(holes).map(|(name, slot)| (name.into(), slot))));
    let sealed = seal(&body_template, Some(&signing), time);
    let body: Value = serde_json::from_slice(&sealed.body).unwrap();
    assert_eq!(body["sign"], sealed.signature.as_str());
    assert_eq!(body["t"], time);
    sealed.signature
}

const KEY: &str = "0123456789abcdef0123456789abcdef";
const TIME: i64 = 1_583_677_345;
const STREAM: [(&str, &str); 3] =
    [("publish_domain", "push.example.com"), ("app", "live"), ("stream", "mystream")];

fn huawei(
    method: Method,
    revision: &str,
    event: &'static str,
    urls: &[(&'static str, &'static str)],
) -> String {
    let fields: Vec<_> =
        [("event_type", event)].into_iter().chain(STREAM).chain(urls.iter().copied()).collect();
    signature(("huawei", revision), method, KEY, &fields, TIME)
}

#[test]
fn the_vendors_own_vector_of_tencent_is_met() {
    let key = "40328529ca4381a80c6ecf2e6aa57438";
    for revision in ["2021-07", "2022-01", "2022-11", "2025"] {
        let signed = signature(("tencent", revision), Method::Md5, key, &[], 1_490_858_347);
        assert_eq!(signed, "7f29ed83c61b77de1b0d66936fd4fd44");
    }
}

#[test]
fn the_second_vector_of_tencent_is_met() {
    let signed = signature(("tencent", "2025"), Method::Md5, KEY, &[], 1_642_090_198);
    assert_eq!(signed, "0c6238e20cd13d2a8c918ab91b8d359b");
}

#[test]
fn huawei_md5_is_the_same_in_every_revision() {
    for revision in ["2021-05", "2024"] {
        assert_eq!(huawei(Method::Md5, revision, "RECORD_START", &[]), "99c4c1b22aee472c595edf17bc2ea905");
    }
}

#[test]
fn huawei_hmac_of_2021_05_covers_key_and_time() {
    let signed = huawei(Method::HmacSha256, "2021-05", "RECORD_OVER", &[]);
    assert_eq!(signed, "992ba44a19f092b889ba5d26d2b0547f7e1ae412c6786c787777b955332de72a");
}

#[test]
fn huawei_hmac_of_2024_covers_time_and_facts() {
    let download = ("download_url", "https://mybucket.obs.cn-north-4.myhuaweicloud.com/live/a.m3u8");
    let play = ("play_url", "https://vod.example.com/asset/1/a.m3u8");
    let sign = |event, urls: &[_]| huawei(Method::HmacSha256, "2024", event, urls);
    assert_eq!(
        sign("RECORD_FILE_COMPLETE", &[download, play]),
        "b1e4304022bce4ad980b988c515876f18cbc4c5e892eaca6838067edf8fa507c"
    );
    assert_eq!(
        sign("RECORD_FILE_COMPLETE", &[download]),
        "89d96858f95202d8386fb65695675917133b0ce85880c0df486dca9abbf19128"
    );
    assert_eq!(sign("RECORD_OVER", &[]), "4ec9ec7d9137c28df70735f3f5517d37f648f33c6440d69f85fe7369a2260293");
}

#[test]
fn the_push_callback_of_huawei_is_signed_with_the_time_at_the_end() {
    let provider = provider::find("huawei", "").unwrap();
    let signature = provider.newest().second_callback("PUBLISH").unwrap().signature.as_ref().unwrap();
    let fields =
        [("stream", "mystream"), ("event", "PUBLISH"), ("domain", "push.example.com"), ("app", "live")];
    let field = |name: &str| fields.iter().find(|(field, _)| *field == name).map(|(_, value)| *value);
    let vector = "761d2844d4751a2adb0871073cd9c0248b1d963ae65e828308c40eeafcc5e786";
    let key = KEY.to_owned().into();
    assert_eq!(signature.sign(&key, &TIME.to_string(), field), vector);
}

#[test]
fn keys_of_any_length_sign_as_the_standard_says() {
    // Computed with Python's hashlib and hmac.
    let vectors = [
        (
            "k".to_owned(),
            "57b9f5e0868894fc80e6d77a25e947c5891d5bbb1c0b16fb19a84a187295f0a5",
            "335d3b4ea6430574e540408c50438591",
        ),
        (
            "k".repeat(32),
            "5293e3cf890f9a2e11d5eac879cfb0383e522ff83c68df6c85b11046804b0372",
            "ff028b2464bb5313d8bd69df0ce71924",
        ),
        (
            "k".repeat(64),
            "aea5a03486625ef6ef8ff35cd8d702e6fdb194e6464bc70804dd932f56529728",
            "381534fbc5f4e3cec60cf2e80365e1c8",
        ),
        (
            "k".repeat(65),
            "200e21bc4b76fa39c4effd2ecb438784fb39a82015d54833e23a17d8058fdbf3",
            "4704aee416eb5c71779a0aa6c0ff96ef",
        ),
        (
            "k".repeat(200),
            "d96ed103c2ada826802222f7d7c8e221eaf05930cbdd4c02b78226bd2716af10",
            "1f5e1bcfab2446ab13a371ccd492565a",
        ),
        (
            "密钥".to_owned(),
            "0a9ca6dde56be838de1c738f6f39d172a060d43da624848e2fb31f6cb9ad34ed",
            "aaae20880b353d7f7c7f9625c49f6946",
        ),
    ];
    for (key, hmac, md5) in vectors {
        let fields: Vec<_> = [("event_type", "RECORD_OVER")].into_iter().chain(STREAM).collect();
        assert_eq!(signature(("huawei", "2024"), Method::HmacSha256, &key, &fields, TIME), hmac);
        assert_eq!(signature(("tencent", "2025"), Method::Md5, &key, &[], TIME), md5);
    }
}
