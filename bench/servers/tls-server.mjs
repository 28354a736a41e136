/** Serves a small object, a large object and writes over TLS, in HTTP/2 or HTTP/1.1 as the client negotiates. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createSecureServer } from 'node:http2'
import { pattern, patternBytes, smallBody } from '../support/bodies.mjs'
import { serve } from '../support/processes.mjs'

const fixture = (name) => readFileSync(new URL(`../../test/fixtures/loopback/${name}`, import.meta.url))
const smallEtag = `"${createHash('md5').update(smallBody).digest('hex')}"`
const lastModified = 'Sun, 22 Nov 2026 12:00:00 GMT'

const sendObject = (response, target) => {
  const bytes = target === 'small' ? smallBody.length : Number(target)
  response.writeHead(200, { 'content-length': bytes, etag: smallEtag, 'last-modified': lastModified })
  if (target === 'small') return response.end(smallBody)
  let left = bytes
  const more = () => {
    while (left > 0) {
      const chunk = pattern.subarray(0, Math.min(left, patternBytes))
      left -= chunk.length
      if (!response.write(chunk)) return
    }
    response.off('drain', more)
    response.end()
  }
  response.on('drain', more)
  more()
}

serve(async () => {
  const options = { key: fixture('key.pem'), cert: fixture('certificate.pem'), allowHTTP1: true }
  const server = createSecureServer(options, (request, response) => {
    if (request.method === 'GET') return sendObject(response, request.url.split('/')[2])
    request.on('end', () => response.writeHead(200, { 'content-length': 0, etag: smallEtag }).end()).resume()
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { ready: { port: server.address().port } }
})
