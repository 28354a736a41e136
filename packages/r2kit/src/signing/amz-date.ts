/** The time as Signature V4 writes it: basic ISO 8601, UTC, whole seconds. */

/** `YYYYMMDDTHHMMSSZ`; its first eight characters are the day of the credential scope. */
export const formatAmzDate = (nowMs: number): string => {
  const iso = new Date(nowMs).toISOString()
  return `${iso.slice(0, 4)}${iso.slice(5, 7)}${iso.slice(8, 13)}${iso.slice(14, 16)}${iso.slice(17, 19)}Z`
}

/** Milliseconds since the epoch, or undefined where the text has another form or names no real date. */
export const parseAmzDate = (text: string): number | undefined => {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text)
  if (!match) return undefined
  const [, year, month, day, hour, minute, second] = match
  const nowMs = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  return Number.isNaN(nowMs) || formatAmzDate(nowMs) !== text ? undefined : nowMs
}
