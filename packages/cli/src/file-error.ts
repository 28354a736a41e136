/** `ENOENT`, `EACCES`, …: the code of an error of the operating system, or undefined. */
export const fileErrorCode = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
