/** Reads the credential scope and the list of signed headers, with R2's messages and in R2's order of checks. */
import { type CredentialPieces, parseCredential, parseSignedHeaders } from 'r2kit/protocol'
import { invalidArgument, S3Error } from '../errors/s3-error.js'

export const algorithm = 'AWS4-HMAC-SHA256'

/** R2's regions: `auto`, its two aliases (empty and `us-east-1`), and the location hints. */
const regions = new Set(['auto', '', 'us-east-1', 'wnam', 'enam', 'weur', 'eeur', 'apac', 'oc'])
const accessKeyLength = 32

/** Parses `<access key id>/<yyyymmdd>/<region>/s3/aws4_request`; additional slashes belong to the access key id. */
export const readScope = (credential: string, amzDate: string): CredentialPieces => {
  const scope = parseCredential(credential)
  if (typeof scope === 'number') {
    throw invalidArgument(`Credential sigv4 header should have at least 5 slash-separated parts, not ${scope}`)
  }
  const { accessKeyId, day, region, service, termination } = scope
  if (service !== 's3') throw invalidArgument(`Credential service should be s3, not ${service}`)
  if (termination !== 'aws4_request') {
    throw invalidArgument(`Credential termination string should be aws4_request, not ${termination}`)
  }
  if (accessKeyId.length !== accessKeyLength) {
    throw invalidArgument(`Credential access key has length ${accessKeyId.length}, should be ${accessKeyLength}`)
  }
  if (amzDate.slice(0, 8) !== day) {
    // R2's message names the header even if the date is in the query.
    throw invalidArgument(
      `Credential signed date ${day} does not match ${amzDate.slice(0, 8)} from 'x-amz-date' header`,
    )
  }
  if (!regions.has(region)) {
    throw new S3Error(
      'InvalidRegionName',
      `The region name '${region}' is not valid. Must be one of: wnam, enam, weur, eeur, apac, oc, auto`,
    )
  }
  return scope
}

/** @throws S3Error `Unauthorized` if the list lacks `host`, which Signature Version 4 requires. */
export const readSignedHeaders = (text: string): readonly string[] => {
  const names = parseSignedHeaders(text)
  if (!names.includes('host')) throw new S3Error('Unauthorized')
  return names
}
