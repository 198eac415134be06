// Bundle the page: `node build.mjs [--outfile=FILE] [--check]`.
//
// Writes explore.js, which the Python package contains, and LICENSES.txt. With --check it writes nothing and fails where the
// committed bundle is not what the sources make.

import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const folder = dirname(fileURLToPath(import.meta.url));
const outfile = process.argv.find((argument) => argument.startsWith("--outfile="))?.slice("--outfile=".length);
const isCheck = process.argv.includes("--check");

const settings = {
  absWorkingDir: folder,
  bundle: true,
  format: "iife",
  target: ["chrome100", "firefox115", "safari16.4"],
  minify: true,
  charset: "utf8",
  legalComments: "none", // the licences stand whole in the banner
  write: false,
  metafile: true,
  logLevel: "warning",
};
const modules = new Set(); // files of which something is in a bundle

// `import source from "worker:./worker"` is the bundle of that module as text: a page in one file has no other file to start
// a worker from.
const workers = {
  name: "workers",
  setup(building) {
    building.onResolve({ filter: /^worker:/ }, ({ path, resolveDir }) => ({
      path: `${resolve(resolveDir, path.slice("worker:".length))}.ts`,
      namespace: "worker",
    }));
    building.onLoad({ filter: /.*/, namespace: "worker" }, async ({ path }) => {
      const bundled = await build({ ...settings, entryPoints: [path] });
      collect(bundled);
      return { contents: bundled.outputFiles[0].text, loader: "text" };
    });
  },
};

const bundled = await build({ ...settings, entryPoints: ["src/main.ts"], plugins: [workers] });
collect(bundled);
const licences = licencesOf(modules);
const banner = licences ? `/*!\n${licences}*/\n` : "";
const outputs = [
  [outfile ? resolve(outfile) : join(folder, "explore.js"), banner + bundled.outputFiles[0].text],
  ...(outfile ? [] : [[join(folder, "LICENSES.txt"), licences]]),
];

for (const [path, content] of outputs) {
  if (!isCheck) {
    writeFileSync(path, content);
    console.log(`${relative(process.cwd(), path)}: ${(content.length / 1024).toFixed(1)} KiB`);
  } else if (content !== readOr(path, "")) {
    console.error(`${relative(process.cwd(), path)}: is not what its sources make. Run \`just page\` and commit the result.`);
    process.exitCode = 1;
  }
}

function collect({ metafile }) {
  for (const { inputs } of Object.values(metafile.outputs)) {
    for (const [file, { bytesInOutput }] of Object.entries(inputs)) if (bytesInOutput > 0) modules.add(file);
  }
}

/** The licences of the libraries in the bundle, each text once below the names of all that have it. */
function licencesOf(files) {
  const packages = [...files].map((file) => file.match(/^node_modules\/((?:@[^/]+\/)?[^/]+)\//)?.[1]).filter(Boolean);
  const byText = new Map();
  for (const name of [...new Set(packages)].sort()) {
    const root = join(folder, "node_modules", name);
    const { version, license } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    const file = readdirSync(root).find((entry) => /^licen[cs]e/i.test(entry));
    if (!file) throw new Error(`${name}: has no licence file; a bundle must carry it.`);
    const text = readFileSync(join(root, file), "utf8").replaceAll("\r\n", "\n").trim();
    byText.set(text, [...(byText.get(text) ?? []), `${name} ${version} (${license})`]);
  }
  return [...byText].map(([text, names]) => `${names.join(", ")}\n\n${text}\n`).join("\n");
}

function readOr(path, otherwise) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return otherwise;
  }
}
