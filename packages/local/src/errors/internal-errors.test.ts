import { expect, test } from 'vitest'
import { internalErrorReporter } from './internal-errors.js'
import { S3Error } from './s3-error.js'

const linesOf = (error: unknown, request?: { method: string; url: string }) => {
  const lines: string[] = []
  internalErrorReporter((_error, line) => lines.push(line))(error, request)
  return lines
}

test('the log line of a failure has the method, the path and all causes, but not the query, which may contain a signature', () => {
  const error = new Error('cannot store', { cause: new Error('EMFILE: too many open files,\nopen') })
  expect(linesOf(error, { method: 'PUT', url: '/bucket/key?X-Amz-Signature=secret' })).toEqual([
    'r2kit local: PUT /bucket/key: Error: cannot store: Error: EMFILE: too many open files, open',
  ])
})

test('the log line escapes control characters of the path and the message', () => {
  const [line] = linesOf(new Error('open \u001b[2Jname\u009b'), { method: 'GET', url: '/bucket/\u009b1A' })
  expect(line).toBe('r2kit local: GET /bucket/\\u009b1A: Error: open \\u001b[2Jname\\u009b')
})

test('the log line of a background failure names no request, and thrown values need not be errors', () => {
  expect(linesOf(new Error('disk'))).toEqual(['r2kit local: Error: disk'])
  expect(linesOf('text')).toEqual(['r2kit local: text'])
})

test('the log line of an InternalError with a cause shows only the cause', () => {
  const refused = Object.assign(new S3Error('InternalError'), { cause: new Error('framing') })
  expect(linesOf(refused)).toEqual(['r2kit local: Error: framing'])
})

test('the log line stops at circular causes and truncates long messages', () => {
  const error = new Error('x'.repeat(5000))
  error.cause = error
  expect(linesOf(error)[0]?.length).toBe(2000)
})

test('errors thrown by a log handler are ignored', () => {
  const report = internalErrorReporter(() => {
    throw new Error('the log is full')
  })
  expect(() => report(new Error('disk'))).not.toThrow()
})
