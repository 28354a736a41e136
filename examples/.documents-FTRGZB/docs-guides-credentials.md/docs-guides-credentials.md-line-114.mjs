import { R2Client } from "r2kit";
const fromTokenService = async (context) => {
  context?.signal.throwIfAborted();
  return {
    accessKeyId: process.env.R2_ACCESS_KEY_ID ?? "",
    secretAccessKey: process.env.R2_SECRET_ACCESS_KEY ?? "",
    expiresAt: new Date(Date.now() + 36e5)
  };
};
const client = new R2Client({ endpoint: r2.endpoint, credentials: fromTokenService });
console.log((await client.objects.list({ bucket })).objects.length);
await client.dispose();
