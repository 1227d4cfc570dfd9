// LiveKit's own receiver for Node, as its page shows it: WebhookReceiver of `livekit-server-sdk`.
const http = require("http");
const { WebhookReceiver } = require("livekit-server-sdk");

const receiver = new WebhookReceiver("APItestkey", process.env.CALLBACK_KEY);

const server = http.createServer((request, response) => {
  const parts = [];
  request.on("data", (part) => parts.push(part));
  request.on("error", () => {});
  request.on("end", async () => {
    let status = 200;
    let why = "";
    try {
      await receiver.receive(Buffer.concat(parts).toString("utf8"), request.headers.authorization);
    } catch (error) {
      status = 401;
      why = String(error.message);
    }
    response.writeHead(status, { "Content-Type": "application/json" });
    response.end(JSON.stringify({ why }));
  });
});
server.listen(Number(process.argv[2]), "127.0.0.1", () => console.log(server.address().port));
