/**
 * Node's timers as they were when the package was imported. The bundled undici uses them for its sockets (`scripts/bundling/`): a
 * test runner with fake timers would stop them for good, and jsdom replaces them by a browser's. Timeouts and delays of the
 * client go through its `Clock`, which fake timers control.
 */
import * as timers from 'node:timers'

/**
 * Values, not bindings: test runners also replace the properties of `node:timers`.
 *
 * @public because only the bundled undici imports them
 */
export const { setTimeout, clearTimeout, setInterval, clearInterval, setImmediate, clearImmediate } = timers
