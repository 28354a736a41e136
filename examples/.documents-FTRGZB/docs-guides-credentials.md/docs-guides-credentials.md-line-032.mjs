import { R2Client } from "r2kit";
import { fromEnvironment } from "r2kit/credentials";
const client = new R2Client({ endpoint: r2.endpoint, credentials: fromEnvironment() });
console.log((await client.objects.list({ bucket })).objects.length);
await client.dispose();
