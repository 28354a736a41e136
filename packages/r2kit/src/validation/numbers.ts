/** Fields that are numbers. Code that is loaded later imports them from here, without the other fields. */
import { shown } from '../base/shown.js'
import type { Field } from './fields.js'
import { mustBe } from './refuse.js'

const numeric = (takes: string, test: (value: number) => boolean): Field<number> => ({
  takes,
  read(value, name, refuse) {
    if (typeof value === 'number' && test(value)) return value
    if (typeof value !== 'string') throw refuse(name, mustBe(takes, value), `Pass ${takes}.`)
    const isMeant = value.trim() !== '' && test(Number(value))
    const hint = isMeant ? `Pass the number ${Number(value)}, without quotes.` : `Pass ${takes}.`
    throw refuse(name, `must be ${takes}, but it is the string ${shown(value)}`, hint)
  },
})

/** A whole number from `min` to `max`. @defaultValue of `max`: the largest safe integer */
export const integer = (min: number, max: number = Number.MAX_SAFE_INTEGER): Field<number> =>
  numeric(
    max === Number.MAX_SAFE_INTEGER ? `a whole number from ${min}` : `a whole number from ${min} to ${max}`,
    (value) => Number.isSafeInteger(value) && value >= min && value <= max,
  )

/** A number from `min` to `max`. */
export const number = (min: number, max: number): Field<number> =>
  numeric(`a number from ${min} to ${max}`, (value) => value >= min && value <= max)

/** A duration in milliseconds, above 0; `Infinity` for no bound. */
export const duration = numeric('a number of milliseconds above 0, or Infinity', (value) => value > 0)
