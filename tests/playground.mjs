// Opens the playground of a book in Chromium without a window, types, and reads: node tests/playground.mjs FOLDER
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { all, open as opened } from "./browser.mjs";

const book = process.argv[2];

async function open(fragment) {
  const page = await opened(`playground.html${fragment}`, "window.settled");
  const { type } = page;
  await page.run("settled()");
  return {
    ...page,
    async type(selector, text) {
      await type(selector, text);
      await page.run("settled()");
    },
  };
}

await all(async () => {
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
  const shown = await open(lint);
  assert.match(await shown.text("told"), /error\[split-conflict\]/);

  // Names of others are text, never markup.
  await shown.type("fieldset:nth-of-type(2) textarea", "FROM quay.io/acme/<img src=x onerror=document.title=1>\n");
  assert.equal(await shown.run("document.querySelectorAll('#playground img').length"), 0);
});
