// Owns a folder of pages on loopback, and Chromium without a window that opens them.
import { spawn } from "node:child_process";
import { createServer } from "node:http";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";

const KINDS = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".wasm": "application/wasm", ".svg": "image/svg+xml" };

// What was asked of the folder, in order.
export const asked = [];
const folder = process.argv[2];
const server = createServer(async (request, answer) => {
  asked.push(request.url);
  const path = normalize(decodeURIComponent(new URL(request.url, "http://localhost").pathname));
  try {
    const bytes = await readFile(join(folder, path));
    answer.writeHead(200, { "content-type": KINDS[extname(path)] ?? "application/octet-stream" }).end(bytes);
  } catch {
    answer.writeHead(404).end();
  }
});
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const address = `http://127.0.0.1:${server.address().port}/`;

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

/** Opens a page of the folder, once `ready` is true in it. */
export async function open(path, ready) {
  const { targetId } = await ask("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await ask("Target.attachToTarget", { targetId, flatten: true });
  const page = {
    ask: (method, params) => ask(method, params, sessionId),
    async run(expression) {
      const { result, exceptionDetails } = await page.ask("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
      if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
      return result.value;
    },
    /** Types a text in the place of what stands in an element. */
    async type(selector, text) {
      await page.run(`{ const field = document.querySelector(${JSON.stringify(selector)}); field.focus(); field.select(); }`);
      await page.ask("Input.insertText", { text });
    },
    text: (id) => page.run(`document.getElementById("${id}").innerText`),
    close: () => ask("Target.closeTarget", { targetId }),
  };
  await page.ask("Page.enable");
  await page.ask("Page.navigate", { url: address + path });
  // The page's module runs before its load is over.
  await page.run(`new Promise((done) => {
    const look = () => document.readyState === "complete" && (${ready}) ? done() : setTimeout(look, 10);
    look();
  })`);
  return page;
}

/** Does something with the browser, and ends both; says so where all held. */
export async function all(act) {
  try {
    await act();
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
}

