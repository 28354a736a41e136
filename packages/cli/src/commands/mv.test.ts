import { expect, test } from 'vitest'
import { CommandHarness } from '#test/support/command-harness.js'

const harness = CommandHarness.create()

test('r2 mv deletes the source after the copy, in every direction', async () => {
  await harness.writeTree({ 'src/a': 'a', 'src/b': 'b' })
  expect(await harness.run(['mv', '-r', harness.file('src'), harness.at('up')])).toMatchObject({ exitCode: 0 })
  expect(await harness.tree(harness.file('src'))).toEqual({})
  expect(await harness.run(['mv', '-r', harness.at('up'), harness.at('across')])).toMatchObject({ exitCode: 0 })
  expect(await harness.keys()).toEqual(['across/a', 'across/b'])
  expect(await harness.run(['mv', '-r', harness.at('across'), harness.file('down')])).toMatchObject({ exitCode: 0 })
  expect(await harness.keys()).toEqual([])
  expect(await harness.tree(harness.file('down'))).toEqual({ a: 'a', b: 'b' })
})

test('r2 mv keeps the source if the copy fails or is skipped', async () => {
  await harness.put('../x', 'kept')
  await harness.put('k', 'kept')
  expect(await harness.run(['mv', '-r', `r2://${harness.bucket}`, harness.file('out')])).toMatchObject({ exitCode: 1 })
  expect(await harness.keys()).toEqual(['../x'])
  await harness.put('k', 'kept')
  await harness.writeTree({ exists: 'local' })
  expect(await harness.run(['mv', '--no-clobber', harness.at('k'), harness.file('exists')])).toMatchObject({
    exitCode: 0,
  })
  expect(await harness.keys()).toEqual(['../x', 'k'])
})

test('r2 mv of a folder into its parent keeps objects whose target would be within the source', async () => {
  for (const key of ['a/a/x', 'a/y']) await harness.put(key)
  const { exitCode, events } = await harness.run(['mv', '-r', harness.at('a'), `r2://${harness.bucket}`, '--json'])
  expect(exitCode).toBe(1)
  expect(events.find(({ event }) => event === 'transfer-failed')).toMatchObject({ source: harness.at('a/a/x') })
  expect(await harness.keys()).toEqual(['a/a/x', 'y'])
})
