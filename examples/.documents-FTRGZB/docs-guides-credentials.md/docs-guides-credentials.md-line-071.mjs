import { R2Client } from "r2kit";
import { fromVault } from "r2kit/credentials";
const credentials = fromVault({
  address: "https://vault.example.com:8200",
  // or VAULT_ADDR
  path: "apps/photos/r2",
  // of the KV version 2 engine at mount 'secret'
  auth: { roleId: process.env.VAULT_ROLE_ID ?? "role", secretId: () => process.env.VAULT_SECRET_ID ?? "" }
});
const client = new R2Client({ endpoint: r2.endpoint, credentials });
await client.dispose();
