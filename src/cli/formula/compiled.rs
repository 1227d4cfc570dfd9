//! Header checks in languages that are compiled.

use super::head::HeadSyntax;

pub(super) static GO: HeadSyntax = HeadSyntax {
    frame: r#"package callback

import (IMPORTS)

HELPERS// Check takes the body as it came, before any parser.
func Check(headers http.Header, body []byte, key string) bool {
LINES}
"#,
    helpers: &[
        (
            "pick(",
            r#"// pick gives what stands behind a text in the entries of a header.
func pick(value, by, before string) []string {
	var all []string
	for _, entry := range strings.Split(value, by) {
		if entry = strings.TrimSpace(entry); strings.HasPrefix(entry, before) {
			all = append(all, strings.TrimPrefix(entry, before))
		}
	}
	return append(all, "")
}

"#,
        ),
        (
            "secret(key)",
            r#"// secret gives the bytes of a key that is written in base64.
func secret(key string) []byte {
	decoded, _ := base64.RawStdEncoding.DecodeString(strings.TrimRight(strings.TrimPrefix(key, "whsec_"), "="))
	return decoded
}

"#,
        ),
    ],
    imports: &[
        ("base64.", "\"encoding/base64\"; "),
        ("bytes.", "\"bytes\"; "),
        ("hex.", "\"encoding/hex\"; "),
        ("hmac.", "\"crypto/hmac\"; "),
        ("json.", "\"encoding/json\"; "),
        ("md5.", "\"crypto/md5\"; "),
        ("regexp.", "\"regexp\"; "),
        ("sha256.", "\"crypto/sha256\"; "),
        ("strconv.", "\"strconv\"; "),
        ("subtle.", "\"crypto/subtle\"; "),
        ("time.", "\"time\"; "),
        ("strings.", "\"strings\"; "),
        ("url.", "\"net/url\"; "),
        ("http.", "\"net/http\""),
    ],
    given: [
        "\tgiven := []string{headers.Get(\"NAME\")}\n",
        "\tgiven := pick(headers.Get(\"NAME\"), BY, BEFORE)\n",
    ],
    sent: ["\tsent := headers.Get(\"NAME\")\n", "\tsent := pick(headers.Get(\"NAME\"), BY, BEFORE)[0]\n"],
    id: "\tid := headers.Get(\"NAME\")\n",
    host: "\t// net/http keeps Host in Request.Host: put it there. Behind a proxy it is that of the URL at the vendor.\n\thost := regexp.MustCompile(`:\\d+$`).ReplaceAllString(headers.Get(\"Host\"), \"\")\n",
    asked: &[
        ("body []byte", "query string"),
        ("the body as it came, before any parser", "the query of the URL as it came"),
    ],
    field: "\tfields, _ := url.ParseQuery(query)\n\tNAME := fields.Get(\"NAME\")\n",
    bytes: "[]byte(WORD)",
    text: "[]byte(TEXT)",
    body: "body",
    joint: ", ",
    signed: "\tsigned := bytes.Join([][]byte{PARTS}, nil)\n",
    key: "[]byte(key)",
    secret: "secret(key)",
    md5: ("\tdigest := md5.Sum(signed)\n", "digest[:]"),
    hmac: ("\tmac := hmac.New(sha256.New, KEY)\n\tmac.Write(signed)\n", "mac.Sum(nil)"),
    hex: "hex.EncodeToString(DIGEST)",
    base64: "base64.StdEncoding.EncodeToString(DIGEST)",
    base64url: "base64.RawURLEncoding.EncodeToString(DIGEST)",
    same: r#"	right := RIGHT
	same := false
	for _, one := range given {
		same = same || subtle.ConstantTimeCompare([]byte(right), []byte(one)) == 1
	}
"#,
    timed: "\tat, err := strconv.ParseInt(sent, 10, 64)\n\tnow := time.Now().Unix()\n\treturn same && err == nil && now-FAR <= at && at <= now+FAR\n",
    untimed: "\treturn same\n",
    token: r#"	parts := strings.Split(headers.Get("NAME"), ".")
	if len(parts) != 3 {
		return false
	}
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(parts[0] + "." + parts[1]))
	if !hmac.Equal([]byte(base64.RawURLEncoding.EncodeToString(mac.Sum(nil))), []byte(parts[2])) {
		return false
	}
	var head struct{ Alg string }
	var claims struct { // and Iss is yours
		Iss, Sha256 string
		Exp, Nbf    int64
	}
	for part, into := range map[string]any{parts[0]: &head, parts[1]: &claims} {
		text, err := base64.RawURLEncoding.DecodeString(part)
		if err != nil || json.Unmarshal(text, into) != nil {
			return false
		}
	}
	digest := sha256.Sum256(body)
	now := time.Now().Unix()
	timely := claims.Nbf <= now+60 && now < claims.Exp
	return head.Alg == "HS256" && claims.Sha256 == base64.StdEncoding.EncodeToString(digest[:]) && timely
"#,
};

