import { describe, expect, test } from 'vitest'
import { asFinal, type ErrorCode, R2Error } from '../../errors/index.js'
import { ClientIntegrity, type IntegrityForm } from '../client-integrity.js'
import { type Refusal, refusalOf, refusalReason } from './checksum-refusal.js'

interface Failure {
  readonly code: ErrorCode
  readonly status?: number
  readonly s3Code?: string
  readonly message?: string
  readonly internalErrors?: number
  readonly isFinal?: boolean
}
const errorFor = ({ code, status, s3Code, message = 'refused', isFinal = false }: Failure) => {
  const error = new R2Error(code, message, { status, s3Code })
  return isFinal ? asFinal(error) : error
}
const judge = (
  failure: Failure,
  form: IntegrityForm,
  integrity = new ClientIntegrity('crc32', '', undefined),
): Refusal => refusalOf(errorFor(failure), { integrity, form, algorithm: 'CRC32' }, failure.internalErrors ?? 1)

const storedFrames: Failure = { code: 'IntegrityMismatch', isFinal: true }
const badDigest: Failure = {
  code: 'IntegrityMismatch',
  status: 400,
  s3Code: 'BadDigest',
  message: 'The checksum differs',
}
const wrongHash: Failure = { code: 'IntegrityMismatch', status: 400, s3Code: 'XAmzContentSHA256Mismatch' }
const forms: readonly IntegrityForm[] = ['header', 'part', 'trailer', 'upload']

describe.each(forms)('for a checksum sent as %s, a failed write', (form) => {
  test.each<[Failure, Refusal]>([
    [{ code: 'NotImplemented', status: 501 }, 'stated'],
    [{ code: 'NotImplemented' }, 'stated'],
    [{ code: 'BadRequest', status: 400 }, 'stated'],
    [{ code: 'BadRequest', status: 400, s3Code: 'InvalidRequest', message: 'Checksum Type mismatch' }, 'stated'],
    [{ code: 'BadRequest', status: 400, s3Code: 'InvalidArgument', message: 'Unsupported header' }, 'stated'],
    [{ code: 'BadRequest', status: 400, s3Code: 'InvalidArgument' }, 'possible'],
    [{ code: 'SignatureDoesNotMatch', status: 403, s3Code: 'SignatureDoesNotMatch' }, 'possible'],
    [{ code: 'InternalError', status: 500, internalErrors: 2 }, 'no'],
    [{ code: 'InternalError', status: 500, internalErrors: 3 }, 'possible'],
    [{ code: 'ServiceUnavailable', status: 503, internalErrors: 9 }, 'no'],
    [{ code: 'AccessDenied', status: 403 }, 'no'],
    [{ code: 'BucketNotFound', status: 404 }, 'no'],
    [{ code: 'ConnectionReset', internalErrors: 9 }, 'no'],
    [badDigest, 'no'],
    [{ code: 'IntegrityMismatch' }, 'no'],
    [storedFrames, form === 'trailer' ? 'stated' : 'no'],
    [wrongHash, form === 'trailer' ? 'possible' : 'no'],
  ])('%j is a refusal: %s', (failure, verdict) => {
    expect(judge(failure, form)).toBe(verdict)
  })

  test('has another cause where the server has confirmed the checksum before', () => {
    const integrity = new ClientIntegrity('crc32', '', undefined)
    integrity.confirm(form, 'CRC32')
    expect(judge({ code: 'NotImplemented', status: 501 }, form, integrity)).toBe('no')
  })

  test('may be refused where another write has shown meanwhile that the server refuses the checksum', () => {
    const integrity = new ClientIntegrity('crc32', '', undefined)
    integrity.refute(form, 'CRC32')
    expect(judge({ code: 'NotImplemented', status: 501 }, form, integrity)).toBe('stated')
  })
})

test.each<[IntegrityForm, Failure, string]>([
  [
    'header',
    { code: 'BadRequest', status: 400, s3Code: 'InvalidRequest' },
    'it refused x-amz-checksum-crc32 with InvalidRequest',
  ],
  ['part', { code: 'NotImplemented', status: 501 }, 'it refused x-amz-checksum-crc32 with 501'],
  ['trailer', { code: 'NotImplemented' }, 'it refused the trailer with NotImplemented'],
  ['trailer', storedFrames, 'it stores the frames of the trailer with the bytes'],
  ['upload', { code: 'NotImplemented' }, 'it refused the checksum of the whole object with NotImplemented'],
])('the reason names what was refused (%s) and how: %j', (form, failure, reason) => {
  expect(refusalReason(errorFor(failure), { form, algorithm: 'CRC32' })).toBe(reason)
})
