import { R2Client } from "r2kit";
const headerLayer = (next) => (attempt) => {
  const headers = { ...attempt.request.headers, traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" };
  return next({ ...attempt, request: { ...attempt.request, headers } });
};
const client = new R2Client({
  endpoint: r2.endpoint,
  credentials: { accessKeyId: "0".repeat(32), secretAccessKey: "f".repeat(64) },
  layers: { attempt: [headerLayer] }
});
await client.dispose();
