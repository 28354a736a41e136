import { writeFile } from "node:fs/promises";
import { R2Client } from "r2kit";
import { loadConfig } from "r2kit/config";
await writeFile("r2.yaml", 'cloudflare_r2: { endpoint: "${R2_ENDPOINT}", timeouts: { list_seconds: 60 } }');
const config = await loadConfig({ file: "r2.yaml", overrides: { retry: { maxAttempts: 5 } } });
const client = R2Client.fromConfig(config);
await client.objects.put({ bucket, key: "hello.txt", body: "Hello" });
await client.dispose();
