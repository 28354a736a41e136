/** The operation, bucket, key and part of a request, by which fault rules select. */
import type { IncomingMessage } from 'node:http'
import { requestDetail } from 'r2kit/protocol'
import type { RequestTarget } from 'r2kit/simulation'
import { detectOperation } from '../detection/detect-operation.js'
import { QueryParameters } from '../routing/query.js'
import { parseTarget } from '../routing/target.js'

const unknown: RequestTarget = { operation: 'Unknown' }

/** @returns The target; `Unknown` as the operation of a request that R2 does not have, or that cannot be parsed. */
export const targetOf = (incoming: IncomingMessage, virtualHostBucket: string | undefined): RequestTarget => {
  try {
    const { bucket, key, rawQuery } = parseTarget(incoming.url ?? '', virtualHostBucket)
    const query = new QueryParameters(rawQuery)
    const target = { bucket, key }
    const operation = operationOf(incoming, target, query)
    return { ...target, operation, partNumber: partNumberOf(query), ...requestDetail(rawQuery, headersOf(incoming)) }
  } catch {
    // The server rejects the request with R2's error, unless a rule for all requests applies.
    return unknown
  }
}

const headersOf = ({ headers }: IncomingMessage): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).filter((field): field is [string, string] => typeof field[1] === 'string'))

const operationOf = (
  { method = '', headers }: IncomingMessage,
  target: Pick<RequestTarget, 'bucket' | 'key'>,
  query: QueryParameters,
): string => {
  const { bucket, key } = target
  try {
    const copySource = headers['x-amz-copy-source']
    const copyHeaders = { 'x-amz-copy-source': typeof copySource === 'string' ? copySource : copySource?.[0] }
    return detectOperation({ method, bucket, key, query, headers: copyHeaders })
  } catch {
    return unknown.operation
  }
}

const partNumberOf = (query: QueryParameters): number | undefined => {
  const text = query.get('uploadId') === undefined ? undefined : query.get('partNumber')
  const number = Number(text ?? Number.NaN)
  return Number.isInteger(number) ? number : undefined
}
