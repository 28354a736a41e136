import { R2Client } from "r2kit";
import { chain, fromEnvironment, fromSharedCredentialsFile } from "r2kit/credentials";
const credentials = chain(fromEnvironment(), fromSharedCredentialsFile({ profile: "r2" }));
const client = new R2Client({ endpoint: r2.endpoint, credentials });
console.log((await client.objects.list({ bucket })).objects.length);
await client.dispose();
