// Guards a call that fails with the host of host.js: `node demo.js generated`, after transpile.js.

import { Board, Refused, document, loadComponent } from "./host.js";

const board = new Board(await loadComponent(process.argv[2]));
board.configure(document("defaults: {fail_max: 3, reset_timeout_s: 30}"));
const target = { kind: "host", name: "api.example.org", role: "metadata" };

const fetchWorks = async () => {
  throw new Error("no route to host");
};

for (let n = 0; n < 5; n++) {
  try {
    await board.call(target, fetchWorks);
  } catch (error) {
    if (error instanceof Refused) {
      const { circuit, retryAfterMs } = error.refusal;
      console.log(`refused: ${circuit.reason}, retry after ${retryAfterMs} ms`);
    } else {
      console.log(`failed: ${error.message}`);
    }
  }
}
