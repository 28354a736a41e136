import { R2Client } from "r2kit";
import { otelMetrics, otelTraces } from "r2kit/otel";
const client = new R2Client({
  endpoint: process.env.R2_ENDPOINT ?? "",
  credentials: {
    accessKeyId: process.env.R2_ACCESS_KEY_ID ?? "",
    secretAccessKey: process.env.R2_SECRET_ACCESS_KEY ?? ""
  },
  onEvent: [otelTraces(), otelMetrics()]
});
await client.objects.head({ bucket, key: "missing" }).catch(() => void 0);
await client.dispose();
