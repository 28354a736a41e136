import { describe, expect, test } from 'vitest'
import { refuseOption } from '../validation/index.js'
import { proxyField } from './proxy-field-node.js'
import { proxyField as proxyFieldOfFetch } from './proxy-field-web.js'

const read = (value: unknown) => proxyField.read(value, 'connections.proxy', refuseOption)

describe('connections.proxy', () => {
  test.each([
    ['environment', 'environment'],
    ['http://proxy:3128', { url: 'http://proxy:3128' }],
    ['https://proxy', { url: 'https://proxy' }],
    ['http://ana:p%40ss@proxy:3128', { url: 'http://proxy:3128', username: 'ana', password: 'p@ss' }],
    [
      { url: 'http://proxy:3128', username: 'ana', password: 'p' },
      { url: 'http://proxy:3128', username: 'ana', password: 'p' },
    ],
  ])('takes %j', (value, proxy) => {
    expect(read(value)).toEqual(proxy)
  })

  test.each([
    [5, /^connections\.proxy must be a proxy$/],
    ['', /must be a URL/],
    ['hidden:3128', /must be a URL of scheme http: or https:/],
    ['socks5://ana:hidden@proxy:1080', /SOCKS is not supported/],
    ['http://ana:hidden@proxy:3128/path', /must be a URL/],
    ['http://ana:%hidden@proxy:3128', /not percent-encoded/],
    [{ username: 'hidden' }, /^connections\.proxy\.url is a required field/],
    [{ url: 'http://hidden', pasword: 'hidden' }, /did you mean password/],
    [{ url: 'http://a:hidden@proxy', username: 'b' }, /^connections\.proxy\.username must not be beside/],
  ])('rejects %j without showing it', (value, message) => {
    expect(() => read(value)).toThrow(message)
    expect(() => read(value)).not.toThrow(/hidden/)
  })

  test('is rejected on platforms with fetch only, where it would be ignored', () => {
    expect(() => proxyFieldOfFetch.read('http://proxy', 'connections.proxy', refuseOption)).toThrow(
      'has no effect on fetch',
    )
  })
})
