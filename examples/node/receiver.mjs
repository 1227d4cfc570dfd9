// A receiver of Tencent's callbacks: signature, expiry, each file once.
import { createHash, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";

export function receiver(key) {
  const recordings = new Map();
  return createServer(async (request, response) => {
    const answer = (status, body) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(body));
    };
    if (request.method === "GET" && request.url === "/recordings") {
      return answer(200, [...recordings.values()]);
    }
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    let message;
    try {
      message = JSON.parse(Buffer.concat(chunks).toString("utf8"));
    } catch {
      return answer(400, { code: 1 });
    }
    const right = createHash("md5").update(`${key}${message.t}`).digest("hex");
    const given = String(message.sign ?? "");
    const same = given.length === right.length && timingSafeEqual(Buffer.from(given), Buffer.from(right));
    if (!same || message.t < Date.now() / 1000) {
      return answer(401, { code: 2 });
    }
    if (message.file_id && !recordings.has(message.file_id)) {
      recordings.set(message.file_id, { file: message.file_id, url: message.video_url });
    }
    answer(200, { code: 0 });
  });
}
