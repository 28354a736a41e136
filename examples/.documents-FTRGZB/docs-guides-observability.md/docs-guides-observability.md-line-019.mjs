import { R2Client } from "r2kit";
const client = new R2Client({
  endpoint: process.env.R2_ENDPOINT ?? "",
  credentials: {
    accessKeyId: process.env.R2_ACCESS_KEY_ID ?? "",
    secretAccessKey: process.env.R2_SECRET_ACCESS_KEY ?? ""
  },
  onEvent(event) {
    if (event.type === "call.ended") console.log(event.operation, event.outcome, `${event.durationMs.toFixed()} ms`);
    if (event.type === "retry.decided") console.log(event.verdict, event.error.code);
  }
});
await client.objects.put({ bucket, key: "note.txt", body: "hello" });
await client.dispose();
