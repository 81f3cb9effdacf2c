// Opens the playground of a book in Chromium without a window, types, and reads: node tests/playground.mjs FOLDER
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createServer } from "node:http";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";

const book = process.argv[2];
const KINDS = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".wasm": "application/wasm", ".svg": "image/svg+xml" };

// The book, on loopback.
const server = createServer(async (request, answer) => {
  const path = normalize(decodeURIComponent(new URL(request.url, "http://localhost").pathname));
  try {
    const bytes = await readFile(join(book, path));
    answer.writeHead(200, { "content-type": KINDS[extname(path)] ?? "application/octet-stream" }).end(bytes);
  } catch {
    answer.writeHead(404).end();
  }
});
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const address = `http://127.0.0.1:${server.address().port}/playground.html`;

// The browser, spoken to over pipes: no port that another may take.
const profile = await mkdtemp(join(tmpdir(), "chromium-"));
const browser = spawn(
  "chromium",
  ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", `--user-data-dir=${profile}`, "--remote-debugging-pipe", "about:blank"],
  { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"], env: { ...process.env, HOME: profile } },
);
const gone = new Promise((_, fail) => {
  browser.on("error", (error) => fail(new Error(`chromium: ${error.message}; scripts/test installs it`)));
  browser.on("exit", (code, signal) => fail(new Error(`chromium ended: ${code ?? signal}`)));
});
gone.catch(() => {});

let number = 0;
const waiting = new Map();
let read = Buffer.alloc(0);
browser.stdio[4].on("data", (bytes) => {
  read = Buffer.concat([read, bytes]);
  for (let end; (end = read.indexOf(0)) >= 0; read = read.subarray(end + 1)) {
    const message = JSON.parse(read.subarray(0, end).toString());
    const { done, fail } = waiting.get(message.id) ?? {};
    waiting.delete(message.id);
    if (message.error) fail?.(new Error(message.error.message));
    else done?.(message.result);
  }
});
function ask(method, params = {}, sessionId = undefined) {
  const id = ++number;
  const answer = new Promise((done, fail) => waiting.set(id, { done, fail }));
  browser.stdio[3].write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
  return Promise.race([answer, gone]);
}

async function open(fragment) {
  const { targetId } = await ask("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await ask("Target.attachToTarget", { targetId, flatten: true });
  const page = {
    async run(expression) {
      const { result, exceptionDetails } = await ask("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true }, sessionId);
      if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
      return result.value;
    },
    /** Types a text in the place of what stands in an element. */
    async type(selector, text) {
      await page.run(`{ const field = document.querySelector(${JSON.stringify(selector)}); field.focus(); field.select(); }`);
      await ask("Input.insertText", { text }, sessionId);
      await page.run("settled()");
    },
    text: (id) => page.run(`document.getElementById("${id}").innerText`),
    close: () => ask("Target.closeTarget", { targetId }),
  };
  await ask("Page.enable", {}, sessionId);
  await ask("Page.navigate", { url: address + fragment }, sessionId);
  // The page's module runs before its load is over.
  await page.run(`new Promise((done) => {
    const look = () => document.readyState === "complete" && window.settled ? done() : setTimeout(look, 10);
    look();
  })`);
  await page.run("settled()");
  return page;
}

try {
  // The first example is judged at once.
  const page = await open("");
  assert.match(await page.text("state"), /^2 references$/);
  assert.match(await page.text("told"), /error\[old-registry\]: `quay\.io\/acme\/base` is served by `quay\.io`/);
  assert.match(await page.text("diff"), /^\+ARG BASE=registry\.example\.com\/acme\/base:1$/m);

  // A file is typed, and a mapping.
  await page.type("fieldset:nth-of-type(2) textarea", "FROM ghcr.io/acme/web:2\n");
  assert.equal(await page.text("diff"), "Nothing would change.");
  await page.type("fieldset:nth-of-type(1) textarea", "mappings:\n  - {from: ghcr.io/acme/, to: r.example.com/}\n");
  assert.match(await page.text("diff"), /^-FROM ghcr\.io\/acme\/web:2$/m);
  assert.match(await page.text("diff"), /^\+FROM r\.example\.com\/web:2$/m);
  const row = await page.text("occurrences");
  for (const word of ["Dockerfile:1:6", "ghcr.io/acme/web:2", "as typed", "r.example.com/web:2 (mapping ghcr.io/acme/)"]) assert.ok(row.includes(word), row);

  // A rule file that is none says where.
  await page.type("fieldset:nth-of-type(1) textarea", "mappings:\n  - {form: a, to: b}\n");
  assert.match(await page.text("state"), /unknown key `form`[^]*\.transship\.yaml:2/);

  // Its address opens the same again; a Compose file and its `.env` are read together.
  await page.run(`{ const all = document.getElementById("examples"); all.value = "Compose with its .env"; all.dispatchEvent(new Event("change")); }`);
  await page.run("settled()");
  assert.match(await page.text("diff"), /^\+WEB=mirror\.example\.com\/hub\/library\/nginx$/m);
  const link = await page.run(`document.getElementById("link").hash`);
  const diff = await page.text("diff");
  await page.close();
  const again = await open(link);
  assert.equal(await again.text("diff"), diff);

  // So is a chart, with the key of its values that is changed.
  await again.run(`{ const all = document.getElementById("examples"); all.value = "A chart"; all.dispatchEvent(new Event("change")); }`);
  await again.run("settled()");
  assert.match(await again.text("diff"), /^\+ {2}registry: registry\.example\.com$/m);
  await again.close();

  // What a page of a lint leads to.
  const lint = (await readFile(join(book, "lints/split-conflict.html"), "utf8")).match(/playground\.html(#%7B[^"]*)"/)[1];
  const opened = await open(lint);
  assert.match(await opened.text("told"), /error\[split-conflict\]/);

  // Names of others are text, never markup.
  await opened.type("fieldset:nth-of-type(2) textarea", "FROM quay.io/acme/<img src=x onerror=document.title=1>\n");
  assert.equal(await opened.run("document.querySelectorAll('#playground img').length"), 0);
  console.log("all held");
} finally {
  browser.removeAllListeners("exit");
  const ended = new Promise((done) => browser.once("exit", done));
  browser.kill();
  await ended;
  server.close();
  server.closeAllConnections();
  await rm(profile, { recursive: true, force: true });
}
