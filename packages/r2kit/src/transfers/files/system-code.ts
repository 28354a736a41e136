/** `ENOENT`, `EACCES`, …: the code of an error of the operating system, or undefined. */
export const systemCode = (error: unknown): string | undefined =>
  error instanceof Error && 'syscall' in error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined
