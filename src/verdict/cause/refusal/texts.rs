//! Likely causes of a refusal, in words for a person: a row each. `PROVIDER` and `SIGNATURE` are filled in.

pub(super) const KEY: &str = "the key or the signature: give the receiver's key with --secret-env NAME";
pub(super) const FORMULA: &str = "the formula: the receiver accepted others that were signed with the same key, so it checks these by another one; `hookreel show PROVIDER` has that of each event";
pub(super) const EXPLAIN: &str = "1. let the receiver write the whole request (head and body) to a file REQUEST, and log the signature that it computed; 2. `hookreel verify --computed SIGNATURE` names the mistake";
pub(super) const WHERE: &str = "where the receiver looks for the signature: `hookreel show PROVIDER` names the field or header that holds it";
pub(super) const TIME: &str = "the time: the receiver finds it wrong. Compare both clocks, the time zone (an error of whole hours), the unit (seconds, not milliseconds) and the meaning: `hookreel show PROVIDER` says whether it is the expiry or the time of sending";
pub(in crate::verdict::cause) const SCHEME: &str =
    "the scheme: http was sent to a port of https; name the target with https://";
pub(super) const CSRF: &str = "the protection of the receiver's framework against forged forms (CSRF): it asks a token of every POST; exempt the path of the callbacks, whose proof is the signature";
pub(super) const HOST: &str = "the host: the receiver, or a proxy before it, does not serve this name; name the target as it is served, or allow the name there";
pub(super) const CONTENT_TYPE: &str =
    "the content type: the vendor sends MEDIA-TYPE, and the receiver has to take it";
pub(super) const BYTES: &str = "the bytes of the body: the receiver accepted others that were signed with the same key, so it verifies these over other bytes, as of a body that it has parsed and printed again; verify the body as it came, before any parser";
pub(super) const OTHER_BASE64: &str =
    "; or it writes its signature in base64url, which differs from base64 only where `+` or `/` stands";
pub(super) const BYTES_SIGNED: &str =
    "; or it verifies a body that it has parsed and printed again: the bytes are signed, as they came";
pub(super) const HOST_SIGNED: &str = "the host: it is signed as the target has it, without a port; a receiver that compares with the host registered at the vendor, or takes a port along, is tested with --setting host=HOST";
pub(super) const TOKEN: &str = "where the receiver looks for the proof: `hookreel show PROVIDER` names the header that holds it, as it is sent; a proxy that removes this header looks the same";
pub(super) const BEARER: &str = "the word `Bearer`: the receiver asks for it before the token; `hookreel show PROVIDER` has the header as this provider writes it";
pub(super) const BODY_HASH: &str = "the hash of the body: the receiver computes another one; it has to hash the bytes as they came, before any parser, and to write the hash as `hookreel show PROVIDER` has it (base64 or hexadecimal)";
pub(super) const ADDRESS: &str = "the sender's address: the receiver, or a proxy before it, takes callbacks from certain addresses alone; allow this machine's while you test";
/// Cause of a refusal by a sender that reads the body of an answer.
pub const BODY_READ: &str = "the body of the answer: this provider reads it, and takes anything but what is expected for a refusal; the receiver has to answer so";
pub(super) const SIZE: &str = "the size of the body: the receiver, or a proxy before it, allows less";
pub(super) const RATE: &str = "a limit on the rate, in the receiver or in a proxy before it";
pub(super) const ISSUER: &str =
    "the issuer of the token (`iss`): the receiver knows another API key; --setting api_key=NAME sends it";
pub(super) const STORE: &str = "the receiver's store: its database, queue or disk is not there, is locked, or refuses; its own log tells more";
pub(super) const FIELD: &str = "a field: the receiver needs one that this event does not have, or has in another form; `hookreel show PROVIDER` lists the fields of each event";
pub(super) const STRANGE_FIELD: &str = "a field that the receiver does not know: it refuses messages that hold more than its model; let it ignore unknown fields, vendors add some without notice";
pub(super) const JSON: &str = "the body: the receiver does not read it as JSON; look at its parser, at what stands before it, and at the content type that it takes";
pub(super) const CUT: &str = "the body: the receiver parsed a part of what was sent, or nothing (one read of a fixed size, a limit, a body that something before it has read already); read as many bytes as Content-Length says, once";
pub(super) const UNPARSED: &str = "the body: the receiver misses a field that every event has, so most likely it did not parse the body as JSON (a parser of forms, or none: express.json(), request.get_json(), php://input)";
pub(super) const NOT_READY: &str = "the receiver is not ready (`--wait-http PATH` waits until a GET there answers 200) or has too much to do, or a gateway has none behind it; see their logs";
pub(super) const SLASH: &str = "the path: the receiver wants a slash at its end; name the target so";
pub(super) const ROUTE: &str = "the path: AWS API Gateway answers so where it has no route for the path and the method; name the whole path, with the stage at its begin";
pub(super) const DJANGO_HOST: &str = "the host: Django answers so to a host that is not in ALLOWED_HOSTS; allow it there, or name the target as it is served (its log names the host)";
pub(super) const METHOD: &str = "the path: it does not take POST; name the one where callbacks are received, or give it a handler for POST";
pub(super) const OTHER_EDITION: &str = "the body's form: another --revision";
pub(super) const STREAM: &str = "a stream that the receiver does not know: register the one that is sent there, or send one that it knows: `stream` in a scenario, `--stream NAME` of `hookreel audit`";
pub(super) const KNOWN: &str = "a file that the receiver knows already: ids are the same in every run; `--seed random` draws others. Answer status 200 to what is stored already";
pub(super) const GATEWAY: &str = "a gateway without a receiver behind it";
pub(super) const UNREAD_MESSAGE: &str =
    "a message that the receiver cannot read: another provider or revision, or not read as JSON";
pub(super) const UNREADABLE: &[&str] = &[UNREAD_MESSAGE, "the receiver's own log says what it missed"];
pub(super) const OTHERS_READ: &str = "this message: the receiver accepted others of this provider, so it does not know this event, or misses a field of it; answer status 200 to events that it does not use";
pub(super) const EVENT: &str =
    "an event that the receiver does not know: answer status 200 to those that it does not use";
