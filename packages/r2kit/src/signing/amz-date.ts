/** Time as Signature V4 writes it: basic ISO 8601 in UTC, with whole seconds. */

/**
 * Formats a time as `YYYYMMDDTHHMMSSZ`. The first eight characters are the day of the credential scope.
 *
 * @param nowMs milliseconds since the epoch, in the years 0 to 9999; a fraction of a second is dropped
 */
export const formatAmzDate = (nowMs: number): string => new Date(nowMs).toISOString().replace(/[-:]|\.\d+/g, '')

/** Milliseconds since the epoch, or undefined for a text that has another form or is not a real date. */
export const parseAmzDate = (text: string): number | undefined => {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text)
  if (!match) return undefined
  const [, year, month, day, hour, minute, second] = match
  const nowMs = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  return Number.isNaN(nowMs) || formatAmzDate(nowMs) !== text ? undefined : nowMs
}
