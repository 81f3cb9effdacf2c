// Writes the folders of the npm packages: the launcher, and one with the program for each machine that is given.
//
//   node packaging/npm/pack.mjs FOLDER TARGET=PROGRAM…
//
// REPOSITORY in the environment is the address that provenance is checked against; without it, that of Cargo.toml.
import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "../..");
const cargo = readFileSync(join(root, "Cargo.toml"), "utf8");
const field = (name) => cargo.match(new RegExp(`^${name} = "(.*)"$`, "m"))[1];
const targets = JSON.parse(readFileSync(join(root, "packaging/targets.json"), "utf8"));

const [out, ...given] = process.argv.slice(2);
if (!out || given.length === 0) {
  console.error("usage: node packaging/npm/pack.mjs FOLDER TARGET=PROGRAM…");
  process.exit(2);
}

const common = {
  version: field("version"),
  license: field("license"),
  repository: { type: "git", url: `git+${process.env.REPOSITORY ?? field("repository")}.git` },
};

function write(folder, about, files) {
  const to = join(out, folder);
  mkdirSync(to, { recursive: true });
  writeFileSync(join(to, "package.json"), JSON.stringify({ ...about, ...common }, null, 2) + "\n");
  for (const [from, name] of files) {
    copyFileSync(from, join(to, name));
  }
  for (const licence of ["LICENSE-APACHE", "LICENSE-MIT"]) {
    copyFileSync(join(root, licence), join(to, licence));
  }
  return to;
}

const optionalDependencies = {};
for (const pair of given) {
  const [target, program] = pair.split("=");
  const machine = targets.find((machine) => machine.target === target);
  if (!machine) {
    console.error(`error: packaging/targets.json has no ${target}`);
    process.exit(2);
  }
  const { os, cpu } = machine;
  const name = `@transship/cli-${os}-${cpu}`;
  const about = { name, description: `transship for ${os} on ${cpu}`, os: [os], cpu: [cpu], files: ["transship", "LICENSE-*"] };
  const to = write(`cli-${os}-${cpu}`, about, [[program, "transship"]]);
  chmodSync(join(to, "transship"), 0o755);
  optionalDependencies[name] = common.version;
}

write(
  "transship",
  {
    name: "transship",
    description: field("description"),
    keywords: ["container", "registry", "docker", "kubernetes", "migration"],
    bin: { transship: "transship.js" },
    files: ["transship.js", "LICENSE-*"],
    engines: { node: ">=16" },
    optionalDependencies,
  },
  [[join(here, "transship.js"), "transship.js"], [join(root, "README.md"), "README.md"]],
);
