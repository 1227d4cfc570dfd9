// The test of a webhook with node:test. HOOKREEL is the program; by default the one on the path.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, test } from "node:test";
import { receiver } from "./receiver.mjs";

const KEY = "0123456789abcdef0123456789abcdef";
const server = receiver(KEY);
let here;

before(async () => {
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  here = `http://127.0.0.1:${server.address().port}`;
});
after(() => server.close());

// The key goes by a variable: other users can read a command line.
function hookreel(...words) {
  const flags = ["--secret-env", "CALLBACK_KEY", "--report", "json", "--config", "none"];
  const env = { ...process.env, CALLBACK_KEY: KEY };
  return new Promise((done, failed) => {
    const options = { env, maxBuffer: 64 << 20 };
    execFile(process.env.HOOKREEL ?? "hookreel", [...words, ...flags], options, (error, stdout, stderr) => {
      if (!stdout.startsWith("{")) return failed(new Error(stderr || error?.message));
      done(JSON.parse(stdout));
    });
  });
}

function failures(report) {
  const findings = report.scenarios.flatMap((it) => [...it.state, ...it.callbacks.flatMap((one) => one.findings)]);
  return findings.filter((it) => !it.ok).map((it) => `${it.check}: expected ${it.expected}, got ${it.actual}`);
}

test("a broadcast is acknowledged, and each file is stored once", async () => {
  const report = await hookreel("run", "@tencent", "-t", `${here}/callbacks`, "--state", `${here}/recordings`);
  assert.deepEqual(failures(report), []);
  assert.equal(report.verdict, "passed");
});

test("forged, expired and malformed callbacks are refused", async () => {
  const report = await hookreel("audit", "tencent", "-t", `${here}/callbacks`, "--only", "C", "--quick");
  const wrong = report.cases.filter((it) => it.score === "failed").map((it) => it.id);
  assert.deepEqual(wrong, []);
});
