/** A third implementation of `Transport`, over `node:http`, to show how little a way to the wire has to do by itself. */
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { Readable } from 'node:stream'
import { type Clock, createTransport, type HeaderFields, type PlainSend, type Transport } from 'r2kit'

const send: PlainSend = ({ method, origin, path, query, headers, body, signal }) =>
  new Promise((resolve, reject) => {
    const { protocol, hostname, port } = new URL(origin)
    const target = query === '' ? path : `${path}?${query}`
    const start = protocol === 'https:' ? httpsRequest : httpRequest
    const sent = start({ protocol, hostname, port, method, path: target, headers, signal, agent: false })
    sent.on('error', reject)
    sent.on('response', (incoming) => {
      const { statusCode = 0, headers } = incoming
      resolve({
        status: statusCode,
        headers: headers as HeaderFields,
        body: Readable.toWeb(incoming) as ReadableStream,
      })
    })
    if (body.kind === 'stream') Readable.from(body.open(), { objectMode: false }).on('error', reject).pipe(sent)
    else sent.end(body.kind === 'bytes' ? body.bytes : undefined)
  })

export const plainTransport = (clock: Clock): Transport => createTransport({ name: 'node:http', clock, send })
