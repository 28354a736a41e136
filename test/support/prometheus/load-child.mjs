/**
 * A process under load whose metrics Prometheus scrapes: operations of all kinds, with a response of 503 for every tenth request.
 * It counts independently of the metrics what it has done, and prints the counts as one line of JSON. It ends with its standard
 * input.
 *
 * node load-child.mjs <endpoint> <access key ID> <secret access key> <port of /metrics> <seconds>
 */
import { createServer } from 'node:http'
import { Registry } from 'prom-client'
import { R2Client } from 'r2kit'
import { prometheusMetrics } from 'r2kit/prometheus'
import { circuitBreaker } from 'r2kit/resilience'

const [endpoint, accessKeyId, secretAccessKey, port, seconds] = process.argv.slice(2)
const credentials = { accessKeyId, secretAccessKey }
const buckets = ['photos', 'videos', 'overflow-1', 'overflow-2']
const partBytes = 5 * 1024 * 1024

const registry = new Registry()
const onEvent = prometheusMetrics({ registry, maxBuckets: 2 })
const metrics = createServer(async (_, response) => {
  response.setHeader('content-type', registry.contentType)
  response.end(await registry.metrics())
}).listen(Number(port), '127.0.0.1')

const done = { injected: 0, signed: 0, calls: {}, statuses: {}, uploaded: {}, downloaded: {}, parts: {}, presigned: 0 }
const count = (table, name, amount = 1) => {
  table[name] = (table[name] ?? 0) + amount
}

/**
 * Responds to every tenth request with 503; each is sent again, by the client or by the transfer engine. Completions of uploads are
 * spared: after a 503 the client looks whether the object was stored, by a HEAD that this process does not count.
 */
const withFaults = (inner) => ({
  name: 'faulty',
  cannotSend: (path) => inner.cannotSend?.(path),
  close: () => inner.close(),
  send(request) {
    done.signed++
    if (done.signed % 10 !== 0 || request.method === 'POST') return inner.send(request)
    done.injected++
    return Promise.resolve({ status: 503, headers: {}, body: new Uint8Array() })
  },
})

/** Distinct presigned URLs: each was signed once. */
const presigned = new Set()

const retry = { maxAttempts: 20, baseDelayMs: 2, maxDelayMs: 20 }
const r2 = new R2Client({ endpoint, credentials, retry, onEvent, transport: withFaults })

/** The label of a bucket: two have one of their own. */
const labelOf = (bucket) => (buckets.indexOf(bucket) < 2 ? bucket : 'other')
const call = async (operation, bucket, status, work) => {
  count(done.calls, `${operation} ${labelOf(bucket)} ${status}`)
  return work()
}

for (const bucket of buckets) await call('CreateBucket', bucket, 200, () => r2.buckets.create({ bucket }))

const worker = async (index, untilMs) => {
  for (let round = 0; Date.now() < untilMs; round++) {
    const bucket = buckets[(index + round) % buckets.length]
    const key = `${index}/${round % 20}`
    const body = new Uint8Array(100 + ((index * 31 + round) % 5000))
    await call('PutObject', bucket, 200, () => r2.objects.put({ bucket, key, body }))
    count(done.uploaded, labelOf(bucket), body.byteLength)
    const read = await call('GetObject', bucket, 200, () => r2.objects.get({ bucket, key }))
    count(done.downloaded, labelOf(bucket), read.body.byteLength)
    if (round % 7 === 0) {
      const { body: stream } = await call('GetObject', bucket, 200, () => r2.objects.getStream({ bucket, key }))
      count(done.downloaded, labelOf(bucket), (await new Response(stream).arrayBuffer()).byteLength)
    }
    if (round % 5 === 0) {
      await call('HeadObject', bucket, 404, () => r2.objects.head({ bucket, key: 'missing' }).catch(() => undefined))
    }
    if (round % 11 === 0) {
      // The URL of an object that is presigned again comes from the cache, unsigned.
      presigned.add((await r2.presign.get({ bucket, key })).url)
    }
  }
}
const untilMs = Date.now() + Number(seconds) * 1000
await Promise.all(Array.from({ length: 12 }, (_, index) => worker(index, untilMs)))

// Multipart uploads, by the engine, in buckets with a label of their own. Their calls are not compared one by one.
for (const [bucket, parts] of [
  ['photos', 2],
  ['videos', 7],
]) {
  const options = { partSizeBytes: partBytes, thresholdBytes: 1 }
  await r2.transfers.upload(new Uint8Array(parts * partBytes), { bucket, key: 'film' }, options)
  count(done.uploaded, labelOf(bucket), parts * partBytes)
  count(done.parts, bucket, parts)
}

// A second client on the same listener, whose server is down: five failures open its breaker.
const layers = { attempt: [circuitBreaker()] }
const down = new R2Client({ endpoint: 'http://127.0.0.1:9', credentials, onEvent, layers, retry: { maxAttempts: 1 } })
done.refused = {}
for (let index = 0; index < 7; index++) {
  await call('HeadObject', 'photos', 'none', () =>
    down.objects.head({ bucket: 'photos', key: 'x' }).catch(({ code }) => count(done.refused, code)),
  )
}

done.presigned = presigned.size
console.log(JSON.stringify(done))
process.stdin.resume().on('end', async () => {
  metrics.close()
  await Promise.all([r2.dispose(), down.dispose()])
})
