/**
 * R2 as a few maps behind a Transport: no socket, no disk, and time from a clock. For tests and simulations, which look into
 * it to compare what is stored with what was acknowledged. It takes every signature, and has the operations that objects,
 * multipart uploads and lists are made of; `@r2kit/local` is the faithful server.
 */
import { concatBytes, copyOf } from '../../base/bytes.js'
import type { Clock } from '../../base/clock.js'
import type { HttpRequest, HttpResponse, RequestBody, Transport } from '../../http/index.js'
import { errorResponse } from '../faults/error-response.js'
import { targetOf } from '../request-target.js'
import { bucketOperations } from './bucket-operations.js'
import { type ChecksumSupport, supportedFields } from './checksum-support.js'
import { listOperations } from './list-operations.js'
import { multipartOperations } from './multipart-operations.js'
import { objectOperations } from './object-operations.js'
import { receivedBody } from './received-body.js'
import { Refusal } from './refusal.js'
import { chunked, type SimulatedOperations } from './simulated-call.js'
import { type SimulatedChange, type SimulatedObject, SimulatedStore, type SimulatedUpload } from './simulated-store.js'

export type { ChecksumSupport } from './checksum-support.js'
export type { SimulatedChecksum } from './simulated-checksum.js'
export type { SimulatedChange, SimulatedObject, SimulatedPart, SimulatedUpload } from './simulated-store.js'

/**
 * A model of R2 in memory, as the transport of a client.
 *
 * @example
 * const clock = new VirtualClock()
 * const server = new SimulatedR2(clock, ['photos'])
 * const r2 = new R2Client({ endpoint: 'https://r2.test', credentials, transport: server, clock })
 */
export class SimulatedR2 implements Transport {
  readonly name = 'simulated R2'
  readonly #store: SimulatedStore
  readonly #operations: SimulatedOperations
  /**
   * How checksums of uploads are treated: other servers than R2 do not know all of them. @defaultValue 'verified', as R2 does
   */
  checksums: ChecksumSupport = 'verified'
  #lastRequest = 0

  /**
   * @param clock dates objects and responses; pass the client's
   * @param buckets names of the buckets that exist from the start. @defaultValue none
   */
  constructor(clock: Clock, buckets: readonly string[] = []) {
    this.#store = new SimulatedStore(clock, buckets)
    this.#operations = {
      ...bucketOperations(this.#store),
      ...objectOperations(this.#store),
      ...listOperations(this.#store),
      ...multipartOperations(this.#store),
    }
  }

  /** Bucket → key → object. */
  get buckets(): ReadonlyMap<string, ReadonlyMap<string, SimulatedObject>> {
    return this.#store.buckets
  }

  /** Upload ID → multipart upload that has been neither completed nor aborted. */
  get uploads(): ReadonlyMap<string, SimulatedUpload> {
    return this.#store.uploads
  }

  /** Called with each change, in the asynchronous context of the request that made it. @defaultValue no-op */
  get onChange(): (change: SimulatedChange) => void {
    return this.#store.onChange
  }

  set onChange(report: (change: SimulatedChange) => void) {
    this.#store.onChange = report
  }

  /** The object, or undefined where there is none. */
  object(bucket: string, key: string): SimulatedObject | undefined {
    return this.#store.buckets.get(bucket)?.get(key)
  }

  async send(request: HttpRequest): Promise<HttpResponse> {
    const { method, query } = request
    const support = this.checksums
    const { operation, bucket = '', key = '' } = targetOf(request)
    const sent = await bytesOf(request.body)
    const parameters = new URLSearchParams(query.replaceAll('+', '%2B'))
    const wantsStream = request.responseBody === 'stream'
    let response: HttpResponse
    try {
      const act = this.#operations[operation]
      if (act === undefined) throw new Refusal(501, 'NotImplemented')
      const headers = supportedFields(support, request.headers)
      const { bytes: body, checksum } = receivedBody(operation, headers, sent, support === 'verified')
      response = act({ bucket, key, query: parameters, headers, body, checksum, wantsStream })
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      response = errorResponse(method, { status: error.status, code: error.code, dateMs: this.#store.now() })
    }
    const common = {
      date: new Date(this.#store.now()).toUTCString(),
      'cf-ray': `simulated-${++this.#lastRequest}`,
      // By which clients recognise R2 behind another host.
      ...(support === 'verified' ? { server: 'cloudflare' } : {}),
    }
    const { status, body: bytes } = response
    const isStreamed = wantsStream && status === 200 && bytes instanceof Uint8Array
    return { status, headers: { ...common, ...response.headers }, body: isStreamed ? chunked(bytes) : bytes }
  }

  async close(): Promise<void> {
    // Nothing is open.
  }
}

const bytesOf = async (body: RequestBody): Promise<Uint8Array> => {
  if (body.kind === 'empty') return new Uint8Array(0)
  if (body.kind === 'bytes') return copyOf(body.bytes)
  const chunks: Uint8Array[] = []
  for await (const chunk of body.open()) chunks.push(copyOf(chunk))
  return concatBytes(chunks)
}
