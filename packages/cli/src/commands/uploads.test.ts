import { expect, test } from 'vitest'
import { CommandHarness } from '#test/support/command-harness.js'

const harness = CommandHarness.create()

const create = async (...keys: string[]) => {
  for (const key of keys) await harness.r2.multipart.create({ bucket: harness.bucket, key })
}
const pending = async () => {
  const { uploads } = await harness.r2.multipart.listUploads({ bucket: harness.bucket })
  return uploads.map(({ key }) => key)
}

test('r2 uploads ls lists the unfinished uploads of a bucket or prefix', async () => {
  await create('a/1', 'a/1', 'a/2', 'b')
  const all = await harness.run(['uploads', 'ls', `r2://${harness.bucket}`, '--json'])
  expect(all.exitCode).toBe(0)
  expect(all.events.map(({ key }) => key)).toEqual(['a/1', 'a/1', 'a/2', 'b'])
  expect(all.events[0]).toMatchObject({ event: 'upload', uploadId: expect.any(String), initiated: expect.any(String) })
  const some = await harness.run(['uploads', 'ls', harness.at('a/')])
  expect(some.stdout.trimEnd().split('\n')).toHaveLength(3)
  expect(some.stdout).toContain(harness.at('a/2'))
})

test('r2 uploads abort aborts only uploads of the given age, and none in a dry run', async () => {
  await create('a/1', 'a/2', 'b')
  const young = await harness.run(['uploads', 'abort', `r2://${harness.bucket}`, '--older-than', '1d'])
  expect(young).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^0 uploads aborted, 3 skipped/) })
  const planned = await harness.run(['uploads', 'abort', harness.at('a/'), '--older-than', '0s', '--dry-run', '--json'])
  expect(planned.events.map(({ event }) => event)).toEqual(['upload-abort-planned', 'upload-abort-planned', 'summary'])
  expect(await pending()).toEqual(['a/1', 'a/2', 'b'])
  const done = await harness.run(['uploads', 'abort', harness.at('a/'), '--older-than', '0s', '--json'])
  expect(done.events.at(-1)).toMatchObject({ event: 'summary', command: 'uploads abort', done: 2, failed: 0 })
  expect(await pending()).toEqual(['b'])
})

test('r2 uploads ls lists more uploads than fit on one page', async () => {
  const keys = Array.from({ length: 1005 }, (_, index) => `k${String(index).padStart(4, '0')}`)
  await Promise.all(keys.map((key) => create(key)))
  const { events } = await harness.run(['uploads', 'ls', `r2://${harness.bucket}`, '--json'])
  expect(events.map(({ key }) => key)).toEqual(keys)
})

test('r2 uploads abort requires an age, because running uploads look like abandoned ones', async () => {
  const result = await harness.run(['uploads', 'abort', `r2://${harness.bucket}`])
  expect(result).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--older-than') })
  expect(await harness.run(['uploads', 'ls', 'r2://absent-bucket'])).toMatchObject({ exitCode: 3 })
})
