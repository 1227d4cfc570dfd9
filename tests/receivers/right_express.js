// A right receiver on Express: the rules of right.py.
//
// A user should be told: passed; an audit has 0 failed at must and should.
const express = require("express");
const { judge, address, stored, LIMIT } = require("./rules.js");

const app = express();
app.use(express.json({ limit: LIMIT, strict: false, type: () => true }));
app.get("/recordings", (_, response) => response.json(stored()));
app.post(/.*/, (request, response) => {
  const [status, body] = judge(request.body);
  response.status(status).json(body);
});
app.use((error, _request, response, _next) => {
  response.status(error.status || 400).json({ code: 1, msg: error.type || "refused" });
});
const server = app.listen(...address(), () => console.log(server.address().port));
server.headersTimeout = 20_000;
server.requestTimeout = 25_000;
