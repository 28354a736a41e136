import { R2Client } from "r2kit";
import { fromSharedCredentialsFile } from "r2kit/credentials";
import { writeFile } from "node:fs/promises";
await writeFile("credentials", `
[r2]
aws_access_key_id = ${process.env.R2_ACCESS_KEY_ID}
aws_secret_access_key = ${process.env.R2_SECRET_ACCESS_KEY}
`);
const credentials = fromSharedCredentialsFile({ profile: "r2", credentialsFile: "credentials" });
const client = new R2Client({ endpoint: r2.endpoint, credentials });
console.log((await client.objects.list({ bucket })).objects.length);
await client.dispose();
