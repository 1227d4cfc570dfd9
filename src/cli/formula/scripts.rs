//! Header checks in languages without types.

use super::head::HeadSyntax;

pub(super) static PYTHON: HeadSyntax = HeadSyntax {
    frame: r#"import IMPORTS

HELPERSdef check(headers: dict, body: bytes, key: str) -> bool:  # names of headers in small letters, the body as it came
LINES"#,
    helpers: &[(
        "pick(",
        r#"def pick(value: str, by: str, before: str) -> list:
    entries = [entry.strip() for entry in value.split(by)]
    return [entry[len(before):] for entry in entries if entry.startswith(before)]

"#,
    )],
    imports: &[
        ("base64.", "base64, "),
        ("re.sub(", "re, "),
        ("json.", "json, "),
        ("time.", "time, "),
        ("urllib.", "urllib.parse, "),
        ("hashlib", "hashlib, hmac"),
    ],
    given: [
        "    given = [headers.get(\"NAME\", \"\")]\n",
        "    given = pick(headers.get(\"NAME\", \"\"), BY, BEFORE)\n",
    ],
    sent: [
        "    sent = headers.get(\"NAME\", \"\")\n",
        "    sent = (pick(headers.get(\"NAME\", \"\"), BY, BEFORE) or [\"\"])[0]\n",
    ],
    id: "    id = headers.get(\"NAME\", \"\")\n",
    host: "    host = re.sub(r\":\\d+$\", \"\", headers.get(\"host\", \"\"))  # behind a proxy: that of the URL at the vendor\n",
    asked: &[("body: bytes", "query: str"), ("the body as it came", "the query of the URL as it came")],
    field: "    NAME = dict(urllib.parse.parse_qsl(query)).get(\"NAME\", \"\")\n",
    bytes: "WORD.encode()",
    text: "TEXT.encode()",
    body: "body",
    joint: " + ",
    signed: "    signed = PARTS\n",
    key: "key.encode()",
    secret: "base64.b64decode(key.removeprefix(\"whsec_\") + \"==\")",
    md5: ("", "hashlib.md5(signed).digest()"),
    hmac: ("", "hmac.new(KEY, signed, hashlib.sha256).digest()"),
    hex: "DIGEST.hex()",
    base64: "base64.b64encode(DIGEST).decode()",
    base64url: "base64.urlsafe_b64encode(DIGEST).decode().rstrip(\"=\")",
    same: r#"    right = RIGHT
    same = any(hmac.compare_digest(right.encode(), one.encode()) for one in given)
"#,
    timed: "    return same and sent.isdigit() and abs(time.time() - int(sent)) <= FAR\n",
    untimed: "    return same\n",
    token: r#"    signed, _, given = headers.get("NAME", "").rpartition(".")
    right = base64.urlsafe_b64encode(hmac.new(key.encode(), signed.encode(), hashlib.sha256).digest()).decode().rstrip("=")
    if not hmac.compare_digest(right.encode(), given.encode()) or signed.count(".") != 1:
        return False
    header, claims = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in signed.split("."))
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    timely = claims.get("nbf", 0) <= time.time() + 60 and time.time() < claims.get("exp", 0)
    return header.get("alg") == "HS256" and claims.get("sha256") == digest and timely  # and claims["iss"] is yours
"#,
};

