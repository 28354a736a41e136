import { startLocalR2 } from "@r2kit/local";
import { R2Client } from "r2kit";
const local = await startLocalR2({
  faultSeed: 42,
  faults: [{ kind: "reset-after-commit", operation: "PutObject", times: 1 }]
});
const r2 = new R2Client(local);
await r2.buckets.create({ bucket: "photos" });
await r2.objects.put({ bucket: "photos", key: "cat.txt", body: "meow" });
console.log(local.injectedFaults);
local.setFaults([{ kind: "slow-down", key: "photos/*", rate: 0.3, retryAfter: 2 }]);
local.setFaults([]);
await r2.dispose();
await local.close();
