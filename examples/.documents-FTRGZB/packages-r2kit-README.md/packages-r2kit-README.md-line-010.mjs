import { isR2Error, R2Client } from "r2kit";
const r2 = R2Client.fromEnv();
await r2.objects.put({ bucket: "photos", key: "cat.jpg", body: { path: "./cat.jpg" }, contentType: "image/jpeg" });
const { body, size } = await r2.objects.getStream({ bucket: "photos", key: "cat.jpg" });
for await (const chunk of body) console.log(`${chunk.length} of ${size} bytes`);
for await (const { key } of r2.objects.listAll({ bucket: "photos", prefix: "2026/" })) console.log(key);
await r2.transfers.upload({ path: "./film.mp4" }, { bucket: "photos", key: "film.mp4" }, { onProgress: console.log });
await r2.transfers.download({ bucket: "photos", key: "film.mp4" }, { path: "./copy.mp4" });
try {
  await r2.objects.get({ bucket: "photos", key: "dog.jpg" });
} catch (error) {
  if (!isR2Error(error, "ObjectNotFound")) throw error;
  console.log(error.summary(), error.hint);
}
await r2.dispose();
