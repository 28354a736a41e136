/**
 * The cost of one header signature, with a cached and with a newly derived signing key: r2kit, two other signers, and the
 * floor, which is the hashes alone. The contenders take turns, so that load on the machine affects all of them.
 *
 * node bench/signing.mjs
 */

import * as crypto from 'node:crypto'
import { createHash, createHmac, createSecretKey } from 'node:crypto'
import { pathToFileURL } from 'node:url'
import { SignatureV4 } from '@smithy/signature-v4'
import { AwsV4Signer } from 'aws4fetch'
import { RequestSigner } from 'r2kit/protocol'

const host = 'abcdef0123456789abcdef0123456789.r2.cloudflarestorage.com'
const path = '/bucket/some/folder/a-key-of-usual-length.bin'
const accessKeyId = '0123456789abcdef0123456789abcdef'
const secretAccessKey = 'f'.repeat(64)
const payloadHash = createHash('sha256').digest('hex')
const fields = () => ({ host, 'content-type': 'application/octet-stream', 'x-amz-meta-origin': 'bench' })

/** A new secret for every call, so that no cache applies. */
let serial = 0
const freshSecret = () => `${'f'.repeat(56)}${10_000_000 + serial++}`

/** smithy with Node's hashes, as the AWS SDK configures it on Node. */
class NodeSha256 {
  constructor(secret) {
    this.hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret)
  }
  update(data) {
    this.hash.update(data)
  }
  async digest() {
    return this.hash.digest()
  }
}

const contenders = () => {
  const nowMs = Date.now()
  const signer = new RequestSigner()
  const r2kit = (secret) =>
    signer.sign(
      { method: 'PUT', path, query: '', headers: fields() },
      { accessKeyId, secretAccessKey: secret },
      payloadHash,
      nowMs,
    )

  const smithyFor = (secret) =>
    new SignatureV4({
      service: 's3',
      region: 'auto',
      credentials: { accessKeyId, secretAccessKey: secret },
      sha256: NodeSha256,
      uriEscapePath: false,
    })
  const cachedSmithy = smithyFor(secretAccessKey)
  const smithy = (smithySigner) =>
    smithySigner.sign({
      method: 'PUT',
      protocol: 'https:',
      hostname: host,
      path,
      query: {},
      headers: { ...fields(), 'x-amz-content-sha256': payloadHash },
    })

  const keys = new Map()
  const aws4fetch = (secret, cache) =>
    new AwsV4Signer({
      method: 'PUT',
      url: `https://${host}${path}`,
      headers: { ...fields(), 'x-amz-content-sha256': payloadHash },
      accessKeyId,
      secretAccessKey: secret,
      service: 's3',
      region: 'auto',
      allHeaders: true,
      cache,
    }).sign()

  // The same lengths as the canonical request and the string to sign of the request above.
  const canonicalRequest = 'c'.repeat(420)
  const stringToSign = 's'.repeat(135)
  const key = createSecretKey(Buffer.alloc(32, 1))
  const floor = () => {
    crypto.hash('sha256', canonicalRequest, 'hex')
    createHmac('sha256', key).update(stringToSign).digest('hex')
  }
  const floorWithDerivation = () => {
    let step = Buffer.from(`AWS4${secretAccessKey}`)
    for (const text of ['20260101', 'auto', 's3', 'aws4_request'])
      step = createHmac('sha256', step).update(text).digest()
    floor()
  }

  return [
    { name: 'r2kit', key: 'cached', calls: 20_000, run: () => r2kit(secretAccessKey) },
    { name: 'r2kit', key: 'derived', calls: 5_000, run: () => r2kit(freshSecret()) },
    { name: 'hashes alone', key: 'cached', calls: 20_000, run: floor },
    { name: 'hashes alone', key: 'derived', calls: 5_000, run: floorWithDerivation },
    { name: '@smithy/signature-v4', key: 'cached', calls: 2_000, run: () => smithy(cachedSmithy) },
    { name: '@smithy/signature-v4', key: 'derived', calls: 1_000, run: () => smithy(smithyFor(freshSecret())) },
    { name: 'aws4fetch', key: 'cached', calls: 1_000, run: () => aws4fetch(secretAccessKey, keys) },
    { name: 'aws4fetch', key: 'derived', calls: 500, run: () => aws4fetch(freshSecret(), new Map()) },
  ]
}

/** CPU time of all threads, because load on the machine distorts wall time. */
const microsecondsPerCall = async ({ calls, run }) => {
  const before = process.cpuUsage()
  for (let call = 0; call < calls; call++) {
    const pending = run()
    if (pending !== undefined) await pending
  }
  const { user, system } = process.cpuUsage(before)
  return (user + system) / calls
}

/**
 * Median and best of the rounds, in microseconds per signature.
 *
 * @returns {Promise<{ name: string, key: 'cached' | 'derived', medianMicroseconds: number, bestMicroseconds: number }[]>}
 */
export const benchSigning = async ({ rounds = 9 } = {}) => {
  const all = contenders()
  for (const contender of all) await microsecondsPerCall(contender)
  const times = new Map(all.map((contender) => [contender, []]))
  for (let round = 0; round < rounds; round++) {
    for (const contender of all) times.get(contender).push(await microsecondsPerCall(contender))
  }
  return all.map((contender) => {
    const sorted = times.get(contender).toSorted((a, b) => a - b)
    const { name, key } = contender
    const rounded = (time) => Number(time.toFixed(2))
    return { name, key, medianMicroseconds: rounded(sorted[sorted.length >> 1]), bestMicroseconds: rounded(sorted[0]) }
  })
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) console.table(await benchSigning())
