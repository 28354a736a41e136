/**
 * Runs in Node >= 22, which Cloudflare's simulator needs and r2kit does not. Starts miniflare in memory, with buckets that
 * are accessible through S3, and prints one line of JSON when it is ready.
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
// Standard input ends when the parent process ends, even if it is killed. The simulator must not outlive it.
const end = async () => {
  await miniflare.dispose()
  process.exit(0)
}
process.on('SIGTERM', end)
process.stdin.resume().on('end', end)
