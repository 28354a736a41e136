import { Registry } from "prom-client";
import { R2Client } from "r2kit";
import { prometheusMetrics } from "r2kit/prometheus";
const registry = new Registry();
const client = new R2Client({
  endpoint: process.env.R2_ENDPOINT ?? "",
  credentials: {
    accessKeyId: process.env.R2_ACCESS_KEY_ID ?? "",
    secretAccessKey: process.env.R2_SECRET_ACCESS_KEY ?? ""
  },
  onEvent: prometheusMetrics({ registry })
});
await client.objects.put({ bucket, key: "note.txt", body: "hello" });
console.log(await registry.metrics());
await client.dispose();
