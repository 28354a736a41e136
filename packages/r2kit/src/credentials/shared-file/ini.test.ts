/** Differential tests: our reader and the AWS SDK's must read the same from the same files. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fromIni } from '@aws-sdk/credential-provider-ini'
import { loadSharedConfigFiles } from '@smithy/shared-ini-file-loader'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { revealSecret, Secret } from '../../security/index.js'
import { fromSharedCredentialsFile } from '../index.js'
import { parseIni } from './ini.js'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'r2kit-ini-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

let files = 0
const written = async (text: string): Promise<string> => {
  const path = join(folder, `file-${files++}`)
  await writeFile(path, text)
  return path
}

/** The sections that the AWS SDK reads from a credentials file. */
const theirSections = async (text: string) => {
  const filepath = await written(text)
  const { credentialsFile } = await loadSharedConfigFiles({ filepath, configFilepath: '/none', ignoreCache: true })
  return credentialsFile
}

/** Plain objects, without the values of sections that have none. */
const ourSections = (text: string) =>
  Object.fromEntries(Object.entries(parseIni(text)).map(([name, values]) => [name, { ...values }]))

const fixtures: readonly (readonly [what: string, text: string])[] = [
  ['an empty file', ''],
  ['white space only', ' \r\n\t\n'],
  ['a plain profile', '[default]\naws_access_key_id = AKID\naws_secret_access_key = sec/ret+1=\n'],
  ['Windows line ends', '[default]\r\naws_access_key_id=AKID\r\naws_secret_access_key=secret\r\n'],
  ['no space around the equals sign', '[a]\naws_access_key_id=AKID\naws_secret_access_key=secret'],
  ['tabs', '[a]\n\taws_access_key_id\t=\tAKID\n\taws_secret_access_key =\tsecret'],
  ['comments of a line', '# [a]\n; [b]\n[a]\n#aws_access_key_id = no\n ; x = y\naws_access_key_id = AKID'],
  [
    'comments after a value',
    '[a] ; comment\naws_access_key_id = AKID # comment\naws_secret_access_key = secret ; comment',
  ],
  ['comment signs inside a value', '[a]\naws_access_key_id = AK#ID\naws_secret_access_key = se;cret'],
  ['equals signs inside a value', '[a]\naws_secret_access_key = a=b==\n'],
  ['a section twice', '[a]\nx = 1\ny = 1\n[b]\nx = 3\n[a]\ny = 2\nz = 2'],
  ['a value twice', '[a]\nx = 1\nx = 2'],
  ['a section without values', '[empty]\n[a]\nx = 1'],
  ['values before any section', 'x = 1\n[a]\ny = 2'],
  ['a line without an equals sign', '[a]\nnonsense\nx = 1'],
  ['a line that begins with an equals sign', '[a]\n= 1\nx = 1'],
  ['an empty value', '[a]\nx =\ny = 1'],
  ['nested values', '[a]\ns3 =\n  max_queue_size = 1\n  addressing_style = path\nx = 1'],
  ['a nested key ID', '[a]\nother =\n  aws_access_key_id = nested\naws_access_key_id = AKID'],
  ['quotes', '[a]\naws_access_key_id = "AKID"'],
  ['typed sections', '[profile a]\nx = 1\n[sso-session s]\nx = 2\n[services v]\nx = 3\n[unknown u]\nx = 4\n[b]\nx = 5'],
  [
    'quoted names of sections',
    '[profile "a b"]\nx = 1\n[profile "ab"]\nx = 2\n[profile \'ab\']\ny = 3\n[profile "ab\']\nz = 4',
  ],
  ['spaces inside the brackets', '[ a ]\nx = 1\n[a b c]\ny = 2'],
  ['a section that does not end', '[a\nx = 1\n[b]\ny = 2'],
  ['brackets in a value', '[a]\nx = [b]\n[c]d]\ny = 1'],
  ['Unicode', '[größe]\nx = ü\n[👍]\ny = 🦊'],
  ['names with dots and colons', '[profile a.b:c/d%e@f+g]\nx = 1\n[a.b]\ny = 2'],
]

describe('parseIni', () => {
  test.each(fixtures)('reads %s as the AWS SDK does', async (_what, text) => {
    expect(ourSections(text)).toEqual(await theirSections(text))
  })

  test('reads any file as the AWS SDK does', async () => {
    const word = fc.constantFrom(
      'a',
      'default',
      'aws_access_key_id',
      'aws_secret_access_key',
      'profile',
      'services',
      'x-1',
      'ä',
    )
    const space = fc.constantFrom('', ' ', '\t', '  ')
    const value = fc.oneof(word, fc.constantFrom('', '=', 'a=b', 'a b', '"a"', 'a#b', 'a;b', '#', ';', '[a]', '\u00a0'))
    const line = fc.oneof(
      fc.tuple(space, fc.constant('['), space, word, space, fc.constantFrom(']', ' x]', '', ' "x"]'), space),
      fc.tuple(space, word, space, fc.constant('='), space, value, space),
      fc.tuple(space, fc.constantFrom('#', ';', '//', 'rem'), space, value),
      fc.tuple(space, word, fc.constant(' ='), space, value, fc.constantFrom(' #', '#', '\t;', ' '), value),
      fc.tuple(fc.string({ maxLength: 12 })),
    )
    const file = fc
      .tuple(fc.array(line, { maxLength: 12 }), fc.constantFrom('\n', '\r\n'))
      .map(([lines, end]) => lines.map((pieces) => pieces.join('')).join(end))
      // In the AWS SDK these sections are members of every object.
      .filter((text) => !Object.getOwnPropertyNames(Object.prototype).some((name) => text.includes(name)))
    await fc.assert(
      fc.asyncProperty(file, async (text) => {
        expect(ourSections(text)).toEqual(await theirSections(text))
      }),
      { numRuns: 200 },
    )
  })

  test('reads a file that begins with a byte order mark, and sections with names of Object.prototype', () => {
    expect(ourSections('\uFEFF[default]\nx = 1')).toEqual({ default: { x: '1' } })
    const { constructor: section } = parseIni('[constructor]\n__proto__ = 1') as Record<string, Record<string, string>>
    expect(Object.keys(section ?? {})).toEqual(['__proto__'])
  })
})

