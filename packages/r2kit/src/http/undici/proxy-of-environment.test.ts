import { describe, expect, test } from 'vitest'
import { bypasses, proxyOfEnvironment } from './proxy-of-environment.js'

const proxy = 'http://proxy.internal:3128'
const r2 = 'https://account.r2.cloudflarestorage.com'

describe('the proxy of the environment', () => {
  test.each([
    [r2, { HTTPS_PROXY: proxy }, proxy],
    [r2, { https_proxy: proxy, HTTPS_PROXY: 'http://other:1' }, proxy],
    [r2, { HTTP_PROXY: proxy }, undefined],
    [r2, { HTTPS_PROXY: 'proxy.internal:3128' }, proxy],
    [r2, { HTTPS_PROXY: 'https://proxy.internal' }, 'https://proxy.internal'],
    [r2, { HTTPS_PROXY: '' }, undefined],
    [r2, { HTTPS_PROXY: proxy, NO_PROXY: 'example.com, cloudflarestorage.com' }, undefined],
    [r2, { HTTPS_PROXY: proxy, no_proxy: 'example.com', NO_PROXY: '*' }, proxy],
    ['http://r2:9000', { HTTP_PROXY: proxy, HTTPS_PROXY: 'http://other:1' }, proxy],
    ['http://r2:9000', { http_proxy: proxy }, proxy],
    ['http://r2:9000', { HTTP_PROXY: proxy, REQUEST_METHOD: 'GET' }, undefined],
    ['http://r2:9000', { http_proxy: proxy, REQUEST_METHOD: 'GET' }, proxy],
    ['http://localhost:9000', { HTTP_PROXY: proxy }, undefined],
    ['http://photos.localhost:9000', { HTTP_PROXY: proxy }, undefined],
    ['http://127.0.0.1:9000', { HTTP_PROXY: proxy }, undefined],
    ['https://[::1]:9000', { HTTPS_PROXY: proxy }, undefined],
  ])('for %s of %j is %s', (origin, environment, url) => {
    expect(proxyOfEnvironment(origin, environment)?.url).toBe(url)
  })

  test('has the decoded credentials of its URL', () => {
    expect(proxyOfEnvironment(r2, { HTTPS_PROXY: 'http://us%40er:p%3Aw@proxy.internal:3128' })).toEqual({
      url: proxy,
      username: 'us@er',
      password: 'p:w',
    })
  })

  test.each([
    'socks5://user:hidden@proxy:1080',
    'http://user:hidden@proxy:x',
    'http://user:hidden@proxy/path',
    'http://u:%hidden@proxy',
  ])('that is no HTTP proxy is rejected by the name of its variable, without its value: %s', (HTTPS_PROXY) => {
    const read = () => proxyOfEnvironment(r2, { HTTPS_PROXY })
    expect(read).toThrow(/^HTTPS_PROXY /)
    expect(read).not.toThrow(/hidden/)
  })
})

describe('NO_PROXY', () => {
  test.each([
    ['*', 'example.com', '443', true],
    ['example.com', 'example.com', '443', true],
    ['example.com', 'sub.example.com', '443', true],
    ['.example.com', 'sub.example.com', '443', true],
    ['*.example.com', 'sub.example.com', '443', true],
    ['EXAMPLE.com.', 'example.com', '443', true],
    ['example.com', 'notexample.com', '443', false],
    ['example.com', 'example.com.evil.test', '443', false],
    ['example.com:8443', 'example.com', '8443', true],
    ['example.com:8443', 'example.com', '443', false],
    ['a,b  example.com', 'example.com', '443', true],
    ['', 'example.com', '443', false],
    ['.', 'example.com', '443', false],
    ['com', 'example.com', '443', true],
    ['10.0.0.1', '10.0.0.1', '80', true],
    ['10.0.0.0/8', '10.200.3.4', '80', true],
    ['10.0.0.0/8', '11.0.0.1', '80', false],
    ['10.0.0.0/33', '10.0.0.0', '80', false],
    ['10.0.0.0/', '10.0.0.1', '80', false],
    ['0.0.0.1', '10.0.0.1', '80', false],
    ['10.0.0.1:80', '10.0.0.1', '80', true],
    ['10.0.0.1:81', '10.0.0.1', '80', false],
    ['[fd00::1]:443', 'fd00::1', '443', true],
    ['fd00::/8', 'fd12:3456::1', '443', true],
    ['fd00::/8', 'fe80::1', '443', false],
    ['::/0', 'fe80::1', '443', true],
    ['10.0.0.0/8', 'fd00::1', '443', false],
    ['::ffff:10.0.0.0/104', '::ffff:a01:203', '443', true],
  ])('%s names %s:%s: %s', (list, host, port, isNamed) => {
    expect(bypasses(list, host, port)).toBe(isNamed)
  })
})
