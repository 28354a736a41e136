import { R2Client } from "r2kit";
import { logEvents } from "r2kit/logging";
const client = new R2Client({
  endpoint: process.env.R2_ENDPOINT ?? "",
  credentials: {
    accessKeyId: process.env.R2_ACCESS_KEY_ID ?? "",
    secretAccessKey: process.env.R2_SECRET_ACCESS_KEY ?? ""
  },
  onEvent: logEvents(console, { level: "info", expected: ["ObjectNotFound"] })
});
await client.objects.put({ bucket, key: "note.txt", body: "hello" });
await client.dispose();