describe('fromSharedCredentialsFile and the AWS SDK', () => {
  const secretOf = (value: unknown) => (value instanceof Secret ? revealSecret(value) : value)

  /** The same outcome of both: the three values, or none. */
  const outcomes = async (credentials: string, config: string, profile: string) => {
    const [credentialsFile, configFile] = [await written(credentials), await written(config)]
    const theirs = await fromIni({
      filepath: credentialsFile,
      configFilepath: configFile,
      profile,
      ignoreCache: true,
    })().then(
      ({ accessKeyId, secretAccessKey, sessionToken }) => [accessKeyId, secretAccessKey, sessionToken],
      () => 'none',
    )
    const ours = await Promise.resolve(
      fromSharedCredentialsFile({ credentialsFile, configFile, profile, environment: {} })(),
    ).then(
      ({ accessKeyId, secretAccessKey, sessionToken }) => [
        accessKeyId,
        secretOf(secretAccessKey),
        secretOf(sessionToken),
      ],
      () => 'none',
    )
    return { ours, theirs }
  }

  const keys = (id: string) => `aws_access_key_id = ${id}\naws_secret_access_key = secret-${id}\n`
  test.each([
    ['a profile of the credentials file', `[default]\n${keys('A')}[b]\n${keys('B')}aws_session_token = T`, '', 'b'],
    ['a profile of the config file', '', `[profile b]\n${keys('B')}`, 'b'],
    ['the default profile of the config file', '', `[default]\n${keys('D')}`, 'default'],
    ['[profile default] of the config file', '', `[default]\n${keys('D')}[profile default]\n${keys('P')}`, 'default'],
    ['a profile in both files', `[b]\n${keys('B')}`, `[profile b]\n${keys('C')}aws_session_token = T`, 'b'],
    [
      'a profile whose halves are in two files',
      '[b]\naws_access_key_id = B',
      '[profile b]\naws_secret_access_key = S',
      'b',
    ],
    ['[profile b] in the credentials file', `[profile b]\n${keys('B')}`, '', 'b'],
    ['[b] in the config file', '', `[b]\n${keys('B')}`, 'b'],
    ['half of a key pair', '[b]\naws_access_key_id = B', '', 'b'],
    ['an unknown profile', `[a]\n${keys('A')}`, '', 'b'],
    ['a profile with a nested key', '[b]\nx =\n  aws_access_key_id = N\naws_secret_access_key = S', '', 'b'],
  ])('agree about %s', async (_what, credentials, config, profile) => {
    const { ours, theirs } = await outcomes(credentials, config, profile)
    expect(ours).toEqual(theirs)
  })

  test('agree about any two files', async () => {
    const setting = fc.oneof(
      // An ID with a slash is the only text that the AWS SDK signs with and we reject: it would end the ID in the signature.
      fc.tuple(fc.constant('aws_access_key_id'), fc.constantFrom('A', 'C#;', 'D # x')),
      fc.tuple(
        fc.constantFrom('aws_secret_access_key', 'aws_session_token'),
        fc.constantFrom('S', 'B/+=', 'C#;', 'D ; x'),
      ),
      fc.tuple(fc.constantFrom('region', 's3'), fc.constantFrom('', 'auto')),
    )
    const section = fc.constantFrom('a', 'default', 'profile a', 'profile default', 'profile b', 'b', 'services a')
    const file = fc
      .array(fc.tuple(section, fc.array(setting, { minLength: 1, maxLength: 6 }), fc.constantFrom('', '  ')), {
        minLength: 1,
        maxLength: 5,
      })
      .map((sections) =>
        sections
          .map(
            ([name, settings, indent]) =>
              `[${name}]\n${settings.map(([key, value]) => `${indent}${key} = ${value}\n`).join('')}`,
          )
          .join(''),
      )
    let found = 0
    await fc.assert(
      fc.asyncProperty(file, file, fc.constantFrom('a', 'b', 'default'), async (credentials, config, profile) => {
        const { ours, theirs } = await outcomes(credentials, config, profile)
        expect(ours).toEqual(theirs)
        if (ours !== 'none') found++
      }),
      { numRuns: 150, seed: 1 },
    )
    expect(found).toBeGreaterThan(20)
  })
})
