/**
 * Decides whether a key is also a path below a folder, before anything is written. A key is never altered to fit: two keys must
 * not become one file.
 */
import { checkText } from '../../validation/index.js'

/** A key as a path below a folder, or the reason why it is none. */
export type FileName =
  | {
      readonly ok: true
      /** The names of the folders, and of the file. */
      readonly segments: readonly string[]
      /** Whether the key ends in `/`. */
      readonly isFolder: boolean
    }
  | { readonly ok: false; readonly reason: string }

const refused = (reason: string): FileName => ({ ok: false, reason })

/** Names of devices on Windows, in every folder and with any extension. */
const windowsDevice = /^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?:[ .].*)?$/i
const longestName = 255

/**
 * Returns the path below a folder that a key names. A key that ends in `/` names a folder: consoles store an empty folder that way.
 *
 * @param key the key, without the prefix of the folder
 * @param platform @defaultValue the platform of this process
 * @throws R2Error `InvalidInput` for a key that is no string
 * @example
 * fileNameOf('a/b.txt') // { ok: true, segments: ['a', 'b.txt'], isFolder: false }
 * fileNameOf('../b.txt') // { ok: false, reason: … }
 */
export const fileNameOf = (key: string, platform: string = process.platform): FileName => {
  checkText(key, 'key')
  const isFolder = key.endsWith('/')
  const segments = (isFolder ? key.slice(0, -1) : key).split('/')
  for (const segment of segments) {
    const reason = problemWith(segment, platform)
    if (reason !== undefined) return refused(reason)
  }
  return { ok: true, segments, isFolder }
}

const problemWith = (segment: string, platform: string): string | undefined => {
  if (segment === '') return 'a key that starts with "/" or contains "//" is no path below a folder'
  if (segment === '.' || segment === '..') return `"${segment}" in a key would lead out of the folder`
  if (segment.includes('\0')) return 'a file name cannot contain NUL'
  if (Buffer.byteLength(segment) > longestName) return `a file name cannot be longer than ${longestName} bytes`
  return platform === 'win32' ? windowsProblemWith(segment) : undefined
}

// https://learn.microsoft.com/en-us/windows/win32/fileio/naming-a-file
const windowsProblemWith = (segment: string): string | undefined => {
  const character = /[<>:"|?*\\\p{Cc}]/u.exec(segment)?.[0]
  if (character !== undefined) return `Windows allows no ${JSON.stringify(character)} in a file name`
  if (/[. ]$/.test(segment)) return 'Windows drops a dot or space at the end of a file name'
  if (windowsDevice.test(segment)) return `"${segment}" is the name of a device on Windows`
  return undefined
}
