/** Wraps a client's real transport, injects the faults that a test selects, and records all requests. */
import { type ErrorCode, type HttpRequest, type HttpResponse, R2Error, type Transport } from 'r2kit'

/** The fault of one request. */
export type Fault =
  /** The request never reaches the server. */
  | 'lose-request'
  /** The server executes the request, and its response is lost. */
  | 'lose-response'
  /** One bit of the body is flipped in transit. */
  | 'corrupt'
  /** The client receives this error. With `acts` the server has executed the request, otherwise it never received it. */
  | { readonly status: number; readonly code: string; readonly acts?: boolean }
  /** The client receives no response. With `acts` the server has executed the request. */
  | { readonly fails: ErrorCode; readonly acts?: boolean }

/** S3's names of the requests that transfers send. */
export type RequestName =
  | 'PutObject'
  | 'HeadObject'
  | 'CreateMultipartUpload'
  | 'UploadPart'
  | 'CompleteMultipartUpload'
  | 'AbortMultipartUpload'
  | 'ListParts'
  | 'other'

export interface SeenRequest {
  readonly name: RequestName
  /** The number of earlier requests of this name. */
  readonly index: number
  readonly partNumber: number | undefined
  readonly request: HttpRequest
  /** The server's status, even if the client did not receive it. Undefined if the server did not receive the request. */
  status?: number
}

export class FaultyTransport implements Transport {
  readonly name = 'faulty'
  readonly seen: SeenRequest[] = []
  /** Selects the fault of each request. A promise delays the request. A test may replace the function at any time. */
  faultOf: (seen: SeenRequest) => Fault | undefined | Promise<Fault | undefined> = () => undefined
  readonly #inner: Transport

  constructor(inner: Transport) {
    this.#inner = inner
  }

  count(name: RequestName): number {
    return this.seen.filter((seen) => seen.name === name).length
  }

  cannotSend(path: string): string | undefined {
    return this.#inner.cannotSend?.(path)
  }

  async send(request: HttpRequest): Promise<HttpResponse> {
    const name = nameOf(request)
    const partNumber = /(?:^|&)partNumber=(\d+)/.exec(request.query)?.[1]
    const seen: SeenRequest = {
      name,
      index: this.count(name),
      partNumber: partNumber === undefined ? undefined : Number(partNumber),
      request,
    }
    this.seen.push(seen)
    const selected = this.faultOf(seen)
    const fault = selected instanceof Promise ? await selected : selected
    const forward = async (sent: HttpRequest): Promise<HttpResponse> => {
      const response = await this.#inner.send(sent)
      seen.status = response.status
      return response
    }
    if (fault === undefined) return forward(request)
    if (fault === 'lose-request') throw new R2Error('ConnectionReset', 'the request was lost')
    if (fault === 'corrupt') return forward({ ...request, body: corrupted(request.body) })
    if (fault === 'lose-response') {
      await forward(request)
      throw new R2Error('ConnectionReset', 'the response was lost')
    }
    if (fault.acts === true) await forward(request)
    if ('fails' in fault) throw new R2Error(fault.fails, 'no response arrived')
    const body = new TextEncoder().encode(
      `<Error><Code>${fault.code}</Code><Message>injected by the test</Message></Error>`,
    )
    return { status: fault.status, headers: { 'content-type': 'application/xml' }, body }
  }

  close(): Promise<void> {
    return this.#inner.close()
  }
}

const nameOf = ({ method, query }: HttpRequest): RequestName => {
  const has = (name: string) => new RegExp(`(?:^|&)${name}(?:=|&|$)`).test(query)
  if (has('uploadId')) {
    if (method === 'PUT') return 'UploadPart'
    if (method === 'POST') return 'CompleteMultipartUpload'
    return method === 'DELETE' ? 'AbortMultipartUpload' : 'ListParts'
  }
  if (has('uploads') && method === 'POST') return 'CreateMultipartUpload'
  if (method === 'HEAD') return 'HeadObject'
  return method === 'PUT' && query === '' ? 'PutObject' : 'other'
}

const corrupted = (body: HttpRequest['body']): HttpRequest['body'] => {
  if (body.kind !== 'stream') throw new Error('The fault corrupt applies only to stream bodies.')
  return {
    ...body,
    async *open() {
      let isFirst = true
      for await (const chunk of body.open()) {
        const copy = new Uint8Array(chunk)
        if (isFirst) copy[0] = (copy[0] ?? 0) ^ 1
        isFirst = false
        yield copy
      }
    },
  }
}
