import { startLocalR2 } from "@r2kit/local";
import { R2Client } from "r2kit";
const local = await startLocalR2();
const r2 = new R2Client(local);
await r2.buckets.create({ bucket: "photos" });
await r2.objects.put({ bucket: "photos", key: "cat.txt", body: "meow" });
await r2.dispose();
await local.close();
