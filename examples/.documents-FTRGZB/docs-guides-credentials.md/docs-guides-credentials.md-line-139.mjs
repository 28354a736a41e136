import { temporaryCredentials } from "r2kit/credentials";
const forUser = temporaryCredentials({
  accountId: "0".repeat(32),
  parent: { accessKeyId: "1".repeat(32), secretAccessKey: "2".repeat(64) },
  bucket: "photos",
  scope: "object-read-write",
  prefixes: ["users/42/"],
  ttlSeconds: 900
});
console.log(Object.keys(forUser));
