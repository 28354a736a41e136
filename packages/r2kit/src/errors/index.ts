export * from './calls.js'
export { errorTable } from './error-table.js'
export { R2Error } from './r2-error.js'
