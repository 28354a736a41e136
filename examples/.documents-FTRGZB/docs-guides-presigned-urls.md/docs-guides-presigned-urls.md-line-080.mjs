import { explainPresignedUrl } from "r2kit/presign";
const credentials = { accessKeyId: "0".repeat(32), secretAccessKey: "f".repeat(64) };
const { url } = await r2.presign.get({ bucket, key: "uploads/cat.jpg" });
const { problems } = explainPresignedUrl({ url, method: "PUT", credentials });
for (const { reason, message, hint } of problems) console.log(reason, message, hint);
