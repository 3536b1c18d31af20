// Runs Python in Pyodide: {wheels, runner, notebooks} as JSON on standard input, what came of them on standard output.
"use strict";
const { readFileSync } = require("node:fs");
const { loadPyodide } = require("pyodide");

(async () => {
  const { wheels, runner, notebooks } = JSON.parse(readFileSync(0, "utf8"));
  const pyodide = await loadPyodide({ stdout: () => {}, stderr: (text) => console.error(text) });
  for (const wheel of wheels) pyodide.unpackArchive(new Uint8Array(readFileSync(wheel)), "wheel");
  pyodide.runPython(runner);
  process.stdout.write(pyodide.globals.get("run")(JSON.stringify(notebooks)));
})().catch((error) => {
  console.error(String(error));
  process.exitCode = 1;
});
