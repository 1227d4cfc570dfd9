#!/usr/bin/env node
// Starts the program that was installed for this system, and ends as it does.
"use strict";
const { spawn } = require("node:child_process");
const { constants } = require("node:os");

const part = `@hookreel/${process.platform}-${process.arch}`;
let program;
try {
  program = require.resolve(`${part}/bin/hookreel${process.platform === "win32" ? ".exe" : ""}`);
} catch {
  console.error(`error: the package ${part} is not installed
  Either hookreel is not packaged for this system, or optional dependencies were left out: npm install --include=optional`);
  process.exit(70);
}

const child = spawn(program, process.argv.slice(2), { stdio: "inherit" });
child.on("error", (error) => {
  console.error(`error: ${program} could not be started: ${error.message}`);
  process.exit(70);
});
// A terminal sends Ctrl-C to both; whoever sends to this process alone means the program.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => {
    if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
  });
}
child.on("exit", (code, signal) => {
  process.exit(code ?? 128 + constants.signals[signal]);
});
