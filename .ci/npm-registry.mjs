// A registry of npm packages on this machine, for .ci/packages: serves the .tgz files of a folder.
//
//   node .ci/npm-registry.mjs FOLDER
//
// Prints its address, and ends with its standard input.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";

const folder = process.argv[2];
const packages = new Map();
for (const file of readdirSync(folder).filter((name) => name.endsWith(".tgz"))) {
  const manifest = JSON.parse(
    execFileSync("tar", ["-xzOf", join(folder, file), "package/package.json"], { encoding: "utf8" }),
  );
  packages.set(manifest.name, { file, manifest, bytes: readFileSync(join(folder, file)) });
}

const server = createServer((request, response) => {
  const path = decodeURIComponent(new URL(request.url, "http://localhost").pathname).slice(1);
  const served = [...packages.values()].find((one) => one.file === path);
  if (served) return response.end(served.bytes);
  const known = packages.get(path);
  if (!known) return response.writeHead(404).end("{}");
  const { manifest, bytes, file } = known;
  const integrity = `sha512-${createHash("sha512").update(bytes).digest("base64")}`;
  const dist = { integrity, tarball: `http://127.0.0.1:${server.address().port}/${file}` };
  response.setHeader("content-type", "application/json");
  response.end(
    JSON.stringify({
      name: path,
      "dist-tags": { latest: manifest.version },
      versions: { [manifest.version]: { ...manifest, dist } },
    }),
  );
});
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
process.stdin.resume().on("end", () => process.exit(0));
