// The page of the playground: files are typed in, and what the program says of them is shown. Its content is in the address's fragment, as JSON.
import { run } from "./wasi.js";

const RULES = ".transship.yaml";
const EXAMPLES = {
  "A Dockerfile": {
    [RULES]: "mappings:\n  - {from: quay.io/acme/, to: registry.example.com/acme/}\n",
    Dockerfile: "ARG BASE=quay.io/acme/base:1\nFROM ${BASE}\nCOPY --from=quay.io/acme/tool:2 /x /x\n",
  },
  "Compose with its .env": {
    [RULES]: "mappings:\n  - {from: docker.io/, to: mirror.example.com/hub/}\n",
    "compose.yaml": "services:\n  web:\n    image: ${WEB}:1.27\n  db:\n    image: postgres:17\n",
    ".env": "WEB=docker.io/library/nginx\n",
  },
  "A chart": {
    [RULES]: "mappings:\n  - {from: docker.io/acme/, to: registry.example.com/acme/}\n",
    "chart/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
    "chart/values.yaml": "image:\n  registry: docker.io\n  repository: acme/web\n  tag: '2'\n",
    "chart/templates/pod.yaml":
      'apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n    - name: web\n      image: "{{ .Values.image.registry }}/{{ .Values.image.repository }}:{{ .Values.image.tag }}"\n',
  },
  "A pack": {
    [RULES]: "extends: [bitnami-legacy]\n",
    "k8s.yaml":
      "apiVersion: v1\nkind: Pod\nmetadata: {name: cache}\nspec:\n  containers:\n    - {name: redis, image: 'bitnami/redis:7.2.4'}\n    - {name: tools, image: bitnami/kubectl}\n",
  },
};

const part = (id) => document.getElementById(id);
const made = (tag, text = "", more = {}) => Object.assign(document.createElement(tag), { textContent: text, ...more });

/** What a piece or an occurrence stands at. */
const place = ({ path, line, column }) => (path ? `${path}:${line}:${column}` : "");

/** What becomes of a reference, in words. */
function decided(decision) {
  switch (decision.outcome) {
    case "becomes":
      return `${decision.target} (mapping ${decision.mapping}${decision.applicability === "safe" ? "" : `, ${decision.applicability}`})`;
    case "refused":
      return `refused: ${decision.refusal}${decision.target ? `; should be ${decision.target}` : ""}`;
    case "altered":
      return `will read ${decision.reads}`;
    case "hidden":
      return `${decision.variable} hides where the name begins`;
    default:
      return "stays";
  }
}

function rowOf(one) {
  const row = made("tr");
  const pieces = made("ul");
  for (const piece of one.pieces) {
    const item = made("li");
    item.append(made("code", piece.text), ` ${piece.origin} ${place(piece)}`);
    pieces.append(item);
  }
  const name = made("td");
  name.append(made("code", one.reference));
  const of = made("td");
  of.append(pieces);
  row.append(made("td", place(one)), name, of, made("td", decided(one.decision)));
  return row;
}

function show(said) {
  const all = (said.explained ?? []).flatMap(({ occurrences }) => occurrences);
  const table = made("table");
  const head = made("tr");
  head.append(...["where", "reference", "pieces", "becomes"].map((title) => made("th", title)));
  table.append(head, ...all.map(rowOf));
  part("occurrences").replaceChildren(all.length > 0 ? table : made("p", "No references."));
  part("told").textContent = said.findings;
  part("diff").textContent = said.diff || "Nothing would change.";
  part("state").textContent = said.error ?? `${all.length} references`;
  part("state").className = said.error ? "warning" : "";
}

/** The files as they are typed. */
function files() {
  const typed = [...part("files").children].map((file) => [file.querySelector("input").value.trim(), file.querySelector("textarea").value]);
  return Object.fromEntries(typed.filter(([path]) => path));
}

function add(path, text) {
  const file = made("fieldset");
  const name = made("input", "", { value: path, size: 40, spellcheck: false, ariaLabel: "The file's path" });
  const area = made("textarea", "", { value: text, rows: Math.min(14, Math.max(3, text.split("\n").length)), spellcheck: false, ariaLabel: "The file's text" });
  area.style.cssText = "display: block; width: 100%; font-family: var(--mono-font, monospace)";
  const remove = made("button", "Remove", { type: "button" });
  remove.onclick = () => {
    file.remove();
    judge();
  };
  name.oninput = judge;
  area.oninput = judge;
  file.append(name, remove, area);
  part("files").append(file);
}

function open(content) {
  part("files").replaceChildren();
  for (const [path, text] of Object.entries(content)) add(path, String(text));
  judge();
}

/** The content that the address holds, or the first example. */
function addressed() {
  try {
    const content = JSON.parse(decodeURIComponent(location.hash.slice(1)));
    if (content && typeof content === "object" && !Array.isArray(content)) return content;
  } catch {
    // Another heading of the page, or nothing.
  }
  return EXAMPLES["A Dockerfile"];
}

let program;
let latest = 0;
let settled = Promise.resolve();

/** Judges what is typed. What was typed meanwhile is judged afterwards, and only the latest is shown. */
function judge() {
  const mine = ++latest;
  settled = settled.then(async () => {
    if (mine !== latest) return;
    const content = files();
    part("link").href = `#${encodeURIComponent(JSON.stringify(content))}`;
    try {
      const { code, out, errors } = await run(await program, JSON.stringify({ today: new Date().toISOString().slice(0, 10), files: content }));
      show(code === 0 ? JSON.parse(out) : { error: errors || `ended with ${code}`, findings: "", diff: "" });
    } catch (error) {
      show({ error: `The playground cannot run here: ${error.message}`, findings: "", diff: "" });
    }
  });
  return settled;
}

if (part("playground")) {
  program = fetch(new URL("playground.wasm", import.meta.url)).then(async (answer) => {
    if (!answer.ok) throw new Error(`this copy of the book is without its program (${answer.status})`);
    return WebAssembly.compile(await answer.arrayBuffer());
  });
  program.catch(() => {});
  for (const name of Object.keys(EXAMPLES)) part("examples").append(made("option", name, { value: name }));
  part("examples").onchange = ({ target }) => target.value && open(EXAMPLES[target.value]);
  part("add").onclick = () => add("", "");
  window.addEventListener("hashchange", () => open(addressed()));
  /** For who waits until what was typed is judged: a promise. */
  window.settled = async () => {
    for (let seen = -1; seen !== latest; ) {
      seen = latest;
      await settled;
    }
  };
  open(addressed());
}
