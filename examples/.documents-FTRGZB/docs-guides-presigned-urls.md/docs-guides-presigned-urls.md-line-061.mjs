import { presignUrl } from "r2kit/presign";
const credentials = { accessKeyId: "0".repeat(32), secretAccessKey: "f".repeat(64) };
const made = presignUrl({ endpoint: "http://localhost:9000", credentials, method: "GET", bucket: "photos", key: "cat.jpg" });
console.log(made.expiresAt);
