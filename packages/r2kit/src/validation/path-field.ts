import { typeNameOf } from '../base/shown.js'
import type { Field } from './fields.js'
import { mustBe } from './refuse.js'

/** A path in the file system of this machine, as a string. */
export const path: Field<string> = {
  takes: 'a path',
  read(value, name, refuse) {
    const hint = typeNameOf(value) === 'a URL' ? 'Pass fileURLToPath(url).' : "Pass a path such as './film.mp4'."
    if (typeof value !== 'string') throw refuse(name, mustBe('a path (a string)', value), hint)
    if (value === '') throw refuse(name, 'must be a path, but it is empty', hint)
    if (value.includes('\0'))
      throw refuse(name, 'must be a path, but it has a NUL character', 'Remove the NUL character.')
    return value
  },
}
