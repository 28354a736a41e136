import { R2Client } from "r2kit";
const fetchCredentials = async () => ({
  accessKeyId: "0".repeat(32),
  secretAccessKey: "f".repeat(64),
  sessionToken: "from your token service",
  expiresAt: new Date(Date.now() + 36e5)
});
const client = new R2Client({ endpoint: r2.endpoint, credentials: fetchCredentials });
await client.dispose();
