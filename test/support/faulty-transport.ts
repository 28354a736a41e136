/** A transport between a client and its real one that misbehaves where a test says so, and remembers what passed. */
import { type ErrorCode, type HttpRequest, type HttpResponse, R2Error, type Transport } from 'r2kit'

/** What happens to one request. */
export type Fault =
  /** It never reaches the server. */
  | 'lose-request'
  /** The server acts, and its response is lost. */
  | 'lose-answer'
  /** One bit of the body changes on the way. */
  | 'corrupt'
  /** The server answers so, and does nothing, or has done it all the same. */
  | { readonly status: number; readonly code: string; readonly acts?: boolean }
  /** No response arrives, and the server has acted or not. */
  | { readonly fails: ErrorCode; readonly acts?: boolean }

/** S3's name of a request, as far as transfers send them. */
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
  /** How many of this name there were before it. */
  readonly index: number
  readonly partNumber: number | undefined
  readonly request: HttpRequest
  /** What the server said, whether or not it arrived; undefined where the server has not seen the request. */
  status?: number
}

export class FaultyTransport implements Transport {
  readonly name = 'faulty'
  readonly seen: SeenRequest[] = []
  /** Decides over each request, at once or after a while; a test may replace it at any time. */
  faultOf: (seen: SeenRequest) => Fault | undefined | Promise<Fault | undefined> = () => undefined
  readonly #inner: Transport

  constructor(inner: Transport) {
    this.#inner = inner
  }

  count(name: RequestName): number {
    return this.seen.filter((seen) => seen.name === name).length
  }

  cannotSend(path: string): string | undefined {
    return this.#inner.cannotSend(path)
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
    const decided = this.faultOf(seen)
    const fault = decided instanceof Promise ? await decided : decided
    const reach = async (sent: HttpRequest): Promise<HttpResponse> => {
      const response = await this.#inner.send(sent)
      seen.status = response.status
      return response
    }
    if (fault === undefined) return reach(request)
    if (fault === 'lose-request') throw new R2Error('ConnectionReset', 'lost on the way there')
    if (fault === 'corrupt') return reach({ ...request, body: corrupted(request.body) })
    if (fault === 'lose-answer') {
      await reach(request)
      throw new R2Error('ConnectionReset', 'lost on the way back')
    }
    if (fault.acts === true) await reach(request)
    if ('fails' in fault) throw new R2Error(fault.fails, 'no response arrived')
    const body = new TextEncoder().encode(
      `<Error><Code>${fault.code}</Code><Message>so the test says</Message></Error>`,
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
  if (body.kind !== 'stream') throw new Error('only streams are corrupted')
  return {
    ...body,
    async *open() {
      let isFirst = true
      for await (const chunk of body.open()) {
        const copy = chunk.slice()
        if (isFirst) copy[0] = (copy[0] ?? 0) ^ 1
        isFirst = false
        yield copy
      }
    },
  }
}
