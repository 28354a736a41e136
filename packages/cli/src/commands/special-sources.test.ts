/** Sources that are not regular files, and regular files that report a length of 0 but have content. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { CommandHarness } from '#test/support/command-harness.js'
import { endingOf, ProcessHarness, runR2, startR2 } from '#test/support/command-process.js'
import { makeNamedPipe } from '#test/support/named-pipe.js'

describe.skipIf(process.platform !== 'linux')('r2 as a process', () => {
  const harness = ProcessHarness.create()

  test('/dev/stdin is standard input, even if that is a socket, which cannot be opened by name', async () => {
    // Node connects child processes by sockets.
    const child = startR2(['cp', '/dev/stdin', harness.at('stdin')], harness.env)
    child.stdin.end('from a socket')
    expect(await endingOf(child)).toMatchObject({ ended: 0, stderr: '' })
    expect(await harness.read('stdin')).toBe('from a socket')
  })

  test.skipIf(!existsSync('/bin/bash'))('a process substitution is uploaded as the output of its command', async () => {
    const bin = process.execPath
    const script = `"$0" "$1" cp <(echo substituted) ${harness.at('substituted')}`
    const r2 = new URL('../../dist/node/bin.js', import.meta.url).pathname
    const child = spawn('/bin/bash', ['-c', script, bin, r2], { env: { ...process.env, ...harness.env } })
    const [code] = await once(child, 'close')
    expect(code).toBe(0)
    expect(await harness.read('substituted')).toBe('substituted\n')
  })

  test.each(['/proc/version', '/proc/self/status'])(
    '%s, which reports a length of 0, is stored with its content',
    async (path) => {
      expect(await runR2(['cp', path, harness.at('proc')], harness.env)).toMatchObject({ ended: 0 })
      const stored = await harness.read('proc')
      expect(stored.slice(0, 5)).toBe((await readFile(path, 'utf8')).slice(0, 5))
    },
  )
})

describe('r2 in this process', () => {
  const harness = CommandHarness.create()

  test('an empty file is moved to an empty object', async () => {
    await writeFile(harness.file('empty'), '')
    expect(await harness.run(['mv', harness.file('empty'), harness.at('empty')])).toMatchObject({ exitCode: 0 })
    expect(await harness.read('empty')).toBe('')
    expect(await harness.tree()).toEqual({})
  })

  test.skipIf(process.platform !== 'linux')(
    'r2 mv rejects pipes, devices and files of /proc, because it could not delete them',
    async () => {
      makeNamedPipe(harness.file('pipe'))
      for (const path of [harness.file('pipe'), '/dev/null', '/proc/version']) {
        const { exitCode, stderr } = await harness.run(['mv', path, harness.at('k')])
        expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: `r2: ${path} is not a regular file. Use r2 cp.\n` })
      }
      expect(await harness.keys()).toEqual([])
    },
  )

  test('a download to a named pipe is rejected without waiting for a reader', async () => {
    await harness.put('k')
    makeNamedPipe(harness.file('pipe'))
    const { exitCode, stderr } = await harness.run(['cp', harness.at('k'), harness.file('pipe')])
    expect(exitCode).toBe(1)
    expect(stderr).toContain('is not a regular file')
  })
})
