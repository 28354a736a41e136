import { R2Client } from "r2kit";
import { loadConfig } from "r2kit/config";
const fetchCredentials = async () => ({ accessKeyId: "0".repeat(32), secretAccessKey: "f".repeat(64) });
const shared = await loadConfig({
  text: "cloudflare_r2: { credentials: { source: shared-auth } }",
  providers: { "shared-auth": fetchCredentials }
});
await R2Client.fromConfig(shared).dispose();
