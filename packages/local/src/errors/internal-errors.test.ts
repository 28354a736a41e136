import { expect, test } from 'vitest'
import { internalErrorReporter } from './internal-errors.js'
import { S3Error } from './s3-error.js'

const linesOf = (error: unknown, request?: { method: string; url: string }) => {
  const lines: string[] = []
  internalErrorReporter((_error, line) => lines.push(line))(error, request)
  return lines
}

test('a failure is one line with method, path and all causes, and without the query, which may hold a signature', () => {
  const error = new Error('cannot store', { cause: new Error('EMFILE: too many open files,\nopen') })
  expect(linesOf(error, { method: 'PUT', url: '/bucket/key?X-Amz-Signature=secret' })).toEqual([
    'r2kit local: PUT /bucket/key: Error: cannot store: Error: EMFILE: too many open files, open',
  ])
})

test('control characters of a path or a message are escaped, so that a log line moves no cursor and stays one line', () => {
  const [line] = linesOf(new Error('open \u001b[2Jname\u009b'), { method: 'GET', url: '/bucket/\u009b1A' })
  expect(line).toBe('r2kit local: GET /bucket/\\u009b1A: Error: open \\u001b[2Jname\\u009b')
})

test('a failure in the background has no request, and anything can be thrown', () => {
  expect(linesOf(new Error('disk'))).toEqual(['r2kit local: Error: disk'])
  expect(linesOf('text')).toEqual(['r2kit local: text'])
})

test('a 500 that has a reason shows only the reason', () => {
  const refused = Object.assign(new S3Error('InternalError'), { cause: new Error('framing') })
  expect(linesOf(refused)).toEqual(['r2kit local: Error: framing'])
})

test('causes in a circle end, and a long message is cut', () => {
  const error = new Error('x'.repeat(5000))
  error.cause = error
  expect(linesOf(error)[0]?.length).toBe(2000)
})

test('a handler that throws harms nothing', () => {
  const report = internalErrorReporter(() => {
    throw new Error('the log is full')
  })
  expect(() => report(new Error('disk'))).not.toThrow()
})
