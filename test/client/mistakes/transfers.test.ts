import { PassThrough } from 'node:stream'
import { describe } from 'vitest'
import { bucket, object, refuses, startServer, wrong } from '../../support/inputs/mistakes.js'

const server = await startServer()
const { transfers } = server.r2
const bytes = Buffer.from('abc')

describe('an upload', () => {
  const upload = (input: object, options?: unknown) => () =>
    transfers.upload(bytes, wrong({ ...object, ...input }), wrong(options))

  refuses(server, [
    [
      'everything in one object',
      () => transfers.upload(wrong({ ...object, body: bytes }), wrong(undefined)),
      'input',
      /but it is undefined/,
      /bucket, key/,
    ],
    [
      'the parameters of AWS',
      () => transfers.upload(wrong({ client: {}, params: {} }), wrong({})),
      'bucket',
      /required/,
      /string/,
    ],
    ['a body beside the source', upload({ body: bytes }), 'body', /not a field of an upload/, /Its fields are/],
    ['partSize', upload({}, { partSize: 5_242_880 }), 'partSize', /did you mean partSizeBytes/, 'Use partSizeBytes.'],
    ['queueSize', upload({}, { queueSize: 4 }), 'queueSize', /not a field/, /Its fields are signal/],
    [
      'a part size that R2 refuses at the end',
      upload({}, { partSizeBytes: 1024 }),
      'partSizeBytes',
      /from 5242880/,
      /from 5242880/,
    ],
    ['a part size as text', upload({}, { partSizeBytes: '5242880' }), 'partSizeBytes', /the string/, /number 5242880/],
    ['a timeout as text', upload({}, { timeoutMs: '5' }), 'timeoutMs', /the string "5"/, /number 5/],
    [
      'onUploadProgress',
      upload({}, { onUploadProgress: () => undefined }),
      'onUploadProgress',
      /did you mean onProgress/,
      'Use onProgress.',
    ],
    ['a controller', upload({}, { signal: new AbortController() }), 'signal', /AbortController/, /not the controller/],
    ['null for options', upload({}, null), 'options', /but it is null/, 'Leave it out.'],
    [
      'an unknown answer to changes',
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
      'a length that is not the source’s',
      upload({ contentLength: 4 }),
      'contentLength',
      /the source has 3 bytes/,
      /Leave out/,
    ],
  ])
})

describe('a download', () => {
  const to = (target: unknown, options?: unknown) => () => transfers.download(object, wrong(target), wrong(options))

  refuses(server, [
    ['a bare path', to('./x'), 'target', /but it is "\.\/x"/, 'Pass { path: "./x" } for a file.'],
    ['bytes in upper case', to('BYTES'), 'target', /but it is "BYTES"/, `Pass 'bytes'.`],
    ['nothing', to(undefined), 'target', /but it is undefined/, /\{ path \}/],
    ['null', to(null), 'target', /but it is null/, /\{ path \}/],
    ['a stream to write to', to(new PassThrough()), 'target', /but it is an object/, /Pass 'stream', and pipe/],
    ['a Web stream to write to', to(new WritableStream()), 'target', /a WritableStream/, /Pass 'stream', and pipe/],
    ['a URL', to(new URL('file:///tmp/x')), 'target', /but it is a URL/, /\{ path \}/],
    ['a file by another name', to({ file: './x' }), 'target', /but it is an object/, /\{ path \}/],
    ['a path that is a number', to({ path: 5 }), 'target.path', /but it is 5/, /Pass a path/],
    ['an empty path', to({ path: '' }), 'target.path', /is empty/, /Pass a path/],
    ['a path with a NUL', to({ path: 'a\0b' }), 'target.path', /NUL/, /Remove/],
    ['another field beside the path', to({ path: '/nowhere/x', mode: 5 }), 'target.mode', /not a field/, /path/],
    [
      'options of files for bytes',
      to('bytes', { fsync: true }),
      'fsync',
      /not a field of options of a download to bytes/,
      /maxBytes/,
    ],
    [
      'a range as a header',
      () => transfers.download({ ...object, range: wrong('bytes=0-1') }, 'bytes'),
      'range',
      /"bytes=0-1"/,
      /offset/,
    ],
  ])
})

describe('a transfer of a folder', () => {
  refuses(server, [
    ['an empty path to upload', () => transfers.uploadDirectory('', { bucket }), 'path', /is empty/, /Pass a path/],
    [
      'an empty path to download to',
      () => transfers.downloadDirectory({ bucket }, ''),
      'path',
      /is empty/,
      /Pass a path/,
    ],
    ['a path with a NUL', () => transfers.uploadDirectory('a\0b', { bucket }), 'path', /NUL/, /Remove/],
    [
      'a URL',
      () => transfers.uploadDirectory(wrong(new URL('file:///tmp')), { bucket }),
      'path',
      /a URL/,
      /fileURLToPath/,
    ],
    [
      'arguments in the wrong order',
      () => transfers.downloadDirectory(wrong('./x'), wrong({ bucket })),
      'input',
      /a string/,
      /bucket/,
    ],
    [
      'maxConcurrency',
      () => transfers.uploadDirectory('/x', { bucket }, wrong({ maxConcurrency: 4 })),
      'maxConcurrency',
      /did you mean concurrency/,
      /Use/,
    ],
    [
      'a pattern as filter',
      () => transfers.uploadDirectory('/x', { bucket }, { filter: wrong(/x/) }),
      'filter',
      /a function/,
      /function/,
    ],
  ])
})
