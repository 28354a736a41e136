import { once } from 'node:events'
import { appendFile, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { makeNamedPipe } from '#test/support/named-pipe.js'
import { openPipe, openSpecial } from './open-special.js'

let scratch: string
beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'r2-special-'))
})
afterEach(() => rm(scratch, { recursive: true, force: true }))

const emptyInput = Readable.from([])

describe.skipIf(process.platform === 'win32')('special files', () => {
  test.each([true, false])(
    'a named pipe is read until its writer closes it (system waits for the first writer: %s)',
    async (waitsForWriter) => {
      const path = join(scratch, 'pipe')
      makeNamedPipe(path)
      const content = Buffer.alloc(300_000, 'content')
      const read = buffer(openPipe(path, waitsForWriter))
      await appendFile(path, content)
      expect((await read).equals(content)).toBe(true)
    },
  )

  test.each([true, false])(
    'a named pipe can be closed while it has no writer (system waits for the first writer: %s)',
    async (waitsForWriter) => {
      const path = join(scratch, 'pipe')
      makeNamedPipe(path)
      const pipe = openPipe(path, waitsForWriter)
      const closed = once(pipe, 'close')
      pipe.destroy()
      await closed
    },
  )

  test('a device is read completely', async () => {
    expect(await buffer(openSpecial('/dev/null', await stat('/dev/null'), emptyInput))).toHaveLength(0)
  })

  test('the names of standard input return the stream of the process', async () => {
    const path = join(scratch, 'file')
    await writeFile(path, '')
    const stdin = Readable.from([Buffer.from('standard input')])
    for (const name of ['/dev/stdin', '/dev/fd/0']) expect(openSpecial(name, await stat(path), stdin)).toBe(stdin)
  })

  test('a socket is a usage error', async () => {
    const path = join(scratch, 'socket')
    const server = createServer().listen(path)
    await once(server, 'listening')
    const stats = await stat(path)
    expect(() => openSpecial(path, stats, emptyInput)).toThrow(/is a socket/)
    server.close()
  })
})
