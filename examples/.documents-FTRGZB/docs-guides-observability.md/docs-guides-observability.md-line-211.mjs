import { subscribe } from "node:diagnostics_channel";
import { R2Client } from "r2kit";
import { publishEvents } from "r2kit/diagnostics";
subscribe("r2kit:call.ended", (message) => {
  const event = message;
  console.log(event.type, event.atMs);
});
const client = new R2Client({
  endpoint: process.env.R2_ENDPOINT ?? "",
  credentials: {
    accessKeyId: process.env.R2_ACCESS_KEY_ID ?? "",
    secretAccessKey: process.env.R2_SECRET_ACCESS_KEY ?? ""
  },
  onEvent: publishEvents()
});
await client.objects.put({ bucket, key: "note.txt", body: "hello" });
await client.dispose();
