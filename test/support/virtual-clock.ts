/** Imported from its file: the entry point `r2kit/testing` would load the whole client into tests that need a clock. */
export { VirtualClock } from '../../packages/r2kit/src/testing/virtual-clock.js'