pub(super) static NODE: HeadSyntax = HeadSyntax {
    frame: r#"const { createHash, createHmac, timingSafeEqual } = require("node:crypto");

function check(headers, body, key) { // headers as node:http has them, the body as a Buffer, as it came
  const header = (name) => headers[name] ?? "";
HELPERSLINES}
"#,
    helpers: &[(
        "pick(",
        r#"  const pick = (value, by, before) => value.split(by).map((entry) => entry.trim())
    .filter((entry) => entry.startsWith(before)).map((entry) => entry.slice(before.length));
"#,
    )],
    imports: &[],
    given: ["  const given = [header(\"NAME\")];\n", "  const given = pick(header(\"NAME\"), BY, BEFORE);\n"],
    sent: [
        "  const sent = header(\"NAME\");\n",
        "  const sent = pick(header(\"NAME\"), BY, BEFORE)[0] ?? \"\";\n",
    ],
    id: "  const id = header(\"NAME\");\n",
    host: "  const host = header(\"host\").replace(/:\\d+$/, \"\"); // behind a proxy: that of the URL at the vendor\n",
    asked: &[
        ("headers, body, key", "headers, query, key"),
        ("the body as a Buffer, as it came", "the query of the URL as it came"),
    ],
    field: "  const NAME = new URLSearchParams(query).get(\"NAME\") ?? \"\";\n",
    bytes: "Buffer.from(WORD)",
    text: "Buffer.from(TEXT)",
    body: "body",
    joint: ", ",
    signed: "  const signed = Buffer.concat([PARTS]);\n",
    key: "key",
    secret: "Buffer.from(key.replace(/^whsec_/, \"\"), \"base64\")",
    md5: ("", "createHash(\"md5\").update(signed)"),
    hmac: ("", "createHmac(\"sha256\", KEY).update(signed)"),
    hex: "DIGEST.digest(\"hex\")",
    base64: "DIGEST.digest(\"base64\")",
    base64url: "DIGEST.digest(\"base64url\")",
    same: r#"  const right = Buffer.from(RIGHT);
  const same = given.map((one) => Buffer.from(one)).some((one) => one.length === right.length && timingSafeEqual(one, right));
"#,
    timed: "  return same && /^\\d+$/.test(sent) && Math.abs(Date.now() / 1000 - Number(sent)) <= FAR;\n",
    untimed: "  return same;\n",
    token: r#"  const parts = header("NAME").split(".");
  const right = Buffer.from(createHmac("sha256", key).update(parts.slice(0, 2).join(".")).digest("base64url"));
  const given = Buffer.from(parts[2] ?? "");
  if (parts.length !== 3 || given.length !== right.length || !timingSafeEqual(given, right)) return false;
  const [head, claims] = parts.slice(0, 2).map((part) => JSON.parse(Buffer.from(part, "base64url")));
  const digest = createHash("sha256").update(body).digest("base64");
  const now = Date.now() / 1000;
  const timely = (claims.nbf ?? 0) <= now + 60 && now < (claims.exp ?? 0);
  return head.alg === "HS256" && claims.sha256 === digest && timely; // and claims.iss is yours
"#,
};

pub(super) static PHP: HeadSyntax = HeadSyntax {
    frame: r#"// The body as it came: file_get_contents('php://input').
function check(array $headers, string $body, string $key): bool { // names of headers in small letters
HELPERSLINES}
"#,
    helpers: &[(
        "$pick(",
        r#"    $pick = fn(string $value, string $by, string $before): array => array_values(array_map(
        fn($entry) => substr($entry, strlen($before)),
        array_filter(array_map('trim', explode($by, $value)), fn($entry) => str_starts_with($entry, $before)),
    ));
"#,
    )],
    imports: &[],
    given: [
        "    $given = [$headers['NAME'] ?? ''];\n",
        "    $given = $pick($headers['NAME'] ?? '', BY, BEFORE);\n",
    ],
    sent: [
        "    $sent = $headers['NAME'] ?? '';\n",
        "    $sent = $pick($headers['NAME'] ?? '', BY, BEFORE)[0] ?? '';\n",
    ],
    id: "    $id = $headers['NAME'] ?? '';\n",
    host: "    $host = preg_replace('/:\\d+$/', '', $headers['host'] ?? ''); // behind a proxy: that of the URL at the vendor\n",
    asked: &[
        (
            "The body as it came: file_get_contents('php://input')",
            "The query as it came: $_SERVER['QUERY_STRING']",
        ),
        ("string $body", "string $query"),
    ],
    field: "    parse_str($query, $fields);\n    $NAME = is_string($fields['NAME'] ?? null) ? $fields['NAME'] : '';\n",
    bytes: "WORD",
    text: "TEXT",
    body: "$body",
    joint: " . ",
    signed: "    $signed = PARTS;\n",
    key: "$key",
    secret: "base64_decode(preg_replace('/^whsec_/', '', $key))",
    md5: ("", "md5($signed, true)"),
    hmac: ("", "hash_hmac('sha256', $signed, KEY, true)"),
    hex: "bin2hex(DIGEST)",
    base64: "base64_encode(DIGEST)",
    base64url: "rtrim(strtr(base64_encode(DIGEST), '+/', '-_'), '=')",
    same: r#"    $right = RIGHT;
    $same = (bool) array_filter($given, fn($one) => hash_equals($right, $one));
"#,
    timed: "    return $same && ctype_digit($sent) && abs(time() - (int) $sent) <= FAR;\n",
    untimed: "    return $same;\n",
    token: r#"    $parts = explode('.', $headers['NAME'] ?? '');
    $raw = hash_hmac('sha256', implode('.', array_slice($parts, 0, 2)), $key, true);
    $right = rtrim(strtr(base64_encode($raw), '+/', '-_'), '=');
    if (count($parts) !== 3 || !hash_equals($right, $parts[2])) return false;
    [$head, $claims] = array_map(fn($part) => json_decode(base64_decode(strtr($part, '-_', '+/')), true), array_slice($parts, 0, 2));
    $digest = base64_encode(hash('sha256', $body, true));
    $timely = ($claims['nbf'] ?? 0) <= time() + 60 && time() < ($claims['exp'] ?? 0);
    return ($head['alg'] ?? '') === 'HS256' && ($claims['sha256'] ?? '') === $digest && $timely; // and $claims['iss'] is yours
"#,
};
