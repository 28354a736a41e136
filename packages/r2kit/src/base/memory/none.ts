/** Where nothing is known of the garbage collector. */

/** Tells of chunks that were given away. */
export const gaveAway = (_bytes: number): void => undefined
