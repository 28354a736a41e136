/**
 * Runs inside Node >= 22 (Cloudflare's simulator needs it, r2kit does not): starts miniflare with buckets that are open to
 * S3 and prints one line of JSON when it is ready. Everything stays in memory.
 */
import { Miniflare } from 'miniflare'

const { port, buckets, credentials } = JSON.parse(process.argv[2])
const miniflare = new Miniflare({
  host: '127.0.0.1',
  port,
  modules: true,
  script: 'export default { fetch: () => new Response(null, { status: 404 }) }',
  r2Buckets: Object.fromEntries(buckets.map((id, index) => [`BUCKET_${index}`, { id, s3Credentials: credentials }])),
})
const url = await miniflare.ready
process.stdout.write(`${JSON.stringify({ origin: url.origin })}\n`)
// The end of our input is the end of whoever started us, even one that was killed: the simulator must not outlive it.
const end = async () => {
  await miniflare.dispose()
  process.exit(0)
}
process.on('SIGTERM', end)
process.stdin.resume().on('end', end)
