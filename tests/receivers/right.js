// A right receiver on Node's own HTTP server: the rules of right.py.
//
// A user should be told: passed; an audit has 0 failed at must and should. What Node's server does with slow heads, with two
// Hosts, with odd transfer codings is the server's.
const http = require("node:http");
const { judge, address, stored, LIMIT } = require("./rules.js");

const server = http.createServer((request, response) => {
  const reply = (status, body) => {
    const data = JSON.stringify(body);
    response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(data) });
    response.end(data);
  };
  if (request.method === "GET") return request.url === "/recordings" ? reply(200, stored()) : reply(404, { code: 1 });
  if (request.method !== "POST") return reply(405, { code: 1 });
  const parts = [];
  let length = 0;
  request.on("data", (part) => {
    length += part.length;
    if (length <= LIMIT) parts.push(part);
  });
  request.on("error", () => {});
  request.on("end", () => {
    if (length > LIMIT) return reply(413, { code: 1, msg: "too large" });
    let body = null;
    try {
      body = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(parts)));
    } catch {
      // Not JSON: judged as such.
    }
    return reply(...judge(body));
  });
});
server.headersTimeout = 20_000;
server.requestTimeout = 25_000;
server.listen(...address(), () => console.log(server.address().port));
