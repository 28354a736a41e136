import { spawn } from "node:child_process";
import { once } from "node:events";
const program = spawn("tar", ["c", "./site"]);
const exit = once(program, "exit");
await r2.transfers.upload(program.stdout, { bucket, key: "site.tar" }, {
  beforeComplete: async () => {
    const [code] = await exit;
    if (code !== 0) throw new Error(`tar failed with exit code ${code}`);
  }
});
