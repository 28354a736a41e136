/** Sizes, durations, rates, counts and dates as text for people. */

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const

/** A size in binary units with three significant digits: `0 B`, `1023 B`, `1.50 KiB`, `200 MiB`. */
export const formatBytes = (bytes: number): string => {
  let value = bytes
  let unit = 0
  // 999.5 would round to a four-digit number, so the next unit starts there.
  while (value >= (unit === 0 ? 1024 : 999.5) && unit < units.length - 1) {
    value /= 1024
    unit += 1
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2
  return `${value.toFixed(digits)} ${units[unit] ?? 'TiB'}`
}

/** A duration in its two largest units: `0.4 s`, `59.9 s`, `2 min 5 s`, `3 h 2 min`. */
export const formatDuration = (milliseconds: number): string => {
  const seconds = milliseconds / 1000
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`
}

/** A rate per second: `2.00 KiB/s`. A duration of zero or less has no rate and returns `–`. */
export const formatRate = (bytes: number, milliseconds: number): string =>
  milliseconds <= 0 ? '–' : `${formatBytes((bytes / milliseconds) * 1000)}/s`

/** A count with its noun: `1 object`, `2 objects`. */
export const plural = (count: number, noun: string, nouns = `${noun}s`): string =>
  `${count} ${count === 1 ? noun : nouns}`

/** A date in UTC, to the second: `2026-11-22 13:07:57`. */
export const formatDate = (date: Date): string => date.toISOString().slice(0, 19).replace('T', ' ')
