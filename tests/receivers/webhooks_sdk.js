// The library of Standard Webhooks for Node, as its page shows it.
const http = require("http");
const { Webhook } = require("standardwebhooks");

const webhook = new Webhook(process.env.CALLBACK_KEY);

const server = http.createServer((request, response) => {
  const parts = [];
  request.on("data", (part) => parts.push(part));
  request.on("error", () => {});
  request.on("end", () => {
    let status = 200;
    try {
      webhook.verify(Buffer.concat(parts).toString("utf8"), request.headers);
    } catch (error) {
      status = 401;
    }
    response.writeHead(status, { "Content-Type": "application/json" });
    response.end(JSON.stringify({ code: status === 200 ? 0 : 1 }));
  });
});
server.listen(Number(process.argv[2]), "127.0.0.1", () => console.log(server.address().port));
