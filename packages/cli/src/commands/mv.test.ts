import { expect, test } from 'vitest'
import { CommandWorld } from '../../../../test/support/command-world.js'

const world = CommandWorld.create()

test('a move deletes its source once the copy is there, in every direction', async () => {
  await world.writeTree({ 'src/a': 'a', 'src/b': 'b' })
  expect(await world.run(['mv', '-r', world.file('src'), world.at('up')])).toMatchObject({ exitCode: 0 })
  expect(await world.tree(world.file('src'))).toEqual({})
  expect(await world.run(['mv', '-r', world.at('up'), world.at('across')])).toMatchObject({ exitCode: 0 })
  expect(await world.keys()).toEqual(['across/a', 'across/b'])
  expect(await world.run(['mv', '-r', world.at('across'), world.file('down')])).toMatchObject({ exitCode: 0 })
  expect(await world.keys()).toEqual([])
  expect(await world.tree(world.file('down'))).toEqual({ a: 'a', b: 'b' })
})

test('a move that cannot write its copy keeps its source', async () => {
  await world.put('../x', 'kept')
  await world.put('k', 'kept')
  expect(await world.run(['mv', '-r', `r2://${world.bucket}`, world.file('out')])).toMatchObject({ exitCode: 1 })
  expect(await world.keys()).toEqual(['../x'])
  await world.put('k', 'kept')
  await world.writeTree({ exists: 'local' })
  expect(await world.run(['mv', '--no-clobber', world.at('k'), world.file('exists')])).toMatchObject({ exitCode: 0 })
  expect(await world.keys()).toEqual(['../x', 'k'])
})

test('a folder moved up out of itself does not swallow what lies deeper', async () => {
  for (const key of ['a/a/x', 'a/y']) await world.put(key)
  const { exitCode, events } = await world.run(['mv', '-r', world.at('a'), `r2://${world.bucket}`, '--json'])
  expect(exitCode).toBe(1)
  expect(events.find(({ event }) => event === 'transfer-failed')).toMatchObject({ source: world.at('a/a/x') })
  expect(await world.keys()).toEqual(['a/a/x', 'y'])
})
