import type { R2Error } from '../errors/index.js'
import type { HeaderFields, HttpMethod, HttpResponse, RequestBody } from '../http/index.js'
import type { OperationTraits } from '../pipeline/index.js'
import type { ValidationRules } from '../validation/index.js'
import type { HeadObjectInput, HeadObjectOutput } from './objects/head-object.js'

/** What settling a lost answer needs of the client. */
export interface Settling {
  /** Since the call began: at least as long as since its first attempt. */
  readonly elapsedMs: number
  readonly signal: AbortSignal | undefined
  /** HeadObject; handed over, so that what is loaded late shares nothing more with what is there from the start. */
  readonly headObject: Operation<HeadObjectInput, HeadObjectOutput>
  /** Makes another call within this one: under its signal, and repeated as any. */
  execute<Input, Output>(operation: Operation<Input, Output>, input: Input): Promise<Output>
}

/** What an operation says of its request; the client adds endpoint, host, signature and time. */
export interface EncodedRequest {
  readonly method: HttpMethod
  readonly bucket?: string | undefined
  readonly key?: string | undefined
  readonly query?: readonly (readonly [name: string, value: string])[]
  /** Lower-case names. The client adds to this very object. */
  readonly headers: HeaderFields
  readonly body?: RequestBody
  /** @defaultValue 'bytes' */
  readonly responseBody?: 'bytes' | 'stream'
  /** @defaultValue 16 MiB, more than any XML answer of R2 takes */
  readonly maxResponseBytes?: number | undefined
  /** Lower-case hex SHA-256 of the body; computed for bodies in memory, `UNSIGNED-PAYLOAD` for streams, where absent. */
  readonly payloadHash?: string
  /** False where sending twice could tell a lie, as with conditions on a write. @defaultValue the operation's `idempotent` */
  readonly repeatable?: boolean
  /** Finds out what became of an attempt that failed, where sending it again could tell a lie; see `Call.settle`. */
  readonly settle?: (error: R2Error, settling: Settling) => Promise<HttpResponse>
  /** Hex MD5 of a body that streams and is hashed; undefined until all of it has been sent once. */
  readonly sentMd5?: () => string | undefined
  /** Compares a successful answer with what was sent; throws `IntegrityMismatch`. */
  readonly verify?: (response: HttpResponse) => void
}

/** What operations may ask of the client they run in. */
interface OperationContext {
  readonly rules: ValidationRules
}

/**
 * An S3 operation as a value: how its input is checked, how it goes out, and what comes back. The list in
 * `client/operations.ts` has all of them, for docs, metrics and tests.
 */
export interface Operation<Input, Output> extends OperationTraits {
  /** Throws before any I/O, naming field, rule and value. */
  validate(input: Input, context: OperationContext): void
  encode(input: Input): EncodedRequest | Promise<EncodedRequest>
  /** Gets only answers that are a success. */
  decode(response: HttpResponse, input: Input): Output | Promise<Output>
}

export const defineOperation = <Input, Output>(operation: Operation<Input, Output>): Operation<Input, Output> =>
  operation

/** Options of every call. */
export interface CallOptions {
  /** Ends the call in every phase; the error is `Aborted`, with the signal's reason as its cause. */
  readonly signal?: AbortSignal | undefined
  /** Longest time for the whole call, retries and waits included, in milliseconds. @defaultValue none */
  readonly timeoutMs?: number | undefined
  /** How often the request is sent at most, for a caller that repeats it on its own terms. @defaultValue the client's */
  readonly maxAttempts?: number | undefined
}
