import { defaultCredentials, startLocalR2 } from "@r2kit/local";
import { R2Client } from "r2kit";
const viewer = { accessKeyId: "viewer".padEnd(32, "0"), secretAccessKey: "a-secret" };
const local = await startLocalR2({
  credentials: [defaultCredentials, { ...viewer, permission: "read", buckets: ["photos"] }]
});
const r2 = new R2Client({ endpoint: local.endpoint, credentials: viewer });
await r2.objects.put({ bucket: "photos", key: "cat.txt", body: "meow" }).catch(({ code }) => console.log(code));
await r2.dispose();
await local.close();
