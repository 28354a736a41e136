import type { PlainRequest, PlainResponse, Streams } from './bounded-exchange.js'
import { BoundedTransport, type BoundedTransportOptions } from './bounded-transport.js'
import { isBrowser, isUndone } from './content-coding.js'
import { type FetchInit, leaveDefaultCacheMode } from './fetch-init.js'
import { cancelBody, type HeaderFields } from './transport.js'

/** The platform's `fetch`, or a function that does the same. */
export type FetchFunction = (url: string, init: RequestInit) => Promise<Response>

/** A path segment that WHATWG URL parsing removes, and with it the segment before. */
const dotSegment = /(^|\/)(\.|%2e){1,2}(\/|$)/i

const platformFetch: FetchFunction = (input, init) => globalThis.fetch(input, init)

/** `FetchTransport` with options that were checked. */
export class PlatformFetch extends BoundedTransport {
  constructor(options: Omit<BoundedTransportOptions, 'send'>, fetch = platformFetch) {
    super('fetch', { ...options, send: (request, streams) => sendBy(fetch, request, streams) })
  }

  cannotSend(path: string): string | undefined {
    return dotSegment.test(path)
      ? 'fetch resolves "." and ".." segments of a path, so it would address another object'
      : undefined
  }
}

const sendBy = async (
  fetch: FetchFunction,
  { method, origin, path, query, headers: given, body, signal }: PlainRequest,
  streams: Streams | undefined,
): Promise<PlainResponse> => {
  // `host` is fetch's to set, and so is the length of a body in memory.
  const { host: _host, ...headers }: HeaderFields = given
  // Platforms ask for compression by themselves and undo it. Some undo nothing where the request asks for it.
  if (headers['accept-encoding'] === 'gzip') delete headers['accept-encoding']
  const init: FetchInit = { method, headers, signal, redirect: 'manual' }
  const isRead = method === 'GET' || method === 'HEAD'
  // R2 is strongly consistent; a browser's cache is not, and responds with an object that has been replaced.
  if (isRead && isBrowser()) Object.assign(init, { cache: 'no-store' })
  if (!isRead && Object.keys(headers).some((name) => name.startsWith('if-'))) leaveDefaultCacheMode(init)
  if (body.kind === 'bytes') init.body = body.bytes as Uint8Array<ArrayBuffer>
  if (body.kind === 'stream') await streams?.addStream(init, body)
  const response = await fetch(query === '' ? origin + path : `${origin}${path}?${query}`, init)
  const coding = response.headers.get('content-encoding')
  const isAsStored = given['accept-encoding'] === 'identity'
  if (isAsStored && method === 'GET' && response.ok && isUndone(coding)) {
    cancelBody(response)
    throw (await import('./coding-undone.js')).codingUndone(coding)
  }
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: response.body,
    hidesHeaders: response.type === 'cors',
    isDecoded: !isAsStored || isUndone(coding),
  }
}
