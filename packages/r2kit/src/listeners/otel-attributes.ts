import type { Attributes } from '@opentelemetry/api'
import type { CallFields, R2EventError } from '../observability/index.js'

/** The name under which spans and metrics are recorded. */
export const instrumentationName = 'r2kit'

/** An S3 API is an `aws-api` to the semantic conventions. The method is fully qualified since version 1.38. */
export const rpcAttributes = (operation: string): Attributes => ({
  'rpc.system.name': 'aws-api',
  'rpc.method': `S3/${operation}`,
})

/** Conventions for S3: https://opentelemetry.io/docs/specs/semconv/object-stores/s3/ */
export const objectAttributes = (
  { bucket, key }: Pick<CallFields, 'bucket' | 'key'>,
  uploadId: string | undefined,
  partNumber: number | undefined,
): Attributes => ({
  'aws.s3.bucket': bucket,
  'aws.s3.key': key,
  'aws.s3.upload_id': uploadId,
  'aws.s3.part_number': partNumber,
})

/** `server.address` and `server.port`. */
export const serverAttributes = (url: string): Attributes => {
  const [, scheme, host = '', port] = origin.exec(url) ?? []
  return { 'server.address': host, 'server.port': Number(port ?? (scheme === 'http' ? 80 : 443)) }
}

/** Scheme, host and port of a URL that the client has made. `new URL` takes several microseconds, twice per attempt. */
const origin = /^(https?):\/\/(\[[^\]]*\]|[^/:]*)(?::(\d+))?/

/** `error.type`: the stable code of the error, which has few values. */
export const errorAttributes = (error: R2EventError | undefined): Attributes =>
  error === undefined ? {} : { 'error.type': error.code }
