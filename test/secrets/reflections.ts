/** Servers and proxies that reflect what they were sent, in each part of a response that the client reads. */
import { R2Error } from 'r2kit'
import type { FakeResponse, SentRequest } from '../support/fake-transport.js'

/** The fields of the request as one text, also in the forms in which S3 shows a canonical request. */
const reflected = ({ headers, path, query }: SentRequest): string => {
  const text = Object.entries(headers)
    .map(([name, value]) => `${name}:${value}`)
    .join(' ')
  return `${path} ${query} ${text}`
}

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')

const hexDump = (text: string) => (Buffer.from(text).toString('hex').match(/../g) ?? []).join(' ')

/** S3's document for a wrong signature, which has the canonical request as text and as a hex dump. */
const document = (code: string, request: SentRequest): string => {
  const text = escaped(reflected(request))
  return `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${text}</Message><StringToSign>${text}</StringToSign>
<StringToSignBytes>${hexDump(reflected(request))}</StringToSignBytes><CanonicalRequest>${text}</CanonicalRequest>
<CanonicalRequestBytes>${hexDump(reflected(request))}</CanonicalRequestBytes><RequestId>${text}</RequestId></Error>`
}

const rayOf = (request: SentRequest) => ({ 'cf-ray': reflected(request).slice(0, 4000) })

/** A success, except for the bytes of an object: these are data, which a recording keeps as they are. */
const success =
  (respond: (request: SentRequest) => FakeResponse) =>
  (request: SentRequest): FakeResponse => {
    const readsObject = request.method === 'GET' && /^\/[^/]+\/./.test(request.path) && !/uploadId/.test(request.query)
    return readsObject ? { status: 404, body: document('NoSuchKey', request) } : respond(request)
  }

/** Responses by name. */
export const reflections: Readonly<Record<string, (request: SentRequest) => FakeResponse | Error>> = {
  'a wrong signature': (request) => ({
    status: 403,
    headers: rayOf(request),
    body: document('SignatureDoesNotMatch', request),
  }),
  'an unknown code': (request) => ({
    status: 400,
    headers: rayOf(request),
    body: `<Error><Code>${escaped(reflected(request))}</Code><Message>no</Message></Error>`,
  }),
  'an internal error': (request) => ({
    status: 500,
    headers: rayOf(request),
    body: document('InternalError', request),
  }),
  'an expired token': (request) => ({ status: 400, headers: rayOf(request), body: document('ExpiredToken', request) }),
  'a debug page': (request) => ({ status: 502, body: `<html><pre>${reflected(request)}</pre></html>` }),
  'a page after each header': (request) => ({
    status: 403,
    body: Object.entries(request.headers)
      .filter(([name]) => /authorization|token|key/.test(name))
      .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
      .join('&'),
  }),
  'a redirect': (request) => ({
    status: 307,
    headers: {
      location: `https://h/?token=${encodeURIComponent(request.headers['x-amz-security-token'] ?? '')}&a=${encodeURIComponent(request.headers.authorization ?? '')}`,
    },
  }),
  'a success that is no XML': success((request) => ({
    status: 200,
    headers: { 'content-type': 'application/xml' },
    body: reflected(request),
  })),
  'a success that is a page': success((request) => ({
    status: 200,
    headers: { 'content-type': 'text/html' },
    body: reflected(request),
  })),
  'an error after a success': success((request) => ({ status: 200, body: document('InternalError', request) })),
  'a broken connection': () => new R2Error('ConnectionReset', 'the server closed the connection'),
}
