// k6, every body its own and signed: sign = MD5(key + t).

import http from "k6/http";
import crypto from "k6/crypto";
import exec from "k6/execution";

const url = __ENV.BENCH_URL;
const key = __ENV.HOOKREEL_BENCH_KEY;
const sample = JSON.parse(open(__ENV.BENCH_BODY));
const connections = Number(__ENV.BENCH_CONNECTIONS);
const duration = `${__ENV.BENCH_SECONDS}s`;

const closed = { executor: "constant-vus", vus: connections, duration };
const open_loop = {
  executor: "constant-arrival-rate",
  rate: Number(__ENV.BENCH_RATE),
  timeUnit: "1s",
  duration,
  preAllocatedVUs: connections,
  maxVUs: connections,
};

export const options = {
  scenarios: { callbacks: __ENV.BENCH_RATE ? open_loop : closed },
  summaryTrendStats: ["avg", "med", "p(90)", "p(95)", "p(99)", "max"],
};

const params = { headers: { "content-type": "application/json" } };

export default function () {
  const t = Math.floor(Date.now() / 1000) + 600;
  const id = "1" + String(exec.vu.idInTest * 1e9 + exec.vu.iterationInScenario).padStart(18, "0");
  const body = Object.assign({}, sample, { file_id: id, record_file_id: id, sign: crypto.md5(key + t, "hex"), t });
  http.post(url, JSON.stringify(body), params);
}
