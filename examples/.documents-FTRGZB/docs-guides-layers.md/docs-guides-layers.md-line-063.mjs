import { R2Client } from "r2kit";
import { circuitBreaker, concurrencyLimit, keyPacing, rateLimit } from "r2kit/resilience";
const guarded = new R2Client({
  endpoint: r2.endpoint,
  credentials: { accessKeyId: "0".repeat(32), secretAccessKey: "f".repeat(64) },
  layers: { attempt: [circuitBreaker(), rateLimit({ requestsPerSecond: 100 }), keyPacing(), concurrencyLimit(64)] }
});
await guarded.dispose();