pub(super) static JAVA: HeadSyntax = HeadSyntax {
    frame: r#"import java.security.MessageDigest;
import java.util.*;

class Callback { // names of headers in small letters, the body as it came
HELPERS    static boolean check(Map<String, String> headers, byte[] body, String key) throws Exception {
LINES    }
}
"#,
    helpers: &[
        (
            "pick(",
            r#"    static List<String> pick(String value, String by, String before) {
        return Arrays.stream(value.split(by)).map(String::trim).filter(entry -> entry.startsWith(before))
            .map(entry -> entry.substring(before.length())).toList();
    }

"#,
        ),
        (
            "bytes(",
            r#"    static byte[] bytes(byte[]... parts) {
        var all = new java.io.ByteArrayOutputStream();
        for (byte[] part : parts) all.writeBytes(part);
        return all.toByteArray();
    }

"#,
        ),
        (
            "hmac(",
            r#"    static byte[] hmac(byte[] key, byte[] signed) throws Exception {
        var mac = javax.crypto.Mac.getInstance("HmacSHA256");
        mac.init(new javax.crypto.spec.SecretKeySpec(key, "HmacSHA256"));
        return mac.doFinal(signed);
    }

"#,
        ),
    ],
    imports: &[],
    given: [
        "        List<String> given = List.of(headers.getOrDefault(\"NAME\", \"\"));\n",
        "        List<String> given = pick(headers.getOrDefault(\"NAME\", \"\"), BY, BEFORE);\n",
    ],
    sent: [
        "        String sent = headers.getOrDefault(\"NAME\", \"\");\n",
        "        String sent = pick(headers.getOrDefault(\"NAME\", \"\"), BY, BEFORE).stream().findFirst().orElse(\"\");\n",
    ],
    id: "        String id = headers.getOrDefault(\"NAME\", \"\");\n",
    host: "        // Behind a proxy it is that of the URL at the vendor.\n        String host = headers.getOrDefault(\"host\", \"\").replaceAll(\":\\\\d+$\", \"\");\n",
    asked: &[("byte[] body", "String query"), ("the body as it came", "the query of the URL as it came")],
    field: "        String NAME = \"\";\n        for (String pair : query.split(\"&\"))\n            if (pair.matches(\"NAME=([^%]|%[0-9A-Fa-f]{2})*\"))\n                NAME = java.net.URLDecoder.decode(pair.substring(\"NAME=\".length()), \"UTF-8\");\n",
    bytes: "WORD.getBytes(\"UTF-8\")",
    text: "TEXT.getBytes(\"UTF-8\")",
    body: "body",
    joint: ", ",
    signed: "        byte[] signed = bytes(PARTS);\n",
    key: "key.getBytes(\"UTF-8\")",
    secret: "Base64.getDecoder().decode(key.replaceFirst(\"^whsec_\", \"\"))",
    md5: ("", "MessageDigest.getInstance(\"MD5\").digest(signed)"),
    hmac: ("", "hmac(KEY, signed)"),
    hex: "HexFormat.of().formatHex(DIGEST)",
    base64: "Base64.getEncoder().encodeToString(DIGEST)",
    base64url: "Base64.getUrlEncoder().withoutPadding().encodeToString(DIGEST)",
    same: r#"        byte[] right = RIGHT.getBytes("UTF-8");
        boolean same = false;
        for (String one : given) same |= MessageDigest.isEqual(right, one.getBytes("UTF-8"));
"#,
    timed: "        long now = System.currentTimeMillis() / 1000;\n        return same && sent.matches(\"\\\\d{1,18}\") && Math.abs(now - Long.parseLong(sent)) <= FAR;\n",
    untimed: "        return same;\n",
    token: r#"        String[] parts = headers.getOrDefault("NAME", "").split("\\.", -1);
        if (parts.length != 3) return false;
        byte[] made = hmac(key.getBytes("UTF-8"), (parts[0] + "." + parts[1]).getBytes("UTF-8"));
        String right = Base64.getUrlEncoder().withoutPadding().encodeToString(made);
        if (!MessageDigest.isEqual(right.getBytes("UTF-8"), parts[2].getBytes("UTF-8"))) return false;
        String head = new String(Base64.getUrlDecoder().decode(parts[0]), "UTF-8");
        String claims = new String(Base64.getUrlDecoder().decode(parts[1]), "UTF-8"); // a JSON library reads `iss`: it is yours
        String digest = Base64.getEncoder().encodeToString(MessageDigest.getInstance("SHA-256").digest(body));
        java.util.function.Function<String, Long> number = name -> {
            var found = java.util.regex.Pattern.compile("\"" + name + "\":(\\d{1,18})").matcher(claims);
            return found.find() ? Long.parseLong(found.group(1)) : 0;
        };
        long now = System.currentTimeMillis() / 1000;
        boolean timely = number.apply("nbf") <= now + 60 && now < number.apply("exp");
        return head.contains("\"alg\":\"HS256\"") && claims.contains("\"sha256\":\"" + digest + "\"") && timely;
"#,
};
