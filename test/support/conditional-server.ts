/**
 * R2's objects under conditions, on virtual time and without a network: a model that several clients can write to at once,
 * and whose responses are lost where a test says so.
 */
import { createHash } from 'node:crypto'
import { type HeaderFields, R2Error } from 'r2kit'
import { type FakeResponse, FakeTransport, type SentRequest } from './fake-transport.js'
import type { VirtualClock } from './virtual-clock.js'

export interface ModelObject {
  readonly bytes: Buffer
  readonly etag: string
  readonly headers: HeaderFields
  readonly modifiedMs: number
}

/** What happens to a request. */
export type ResponseLoss =
  /** It never arrives. */
  | 'lost-there'
  /** It arrives half a second after the client has given it up. */
  | 'late'
  /** It is carried out, and the connection breaks. */
  | 'lost-back'
  /** It is answered 500 and not carried out. */
  | 'refused'
  /** It is carried out and answered 500. */
  | 'stored-then-500'

export class ConditionalServer {
  readonly objects = new Map<string, ModelObject>()
  readonly #clock: VirtualClock

  constructor(clock: VirtualClock) {
    this.#clock = clock
  }

  /** One client's way to the server. */
  connect(options: {
    /** Decides over each request; `index` counts those of its method, from 0. */
    readonly lossOf?: (method: string, index: number) => ResponseLoss | undefined
    /** The request takes its time. */
    readonly delay?: () => Promise<void>
    /** Names what the client does at the moment. */
    readonly task?: () => string
    /** Told of each write that was carried out, with the task that it was sent for. */
    readonly onStored?: (task: string) => void
  }): FakeTransport {
    const counts = new Map<string, number>()
    return new FakeTransport(async (request) => {
      const index = counts.get(request.method) ?? 0
      counts.set(request.method, index + 1)
      const loss = options.lossOf?.(request.method, index)
      const task = options.task?.() ?? ''
      const act = () => {
        const response = this.#response(request)
        if (request.method === 'PUT' && response.status === 200) options.onStored?.(task)
        return response
      }
      await options.delay?.()
      if (loss === 'late') this.#clock.after(500, act)
      if (loss === 'late' || loss === 'lost-there') return new R2Error('ConnectionReset', 'lost on the way there')
      if (loss === 'refused') return { status: 500 }
      const response = act()
      await options.delay?.()
      if (loss === 'lost-back') return new R2Error('ConnectionReset', 'lost on the way back')
      return loss === 'stored-then-500' ? { status: 500 } : response
    })
  }

  put(path: string, bytes: Buffer, headers: HeaderFields = {}): ModelObject {
    const etag = createHash('md5').update(bytes).digest('hex')
    const object = { bytes, etag, headers, modifiedMs: this.#clock.now() }
    this.objects.set(path, object)
    return object
  }

  #response({ method, path, headers, bodyBytes }: SentRequest): FakeResponse {
    const object = this.objects.get(path)
    if (method === 'PUT') {
      if (!holds(headers, object)) return { status: 412 }
      const described = Object.entries(headers).filter(([name]) => /^(content-type|x-amz-meta-)/.test(name))
      const { etag } = this.put(path, bodyBytes, Object.fromEntries(described))
      return { status: 200, headers: { etag: `"${etag}"` } }
    }
    if (method === 'DELETE') {
      this.objects.delete(path)
      return { status: 204 }
    }
    if (object === undefined) return { status: 404 }
    const fixed = {
      etag: `"${object.etag}"`,
      'content-length': String(object.bytes.length),
      'last-modified': new Date(object.modifiedMs).toUTCString(),
      date: new Date(this.#clock.now()).toUTCString(),
    }
    return { status: 200, headers: { ...object.headers, ...fixed }, body: method === 'HEAD' ? '' : object.bytes }
  }
}

const holds = (headers: HeaderFields, object: ModelObject | undefined): boolean => {
  if (headers['if-none-match'] === '*') return object === undefined
  if (headers['if-match'] === '*') return object !== undefined
  return headers['if-match'] === undefined || headers['if-match'] === `"${object?.etag}"`
}
