// The rules of rules.py for receivers on Node.
const crypto = require("node:crypto");

const KEY = process.env.CALLBACK_KEY || "";
const AHEAD = 900;
const SIGNED = ["event_type", "publish_domain", "app", "stream", "download_url", "play_url"];
const rows = new Map();

const md5 = (text) => crypto.createHash("md5").update(text).digest("hex");
const sha256 = (text) => crypto.createHmac("sha256", KEY).update(text).digest("hex");
const isText = (body, ...names) => names.every((name) => typeof body[name] === "string" && body[name] !== "");

function same(one, other) {
  const [a, b] = [Buffer.from(one), Buffer.from(typeof other === "string" ? other : "")];
  return a.length === b.length && crypto.timingSafeEqual(a, b);
}

function inTime(t) {
  const now = Date.now() / 1000;
  return Number.isInteger(t) && t >= now && t <= now + AHEAD;
}

// A unique key: whatever comes again changes nothing.
function store(value, row) {
  if (!rows.has(value)) rows.set(value, row);
}

function tencent(body) {
  if (!inTime(body.t) || !same(md5(KEY + body.t), body.sign)) return [403, { code: 1, msg: "signature wrong or expired" }];
  if (!Number.isInteger(body.event_type)) return [400, { code: 1, msg: "event_type" }];
  if (body.event_type === 100) {
    if (!isText(body, "file_id", "stream_id", "video_url")) return [400, { code: 1, msg: "fields" }];
    store(body.file_id, { file_id: body.file_id, url: body.video_url });
  }
  return [200, { code: 0 }];
}

function huawei(body) {
  const push = Object.hasOwn(body, "event");
  const t = body.auth_timestamp;
  const names = push ? ["event", "domain", "app", "stream"] : SIGNED;
  const values = names.map((name) => (Object.hasOwn(body, name) ? body[name] : ""));
  const refused = [403, { code: 1, msg: "signature wrong or expired" }];
  if (!inTime(t) || !values.every((value) => typeof value === "string")) return refused;
  const right = sha256(push ? values.join("") + t : t + values.join(""));
  if (!same(right, body.auth_sign)) return refused;
  if (body.event_type === "RECORD_FILE_COMPLETE") {
    if (!isText(body, "job_id", "stream", "download_url", "obs_object")) return [400, { code: 1, msg: "fields" }];
    store(body.job_id, { job_id: body.job_id, obs_object: body.obs_object });
  }
  return [200, { code: 0 }];
}

function judge(body) {
  if (body === null || typeof body !== "object" || Array.isArray(body)) return [400, { code: 1, msg: "not a JSON object" }];
  return Object.hasOwn(body, "auth_sign") ? huawei(body) : tencent(body);
}

// [HOST:]PORT of the command line.
function address() {
  const [, host, port] = /^(?:(.*):)?(\d+)$/.exec(process.argv[2] || "0");
  return [Number(port), host || "127.0.0.1"];
}

module.exports = { judge, address, stored: () => [...rows.values()], LIMIT: 1 << 20 };
