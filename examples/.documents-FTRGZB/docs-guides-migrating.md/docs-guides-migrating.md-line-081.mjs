import { presignUrl } from "r2kit/presign";
const { url, headers } = presignUrl({
  endpoint: r2.endpoint,
  // or accountId
  credentials: { accessKeyId: "0".repeat(32), secretAccessKey: "f".repeat(64) },
  method: "PUT",
  bucket,
  key: "avatars/ada.png",
  contentType: "image/png",
  expiresInSeconds: 600
});
console.log(`curl -X PUT -H 'content-type: ${headers["content-type"]}' --data-binary @ada.png '${url}'`);
