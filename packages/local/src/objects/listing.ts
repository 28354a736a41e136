/** What all lists share: how many entries to give, how names are encoded, and the token that says where to go on. */
import { encodeQueryValue } from 'r2kit/protocol'
import { invalidArgument, notImplemented, S3Error } from '../errors/s3-error.js'
import type { QueryParameters } from '../routing/query.js'

export const pageLimit = 1000

/**
 * R2 floors fractions, takes 0, and echoes more than 1,000 while giving 1,000.
 * @throws S3Error InvalidMaxKeys for what is empty, negative or no number.
 */
export const readMaxKeys = (text: string | undefined): number => {
  if (text === undefined) return pageLimit
  const number = text.trim() === '' ? Number.NaN : Number(text)
  if (!Number.isFinite(number) || number < 0) throw new S3Error('InvalidMaxKeys')
  return Math.floor(number)
}

/** For the lists that S3 gave names of their own (`max-parts`, `max-uploads`): AWS's check, R2's cap. */
export const readCount = (query: QueryParameters, name: string): number => {
  const text = query.get(name)
  if (text === undefined) return pageLimit
  if (!/^\d+$/.test(text)) throw invalidArgument(`Provided ${name} not an integer or within integer range`)
  return Number(text)
}

/**
 * The function that writes names as `encoding-type` asks: R2 encodes `/` as well, unlike AWS.
 * @throws S3Error NotImplemented for any type but `url`.
 */
export const readEncoding = (encodingType: string | undefined): ((name: string) => string) => {
  if (encodingType === undefined) return asItIs
  if (encodingType === 'url') return encodeQueryValue
  throw notImplemented(`Unrecognized encoding-type "${encodingType}"`)
}

const asItIs = (name: string): string => name

/** A place in a list as an opaque token. */
export const tokenOf = (place: string): string => Buffer.from(place, 'utf8').toString('base64url')

/** @throws S3Error InvalidArgument for a token that was not made here. */
export const placeOf = (token: string): string => {
  const place = Buffer.from(token, 'base64url').toString('utf8')
  if (token === '' || tokenOf(place) !== token) throw invalidArgument('The continuation token provided is incorrect')
  return place
}

export const isoTime = (timeMs: number): string => new Date(timeMs).toISOString()
