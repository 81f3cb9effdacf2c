#!/usr/bin/env node
// Runs the program that the package for this machine holds, with the same arguments, streams and exit status.
"use strict";

const { spawnSync } = require("node:child_process");

const machine = `${process.platform}-${process.arch}`;
const { optionalDependencies } = require("./package.json");
const name = Object.keys(optionalDependencies).find((name) => name.endsWith(`-${machine}`));

let program;
try {
  program = require.resolve(`${name}/transship`);
} catch {
  const why = name
    ? `the package ${name} is missing: install again, without --omit=optional (or --no-optional)`
    : `there is no program for ${machine}; other ways to install: https://www.npmjs.com/package/transship`;
  console.error(`error: ${why}`);
  process.exit(2);
}

const done = spawnSync(program, process.argv.slice(2), { stdio: "inherit" });
if (done.error) {
  console.error(`error: ${program} does not run: ${done.error.message}`);
  process.exit(2);
}
if (done.signal) {
  // Whoever waits for this process sees how the program ended.
  process.kill(process.pid, done.signal);
} else {
  process.exit(done.status);
}
