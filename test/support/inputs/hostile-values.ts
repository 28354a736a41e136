/** Values that untyped callers may pass, by accident or on purpose. */
import { runInNewContext } from 'node:vm'

const revoked = (target: object): object => {
  const { proxy, revoke } = Proxy.revocable(target, {})
  revoke()
  return proxy
}

const thrower = (): never => {
  throw new Error('the trap throws')
}

/** A Proxy whose traps all throw. */
const throwing = (): object =>
  new Proxy(
    {},
    {
      get: thrower,
      has: thrower,
      ownKeys: thrower,
      getPrototypeOf: thrower,
      getOwnPropertyDescriptor: thrower,
    },
  )

const cyclic = (): object => {
  const object: Record<string, unknown> = {}
  object.self = object
  return object
}

/** Evaluates code in another realm. */
export const foreign = (code: string): unknown => runInNewContext(code)

/** Name → factory of the value. */
export const hostileValues: ReadonlyMap<string, () => unknown> = new Map<string, () => unknown>([
  ['null', () => null],
  ['zero', () => 0],
  ['one', () => 1],
  ['minus one', () => -1],
  ['one and a half', () => 1.5],
  ['a huge number', () => 1e300],
  ['NaN', () => Number.NaN],
  ['Infinity', () => Number.POSITIVE_INFINITY],
  ['a bigint', () => 5n],
  ['true', () => true],
  ['false', () => false],
  ['an empty string', () => ''],
  ['a word', () => 'word'],
  ['a number as text', () => '5'],
  ['a boolean as text', () => 'false'],
  ['half of a surrogate pair', () => '\ud83d'],
  ['a line break', () => 'a\r\nb: c'],
  ['a NUL', () => 'a\0b'],
  ['a long text', () => 'x'.repeat(100_000)],
  ['a String object', () => new String('word')],
  ['a symbol', () => Symbol('s')],
  ['a function', () => () => 'word'],
  ['an empty object', () => ({})],
  ['an object with another field', () => ({ zz: 1 })],
  ['an object that refers to itself', cyclic],
  ['an empty array', () => []],
  ['an array of a word', () => ['word']],
  ['an array of numbers', () => [1, 2]],
  ['an array of null', () => [null]],
  ['an array with a hole', () => new Array(3)],
  ['an endless array', () => new Array(4_294_967_295)],
  ['a Date', () => new Date(86_400_000)],
  ['an invalid Date', () => new Date(Number.NaN)],
  ['a Map', () => new Map([['a', 'b']])],
  ['a Set', () => new Set(['a'])],
  ['a Promise', () => Promise.resolve('word')],
  ['an Error', () => new Error('word')],
  ['a RegExp', () => /x/],
  ['a URL', () => new URL('https://host/path')],
  ['a Headers', () => new Headers({ a: 'b' })],
  ['a Uint8Array', () => new Uint8Array(3)],
  ['a Float64Array', () => new Float64Array(2)],
  ['an AbortController', () => new AbortController()],
  ['an AbortSignal', () => new AbortController().signal],
  ['a revoked Proxy', () => revoked({})],
  ['a revoked Proxy of an array', () => revoked([])],
  ['a Proxy that throws', throwing],
  ['an empty object of another realm', () => foreign('({})')],
  ['an array of another realm', () => foreign(`['word']`)],
  ['a Date of another realm', () => foreign('new Date(86400000)')],
  ['a Uint8Array of another realm', () => foreign('new Uint8Array(3)')],
  ['a Map of another realm', () => foreign('new Map()')],
  [
    'a signal of another realm',
    () => foreign('({ aborted: false, reason: undefined, addEventListener() {}, removeEventListener() {} })'),
  ],
])
