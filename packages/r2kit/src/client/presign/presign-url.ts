/** Makes presigned URLs with the client's keys and clock. Loaded by the first one. */
import { checkPresign, type PresignMethod } from '../../signing/presigning.js'
import type { Runtime } from '../runtime.js'
import type { PresignedUrl, PresignOptions } from './presign-api.js'

export interface PresignTarget {
  readonly method: PresignMethod
  readonly bucket: string
  readonly key: string
  readonly expiresInSeconds: number
  readonly contentType: string | undefined
  /** Signed: whoever uses the URL must send them. */
  readonly headers: Record<string, string>
  readonly query: readonly (readonly [name: string, value: string])[]
}

export const presignUrl = async (
  runtime: Runtime,
  options: PresignOptions,
  target: PresignTarget,
): Promise<PresignedUrl> => {
  const { method, bucket, key, expiresInSeconds, headers, query } = target
  const { signer, clock, rules } = runtime
  checkPresign(target, { bucketNames: rules.bucketNames, ...options })
  const credentials = await runtime.credentials.current()
  const nowMs = clock.now()
  const { origin, path } = runtime.locate(bucket, key)
  const url = signer.presign({ method, origin, path, query, headers }, credentials, { expiresInSeconds, nowMs })
  const expiresAt = new Date(Math.floor(nowMs / 1000) * 1000 + expiresInSeconds * 1000)
  options.onPresign?.({ method, bucket, key, expiresAt })
  return { url, method, headers, expiresAt }
}
