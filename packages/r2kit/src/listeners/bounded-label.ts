/**
 * Makes a function that returns the label of a value: the value itself for the first `max` distinct ones, `other` for the rest.
 * A value that is not confirmed takes no place, so that refused input cannot use them up. Each label value is a series that is kept until the process ends, and a program may use any number of buckets.
 */
export const boundedLabel = (max: number) => {
  const known = new Set<string>()
  return (value: string | undefined, isConfirmed: boolean): string => {
    if (value === undefined || known.has(value)) return value ?? ''
    if (!isConfirmed || known.size >= max) return 'other'
    known.add(value)
    return value
  }
}
