import { Duplex } from 'node:stream'
import { expect, test } from 'vitest'
import { isNode } from '../../base/runtime.js'
import { joinedBytesMax, writeJoined } from './joined-write.js'

/** A socket, and the buffers that were written to it. */
const socketThat = (takes: 'immediately' | 'later') => {
  const written: Buffer[] = []
  const socket = new Duplex({
    read: () => undefined,
    write(chunk: Buffer, _encoding, done) {
      written.push(chunk)
      if (takes === 'immediately') done()
    },
  })
  return { socket, written }
}

const head = { text: 'PUT /a HTTP/1.1\r\n\r\n', isAscii: true }
const texts = (written: readonly Buffer[]) => written.map((chunk) => chunk.toString('latin1'))

test('a head and its body are one buffer', () => {
  const { socket, written } = socketThat('immediately')
  writeJoined(socket, { text: 'PUT /\xe9\r\n\r\n', isAscii: false }, Buffer.from('body'))
  expect(texts(written)).toEqual(['PUT /\xe9\r\n\r\nbody'])
})

test.runIf(isNode)('memory that one socket has taken is used for the next request on Node', () => {
  const [first, second] = [socketThat('immediately'), socketThat('immediately')]
  writeJoined(first.socket, head, Buffer.from('first'))
  writeJoined(second.socket, head, Buffer.from('second'))
  expect(second.written[0]?.buffer).toBe(first.written[0]?.buffer)
})

test('memory that a socket still reads is left to it', () => {
  const [slow, next, last] = [socketThat('later'), socketThat('later'), socketThat('immediately')]
  writeJoined(slow.socket, head, Buffer.from('first'))
  writeJoined(next.socket, head, Buffer.from('second'))
  writeJoined(last.socket, head, Buffer.from('third'))
  expect(texts([...slow.written, ...next.written])).toEqual([`${head.text}first`, `${head.text}second`])
})

test('a body of the largest size is written behind a head of several kilobytes', () => {
  const { socket, written } = socketThat('immediately')
  const text = `${'x'.repeat(60_000)}\r\n\r\n`
  writeJoined(socket, head, Buffer.from('small'))
  writeJoined(socket, { text, isAscii: true }, Buffer.alloc(joinedBytesMax, 'b'))
  expect(texts(written.slice(1))).toEqual([text + 'b'.repeat(joinedBytesMax)])
})
