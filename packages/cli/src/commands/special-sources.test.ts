/** Sources that are no regular files, and files whose length says nothing. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { endingOf, ProcessWorld, runR2, startR2 } from '../../../../test/support/command-process.js'
import { CommandWorld } from '../../../../test/support/command-world.js'
import { makeNamedPipe } from '../../../../test/support/named-pipe.js'

describe.skipIf(process.platform !== 'linux')('as processes', () => {
  const world = ProcessWorld.create()

  test('/dev/stdin is what is piped in, also where it is a socket, which cannot be opened by its name', async () => {
    // Node connects its children by sockets.
    const child = startR2(['cp', '/dev/stdin', world.at('stdin')], world.env)
    child.stdin.end('from a socket')
    expect(await endingOf(child)).toMatchObject({ ended: 0, stderr: '' })
    expect(await world.read('stdin')).toBe('from a socket')
  })

  test.skipIf(!existsSync('/bin/bash'))('a process substitution is the output of its command', async () => {
    const bin = process.execPath
    const script = `"$0" "$1" cp <(echo substituted) ${world.at('substituted')}`
    const r2 = new URL('../../dist/node/bin.js', import.meta.url).pathname
    const child = spawn('/bin/bash', ['-c', script, bin, r2], { env: { ...process.env, ...world.env } })
    const [code] = await once(child, 'close')
    expect(code).toBe(0)
    expect(await world.read('substituted')).toBe('substituted\n')
  })

  test.each(['/proc/version', '/proc/self/status'])(
    '%s, whose length is 0, is stored with its content',
    async (path) => {
      expect(await runR2(['cp', path, world.at('proc')], world.env)).toMatchObject({ ended: 0 })
      const stored = await world.read('proc')
      expect(stored.slice(0, 5)).toBe((await readFile(path, 'utf8')).slice(0, 5))
    },
  )
})

describe('in this process', () => {
  const world = CommandWorld.create()

  test('an empty file is an empty object, and a move deletes it', async () => {
    await writeFile(world.file('empty'), '')
    expect(await world.run(['mv', world.file('empty'), world.at('empty')])).toMatchObject({ exitCode: 0 })
    expect(await world.read('empty')).toBe('')
    expect(await world.tree()).toEqual({})
  })

  test.skipIf(process.platform !== 'linux')(
    'what is no regular file is not moved, as it could not be deleted',
    async () => {
      makeNamedPipe(world.file('pipe'))
      for (const path of [world.file('pipe'), '/dev/null', '/proc/version']) {
        const { exitCode, stderr } = await world.run(['mv', path, world.at('k')])
        expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: `r2: ${path} is not a regular file. Use r2 cp.\n` })
      }
      expect(await world.keys()).toEqual([])
    },
  )

  test('a download to a named pipe is refused, and waits for no reader of it', async () => {
    await world.put('k')
    makeNamedPipe(world.file('pipe'))
    const { exitCode, stderr } = await world.run(['cp', world.at('k'), world.file('pipe')])
    expect(exitCode).toBe(1)
    expect(stderr).toContain('is not a regular file')
  })
})
