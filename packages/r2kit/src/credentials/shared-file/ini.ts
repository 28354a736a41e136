/**
 * The format of the AWS tools' shared files (docs.aws.amazon.com/sdkref/latest/guide/file-format.html), read as the AWS SDK for
 * JavaScript reads it: a value is the rest of its line, without a comment and the white space around it. There are no quotes and
 * no escapes.
 */

/** Sections by name, each with its values by name. Sections and values have no prototype. */
export type Sections = Readonly<Record<string, Readonly<Record<string, string>>>>

/** `[profile name]`, `[sso-session name]`, `[services name]`; the name may be quoted. */
const typedSection = /^([\w-]+)\s(["'])?([\w-@+.%:/]+)\2$/
const sectionTypes = ['profile', 'sso-session', 'services']

/** Takes the place of a section that the format does not know. Its values are ignored. */
const ignored = Symbol('a section of an unknown type')

/**
 * Reads a file. A section that occurs twice has the values of both, of which the later wins. Lines that are neither a section nor
 * a value are ignored.
 *
 * @returns sections by name: `default`, `name`, and `profile.name` for `[profile name]`
 */
export const parseIni = (text: string): Sections => {
  const sections: Record<string, Record<string, string>> = Object.create(null)
  let section: string | typeof ignored = ignored
  /** The name of the last value that was empty: indented lines below it are its own values (`s3 =`). */
  let parent: string | undefined
  // Windows editors begin a file with a byte order mark.
  for (const line of text.replace(/^\uFEFF/, '').split(/\r?\n/)) {
    const content = withoutComment(line)
    if (content.startsWith('[') && content.endsWith(']')) {
      section = sectionName(content.slice(1, -1))
      parent = undefined
      continue
    }
    const equals = content.indexOf('=')
    if (section === ignored || equals < 1) continue
    const name = content.slice(0, equals).trim()
    const value = content.slice(equals + 1).trim()
    if (value === '') {
      parent = name
      continue
    }
    if (line.trimStart() === line) parent = undefined
    sections[section] ??= Object.create(null) as Record<string, string>
    const values = sections[section]
    if (values !== undefined) values[parent === undefined ? name : `${parent}.${name}`] = value
  }
  return sections
}

/** A comment begins with `#` or `;` at the start of a line or after white space. A secret may contain both characters. */
const withoutComment = (line: string): string => (line.split(/(?:^|\s)[;#]/, 1)[0] ?? '').trim()

const sectionName = (header: string): string | typeof ignored => {
  const [, type, , name] = typedSection.exec(header) ?? []
  if (type === undefined) return header === '' ? ignored : header
  return sectionTypes.includes(type) ? `${type}.${name}` : ignored
}
