/**
 * A model of R2's objects and write conditions, on virtual time and without a network. Several clients can write to it
 * concurrently, and a test decides which requests and responses are lost.
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
  /** It never reaches the server. */
  | 'lost-request'
  /** It reaches the server half a second after the client has given up. */
  | 'late'
  /** The server executes it, and the connection breaks. */
  | 'lost-response'
  /** The server returns 500 without executing it. */
  | 'rejected'
  /** The server executes it and returns 500. */
  | 'stored-then-500'

export class ConditionalServer {
  readonly objects = new Map<string, ModelObject>()
  readonly #clock: VirtualClock

  constructor(clock: VirtualClock) {
    this.#clock = clock
  }

  /** Creates the transport of one client. */
  connect(options: {
    /** Selects the fault of each request; `index` counts the requests of its method, from 0. */
    readonly lossOf?: (method: string, index: number) => ResponseLoss | undefined
    /** Delays the request and its response. */
    readonly delay?: () => Promise<void>
    /** Names the client's current task. */
    readonly task?: () => string
    /** Called for each executed write, with the task that sent it. */
    readonly onStored?: (task: string) => void
  }): FakeTransport {
    const counts = new Map<string, number>()
    return new FakeTransport(async (request) => {
      const index = counts.get(request.method) ?? 0
      counts.set(request.method, index + 1)
      const loss = options.lossOf?.(request.method, index)
      const task = options.task?.() ?? ''
      const execute = () => {
        const response = this.#response(request)
        if (request.method === 'PUT' && response.status === 200) options.onStored?.(task)
        return response
      }
      await options.delay?.()
      if (loss === 'late') this.#clock.after(500, execute)
      if (loss === 'late' || loss === 'lost-request') return new R2Error('ConnectionReset', 'the request was lost')
      if (loss === 'rejected') return { status: 500 }
      const response = execute()
      await options.delay?.()
      if (loss === 'lost-response') return new R2Error('ConnectionReset', 'the response was lost')
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
