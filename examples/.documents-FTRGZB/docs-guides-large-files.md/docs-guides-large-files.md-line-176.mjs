import { R2Client } from "r2kit";
const small = new R2Client({
  endpoint: r2.endpoint,
  credentials: { accessKeyId: "0".repeat(32), secretAccessKey: "f".repeat(64) },
  transfers: { memoryBudgetBytes: 32 * 1024 * 1024, maxConcurrency: 8 }
});
await small.dispose();
