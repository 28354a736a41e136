import { randomBytes } from 'node:crypto'
import { readdir, writeFile } from 'node:fs/promises'
import { Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { CommandHarness } from '#test/support/command-harness.js'
import { openInput } from '#test/support/run-command.js'

const harness = CommandHarness.create()

test.each([
  [3, ['cp', 'r2://BUCKET/absent', 'SCRATCH/x']],
  [3, ['cp', 'r2://absent-bucket/k', 'SCRATCH/x']],
  [3, ['cp', '-r', 'r2://BUCKET/absent', 'SCRATCH/x']],
  [3, ['cp', '-r', 'r2://absent-bucket', 'SCRATCH/x']],
  [3, ['cp', 'SCRATCH/absent', 'r2://BUCKET/k']],
  [3, ['cp', 'r2://BUCKET/absent', 'r2://BUCKET/k']],
  [3, ['cat', 'r2://BUCKET/absent']],
  [3, ['stat', 'r2://BUCKET/absent']],
  [3, ['rm', 'r2://BUCKET/absent']],
  [3, ['rm', '-r', 'r2://BUCKET/absent']],
  [0, ['rm', '-r', '--force', 'r2://BUCKET/absent']],
  [3, ['rb', 'r2://absent-bucket']],
  [3, ['ls', 'r2://absent-bucket']],
  [0, ['ls', 'r2://BUCKET/absent']],
  [3, ['du', 'r2://absent-bucket']],
  [1, ['mb', 'r2://BUCKET']],
  [2, ['mb', 'r2://Not_A_Bucket']],
  [1, ['cp', 'r2://BUCKET/k', '/dev/null']],
])('the exit code is %d for %j', async (exitCode, args) => {
  await harness.put('k')
  const filled = args.map((arg) => arg.replace('BUCKET', harness.bucket).replace('SCRATCH', harness.scratch))
  const result = await harness.run(filled)
  expect(result).toMatchObject({ exitCode })
  expect(result.stderr.split('\n')).toHaveLength(exitCode === 0 ? 1 : 2)
  expect(await readdir(harness.scratch)).toEqual([])
})

test('wrong credentials end a recursive copy immediately, with the exit code of authentication', async () => {
  await harness.writeTree({ 'src/a': '', 'src/b': '', 'src/c': '' })
  const wrong = { ...harness.env, R2_SECRET_ACCESS_KEY: 'f'.repeat(64) }
  const { exitCode, events, stderr } = await harness.run(
    ['cp', '-r', harness.file('src'), `r2://${harness.bucket}`, '--json'],
    { env: wrong },
  )
  expect(exitCode).toBe(4)
  expect(events.at(-1)).toMatchObject({ event: 'error', exitCode: 4, error: { code: 'SignatureDoesNotMatch' } })
  expect(stderr).not.toContain('f'.repeat(64))
})

test('an interrupted download exits with 130 and leaves no files', async () => {
  await harness.put('big', randomBytes(8_000_000))
  const controller = new AbortController()
  const target = harness.file('out')
  const result = harness.run(['cp', '-r', `r2://${harness.bucket}`, target], { signal: controller.signal })
  controller.abort()
  expect(await result).toMatchObject({ exitCode: 130 })
  expect(await harness.tree()).toEqual({})
})

test('an interrupted upload from a pipe exits with 130 and aborts its multipart upload', async () => {
  const controller = new AbortController()
  const input = openInput()
  input.write(randomBytes(17 * 1024 * 1024))
  const result = harness.run(['cp', '-', harness.at('k'), '--json'], { signal: controller.signal, stdin: input })
  setImmediate(() => controller.abort())
  const { exitCode, events } = await result
  expect(exitCode).toBe(130)
  expect(events.at(-1)).toMatchObject({ event: 'error', error: { code: 'Aborted' }, exitCode: 130 })
  expect(await harness.keys()).toEqual([])
  expect((await harness.r2.multipart.listUploads({ bucket: harness.bucket })).uploads).toEqual([])
})

test('a reader that closes standard output ends the command without an error', async () => {
  await harness.put('big', randomBytes(8_000_000))
  let bytes = 0
  const stdout = new Writable({
    write(chunk: Buffer, _encoding, done) {
      bytes += chunk.length
      done(bytes > 1000 ? Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }) : null)
    },
  })
  expect(await harness.run(['cat', harness.at('big')], { stdout })).toMatchObject({ exitCode: 0, stderr: '' })
  expect(bytes).toBeLessThan(8_000_000)
})

test('progress is drawn only on a terminal, and not with --quiet, --json or --verbose', async () => {
  await harness.writeTree({ 'src/a': 'a', 'src/b': 'bb' })
  const plain = await harness.run(['cp', '-r', harness.file('src'), `r2://${harness.bucket}`])
  expect(plain.stderr).toBe('')
  const drawn = await harness.run(['cp', '-r', harness.file('src'), `r2://${harness.bucket}`], { isTTY: true })
  expect(drawn.stderr).toContain('\x1b[')
  expect(drawn.stdout).toMatch(/^2 objects copied, 3 B/)
  for (const silencer of ['--quiet', '--json', '--verbose']) {
    expect(
      (await harness.run(['cp', '-r', harness.file('src'), `r2://${harness.bucket}`, silencer], { isTTY: true }))
        .stderr,
    ).toBe('')
  }
})

test('progress of a single object shows its size, for uploads and downloads', async () => {
  await writeFile(harness.file('large'), randomBytes(9 * 1024 * 1024))
  const up = await harness.run(['cp', harness.file('large'), harness.at('large')], { isTTY: true })
  expect(up.stderr).toContain('9.00 MiB of 9.00 MiB  1 of 1 file ')
  const down = await harness.run(['cp', harness.at('large'), harness.file('back')], { isTTY: true })
  expect(down.stderr).toContain('9.00 MiB of 9.00 MiB  1 of 1 file ')
})

test('every failure is printed on a terminal with a progress line, even if the command ends immediately', async () => {
  await harness.put('../a')
  await harness.put('../b')
  const { exitCode, stderr } = await harness.run(['cp', '-r', `r2://${harness.bucket}`, harness.file('out')], {
    isTTY: true,
  })
  expect(exitCode).toBe(1)
  for (const key of ['../a', '../b']) expect(stderr).toContain(`r2: failed ${harness.at(key)}: `)
})
