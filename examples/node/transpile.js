// Makes a JavaScript module of the component: `node transpile.js fuseboard.wasm generated`.
//
// `npx @bytecodealliance/jco transpile fuseboard.wasm -I sync --no-wasi-shim -o generated` makes the same module.

import { transpile, writeFiles } from "@bytecodealliance/jco-transpile";

const [component, outDir] = process.argv.slice(2);
const { files } = await transpile(component, {
  name: "fuseboard",
  outDir,
  instantiation: "sync",
  // A problem is thrown as a `ComponentError` with a `payload`, as jco's command line has it. Without this it is thrown bare.
  noComponentErrorWrapping: false,
});
await writeFiles(files);
