// Opens the report of a campaign of a thousand repositories in Chromium without a window, and looks at it: node tests/report.mjs FOLDER
import assert from "node:assert/strict";

import { all, asked, open } from "./browser.mjs";

/** The contrast of two colours (WCAG 2.2), each as `rgb(r, g, b)`. */
function contrast(...colours) {
  const part = (value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  const light = colours.map((colour) => {
    const [r, g, b] = colour.match(/[\d.]+/g).map((value) => part(Number(value) / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  });
  return (Math.max(...light) + 0.05) / (Math.min(...light) + 0.05);
}

await all(async () => {
  const page = await open("report.html", "true");
  const shown = () => page.run("[...document.querySelectorAll('#rows tbody tr')].filter((row) => row.checkVisibility()).length");
  assert.equal(await shown(), 1000);
  assert.equal(await page.text("count"), "1000 shown");
  assert.match(await page.run("document.body.innerText"), /500 of 2000 references are still to move/);
  const names = { open: "open", merged: "merged", failed: "failed" };
  for (const [name, number] of [["merged", 750], ["open", 240], ["failed", 10]])
    assert.ok((await page.run("document.querySelector('.numbers').innerText")).includes(`${number} ${names[name]}`), name);

  // What was left is drawn from the first day to the last: it only goes down here, and stands in the drawing.
  const line = await page.run("document.querySelector('polyline').getAttribute('points')");
  const points = line.trim().split(" ").map((point) => point.split(",").map(Number));
  assert.ok(points.length > 2 && points.every(([x, y]) => x >= 0 && x <= 720 && y >= 0 && y <= 180), line);
  assert.ok(points.every(([, y], at) => at === 0 || y >= points[at - 1][1]), line);

  // The table can be searched, filtered and sorted.
  await page.type("#find", "acme/r012");
  assert.equal(await shown(), 10);
  assert.equal(await page.text("count"), "10 shown");
  await page.type("#find", "no permission");
  assert.equal(await shown(), 0, "what is not told is not found");
  await page.type("#find", "");
  await page.run("{ const all = document.getElementById('status'); all.value = 'failed'; all.dispatchEvent(new Event('change')); }");
  assert.equal(await shown(), 10);
  await page.run("{ const all = document.getElementById('status'); all.value = ''; all.dispatchEvent(new Event('change')); }");
  const first = () => page.run("document.querySelector('#rows tbody td').innerText");
  await page.run("document.querySelector('th button').click()");
  assert.equal(await first(), "acme/r0000");
  await page.run("document.querySelector('th button').click()");
  assert.equal(await first(), "acme/r0999");

  // However far down one reads, the heads of the columns are to be seen.
  const head = await page.run(`{
    const row = document.querySelectorAll("#rows tbody tr")[700];
    row.scrollIntoView({ block: "center" });
    const [head, shown] = [document.querySelector("#rows th").getBoundingClientRect(), row.getBoundingClientRect()];
    ({ top: head.top, bottom: head.bottom, row: shown.top, height: innerHeight });
  }`);
  assert.ok(head.top >= 0 && head.bottom <= head.row && head.row < head.height, JSON.stringify(head));

  // Light and dark are two, and both can be read.
  const papers = [];
  for (const value of ["light", "dark"]) {
    await page.ask("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value }] });
    const colours = await page.run(`["body", "td.merged", "td.open", "td.failed", "a"].map((name) => getComputedStyle(document.querySelector(name)).color)`);
    const paper = await page.run("getComputedStyle(document.body).backgroundColor");
    for (const colour of colours) assert.ok(contrast(colour, paper) >= 4.5, `${value}: ${colour} on ${paper}`);
    papers.push(paper);
  }
  assert.notEqual(papers[0], papers[1]);

  // On a telephone the table scrolls, and the page does not.
  await page.ask("Emulation.setDeviceMetricsOverride", { width: 360, height: 700, deviceScaleFactor: 1, mobile: true });
  assert.ok(await page.run("document.documentElement.scrollWidth <= 360"), "the page is wider than the window");

  // Names and reasons of others are text.
  assert.equal(await page.run("document.querySelectorAll('#rows b, #rows img').length"), 0);
  assert.deepEqual(asked.filter((path) => path !== "/favicon.ico"), ["/report.html"], "it loads nothing");
});
