/** Parameters that the list operations share: page size, name encoding, continuation tokens. */
import { encodeQueryValue } from 'r2kit/protocol'
import { invalidArgument, notImplemented, S3Error } from '../errors/s3-error.js'
import type { QueryParameters } from '../routing/query.js'

export const pageLimit = 1000

/**
 * Reads `max-keys`. R2 rounds fractions down and accepts 0. It echoes values over 1,000, but returns at most 1,000 entries.
 * @throws S3Error `InvalidMaxKeys` if the text is empty, negative or not a number.
 */
export const readMaxKeys = (text: string | undefined): number => {
  if (text === undefined) return pageLimit
  const number = text.trim() === '' ? Number.NaN : Number(text)
  if (!Number.isFinite(number) || number < 0) throw new S3Error('InvalidMaxKeys')
  return Math.floor(number)
}

/**
 * Reads `max-parts` or `max-uploads`, with AWS's check and R2's limit of 1,000 entries.
 * @throws S3Error `InvalidArgument`
 */
export const readMaxEntries = (query: QueryParameters, name: string): number => {
  const text = query.get(name)
  if (text === undefined) return pageLimit
  if (!/^\d+$/.test(text)) throw invalidArgument(`Provided ${name} not an integer or within integer range`)
  return Number(text)
}

/**
 * @returns The function that encodes names as `encoding-type` requires. Unlike AWS, R2 also encodes `/`.
 * @throws S3Error `NotImplemented` for any type but `url`.
 */
export const readEncoding = (encodingType: string | undefined): ((name: string) => string) => {
  if (encodingType === undefined) return unencoded
  if (encodingType === 'url') return encodeQueryValue
  throw notImplemented(`Unrecognized encoding-type "${encodingType}"`)
}

const unencoded = (name: string): string => name

/** Encodes the last name of a page as an opaque continuation token. */
export const encodeToken = (lastName: string): string => Buffer.from(lastName, 'utf8').toString('base64url')

/**
 * @returns The last name of the previous page.
 * @throws S3Error `InvalidArgument` for a token that this server did not create.
 */
export const decodeToken = (token: string): string => {
  const lastName = Buffer.from(token, 'base64url').toString('utf8')
  if (token === '' || encodeToken(lastName) !== token) {
    throw invalidArgument('The continuation token provided is incorrect')
  }
  return lastName
}

export const isoTime = (timeMs: number): string => new Date(timeMs).toISOString()
