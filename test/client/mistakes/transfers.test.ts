import { PassThrough } from 'node:stream'
import { describe } from 'vitest'
import { bucket, object, startServer, testMistakes, untyped } from '../../support/inputs/mistake-suite.js'

const server = await startServer()
const { transfers } = server.r2
const bytes = Buffer.from('abc')

describe('uploads', () => {
  const upload = (input: object, options?: unknown) => () =>
    transfers.upload(bytes, untyped({ ...object, ...input }), untyped(options))

  testMistakes(server, [
    [
      'one object with address and body',
      () => transfers.upload(untyped({ ...object, body: bytes }), untyped(undefined)),
      'input',
      /but it is undefined/,
      /bucket, key/,
    ],
    [
      'the parameters of lib-storage',
      () => transfers.upload(untyped({ client: {}, params: {} }), untyped({})),
      'bucket',
      /required/,
      /string/,
    ],
    ['a body next to the source', upload({ body: bytes }), 'body', /not a field of an upload/, /Its fields are/],
    [
      'partSize instead of partSizeBytes',
      upload({}, { partSize: 5_242_880 }),
      'partSize',
      /did you mean partSizeBytes/,
      'Use partSizeBytes.',
    ],
    ['the option queueSize', upload({}, { queueSize: 4 }), 'queueSize', /not a field/, /Its fields are signal/],
    [
      'a part size below 5 MiB, which R2 would reject at Complete',
      upload({}, { partSizeBytes: 1024 }),
      'partSizeBytes',
      /from 5242880/,
      /from 5242880/,
    ],
    ['a part size as text', upload({}, { partSizeBytes: '5242880' }), 'partSizeBytes', /the string/, /number 5242880/],
    ['a timeout as text', upload({}, { timeoutMs: '5' }), 'timeoutMs', /the string "5"/, /number 5/],
    [
      'onUploadProgress instead of onProgress',
      upload({}, { onUploadProgress: () => undefined }),
      'onUploadProgress',
      /did you mean onProgress/,
      'Use onProgress.',
    ],
    [
      'an AbortController as signal',
      upload({}, { signal: new AbortController() }),
      'signal',
      /AbortController/,
      /not the controller/,
    ],
    ['null as options', upload({}, null), 'options', /but it is null/, 'Leave it out.'],
    [
      'an unknown value of changedSource',
      upload({}, { changedSource: 'ignore' }),
      'changedSource',
      /'restart' or 'error'/,
      /Use/,
    ],
    [
      'a journal without append',
      upload({}, { journal: { read: () => undefined } }),
      'journal',
      /no method append/,
      /journal/,
    ],
    [
      'a contentLength that differs from the length of the source',
      upload({ contentLength: 4 }),
      'contentLength',
      /the source has 3 bytes/,
      /Leave out/,
    ],
  ])
})

describe('downloads', () => {
  const to = (target: unknown, options?: unknown) => () => transfers.download(object, untyped(target), untyped(options))

  testMistakes(server, [
    ['a string path as target', to('./x'), 'target', /but it is "\.\/x"/, 'Pass { path: "./x" } for a file.'],
    ['BYTES in upper case as target', to('BYTES'), 'target', /but it is "BYTES"/, `Pass 'bytes'.`],
    ['a missing target', to(undefined), 'target', /but it is undefined/, /\{ path \}/],
    ['null as target', to(null), 'target', /but it is null/, /\{ path \}/],
    ['a Node stream as target', to(new PassThrough()), 'target', /but it is an object/, /Pass 'stream', and pipe/],
    ['a Web stream as target', to(new WritableStream()), 'target', /a WritableStream/, /Pass 'stream', and pipe/],
    ['a URL as target', to(new URL('file:///tmp/x')), 'target', /but it is a URL/, /\{ path \}/],
    ['a target with file instead of path', to({ file: './x' }), 'target', /but it is an object/, /\{ path \}/],
    ['a target path that is a number', to({ path: 5 }), 'target.path', /but it is 5/, /Pass a path/],
    ['an empty target path', to({ path: '' }), 'target.path', /is empty/, /Pass a path/],
    ['a target path with a NUL', to({ path: 'a\0b' }), 'target.path', /NUL/, /Remove/],
    ['a target with another field', to({ path: '/nowhere/x', mode: 5 }), 'target.mode', /not a field/, /path/],
    [
      'options for files in a download to bytes',
      to('bytes', { fsync: true }),
      'fsync',
      /not a field of options of a download to bytes/,
      /maxBytes/,
    ],
    [
      'a range in the form of a header',
      () => transfers.download({ ...object, range: untyped('bytes=0-1') }, 'bytes'),
      'range',
      /"bytes=0-1"/,
      /offset/,
    ],
  ])
})

describe('directory transfers', () => {
  testMistakes(server, [
    ['an empty path to upload', () => transfers.uploadDirectory('', { bucket }), 'path', /is empty/, /Pass a path/],
    [
      'an empty path to download to',
      () => transfers.downloadDirectory({ bucket }, ''),
      'path',
      /is empty/,
      /Pass a path/,
    ],
    ['a path to upload with a NUL', () => transfers.uploadDirectory('a\0b', { bucket }), 'path', /NUL/, /Remove/],
    [
      'a URL as the path to upload',
      () => transfers.uploadDirectory(untyped(new URL('file:///tmp')), { bucket }),
      'path',
      /a URL/,
      /fileURLToPath/,
    ],
    [
      'downloadDirectory arguments in the wrong order',
      () => transfers.downloadDirectory(untyped('./x'), untyped({ bucket })),
      'input',
      /a string/,
      /bucket/,
    ],
    [
      'maxConcurrency instead of concurrency',
      () => transfers.uploadDirectory('/x', { bucket }, untyped({ maxConcurrency: 4 })),
      'maxConcurrency',
      /did you mean concurrency/,
      /Use/,
    ],
    [
      'a RegExp as filter',
      () => transfers.uploadDirectory('/x', { bucket }, { filter: untyped(/x/) }),
      'filter',
      /a function/,
      /function/,
    ],
  ])
})
