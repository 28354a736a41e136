import type { ChecksumAlgorithm } from '../../base/checksums/index.js'
import type { HeaderFields, RequestBody } from '../../http/index.js'
import type { ProofScope, UploadProof } from './upload-proof.js'

/** A body that streams. */
type StreamBody = Extract<RequestBody, { kind: 'stream' }>

/** A body that streams and is to be guarded. */
export interface StreamToGuard extends Omit<ProofScope, 'md5'> {
  /** Headers of the request, to which those of the check are added. */
  readonly headers: HeaderFields
  readonly body: StreamBody
  /** The caller's. */
  readonly signal: AbortSignal | undefined
  /** Aborts when the client is disposed. */
  readonly disposed: AbortSignal
}

/** A guarded body, and the parts of its request that depend on it. */
interface GuardedStream {
  readonly body: StreamBody
  readonly payloadHash?: string
  readonly proof: UploadProof
}

/** How bodies are guarded that stream: `guard-stream.ts`. */
export interface StreamGuards {
  /** Sends a checksum after the bytes of a stream, which it is computed from as they pass. */
  withTrailer(given: StreamToGuard, algorithm: ChecksumAlgorithm, md5: ProofScope['md5']): GuardedStream
  /** Compares the MD5 of a stream, which is computed from its bytes as they pass, with the ETag of the response. */
  withPassingMd5(given: StreamToGuard): GuardedStream
  /** Reads a body that can be read again. */
  digestOf(given: StreamToGuard, algorithm: ChecksumAlgorithm | 'MD5'): Promise<Uint8Array>
}
