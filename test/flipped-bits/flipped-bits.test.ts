/** One flipped bit in each piece of a message. `npm run test:flipped-bits` flips every bit. */
import { expect, test } from 'vitest'
import { clientCaseNamed } from './client-cases.js'
import { flipCalls } from './client-side.js'
import { formNames } from './requests.js'
import { flipRequests } from './server-side.js'
import { flipped, sampledBits, spansOf } from './spans.js'

const bodySpans = ['body', 'chunk data']

test.each(formNames)(
  'the local R2 refuses a request with a flipped bit, or stores the right bytes: %s',
  async (name) => {
    const [report] = await flipRequests([name], sampledBits)
    expect(report?.problems).toEqual([])
    expect(report?.refused).toBeGreaterThan(20)
    for (const span of bodySpans) expect(report?.harmlessSpans).not.toContain(span)
  },
)

/** The others differ in the source of the bytes, or their messages have none. */
const quickCases = [
  ...['request of a put of bytes', 'request of a put of a stream', 'request of a part of bytes'],
  ...['response to a put of bytes', 'response to a part'],
  ...['response with an object in memory', 'response with an object as a stream', 'response to a download'],
]

test.each(quickCases)('a flipped bit in the %s ends in an error, or in a call with the right bytes', async (name) => {
  const [report] = await flipCalls([name], sampledBits)
  expect(report?.problems).toEqual([])
  const { failed = 0, retried = 0, harmlessSpans } = report ?? {}
  expect(failed + retried).toBeGreaterThan(10)
  if (clientCaseNamed(name).carriesContent) {
    for (const span of bodySpans) expect(harmlessSpans).not.toContain(span)
  }
})

test('the spans of a message are its bytes, in order', () => {
  const message = Buffer.from(
    'PUT /a HTTP/1.1\r\nx-amz-trailer: x-amz-checksum-crc32\r\ncontent-length:46\r\n\r\n5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n',
  )
  const spans = spansOf(message)
  expect(spans.map(({ start, end }) => message.toString('latin1', start, end)).join('')).toBe(
    message.toString('latin1'),
  )
  expect(spans.map(({ name }) => name)).toEqual([
    ...['start line', 'end of start line'],
    ...['name of x-amz-trailer', 'separator of x-amz-trailer', 'x-amz-trailer', 'end of x-amz-trailer'],
    ...['name of content-length', 'separator of content-length', 'content-length', 'end of content-length'],
    'end of the header section',
    ...['chunk size', 'end of chunk size', 'chunk data', 'end of chunk data', 'last chunk', 'end of last chunk'],
    ...['name of x-amz-checksum-crc32', 'separator of x-amz-checksum-crc32', 'trailer', 'end of trailer'],
    'end of the trailers',
  ])
  const flippedOnce = flipped(message, { byte: 0, bit: 1, span: 'start line' })
  expect(flippedOnce.toString('latin1', 0, 3)).toBe('RUT')
})
